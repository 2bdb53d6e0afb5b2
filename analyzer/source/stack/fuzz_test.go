package stack_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/source"
	"github.com/tfreach/tfreach/analyzer/source/stack"
)

// FuzzStack reads text as the components and as the deployments of a stack, and evaluates what these make: never a panic,
// always an end, each error with a place, and the same result twice.
func FuzzStack(f *testing.F) {
	components, err := os.ReadFile("../../../fixtures/language/stacks/net.tfcomponent.hcl")
	if err != nil {
		f.Fatal(err)
	}
	deployments, err := filepath.Glob("../../../fixtures/language/stacks/*.tfdeploy.hcl")
	if err != nil || len(deployments) == 0 {
		f.Fatal("there are no deployments: ", err)
	}
	for _, name := range deployments {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(components), string(text))
	}
	f.Add("stack \"a\" {\n source = \"./\"\n inputs = component.a\n}\ncomponent \"a\" {\n source = \"./m\"\n inputs = var.x\n}", "locals {\n a = local.a\n}\ndeployment \"d\" {\n inputs = local.a\n}")
	f.Add(`{"component": {"a": {"source": "./m", "inputs": {"v": "${var.x}"}}}}`, `{"deployment": {"d": {"inputs": {"x": "y"}}}}`)
	f.Fuzz(func(t *testing.T, components, deployments string) {
		first := read(t, components, deployments)
		if second := read(t, components, deployments); first != second {
			t.Errorf("the first time:\n%s\nthe second time:\n%s", first, second)
		}
	})
}

func read(t *testing.T, components, deployments string) string {
	t.Helper()
	files := fstest.MapFS{"m/main.tf": {Data: []byte("variable \"v\" {}\nvariable \"w\" {\n default = 1\n}\nresource \"r\" \"x\" {\n v = [var.v, var.w]\n}\noutput \"o\" {\n value = var.v\n}")}}
	for name, text := range map[string]string{
		"a.tfcomponent.hcl": components, "b.tfcomponent.json": components, "a.tfdeploy.hcl": deployments, "b.tfdeploy.json": deployments,
	} {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	tree := source.NewTree(files)
	s := stack.Read(tree, ".", func(name string, at hcl.Range) cty.Value { return graph.Unknown(name, at) })
	out := fmt.Sprintln(s.Components, len(s.Modules))
	diags := s.Diags
	for _, d := range append(s.Deployments, stack.Deployment{}) {
		var vars []graph.Var
		for _, in := range d.Inputs {
			vars = append(vars, graph.Var{Name: in.Name, Value: in.Value.V, Expr: in.Value.Expression()})
		}
		g, err := graph.FromConfig(tree.With(source.Layer{Modules: s.Modules}), ".", graph.Inputs{Vars: vars}, func(graph.Mode, string) bool { return true })
		if err != nil {
			out += fmt.Sprintln(err)
			continue
		}
		for _, r := range g.Resources {
			v := r.Attr("v")
			out += fmt.Sprintln(r.Addr, v.Raw().GoString(), v.Origins(), v.Trace())
		}
		diags = append(diags, g.Diagnostics()...)
	}
	for _, d := range diags {
		if d.Subject == nil || d.Subject.Filename == "" {
			t.Errorf("no place: %v", d)
		}
		out += fmt.Sprintln(d)
	}
	return out
}
