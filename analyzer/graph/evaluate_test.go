package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tfreach/tfreach/analyzer/graph"
)

// value evaluates an expression as the attribute of a resource in a configuration.
func value(t *testing.T, config, expr string) (string, *graph.Graph) {
	t.Helper()
	g := build(t, map[string]string{
		"m/a.tf":  "variable \"in\" {}\nresource \"x\" \"inner\" {}\noutput \"out\" { value = var.in }\noutput \"id\" { value = x.inner.id }\n",
		"main.tf": config, "expr.tf": "resource \"x\" \"expr\" {\n  v = " + expr + "\n}\n",
	})
	return text(resource(t, g, "x.expr").Attr("v")), g
}

// TestLazy has a configuration where all that isn't asked for is broken.
func TestLazy(t *testing.T) {
	g := build(t, map[string]string{"main.tf": `
locals {
  good   = "${var.good}!"
  broken = nope.x.y + [1]
  loop   = local.loop
}
variable "good" { default = "ok" }
variable "broken" {
  type    = number
  default = "abc"
}
resource "x" "a" {
  good   = local.good
  broken = local.broken
  loop   = local.loop
  block {
    broken = var.broken
    good   = 1
  }
}
module "m" {
  source = "./m"
  good   = local.good
  broken = local.broken
}
resource "x" "b" {
  v = module.m.good
}
`, "m/main.tf": `
variable "good" {}
variable "broken" {}
output "good" { value = var.good }
output "broken" { value = var.broken + local.none }
`})
	if got := text(resource(t, g, "x.a").Attr("good")); got != `"ok!"` {
		t.Error(got)
	}
	if got := text(resource(t, g, "x.a").Blocks("block")[0].Attr("good")); got != "1" {
		t.Error(got)
	}
	if got := text(resource(t, g, "x.b").Attr("v")); got != `"ok!"` {
		t.Error(got)
	}
	if d := diagnostics(g); len(d) > 0 {
		t.Errorf("what isn't asked for was evaluated: %v", d)
	}
	if got := text(resource(t, g, "x.a").Attr("broken")); !strings.HasPrefix(got, "?") || len(g.Diagnostics()) == 0 {
		t.Errorf("broken: %s, %v", got, diagnostics(g))
	}
}

// TestOnce has values that take forever if each reference evaluates them again.
func TestOnce(t *testing.T) {
	const n = 200
	var locals, resources, module strings.Builder
	locals.WriteString("locals {\n  l0 = true\n")
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&locals, "  l%d = local.l%d == local.l%d\n", i, i-1, i-1)
		fmt.Fprintf(&resources, "resource \"x\" \"r%d\" {\n  v = x.r%d.v && x.r%d.v\n}\n", i, i-1, i-1)
		fmt.Fprintf(&module, "variable \"v%d\" {}\noutput \"o%d\" {\n  value = var.v%d\n}\n", i, i, i)
	}
	resources.WriteString("resource \"x\" \"r0\" {\n  v = true\n}\nmodule \"m\" {\n  source = \"./m\"\n  v1 = true\n")
	for i := 2; i <= n; i++ {
		fmt.Fprintf(&resources, "  v%d = module.m.o%d && module.m.o%d\n", i, i-1, i-1)
	}
	locals.WriteString("}\n")
	resources.WriteString("}\nresource \"x\" \"out\" {\n  v = module.m.o200\n  w = local.l200\n}\n")
	g := build(t, map[string]string{"main.tf": locals.String() + resources.String(), "m/main.tf": module.String()})
	for _, got := range []string{
		text(resource(t, g, "x.r200").Attr("v")), text(resource(t, g, "x.out").Attr("v")), text(resource(t, g, "x.out").Attr("w")),
	} {
		if got != "true" {
			t.Errorf("got %s, %v", got, diagnostics(g))
		}
	}
}

func TestCycles(t *testing.T) {
	for _, tt := range []struct{ name, config, want string }{
		{"a local value", "locals {\n  a = [local.a]\n}\nresource \"x\" \"r\" {\n  v = local.a\n}\n", "main.tf:2:8"},
		{"two local values", "locals {\n  a = local.b\n  b = local.a\n}\nresource \"x\" \"r\" {\n  v = local.a\n}\n", "main.tf:3:7"},
		{"an attribute", "resource \"x\" \"r\" {\n  v = x.r.v\n}\n", "main.tf:2:7"},
		{"attributes", "resource \"x\" \"r\" {\n  v = x.s.v\n}\nresource \"x\" \"s\" {\n  v = \"${x.r.v}\"\n}\n", "main.tf:5:7"},
		{"count", "resource \"x\" \"r\" {\n  count = length(x.r) + 1\n  v = 1\n}\n", "main.tf:1:1"},
		{"for_each", "resource \"x\" \"r\" {\n  for_each = toset([for r in x.r : r.id])\n  v = 1\n}\n", "main.tf:1:1"},
		{"count through a local value", "locals {\n  n = length(x.r)\n}\nresource \"x\" \"r\" {\n  count = local.n\n  v = local.n\n}\n", "main.tf:4:1"},
		{"count of a module", "module \"m\" {\n  source = \"./m\"\n  count = module.m[0].o\n  i = 1\n}\nresource \"x\" \"r\" {\n  v = module.m[0].o\n}\n", "main.tf:1:1"},
		{"an output into its module", "module \"m\" {\n  source = \"./m\"\n  i = module.m.o\n}\nresource \"x\" \"r\" {\n  v = module.m.o\n}\n", "main.tf:3:7"},
		{"two modules", "module \"m\" {\n  source = \"./m\"\n  i = module.n.o\n}\nmodule \"n\" {\n  source = \"./m\"\n  i = module.m.o\n}\nresource \"x\" \"r\" {\n  v = module.m.o\n}\n", "main.tf:7:7"},
		{"a default", "variable \"a\" {\n  default = var.a\n}\nresource \"x\" \"r\" {\n  v = var.a\n}\n", "main.tf:2:13"},
		{"a dynamic block", "resource \"x\" \"r\" {\n  v = x.r.v\n  dynamic \"b\" {\n    for_each = x.r.v\n    content {}\n  }\n}\n", "main.tf:2:7"},
	} {
		g := build(t, map[string]string{"main.tf": tt.config, "m/main.tf": "variable \"i\" {}\noutput \"o\" {\n  value = var.i\n}\n"})
		for _, r := range g.Resources {
			if got := text(r.Attr("v")); strings.HasPrefix(tt.name, "a") && !strings.Contains(got, "?") {
				t.Errorf("%s: %s is %s", tt.name, r.Addr, got)
			}
			r.Blocks("b")
		}
		found := false
		for _, d := range diagnostics(g) {
			found = found || strings.HasPrefix(d, tt.want) && strings.HasSuffix(d, "Values depend on each other in a cycle")
		}
		if !found {
			t.Errorf("%s: not at %s: %v", tt.name, tt.want, diagnostics(g))
		}
	}
}

