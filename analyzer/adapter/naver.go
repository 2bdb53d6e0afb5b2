package adapter

import (
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// naver describes the rules of Naver Cloud: those of access control groups, which allow only, and of network ACLs.
// Source: the provider's pages ncloud_access_control_group_rule and ncloud_network_acl_rule.
func naver() Provider {
	rules := dialect{
		types:    []string{"ncloud_access_control_group_rule"},
		scope:    group("access control group"),
		in:       "access_control_group_no",
		of:       "ncloud_access_control_group",
		blocks:   []string{"inbound"},
		protocol: protocolIn("protocol", netset.AllProtocols()),
		ports:    portsIn("port_range", allPorts),
		// One of ip_block and source_access_control_group_no is required.
		sources: from{addresses: []string{"ip_block"}, none: nobody}.read,
	}
	acl := rules
	acl.types, acl.scope = []string{"ncloud_network_acl_rule"}, networkACL()
	acl.in, acl.of = "network_acl_no", "ncloud_network_acl"
	acl.allows = &words{attr: "rule_action", yes: []string{"ALLOW"}, no: []string{"DROP"}, absent: unclear}
	acl.priority = &priority{attr: "priority", any: fact.Span{Lo: 1, Hi: 199}}
	acl.sources = from{
		addresses: []string{"ip_block"},
		lists:     []list{{attr: "deny_allow_group_no", typ: "ncloud_network_acl_deny_allow_group", addresses: "ip_list"}},
		none:      nobody,
	}.read
	acl.reads = []string{"ncloud_network_acl_deny_allow_group"}
	return Provider{Rules: speak(rules, acl)}
}
