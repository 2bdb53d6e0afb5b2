package adapter

import (
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// stackit describes the rules of a STACKIT security group, which allow only, as those of OpenStack.
// Source: the provider's page stackit_security_group_rule.
func stackit() Provider {
	firewall := dialect{
		types:   []string{"stackit_security_group_rule"},
		scope:   group("security group"),
		in:      "security_group_id",
		of:      "stackit_security_group",
		inbound: ingress("direction"),
		protocol: within("protocol", netset.AllProtocols(), func(o graph.Object) fact.Term[netset.Protocols] {
			if given(o.OwnAttr("name")) {
				return protocolIn("name", netset.AllProtocols())(o)
			}
			return protocolIn("number", netset.AllProtocols())(o)
		}),
		ports: within("port_range", netset.AllPorts(), portsBetween("min", "max")),
		sources: from{
			addresses: []string{"ip_range"}, groups: []string{"remote_security_group_id"},
			none: everyone, version: "ether_type",
		}.read,
	}
	return Provider{
		Rules:    speak(firewall),
		UserData: []userData{{types: []string{"stackit_server"}, attrs: []string{"user_data"}}},
	}
}
