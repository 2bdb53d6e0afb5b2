package main

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"
)

// On a terminal, what is listed fits it and is coloured; elsewhere it is lines for programs.
func TestTables(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"rules"}, {"rules", "--port", "1-100"}, {"coverage"}, {"coverage", "aws"}, {"coverage", "aws_instance"}} {
		command := strings.Join(args, " ")
		show := func(s streams) string {
			var out bytes.Buffer
			s.In, s.Out, s.Err = strings.NewReader(""), &out, &out
			if code := run(t.Context(), args, s); code != exitClean {
				t.Fatalf("%s exits with %d:\n%s", command, code, &out)
			}
			return out.String()
		}
		plain := show(streams{})
		for _, width := range []int{60, 80, 200} {
			narrow := show(streams{Terminal: true, Width: width})
			colored := show(streams{Terminal: true, Width: width, Color: true})
			if !strings.Contains(colored, "\x1b[1m") || colors().ReplaceAllString(colored, "") != narrow {
				t.Errorf("%s in %d columns is not the same in colour:\n%q", command, width, colored)
			}
			if got, want := strings.Join(strings.Fields(narrow), " "), strings.Join(strings.Fields(plain), " "); got != want {
				t.Errorf("%s in %d columns says something else:\n%s", command, width, narrow)
			}
			for line := range strings.Lines(narrow) {
				if line = strings.TrimRight(line, "\n"); utf8.RuneCountInString(line) > width && len(strings.Fields(line)) > 3 {
					t.Errorf("%s has a line of more than %d columns: %q", command, width, line)
				}
			}
		}
	}
}

// A scan takes the terminal's width, and a file has that of a page.
func TestScanTakesTheWidth(t *testing.T) {
	t.Parallel()
	for _, width := range []int{50, 120} {
		var out bytes.Buffer
		run(t.Context(), []string{"scan", "../../fixtures/ftp/server"}, streams{In: strings.NewReader(""), Out: &out, Err: &out, Terminal: true, Width: width})
		widest := 0
		for line := range strings.Lines(out.String()) {
			if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); strings.Contains(line, ". ") {
				widest = max(widest, n)
			}
		}
		if widest > width || widest < width-30 {
			t.Errorf("the widest line of a report in %d columns has %d:\n%s", width, widest, &out)
		}
	}
}
