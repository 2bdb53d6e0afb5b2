package lang

import (
	"maps"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// Instrument changes a syntax tree so that its evaluation can be bounded, as [Meter] does, and so that the result of a
// conditional is marked with what its branch is from, and a value that is handed on keeps its [Identity]. Whoever parses a file does it, once, before anyone else sees the
// tree: after that the tree is only read, so several evaluations can share it. The evaluation needs the functions of
// [InstrumentFunctions].
func Instrument(node hclsyntax.Node) {
	_ = Meter(node) // no walk returns diagnostics
	_ = identify(node)
	_ = openUp(node)
	_ = splitBranches(node)
}

// InstrumentFunctions returns the functions that the evaluation of an instrumented expression needs within a budget.
func InstrumentFunctions(b Budget) map[string]function.Function {
	functions := MeterFunctions(b)
	functions[BranchName] = branchFunction(b)
	maps.Copy(functions, identityFunctions())
	maps.Copy(functions, openFunctions())
	return functions
}

// Static evaluates an instrumented expression with the values of what it refers to, such as the source of a module that is
// made of constant variables. Functions read no files. It takes MaxSteps steps at most.
func Static(expr hcl.Expression, variables map[string]cty.Value) (cty.Value, hcl.Diagnostics) {
	b := &ownBudget{}
	functions := Functions(noFiles{}, WithBudget(b))
	maps.Copy(functions, InstrumentFunctions(b))
	return expr.Value(&hcl.EvalContext{Functions: functions, Variables: variables})
}

// noFiles has no file that may be read.
type noFiles struct{}

func (noFiles) ReadFile(string) ([]byte, error)       { return nil, ErrOutside }
func (noFiles) Glob(string, string) ([]string, error) { return nil, ErrOutside }
func (noFiles) Exists(string) (bool, error)           { return false, ErrOutside }

// Constant evaluates an expression where neither references nor functions are allowed, such as the source of a module.
// It takes MaxSteps steps at most.
func Constant(expr hcl.Expression) (cty.Value, hcl.Diagnostics) {
	return expr.Value(&hcl.EvalContext{Functions: InstrumentFunctions(&ownBudget{})})
}
