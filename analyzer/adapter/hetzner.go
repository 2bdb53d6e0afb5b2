package adapter

import "github.com/tfreach/tfreach/analyzer/netset"

// hetzner describes the rules of a Hetzner Cloud firewall, which allow only.
// Source: the provider's page hcloud_firewall.
func hetzner() Provider {
	firewall := dialect{
		types:    []string{"hcloud_firewall"},
		scope:    group("firewall"),
		blocks:   []string{"rule"},
		inbound:  &words{attr: "direction", yes: []string{"in"}, no: []string{"out"}, absent: unclear},
		protocol: protocolIn("protocol", netset.AllProtocols()),
		ports:    portsIn("port", allPorts),
		sources:  from{addresses: []string{"source_ips"}, none: nobody}.read, // required of rules for what comes in
	}
	return Provider{
		Rules:    speak(firewall),
		UserData: []userData{{types: []string{"hcloud_server"}, attrs: []string{"user_data"}}},
	}
}
