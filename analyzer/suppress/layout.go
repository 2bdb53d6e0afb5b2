package suppress

import "github.com/hashicorp/hcl/v2/hclsyntax"

// layout is how the tokens of a file lie in its lines. It takes one pass over a file, however many comments that has.
type layout struct {
	tokens hclsyntax.Tokens
	// about is the line that the comment at an index is about; 0 for none.
	about []int
	// until is the last line of what begins on a line.
	until map[int]int
	// outer is the index of the token that opens the top-level block around a token; -1 for none. closes is the line where
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

// aim finds what each comment is about: the code before it on its own line, else that on the next line, if nothing but
// comments lies between.
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

// lines returns a line with the rest of what begins on it; none for line 0.
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

// nesting is 1 for a token that opens something, -1 for one that closes it, and else 0.
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
