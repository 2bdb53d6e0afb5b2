package lang_test

import (
	"errors"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"

	"github.com/tfreach/tfreach/analyzer/lang"
)

// FuzzCall calls random functions with random small arguments: never a panic,
// the same result twice, and no mark lost on an unknown result.
func FuzzCall(f *testing.F) {
	functions := lang.Functions(dir("testdata"))
	names := slices.Sorted(maps.Keys(functions))
	for seed := range uint64(2000) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 3))
		for range 20 {
			name := names[r.IntN(len(names))]
			expr, args := randomCall(r, name, functions[name])
			ctx := &hcl.EvalContext{Functions: functions, Variables: args}
			v, diags := expr.Value(ctx)
			again, againDiags := expr.Value(ctx)
			if diags.HasErrors() != againDiags.HasErrors() || (!diags.HasErrors() && !v.RawEquals(again)) {
				t.Fatalf("%s(%#v): %#v (%v), then %#v (%v)", name, args, v, diags, again, againDiags)
			}
			for _, diag := range diags {
				extra, ok := hcl.DiagnosticExtra[hclsyntax.FunctionCallDiagExtra](diag)
				if ok && errors.As(extra.FunctionCallError(), &function.PanicError{}) {
					t.Fatalf("%s(%#v): %v", name, args, extra.FunctionCallError())
				}
			}
			if diags.HasErrors() || v.IsKnown() {
				continue
			}
			_, marks := v.UnmarkDeep()
			for _, arg := range args {
				for mark := range cty.ValueMarksOfTypeDeep[origin](arg) {
					if _, ok := marks[mark]; !ok && mustMark(name) {
						t.Fatalf("%s(%#v) = %#v, which lacks %#v", name, args, v, mark)
					}
				}
			}
		}
	})
}

// mustMark says whether an unknown result of the function depends on all of its
// arguments, rather than on one of them.
func mustMark(name string) bool {
	name = strings.TrimPrefix(name, "core::")
	return name != "try" && name != "templatestring" && name != "ephemeralasnull"
}

// randomCall returns a call of the function with variables for arguments.
func randomCall(r *rand.Rand, name string, f function.Function) (hclsyntax.Expression, map[string]cty.Value) {
	args := make(map[string]cty.Value)
	n := len(f.Params())
	if f.VarParam() != nil {
		n += r.IntN(4)
	}
	call := &hclsyntax.FunctionCallExpr{Name: name}
	for i := range n {
		v := randomValue(r, 2)
		if p := f.Params(); i < len(p) && r.IntN(4) > 0 {
			// Something that the function may accept.
			if v = filler(p[i]); r.IntN(3) == 0 {
				v = v.Mark(origin{name: string(rune('a' + i))})
			}
		}
		arg := string(rune('a' + i))
		args[arg] = v
		call.Args = append(call.Args, &hclsyntax.ScopeTraversalExpr{Traversal: hcl.Traversal{hcl.TraverseRoot{Name: arg}}})
	}
	return call, args
}

// FuzzTemplate renders random templates: never a panic.
func FuzzTemplate(f *testing.F) {
	for _, seed := range []string{
		"Hi ${name}!", "%{ for x in [1, 2] }${x}%{ endfor }", "%{ if a ~} b %{~ else }c%{ endif }", "${", "$${x}", "${[for x in [1]: x]...}",
		"${{a=1}.a}", "${\"${x}\"}", "${<<E\nx\nE\n}", "${a ? b : c}", "%{ endif }", "${!!!-1}", "${templatestring(x, {})}", "${format(\"%5d\", 1)}",
	} {
		f.Add(seed)
	}
	functions := lang.Functions(dir("testdata"))
	expr, diags := hclsyntax.ParseExpression([]byte("templatestring(x, { name = x, list = [1] })"), "test", hcl.InitialPos)
	if diags.HasErrors() {
		f.Fatal(diags)
	}
	f.Fuzz(func(_ *testing.T, src string) {
		_, _ = expr.Value(&hcl.EvalContext{Functions: functions, Variables: map[string]cty.Value{"x": cty.StringVal(src)}})
	})
}

