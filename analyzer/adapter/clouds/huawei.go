package clouds

import (
	"slices"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// huawei describes the rules of Huawei Cloud. Types that end in _v2 are older names of the same resources. Among rules of a security group with one priority, the one that denies comes
// first. Source: https://support.huaweicloud.com/topic/1029456-4-A; the provider's pages huaweicloud_networking_secgroup_rule,
// huaweicloud_vpc_network_acl, huaweicloud_network_acl_rule, huaweicloud_network_acl and huaweicloud_vpc_address_group.
func huawei() read.Provider {
	allows := func(absent read.Answer) *read.Words {
		return &read.Words{Attr: "action", Yes: []string{"allow"}, No: []string{"deny"}, Absent: absent}
	}
	addresses := func(attr string) []read.List {
		return []read.List{{Attr: attr, Type: "huaweicloud_vpc_address_group", Addresses: "addresses"}}
	}
	addressGroup := []string{"huaweicloud_vpc_address_group"}
	rule := read.Dialect{
		Types:    []string{"huaweicloud_networking_secgroup_rule", "huaweicloud_networking_secgroup_rule_v2"},
		Scope:    fact.Scope{ScopeID: fact.ScopeID{Kind: "security group"}, Role: fact.Firewall, Order: fact.DenyWins},
		In:       "security_group_id",
		Of:       "huaweicloud_networking_secgroup",
		Inbound:  read.Ingress("direction"),
		Allows:   allows(read.Yes),
		Priority: &read.Priority{Attr: "priority", Absent: fact.Span{Lo: 1, Hi: 1}, Any: fact.Span{Lo: 1, Hi: 100}},
		Protocol: read.ProtocolIn("protocol", netset.AllProtocols()),
		Ports:    read.PortsIn("ports", read.PortsBetween("port_range_min", "port_range_max", "0")),
		Sources: read.From{
			Addresses: []string{"remote_ip_prefix"}, Groups: []string{"remote_group_id"},
			Lists: addresses("remote_address_group_id"), None: read.Everyone, Version: "ethertype",
		}.Read,
		Reads: addressGroup,
	}
	acl := read.Dialect{
		Types:       []string{"huaweicloud_vpc_network_acl"},
		Scope:       read.NetworkACL(),
		Blocks:      []string{"ingress_rules"},
		Allows:      allows(read.Unclear),
		Protocol:    read.ProtocolIn("protocol", netset.AllProtocols()),
		Ports:       read.PortsIn("destination_port", read.AllPorts),
		SourcePorts: read.PortsIn("source_port", read.AllPorts),
		Sources: read.From{
			Addresses: []string{"source_ip_address"}, Lists: addresses("source_ip_address_group_id"),
			None: read.Everyone, Version: "ip_version",
		}.Read,
		Destinations: read.Unless([]string{"destination_ip_address_group_id"}, netset.AllAddresses(),
			read.AddressesIn("destination_ip_address")),
		Off:   &read.Words{Attr: "enabled", Yes: []string{"false"}, No: []string{"true"}, Absent: read.No},
		Reads: addressGroup,
	}
	aclRule := acl
	aclRule.Types, aclRule.Blocks, aclRule.Off = []string{"huaweicloud_network_acl_rule"}, nil, nil
	aclRule.Idle = []read.Words{*acl.Off}
	return read.Provider{
		Publishers: huaweiPublishers(),
		Ways:       huaweiMachines(),
		Rules:      append(read.Speak(rule, acl), huaweiACLRule(aclRule)),
		UserData:   []read.UserData{{Types: []string{"huaweicloud_compute_instance"}, Attrs: []string{"user_data"}}},
	}
}

// huaweiACLRule reads rules that ACLs list by their IDs, in order. A rule that no ACL of the configuration lists may be in any
// ACL.
func huaweiACLRule(d read.Dialect) read.Adapter {
	const acl = "huaweicloud_network_acl"
	return read.Adapter{
		Types: d.Types, Reads: append(slices.Clone(d.Reads), acl),
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
					for _, rule := range d.Ingress(g, r) {
						rule.Scope, rule.Priority = read.Own(a, d.Scope), fact.Span{Lo: index, Hi: index}
						out = append(out, rule)
					}
				}
			}
			if !listed {
				return d.Ingress(g, r)
			}
			return out
		},
	}
}

// position returns the index at which a list of IDs names a resource.
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

