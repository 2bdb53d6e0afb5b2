package clouds

import (
	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// yandex describes the rules of Yandex Cloud's security groups, which allow only. The default group's resource removes
// the rules that it doesn't list.
// Source: the provider's pages yandex_vpc_security_group, yandex_vpc_default_security_group and
// yandex_vpc_security_group_rule.
func yandex() read.Provider {
	inline := read.Dialect{
		Types:  []string{"yandex_vpc_security_group", "yandex_vpc_default_security_group"},
		Scope:  read.Group("security group"),
		Blocks: []string{"ingress"},
		Protocol: read.ProtocolIn("protocol", netset.AllProtocols(),
			read.Spelling{Word: "IPV6_ICMP", Means: netset.Protocol(netset.ICMPv6)}),
		Ports: read.PortsIn("port", read.PortsBetween("from_port", "to_port", "-1"), "-1"),
		// The other sources are groups, the group itself and the health checks of load balancers. A source is required.
		Sources: read.From{IPv4: []string{"v4_cidr_blocks"}, IPv6: []string{"v6_cidr_blocks"}, None: read.Nobody}.Read,
	}
	separate := inline
	separate.Types, separate.Blocks = []string{"yandex_vpc_security_group_rule"}, nil
	separate.In, separate.Of = "security_group_binding", "yandex_vpc_security_group"
	separate.Inbound = read.Ingress("direction")
	return read.Provider{
		Publishers: yandexPublishers(),
		Ways:       yandexMachines(),
		Rules:      read.Speak(inline, separate),
		UserData: []read.UserData{
			{Types: []string{"yandex_compute_instance"}, Attrs: []string{`metadata["user-data"]`}},
			{Types: []string{"yandex_compute_instance_group"}, Attrs: []string{`instance_template.metadata["user-data"]`}},
		},
	}
}

// yandexPublishers are the listeners of network load balancers, which are external by default, and of application load
// balancers, whose endpoints say what addresses they have.
// Source: the provider's pages yandex_lb_network_load_balancer and yandex_alb_load_balancer.
func yandexPublishers() []read.Publisher {
	return []read.Publisher{
		{
			Types: []string{"yandex_lb_network_load_balancer"}, Kind: "load balancer", Blocks: []string{"listener"},
			Public:   yandexPublic,
			Protocol: read.ListenerProtocol("protocol", read.TCP()),
			Ports:    read.PortsIn("port", read.AllPorts),
		},
		{
			Types: []string{"yandex_alb_load_balancer"}, Kind: "load balancer", Blocks: []string{"listener", "endpoint"},
			Public: yandexEndpoint,
			Behind: &read.Machine{
				Firewall: read.Group("security group"), Firewalls: []string{"yandex_vpc_security_group", "yandex_vpc_default_security_group"},
				In: []string{"security_group_ids"}, Unguarded: read.Everyone,
			},
			Protocol: func(graph.Object) fact.Term[netset.Protocols] { return read.Constant(read.TCP()) },
			Ports:    read.PortList("ports"),
		},
	}
}

func yandexPublic(_ *graph.Graph, l read.Published) (read.Answer, graph.Value) {
	if own := l.OwnBlocks("external_address_spec"); len(own) > 0 && own[0].Certain {
		return read.Yes, graph.Value{}
	}
	if own := l.OwnBlocks("internal_address_spec"); len(own) > 0 && own[0].Certain {
		return read.No, graph.Value{}
	}
	scheme := read.Words{Attr: "type", Yes: []string{"external"}, No: []string{"internal"}, Absent: read.Yes}
	return scheme.Of(l.Balancer.Object)
}

func yandexEndpoint(_ *graph.Graph, l read.Published) (read.Answer, graph.Value) {
	is, by := read.No, graph.Value{}
	for _, address := range l.OwnBlocks("address") {
		for _, attr := range []string{"external_ipv4_address", "external_ipv6_address"} {
			for _, external := range address.OwnBlocks(attr) {
				if external.Certain && address.Certain {
					return read.Yes, graph.Value{}
				}
				is, by = read.Unclear, external.Exists
			}
		}
	}
	return is, by
}

// yandexMachines are instances and groups of them, which have a public address by one-to-one NAT of one of their
// interfaces. An interface without security groups is in the default one of its network.
// Source: the provider's pages yandex_compute_instance and yandex_compute_instance_group.
func yandexMachines() *read.Cloud {
	machine := func(typ, word, at string) read.Machine {
		return read.Machine{
			Types: []string{typ}, Word: word, Each: []string{at}, IPv4: read.PublicWithOwn("nat", "nat_ip_address"),
			Firewall:  read.Group("security group"),
			Firewalls: []string{"yandex_vpc_security_group", "yandex_vpc_default_security_group"},
			In:        []string{"security_group_ids"}, Unguarded: read.Anyone,
		}
	}
	return read.WaysTo(
		machine("yandex_compute_instance", "instance", "network_interface"),
		machine("yandex_compute_instance_group", "instance group", "instance_template.network_interface"),
	)
}
