package azure

import (
	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// interfaces returns the IP configurations of a virtual machine's network interfaces. Interfaces outside the configuration may
// have anything.
func (n *network) interfaces(r *graph.Resource, e *fact.Endpoint) []ipConfiguration {
	var out []ipConfiguration
	for _, attached := range n.t.To(r.Addr.String(), graph.AttachedTo) {
		if attached.By != r {
			continue
		}
		nic := attached.From.Resource
		if nic == nil || nic.Addr.Mode != graph.Managed || nic.Addr.Type != "azurerm_network_interface" {
			e.Ways = append(e.Ways, unreadInterface(r, *attached.From)...)
			continue
		}
		e.Parts = append(e.Parts, nic)
		var before []*fact.Hop
		if !attached.Certain() {
			before = []*fact.Hop{{
				Kind: "network interface", Resource: nic, At: nic.Decl, Takes: read.Perhaps(), Why: "it may be attached",
				Decides: append(read.OriginsOf(attached.From.Value), read.OriginsOf(nic.Exists)...), Change: "Detached from the machine it carries nothing.",
			}}
		}
		for _, b := range nic.OwnBlocks("ip_configuration") {
			for _, i := range n.configured(nic, b, n.filterOf(nic.Addr.String())) {
				i.before = append(append([]*fact.Hop{}, before...), i.before...)
				i.public = n.addresses(nic, b.Object, "public_ip_address_id")
				out = append(out, i)
			}
		}
	}
	return out
}

// unreadInterface returns the ways to an interface outside the configuration.
func unreadInterface(r *graph.Resource, nic graph.End) []fact.Way {
	hop := &fact.Hop{
		Kind: "network interface", Resource: r, At: nic.Value.At, Takes: read.Perhaps(), Why: "it is outside the configuration",
		Change:  "Scan the configuration of the interface together with this one to decide it.",
		Decides: read.OriginsOf(nic.Value),
	}
	if nic.Known() {
		hop.Decides = []graph.Origin{read.Outside("the addresses and groups of "+nic.Name, nic.Value)}
	}
	hops := []*fact.Hop{hop}
	return []fact.Way{{Family: read.IPv4.All(), Hops: hops}, {Family: read.IPv6.All(), Hops: hops}}
}

// scaled returns the IP configurations of a scale set's machines. Only the cloud knows the SKU of their own public addresses.
func (n *network) scaled(r *graph.Resource, set scaleSet) []ipConfiguration {
	var out []ipConfiguration
	for _, network := range r.OwnBlocks(set.network) {
		filter := n.named(network.OwnAttr("network_security_group_id"))
		for _, b := range read.Nested(network, "ip_configuration") {
			for _, i := range n.configured(r, b, filter) {
				i.scaled = true
				i.public = n.instanceAddresses(r, b, set)
				out = append(out, i)
			}
		}
	}
	return out
}

// instanceAddresses returns the public addresses that the machines of a scale set have of their own.
func (n *network) instanceAddresses(r *graph.Resource, config graph.Block, set scaleSet) []publicAddress {
	blocks := config.OwnBlocks(set.public)
	if len(blocks) == 0 {
		version := config.OwnAttr("version")
		var out []publicAddress
		for _, f := range families(version) {
			out = append(out, publicAddress{family: f, sku: sku{tier: standardTier}, hop: &fact.Hop{
				Kind: "public address", Resource: r, At: r.Decl, Takes: read.None(), Why: "its machines have none of their own",
				Change: "A " + set.public + " block would give them one each.",
			}})
		}
		return out
	}
	var out []publicAddress
	for _, b := range blocks {
		families := families(b.OwnAttr("version"))
		for _, f := range families {
			hop := &fact.Hop{
				Kind: "public address", Resource: r, At: b.At, Takes: read.All(), Why: set.public + " gives each machine one",
				Change: "Remove " + set.public + " to take it away.",
			}
			if !b.Certain || len(families) > 1 {
				hop.Takes, hop.Why = read.Perhaps(), set.public+" may give each machine one"
				hop.Decides = append(read.OriginsOf(b.Exists), read.OriginsOf(b.OwnAttr("version"))...)
			}
			out = append(out, publicAddress{hop: hop, family: f, sku: sku{
				tier: unknownTier, of: "the address of each machine",
				decides: []graph.Origin{read.Outside("the SKU of the addresses of "+r.Addr.String(), graph.Value{At: b.At})},
			}})
		}
	}
	return out
}

// configured returns an IP configuration in its subnet, or in each subnet that it may be in.
func (n *network) configured(r *graph.Resource, b graph.Block, filter filter) []ipConfiguration {
	v := b.OwnAttr("subnet_id")
	subnets := n.t.End(v, true)
	if len(subnets) == 0 {
		subnets = []graph.End{{Value: v}}
	}
	var out []ipConfiguration
	for _, subnet := range subnets {
		i := ipConfiguration{of: r, config: b.Object, name: b.OwnAttr("name"), subnet: subnet, filter: filter}
		i.fixed, _ = texts(b.OwnAttr("private_ip_address"))
		i.member = n.member(&i)
		if len(subnets) > 1 || !b.Certain {
			i.before = []*fact.Hop{{
				Kind: "subnet", Resource: r, At: v.At, Takes: read.Perhaps(), Why: "it may be in " + subnetName(subnet),
				Decides: append(read.OriginsOf(v), read.OriginsOf(b.Exists)...), Change: "Decide what subnet it is in.",
			}}
		}
		out = append(out, i)
	}
	return out
}

func subnetName(subnet graph.End) string {
	if !subnet.Known() {
		return "the subnet"
	}
	return subnet.Name
}

// texts returns the one or several addresses and networks that a value holds. whole is false if it may hold others.
func texts(v graph.Value) (out netset.Prefixes, whole bool) {
	elements, whole := v.Elements()
	for _, e := range elements {
		text, known := e.Text()
		p, err := netset.ParseSource(text)
		if !known || err != nil {
			whole = whole && known && text == ""
			continue
		}
		out = out.Union(p)
	}
	return out, whole
}

// member returns what is known of an IP configuration's addresses and groups.
func (n *network) member(i *ipConfiguration) *fact.Member {
	const group, networks = "application security group", "network group"
	m := &fact.Member{Within: i.fixed}
	if m.Within.Empty() && i.subnet.Resource != nil {
		prefixes, whole := texts(i.subnet.Resource.OwnAttr("address_prefixes"))
		if one, ok := texts(i.subnet.Resource.OwnAttr("address_prefix")); ok {
			prefixes = prefixes.Union(one)
		}
		if whole {
			m.Within = prefixes
		}
	}
	if m.Within.Empty() {
		m.Within = netset.AllAddresses()
	}
	join := func(e graph.End, sure bool) {
		if e.Known() && sure {
			m.Names = append(m.Names, fact.Name{Kind: group, Text: e.Name})
		} else {
			m.Others = append(m.Others, group)
		}
	}
	for _, e := range n.t.EndsOf(i.config.OwnAttr("application_security_group_ids"), true) {
		join(e, e.Certain)
	}
	for _, name := range []string{i.of.Addr.String(), ""} {
		for _, e := range n.t.From(name, graph.AttachedTo) {
			if e.By.Addr.Type == membership && (name != "" || read.MayBeMade(e.From.Value)) {
				join(*e.To, name != "" && e.Certain())
			}
		}
	}
	names, others := n.networkGroups(i.subnet)
	for _, name := range names {
		m.Names = append(m.Names, fact.Name{Kind: networks, Text: name})
	}
	if others {
		m.Others = append(m.Others, networks)
	}
	return m
}