// huaweiPublishers are the listeners of dedicated and shared load balancers, which an elastic IP makes public, and the port
// forwards of NAT gateways, which have the elastic IP's external port. Source: the provider's pages
// huaweicloud_elb_loadbalancer, huaweicloud_elb_listener, huaweicloud_elb_ipgroup, huaweicloud_lb_listener,
// huaweicloud_lb_whitelist and huaweicloud_nat_dnat_rule; a group without addresses, by
// https://support.huaweicloud.com/intl/en-us/usermanual-elb/elb_ug_ip_0000.html
func huaweiPublishers() []read.Publisher {
	associated := func(attr string) read.Publicity {
		return read.PublicEither(read.PublicThrough("huaweicloud_vpc_eip_associate", attr), read.PublicThrough("huaweicloud_networking_eip_associate", attr))
	}
	associations := []string{
		"huaweicloud_vpc_eip_associate", "huaweicloud_networking_eip_associate", "huaweicloud_lb_whitelist", "huaweicloud_lb_whitelist_v2",
	}
	return []read.Publisher{
		{
			Types: []string{"huaweicloud_elb_listener"}, Kind: "listener",
			Balancer: "loadbalancer_id", Of: []string{"huaweicloud_elb_loadbalancer"},
			Public:   read.PublicEither(read.PublicWith("ipv4_eip_id", "iptype", "ipv6_bandwidth_id"), associated("port_id")),
			Protocol: read.ListenerProtocol("protocol", read.TCP()),
			Ports:    read.PortsIn("protocol_port", read.PortsOfBlocks("port_ranges", "start_port", "end_port")),
			Clients: read.AccessList{
				On:    &read.Words{Attr: "ip_group_enable", Yes: []string{"true"}, No: []string{"false"}, Absent: read.Yes},
				In:    read.Words{Attr: "access_policy", Yes: []string{"white"}, No: []string{"black"}, Absent: read.Unclear},
				Names: []string{"ip_group"},
				List:  read.List{Attr: "ip_group", Type: "huaweicloud_elb_ipgroup", Entries: "ip_list", Addresses: "ip"},
			}.Clients,
			Reads: append([]string{"huaweicloud_elb_ipgroup"}, associations...),
		},
		{
			Types: []string{"huaweicloud_lb_listener", "huaweicloud_lb_listener_v2"}, Kind: "listener",
			Balancer: "loadbalancer_id", Of: []string{"huaweicloud_lb_loadbalancer", "huaweicloud_lb_loadbalancer_v2"},
			Public:   associated("port_id"),
			Protocol: read.ListenerProtocol("protocol", read.TCP()),
			Ports:    read.PortsIn("protocol_port", read.AllPorts),
			Clients:  huaweiWhitelist, Reads: associations,
		},
		{
			Types: []string{"huaweicloud_nat_dnat_rule", "huaweicloud_nat_dnat_rule_v2"}, Kind: "port forward",
			Protocol: read.ListenerProtocol("protocol", read.TCP()),
			Ports:    read.PortsIn("external_service_port", read.PortsIn("external_service_port_range", read.AllPorts), "0"),
		},
	}
}

// huaweiWhitelist says that a list of its own may restrict the clients of a shared load balancer's listener.
func huaweiWhitelist(g *graph.Graph, l read.Published) []fact.Term[netset.Prefixes] {
	for _, typ := range []string{"huaweicloud_lb_whitelist", "huaweicloud_lb_whitelist_v2"} {
		if out := read.ClientsPerhapsBy(typ, "listener_id")(g, l); !out[0].Set.Known() {
			return out
		}
	}
	return []fact.Term[netset.Prefixes]{read.Constant(netset.AllAddresses())}
}

// huaweiMachines are instances and the groups that scaling configurations make. An elastic IP gives one a public address. A
// subnet without an ACL lets everything pass. Source: the provider's pages huaweicloud_compute_instance,
// huaweicloud_compute_eip_associate, huaweicloud_vpc_eip_associate, huaweicloud_vpc_network_interface,
// huaweicloud_compute_interface_attach, huaweicloud_as_configuration and huaweicloud_vpc_network_acl.
func huaweiMachines() *read.Cloud {
	port := read.PublicEither(
		read.PublicThrough("huaweicloud_vpc_eip_associate", "port_id"), read.PublicThrough("huaweicloud_networking_eip_associate", "port_id"),
	)
	instance := read.Machine{
		Types: []string{"huaweicloud_compute_instance", "huaweicloud_compute_instance_v2"}, Word: "instance",
		IPv4: read.PublicEither(
			read.PublicWith("eip_id", "eip_type"), read.PublicThrough("huaweicloud_compute_eip_associate", "instance_id"),
			port,
		),
		Firewall:  fact.Scope{ScopeID: fact.ScopeID{Kind: "security group"}, Role: fact.Firewall, Order: fact.DenyWins},
		Firewalls: []string{"huaweicloud_networking_secgroup", "huaweicloud_networking_secgroup_v2"},
		In:        []string{"security_group_ids"}, Unguarded: read.Anyone,
		Interfaces: []read.Interface{{
			Type: "huaweicloud_vpc_network_interface", In: []string{"network.port"},
			By:   []read.Joint{{Type: "huaweicloud_compute_interface_attach", Interface: "port_id", Machine: "instance_id"}},
			IPv4: port, Guards: []string{"security_group_ids"}, Unguarded: read.Anyone,
		}},
		Subnets: []read.Subnet{{
			Type: "huaweicloud_vpc_subnet", Of: []string{"network.uuid", "subnet_id"},
			List: read.NetworkACL(), Lists: []string{"huaweicloud_vpc_network_acl", "huaweicloud_network_acl"},
			By: []read.Guarding{
				{Type: "huaweicloud_vpc_network_acl", Machines: "associated_subnets.subnet_id"},
				{Type: "huaweicloud_network_acl", Machines: "subnets"},
			},
			Unguarded: read.Everyone,
		}},
		Reads: []string{"huaweicloud_compute_eip_associate", "huaweicloud_vpc_eip_associate", "huaweicloud_networking_eip_associate"},
	}
	return read.WaysTo(instance, read.Machine{
		Types: []string{"huaweicloud_as_configuration"}, Word: "scaling configuration",
		IPv4:     read.PublicWith("instance_config.public_ip"),
		Firewall: instance.Firewall, Firewalls: instance.Firewalls,
		In: []string{"instance_config.security_group_ids"}, Unguarded: read.Anyone,
	})
}
