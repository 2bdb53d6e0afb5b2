package analyzer

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/source"
	"github.com/tfreach/tfreach/analyzer/source/plan"
)

// locator finds the places in a configuration of the rules in a plan that was made from it.
type locator struct {
	r     *runner
	dir   string // as the user knows it
	at    folder
	graph *graph.Graph
	// declared are the rules that a resource of the configuration declares.
	declared map[*graph.Resource][]*fact.Ingress
	warned   bool
}

// locator returns a locator in the configuration that a plan was made from: in the folder that the user names, else in
// that of the plan or in the working directory, if one of them has a resource of the plan. It returns nil if there is
// none.
func (r *runner) locator(in input, doc *plan.Plan, g *graph.Graph) (*locator, error) {
	if doc.Kind != plan.KindPlan || len(g.Resources) == 0 {
		return nil, nil
	}
	dirs := []string{r.config.Source}
	if r.config.Source == "" {
		dirs = []string{"."}
		if in.path != "" {
			dirs = []string{filepath.Dir(in.path), "."}
		}
	}
	for _, dir := range dirs {
		config, at, err := r.sourceOf(dir, doc)
		switch {
		case err != nil && r.config.Source != "":
			return nil, fmt.Errorf("%s: %w", dir, err)
		case err != nil:
			continue
		}
		matches := func(res *graph.Resource) bool {
			return config.Find(res.Addr) != nil || config.FindMissing(res.Addr) != nil
		}
		if r.config.Source != "" || slices.ContainsFunc(g.Resources, matches) {
			return &locator{r: r, dir: dir, at: at, graph: config, declared: map[*graph.Resource][]*fact.Ingress{}}, nil
		}
	}
	return nil, nil
}

// sourceOf evaluates the configuration in a folder with the variables of a plan.
func (r *runner) sourceOf(dir string, doc *plan.Plan) (config *graph.Graph, at folder, err error) {
	tree, err := r.tree(dir)
	if err != nil {
		return nil, folder{}, err
	}
	rel, ok := tree.Rel(dir)
	if !ok || len(tree.Module(rel).Files) == 0 {
		return nil, folder{}, fmt.Errorf("there are no Terraform files")
	}
	config, err = r.planned(tree, rel, doc.Variables)
	return config, folder{tree, rel}, err
}

// planned evaluates the configuration in a folder of a tree with a plan's values of the variables.
func (r *runner) planned(tree *source.Tree, dir string, values map[string]cty.Value) (*graph.Graph, error) {
	inputs := graph.Inputs{Vars: graph.PlanVars(tree, dir, values), Workspace: r.config.Workspace, Done: r.done}
	return graph.FromConfig(tree, dir, inputs, func(_ graph.Mode, typ string) bool { return r.wanted[typ] })
}

// quiet returns the locator for what is there before a plan, which the configuration need not have.
func (l *locator) quiet() *locator {
	if l == nil {
		return nil
	}
	quiet := *l
	quiet.warned = true
	return &quiet
}

// find returns a rule of the plan as the configuration declares it: with its places and what its values are from. Where
// the configuration has no such rule, it is the resource's or the module call's; where it has not even that, it is the
// rule as it is.
func (l *locator) find(rule *fact.Ingress) *fact.Ingress {
	res := l.graph.Find(rule.Resource.Addr)
	if res == nil {
		if m := l.graph.FindMissing(rule.Resource.Addr); m != nil {
			return moved(rule, &graph.Resource{Addr: rule.Resource.Addr, Decl: m.Decl, Calls: m.Calls})
		}
		l.warn(rule.Resource.Addr)
		return rule
	}
	declared, ok := l.declared[res]
	if !ok {
		declared = l.r.rulesOf(l.graph, res)
		l.declared[res] = declared
	}
	traffic := rule.Traffic()
	i := slices.IndexFunc(declared, func(d *fact.Ingress) bool { return d.Traffic().May.Equal(traffic.May) })
	if i < 0 {
		// What the plan knows better than the configuration lies within what the configuration may mean.
		i = slices.IndexFunc(declared, func(d *fact.Ingress) bool {
			b := d.Traffic()
			return traffic.Must.SubsetOf(b.May) && b.Must.SubsetOf(traffic.May)
		})
	}
	if i < 0 {
		return moved(rule, res)
	}
	return declared[i]
}

// block returns the place of a resource's block, or of the module call that makes it; at if there is neither.
func (l *locator) block(r *graph.Resource, at hcl.Range) hcl.Range {
	if res := l.graph.Find(r.Addr); res != nil {
		return res.Decl
	}
	if m := l.graph.FindMissing(r.Addr); m != nil {
		return m.Decl
	}
	return at
}

// moved returns a rule at the place of a resource's block.
func moved(rule *fact.Ingress, res *graph.Resource) *fact.Ingress {
	out := *rule
	out.Resource, out.At, out.Sources = res, res.Decl, slices.Clone(rule.Sources)
	for i := range out.Sources {
		out.Sources[i].Values = nil
	}
	out.Protocol.Values, out.Ports.Values = nil, nil
	return &out
}

// warn says once that the configuration isn't the plan's.
func (l *locator) warn(addr graph.Address) {
	if l.warned {
		return
	}
	l.warned = true
	l.r.notice(hcl.Diagnostics{{
		Severity: hcl.DiagWarning, Summary: "The configuration does not match the plan",
		Detail: fmt.Sprintf("The plan has %s, which the configuration in %s does not have, so places are in the plan where "+
			"they are not found.", addr, l.dir),
	}})
}
