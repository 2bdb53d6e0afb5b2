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

// A Budget bounds what evaluation costs.
type Budget interface {
	// Spend takes what something costs before it is done, or before its result is handed on: steps of some microseconds at
	// worst, and the bytes that it makes. The error, if that isn't left, is a LimitError, so that try and can report it.
	Spend(steps, bytes int) error

	// Spent says that Spend has failed, or would if more was asked for. What is evaluated then doesn't matter, as the
	// error was reported: functions return unknown values at once, since hcl goes on with a loop after an error.
	Spent() bool
}

// Costs that evaluation is charged.
const (
	// valuesPerStep is how many values, as Weigh counts, a function works on in the time of a step, and seenPerStep how many
	// one goes past that only picks some of them.
	valuesPerStep = 8
	seenPerStep   = 64
	// bytesPerValue is what a value takes in a collection.
	bytesPerValue = 96
	// nodesPerStep is how many parts of an expression are evaluated in the time of a step.
	nodesPerStep = 8
)

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
			if call, ok := node.CollExpr.(*hclsyntax.FunctionCallExpr); !ok || call.Name != MeterName {
				node.CollExpr = through(MeterName, node.CollExpr)
				weigh(node.CollExpr, nodes(node.ValExpr))
			}
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

// weigh tells the meter how large the body of a loop is.
func weigh(meter hclsyntax.Expression, nodes int) {
	call, ok := meter.(*hclsyntax.FunctionCallExpr)
	if !ok {
		return
	}
	size := &hclsyntax.LiteralValueExpr{Val: cty.NumberIntVal(int64(nodes)), SrcRange: call.NameRange}
	call.Args = append([]hclsyntax.Expression{size}, call.Args...)
}

// nodes counts the parts of an expression. Those of loops in it are counted when they are run.
func nodes(expr hclsyntax.Expression) int {
	w := &nodeCounter{}
	_ = hclsyntax.Walk(expr, w) // it returns no diagnostics
	return w.n
}

type nodeCounter struct{ n, loops int }

func (w *nodeCounter) Enter(n hclsyntax.Node) hcl.Diagnostics {
	if _, ok := n.(*hclsyntax.ForExpr); ok {
		w.loops++
	}
	if w.loops == 0 {
		w.n++
	}
	return nil
}

func (w *nodeCounter) Exit(n hclsyntax.Node) hcl.Diagnostics {
	if _, ok := n.(*hclsyntax.ForExpr); ok {
		w.loops--
	}
	return nil
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
// expression needs: for MeterName one that returns its last argument and takes
// from the budget what that costs in a loop or a template, and one that fails with
// a LimitError if its argument is a number, or a string that is converted to one,
// beyond MaxExponent.
func MeterFunctions(b Budget) map[string]function.Function {
	return map[string]function.Function{
		MeterName: meterFunction(b),
		OperandName: function.New(&function.Spec{
			Params: anyValue(),
			Type:   sameType,
			Impl:   func(args []cty.Value, _ cty.Type) (cty.Value, error) { return args[0], checkOperand(args[0]) },
		}),
	}
}

// meterFunction costs one step, another for each element of a collection, or more
// if the body of the loop is large, and one for every 16 bytes of a string.
func meterFunction(b Budget) function.Function {
	const bytesPerStep = 16
	value := anyValue()[0]
	return function.New(&function.Spec{
		VarParam: &value,
		Type:     func(args []cty.Value) (cty.Type, error) { return cty.DynamicPseudoType, nil },
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			v := args[len(args)-1]
			if b.Spent() {
				return cty.DynamicVal, nil
			}
			elements := int(knownLength(v))
			steps, bytes := 1+elements, elements*bytesPerValue
			if len(args) > 1 {
				size := int(small(args[0]))
				steps, bytes = 1+elements*(1+size/nodesPerStep), elements*size*bytesPerValue/2
			}
			if s, ok := knownString(v); ok {
				steps, bytes = steps+len(s)/bytesPerStep, bytes+len(s)
			}
			return v, b.Spend(steps, bytes)
		},
	})
}

// small returns a whole number that is small.
func small(v cty.Value) int64 {
	n, _ := v.AsBigFloat().Int64()
	return n
}

// charge takes from a budget what calling a function with arguments costs. Stop
// says that the call doesn't matter.
func charge(b Budget, args []cty.Value, perStep int) (stop bool, err error) {
	if b == nil {
		return false, nil
	}
	if b.Spent() {
		return true, nil
	}
	steps := 1
	for _, arg := range args {
		n, err := Weigh(arg)
		if err != nil {
			n = MaxElements
		}
		steps += n / perStep
	}
	return false, b.Spend(steps, 0)
}

// chargeResult takes from a budget what a result costs: its own elements, and if
// deep is set all that is in them.
func chargeResult(b Budget, v cty.Value, deep bool) error {
	if b == nil {
		return nil
	}
	v, _ = v.Unmark()
	if v.IsNull() || !v.IsKnown() {
		return nil
	}
	if s, ok := knownString(v); ok {
		return b.Spend(0, len(s)+bytesPerValue)
	}
	values := int(knownLength(v)) + 1
	if deep {
		n, err := Weigh(v)
		if err != nil {
			n = MaxElements
		}
		values = n
	}
	return b.Spend(values/valuesPerStep, values*bytesPerValue)
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

// ownBudget is one of MaxSteps steps and MaxMade bytes.
type ownBudget struct{ steps, bytes float64 }

func (b *ownBudget) Spend(steps, bytes int) error {
	b.steps, b.bytes = b.steps+float64(steps), b.bytes+float64(bytes)
	if err := exceeds("MaxSteps", MaxSteps, b.steps, "steps to render a template"); err != nil {
		return err
	}
	return exceeds("MaxMade", MaxMade, b.bytes, "bytes in values")
}

func (b *ownBudget) Spent() bool { return b.steps > MaxSteps || b.bytes > MaxMade }
