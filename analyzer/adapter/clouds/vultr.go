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
		Rules: read.Speak(firewall),
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
