package analyzer_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/adapter/all"
	"github.com/tfreach/tfreach/analyzer/reach"
	"github.com/tfreach/tfreach/analyzer/trials"
	"github.com/tfreach/tfreach/rules"
)

// FuzzConfig analyses random configurations that parse: never a panic, always an end, and the same result twice.
func FuzzConfig(f *testing.F) {
	for i := range 64 {
		seed := make([]byte, 40+8*i)
		for j := range seed {
			seed[j] = byte((i + 3) * (j + 7) * (j + i) >> 2)
		}
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		twice(t, configuration(data))
	})
}

// FuzzText analyses the configurations of the fixtures with changes that break them in all ways.
func FuzzText(f *testing.F) {
	mains, err := filepath.Glob("../fixtures/*/*/main.tf")
	if err != nil || len(mains) == 0 {
		f.Fatal("there are no fixtures: ", err)
	}
	for _, name := range mains {
		if !trials.Chosen(name, 4) {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		twice(t, map[string]string{"main.tf": text})
	})
}

// twice analyses a configuration twice and compares the results.
func twice(t *testing.T, files map[string]string) {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	first := describe(t, fsys, ".")
	if second := describe(t, fsys, "."); first != second {
		t.Fatalf("the second time differs from the first:\n%s", cmp.Diff(first, second))
	}
}

// describe tells the result of a folder, on disk if fsys is nil.
func describe(t *testing.T, fsys fs.FS, dir string) string {
	t.Helper()
	port, err := rules.Parse("21")
	if err != nil {
		t.Fatal(err)
	}
	r, err := analyzer.Run(t.Context(), analyzer.Config{
		Paths: []string{dir}, Files: fsys, Rules: rules.For([]reach.Port{port}), Knowledge: all.Knowledge(), KeepRules: true,
	})
	if err != nil {
		return err.Error()
	}
	var b strings.Builder
	for _, i := range r.Ingress() {
		fmt.Fprintln(&b, i.Resource, i.Scope.Name, i.Traffic, i.At)
	}
	for _, f := range r.Findings {
		fmt.Fprintln(&b, f.Rule.ID, f.Outcome, f.Level, f.Resources, f.Inputs, f.Scope, f.At, f.Related, f.Message, f.Opening(), f.Fix, f.Decides)
	}
	for _, n := range r.Notices {
		fmt.Fprintln(&b, n)
	}
	return b.String()
}

// writer writes a configuration that bytes choose. Without bytes it chooses what is short.
type writer struct {
	data  []byte
	out   strings.Builder
	names []string // of each, count and iterators
	depth int
}

func (w *writer) pick(n int) int {
	if len(w.data) == 0 {
		return 0
	}
	b := w.data[0]
	w.data = w.data[1:]
	return int(b) % n
}

func (w *writer) one(of ...string) string { return of[w.pick(len(of))] }

func (w *writer) printf(format string, args ...any) { fmt.Fprintf(&w.out, format, args...) }

// configuration returns the files of a configuration.
func configuration(data []byte) map[string]string {
	w := &writer{data: data}
	files := map[string]string{}
	w.module(true)
	files["main.tf"] = w.out.String()
	if w.pick(2) == 1 {
		w.out.Reset()
		w.module(false)
		files["mod/main.tf"] = w.out.String()
	}
	if w.pick(3) == 1 {
		w.out.Reset()
		w.block()
		files["x_override.tf"] = w.out.String()
	}
	if w.pick(3) == 1 {
		w.out.Reset()
		w.printf("v0 = %s\nv1 = %s\n", w.expr(), w.expr())
		files["terraform.tfvars"] = w.out.String()
	}
	return files
}

func (w *writer) module(calls bool) {
	for range 2 + w.pick(10) {
		w.block()
		if calls && w.pick(4) == 1 {
			w.printf("module %q {\n  source = %q\n", w.one("m", "n"), w.one("./mod", "./mod", "./none", ".", "a/b/c"))
			w.repeat()
			w.printf("  v0 = %s\n  v1 = %s\n}\n", w.expr(), w.expr())
			w.names = nil
		}
	}
}

