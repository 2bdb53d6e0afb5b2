package azure

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

const (
	peeringType = "azurerm_virtual_network_peering"
	hubType     = "azurerm_virtual_hub_connection"
)

// site is an interface of a host with its private addresses.
type site struct {
	owner *graph.Resource
	*ipConfiguration
	vnet   *graph.Resource // nil if it isn't in the configuration
	family read.Family
	within netset.Prefixes
}

// hosts returns what leads from host to host in Microsoft Azure.
func hosts(t *graph.Topology) *fact.Inside {
	n := newNetwork(t)
	var hosts []fact.Host
	var sites [][]site
	for _, r := range t.Resources {
		if r.Addr.Mode != graph.Managed {
			continue
		}
		host := fact.Host{Resource: r, Word: "virtual machine"}
		var interfaces []ipConfiguration
		if slices.Contains(machines(), r.Addr.Type) {
			e := fact.Endpoint{}
			interfaces = n.interfaces(r, &e)
			host.Parts = e.Parts
		} else if set, ok := scaleSetOf(r.Addr.Type); ok {
			host.Word = "scale set"
			interfaces = n.scaled(r, set)
		} else {
			continue
		}
		of := n.sites(r, host.Word, interfaces)
		if len(of) == 0 {
			continue
		}
		host.Like = n.hostLike(of)
		hosts, sites = append(hosts, host), append(sites, of)
	}
	return fact.InsideBySites(hosts, sites, n.direct, n.leaves, n.enters)
}

// sites returns the interfaces of a host with the family of each.
func (n *network) sites(r *graph.Resource, word string, interfaces []ipConfiguration) []site {
	maybe := read.Present(r, word)
	var out []site
	for i := range interfaces {
		one := &interfaces[i]
		if maybe != nil {
			one.before = append([]*fact.Hop{maybe}, one.before...)
		}
		f := one.families()[0] // if it isn't known, IPv4
		within := one.member.Within.Intersect(f.All())
		if within.Empty() {
			within = f.All()
		}
		out = append(out, site{owner: r, ipConfiguration: one, vnet: n.networkOf(one.subnet), family: f, within: within})
	}
	return out
}

// hostLike is everything that decides about the ways of a host with one interface.
type hostLike struct {
	subnet, vnet *graph.Resource
	family       read.Family
	within       netset.Key[netset.Prefixes]
	hops         fact.HopsKey
	public       int
}

// hostLike returns what decides about the ways of a host that has one interface and nothing in front of it; else nil.
func (n *network) hostLike(of []site) any {
	if len(of) != 1 || len(of[0].before) > 0 || !made(of[0].subnet) || !of[0].subnet.Certain {
		return nil
	}
	s := &of[0]
	if len(n.forwardsTo(s.ipConfiguration))+len(n.translated(s.ipConfiguration))+len(n.pooledTo(s.ipConfiguration)) > 0 {
		return nil
	}
	hops := append(n.filtered(s.ipConfiguration, sku{tier: standardTier}), n.guard(s.ipConfiguration, s.filter, false, ""))
	for _, a := range s.public {
		hops = append(hops, a.hop)
		hops = append(hops, n.filtered(s.ipConfiguration, a.sku)...)
	}
	return hostLike{subnet: s.subnet.Resource, vnet: s.vnet, family: s.family, within: s.within.Key(), hops: n.guards.Key(hops), public: len(s.public)}
}

// peer returns a site as the rules of others see it.
func (s *site) peer() *fact.Peer {
	p := &fact.Peer{Masks: true, Within: s.within}
	for _, name := range s.member.Names {
		if name.Kind == securityGroups {
			p.Groups = append(p.Groups, fact.ScopeID{Kind: name.Kind, Name: name.Text})
		}
	}
	p.Others = slices.Contains(s.member.Others, securityGroups)
	return p
}

