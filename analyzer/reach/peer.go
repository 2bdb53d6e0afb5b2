package reach

import (
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// peer returns what a guard admits whose rules see a peer, as well as the clients that they admit by address or in place
// of those. By is what they admit by address.
func (w *Walker) peer(g *fact.Guard, peer *fact.Peer, port Port, by admission) admission {
	named, openings := w.naming(g, peer, port)
	if peer.Masks {
		named = netset.UnionBounds(named, within(peer.Within, by.admits))
		openings = append(openings, by.openings...)
		by = admission{}
	}
	by.admits = netset.UnionBounds(by.admits, named)
	if by.admits.Known() {
		return by
	}
	// These may decide, for all clients.
	for _, o := range openings {
		by.openings = append(by.openings, Opening{o.Rule, netset.Bounds[netset.Traffic]{May: everything(port)}})
	}
	return by
}

// within returns what all clients may send by something with an address among some, whose traffic is admitted: to the
// ports that are admitted to all of these addresses surely, to those that are admitted to one of them perhaps.
func within(addresses netset.Prefixes, admits netset.Bounds[netset.Traffic]) netset.Bounds[netset.Traffic] {
	var out netset.Bounds[netset.Traffic]
	if addresses.Empty() {
		return out
	}
	for box := range admits.Must.Boxes() {
		if addresses.SubsetOf(box.Sources) {
			out.Must = out.Must.Union(netset.Product(netset.AllAddresses(), box.Protocols, box.Ports))
		}
	}
	for box := range admits.May.Boxes() {
		if addresses.Overlaps(box.Sources) {
			out.May = out.May.Union(netset.Product(netset.AllAddresses(), box.Protocols, box.Ports))
		}
	}
	return out
}

// naming returns what rules admit of a guard's peer by a scope that it is a member of. Openings are the rules that may.
func (w *Walker) naming(g *fact.Guard, peer *fact.Peer, port Port) (admits netset.Bounds[netset.Traffic], openings []Opening) {
	rules := w.asks(g)
	_, anyOf := g.By.(fact.AnyOf)
	ask := func(of []*fact.Ingress, sure bool) {
		for _, r := range of {
			named, maybe := peer.In(r.Peers)
			protocol := netset.Protocol(port.Protocol)
			may := netset.Product(netset.AllAddresses(), r.Protocol.Set.May.Intersect(protocol), r.Ports.Set.May.Intersect(port.Ports))
			if !maybe || may.Empty() {
				continue
			}
			admits.May = admits.May.Union(may)
			openings = append(openings, Opening{Rule: r})
			if sure && named && r.Certain {
				must := netset.Product(netset.AllAddresses(), r.Protocol.Set.Must.Intersect(protocol), r.Ports.Set.Must.Intersect(port.Ports))
				admits.Must = admits.Must.Union(must)
			}
		}
	}
	for _, s := range g.Scopes() {
		ask(rules.rules[s.ScopeID], anyOf && s.Certain)
		ask(rules.loose[s.Kind], false)
	}
	return admits, openings
}
