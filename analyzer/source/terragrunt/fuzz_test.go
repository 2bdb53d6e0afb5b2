package terragrunt_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/tfreach/tfreach/analyzer/source/terragrunt"
)

// FuzzUnit reads text as a unit, as what that includes, as another file that it reads, and as a stack: never a panic, always
// an end, each error with a place, and the same result twice.
func FuzzUnit(f *testing.F) {
	files, err := filepath.Glob("../../../fixtures/language/terragrunt*/live/*/*/terragrunt.hcl")
	if err != nil || len(files) == 0 {
		f.Fatal("there are no fixtures: ", err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text), `locals { a = read_terragrunt_config("ftp/terragrunt.hcl").inputs }`+"\ninputs = { b = local.a }")
	}
	f.Add(`{"include": {"root": {"path": "${find_in_parent_folders(\"root.hcl\")}"}}, "inputs": {"a": "b"}}`, `inputs = { a = [1] }`)
	f.Add("unit \"a\" {\n source = \"../x\"\n path = \"a\"\n values = { b = unit.a.path }\n}", `inputs = values`)
	f.Add("locals { g = { a = { path = \"a.tf\", contents = \"\" } } }\ngenerate = local.g\nremote_state { backend = \"s3\"\n config = { key = get_path_from_repo_root() } }", `dependency "a" { config_path = "../ftp" }
inputs = deep_merge({ a = [1] }, try(dependency.a.outputs, {}), { a = [2] })`)
	f.Add("stack \"a\" {\n source = \"../ftp\"\n path = \"a\"\n}", `inputs = values`)
	f.Fuzz(func(t *testing.T, unit, other string) {
		read := func() string {
			tree := treeOf(map[string]string{
				"root.hcl": other, "ftp/terragrunt.hcl": unit, "ftp/terragrunt.stack.hcl": unit, "json/terragrunt.hcl.json": unit,
				"x/terragrunt.hcl": other, "x/main.tf": "", "x/a.tfvars": other,
			})
			var out string
			places := []terragrunt.Place{{Tree: tree, Dir: "ftp"}, {Tree: tree, Dir: "json"}, {Tree: tree, Dir: "x"}}
			stack := terragrunt.ReadStack(tree, "ftp", world())
			diags := stack.Diags
			for _, p := range append(places, stack.Units[:min(len(stack.Units), 10)]...) {
				u := terragrunt.Evaluate(p, world())
				for _, s := range append(append(u.Inputs, u.Env...), u.Args...) {
					_ = s.Value.Expression()
				}
				l := u.Layer()
				if u.Module != "" {
					diags = append(diags, p.Tree.With(l).Module(u.Module).Diags...)
				}
				out += fmt.Sprintln(u.Module, u.Source, u.Read, shown(u), len(l.Texts))
				diags = append(diags, u.Diags...)
			}
			for _, d := range diags {
				if d.Subject == nil || d.Subject.Filename == "" {
					t.Errorf("no place: %v", d)
				}
				out += fmt.Sprintln(d)
			}
			return out
		}
		if first, second := read(), read(); first != second {
			t.Errorf("the first time:\n%s\nthe second time:\n%s", first, second)
		}
	})
}
