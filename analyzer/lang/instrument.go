package lang

import (
	"maps"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// Instrument prepares a syntax tree for evaluation: its cost can be limited, as [Meter] does; the result of a conditional
// carries the marks of its branch only; and a value that is passed on keeps its [Identity]. Whoever parses a file does this
// once, before anyone else sees the tree. After that the tree is only read, so several evaluations can share it. Evaluation
// needs the functions of [InstrumentFunctions].
func Instrument(node hclsyntax.Node) {
	_ = Meter(node) // no walk returns diagnostics
	_ = identify(node)
	_ = openUp(node)
	_ = splitBranches(node)
}

// InstrumentFunctions returns the functions that an instrumented expression needs, charged to a budget.
func InstrumentFunctions(b Budget) map[string]function.Function {
	functions := MeterFunctions(b)
	functions[BranchName] = branchFunction(b)
	maps.Copy(functions, identityFunctions())
	maps.Copy(functions, openFunctions())
	return functions
}

// Static evaluates an instrumented expression with the values of its references, such as a module source made of constant
// variables. Functions read no files. It takes at most MaxSteps steps.
func Static(expr hcl.Expression, variables map[string]cty.Value) (cty.Value, hcl.Diagnostics) {
	b := &ownBudget{}
	functions := Functions(noFiles{}, WithBudget(b))
	maps.Copy(functions, InstrumentFunctions(b))
	return expr.Value(&hcl.EvalContext{Functions: functions, Variables: variables})
}

// noFiles contains no file.
type noFiles struct{}

func (noFiles) ReadFile(string) ([]byte, error)       { return nil, ErrOutside }
func (noFiles) Glob(string, string) ([]string, error) { return nil, ErrOutside }
func (noFiles) Exists(string) (bool, error)           { return false, ErrOutside }

// Constant evaluates an expression that may contain neither references nor function calls, such as the source of a module. It
// takes at most MaxSteps steps.
func Constant(expr hcl.Expression) (cty.Value, hcl.Diagnostics) {
	return expr.Value(&hcl.EvalContext{Functions: InstrumentFunctions(&ownBudget{})})
}
