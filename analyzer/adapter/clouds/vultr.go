package clouds

import (
	"net/netip"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// vultr describes the rules of a Vultr firewall group, which allow only.
// Source: the provider's page vultr_firewall_rule.
func vultr() read.Provider {
	firewall := read.Dialect{
		Types:    []string{"vultr_firewall_rule"},
		Scope:    read.Group("firewall group"),
		In:       "firewall_group_id",
		Of:       "vultr_firewall_group",
		Protocol: read.ProtocolIn("protocol", netset.AllProtocols()),
		Ports:    read.PortsIn("port", read.AllPorts),
		Sources:  vultrSources,
	}
	return read.Provider{
		Publishers: vultrPublishers(),
		Ways:       vultrMachines(),
		Rules:      read.Speak(firewall),
		UserData: []read.UserData{
			{Types: []string{"vultr_instance"}, Attrs: []string{"user_data"}},
			{Types: []string{"vultr_startup_script"}, Attrs: []string{"script"}},
		},
	}
}

// vultrSources reads subnet and subnet_size, a prefix in two parts. If source is set it names others, such as the
// proxies of Cloudflare, whose addresses aren't known here.
func vultrSources(g *graph.Graph, o graph.Object) []fact.Term[netset.Prefixes] {
	if read.Given(o.OwnAttr("source")) {
		return read.From{Lists: []read.List{{Attr: "source"}}, None: read.Nobody}.Read(g, o)
	}
	subnet, size := o.OwnAttr("subnet"), o.OwnAttr("subnet_size")
	t := fact.Term[netset.Prefixes]{
		Set:   netset.Bounds[netset.Prefixes]{May: read.FamilyOf(o, "ip_type").May},
		Attrs: []string{"subnet", "subnet_size"}, Values: []graph.Value{subnet, size},
	}
	text, _ := subnet.Text()
	addr, err := netip.ParseAddr(text)
	bits, known := size.Int()
	if p := netip.PrefixFrom(addr, bits); err == nil && known && p.IsValid() {
		t.Set = netset.Exactly(netset.Prefix(p))
	}
	return []fact.Term[netset.Prefixes]{t}
}

// vultrPublishers are load balancers, which always have a public address, and the port forwards of NAT gateways, which a
// firewall rule of the gateway must let through.
// Source: the provider's pages vultr_load_balancer, vultr_nat_gateway_port_forwarding_rule and
// vultr_nat_gateway_firewall_rule.
func vultrPublishers() []read.Publisher {
	return []read.Publisher{
		{
			Types: []string{"vultr_load_balancer"}, Kind: "load balancer", Blocks: []string{"forwarding_rules"},
			Protocol: read.ListenerProtocol("frontend_protocol", read.TCP()),
			Ports:    read.PortsIn("frontend_port", read.AllPorts),
			Clients:  vultrClients,
		},
		{
			Types: []string{"vultr_nat_gateway_port_forwarding_rule"}, Kind: "port forward",
			Off:      &read.Words{Attr: "enabled", Yes: []string{"false"}, No: []string{"true"}, Absent: read.No},
			Protocol: read.ListenerProtocol("protocol", read.TCP().Union(netset.Protocol(netset.UDP))),
			Ports:    read.PortsIn("external_port", read.AllPorts),
			// The provider's page doesn't say whether a forward without a firewall rule is open.
			Clients: func(_ *graph.Graph, l read.Published) []fact.Term[netset.Prefixes] {
				return []fact.Term[netset.Prefixes]{read.Someone(read.Opaque("the gateway's firewall rules", l.Resource.Decl), "external_port")}
			},
		},
	}
}

// vultrClients reads the firewall of a load balancer: rules that each let a network in at one port. Whether a port without
// any is open when another has some, the provider's page doesn't say.
func vultrClients(_ *graph.Graph, l read.Published) []fact.Term[netset.Prefixes] {
	firewall := l.Resource.OwnBlocks("firewall_rules")
	if len(firewall) == 0 {
		return []fact.Term[netset.Prefixes]{read.Constant(netset.AllAddresses())}
	}
	port, known := l.OwnAttr("frontend_port").Int()
	var out []fact.Term[netset.Prefixes]
	for _, f := range firewall {
		at, ok := f.OwnAttr("port").Int()
		if ok && known && at != port {
			continue
		}
		t := read.Term(f.Object, "source", read.Sources(read.AnyFamily))
		for _, by := range []struct {
			known bool
			v     graph.Value
		}{{ok, f.OwnAttr("port")}, {known, l.OwnAttr("frontend_port")}, {f.Certain, f.Exists}} {
			if !by.known {
				t.Set.Must, t.Values = netset.Prefixes{}, append(t.Values, by.v)
			}
		}
		out = append(out, t)
	}
	if len(out) == 0 {
		out = append(out, read.Someone(read.Opaque("the load balancer's firewall", firewall[0].At), "firewall_rules"))
	}
	return out
}

// vultrMachines are instances and bare metal servers. One has a public IPv4 address unless it is in a VPC only, or switched it
// off; without a firewall group, which bare metal can't have, everything is open.
// Source: the provider's pages vultr_instance and vultr_bare_metal_server.
func vultrMachines() *read.Cloud {
	private := func(attr string) read.Publicity {
		return read.PublicByOwn(attr, read.Words{Yes: []string{"false"}, No: []string{"true"}, Absent: read.Yes}, read.Yes)
	}
	return read.WaysTo(read.Machine{
		Types: []string{"vultr_instance", "vultr_bare_metal_server"}, Word: "instance",
		IPv4:     read.PublicBoth(private("vpc_only"), private("disable_public_ipv4")),
		IPv6:     read.PublicByOwn("enable_ipv6", read.Words{Yes: []string{"true"}, No: []string{"false"}, Absent: read.No}, read.No),
		Firewall: read.Group("firewall group"), Firewalls: []string{"vultr_firewall_group"},
		In: []string{"firewall_group_id"}, Unguarded: read.Everyone,
	})
}
