package clouds

import (
	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// alibaba describes the rules of Alibaba Cloud. Of two rules of a security group with one priority, the one that drops
// goes first. Source: the provider's pages alicloud_security_group_rule, alicloud_network_acl and
// alicloud_ecs_prefix_list; https://www.alibabacloud.com/help/en/ecs/user-guide/security-group-rules
func alibaba() read.Provider {
	dialects := []read.Dialect{
		{
			Types:    []string{"alicloud_security_group_rule"},
			Scope:    fact.Scope{ScopeID: fact.ScopeID{Kind: "security group"}, Role: fact.Firewall, Order: fact.DenyWins},
			In:       "security_group_id",
			Of:       "alicloud_security_group",
			Inbound:  read.Ingress("type"),
			Allows:   &read.Words{Attr: "policy", Yes: []string{"accept"}, No: []string{"drop"}, Absent: read.Yes},
			Priority: &read.Priority{Attr: "priority", Absent: fact.Span{Lo: 1, Hi: 1}, Any: fact.Span{Lo: 1, Hi: 100}},
			Protocol: read.ProtocolIn("ip_protocol", netset.AllProtocols()),
			Ports:    read.PortsIn("port_range", read.AllPorts),
			Sources: read.From{
				IPv4: []string{"cidr_ip"}, IPv6: []string{"ipv6_cidr_ip"}, Groups: []string{"source_security_group_id"},
				Lists: []read.List{{Attr: "prefix_list_id", Type: "alicloud_ecs_prefix_list", Entries: "entry", Addresses: "cidr"}},
				None:  read.Nobody, // the API refuses such a rule
			}.Read,
			Reads: []string{"alicloud_ecs_prefix_list"},
		},
		{
			Types:    []string{"alicloud_network_acl"},
			Scope:    read.NetworkACL(),
			Blocks:   []string{"ingress_acl_entries"},
			Allows:   &read.Words{Attr: "policy", Yes: []string{"accept"}, No: []string{"drop"}, Absent: read.Unclear},
			Protocol: read.ProtocolIn("protocol", netset.AllProtocols()),
			Ports:    read.PortsIn("port", read.AllPorts),
			Sources:  read.From{Addresses: []string{"source_cidr_ip"}, None: read.Anyone}.Read,
		},
	}
	return read.Provider{
		Rules: read.Speak(dialects...),
		UserData: []read.UserData{{
			Types: []string{"alicloud_instance", "alicloud_ess_scaling_configuration", "alicloud_launch_template", "alicloud_ecs_launch_template"},
			Attrs: []string{"user_data"},
		}},
	}
}
