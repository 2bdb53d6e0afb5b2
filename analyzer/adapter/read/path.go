package read

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// Listens is the hop of the protocols and ports that listeners take. Words says which protocols their attribute names.
func Listens(r *graph.Resource, listeners []graph.Block, port, protocol string, words func(string) netset.Protocols) *fact.Hop {
	hop := &fact.Hop{Kind: "listener", Resource: r, At: r.Decl, Change: "A listener for the port opens it, and without one it is closed."}
	var named []string
	for _, b := range listeners {
		certain, exists := Exists(r, b)
		takes := Speaks(b.OwnAttr(protocol), words)
		v := b.OwnAttr(port)
		var ports netset.Bounds[netset.Ports]
		number, ok := v.Int()
		switch {
		case ok && number >= 0 && number <= 65535:
			ports = netset.Exactly(netset.Port(number))
			named = append(named, listening(takes.May)+fmt.Sprint(number))
		case Given(v):
			ports.May = netset.AllPorts()
			named = append(named, "an unknown port")
		default:
			continue
		}
		on := On(takes, ports)
		if !certain {
			on.Must = netset.Traffic{}
			hop.Decides = append(hop.Decides, OriginsOf(exists)...)
		}
		hop.Takes = netset.UnionBounds(hop.Takes, on)
		hop.Decides = append(hop.Decides, OriginsOf(graph.NewValue(v.Raw(), v.At))...)
		if !takes.Known() {
			hop.Decides = append(hop.Decides, OriginsOf(b.OwnAttr(protocol))...)
		}
		hop.At = v.At
	}
	hop.Why = "it listens on " + strings.Join(named, ", ")
	if len(named) == 0 {
		hop.Why = "it has no listener"
	}
	return hop
}

// listening is the word for protocols before a port, where they aren't TCP alone.
func listening(protocols netset.Protocols) string {
	if protocols.Equal(TCP()) {
		return ""
	}
	return strings.ToUpper(protocols.String()) + " "
}

// Speaks reads an attribute that names protocols. Words says what a text stands for, and what the provider's default is
// for an empty one. What isn't known may be any protocol that has ports.
func Speaks(v graph.Value, words func(string) netset.Protocols) netset.Bounds[netset.Protocols] {
	switch text, known := v.Text(); {
	case !Given(v):
		return netset.Exactly(words(""))
	case known:
		return netset.Exactly(words(strings.ToUpper(text)))
	}
	return netset.Bounds[netset.Protocols]{May: netset.PortProtocols()}
}

// Unmade returns what decides about things that a configuration doesn't make of a VPC that it doesn't make.
func Unmade(what string, vpc graph.End) []graph.Origin {
	if !vpc.Known() {
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
func All() netset.Bounds[netset.Traffic] { return netset.Exactly(netset.AllTraffic()) }

// None is what a hop lets pass that surely passes nobody.
func None() netset.Bounds[netset.Traffic] { return netset.Bounds[netset.Traffic]{} }

// Perhaps is what a hop lets pass that may pass every client and may pass nobody.
func Perhaps() netset.Bounds[netset.Traffic] {
	return netset.Bounds[netset.Traffic]{May: netset.AllTraffic()}
}

// Of is what a hop lets pass that passes some clients, whatever the protocol and the port.
func Of(clients netset.Bounds[netset.Prefixes]) netset.Bounds[netset.Traffic] {
	return netset.Bounds[netset.Traffic]{
		Must: netset.Product(clients.Must, netset.AllProtocols(), netset.AllPorts()),
		May:  netset.Product(clients.May, netset.AllProtocols(), netset.AllPorts()),
	}
}

// On is what a hop lets pass that passes every client on some ports of some protocols. Ports count only for protocols
// that have some.
func On(protocols netset.Bounds[netset.Protocols], ports netset.Bounds[netset.Ports]) netset.Bounds[netset.Traffic] {
	return netset.Bounds[netset.Traffic]{
		Must: netset.Product(netset.AllAddresses(), protocols.Must, ports.Must),
		May:  netset.Product(netset.AllAddresses(), protocols.May, ports.May),
	}
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
		Kind: word, Resource: r, At: r.Decl, Takes: Perhaps(), Decides: OriginsOf(r.Exists),
		Why: "it isn't known whether there is one", Change: "Set what decides whether there is one.",
	}
}

// EndNames returns the distinct names of ends in order, with words for those without.
func EndNames(ends []graph.End) []string {
	var out []string
	for _, e := range ends {
		if e.Known() && !slices.Contains(out, e.Name) {
			out = append(out, e.Name)
		}
	}
	return out
}
