package report_test

import (
	"encoding/json"
	"io"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/report"
)

type jsonLocation struct{ StartLine, StartColumn, EndLine, EndColumn int }

// locate returns the location that the JSON report of a finding at a range has.
func locate(t *testing.T, text string, at hcl.Range) jsonLocation {
	t.Helper()
	r := &analyzer.Result{Findings: []analyzer.Finding{{
		Rule: &analyzer.Rule{ID: "x"}, Outcome: analyzer.Exposed, Level: analyzer.Error, At: analyzer.At(at),
		Resources: []graph.Address{{Type: "a", Name: "b"}},
	}}}
	read := func(string) []byte { return []byte(text) }
	var out struct {
		Findings []struct{ Location jsonLocation }
	}
	data := render(t, func(w io.Writer) error { return report.WriteJSON(w, r, read, report.Options{}) })
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return out.Findings[0].Location
}

// The columns of HCL's own ranges become UTF-16 columns, with the byte offset and without it.
func TestColumns(t *testing.T) {
	for _, text := range []string{
		mainTF, string(sources("net/crlf.tf")), wideTF,
		"a = \"e\u0301 🇩🇪 👩‍👩‍👧 \U0001f389\" # \U0001f389\nb\t=\t1",
	} {
		tokens, diags := hclsyntax.LexConfig([]byte(text), "x.tf", hcl.InitialPos)
		if diags.HasErrors() && !strings.Contains(text, "\x1b") {
			t.Fatal(diags)
		}
		body := strings.TrimPrefix(text, "\ufeff")
		shift := len(text) - len(body)
		for _, token := range tokens {
			start, end := token.Range.Start.Byte-shift, token.Range.End.Byte-shift
			column := func(i int) int {
				return 1 + len(utf16.Encode([]rune(body[strings.LastIndex(body[:i], "\n")+1:i])))
			}
			want := jsonLocation{
				1 + strings.Count(body[:start], "\n"), column(start), 1 + strings.Count(body[:end], "\n"), column(end),
			}
			if got := locate(t, text, token.Range); got != want {
				t.Errorf("%q: %+v, want %+v", token.Bytes, got, want)
			}
			if token.Range.Start.Line == 1 {
				continue
			}
			token.Range.Start.Byte, token.Range.End.Byte = 0, 0
			if got := locate(t, text, token.Range); got != want {
				t.Errorf("%q without offsets: %+v, want %+v", token.Bytes, got, want)
			}
		}
	}
}

// A range that does not fit is moved into the file.
func TestRangeOutside(t *testing.T) {
	p := func(line, column, offset int) hcl.Pos { return hcl.Pos{Line: line, Column: column, Byte: offset} }
	for _, c := range []struct {
		start, end hcl.Pos
		want       jsonLocation
	}{
		{p(0, 0, 0), p(0, 0, 0), jsonLocation{1, 1, 1, 1}},
		{p(-1, -1, -1), p(9, 9, 99), jsonLocation{1, 1, 3, 1}},
		{p(2, 2, 4), p(1, 1, 0), jsonLocation{2, 2, 2, 2}},
		{p(1, 99, 99), p(1, 99, 99), jsonLocation{1, 3, 1, 3}},
	} {
		if got := locate(t, "ab\ncd\n", hcl.Range{Filename: "x", Start: c.start, End: c.end}); got != c.want {
			t.Errorf("%v to %v is %+v, want %+v", c.start, c.end, got, c.want)
		}
	}
}

// Lists are never null, and a place is null where there is none.
func TestJSONEmpty(t *testing.T) {
	r := &analyzer.Result{
		Findings: []analyzer.Finding{{Rule: &analyzer.Rule{}, Outcome: analyzer.Unknown, Level: analyzer.Note}},
		Notices:  []analyzer.Notice{{Level: analyzer.Note}},
		Rules:    []*analyzer.Rule{{Level: analyzer.Note}},
	}
	for _, r := range []*analyzer.Result{r, {}} {
		got := string(render(t, jsonOf(r, report.Options{})))
		got = strings.ReplaceAll(got, `"location": null`, "")
		if strings.Contains(got, "null") {
			t.Errorf("null in %s", got)
		}
	}
}

// Machines count once, whatever rules they are found by; what isn't sure and what is no machine doesn't count.
func TestReached(t *testing.T) {
	rule := &analyzer.Rule{ID: "x"}
	finding := func(name string, o analyzer.Outcome, c analyzer.Change, path ...analyzer.PathStep) analyzer.Finding {
		return analyzer.Finding{
			Rule: rule, Outcome: o, Level: analyzer.Error, Change: c, Inputs: []string{"."}, Path: path,
			Resources: []graph.Address{{Type: "aws_instance", Name: name}},
		}
	}
	hop := analyzer.PathStep{Kind: "internet gateway", Certain: true}
	r := &analyzer.Result{Findings: []analyzer.Finding{
		finding("a", analyzer.Exposed, analyzer.Uncompared, hop), finding("a", analyzer.Exposed, analyzer.Uncompared, hop),
		finding("b", analyzer.Exposed, analyzer.Uncompared, hop), finding("maybe", analyzer.Unknown, analyzer.Uncompared, hop),
		finding("gone", analyzer.Exposed, analyzer.Absent, hop), finding("rule", analyzer.Exposed, analyzer.Uncompared),
	}}
	read := func(string) []byte { return nil }
	data := render(t, func(w io.Writer) error { return report.WriteJSON(w, r, read, report.Options{}) })
	var out struct{ Summary struct{ Reached int } }
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	if out.Summary.Reached != 2 {
		t.Errorf("%d machines are reached, want 2", out.Summary.Reached)
	}
}
