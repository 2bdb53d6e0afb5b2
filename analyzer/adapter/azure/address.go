package azure

import (
	"net/netip"
	"strings"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// address reads an address, a CIDR, a range of addresses, or one of the words whose meaning for traffic from the
// internet is known. Internet is what lies outside of the virtual network, so for such traffic it is everyone;
// VirtualNetwork and AzureLoadBalancer, the source of health probes, hold nobody on the internet.
// Source: https://learn.microsoft.com/azure/virtual-network/service-tags-overview
func address(text string) (netset.Prefixes, bool) {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "*", "any", "internet":
		return netset.AllAddresses(), true
	case "virtualnetwork", "azureloadbalancer":
		return netset.Prefixes{}, true
	case "0.0.0.0":
		// Seen in the wild where everyone was meant; no page says what it does.
		return netset.Prefixes{}, false
	}
	if p, err := netset.ParseSource(text); err == nil {
		return p, true
	}
	from, to, _ := strings.Cut(text, "-")
	first, errFirst := netip.ParseAddr(strings.TrimSpace(from))
	last, errLast := netip.ParseAddr(strings.TrimSpace(to))
	if errFirst != nil || errLast != nil {
		return netset.Prefixes{}, false
	}
	r := netset.AddressRange(first, last)
	return r, !r.Empty()
}

// sources reads an attribute that holds addresses or service tags, one or several, as a term for each. The other
// tags stand for some of Microsoft's own addresses, which aren't known here. They are too few for a deny of them to stop
// everyone, so it counts as one of nobody.
func sources(v graph.Value, attr string, action fact.Action) []fact.Term[netset.Prefixes] {
	var out []fact.Term[netset.Prefixes]
	for _, e := range read.Parts(v) {
		text, known := e.Text()
		set, ok := address(text)
		switch {
		case known && ok:
			out = append(out, fact.Term[netset.Prefixes]{
				Set: netset.Exactly(set), Attrs: []string{attr}, Values: []graph.Value{e},
			})
		case known && action == fact.Deny:
		case known:
			out = append(out, read.Someone(e.Called("service tag "+text), attr))
		default:
			out = append(out, read.Someone(e, attr))
		}
	}
	return out
}

// narrowTo narrows a rule to the destinations that attributes hold, and those in more. They are private
// addresses by the time that rules see them, so whether a rule that names only public ones matches anything depends on
// whether the virtual network has those.
// Source: https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview
func narrowTo(rule *fact.Ingress, more netset.Bounds[netset.Prefixes], values ...graph.Value) {
	to := more
	var outside graph.Value
	for _, v := range values {
		for _, e := range read.Parts(v) {
			text, known := e.Text()
			set, ok := destination(text)
			switch {
			case !known:
				to.May = netset.AllAddresses()
			case !ok:
				to.May = netset.AllAddresses()
				outside = e.Called("the addresses of " + text)
			default:
				to = netset.UnionBounds(to, netset.Exactly(set))
				if set.SubsetOf(netset.PublicSpace()) {
					outside = e.Called("whether the virtual network has " + text)
				}
			}
		}
	}
	if !outside.Absent() && to.Must.SubsetOf(netset.PublicSpace()) {
		read.Doubt(rule, outside)
	}
	read.Narrow(rule, to)
}

// destination reads a destination like address. Of the service tags, only VirtualNetwork stands for what rules
// for inbound traffic protect.
func destination(text string) (netset.Prefixes, bool) {
	switch strings.ToLower(text) {
	case "virtualnetwork":
		return netset.AllAddresses(), true
	case "internet", "azureloadbalancer":
		return netset.Prefixes{}, false
	}
	return address(text)
}
