package adapter

import "github.com/tfreach/tfreach/analyzer/netset"

// digitalOcean describes the rules of a DigitalOcean firewall, which allow only. Ports "0" and "all" are all ports.
// Source: the provider's page digitalocean_firewall;
// https://docs.digitalocean.com/reference/api/digitalocean/#tag/Firewalls
func digitalOcean() Provider {
	firewall := dialect{
		types:    []string{"digitalocean_firewall"},
		scope:    group("firewall"),
		blocks:   []string{"inbound_rule"},
		protocol: protocolIn("protocol", netset.AllProtocols()),
		ports:    portsIn("port_range", allPorts, "0"),
		// The other sources are tags, droplets, load balancers and clusters of the account.
		sources: from{addresses: []string{"source_addresses"}, none: nobody}.read,
	}
	return Provider{
		Rules:    speak(firewall),
		UserData: []userData{{types: []string{"digitalocean_droplet"}, attrs: []string{"user_data"}}},
	}
}
