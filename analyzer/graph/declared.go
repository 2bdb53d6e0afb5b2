package graph

import (
	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer/source"
)

// Blocks counts the blocks of resources that were asked for, in the configuration's root module and in each module that it
// calls once, whether they have instances or not, and returns the place of the first one.
func (g *Graph) Blocks() (n int, first hcl.Range) {
	if g.evaluated == nil {
		return 0, first
	}
	seen := map[*source.Module]bool{}
	var visit func(m *module)
	visit = func(m *module) {
		if seen[m.source] || m.depth > maxModuleDepth {
			return
		}
		seen[m.source] = true
		for _, b := range m.source.Resources {
			if b.Keyword == "resource" && m.ev.wanted(Managed, b.Labels[0]) {
				if n++; n == 1 {
					first = b.At
				}
			}
		}
		for _, name := range sortedNames(m.source.Calls) {
			if src := m.load(name, m.source.Calls[name]); src != nil {
				visit(newModule(m.ev, src, m))
			}
		}
	}
	visit(g.evaluated)
	return n, first
}
