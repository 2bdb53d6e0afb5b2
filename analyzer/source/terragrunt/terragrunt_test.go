package terragrunt_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/tfreach/tfreach/analyzer/source"
	"github.com/tfreach/tfreach/analyzer/source/terragrunt"
)

// unit evaluates the unit in a folder of files.
func unit(t *testing.T, dir string, files map[string]string) *terragrunt.Unit {
	t.Helper()
	return terragrunt.Evaluate(terragrunt.Place{Tree: treeOf(files), Dir: dir}, world())
}

func treeOf(files map[string]string) *source.Tree {
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return source.NewTree(fsys)
}

// world is one in which what isn't known is marked with its name.
func world() terragrunt.World {
	return terragrunt.World{Unknown: func(name string, _ hcl.Range) cty.Value { return cty.DynamicVal.Mark(name) }}
}

// TestStacks checks the units that stacks make. The results are those of Terragrunt itself.
func TestStacks(t *testing.T) {
	catalog := func(more map[string]string) map[string]string {
		files := map[string]string{
			"catalog/ftp/terragrunt.hcl": "inputs = { cidr = values.cidr, port = try(values.port, 21) }",
			"root.hcl":                   `inputs = { at = path_relative_to_include() }`,
		}
		maps.Copy(files, more)
		return files
	}
	for _, test := range []struct {
		name  string
		files map[string]string
		want  map[string]string
	}{
		{"values", catalog(map[string]string{"live/terragrunt.stack.hcl": `unit "ftp" {
  source = "../catalog/ftp"
  path   = "ftp"
  values = { cidr = "0.0.0.0/0" }
}`}), map[string]string{"live/.terragrunt-stack/ftp": `{"cidr":"0.0.0.0/0","port":21}`}},
		{"values of the source's own", catalog(map[string]string{
			"catalog/ftp/terragrunt.values.hcl": `cidr = "192.0.2.0/24"`,
			"live/terragrunt.stack.hcl": `unit "ftp" {
  source                  = "../catalog/ftp"
  path                    = "a/b"
  no_dot_terragrunt_stack = true
}`,
		}), map[string]string{"live/a/b": `{"cidr":"192.0.2.0/24","port":21}`}},
		{"put over it", catalog(map[string]string{"live/terragrunt.stack.hcl": `unit "ftp" {
  source = "../catalog/ftp"
  path   = "ftp"
  values = { cidr = "0.0.0.0/0" }
  autoinclude {
    inputs = { cidr = "192.0.2.0/24" }
  }
}`}), map[string]string{"live/.terragrunt-stack/ftp": `{"cidr":"192.0.2.0/24","port":21}`}},
		{"stacks in stacks", catalog(map[string]string{
			"live/terragrunt.stack.hcl": `stack "dev" {
  source = "../catalog/env"
  path   = "dev"
  values = { env = "dev" }
}`,
			"catalog/env/terragrunt.stack.hcl": `locals { open = values.env == "dev" ? "10.0.0.0/8" : "0.0.0.0/0" }
unit "ftp" {
  source = "${get_repo_root()}/catalog/ftp"
  path   = "ftp"
  values = { cidr = local.open }
}`,
		}), map[string]string{"live/.terragrunt-stack/dev/.terragrunt-stack/ftp": `{"cidr":"10.0.0.0/8","port":21}`}},
		{"what is around it", catalog(map[string]string{
			"catalog/ftp/terragrunt.hcl": `include "root" {
  path = find_in_parent_folders("root.hcl")
}`,
			"live/terragrunt.stack.hcl": `unit "ftp" {
  source = "../catalog/ftp"
  path   = "ftp"
}`,
		}), map[string]string{"live/.terragrunt-stack/ftp": `{"at":"live/.terragrunt-stack/ftp"}`}},
		{"the paths of others", catalog(map[string]string{
			"catalog/ftp/terragrunt.hcl": `inputs = { net = values.net }`, "catalog/net/terragrunt.hcl": "",
			"live/terragrunt.stack.hcl": `unit "net" {
  source = "../catalog/net"
  path   = "n"
}
unit "ftp" {
  source = "../catalog/ftp"
  path   = "f"
  values = { net = unit.net.path }
}`,
		}), map[string]string{"live/.terragrunt-stack/f": `{"net":"/live/.terragrunt-stack/n"}`, "live/.terragrunt-stack/n": `{}`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			stack := terragrunt.ReadStack(treeOf(test.files), "live", world())
			got := map[string]string{}
			diags := stack.Diags
			for _, p := range stack.Units {
				u := terragrunt.Evaluate(p, world())
				got[p.Dir] = shown(u)
				diags = append(diags, u.Diags...)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff, diags)
			}
		})
	}
}

