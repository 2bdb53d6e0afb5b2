package adapter

import "github.com/tfreach/tfreach/analyzer/netset"

// yandex describes the rules of Yandex Cloud's security groups, which allow only. The default group's resource removes
// the rules that it doesn't list.
// Source: the provider's pages yandex_vpc_security_group, yandex_vpc_default_security_group and
// yandex_vpc_security_group_rule.
func yandex() Provider {
	inline := dialect{
		types:  []string{"yandex_vpc_security_group", "yandex_vpc_default_security_group"},
		scope:  group("security group"),
		blocks: []string{"ingress"},
		protocol: protocolIn("protocol", netset.AllProtocols(),
			spelling{"IPV6_ICMP", netset.Protocol(netset.ICMPv6)}),
		ports: portsIn("port", portsBetween("from_port", "to_port", "-1"), "-1"),
		// The other sources are groups, the group itself and the health checks of load balancers. A source is required.
		sources: from{ipv4: []string{"v4_cidr_blocks"}, ipv6: []string{"v6_cidr_blocks"}, none: nobody}.read,
	}
	separate := inline
	separate.types, separate.blocks = []string{"yandex_vpc_security_group_rule"}, nil
	separate.in, separate.of = "security_group_binding", "yandex_vpc_security_group"
	separate.inbound = ingress("direction")
	return Provider{
		Rules:    speak(inline, separate),
		UserData: []userData{{types: []string{"yandex_compute_instance"}, attrs: []string{`metadata["user-data"]`}}},
	}
}
