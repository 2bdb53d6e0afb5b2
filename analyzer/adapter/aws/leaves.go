package aws

import (
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// leaves returns the ways from a site to far addresses.
func (n *network) leaves(s *site, far fact.Far) []fact.Way {
	to := far.Addresses.Intersect(s.family.All())
	if to.Empty() {
		return nil
	}
	var p *peer
	var within netset.Prefixes
	if far.One {
		p, within = &peer{Peer: fact.Peer{Masks: true, Within: to}}, to
	}
	way := func(hops ...[]*fact.Hop) fact.Way {
		return fact.Way{Family: s.family.All(), Clients: to, One: far.One, Hops: slices.Concat(hops...), Starts: s.only}
	}
	out := n.out(s, p, false)
	var ways []fact.Way
	if public := netset.PublicSpace(); to.Overlaps(public) {
		for _, exit := range n.exits(s, within) {
			ways = append(ways, way(out, exit))
		}
	}
	if !to.SubsetOf(netset.PublicSpace()) {
		hop := n.away(far).sends(s, within, false)
		ways = append(ways, way(out, []*fact.Hop{hop}))
	}
	return ways
}

// exits returns the hops to the internet by each gateway that may lead there, of traffic to an address within, or to the
// addresses of the traffic if there are none. Source: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html
func (n *network) exits(s *site, within netset.Prefixes) [][]*fact.Hop {
	if !isManaged(s.subnet) {
		return [][]*fact.Hop{{outsideSubnet(s.subnet)}}
	}
	blocked := n.blocked(s)
	own := []*fact.Hop{n.address(s.owner, s.networkInterface, s.subnet, s.family), n.gateway(s.vpc), n.sends(s, within, false)}
	own[2].Change = "A route to the internet gateway opens it; without one it is closed."
	out := [][]*fact.Hop{append(own, blocked...)}
	if s.family == read.IPv6 {
		for _, r := range n.t.OfType("aws_egress_only_internet_gateway") {
			if r.Addr.Mode == graph.Managed && n.is(r.OwnAttr("vpc_id"), s.vpc.Resource) != read.No {
				out = append(out, []*fact.Hop{n.to(r, "egress_only_gateway_id").sends(s, within, false)})
			}
		}
		return append(out, []*fact.Hop{n.forwarders().sends(s, within, false)})
	}
	for _, r := range n.t.OfType("aws_nat_gateway") {
		if r.Addr.Mode != graph.Managed {
			continue
		}
		by := n.to(r, "nat_gateway_id").sends(s, within, false)
		if by.Takes.May.Empty() {
			continue
		}
		out = append(out, append([]*fact.Hop{by}, n.translates(r, within)...))
	}
	return append(out, []*fact.Hop{n.forwarders().sends(s, within, false)})
}

// forwarders returns the network whose routes are asked what sends traffic on to the internet that isn't followed: appliances,
// endpoints of firewalls, transit gateways, and NAT gateways outside the configuration.
func (n *network) forwarders() *network {
	return n.bound("forwarders", &goal{word: "something that may send it on to the internet", leads: func(n *network, o graph.Object) (read.RouteWay, graph.Value) {
		attr, v := target(o)
		switch attr {
		case "", "gateway_id", "egress_only_gateway_id", "vpc_peering_connection_id":
			return read.Elsewhere, v
		case "nat_gateway_id":
			if e := n.t.End(v, true); len(e) == 1 && e[0].Resource != nil && e[0].Resource.Addr.Mode == graph.Managed {
				return read.Elsewhere, v
			}
		}
		return read.EitherWay, v
	}})
}

// translates returns the hops of a NAT gateway, whose own subnet must lead to the internet.
func (n *network) translates(r *graph.Resource, within netset.Prefixes) []*fact.Hop {
	hop := &fact.Hop{
		Kind: "NAT gateway", Resource: r, At: r.Decl, Takes: read.All(), Why: "it gives what goes out its public address",
		Change: "Without the NAT gateway nothing goes out through it.",
	}
	v := r.OwnAttr("connectivity_type")
	switch text, known := v.Text(); {
	case known && text == "private":
		hop.Takes, hop.Why, hop.At = read.None(), "it is private", v.At
	case read.Given(v) && !known:
		hop.Takes, hop.Why, hop.Decides = read.Perhaps(), "connectivity_type isn't known", read.OriginsOf(v)
	}
	if !r.Certain {
		hop.Doubt(read.OriginsOf(r.Exists)...)
	}
	hops := []*fact.Hop{hop}
	subnets := n.t.End(r.OwnAttr("subnet_id"), true)
	if len(subnets) != 1 || !isManaged(subnets[0]) {
		return append(hops, outsideSubnet(graph.End{Value: r.OwnAttr("subnet_id")}))
	}
	at := &site{owner: r, word: "NAT gateway", subnet: subnets[0], vpc: n.vpcOf(subnets[0]), family: read.IPv4}
	hops = append(hops, n.gateway(at.vpc), n.sends(at, within, false))
	for _, acl := range n.aclOf(at.subnet) {
		if acl.Guard != nil {
			var p *peer
			if !within.Empty() {
				p = &peer{Peer: fact.Peer{Masks: true, Within: within}}
			}
			acl = n.asking(acl, p, acl.Guard.Direction.Opposite())
		}
		hops = append(hops, acl)
	}
	return append(hops, n.blocked(at)...)
}

// blocked returns the hop of an account that blocks public access; of its modes, only the one for both directions stops what
// goes out. Source: https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa-basics.html
func (n *network) blocked(s *site) []*fact.Hop {
	hop := n.block(s.subnet.Resource, s.vpc)
	if hop == nil || hop.Takes.Must.Equal(netset.AllTraffic()) {
		return nil
	}
	mode := graph.Value{}
	if hop.Resource != nil {
		mode = hop.Resource.Attr("internet_gateway_block_mode")
	}
	if text, known := mode.Text(); known && text == "block-ingress" {
		return nil
	}
	one := *hop
	for _, e := range append(n.t.From(s.subnet.Resource.Addr.String(), graph.FilteredBy), n.t.From(s.vpc.Name, graph.FilteredBy)...) {
		if e.By.Addr.Type == "aws_vpc_block_public_access_exclusion" { // either of its modes lets traffic out
			if !e.Certain() {
				one.Takes = read.Perhaps()
				return []*fact.Hop{&one}
			}
			return nil
		}
	}
	return []*fact.Hop{&one}
}

// enters returns the ways from far private addresses to a site: replies must be routed back to where they came from.
func (n *network) enters(far fact.Far, s *site) []fact.Way {
	from := far.Addresses.Intersect(s.family.All())
	if from.Empty() {
		return nil
	}
	var p *peer
	var within netset.Prefixes
	if far.One {
		p, within = &peer{Peer: fact.Peer{Masks: true, Within: from}}, from
	}
	way := func(hops ...[]*fact.Hop) fact.Way {
		return fact.Way{Family: s.family.All(), Clients: from, One: far.One, Hops: slices.Concat(hops...), Ends: s.only}
	}
	arrives := n.in(s, p, false)
	if a := n.siteOf(far, from, s.family); a != nil && made(a.vpc) && made(s.vpc) && a.vpc.Resource != s.vpc.Resource {
		var out []fact.Way
		for _, link := range n.links(a, s) {
			there := link.there
			if a.subnet.Resource == nil && len(there) > 1 {
				there = there[1:] // the routes of a network's subnets may be any
			}
			out = append(out, way(there, link.back, arrives))
		}
		return out
	}
	return []fact.Way{way([]*fact.Hop{n.away(far).sends(s, within, true)}, arrives)}
}

// siteOf returns what stands for a VPC, or a subnet, from which connections come; nil for addresses of another place.
func (n *network) siteOf(far fact.Far, from netset.Prefixes, f read.Family) *site {
	r := far.Network
	if r == nil {
		return nil
	}
	a := &site{owner: r, word: "network", family: f, peer: peer{Peer: fact.Peer{Masks: true, Within: from}}}
	switch r.Addr.Type {
	case "aws_vpc":
		a.vpc = graph.End{Resource: r, Name: r.Addr.String(), Certain: true}
	case "aws_subnet":
		a.subnet = graph.End{Resource: r, Name: r.Addr.String(), Certain: true}
		a.vpc = n.vpcOf(a.subnet)
	default:
		return nil
	}
	return a
}

// away returns the network whose routes are asked about private addresses of another place: those of the VPC itself, and what
// is behind a virtual private gateway, a peering connection or a transit gateway.
func (n *network) away(far fact.Far) *network {
	type key struct{ network *graph.Resource }
	return n.bound(key{far.Network}, &goal{word: "where these addresses are", local: true, leads: func(n *network, o graph.Object) (read.RouteWay, graph.Value) {
		attr, v := target(o)
		switch attr {
		case "", "nat_gateway_id", "egress_only_gateway_id":
			return read.Elsewhere, v
		case "gateway_id":
			return n.privateGateway(v), v
		case "vpc_peering_connection_id":
			return n.leadsTo(v, far.Network), v
		}
		return read.EitherWay, v
	}})
}

// privateGateway says whether a value names a virtual private gateway, behind which a VPN or a direct connection leads to
// another place.
func (n *network) privateGateway(v graph.Value) read.RouteWay {
	for _, e := range n.t.End(v, true) {
		switch {
		case e.Resource == nil && !e.Known(), e.Resource == nil && v.Undecided():
			return read.EitherWay
		case e.Resource == nil:
			if text, _ := v.Text(); text == "local" {
				return read.ToGateway
			} else if strings.HasPrefix(text, "vgw-") {
				return read.EitherWay
			}
			return read.Elsewhere
		case e.Resource.Addr.Type == "aws_vpn_gateway":
			if len(n.t.Referrers(e.Resource, vpnType, "vpn_gateway_id")) > 0 {
				return read.ToGateway
			}
			return read.EitherWay
		}
	}
	return read.Elsewhere
}

// leadsTo says whether a peering connection leads to a network.
func (n *network) leadsTo(v graph.Value, network *graph.Resource) read.RouteWay {
	ends := n.t.End(v, true)
	if network == nil || len(ends) != 1 || ends[0].Resource == nil || ends[0].Resource.Addr.Mode != graph.Managed {
		return read.EitherWay
	}
	r := ends[0].Resource
	one, other := n.is(r.OwnAttr("vpc_id"), network), n.is(r.OwnAttr("peer_vpc_id"), network)
	accepted, _ := n.accepted(r)
	switch {
	case one == read.No && other == read.No:
		return read.Elsewhere
	case (one == read.Yes || other == read.Yes) && accepted:
		return read.ToGateway
	}
	return read.EitherWay
}
