package read

import (
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
)

// Required says which arguments that are read a provider requires of resources of some types, or of their nested blocks of a
// type. Terraform refuses a configuration without them, so nothing is sure of what it would make.
type Required struct {
	Types []string
	// Block is the type of the nested blocks; it is empty for the resource's own arguments.
	Block string
	Args  []string
}

// Missing tells the graph which required arguments a resource lacks, and makes the rules uncertain that lack them.
func (q Required) Missing(g *graph.Graph, r *graph.Resource, rules []*fact.Ingress) {
	bodies := []graph.Block{BlockOf(r)}
	if q.Block != "" {
		bodies = r.OwnBlocks(q.Block)
	}
	for _, b := range bodies {
		lacks := g.Lacks(b.Object, r.Addr, q.Block, b.At, q.Args)
		if len(lacks) == 0 {
			continue
		}
		for _, rule := range rules {
			if (q.Block == "" || rule.At == b.At) && !undecided(rule, lacks) {
				Doubt(rule, missing(lacks[0], hcl.Range{}))
			}
		}
	}
}

// undecided reports whether one of the missing arguments already decides about a rule.
func undecided(rule *fact.Ingress, lacks []string) bool {
	return slices.ContainsFunc(slices.Concat(rule.Protocol.Values, rule.Ports.Values), func(v graph.Value) bool {
		return slices.ContainsFunc(v.Origins(), func(o graph.Origin) bool {
			return slices.ContainsFunc(lacks, func(arg string) bool { return o.Name == "the missing "+arg })
		})
	})
}