func TestModuleCycles(t *testing.T) {
	for _, tt := range []struct {
		name, want string
		files      map[string]string
	}{
		{"itself", "main.tf:2:12", map[string]string{"main.tf": "module \"m\" {\n  source = \".\"\n}\n"}},
		{"a ring", "a/main.tf:2:12", map[string]string{
			"main.tf": "module \"m\" {\n  source = \"./a\"\n}\n", "a/main.tf": "module \"m\" {\n  source = \"../../r/./b\"\n}\n",
			"b/main.tf": "module \"m\" {\n  source = \"../a\"\n}\n",
		}},
	} {
		dir := t.TempDir()
		write(t, dir, tt.files)
		if tt.name == "a ring" {
			write(t, dir, map[string]string{"a/main.tf": "module \"m\" {\n  source = \"../b\"\n}\n"})
			tt.want = "b/main.tf:2:12"
		}
		g := buildIn(t, dir, ".")
		if diff := cmp.Diff([]string{tt.want + ": Modules call each other in a cycle"}, diagnostics(g)); diff != "" {
			t.Errorf("%s:\n%s", tt.name, diff)
		}
	}
}

// TestOrigins looks at what values know of what would decide them.
func TestOrigins(t *testing.T) {
	const config = `
variable "v" {}
variable "n" { type = number }
variable "list" { type = list(string) }
variable "flag" { type = bool }
variable "known" { default = ["a", "b"] }
variable "secret" {
  default   = "s"
  sensitive = true
}
locals {
  chain = [upper(var.v), "k"]
  map   = { a = var.v, b = 1 }
}
resource "x" "a" { name = "n" }
resource "x" "c" { count = 2 }
resource "x" "e" { for_each = { k = 1, l = 2 } }
data "d" "d" { arg = 1 }
module "m" {
  source = "./m"
  in     = var.v
}
module "gone" { source = "example.com/ns/none/aws" }
`
	for expr, want := range map[string]string{
		"var.v":                               "? by var.v",
		"local.chain":                         `[? "k"] by var.v`,
		"local.chain[1]":                      `"k"`,
		"local.map.b":                         "1",
		"local.map":                           "{a=? b=1} by var.v",
		`"p-${var.v}"`:                        "? by var.v",
		"var.flag ? 1 : 2":                    "? by var.flag",
		"var.flag ? var.v : x.a.id":           "? by var.flag, var.v, x.a.id",
		"true ? 1 : var.v":                    "1",
		"x.a.name":                            `"n"`,
		"x.a.id":                              "? by x.a.id",
		"x.c[1].id":                           "? by x.c[1].id",
		`x.e["l"].id`:                         `? by x.e["l"].id`,
		"x.c[*].id":                           "[? ?] by x.c[0].id, x.c[1].id",
		"[for k, r in x.e : r.id]":            `[? ?] by x.e["k"].id, x.e["l"].id`,
		`{for k, r in x.e : k => r.id}`:       `{k=? l=?} by x.e["k"].id, x.e["l"].id`,
		"x.c[var.n].id":                       "? by var.n, x.c[0].id, x.c[1].id",
		"length(x.c)":                         "2",
		"data.d.d.arg":                        "1",
		"data.d.d.id":                         "? by data.d.d.id",
		"module.m.out":                        "? by var.v",
		"module.m.id":                         "? by module.m.x.inner.id",
		"[module.m.out, module.m.id]":         "[? ?] by var.v, module.m.x.inner.id",
		`module.m["out"]`:                     "? by var.v",
		`x.a["name"]`:                         `"n"`,
		`x.e["k"]["id"]`:                      `? by x.e["k"].id`,
		"x.c[length(x.c) - 1][\"id\"]":        "? by x.c[1].id",
		"module.gone.anything":                "? by module.gone",
		"timestamp()":                         "? by timestamp()",
		"provider::p::f(1)":                   "? by provider::p::f",
		"terraform.workspace":                 "? by terraform.workspace",
		"try(var.v.a.b, 1)":                   "? by var.v",
		"try(x.a.name.none, 1)":               "1",
		"can(var.v)":                          "? by var.v",
		"var.list":                            "? by var.list",
		"[for s in var.list : s]":             "? by var.list",
		"concat(var.list, [\"a\"])":           "? by var.list",
		"[for s in concat([var.v], [1]) : s]": `[? 1] by var.v`,
		"contains(var.known, var.v)":          "? by var.v",
		"var.secret":                          `"s"`,
		"[var.secret, var.v]":                 `["s" ?] by var.v`,
		"var.known[0]":                        `"a"`,
		"x.a.none.deeper[0]":                  "? by x.a.none",
	} {
		got, g := value(t, config+"", expr)
		if expr == "timestamp()" && strings.HasPrefix(got, "?") {
			continue // its origin is a matter of wording
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", expr, got, want)
		}
		for _, d := range diagnostics(g) {
			if !strings.Contains(d, "not installed") {
				t.Errorf("%s: %s", expr, d)
			}
		}
	}
}