// shown prints inputs as JSON, and those that aren't known as what decides them.
func shown(u *terragrunt.Unit) string {
	out := map[string]json.RawMessage{}
	for _, in := range u.Inputs {
		raw, marks := in.Value.V.UnmarkDeep()
		if !raw.IsWhollyKnown() {
			var names []string
			for m := range marks {
				names = append(names, fmt.Sprint(m))
			}
			slices.Sort(names)
			out[in.Name], _ = json.Marshal("?" + strings.Join(names, ","))
			continue
		}
		out[in.Name], _ = ctyjson.Marshal(raw, raw.Type())
	}
	if u.OpenInputs != nil {
		out["…"] = json.RawMessage("true")
	}
	text, _ := json.Marshal(out)
	return string(text)
}

// TestFunctions checks what functions return in the places where they may stand. The results are those that Terragrunt
// itself gave for such a repository.
func TestFunctions(t *testing.T) {
	repository := func(extra map[string]string) map[string]string {
		files := map[string]string{
			"root.hcl":         "",
			"prod/env.hcl":     `locals { name = "prod" }`,
			"shared/rules.yml": "ftp:\n  port: 21\n",
			"data/x.txt":       "here",
			"prod/ftp/main.tf": `variable "v" {}`,
		}
		maps.Copy(files, extra)
		return files
	}
	const including = `include "root" {
  path   = find_in_parent_folders("root.hcl")
  expose = true
}
`
	const both = including + `include "env" {
  path = find_in_parent_folders("env.hcl")
}
`
	for _, test := range []struct{ name, root, unit, other, want string }{
		{name: "a file above", unit: `inputs = { v = find_in_parent_folders("root.hcl") }`, want: `{"v":"/root.hcl"}`},
		{name: "above the unit, asked in what it includes", root: `inputs = { v = find_in_parent_folders("env.hcl") }`, unit: including, want: `{"v":"/prod/env.hcl"}`},
		{name: "above the file that is read", unit: `inputs = { v = read_terragrunt_config("../../other.hcl").inputs.v }`, other: `inputs = { v = find_in_parent_folders("env.hcl", "none") }`, want: `{"v":"none"}`},
		{name: "the own folder isn't above", unit: `inputs = { v = try(find_in_parent_folders("terragrunt.hcl"), "no") }`, want: `{"v":"no"}`},
		{name: "nothing above", unit: `inputs = { v = find_in_parent_folders("nope.hcl", "fb.hcl") }`, want: `{"v":"fb.hcl"}`},
		{name: "a folder above", unit: `inputs = { v = [find_in_parent_folders("shared"), find_in_parent_folders("shared/rules.yml")] }`, want: `{"v":["/shared","/shared/rules.yml"]}`},
		{name: "relative to what includes, there", root: `inputs = { v = path_relative_to_include() }`, unit: including, want: `{"v":"prod/ftp"}`},
		{name: "relative to the only include", unit: including + `inputs = { v = path_relative_to_include() }`, want: `{"v":"prod/ftp"}`},
		{name: "relative to one of two", unit: both + `inputs = { v = [path_relative_to_include("root"), path_relative_to_include("env")] }`, want: `{"v":["prod/ftp","ftp"]}`},
		{name: "relative to neither of two", unit: both + `inputs = { v = try(path_relative_to_include(), "error") }`, want: `{"v":"error"}`},
		{name: "relative to nothing", unit: `inputs = { v = [path_relative_to_include(), path_relative_from_include()] }`, want: `{"v":[".","."]}`},
		{name: "relative to nothing in a file that is read", unit: including + `inputs = { v = read_terragrunt_config("../../other.hcl").inputs.v }`, other: `inputs = { v = path_relative_to_include() }`, want: `{"v":"."}`},
		{name: "from what includes", root: `inputs = { v = path_relative_from_include() }`, unit: including, want: `{"v":"../.."}`},
		{name: "the unit's folder", root: `inputs = { v = get_terragrunt_dir() }`, unit: including, want: `{"v":"/prod/ftp"}`},
		{name: "the parent's folder", root: `inputs = { v = get_parent_terragrunt_dir() }`, unit: including + `inputs = { w = get_parent_terragrunt_dir() }`, want: `{"v":"/","w":"/"}`},
		{name: "no parent's folder", unit: `inputs = { v = get_parent_terragrunt_dir() }`, want: `{"v":"/prod/ftp"}`},
		{name: "folders in a file that is read", unit: `inputs = { v = read_terragrunt_config("../../other.hcl").inputs.v }`, other: `inputs = { v = [get_terragrunt_dir(), get_original_terragrunt_dir()] }`, want: `{"v":["/","/prod/ftp"]}`},
		{name: "the repository", unit: `inputs = { v = [get_repo_root(), get_path_from_repo_root(), get_path_to_repo_root()] }`, want: `{"v":["/","prod/ftp","../.."]}`},
		{name: "the environment", unit: `inputs = { v = get_env("OFFICE", "10.0.0.0/8") }`, want: `{"v":"?get_env(\"OFFICE\")"}`},
		{name: "a command", unit: `locals { v = run_cmd("--terragrunt-quiet", "echo") }` + "\n" + `inputs = { v = local.v }`, want: `{"v":"?run_cmd(\"--terragrunt-quiet\")"}`},
		{name: "a file beside the one that asks for it", root: `inputs = { v = file("data/x.txt") }`, unit: including, want: `{"v":"here"}`},
		{name: "values as text", unit: `inputs = { v = read_tfvars_file("../../other.hcl"), w = jsondecode(read_tfvars_file("../../other.hcl")).port }`, other: "port = 21", want: `{"v":"{\"port\":21}","w":21}`},
		{name: "YAML", unit: `locals { v = yamldecode(file(find_in_parent_folders("shared/rules.yml"))).ftp.port }` + "\n" + `inputs = { v = local.v }`, want: `{"v":21}`},
		{name: "a unit that is read has its includes", root: `inputs = { r = "root" }`, unit: `inputs = read_terragrunt_config("../other").inputs`, other: "", want: `{"o":"other","r":"root"}`},
		{name: "a default for what isn't there", unit: `inputs = read_terragrunt_config("no.hcl", { inputs = { z = 1 } }).inputs`, want: `{"z":1}`},
		{name: "words and versions", unit: `inputs = { v = [startswith("ab", "a"), endswith("ab", "a"), strcontains("ab", "b"), constraint_check("1.2.3", ">= 2.0.0")] }`, want: `{"v":[true,false,true,false]}`},
		{name: "commands", unit: `inputs = { v = get_terraform_commands_that_need_vars() }`, want: `{"v":["apply","console","destroy","import","plan","push","refresh"]}`},
		{name: "deep merges", unit: `inputs = { v = deep_merge({ l = ["a"], m = { x = 1 } }, null, { l = ["b"], m = { y = 2 } }) }`, want: `{"v":{"l":["a","b"],"m":{"x":1,"y":2}}}`},
		{name: "a flag has its default", unit: "feature \"open\" {\n default = false\n}\n" + `locals { v = feature.open.value ? "0.0.0.0/0" : "10.0.0.0/8" }` + "\n" + `inputs = { v = local.v }`, want: `{"v":"10.0.0.0/8"}`},
		{name: "mocks are no values", unit: "dependency \"vpc\" {\n config_path = \"../vpc\"\n mock_outputs = { id = \"m\" }\n}\n" + `inputs = { v = dependency.vpc.outputs.id }`, want: `{"v":"?dependency.vpc.outputs.id"}`},
		{name: "mocks that stand for outputs", unit: "dependency \"vpc\" {\n config_path = \"../vpc\"\n skip_outputs = true\n mock_outputs = { id = \"m\" }\n}\n" + `inputs = { v = dependency.vpc.outputs.id }`, want: `{"v":"m"}`},
		{name: "mocks of what isn't enabled", unit: "dependency \"vpc\" {\n config_path = \"../vpc\"\n enabled = false\n mock_outputs = { id = \"m\" }\n}\n" + `inputs = { v = dependency.vpc.outputs.id }`, want: `{"v":"m"}`},
		{name: "no outputs, and no mocks", unit: "dependency \"vpc\" {\n config_path = \"../vpc\"\n skip_outputs = true\n}\n" + `inputs = { v = try(dependency.vpc.outputs.id, "none") }`, want: `{"v":"none"}`},
		{name: "outputs that may be skipped", unit: "dependency \"vpc\" {\n config_path = \"../vpc\"\n skip_outputs = get_env(\"X\", \"\") == \"1\"\n mock_outputs = { id = \"m\" }\n}\n" + `inputs = { v = dependency.vpc.outputs.id }`, want: `{"v":"?get_env(\"X\")"}`},
		{name: "a dependency that may be off", unit: "dependency \"vpc\" {\n config_path = \"../vpc\"\n enabled = get_env(\"X\", \"\") == \"1\"\n mock_outputs = { id = \"m\" }\n}\n" + `inputs = { v = dependency.vpc.outputs.id }`, want: `{"v":"?get_env(\"X\")"}`},
		{name: "merged in a way that isn't known", root: `inputs = { v = ["0.0.0.0/0"], w = "root", x = "root" }`, unit: `include "root" {
  path           = find_in_parent_folders("root.hcl")
  merge_strategy = get_env("HOW", "deep")
}
inputs = { v = ["10.0.0.0/8"], w = "child" }`, want: `{"v":"?get_env(\"HOW\")","w":"child","…":true}`},
		{name: "locals in any order", unit: "locals {\n a = local.b\n b = local.c\n c = 3\n}\n" + `inputs = { v = local.a }`, want: `{"v":3}`},
		{name: "what isn't there, tried", unit: `inputs = { v = try(yamldecode(file("nope.yml")), {}) }`, want: `{"v":{}}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			u := unit(t, "prod/ftp", repository(map[string]string{
				"root.hcl": test.root, "prod/ftp/terragrunt.hcl": test.unit, "other.hcl": test.other,
				"prod/other/terragrunt.hcl": including + `inputs = { o = "other" }`,
			}))
			if got := shown(u); got != test.want {
				t.Errorf("inputs are %s, want %s; %v", got, test.want, u.Diags)
			}
		})
	}
}

// TestMerges checks what becomes of inputs that a unit and the files that it includes have. The results are those of
// Terragrunt itself.
func TestMerges(t *testing.T) {
	const root = `inputs = {
  a = "root"
  b = "root"
  l = ["root"]
  m = { x = 1, y = 1 }
}`
	include := func(name, strategy string, more ...string) string {
		return fmt.Sprintf("include %q {\n path = find_in_parent_folders(\"%s.hcl\")\n merge_strategy = %q\n%s\n}\n", name, name, strategy, strings.Join(more, "\n"))
	}
	for _, test := range []struct{ name, root, env, unit, want string }{
		{name: "shallow", unit: include("root", "shallow") + `inputs = { b = "child", l = ["child"], m = { x = 2 } }`, want: `{"a":"root","b":"child","l":["child"],"m":{"x":2}}`},
		{name: "deep", unit: include("root", "deep") + `inputs = { b = "child", l = ["child"], m = { x = 2, z = 3 } }`, want: `{"a":"root","b":"child","l":["root","child"],"m":{"x":2,"y":1,"z":3}}`},
		{name: "only exposed", unit: include("root", "no_merge", "expose = true") + `inputs = { a = include.root.inputs.a }`, want: `{"a":"root"}`},
		{name: "the later include wins", root: `inputs = { a = "root", b = "root" }`, unit: include("root", "shallow") + include("env", "shallow"), want: `{"a":"env","b":"root","e":"env"}`},
		{name: "the later include wins, other way round", root: `inputs = { a = "root", b = "root" }`, unit: include("env", "shallow") + include("root", "shallow"), want: `{"a":"root","b":"root","e":"env"}`},
		{name: "empty values go over, an empty list doesn't", root: `inputs = { s = "p", n = 1, t = true, l = ["p"] }`, unit: include("root", "deep") + `inputs = { s = "", n = 0, t = false, l = [] }`, want: `{"l":["p"],"n":0,"s":"","t":false}`},
		{name: "lists of objects are appended", root: `inputs = { lm = [{ a = 1 }] }`, unit: include("root", "deep") + `inputs = { lm = [{ b = 2 }] }`, want: `{"lm":[{"a":1},{"b":2}]}`},
		{name: "objects of two includes aren't merged", root: `inputs = { o = { p = 1 } }`, env: `inputs = { o = { q = 2 } }`, unit: include("root", "shallow") + include("env", "shallow"), want: `{"o":{"q":2}}`},
		{name: "locals are private", root: "locals {\n who = \"root\"\n}", unit: include("root", "shallow") + `inputs = { v = try(local.who, "private") }`, want: `{"v":"private"}`},
		{name: "unless they are exposed", root: "locals {\n who = \"root\"\n}", unit: include("root", "shallow", "expose = true") + `inputs = { v = include.root.locals.who }`, want: `{"v":"root"}`},
		{name: "an include without a name", root: "locals {\n who = \"root\"\n}", unit: "include {\n path = find_in_parent_folders(\"root.hcl\")\n expose = true\n}\n" + `inputs = { v = include.locals.who }`, want: `{"v":"root"}`},
		{name: "merged by hand", root: `inputs = { c = "common" }`, unit: `inputs = merge(read_terragrunt_config(find_in_parent_folders("root.hcl")).inputs, { x = 1 })`, want: `{"c":"common","x":1}`},
		{name: "an include that isn't known", unit: "include \"root\" {\n path = get_env(\"ROOT\")\n}\n" + `inputs = { x = 1 }`, want: `{"x":1,"…":true}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := map[string]string{"root.hcl": root, "env.hcl": `inputs = { a = "env", e = "env" }`, "ftp/terragrunt.hcl": test.unit}
			if test.root != "" {
				files["root.hcl"] = test.root
			}
			if test.env != "" {
				files["env.hcl"] = test.env
			}
			u := unit(t, "ftp", files)
			if got := shown(u); got != test.want {
				t.Errorf("inputs are %s, want %s; %v", got, test.want, u.Diags)
			}
		})
	}
}