// FuzzDecode decodes random documents, and finds a part of them: never a panic, and no part lies outside of its text.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`{"a": [1, null]}`, "a: &x [1]\nb: *x\n", "<<: {a: 1}", "- - ? a\n: b", "a,b\n1,2", "!!binary x", "\"a\\", "[[[[", "{{{{", "%YAML 1.1\n---\n"} {
		f.Add(seed)
	}
	functions := lang.Functions(dir("testdata"))
	f.Fuzz(func(t *testing.T, src string) {
		for _, name := range []string{"jsondecode", "yamldecode", "csvdecode", "base64decode"} {
			var panicked function.PanicError
			if _, err := functions[name].Call([]cty.Value{cty.StringVal(src)}); errors.As(err, &panicked) {
				t.Fatalf("%s(%q): %s", name, src, err)
			}
			root := lang.Parts(name, src)
			if root == nil {
				continue
			}
			for _, path := range [][]cty.Value{nil, {cty.Zero}, {cty.NumberIntVal(1), cty.StringVal("a")}, {cty.StringVal("a"), cty.Zero}} {
				if p := root.At(path, cty.StringVal("1")); p.Start < 0 || p.Start > p.End || p.End > len(src) {
					t.Fatalf("%s(%q) has a part from %d to %d", name, src, p.Start, p.End)
				}
			}
		}
	})
}

// TestReplacePattern compares with regexp.
func TestReplacePattern(t *testing.T) {
	replace := lang.Functions(dir("testdata"))["replace"]
	r := rand.New(rand.NewPCG(5, 6))
	pick := func(parts ...string) string {
		var b strings.Builder
		for range r.IntN(6) {
			b.WriteString(parts[r.IntN(len(parts))])
		}
		return b.String()
	}
	compiled := 0
	for range 20_000 {
		str := pick("a", "b", "é", "\n", "$")
		pattern := pick("a", "b", "(a)", "(?P<n>b)", "*", "+", "?", "^", "$", "|", ".", "\\b", "[^a]", "é")
		with := pick("$1", "${1}", "$n", "$$", "$0", "x", "é", "$")
		re, err := regexp.Compile(pattern)
		got, gotErr := replace.Call([]cty.Value{cty.StringVal(str), cty.StringVal("/" + pattern + "/"), cty.StringVal(with)})
		if pattern == "" {
			continue // two slashes are not a pattern
		}
		if (err == nil) != (gotErr == nil) {
			t.Fatalf("replace(%q, %q, %q): %v, want %v", str, pattern, with, gotErr, err)
		}
		if err != nil {
			continue
		}
		compiled++
		if want := cty.StringVal(re.ReplaceAllString(str, with)); !got.RawEquals(want) {
			t.Fatalf("replace(%q, %q, %q) = %#v, want %#v", str, pattern, with, got, want)
		}
	}
	if compiled < 1000 {
		t.Errorf("only %d patterns were valid", compiled)
	}
}

// TestDistinct compares with stdlib's.
func TestDistinct(t *testing.T) {
	distinct := lang.Functions(dir("testdata"))["distinct"]
	r := rand.New(rand.NewPCG(7, 8))
	compared := 0
	for range 20_000 {
		v, err := lang.Convert(randomValue(r, 2), cty.List(cty.DynamicPseudoType))
		if err != nil {
			continue
		}
		want, wantErr := stdlib.DistinctFunc.Call([]cty.Value{v})
		got, err := distinct.Call([]cty.Value{v})
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("distinct(%#v): %v, want %v", v, err, wantErr)
		}
		if err != nil {
			continue
		}
		compared++
		if bare, _ := got.Unmark(); !bare.RawEquals(must(want.Unmark())) {
			t.Fatalf("distinct(%#v) = %#v, want %#v", v, got, want)
		}
	}
	if compared < 1000 {
		t.Errorf("only %d lists were compared", compared)
	}
}

func must(v cty.Value, _ cty.ValueMarks) cty.Value { return v }
