package graph

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/source"
)

// Inputs are the values that the user gives to a configuration.
type Inputs struct {
	// Vars are values of root module variables; of several for one variable the last wins.
	Vars []Var
	// Workspace is the value of terraform.workspace; it is unknown if empty.
	Workspace string
}

// Var is the value of a root module variable from outside of the configuration.
type Var struct {
	Name string
	// Expr is the value as an expression without references, from a file of values.
	Expr hcl.Expression
	// Text is the value as a user types it if Expr is nil: the text itself for a variable of type string, and an
	// expression for all others.
	Text string
	// From says where Text is from, for messages: "--var".
	From string
}

func (in Inputs) workspace() cty.Value {
	if in.Workspace == "" {
		return cty.UnknownVal(cty.String).RefineNotNull().Mark(Origin{Kind: FromVariable, Name: "terraform.workspace"})
	}
	return cty.StringVal(in.Workspace)
}

// variable returns the value given to a variable of the root module, or cty.NilVal.
func (in Inputs) variable(ev *evaluator, name string, _ *source.Block, ty cty.Type) (cty.Value, hcl.Range) {
	for i := len(in.Vars) - 1; i >= 0; i-- {
		given := in.Vars[i]
		if given.Name != name {
			continue
		}
		expr := given.Expr
		if expr == nil {
			at := hcl.Range{Filename: given.From}
			if ty == cty.String || ty == cty.DynamicPseudoType && !strings.ContainsAny(given.Text, "[{") {
				return cty.StringVal(given.Text), at
			}
			parsed, diags := hclsyntax.ParseExpression([]byte(given.Text), given.From, hcl.InitialPos)
			if diags.HasErrors() {
				ev.diags.add(&hcl.Diagnostic{
					Severity: hcl.DiagError, Summary: "Invalid value for a variable",
					Detail: fmt.Sprintf("The value given to var.%s is no expression: %s.", name, diags[0].Detail), Subject: at.Ptr(),
				})
				return cty.NilVal, at
			}
			expr = parsed
		}
		v, diags := expr.Value(nil)
		if diags.HasErrors() {
			ev.diags.add(diags...)
			return cty.NilVal, expr.Range()
		}
		return v, expr.Range()
	}
	return cty.NilVal, hcl.Range{}
}
