package graph

import (
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/source"
)

// MadeBy returns where the elements are written that make the resource: those of its for_each, and of the for_each of the
// module calls that lead to it. It returns nothing for a resource of a plan, and for a symbolic one.
func (r *Resource) MadeBy() []hcl.Range {
	b, ok := r.body.(configBody)
	if !ok || !r.Certain {
		return nil
	}
	return b.scope.madeBy()
}

// MadeBy returns where the elements are written by which the value is what it is, where its expression uses them: those of
// dynamic blocks, of the resource and of module calls.
func (v Value) MadeBy() []hcl.Range {
	if v.scope == nil {
		return nil
	}
	return v.scope.madeBy()
}

func (s *scope) madeBy() []hcl.Range {
	defer s.m.ev.quietly()()
	var out []hcl.Range
	for ; s != nil; s = s.m.scope {
		for _, name := range slices.Sorted(maps.Keys(s.bindings)) {
			if b := s.bindings[name]; b.pair && b.scope != nil {
				out = append(out, s.m.ev.element(b, s.names[name])...)
			}
		}
	}
	return out
}

// element returns the way back to where an element of a for_each is written. pair is the element with its key.
func (ev *evaluator) element(b binding, pair cty.Value) []hcl.Range {
	pair, _ = pair.Unmark()
	if !pair.IsKnown() || !pair.Type().IsObjectType() || !pair.Type().HasAttribute("value") {
		return nil
	}
	t := &tracer{ev: ev, target: bare(pair.GetAttr("value"))}
	if t.unknown = !t.target.IsWhollyKnown(); t.unknown && len(b.path) == 0 {
		return nil // it may be any element
	}
	t.walk(b.scope, b.expr, b.path)
	out := make([]hcl.Range, len(t.steps))
	for i, step := range t.steps {
		out[i] = step.At
	}
	return out
}

// Files returns the names in reports of the files that the configuration's modules and the values of its variables are in.
func (g *Graph) Files() []string {
	if g.evaluated == nil {
		return nil
	}
	names := map[string]bool{}
	seen := map[*source.Module]bool{}
	var visit func(m *module)
	visit = func(m *module) {
		if !seen[m.source] {
			seen[m.source] = true
			for _, name := range m.source.Files {
				names[m.ev.tree.Place(name)] = true
			}
		}
		for _, e := range m.children {
			for _, child := range e.items {
				visit(child)
			}
		}
	}
	visit(g.evaluated)
	for name := range g.evaluated.source.Variables {
		if expr := g.evaluated.ev.expression(name); expr != nil {
			names[expr.Range().Filename] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}
