package clouds

import (
	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// scaleway describes the rules of a Scaleway security group: the first that matches decides, then the group's policy,
// which is to accept by default.
// Source: the provider's pages scaleway_instance_security_group and scaleway_instance_security_group_rules.
func scaleway() read.Provider {
	inline := read.Dialect{
		Types:    []string{"scaleway_instance_security_group"},
		Scope:    read.Ordered("security group"),
		Blocks:   []string{"inbound_rule"},
		Allows:   &read.Words{Attr: "action", Yes: []string{"accept"}, No: []string{"drop"}, Absent: read.Unclear},
		Protocol: read.ProtocolIn("protocol", read.TCP()),
		Ports:    read.PortsIn("port_range", read.PortsIn("port", read.AllPorts, "0")),
		Sources:  read.From{Addresses: []string{"ip_range", "ip"}, None: read.Everyone}.Read,
	}
	separate := inline
	separate.Types = []string{"scaleway_instance_security_group_rules"}
	separate.In, separate.Of = "security_group_id", "scaleway_instance_security_group"
	inline.Policy = &read.Words{Attr: "inbound_default_policy", Yes: []string{"accept"}, No: []string{"drop"}, Absent: read.Yes}
	return read.Provider{
		Publishers: scalewayPublishers(),
		Ways:       scalewayMachines(),
		Rules:      read.Speak(inline, separate),
		UserData:   []read.UserData{{Types: []string{"scaleway_instance_server"}, Attrs: []string{`user_data["cloud-init"]`, "cloud_init"}}},
	}
}

// scalewayPublishers are the frontends of load balancers, which speak TCP whatever is in it, and the port forwards of
// public gateways. A load balancer is public by its addresses; without a word about these the API decides.
// Source: the provider's pages scaleway_lb, scaleway_lb_frontend, scaleway_lb_acl and scaleway_vpc_public_gateway_pat_rule.
func scalewayPublishers() []read.Publisher {
	return []read.Publisher{
		{
			Types: []string{"scaleway_lb_frontend"}, Kind: "frontend", Balancer: "lb_id", Of: []string{"scaleway_lb"},
			Public:   scalewayPublic,
			Protocol: func(graph.Object) fact.Term[netset.Protocols] { return read.Constant(read.TCP()) },
			Ports:    read.PortsIn("inbound_port", read.AllPorts),
			Clients:  read.ClientsPerhaps("acl", "external_acls"),
		},
		{
			Types: []string{"scaleway_vpc_public_gateway_pat_rule"}, Kind: "port forward",
			Protocol: read.ListenerProtocol("protocol", read.TCP().Union(netset.Protocol(netset.UDP))),
			Ports:    read.PortsIn("public_port", read.AllPorts),
		},
	}
}

func scalewayPublic(g *graph.Graph, l read.Published) (read.Answer, graph.Value) {
	is, by := read.PublicWith("ip_ids", "ip_id", "assign_flexible_ip", "assign_flexible_ipv6")(g, l)
	if v := l.Balancer.OwnAttr("assign_flexible_ip"); is == read.No && !read.Given(v) {
		return read.Unclear, read.Opaque("the address of "+l.Balancer.Addr.String(), l.Balancer.Decl)
	}
	return is, by
}

// scalewayMachines are servers, which are public by addresses that they name or ask for. One without a security group is in
// the project's default one. Bare metal has public addresses and no security groups.
// Source: the provider's pages scaleway_instance_server and scaleway_baremetal_server.
func scalewayMachines() *read.Cloud {
	metal := read.Machine{
		Types: []string{"scaleway_baremetal_server"}, Word: "server", IPv4: read.AlwaysPublic,
		Firewall: read.Ordered("security group"), Unguarded: read.Everyone,
	}
	return read.WaysTo(metal, read.Machine{
		Types: []string{"scaleway_instance_server"}, Word: "server",
		IPv4:     read.PublicWith("ip_id", "ip_ids", "enable_dynamic_ip"),
		Firewall: read.Ordered("security group"), Firewalls: []string{"scaleway_instance_security_group"},
		In: []string{"security_group_id"}, Unguarded: read.Anyone,
	})
}
