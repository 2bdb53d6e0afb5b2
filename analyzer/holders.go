package analyzer

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
)

// holders has the resources of endpoints that say which private addresses they have.
type holders map[netip.Addr][]*graph.Resource

// holdersIn finds the holders among the resources of endpoints. An address elsewhere, such as a rule's or a target's, is not the
// address of what spells it out.
func holdersIn(endpoints []fact.Endpoint) holders {
	out := holders{}
	for i := range endpoints {
		if endpoints[i].Kind != fact.Machine {
			continue
		}
		for _, r := range append([]*graph.Resource{endpoints[i].Resource}, endpoints[i].Parts...) {
			r.Texts(func(argument, text string) {
				if addr, ok := privateAddress(text); ok && isAddress(argument) && !slices.Contains(out[addr], r) {
					out[addr] = append(out[addr], r)
				}
			})
		}
	}
	return out
}

// isAddress reports whether an argument's name says that it holds addresses.
func isAddress(argument string) bool {
	return slices.ContainsFunc(strings.Split(argument, "_"), func(word string) bool {
		return slices.Contains([]string{"ip", "ips", "ipv6", "address", "addresses"}, word)
	})
}

// mayHave reports whether one of the resources of an endpoint has an address, or may be given it by its cloud: any of its
// subnet's that nothing else has.
func (h holders) mayHave(t *graph.Topology, own []*graph.Resource, addr netip.Addr) bool {
	if has := h[addr]; len(has) > 0 {
		return slices.ContainsFunc(own, func(r *graph.Resource) bool { return slices.Contains(has, r) })
	}
	placed := false
	for _, r := range own {
		for _, edge := range t.From(r.Addr.String(), graph.InSubnet) {
			placed = true
			if edge.To.Resource == nil || mayContain(edge.To.Resource, addr) {
				return true
			}
		}
	}
	return !placed
}

// mayContain reports whether the prefixes that a subnet spells out contain an address, or it spells out none of its family.
func mayContain(subnet *graph.Resource, addr netip.Addr) bool {
	told, within := false, false
	subnet.Texts(func(_, text string) {
		if p, err := netip.ParsePrefix(text); err == nil && p.Addr().Is4() == addr.Is4() {
			told, within = true, within || p.Contains(addr)
		}
	})
	return within || !told
}
