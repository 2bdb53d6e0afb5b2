package azure

import (
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// masked returns the hops of the network security groups of an interface that sees a firewall's address instead of the
// client's. The firewall's address is in the virtual network, which the default rules admit; no group is needed for it.
func (n *network) masked(i *ipConfiguration, firewall graph.End) []*fact.Hop {
	var out []*fact.Hop
	within, word := n.firewallAddresses(firewall), "the firewall"
	if firewall.Resource != nil && firewall.Resource.Addr.Type == gatewayType {
		word = "the gateway"
	}
	add := func(f filter, on string) {
		if f.none() {
			return
		}
		hop := &fact.Hop{
			Kind: "network security group", Resource: i.of, At: i.of.Decl, Takes: read.All(), Decides: f.decides,
			Why:    "on " + on + " it sees the address of " + word + " in place of the client's",
			Change: "A rule that denies the addresses in the subnet of " + word + " closes it.",
		}
		if !f.sure || f.outside || len(f.groups) != 1 || !f.groups[0].Certain {
			hop.Takes = read.Perhaps()
			if f.outside {
				out = append(out, hop)
				return
			}
		}
		var rules []*fact.Ingress
		for _, e := range f.groups {
			rules = append(rules, n.insideRules(e.Resource, within)...)
		}
		if len(f.groups) > 0 {
			hop.Resource, hop.At = f.groups[0].Resource, f.groups[0].Resource.Decl
		}
		if len(f.groups) == 1 {
			hop.Guard = n.guards.Share(fact.Guard{
				By: fact.Rules{Rules: rules, Member: i.member}, Direction: fact.In, Sees: fact.Proxy{}, Gaps: fact.Gaps{Absent: !f.sure},
			})
		}
		out = append(out, hop)
	}
	add(n.subnetFilter(i.subnet), subnetName(i.subnet))
	add(i.filter, i.of.Addr.String())
	if admin, decides := n.adminScopes(i.subnet); len(admin) > 0 {
		out = append(out, &fact.Hop{
			Kind: "security admin rules", Resource: i.of, At: i.of.Decl, Takes: read.Perhaps(), Decides: decides,
			Why: "they may deny the address of " + word, Change: "Allow the subnet of " + word + " in the security admin rules.",
		})
	}
	return out
}

// firewallAddresses returns the networks that a firewall's private addresses are in; nothing if they aren't known.
func (n *network) firewallAddresses(firewall graph.End) netset.Prefixes {
	var out netset.Prefixes
	if firewall.Resource == nil {
		return out
	}
	for _, b := range append(firewall.Resource.OwnBlocks("ip_configuration"), firewall.Resource.OwnBlocks("gateway_ip_configuration")...) {
		for _, e := range n.t.End(b.OwnAttr("subnet_id"), true) {
			if e.Resource == nil {
				continue
			}
			if p, whole := texts(e.Resource.OwnAttr("address_prefixes")); whole {
				out = out.Union(p)
			}
		}
	}
	return out
}

// defaultInside is the priority of the default rule of network security groups that admits the virtual network. Source:
// https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview
const defaultInside = 65000

// insideKey is a network security group and the addresses that its rules see.
type insideKey struct {
	group  *graph.Resource
	within netset.Key[netset.Prefixes]
}

// insideRules returns the rules of a network security group as they see addresses of the virtual network: each is for
// everything or for nothing. A rule is perhaps for everything if that isn't known.
func (n *network) insideRules(group *graph.Resource, within netset.Prefixes) []*fact.Ingress {
	key := insideKey{group, within.Key()}
	if out, ok := n.inside[key]; ok {
		return out
	}
	scope := read.Own(group, NetworkSecurityGroup())
	var out []*fact.Ingress
	for _, rule := range n.rulesOf(group) {
		one := *rule
		one.Sources = nil
		for _, t := range rule.Sources {
			t.Set = inside(t, within)
			one.Sources = append(one.Sources, t)
		}
		out = append(out, &one)
	}
	out = append(out, &fact.Ingress{
		Resource: group, Scope: scope, At: group.Decl, Certain: true, Action: fact.Allow,
		Priority: fact.Span{Lo: defaultInside, Hi: defaultInside},
		Protocol: read.Constant(netset.AllProtocols()), Ports: read.Constant(netset.AllPorts()),
		Sources: []fact.Term[netset.Prefixes]{read.Constant(netset.AllAddresses())},
	})
	n.inside[key] = out
	return out
}

// rulesOf returns the rules of a network security group: its own and those of resources that name it.
func (n *network) rulesOf(group *graph.Resource) []*fact.Ingress {
	if n.rules == nil {
		n.rules = map[fact.ScopeID][]*fact.Ingress{}
		single := networkSecurityRule()
		for _, r := range n.t.OfType("azurerm_network_security_rule") {
			if r.Addr.Mode != graph.Managed {
				continue
			}
			for _, rule := range single.Ingress(n.t.Graph, r) {
				n.rules[rule.Scope.ScopeID] = append(n.rules[rule.Scope.ScopeID], rule)
			}
		}
	}
	out := inlineRules().Ingress(n.t.Graph, group)
	return append(out, n.rules[read.Own(group, NetworkSecurityGroup()).ScopeID]...)
}

// inside returns whether a term of sources holds the addresses within: as all addresses or none.
func inside(t fact.Term[netset.Prefixes], within netset.Prefixes) netset.Bounds[netset.Prefixes] {
	all, none := netset.Exactly(netset.AllAddresses()), netset.Bounds[netset.Prefixes]{}
	perhaps := netset.Bounds[netset.Prefixes]{May: netset.AllAddresses()}
	texts := make([]string, 0, len(t.Values))
	for _, v := range t.Values {
		text, known := v.Text()
		if !known || len(v.Origins()) > 0 && !t.Set.Known() {
			return perhaps
		}
		texts = append(texts, strings.ToLower(strings.TrimSpace(text)))
	}
	switch {
	case slices.Contains(texts, "virtualnetwork"):
		return all
	case slices.Contains(texts, "internet"), slices.Contains(texts, "azureloadbalancer"):
		return none
	case within.Empty() && !t.Set.Must.Equal(netset.AllAddresses()):
		return perhaps
	case within.SubsetOf(t.Set.Must):
		return all
	case within.Overlaps(t.Set.May):
		return perhaps
	}
	return none
}
