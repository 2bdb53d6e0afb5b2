package clouds

import (
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
		Ways:       hetznerMachines(),
		Rules:      read.Speak(firewall),
		UserData:   []read.UserData{{Types: []string{"hcloud_server"}, Attrs: []string{"user_data"}}},
		Instead: []graph.Instead{{
			Type: "hcloud_firewall", Blocks: []string{"apply_to"}, By: []string{"hcloud_firewall_attachment.firewall_id", "hcloud_server.firewall_ids"},
		}},
	}
}

// hetznerPublishers are the services of load balancers, which have a public address unless the attachment to a network takes it
// away. An HTTP or HTTPS service without a port listens on 80 or 443. Source: the provider's pages hcloud_load_balancer_service
// and hcloud_load_balancer_network.
func hetznerPublishers() []read.Publisher {
	return []read.Publisher{{
		Types: []string{"hcloud_load_balancer_service"}, Kind: "load balancer service",
		Balancer: "load_balancer_id", Of: []string{"hcloud_load_balancer"},
		Public: read.PublicUnless("hcloud_load_balancer_network", "load_balancer_id",
			read.Words{Attr: "enable_public_interface", Yes: []string{"false"}, No: []string{"true"}, Absent: read.No}),
		Protocol: read.ListenerProtocol("protocol", read.TCP()),
		Ports:    read.PortsIn("listen_port", hetznerDefaultPort),
		Selects:  []read.Guarding{{Type: "hcloud_load_balancer_target", Machines: "label_selector"}},
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

// hetznerMachines are servers. A server has public addresses of both families unless it says otherwise; a floating IP is for one
// that has a primary IP of its family. Without a firewall everything is open. A firewall that selects servers by labels may guard
// any server. Source: the provider's pages hcloud_server, hcloud_primary_ip, hcloud_firewall and hcloud_firewall_attachment;
// https://docs.hetzner.com/cloud/firewalls/faq/ and https://docs.hetzner.com/cloud/servers/primary-ips/faq
func hetznerMachines() *read.Cloud {
	on := read.Words{Yes: []string{"true"}, No: []string{"false"}, Absent: read.Yes}
	return read.WaysTo(read.Machine{
		Types: []string{"hcloud_server"}, Word: "server",
		IPv4:      read.PublicByOwn("public_net.ipv4_enabled", on, read.Yes),
		IPv6:      read.PublicByOwn("public_net.ipv6_enabled", on, read.Yes),
		Addresses: []read.Address{{Type: "hcloud_primary_ip", Machine: "assignee_id", Says: "type"}},
		Firewall:  read.Group("firewall"), Firewalls: []string{"hcloud_firewall"},
		In: []string{"firewall_ids"},
		By: []read.Guarding{
			{Type: "hcloud_firewall", Machines: "apply_to.server"},
			{Type: "hcloud_firewall_attachment", Firewall: "firewall_id", Machines: "server_ids"},
		},
		Selects: []read.Guarding{
			{Type: "hcloud_firewall", Machines: "apply_to.label_selector"},
			{Type: "hcloud_firewall_attachment", Firewall: "firewall_id", Machines: "label_selectors"},
		},
		Unguarded: read.Everyone,
	})
}