// far is the other side of a connection as the rules of network security groups see it: a peer, or addresses.
type far struct {
	*fact.Peer
	// network is what the tag VirtualNetwork has of the addresses: those of the virtual network, of its peers and of what a
	// gateway connects.
	network netset.Bounds[netset.Prefixes]
	// internet is what the tag Internet has of them.
	internet netset.Prefixes
}

func insideOf(p *fact.Peer) far { return far{Peer: p, network: netset.Exactly(p.Within)} }

// passes returns the hops of the network security groups at a site for what comes from the other side, or what goes there: in
// the order in which they see it. Source:
// https://learn.microsoft.com/azure/virtual-network/network-security-group-how-it-works
func (n *network) passes(s *site, of far, outbound bool) []*fact.Hop {
	subnet, own := n.subnetFilter(s.subnet), s.filter
	var out []*fact.Hop
	if admin, decides := n.adminScopes(s.subnet); len(admin) > 0 {
		out = append(out, &fact.Hop{
			Kind: "security admin rules", Resource: s.of, At: s.of.Decl, Takes: read.Perhaps(), Decides: decides,
			Why: "they may deny it", Change: "What they say of traffic inside of networks isn't followed.",
		})
	}
	add := func(f filter, on string) {
		if !f.none() {
			out = append(out, n.pass(s, f, on, of, outbound))
		}
	}
	if outbound {
		add(own, s.of.Addr.String())
		add(subnet, subnetName(s.subnet))
	} else {
		add(subnet, subnetName(s.subnet))
		add(own, s.of.Addr.String())
	}
	if len(out) == 0 {
		out = append(out, &fact.Hop{
			Kind: "network security group", Resource: s.of, At: s.of.Decl, Takes: read.All(), Why: "there is none, so everything passes",
			Change: "A network security group on the subnet, with a rule that denies it, would close it.",
		})
	}
	return out
}

// pass returns the hop of a network security group.
func (n *network) pass(s *site, f filter, on string, of far, outbound bool) *fact.Hop {
	hop := &fact.Hop{
		Kind: "network security group", Resource: s.of, At: s.of.Decl, Takes: read.All(), Decides: f.decides,
		Why:    "its rules decide what enters " + on,
		Change: "The first rule that matches decides; inside of the virtual network everything passes that none denies.",
	}
	if outbound {
		hop.Kind, hop.Why = "network security group, outbound", "its rules decide what leaves "+on
	}
	if len(f.groups) != 1 || f.outside {
		hop.Takes, hop.Why = read.Perhaps(), "which one is on "+on+", and what its rules are, isn't known"
		return hop
	}
	group := f.groups[0].Resource
	hop.Resource, hop.At = group, group.Decl
	guard := fact.Guard{
		By: fact.Rules{
			Scope: fact.ScopeID{Kind: NetworkSecurityGroup().Kind, Name: group.Addr.String()}, Rules: n.rulesFor(group, of, outbound), Member: s.member,
		},
		Direction: fact.In, Gaps: fact.Gaps{Absent: !f.sure},
	}
	if of.Peer != nil {
		guard.Sees = *of.Peer
	}
	if outbound {
		guard.Direction = fact.Out
	}
	if !f.sure || !f.groups[0].Certain {
		guard.Gaps.Absent = true
	}
	hop.Guard = n.guards.Share(guard)
	return hop
}

// seenKey identifies the rules of a network security group as they see the other side.
type seenKey struct {
	group               *graph.Resource
	outbound            bool
	must, may, internet netset.Key[netset.Prefixes]
	peer                fact.HopsKey
}

