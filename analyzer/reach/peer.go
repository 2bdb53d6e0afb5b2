package reach

import (
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// peer returns whom a guard admits whose rules see its peer, as well as the clients that they admit by address or in
// place of those. By are those.
func (w *Walker) peer(g *fact.Guard, port Port, by passed) passed {
	surely, perhaps, openings := w.naming(g, port)
	if g.Peer.Masks {
		surely = surely || !g.Peer.Within.Empty() && g.Peer.Within.SubsetOf(by.set.Must)
		perhaps = perhaps || g.Peer.Within.Overlaps(by.set.May)
		openings = append(openings, by.openings...)
		by = passed{}
	}
	if surely {
		by.set.Must = netset.AllAddresses()
	}
	if perhaps {
		by.set.May = netset.AllAddresses()
	}
	if by.set.Known() {
		return by
	}
	// These may decide, for all clients.
	_, port = w.asked(g, port)
	everyone := netset.Product(netset.AllAddresses(), netset.Protocol(port.Protocol), port.Ports)
	for _, o := range openings {
		by.openings = append(by.openings, Opening{o.Rule, netset.Bounds[netset.Traffic]{May: everyone}})
	}
	return by
}

// naming says whether rules surely, and whether they perhaps, admit the peer of a guard by a scope that it is a member of.
// Openings are the rules that may.
func (w *Walker) naming(g *fact.Guard, port Port) (surely, perhaps bool, openings []Opening) {
	rules, port := w.asked(g, port)
	ask := func(of []*fact.Ingress, sure bool) {
		for _, r := range of {
			named, maybe := g.Peer.In(r.Peers)
			protocol := netset.Protocol(port.Protocol)
			if !maybe || !r.Protocol.Set.May.Overlaps(protocol) || !r.Ports.Set.May.Overlaps(port.Ports) {
				continue
			}
			perhaps = true
			openings = append(openings, Opening{Rule: r})
			surely = surely || sure && named && r.Certain && r.Protocol.Set.Must.Overlaps(protocol) && r.Ports.Set.Must.Overlaps(port.Ports)
		}
	}
	for _, s := range g.Scopes {
		ask(rules.rules[scopeKey{s.Kind, s.Name}], g.Any && s.Certain)
		ask(rules.loose[s.Kind], false)
	}
	return surely, perhaps, openings
}
