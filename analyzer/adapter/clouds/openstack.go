package clouds

import (
	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// openstack describes the rules of OpenStack's security groups, which allow only.
// Source: the provider's page openstack_networking_secgroup_rule_v2, and that of openstack_compute_secgroup_v2 from
// before its removal.
func openstack() read.Provider {
	dialects := []read.Dialect{
		{
			Types:    []string{"openstack_networking_secgroup_rule_v2"},
			Scope:    read.Group("security group"),
			In:       "security_group_id",
			Of:       "openstack_networking_secgroup_v2",
			Inbound:  read.Ingress("direction"),
			Protocol: read.ProtocolIn("protocol", netset.AllProtocols()),
			Ports:    read.PortsBetween("port_range_min", "port_range_max", "0"),
			Sources: read.From{
				Addresses: []string{"remote_ip_prefix"}, Groups: []string{"remote_group_id"},
				Lists: []read.List{{
					Attr: "remote_address_group_id", Type: "openstack_networking_address_group_v2", Addresses: "addresses",
				}},
				None: read.Everyone, Version: "ethertype",
			}.Read,
			Reads: []string{"openstack_networking_address_group_v2"},
		},
		{
			Types:    []string{"openstack_compute_secgroup_v2"},
			Scope:    read.Group("security group"),
			Blocks:   []string{"rule"},
			Protocol: read.ProtocolIn("ip_protocol", netset.AllProtocols()),
			Ports:    read.PortsBetween("from_port", "to_port", "-1"),
			Sources: read.From{
				Addresses: []string{"cidr"}, Groups: []string{"from_group_id", "self"},
				None: read.Anyone, // the page doesn't say what a rule without a source is for
			}.Read,
		},
	}
	return read.Provider{
		Publishers: openstackPublishers(),
		Ways:       openstackMachines(),
		Rules:      read.Speak(dialects...),
		UserData:   []read.UserData{{Types: []string{"openstack_compute_instance_v2"}, Attrs: []string{"user_data"}}},
	}
}

// openstackPublishers are the listeners of load balancers and the port forwards of floating IPs. A load balancer is public
// by a floating IP for its port, or by the network that its address is from.
// Source: the provider's pages openstack_lb_loadbalancer_v2, openstack_lb_listener_v2, openstack_networking_floatingip_v2,
// openstack_networking_floatingip_associate_v2 and openstack_networking_portforwarding_v2.
func openstackPublishers() []read.Publisher {
	const floating, associate = "openstack_networking_floatingip_v2", "openstack_networking_floatingip_associate_v2"
	return []read.Publisher{
		{
			Types: []string{"openstack_lb_listener_v2"}, Kind: "listener",
			Balancer: "loadbalancer_id", Of: []string{"openstack_lb_loadbalancer_v2"},
			Public: read.PublicEither(read.PublicThrough(floating, "port_id"), read.PublicThrough(associate, "port_id"), openstackNetwork),
			Behind: &read.Machine{
				Firewall: read.Group("security group"), Firewalls: []string{"openstack_networking_secgroup_v2"},
				In: []string{"security_group_ids"}, Unguarded: read.Everyone,
			},
			Protocol: read.ListenerProtocol("protocol", read.TCP()),
			Ports:    read.PortsIn("protocol_port", read.AllPorts),
			Clients:  read.ClientsIn("allowed_cidrs"),
			Reads:    []string{floating, associate, "openstack_networking_network_v2", "openstack_networking_subnet_v2"},
		},
		{
			Types: []string{"openstack_networking_portforwarding_v2"}, Kind: "port forward",
			Protocol: read.ListenerProtocol("protocol", read.TCP()),
			Ports:    read.PortsIn("external_port", read.AllPorts),
		},
	}
}

// openstackNetwork says whether a load balancer has its address from an external network.
func openstackNetwork(g *graph.Graph, l read.Published) (read.Answer, graph.Value) {
	is, by := openstackExternal(g, l.Balancer.OwnAttr("vip_network_id"))
	if v := l.Balancer.OwnAttr("vip_subnet_id"); is == read.No && read.Given(v) {
		if subnet, only := g.Refer(v); !only || len(subnet) != 1 || subnet[0].Resource == nil || subnet[0].Resource.Addr.Mode != graph.Managed {
			return read.Unclear, v
		} else if network := subnet[0].Resource.OwnAttr("network_id"); read.Given(network) {
			return openstackExternal(g, network)
		}
	}
	return is, by
}

// openstackMachines are instances. A port that is a resource has the floating IPs and the groups; else the instance's network
// says which port is made, and the instance names the groups, by their names. A port without a group is in the project's default
// one. Source: the provider's pages openstack_compute_instance_v2, openstack_networking_port_v2,
// openstack_networking_floatingip_v2, openstack_networking_floatingip_associate_v2, openstack_compute_interface_attach_v2 and
// openstack_networking_port_secgroup_associate_v2; openstack_compute_floatingip_associate_v2 from before its removal.
func openstackMachines() *read.Cloud {
	const floating, associate, old = "openstack_networking_floatingip_v2", "openstack_networking_floatingip_associate_v2",
		"openstack_compute_floatingip_associate_v2"
	port := read.PublicEither(read.PublicThrough(floating, "port_id"), read.PublicThrough(associate, "port_id"))
	on := func(absent read.Answer, yes, no string) read.Words {
		return read.Words{Yes: []string{yes}, No: []string{no}, Absent: absent}
	}
	return read.WaysTo(read.Machine{
		Types: []string{"openstack_compute_instance_v2"}, Word: "instance",
		IPv4:      read.PublicEither(port, read.PublicThrough(old, "instance_id"), openstackOwnNetwork),
		Firewall:  read.Group("security group"),
		Firewalls: []string{"openstack_networking_secgroup_v2", "openstack_compute_secgroup_v2"}, Name: "name",
		In: []string{"security_groups"}, Unguarded: read.Anyone,
		Interfaces: []read.Interface{{
			Type: "openstack_networking_port_v2", Machine: "device_id", In: []string{"network.port"}, Instead: "network",
			By: []read.Joint{{Type: "openstack_compute_interface_attach_v2", Interface: "port_id", Machine: "instance_id"}},
			IPv4: read.PublicEither(port, func(g *graph.Graph, l read.Published) (read.Answer, graph.Value) {
				return openstackExternal(g, l.OwnAttr("network_id"))
			}),
			Guards: []string{"security_group_ids"}, Unguarded: read.Anyone,
			Open: read.PublicEither(
				read.PublicByOwn("no_security_groups", on(read.No, "true", "false"), read.No),
				read.PublicByOwn("port_security_enabled", on(read.No, "false", "true"), read.No),
			),
		}},
		By: []read.Guarding{{
			Type: "openstack_networking_port_secgroup_associate_v2", Firewall: "security_group_ids", Machines: "port_id",
		}},
		Before: openstackFirewalls,
		Reads:  append(openstackFirewallTypes(), floating, associate, old, "openstack_networking_network_v2", "openstack_networking_router_interface_v2"),
	})
}

// openstackOwnNetwork says whether the ports that an instance asks for get their addresses from an external network.
func openstackOwnNetwork(g *graph.Graph, l read.Published) (read.Answer, graph.Value) {
	is, by := read.No, graph.Value{}
	for _, b := range l.OwnBlocks("network") {
		if read.Given(b.OwnAttr("port")) {
			continue
		}
		for _, attr := range []string{"uuid", "name"} {
			switch one, v := openstackExternal(g, b.OwnAttr(attr)); one {
			case read.Yes:
				return read.Yes, v
			case read.Unclear:
				is, by = read.Unclear, v
			case read.No:
			}
		}
	}
	return is, by
}

// openstackExternal says whether a network is external. Those that the configuration makes are internal unless they say
// otherwise; of others it isn't known.
func openstackExternal(g *graph.Graph, network graph.Value) (read.Answer, graph.Value) {
	if !read.Given(network) {
		return read.No, network
	}
	const typ = "openstack_networking_network_v2"
	targets, whole := g.Refer(network)
	if name, known := network.Text(); known {
		if found := g.Named(typ, "name", name); len(found) == 1 {
			targets, whole = []graph.Target{{Resource: found[0]}}, true
		}
	}
	if !whole || len(targets) != 1 || targets[0].Resource == nil || targets[0].Resource.Addr.Mode != graph.Managed {
		return read.Unclear, network
	}
	external := read.Words{Attr: "external", Yes: []string{"true"}, No: []string{"false"}, Absent: read.No}
	return external.Of(targets[0].Resource.Object)
}
