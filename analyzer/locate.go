package analyzer

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/source/plan"
)

// locator finds where the configuration declares the rules of a plan that was made from it.
type locator struct {
	analyst *Analyst
	dir     string // as the user knows it
	graph   *graph.Graph
	// declared caches the rules that each resource of the configuration declares.
	declared map[*graph.Resource][]*fact.Ingress
	// found has what was found for each rule, and taken what is some rule's already: of rules that match the same, each has its
	// own.
	found map[*fact.Ingress]*fact.Ingress
	taken map[*fact.Ingress]bool
	// mismatch is called with the first resource that the configuration doesn't have. It is nil after that.
	mismatch func(graph.Address)
}

// locate looks for the configuration of a plan: in the folder that the user names, else in the plan's folder or the working
// directory if the configuration there has a resource of the plan. It leaves a.config nil if there is none.
func (k *Analyst) locate(ctx context.Context, a *Analysis, doc *plan.Plan, g *graph.Graph) error {
	if doc.Kind != plan.KindPlan || len(g.Resources) == 0 {
		return nil
	}
	named := a.Input.document.named
	for _, from := range a.Input.document.sources {
		config, err := k.configuration(ctx, from, doc, g, a.Input.values)
		switch {
		case err != nil && (named || ctx.Err() != nil):
			return fmt.Errorf("%s: %w", from.path, err)
		case err != nil:
			continue
		}
		matches := func(res *graph.Resource) bool {
			return config.Find(res.Addr) != nil || config.FindMissing(res.Addr) != nil
		}
		if !named && !slices.ContainsFunc(g.Resources, matches) {
			continue
		}
		a.config, a.at, a.values = config, from.folder, doc.Variables
		a.locator = &locator{analyst: k, dir: from.path, graph: config, declared: map[*graph.Resource][]*fact.Ingress{}}
		a.locator.forget()
		a.locator.mismatch = func(addr graph.Address) {
			a.locator.mismatch = nil
			a.notices = append(a.notices, Notice{
				Level: Warning, Summary: "The configuration does not match the plan",
				Detail: fmt.Sprintf("The plan has %s, which the configuration in %s does not have, so places are in the plan where "+
					"they are not found.", addr, from.path),
			})
		}
		return nil
	}
	return nil
}

// configuration evaluates the configuration in a folder with the plan's variables and planned values.
func (k *Analyst) configuration(
	ctx context.Context, from sourceFolder, doc *plan.Plan, planned *graph.Graph, inputs graph.Inputs,
) (*graph.Graph, error) {
	if from.err != nil {
		return nil, from.err
	}
	if len(from.tree.Module(from.dir).Files) == 0 {
		return nil, errors.New("there are no Terraform files")
	}
	inputs.Vars = graph.PlanVars(from.tree, from.dir, doc.Variables)
	inputs.Planned = planned
	return k.evaluate(ctx, from.folder, inputs)
}

// quiet returns the locator for the state before a plan, which the configuration may lack without being wrong.
func (l *locator) quiet() *locator {
	if l == nil {
		return nil
	}
	quiet := *l
	quiet.mismatch = nil
	quiet.forget()
	return &quiet
}

// forget makes the locator one for the rules of another graph.
func (l *locator) forget() {
	l.found, l.taken = map[*fact.Ingress]*fact.Ingress{}, map[*fact.Ingress]bool{}
}

// find returns a rule of the plan as the configuration declares it, with the configuration's places and the origins of its
// values. If the configuration has no such rule, it returns the plan's rule at the resource's block or the module call; if it
// has neither of these, the rule unchanged.
func (l *locator) find(rule *fact.Ingress) *fact.Ingress {
	out, ok := l.found[rule]
	if !ok {
		out = l.look(rule)
		l.found[rule], l.taken[out] = out, true
	}
	return out
}

func (l *locator) look(rule *fact.Ingress) *fact.Ingress {
	res := l.graph.Find(rule.Resource.Addr)
	if res == nil {
		if m := l.graph.FindMissing(rule.Resource.Addr); m != nil {
			return moved(rule, &graph.Resource{Addr: rule.Resource.Addr, Decl: m.Decl, Calls: m.Calls})
		}
		if l.mismatch != nil {
			l.mismatch(rule.Resource.Addr)
		}
		return rule
	}
	declared, ok := l.declared[res]
	if !ok {
		declared = l.analyst.ingressOf(l.graph, res)
		l.declared[res] = declared
	}
	traffic := rule.Traffic()
	equal := func(d *fact.Ingress) bool { return d.Traffic().May.Equal(traffic.May) }
	// The plan may know more, so its traffic lies within the bounds of the configuration's rule.
	within := func(d *fact.Ingress) bool {
		b := d.Traffic()
		return traffic.Must.SubsetOf(b.May) && b.Must.SubsetOf(traffic.May)
	}
	for _, matches := range []func(*fact.Ingress) bool{equal, within} {
		first := slices.IndexFunc(declared, matches)
		if first < 0 {
			continue
		}
		if i := slices.IndexFunc(declared[first:], func(d *fact.Ingress) bool { return !l.taken[d] && matches(d) }); i >= 0 {
			return declared[first+i]
		}
		return declared[first]
	}
	return moved(rule, res)
}

// placed returns where a resource's block begins, or the module call that makes it. It returns at if there is neither, or no
// locator.
func (l *locator) placed(r *graph.Resource, at hcl.Range) hcl.Range {
	if l == nil || r == nil {
		return at
	}
	if res := l.graph.Find(r.Addr); res != nil {
		return res.Decl
	}
	if m := l.graph.FindMissing(r.Addr); m != nil {
		return m.Decl
	}
	return at
}

// moved returns a copy of a rule, placed at a resource's block.
func moved(rule *fact.Ingress, res *graph.Resource) *fact.Ingress {
	out := *rule
	out.Resource, out.At, out.Sources = res, res.Decl, slices.Clone(rule.Sources)
	for i := range out.Sources {
		out.Sources[i].Values = nil
	}
	out.Protocol.Values, out.Ports.Values = nil, nil
	return &out
}
