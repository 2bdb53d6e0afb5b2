package clouds

import (
	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// outscale describes the rules of an Outscale security group, which allow only: one in the resource itself, or several
// in blocks of it. Source: the provider's page outscale_security_group_rule.
func outscale() read.Provider {
	firewall := read.Dialect{
		Types:   []string{"outscale_security_group_rule"},
		Scope:   read.Group("security group"),
		In:      "security_group_id",
		Of:      "outscale_security_group",
		Blocks:  []string{"rules"},
		Alone:   true,
		Inbound: &read.Words{Attr: "flow", Yes: []string{"Inbound"}, No: []string{"Outbound"}, Absent: read.Unclear},
		// It stands in the resource, also where the rules are in blocks.
		PerResource: true,
		Protocol:    read.ProtocolIn("ip_protocol", netset.AllProtocols()),
		Ports:       read.PortsBetween("from_port_range", "to_port_range", "-1"),
		// The other sources are groups and the account's access points to services.
		Sources: read.From{Addresses: []string{"ip_range", "ip_ranges"}, None: read.Nobody}.Read,
	}
	return read.Provider{
		Publishers: outscalePublishers(),
		Rules:      read.Speak(firewall),
		UserData:   []read.UserData{{Types: []string{"outscale_vm"}, Attrs: []string{"user_data"}}},
	}
}

// outscalePublishers are load balancers. Outside of a Net all are internet-facing; in one, which subnets tell, the type
// says it, and security groups of the Net decide who comes in.
// Source: the provider's page outscale_load_balancer;
// https://docs.outscale.com/en/userguide/About-Security-Groups-in-LBU.html
func outscalePublishers() []read.Publisher {
	return []read.Publisher{{
		Types: []string{"outscale_load_balancer"}, Kind: "load balancer", Blocks: []string{"listeners"},
		Public: func(_ *graph.Graph, l read.Published) (read.Answer, graph.Value) {
			scheme := read.Words{Attr: "load_balancer_type", Yes: []string{"internet-facing"}, No: []string{"internal"}, Absent: read.Yes}
			if read.Given(l.Balancer.OwnAttr("subnets")) {
				scheme.Absent = read.Unclear
			}
			return scheme.Of(l.Balancer.Object)
		},
		Guards: []string{"security_groups", "subnets"}, NoGuard: read.Everyone,
		Protocol: read.ListenerProtocol("load_balancer_protocol", read.TCP()),
		Ports:    read.PortsIn("load_balancer_port", read.AllPorts),
	}}
}
