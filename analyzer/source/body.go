package source

import (
	"slices"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Body is the body of a block: its own body first, then those of override files. It is read without a schema, as tfreach has no
// provider schemas.
type Body []*hclsyntax.Body

// Attr returns the attribute with a name, or nil. In JSON syntax, nested blocks look like attributes.
func (b Body) Attr(name string) *hclsyntax.Attribute {
	attr, _ := b.last(name)
	return attr
}

// Blocks returns the nested blocks of a type, and the dynamic blocks with that label, in the order of the file. In JSON syntax
// a nested block looks like an attribute, so Attr finds it; Blocks finds dynamic blocks, and the blocks that the language
// itself defines, such as provisioners.
func (b Body) Blocks(typ string) []*hclsyntax.Block {
	_, blocks := b.last(typ)
	return blocks
}

// last returns the attribute and the blocks with a name in the last body that has any. An override file replaces all of them,
// whatever the syntax. Source: https://developer.hashicorp.com/terraform/language/files/override
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
