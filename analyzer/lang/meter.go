package lang

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// MeterName is the name under which a metered expression calls the function
// that MeterFunction returns. No expression can be written that has this name.
const MeterName = "(meter)"

// OperandName is the name of another one of the functions that MeterFunctions
// returns.
const OperandName = "(operand)"

// Meter changes a syntax tree so that its evaluation can be bounded: the
// collection of each for expression or directive, and each part of a template
// that is not literal, then passes through the function MeterName, and each
// operand of arithmetic through OperandName. Loops, templates and numbers are what
// makes evaluation, and its result, larger than its source.
// (An error in the body of a loop would not do, since hcl goes on to the next
// element.) References in the tree stay visible to Variables and to walks.
func Meter(node hclsyntax.Node) hcl.Diagnostics {
	return hclsyntax.VisitAll(node, func(node hclsyntax.Node) hcl.Diagnostics {
		switch node := node.(type) {
		case *hclsyntax.ForExpr:
			node.CollExpr = through(MeterName, node.CollExpr)
		case *hclsyntax.TemplateExpr:
			for i, part := range node.Parts {
				if _, literal := part.(*hclsyntax.LiteralValueExpr); !literal {
					node.Parts[i] = through(MeterName, part)
				}
			}
		case *hclsyntax.BinaryOpExpr:
			if node.Op.Type == cty.Number {
				node.LHS, node.RHS = operand(node.LHS), operand(node.RHS)
			}
		case *hclsyntax.UnaryOpExpr:
			if node.Op.Type == cty.Number {
				node.Val = operand(node.Val)
			}
		}
		return nil
	})
}

// operand leaves numbers that are written out as they are.
func operand(expr hclsyntax.Expression) hclsyntax.Expression {
	if literal, ok := expr.(*hclsyntax.LiteralValueExpr); ok && checkOperand(literal.Val) == nil {
		return expr
	}
	return through(OperandName, expr)
}

// through returns the call of a function with an expression, after other arguments.
func through(name string, expr hclsyntax.Expression, before ...hclsyntax.Expression) hclsyntax.Expression {
	at := expr.Range()
	return &hclsyntax.FunctionCallExpr{
		Name:            name,
		Args:            append(slices.Clip(before), expr),
		NameRange:       at,
		OpenParenRange:  at,
		CloseParenRange: at,
	}
}

// MeterFunctions returns the functions that the evaluation of a metered
// expression needs: MeterFunction, and one that fails with a LimitError if its
// argument is a number, or a string that is converted to one, beyond MaxExponent.
func MeterFunctions(spend func(steps int) error) map[string]function.Function {
	return map[string]function.Function{
		MeterName: MeterFunction(spend),
		OperandName: function.New(&function.Spec{
			Params: anyValue(),
			Type:   sameType,
			Impl:   func(args []cty.Value, _ cty.Type) (cty.Value, error) { return args[0], checkOperand(args[0]) },
		}),
	}
}

// MeterFunction returns the function for MeterName in the context that a metered
// expression is evaluated in. It returns its argument, and calls spend with what
// that costs: one step, and another for each element of a collection and for
// every 16 bytes of a string. An error of spend, which should be a LimitError so
// that try and can report it, fails the evaluation; spend should go on to fail
// then.
func MeterFunction(spend func(steps int) error) function.Function {
	const bytesPerStep = 16
	return function.New(&function.Spec{
		Params: anyValue(),
		Type:   sameType,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			steps := 1 + int(knownLength(args[0]))
			if s, ok := knownString(args[0]); ok {
				steps += len(s) / bytesPerStep
			}
			return args[0], spend(steps)
		},
	})
}

// checkOperand checks a value that arithmetic uses as a number.
func checkOperand(v cty.Value) error {
	v, ok := known(v)
	switch {
	case !ok:
		return nil
	case v.Type() == cty.Number:
		return checkNumber(v)
	case v.Type() == cty.String:
		if n, err := cty.ParseNumberVal(v.AsString()); err == nil {
			return checkNumber(n)
		}
	}
	return nil
}

// budget returns a function for MeterFunction that fails after MaxSteps steps.
func budget() func(steps int) error {
	spent := 0.0
	return func(steps int) error {
		spent += float64(steps)
		return exceeds("MaxSteps", MaxSteps, spent, "steps to render a template")
	}
}
