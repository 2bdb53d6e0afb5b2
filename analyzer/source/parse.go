package source

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/json"

	"github.com/tfreach/tfreach/analyzer/syntax"
)

const byteOrderMark = "\xef\xbb\xbf"

// parseText parses a configuration file. What HCL recovers from a file with errors is returned with them.
func parseText(name string, text []byte) (*hcl.File, hcl.Diagnostics) {
	if strings.HasSuffix(name, ".json") {
		text = bytes.TrimPrefix(text, []byte(byteOrderMark)) // native syntax may have one
		if at, ok := jsonTooDeep(text); ok {
			start, end := positionAt(text, at), positionAt(text, at+1)
			return nil, nestingError(hcl.Range{Filename: name, Start: start, End: end})
		}
		return json.Parse(text, name)
	}
	if diags := checkNesting(text, name, hcl.InitialPos, hclsyntax.LexConfig); diags.HasErrors() {
		return nil, diags
	}
	return hclsyntax.ParseConfig(text, name, hcl.InitialPos)
}

// checkNesting returns an error if text nests too deeply for a parser that recurses.
func checkNesting(text []byte, name string, start hcl.Pos, lex lexer) hcl.Diagnostics {
	// Most files don't have so many of these bytes in all, and then need no second lexing.
	count := 0
	for _, c := range text {
		switch c {
		case '{', '[', '(', '"', '!', '-', '+', '*', '/', '%', '&', '|', '=', '<', '>', '?', '.':
			count++
		}
	}
	if count <= maxNesting {
		return nil
	}
	tokens, _ := lex(text, name, start) // the parser reports what can't be lexed
	if depth, at := syntax.Depth(tokens); depth > maxNesting {
		return nestingError(at)
	}
	return nil
}

// jsonTooDeep returns the offset of a bracket that is nested too deeply. It takes brackets in strings for brackets,
// which at this depth does not matter.
func jsonTooDeep(text []byte) (int, bool) {
	depth := 0
	for i, c := range text {
		switch c {
		case '{', '[':
			if depth++; depth > maxNesting {
				return i, true
			}
		case '}', ']':
			depth = max(depth-1, 0)
		}
	}
	return 0, false
}

func nestingError(at hcl.Range) hcl.Diagnostics {
	return hcl.Diagnostics{{
		Severity: hcl.DiagError, Summary: "The file nests too deeply",
		Detail: fmt.Sprintf("Brackets, blocks and operators may nest %d deep.", maxNesting), Subject: &at,
	}}
}

// positionAt returns the position of a byte offset; its column counts bytes.
func positionAt(text []byte, offset int) hcl.Pos {
	before := text[:offset]
	line := bytes.Count(before, []byte("\n"))
	return hcl.Pos{Line: line + 1, Column: offset - bytes.LastIndexByte(before, '\n'), Byte: offset}
}