// rulesFor returns the rules of a network security group for one direction as they see the other side, with the default ones.
func (n *network) rulesFor(group *graph.Resource, of far, outbound bool) []*fact.Ingress {
	key := seenKey{group: group, outbound: outbound, must: of.network.Must.Key(), may: of.network.May.Key(), internet: of.internet.Key()}
	if of.Peer != nil {
		key.peer = n.guards.Key([]*fact.Hop{{Guard: n.guards.Share(fact.Guard{By: fact.AnyOf{}, Sees: *of.Peer})}})
	}
	if out, ok := n.seen[key]; ok {
		return out
	}
	var out []*fact.Ingress
	for _, rule := range n.directedRules(group, outbound) {
		one := *rule
		one.Sources = nil
		for _, t := range rule.Sources {
			if len(t.Values) == 1 {
				switch text, _ := t.Values[0].Text(); strings.ToLower(strings.TrimSpace(text)) {
				case "virtualnetwork":
					t.Set = of.network
				case "internet":
					t.Set = netset.Exactly(of.internet)
				}
			}
			one.Sources = append(one.Sources, t)
		}
		// A rule matches a group by its members' addresses.
		if of.Peer != nil {
			if surely, perhaps := of.In(rule.Peers); perhaps {
				t := read.Constant(of.Within)
				if !surely {
					t.Set.Must = netset.Prefixes{}
				}
				one.Sources = append(one.Sources, t)
			}
		}
		out = append(out, &one)
	}
	scope := read.Own(group, NetworkSecurityGroup())
	byDefault := func(priority int, from netset.Bounds[netset.Prefixes]) {
		term := read.Constant(from.May)
		term.Set = from
		out = append(out, &fact.Ingress{
			Resource: group, Scope: scope, At: group.Decl, Certain: true, Action: fact.Allow, Priority: fact.Span{Lo: priority, Hi: priority},
			Protocol: read.Constant(netset.AllProtocols()), Ports: read.Constant(netset.AllPorts()), Sources: []fact.Term[netset.Prefixes]{term},
		})
	}
	byDefault(defaultInside, of.network)
	if outbound {
		byDefault(defaultInside+1, netset.Exactly(of.internet))
	}
	n.seen[key] = out
	return out
}

// directedRules returns the rules of a network security group for one direction.
func (n *network) directedRules(group *graph.Resource, outbound bool) []*fact.Ingress {
	if !outbound {
		return n.rulesOf(group)
	}
	if out, ok := n.outgoing[group]; ok {
		return out
	}
	spelled := AzurermRule().outbound()
	var out []*fact.Ingress
	scope := read.Own(group, NetworkSecurityGroup())
	for _, b := range group.OwnBlocks("security_rule") {
		out = append(out, spelled.directed(n.t.Graph, group, scope, b, "outbound", "inbound")...)
	}
	for _, r := range n.t.OfType("azurerm_network_security_rule") {
		if r.Addr.Mode != graph.Managed {
			continue
		}
		of := read.ScopeNamed(n.t.Graph, r, "network_security_group_name", naming("azurerm_network_security_group"), NetworkSecurityGroup())
		if of.ScopeID == scope.ScopeID {
			out = append(out, spelled.directed(n.t.Graph, r, of, read.BlockOf(r), "outbound", "inbound")...)
		} else if of.Resource == nil && r.OwnAttr("network_security_group_name").Undecided() {
			for _, rule := range spelled.directed(n.t.Graph, r, of, read.BlockOf(r), "outbound", "inbound") {
				rule.Certain, rule.Exists = false, r.OwnAttr("network_security_group_name")
				out = append(out, rule)
			}
		}
	}
	n.outgoing[group] = out
	return out
}

// direct returns the ways from one site to another by private addresses.
func (n *network) direct(a, b *site) []fact.Way {
	if a.family != b.family || a.owner == b.owner && !a.scaled {
		return nil
	}
	ways := func(link []*fact.Hop) []fact.Way {
		way := func(to *fact.Peer, rest ...*fact.Hop) fact.Way {
			return fact.Way{Family: a.family.All(), Clients: a.within, One: true, Hops: slices.Concat(
				a.before, n.passes(a, insideOf(to), true), link, rest,
			)}
		}
		out := []fact.Way{way(b.peer(), slices.Concat(b.before, n.passes(b, insideOf(a.peer()), false))...)}
		if a.owner == b.owner {
			return out
		}
		for _, by := range n.handedOn(b) {
			out = append(out, way(&fact.Peer{Masks: true, Within: by.to}, by.inside(n, b, insideOf(a.peer()))...))
		}
		return out
	}
	switch {
	case a.vnet != nil && a.vnet == b.vnet || a.vnet == nil && a.subnet.Known() && a.subnet.Name == b.subnet.Name:
		return ways(n.local(a, b))
	case a.vnet == nil || b.vnet == nil:
		return ways([]*fact.Hop{{
			Kind: "virtual network", Resource: a.owner, At: a.subnet.Value.At, Takes: read.Perhaps(),
			Why:     "whether both are in one virtual network, or in peers, isn't known",
			Change:  "Scan the configuration of the networks together with this one.",
			Decides: slices.Concat(read.Unmade("the network", a.subnet), read.Unmade("the network", b.subnet)),
		}})
	}
	return ways(n.between(a, b))
}

