package fix

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/hashicorp/hcl/v2/hclwrite"

	"github.com/tfreach/tfreach/analyzer"
)

// Apply returns the text of a file with edits. A text in the canonical format stays in it. Of overlapping edits, the first
// counts.
func Apply(text []byte, edits []analyzer.Edit) []byte {
	var out []byte
	done := 0
	for _, e := range sorted(edits) {
		if e.At.Start.Byte < done {
			continue
		}
		out = append(append(out, text[done:e.At.Start.Byte]...), e.New...)
		done = e.At.End.Byte
	}
	out = append(out, text[done:]...)
	if bytes.Equal(hclwrite.Format(text), text) {
		return hclwrite.Format(out)
	}
	return out
}

// sorted returns edits of a file in the order of their places.
func sorted(edits []analyzer.Edit) []analyzer.Edit {
	return slices.SortedStableFunc(slices.Values(edits), func(a, b analyzer.Edit) int {
		return cmp.Compare(a.At.Start.Byte, b.At.Start.Byte)
	})
}
