package adapter

import (
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// awsLightsail describes the public ports of a Lightsail instance, which close all others. A port for which no addresses
// are named is open to everyone. The only alias of addresses stands for the browser client in the Lightsail console.
// Source: the provider's page aws_lightsail_instance_public_ports, and
// https://docs.aws.amazon.com/lightsail/latest/userguide/understanding-firewall-and-port-mappings-in-amazon-lightsail.html
func awsLightsail() dialect {
	protocols := protocolIn("protocol", netset.AllProtocols()) // required
	return dialect{
		types:    []string{"aws_lightsail_instance_public_ports"},
		scope:    group("instance firewall"),
		blocks:   []string{"port_info"},
		protocol: protocols,
		ports:    func(o graph.Object) fact.Term[netset.Ports] { return awsPorts(o, protocols(o).Set) },
		sources: from{
			ipv4: []string{"cidrs"}, ipv6: []string{"ipv6_cidrs"}, groups: []string{"cidr_list_aliases"}, none: everyone,
		}.read,
	}
}
