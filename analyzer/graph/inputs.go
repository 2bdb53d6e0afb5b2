package graph

import (
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/tfreach/tfreach/analyzer/lang"
	"github.com/tfreach/tfreach/analyzer/source"
)

// Inputs are the values that the user gives to a configuration.
type Inputs struct {
	// Vars are values of root module variables. The last one of several for one variable wins.
	Vars []Var
	// Workspace is the value of terraform.workspace. An empty one is unknown.
	Workspace string
	// Model returns Terraform that stands for a module whose code isn't there, by its source and version constraint: it makes
	// what matters of what the module makes, and has the outputs that are known. It may be nil, and return nil.
	Model func(source, version string) []byte
	// Reads reports whether a type of managed resources is read, and not only looked at because it may use what is. It may be
	// nil, as if no type was.
	Reads func(typ string) bool
	// Others are states and plans of the rest of the world, and Remote returns what there is of the root module whose state is
	// in a backend, or nil.
	Others []*Other
	Remote func(Backend) *Other
	// Read are the root modules whose outputs are among the values of variables.
	Read []*Other
	// elsewhere is the path of the root module if it is part of the rest of the world.
	elsewhere ModulePath
	// Done, if not nil, ends the evaluation when it is closed. What was not evaluated is then unknown, and a diagnostic says
	// so.
	Done <-chan struct{}
	// Planned is the graph of a plan that was made from the configuration, or nil. It tells, as far as it knows, what is
	// computed and which instances exist.
	Planned *Graph
}

// Var is the value of a root module variable, given from outside of the configuration.
type Var struct {
	// Name is the variable's. It is empty for a part of a value file that couldn't be read, which may give a value to any.
	Name string
	// Expr is the value as an expression without references, from a value file.
	Expr hcl.Expression
	// Text is the value as a user types it, if Expr is nil. It is the text itself for a variable with a primitive type or
	// without a type, and an expression for all others.
	Text string
	// Value is the value itself if it is set, as from a plan. Expr is where it is written then, if that is known.
	Value cty.Value
	// Env is true if Value comes through an environment variable, as Terragrunt hands values on: a text for a variable of a
	// type that is none is an expression, and a collection for one of a primitive type or of none is its JSON text.
	Env bool
	// At is the place of the name, if Expr is set.
	At hcl.Range
	// From says for messages where Text comes from: "--var".
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

// check reads each value that is given as text. A value that can't be read is the user's mistake, and an error.
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
	switch {
	case v.Value != cty.NilVal && v.Env:
		return fromEnvironment(v.Value, isLiteral(block)), nil
	case v.Value != cty.NilVal:
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

// fromEnvironment returns a value as Terraform has it that got it through an environment variable.
// Source: https://terragrunt.gruntwork.io/docs/reference/hcl/attributes/#inputs
func fromEnvironment(v cty.Value, literal bool) cty.Value {
	raw, marks := v.Unmark()
	primitive := raw.Type().IsPrimitiveType()
	switch {
	case raw.IsNull():
		return v
	case literal && primitive:
		text, err := lang.Convert(v, cty.String)
		if err != nil {
			return v
		}
		return text
	case literal && raw.Type() != cty.DynamicPseudoType:
		bare, inner := v.UnmarkDeep()
		if !bare.IsWhollyKnown() {
			return cty.UnknownVal(cty.String).WithMarks(inner)
		}
		text, err := ctyjson.Marshal(bare, bare.Type())
		if err != nil {
			return v
		}
		return cty.StringVal(string(text)).WithMarks(inner)
	case !literal && raw.Type() == cty.String && raw.IsKnown():
		expr, diags := source.ParseExpression(raw.AsString())
		if diags.HasErrors() {
			return v
		}
		out, diags := lang.Constant(expr)
		if diags.HasErrors() {
			return v
		}
		return out.WithMarks(marks)
	}
	return v
}

// isLiteral reports whether the text for a variable is its value as it stands: whether the variable has a primitive type, or
// none.
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

// given returns the value that the user gives to a root module variable, or cty.NilVal. lost is true if a value may be in
// what couldn't be read of a value file.
func (ev *evaluator) given(name string, block *source.Block) (value cty.Value, at hcl.Range, lost bool) {
	vars := ev.inputs.Vars
	for _, v := range slices.Backward(vars) {
		if v.Name == "" {
			return cty.NilVal, hcl.Range{}, true
		}
		if v.Name != name {
			continue
		}
		if v.Expr != nil {
			at = v.Expr.Range()
		}
		v, err := v.value(block)
		if err != nil {
			ev.diags.add(&hcl.Diagnostic{
				Severity: hcl.DiagError, Summary: "Invalid value for a variable", Detail: err.Error(), Subject: at.Ptr(),
			})
			return ev.failed(at), at, false
		}
		return v, at, false
	}
	return cty.NilVal, hcl.Range{}, false
}

// expression returns the expression in a value file that the user gives to a root module variable; nil without one.
func (ev *evaluator) expression(name string) hcl.Expression {
	for _, v := range slices.Backward(ev.inputs.Vars) {
		if v.Name == name {
			return v.Expr
		}
	}
	return nil
}

// PlanVars returns the values of a plan's variables for the configuration in dir. Where a value equals one in a value file or a
// default, it has that place.
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
