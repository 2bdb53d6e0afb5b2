package aws

import (
	"iter"
	"slices"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

const (
	peeringType       = "aws_vpc_peering_connection"
	transitType       = "aws_ec2_transit_gateway"
	transitAttachment = "aws_ec2_transit_gateway_vpc_attachment"
	vpnType           = "aws_vpn_connection"
)

// local returns the hops from one subnet of a VPC to another. The VPC's own route leads there, unless one of a part of the VPC
// leads elsewhere. Source: https://docs.aws.amazon.com/vpc/latest/userguide/route-table-options.html
func (n *network) local(a, b *site, surely bool) []*fact.Hop {
	if !surely {
		return []*fact.Hop{{
			Kind: "route table", Resource: a.owner, At: a.subnet.Value.At, Takes: read.Perhaps(),
			Why: "whether both are in one VPC isn't known", Change: "Name the VPC of both in this configuration.",
			Decides: slices.Concat(read.OriginsOf(a.vpc.Value), read.OriginsOf(b.vpc.Value)),
		}}
	}
	hop := &fact.Hop{
		Kind: "route table", Resource: a.subnet.Resource, At: a.subnet.Value.At, Takes: read.All(),
		Why: "the VPC's own route leads there", Change: "Rules decide inside of a VPC; every table has this route.",
	}
	if a.subnet.Resource != nil {
		hop.At = a.subnet.Resource.Decl
	}
	// Other routes count only where all is known of the VPC's own.
	if !made(a.vpc) || !isManaged(a.subnet) || !b.peer.Within.SubsetOf(n.blocks(a.vpc.Resource)) {
		return []*fact.Hop{hop}
	}
	to := n.bound("local", &goal{word: "its own addresses", local: true, leads: func(_ *network, o graph.Object) (read.RouteWay, graph.Value) {
		switch attr, v := target(o); attr {
		case "network_interface_id", "vpc_endpoint_id", "instance_id":
			return read.EitherWay, v
		case "gateway_id":
			if text, _ := v.Text(); text == "local" {
				return read.ToGateway, v
			}
			return read.Elsewhere, v
		default:
			return read.Elsewhere, v
		}
	}})
	if by := to.sends(a, b.peer.Within, false); by.Takes.Must.Empty() {
		by.Change = "Without the more specific route the VPC's own leads there."
		return []*fact.Hop{by}
	}
	return []*fact.Hop{hop}
}

// link is what connects two VPCs, there and back for replies, and how the rules on its other side see what comes through it.
type link struct {
	there, back []*fact.Hop
	seen        func(peer) peer
	// firewalls are the network firewalls on it.
	firewalls []*graph.Resource
}

// passing reports whether hops may let something pass, whatever rules say.
func passing(hops []*fact.Hop) bool {
	return !slices.ContainsFunc(hops, func(h *fact.Hop) bool { return h.Takes.May.Empty() })
}

// links returns what connects the VPCs of two sites: peering connections, transit gateways, and whatever else routes lead to.
func (n *network) links(a, b *site) []link {
	var out []link
	if n.alone(a, b) {
		return append(out, link{there: []*fact.Hop{{
			Kind: "network", Resource: a.vpc.Resource, At: a.vpc.Resource.Decl, Takes: read.None(),
			Why:    "nothing of the configuration connects " + a.vpc.Name + " with " + b.vpc.Name,
			Change: "A peering connection or a transit gateway, with routes to and fro, would open it.",
		}}, seen: sameRules})
	}
	for _, r := range n.t.OfType(peeringType) {
		if r.Addr.Mode == graph.Managed {
			out = append(out, n.peered(a, b, r)...)
		}
	}
	out = append(out, n.transits(a, b)...)
	if a.subnet.Resource == nil && made(a.vpc) { // a whole network, whose routes lead back or don't
		if back := n.others(b, a).sends(b, a.peer.Within, true); back.Takes.May.Empty() && len(out) > 0 {
			return out
		}
	}
	return append(out, n.elsewhere(a, b))
}

// roundTrips yields the links between the VPCs of two sites, each with the hops by which replies may come back: by the same link,
// or by another one.
func (n *network) roundTrips(a, b *site) iter.Seq2[link, []*fact.Hop] {
	return func(yield func(link, []*fact.Hop) bool) {
		links := n.links(a, b)
		for i, there := range links {
			for k, other := range links {
				if i != k && (!passing(there.there) || len(other.back) == 0 || !passing(other.back)) {
					continue
				}
				back := other.back
				if i != k && len(there.firewalls)+len(other.firewalls) > 0 {
					back = append(slices.Clip(back), oneSided(append(slices.Clip(there.firewalls), other.firewalls...)))
				}
				if !yield(there, back) {
					return
				}
			}
		}
	}
}

func sameRules(p peer) peer { return p }

// byAddress returns a peer whose groups aren't seen, only its address.
func byAddress(p peer) peer {
	p.Groups, p.Perhaps, p.Others = nil, nil, false
	return p
}

// alone reports whether the configuration has nothing that connects two VPCs of its own.
func (n *network) alone(a, b *site) bool {
	if !made(a.vpc) || !made(b.vpc) || len(n.t.OfType(peeringType))+len(n.t.OfType(transitAttachment)) > 0 {
		return false
	}
	hop := n.others(a, b).sends(a, b.peer.Within, false)
	return hop.Takes.May.Empty()
}

// peered returns the link by a peering connection. Routes must lead through it to and fro, and somebody must accept it. Rules
// may name groups of the other VPC. Source: https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html
func (n *network) peered(a, b *site, r *graph.Resource) []link {
	ends := func(attr string) (out []graph.End) {
		return n.t.End(r.OwnAttr(attr), true)
	}
	is := func(vpc graph.End, attr string) (surely, perhaps bool) {
		for _, e := range ends(attr) {
			same := e.Known() && e.Name == vpc.Name
			surely = surely || same && e.Certain
			perhaps = perhaps || same || !made(e) || !made(vpc)
		}
		return surely, perhaps
	}
	there, maybeThere := both(is, a.vpc, b.vpc)
	back, maybeBack := both(is, b.vpc, a.vpc)
	if !maybeThere && !maybeBack {
		return nil
	}
	hop := &fact.Hop{
		Kind: "peering connection", Resource: r, At: r.Decl, Takes: read.All(), Why: "it connects " + a.vpc.Name + " with " + b.vpc.Name,
		Change: "Without the connection, or the routes to it, the networks are apart.",
	}
	if !there && !back {
		hop.Doubt(append(read.OriginsOf(r.OwnAttr("vpc_id")), read.OriginsOf(r.OwnAttr("peer_vpc_id"))...)...)
		hop.Why = "it may connect the two networks"
	}
	if accepted, by := n.accepted(r); !accepted {
		hop.Doubt(by...)
		hop.Why += ", if it is accepted"
	}
	if !r.Certain {
		hop.Doubt(read.OriginsOf(r.Exists)...)
	}
	by := n.to(r, "vpc_peering_connection_id")
	one := link{seen: sameRules}
	out := n.leads(a, by, b.peer.Within, false)
	out.add(hop)
	n.inspect(&one, out, n.leads(b, by, a.peer.Within, true), a, b)
	return []link{one}
}

// both asks about the two sides of a connection.
func both(is func(graph.End, string) (bool, bool), a, b graph.End) (surely, perhaps bool) {
	s1, p1 := is(a, "vpc_id")
	s2, p2 := is(b, "peer_vpc_id")
	return s1 && s2, p1 && p2
}

// accepted reports whether a peering connection surely is accepted, and what decides it.
func (n *network) accepted(r *graph.Resource) (bool, []graph.Origin) {
	if is, known := r.OwnAttr("auto_accept").Bool(); known && is {
		return true, nil
	}
	for _, by := range n.t.Referrers(r, "aws_vpc_peering_connection_accepter", "vpc_peering_connection_id") {
		if is, known := by.OwnAttr("auto_accept").Bool(); known && is && by.Certain {
			return true, nil
		}
	}
	return false, []graph.Origin{read.Outside("who accepts "+r.Addr.String(), graph.Value{At: r.Decl})}
}

// others returns the network whose routes are asked what else they lead to: an appliance, an endpoint, a transit gateway or a
// connection that isn't followed between these sites.
func (n *network) others(a, b *site) *network {
	type key struct{ a, b string }
	return n.bound(key{a.vpc.Name, b.vpc.Name}, &goal{word: "something else", leads: func(n *network, o graph.Object) (read.RouteWay, graph.Value) {
		attr, v := target(o)
		switch attr {
		case "", "nat_gateway_id", "egress_only_gateway_id":
			return read.Elsewhere, v
		case "gateway_id":
			for _, e := range n.t.End(v, true) {
				if e.Resource == nil || e.Resource.Addr.Type != "aws_vpn_gateway" {
					return read.Elsewhere, v
				}
			}
		case "vpc_peering_connection_id":
			if e := n.t.End(v, true); len(e) == 1 && e[0].Resource != nil && e[0].Resource.Addr.Mode == graph.Managed {
				return read.Elsewhere, v
			}
		case "transit_gateway_id":
			if e := n.t.End(v, true); len(e) == 1 && e[0].Resource != nil && e[0].Resource.Addr.Mode == graph.Managed && n.onlyVPCs(e[0].Resource) {
				return read.Elsewhere, v
			}
		case "vpc_endpoint_id":
			if firewall := n.firewallAt(v); firewall != nil { // its own subnets' routes send it on
				if n.onward(firewall, read.IPv4) == read.Elsewhere && n.onward(firewall, read.IPv6) == read.Elsewhere {
					return read.Elsewhere, v
				}
			}
		}
		return read.EitherWay, v
	}})
}

// elsewhere returns the link by what routes lead to and isn't followed.
func (n *network) elsewhere(a, b *site) link {
	hop := n.others(a, b).sends(a, b.peer.Within, false)
	if hop.Takes.May.Empty() {
		hop.Why = "no route leads from " + subnetName(a.subnet) + " to the addresses of " + subnetName(b.subnet) + " by anything else"
		hop.Change = "A peering connection or a transit gateway, with routes to and fro, would open it."
	} else {
		hop.Takes.Must = netset.Traffic{}
		hop.Decides = append(hop.Decides, read.Outside("what connects "+subnetName(a.subnet)+" with "+subnetName(b.subnet), a.subnet.Value))
	}
	return link{there: []*fact.Hop{hop}, seen: byAddress}
}
