package syntax_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/tfreach/tfreach/analyzer/syntax"
)

func TestDigits(t *testing.T) {
	for src, want := range map[string]int{
		"a = 1\n":                            1,
		"a = 10 + 123\n":                     3,
		"a = 1.25\n":                         4,
		"a = 1e3\n":                          4,
		"a = 1E+30\n":                        31,
		"a = 1e-30\n":                        31,
		"a = 1e99999999999999999999\n":       1<<30 + 1,
		"a = \"1e99\"\n":                     0,
		"a = \"x${1e99}\"\n":                 100,
		"a = e99\n# 1e99\n":                  0,
		"a = " + strings.Repeat("9", 100):    100,
		"a = <<E\n1e99 ${[1, 1e9]}\nE\n":     10,
		"a = \"7e123456789\"\nb = 2e2 - 1\n": 3,
	} {
		tokens, diags := hclsyntax.LexConfig([]byte(src), "test.tf", hcl.InitialPos)
		if diags.HasErrors() {
			t.Fatalf("%s: %v", src, diags)
		}
		got, at := syntax.Digits(tokens)
		if got != want || (got > 0) == at.Empty() {
			t.Errorf("%s: got %d at %v, want %d", src, got, at, want)
		}
	}
}
