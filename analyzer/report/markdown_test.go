package report_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/report"
)

// checkMarkdown fails if names from the input made markup: links, images, tags other than our own, or a table row of another
// shape.
func checkMarkdown(t testing.TB, data []byte) {
	t.Helper()
	parser := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser()
	err := ast.Walk(parser.Parse(text.NewReader(data)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Link, *ast.Image, *ast.AutoLink:
			t.Errorf("a link or an image: %s", n.Kind())
		case *ast.RawHTML:
			for i := range n.Segments.Len() {
				s := n.Segments.At(i)
				checkTags(t, string(s.Value(data)))
			}
		case *ast.HTMLBlock:
			for i := range n.Lines().Len() {
				s := n.Lines().At(i)
				checkTags(t, string(s.Value(data)))
			}
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(string(data), "\n") {
		if strings.HasPrefix(line, "| **") && strings.Count(line, "|") != 5 {
			t.Errorf("a row of another shape: %s", line)
		}
	}
}

func checkTags(t testing.TB, html string) {
	t.Helper()
	for _, tag := range []string{"<details>", "</details>", "<summary>", "</summary>", "<b>", "</b>", "<code>", "</code>", "<br>", "<!-- -->"} {
		html = strings.ReplaceAll(html, tag, "")
	}
	if strings.ContainsAny(html, "<>") {
		t.Errorf("HTML: %s", html)
	}
}

// hostile are names that would be markup if they weren't escaped.
var hostileNames = []string{
	"`|x`", `a\|b`, "<script>alert(1)</script>", "</details><img src=x>", "![x](https://example.com/y)", "[x](https://example.com)",
	"https://example.com", "www.example.com", "```\n# heading\n```", "*x* _y_ ~~z~~ $q$", "@someone and #1", "<!-- ", "&lt;b&gt;", "x ", "| a | b |",
}

func TestMarkdownEscapes(t *testing.T) {
	for _, name := range hostileNames {
		r := full(t)
		for i := range r.Findings {
			f := &r.Findings[i]
			f.Resources = []graph.Address{{Mode: graph.Managed, Type: "aws_instance", Name: "x", Key: graph.Name(name)}}
			f.Message, f.About, f.Fix, f.Scope = name+" admits", analyzer.Traffic{Opening: name}, name, name
			f.Related = []analyzer.Related{{Message: name}}
			f.Path = []analyzer.PathStep{{Kind: "gateway", Name: name, Message: name}, {Kind: name, Message: name}}
			f.Rule = &analyzer.Rule{ID: "x", Title: name}
			f.Decides = append(f.Decides, analyzer.Decider{Origin: graph.Origin{Kind: graph.FromVariable, Name: name}})
			f.At.Filename = name + ".tf"
		}
		r.Notices[0].Summary, r.Notices[0].Detail = name, name
		data := render(t, optionsOf(report.WriteMarkdown, r))
		checkMarkdown(t, data)
		for line := range strings.SplitSeq(string(data), "\n") {
			// GitHub looks for mentions outside of code only; the picture's lines are code.
			if strings.Contains(line, "@someone") && !strings.Contains(line, "`") && !strings.HasPrefix(line, "  n") {
				t.Errorf("a mention outside of code: %s", line)
			}
		}
	}
	checkMarkdown(t, render(t, optionsOf(report.WriteMarkdown, full(t))))
}

// However much there is to say, a comment can hold it, and what is cut is told.
func TestMarkdownLimit(t *testing.T) {
	r := clean()
	some := full(t).Findings
	for i := range 3_000 {
		f := some[i%5]
		f.Resources = addresses(t, fmt.Sprintf("aws_security_group.a%d", i))
		f.Scope = f.Resources[0].String()
		f.At.Start.Byte, f.At.Start.Line = i, i+1 // each has a cause of its own
		f.Decides = nil
		f.Path = []analyzer.PathStep{{Kind: "public address", Name: f.Scope, Certain: true, Message: "it has one"}}
		r.Findings = append(r.Findings, f)
		r.Notices = append(r.Notices, analyzer.Notice{Level: analyzer.Error, Partial: true, Summary: strings.Repeat("x", 500)})
	}
	data := render(t, optionsOf(report.WriteMarkdown, r))
	if len(data) >= 65_536 {
		t.Errorf("%d bytes", len(data))
	}
	for _, want := range []string{"findings in the table", "Not drawn, so that the rest can be read", "details, the last", "notices, the last"} {
		if !bytes.Contains(data, []byte(want)) {
			t.Errorf("the report does not say that %s were cut", want)
		}
	}
}
