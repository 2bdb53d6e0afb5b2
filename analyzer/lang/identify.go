package lang

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
)

// DerivedName is the name of the function around what an expression uses to make
// another value of: an operand, a condition, or a key. TextName is that of the
// function that puts the parts of a template together. No expression can be
// written that has such names.
const (
	DerivedName = "(derived)"
	TextName    = "(text)"
)

// Identify changes a syntax tree so that a value keeps its identity where it is
// handed on as it is, and nowhere else.
func Identify(node hclsyntax.Node) hcl.Diagnostics {
	return hclsyntax.VisitAll(node, func(node hclsyntax.Node) hcl.Diagnostics {
		switch node := node.(type) {
		case *hclsyntax.BinaryOpExpr:
			node.LHS, node.RHS = Use(node.LHS), Use(node.RHS)
		case *hclsyntax.UnaryOpExpr:
			node.Val = Use(node.Val)
		case *hclsyntax.ConditionalExpr:
			node.Condition = Use(node.Condition)
		case *hclsyntax.IndexExpr:
			node.Key = Use(node.Key)
		case *hclsyntax.ForExpr:
			if node.KeyExpr != nil {
				node.KeyExpr = Use(node.KeyExpr)
			}
			if node.CondExpr != nil {
				node.CondExpr = Use(node.CondExpr)
			}
			if !projects(node) {
				node.CollExpr = Use(node.CollExpr)
			}
		case *hclsyntax.ObjectConsKeyExpr:
			if node.ForceNonLiteral {
				node.Wrapped = Use(node.Wrapped)
			}
		case *hclsyntax.TemplateExpr:
			compose(node)
		}
		return nil
	})
}

// Use returns an expression without the identity of its value.
func Use(expr hclsyntax.Expression) hclsyntax.Expression {
	switch expr.(type) {
	case *hclsyntax.LiteralValueExpr, *hclsyntax.BinaryOpExpr, *hclsyntax.UnaryOpExpr:
		return expr // it has none
	}
	return through(DerivedName, expr)
}

// projects says whether the elements that a for expression makes are those of
// its collection, or parts of these.
func projects(e *hclsyntax.ForExpr) bool {
	expr := Plain(e.ValExpr)
	for {
		relative, ok := expr.(*hclsyntax.RelativeTraversalExpr)
		if !ok {
			break
		}
		expr = Plain(relative.Source)
	}
	ref, ok := expr.(*hclsyntax.ScopeTraversalExpr)
	return ok && ref.Traversal.RootName() == e.ValVar
}

// compose makes the parts of a template arguments of one call.
func compose(e *hclsyntax.TemplateExpr) {
	if len(e.Parts) == 0 || len(TemplateParts(e)) != len(e.Parts) {
		return
	}
	literal := true
	for i, part := range e.Parts {
		_, ok := part.(*hclsyntax.LiteralValueExpr)
		literal = literal && ok
		if _, join := Plain(part).(*hclsyntax.TemplateJoinExpr); join {
			e.Parts[i] = Use(part)
		}
	}
	if literal {
		return
	}
	e.Parts = []hclsyntax.Expression{&hclsyntax.FunctionCallExpr{
		Name: TextName, Args: e.Parts, NameRange: e.SrcRange, OpenParenRange: e.SrcRange, CloseParenRange: e.SrcRange,
	}}
}

// TemplateParts returns the parts of a template as they were written.
func TemplateParts(e *hclsyntax.TemplateExpr) []hclsyntax.Expression {
	if len(e.Parts) == 1 {
		if call, ok := e.Parts[0].(*hclsyntax.FunctionCallExpr); ok && call.Name == TextName {
			return call.Args
		}
	}
	return e.Parts
}

// Plain returns an expression without the calls that Meter and Identify put
// around it.
func Plain(expr hclsyntax.Expression) hclsyntax.Expression {
	for {
		switch e := expr.(type) {
		case *hclsyntax.ParenthesesExpr:
			expr = e.Expression
		case *hclsyntax.FunctionCallExpr:
			if !IsAround(e.Name) {
				return expr
			}
			expr = e.Args[len(e.Args)-1]
		default:
			return expr
		}
	}
}

// IsAround says whether a function is one of those that Meter and Identify put
// around an expression: it returns its last argument.
func IsAround(function string) bool {
	return strings.HasPrefix(function, "(") && function != TextName
}

// IdentityFunctions returns the functions that the evaluation of an expression
// needs after Identify.
func IdentityFunctions() map[string]function.Function {
	return map[string]function.Function{
		DerivedName: function.New(&function.Spec{
			Params: anyValue(),
			Type:   sameType,
			Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
				raw, marks := args[0].Unmark()
				if raw.IsKnown() || !hasIdentity(marks) {
					return args[0], nil
				}
				return raw.WithMarks(derived(marks)), nil
			},
		}),
		TextName: templateTextFunc(),
	}
}

// templateTextFunc returns the function that puts the parts of a template together, as
// hcl does. If it isn't known, the text is identified by its parts.
func templateTextFunc() function.Function {
	return function.New(&function.Spec{
		VarParam:     &function.Parameter{Name: "parts", Type: cty.DynamicPseudoType, AllowNull: true, AllowUnknown: true, AllowDynamicType: true, AllowMarked: true},
		Type:         function.StaticReturnType(cty.String),
		RefineResult: notNull,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			var text strings.Builder
			known := true
			var marks []cty.ValueMarks
			for i, arg := range args {
				raw, own := arg.Unmark()
				if len(own) > 0 {
					marks = append(marks, derived(own))
				}
				if raw.IsNull() {
					return cty.NilVal, function.NewArgErrorf(i, "the expression result is null; a string template can't include a null value")
				}
				part, err := convert.Convert(raw, cty.String)
				if err != nil {
					return cty.NilVal, function.NewArgErrorf(i, "a string template can't include the given value: %s", err)
				}
				switch {
				case !known:
				case part.IsKnown():
					text.WriteString(part.AsString())
				default:
					known = false
					if part.Type() == cty.String {
						text.WriteString(part.Range().StringPrefix())
					}
				}
			}
			if known {
				return cty.StringVal(text.String()).WithMarks(marks...), nil
			}
			v := cty.UnknownVal(cty.String).RefineNotNull()
			if prefix := text.String(); prefix != "" {
				v = v.Refine().StringPrefixFull(prefix).NewValue()
			}
			v = v.WithMarks(marks...)
			if term := apply("", args); term != "" {
				v = v.Mark(Identity{Term: term, Filled: text.Len() > 0})
			}
			return v, nil
		},
	})
}
