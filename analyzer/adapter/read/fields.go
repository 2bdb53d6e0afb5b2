package read

import (
	"slices"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// Fields are what a rule says of traffic.
type Fields struct {
	Protocol fact.Term[netset.Protocols]
	Ports    fact.Term[netset.Ports]
	Sources  []fact.Term[netset.Prefixes]
}

// known reports whether everything that the fields say is known.
func (f *Fields) known() bool {
	return f.Protocol.Set.Known() && f.Ports.Set.Known() &&
		!slices.ContainsFunc(f.Sources, func(t fact.Term[netset.Prefixes]) bool { return !t.Set.Known() })
}

// Alike reads the fields of a rule. Those of equal rules in a plan are read once if all is known of them, and shared: their
// values have no place but that of the rule. by stands for read.
func Alike(g *graph.Graph, o graph.Object, by any, read func(graph.Object) Fields) Fields {
	type shared struct {
		Fields
		known bool
	}
	f, ok := graph.Alike(g, o, by, func(o graph.Object) *shared {
		f := read(o)
		return &shared{f, f.known()}
	})
	if !ok || !f.known {
		return read(o)
	}
	return f.Fields
}
