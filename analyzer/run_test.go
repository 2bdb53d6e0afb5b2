package analyzer_test

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/adapter/all"
	"github.com/tfreach/tfreach/analyzer/reach"
	"github.com/tfreach/tfreach/rules"
)

// openGroup is a security group that lets everyone in to TCP 21.
func openGroup(name string) string {
	return "resource \"aws_security_group\" \"" + name + "\" {\n  ingress {\n    from_port   = 21\n    to_port     = 21\n    protocol    = \"tcp\"\n" +
		"    cidr_blocks = [\"0.0.0.0/0\"]\n  }\n}\n"
}

// folderOf makes files in a new folder of its own, which is a repository.
func folderOf(t *testing.T, files map[string]string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	files[".git/HEAD"] = "ref: refs/heads/main\n"
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func configOf(t *testing.T, paths ...string) analyzer.Config {
	t.Helper()
	port, err := rules.Parse("21")
	if err != nil {
		t.Fatal(err)
	}
	return analyzer.Config{Paths: paths, Rules: rules.For([]reach.Port{port}), Knowledge: all.Knowledge()}
}

func runOn(t *testing.T, c analyzer.Config) *analyzer.Result {
	t.Helper()
	r, err := analyzer.Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// exposed returns each finding of ftp-ingress-open as its place, resources and inputs.
func exposed(r *analyzer.Result) []string {
	var out []string
	for _, f := range r.Findings {
		if f.Rule.ID == "ftp-ingress-open" && f.Outcome == analyzer.Exposed {
			out = append(out, fmt.Sprintf("%s:%d %v in %v", f.At.Filename, f.At.Start.Line, f.Resources, f.Inputs))
		}
	}
	return out
}

func summaries(r *analyzer.Result) []string {
	var out []string
	for _, n := range r.Notices {
		out = append(out, fmt.Sprintf("%v %s:%d %s", n.Level, n.At.Filename, n.At.Start.Line, n.Summary))
	}
	return out
}

// TestSeveralPaths names one configuration in several ways.
func TestSeveralPaths(t *testing.T) {
	dir := folderOf(t, map[string]string{
		"envs/prod/main.tf": "module \"m\" {\n  source = \"../../modules/m\"\n}\n" + openGroup("g"), "envs/prod/other.tf": openGroup("h"),
		"envs/dev/main.tf": "module \"m\" {\n  source = \"../../modules/m\"\n}\n", "modules/m/main.tf": openGroup("inner"),
	})
	prod, dev := filepath.Join(dir, "envs", "prod"), filepath.Join(dir, "envs", "dev")
	inProd := []string{
		"envs/prod/main.tf:9 [aws_security_group.g] in [envs/prod]", "envs/prod/other.tf:6 [aws_security_group.h] in [envs/prod]",
	}
	inner := func(envs string) string {
		return "modules/m/main.tf:6 [module.m.aws_security_group.inner] in [" + envs + "]"
	}
	for _, tt := range []struct {
		name  string
		paths []string
		want  []string
	}{
		{"a folder", []string{prod}, append(slices.Clone(inProd), inner("envs/prod"))},
		{"twice", []string{prod, prod + string(filepath.Separator), filepath.Join(prod, "..", "prod")}, append(slices.Clone(inProd), inner("envs/prod"))},
		{"a file for its folder", []string{filepath.Join(prod, "other.tf")}, append(slices.Clone(inProd), inner("envs/prod"))},
		{"files and folder", []string{filepath.Join(prod, "other.tf"), prod, filepath.Join(prod, "main.tf")}, append(slices.Clone(inProd), inner("envs/prod"))},
		{"all", []string{dir}, append(slices.Clone(inProd), inner("envs/dev envs/prod"))},
		{"all and a part", []string{dir, dev}, append(slices.Clone(inProd), inner("envs/dev envs/prod"))},
		{"in another order", []string{prod, dev}, append(slices.Clone(inProd), inner("envs/dev envs/prod"))},
		{"a module by itself", []string{filepath.Join(dir, "modules")}, []string{"modules/m/main.tf:6 [aws_security_group.inner] in [modules/m]"}},
	} {
		r := runOn(t, configOf(t, tt.paths...))
		if diff := gocmp.Diff(tt.want, exposed(r)); diff != "" || !r.Complete() || r.Root != dir {
			t.Errorf("%s: root %s, %v\n%s", tt.name, r.Root, summaries(r), diff)
		}
	}
}

// TestTwoRepositories has places in the second relative to the first.
func TestTwoRepositories(t *testing.T) {
	first := folderOf(t, map[string]string{"main.tf": openGroup("a")})
	second := folderOf(t, map[string]string{"main.tf": openGroup("b") +
		"locals {\n  whole = aws_security_group.b\n}\nresource \"aws_security_group_rule\" \"r\" {\n  type = \"ingress\"\n  security_group_id = local.whole.id\n" +
		"  from_port = 21\n  to_port = 21\n  protocol = \"tcp\"\n  cidr_blocks = [\"0.0.0.0/0\"]\n}\n"})
	rel, err := filepath.Rel(first, second)
	if err != nil {
		t.Fatal(err)
	}
	place := filepath.ToSlash(filepath.Join(rel, "main.tf"))
	r := runOn(t, configOf(t, first, second))
	want := []string{
		place + ":6 [aws_security_group.b] in [" + filepath.ToSlash(rel) + "]", place + ":18 [aws_security_group_rule.r] in [" + filepath.ToSlash(rel) + "]",
		"main.tf:6 [aws_security_group.a] in [.]",
	}
	if diff := gocmp.Diff(want, exposed(r)); diff != "" || r.Root != first {
		t.Errorf("root %s, %v\n%s", r.Root, summaries(r), diff)
	}
	for _, name := range []string{"main.tf", place} {
		if !strings.Contains(string(r.Source(name, false).Uncovered()), "aws_security_group") {
			t.Errorf("%s has no text", name)
		}
	}
	if r.Source("none.tf", false) != nil {
		t.Error("a file that isn't there has text")
	}
	for _, f := range r.Findings {
		if f.Resources[0].Type == "aws_security_group_rule" && f.Scope != "aws_security_group.b" {
			t.Errorf("the rule is of %s", f.Scope)
		}
	}
}

// TestGroups makes one opening by many instances and callers.
func TestGroups(t *testing.T) {
	dir := folderOf(t, map[string]string{
		"a/main.tf": "module \"x\" {\n  source = \"../m\"\n  count = 2\n}\nmodule \"y\" {\n  source = \"../m\"\n  safe = true\n}\n",
		"b/main.tf": "module \"x\" {\n  source = \"../m\"\n}\n",
		"m/main.tf": "variable \"safe\" { default = false }\nresource \"aws_security_group\" \"g\" {\n  for_each = toset([\"p\", \"q\"])\n  ingress {\n" +
			"    from_port = 21\n    to_port = 21\n    protocol = \"tcp\"\n    cidr_blocks = [var.safe ? \"10.0.0.0/8\" : \"0.0.0.0/0\"]\n  }\n}\n",
	})
	r := runOn(t, configOf(t, dir))
	want := []string{`m/main.tf:8 [module.x.aws_security_group.g["p"] module.x.aws_security_group.g["q"] module.x[0].aws_security_group.g["p"] ` +
		`module.x[0].aws_security_group.g["q"] module.x[1].aws_security_group.g["p"] module.x[1].aws_security_group.g["q"]] in [a b]`}
	if diff := gocmp.Diff(want, exposed(r)); diff != "" {
		t.Error(diff)
	}
	if r.Resources != 8 {
		t.Errorf("%d resources", r.Resources)
	}
}

// TestOrderOfResult checks that what is in a result is ordered as documented, and doesn't depend on the order of paths.
func TestOrderOfResult(t *testing.T) {
	unknown := "variable \"v\" {}\nresource \"aws_security_group\" \"u\" {\n  ingress {\n    from_port = 21\n    to_port = 21\n    protocol = \"tcp\"\n" +
		"    cidr_blocks = [var.v]\n  }\n}\n"
	broad := strings.ReplaceAll(openGroup("broad"), "0.0.0.0/0", "8.0.0.0/8")
	files := map[string]string{}
	for _, name := range []string{"c", "a", "b"} {
		files[name+"/z.tf"] = unknown + openGroup("g2") + openGroup("g1")
		files[name+"/y.tf"] = broad + "locals {\n  x = [\n}\n"
	}
	dir := folderOf(t, files)
	var first string
	for _, order := range [][]string{{"a", "b", "c"}, {"c", "b", "a"}} {
		var paths []string
		for _, name := range order {
			paths = append(paths, filepath.Join(dir, name))
		}
		r := runOn(t, configOf(t, paths...))
		if len(r.Findings) < 9 || len(r.Notices) < 3 || r.Complete() {
			t.Fatalf("%d findings, %d notices, complete %t", len(r.Findings), len(r.Notices), r.Complete())
		}
		ordered := slices.IsSortedFunc(r.Findings, func(a, b analyzer.Finding) int {
			return cmp.Or(cmp.Compare(b.Level, a.Level), cmp.Compare(a.Outcome, b.Outcome), strings.Compare(a.At.Filename, b.At.Filename),
				cmp.Compare(a.At.Start.Byte, b.At.Start.Byte), strings.Compare(a.Rule.ID, b.Rule.ID))
		})
		if !ordered {
			t.Errorf("the findings are not ordered: %v", r.Findings)
		}
		text := ""
		for _, f := range r.Findings {
			text += fmt.Sprintln(f.Rule.ID, f.Outcome, f.At, f.Resources, f.Inputs, f.Message)
		}
		text += fmt.Sprintln(r.Notices)
		if first == "" {
			first = text
		}
		if diff := gocmp.Diff(first, text); diff != "" {
			t.Errorf("the order of paths matters:\n%s", diff)
		}
	}
}

// TestNotices says what was not analysed, and whether that makes the analysis partial.
func TestNotices(t *testing.T) {
	for _, tt := range []struct {
		name    string
		files   map[string]string
		want    []string
		partial bool
	}{
		{"nothing to say", map[string]string{"main.tf": openGroup("g")}, nil, false},
		{"a broken file", map[string]string{"main.tf": openGroup("g"), "z.tf": "locals {\n  a = [\n"}, []string{"error z.tf:3 Missing expression"}, true},
		{
			"examples",
			map[string]string{"main.tf": openGroup("g"), "examples/x/main.tf": openGroup("h")},
			[]string{"note .:1 Examples and tests are not analysed"},
			false,
		},
		{
			"a module that isn't installed",
			map[string]string{"main.tf": openGroup("g") + "module \"m\" {\n  source = \"ns/name/aws\"\n}\n"},
			[]string{"warning main.tf:10 A module is not installed"},
			false,
		},
		{
			"a module outside",
			map[string]string{"main.tf": openGroup("g") + "module \"m\" {\n  source = \"../../none\"\n}\n"},
			[]string{"error main.tf:10 A module can't be read"},
			true,
		},
		{
			"a limit",
			map[string]string{"main.tf": openGroup("g") + "resource \"aws_security_group\" \"h\" {\n  count = 1000000\n}\n"},
			[]string{"error main.tf:10 The configuration exceeds a limit"},
			true,
		},
		{
			"a manifest",
			map[string]string{"main.tf": openGroup("g"), ".terraform/modules/modules.json": "{"},
			[]string{"warning .terraform/modules/modules.json:1 The list of installed modules can't be read"},
			false,
		},
		{"values", map[string]string{"main.tf": openGroup("g"), "terraform.tfvars": "a = [\n"}, []string{"error terraform.tfvars:2 Missing expression"}, true},
		{
			"a deep file",
			map[string]string{"main.tf": openGroup("g"), "z.tf": "locals {\n  a = " + strings.Repeat("!", 20_000) + "true\n}\n"},
			[]string{"error z.tf:2 The file nests too deeply"},
			true,
		},
		{
			"a reference to nothing",
			map[string]string{"main.tf": openGroup("g") + "resource \"aws_security_group\" \"h\" {\n  ingress = local.none\n}\n"},
			[]string{"error main.tf:10 Reference to something that is not declared"},
			true,
		},
	} {
		r := runOn(t, configOf(t, folderOf(t, tt.files)))
		if diff := gocmp.Diff(tt.want, summaries(r)); diff != "" || r.Complete() == tt.partial {
			t.Errorf("%s: complete %t\n%s", tt.name, r.Complete(), diff)
		}
		if len(exposed(r)) != 1 {
			t.Errorf("%s: the rest was not analysed: %v", tt.name, exposed(r))
		}
	}
}

func TestRunRefuses(t *testing.T) {
	dir := folderOf(t, map[string]string{"tf/main.tf": openGroup("g"), "none/a.txt": "x", "bad.tfvars": "a = [", "not-a-plan.json": "{}", "binary": "\x7fELF\x00\x01"})
	for name, change := range map[string]func(*analyzer.Config){
		"no such path":         func(c *analyzer.Config) { c.Paths = []string{filepath.Join(dir, "gone")} },
		"no Terraform":         func(c *analyzer.Config) { c.Paths = []string{filepath.Join(dir, "none")} },
		"one of several":       func(c *analyzer.Config) { c.Paths = append(c.Paths, filepath.Join(dir, "gone")) },
		"not a plan":           func(c *analyzer.Config) { c.Paths = []string{filepath.Join(dir, "not-a-plan.json")} },
		"a binary":             func(c *analyzer.Config) { c.Paths = []string{filepath.Join(dir, "binary")} },
		"an empty name":        func(c *analyzer.Config) { c.Paths = []string{""} },
		"a value without name": func(c *analyzer.Config) { c.Vars = []analyzer.Var{{Assign: "x"}} },
		"no such values":       func(c *analyzer.Config) { c.Vars = []analyzer.Var{{File: filepath.Join(dir, "gone.tfvars")}} },
		"bad values":           func(c *analyzer.Config) { c.Vars = []analyzer.Var{{File: filepath.Join(dir, "bad.tfvars")}} },
	} {
		c := configOf(t, filepath.Join(dir, "tf"))
		change(&c)
		if r, err := analyzer.Run(t.Context(), c); err == nil {
			t.Errorf("%s: no error, %v", name, summaries(r))
		}
	}
}

// TestConfigStays checks that a run does not change its configuration.
func TestConfigStays(t *testing.T) {
	dir := folderOf(t, map[string]string{"b/main.tf": "variable \"v\" {}\n" + openGroup("g"), "a/main.tf": openGroup("g")})
	c := configOf(t, filepath.Join(dir, "b"), filepath.Join(dir, "a"), dir)
	c.Vars = []analyzer.Var{{Assign: "v=1"}, {Assign: "v=2"}}
	c.Env = []string{"TF_VAR_v=3", "HOME=/x"}
	paths, vars, env, ids := slices.Clone(c.Paths), slices.Clone(c.Vars), slices.Clone(c.Env), []string{}
	for _, rule := range c.Rules {
		ids = append(ids, rule.ID)
	}
	types := map[int][]string{}
	for i, a := range c.Knowledge.Adapters {
		types[i] = slices.Clone(a.Types)
	}
	first := runOn(t, c)
	second := runOn(t, c)
	if !slices.Equal(paths, c.Paths) || !slices.Equal(vars, c.Vars) || !slices.Equal(env, c.Env) {
		t.Errorf("got %v, %v, %v", c.Paths, c.Vars, c.Env)
	}
	for i, rule := range c.Rules {
		if rule.ID != ids[i] {
			t.Errorf("rule %d is %s", i, rule.ID)
		}
	}
	for i, a := range c.Knowledge.Adapters {
		if !slices.Equal(types[i], a.Types) {
			t.Errorf("adapter %d reads %v", i, a.Types)
		}
	}
	if diff := gocmp.Diff(exposed(first), exposed(second)); diff != "" {
		t.Error(diff)
	}
}