// TestOriginPlaces checks that origins know where they are.
func TestOriginPlaces(t *testing.T) {
	g := build(t, map[string]string{
		"main.tf": "variable \"v\" {}\nmodule \"m\" {\n  source = \"./m\"\n}\nresource \"x\" \"r\" {\n  v = [var.v, module.m.o, module.m.p, x.r.id]\n}\n",
		"m/a.tf":  "variable \"w\" {}\n\noutput \"o\" { value = var.w }\noutput \"p\" { value = data.d.d.id }\ndata \"d\" \"d\" {}\n",
	})
	var got []string
	for _, o := range resource(t, g, "x.r").Attr("v").Origins() {
		got = append(got, fmt.Sprintf("%d %s at %s:%d [%s] [%s]", o.Kind, o.Name, o.At.Filename, o.At.Start.Line, o.Resource, o.Attr))
	}
	want := []string{
		fmt.Sprintf("%d module.m.var.w at m/a.tf:1 [] []", graph.FromVariable),
		fmt.Sprintf("%d var.v at main.tf:1 [] []", graph.FromVariable),
		fmt.Sprintf("%d x.r.id at main.tf:5 [x.r] [id]", graph.FromResource),
		fmt.Sprintf("%d module.m.data.d.d.id at m/a.tf:5 [module.m.data.d.d] [id]", graph.FromData),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRefer(t *testing.T) {
	const config = `
variable "flag" { type = bool }
variable "n" { type = number }
resource "x" "a" {}
resource "x" "b" {}
resource "x" "c" { count = 2 }
resource "x" "e" { for_each = toset(["k", "l"]) }
module "m" {
  source   = "./m"
  for_each = toset(["p", "q"])
}
module "one" { source = "./m" }
`
	for expr, want := range map[string]string{
		"x.a.id":                           "x.a surely",
		"x.a.id == \"\" ? x.a.id : x.a.id": "x.a surely",
		`"sg-1"`:                           "sg-1 surely",
		`""`:                               "surely",
		"null":                             "surely",
		"[x.a.id, \"sg-1\", x.b.id]":       "x.a sg-1 x.b surely",
		"var.flag ? x.a.id : x.b.id":       "x.a x.b maybe",
		"true ? x.a.id : x.b.id":           "x.a surely",
		"try(x.a.id, \"\")":                "x.a surely",
		"coalesce(x.a.id, \"y\")":          "x.a surely",
		"x.c[1].id":                        "x.c[1] surely",
		"x.c[*].id":                        "x.c[0] x.c[1] surely",
		"x.c[var.n].id":                    "x.c[0] x.c[1] maybe",
		`x.e["l"].id`:                      `x.e["l"] surely`,
		"[for r in x.e : r.id]":            `x.e["k"] x.e["l"] surely`,
		"values(x.e)[*].id":                `x.e["k"] x.e["l"] surely`,
		"one(x.a[*].id)":                   "x.a surely",
		"join(\"\", [x.a.id])":             "x.a surely",
		`module.m["q"].id`:                 `module.m["q"].x.inner surely`,
		"module.one.id":                    "module.one.x.inner surely",
		"[for m in module.m : m.id]":       `module.m["p"].x.inner module.m["q"].x.inner surely`,
		"module.one.ids[0]":                "module.one.x.inner surely",
		"x.none.id":                        "maybe",
		"local.none":                       "maybe",
	} {
		g := build(t, map[string]string{
			"main.tf": config + "resource \"x\" \"expr\" {\n  v = " + expr + "\n}\n",
			"m/a.tf":  "resource \"x\" \"inner\" {}\noutput \"id\" { value = x.inner.id }\noutput \"ids\" { value = x.inner[*].id }\n",
		})
		from := resource(t, g, "x.expr")
		targets, whole := g.Refer(from.Attr("v"))
		var words []string
		for _, to := range targets {
			if to.Resource != nil {
				words = append(words, to.Resource.Addr.String())
			} else {
				words = append(words, to.ID)
			}
		}
		words = append(words, map[bool]string{true: "surely", false: "maybe"}[whole])
		if got := strings.Join(words, " "); got != want {
			t.Errorf("%s: got %s, want %s", expr, got, want)
		}
		if whole && len(targets) == 1 && targets[0].Resource != nil {
			if back := g.Referrers(targets[0].Resource, "x", "v"); len(back) != 1 || back[0] != from {
				t.Errorf("%s: referrers are %v", expr, back)
			}
		}
		if back := g.Referrers(resource(t, g, "x.b"), "x", "v"); len(back) > 0 {
			t.Errorf("%s: x.b has referrers %v", expr, back)
		}
	}
}

// TestInstances expands count and for_each.
func TestInstances(t *testing.T) {
	for _, tt := range []struct{ name, repeat, want, diag string }{
		{"none", "", "x.r", ""},
		{"count", "count = 3", "x.r[0] x.r[1] x.r[2]", ""},
		{"no instances", "count = 0", "", ""},
		{"count as a string", `count = "2"`, "x.r[0] x.r[1]", ""},
		{"unknown count", "count = var.n", "x.r[*] by var.n", ""},
		{"decided count", "count = var.n == null ? 1 : 1", "x.r[0]", ""},
		{"negative count", "count = -1", "x.r[*] by count", "2:11: Invalid count"},
		{"half a count", "count = 1.5", "x.r[*] by count", "2:11: Invalid count"},
		{"null count", "count = null", "x.r[*] by count", "2:11: Invalid count"},
		{"count of a wrong type", "count = []", "x.r[*] by count", "2:11: Invalid count"},
		{"count too large", "count = 600000", "x.r[*] by count", "2:11: " + graph.LimitSummary},
		{"a count beyond integers", "count = 1e30", "x.r[*] by count", "2:11: Invalid count"},
		{"map", "for_each = { b = 1, a = 2 }", `x.r["a"] x.r["b"]`, ""},
		{"set", `for_each = toset(["b", "a", "b"])`, `x.r["a"] x.r["b"]`, ""},
		{"empty", "for_each = {}", "", ""},
		{"empty tuple", "for_each = []", "", ""},
		{"tuple", `for_each = ["a"]`, "x.r[*] by for_each", "2:14: Invalid for_each"},
		{"null", "for_each = null", "x.r[*] by for_each", "2:14: Invalid for_each"},
		{"string", `for_each = "a"`, "x.r[*] by for_each", "2:14: Invalid for_each"},
		{"set of numbers", "for_each = toset([1])", "x.r[*] by for_each", "2:14: Invalid for_each"},
		{"unknown", "for_each = var.n", "x.r[*] by var.n", ""},
		{"unknown values", "for_each = { a = var.n }", `x.r["a"]`, ""},
		{"unknown key", `for_each = { (var.n) = 1, b = 2 }`, `x.r["b"] x.r[*] by var.n`, ""},
		{"an unknown element", `for_each = toset(["a", var.n])`, `x.r["a"] x.r[*] by var.n`, ""},
		{"chained", "for_each = x.other", `x.r["k"]`, ""},
		{"conditional", "count = var.yes ? 1 : 0", "x.r[0]", ""},
		{"broken", "count = nope.x", "x.r[*] by nope.x", "2:11: Reference to something that is not declared"},
	} {
		g := build(t, map[string]string{"main.tf": "resource \"x\" \"r\" {\n  " + tt.repeat +
			"\n}\nvariable \"n\" {}\nvariable \"yes\" { default = true }\nresource \"x\" \"other\" {\n  for_each = { k = 1 }\n}\n"})
		var words []string
		for _, r := range g.Resources {
			if r.Addr.Name != "r" {
				continue
			}
			words = append(words, r.Addr.String())
			if r.Certain != (r.Addr.Key.Kind() != graph.AnyKey) || r.Certain != r.Exists.Absent() {
				t.Errorf("%s: %s: certain %t, exists %s", tt.name, r.Addr, r.Certain, text(r.Exists))
			}
			for _, o := range r.Exists.Origins() {
				words = append(words, "by", o.Name)
			}
		}
		if got := strings.Join(words, " "); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
		want := []string(nil)
		if tt.diag != "" {
			want = []string{"main.tf:" + tt.diag}
		}
		if diff := cmp.Diff(want, diagnostics(g)); diff != "" {
			t.Errorf("%s:\n%s", tt.name, diff)
		}
	}
}

// TestSymbolic has instances below a module call that may have any number.
func TestSymbolic(t *testing.T) {
	g := build(t, map[string]string{
		"main.tf": "variable \"n\" {}\nmodule \"m\" {\n  source = \"./m\"\n  count = var.n\n  i = count.index\n}\nresource \"x\" \"r\" {\n  v = module.m[*].id\n}\n",
		"m/a.tf":  "variable \"i\" {}\nresource \"x\" \"a\" {\n  v = var.i\n}\nresource \"x\" \"b\" {\n  count = 1\n  v = x.a.id\n}\noutput \"id\" { value = x.a.id }\n",
	})
	if diff := cmp.Diff([]string{"x.r", "module.m[*].x.a", "module.m[*].x.b[0]"}, addresses(g)); diff != "" {
		t.Fatal(diff)
	}
	for _, r := range g.Resources[1:] {
		if r.Certain || text(r.Exists) != "? by var.n" {
			t.Errorf("%s: certain %t, exists %s", r.Addr, r.Certain, text(r.Exists))
		}
	}
	if got := text(resource(t, g, "module.m[*].x.a").Attr("v")); got != "? by var.n" {
		t.Error(got)
	}
	if got := text(resource(t, g, "module.m[*].x.b[0]").Attr("v")); got != "? by module.m[*].x.a.id" {
		t.Error(got)
	}
	if got := text(resource(t, g, "x.r").Attr("v")); !strings.Contains(got, "? by") || !strings.Contains(got, "module.m") {
		t.Error(got)
	}
}

func TestDynamic(t *testing.T) {
	for _, tt := range []struct{ name, block, want, diag string }{
		{"list", `for_each = ["p", "q"]`, `0="p" 1="q"`, ""},
		{"map", `for_each = { b = 1, a = 2 }`, `"a"=2 "b"=1`, ""},
		{"set", `for_each = toset(["q", "p"])`, `"p"="p" "q"="q"`, ""},
		{"objects", `for_each = [{ a = 1 }]`, `0={a=1}`, ""},
		{"empty", `for_each = []`, "", ""},
		{"null", `for_each = null`, "", "3:16: Invalid for_each"},
		{"string", `for_each = "a"`, "", "3:16: Invalid for_each"},
		{"unknown", `for_each = var.u`, "any ? by var.u=? by var.u", ""},
		{"unknown elements", `for_each = [var.u, 1]`, `0=? by var.u 1=1`, ""},
		{"each", `for_each = [each.key, each.value]`, `0="e" 1=7`, ""},
		{"broken", `for_each = nope.x`, "any ? by nope.x=? by nope.x", "3:16: Reference to something that is not declared"},
	} {
		for _, iterator := range []string{"", "it", "each"} {
			name, set := "b", ""
			if iterator != "" {
				name, set = iterator, "\n    iterator = "+iterator
			}
			g := build(t, map[string]string{"main.tf": "resource \"x\" \"r\" {\n  dynamic \"b\" {\n    " + tt.block + set + "\n    content {\n      k = " +
				name + ".key\n      v = " + name + ".value\n    }\n  }\n  for_each = { e = 7 }\n}\nvariable \"u\" {}\n"})
			var words []string
			for _, b := range resource(t, g, `x.r["e"]`).Blocks("b") {
				if !b.Certain {
					words = append(words, "any")
				}
				words = append(words, text(b.Attr("k"))+"="+text(b.Attr("v")))
			}
			if got := strings.Join(words, " "); got != tt.want {
				t.Errorf("%s, iterator %q: got %s, want %s", tt.name, iterator, got, tt.want)
			}
			want := []string(nil)
			if tt.diag != "" {
				want = []string{"main.tf:" + tt.diag}
			}
			if diff := cmp.Diff(want, diagnostics(g)); diff != "" {
				t.Errorf("%s, iterator %q:\n%s", tt.name, iterator, diff)
			}
		}
	}
	for _, body := range []string{"for_each = [1]", "content {}", ""} {
		g := build(t, map[string]string{"main.tf": "resource \"x\" \"r\" {\n  dynamic \"b\" {\n    " + body + "\n  }\n}\n"})
		if n := len(resource(t, g, "x.r").Blocks("b")); n != 0 {
			t.Errorf("%q: %d blocks", body, n)
		}
		if diff := cmp.Diff([]string{"main.tf:2:3: Invalid dynamic block"}, diagnostics(g)); diff != "" {
			t.Errorf("%q:\n%s", body, diff)
		}
	}
}

// TestNestedDynamic has dynamic blocks in dynamic blocks, whose iterators are all visible.
func TestNestedDynamic(t *testing.T) {
	g := build(t, map[string]string{"main.tf": `resource "x" "r" {
  dynamic "outer" {
    for_each = { a = [1, 2], b = [] }
    content {
      dynamic "inner" {
        for_each = outer.value
        iterator = i
        content {
          v = "${outer.key}${i.key}${i.value}"
        }
      }
      inner { v = "written" }
    }
  }
}
`})
	var got []string
	for _, outer := range resource(t, g, "x.r").Blocks("outer") {
		for _, inner := range outer.Blocks("inner") {
			got = append(got, text(inner.Attr("v")))
		}
	}
	if diff := cmp.Diff([]string{`"a01"`, `"a12"`, `"written"`, `"written"`}, got); diff != "" {
		t.Errorf("%v\n%s", diagnostics(g), diff)
	}
}

// TestOverride merges override files as Terraform does: attributes one by one, blocks by type.
func TestOverride(t *testing.T) {
	g := build(t, map[string]string{
		"main.tf": `resource "x" "r" {
  kept     = 1
  replaced = 1
  b { v = 1 }
  b { v = 2 }
  c { v = 1 }
}
variable "v" {
  type    = number
  default = 1
}
locals { l = 1 }
module "m" {
  source = "./none"
  in     = 1
}
resource "x" "s" { v = [var.v, local.l, module.m.out] }
`,
		"a_override.tf":      "resource \"x\" \"r\" {\n  replaced = 2\n  b { v = 3 }\n}\nvariable \"v\" { default = 2 }\nmodule \"m\" { source = \"./m\" }\n",
		"b_override.tf.json": `{"resource": {"x": {"r": {"replaced": 3, "added": "${var.v}"}}}, "locals": {"l": 2}}`,
		"m/a.tf":             "variable \"in\" {}\noutput \"out\" { value = var.in }\n",
	})
	r := resource(t, g, "x.r")
	var blocks []string
	for _, typ := range []string{"b", "c"} {
		for _, b := range r.Blocks(typ) {
			blocks = append(blocks, typ+text(b.Attr("v")))
		}
	}
	got := []string{
		text(r.Attr("kept")), text(r.Attr("replaced")), text(r.Attr("added")), strings.Join(blocks, " "), text(resource(t, g, "x.s").Attr("v")),
	}
	if diff := cmp.Diff([]string{"1", "3", "2", "b3 c1", "[2 2 1]"}, got); diff != "" {
		t.Errorf("%v\n%s", diagnostics(g), diff)
	}
}

// TestJSON has the same configuration in both syntaxes.
func TestJSON(t *testing.T) {
	native := map[string]string{"main.tf": `
variable "v" {
  type    = object({ a = optional(string, "d"), b = list(number) })
  default = { b = ["1", 2] }
  validation {
    condition     = var.v.a != "d"
    error_message = "No ${var.v.a}."
  }
}
variable "u" {}
locals {
  l = ["x", "${var.v.a}-y", "$${z}", var.u]
  m = { k = { n = null, t = true, f = 1.5 }, "e.${1}" = "" }
}
resource "x" "r" {
  for_each = { a = 1, "b c" = 2 }
  v        = each.key
  w        = [local.l, local.m, var.v]
  t        = "%{ if each.value == 1 }one%{ else }other%{ endif }"
  b { v = each.value }
  b { v = 2 }
  c { v = "${path.module}" }
  dynamic "d" {
    for_each = local.l
    iterator = it
    content {
      v = it.value
      e { v = it.key }
    }
  }
}
module "m" {
  source = "./m"
  count  = 2
  in     = x.r["a"].id
}
resource "x" "s" { v = module.m[*].out }
data "d" "d" { v = 1 }
output "o" { value = 1 }
`}
	asJSON := map[string]string{"main.tf.json": `{
"//": "a comment",
"variable": {"v": {"type": "object({ a = optional(string, \"d\"), b = list(number) })", "default": {"b": ["1", 2]},
  "validation": {"condition": "${var.v.a != \"d\"}", "error_message": "No ${var.v.a}."}}, "u": {}},
"locals": {"l": ["x", "${var.v.a}-y", "$${z}", "${var.u}"], "m": {"k": {"n": null, "t": true, "f": 1.5}, "e.${1}": ""}},
"resource": [{"x": {"r": {"for_each": {"a": 1, "b c": 2}, "v": "${each.key}", "w": ["${local.l}", "${local.m}", "${var.v}"],
  "t": "%{ if each.value == 1 }one%{ else }other%{ endif }", "b": [{"v": "${each.value}"}, {"v": 2}], "c": {"v": "${path.module}"}, "//": "x",
  "dynamic": {"d": {"for_each": "${local.l}", "iterator": "it", "content": {"v": "${it.value}", "e": {"v": "${it.key}"}}}}}}},
  {"x": {"s": {"v": "${module.m[*].out}"}}}],
"module": {"m": {"source": "./m", "count": 2, "in": "${x.r[\"a\"].id}"}},
"data": {"d": {"d": {"v": 1}}},
"output": {"o": {"value": 1}}
}`}
	describe := func(files map[string]string) []string {
		files["m/a.tf"] = "variable \"in\" {}\noutput \"out\" { value = var.in }\nresource \"x\" \"r\" { v = var.in }\n"
		g := build(t, files)
		var out []string
		for _, r := range g.Resources {
			line := r.Addr.String()
			for _, name := range []string{"v", "w", "t"} {
				line += " " + text(r.Attr(name))
			}
			for _, typ := range []string{"b", "c", "d"} {
				for _, b := range r.Blocks(typ) {
					line += " " + typ + text(b.Attr("v"))
					for _, e := range b.Blocks("e") {
						line += " e" + text(e.Attr("v"))
					}
				}
			}
			out = append(out, line)
		}
		for _, d := range g.Diagnostics() {
			out = append(out, d.Summary+" "+d.Detail)
		}
		return out
	}
	want := describe(native)
	if diff := cmp.Diff(want, describe(asJSON)); diff != "" || len(want) < 7 {
		t.Errorf("native (-) and JSON (+), %d lines:\n%s", len(want), diff)
	}
}

// TestLargeNumbers has numbers that are short to write, and would take hours to be written out.
func TestLargeNumbers(t *testing.T) {
	for _, expr := range []string{
		`"a${1e99999999}"`, `{(1e99999999) = 1}`, `{1e99999999 = 1}`, `{for x in [1e99999999] : x => 1}`, `true ? 1e99999999 : "a"`,
		"upper(1e99999999)", `tolist([1e99999999, "a"])`, "{a = 1}[1e99999999]", `"${jsondecode("[1e99999999]")[0]}a"`,
		`"${yamldecode("a: 1e99999999").a}a"`, `"${"1e99999999" + 0}a"`, `"${-"1e99999999"}a"`, `"${1e3000 * 1e3000 * 1e3000 * 1e3000}a"`,
		`"${tonumber("1e99999999")}a"`, `"${1 / 1e-99999999}a"`, "-1e-99999999", `upper("1e99999999" * 1)`,
		`try("${1e99999999}a", 1)`, `templatestring(local.tpl, { x = "1e99999999" })`, `templatestring(local.big, {})`, `max("1e99999999", 1) == "1"`,
	} {
		g := build(t, map[string]string{
			"main.tf": "locals {\n  tpl = \"$${x * 1}a\"\n  big = \"$${1e9}$${1e99999999}\"\n}\n", "expr.tf": "resource \"x\" \"expr\" {\n  v = " + expr + "\n}\n",
		})
		for _, r := range g.Resources { // none if the file is refused
			if got := text(r.Attr("v")); !strings.HasPrefix(got, "?") {
				t.Errorf("%s: got %.60s", expr, got)
			}
		}
		if d := diagnostics(g); len(d) != 1 || !strings.HasSuffix(d[0], graph.LimitSummary) && !strings.HasSuffix(d[0], "A number is too large") {
			t.Errorf("%s: %v", expr, d)
		}
	}
	for expr, want := range map[string]string{
		`"${1e3 * "2"}"`: "2000", `"sha-${"7e123456"}"`: `"sha-7e123456"`, "-\"1\"": "-1", `1e3000 > 1`: "true", `{1e3 = 1}`: "{1000=1}",
	} {
		if got, g := value(t, "", expr); got != want {
			t.Errorf("%s: got %s, %v", expr, got, diagnostics(g))
		}
	}
}

func TestLimits(t *testing.T) {
	chain := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i, i+1)
		}
		return b.String()
	}
	modules := map[string]string{"main.tf": "module \"a\" {\n  source = \"./m0\"\n}\n"}
	const depth = 40
	for i := range depth {
		modules[fmt.Sprintf("m%d/a.tf", i)] = fmt.Sprintf("resource \"x\" \"r\" {}\nmodule \"a\" {\n  source = \"../m%d\"\n}\nmodule \"b\" {\n  source = \"../m%d\"\n}\n", i+1, i+1)
	}
	modules[fmt.Sprintf("m%d/a.tf", depth)] = "resource \"x\" \"r\" {}\n"
	bomb := func(expr string) map[string]string {
		return map[string]string{
			"main.tf": "locals {\n  x = " + expr + "\n}\nresource \"x\" \"r\" {\n  v = [local.x[0]]\n}\nresource \"x\" \"s\" {\n  v = upper(\"judged\")\n}\n",
			"t.tpl":   "%{ for x in n }${x + i}%{ endfor }",
		}
	}
	for name, files := range map[string]map[string]string{
		"instances":             {"main.tf": "resource \"x\" \"r\" {\n  count = 5001\n}\n"},
		"instances of modules":  {"main.tf": "module \"a\" {\n  source = \"./m\"\n  count = 100\n}\n", "m/a.tf": "resource \"x\" \"r\" {\n  count = 100\n}\n"},
		"modules of modules":    modules,
		"steps":                 {"main.tf": "resource \"x\" \"r\" {\n  v = length([for a in range(1000) : [for b in range(1000) : length([for c in range(1000) : c])]])\n}\n"},
		"depth":                 {"main.tf": "locals {\n" + chain(5000, "  l%d = [local.l%d]\n") + "  l5000 = 1\n}\nresource \"x\" \"r\" {\n  v = local.l0\n}\n"},
		"size of local values":  {"main.tf": "locals {\n" + chain(60, "  l%d = [local.l%d, local.l%[2]d]\n") + "  l60 = 1\n}\nresource \"x\" \"r\" {\n  v = local.l0\n}\n"},
		"size of attributes":    {"main.tf": chain(60, "resource \"x\" \"r%d\" {\n  v = [x.r%d.v, x.r%[2]d.v]\n}\n") + "resource \"x\" \"r60\" {\n  v = 1\n}\n"},
		"size of an expression": {"main.tf": "locals {\n  big = [for a in range(100) : range(1000)]\n}\nresource \"x\" \"r\" {\n  v = [for a in range(300) : local.big]\n}\n"},
		"size of a string":      {"main.tf": "locals {\n" + chain(60, "  l%d = \"${local.l%d}${local.l%[2]d}\"\n") + "  l60 = \"x\"\n}\nresource \"x\" \"r\" {\n  v = local.l0\n}\n"},
		"formats in a loop":     bomb(`[for i in range(1000) : format("%04000000d", i)]`),
		"products in a loop":    bomb(`[for i in range(100) : setproduct(range(400), range(400))]`),
		"merges in a loop":      bomb(`[for i in range(1000) : merge({ for k in range(500) : "k${k}" => k }, { a = i })]`),
		"merges of keys":        bomb(`[for i in range(9) : [for k, v in { for k in range(999) : "k${k}" => k } : merge({ for k in range(500) : "k${k}" => k }, { (k) = v })]]`),
		"templates in a loop":   bomb(`[for i in range(1000) : templatefile("t.tpl", { n = range(1000), i = i })]`),
		"tables in a loop":      bomb(`[for i in range(500) : csvdecode("${join(",", [for c in range(200) : "c${c}"])}\n${join("\n", [for r in range(200) : join(",", range(200))])}")]`),
		"hashes in a loop":      bomb(`[for i in range(1000) : [for j in range(1000) : sha512(format("%0100000d", 0))]]`),
		"choices in a loop":     bomb(`[for i in range(900) : i > 5 ? { for k in range(500) : "k${k}" => { for j in range(9) : "j${j}" => i } } : {}]`),
		"bodies of loops":       bomb("[for i in range(1000) : [for j in range(1000) : { a = [" + strings.Repeat("1, ", 2000) + "] }]]"),
		"yaml in a loop":        bomb(`[for i in range(1000) : yamldecode("a: &a [1,2,3,4,5,6,7,8]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c]")]`),
		"replaces in a loop":    bomb(`[for i in range(1000) : replace(format("%0300000d", i), "0", "xxxxxxxxxx")]`),
		"sets in a loop":        bomb(`[for i in range(1000) : setunion(toset([for k in range(1000) : "k${k}"]), [i])]`),
		"calls of functions":    {"main.tf": "resource \"x\" \"r\" {\n  v = join(\"\", [for a in range(1000) : join(\"\", [for b in range(1000): \"xxxxxxxxxxxxxxxx\"])])\n}\n"},
	} {
		t.Run(name, func(t *testing.T) {
			g := buildWithin(t, files, 5000, 100_000)
			if len(g.Resources) > 5000 {
				t.Errorf("%d instances", len(g.Resources))
			}
			if len(g.Resources) > 0 {
				_ = text(g.Resources[0].Attr("v"))
			}
			if strings.Contains(files["main.tf"], "judged") {
				if got := text(resource(t, g, "x.s").Attr("v")); got != `"JUDGED"` {
					t.Errorf("another resource has %s", got)
				}
			}
			for _, d := range g.Diagnostics() {
				if d.Summary == graph.LimitSummary && d.Subject != nil && d.Subject.Start.Line > 0 {
					return
				}
			}
			t.Errorf("no limit was reported: %v", diagnostics(g))
		})
	}
}

