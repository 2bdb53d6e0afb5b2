package graph

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/lang"
)

// Unknown returns a value of which nothing is known but what decides it. Values of one name are the same.
func Unknown(name string, at hcl.Range) cty.Value {
	return cty.DynamicVal.WithMarks(cty.NewValueMarks(
		Origin{Kind: FromExpression, Name: name, At: at}, lang.Identity{Term: name, Part: true}))
}
