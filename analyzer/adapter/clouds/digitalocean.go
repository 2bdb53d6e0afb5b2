package clouds

import (
	"strings"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
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
		Publishers: digitalOceanPublishers(),
		Ways:       digitalOceanMachines(),
		Rules:      read.Speak(firewall),
		UserData:   []read.UserData{{Types: []string{"digitalocean_droplet"}, Attrs: []string{"user_data"}}},
	}
}

// digitalOceanPublishers are load balancers. They are external unless they say otherwise. Source: the provider's page
// digitalocean_loadbalancer.
func digitalOceanPublishers() []read.Publisher {
	return []read.Publisher{{
		Types: []string{"digitalocean_loadbalancer"}, Kind: "load balancer", Blocks: []string{"forwarding_rule"},
		Public:   read.PublicBy(read.Words{Attr: "network", Yes: []string{"EXTERNAL"}, No: []string{"INTERNAL"}, Absent: read.Yes}),
		Protocol: read.ListenerProtocol("entry_protocol", read.TCP()),
		Ports:    read.PortsIn("entry_port", read.AllPorts),
		Clients:  digitalOceanClients,
		Tagged:   []read.Tag{{Type: "digitalocean_loadbalancer", Firewall: "droplet_tag", Machine: "tags"}},
	}}
}

// digitalOceanClients reads the firewall of a load balancer, with entries like ip:ADDRESS and cidr:PREFIX. Without an entry
// that allows, everyone comes in who isn't denied.
func digitalOceanClients(_ *graph.Graph, l read.Published) []fact.Term[netset.Prefixes] {
	firewalls := l.Resource.OwnBlocks("firewall")
	if len(firewalls) == 0 {
		return []fact.Term[netset.Prefixes]{read.Constant(netset.AllAddresses())}
	}
	f := firewalls[0]
	rest := read.Step{Allows: read.Yes}
	var steps []read.Step
	if v := f.OwnAttr("deny"); read.Given(v) {
		deny := read.Step{Allows: read.No, Set: digitalOceanEntries(v), Attr: "deny", Values: []graph.Value{v}}
		if !f.Certain {
			deny.Set.Must, deny.Values = netset.Prefixes{}, append(deny.Values, f.Exists)
		}
		steps = append(steps, deny)
	}
	if v := f.OwnAttr("allow"); read.Given(v) {
		steps = append(steps, read.Step{Allows: read.Yes, Set: digitalOceanEntries(v), Attr: "allow", Values: []graph.Value{v}})
		rest.Allows = read.No
		if !f.Certain {
			rest.Allows, rest.Values = read.Unclear, []graph.Value{f.Exists}
		}
	}
	return read.FirstMatch(rest, steps...)
}

func digitalOceanEntries(v graph.Value) netset.Bounds[netset.Prefixes] {
	elements, whole := v.Elements()
	var out netset.Bounds[netset.Prefixes]
	if !whole {
		out.May = netset.AllAddresses()
	}
	for _, e := range elements {
		text, _ := e.Text()
		_, address, _ := strings.Cut(text, ":")
		p, err := netset.ParseSource(address)
		if err != nil {
			out.May = netset.AllAddresses()
			continue
		}
		out = netset.UnionBounds(out, netset.Exactly(p))
	}
	return out
}

// digitalOceanMachines are droplets and the pools of them. A droplet has a public IPv4 address unless it says otherwise. Without a firewall
// everything is open. Source: the provider's pages digitalocean_droplet, digitalocean_droplet_autoscale and
// digitalocean_firewall;
// https://docs.digitalocean.com/products/networking/firewalls/how-to/configure-rules/
func digitalOceanMachines() *read.Cloud {
	on := read.Words{Yes: []string{"true"}, No: []string{"false"}, Absent: read.No}
	droplet := read.Machine{
		Types: []string{"digitalocean_droplet"}, Word: "droplet",
		IPv4:     read.PublicByOwn("public_networking", read.Words{Yes: []string{"true"}, No: []string{"false"}, Absent: read.Yes}, read.Yes),
		IPv6:     read.PublicByOwn("ipv6", on, read.No),
		Firewall: read.Group("firewall"), Firewalls: []string{"digitalocean_firewall"},
		By:        []read.Guarding{{Type: "digitalocean_firewall", Machines: "droplet_ids"}},
		Tagged:    []read.Tag{{Type: "digitalocean_firewall", Firewall: "tags", Machine: "tags"}},
		Unguarded: read.Everyone,
	}
	pool := droplet
	pool.Types, pool.Word = []string{"digitalocean_droplet_autoscale"}, "droplet pool"
	pool.IPv4, pool.IPv6 = read.AlwaysPublic, read.PublicByOwn("droplet_template.ipv6", on, read.No)
	pool.By, pool.Tagged = nil, []read.Tag{{Type: "digitalocean_firewall", Firewall: "tags", Machine: "droplet_template.tags"}}
	return read.WaysTo(droplet, pool)
}
