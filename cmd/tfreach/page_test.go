package main

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestPage(t *testing.T) {
	const markdown = "# Title `x`\n\nOne two, `three four`. See [the page](https://example.com/page).\nNext *line*, " +
		"and some more words that go on until the line has to end somewhere.\n\n" +
		"- first\n- second, which is long enough that it does not fit into one line of eighty characters\n\n" +
		"3. third\n\n   more\n\n```hcl\na = 1\n\nb   = 2 # kept\n```\n"
	const want = "Title x\n\n" +
		"One two, three four. See the page (https://example.com/page). Next line, and\n" +
		"some more words that go on until the line has to end somewhere.\n\n" +
		"- first\n" +
		"- second, which is long enough that it does not fit into one line of eighty\n" +
		"  characters\n\n" +
		"3. third\n\n   more\n\n" +
		"    a = 1\n\n    b   = 2 # kept\n"
	var plain, colored bytes.Buffer
	if err := writePage(&plain, markdown, pageWidth, false); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, plain.String()); diff != "" {
		t.Errorf("page (-want +got):\n%s", diff)
	}
	if err := writePage(&colored, markdown, pageWidth, true); err != nil {
		t.Fatal(err)
	}
	if colored.String() == want || colors().ReplaceAllString(colored.String(), "") != want {
		t.Errorf("with colours:\n%q", &colored)
	}
}

// The page of a rule fits a terminal, but for what can't be broken.
func TestPageOfRule(t *testing.T) {
	var out, stderr bytes.Buffer
	s := streams{In: strings.NewReader(""), Out: &out, Err: &stderr, Terminal: true, Color: true}
	if code := run(t.Context(), []string{"rules", "ftp-ingress-open"}, s); code != exitClean {
		t.Fatalf("exit code %d: %s", code, &stderr)
	}
	if strings.Contains(out.String(), "##") || strings.Contains(out.String(), "```") {
		t.Errorf("Markdown on a terminal:\n%s", &out)
	}
	for line := range strings.Lines(out.String()) {
		if n := visible(strings.TrimRight(line, "\n")); n > pageWidth && strings.Contains(strings.TrimSpace(line), " ") {
			t.Errorf("%d characters: %q", n, line)
		}
		if !utf8.ValidString(line) {
			t.Errorf("not UTF-8: %q", line)
		}
	}
}

// What a report says that was called holds no value of a variable, and nothing that only places or shows the report.
func TestCommandShown(t *testing.T) {
	got := command([]string{"scan", "in fra", "--var", "name=abc", "--var=key=def", "--format", "html", "--output=sarif=x", "--port", "ssh"})
	if want := "tfreach scan 'in fra' --var name=… --var=key=… --port ssh"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
