package graph

import (
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/lang"
	"github.com/tfreach/tfreach/analyzer/source"
)

// Inputs are the values that the user gives to a configuration.
type Inputs struct {
	// Vars are values of root module variables; of several for one variable the last wins.
	Vars []Var
	// Workspace is the value of terraform.workspace; it is unknown if empty.
	Workspace string
	// Done, if it isn't nil, gives up what was not evaluated when it is closed: that is unknown then, and a diagnostic
	// says so.
	Done <-chan struct{}
	// Planned is the graph of a plan that was made from the configuration, if there is one: it tells what is computed, and
	// what instances there are, as far as it knows.
	Planned *Graph
}

// Var is the value of a root module variable from outside of the configuration.
type Var struct {
	Name string
	// Expr is the value as an expression without references, from a file of values.
	Expr hcl.Expression
	// Text is the value as a user types it if Expr is nil: the text itself for a variable of a primitive type or of none,
	// and an expression for all others.
	Text string
	// Value is the value itself if it is set, as from a plan.
	Value cty.Value
	// At is the place of the name if Expr is set.
	At hcl.Range
	// From says where Text is from, for messages: "--var".
	From string
}

func (in Inputs) workspace() cty.Value {
	if in.Workspace == "" {
		const name = "terraform.workspace"
		return cty.UnknownVal(cty.String).RefineNotNull().WithMarks(
			cty.NewValueMarks(Origin{Kind: FromVariable, Name: name}, lang.Identity{Term: name, Filled: true}))
	}
	return cty.StringVal(in.Workspace)
}

// check reads each value that is given as text, as a value that can't be read is the user's mistake.
func (in Inputs) check(root *source.Module) error {
	for _, v := range in.Vars {
		if block := root.Variables[v.Name]; block != nil && v.Expr == nil {
			if _, err := v.value(block); err != nil {
				return err
			}
		}
	}
	return nil
}

// value returns the value for the variable that a block declares.
func (v Var) value(block *source.Block) (cty.Value, error) {
	if v.Value != cty.NilVal {
		return v.Value, nil
	}
	expr := v.Expr
	if expr == nil {
		if isLiteral(block) {
			return cty.StringVal(v.Text), nil
		}
		parsed, diags := hclsyntax.ParseExpression([]byte(v.Text), v.From, hcl.InitialPos)
		if diags.HasErrors() {
			return cty.NilVal, fmt.Errorf("%s: the value of %s is no expression: %s", v.From, v.Name, diags[0].Detail)
		}
		expr = parsed
	}
	out, diags := lang.Constant(expr)
	if diags.HasErrors() {
		return cty.NilVal, fmt.Errorf("%s: the value of %s can't be evaluated: %s", v.From, v.Name, diags[0].Detail)
	}
	return out, nil
}

// isLiteral says whether text for a variable is its value as it stands: if it has a primitive type, or none.
func isLiteral(block *source.Block) bool {
	attr := block.Body.Attr("type")
	if attr == nil {
		return true
	}
	switch hcl.ExprAsKeyword(attr.Expr) {
	case "string", "number", "bool":
		return true
	}
	return false
}

// given returns the value that the user gives to a variable of the root module, or cty.NilVal.
func (ev *evaluator) given(name string, block *source.Block) (cty.Value, hcl.Range) {
	vars := ev.inputs.Vars
	for _, v := range slices.Backward(vars) {
		if v.Name != name {
			continue
		}
		var at hcl.Range
		if v.Expr != nil {
			at = v.Expr.Range()
		}
		v, err := v.value(block)
		if err != nil {
			ev.diags.add(&hcl.Diagnostic{
				Severity: hcl.DiagError, Summary: "Invalid value for a variable", Detail: err.Error(), Subject: at.Ptr(),
			})
			return ev.failed(at), at
		}
		return v, at
	}
	return cty.NilVal, hcl.Range{}
}

// expression returns the expression of the value that the user gives to a variable of the root module, or nil if there
// is none or it is not in a file.
func (ev *evaluator) expression(name string) hcl.Expression {
	for _, v := range slices.Backward(ev.inputs.Vars) {
		if v.Name == name {
			return v.Expr
		}
	}
	return nil
}

// PlanVars returns the values of a plan's variables as the configuration in dir has them: by the file of values or the
// default that they are from, where there is such, so that they have a place.
func PlanVars(tree *source.Tree, dir string, values map[string]cty.Value) []Var {
	auto, _ := tree.AutoVars(dir)
	root := tree.Module(dir)
	var out []Var
	for _, name := range sortedNames(values) {
		block := root.Variables[name]
		if block == nil {
			continue
		}
		ty := cty.DynamicPseudoType
		var defaults *typeexpr.Defaults
		if attr := block.Body.Attr("type"); attr != nil {
			if t, d, diags := typeexpr.TypeConstraintWithDefaults(attr.Expr); !diags.HasErrors() {
				ty, defaults = t, d
			}
		}
		same := func(expr hcl.Expression) bool {
			v, diags := lang.Constant(expr)
			if diags.HasErrors() {
				return false
			}
			if defaults != nil && v.IsKnown() && !v.IsNull() {
				v = defaults.Apply(v)
			}
			return sameAs(v, values[name], ty)
		}
		given := Var{Name: name, Value: values[name]}
		for _, a := range slices.Backward(auto) {
			if a.Name == name {
				if same(a.Expr) {
					given = Var{Name: name, Expr: a.Expr, At: a.At}
				}
				break
			}
		}
		if attr := block.Body.Attr("default"); given.Expr == nil && attr != nil && same(attr.Expr) {
			continue
		}
		out = append(out, given)
	}
	return out
}

func sameAs(a, b cty.Value, ty cty.Type) bool {
	x, err := lang.Convert(a, ty)
	if err != nil {
		return false
	}
	y, err := lang.Convert(b, ty)
	return err == nil && x.RawEquals(y)
}
