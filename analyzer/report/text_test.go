package report_test

import (
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/report"
)

// checkSafe fails if printing data could command a terminal or a CI runner, or hide text.
func checkSafe(t testing.TB, data []byte) {
	t.Helper()
	for line := range strings.SplitSeq(string(data), "\n") {
		if strings.HasPrefix(strings.TrimLeftFunc(line, unicode.IsSpace), "::") {
			t.Errorf("line %q starts like a workflow command", line)
		}
		if strings.Contains(line, "##[") || strings.Contains(line, "##vso[") {
			t.Errorf("line %q holds a command", line)
		}
		if !utf8.ValidString(line) {
			t.Errorf("line %q is not UTF-8", line)
		}
		for _, r := range line {
			if r != '\u200d' && !unicode.IsGraphic(r) {
				t.Errorf("line %q holds %U", line, r)
			}
		}
	}
}

func TestSafeOutput(t *testing.T) {
	r := full(t)
	for name, write := range reports(r) {
		data := render(t, write)
		if name == "github" {
			data = withoutCommands(t, data)
		}
		t.Run(name, func(t *testing.T) { checkSafe(t, data) })
	}
}

// Colours are asked for by the caller alone, and change nothing but colours.
func TestTextColor(t *testing.T) {
	t.Setenv("NO_COLOR", "1")
	colored := string(render(t, textOf(full(t), report.TextOptions{Color: true})))
	for _, want := range []string{"\x1b[1;31merror: \x1b[", "\x1b[1;33mwarning: \x1b[", "\x1b[1;35munknown: \x1b["} {
		if !strings.Contains(colored, want) {
			t.Errorf("no %q in the output", want)
		}
	}
	var plain strings.Builder
	for rest := colored; rest != ""; {
		before, after, ok := strings.Cut(rest, "\x1b[")
		plain.WriteString(before)
		if rest = after; ok {
			_, rest, _ = strings.Cut(after, "m")
		}
	}
	if diff := cmp.Diff(string(render(t, textOf(full(t), report.TextOptions{}))), plain.String()); diff != "" {
		t.Errorf("without colour (-want +got):\n%s", diff)
	}
}

func TestTextWidth(t *testing.T) {
	r := full(t)
	prose := strings.Repeat("several words of prose that has to be wrapped, ", 20) + "the end"
	for i := range r.Findings {
		f := &r.Findings[i]
		f.Resources = addresses(t, `module.here["a key with spaces"].aws_security_group.x`, "aws_security_group.y")
		f.Message, f.Fix, f.Related = prose, prose, []analyzer.Related{{At: f.At, Message: prose}}
		f.Rule = &analyzer.Rule{ID: "ftp-ingress-open", Title: prose}
		f.Related[0].At.End.Byte++
	}
	r.Notices = append(r.Notices, analyzer.Notice{Level: analyzer.Note, Summary: prose, Detail: prose})
	text := string(render(t, textOf(r, report.TextOptions{})))
	for line := range strings.SplitSeq(text, "\n") {
		// The wide characters of the sources take two columns.
		wide := strings.Count(line, "日") + strings.Count(line, "本")
		if n := utf8.RuneCountInString(line) + wide; n > 80 {
			t.Errorf("%d columns: %q", n, line)
		}
	}
	if want := `module.here["a key with spaces"].aws_security_group.x`; strings.Count(text, want) != len(r.Findings) {
		t.Errorf("the address is broken in:\n%s", text)
	}
	if got, want := strings.Count(text, "the end"), 4*len(r.Findings)+2; got != want {
		t.Errorf("%d ends of prose, want %d", got, want)
	}
}

// excerpt returns the lines with source of a report on one range.
func excerpt(t testing.TB, text string, at hcl.Range) string {
	t.Helper()
	r := &analyzer.Result{Findings: []analyzer.Finding{{
		Rule: &analyzer.Rule{ID: "x"}, Outcome: analyzer.Exposed, Level: analyzer.Error, At: analyzer.At(at),
		Resources: []graph.Address{{Type: "a", Name: "b"}},
	}}}
	read := func(string) []byte { return []byte(text) }
	out := render(t, func(w io.Writer) error { return report.WriteText(w, r, read, report.TextOptions{}) })
	var lines []string
	for line := range strings.SplitSeq(string(out), "\n") {
		if _, after, ok := strings.Cut(line, " |"); ok {
			lines = append(lines, after)
		}
	}
	return strings.Join(lines, "\n")
}

