package clouds

import (
	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// digitalOcean describes the rules of a DigitalOcean firewall, which allow only. Ports "0" and "all" are all ports.
// Source: the provider's page digitalocean_firewall;
// https://docs.digitalocean.com/reference/api/digitalocean/#tag/Firewalls
func digitalOcean() read.Provider {
	firewall := read.Dialect{
		Types:    []string{"digitalocean_firewall"},
		Scope:    read.Group("firewall"),
		Blocks:   []string{"inbound_rule"},
		Protocol: read.ProtocolIn("protocol", netset.AllProtocols()),
		Ports:    read.PortsIn("port_range", read.AllPorts, "0"),
		// The other sources are tags, droplets, load balancers and clusters of the account.
		Sources: read.From{Addresses: []string{"source_addresses"}, None: read.Nobody}.Read,
	}
	return read.Provider{
		Rules:    read.Speak(firewall),
		UserData: []read.UserData{{Types: []string{"digitalocean_droplet"}, Attrs: []string{"user_data"}}},
	}
}
