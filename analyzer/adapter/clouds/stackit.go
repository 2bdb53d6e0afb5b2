package clouds

import (
	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// stackit describes the rules of a STACKIT security group, which allow only, as those of OpenStack.
// Source: the provider's page stackit_security_group_rule.
func stackit() read.Provider {
	firewall := read.Dialect{
		Types:   []string{"stackit_security_group_rule"},
		Scope:   read.Group("security group"),
		In:      "security_group_id",
		Of:      "stackit_security_group",
		Inbound: read.Ingress("direction"),
		Protocol: read.Within("protocol", netset.AllProtocols(), func(o graph.Object) fact.Term[netset.Protocols] {
			if read.Given(o.OwnAttr("name")) {
				return read.ProtocolIn("name", netset.AllProtocols())(o)
			}
			return read.ProtocolIn("number", netset.AllProtocols())(o)
		}),
		Ports: read.Within("port_range", netset.AllPorts(), read.PortsBetween("min", "max")),
		Sources: read.From{
			Addresses: []string{"ip_range"}, Groups: []string{"remote_security_group_id"},
			None: read.Everyone, Version: "ether_type",
		}.Read,
	}
	return read.Provider{
		Rules:    read.Speak(firewall),
		UserData: []read.UserData{{Types: []string{"stackit_server"}, Attrs: []string{"user_data"}}},
	}
}
