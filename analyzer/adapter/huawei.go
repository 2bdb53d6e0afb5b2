package adapter

import (
	"slices"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// huawei knows Huawei Cloud. Of two rules of a security group with one priority, the one that denies
// goes first. Source: https://support.huaweicloud.com/topic/1029456-4-A; the provider's pages
// huaweicloud_networking_secgroup_rule, huaweicloud_vpc_network_acl, huaweicloud_network_acl_rule,
// huaweicloud_network_acl and huaweicloud_vpc_address_group.
func huawei() Provider {
	allows := func(absent answer) *words {
		return &words{attr: "action", yes: []string{"allow"}, no: []string{"deny"}, absent: absent}
	}
	addresses := func(attr string) []list {
		return []list{{attr: attr, typ: "huaweicloud_vpc_address_group", addresses: "addresses"}}
	}
	addressGroup := []string{"huaweicloud_vpc_address_group"}
	rule := dialect{
		types:    []string{"huaweicloud_networking_secgroup_rule"},
		scope:    fact.Scope{Kind: "security group", Role: fact.Firewall, Order: fact.DenyWins},
		in:       "security_group_id",
		of:       "huaweicloud_networking_secgroup",
		inbound:  ingress("direction"),
		allows:   allows(yes),
		priority: &priority{attr: "priority", absent: fact.Span{Lo: 1, Hi: 1}, any: fact.Span{Lo: 1, Hi: 100}},
		protocol: protocolIn("protocol", netset.AllProtocols()),
		ports:    portsIn("ports", portsBetween("port_range_min", "port_range_max", "0")),
		sources: from{
			addresses: []string{"remote_ip_prefix"}, groups: []string{"remote_group_id"},
			lists: addresses("remote_address_group_id"), none: everyone, version: "ethertype",
		}.read,
		reads: addressGroup,
	}
	acl := dialect{
		types:       []string{"huaweicloud_vpc_network_acl"},
		scope:       networkACL(),
		blocks:      []string{"ingress_rules"},
		allows:      allows(unclear),
		protocol:    protocolIn("protocol", netset.AllProtocols()),
		ports:       portsIn("destination_port", allPorts),
		sourcePorts: portsIn("source_port", allPorts),
		sources: from{
			addresses: []string{"source_ip_address"}, lists: addresses("source_ip_address_group_id"),
			none: everyone, version: "ip_version",
		}.read,
		destinations: unless([]string{"destination_ip_address_group_id"}, netset.AllAddresses(),
			addressesIn("destination_ip_address")),
		off:   &words{attr: "enabled", yes: []string{"false"}, no: []string{"true"}, absent: no},
		reads: addressGroup,
	}
	aclRule := acl
	aclRule.types, aclRule.blocks, aclRule.off = []string{"huaweicloud_network_acl_rule"}, nil, nil
	aclRule.idle = []words{*acl.off}
	return Provider{
		Rules:    append(speak(rule, acl), huaweiACLRule(aclRule)),
		UserData: []userData{{types: []string{"huaweicloud_compute_instance"}, attrs: []string{"user_data"}}},
	}
}

// huaweiACLRule reads rules that ACLs list by their IDs, in order. One that no ACL here lists may be in any.
func huaweiACLRule(d dialect) Adapter {
	const acl = "huaweicloud_network_acl"
	return Adapter{
		Types: d.types, Reads: append(slices.Clone(d.reads), acl),
		Ingress: func(g *graph.Graph, r *graph.Resource) []*fact.Ingress {
			var out []*fact.Ingress
			listed := false
			for _, a := range g.OfType(acl) {
				for _, attr := range []string{"inbound_rules", "outbound_rules"} {
					index, ok := position(g, a.Attr(attr), r)
					listed = listed || ok
					if !ok || attr != "inbound_rules" {
						continue
					}
					for _, rule := range d.ingress(g, r) {
						rule.Scope, rule.Priority = own(a, d.scope), fact.Span{Lo: index, Hi: index}
						out = append(out, rule)
					}
				}
			}
			if !listed {
				return d.ingress(g, r)
			}
			return out
		},
	}
}

// position returns where a list of IDs names a resource.
func position(g *graph.Graph, ids graph.Value, r *graph.Resource) (int, bool) {
	elements, _ := ids.Elements()
	for i, e := range elements {
		targets, _ := g.Refer(e)
		if slices.ContainsFunc(targets, func(t graph.Target) bool { return t.Resource == r }) {
			return i, true
		}
	}
	return 0, false
}
