package adapter

import (
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// alibaba describes the rules of Alibaba Cloud. Of two rules of a security group with one priority, the one that drops
// goes first. Source: the provider's pages alicloud_security_group_rule, alicloud_network_acl and
// alicloud_ecs_prefix_list; https://www.alibabacloud.com/help/en/ecs/user-guide/security-group-rules
func alibaba() Provider {
	dialects := []dialect{
		{
			types:    []string{"alicloud_security_group_rule"},
			scope:    fact.Scope{Kind: "security group", Role: fact.Firewall, Order: fact.DenyWins},
			in:       "security_group_id",
			of:       "alicloud_security_group",
			inbound:  ingress("type"),
			allows:   &words{attr: "policy", yes: []string{"accept"}, no: []string{"drop"}, absent: yes},
			priority: &priority{attr: "priority", absent: fact.Span{Lo: 1, Hi: 1}, any: fact.Span{Lo: 1, Hi: 100}},
			protocol: protocolIn("ip_protocol", netset.AllProtocols()),
			ports:    portsIn("port_range", allPorts),
			sources: from{
				ipv4: []string{"cidr_ip"}, ipv6: []string{"ipv6_cidr_ip"}, groups: []string{"source_security_group_id"},
				lists: []list{{attr: "prefix_list_id", typ: "alicloud_ecs_prefix_list", entries: "entry", addresses: "cidr"}},
				none:  nobody, // the API refuses such a rule
			}.read,
			reads: []string{"alicloud_ecs_prefix_list"},
		},
		{
			types:    []string{"alicloud_network_acl"},
			scope:    networkACL(),
			blocks:   []string{"ingress_acl_entries"},
			allows:   &words{attr: "policy", yes: []string{"accept"}, no: []string{"drop"}, absent: unclear},
			protocol: protocolIn("protocol", netset.AllProtocols()),
			ports:    portsIn("port", allPorts),
			sources:  from{addresses: []string{"source_cidr_ip"}, none: anyone}.read,
		},
	}
	return Provider{
		Rules:    speak(dialects...),
		UserData: []userData{{types: []string{"alicloud_instance"}, attrs: []string{"user_data"}}},
	}
}
