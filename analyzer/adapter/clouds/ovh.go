package clouds

import (
	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// ovh knows OVHcloud. The firewall of an address at the edge of the network, only for IPv4, drops
// what its rules deny and lets all else pass, as without it; the first rule that matches decides.
// Source: the provider's pages ovh_ip_firewall, ovh_ip_firewall_rule and ovh_cloud_security_group;
// https://help.ovhcloud.com/csm/en-au-dedicated-servers-firewall-network?id=kb_article_view&sysparm_article=KB0043445
func ovh() read.Provider {
	rule := read.Dialect{
		Types:    []string{"ovh_ip_firewall_rule"},
		Scope:    read.Ordered("firewall"),
		In:       "ip_on_firewall",
		Allows:   &read.Words{Attr: "action", Yes: []string{"permit"}, No: []string{"deny"}, Absent: read.Unclear},
		Priority: &read.Priority{Attr: "sequence", Any: fact.Span{Lo: 0, Hi: 19}},
		Idle: []read.Words{
			{Attr: "tcp_option", Yes: []string{"established"}, No: []string{"syn"}, Absent: read.No},
			{Attr: "fragments", Yes: []string{"true"}, No: []string{"false"}, Absent: read.No},
		},
		Protocol:    read.ProtocolIn("protocol", netset.AllProtocols(), read.Spelling{Word: "ipv4", Means: netset.AllProtocols()}),
		Ports:       read.PortsIn("destination_port", read.AllPorts, "0"),
		SourcePorts: read.PortsIn("source_port", read.AllPorts, "0"),
		Sources: func(g *graph.Graph, o graph.Object) []fact.Term[netset.Prefixes] {
			if !read.Given(o.OwnAttr("source")) {
				return []fact.Term[netset.Prefixes]{read.Constant(read.IPv4.All())}
			}
			return read.From{IPv4: []string{"source"}, None: read.Nobody}.Read(g, o)
		},
	}
	group := read.Dialect{
		Types:    []string{"ovh_cloud_security_group"},
		Scope:    read.Group("security group"),
		Blocks:   []string{"rule"},
		Inbound:  read.Ingress("direction"),
		Protocol: read.ProtocolIn("protocol", netset.AllProtocols()),
		Ports:    read.PortsBetween("port_range_min", "port_range_max", "0"),
		Sources: read.From{
			Addresses: []string{"remote_ip_prefix"}, Groups: []string{"remote_group_id"},
			None: read.Everyone, Version: "ethernet_type", // as in OpenStack, which it is made of
		}.Read,
	}
	firewall := read.Dialect{
		Types:  []string{"ovh_ip_firewall"},
		Scope:  rule.Scope,
		In:     rule.In,
		Policy: &read.Words{Absent: read.Yes},
		Family: read.IPv4,
		Off:    &read.Words{Attr: "enabled", Yes: []string{"false"}, No: []string{"true"}, Absent: read.No},
	}
	return read.Provider{Rules: read.Speak(rule, group, firewall), Publishers: ovhPublishers(), Ways: ovhMachines()}
}

// ovhPublishers are the listeners of Public Cloud load balancers, which are public by a floating IP, and the frontends of
// the IP Load Balancing service, which are always public.
// Source: the provider's pages ovh_cloud_project_loadbalancer and ovh_iploadbalancing_tcp_frontend.
func ovhPublishers() []read.Publisher {
	frontend := func(typ string, protocol netset.Protocols) read.Publisher {
		return read.Publisher{
			Types: []string{typ}, Kind: "frontend",
			Off:      &read.Words{Attr: "disabled", Yes: []string{"true"}, No: []string{"false"}, Absent: read.No},
			Protocol: func(graph.Object) fact.Term[netset.Protocols] { return read.Constant(protocol) },
			Ports:    read.PortsIn("port", read.AllPorts),
			Clients:  read.ClientsBut("allowed_source", "denied_source"),
		}
	}
	return []read.Publisher{
		{
			Types: []string{"ovh_cloud_project_loadbalancer"}, Kind: "load balancer", Blocks: []string{"listeners"},
			Public:   read.PublicWith("network.private.floating_ip", "network.private.floating_ip_create"),
			Protocol: read.ListenerProtocol("protocol", read.TCP()),
			Ports:    read.PortsIn("port", read.AllPorts),
			Clients:  read.ClientsIn("allowed_cidrs"),
		},
		frontend("ovh_iploadbalancing_tcp_frontend", read.TCP()),
		frontend("ovh_iploadbalancing_http_frontend", read.TCP()),
		frontend("ovh_iploadbalancing_udp_frontend", netset.Protocol(netset.UDP)),
	}
}

// ovhMachines are the instances of the Public Cloud. Without a word about groups they are in the project's default one; an empty
// list of groups means that nothing filters. Virtual and dedicated servers are always public, and only a firewall at the edge may
// guard them. Source: the provider's pages ovh_cloud_instance, ovh_cloud_project_instance, ovh_vps and ovh_dedicated_server.
func ovhMachines() *read.Cloud {
	group, groups := read.Group("security group"), []string{"ovh_cloud_security_group"}
	const edge = "ovh_ip_firewall"
	return read.WaysTo(
		read.Machine{
			Types: []string{"ovh_vps", "ovh_dedicated_server"}, Word: "server", IPv4: read.AlwaysPublic,
			Firewall: read.Ordered("firewall"), Firewalls: []string{edge},
			// It names an address, and the provider tells a server's only once there is one.
			Selects: []read.Guarding{{Type: edge, Machines: "ip_on_firewall"}}, Unguarded: read.Everyone,
		},
		read.Machine{
			Types: []string{"ovh_cloud_instance"}, Word: "instance",
			IPv4:     read.PublicWith("networks.auto_assign_public_ip", "networks.ip"),
			Firewall: group, Firewalls: groups, In: []string{"security_group_ids"}, Unguarded: read.Anyone,
			Open: func(_ *graph.Graph, l read.Published) (read.Answer, graph.Value) {
				v := l.OwnAttr("security_group_ids")
				if elements, whole := v.Elements(); !v.Absent() && whole && len(elements) == 0 {
					return read.Yes, v
				}
				return read.No, v
			},
		},
		read.Machine{
			Types: []string{"ovh_cloud_project_instance"}, Word: "instance",
			IPv4:     read.PublicWith("network.public", "network.private.floating_ip", "network.private.floating_ip_create"),
			Firewall: group, Firewalls: groups, Unguarded: read.Anyone,
		},
	)
}
