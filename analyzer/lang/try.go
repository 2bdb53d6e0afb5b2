package lang

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/customdecode"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// The functions try and can of hcl's ext/tryfunc don't serve: they would hide a LimitError and so decide what isn't decided,
// drop the marks of an unknown value, and evaluate each expression twice per call, which is 2ⁿ times when nested.

// LimitIn returns the first LimitError among the causes of diagnostics.
func LimitIn(diags hcl.Diagnostics) (LimitError, bool) {
	for _, diag := range diags {
		extra, ok := hcl.DiagnosticExtra[hclsyntax.FunctionCallDiagExtra](diag)
		if !ok {
			continue
		}
		if limit := (LimitError{}); errors.As(extra.FunctionCallError(), &limit) {
			return limit, true
		}
	}
	return LimitError{}, false
}

func tryFunc() function.Function {
	return function.New(&function.Spec{
		VarParam: &function.Parameter{Name: "expressions", Type: customdecode.ExpressionClosureType},
		Type:     function.StaticReturnType(cty.DynamicPseudoType),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			if len(args) == 0 {
				return cty.NilVal, errors.New("at least one argument is required")
			}
			var all hcl.Diagnostics
			var unsure []cty.Value
			for _, arg := range args {
				v, diags := customdecode.ExpressionClosureFromVal(arg).Value()
				if limit, ok := LimitIn(diags); ok {
					return cty.NilVal, limit
				}
				if diags.HasErrors() {
					all = append(all, Steady(diags)...)
					continue
				}
				if !v.IsWhollyKnown() && !identified(v) {
					// Once the value is known, the expression may still fail, and the result may be another expression of
					// another type.
					unsure = append(unsure, v)
					continue
				}
				if len(unsure) == 0 {
					return v, nil
				}
				unsure = append(unsure, v)
				break
			}
			if len(unsure) > 0 {
				_, is := gather(cty.TupleVal(unsure), true).Unmark()
				return cty.DynamicVal.WithMarks(derived(deepMarks(unsure[0])), is), nil
			}
			var why strings.Builder
			for _, diag := range all {
				fmt.Fprintf(&why, "; %s: %s", diag.Summary, diag.Detail)
			}
			return cty.NilVal, fmt.Errorf("no expression succeeded%s", why.String())
		},
	})
}

func canFunc() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "expression", Type: customdecode.ExpressionClosureType}},
		Type:   function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			v, diags := customdecode.ExpressionClosureFromVal(args[0]).Value()
			if limit, ok := LimitIn(diags); ok {
				return cty.NilVal, limit
			}
			switch {
			case diags.HasErrors():
				return cty.False, nil
			case !v.IsWhollyKnown():
				return cty.UnknownVal(cty.Bool).WithMarks(derived(deepMarks(v))), nil
			}
			return cty.True, nil
		},
	})
}

// identified reports whether each unknown part of a value has an identity. The expression of such a value can't fail once the
// value is known.
func identified(v cty.Value) bool {
	raw, _ := v.Unmark()
	switch {
	case !raw.IsKnown():
		return Term(v) != ""
	case raw.IsNull() || !raw.CanIterateElements():
		return true
	}
	for it := raw.ElementIterator(); it.Next(); {
		if _, e := it.Element(); !identified(e) {
			return false
		}
	}
	return true
}

func deepMarks(v cty.Value) cty.ValueMarks {
	_, marks := v.UnmarkDeep()
	return marks
}
