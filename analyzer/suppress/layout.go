package suppress

import (
	"bytes"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// layout says where the tokens of a file lie. Making it takes one pass over the file, however many comments it has.
type layout struct {
	tokens hclsyntax.Tokens
	// about is the line that a comment, by its token's index, is about; 0 for none.
	about []int
	// until is the last line of what begins on a line.
	until map[int]int
	// outer is the index of the token that opens the top-level block around a token; -1 for none. closes is the line on which
	// that block ends.
	outer  []int
	closes map[int]int
}

func layOut(tokens hclsyntax.Tokens) *layout {
	l := &layout{
		tokens: tokens, about: make([]int, len(tokens)), until: map[int]int{},
		outer: make([]int, len(tokens)), closes: map[int]int{},
	}
	l.nest()
	l.aim()
	return l
}

// nest pairs what opens with what closes.
func (l *layout) nest() {
	var open []int
	for i, t := range l.tokens {
		l.outer[i] = -1
		if len(open) > 0 {
			l.outer[i] = open[0]
		}
		switch nesting(t) {
		case 1:
			open = append(open, i)
		case -1:
			if len(open) == 0 {
				continue
			}
			last := open[len(open)-1]
			open = open[:len(open)-1]
			from, to := l.tokens[last].Range.Start.Line, t.Range.Start.Line
			l.until[from] = max(l.until[from], to)
			if len(open) == 0 {
				l.closes[last] = to
			}
		}
	}
}

// indent takes what is indented below a line for the rest of what begins on it, as in YAML. The items of a list may be as far left as
// the key that they belong to.
func (l *layout) indent(text []byte) {
	type begun struct {
		line, left int
		item       bool
	}
	var open []begun
	last := 0 // the last line that isn't empty
	end := func(keep func(b begun) bool) {
		for len(open) > 0 && !keep(open[len(open)-1]) {
			b := open[len(open)-1]
			open = open[:len(open)-1]
			l.until[b.line] = max(l.until[b.line], last)
		}
	}
	line := 0
	for content := range bytes.Lines(text) {
		line++
		rest := bytes.TrimLeft(content, " ")
		if trimmed := bytes.TrimSpace(rest); len(trimmed) == 0 || trimmed[0] == '#' {
			continue
		}
		b := begun{line, len(content) - len(rest), bytes.HasPrefix(rest, []byte("- "))}
		end(func(o begun) bool { return o.left < b.left || o.left == b.left && b.item && !o.item })
		open = append(open, b)
		last = line
	}
	end(func(begun) bool { return false })
}

// aim finds what each comment is about: the code before it on its own line, else the code on the next line, if only comments
// lie between.
func (l *layout) aim() {
	code := 0 // the last line that code before the token begins on
	for i, t := range l.tokens {
		switch {
		case isCode(t):
			code = t.Range.Start.Line
		case t.Type == hclsyntax.TokenComment && code == t.Range.Start.Line:
			l.about[i] = code
		}
	}
	next := 0 // the line of the code or of the comment after the token, and what that is about
	about := 0
	for i := len(l.tokens) - 1; i >= 0; i-- {
		t := l.tokens[i]
		switch {
		case isCode(t):
			next, about = t.Range.Start.Line, t.Range.Start.Line
		case t.Type == hclsyntax.TokenComment:
			if l.about[i] == 0 && next > 0 && next <= t.Range.Start.Line+lineCount(t) {
				l.about[i] = about
			}
			next, about = t.Range.Start.Line, l.about[i]
		}
	}
}

// lineCount returns how many lines a comment takes.
func lineCount(t hclsyntax.Token) int {
	n := t.Range.End.Line - t.Range.Start.Line
	if len(t.Bytes) > 0 && t.Bytes[len(t.Bytes)-1] == '\n' {
		n-- // the token of a comment to the end of the line holds that end
	}
	return n + 1
}

// lines returns a line together with the rest of what begins on it; nothing for line 0.
func (l *layout) lines(line int) (first, last int) {
	if line == 0 {
		return 0, -1
	}
	return line, max(line, l.until[line])
}

// block returns the lines of the top-level block around a token.
func (l *layout) block(i int) (first, last int) {
	open := l.outer[i]
	if open < 0 {
		return 0, -1
	}
	end, ok := l.closes[open]
	if !ok {
		return 0, -1
	}
	return l.tokens[open].Range.Start.Line, end
}

func isCode(t hclsyntax.Token) bool {
	return t.Type != hclsyntax.TokenComment && t.Type != hclsyntax.TokenNewline && t.Type != hclsyntax.TokenEOF
}

// nesting returns 1 for a token that opens something, -1 for one that closes something, and 0 for others.
func nesting(t hclsyntax.Token) int {
	switch t.Type {
	case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen, hclsyntax.TokenOQuote,
		hclsyntax.TokenOHeredoc, hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
		return 1
	case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen, hclsyntax.TokenCQuote,
		hclsyntax.TokenCHeredoc, hclsyntax.TokenTemplateSeqEnd:
		return -1
	}
	return 0
}
