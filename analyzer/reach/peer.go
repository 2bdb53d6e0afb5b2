package reach

import (
	"slices"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// peer returns what a guard whose rules see a peer admits: what they admit by the peer's scopes, and by address, in place of
// the clients' or besides them. by is what they admit by address.
func (w *Walker) peer(g *fact.Guard, peer *fact.Peer, port Port, by admission) admission {
	var named netset.Bounds[netset.Traffic]
	var openings []Opening
	if !ordered(g) {
		named, openings = w.naming(g, peer, port)
	}
	if peer.Masks {
		named = netset.UnionBounds(named, within(peer.Within, by.admits))
		openings = append(openings, by.openings...)
		by = admission{}
	}
	by.admits = netset.UnionBounds(by.admits, named)
	if by.admits.Known() {
		return by
	}
	// These rules may decide for all clients.
	for _, o := range openings {
		by.openings = append(by.openings, Opening{Rule: o.Rule, Admits: netset.Bounds[netset.Traffic]{May: everything(port)}})
	}
	return by
}

// ordered reports whether a guard asks rules in an order, each about the peer as well.
func ordered(g *fact.Guard) bool {
	switch g.By.(type) {
	case fact.InOrder, fact.Rules:
		return true
	}
	return false
}

// within returns what all clients may send through something whose address lies among addresses. A port is surely open if it is
// admitted to all of these addresses, and perhaps open if it is admitted to one of them.
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

// naming returns what rules admit of a guard's peer by a scope that the peer is a member of. Openings are the rules that may
// admit it.
func (w *Walker) naming(g *fact.Guard, peer *fact.Peer, port Port) (admits netset.Bounds[netset.Traffic], openings []Opening) {
	rules := w.asks(g)
	_, anyOf := g.By.(fact.AnyOf)
	ask := func(of []*fact.Ingress, sure bool) {
		for _, r := range of {
			by := named(r, peer, port)
			if by.May.Empty() {
				continue
			}
			admits.May = admits.May.Union(by.May)
			openings = append(openings, Opening{Rule: r})
			if sure {
				admits.Must = admits.Must.Union(by.Must)
			}
		}
	}
	for _, s := range g.Scopes() {
		ask(rules.rules[s.ScopeID], anyOf && s.Certain)
		ask(rules.loose[s.Kind], false)
	}
	return admits, openings
}

// named returns what a rule matches of a peer, whatever its address, because the rule names a scope that the peer is a member
// of.
func named(r *fact.Ingress, peer *fact.Peer, port Port) netset.Bounds[netset.Traffic] {
	var out netset.Bounds[netset.Traffic]
	surely, perhaps := peer.In(r.Peers)
	if !perhaps {
		return out
	}
	protocol := netset.Protocol(port.Protocol)
	out.May = netset.Product(netset.AllAddresses(), r.Protocol.Set.May.Intersect(protocol), r.Ports.Set.May.Intersect(port.Ports))
	if surely && r.Certain {
		out.Must = netset.Product(netset.AllAddresses(), r.Protocol.Set.Must.Intersect(protocol), r.Ports.Set.Must.Intersect(port.Ports))
	}
	return out
}

// admitting returns the rules that may admit the peer of a guard to a port, by its address or by a scope that it is in.
func (w *Walker) admitting(g *fact.Guard, port Port) []Opening {
	peer, ok := g.Sees.(fact.Peer)
	if !ok {
		return nil
	}
	if g.Direction.Replies() {
		port.Ports = anyPort()
	}
	var out []Opening
	for _, o := range w.decide(g, port).openings {
		if within(peer.Within, o.Admits).May.Empty() && named(o.Rule, &peer, port).May.Empty() {
			continue
		}
		out = append(out, o)
	}
	if !ordered(g) {
		_, openings := w.naming(g, &peer, port)
		for _, o := range openings {
			if !slices.ContainsFunc(out, func(own Opening) bool { return own.Rule == o.Rule }) {
				out = append(out, o)
			}
		}
	}
	return out
}
