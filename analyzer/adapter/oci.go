package adapter

import (
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// oci describes the rules of Oracle Cloud Infrastructure. They allow only; those of a subnet's security lists and of an
// interface's network security groups add up. That a rule is stateless changes nothing for what may come in.
// Source: the provider's pages oci_core_security_list, oci_core_default_security_list and
// oci_core_network_security_group_security_rule.
func oci() Provider {
	dialects := []dialect{
		{
			types:    []string{"oci_core_security_list", "oci_core_default_security_list"},
			scope:    group("security list"),
			blocks:   []string{"ingress_security_rules"},
			protocol: protocolIn("protocol", netset.AllProtocols()),
			ports:    ociPorts(portsBetween("min", "max")),
			sources:  ociSources,
		},
		{
			types:    []string{"oci_core_network_security_group_security_rule"},
			scope:    group("network security group"),
			in:       "network_security_group_id",
			of:       "oci_core_network_security_group",
			inbound:  ingress("direction"),
			protocol: protocolIn("protocol", netset.AllProtocols()),
			ports:    ociPorts(within("destination_port_range", netset.AllPorts(), portsBetween("min", "max"))),
			sources:  ociSources,
		},
	}
	return Provider{
		Rules:    speak(dialects...),
		UserData: []userData{{types: []string{"oci_core_instance"}, attrs: []string{`metadata["user_data"]`}}},
	}
}

// ociPorts reads the ports from the options of the rule's protocol, of which there is one block at most.
func ociPorts(ports reader[netset.Ports]) reader[netset.Ports] {
	udp := within("udp_options", netset.AllPorts(), ports)
	return func(o graph.Object) fact.Term[netset.Ports] {
		if len(o.OwnBlocks("tcp_options")) == 0 {
			return udp(o)
		}
		return within("tcp_options", netset.AllPorts(), ports)(o)
	}
}

// ociSources reads the source, which is an address unless source_type says otherwise: then it is a group, or a name for
// Oracle's own services, which come through a gateway of the network's and not from the internet.
func ociSources(g *graph.Graph, o graph.Object) []fact.Term[netset.Prefixes] {
	kind := words{
		attr:   "source_type",
		yes:    []string{"CIDR_BLOCK"},
		no:     []string{"SERVICE_CIDR_BLOCK", "NETWORK_SECURITY_GROUP"},
		absent: yes,
	}
	if is, _ := kind.of(o); is == no {
		return nil
	}
	return from{addresses: []string{"source"}, none: nobody}.read(g, o)
}
