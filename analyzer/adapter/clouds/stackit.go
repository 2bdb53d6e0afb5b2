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
		Publishers: stackitPublishers(),
		Ways:       stackitMachines(),
		Rules:      read.Speak(firewall),
		UserData:   []read.UserData{{Types: []string{"stackit_server"}, Attrs: []string{"user_data"}}},
		Instead:    []graph.Instead{{Type: "stackit_loadbalancer", Blocks: []string{"options"}, Assigned: true}},
	}
}

// stackitPublishers are the listeners of load balancers: public by an external address, or private by an option. The
// provider refuses one without either.
// Source: the provider's pages stackit_loadbalancer and stackit_application_load_balancer.
func stackitPublishers() []read.Publisher {
	return []read.Publisher{{
		Types: []string{"stackit_loadbalancer", "stackit_application_load_balancer"}, Kind: "load balancer", Blocks: []string{"listeners"},
		Public: func(_ *graph.Graph, l read.Published) (read.Answer, graph.Value) {
			private := read.Words{Attr: "private_network_only", Yes: []string{"false"}, No: []string{"true"}, Absent: read.Yes}
			if v := l.Balancer.OwnAttr("external_address"); read.Given(v) {
				if read.Nullable(v) {
					return read.Unclear, v
				}
				return read.Yes, v
			}
			for _, options := range l.Balancer.OwnBlocks("options") {
				if is, v := private.Of(options.Object); is != read.Yes {
					return is, v
				}
			}
			return read.Unclear, read.Opaque("the address of "+l.Balancer.Addr.String(), l.Balancer.Decl)
		},
		Protocol: read.ListenerProtocol("protocol", read.TCP()),
		Ports:    read.PortsIn("port", read.AllPorts),
		Clients: func(g *graph.Graph, l read.Published) []fact.Term[netset.Prefixes] {
			for _, options := range l.Balancer.OwnBlocks("options") {
				return read.From{Addresses: []string{"acl"}, None: read.Everyone}.Read(g, options.Object)
			}
			return []fact.Term[netset.Prefixes]{read.Constant(netset.AllAddresses())}
		},
	}}
}

// stackitMachines are servers, which have public addresses and groups by their interfaces. An interface without security isn't
// filtered. Source: the provider's pages stackit_server, stackit_network_interface, stackit_public_ip,
// stackit_public_ip_associate and stackit_server_network_interface_attach.
func stackitMachines() *read.Cloud {
	addresses := []string{"stackit_public_ip", "stackit_public_ip_associate"}
	return read.WaysTo(read.Machine{
		Types: []string{"stackit_server"}, Word: "server", IPv4: read.NeverPublic,
		Firewall: read.Group("security group"), Firewalls: []string{"stackit_security_group"}, Unguarded: read.Anyone,
		Interfaces: []read.Interface{{
			Type: "stackit_network_interface", In: []string{"network_interfaces"},
			By: []read.Joint{{Type: "stackit_server_network_interface_attach", Interface: "network_interface_id", Machine: "server_id"}},
			IPv4: read.PublicEither(
				read.PublicThrough(addresses[0], "network_interface_id"), read.PublicThrough(addresses[1], "network_interface_id"),
			),
			Guards: []string{"security_group_ids"}, Unguarded: read.Anyone,
			Open: read.PublicByOwn("security", read.Words{Yes: []string{"false"}, No: []string{"true"}, Absent: read.No}, read.No),
		}},
		Reads: addresses,
	})
}