// What instances of a block have in common is evaluated once, and what tells them apart for each.
func TestCommonCostsOnce(t *testing.T) {
	const config = `
module "m" {
  source = "./m"
  count  = 2
  n      = count.index
}

resource "x" "r" {
  count  = 300
  common = [for each in range(1000) : upper("a${each}")]
  own    = "n${count.index}"

  b {
    common = join("", [for count in range(1000) : "b${count}"])
  }

  dynamic "d" {
    for_each = [1]
    content {
      common = join("", [for i in range(1000) : "d${i}"])
      own    = "n${d.value}"
    }
  }
}
`
	const child = "variable \"n\" {}\nresource \"x\" \"r\" {\n  own = \"n${var.n}\"\n}\n"
	g := buildWithin(t, map[string]string{"main.tf": config, "m/main.tf": child}, 5000, 100_000)
	for _, r := range g.Resources {
		key := r.Addr.Key
		if len(r.Addr.Module) > 0 {
			key = r.Addr.Module[0].Key
		} else {
			blocks := append(r.Blocks("b"), r.Blocks("d")...)
			if len(blocks) != 2 || !r.Attr("common").Known() || !blocks[0].Attr("common").Known() || !blocks[1].Attr("common").Known() {
				t.Fatalf("%s: %d blocks, %v", r.Addr, len(blocks), diagnostics(g))
			}
			if got := text(blocks[1].Attr("own")); got != `"n1"` {
				t.Errorf("the block of %s has %s", r.Addr, got)
			}
		}
		if got, want := text(r.Attr("own")), `"n`+strings.Trim(key.String(), "[]")+`"`; got != want {
			t.Errorf("%s has %s, want %s", r.Addr, got, want)
		}
	}
	if found := diagnostics(g); len(found) > 0 {
		t.Error(found)
	}
}

