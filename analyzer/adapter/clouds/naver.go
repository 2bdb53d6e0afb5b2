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
	return read.Provider{Rules: read.Speak(rules, acl), Publishers: naverPublishers(), Ways: naverMachines()}
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

// naverMachines are servers. A public IP is a server's, and the groups are those of its interfaces; one without an interface of
// the configuration is in the default group. Source: the provider's pages ncloud_server, ncloud_public_ip,
// ncloud_network_interface and ncloud_subnet.
func naverMachines() *read.Cloud {
	return read.WaysTo(read.Machine{
		Types: []string{"ncloud_server"}, Word: "server",
		IPv4:     read.PublicThrough("ncloud_public_ip", "server_instance_no"),
		Firewall: read.Group("access control group"), Firewalls: []string{"ncloud_access_control_group"}, Unguarded: read.Anyone,
		Interfaces: []read.Interface{{
			Type: "ncloud_network_interface", Machine: "server_instance_no", In: []string{"network_interface.network_interface_no"},
			Guards: []string{"access_control_groups"}, Shares: true,
		}},
		Subnets: []read.Subnet{{
			Type: "ncloud_subnet", Of: []string{"subnet_no"}, In: []string{"network_acl_no"},
			List: read.NetworkACL(), Lists: []string{"ncloud_network_acl"}, Unguarded: read.Anyone,
		}},
		Reads: []string{"ncloud_public_ip"},
	})
}
