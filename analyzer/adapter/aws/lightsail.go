package aws

import (
	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// lightsail describes the public ports of a Lightsail instance, which close all others. A port for which no addresses
// are named is open to everyone. The only alias of addresses stands for the browser client in the Lightsail console.
// Source: the provider's page aws_lightsail_instance_public_ports, and
// https://docs.aws.amazon.com/lightsail/latest/userguide/understanding-firewall-and-port-mappings-in-amazon-lightsail.html
func lightsail() read.Dialect {
	protocols := read.ProtocolIn("protocol", netset.AllProtocols()) // required
	return read.Dialect{
		Types:    []string{"aws_lightsail_instance_public_ports"},
		Scope:    read.Group("instance firewall"),
		Blocks:   []string{"port_info"},
		Protocol: protocols,
		Ports:    func(o graph.Object) fact.Term[netset.Ports] { return ports(o, protocols(o).Set) },
		Sources: read.From{
			IPv4: []string{"cidrs"}, IPv6: []string{"ipv6_cidrs"}, Groups: []string{"cidr_list_aliases"}, None: read.Everyone,
		}.Read,
	}
}
