package clouds

import (
	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// naver describes the rules of Naver Cloud: those of access control groups, which allow only, and of network ACLs.
// Source: the provider's pages ncloud_access_control_group_rule and ncloud_network_acl_rule.
func naver() read.Provider {
	rules := read.Dialect{
		Types:    []string{"ncloud_access_control_group_rule"},
		Scope:    read.Group("access control group"),
		In:       "access_control_group_no",
		Of:       "ncloud_access_control_group",
		Blocks:   []string{"inbound"},
		Protocol: read.ProtocolIn("protocol", netset.AllProtocols()),
		Ports:    read.PortsIn("port_range", read.AllPorts),
		// One of ip_block and source_access_control_group_no is required.
		Sources: read.From{Addresses: []string{"ip_block"}, None: read.Nobody}.Read,
	}
	acl := rules
	acl.Types, acl.Scope = []string{"ncloud_network_acl_rule"}, read.NetworkACL()
	acl.In, acl.Of = "network_acl_no", "ncloud_network_acl"
	acl.Allows = &read.Words{Attr: "rule_action", Yes: []string{"ALLOW"}, No: []string{"DROP"}, Absent: read.Unclear}
	acl.Priority = &read.Priority{Attr: "priority", Any: fact.Span{Lo: 1, Hi: 199}}
	acl.Sources = read.From{
		Addresses: []string{"ip_block"},
		Lists:     []read.List{{Attr: "deny_allow_group_no", Type: "ncloud_network_acl_deny_allow_group", Addresses: "ip_list"}},
		None:      read.Nobody,
	}.Read
	acl.Reads = []string{"ncloud_network_acl_deny_allow_group"}
	return read.Provider{Rules: read.Speak(rules, acl), Publishers: naverPublishers()}
}

// naverPublishers are the listeners of load balancers, which are public by default.
// Source: the provider's pages ncloud_lb and ncloud_lb_listener.
func naverPublishers() []read.Publisher {
	return []read.Publisher{{
		Types: []string{"ncloud_lb_listener"}, Kind: "listener", Balancer: "load_balancer_no", Of: []string{"ncloud_lb"},
		Public:   read.PublicBy(read.Words{Attr: "network_type", Yes: []string{"PUBLIC"}, No: []string{"PRIVATE"}, Absent: read.Yes}),
		Protocol: read.ListenerProtocol("protocol", read.TCP()),
		Ports:    read.PortsIn("port", read.AllPorts),
	}}
}