// TestPlaces checks that an input is placed where its value is written, whatever hands it on.
func TestPlaces(t *testing.T) {
	for _, inputs := range []string{
		`merge(local.env.locals, { other = get_env("X") })`,
		`merge({ other = dependency.vpc.outputs.id }, try(local.env.locals, {}))`,
		`deep_merge(local.env.locals, { other = 1 })`,
		`{ open = local.env.locals.open }`,
		`{ open = local.env.locals["open"], other = get_env("X") }`,
		`{ open = true ? local.env.locals.open : [] }`,
		`{ open = read_terragrunt_config("../env.hcl").locals.open }`,
		`{ open = include.root.locals.env.locals.open }`,
		`include.root.locals.env.locals`,
	} {
		t.Run(inputs, func(t *testing.T) {
			const env = "locals {\n  env = read_terragrunt_config(find_in_parent_folders(\"env.hcl\"))\n}\n"
			u := unit(t, "prod/ftp", map[string]string{
				"root.hcl": env, "prod/env.hcl": "locals {\n  open = [\"0.0.0.0/0\"]\n}\n", "prod/vpc/terragrunt.hcl": "",
				"prod/ftp/terragrunt.hcl": "include \"root\" {\n  path = find_in_parent_folders(\"root.hcl\")\n  expose = true\n}\n" + env +
					"dependency \"vpc\" {\n  config_path = \"../vpc\"\n}\ninputs = " + inputs + "\n",
			})
			i := slices.IndexFunc(u.Inputs, func(s terragrunt.Setting) bool { return s.Name == "open" })
			if i < 0 {
				t.Fatal(u.Inputs, u.Diags)
			}
			if at := u.Inputs[i].Value.Expression().Range(); at.Filename != "prod/env.hcl" || at.Start.Line != 2 {
				t.Errorf("it is placed at %s; %v", at, u.Diags)
			}
		})
	}
}

