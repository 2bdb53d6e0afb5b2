package clouds

import (
	"github.com/tfreach/tfreach/analyzer/adapter/read"
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
		Rules:    read.Speak(firewall),
		UserData: []read.UserData{{Types: []string{"hcloud_server"}, Attrs: []string{"user_data"}}},
	}
}
