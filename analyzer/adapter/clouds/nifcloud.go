package clouds

import (
	"strings"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// nifcloud describes the rules of NIFCLOUD's security groups, which allow only. A rule names the groups that it is for.
// Source: the provider's page nifcloud_security_group_rule.
func nifcloud() read.Provider {
	firewall := read.Dialect{
		Types:    []string{"nifcloud_security_group_rule"},
		Scope:    read.Group("security group"),
		In:       "security_group_names",
		Of:       "nifcloud_security_group",
		Name:     "group_name",
		Inbound:  &read.Words{Attr: "type", Yes: []string{"IN"}, No: []string{"OUT"}, Absent: read.Yes},
		Protocol: read.ProtocolIn("protocol", read.TCP()),
		Ports:    nifcloudPorts,
		Sources: read.From{
			Addresses: []string{"cidr_ip"}, Groups: []string{"source_security_group_name"},
			None: read.Anyone, // the page doesn't say what a rule without a source is for
		}.Read,
	}
	return read.Provider{
		Publishers: nifcloudPublishers(),
		Ways:       nifcloudMachines(),
		Rules:      read.Speak(firewall),
		UserData:   []read.UserData{{Types: []string{"nifcloud_instance"}, Attrs: []string{"user_data"}}},
	}
}

// nifcloudPublishers are the two kinds of load balancers and the port forwards of routers. A load balancer is always
// public; a multi-load balancer is if its interface for clients is in the network net-COMMON_GLOBAL, and so is a forward
// for what comes in from there.
// Source: the provider's pages nifcloud_load_balancer, nifcloud_load_balancer_listener, nifcloud_elb,
// nifcloud_elb_listener and nifcloud_nat_table.
func nifcloudPublishers() []read.Publisher {
	tcp := func(graph.Object) fact.Term[netset.Protocols] { return read.Constant(read.TCP()) }
	return []read.Publisher{
		{
			Types: []string{"nifcloud_load_balancer", "nifcloud_load_balancer_listener"}, Kind: "load balancer",
			Protocol: tcp, Ports: read.PortsIn("load_balancer_port", read.AllPorts), Clients: nifcloudClients,
		},
		{
			Types: []string{"nifcloud_elb"}, Kind: "load balancer", Public: nifcloudPublic,
			Protocol: read.ListenerProtocol("protocol", read.TCP()), Ports: read.PortsIn("lb_port", read.AllPorts),
		},
		{
			Types: []string{"nifcloud_elb_listener"}, Kind: "listener", Balancer: "elb_id", Of: []string{"nifcloud_elb"}, Public: nifcloudPublic,
			Protocol: read.ListenerProtocol("protocol", read.TCP()), Ports: read.PortsIn("lb_port", read.AllPorts),
		},
		{
			Types: []string{"nifcloud_nat_table"}, Kind: "port forward", Blocks: []string{"dnat"},
			Public: func(_ *graph.Graph, l read.Published) (read.Answer, graph.Value) {
				return nifcloudGlobal(l.OwnAttr("inbound_interface_network_id"))
			},
			Behind: &read.Machine{
				Firewall: read.Group("security group"), Firewalls: []string{"nifcloud_security_group"}, Name: "group_name",
				By:        []read.Guarding{{Type: "nifcloud_router", Firewall: "security_group", Machines: "nat_table_id"}},
				Unguarded: read.Everyone,
			},
			Protocol: read.ListenerProtocol("protocol", netset.AllProtocols()), Ports: read.PortsIn("destination_port", read.AllPorts),
		},
	}
}

// nifcloudGlobal says whether a network is the one of the internet. Private ones have IDs or names of their own.
func nifcloudGlobal(network graph.Value) (read.Answer, graph.Value) {
	text, known := network.Text()
	switch {
	case !known && read.Given(network):
		return read.Unclear, network
	case text == "net-COMMON_GLOBAL":
		return read.Yes, network
	}
	return read.No, network
}

func nifcloudPublic(_ *graph.Graph, l read.Published) (read.Answer, graph.Value) {
	vip := read.Words{Attr: "is_vip_network", Yes: []string{"true"}, No: []string{"false"}, Absent: read.Yes}
	is, by := read.No, graph.Value{}
	for _, b := range l.Balancer.OwnBlocks("network_interface") {
		facing, v := vip.Of(b.Object)
		if facing == read.No {
			continue
		}
		global, network := nifcloudGlobal(b.OwnAttr("network_id"))
		switch {
		case global == read.No:
		case global == read.Yes && facing == read.Yes && b.Certain:
			return read.Yes, network
		case global == read.Unclear:
			is, by = read.Unclear, network
		default:
			is, by = read.Unclear, v
		}
	}
	return is, by
}

// nifcloudClients reads the filter of a load balancer, which names whom it lets in or, with type 2, whom it keeps out.
func nifcloudClients(g *graph.Graph, l read.Published) []fact.Term[netset.Prefixes] {
	out := read.Words{Attr: "filter_type", Yes: []string{"2"}, No: []string{"1"}, Absent: read.No}
	switch is, by := out.Of(l.Object); is {
	case read.Yes:
		return read.ClientsBut("", "filter")(g, l)
	case read.Unclear:
		return []fact.Term[netset.Prefixes]{read.Someone(by, "filter_type")}
	case read.No:
	}
	return read.ClientsIn("filter")(g, l)
}

// nifcloudPorts reads the ports of a rule. The provider sends from_port always, 0 if it isn't set, and to_port only if it is
// set; without a last port a rule is for the first alone. A rule for a protocol without ports has no use for either.
// Source: the expander of the provider's nifcloud_security_group_rule.
func nifcloudPorts(o graph.Object) fact.Term[netset.Ports] {
	from, to := o.OwnAttr("from_port"), o.OwnAttr("to_port")
	protocol := o.OwnAttr("protocol")
	switch text, known := protocol.Text(); {
	case known && strings.EqualFold(text, "ANY"):
		return read.Constant(netset.AllPorts())
	case known, !read.Given(protocol):
		return nifcloudRange(o, from, to)
	}
	t := nifcloudRange(o, from, to)
	t.Set.May, t.Attrs, t.Values = netset.AllPorts(), append(t.Attrs, "protocol"), append(t.Values, protocol)
	return t
}

// nifcloudRange reads the ports of a rule for a protocol that has some.
func nifcloudRange(o graph.Object, from, to graph.Value) fact.Term[netset.Ports] {
	zero := func(v graph.Value) bool { n, known := v.Int(); return v.Absent() || known && n == 0 }
	switch {
	case !zero(to):
		return read.PortRange(o, "from_port", "to_port")
	case zero(from):
		return fact.Term[netset.Ports]{Set: netset.Exactly(netset.Port(0)), Attrs: []string{"from_port"}, Values: []graph.Value{from}}
	}
	return read.PortsIn("from_port", read.AllPorts)(o)
}

// nifcloudMachines are instances, which have a public address in the network net-COMMON_GLOBAL. The page doesn't say what an
// instance without a group lets in. Source: the provider's page nifcloud_instance.
func nifcloudMachines() *read.Cloud {
	return read.WaysTo(read.Machine{
		Types: []string{"nifcloud_instance"}, Word: "instance",
		IPv4: func(_ *graph.Graph, l read.Published) (read.Answer, graph.Value) {
			is, by := read.No, graph.Value{}
			for _, b := range l.OwnBlocks("network_interface") {
				v := b.OwnAttr("network_id")
				global, _ := nifcloudGlobal(v)
				if text, _ := v.Text(); text == "net-MULTI_IP_ADDRESS" {
					global = read.Unclear // its group of addresses says which they are
				}
				switch {
				case global == read.Yes && b.Certain:
					return read.Yes, v
				case global != read.No:
					is, by = read.Unclear, v
				}
			}
			return is, by
		},
		Firewall: read.Group("security group"), Firewalls: []string{"nifcloud_security_group"}, Name: "group_name",
		In: []string{"security_group"}, Unguarded: read.Anyone,
	})
}
