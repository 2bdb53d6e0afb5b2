package source

import (
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Body is the body of a block: its own first, then those of the override files that change it. What it holds is read
// without a schema, as tfreach has none of the providers'.
type Body []hcl.Body

func (b Body) overridden(by hcl.Body) Body { return append(slices.Clip(b), by) }

// Attr returns the attribute of a name, or nil.
func (b Body) Attr(name string) *hcl.Attribute {
	for _, body := range slices.Backward(b) {
		if a := attrOf(body, name); a != nil {
			return a
		}
	}
	return nil
}

func attrOf(body hcl.Body, name string) *hcl.Attribute {
	if native, ok := body.(*hclsyntax.Body); ok {
		if a := native.Attributes[name]; a != nil {
			return a.AsHCLAttribute()
		}
		return nil
	}
	content, _, _ := body.PartialContent(&hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: name}}})
	return content.Attributes[name]
}

// Blocks returns the nested blocks of a type, and the dynamic blocks labelled with it, in the order of the file. An
// override file that has any replaces all. In JSON syntax a nested block looks like an attribute and is found with
// Attr; Blocks finds its dynamic blocks only.
func (b Body) Blocks(typ string) []*hcl.Block {
	for _, body := range slices.Backward(b) {
		if blocks := blocksOf(body, typ); len(blocks) > 0 {
			return blocks
		}
	}
	return nil
}

func blocksOf(body hcl.Body, typ string) []*hcl.Block {
	if native, ok := body.(*hclsyntax.Body); ok {
		var out []*hcl.Block
		for _, b := range native.Blocks {
			if b.Type == typ || b.Type == "dynamic" && len(b.Labels) == 1 && b.Labels[0] == typ {
				out = append(out, b.AsHCLBlock())
			}
		}
		return out
	}
	content, _, _ := body.PartialContent(&hcl.BodySchema{
		Blocks: []hcl.BlockHeaderSchema{{Type: "dynamic", LabelNames: []string{"type"}}},
	})
	var out []*hcl.Block
	for _, b := range content.Blocks {
		if b.Labels[0] == typ {
			out = append(out, b)
		}
	}
	return out
}

// Names returns the names of the attributes and of the types of nested blocks, sorted.
func (b Body) Names() []string {
	names := map[string]bool{}
	for _, body := range b {
		if native, ok := body.(*hclsyntax.Body); ok {
			for name := range native.Attributes {
				names[name] = true
			}
			for _, nested := range native.Blocks {
				names[nested.Type] = true
			}
			continue
		}
		attrs, _ := body.JustAttributes()
		for name := range attrs {
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}
