package lang_test

import (
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"

	"github.com/tfreach/tfreach/analyzer/lang"
)

// Two names are as close to what stands there, so what hcl guesses differs from time to time.
func TestSteady(t *testing.T) {
	ctx := &hcl.EvalContext{
		Variables: map[string]cty.Value{"pat": cty.True, "cat": cty.True},
		Functions: map[string]function.Function{"pat": stdlib.UpperFunc, "cat": stdlib.UpperFunc},
	}
	for src, want := range map[string]string{
		`hat("")`: `There is no function named "hat".`,
		`hat`:     `There is no variable named "hat".`,
	} {
		expr, diags := hclsyntax.ParseExpression([]byte(src), "", hcl.InitialPos)
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		_, diags = expr.Value(ctx)
		diags = lang.Steady(diags)
		if len(diags) != 1 || diags[0].Detail != want {
			t.Errorf("%s: got %v, want %s", src, diags, want)
		}
	}
}
