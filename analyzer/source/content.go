package source

import (
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Content is what stands in a file of another language in HCL than that of modules.
type Content struct {
	Attributes hclsyntax.Attributes
	Blocks     hclsyntax.Blocks
}

// Read parses a file in native or in JSON syntax. In JSON syntax the blocks are those of the schema, and nested ones
// look like attributes.
func (t *Tree) Read(name string, schema []hcl.BlockHeaderSchema) (Content, hcl.Diagnostics) {
	file, diags := t.parse(name)
	if file == nil {
		return Content{}, diags
	}
	if native, ok := file.Body.(*hclsyntax.Body); ok {
		return Content{native.Attributes, native.Blocks}, diags
	}
	content, rest, more := file.Body.PartialContent(&hcl.BodySchema{Blocks: schema})
	diags = append(diags, more...)
	others, _ := rest.JustAttributes() // what is no object was reported
	out := Content{Attributes: hclsyntax.Attributes{}}
	for _, name := range slices.Sorted(maps.Keys(others)) {
		a := others[name]
		if name == "//" {
			continue
		}
		expr, more := nativeExpr(a.Expr)
		diags = append(diags, more...)
		out.Attributes[name] = &hclsyntax.Attribute{Name: name, Expr: expr, SrcRange: a.Range, NameRange: a.NameRange}
	}
	for _, b := range content.Blocks {
		inner, more := nativeBody(b.Body, b.Type)
		diags = append(diags, more...)
		out.Blocks = append(out.Blocks, &hclsyntax.Block{
			Type: b.Type, Labels: b.Labels, Body: inner, TypeRange: b.DefRange,
			LabelRanges: slices.Repeat([]hcl.Range{b.DefRange}, len(b.Labels)), OpenBraceRange: b.DefRange, CloseBraceRange: b.DefRange,
		})
	}
	return out, diags
}

// ModuleOf returns the module that blocks of files make, by the names that Terraform has for them.
func ModuleOf(dir string, files []string, blocks hclsyntax.Blocks) *Module {
	m := newModule(dir)
	m.Files = files
	for _, b := range blocks {
		m.addBlock(b, false)
	}
	return m
}
