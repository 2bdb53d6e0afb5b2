package adapter

import (
	"net/netip"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// vultr describes the rules of a Vultr firewall group, which allow only.
// Source: the provider's page vultr_firewall_rule.
func vultr() Provider {
	firewall := dialect{
		types:    []string{"vultr_firewall_rule"},
		scope:    group("firewall group"),
		in:       "firewall_group_id",
		of:       "vultr_firewall_group",
		protocol: protocolIn("protocol", netset.AllProtocols()),
		ports:    portsIn("port", allPorts),
		sources:  vultrSources,
	}
	return Provider{
		Rules:    speak(firewall),
		UserData: []userData{{types: []string{"vultr_instance"}, attrs: []string{"user_data"}}},
	}
}

// vultrSources reads subnet and subnet_size, a prefix in two parts. If source is set it names others, such as the
// proxies of Cloudflare, whose addresses aren't known here.
func vultrSources(g *graph.Graph, o graph.Object) []fact.Term[netset.Prefixes] {
	if given(o.OwnAttr("source")) {
		return from{lists: []list{{attr: "source"}}, none: nobody}.read(g, o)
	}
	subnet, size := o.OwnAttr("subnet"), o.OwnAttr("subnet_size")
	t := fact.Term[netset.Prefixes]{
		Set:   netset.Bounds[netset.Prefixes]{May: familyOf(o, "ip_type").May},
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
