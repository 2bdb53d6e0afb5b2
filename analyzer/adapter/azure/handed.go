package azure

import (
	"slices"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// handed is a load balancer, or an application gateway, with an internal frontend that hands connections on to a site.
type handed struct {
	// to are the addresses that the frontend may have.
	to netset.Prefixes
	// hops are those of the frontend and of the rule, and masked those of the groups that see the gateway's address in place of
	// the client's; nil if they see the client's.
	hops, masked []*fact.Hop
}

// handedOn returns what hands connections from inside of the network on to a site. It finds that once. Which hosts reach the
// frontend isn't followed.
func (n *network) handedOn(s *site) []handed {
	if out, ok := n.handing[s.ipConfiguration]; ok {
		return out
	}
	var out []handed
	front := func(r *graph.Resource, word string, takes *fact.Hop) *fact.Hop {
		hop := &fact.Hop{
			Kind: word, Resource: r, At: r.Decl, Takes: read.Perhaps(), Why: "it has, or may have, an internal frontend",
			Change:  "Without it only the rules of the groups decide who reaches the machine inside of the network.",
			Decides: []graph.Origin{read.Outside("who reaches "+r.Addr.String()+" inside of the network", graph.Value{At: r.Decl})},
		}
		hop.Takes = netset.IntersectBounds(hop.Takes, takes.Takes)
		return hop
	}
	for _, f := range n.forwardsTo(s.ipConfiguration) {
		if slices.ContainsFunc(f.fronts, func(a publicAddress) bool { return a.hop.Takes.Must.Empty() }) {
			out = append(out, handed{to: read.IPv4.All(), hops: []*fact.Hop{front(f.by, "load balancer rule", f.hop), f.hop}})
		}
	}
	for _, p := range n.pooledTo(s.ipConfiguration) {
		if !p.internal {
			continue
		}
		to := n.firewallAddresses(p.end())
		if to.Empty() {
			to = read.IPv4.All()
		}
		out = append(out, handed{to: to, hops: []*fact.Hop{front(p.gateway, "application gateway", p.takes), p.hop}, masked: n.masked(s.ipConfiguration, p.end())})
	}
	n.handing[s.ipConfiguration] = out
	return out
}

// inside returns the hops to a site by a frontend, for what comes from another place.
func (h *handed) inside(n *network, s *site, from far) []*fact.Hop {
	if h.masked != nil {
		return slices.Concat(h.hops, s.before, h.masked)
	}
	return slices.Concat(h.hops, s.before, n.passes(s, from, false))
}