func TestTextExcerpt(t *testing.T) {
	long := strings.Repeat("0123456789", 30)
	for _, c := range []struct {
		name, text, part, want string
	}{
		{"tabs", "a\t\tb = \"x\"\n", `"x"`, " a       b = \"x\"\n             ^^^"},
		{"wide", "日 = [\"本\"]", `"本"`, " 日 = [\"本\"]\n       ^^^^"},
		{"combining", "e\u0301 = x", "x", " e\u0301 = x\n     ^"},
		{"flag and emoji", "\"🇩🇪⚠\ufe0f🎉\" x", "x", " \"🇩🇪⚠\ufe0f🎉\" x\n          ^"},
		{"control", "\x07 x", "x", " \\x07 x\n      ^"},
		{"invalid UTF-8", "\xe9 x", "x", " \\xe9 x\n      ^"},
		{"CRLF", "x = 1\r\ny = 2\r\n", "y = 2", " y = 2\n ^^^^^"},
		{"trailing space", "x = 1  \n", "1  ", " x = 1\n     ^"},
		{"two lines", "a {\nb\n}\n", "{\nb", " a {\n   ^\n b"},
		{"many lines", "1\n2\n3\n4\n5\n6\n", "1\n2\n3\n4\n5\n6", " 1\n ^\n 2\n 3\n 4\n and 2 lines more"},
		{"long, at its start", "x" + long, "x", " x" + long[:69] + "…\n ^"},
		{"long, at its end", long + "x", "x", " …" + long[len(long)-17:] + "x\n" + strings.Repeat(" ", 19) + "^"},
		{"long part", long + "x", long, " " + long[:70] + "…\n " + strings.Repeat("^", 70)},
	} {
		i := strings.Index(c.text, c.part)
		at := hcl.Range{Filename: "x.tf", Start: pos(c.text, i), End: pos(c.text, i+len(c.part))}
		if diff := cmp.Diff(c.want, excerpt(t, c.text, at)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestTextSummary(t *testing.T) {
	fs := full(t).Findings
	published := []analyzer.Finding{fs[0]}
	published[0].Published, published[0].Path, published[0].Inputs = true, nil, []string{"."}
	partial := []analyzer.Notice{{Level: analyzer.Error, Summary: "x", Partial: true}}
	for _, c := range []struct {
		result analyzer.Result
		want   string
	}{
		{analyzer.Result{Resources: 3}, "Nothing found in 3 resources.\n"},
		{analyzer.Result{Notices: partial}, "Nothing found in 0 resources.\nNot all of the input was analysed.\n"},
		{analyzer.Result{Resources: 1, Findings: fs[:1]}, "1 error, 0 warnings, 0 unknown in 1 resource.\n"},
		{analyzer.Result{Resources: 1, Findings: fs[4:5]}, "0 errors, 0 warnings, 1 unknown in 1 resource.\n"},
		{
			analyzer.Result{Resources: 1, Findings: published},
			"1 error, 0 warnings, 0 unknown in 1 resource.\nMachines and listeners that the internet reaches: 1.\n",
		},
		{analyzer.Result{Resources: 9, Findings: fs}, "3 errors, 1 warning, 1 note, 1 unknown in 9 resources.\n"},
	} {
		got := string(render(t, textOf(&c.result, report.TextOptions{})))
		if !strings.HasSuffix("\n"+got, "\n"+c.want) {
			t.Errorf("output ends in %q, want %q", got[max(0, len(got)-100):], c.want)
		}
	}
}

// A link is asked for by the caller alone, and changes nothing but links.
func TestTextLink(t *testing.T) {
	o := report.TextOptions{Link: func(name string) string { return "file:///repo/" + name }}
	linked := string(render(t, textOf(full(t), o)))
	if want := "  \x1b]8;;file:///repo/main.tf\x1b\\main.tf:6:34\x1b]8;;\x1b\\\n"; !strings.Contains(linked, want) {
		t.Errorf("no link in:\n%q", linked)
	}
	plain := regexp.MustCompile(`\x1b\]8;;[^\x1b]*\x1b\\`).ReplaceAllString(linked, "")
	if diff := cmp.Diff(string(render(t, textOf(full(t), report.TextOptions{}))), plain); diff != "" {
		t.Errorf("without links (-want +got):\n%s", diff)
	}
}

func TestTextPath(t *testing.T) {
	o := report.TextOptions{Path: func(name string) string { return "there/" + name }}
	if got := string(render(t, textOf(full(t), o))); !strings.Contains(got, "  there/main.tf:6:34\n") {
		t.Errorf("no renamed path in:\n%s", got)
	}
}

// Whatever the range, writers don't panic and regions stay within the file.
func FuzzReports(f *testing.F) {
	golden, err := os.ReadFile("testdata/full.txt")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(golden), "a[\"b\"]", 3, 4, 60, 3, 9, 70)
	f.Add(mainTF, "::error::", 6, 34, 0, 6, 45, 0)
	f.Add(wideTF, "\x1b]0;x\a##[a]", 2, 25, 40, 2, 36, 50)
	f.Add("", "", 0, 0, 0, 0, 0, 0)
	f.Add("\ufeff\r\r\n\xff", "##vso[x](1)", -1, -1, -1, 1<<62, 1<<62, 1<<62)
	f.Add("a\nb", "x\ny", 2, 1, 2, 1, 1, 0)
	f.Fuzz(func(t *testing.T, text, name string, line, column, offset, endLine, endColumn, endOffset int) {
		at := hcl.Range{
			Filename: "main.tf",
			Start:    hcl.Pos{Line: line, Column: column, Byte: offset},
			End:      hcl.Pos{Line: endLine, Column: endColumn, Byte: endOffset},
		}
		rule := &analyzer.Rule{ID: name, Title: name, Level: analyzer.Note, Severity: 1, Help: name}
		r := &analyzer.Result{
			Rules: []*analyzer.Rule{rule},
			Findings: []analyzer.Finding{{
				Rule: rule, Outcome: analyzer.Unknown, Level: analyzer.Error, At: analyzer.At(at), Message: name, Fix: name, Scope: name,
				Resources: []graph.Address{{Type: "a", Name: name, Key: graph.Name(name)}},
				Related:   []analyzer.Related{{At: analyzer.At(at), Message: name}},
				Decides:   analyzer.Deciders([]graph.Origin{{Kind: graph.FromModule, Name: name, At: at}}),
			}},
			Notices: []analyzer.Notice{{Level: analyzer.Warning, Summary: name, Detail: text, At: at}},
		}
		read := func(string) []byte { return []byte(text) }
		if text == "" {
			read = func(string) []byte { return nil }
		}
		checkSafe(t, render(t, func(w io.Writer) error { return report.WriteText(w, r, read, report.TextOptions{}) }))
		for name, write := range writers() {
			data := render(t, func(w io.Writer) error { return write(w, r, read, report.Options{}) })
			switch name {
			case "github":
				data = withoutCommands(t, data)
			case "markdown":
				checkMarkdown(t, data)
			}
			checkSafe(t, data)
		}
		data := render(t, func(w io.Writer) error { return report.WriteSARIF(w, r, read, report.SARIFOptions{All: true}) })
		checkSafe(t, data)
		region := parseSARIF(t, data).Runs[0].Results[0].Locations[0].PhysicalLocation.Region
		if text != "" && utf8.ValidString(text) {
			cut(t, text, region)
		} else if region.StartLine < 1 || region.StartColumn < 1 || region.EndLine < region.StartLine || region.EndColumn < 1 {
			t.Errorf("region %+v", *region)
		}
	})
}
