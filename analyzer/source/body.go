package source

import (
	"slices"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Body is the body of a block: its own first, then those of the override files that change it. What it holds is read
// without a schema, as tfreach has none of the providers'.
type Body []*hclsyntax.Body

// Attr returns the attribute of a name, or nil. In JSON syntax nested blocks look like attributes.
func (b Body) Attr(name string) *hclsyntax.Attribute {
	attr, _ := b.last(name)
	return attr
}

// Blocks returns the nested blocks of a type, and the dynamic blocks labelled with it, in the order of the file. In JSON
// syntax a nested block looks like an attribute and is found with Attr; Blocks finds its dynamic blocks and those that the
// language itself defines, such as provisioners.
func (b Body) Blocks(typ string) []*hclsyntax.Block {
	_, blocks := b.last(typ)
	return blocks
}

// last returns the attribute and the blocks of a name in the last body that has any: an override file replaces all, in
// whichever syntax they are written.
// Source: https://developer.hashicorp.com/terraform/language/files/override
func (b Body) last(name string) (*hclsyntax.Attribute, []*hclsyntax.Block) {
	for _, body := range slices.Backward(b) {
		var blocks []*hclsyntax.Block
		for _, nested := range body.Blocks {
			if nested.Type == name || nested.Type == "dynamic" && len(nested.Labels) == 1 && nested.Labels[0] == name {
				blocks = append(blocks, nested)
			}
		}
		if attr := body.Attributes[name]; attr != nil || len(blocks) > 0 {
			return attr, blocks
		}
	}
	return nil, nil
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