// TestPerhapsGenerated checks that a file which may or may not be written is not taken for either, with a word of it.
func TestPerhapsGenerated(t *testing.T) {
	for _, test := range []struct {
		more    string
		written bool
		said    string
	}{
		{"if_exists = \"overwrite\"", true, ""},
		{"if_exists = \"overwrite\"\ndisable = false", true, ""},
		{"if_exists = \"overwrite\"\ndisable = true", false, ""},
		{"if_exists = \"overwrite\"\ndisable = get_env(\"OFF\", \"\") == \"1\"", false, "A generated file is not read"},
		{"if_exists = get_env(\"HOW\", \"overwrite\")", false, "A generated file is not read"},
		{"if_exists = \"error\"", false, "A file can't be generated"},
	} {
		t.Run(test.more, func(t *testing.T) {
			u := unit(t, "ftp", map[string]string{
				"ftp/rules.tf":       "",
				"ftp/terragrunt.hcl": "generate \"rules\" {\npath = \"rules.tf\"\ncontents = \"locals {}\"\n" + test.more + "\n}\n",
			})
			said := ""
			for _, d := range u.Diags {
				said += d.Summary
			}
			if _, written := u.Generated["rules.tf"]; written != test.written || said != test.said {
				t.Errorf("written: %t, %q; want %t, %q", written, said, test.written, test.said)
			}
		})
	}
}

// TestDependencyCircles checks that what a dependency says of itself ends where it is made of its own outputs, or of those of
// others that are made of them.
func TestDependencyCircles(t *testing.T) {
	for _, attr := range []string{"config_path = %s", "config_path = \"../vpc\"\nenabled = %s", "config_path = \"../vpc\"\nskip_outputs = true\nmock_outputs = %s"} {
		var text strings.Builder
		text.WriteString("inputs = { a = dependency.d0.outputs.a }\n")
		for i := range 12 {
			var all []string
			for of := range 12 {
				all = append(all, fmt.Sprintf("dependency.d%d.outputs.a", of))
			}
			fmt.Fprintf(&text, "dependency \"d%d\" {\n%s\n}\n", i, fmt.Sprintf(attr, "["+strings.Join(all, ", ")+"]"))
		}
		unit(t, "ftp", map[string]string{"ftp/terragrunt.hcl": text.String(), "vpc/terragrunt.hcl": ""})
	}
}
