package source

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/json"
)

var bom = []byte("\xef\xbb\xbf")

// parseText parses a configuration file. What HCL recovers from a file with errors is returned with them.
func parseText(name string, text []byte) (*hcl.File, hcl.Diagnostics) {
	if at, ok := tooDeep(text); ok {
		return nil, hcl.Diagnostics{{
			Severity: hcl.DiagError, Summary: "The file nests too deeply",
			Detail: fmt.Sprintf("Brackets and blocks may nest %d deep.", maxNesting),
			Subject: &hcl.Range{
				Filename: name, Start: positionAt(text, at), End: positionAt(text, at+1),
			},
		}}
	}
	if strings.HasSuffix(name, ".json") {
		return json.Parse(bytes.TrimPrefix(text, bom), name)
	}
	return hclsyntax.ParseConfig(text, name, hcl.InitialPos)
}

// tooDeep returns the offset of a bracket that is nested too deeply for parsers that recurse. It takes brackets in
// strings and comments for brackets, which at this depth does not matter.
func tooDeep(text []byte) (int, bool) {
	depth := 0
	for i, c := range text {
		switch c {
		case '{', '[', '(':
			if depth++; depth > maxNesting {
				return i, true
			}
		case '}', ']', ')':
			depth = max(depth-1, 0)
		}
	}
	return 0, false
}

// positionAt returns the position of a byte offset; its column counts bytes.
func positionAt(text []byte, offset int) hcl.Pos {
	before := text[:offset]
	line := bytes.Count(before, []byte("\n"))
	return hcl.Pos{Line: line + 1, Column: offset - bytes.LastIndexByte(before, '\n'), Byte: offset}
}
