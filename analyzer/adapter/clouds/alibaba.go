package clouds

import (
	"net/netip"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// alibaba describes the rules of Alibaba Cloud. Of two rules of a security group with one priority, the one that drops
// goes first. Source: the provider's pages alicloud_security_group_rule, alicloud_network_acl and
// alicloud_ecs_prefix_list; https://www.alibabacloud.com/help/en/ecs/user-guide/security-group-rules
func alibaba() read.Provider {
	dialects := []read.Dialect{
		{
			Types:    []string{"alicloud_security_group_rule"},
			Scope:    alibabaGroup(),
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
		Publishers: alibabaPublishers(),
		Ways:       alibabaMachines(),
		Rules:      read.Speak(dialects...),
		UserData: []read.UserData{{
			Types: []string{"alicloud_instance", "alicloud_ecs_instance_set", "alicloud_ess_scaling_configuration", "alicloud_launch_template", "alicloud_ecs_launch_template"},
			Attrs: []string{"user_data"},
		}},
	}
}

// alibabaGroup is the scope of a security group.
func alibabaGroup() fact.Scope {
	return fact.Scope{ScopeID: fact.ScopeID{Kind: "security group"}, Role: fact.Firewall, Order: fact.DenyWins}
}

// alibabaPublishers are the listeners of the three kinds of load balancers and of accelerators, and the port forwards of
// NAT gateways. A classic load balancer in a network (vswitch_id) without an address type is an internal one; without
// a network the API decides. An elastic IP makes an internal one public. A list of addresses without any lets everyone in.
// Source: the provider's pages alicloud_slb_load_balancer, alicloud_slb_listener, alicloud_nlb_load_balancer,
// alicloud_nlb_listener, alicloud_alb_load_balancer, alicloud_alb_listener, alicloud_ga_listener, alicloud_forward_entry, alicloud_slb_acl and alicloud_alb_acl;
// https://help.aliyun.com/en/slb/classic-load-balancer/user-guide/overview-3
func alibabaPublishers() []read.Publisher {
	scheme := read.PublicBy(read.Words{Attr: "address_type", Yes: []string{"Internet"}, No: []string{"Intranet"}, Absent: read.Unclear})
	address := read.PublicThrough("alicloud_eip_association", "instance_id")
	associations := []string{"alicloud_eip_association"}
	either := read.PortsIn("listener_port", read.PortsBetween("start_port", "end_port"), "0")
	return []read.Publisher{
		{
			Types: []string{"alicloud_slb_listener"}, Kind: "listener",
			Balancer: "load_balancer_id", Of: []string{"alicloud_slb_load_balancer", "alicloud_slb"},
			Public:   read.PublicEither(alibabaClassic, address),
			Protocol: read.ListenerProtocol("protocol", read.TCP()),
			Ports:    read.PortsIn("frontend_port", read.AllPorts),
			Clients: read.AccessList{
				On:    &read.Words{Attr: "acl_status", Yes: []string{"on"}, No: []string{"off"}, Absent: read.No},
				In:    read.Words{Attr: "acl_type", Yes: []string{"white"}, No: []string{"black"}, Absent: read.Unclear},
				Names: []string{"acl_ids", "acl_id"}, Open: true,
				List:    read.List{Attr: "acl_ids", Type: "alicloud_slb_acl", Entries: "entry_list", Addresses: "entry"},
				Entries: read.Guarding{Type: "alicloud_slb_acl_entry_attachment", Firewall: "acl_id", Machines: "entry"},
			}.Clients,
			Reads: append([]string{"alicloud_slb_acl", "alicloud_slb_acl_entry_attachment"}, associations...),
		},
		{
			Types: []string{"alicloud_nlb_listener"}, Kind: "listener",
			Balancer: "load_balancer_id", Of: []string{"alicloud_nlb_load_balancer"},
			Public: read.PublicEither(scheme, address),
			Behind: &read.Machine{
				Firewall: alibabaGroup(), Firewalls: []string{"alicloud_security_group"}, In: []string{"security_group_ids"},
				By: []read.Guarding{{
					Type: "alicloud_nlb_load_balancer_security_group_attachment", Firewall: "security_group_id", Machines: "load_balancer_id",
				}},
				Unguarded: read.Everyone,
			},
			Protocol: read.ListenerProtocol("listener_protocol", read.TCP()),
			Ports:    either, Reads: associations,
		},
		{
			Types: []string{"alicloud_alb_listener"}, Kind: "listener",
			Balancer: "load_balancer_id", Of: []string{"alicloud_alb_load_balancer"}, Public: scheme,
			Protocol: read.ListenerProtocol("listener_protocol", read.TCP()),
			Ports:    read.PortsIn("listener_port", read.AllPorts),
			Clients: read.AccessList{
				In:    read.Words{Attr: "acl_type", Yes: []string{"White"}, No: []string{"Black"}, Absent: read.Unclear},
				Block: "acl_config", Names: []string{"acl_relations.acl_id", "acl_id"}, Open: true,
				Attached: read.Guard{Type: "alicloud_alb_listener_acl_attachment", Attr: "listener_id"},
				List:     read.List{Attr: "acl_id", Type: "alicloud_alb_acl", Entries: "acl_entries", Addresses: "entry"},
				Entries:  read.Guarding{Type: "alicloud_alb_acl_entry_attachment", Firewall: "acl_id", Machines: "entry"},
			}.Clients,
			Reads: []string{"alicloud_alb_acl", "alicloud_alb_acl_entry_attachment", "alicloud_alb_listener_acl_attachment"},
		},
		{
			Types: []string{"alicloud_ga_listener"}, Kind: "accelerator listener", Blocks: []string{"port_ranges"},
			Protocol: read.ListenerProtocol("protocol", read.TCP()),
			Ports:    read.PortsBetween("from_port", "to_port"),
		},
		{
			Types: []string{"alicloud_forward_entry"}, Kind: "port forward", Public: alibabaForward, Reads: []string{alibabaNAT},
			Protocol: read.ListenerProtocol("ip_protocol", read.TCP()),
			Ports:    read.PortsIn("external_port", read.AllPorts),
		},
	}
}

const alibabaNAT = "alicloud_nat_gateway"

// alibabaForward says whether a port forward is on the internet: that of a NAT gateway between networks isn't. One whose gateway
// is elsewhere is if its address isn't a private one. A gateway is for the internet by default. Source: the provider's pages
// alicloud_nat_gateway and alicloud_forward_entry; https://www.alibabacloud.com/help/en/nat-gateway/developer-reference/api-vpc-2016-04-28-createnatgateway-natgws
func alibabaForward(g *graph.Graph, l read.Published) (read.Answer, graph.Value) {
	table, address := l.OwnAttr("forward_table_id"), l.OwnAttr("external_ip")
	targets, whole := g.Refer(table)
	if text, _ := address.Text(); text != "" {
		if ip, err := netip.ParseAddr(text); err == nil && ip.IsPrivate() {
			return read.No, address
		}
	}
	if !whole || len(targets) != 1 || targets[0].Resource == nil || targets[0].Resource.Addr.Type != alibabaNAT {
		return read.Yes, table
	}
	kind := read.Words{Attr: "network_type", Yes: []string{"internet"}, No: []string{"intranet"}, Absent: read.Yes}
	return kind.Of(targets[0].Resource.Object)
}

func alibabaClassic(_ *graph.Graph, l read.Published) (read.Answer, graph.Value) {
	words := read.Words{Attr: "address_type", Yes: []string{"internet"}, No: []string{"intranet"}, Absent: read.Unclear}
	is, by := words.Of(l.Balancer.Object)
	if read.Given(by) {
		return is, by
	}
	if old := l.Balancer.OwnAttr("internet"); read.Given(old) { // the deprecated spelling
		words = read.Words{Attr: "internet", Yes: []string{"true"}, No: []string{"false"}, Absent: read.Unclear}
		return words.Of(l.Balancer.Object)
	}
	if v := l.Balancer.OwnAttr("vswitch_id"); read.Given(v) && !read.Nullable(v) {
		return read.No, v
	}
	return read.Unclear, read.Opaque("the address type of "+l.Balancer.Addr.String(), l.Balancer.Decl)
}

// alibabaMachines are instances and the groups that scaling configurations make. One has a public address if it pays for
// bandwidth to the internet, which it doesn't by default, or by an elastic IP. A switch without a network ACL lets everything
// pass. Source: the provider's pages alicloud_instance, alicloud_ecs_instance_set, alicloud_ess_scaling_configuration, alicloud_eip_association,
// alicloud_ecs_network_interface and alicloud_network_acl.
func alibabaMachines() *read.Cloud {
	group := alibabaGroup()
	address := read.PublicThrough("alicloud_eip_association", "instance_id")
	instance := read.Machine{
		Types: []string{"alicloud_instance"}, Word: "instance",
		IPv4:     read.PublicEither(alibabaBandwidth, address),
		Firewall: group, Firewalls: []string{"alicloud_security_group"},
		In: []string{"security_groups"}, Unguarded: read.Anyone, // those of network_interfaces are of further interfaces
		Interfaces: []read.Interface{{
			Type: "alicloud_ecs_network_interface", In: []string{"network_interface_id", "network_interfaces.network_interface_id"},
			By:   []read.Joint{{Type: "alicloud_ecs_network_interface_attachment", Interface: "network_interface_id", Machine: "instance_id"}},
			IPv4: address, Guards: []string{"security_group_ids", "security_groups"}, Unguarded: read.Anyone,
		}},
		Subnets: []read.Subnet{{
			Type: "alicloud_vswitch", Of: []string{"vswitch_id", "subnet_id"},
			List: read.NetworkACL(), Lists: []string{"alicloud_network_acl"},
			By: []read.Guarding{
				{Type: "alicloud_network_acl", Machines: "resources.resource_id"},
				{Type: "alicloud_network_acl_attachment", Firewall: "network_acl_id", Machines: "resources.resource_id"},
			},
			Unguarded: read.Everyone,
		}},
		Reads: []string{"alicloud_eip_association"},
	}
	set := instance
	set.Types, set.Word, set.IPv4, set.Interfaces = []string{"alicloud_ecs_instance_set"}, "instance set", alibabaBandwidth, nil
	set.In = []string{"security_group_ids"}
	return read.WaysTo(instance, set, read.Machine{
		Types: []string{"alicloud_ess_scaling_configuration"}, Word: "scaling configuration", IPv4: alibabaBandwidth,
		Firewall: group, Firewalls: instance.Firewalls,
		In: []string{"security_group_id", "security_group_ids"}, Unguarded: read.Anyone,
	})
}

// alibabaBandwidth says whether an instance pays for bandwidth to the internet. A launch template may say so, too.
func alibabaBandwidth(_ *graph.Graph, l read.Published) (read.Answer, graph.Value) {
	v := l.OwnAttr("internet_max_bandwidth_out")
	n, known := v.Int()
	switch {
	case known && n > 0:
		return read.Yes, v
	case known:
		return read.No, v
	case read.Given(v):
		return read.Unclear, v
	}
	for _, attr := range []string{"launch_template_id", "launch_template_name"} {
		if v := l.OwnAttr(attr); read.Given(v) {
			return read.Unclear, v
		}
	}
	return read.No, v
}
