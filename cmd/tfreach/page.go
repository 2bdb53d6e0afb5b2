package main

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/fatih/color"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// pageWidth is the width of pages on a terminal whose own isn't known.
const pageWidth = 80

// page writes Markdown to a terminal. It wraps paragraphs and highlights headings and code.
type page struct {
	source        []byte
	width         int
	out           strings.Builder
	heading, code func(...any) string
}

// writePage writes Markdown as a terminal shows it.
func writePage(w io.Writer, markdown string, width int, colored bool) error {
	p := &page{source: []byte(markdown), width: width, heading: fmt.Sprint, code: fmt.Sprint}
	if colored {
		bold, cyan := color.New(color.Bold), color.New(color.FgCyan)
		bold.EnableColor()
		cyan.EnableColor()
		p.heading, p.code = bold.SprintFunc(), cyan.SprintFunc()
	}
	p.blocks(goldmark.DefaultParser().Parse(text.NewReader(p.source)), "", "")
	_, err := io.WriteString(w, p.out.String())
	return err
}

// blocks writes the blocks in a node. Each line begins with an indent; the first line of all begins with a mark instead.
func (p *page) blocks(parent ast.Node, mark, indent string) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		if mark == "" {
			mark = indent
		}
		switch n := n.(type) {
		case *ast.Heading:
			p.out.WriteString(mark + strings.Join(p.words(n, p.heading, p.heading), " ") + "\n")
		case *ast.FencedCodeBlock, *ast.CodeBlock:
			lines := n.Lines()
			for i := range lines.Len() {
				at := lines.At(i)
				line := strings.TrimRight(string(at.Value(p.source)), "\n")
				if line != "" {
					line = indent + "    " + p.code(line)
				}
				p.out.WriteString(line + "\n")
			}
		case *ast.List:
			p.list(n, indent)
		default:
			p.wrap(p.words(n, fmt.Sprint, p.code), mark, indent)
		}
		if _, tight := n.(*ast.TextBlock); !tight && n.NextSibling() != nil {
			p.out.WriteString("\n")
		}
		mark = indent
	}
}

func (p *page) list(l *ast.List, indent string) {
	number := l.Start
	for item := l.FirstChild(); item != nil; item = item.NextSibling() {
		mark := "- "
		if l.IsOrdered() {
			mark = fmt.Sprintf("%d. ", number)
			number++
		}
		p.blocks(item, indent+mark, indent+strings.Repeat(" ", len(mark)))
	}
}

// words returns the words in a node, with a style for code and one for other text. A word that follows another without a space
// is joined to it.
func (p *page) words(parent ast.Node, style, code func(...any) string) []string {
	var out []string
	plain := style
	joined := false // the next word belongs to the last
	add := func(s string, style func(...any) string) {
		fields := strings.Fields(s)
		for i, f := range fields {
			if i == 0 && joined && len(out) > 0 && !strings.HasPrefix(s, " ") {
				out[len(out)-1] += style(f)
				continue
			}
			out = append(out, style(f))
		}
		joined = s != "" && !strings.HasSuffix(s, " ")
	}
	// It reports nothing.
	_ = ast.Walk(parent, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.CodeSpan:
			if style = plain; entering {
				style = code
			}
		case *ast.Text:
			if entering {
				add(string(n.Value(p.source)), style)
				joined = joined && !n.SoftLineBreak() && !n.HardLineBreak()
			}
		case *ast.AutoLink:
			if entering {
				add(string(n.URL(p.source)), style)
			}
		case *ast.Link:
			if !entering {
				add(" ("+string(n.Destination)+")", style)
			}
		}
		return ast.WalkContinue, nil
	})
	return out
}

// wrap writes words in lines of the page's width.
func (p *page) wrap(words []string, mark, indent string) {
	line, width := mark, utf8.RuneCountInString(mark)
	begun := false
	for _, w := range words {
		n := visible(w)
		if begun && width+1+n > p.width {
			p.out.WriteString(line + "\n")
			line, width, begun = indent, utf8.RuneCountInString(indent), false
		}
		if begun {
			line, width = line+" ", width+1
		}
		line, width, begun = line+w, width+n, true
	}
	p.out.WriteString(line + "\n")
}

// colors matches the sequences that colour a text.
var colors = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\x1b\[[0-9;]*m`) })

// visible counts the characters of a word without the sequences that colour it.
func visible(word string) int { return utf8.RuneCountInString(colors().ReplaceAllString(word, "")) }
