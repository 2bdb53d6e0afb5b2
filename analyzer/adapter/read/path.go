package read

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// Listens is the hop of the ports that listeners take TCP connections on.
func Listens(r *graph.Resource, listeners []graph.Block, port, protocol string) *fact.Hop {
	hop := &fact.Hop{Kind: "listener", Resource: r, At: r.Decl, Passes: None(), Change: "A listener for the port opens it, and without one it is closed."}
	var words []string
	for _, b := range listeners {
		certain, exists := Exists(r, b)
		proto, known := b.OwnAttr(protocol).Text()
		if known && strings.Contains(strings.ToUpper(proto), "UDP") && !strings.EqualFold(proto, "TCP_UDP") {
			continue
		}
		v := b.OwnAttr(port)
		number, ok := v.Int()
		switch {
		case ok && number >= 0 && number <= 65535:
			hop.Ports.May = hop.Ports.May.Union(netset.Port(number))
			if certain && (known || !Given(b.OwnAttr(protocol))) {
				hop.Ports.Must = hop.Ports.Must.Union(netset.Port(number))
			}
			words = append(words, fmt.Sprint(number))
		case Given(v):
			hop.Ports.May = netset.AllPorts()
			words = append(words, "an unknown port")
		default:
			continue
		}
		hop.Passes = All()
		hop.Decides = append(hop.Decides, OriginsOf(graph.NewValue(v.Raw(), v.At))...)
		if !certain {
			hop.Decides = append(hop.Decides, OriginsOf(exists)...)
		}
		if Given(v) {
			hop.At = v.At
		}
	}
	hop.Why = "it listens on " + strings.Join(words, ", ")
	if len(words) == 0 {
		hop.Why = "it has no TCP listener"
	}
	return hop
}

// Unmade returns what decides about things that a configuration doesn't make of a VPC that it doesn't make.
func Unmade(what string, vpc graph.End) []graph.Origin {
	if vpc.Name == "" {
		return OriginsOf(vpc.Value)
	}
	return []graph.Origin{Outside(what+" of "+vpc.Name, vpc.Value)}
}

// MayBeMade says whether a value that isn't known may name something that the configuration makes: one that comes from
// outside of it doesn't.
func MayBeMade(v graph.Value) bool {
	for _, o := range v.Origins() {
		if o.Kind == graph.FromExpression || o.Kind == graph.FromResource {
			return true
		}
	}
	return false
}

// All is what a hop lets pass that surely passes every client.
func All() netset.Bounds[netset.Prefixes] { return netset.Exactly(netset.AllAddresses()) }

// None is what a hop lets pass that surely passes nobody.
func None() netset.Bounds[netset.Prefixes] { return netset.Bounds[netset.Prefixes]{} }

// Perhaps is what a hop lets pass that may pass every client and may pass nobody.
func Perhaps() netset.Bounds[netset.Prefixes] {
	return netset.Bounds[netset.Prefixes]{May: netset.AllAddresses()}
}

// Outside is the origin that names what lies outside the configuration.
func Outside(name string, v graph.Value) graph.Origin {
	return graph.Origin{Kind: graph.FromExpression, Name: name, At: v.At}
}

// OriginsOf returns what decides a value; if it names something itself, that with its name.
func OriginsOf(v graph.Value) []graph.Origin {
	if out := v.Origins(); len(out) > 0 {
		return out
	}
	if text, ok := v.Text(); ok && !v.Sensitive() {
		return []graph.Origin{Outside(text, v)}
	}
	return nil
}

// Present is the hop of a resource that may have no instances; nil if it surely has one.
func Present(r *graph.Resource, word string) *fact.Hop {
	if r.Certain {
		return nil
	}
	return &fact.Hop{
		Kind: word, Resource: r, At: r.Decl, Passes: Perhaps(), Decides: OriginsOf(r.Exists),
		Why: "it isn't known whether there is one", Change: "Set what decides whether there is one.",
	}
}

// EndNames returns the distinct names of ends in order, with words for those without.
func EndNames(ends []graph.End) []string {
	var out []string
	for _, e := range ends {
		if e.Name != "" && !slices.Contains(out, e.Name) {
			out = append(out, e.Name)
		}
	}
	return out
}
