package analyzer_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/adapter/all"
)

// including begins a unit that includes root.hcl, and includingBoth one that includes env.hcl, too.
const (
	including     = "include \"root\" {\n path = find_in_parent_folders(\"root.hcl\")\n expose = true\n}\n"
	includingBoth = including + "include \"env\" {\n path = find_in_parent_folders(\"env.hcl\")\n}\n"
)

// includes returns an include block of a file above the unit.
func includes(name, strategy string) string {
	return fmt.Sprintf("include %q {\n path = find_in_parent_folders(\"%[1]s.hcl\")\n merge_strategy = %q\n expose = true\n}\n", name, strategy)
}

const (
	letters = "inputs = {\n a = \"root\"\n b = \"root\"\n l = [\"root\"]\n m = { x = 1, y = 1 }\n}\n"
	envs    = "inputs = { a = \"env\", e = \"env\" }\n"
)

// TestTerragruntValues checks with which values Terraform runs the module of the unit prod/ftp of a repository. Each row was run
// with Terragrunt 1.1 itself, or is an example of its documentation. It names the variables with their values; what isn't known
// is "?" and what decides it.
func TestTerragruntValues(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, files, want string }{
		{"a file above", "-- prod/ftp/terragrunt.hcl --\ninputs = { v = find_in_parent_folders(\"root.hcl\") }", `v=/r/root.hcl`},
		{"a file above, asked in what is included", "-- root.hcl --\ninputs = { v = find_in_parent_folders(\"env.hcl\") }\n-- prod/ftp/terragrunt.hcl --\n" + including, `v=/r/prod/env.hcl`},
		{"above the file that is read", "-- x.hcl --\ninputs = { v = find_in_parent_folders(\"env.hcl\", \"none\") }\n-- prod/ftp/terragrunt.hcl --\ninputs = read_terragrunt_config(\"../../x.hcl\").inputs", `v=none`},
		{"the own folder isn't above", "-- prod/ftp/mine.hcl --\n-- prod/ftp/terragrunt.hcl --\ninputs = { v = try(find_in_parent_folders(\"mine.hcl\"), \"error\") }", `v=error`},
		{"nothing above", "-- prod/ftp/terragrunt.hcl --\ninputs = { v = find_in_parent_folders(\"nope.hcl\", \"fb.hcl\") }", `v=fb.hcl`},
		{"a folder above", "-- prod/ftp/terragrunt.hcl --\ninputs = { v = find_in_parent_folders(\"shared\"), w = find_in_parent_folders(\"shared/rules.yml\") }", `v=/r/shared; w=/r/shared/rules.yml`},
		{"the nearest unit above", "-- prod/terragrunt.hcl --\n-- prod/ftp/terragrunt.hcl --\ninputs = { v = find_in_parent_folders() }", `v=/r/prod/terragrunt.hcl`},
		{"relative to the include", "-- root.hcl --\ninputs = { v = path_relative_to_include() }\n-- prod/ftp/terragrunt.hcl --\n" + including + "inputs = { w = path_relative_to_include() }", `v=prod/ftp; w=prod/ftp`},
		{"relative to one of two", "-- prod/ftp/terragrunt.hcl --\n" + includingBoth + "inputs = { v = [path_relative_to_include(\"root\"), path_relative_to_include(\"env\"), try(path_relative_to_include(), \"error\")] }", `v=["prod/ftp","ftp","error"]`},
		{"relative to nothing", "-- x.hcl --\ninputs = { w = path_relative_to_include() }\n-- prod/ftp/terragrunt.hcl --\ninputs = merge(read_terragrunt_config(\"../../x.hcl\").inputs, { v = path_relative_to_include() })", `v=.; w=.`},
		{"the way to the include", "-- root.hcl --\ninputs = { v = path_relative_from_include() }\n-- prod/ftp/terragrunt.hcl --\n" + including, `v=../..`},
		{"no way to an include", "-- prod/ftp/terragrunt.hcl --\ninputs = { v = path_relative_from_include() }", `v=.`},
		{"the unit's folder", "-- root.hcl --\ninputs = { v = get_terragrunt_dir() }\n-- prod/ftp/terragrunt.hcl --\n" + including, `v=/r/prod/ftp`},
		{"the parent's folder", "-- root.hcl --\ninputs = { v = get_parent_terragrunt_dir() }\n-- prod/ftp/terragrunt.hcl --\n" + including + "inputs = { w = get_parent_terragrunt_dir() }", `v=/r; w=/r`},
		{"the folder of one of two parents", "-- prod/ftp/terragrunt.hcl --\n" + includingBoth + "inputs = { v = get_parent_terragrunt_dir(\"env\"), w = get_parent_terragrunt_dir(\"root\") }", `v=/r/prod; w=/r`},
		{"no parent", "-- prod/ftp/terragrunt.hcl --\ninputs = { v = get_parent_terragrunt_dir() }", `v=/r/prod/ftp`},
		{"the folder of a file that is read", "-- common.hcl --\ninputs = { v = get_terragrunt_dir(), w = get_original_terragrunt_dir() }\n-- prod/ftp/terragrunt.hcl --\ninputs = read_terragrunt_config(\"../../common.hcl\").inputs", `v=/r; w=/r/prod/ftp`},
		{"the repository", "-- prod/ftp/terragrunt.hcl --\ninputs = { v = get_repo_root(), w = get_path_from_repo_root(), x = get_path_to_repo_root() }", `v=/r; w=prod/ftp; x=../..`},
		{"the environment", "-- prod/ftp/terragrunt.hcl --\ninputs = { v = get_env(\"X\", \"d\"), w = get_env(\"X\") }", `v=?get_env("X"); w=?get_env("X")`},
		{"the platform", "-- prod/ftp/terragrunt.hcl --\ninputs = { v = get_platform() }", `v=?get_platform()`},
		{"files beside the one that asks for them", "-- data/x.txt --\nhere\n-- data/x.tftpl --\n${a}!\n-- root.hcl --\ninputs = { v = file(\"data/x.txt\"), w = templatefile(\"data/x.tftpl\", { a = 1 }), x = fileexists(\"data/x.txt\"), y = fileset(\"data\", \"*.txt\") }\n-- prod/ftp/terragrunt.hcl --\n" + including, "v=here\n; w=1!\n; x=true; y=[\"x.txt\"]"},
		{"a file of values is a text", "-- prod/ftp/x.tfvars --\nport = 21\n-- prod/ftp/terragrunt.hcl --\ninputs = { v = read_tfvars_file(\"x.tfvars\"), w = jsondecode(read_tfvars_file(\"x.tfvars\")).port }", `v={"port":21}; w=21`},
		{"YAML", "-- prod/ftp/terragrunt.hcl --\nlocals { v = yamldecode(file(find_in_parent_folders(\"shared/rules.yml\"))).ftp.port }\ninputs = { v = local.v }", `v=21`},
		{"a unit that is read", "-- root.hcl --\ninputs = { r = \"root\" }\n-- prod/other/terragrunt.hcl --\n" + including + "locals { l = \"its\" }\nterraform { source = \"../../mods//m\" }\ninputs = { o = \"other\" }\n-- prod/ftp/terragrunt.hcl --\nlocals { o = read_terragrunt_config(\"../other\") }\ninputs = merge(local.o.inputs, { v = local.o.locals.l, w = local.o.terraform.source })", `o=other; r=root; v=its; w=../../mods//m`},
		{"a default for what isn't there", "-- prod/ftp/terragrunt.hcl --\ninputs = merge(read_terragrunt_config(\"no.hcl\", { inputs = { v = 1 } }).inputs, { w = try(read_terragrunt_config(\"no.hcl\").inputs, \"error\") })", `v=1; w=error`},
		{"a command", "-- prod/ftp/terragrunt.hcl --\ninputs = { v = run_cmd(\"--terragrunt-quiet\", \"echo\", \"-n\", \"hi\") }", `v=?run_cmd("--terragrunt-quiet")`},
		{"words and versions", "-- prod/ftp/terragrunt.hcl --\ninputs = { v = [startswith(\"ab\", \"a\"), endswith(\"ab\", \"b\"), strcontains(\"ab\", \"c\"), timecmp(\"2020-01-01T00:00:00Z\", \"2021-01-01T00:00:00Z\"), constraint_check(\"1.2.3\", \">= 2.0.0\")] }", `v=[true,true,false,-1,false]`},
		{"commands", "-- prod/ftp/terragrunt.hcl --\ninputs = { v = get_terraform_commands_that_need_vars() }", `v=["apply","console","destroy","import","plan","push","refresh"]`},

		{"a file of values beats an input", "-- mods/m/terraform.tfvars --\nv = \"f\"\n-- prod/ftp/terragrunt.hcl --\ninputs = { v = \"i\" }", `v=f`},
		{"the unit's file of values beats the module's", "-- mods/m/terraform.tfvars --\nv = \"module\"\n-- prod/ftp/terraform.tfvars --\nv = \"unit\"\n-- prod/ftp/terragrunt.hcl --\ninputs = { v = \"i\" }", `v=unit`},
		{"files that Terraform loads beat all of the environment", "-- prod/ftp/unit.auto.tfvars --\nv = \"a\"\n-- env --\nTF_VAR_v=e\nTF_VAR_w=e\n-- prod/ftp/terragrunt.hcl --\ninputs = { v = \"i\", w = \"i\", x = \"i\" }", `v=a; w=e; x=i`},
		{"required files beat inputs", "-- prod/ftp/req.tfvars --\nv = \"r\"\n-- prod/ftp/terragrunt.hcl --\nterraform {\n source = \"../../mods//m\"\n extra_arguments \"x\" {\n  commands = get_terraform_commands_that_need_vars()\n  required_var_files = [\"req.tfvars\"]\n  optional_var_files = [\"${get_terragrunt_dir()}/none.tfvars\"]\n }\n}\ninputs = { v = \"i\" }", `v=r`},
		{"optional files beat required ones, and both the arguments", "-- prod/ftp/file.tfvars --\nv = \"file\"\nw = \"file\"\n-- prod/ftp/opt.tfvars --\nw = \"opt\"\n-- prod/ftp/terragrunt.hcl --\nterraform {\n source = \"../../mods//m\"\n extra_arguments \"x\" {\n  commands = [\"plan\"]\n  optional_var_files = [\"opt.tfvars\"]\n  required_var_files = [\"file.tfvars\"]\n  arguments = [\"-var\", \"v=arg\", \"-var=x=arg\"]\n }\n}\n", `v=file; w=opt; x=arg`},
		{"null is a value", "-- prod/ftp/terragrunt.hcl --\ninputs = { v = null }", `v=null`},
		{"variables of the command's environment", "-- env --\nTF_VAR_v=p\n-- prod/ftp/terragrunt.hcl --\nterraform {\n source = \"../../mods//m\"\n extra_arguments \"x\" {\n  commands = [\"plan\"]\n  env_vars = { TF_VAR_v = \"e\" }\n }\n}\ninputs = { v = \"i\" }", `v=e`},
		{"a text for a number", "-- mods/m/v.tf --\nvariable \"v\" { type = number }\n-- prod/ftp/terragrunt.hcl --\ninputs = { v = \"21\" }", `v=21`},
		{"a list for a variable without a type is its text", "-- mods/m/v.tf --\nvariable \"v\" {}\nvariable \"w\" { default = \"d\" }\nresource \"aws_security_group\" \"is\" { description = can(var.v[0]) ? \"list\" : \"text\" }\n-- prod/ftp/terragrunt.hcl --\ninputs = { v = [\"a\", 1] }", `is=text; v=["a",1]`},
		{"an input without a variable", "-- mods/m/v.tf --\nvariable \"v\" {}\n-- prod/ftp/terragrunt.hcl --\ninputs = { v = 1, nobody = 2 }", `v=1`},
		{"arguments of other commands", "-- prod/ftp/terragrunt.hcl --\nterraform {\n source = \"../../mods//m\"\n extra_arguments \"x\" {\n  commands = [\"destroy\"]\n  arguments = [\"-var\", \"v=destroy\"]\n }\n}\ninputs = { v = \"i\" }", `v=i`},
		{"what looks like a template in a text", "-- mods/m/v.tf --\nvariable \"v\" { type = list(string) }\n-- prod/ftp/terragrunt.hcl --\ninputs = { v = [\"$${x}\"] }", `v=["${x}"]`},

		{"mocks are no values", "-- prod/vpc/terragrunt.hcl --\nterraform { source = \"tfr:///acme/vpc/aws?version=1.0.0\" }\n-- prod/ftp/terragrunt.hcl --\ndependency \"vpc\" {\n config_path = \"../vpc\"\n mock_outputs = { id = \"m\" }\n}\ninputs = { v = dependency.vpc.outputs.id }", `v=?dependency.vpc.outputs.id`},
		{"nor those of both files", "-- root.hcl --\ndependency \"vpc\" {\n config_path = \"../nowhere\"\n mock_outputs = { l = [\"a\"] }\n}\n-- prod/ftp/terragrunt.hcl --\n" + includes("root", "deep") + "dependency \"vpc\" {\n config_path = \"../nowhere\"\n mock_outputs = { l = [\"b\"] }\n}\ninputs = { v = dependency.vpc.outputs.l }", `v=?dependency.vpc.outputs.l`},
		{"generated files give way", "-- mods/m/g.tf --\nlocals { g = \"module\" }\n-- mods/m/v.tf --\nresource \"aws_security_group\" \"g\" { description = local.g }\n-- prod/ftp/terragrunt.hcl --\ngenerate \"g\" {\n path = \"g.tf\"\n if_exists = \"skip\"\n contents = \"locals { g = \\\"generated\\\" }\"\n}\n", `g=module`},
		{"generated files take the place", "-- mods/m/g.tf --\nlocals { g = \"module\" }\n-- mods/m/v.tf --\nresource \"aws_security_group\" \"g\" { description = local.g }\n-- prod/ftp/terragrunt.hcl --\ngenerate \"g\" {\n path = \"g.tf\"\n if_exists = \"overwrite\"\n contents = \"locals { g = \\\"generated\\\" }\"\n}\n", `g=generated`},
		{"generated files take the place of generated ones", "-- mods/m/g.tf --\n# Generated by Terragrunt. Sig: nIlQXj57tbuaRZEa\nlocals { g = \"module\" }\n-- mods/m/v.tf --\nresource \"aws_security_group\" \"g\" { description = local.g }\n-- prod/ftp/terragrunt.hcl --\ngenerate \"g\" {\n path = \"g.tf\"\n if_exists = \"overwrite_terragrunt\"\n contents = \"locals { g = \\\"generated\\\" }\"\n}\n", `g=generated`},
		{"a generated file of an attribute", "-- mods/m/v.tf --\nresource \"aws_security_group\" \"g\" { description = local.g }\n-- prod/ftp/terragrunt.hcl --\nlocals { name = \"by name\" }\ngenerate = {\n g = {\n  path = \"g.tf\"\n  if_exists = \"error\"\n  contents = \"locals { g = \\\"${local.name}\\\" }\"\n }\n}\n", `g=by name`},
		{"generated files of a value", "-- mods/m/v.tf --\nresource \"aws_security_group\" \"g\" { description = \"${local.a}${local.b}\" }\n-- prod/ftp/terragrunt.hcl --\nlocals { all = { for n in [\"a\", \"b\"] : n => { path = \"${n}.tf\", if_exists = \"overwrite\", contents = \"locals { ${n} = \\\"${n}\\\" }\" } } }\ngenerate = local.all\n", `g=ab`},
		{"a generated file that is off", "-- mods/m/g.tf --\nlocals { g = \"module\" }\n-- mods/m/v.tf --\nresource \"aws_security_group\" \"g\" { description = local.g }\n-- prod/ftp/terragrunt.hcl --\ngenerate \"g\" {\n path = \"g.tf\"\n if_exists = \"overwrite\"\n disable = true\n contents = \"locals { g = \\\"generated\\\" }\"\n}\n", `g=module`},
		{"generated values", "-- prod/ftp/terragrunt.hcl --\ngenerate \"v\" {\n path = \"gen.auto.tfvars\"\n if_exists = \"overwrite\"\n contents = \"v = \\\"generated\\\"\"\n}\ninputs = { v = \"i\" }", `v=generated`},
		{"what is left out of runs is declared", "-- prod/ftp/terragrunt.hcl --\nexclude {\n if = true\n actions = [\"plan\"]\n}\ninputs = { v = 1 }", `v=1`},
		{"a flag has its default", "-- prod/ftp/terragrunt.hcl --\nfeature \"open\" {\n default = false\n}\nlocals { v = feature.open.value ? \"0.0.0.0/0\" : \"10.0.0.0/8\" }\ninputs = { v = local.v }", `v=10.0.0.0/8`},

		{"values of a stack", "-- catalog/ftp/terragrunt.hcl --\nterraform { source = \"${get_repo_root()}/mods//m\" }\ninputs = { v = values.cidr, w = try(values.port, 21) }\n-- live/terragrunt.stack.hcl --\nunit \"ftp\" {\n source = \"../catalog/ftp\"\n path = \"ftp\"\n values = { cidr = \"0.0.0.0/0\" }\n}\n", `v=0.0.0.0/0; w=21`},
		{"what a stack puts over it", "-- catalog/ftp/terragrunt.hcl --\nterraform { source = \"${get_repo_root()}/mods//m\" }\ninputs = { v = values.cidr, w = try(values.port, 21) }\n-- live/terragrunt.stack.hcl --\nunit \"ftp\" {\n source = \"../catalog/ftp\"\n path = \"ftp\"\n values = { cidr = \"0.0.0.0/0\" }\n autoinclude {\n  inputs = { v = \"192.0.2.0/24\" }\n }\n}\n", `v=192.0.2.0/24; w=21`},
		{"a stack in a stack", "-- catalog/ftp/terragrunt.hcl --\nterraform { source = \"${get_repo_root()}/mods//m\" }\ninputs = { v = values.cidr }\n-- catalog/env/terragrunt.stack.hcl --\nlocals { open = values.env == \"dev\" ? \"10.0.0.0/8\" : \"0.0.0.0/0\" }\nunit \"ftp\" {\n source = \"${get_repo_root()}/catalog/ftp\"\n path = \"ftp\"\n values = { cidr = local.open }\n}\n-- live/terragrunt.stack.hcl --\nstack \"dev\" {\n source = \"../catalog/env\"\n path = \"dev\"\n values = { env = \"dev\" }\n}\n", `v=10.0.0.0/8`},
		{"where a stack's unit is", "-- root.hcl --\ninputs = { v = path_relative_to_include() }\n-- catalog/ftp/terragrunt.hcl --\n" + including + "terraform { source = \"${get_repo_root()}/mods//m\" }\n-- live/terragrunt.stack.hcl --\nunit \"ftp\" {\n source = \"../catalog/ftp\"\n path = \"ftp\"\n}\n", `v=live/.terragrunt-stack/ftp`},

		{"shallow", "-- root.hcl --\n" + letters + "-- prod/ftp/terragrunt.hcl --\n" + includes("root", "shallow") + "inputs = { b = \"child\", l = [\"child\"], m = { x = 2 } }", `a=root; b=child; l=["child"]; m={"x":2}`},
		{"deep", "-- root.hcl --\n" + letters + "-- prod/ftp/terragrunt.hcl --\n" + includes("root", "deep") + "inputs = { b = \"child\", l = [\"child\"], m = { x = 2, z = 3 } }", `a=root; b=child; l=["root","child"]; m={"x":2,"y":1,"z":3}`},
		{"not merged, but exposed", "-- root.hcl --\n" + letters + "-- prod/ftp/terragrunt.hcl --\n" + includes("root", "no_merge") + "inputs = { a = include.root.inputs.a }", `a=root`},
		{"root, then env", "-- root.hcl --\ninputs = { a = \"root\", b = \"root\" }\n-- prod/env.hcl --\n" + envs + "-- prod/ftp/terragrunt.hcl --\n" + includes("root", "shallow") + includes("env", "shallow"), `a=env; b=root; e=env`},
		{"env, then root", "-- root.hcl --\ninputs = { a = \"root\", b = \"root\" }\n-- prod/env.hcl --\n" + envs + "-- prod/ftp/terragrunt.hcl --\n" + includes("env", "shallow") + includes("root", "shallow"), `a=root; b=root; e=env`},
		{"nothings in a child", "-- root.hcl --\ninputs = {\n s = \"p\"\n n = 1\n t = true\n l = [\"p\"]\n}\n-- prod/ftp/terragrunt.hcl --\n" + includes("root", "deep") + "inputs = {\n s = \"\"\n n = 0\n t = false\n l = []\n}", `l=["p"]; n=0; s=; t=false`},
		{"lists of objects", "-- root.hcl --\ninputs = { l = [{ a = 1 }] }\n-- prod/ftp/terragrunt.hcl --\n" + includes("root", "deep") + "inputs = { l = [{ b = 2 }] }", `l=[{"a":1},{"b":2}]`},
		{"a text and a list", "-- root.hcl --\ninputs = { k = \"str\" }\n-- prod/ftp/terragrunt.hcl --\n" + includes("root", "deep") + "inputs = { k = [\"l\"] }", `error: Inputs can't be merged`},
		{"two sources", "-- root.hcl --\nterraform { source = \"../../mods//none\" }\ninputs = { v = { p = 1 } }\n-- prod/env.hcl --\nterraform { source = \"../../mods//m\" }\ninputs = { v = { q = 2 } }\n-- prod/ftp/terragrunt.hcl --\n" + includingBoth, `v={"q":2}`},
		{"extra arguments by name", "-- root.hcl --\nterraform {\n extra_arguments \"x\" {\n  commands = [\"plan\"]\n  arguments = [\"-var\", \"v=parent-x\"]\n }\n extra_arguments \"y\" {\n  commands = [\"plan\"]\n  arguments = [\"-var\", \"v=y\", \"-var\", \"w=y\"]\n }\n}\n-- prod/ftp/terragrunt.hcl --\n" + including + "terraform {\n source = \"../../mods//m\"\n extra_arguments \"x\" {\n  commands = [\"plan\"]\n  arguments = [\"-var\", \"v=x\", \"-var\", \"x=x\"]\n }\n extra_arguments \"z\" {\n  commands = [\"plan\"]\n  arguments = [\"-var\", \"w=z\"]\n }\n}\n", `v=y; w=z; x=x`},
		{"a unit in JSON", "-- root.hcl --\ninputs = { a = \"root\", b = \"root\" }\n-- prod/ftp/terragrunt.hcl.json --\n{\"include\": {\"root\": {\"path\": \"${find_in_parent_folders(\\\"root.hcl\\\")}\"}}, \"terraform\": {\"source\": \"../../mods//m\"}, \"inputs\": {\"a\": \"json\"}}\n", `a=json; b=root`},
		{"merged by hand", "-- common.hcl --\ninputs = { c = \"common\" }\n-- prod/ftp/terragrunt.hcl --\ninputs = merge(read_terragrunt_config(find_in_parent_folders(\"common.hcl\")).inputs, { x = 1 })", `c=common; x=1`},
		{"locals in any order", "-- prod/ftp/terragrunt.hcl --\nlocals {\n a = local.b\n b = local.c\n c = 3\n}\ninputs = { v = local.a }", `v=3`},
		{"what isn't there, tried", "-- prod/ftp/terragrunt.hcl --\ninputs = { v = try(yamldecode(file(\"nope.yml\")), {}) }", `v={}`},
		{"what a parent leaves out is declared", "-- root.hcl --\nexclude {\n if = true\n actions = [\"plan\"]\n}\n-- prod/ftp/terragrunt.hcl --\n" + including + "inputs = { v = 1 }", `v=1`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := terragruntValues(t, test.files, test.want); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// terragruntValues returns the values that the module of a repository's only unit gets, of those variables that are wanted, or
// the error that comes first.
func terragruntValues(t *testing.T, files, want string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{
		"root.hcl": "", "prod/env.hcl": "locals { name = \"prod\" }\n", "shared/rules.yml": "ftp:\n  port: 21\n", ".git/HEAD": "",
	}
	config := analyzer.Config{Paths: []string{dir}, Knowledge: all.Knowledge()}
	for _, f := range txtar.Parse([]byte(files)).Files {
		if f.Name == "env" {
			config.Env = strings.Fields(string(f.Data))
			continue
		}
		text := string(f.Data)
		if f.Name == "prod/ftp/terragrunt.hcl" && !strings.Contains(text, "source = ") && !strings.Contains(texts["root.hcl"]+texts["prod/env.hcl"], "source =") {
			text += "\nterraform { source = \"../../mods//m\" }\n"
		}
		texts[f.Name] = text
	}
	for field := range strings.SplitSeq(want, "; ") {
		name, _, ok := strings.Cut(field, "=")
		if !ok { // an error
			name = "k"
		}
		if declared := texts["mods/m/v.tf"]; !strings.Contains(declared, fmt.Sprintf("%q", name)) {
			texts["mods/m/main.tf"] += fmt.Sprintf("variable %q { default = \"d\" }\n", name)
		}
		if declared := texts["mods/m/v.tf"]; !strings.Contains(declared, fmt.Sprintf("\"aws_security_group\" %q", name)) {
			texts["mods/m/main.tf"] += fmt.Sprintf("resource \"aws_security_group\" %q { description = try(tostring(var.%[1]s), jsonencode(var.%[1]s)) }\n", name)
		}
	}
	for name, text := range texts {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	result, seen, err := analyzer.RunWith(t.Context(), config, func(_ *analyzer.Selection, a *analyzer.Analysis) []string {
		var out []string
		for _, r := range a.Topology().OfType("aws_security_group") {
			description := r.Attr("description")
			text, known := description.Text()
			switch {
			case known:
			case description.Absent():
				text = "null"
			default:
				for _, o := range description.Origins() {
					text += "?" + o.Name
				}
			}
			out = append(out, r.Addr.Name+"="+strings.ReplaceAll(text, filepath.ToSlash(dir), "/r"))
		}
		return out
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range result.Notices {
		if n.Level == analyzer.Error {
			return "error: " + n.Summary
		}
	}
	i := slices.IndexFunc(seen, func(of []string) bool { return len(of) > 0 })
	if i < 0 {
		t.Fatalf("there is no resource; %v", result.Notices)
	}
	return strings.Join(seen[i], "; ")
}
