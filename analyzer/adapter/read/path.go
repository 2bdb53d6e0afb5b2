package read

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// Listens returns the hop of the protocols and ports that listeners take. words translates the texts of the protocol attribute.
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
			named = append(named, listening(takes.May)+Told(fmt.Sprint(number), v))
			hop.Sensitive = hop.Sensitive || v.Sensitive()
		case Given(v):
			ports.May = netset.AllPorts()
			named = append(named, "an unknown port")
			hop.Decides = append(hop.Decides, OriginsOf(v)...)
		default:
			continue
		}
		on := On(takes, ports)
		if !certain {
			on.Must = netset.Traffic{}
			hop.Decides = append(hop.Decides, OriginsOf(exists)...)
		}
		hop.Takes = netset.UnionBounds(hop.Takes, on)
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

// Told returns a text for what is read of values, or words in its place if one of them must not be shown.
func Told(text string, of ...graph.Value) string {
	if slices.ContainsFunc(of, graph.Value.Sensitive) {
		return "a sensitive value"
	}
	return text
}

// listening returns the word for protocols before a port; it is empty for TCP alone.
func listening(protocols netset.Protocols) string {
	if protocols.Equal(TCP()) {
		return ""
	}
	return strings.ToUpper(protocols.String()) + " "
}

// Speaks reads an attribute that names protocols. words returns what a text stands for, and the provider's default for an empty
// one. An unknown value may be any protocol with ports.
func Speaks(v graph.Value, words func(string) netset.Protocols) netset.Bounds[netset.Protocols] {
	switch text, known := v.Text(); {
	case !Given(v):
		return netset.Exactly(words(""))
	case known:
		return netset.Exactly(words(strings.ToUpper(text)))
	}
	return netset.Bounds[netset.Protocols]{May: netset.PortProtocols()}
}

// Unmade names what decides about a VPC outside the configuration, where the configuration doesn't make something of the VPC.
func Unmade(what string, vpc graph.End) []graph.Origin {
	if !vpc.Known() {
		return OriginsOf(vpc.Value)
	}
	return []graph.Origin{Outside(what+" of "+vpc.Name, vpc.Value)}
}

// MayBeHere is MayBeMade for what may also have been found: a data source can look up by its name what the configuration makes.
func MayBeHere(v graph.Value) bool {
	return MayBeMade(v) || slices.ContainsFunc(v.Origins(), func(o graph.Origin) bool { return o.Kind == graph.FromData })
}

// MayBeMade reports whether an unknown value may name something that the configuration makes. A value from outside of the
// configuration doesn't.
func MayBeMade(v graph.Value) bool {
	for _, o := range v.Origins() {
		if o.Kind == graph.FromExpression || o.Kind == graph.FromResource {
			return true
		}
	}
	return false
}

// All returns the traffic of a hop that surely passes every client.
func All() netset.Bounds[netset.Traffic] { return netset.Exactly(netset.AllTraffic()) }

// None returns the traffic of a hop that surely passes nobody.
func None() netset.Bounds[netset.Traffic] { return netset.Bounds[netset.Traffic]{} }

// Perhaps returns the traffic of a hop that may pass every client or nobody.
func Perhaps() netset.Bounds[netset.Traffic] {
	return netset.Bounds[netset.Traffic]{May: netset.AllTraffic()}
}

// Of returns the traffic of a hop that passes some clients, whatever the protocol and the port.
func Of(clients netset.Bounds[netset.Prefixes]) netset.Bounds[netset.Traffic] {
	return netset.Bounds[netset.Traffic]{
		Must: netset.Product(clients.Must, netset.AllProtocols(), netset.AllPorts()),
		May:  netset.Product(clients.May, netset.AllProtocols(), netset.AllPorts()),
	}
}

// On returns the traffic of a hop that passes every client on some ports of some protocols. The ports count only for protocols
// that have ports.
func On(protocols netset.Bounds[netset.Protocols], ports netset.Bounds[netset.Ports]) netset.Bounds[netset.Traffic] {
	return netset.Bounds[netset.Traffic]{
		Must: netset.Product(netset.AllAddresses(), protocols.Must, ports.Must),
		May:  netset.Product(netset.AllAddresses(), protocols.May, ports.May),
	}
}

// Outside returns the origin that names what lies outside the configuration.
func Outside(name string, v graph.Value) graph.Origin {
	at := v.At
	if origins := v.Origins(); len(origins) == 1 && origins[0].At.Filename != "" {
		at = origins[0].At // the same for all that ask it
	}
	return graph.Origin{Kind: graph.FromExpression, Name: name, At: at}
}

// OriginsOf returns what decides a value. If the value names something itself, it is that, by its name.
func OriginsOf(v graph.Value) []graph.Origin {
	if out := v.Origins(); len(out) > 0 {
		return out
	}
	if text, ok := v.Text(); ok && !v.Sensitive() {
		return []graph.Origin{Outside(graph.Brief(text), v)}
	}
	return nil
}

// Present returns the hop of a resource that may have no instance; nil if it surely has one.
func Present(r *graph.Resource, word string) *fact.Hop {
	if r.Certain {
		return nil
	}
	return &fact.Hop{
		Kind: word, Resource: r, At: r.Decl, Takes: Perhaps(), Decides: OriginsOf(r.Exists),
		Why: "it isn't known whether there is one", Change: "Set what decides whether there is one.",
	}
}

// EndNames returns the distinct names of ends in order; unknown ends are described.
func EndNames(ends []graph.End) []string {
	var out []string
	seen := map[string]bool{}
	for _, e := range ends {
		if e.Known() && !seen[e.Name] {
			seen[e.Name] = true
			out = append(out, e.Name)
		}
	}
	return out
}

// Together returns what passes of traffic that comes from one of the addresses within, and it isn't known from which: all if
// all of them pass.
func Together(takes netset.Bounds[netset.Traffic], within netset.Prefixes) netset.Bounds[netset.Traffic] {
	all := netset.Product(within, netset.AllProtocols(), netset.AllPorts())
	switch {
	case all.SubsetOf(takes.Must):
		return All()
	case all.Overlaps(takes.May):
		return Perhaps()
	}
	return None()
}