// local returns the hops inside of a virtual network: its own routes, and what a route table says otherwise.
func (n *network) local(a, b *site) []*fact.Hop {
	return []*fact.Hop{n.sends(a, b, false), n.sends(b, a, true)}
}

// between returns the hops between two virtual networks of the configuration. Each must have a peering with the other, and
// peerings don't lead on to a third. Source:
// https://learn.microsoft.com/azure/virtual-network/virtual-network-peering-overview
func (n *network) between(a, b *site) []*fact.Hop {
	there, back := n.peering(a.vnet, b.vnet), n.peering(b.vnet, a.vnet)
	if there.Takes.May.Empty() || back.Takes.May.Empty() {
		if hop := n.appliance(a, b); hop != nil {
			return []*fact.Hop{hop}
		}
	}
	return []*fact.Hop{n.sends(a, b, false), there, back, n.sends(b, a, true)}
}

// peering returns the hop of the peering of one virtual network with another.
func (n *network) peering(a, b *graph.Resource) *fact.Hop {
	hop := &fact.Hop{
		Kind: "peering", Resource: a, At: a.Decl, Takes: read.None(), Why: "none of " + a.Addr.String() + " with " + b.Addr.String() + " is here",
		Change: "A peering in each direction would open it.",
	}
	for _, r := range n.t.OfType(peeringType) {
		if r.Addr.Mode != graph.Managed {
			continue
		}
		of := read.ScopeNamed(n.t.Graph, r, "virtual_network_name", naming("azurerm_virtual_network"), fact.Scope{})
		remote := n.t.End(r.OwnAttr("remote_virtual_network_id"), true)
		surely := of.Resource == a && len(remote) == 1 && remote[0].Resource == b && r.Certain
		perhaps := surely || (of.Resource == a || of.Resource == nil) && slices.ContainsFunc(remote, func(e graph.End) bool {
			return e.Resource == b || !e.Known() && read.MayBeMade(e.Value)
		})
		if !perhaps {
			continue
		}
		allow := read.Words{Attr: "allow_virtual_network_access", Yes: []string{"true"}, No: []string{"false"}, Absent: read.Yes}
		is, by := allow.Of(r.Object)
		switch {
		case is == read.No:
			hop.Resource, hop.At, hop.Why = r, by.At, "allow_virtual_network_access is false"
		case surely && is == read.Yes:
			return &fact.Hop{
				Kind: "peering", Resource: r, At: r.Decl, Takes: read.All(), Why: "it lets " + a.Addr.String() + " reach " + b.Addr.String(),
				Change: "Without the peering the networks are apart.",
			}
		default:
			hop.Resource, hop.At, hop.Takes, hop.Why = r, r.Decl, read.Perhaps(), "it may be between these networks"
			hop.Decides = slices.Concat(hop.Decides, read.OriginsOf(by), r.OwnAttr("remote_virtual_network_id").Origins(), r.OwnAttr("virtual_network_name").Origins(), read.OriginsOf(r.Exists))
		}
	}
	return hop
}

