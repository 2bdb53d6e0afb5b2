// Package syntax measures HCL before it is parsed. In go tokens; out come bounds. It knows neither files nor values.
//
// # How it works
//
// The parser and all that walks its tree recurse, and no goroutine survives a stack that is too large. So brackets, operators
// and templates are counted on the tokens, which costs no recursion, and what is too deep isn't parsed. Numbers are measured
// by the digits that they would have when they are written out.
//
// # Example
//
// For [[[1]]] the depth is at least 3; for 1e9 the digits are 10.
package syntax

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Depth returns an upper bound for how deep the syntax tree of tokens is, in levels that a user would count: brackets,
// quotes, directives, and operators; and where it is that deep. The parser recurses into these, and so does all that walks or evaluates the tree
// after it; and no goroutine survives a stack that is too large.
func Depth(tokens hclsyntax.Tokens) (deepest int, at hcl.Range) {
	var open []level
	depth := 0
	push := func(lines bool) {
		open = append(open, level{depth, lines})
		depth++
	}
	// What separates expressions takes the depth back to that of the bracket around them.
	separate := func() {
		if len(open) == 0 {
			depth = 0
			return
		}
		depth = open[len(open)-1].outside + 1
	}
	for i, token := range tokens {
		switch token.Type {
		case hclsyntax.TokenTemplateControl:
			// if and for nest until their end, not until the bracket's.
			switch directive := nextWord(tokens[i+1:]); directive {
			case "if", "for":
				depth++
			case "endif", "endfor":
				depth = max(depth-1, 0)
			}
			push(false)
		case hclsyntax.TokenOBrace:
			push(true)
		case hclsyntax.TokenOBrack, hclsyntax.TokenOParen,
			hclsyntax.TokenOQuote, hclsyntax.TokenOHeredoc, hclsyntax.TokenTemplateInterp:
			push(false)
		case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen,
			hclsyntax.TokenCQuote, hclsyntax.TokenCHeredoc, hclsyntax.TokenTemplateSeqEnd:
			if n := len(open) - 1; n >= 0 {
				depth, open = open[n].outside, open[:n]
			}
			if token.Type == hclsyntax.TokenCBrack {
				depth++ // it may be an index, and a[0][1] is an index of an index
			}
		case hclsyntax.TokenComma, hclsyntax.TokenEqual:
			separate()
		case hclsyntax.TokenNewline:
			if len(open) == 0 || open[len(open)-1].lines {
				separate()
			}
		case hclsyntax.TokenBang, hclsyntax.TokenMinus, hclsyntax.TokenPlus, hclsyntax.TokenStar, hclsyntax.TokenSlash,
			hclsyntax.TokenPercent, hclsyntax.TokenAnd, hclsyntax.TokenOr, hclsyntax.TokenEqualOp, hclsyntax.TokenNotEqual,
			hclsyntax.TokenLessThan, hclsyntax.TokenLessThanEq, hclsyntax.TokenGreaterThan, hclsyntax.TokenGreaterThanEq,
			hclsyntax.TokenQuestion, hclsyntax.TokenDot:
			depth++
		}
		if depth > deepest {
			deepest, at = depth, token.Range
		}
	}
	return deepest, at
}

// level is an open bracket.
type level struct {
	// outside is the depth around it.
	outside int
	// lines is true if a line break inside ends an expression.
	lines bool
}

// nextWord returns the identifier that tokens begin with; "" if there is none.
func nextWord(tokens hclsyntax.Tokens) string {
	if len(tokens) == 0 || tokens[0].Type != hclsyntax.TokenIdent {
		return ""
	}
	return string(tokens[0].Bytes)
}
