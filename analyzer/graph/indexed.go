package graph

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// byNumber reports whether a step of a reference asks for an element by its number.
func byNumber(step hcl.Traverser) bool {
	index, ok := step.(hcl.TraverseIndex)
	return ok && index.Key.Type() == cty.Number
}

// shape writes the steps of a reference, without what the numbers are.
func shape(way hcl.Traversal) string {
	var b strings.Builder
	for _, step := range way {
		if byNumber(step) {
			b.WriteString("[]")
		} else {
			b.WriteString("." + stepName(hcl.Traversal{step}))
		}
	}
	return b.String()
}

// asBlocks returns the value of an attribute in JSON syntax as a reference sees it. A nested block of which there is one may be
// written as an object there, and is a list for references, in which the provider may add attributes that carry the marks.
// Source: https://developer.hashicorp.com/terraform/language/syntax/json#nested-block-mapping
func (i *instance) asBlocks(v cty.Value, way hcl.Traversal, marks cty.ValueMarks) cty.Value {
	if !strings.HasSuffix(i.block.At.Filename, ".json") {
		return v
	}
	return inBlocks(v, way, marks)
}

func inBlocks(v cty.Value, way hcl.Traversal, marks cty.ValueMarks) cty.Value {
	if len(way) == 0 {
		return v
	}
	raw, own := v.Unmark()
	if !raw.IsKnown() || raw.IsNull() {
		return v
	}
	typ := raw.Type()
	switch {
	case byNumber(way[0]) && typ.IsObjectType():
		return cty.TupleVal([]cty.Value{inBlocks(v, way[1:], marks)})
	case byNumber(way[0]) && typ.IsTupleType():
		elements := raw.AsValueSlice()
		for n, e := range elements {
			elements[n] = inBlocks(e, way[1:], marks)
		}
		return cty.TupleVal(elements).WithMarks(own)
	case typ.IsObjectType():
		name := stepName(way)
		if name == "" {
			return v
		}
		attrs := raw.AsValueMap()
		if attrs == nil {
			attrs = map[string]cty.Value{}
		}
		if attr, ok := attrs[name]; ok {
			attrs[name] = inBlocks(attr, way[1:], marks)
		} else {
			attrs[name] = cty.DynamicVal.WithMarks(marks)
		}
		return cty.ObjectVal(attrs).WithMarks(own)
	}
	return v
}
