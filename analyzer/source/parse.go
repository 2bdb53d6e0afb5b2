package source

import (
	"bytes"
	stdjson "encoding/json"
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/json"

	"github.com/tfreach/tfreach/analyzer/lang"
	"github.com/tfreach/tfreach/analyzer/syntax"
)

const byteOrderMark = "\xef\xbb\xbf"

// ParseHCL parses the text of a file in native syntax within the limits for files that are not trusted. Name is its name in
// places.
func ParseHCL(name string, text []byte) (*hcl.File, hcl.Diagnostics) {
	if diags := checkSyntax(text, name, hcl.InitialPos, hclsyntax.LexConfig); diags.HasErrors() {
		return nil, diags
	}
	return hclsyntax.ParseConfig(text, name, hcl.InitialPos)
}

// parseText parses a configuration file. What HCL recovers from a file with errors is returned with them.
func parseText(name string, text []byte) (*hcl.File, hcl.Diagnostics) {
	if strings.HasSuffix(name, ".json") {
		text = bytes.TrimPrefix(text, []byte(byteOrderMark)) // native syntax may have one
		if at, ok := jsonTooDeep(text); ok {
			start, end := positionAt(text, at), positionAt(text, at+1)
			return nil, nestingError(hcl.Range{Filename: name, Start: start, End: end})
		}
		if start, end, ok := jsonTooLarge(text); ok {
			return nil, digitsError(hcl.Range{Filename: name, Start: positionAt(text, start), End: positionAt(text, end)})
		}
		return json.Parse(text, name)
	}
	file, diags := ParseHCL(name, text)
	if file != nil {
		instrument(file.Body.(*hclsyntax.Body)) //nolint:forcetypeassert // hclsyntax has no other
	}
	return file, diags
}

// instrument prepares the expressions of a file for being evaluated. The types of variables are not evaluated but read
// by a library, which evaluates their defaults without functions.
func instrument(body *hclsyntax.Body) {
	for _, a := range body.Attributes {
		lang.Instrument(a)
	}
	for _, b := range body.Blocks {
		if b.Type != "variable" {
			lang.Instrument(b.Body)
			continue
		}
		for name, a := range b.Body.Attributes {
			if name != "type" {
				lang.Instrument(a)
			}
		}
		for _, inner := range b.Body.Blocks {
			lang.Instrument(inner.Body)
		}
	}
}

// checkSyntax returns an error if text nests too deeply for a parser that recurses, or has a number that is too large to
// be written out.
func checkSyntax(text []byte, name string, start hcl.Pos, lex lexer) hcl.Diagnostics {
	// Most files can't have either, and then need no second lexing.
	if !maybeDeep(text) && !maybeLarge(text) {
		return nil
	}
	tokens, _ := lex(text, name, start) // the parser reports what can't be lexed
	if depth, at := syntax.Depth(tokens); depth > maxNesting {
		return nestingError(at)
	}
	if digits, at := syntax.Digits(tokens); digits > maxDigits {
		return digitsError(at)
	}
	return nil
}

// maybeDeep says whether text has enough of what nests.
func maybeDeep(text []byte) bool {
	count := 0
	for _, c := range text {
		switch c {
		case '{', '[', '(', '"', '!', '-', '+', '*', '/', '%', '&', '|', '=', '<', '>', '?', '.':
			count++
		}
	}
	return count > maxNesting
}

// maybeLarge says whether text has an exponent of four digits, or as many digits as are too many.
func maybeLarge(text []byte) bool {
	run := 0
	exponent := false // whether the run follows an e, and maybe a sign, which follow a digit
	for i, c := range text {
		switch {
		case c >= '0' && c <= '9':
			if run++; run >= maxDigits || exponent && run >= 4 {
				return true
			}
		case c == 'e' || c == 'E':
			exponent, run = i > 0 && (text[i-1] == '.' || text[i-1] >= '0' && text[i-1] <= '9'), 0
		case c == '+' || c == '-':
			exponent, run = exponent && run == 0, 0
		case c == '.':
			exponent = false // digits go on after it
		default:
			exponent, run = false, 0
		}
	}
	return false
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

// jsonTooLarge returns where a number is that is too large. Those in strings are checked when the strings are parsed.
func jsonTooLarge(text []byte) (start, end int, found bool) {
	if !maybeLarge(text) {
		return 0, 0, false
	}
	decoder := stdjson.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	for {
		token, err := decoder.Token()
		if err != nil {
			return 0, 0, false // the end, or what the parser reports
		}
		if n, ok := token.(stdjson.Number); ok && syntax.LiteralDigits([]byte(n)) > maxDigits {
			end := int(decoder.InputOffset())
			return end - len(n), end, true
		}
	}
}

func nestingError(at hcl.Range) hcl.Diagnostics {
	return hcl.Diagnostics{{
		Severity: hcl.DiagError, Summary: "The file nests too deeply",
		Detail: fmt.Sprintf("Brackets, blocks and operators may nest %d deep.", maxNesting), Subject: &at,
	}}
}

func digitsError(at hcl.Range) hcl.Diagnostics {
	return hcl.Diagnostics{{
		Severity: hcl.DiagError, Summary: "A number is too large",
		Detail: fmt.Sprintf("A number may have %d digits when it is written out.", maxDigits), Subject: &at,
	}}
}

// positionAt returns the position of a byte offset; its column counts bytes.
func positionAt(text []byte, offset int) hcl.Pos {
	before := text[:offset]
	line := bytes.Count(before, []byte("\n"))
	return hcl.Pos{Line: line + 1, Column: offset - bytes.LastIndexByte(before, '\n'), Byte: offset}
}
