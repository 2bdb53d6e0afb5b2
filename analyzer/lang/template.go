package lang

import (
	"errors"
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/customdecode"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/tfreach/tfreach/analyzer/syntax"
)

func (l *library) templatefileFunc() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{stringParam("path"), {Name: "vars", Type: cty.DynamicPseudoType}},
		Type:   function.StaticReturnType(cty.DynamicPseudoType),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			name := args[0].AsString()
			text, ok, err := l.readText(name)
			if err != nil || !ok {
				return cty.DynamicVal, err
			}
			return l.render(text, name, args[1])
		},
	})
}

// templatestringFunc takes an expression and not a value: the expression must refer to the template, since template expressions
// exist for templates written in place.
func (l *library) templatestringFunc() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{
			{Name: "template", Type: customdecode.ExpressionClosureType},
			{Name: "vars", Type: cty.DynamicPseudoType},
		},
		Type:         function.StaticReturnType(cty.String),
		RefineResult: notNull,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			closure := customdecode.ExpressionClosureFromVal(args[0])
			if !isReference(closure.Expression) {
				return cty.NilVal, function.NewArgErrorf(0, "must be a direct reference to a string from elsewhere in the module; write a template expression to render a template in place")
			}
			v, diags := closure.Value()
			if limit, ok := LimitIn(diags); ok {
				return cty.NilVal, limit
			}
			if diags.HasErrors() {
				return cty.NilVal, function.NewArgError(0, Steady(diags))
			}
			v, marks := v.Unmark()
			if ty := v.Type(); v.IsNull() || (ty != cty.String && ty != cty.DynamicPseudoType) {
				return cty.NilVal, function.NewArgErrorf(0, "a string is required")
			}
			if !v.IsKnown() {
				return cty.UnknownVal(cty.String).WithMarks(marks, deepMarks(args[1])), nil
			}
			result, err := l.render(v.AsString(), "<templatestring argument>", args[1])
			if err != nil {
				return cty.NilVal, err
			}
			result, err = convert.Convert(result, cty.String)
			if err != nil {
				return cty.NilVal, fmt.Errorf("invalid template result: %w", err)
			}
			return result.WithMarks(marks), nil
		},
	})
}

// isReference reports whether expr names a part of an object elsewhere.
func isReference(expr hcl.Expression) bool {
	switch expr := expr.(type) {
	case *hclsyntax.ScopeTraversalExpr:
		return true
	case *hclsyntax.RelativeTraversalExpr:
		return isReference(expr.Source)
	case *hclsyntax.IndexExpr:
		return isReference(expr.Collection)
	}
	return false
}

// render evaluates the template text with vars, an unmarked object or map.
func (l *library) render(text, name string, vars cty.Value) (cty.Value, error) {
	ty := vars.Type()
	if !ty.IsObjectType() && !ty.IsMapType() {
		return cty.NilVal, function.NewArgErrorf(1, "invalid vars value: must be a map")
	}
	if l.budget != nil {
		const bytesPerStep = 32
		if err := l.budget.Spend(len(text)/bytesPerStep, 0); err != nil {
			return cty.NilVal, err
		}
	}
	expr, err := ParseTemplate(text, name)
	if err != nil {
		return cty.NilVal, err
	}
	ctx := (&hcl.EvalContext{Functions: l.templateFunctions()}).NewChild()
	var b Budget = &ownBudget{}
	if l.budget != nil {
		b = l.budget
	}
	ctx.Functions = InstrumentFunctions(b)
	ctx.Variables = make(map[string]cty.Value)
	for it := vars.ElementIterator(); it.Next(); {
		k, v := it.Element()
		if !hclsyntax.ValidIdentifier(k.AsString()) {
			return cty.NilVal, function.NewArgErrorf(1, "invalid template variable name %q: must start with a letter, followed by zero or more letters, digits, and underscores", k.AsString())
		}
		ctx.Variables[k.AsString()] = v
	}
	for _, traversal := range expr.Variables() {
		if _, ok := ctx.Variables[traversal.RootName()]; !ok {
			return cty.NilVal, function.NewArgErrorf(1, "vars map does not contain key %q, referenced at %s", traversal.RootName(), traversal[0].SourceRange())
		}
	}
	v, diags := expr.Value(ctx)
	if limit, ok := LimitIn(diags); ok {
		return cty.NilVal, limit
	}
	if diags.HasErrors() {
		return cty.NilVal, Steady(diags)
	}
	if v.IsNull() {
		return cty.NilVal, errors.New("the result of the template is null")
	}
	return v, nil
}

// ParseTemplate parses and meters a template. It limits the nesting, since the parser and evaluation recurse. Ranges are in the
// file of the given name.
func ParseTemplate(text, name string) (hclsyntax.Expression, error) {
	src := []byte(text)
	if err := exceeds("MaxDocumentBytes", MaxDocumentBytes, float64(len(src)), "bytes to parse"); err != nil {
		return nil, err
	}
	tokens, diags := hclsyntax.LexTemplate(src, name, hcl.InitialPos)
	if diags.HasErrors() {
		return nil, diags
	}
	depth, _ := syntax.Depth(tokens)
	if err := exceeds("MaxNesting", MaxNesting, float64(depth), "levels of nesting"); err != nil {
		return nil, err
	}
	digits, _ := syntax.Digits(tokens)
	if err := exceeds("MaxExponent", MaxExponent, float64(digits)*bitsPerDigit, "bits in the exponent of a number"); err != nil {
		return nil, err
	}
	expr, diags := hclsyntax.ParseTemplate(src, name, hcl.InitialPos)
	diags = append(diags, Meter(expr)...)
	if diags.HasErrors() {
		return nil, diags
	}
	return expr, nil
}
