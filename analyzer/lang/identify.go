package lang

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// DerivedName is the name of the function around what an expression uses to make
// another value of: an operand, a condition, or a key. TextName is that of the
// function that is the last part of a template. No expression can be written that
// has such names.
const (
	DerivedName = "(derived)"
	TextName    = "(text)"
)

// identify changes a syntax tree so that a value keeps its identity where it is
// handed on as it is, and nowhere else.
func identify(node hclsyntax.Node) hcl.Diagnostics {
	return hclsyntax.VisitAll(node, func(node hclsyntax.Node) hcl.Diagnostics {
		switch node := node.(type) {
		case *hclsyntax.BinaryOpExpr:
			node.LHS, node.RHS = use(node.LHS), use(node.RHS)
		case *hclsyntax.UnaryOpExpr:
			node.Val = use(node.Val)
		case *hclsyntax.ConditionalExpr:
			node.Condition = use(node.Condition)
		case *hclsyntax.IndexExpr:
			node.Key = use(node.Key)
		case *hclsyntax.ForExpr:
			if node.KeyExpr != nil {
				node.KeyExpr = use(node.KeyExpr)
			}
			if node.CondExpr != nil {
				node.CondExpr = use(node.CondExpr)
			}
			if !projects(node) {
				node.CollExpr = use(node.CollExpr)
			}
		case *hclsyntax.ObjectConsKeyExpr:
			if node.ForceNonLiteral {
				node.Wrapped = use(node.Wrapped)
			}
		case *hclsyntax.TemplateExpr:
			compose(node)
		}
		return nil
	})
}

// use returns an expression without the identity of its value.
func use(expr hclsyntax.Expression) hclsyntax.Expression {
	switch expr.(type) {
	case *hclsyntax.LiteralValueExpr, *hclsyntax.BinaryOpExpr, *hclsyntax.UnaryOpExpr:
		return expr // it has none
	}
	return through(DerivedName, expr)
}

// projects says whether the elements that a for expression makes are those of
// its collection, or parts of these.
func projects(e *hclsyntax.ForExpr) bool {
	expr := plain(e.ValExpr)
	for {
		relative, ok := expr.(*hclsyntax.RelativeTraversalExpr)
		if !ok {
			break
		}
		expr = plain(relative.Source)
	}
	ref, ok := expr.(*hclsyntax.ScopeTraversalExpr)
	return ok && ref.Traversal.RootName() == e.ValVar
}

// compose adds a part to a template that puts in nothing, but marks the text with
// what it is. It has the parts as its arguments, so that each is evaluated twice;
// templates in templates go without, for that would double with each level.
func compose(e *hclsyntax.TemplateExpr) {
	literal, nested := true, false
	args := slices.Clone(e.Parts)
	for i, part := range e.Parts {
		if _, ok := part.(*hclsyntax.LiteralValueExpr); ok {
			continue
		}
		literal, nested = false, nested || has[*hclsyntax.TemplateExpr](part) || has[*hclsyntax.TemplateJoinExpr](part)
		e.Parts[i] = use(part)
	}
	if literal || nested {
		return
	}
	at := hcl.Range{Filename: e.SrcRange.Filename, Start: e.SrcRange.End, End: e.SrcRange.End}
	e.Parts = append(e.Parts, &hclsyntax.FunctionCallExpr{
		Name: TextName, Args: args, NameRange: at, OpenParenRange: at, CloseParenRange: at,
	})
}

// TemplateParts returns the parts of a template as they were written.
func TemplateParts(e *hclsyntax.TemplateExpr) []hclsyntax.Expression {
	if n := len(e.Parts) - 1; n >= 0 {
		if call, ok := e.Parts[n].(*hclsyntax.FunctionCallExpr); ok && call.Name == TextName {
			return e.Parts[:n]
		}
	}
	return e.Parts
}

// plain returns an expression without the calls that Instrument put
// around it.
func plain(expr hclsyntax.Expression) hclsyntax.Expression {
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

// IsAround says whether a function is one of those that Instrument put
// around an expression: it returns its last argument.
func IsAround(function string) bool {
	return strings.HasPrefix(function, "(") && function != TextName
}

// identityFunctions returns the functions that the evaluation of an expression
// needs after identify.
func identityFunctions() map[string]function.Function {
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
		TextName: identifyFunc(),
	}
}

// identifyFunc returns the function that returns an empty text. If one of its
// arguments, the parts of a template, isn't known, that is marked with what the
// parts make.
func identifyFunc() function.Function {
	return function.New(&function.Spec{
		VarParam: &function.Parameter{
			Name: "parts", Type: cty.DynamicPseudoType,
			AllowNull: true, AllowUnknown: true, AllowDynamicType: true, AllowMarked: true,
		},
		Type: function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			nothing := cty.StringVal("")
			if !slices.ContainsFunc(args, func(arg cty.Value) bool { return !arg.IsKnown() }) {
				return nothing, nil
			}
			if term := apply("", args); term != "" {
				return nothing.Mark(Identity{Term: term}), nil
			}
			return nothing, nil
		},
	})
}
