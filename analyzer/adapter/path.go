package adapter

import (
	"slices"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// all, none and perhaps are what a hop lets pass that doesn't tell clients apart.
func all() netset.Bounds[netset.Prefixes] { return netset.Exactly(netset.AllAddresses()) }

func none() netset.Bounds[netset.Prefixes] { return netset.Bounds[netset.Prefixes]{} }

func perhaps() netset.Bounds[netset.Prefixes] {
	return netset.Bounds[netset.Prefixes]{May: netset.AllAddresses()}
}

// outside is the origin that names what lies outside the configuration.
func outside(name string, v graph.Value) graph.Origin {
	return graph.Origin{Kind: graph.FromExpression, Name: name, At: v.At}
}

// originsOf returns what decides a value; if it names something itself, that with its name.
func originsOf(v graph.Value) []graph.Origin {
	if out := v.Origins(); len(out) > 0 {
		return out
	}
	if text, ok := v.Text(); ok && !v.Sensitive() {
		return []graph.Origin{outside(text, v)}
	}
	return nil
}

// present is the hop of a resource that may have no instances; nil if it surely has one.
func present(r *graph.Resource, word string) *fact.Hop {
	if r.Certain {
		return nil
	}
	return &fact.Hop{
		Kind: word, Resource: r, At: r.Decl, Passes: perhaps(), Decides: originsOf(r.Exists),
		Why: "it isn't known whether there is one", Change: "Set what decides whether there is one.",
	}
}

// names returns the distinct names of ends in order, with words for those without.
func endNames(ends []graph.End) []string {
	var out []string
	for _, e := range ends {
		if e.Name != "" && !slices.Contains(out, e.Name) {
			out = append(out, e.Name)
		}
	}
	return out
}
