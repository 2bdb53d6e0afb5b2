package lang

import (
	"math/big"
	"slices"
	"strconv"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// MeterName is the name by which a metered expression calls the function that MeterFunction returns. No written expression can
// contain this name.
const MeterName = "(meter)"

// OperandName is the name of another one of the functions that MeterFunctions
// returns.
const OperandName = "(operand)"

// Budget limits the cost of evaluation.
type Budget interface {
	// Spend charges a cost before the work is done, or before its result is passed on: steps of some microseconds at worst, and
	// the bytes that are made. Its error is a LimitError, so that try and can report it.
	Spend(steps, bytes int) error

	// Spent reports whether Spend has failed, or would fail for any further cost. The error has been reported, so functions
	// then return unknown values at once; hcl goes on with a loop after an error.
	Spent() bool
}

// Costs of evaluation.
const (
	// valuesPerStep is the number of values, counted as Weigh does, that a function works on in a step. seenPerStep is the
	// number of values that a function passes in a step if it only picks some of them.
	valuesPerStep = 8
	seenPerStep   = 64
	// bytesPerValue is the size of a value in a collection.
	bytesPerValue = 96
	// workPerStep is how much work, as MaxWork counts, is done in the time of a step, and textPerStep how many bytes of text are
	// made.
	workPerStep = 1 << 12
	textPerStep = 256
	// nodesPerStep is the number of parts of an expression that are evaluated in a step.
	nodesPerStep = 8
)

// Meter changes a syntax tree so that its evaluation can be limited. The collection of each for expression or directive, and
// each part of a template that isn't literal, passes through the function MeterName; each operand of arithmetic passes through
// OperandName. Loops, templates and numbers are what makes evaluation, and its result, larger than its source. (An error in the
// body of a loop would not do, since hcl goes on to the next element.) Variables and walks still see the references in the
// tree.
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

// weigh tells the meter the size of the loop's body.
func weigh(meter hclsyntax.Expression, nodes int) {
	call, ok := meter.(*hclsyntax.FunctionCallExpr)
	if !ok {
		return
	}
	size := &hclsyntax.LiteralValueExpr{Val: cty.NumberIntVal(int64(nodes)), SrcRange: call.NameRange}
	call.Args = append([]hclsyntax.Expression{size}, call.Args...)
}

// nodes counts the parts of an expression. Parts of inner loops are counted when these run.
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

// operand wraps an operand unless it is a literal number.
func operand(expr hclsyntax.Expression) hclsyntax.Expression {
	if literal, ok := expr.(*hclsyntax.LiteralValueExpr); ok && checkOperand(literal.Val) == nil {
		return expr
	}
	return through(OperandName, expr)
}

// through returns a function call with an expression as the last argument, after others.
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
			Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
				if b.Spent() {
					return cty.DynamicVal, nil
				}
				if err := checkOperand(args[0]); err != nil {
					return args[0], err
				}
				return args[0], b.Spend(1, 0)
			},
		}),
	}
}

// meterFunction returns the function for MeterName. It costs one step, one more for each element of a collection (or more if
// the loop's body is large), and one for every 16 bytes of a string.
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
			v = digits(v)
			if s, ok := knownString(v); ok {
				steps, bytes = steps+len(s)/bytesPerStep, bytes+len(s)
			}
			return v, b.Spend(steps, bytes)
		},
	})
}

// digits returns a whole number as a template puts it in, and other values as they are: cty takes long to write a number.
func digits(v cty.Value) cty.Value {
	raw, marks := v.Unmark()
	if !raw.IsKnown() || raw.IsNull() || raw.Type() != cty.Number {
		return v
	}
	n, exact := raw.AsBigFloat().Int64()
	if exact != big.Exact {
		return v
	}
	return cty.StringVal(strconv.FormatInt(n, 10)).WithMarks(marks)
}

// small returns a small whole number.
func small(v cty.Value) int64 {
	n, _ := v.AsBigFloat().Int64()
	return n
}

// charge charges the call of a function with arguments. stop is true if the result no longer matters.
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

// spendClaim takes from a budget what a call claims.
func spendClaim(b Budget, c claim) error {
	if b == nil {
		return nil
	}
	return b.Spend(int(c.steps+c.bytes/textPerStep), int(c.bytes))
}

// chargeResult takes from a budget what a result costs besides the bytes that were claimed: its own elements, and if
// deep is set all that is in them.
func chargeResult(b Budget, v cty.Value, deep bool, claimed int) error {
	if b == nil {
		return nil
	}
	v, _ = v.Unmark()
	if v.IsNull() || !v.IsKnown() {
		return nil
	}
	if s, ok := knownString(v); ok {
		return b.Spend(0, max(len(s)+bytesPerValue-claimed, 0))
	}
	values := int(knownLength(v)) + 1
	if deep {
		n, err := Weigh(v)
		if err != nil {
			n = MaxElements
		}
		values = n
	}
	return b.Spend(values/valuesPerStep, max(values*bytesPerValue-claimed, 0))
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

// ownBudget is a budget of MaxSteps steps and MaxMade bytes.
type ownBudget struct{ steps, bytes float64 }

func (b *ownBudget) Spend(steps, bytes int) error {
	b.steps, b.bytes = b.steps+float64(steps), b.bytes+float64(bytes)
	if err := exceeds("MaxSteps", MaxSteps, b.steps, "steps to render a template"); err != nil {
		return err
	}
	return exceeds("MaxMade", MaxMade, b.bytes, "bytes in values")
}

func (b *ownBudget) Spent() bool { return b.steps > MaxSteps || b.bytes > MaxMade }
