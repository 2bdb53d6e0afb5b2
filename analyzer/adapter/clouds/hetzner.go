package clouds

import (
	"slices"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// hetzner describes the rules of a Hetzner Cloud firewall, which allow only.
// Source: the provider's page hcloud_firewall.
func hetzner() read.Provider {
	firewall := read.Dialect{
		Types:    []string{"hcloud_firewall"},
		Scope:    read.Group("firewall"),
		Blocks:   []string{"rule"},
		Inbound:  &read.Words{Attr: "direction", Yes: []string{"in"}, No: []string{"out"}, Absent: read.Unclear},
		Protocol: read.ProtocolIn("protocol", netset.AllProtocols()),
		Ports:    read.PortsIn("port", read.AllPorts),
		Sources:  read.From{Addresses: []string{"source_ips"}, None: read.Nobody}.Read, // required of rules for what comes in
	}
	return read.Provider{
		Publishers: hetznerPublishers(),
		Rules: slices.Concat(read.Speak(firewall), read.Attach(firewall.Scope.Kind,
			read.Link{Type: "hcloud_server", Scope: "firewall_ids"},
			read.Link{Type: "hcloud_firewall_attachment", Scope: "firewall_id", Member: "server_ids", Members: []string{"hcloud_server"}},
		)),
		UserData: []read.UserData{{Types: []string{"hcloud_server"}, Attrs: []string{"user_data"}}},
	}
}

// hetznerPublishers are the services of load balancers, which have a public address unless the attachment to a network
// takes it away. A service for HTTP or HTTPS without a port listens on 80 or 443.
// Source: the provider's pages hcloud_load_balancer_service and hcloud_load_balancer_network.
func hetznerPublishers() []read.Publisher {
	return []read.Publisher{{
		Types: []string{"hcloud_load_balancer_service"}, Kind: "load balancer service",
		Balancer: "load_balancer_id", Of: []string{"hcloud_load_balancer"},
		Public: read.PublicUnless("hcloud_load_balancer_network", "load_balancer_id",
			read.Words{Attr: "enable_public_interface", Yes: []string{"false"}, No: []string{"true"}, Absent: read.No}),
		Protocol: read.ListenerProtocol("protocol", read.TCP()),
		Ports:    read.PortsIn("listen_port", hetznerDefaultPort),
		Reads:    []string{"hcloud_load_balancer_network"},
	}}
}

func hetznerDefaultPort(o graph.Object) fact.Term[netset.Ports] {
	protocol := o.OwnAttr("protocol")
	switch text, _ := protocol.Text(); text {
	case "http":
		return read.Constant(netset.Port(80))
	case "https":
		return read.Constant(netset.Port(443))
	}
	return fact.Term[netset.Ports]{
		Set: netset.Bounds[netset.Ports]{May: netset.AllPorts()}, Attrs: []string{"protocol"}, Values: []graph.Value{protocol},
	}
}
