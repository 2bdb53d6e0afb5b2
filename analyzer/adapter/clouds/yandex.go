package clouds

import (
	"github.com/tfreach/tfreach/analyzer/adapter/read"
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
		Rules: read.Speak(inline, separate),
		UserData: []read.UserData{
			{Types: []string{"yandex_compute_instance"}, Attrs: []string{`metadata["user-data"]`}},
			{Types: []string{"yandex_compute_instance_group"}, Attrs: []string{`instance_template.metadata["user-data"]`}},
		},
	}
}
