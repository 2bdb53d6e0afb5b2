package lang

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
)

// BranchName is the name of the function around the branches of conditionals in an instrumented expression. Its last argument
// is the branch. No written expression can contain this name.
const BranchName = "(branch)"

// splitBranches changes a syntax tree so that the result of a conditional with a known condition carries only the marks of the
// branch that it takes; HCL adds those of the other branch. Each branch becomes a call of BranchName with the condition, the
// condition's value for the branch, and the branch. A condition that contains conditionals stays as it is, because evaluating
// it again for each branch would double the time with each level.
func splitBranches(node hclsyntax.Node) hcl.Diagnostics {
	return hclsyntax.VisitAll(node, func(node hclsyntax.Node) hcl.Diagnostics {
		if e, ok := node.(*hclsyntax.ConditionalExpr); ok && !has[*hclsyntax.ConditionalExpr](e.Condition) {
			e.TrueResult = branch(e.Condition, e.TrueResult, cty.True)
			e.FalseResult = branch(e.Condition, e.FalseResult, cty.False)
		} else if ok {
			e.TrueResult, e.FalseResult = use(e.TrueResult), use(e.FalseResult)
		}
		return nil
	})
}

func branch(condition, result hclsyntax.Expression, taken cty.Value) hclsyntax.Expression {
	at := result.Range()
	return &hclsyntax.FunctionCallExpr{
		Name: BranchName, Args: []hclsyntax.Expression{condition, &hclsyntax.LiteralValueExpr{Val: taken, SrcRange: at}, result},
		NameRange: at, OpenParenRange: at, CloseParenRange: at,
	}
}

// branchFunction returns the function for BranchName. It returns its last argument, without marks if the other branch is surely
// taken.
func branchFunction(b Budget) function.Function {
	anything := func(name string) function.Parameter {
		return function.Parameter{
			Name: name, Type: cty.DynamicPseudoType, AllowNull: true, AllowUnknown: true, AllowDynamicType: true, AllowMarked: true,
		}
	}
	return function.New(&function.Spec{
		Params: []function.Parameter{anything("condition"), anything("taken"), anything("result")},
		Type:   function.StaticReturnType(cty.DynamicPseudoType),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			// HCL converts the branches to one type.
			if stop, err := charge(b, args[2:], valuesPerStep); stop || err != nil {
				return cty.DynamicVal, err
			}
			condition, _ := args[0].Unmark()
			condition, err := convert.Convert(condition, cty.Bool)
			switch {
			case err != nil || !condition.IsKnown() || condition.IsNull():
				return choice(args[2]), nil
			case condition.True() != args[1].True():
				result, _ := args[2].Unmark()
				return result, nil
			}
			return args[2], nil
		},
	})
}