// repeat writes a count or for_each, or neither.
func (w *writer) repeat() {
	switch w.pick(4) {
	case 1:
		w.printf("  count = %s\n", w.expr())
		w.names = []string{"count.index"}
	case 2:
		w.printf("  for_each = %s\n", w.expr())
		w.names = []string{"each.key", "each.value", "each.value.a"}
	case 3:
		w.printf("  for_each = %s\n", w.one(`toset(["a", "b"])`, `{a = 1, "b c" = {a = 2}}`, "toset(var.v0)", "{(var.v0) = 1, b = 2}", "local.l0"))
		w.names = []string{"each.key", "each.value"}
	}
}

func (w *writer) block() {
	switch w.pick(8) {
	case 0:
		w.printf("locals {\n  %s = %s\n}\n", w.one("l0", "l1", "l2", "l3"), w.expr())
	case 1:
		w.printf("variable %q {\n", w.one("v0", "v1", "v2"))
		if w.pick(2) == 1 {
			w.printf("  type = %s\n", w.one("string", "any", "list(string)", "map(any)", "set(number)", "bool",
				`object({a = optional(string, "d"), b = optional(object({c = optional(list(number), [1])}), {})})`,
				"map(object({a = optional(any)}))", "tuple([string, any])"))
		}
		if w.pick(2) == 1 {
			w.printf("  default = %s\n", w.expr())
		}
		w.printf("  %s\n", w.one("", "nullable = false", "sensitive = true", "validation {\n condition = var.v0 != null\n error_message = \"${var.v1}\"\n}"))
		w.printf("}\n")
	case 2:
		w.printf("output %q {\n  value = %s\n}\n", w.one("o0", "o1"), w.expr())
	case 3:
		w.printf("data \"aws_ip_ranges\" \"d\" {\n")
		w.repeat()
		w.printf("  regions = %s\n}\n", w.expr())
		w.names = nil
	case 4:
		w.printf("resource \"aws_security_group_rule\" %q {\n", w.one("r", "s"))
		w.repeat()
		w.printf("  type = %s\n  security_group_id = %s\n", w.one(`"ingress"`, w.expr()), w.one("aws_security_group.g.id", w.expr()))
		w.rule()
		w.printf("}\n")
		w.names = nil
	default:
		w.printf("resource \"aws_security_group\" %q {\n", w.one("g", "h"))
		w.repeat()
		switch w.pick(4) {
		case 1:
			w.printf("  ingress = %s\n", w.expr())
		case 2:
			iterator := w.one("ingress", "i", "each")
			w.printf("  dynamic \"ingress\" {\n    for_each = %s\n    iterator = %s\n    content {\n", w.expr(), iterator)
			outer := w.names
			w.names = append(slices.Clip(w.names), iterator+".key", iterator+".value", iterator+".value.a")
			w.rule()
			w.names = outer
			w.printf("    }\n  }\n")
		default:
			for range w.pick(3) {
				w.printf("  ingress {\n")
				w.rule()
				w.printf("  }\n")
			}
		}
		w.printf("}\n")
		w.names = nil
	}
}

func (w *writer) rule() {
	w.printf("  from_port = %s\n  to_port = %s\n", w.one("21", "0", w.expr()), w.one("21", "65535", w.expr()))
	w.printf("  protocol = %s\n  cidr_blocks = %s\n", w.one(`"tcp"`, `-1`, w.expr()), w.one(`["0.0.0.0/0"]`, w.expr()))
}

