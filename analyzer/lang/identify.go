package lang

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// DerivedName is the name of the function around an operand, a condition or a key: around everything from which an expression
// makes another value. LoopedName is that of the function around what a for expression goes through, whose marks HCL forgets if
// nothing is known of it. IndexedName is that of the function around what has an index that may be unknown. TextName is the name of the function that is the last part of a template. No written expression can
// contain these names.
const (
	DerivedName = "(derived)"
	LoopedName  = "(looped)"
	IndexedName = "(indexed)"
	TextName    = "(text)"
)

// identify changes a syntax tree so that a value keeps its identity where an expression passes it on unchanged, and nowhere
// else.
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
			// The key is evaluated twice, so not if that would double the work with each level.
			if !has[*hclsyntax.IndexExpr](node.Key) && len(node.Key.Variables()) > 0 {
				node.Collection = through(IndexedName, node.Collection, node.Key)
			}
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
			node.CollExpr = through(LoopedName, node.CollExpr)
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

// use wraps an expression so that its value loses its identity.
func use(expr hclsyntax.Expression) hclsyntax.Expression {
	switch expr.(type) {
	case *hclsyntax.LiteralValueExpr, *hclsyntax.BinaryOpExpr, *hclsyntax.UnaryOpExpr:
		return expr // it has none
	}
	return through(DerivedName, expr)
}

// projects reports whether a for expression makes the elements of its collection, or parts of them.
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

// compose adds a part to a template that inserts nothing but marks the text with its identity. Its arguments are the other
// parts, so each part is evaluated twice. Templates within templates get no such part, since the work would double with each
// level.
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

// IsAround reports whether a function is one that Instrument puts around an expression; it returns its last argument.
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
		LoopedName: function.New(&function.Spec{
			Params: anyValue(),
			Type:   function.StaticReturnType(cty.DynamicPseudoType),
			Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
				raw, marks := args[0].Unmark()
				if raw.IsKnown() || raw.Type() != cty.DynamicPseudoType {
					return args[0], nil
				}
				return cty.UnknownVal(cty.List(cty.DynamicPseudoType)).WithMarks(derived(marks)), nil
			},
		}),
		IndexedName: indexedFunc(),
		TextName:    identifyFunc(),
	}
}

// indexedFunc returns a function that returns its second argument, with what decides which of its elements it is that an unknown
// key, the first, picks: HCL forgets that.
func indexedFunc() function.Function {
	return function.New(&function.Spec{
		Params: append(anyValue(), anyValue()...),
		Type:   function.StaticReturnType(cty.DynamicPseudoType),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			if raw, _ := args[0].Unmark(); raw.IsKnown() {
				return args[1], nil
			}
			return args[1].WithMarks(OtherMarks(args[0]), OtherMarks(args[1])), nil
		},
	})
}

// identifyFunc returns a function that returns an empty text. Its arguments are the parts of a template. If one of them is
// unknown, the empty text is marked with the identity that the parts make together.
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
