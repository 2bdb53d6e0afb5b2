package google

import (
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

const (
	peeringType = "google_compute_network_peering"
	spokeType   = "google_network_connectivity_spoke"
	natType     = "google_compute_router_nat"
)

// impliedScope is the scope of the rule that every network has for what goes out, after all others.
func impliedScope(network string) fact.Scope {
	return fact.Scope{
		ScopeID: fact.ScopeID{Kind: "implied rule", Name: network}, Role: fact.Firewall, Order: fact.FirstMatch,
	}
}

// implied reads the rule that lets everything out of a network unless another denies it.
// Source: https://cloud.google.com/firewall/docs/firewalls#default_firewall_rules
func implied() read.Adapter {
	return read.Adapter{
		Types: []string{"google_compute_network"},
		Outbound: func(_ *graph.Graph, r *graph.Resource) []*fact.Ingress {
			return []*fact.Ingress{{
				Resource: r, Scope: impliedScope(r.Addr.String()), At: r.Decl, Certain: true, Action: fact.Allow,
				Priority: fact.Span{Lo: 65535, Hi: 65535}, Protocol: read.Constant(netset.AllProtocols()),
				Ports: read.Constant(netset.AllPorts()), Sources: []fact.Term[netset.Prefixes]{read.Constant(netset.AllAddresses())},
			}}
		},
	}
}

// site is an interface of a host with its private addresses of a family.
type site struct {
	m      *machine
	nic    networkInterface
	member member
	family read.Family
	within netset.Prefixes
	// six are the hops of an IPv6 address, which not every interface has.
	six []*fact.Hop
}

// hosts returns what leads from host to host in Google Cloud.
func hosts(t *graph.Topology) *fact.Inside {
	n := newNetwork(t)
	n.aimed = true // rules see where in the network a machine is
	var hosts []fact.Host
	var sites [][]site
	for _, r := range t.Resources {
		if r.Addr.Mode != graph.Managed {
			continue
		}
		m := n.machine(r)
		if m == nil {
			continue
		}
		of := n.sites(m)
		if len(of) == 0 {
			continue
		}
		host := fact.Host{Resource: r, Word: m.word, Parts: m.parts, Like: n.hostLike(of)}
		hosts, sites = append(hosts, host), append(sites, of)
	}
	return fact.InsideBySites(hosts, sites, n.direct, n.leaves, n.enters)
}

// sites returns the interfaces of a host. Each has a private IPv4 address; an IPv6 address if its stack says so.
func (n *network) sites(m *machine) []site {
	var out []site
	add := func(nic networkInterface, f read.Family, six ...*fact.Hop) {
		member := n.member(m, nic, f)
		out = append(out, site{m: m, nic: nic, member: member, family: f, within: member.Within.Intersect(f.All()), six: six})
	}
	for _, nic := range n.interfaces(m) {
		add(nic, read.IPv4)
		v := nic.OwnAttr("stack_type")
		switch text, known := v.Text(); {
		case !read.Given(v), known && text == "IPV4_ONLY":
		default:
			hop := &fact.Hop{
				Kind: "IPv6 address", Resource: nic.by, At: v.At, Takes: read.All(), Why: "stack_type gives it one",
				Change: "A stack_type of IPV4_ONLY would take it away.",
			}
			if !known {
				hop.Takes, hop.Why, hop.Decides = read.Perhaps(), "stack_type isn't known", read.OriginsOf(v)
			}
			add(nic, read.IPv6, hop)
		}
	}
	return out
}

// hostLike is everything that decides about the ways of a host with one interface.
type hostLike struct {
	network networkKey
	subnet  string
	within  netset.Key[netset.Prefixes]
	hops    fact.HopsKey
	several bool
}

// hostLike returns what decides about the ways of a host that has one interface and no load balancer in front of it; else nil.
func (n *network) hostLike(of []site) any {
	if len(of) != 1 || len(of[0].m.maybe) > 0 || !of[0].member.network.Known() || len(n.fronted(of[0].m)) > 0 {
		return nil
	}
	s := &of[0]
	region, known := s.member.region.Text()
	if read.Given(s.member.region) && !known {
		return nil
	}
	hops := []*fact.Hop{n.address(s.nic, s.family), n.route(s.member, s.family), n.guard(s.member, s.family)}
	return hostLike{
		network: keyOf(s.member.network), subnet: s.nic.subnet.Name + " " + region, within: s.within.Key(), hops: n.guards.Key(hops),
		several: s.several(),
	}
}

// several reports whether a host stands for several machines, which may reach each other.
func (s *site) several() bool { return s.m.word != "instance" }

// peer returns a site as rules see it; those of its own network see its tags and service accounts, too. Source:
// https://cloud.google.com/firewall/docs/firewalls#source-tags
func (s *site) peer(same bool) *fact.Peer {
	p := &fact.Peer{Masks: true, Within: s.within}
	for _, name := range s.member.Names {
		if id := scopeOf(name); same && name.Kind != "network" {
			p.Groups = append(p.Groups, id)
		} else if name.Kind == "secure tag" { // which peers see as well
			p.Perhaps = append(p.Perhaps, id)
		}
	}
	p.Others = same && slices.ContainsFunc(s.member.Others, func(kind string) bool { return kind != "network" })
	return p
}

// in returns the hop of the rules for what a peer sends to a site, or the addresses of the traffic if the peer is nil.
func (n *network) in(s *site, from *fact.Peer) *fact.Hop {
	hop := n.guard(s.member, s.family)
	if from != nil {
		guard := *hop.Guard
		guard.Sees = *from
		hop.Guard = n.guards.Share(guard)
	}
	return hop
}

// out returns the hop of the rules for what a site sends. What none of them decides goes out.
func (n *network) out(s *site, to *fact.Peer) *fact.Hop {
	hop := n.guard(s.member, s.family)
	hop.Kind = "firewall, outbound"
	hop.Why = "everything goes out that no rule for it denies first"
	hop.Change = "An egress rule for the machine that denies the port closes it, if none before allows it."
	guard := *hop.Guard
	guard.Direction = fact.Out
	by, _ := guard.By.(fact.InOrder)
	last := fact.ScopeRef{ScopeID: impliedScope(s.member.network.Name).ScopeID, Certain: true, Others: !made(s.member.network)}
	by.Scopes = append(slices.Clip(by.Scopes), last)
	guard.By = by
	if to != nil {
		guard.Sees = fact.Peer{Masks: true, Within: to.Within}
	}
	hop.Guard = n.guards.Share(guard)
	return hop
}

// direct returns the ways from one site to another by private addresses.
func (n *network) direct(a, b *site) []fact.Way {
	if a.family != b.family || a.m.Resource == b.m.Resource && !a.several() {
		return nil
	}
	same := a.member.network.Known() && a.member.network.Name == b.member.network.Name
	var link []*fact.Hop
	switch {
	case same:
	case made(a.member.network) && made(b.member.network):
		link = n.between(a.member.network.Resource, b)
	default:
		link = []*fact.Hop{{
			Kind: "VPC network", Resource: a.m.Resource, At: a.nic.At, Takes: read.Perhaps(),
			Why: "whether both are in one network, or in peers, isn't known", Change: "Scan the configuration of the networks together with this one.",
			Decides: slices.Concat(read.Unmade("the network", a.member.network), read.Unmade("the network", b.member.network)),
		}}
	}
	ways := []fact.Way{{Family: a.family.All(), Clients: a.within, One: true, Hops: slices.Concat(
		a.m.maybe, a.six, []*fact.Hop{n.out(a, b.peer(same))}, link, b.m.maybe, b.six, []*fact.Hop{n.in(b, a.peer(same))},
	)}}
	if a.m.Resource != b.m.Resource {
		for _, by := range n.handedOn(b, a.peer(same)) {
			to := &fact.Peer{Masks: true, Within: addressOf(by.rule)}
			ways = append(ways, fact.Way{Family: a.family.All(), Clients: a.within, One: true, Hops: slices.Concat(
				a.m.maybe, []*fact.Hop{n.out(a, to)}, link, by.hops,
			)})
		}
	}
	return ways
}

// handed is the hops of a forwarding rule with an internal address, and of what is behind it.
type handed struct {
	rule *graph.Resource
	hops []*fact.Hop
}

// handedOn returns the hops of the internal forwarding rules in front of a site for what comes from a peer, or from the addresses
// of the traffic if the peer is nil.
func (n *network) handedOn(s *site, from *fact.Peer) []handed {
	if s.family != read.IPv4 {
		return nil
	}
	var out []handed
	for _, f := range n.frontsOf(s.m) {
		accepts := n.acceptsInside(f.rule)
		switch {
		case accepts == nil:
		case f.proxied:
			out = append(out, handed{f.rule, append([]*fact.Hop{accepts}, n.proxied(s.m, f).hops...)})
		default:
			out = append(out, handed{f.rule, slices.Concat([]*fact.Hop{accepts, f.hop(s.m)}, s.m.maybe, []*fact.Hop{n.in(s, from)})})
		}
	}
	return out
}

// acceptsInside returns the hop of a forwarding rule that has, or may have, an internal address, as hosts of its network and of
// those that are connected with it may reach it; nil if its address is external. Which of them reach it, by its region and its
// global access, isn't followed.
func (n *network) acceptsInside(r *graph.Resource) *fact.Hop {
	if is, _ := external(r); is == read.Yes {
		return nil
	}
	hop := &fact.Hop{
		Kind: "forwarding rule", Resource: r, At: r.Decl, Takes: read.All(), Why: "it has an internal address",
		Change: "Without the rule only the rules of the firewall decide who reaches the machine inside of the network.",
	}
	n.listens(r, hop)
	hop.Doubt(read.Outside("who reaches "+r.Addr.String()+" inside of the network", graph.Value{At: r.Decl}))
	return hop
}

// addressOf returns the addresses that an internal forwarding rule may have.
func addressOf(r *graph.Resource) netset.Prefixes {
	text, _ := r.OwnAttr("ip_address").Text()
	if p, err := netset.ParseSource(text); err == nil {
		return p
	}
	return read.IPv4.All()
}

// between returns the hop between two networks of the configuration: a peering that both have, or a hub of which both are
// spokes. Peerings don't lead on to a third network. Source: https://cloud.google.com/vpc/docs/vpc-peering
func (n *network) between(a *graph.Resource, to *site) []*fact.Hop {
	b := to.member.network.Resource
	there, back := n.peering(a, b), n.peering(b, a)
	if !there.Takes.May.Empty() && !back.Takes.May.Empty() {
		return []*fact.Hop{there, back}
	}
	for _, one := range n.t.OfType(spokeType) {
		for _, other := range n.t.OfType(spokeType) {
			if hop := n.spokes(one, other, a, b); hop != nil {
				return []*fact.Hop{hop}
			}
		}
	}
	for _, r := range n.t.OfType("google_compute_route") {
		if same, _ := n.ofNetwork(r, graph.End{Resource: a, Name: a.Addr.String()}); !same || r.Addr.Mode != graph.Managed {
			continue
		}
		text, _ := r.OwnAttr("dest_range").Text()
		p, err := netset.ParseSource(text)
		gateway := read.Given(r.OwnAttr("next_hop_gateway"))
		if err == nil && p.Overlaps(to.within) && !gateway {
			return []*fact.Hop{{
				Kind: "route", Resource: r, At: r.Decl, Takes: read.Perhaps(), Why: "it sends " + read.Told(text, r.OwnAttr("dest_range")) + " to a tunnel or an appliance, which isn't followed",
				Change: "Without the route the networks are apart.", Decides: []graph.Origin{read.Outside("what "+r.Addr.String()+" leads to sends on", graph.Value{At: r.Decl})},
			}}
		}
	}
	if there.Takes.May.Empty() {
		return []*fact.Hop{there}
	}
	return []*fact.Hop{back}
}

// peering returns the hop of the peering of one network with another.
func (n *network) peering(a, b *graph.Resource) *fact.Hop {
	hop := &fact.Hop{
		Kind: "peering", Resource: a, At: a.Decl, Takes: read.None(), Why: "none of " + a.Addr.String() + " with " + b.Addr.String() + " is here",
		Change: "A peering of each network with the other would open it.",
	}
	for _, r := range n.t.OfType(peeringType) {
		if r.Addr.Mode != graph.Managed {
			continue
		}
		one, other := n.named(r, r.Attr("network")), n.named(r, r.Attr("peer_network"))
		unknown := func(e graph.End) bool { return !e.Known() && read.MayBeMade(e.Value) }
		switch {
		case one.Resource == a && other.Resource == b && r.Certain:
			return &fact.Hop{
				Kind: "peering", Resource: r, At: r.Decl, Takes: read.All(), Why: "it connects " + a.Addr.String() + " with " + b.Addr.String(),
				Change: "Without the peering the networks are apart.",
			}
		case (one.Resource == a || unknown(one)) && (other.Resource == b || unknown(other)):
			hop.Resource, hop.At, hop.Takes, hop.Why = r, r.Decl, read.Perhaps(), "it may be between these networks"
			hop.Decides = slices.Concat(hop.Decides, one.Value.Origins(), other.Value.Origins(), read.OriginsOf(r.Exists))
		}
	}
	return hop
}

// spokes returns the hop of a hub of which two networks are spokes; nil if two spokes aren't theirs. Source: the provider's page
// google_network_connectivity_spoke.
func (n *network) spokes(one, other, a, b *graph.Resource) *fact.Hop {
	of := func(r, network *graph.Resource) (is, whole bool) {
		for _, block := range r.OwnBlocks("linked_vpc_network") {
			end := n.named(r, block.Attr("uri"))
			is = is || end.Resource == network
			whole = is && block.Certain && !read.Given(block.OwnAttr("exclude_export_ranges")) && !read.Given(block.OwnAttr("include_export_ranges"))
		}
		return is, whole
	}
	isA, wholeA := of(one, a)
	isB, wholeB := of(other, b)
	hubA, hubB := n.t.End(one.OwnAttr("hub"), true), n.t.End(other.OwnAttr("hub"), true)
	if !isA || !isB || len(hubA) != 1 || len(hubB) != 1 || !hubA[0].Known() || hubA[0].Name != hubB[0].Name {
		return nil
	}
	hop := &fact.Hop{
		Kind: "hub", Resource: one, At: one.Decl, Takes: read.All(), Why: "both networks are spokes of " + hubA[0].Name,
		Change: "Without one of the spokes the networks are apart.",
	}
	if !wholeA || !wholeB || !one.Certain || !other.Certain || read.Given(one.OwnAttr("group")) || read.Given(other.OwnAttr("group")) {
		hop.Takes, hop.Why = read.Perhaps(), hop.Why+", which may not exchange all of their routes"
		hop.Decides = []graph.Origin{read.Outside("the routes of "+hubA[0].Name, graph.Value{At: one.Decl})}
	}
	return hop
}

// leaves returns the ways from a site to far addresses.
func (n *network) leaves(s *site, far fact.Far) []fact.Way {
	var ways []fact.Way
	add := func(to netset.Prefixes, hops ...*fact.Hop) {
		if to.Empty() {
			return
		}
		var p *fact.Peer
		if far.One {
			p = &fact.Peer{Masks: true, Within: to}
		}
		ways = append(ways, fact.Way{
			Family: s.family.All(), Clients: to, One: far.One, Hops: slices.Concat(s.m.maybe, s.six, []*fact.Hop{n.out(s, p)}, hops),
		})
	}
	to := far.Addresses.Intersect(s.family.All())
	public := to.Intersect(netset.PublicSpace())
	if !public.Empty() {
		route := *n.route(s.member, s.family)
		route.Change = "A route of the addresses to the default internet gateway opens it; without one it is closed."
		if far.One {
			route.Takes = read.Together(route.Takes, public)
		}
		add(public, n.address(s.nic, s.family), &route)
		for _, nat := range n.translators(s) {
			add(public, nat, &route)
		}
	}
	add(to.Difference(public), n.away(far, s))
	return ways
}

// enters returns the ways from far private addresses to a site.
func (n *network) enters(far fact.Far, s *site) []fact.Way {
	from := far.Addresses.Intersect(s.family.All())
	if from.Empty() {
		return nil
	}
	var p *fact.Peer
	if far.One {
		p = &fact.Peer{Masks: true, Within: from}
	}
	away := n.away(far, s)
	ways := []fact.Way{{
		Family: s.family.All(), Clients: from, One: far.One,
		Hops: slices.Concat([]*fact.Hop{away}, s.m.maybe, s.six, []*fact.Hop{n.in(s, p)}),
	}}
	for _, by := range n.handedOn(s, p) {
		ways = append(ways, fact.Way{Family: s.family.All(), Clients: from, One: far.One, Hops: append([]*fact.Hop{away}, by.hops...)})
	}
	return ways
}

// away returns the hop between a site and private addresses of another place. Those of the subnetworks of its own network are
// reached; whether a tunnel or a peer connects others isn't known.
func (n *network) away(far fact.Far, s *site) *fact.Hop {
	hop := &fact.Hop{
		Kind: "route", Resource: s.member.network.Resource, At: s.nic.At, Takes: read.Perhaps(),
		Why: "whether a tunnel or a peer connects these addresses isn't known", Change: "Name the network whose addresses they are.",
		Decides: []graph.Origin{read.Outside("what connects the network with these addresses", s.member.network.Value)},
	}
	if !made(s.member.network) {
		return hop
	}
	var own netset.Prefixes
	for _, r := range n.t.OfType("google_compute_subnetwork") {
		if n.named(r, r.Attr("network")).Resource != s.member.network.Resource {
			continue
		}
		if far.Network == r {
			own = far.Addresses
		}
		text, _ := r.OwnAttr("ip_cidr_range").Text()
		if p, err := netset.ParseSource(text); err == nil {
			own = own.Union(p)
		}
	}
	if far.Addresses.SubsetOf(own) {
		hop.Takes, hop.Why, hop.Decides = read.All(), "they are in its own network", nil
		return hop
	}
	if far.Network != nil && far.Network.Addr.Type == "google_compute_subnetwork" {
		if other := n.named(far.Network, far.Network.Attr("network")).Resource; other != nil && other != s.member.network.Resource {
			there, back := n.peering(s.member.network.Resource, other), n.peering(other, s.member.network.Resource)
			if !there.Takes.Must.Empty() {
				there = back
			}
			if !there.Takes.May.Empty() {
				return there
			}
		}
	}
	return hop
}

// translators returns the hops of the NAT gateways that may be for a site. Source: the provider's page
// google_compute_router_nat.
func (n *network) translators(s *site) []*fact.Hop {
	var out []*fact.Hop
	if s.family == read.IPv6 {
		return nil
	}
	for _, r := range n.t.OfType(natType) {
		if r.Addr.Mode != graph.Managed {
			continue
		}
		hop := &fact.Hop{
			Kind: "Cloud NAT", Resource: r, At: r.Decl, Takes: read.All(), Why: "it gives what goes out its public address",
			Change: "Without the NAT gateway only machines with external addresses reach the internet.",
		}
		router, _ := naming("google_compute_router").Find(n.t.Graph, r, r.Attr("router"))
		switch {
		case router == nil || router.Addr.Mode != graph.Managed:
			hop.Doubt(read.OriginsOf(r.Attr("router"))...)
		default:
			if of := n.named(router, router.Attr("network")); !of.Known() || of.Name != s.member.network.Name {
				if told(of) && told(s.member.network) {
					continue
				}
				hop.Doubt(slices.Concat(read.OriginsOf(of.Value), read.Unmade("the network", s.member.network))...)
			}
		}
		region, here := r.OwnAttr("region"), s.member.region
		want, known := region.Text()
		if !read.Given(region) && router != nil {
			region = router.OwnAttr("region")
			want, known = region.Text()
		}
		is, ok := here.Text()
		switch {
		case known && ok && !strings.EqualFold(want, is):
			continue
		case known && ok, !read.Given(region) && !read.Given(here), region.Same(here):
		default:
			hop.Doubt(append(read.OriginsOf(region), read.OriginsOf(here)...)...)
		}
		switch n.covers(r, s) {
		case read.No:
			continue
		case read.Unclear:
			hop.Doubt(read.Outside("the subnetworks of "+r.Addr.String(), graph.Value{At: r.Decl}))
		case read.Yes:
		}
		if !r.Certain {
			hop.Doubt(read.OriginsOf(r.Exists)...)
		}
		out = append(out, hop)
	}
	return out
}

// told reports whether it is known which network an end is, and not only what decides that.
func told(network graph.End) bool { return made(network) || network.Known() && network.Value.Known() }

// covers says whether a NAT gateway is for the subnetwork of a site.
func (n *network) covers(nat *graph.Resource, s *site) read.Answer {
	text, known := nat.OwnAttr("source_subnetwork_ip_ranges_to_nat").Text()
	switch {
	case !known:
		return read.Unclear
	case text != "LIST_OF_SUBNETWORKS":
		return read.Yes
	}
	answer := read.No
	for _, b := range nat.OwnBlocks("subnetwork") {
		v := b.Attr("name")
		found, name := naming("google_compute_subnetwork").Find(n.t.Graph, nat, v)
		switch {
		case found != nil && found == s.nic.subnet.Resource || name != "" && name == s.nic.subnet.Name:
			if b.Certain {
				return read.Yes
			}
			answer = read.Unclear
		case found == nil && !v.Known() || !s.nic.subnet.Known():
			answer = read.Unclear
		}
	}
	return answer
}
