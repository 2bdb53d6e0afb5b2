package source

import (
	"slices"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Body is the body of a block: its own first, then those of the override files that change it. What it holds is read
// without a schema, as tfreach has none of the providers'.
type Body []*hclsyntax.Body

// Attr returns the attribute of a name, or nil.
func (b Body) Attr(name string) *hclsyntax.Attribute {
	for _, body := range slices.Backward(b) {
		if a := body.Attributes[name]; a != nil {
			return a
		}
	}
	return nil
}

// Blocks returns the nested blocks of a type, and the dynamic blocks labelled with it, in the order of the file. An
// override file that has any replaces all. In JSON syntax a nested block looks like an attribute and is found with
// Attr; Blocks finds its dynamic blocks only.
func (b Body) Blocks(typ string) []*hclsyntax.Block {
	for _, body := range slices.Backward(b) {
		var out []*hclsyntax.Block
		for _, nested := range body.Blocks {
			if nested.Type == typ || nested.Type == "dynamic" && len(nested.Labels) == 1 && nested.Labels[0] == typ {
				out = append(out, nested)
			}
		}
		if len(out) > 0 {
			return out
		}
	}
	return nil
}

// Names returns the names of the attributes and of the types of nested blocks, sorted.
func (b Body) Names() []string {
	var names []string
	for _, body := range b {
		for name := range body.Attributes {
			names = append(names, name)
		}
		for _, nested := range body.Blocks {
			names = append(names, nested.Type)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
