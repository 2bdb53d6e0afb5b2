package netset

import (
	"iter"
	"strings"
)

// Traffic is a set of packets as a firewall sees them: source address, IP
// protocol and destination port.
//
// Only TCP, UDP, DCCP, SCTP and UDP-Lite have ports. Traffic of any other
// protocol has all ports or none: the type and code of ICMP, which some clouds
// write where the ports go, are not ports.
type Traffic struct {
	sources pieces[number8, pieces[number16, Prefixes]]
}

// AllTraffic returns every combination of source, protocol and port.
func AllTraffic() Traffic { return Product(AllAddresses(), AllProtocols(), AllPorts()) }

// Product returns the combinations of the sources, protocols and ports. The
// ports count only for protocols that have some; for the others the traffic is
// on all ports, whichever ports are given, even none.
func Product(sources Prefixes, protocols Protocols, ports Ports) Traffic {
	onPorts := constant(ports.set, sources)
	with := protocols.Intersect(PortProtocols())
	without := protocols.Difference(PortProtocols())
	if without.Empty() {
		return Traffic{constant(with.set, onPorts)}
	}
	onAll := constant(AllPorts().set, sources)
	return Traffic{constant(with.set, onPorts).Union(constant(without.set, onAll))}
}

// Sources returns the sources that reach at least one of the ports over the
// protocol. The ports do not count if the protocol has none.
func (t Traffic) Sources(protocol uint8, ports Ports) Prefixes {
	onPorts := t.sources.at(number8(protocol))
	if hasPorts(protocol) {
		onPorts = onPorts.Intersect(constant(ports.set, AllAddresses()))
	}
	var all []Prefixes
	for _, s := range onPorts {
		all = append(all, s.value)
	}
	return UnionAll(all...)
}

// Ports returns the ports that traffic over the protocol comes to.
func (t Traffic) Ports(protocol uint8) Ports {
	var out Ports
	for _, g := range t.sources.at(number8(protocol)).groups(prefixesForm) {
		out = out.Union(Ports{g.domain})
	}
	return out
}

// Restrict returns the part of the traffic that uses the protocols and, where
// they have ports, the ports.
func (t Traffic) Restrict(protocols Protocols, ports Ports) Traffic {
	return t.Intersect(Product(AllAddresses(), protocols, ports))
}

// Union returns the traffic of either set.
func (t Traffic) Union(o Traffic) Traffic { return Traffic{t.sources.Union(o.sources)} }

// Intersect returns the traffic of both sets.
func (t Traffic) Intersect(o Traffic) Traffic { return Traffic{t.sources.Intersect(o.sources)} }

// Difference returns the traffic of t that o lacks.
func (t Traffic) Difference(o Traffic) Traffic { return Traffic{t.sources.Difference(o.sources)} }

// Complement returns the traffic that t lacks.
func (t Traffic) Complement() Traffic { return AllTraffic().Difference(t) }

// Empty reports whether there is no traffic.
func (t Traffic) Empty() bool { return t.sources.Empty() }

// Equal reports whether t and o are the same traffic.
func (t Traffic) Equal(o Traffic) bool { return t.sources.Equal(o.sources) }

// SubsetOf reports whether o has all traffic of t.
func (t Traffic) SubsetOf(o Traffic) bool { return t.Difference(o).Empty() }

// Overlaps reports whether t and o have traffic in common.
func (t Traffic) Overlaps(o Traffic) bool { return !t.Intersect(o).Empty() }

// Box is the product of three sets.
type Box struct {
	Sources   Prefixes
	Protocols Protocols
	Ports     Ports
}

// String writes the box like "tcp 20-22 from 10.0.0.0/8". All ports are left out.
func (b Box) String() string {
	text := b.Protocols.String()
	if !b.Ports.Equal(AllPorts()) {
		text += " " + b.Ports.String()
	}
	return text + " from " + b.Sources.String()
}

// Boxes yields disjoint boxes that make up the traffic. They are the same for
// equal traffic: one for each set of sources that is distinct among the ports of
// protocols that are treated alike, in the order of protocols, then ports.
func (t Traffic) Boxes() iter.Seq[Box] {
	return func(yield func(Box) bool) {
		for _, alike := range t.sources.groups(portsForm) {
			for _, g := range alike.value.groups(prefixesForm) {
				if !yield(Box{g.value, Protocols{alike.domain}, Ports{g.domain}}) {
					return
				}
			}
		}
	}
}

func portsForm(p pieces[number16, Prefixes]) string {
	return string(p.form(nil, appendPort, appendPrefixes))
}

func prefixesForm(p Prefixes) string { return string(p.form(nil)) }

// String writes the boxes, like "tcp 20-22 from 0.0.0.0/0; icmp from ::/0";
// "none" if there is no traffic.
func (t Traffic) String() string {
	if t.Empty() {
		return "none"
	}
	var parts []string
	for box := range t.Boxes() {
		parts = append(parts, box.String())
	}
	return strings.Join(parts, "; ")
}
