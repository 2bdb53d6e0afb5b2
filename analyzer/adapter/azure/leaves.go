package azure

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// tableRoute is a route of a route table, with the word for where it leads.
type tableRoute struct {
	read.Route
	by   *graph.Resource
	at   hcl.Range
	word string
}

// own returns the routes of the route table of a site's subnet, of traffic to private addresses, and what decides which they
// are.
func (n *network) own(s *site) (out []tableRoute, decides []graph.Origin) {
	sure := false
	for _, e := range n.t.From(s.subnet.Name, graph.RoutedBy) {
		if !s.subnet.Known() || !strings.HasPrefix(e.By.Addr.Type, "azurerm_") {
			continue
		}
		certain := e.Certain() && (e.By.Addr.Type != "azurerm_virtual_network" || len(e.By.OwnBlocks("subnet")) == 1)
		sure = sure || certain
		if e.To.Resource == nil || e.To.Resource.Addr.Mode != graph.Managed {
			decides = append(decides, read.Unmade("the routes", *e.To)...)
			continue
		}
		for _, r := range n.privateRoutes(e.To.Resource, s.family) {
			r.Certain = r.Certain && certain
			out = append(out, r)
		}
		if !certain {
			decides = append(decides, append(read.OriginsOf(e.To.Value), read.OriginsOf(e.By.Exists)...)...)
		}
	}
	if !sure && !made(s.subnet) {
		decides = append(decides, read.Unmade("the routes", s.subnet)...)
	}
	return out, decides
}

// privateRoutes returns the routes of a table, by whether they lead to private addresses without a detour.
func (n *network) privateRoutes(table *graph.Resource, f read.Family) []tableRoute {
	var out []tableRoute
	add := func(o graph.Object, certain bool, at hcl.Range) {
		route := tableRoute{Route: read.Route{Way: read.EitherWay, Certain: certain}, by: table, at: at}
		if text, _ := o.OwnAttr("address_prefix").Text(); text != "" {
			p, err := netip.ParsePrefix(text)
			if err != nil && strings.EqualFold(text, "Internet") || err == nil && !netset.Prefix(p).Overlaps(f.All()) {
				return
			}
			if err == nil {
				route.To = p.Masked()
			}
		}
		route.word, _ = o.OwnAttr("next_hop_type").Text()
		switch strings.ToLower(route.word) {
		case "vnetlocal":
			route.Way = read.ToGateway
		case "none", "internet":
			route.Way = read.Elsewhere
		case "":
			route.word = "a next hop that isn't known"
		}
		out = append(out, route)
	}
	for _, b := range table.OwnBlocks("route") {
		certain, _ := read.Exists(table, b)
		add(b.Object, certain, b.At)
	}
	for _, r := range n.t.OfType("azurerm_route") {
		switch scope := read.ScopeNamed(n.t.Graph, r, "route_table_name", naming("azurerm_route_table"), fact.Scope{}); {
		case scope.Resource == table:
			add(r.Object, r.Certain, r.Decl)
		case scope.Resource == nil && r.OwnAttr("route_table_name").Undecided():
			add(r.Object, false, r.Decl)
		}
	}
	return out
}

// toward is the other side of connections to far addresses, as rules see it.
func toward(of fact.Far, to netset.Prefixes) far {
	out := far{internet: to.Intersect(netset.PublicSpace())}
	private := to.Difference(netset.PublicSpace())
	out.network.May = private
	if of.Network != nil {
		out.network.Must = private
	}
	if of.One {
		out.Peer = &fact.Peer{Masks: true, Within: to}
	}
	return out
}

// leaves returns the ways from a site to far addresses.
func (n *network) leaves(s *site, of fact.Far) []fact.Way {
	var ways []fact.Way
	add := func(to netset.Prefixes, hops ...*fact.Hop) {
		if to.Empty() {
			return
		}
		ways = append(ways, fact.Way{
			Family: s.family.All(), Clients: to, One: of.One, Hops: slices.Concat(s.before, n.passes(s, toward(of, to), true), hops),
		})
	}
	to := of.Addresses.Intersect(s.family.All())
	public := to.Intersect(netset.PublicSpace())
	if route := n.replies(s.subnet, s.family); route != nil {
		out := *route
		out.Kind, out.Change = "route table", "The route of the addresses must be Azure's own, or one with next hop Internet."
		if of.One {
			out.Takes = read.Together(out.Takes, public)
		}
		add(public, &out, n.exit(s))
	} else {
		add(public, n.exit(s))
	}
	add(to.Difference(public), n.away(of, s))
	return ways
}

