package analyzer

import (
	"context"
	"slices"

	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/source"
	"github.com/tfreach/tfreach/analyzer/source/stack"
)

// deployment is a deployment of one of Terraform's stacks.
type deployment struct {
	stack *stack.Stack
	tree  *source.Tree // without the stack's modules
	vars  []graph.Var
}

// stacks returns the deployments of the stacks that were found in a tree as inputs; of one without any, the stack by itself. The
// folders of what they call are no root modules.
func (s *Selection) stacks(ctx context.Context, tree *source.Tree, found *source.Found) []*Input {
	var all []*stack.Stack
	called := map[string]bool{}
	for _, dir := range found.Components {
		if ctx.Err() != nil {
			break // Each says so
		}
		of := stack.Read(tree, dir, graph.Unknown)
		all = append(all, of)
		for _, to := range of.Components {
			called[to] = true
		}
		for to := range of.Modules {
			called[to] = called[to] || to != dir
		}
	}
	var out []*Input
	for _, of := range all {
		if !called[of.Dir] && len(of.Modules[of.Dir].Files) > 0 {
			out = append(out, s.deployments(tree, of)...)
		}
	}
	found.Roots = slices.DeleteFunc(found.Roots, func(dir string) bool { return called[dir] })
	return out
}

// deployments returns the deployments of a stack as inputs.
func (s *Selection) deployments(tree *source.Tree, of *stack.Stack) []*Input {
	at := folder{tree.With(source.Layer{Modules: of.Modules}), of.Dir}
	all := of.Deployments
	if len(all) == 0 {
		all = []stack.Deployment{{}}
	}
	var out []*Input
	for _, d := range all {
		in := &Input{Name: tree.Place(of.Dir), at: at, variant: d.Name, deployment: &deployment{stack: of, tree: tree}}
		if d.Name != "" {
			in.Name += " (" + d.Name + ")"
		}
		if d.Open != nil {
			in.deployment.vars = openVars(sortedKeys(of.Modules[of.Dir].Variables), d.Open)
		}
		for _, v := range d.Inputs {
			in.deployment.vars = append(in.deployment.vars, graph.Var{
				Name: v.Name, Value: v.Value.V, Expr: v.Value.Expression(), At: v.Value.At,
			})
		}
		out = append(out, in)
	}
	return out
}

// concerns reports whether any of some changed files, by their names in the tree, may change what the deployment makes.
func (d *deployment) concerns(changed []string) bool {
	dirs := map[string]bool{}
	for dir := range d.stack.Modules {
		dirs[dir] = true
	}
	for _, dir := range d.stack.Components {
		for _, called := range d.tree.Reached(dir) {
			dirs[called] = true
		}
	}
	return slices.ContainsFunc(changed, func(name string) bool { return touches(d.tree, dirs, name) })
}
