package analyzer

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclwrite"
)

// Edit replaces a part of a file.
type Edit struct {
	// At is what is replaced; its Filename is that of the finding's places. It may be empty, for text that is added.
	At  hcl.Range
	New string
}

// Apply returns the text of a file with edits, and formatted as it was: a text in the canonical format stays in it. Of
// edits that overlap the first counts.
func Apply(text []byte, edits []Edit) []byte {
	var out []byte
	done := 0
	for _, e := range SortEdits(edits) {
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

// SortEdits returns edits of a file in the order of their places.
func SortEdits(edits []Edit) []Edit {
	return slices.SortedStableFunc(slices.Values(edits), func(a, b Edit) int {
		return cmp.Compare(a.At.Start.Byte, b.At.Start.Byte)
	})
}
