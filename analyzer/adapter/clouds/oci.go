package clouds

import (
	"slices"

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
	list := read.Dialect{
		Types:    []string{"oci_core_security_list"},
		Scope:    read.Group("security list"),
		Blocks:   []string{"ingress_security_rules"},
		Protocol: read.ProtocolIn("protocol", netset.AllProtocols()),
		Ports:    ociPorts(read.PortsBetween("min", "max")),
		Sources:  ociSources,
	}
	defaults := list
	defaults.Types, defaults.In, defaults.Of = []string{"oci_core_default_security_list"}, "manage_default_resource_id", "oci_core_vcn"
	dialects := []read.Dialect{
		list, defaults,
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
		Ways:       ociMachines(),
		Rules:      append(read.Speak(dialects...), ociDefaultList()),
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
	listener := func(typ, balancer, subnet string, of ...string) read.Publisher {
		return read.Publisher{
			Types: []string{typ}, Kind: "listener", Balancer: balancer, Of: of,
			Public: read.PublicBy(read.Words{Attr: "is_private", Yes: []string{"false"}, No: []string{"true"}, Absent: read.Yes}),
			Behind: &read.Machine{
				Firewall: read.Group("network security group"), Firewalls: []string{"oci_core_network_security_group"},
				In: []string{"network_security_group_ids"}, Unguarded: read.Nobody, Subnets: []read.Subnet{ociSubnets(subnet)},
			},
			Protocol: read.ListenerProtocol("protocol", read.TCP()),
			Ports:    read.PortsIn("port", read.AllPorts, "0"),
		}
	}
	return []read.Publisher{
		listener("oci_load_balancer_listener", "load_balancer_id", "subnet_ids", "oci_load_balancer_load_balancer", "oci_load_balancer"),
		listener("oci_network_load_balancer_listener", "network_load_balancer_id", "subnet_id", "oci_network_load_balancer_network_load_balancer"),
	}
}

// ociDefaultList reads the default security list of a network, where no resource says what is in it: SSH for everyone. Its other
// rules are about ICMP. Source: https://docs.oracle.com/en-us/iaas/Content/Network/Concepts/securitylists.htm
func ociDefaultList() read.Adapter {
	const list = "oci_core_default_security_list"
	return read.Adapter{
		Types: []string{"oci_core_vcn"}, Reads: []string{list},
		Ingress: func(g *graph.Graph, r *graph.Resource) []*fact.Ingress {
			is, by, _ := read.Guard{Type: list, Attr: "manage_default_resource_id"}.Of(g, r)
			if is == read.Yes {
				return nil
			}
			rule := read.Everything(r, read.Own(r, read.Group("security list")), graph.Value{})
			rule.Protocol, rule.Ports = read.Constant(read.TCP()), read.Constant(netset.Port(22))
			rule.Sources = []fact.Term[netset.Prefixes]{read.Constant(read.IPv4.All())}
			if is == read.Unclear {
				read.Doubt(rule, read.Opaque("the rules of "+by.Addr.String(), by.Decl))
			}
			return []*fact.Ingress{rule}
		},
	}
}

// ociMachines are instances and their further interfaces. One has a public address if it asks for it or, without a word, if its
// subnet lets it; no address is public in a subnet that prohibits that. A route must lead to an internet gateway. The rules of
// the subnet's security lists and of the interface's groups add up. Source: the provider's pages oci_core_instance,
// oci_core_vnic_attachment, oci_core_subnet, oci_core_public_ip and oci_core_route_table;
// https://docs.oracle.com/en-us/iaas/Content/Network/Concepts/securityrules.htm
func ociMachines() *read.Cloud {
	const address = "oci_core_public_ip"
	groups := []string{"create_vnic_details.nsg_ids"}
	v4 := read.PublicEither(read.PublicBoth(ociAllows, ociAsked), read.PublicThrough(address, "private_ip_id"))
	v6 := read.PublicBoth(ociAllows, read.PublicByOwn(
		"create_vnic_details.assign_ipv6ip", read.Words{Yes: []string{"true"}, No: []string{"false"}, Absent: read.No}, read.No))
	return read.WaysTo(read.Machine{
		Types: []string{"oci_core_instance"}, Word: "instance", IPv4: v4, IPv6: v6,
		Firewall: read.Group("network security group"), Firewalls: []string{"oci_core_network_security_group"},
		In: groups, Unguarded: read.Nobody,
		Interfaces: []read.Interface{{
			Type: "oci_core_vnic_attachment", Machine: "instance_id", IPv4: v4, IPv6: v6, Guards: groups, Unguarded: read.Nobody,
		}},
		Subnets: []read.Subnet{ociSubnets("create_vnic_details.subnet_id", "subnet_id")},
		Before:  ociRoute,
		Reads:   []string{address, "oci_core_route_table", "oci_core_default_route_table", "oci_core_internet_gateway"},
	})
}

// ociSubnets are the subnets that attributes name. One without security lists has its network's default one.
func ociSubnets(of ...string) read.Subnet {
	return read.Subnet{
		Type: "oci_core_subnet", Of: of, In: []string{"security_list_ids"},
		List: read.Group("security list"), Lists: []string{"oci_core_security_list", "oci_core_vcn"},
		Network: "vcn_id", Adds: true,
	}
}

// ociSubnet returns the subnet of an instance or an interface; if it isn't in the configuration, the value that names it.
func ociSubnet(g *graph.Graph, o graph.Object) (*graph.Resource, graph.Value) {
	v := o.OwnAttr("subnet_id")
	for _, b := range o.OwnBlocks("create_vnic_details") {
		if inner := b.OwnAttr("subnet_id"); read.Given(inner) {
			v = inner
		}
	}
	targets, whole := g.Refer(v)
	if whole && len(targets) == 1 && targets[0].Resource != nil && targets[0].Resource.Addr.Type == "oci_core_subnet" &&
		targets[0].Resource.Addr.Mode == graph.Managed {
		return targets[0].Resource, v
	}
	return nil, v
}

// ociAsked says whether an instance asks for a public address, which it does by default, as an interface does not.
func ociAsked(g *graph.Graph, l read.Published) (read.Answer, graph.Value) {
	asks := read.Words{Yes: []string{"true"}, No: []string{"false"}, Absent: read.Yes}
	if l.Resource.Addr.Type == "oci_core_vnic_attachment" {
		asks.Absent = read.No
	}
	return read.PublicByOwn("create_vnic_details.assign_public_ip", asks, read.Yes)(g, l)
}

// ociAllows says whether the subnet lets addresses be public.
func ociAllows(g *graph.Graph, l read.Published) (read.Answer, graph.Value) {
	subnet, v := ociSubnet(g, l.Object)
	if subnet == nil {
		if !read.Given(v) {
			v = read.Opaque("the subnet of "+l.Resource.Addr.String(), l.Resource.Decl)
		}
		return read.Unclear, v
	}
	is, by := read.Yes, graph.Value{}
	for _, attr := range []string{"prohibit_public_ip_on_vnic", "prohibit_internet_ingress"} {
		may := read.Words{Attr: attr, Yes: []string{"false"}, No: []string{"true"}, Absent: read.Yes}
		switch one, v := may.Of(subnet.Object); one {
		case read.No:
			return read.No, v
		case read.Unclear:
			is, by = read.Unclear, v
		case read.Yes:
		}
	}
	return is, by
}

// ociRoute returns the hop of the routes of a subnet, whose table is the network's default one if it names none. That one is
// empty unless a resource fills it. Source: https://docs.oracle.com/en-us/iaas/Content/Network/Tasks/managingroutetables.htm
func ociRoute(t *graph.Topology, r *graph.Resource) []*fact.Hop {
	hop := &fact.Hop{
		Kind: "route table", Resource: r, At: r.Decl, Why: "it routes nothing to an internet gateway",
		Change: "Without a route to an internet gateway, nobody outside reaches the subnet.",
	}
	subnet, v := ociSubnet(t.Graph, r.Object)
	if subnet == nil {
		hop.Takes, hop.Why = read.Perhaps(), "the routes of its subnet aren't known"
		hop.Decides = []graph.Origin{read.Outside("the routes of the subnet of "+r.Addr.String(), v)}
		return []*fact.Hop{hop}
	}
	hop.Resource, hop.At = subnet, subnet.Decl
	named := subnet.OwnAttr("route_table_id")
	if !read.Given(named) {
		named = subnet.OwnAttr("vcn_id")
	}
	for _, end := range t.EndsOf(named, true) {
		tables := []*graph.Resource{end.Resource}
		switch {
		case end.Resource == nil || end.Resource.Addr.Mode != graph.Managed:
			tables = nil
		case end.Resource.Addr.Type == "oci_core_vcn":
			tables = t.Referrers(end.Resource, "oci_core_default_route_table", "manage_default_resource_id")
		case end.Resource.Addr.Type != "oci_core_route_table" && end.Resource.Addr.Type != "oci_core_default_route_table":
			tables = nil
		}
		if len(tables) == 0 && (end.Resource == nil || end.Resource.Addr.Type != "oci_core_vcn") {
			hop.Takes.May = netset.AllTraffic()
			hop.Why, hop.Decides = "its routes aren't known", []graph.Origin{read.Outside("the routes of "+subnet.Addr.String(), named)}
		}
		for _, table := range tables {
			ociRoutes(t.Graph, table, end.Certain && table.Certain, hop)
		}
	}
	return []*fact.Hop{hop}
}

// ociInside are what routes lead to that isn't the internet: other networks, Oracle's services, a machine, or a gateway that
// lets connections out only. Source: https://docs.oracle.com/en-us/iaas/Content/Network/Tasks/managingroutetables.htm
func ociInside() []string {
	return []string{
		"oci_core_drg", "oci_core_local_peering_gateway", "oci_core_nat_gateway", "oci_core_private_ip", "oci_core_service_gateway",
	}
}

// ociRoutes adds to a hop what the routes of a table send to an internet gateway.
func ociRoutes(g *graph.Graph, table *graph.Resource, surely bool, hop *fact.Hop) {
	on := read.Words{Attr: "enabled", Yes: []string{"true"}, No: []string{"false"}, Absent: read.Yes}
	for _, b := range table.OwnBlocks("route_rules") {
		gateway := b.OwnAttr("network_entity_id")
		is := read.No
		targets, whole := g.Refer(gateway)
		for _, to := range targets {
			switch {
			case to.Resource == nil, to.Resource.Addr.Mode != graph.Managed:
				is = read.Unclear
			case to.Resource.Addr.Type == "oci_core_internet_gateway":
				is, _ = on.Of(to.Resource.Object)
			case !slices.Contains(ociInside(), to.Resource.Addr.Type):
				is = read.Unclear
			}
		}
		if !whole && read.Given(gateway) {
			is = read.Unclear
		}
		if is == read.No {
			continue
		}
		attr := "destination"
		if !read.Given(b.OwnAttr(attr)) {
			attr = "cidr_block" // the deprecated spelling
		}
		clients := read.Of(read.Sources(read.AnyFamily)(b.OwnAttr(attr)))
		if is == read.Unclear || !surely || !b.Certain {
			clients.Must = netset.Traffic{}
			hop.Decides = append(hop.Decides, read.Outside("where "+table.Addr.String()+" leads", gateway))
		}
		hop.Takes = netset.UnionBounds(hop.Takes, clients)
		hop.Resource, hop.At, hop.Why = table, b.At, "it routes to an internet gateway"
	}
}
