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

// locator finds the places in a configuration of the rules in a plan that was made from it.
type locator struct {
	analyst *Analyst
	dir     string // as the user knows it
	graph   *graph.Graph
	// declared are the rules that a resource of the configuration declares.
	declared map[*graph.Resource][]*fact.Ingress
	// mismatch is told the first resource that the configuration doesn't have; it is nil afterwards.
	mismatch func(graph.Address)
}

// locate finds the configuration that a plan was made from: in the folder that the user names, else in that of the plan or
// in the working directory, if one of them has a resource of the plan. It may find none.
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

// configuration evaluates the configuration in a folder with the variables of a plan, and with what it knows.
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

// quiet returns the locator for what is there before a plan, which the configuration need not have.
func (l *locator) quiet() *locator {
	if l == nil {
		return nil
	}
	quiet := *l
	quiet.mismatch = nil
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

// placed returns the place of a resource's block, or of the module call that makes it; at if there is neither, or no
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
