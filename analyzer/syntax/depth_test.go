package syntax_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/tfreach/tfreach/analyzer/syntax"
)

func depth(t *testing.T, src string) (int, hcl.Range) {
	t.Helper()
	tokens, diags := hclsyntax.LexConfig([]byte(src), "test.tf", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatalf("%s: %v", src, diags)
	}
	return syntax.Depth(tokens)
}

// TestChains checks that what makes a syntax tree deep makes Depth deep.
func TestChains(t *testing.T) {
	const n = 300
	for _, tt := range []struct{ name, before, open, middle, close string }{
		{"brackets", "a = ", "[", "", "]"},
		{"parentheses", "a = ", "(", "1", ")"},
		{"objects", "a = ", "{a=", "1", "}"},
		{"calls", "a = ", "f(", "1", ")"},
		{"blocks", "", "b {\n", "", "}\n"},
		{"not", "a = ", "!", "true", ""},
		{"minus", "a = ", "-", "1", ""},
		{"sum", "a = ", "1 + ", "1", ""},
		{"sum over lines", "a = (", "1 +\n", "1)", ""},
		{"sum over lines in a template", `a = "${`, "1 +\n", `1}"`, ""},
		{"sum of lists", "a = ", "[1, 2] + ", "1", ""},
		{"sum of objects", "a = ", "{a = 1} + ", "1", ""},
		{"comparison", "a = ", "1 == ", "1", ""},
		{"and", "a = ", "b && ", "b", ""},
		{"conditional", "a = ", "b ? c : ", "d", ""},
		{"index", "a = b", "[c]", "", ""},
		{"splat", "a = b", "[*].c", "", ""},
		{"old splat", "a = b", ".*.c", "", ""},
		{"template", "a = ", `"${`, "1", `}"`},
		{"directive", `a = "`, "%{ if true }", "x", "%{ endif }"},
		{"loop", `a = "`, "%{ for x in y }", "x", "%{ endfor }"},
	} {
		src := tt.before + strings.Repeat(tt.open, n) + tt.middle + strings.Repeat(tt.close, n)
		switch tt.name {
		case "directive", "loop":
			src += `"`
		}
		got, at := depth(t, src+"\n")
		if got < n || got > 4*n {
			t.Errorf("%s: got %d, want %d or a little more", tt.name, got, n)
		}
		if at.Filename != "test.tf" || at.Start.Line < 1 || at.Empty() {
			t.Errorf("%s: it is deepest at %v", tt.name, at)
		}
	}
}

// TestFlat checks that long files and lists are not deep.
func TestFlat(t *testing.T) {
	for _, src := range []string{
		"a = 1 + 2\n",
		"b {\n  a = [1]\n}\n",
		"a = b.c.d[0]\n",
		"# (((\n",
		"a = \"((([[[\"\n",
		"a = <<E\n[[[ - - -\n%{ if true }x%{ else }y%{ endif }\nE\n",
	} {
		once, _ := depth(t, src)
		if often, _ := depth(t, strings.Repeat(src, 200)); often != once || once > 8 {
			t.Errorf("%q has depth %d, and %d after 200 times", src, once, often)
		}
	}
	for _, item := range []string{"1 + 2", "[1]", "-1", "a.b[0]", "b ? 1 : 2", `"${a}-${b}"`, "{a = 1}"} {
		short, _ := depth(t, "a = ["+item+"]\n")
		if long, _ := depth(t, "a = ["+strings.Repeat(item+", ", 200)+"]\n"); long != short {
			t.Errorf("a list of %s has depth %d, one of 200 has %d", item, short, long)
		}
	}
}

// TestBound compares with the syntax trees of random expressions.
func TestBound(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	deep := 0
	for range 5000 {
		src := "a = " + expression(r, 12) + "\n"
		file, diags := hclsyntax.ParseConfig([]byte(src), "test.tf", hcl.InitialPos)
		if diags.HasErrors() {
			t.Fatalf("%s: %v", src, diags)
		}
		w := &walker{}
		_ = hclsyntax.Walk(file.Body.(*hclsyntax.Body).Attributes["a"].Expr, w) // it returns what w does: nothing
		// A level that a user would count makes up to three nodes: "${[x]}" is a template, a tuple and a variable.
		if got, _ := depth(t, src); w.deepest > 3*(got+1) {
			t.Fatalf("%s has %d levels of nodes, but depth %d", src, w.deepest, got)
		}
		deep = max(deep, w.deepest)
	}
	if deep < 15 {
		t.Errorf("the deepest tree has only %d levels", deep)
	}
}

type walker struct{ now, deepest int }

func (w *walker) Enter(hclsyntax.Node) hcl.Diagnostics {
	w.now++
	w.deepest = max(w.deepest, w.now)
	return nil
}

func (w *walker) Exit(hclsyntax.Node) hcl.Diagnostics {
	w.now--
	return nil
}

func expression(r *rand.Rand, size int) string {
	if size <= 0 {
		return []string{"1", "x", `"s"`, "x.y", "true"}[r.IntN(5)]
	}
	sub := func() string { return expression(r, r.IntN(size)) }
	switch r.IntN(14) {
	case 0:
		return "!" + sub()
	case 1:
		return "-" + sub()
	case 2:
		return sub() + " + " + sub()
	case 3:
		return sub() + " && " + sub()
	case 4:
		return "(" + sub() + " ? " + sub() + " : " + sub() + ")"
	case 5:
		return "[" + sub() + ", " + sub() + "]"
	case 6:
		return "{a = " + sub() + ", b = " + sub() + "}"
	case 7:
		return "x[" + sub() + "]"
	case 8:
		return "[" + sub() + "][*].y"
	case 9:
		return `"a${` + sub() + `}b"`
	case 10:
		return `"%{ if ` + sub() + ` }b%{ else }c%{ endif }"`
	case 11:
		return "[for v in " + sub() + " : " + sub() + " if " + sub() + "]"
	case 12:
		return "f(" + sub() + ")"
	default:
		return "(\n" + sub() + " *\n" + sub() + "\n)"
	}
}
