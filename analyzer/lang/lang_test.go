package lang_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/ctymarks"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/tfreach/tfreach/analyzer/lang"
)

func TestNames(t *testing.T) {
	src, err := os.ReadFile("testdata/functions.txt")
	if err != nil {
		t.Fatal(err)
	}
	got := slices.Sorted(maps.Keys(lang.Functions(dir("testdata"))))
	if diff := cmp.Diff(strings.Fields(string(src)), got); diff != "" {
		t.Errorf("functions (-testdata/functions.txt +ours):\n%s", diff)
	}
}

// TestMetadata compares names and numbers of parameters with the terraform that
// is installed.
func TestMetadata(t *testing.T) {
	src, err := exec.CommandContext(t.Context(), lookTerraform(t), "metadata", "functions", "-json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var metadata struct {
		Signatures map[string]struct {
			Parameters []struct{ Name string }
			Variadic   *struct{ Name string } `json:"variadic_parameter"`
		} `json:"function_signatures"`
	}
	if err := json.Unmarshal(src, &metadata); err != nil {
		t.Fatal(err)
	}
	want := make(map[string][]string)
	for name, sig := range metadata.Signatures {
		want[name] = []string{}
		for _, p := range sig.Parameters {
			want[name] = append(want[name], p.Name)
		}
		if sig.Variadic != nil {
			want[name] = append(want[name], sig.Variadic.Name+"...")
		}
	}
	got := make(map[string][]string)
	for name, f := range lang.Functions(dir("testdata")) {
		switch strings.TrimPrefix(name, lang.CoreNamespace) {
		case "base64gunzip", "cidrcontains", "urldecode", // of OpenTofu
			"convert": // of Terraform 1.15
			if want[name] == nil {
				continue
			}
		}
		got[name] = []string{}
		for _, p := range f.Params() {
			got[name] = append(got[name], p.Name)
		}
		if p := f.VarParam(); p != nil {
			got[name] = append(got[name], p.Name+"...")
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("parameters (-terraform +ours):\n%s", diff)
	}
}

func TestUnknowable(t *testing.T) {
	notNull := cty.UnknownVal(cty.String).RefineNotNull()
	for src, want := range map[string]cty.Value{
		`timestamp()`:             notNull,
		`plantimestamp()`:         notNull,
		`uuid()`:                  notNull,
		`bcrypt("x", 4)`:          notNull,
		`pathexpand("~/x")`:       notNull,
		`abspath("x")`:            notNull,
		`file("~/x")`:             notNull,
		`file("/etc/hostname")`:   notNull,
		`file("../x")`:            notNull,
		`filesha256("../x")`:      notNull,
		`fileexists("../x")`:      cty.UnknownVal(cty.Bool).RefineNotNull(),
		`fileexists("~/x")`:       cty.UnknownVal(cty.Bool).RefineNotNull(),
		`fileset("..", "*")`:      cty.UnknownVal(cty.Set(cty.String)).RefineNotNull(),
		`templatefile("../x", 1)`: cty.DynamicVal,
	} {
		got, diags := evaluate(t, evalContext(), src)
		if diags.HasErrors() {
			t.Errorf("%s: %s", src, diags)
			continue
		}
		if !got.RawEquals(want) {
			t.Errorf("%s = %#v, want %#v", src, got, want)
		}
	}
}

func TestWorkingDir(t *testing.T) {
	ctx := &hcl.EvalContext{Functions: lang.Functions(dir("testdata"), lang.WorkingDir("/work/dir"))}
	for src, want := range map[string]string{
		`abspath("a/../b")`: "/work/dir/b",
		`abspath("/a//b")`:  "/a/b",
		`abspath("")`:       "/work/dir",
	} {
		if got, diags := evaluate(t, ctx, src); diags.HasErrors() || got.AsString() != want {
			t.Errorf("%s = %#v (%v), want %q", src, got, diags, want)
		}
	}
}

// origin is a mark like those by which an evaluator knows where an unknown value
// comes from.
type origin struct {
	ctymarks.ProvenanceMark
	name string
}

// TestMarksOfUnknown calls every function with an argument that is unknown or
// has unknown parts, and demands its marks on an unknown result.
func TestMarksOfUnknown(t *testing.T) {
	mark := origin{name: "var.x"}
	candidates := []cty.Value{
		cty.DynamicVal,
		cty.UnknownVal(cty.String),
		cty.UnknownVal(cty.Number),
		cty.UnknownVal(cty.List(cty.String)),
		cty.UnknownVal(cty.Map(cty.String)),
		cty.UnknownVal(cty.Map(cty.List(cty.String))),
		cty.TupleVal([]cty.Value{cty.UnknownVal(cty.String)}),
	}
	functions := lang.Functions(dir("testdata"))
	for _, name := range slices.Sorted(maps.Keys(functions)) {
		f := functions[name]
		params := f.Params()
		if p := f.VarParam(); p != nil {
			params = append(params, *p)
		}
		called := false
		for i := range params {
			for _, candidate := range candidates {
				args := make([]cty.Value, len(params))
				for j, p := range params {
					args[j] = filler(p)
				}
				args[i] = candidate.Mark(mark)
				v, err := f.Call(args)
				if err != nil || v.IsKnown() {
					continue
				}
				called = true
				if !v.HasMark(mark) && name != "nonsensitive" {
					t.Errorf("%s(%#v) = %#v, which lacks the mark", name, args, v)
				}
			}
		}
		// try, can and templatestring take expressions, for which see below.
		if !called && len(params) > 0 && !strings.HasSuffix(name, "try") && !strings.HasSuffix(name, "can") && !strings.HasSuffix(name, "templatestring") {
			t.Errorf("%s was never called with success", name)
		}
	}
}

// filler returns an argument that many functions accept.
func filler(p function.Parameter) cty.Value {
	switch {
	case p.Type == cty.Number:
		return cty.NumberIntVal(1)
	case p.Type == cty.String:
		return cty.StringVal("x")
	case p.Type.IsListType() && p.Type.ElementType() == cty.Bool:
		return cty.ListVal([]cty.Value{cty.True})
	case p.Type.IsListType():
		return cty.ListVal([]cty.Value{cty.StringVal("x")})
	case p.Name == "first_set" || p.Name == "other_sets" || p.Name == "a" || p.Name == "b":
		return cty.SetVal([]cty.Value{cty.StringVal("x")})
	}
	return cty.TupleVal([]cty.Value{cty.StringVal("x")})
}

func TestMarksOfExpressions(t *testing.T) {
	mark := origin{name: "var.x"}
	ctx := evalContext()
	ctx.Variables["var"] = cty.ObjectVal(map[string]cty.Value{
		"x":   cty.UnknownVal(cty.String).Mark(mark),
		"dyn": cty.DynamicVal.Mark(mark),
		"tpl": cty.StringVal("${x}!").Mark(mark),
	})
	for _, src := range []string{
		`try(var.x, 1)`,
		`try([var.x], 1)`,
		`try({}.a, var.dyn.a)`,
		`can(var.dyn.a)`,
		`can({ a = [var.x] })`,
		`templatestring(var.x, {})`,
		`templatestring(var.tpl, { x = "a" })`,
		`templatestring(local.template, { name = var.x })`,
		`templatefile("files/start.tftpl", { name = var.x })`,
		`templatefile("files/start.tftpl", var.dyn)`,
		`issensitive(var.x)`,
		`nonsensitive(sensitive(var.x))`,
		`ephemeralasnull(var.x)`,
		`concat(var.dyn, ["a"])`,
		`element(tolist(var.dyn), 0)`,
		`lookup(var.dyn, "a", "b")`,
		`length(var.dyn)`,
		`coalesce(var.x, "a")`,
	} {
		got, diags := evaluate(t, ctx, src)
		if diags.HasErrors() {
			t.Errorf("%s: %s", src, diags)
			continue
		}
		if !got.HasMark(mark) {
			t.Errorf("%s = %#v, which lacks the mark", src, got)
		}
	}
}

func TestEphemeralAsNull(t *testing.T) {
	ctx := evalContext()
	ctx.Variables["eph"] = cty.StringVal("x").Mark(lang.Ephemeral).Mark(lang.Sensitive)
	got, diags := evaluate(t, ctx, `ephemeralasnull({ a = [eph, 1], b = sensitive(2) })`)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	want := cty.ObjectVal(map[string]cty.Value{
		"a": cty.TupleVal([]cty.Value{cty.NullVal(cty.String).Mark(lang.Sensitive), cty.NumberIntVal(1)}),
		"b": cty.NumberIntVal(2).Mark(lang.Sensitive),
	})
	if !got.RawEquals(want) {
		t.Errorf("got %#v, want %#v", got, want)
	}
}

func TestProviderFunction(t *testing.T) {
	mark := origin{name: "var.x"}
	got, err := lang.ProviderFunction().Call([]cty.Value{cty.True.Mark(mark), cty.NullVal(cty.DynamicPseudoType)})
	if err != nil || got.IsKnown() || !got.HasMark(mark) {
		t.Errorf("got %#v, %v", got, err)
	}
}

func TestLimits(t *testing.T) {
	large := make(map[string]cty.Value)
	// repeat returns an expression for a string of 1,024ⁿ times s.
	repeat := func(s string, n int) string {
		name := fmt.Sprintf("s%d", len(large))
		large[name] = cty.StringVal(strings.Repeat(s, []int{1, 1 << 10, 1 << 20}[n]))
		return "large." + name
	}
	// numbers returns an expression for a list of n different numbers.
	numbers := func(n int) string {
		elems := make([]cty.Value, n)
		for i := range elems {
			elems[i] = cty.NumberIntVal(int64(i))
		}
		name := fmt.Sprintf("n%d", len(large))
		large[name] = cty.ListVal(elems)
		return "large." + name
	}
	megabyte := repeat("a", 2)
	deep := strings.Repeat("[", lang.MaxNesting+1)
	ctx := evalContext()
	ctx.Variables["tpl"] = cty.ObjectVal(map[string]cty.Value{
		"loops": cty.StringVal(`%{ for a in range(1024) }%{ for b in range(1024) }%{ for c in range(1024) }x%{ endfor }%{ endfor }%{ endfor }`),
		"large": cty.StringVal(strings.Repeat("${s}", 1000)),
		"deep":  cty.StringVal("${" + deep + strings.Repeat("]", len(deep)) + "}"),
		"ifs":   cty.StringVal(strings.Repeat("%{ if true }", lang.MaxNesting+1) + strings.Repeat("%{ endif }", lang.MaxNesting+1)),
		"nots":  cty.StringVal("${" + strings.Repeat("!", lang.MaxNesting+1) + "true}"),
		"many":  cty.StringVal(strings.Repeat("${true ? [-1, -1, !false] : 2}", 1000)),
	})
	bomb := "a: &a [x, x, x, x, x, x, x, x, x, x]\\n"
	for c := 'b'; c <= 'i'; c++ {
		bomb += fmt.Sprintf("%c: &%c [%s]\\n", c, c, strings.TrimSuffix(strings.Repeat("*"+string(c-1)+", ", 10), ", "))
	}
	beyond := []struct{ src, limit string }{
		{`join("", [for _ in range(5): ` + megabyte + `])`, "MaxStringBytes"},
		{`replace(` + megabyte + `, "a", "bbbbb")`, "MaxStringBytes"},
		{`replace(` + repeat("a", 1) + `, "/a/", ` + repeat("abcdef", 1) + `)`, "MaxStringBytes"},
		{`replace(` + repeat("abcdef", 1) + `, "/.+/", join("", [for _ in range(1024): "$0"]))`, "MaxStringBytes"},
		{`format("%999999999d", 1)`, "MaxStringBytes"},
		{`format("%-999999999s|", "x")`, "MaxStringBytes"},
		{`format("%.999999999f", 1)`, "MaxStringBytes"},
		{`format("%99999999999999999999999999d", 1)`, "MaxStringBytes"},
		{`format("%[1]s%[1]s%[1]s%[1]s%[1]s", ` + megabyte + `)`, "MaxStringBytes"},
		{`format("%d", "1e99999999")`, "MaxExponent"},
		{`format("%s", 1e99999999)`, "MaxExponent"},
		{`format("%v", [1e99999999])`, "MaxExponent"},
		{`formatlist("%5000d", range(1024))`, "MaxStringBytes"},
		{`formatlist("%d", ["1e99999999"])`, "MaxExponent"},
		{`indent(999999999, "a")`, "MaxStringBytes"},
		{`indent(10000, ` + repeat("\n", 1) + `)`, "MaxStringBytes"},
		{`jsonencode([for _ in range(5): ` + megabyte + `])`, "MaxStringBytes"},
		{`yamlencode([for _ in range(5): ` + megabyte + `])`, "MaxStringBytes"},
		{`jsonencode([1e99999999])`, "MaxExponent"},
		{`tostring(1e99999999)`, "MaxExponent"},
		{`ceil(1e99999999)`, "MaxExponent"},
		{`floor(1e-99999999)`, "MaxExponent"},
		{`cidrhost("10.0.0.0/8", 1e99999999)`, "MaxExponent"},
		{`tonumber("1e99999999")`, "MaxExponent"},
		{`tonumber(` + repeat("11111111111111111111", 1) + `)`, "MaxDigits"},
		{`parseint(` + repeat("11111111111111111111", 1) + `, 10)`, "MaxDigits"},
		{`setproduct(range(1024), range(1024))`, "MaxElements"},
		{`setproduct(range(1000), range(1000), range(1000), range(1000), range(1000), range(1000), range(1000))`, "MaxElements"},
		{`concat([for _ in range(3): ` + numbers(100_000) + `]...)`, "MaxElements"},
		{`flatten([for _ in range(3): ` + numbers(100_000) + `])`, "MaxElements"},
		{`split("", ` + megabyte + `)`, "MaxElements"},
		{`regex(` + repeat("a", 2) + `, "a")`, "MaxPatternBytes"},
		{`regexall("a.*z|a", ` + megabyte + `)`, "MaxWork"},
		{`regex("((a?){1000}){1}", ` + repeat("aaaa", 2) + `)`, "MaxWork"},
		{`replace(` + megabyte + `, "/a.*z|a/", "b")`, "MaxWork"},
		{`trim(` + megabyte + `, ` + repeat("é", 2) + `)`, "MaxWork"},
		{`jsondecode(join("", [for _ in range(1001): "["]))`, "MaxNesting"},
		{`yamldecode(join("", [for _ in range(1001): "["]))`, "MaxNesting"},
		{`yamldecode(join("", [for _ in range(1001): "- "]))`, "MaxNesting"},
		{`jsondecode(` + repeat("  ", 2) + `)`, "MaxDocumentBytes"},
		{`yamldecode(` + repeat("  ", 2) + `)`, "MaxDocumentBytes"},
		{`csvdecode(` + repeat("aa\n", 2) + `)`, "MaxDocumentBytes"},
		{`csvdecode(` + repeat("\n", 2) + `)`, "MaxElements"},
		{`yamldecode("` + bomb + `")`, "MaxElements"},
		{`yamldecode("a: &a {x: 1}\nb: {<<: [${join(",", [for _ in range(65536 / 64): join(",", [for _ in range(20): "*a"])])}]}")`, "MaxWork"},
		{`templatestring(tpl.loops, {})`, "MaxSteps"},
		{`templatestring(tpl.large, { s = ` + megabyte + ` })`, "MaxSteps"},
		{`templatestring(tpl.deep, {})`, "MaxNesting"},
		{`templatestring(tpl.ifs, {})`, "MaxNesting"},
		{`templatestring(tpl.nots, {})`, "MaxNesting"},
	}
	within := []string{
		`length(` + megabyte + `) == 1048576`,
		`length(setproduct(range(500), range(500))) == 250000`,
		`length(distinct(` + numbers(4096) + `)) == 4096`,
		`length(sort(` + numbers(65_536) + `)) == 65536`,
		`length(toset(` + numbers(65_536) + `)) == 65536`,
		`length(jsonencode(` + numbers(65_536) + `)) > 0`,
		`length(jsondecode(jsonencode(` + numbers(65_536) + `))) == 65536`,
		`length(replace(` + repeat("aaaaaaaaaaaaaaaa", 1) + `, "/\\s+/", "")) == 16384`,
		`length(regexall("[0-9]+", ` + repeat("12345678 abcdef ", 1) + `)) == 1024`,
		`length(templatestring(tpl.many, {})) > 0 || true`,
		`length(format("%100000d", 1)) == 100000`,
		`length(jsondecode("[${join(",", [for _ in range(1000): "\"[[[[[[[[\""])}]")) == 1000`,
	}
	ctx.Variables["large"] = cty.ObjectVal(large)
	for _, test := range beyond {
		_, diags := evaluate(t, ctx, test.src)
		limit, ok := lang.LimitIn(diags)
		if !ok || limit.Limit != test.limit {
			t.Errorf("%.200s: got %.500v, want an error for %s", test.src, diags, test.limit)
			continue
		}
		if !strings.Contains(limit.Error(), limit.Limit) || limit.Asked <= float64(limit.Max) {
			t.Errorf("%.200s: %s", test.src, limit)
		}
	}
	for _, src := range within {
		got, diags := evaluate(t, ctx, src)
		if diags.HasErrors() || !got.RawEquals(cty.True) {
			t.Errorf("%.200s = %#v, %.500v", src, got, diags)
		}
	}
}

// TestLimitsAreSeen checks that no function decides what a limit left undecided.
func TestLimitsAreSeen(t *testing.T) {
	ctx := evalContext()
	for _, src := range []string{
		`try(setproduct(range(1024), range(1024)), 1)`,
		`try([{ a = upper(format("%999999999d", 1)) }], 1)`,
		`can(setproduct(range(1024), range(1024)))`,
		`can(try(setproduct(range(1024), range(1024)), 1))`,
		`templatestring(local.objects[parseint(format("%999999999d", 1), 10)].template, {})`,
		`templatefile("files/value.tftpl", { value = setproduct(range(1024), range(1024)) })`,
		`templatestring(local.limited, {})`,
		`[for f in ["${format("%999999999d", 1)}"]: f][0]`,
		`try(templatestring(local.limited, {}), 1)`,
		`tolist([for x in range(3): setproduct(range(1024), range(1024))])`,
	} {
		local := ctx.Variables["local"].AsValueMap()
		local["limited"] = cty.StringVal(`${try(setproduct(range(1024), range(1024)), 1)}`)
		ctx.Variables["local"] = cty.ObjectVal(local)
		_, diags := evaluate(t, ctx, src)
		if limit, ok := lang.LimitIn(diags); !ok {
			t.Errorf("%s: got %v, want a LimitError", src, diags)
		} else if limit.Limit != "MaxElements" && limit.Limit != "MaxStringBytes" {
			t.Errorf("%s: got %v", src, limit)
		}
	}
}

func TestCheckValue(t *testing.T) {
	doubled := cty.StringVal("x")
	for range 40 {
		doubled = cty.TupleVal([]cty.Value{doubled, doubled})
	}
	long := cty.StringVal(strings.Repeat("x", lang.MaxStringBytes/2+1))
	for _, test := range []struct {
		v     cty.Value
		limit string
	}{
		{cty.DynamicVal, ""},
		{cty.NullVal(cty.String), ""},
		{cty.NumberIntVal(1).Mark(lang.Sensitive), ""},
		{cty.NegativeInfinity, ""},
		{cty.ObjectVal(map[string]cty.Value{"a": long}), ""},
		{cty.TupleVal([]cty.Value{long, long}), "MaxStringBytes"},
		{cty.ObjectVal(map[string]cty.Value{long.AsString(): long.Mark(lang.Sensitive)}), "MaxStringBytes"},
		{cty.SetVal([]cty.Value{cty.MustParseNumberVal("1e999999")}), "MaxExponent"},
		{doubled, "MaxElements"},
	} {
		err := lang.CheckValue(test.v)
		limit := lang.LimitError{}
		if errors.As(err, &limit); limit.Limit != test.limit || (err == nil) != (test.limit == "") {
			t.Errorf("CheckValue: got %v, want %q", err, test.limit)
		}
	}
}

func TestMeter(t *testing.T) {
	for src, want := range map[string]int{
		`1 + 1`:                                  0,
		`[for x in [1, 2, 3]: x]`:                1 + 3,
		`[for x in [1, 2]: [for y in [1]: y]]`:   (1 + 2) + 2*(1+1),
		`{ for x in ["a", "b"]: x => x }`:        1 + 2,
		`"a${local.s}b"`:                         1,
		`"a${local.long}b"`:                      3,
		`"%{ for x in [1, 2] }${x},%{ endfor }"`: (1 + 2) + 2*1 + 1,
	} {
		expr, diags := hclsyntax.ParseExpression([]byte(src), "test", hcl.InitialPos)
		if diags.HasErrors() {
			t.Fatalf("%s: %s", src, diags)
		}
		refs := len(expr.Variables())
		if diags := lang.Meter(expr); diags.HasErrors() {
			t.Fatal(diags)
		}
		if got := len(expr.Variables()); got != refs {
			t.Errorf("%s: %d references, had %d", src, got, refs)
		}
		var b counted
		ctx := &hcl.EvalContext{
			Variables: map[string]cty.Value{"local": cty.ObjectVal(map[string]cty.Value{
				"s": cty.StringVal("s"), "long": cty.StringVal(strings.Repeat("x", 32)),
			})},
			Functions: lang.MeterFunctions(&b),
		}
		if _, diags := expr.Value(ctx); diags.HasErrors() {
			t.Errorf("%s: %s", src, diags)
		}
		if b.steps != want {
			t.Errorf("%s took %d steps, want %d", src, b.steps, want)
		}
	}
}

// counted is a budget without an end.
type counted struct{ steps, bytes int }

func (c *counted) Spend(steps, bytes int) error {
	c.steps, c.bytes = c.steps+steps, c.bytes+bytes
	return nil
}

func (*counted) Spent() bool { return false }

// TestCharges checks that what a call makes is charged by its size, and what it is given, too.
func TestCharges(t *testing.T) {
	for src, want := range map[string]counted{
		`length([1, 2])`:                                             {1, 200},
		`format("%01000d", 1)`:                                       {1, 1000},
		`setproduct(range(100), range(100))`:                         {3000, 2_000_000},
		`merge({ a = 1 }, { b = 2 })`:                                {1, 200},
		`split(",", format("%s", join(",", range(99))))`:             {30, 10_000},
		`jsondecode(jsonencode([for i in range(99) : { a = [i] }]))`: {150, 20_000},
		`sha512(format("%01000000d", 1))`:                            {1500, 1_000_000},
		`[for i in range(100) : { a = i, b = { c = [i, i, i] } }]`:   {200, 40_000},
	} {
		expr, diags := hclsyntax.ParseExpression([]byte(src), "test", hcl.InitialPos)
		if diags.HasErrors() {
			t.Fatalf("%s: %s", src, diags)
		}
		lang.Instrument(expr)
		var b counted
		functions := lang.Functions(dir("testdata"), lang.WithBudget(&b))
		maps.Copy(functions, lang.InstrumentFunctions(&b))
		if _, diags := expr.Value(&hcl.EvalContext{Functions: functions}); diags.HasErrors() {
			t.Errorf("%s: %s", src, diags)
		}
		if b.steps < want.steps || b.steps > 20*want.steps || b.bytes < want.bytes/4 || b.bytes > 4*want.bytes+1000 {
			t.Errorf("%s costs %d steps and %d bytes, want about %d and %d", src, b.steps, b.bytes, want.steps, want.bytes)
		}
	}
}

func TestMarkString(t *testing.T) {
	if got := fmt.Sprint(lang.Sensitive, lang.Ephemeral, lang.Mark(0)); got != "sensitive ephemeral invalid mark" {
		t.Error(got)
	}
}

func BenchmarkFunctions(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		lang.Functions(dir("testdata"))
	}
}

func BenchmarkCall(b *testing.B) {
	list := make([]cty.Value, 4096)
	for i := range list {
		list[i] = cty.StringVal(fmt.Sprintf("10.%d.%d.0/24", i/256, i%256))
	}
	cidrs := cty.ListVal(list)
	functions := lang.Functions(dir("testdata"))
	for _, bench := range []struct {
		name string
		args []cty.Value
	}{
		{"upper", []cty.Value{cty.StringVal("x")}},
		{"length", []cty.Value{cidrs}},
		{"element", []cty.Value{cidrs, cty.NumberIntVal(9)}},
		{"contains", []cty.Value{cidrs, list[4095]}},
		{"distinct", []cty.Value{cidrs}},
		{"toset", []cty.Value{cidrs}},
		{"cidrsubnet", []cty.Value{cty.StringVal("10.0.0.0/8"), cty.NumberIntVal(8), cty.NumberIntVal(9)}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := functions[bench.name].Call(bench.args); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