// enters returns the ways from far private addresses to a site.
func (n *network) enters(of fact.Far, s *site) []fact.Way {
	from := of.Addresses.Intersect(s.family.All())
	if from.Empty() {
		return nil
	}
	away, by := n.away(of, s), toward(of, from)
	way := func(hops ...*fact.Hop) fact.Way {
		return fact.Way{Family: s.family.All(), Clients: from, One: of.One, Hops: append([]*fact.Hop{away}, hops...)}
	}
	out := []fact.Way{way(slices.Concat(s.before, n.passes(s, by, false))...)}
	for _, h := range n.handedOn(s) {
		out = append(out, way(h.inside(n, s, by)...))
	}
	return out
}

// away returns the hop between a site and private addresses of another place. Those of its own network and of peers are
// reached; whether a gateway connects others isn't known.
func (n *network) away(of fact.Far, s *site) *fact.Hop {
	hop := &fact.Hop{
		Kind: "route", Resource: s.subnet.Resource, At: s.subnet.Value.At, Takes: read.Perhaps(),
		Why: "whether a gateway or a peer connects these addresses isn't known", Change: "Name the network whose addresses they are.",
		Decides: []graph.Origin{read.Outside("what connects "+subnetName(s.subnet)+" with these addresses", s.subnet.Value)},
	}
	vnet := of.Network
	if vnet != nil && vnet.Addr.Type == "azurerm_subnet" {
		vnet = n.networkOf(graph.End{Resource: vnet})
	}
	if s.vnet == nil {
		return hop
	}
	var own netset.Prefixes
	for _, p := range spaces(s.vnet) {
		own = own.Union(netset.Prefix(p))
	}
	switch {
	case vnet == s.vnet || of.Addresses.SubsetOf(own):
		hop.Takes, hop.Why, hop.Decides = read.All(), "they are in its own virtual network", nil
	case vnet != nil:
		there, back := n.peering(s.vnet, vnet), n.peering(vnet, s.vnet)
		if back.Takes.Must.Empty() {
			there = back
		}
		if !there.Takes.May.Empty() {
			return there
		}
		if len(n.t.OfType(hubType)) == 0 {
			return there
		}
	}
	return hop
}

// exit returns the hop by which a site reaches the internet: a NAT gateway, a public address, or the access that Azure gives to
// subnets unless they are private. Source:
// https://learn.microsoft.com/azure/virtual-network/ip-services/default-outbound-access
func (n *network) exit(s *site) *fact.Hop {
	hop := &fact.Hop{
		Kind: "outbound access", Resource: s.subnet.Resource, At: s.subnet.Value.At, Takes: read.All(),
		Why: "Azure gives the subnet an address for what goes out", Change: "Set default_outbound_access_enabled of the subnet to false to take it away.",
	}
	if s.subnet.Resource != nil {
		hop.At = s.subnet.Resource.Decl
		for _, r := range n.t.Referrers(s.subnet.Resource, "azurerm_subnet_nat_gateway_association", "subnet_id") {
			if r.Certain {
				hop.Resource, hop.At, hop.Why, hop.Change = r, r.Decl, "a NAT gateway is on the subnet", "Without the NAT gateway another exit may remain."
				return hop
			}
		}
	}
	for _, a := range s.public {
		if !a.hop.Takes.Must.Empty() && a.family == s.family {
			hop.Resource, hop.At, hop.Why, hop.Change = a.hop.Resource, a.hop.At, "it has a public address", "Without a public address another exit may remain."
			return hop
		}
	}
	if s.subnet.Resource == nil {
		hop.Takes, hop.Why, hop.Decides = read.Perhaps(), "its subnet is outside the configuration", read.Unmade("the outbound access", s.subnet)
		return hop
	}
	v := s.subnet.Resource.OwnAttr("default_outbound_access_enabled")
	is, known := v.Bool()
	switch {
	case !read.Given(v) || known && is:
		return hop
	case !known:
		hop.At, hop.Takes, hop.Why, hop.Decides = v.At, read.Perhaps(), "default_outbound_access_enabled isn't known", read.OriginsOf(v)
	default:
		hop.At, hop.Takes, hop.Why = v.At, read.None(), "the subnet is private, and nothing else gives it a public address"
		hop.Change = "A NAT gateway, a public address, or a load balancer's outbound rule would open it."
		public := slices.ContainsFunc(s.public, func(a publicAddress) bool { return !a.hop.Takes.May.Empty() })
		if public || len(n.forwardsTo(s.ipConfiguration)) > 0 {
			hop.Takes, hop.Why = read.Perhaps(), "a load balancer or a public address may give it one"
			hop.Decides = []graph.Origin{read.Outside("the outbound rules for "+s.of.Addr.String(), graph.Value{At: s.of.Decl})}
		}
	}
	return hop
}