// TestFiles reads files in the root, and none outside.
func TestFiles(t *testing.T) {
	top := t.TempDir()
	write(t, top, map[string]string{
		"secret.txt": "secret", "in/a.txt": "a", "in/sub/b.txt": "b", "in/t.tpl": "<${x}>",
		"in/sub/main.tf": `resource "x" "r" {
  a = file("../a.txt")
  b = file("${path.module}/b.txt")
  c = file("../../secret.txt")
  d = try(file("../../secret.txt"), "failed")
  e = fileexists("../../secret.txt")
  f = fileset("..", "**/*.txt")
  g = templatefile("../t.tpl", { x = 1 })
  h = file("none.txt")
  i = file("/etc/hostname")
}
`,
	})
	g := buildIn(t, top+"/in", "sub")
	r := resource(t, g, "x.r")
	for name, want := range map[string]string{"a": `"a"`, "b": `"b"`, "c": "?", "d": "?", "e": "?", "f": `["a.txt" "sub/b.txt"]`, "g": `"<1>"`, "h": "?", "i": "?"} {
		got := text(r.Attr(name))
		if got != want && (want != "?" || !strings.HasPrefix(got, "? by ")) {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
	if d := diagnostics(g); len(d) != 1 || !strings.HasPrefix(d[0], "sub/main.tf:9:") {
		t.Errorf("got %v", d)
	}
}

// TestValidation reports a value that its variable refuses, and goes on with it.
func TestValidation(t *testing.T) {
	g := build(t, map[string]string{"main.tf": `variable "v" {
  default = "bad"
  validation {
    condition     = var.v != "bad"
    error_message = "It is ${var.v}."
  }
}
resource "x" "r" { v = var.v }
`})
	if got := text(resource(t, g, "x.r").Attr("v")); got != `"bad"` {
		t.Error(got)
	}
	d := g.Diagnostics()
	if len(d) != 1 || d.HasErrors() || d[0].Subject.Start.Line != 4 || !strings.Contains(d[0].Detail, "It is bad.") {
		t.Errorf("got %v", d)
	}
}

// TestOriginsOfWhole asks a data source for an attribute by a text: what decides is the data source, not every name that the
// configuration has.
func TestOriginsOfWhole(t *testing.T) {
	t.Parallel()
	g := build(t, map[string]string{"main.tf": `
data "d" "r" {
}
locals {
  fruit = { red = 1, green = 2 }
  pear  = local.fruit.red
  plum  = local.fruit.green
}
resource "x" "r" {
  v = lookup(one(data.d.r[*]), "prefixes", [])
}
`})
	origins := resource(t, g, "x.r").Attr("v").Origins()
	if len(origins) != 1 || !strings.HasPrefix(origins[0].Name, "data.d.r") {
		t.Errorf("decided by %v", origins)
	}
}
