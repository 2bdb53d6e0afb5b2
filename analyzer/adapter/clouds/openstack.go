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
			Guards: []string{"security_group_ids"}, NoGuard: read.Everyone,
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

// openstackNetwork says whether a load balancer has its address from an external network. Networks that the configuration
// makes are internal unless they say otherwise; of others it isn't known.
func openstackNetwork(g *graph.Graph, l read.Published) (read.Answer, graph.Value) {
	is, by := read.No, graph.Value{}
	for _, attr := range []string{"vip_network_id", "vip_subnet_id"} {
		v := l.Balancer.OwnAttr(attr)
		if !read.Given(v) {
			continue
		}
		targets, whole := g.Refer(v)
		if !whole || len(targets) != 1 || targets[0].Resource == nil || targets[0].Resource.Addr.Mode != graph.Managed {
			is, by = read.Unclear, v
			continue
		}
		external := read.Words{Attr: "external", Yes: []string{"true"}, No: []string{"false"}, Absent: read.No}
		if one, v := external.Of(targets[0].Resource.Object); one != read.No {
			return one, v
		}
	}
	return is, by
}
