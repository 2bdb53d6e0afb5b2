package source

import (
	"bytes"
	stdjson "encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/json"

	"github.com/tfreach/tfreach/analyzer/lang"
	"github.com/tfreach/tfreach/analyzer/syntax"
)

const byteOrderMark = "\xef\xbb\xbf"

// ParseHCL parses the text of an untrusted file in native syntax, within limits. name is the file's name in reports.
func ParseHCL(name string, text []byte) (*hcl.File, hcl.Diagnostics) {
	file, diags := parseHCL(name, text, hcl.InitialPos)
	if file != nil {
		leaveOut(file.Body.(*hclsyntax.Body), diags) //nolint:forcetypeassert // hclsyntax has no other
	}
	return file, diags
}

// parseModuleFile parses a part of a configuration, which stands in its file from a position on. What syntax errors keep from
// being read is lost there; see IsLost.
func parseModuleFile(name string, text []byte, start hcl.Pos) (*hcl.File, hcl.Diagnostics) {
	file, diags := parseHCL(name, text, start)
	if file != nil {
		body := file.Body.(*hclsyntax.Body) //nolint:forcetypeassert // hclsyntax has no other
		lose(text, start.Byte, body, diags)
		instrument(body)
	}
	return file, diags
}

// parseHCL parses a text that stands in its file from a position on.
func parseHCL(name string, text []byte, start hcl.Pos) (*hcl.File, hcl.Diagnostics) {
	if diags := checkSyntax(text, name, start, hclsyntax.LexConfig); diags.HasErrors() {
		return nil, diags
	}
	return hclsyntax.ParseConfig(text, name, start)
}

// leaveOut removes the arguments of blocks that have a syntax error: what HCL recovers of them may be anything.
func leaveOut(body *hclsyntax.Body, diags hcl.Diagnostics) {
	for _, t := range tornIn(body, diags) {
		maps.DeleteFunc(t.body.Attributes, func(_ string, a *hclsyntax.Attribute) bool {
			return slices.ContainsFunc(t.errors, func(d *hcl.Diagnostic) bool { return breaks(d, a) })
		})
	}
}

// ParseExpression parses a text from a configuration as an expression within the same limits.
func ParseExpression(text string) (hclsyntax.Expression, hcl.Diagnostics) {
	expr, diags := parsed(hclsyntax.ParseExpression, hclsyntax.LexExpression, text, hcl.Range{Start: hcl.InitialPos, End: hcl.InitialPos})
	if expr != nil {
		lang.Instrument(expr)
	}
	return expr, diags
}

// parse parses the text as the file of a name.
func (t Text) parse(name string) (file *hcl.File, diags hcl.Diagnostics) {
	if t.Exact && !strings.HasSuffix(name, ".json") {
		return parseModuleFile(t.At.Filename, t.Content, t.At.Start)
	}
	file, diags = parseText(name, t.Content)
	t.place(diags)
	return file, diags
}

// place puts diagnostics where the text is made.
func (t Text) place(diags hcl.Diagnostics) {
	for _, d := range diags {
		d.Subject, d.Context = t.At.Ptr(), nil
	}
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
	return parseModuleFile(name, text, hcl.InitialPos)
}

// instrument prepares the expressions of a file for evaluation. It skips the types of variables, which a library reads; that
// library evaluates their defaults without functions.
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

// checkSyntax returns an error if a text nests too deeply for a recursive parser, or contains a number that is too large to be
// written out.
func checkSyntax(text []byte, name string, start hcl.Pos, lex lexer) hcl.Diagnostics {
	// Most files can't contain either, and needn't be lexed twice.
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

// maybeDeep reports whether a text has enough characters that nest.
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

// maybeLarge reports whether a text has an exponent of four digits, or too many digits.
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

// jsonTooDeep returns the offset of a bracket that is nested too deeply. It also counts brackets in strings, which doesn't
// matter at this depth.
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

// jsonTooLarge returns where a number is that is too large. Numbers inside strings are checked when these are parsed.
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
