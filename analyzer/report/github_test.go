package report_test

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/report"
)

// command is a workflow command as GitHub's runner reads it.
type command struct {
	kind, text string
	properties map[string]string
}

// parseCommands reads the commands of a log as the runner does, and returns the other lines.
func parseCommands(t testing.TB, data []byte) (commands []command, rest []string) {
	t.Helper()
	data = []byte(strings.TrimSuffix(string(data), "\n"))
	for line := range strings.SplitSeq(string(data), "\n") {
		body, ok := strings.CutPrefix(line, "::")
		if !ok {
			rest = append(rest, line)
			continue
		}
		head, text, ok := strings.Cut(body, "::")
		if !ok {
			t.Fatalf("%q is no command", line)
		}
		kind, list, _ := strings.Cut(head, " ")
		c := command{kind: kind, text: unescape(text), properties: map[string]string{}}
		for pair := range strings.SplitSeq(list, ",") {
			name, value, ok := strings.Cut(pair, "=")
			if !ok {
				t.Fatalf("%q has the property %q", line, pair)
			}
			c.properties[name] = unescape(value)
		}
		commands = append(commands, c)
	}
	return commands, rest
}

func unescape(s string) string {
	s = strings.NewReplacer("%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",").Replace(s)
	return strings.ReplaceAll(s, "%25", "%")
}

// withoutCommands returns the values of the commands of a log and its other lines, each as a line.
func withoutCommands(t testing.TB, data []byte) []byte {
	t.Helper()
	commands, rest := parseCommands(t, data)
	for _, c := range commands {
		if c.kind != "error" && c.kind != "warning" && c.kind != "notice" {
			t.Errorf("command %q", c.kind)
		}
		rest = append(rest, "text "+c.text)
		for name, value := range c.properties {
			rest = append(rest, name+" "+value)
		}
	}
	return []byte(strings.Join(rest, "\n") + "\n")
}

func TestGitHubEscapes(t *testing.T) {
	r := clean()
	f := full(t).Findings[0]
	f.Message, f.Fix = "100%0A, a: b\r\n::error::x", ""
	f.At.Filename = "a%2C,b:c/main.tf"
	r.Findings = []analyzer.Finding{f}
	commands, _ := parseCommands(t, render(t, optionsOf(report.WriteGitHub, r)))
	want := []command{{"error", `100%0A, a: b\r\n::error::x.`, map[string]string{
		"file": "a%2C,b:c/main.tf", "line": "6", "endLine": "6", "col": "34", "endColumn": "43",
		"title": "FTP open to everyone [ftp-ingress-open]",
	}}}
	f.At.End.Column = 43
	if diff := cmp.Diff(want[0].properties["file"], commands[0].properties["file"]); diff != "" {
		t.Errorf("file (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want[0].text, commands[0].text); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
}

// The runner keeps ten annotations of a kind: the worst are those, and the rest is told in plain lines.
func TestGitHubLimits(t *testing.T) {
	r := clean()
	fs := full(t).Findings
	for i := range 25 {
		f := fs[0]
		if i >= 12 {
			f = fs[3]
		}
		f.Message = fmt.Sprintf("finding %d", i)
		f.At.Start.Byte, f.At.Start.Line = i, i+1 // each has a cause of its own
		if i == 0 {
			f.Change = analyzer.Unchanged
		}
		r.Findings = append(r.Findings, f)
	}
	long := fs[4]
	long.Message = strings.Repeat("é", 5_000)
	r.Findings = append(r.Findings, long)
	commands, rest := parseCommands(t, render(t, optionsOf(report.WriteGitHub, r)))
	count := map[string]int{}
	for _, c := range commands {
		count[c.kind]++
		if n := utf8.RuneCountInString(c.text); n > 4_096 {
			t.Errorf("a message has %d characters", n)
		}
	}
	if diff := cmp.Diff(map[string]int{"error": 10, "warning": 10, "notice": 1}, count); diff != "" {
		t.Errorf("commands (-want +got):\n%s", diff)
	}
	if !strings.HasPrefix(commands[0].text, "finding 1.") {
		t.Errorf("the first is %q: what was open before goes before what is new", commands[0].text)
	}
	text := strings.Join(rest, "\n")
	for _, want := range []string{"Not annotated: 5.\n", "error: FTP open to everyone [ftp-ingress-open]: finding 11.", "finding 0.", "finding 24."} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "finding 10.") {
		t.Errorf("finding 10 is there twice")
	}
}

// Columns are told only within one line, as the runner wants it.
func TestGitHubLines(t *testing.T) {
	r := clean()
	r.Findings = []analyzer.Finding{full(t).Findings[4]}
	var b strings.Builder
	if err := report.WriteGitHub(io.Writer(&b), r, sources, report.Options{}); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(b.String(), "::notice file=main.tf,line=12,endLine=18,title=Unknown%3A FTP") {
		t.Errorf("got %s", b.String())
	}
}
