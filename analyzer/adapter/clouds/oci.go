package clouds

import (
	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// oci describes the rules of Oracle Cloud Infrastructure. They allow only; those of a subnet's security lists and of an
// interface's network security groups add up. That a rule is stateless changes nothing for what may come in.
// Source: the provider's pages oci_core_security_list, oci_core_default_security_list and
// oci_core_network_security_group_security_rule.
func oci() read.Provider {
	dialects := []read.Dialect{
		{
			Types:    []string{"oci_core_security_list", "oci_core_default_security_list"},
			Scope:    read.Group("security list"),
			Blocks:   []string{"ingress_security_rules"},
			Protocol: read.ProtocolIn("protocol", netset.AllProtocols()),
			Ports:    ociPorts(read.PortsBetween("min", "max")),
			Sources:  ociSources,
		},
		{
			Types:    []string{"oci_core_network_security_group_security_rule"},
			Scope:    read.Group("network security group"),
			In:       "network_security_group_id",
			Of:       "oci_core_network_security_group",
			Inbound:  read.Ingress("direction"),
			Protocol: read.ProtocolIn("protocol", netset.AllProtocols()),
			Ports:    ociPorts(read.Within("destination_port_range", netset.AllPorts(), read.PortsBetween("min", "max"))),
			Sources:  ociSources,
		},
	}
	return read.Provider{
		Publishers: ociPublishers(),
		Rules:      read.Speak(dialects...),
		UserData: []read.UserData{
			{Types: []string{"oci_core_instance"}, Attrs: []string{`metadata["user_data"]`}},
			{Types: []string{"oci_core_instance_configuration"}, Attrs: []string{`instance_details.launch_details.metadata["user_data"]`}},
		},
	}
}

// ociPorts reads the ports from the options of the rule's protocol, of which there is one block at most.
func ociPorts(ports read.Reader[netset.Ports]) read.Reader[netset.Ports] {
	udp := read.Within("udp_options", netset.AllPorts(), ports)
	return func(o graph.Object) fact.Term[netset.Ports] {
		if len(o.OwnBlocks("tcp_options")) == 0 {
			return udp(o)
		}
		return read.Within("tcp_options", netset.AllPorts(), ports)(o)
	}
}

// ociSources reads the source, which is an address unless source_type says otherwise: then it is a group, or a name for
// Oracle's own services, which come through a gateway of the network's and not from the internet.
func ociSources(g *graph.Graph, o graph.Object) []fact.Term[netset.Prefixes] {
	kind := read.Words{
		Attr:   "source_type",
		Yes:    []string{"CIDR_BLOCK"},
		No:     []string{"SERVICE_CIDR_BLOCK", "NETWORK_SECURITY_GROUP"},
		Absent: read.Yes,
	}
	if is, _ := kind.Of(o); is == read.No {
		return nil
	}
	return read.From{Addresses: []string{"source"}, None: read.Nobody}.Read(g, o)
}

// ociPublishers are the listeners of load balancers and network load balancers, which are public unless is_private is
// true. Port 0 of a network load balancer is every port.
// Source: the provider's pages oci_load_balancer_load_balancer, oci_load_balancer_listener,
// oci_network_load_balancer_network_load_balancer and oci_network_load_balancer_listener.
func ociPublishers() []read.Publisher {
	listener := func(typ, balancer string, of ...string) read.Publisher {
		return read.Publisher{
			Types: []string{typ}, Kind: "listener", Balancer: balancer, Of: of,
			Public: read.PublicBy(read.Words{Attr: "is_private", Yes: []string{"false"}, No: []string{"true"}, Absent: read.Yes}),
			Guards: []string{"network_security_group_ids"}, NoGuard: read.Everyone,
			Protocol: read.ListenerProtocol("protocol", read.TCP()),
			Ports:    read.PortsIn("port", read.AllPorts, "0"),
		}
	}
	return []read.Publisher{
		listener("oci_load_balancer_listener", "load_balancer_id", "oci_load_balancer_load_balancer", "oci_load_balancer"),
		listener("oci_network_load_balancer_listener", "network_load_balancer_id", "oci_network_load_balancer_network_load_balancer"),
	}
}