// appliance returns the hop of what may connect two networks that aren't peers: an appliance or a gateway that the routes lead
// to, or a hub that both are connected to. It is nil if there is nothing of the kind.
func (n *network) appliance(a, b *site) *fact.Hop {
	hop := &fact.Hop{
		Kind: "route", Resource: a.vnet, At: a.vnet.Decl, Takes: read.Perhaps(), Change: "What appliances and hubs send on isn't followed.",
	}
	if route := n.sends(a, b, false); !route.Takes.Must.Equal(netset.AllTraffic()) && !route.Takes.May.Empty() {
		hop.Resource, hop.At, hop.Why, hop.Decides = route.Resource, route.At, route.Why, route.Decides
		return hop
	}
	connected := func(vnet *graph.Resource) *graph.Resource {
		for _, r := range n.t.OfType(hubType) {
			if ends := n.t.End(r.OwnAttr("remote_virtual_network_id"), true); len(ends) == 1 && ends[0].Resource == vnet {
				return r
			}
		}
		return nil
	}
	if one, other := connected(a.vnet), connected(b.vnet); one != nil && other != nil {
		hop.Kind, hop.Resource, hop.At, hop.Why = "virtual hub", one, one.Decl, "both networks are connected to virtual hubs, whose routes aren't followed"
		hop.Decides = []graph.Origin{read.Outside("the routes of the hub of "+one.Addr.String(), graph.Value{At: one.Decl})}
		return hop
	}
	return nil
}

// spaces returns the addresses of a virtual network as far as they are known.
func spaces(vnet *graph.Resource) []netip.Prefix {
	var out []netip.Prefix
	set, _ := texts(vnet.OwnAttr("address_space"))
	for p := range set.Prefixes() {
		out = append(out, p)
	}
	return out
}

// sends returns the hop of the routes of a site's subnet to another site: Azure's own lead to all addresses of the network and
// its peers, and those of a route table that are as specific go before. Source:
// https://learn.microsoft.com/azure/virtual-network/virtual-networks-udr-overview
func (n *network) sends(a, b *site, replies bool) *fact.Hop {
	hop := &fact.Hop{
		Kind: "route", Resource: a.subnet.Resource, At: a.subnet.Value.At, Takes: read.All(), Why: "Azure's own route leads there",
		Change: "A route of these addresses in a route table would lead elsewhere.",
	}
	if replies {
		hop.Kind, hop.Why = "route, replies", "Azure's own route leads back"
	}
	if a.subnet.Resource != nil {
		hop.At = a.subnet.Resource.Decl
	}
	routes, decides := n.own(a)
	if len(routes) == 0 && len(decides) == 0 {
		return hop
	}
	var system []read.Route
	if b.vnet != nil {
		for _, p := range spaces(b.vnet) {
			system = append(system, read.Route{To: p, Way: read.ToGateway, Certain: true})
		}
	}
	if len(system) == 0 {
		for p := range b.within.Prefixes() {
			system = append(system, read.Route{To: p, Way: read.ToGateway, Certain: true})
		}
	}
	// A route table's own goes before one of Azure's with the same prefix.
	system = slices.DeleteFunc(system, func(s read.Route) bool {
		return slices.ContainsFunc(routes, func(r tableRoute) bool { return r.Certain && r.To == s.To })
	})
	all := system
	for _, r := range routes {
		all = append(all, r.Route)
	}
	hop.Takes = read.Together(read.Of(read.Sent(all, a.family)), b.within)
	if hop.Takes.Must.Equal(netset.AllTraffic()) && len(decides) == 0 {
		return hop
	}
	for _, r := range routes {
		if r.Way != read.ToGateway && (!r.To.IsValid() || b.within.Overlaps(netset.Prefix(r.To))) {
			hop.Resource, hop.At, hop.Why = r.by, r.at, "it sends "+read.DestinationOf(r.Route)+" to "+r.word
			decides = append(decides, read.Outside("what "+r.word+" does with it", graph.Value{At: r.at}))
		}
	}
	if hop.Decides = decides; len(decides) > 0 && hop.Takes.Must.Equal(netset.AllTraffic()) {
		hop.Takes = read.Perhaps()
		hop.Why = "its route table isn't known"
	}
	return hop
}