func (w *writer) expr() string {
	if w.depth > 4 {
		return w.one("1", `"a"`, "null", "var.v0", "local.l0")
	}
	w.depth++
	defer func() { w.depth-- }()
	switch w.pick(24) {
	case 0:
		return w.one("1", "0", "21", "-1", "1.5", "1e99999", "30", "600000", "9999999999999999999999", `("1e99999999" * 1)`)
	case 1:
		return w.one(`"a"`, `""`, `"0.0.0.0/0"`, `"10.0.0.0/8"`, `"é\u0000$${"`, `"21"`, `"true"`, "null", "true", "false")
	case 2, 3:
		return w.one("var.v0", "var.v1", "var.v2", "var.none", "var.v0.a", "var.v1[0]", `var.v0["a"]`)
	case 4, 5:
		return w.one("local.l0", "local.l1", "local.l2", "local.l3", "local.none", "local.l0.a", "local.l1[*]")
	case 6:
		return w.one("aws_security_group.g.id", "aws_security_group.h", "aws_security_group.g[0].name", "aws_security_group.g[*].id",
			`aws_security_group.h["a"].ingress`, "aws_security_group_rule.r.cidr_blocks", "aws_none.x.id", "aws_security_group.g.ingress[0].from_port")
	case 7:
		return w.one("module.m.o0", "module.m", "module.n[0].o1", `module.n["a"].o0`, "module.m[*].o0", "module.none.o0", "values(module.m)[*].o0")
	case 8:
		return w.one("data.aws_ip_ranges.d.cidr_blocks", "data.aws_ip_ranges.d", "data.aws_ip_ranges.d[0].regions", "path.module",
			"path.none", "terraform.workspace", "each.key", "count.index", "self.id", "each.value", "data.x")
	case 9:
		if len(w.names) > 0 {
			return w.names[w.pick(len(w.names))]
		}
		return "x"
	case 10, 11:
		return "[" + w.expr() + ", " + w.expr() + "]"
	case 12, 13:
		return "{a = " + w.expr() + ", " + w.one("b", `"c d"`, "(local.l1)", "(var.v0)") + " = " + w.expr() + "}"
	case 14:
		return "(" + w.expr() + " ? " + w.expr() + " : " + w.expr() + ")"
	case 15:
		return w.expr() + w.one(" + ", " == ", " != ", " && ", " < ", " / ", " % ") + w.one("1", "null", "true", w.expr())
	case 16:
		return w.one("!", "-") + w.one("(", "(1 + ") + w.expr() + ")"
	case 17:
		return `"` + w.one("a", "${each.key}", "%{ if true }b%{ endif }") + "${" + w.expr() + `}"`
	case 18:
		outer := w.names
		w.names = append(slices.Clip(outer), "x", "k", "x.a")
		defer func() { w.names = outer }()
		return w.one("[for x in ", "[for k, x in ") + w.expr() + " : " + w.expr() + w.one("", " if "+w.expr()) + "]"
	case 19:
		outer := w.names
		w.names = append(slices.Clip(outer), "x", "k", "x.a")
		defer func() { w.names = outer }()
		return "{for k, x in " + w.expr() + " : " + w.expr() + " => " + w.expr() + w.one("", "...") + "}"
	case 20:
		return "(" + w.expr() + ")" + w.one("[*]", ".a", "[0]", "[*].a", ".*.a", "[local.l0]", `["a"]`)
	case 21:
		return w.one("toset", "tolist", "tomap", "length", "keys", "values", "flatten", "jsonencode", "jsondecode", "yamlencode", "sensitive",
			"nonsensitive", "tostring", "one", "compact", "sum", "upper", "distinct", "sort", "file", "provider::a::b", "none", "can", "range") +
			"(" + w.expr() + ")"
	case 22:
		return w.one("concat", "merge", "try", "lookup", "coalesce", "contains", "zipmap", "setproduct", "setunion", "element", "join", "split",
			"format", "cidrsubnet", "range", "templatefile", "templatestring", "formatlist", "chunklist") + "(" + w.expr() + ", " + w.expr() + ")"
	default:
		return w.one("{}", "[]", "[{}]", `[{from_port = 21, to_port = 21, protocol = "tcp", cidr_blocks = ["0.0.0.0/0"]}]`, "timestamp()", "[null]", "{a = null}")
	}
}
