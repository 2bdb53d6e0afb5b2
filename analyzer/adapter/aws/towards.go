package aws

import (
	"net/netip"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// goal is where routes are asked to lead.
type goal struct {
	word string
	// leads returns whether a route leads there, and the value that decides.
	leads func(n *network, o graph.Object) (read.RouteWay, graph.Value)
	// local is true if the VPC's own route leads there, too.
	local bool
}

// String names the goal; nil is the internet gateway.
func (g *goal) String() string {
	if g == nil {
		return "an internet gateway"
	}
	return g.word
}

// more returns the routes that every table has: the one of its VPC's own addresses.
func (g *goal) more(n *network, table *graph.Resource, f read.Family) []read.Route {
	if g == nil {
		return nil
	}
	way := read.Elsewhere
	if g.local {
		way = read.ToGateway
	}
	vpc := table
	if table.Addr.Type != "aws_vpc" {
		ends := n.t.End(table.Attr("vpc_id"), true)
		if len(ends) != 1 || ends[0].Resource == nil {
			return nil
		}
		vpc = ends[0].Resource
	}
	var out []read.Route
	for p := range n.blocks(vpc).Intersect(f.All()).Prefixes() {
		out = append(out, read.Route{To: p, Way: way, Certain: true})
	}
	return out
}

// blocks returns the addresses of a VPC as far as they are known.
func (n *network) blocks(vpc *graph.Resource) netset.Prefixes {
	var out netset.Prefixes
	add := func(v graph.Value) {
		text, _ := v.Text()
		if p, err := netip.ParsePrefix(text); err == nil {
			out = out.Union(netset.Prefix(p.Masked()))
		}
	}
	add(vpc.OwnAttr("cidr_block"))
	add(vpc.OwnAttr("ipv6_cidr_block"))
	for _, r := range n.t.Referrers(vpc, "aws_vpc_ipv4_cidr_block_association", "vpc_id") {
		add(r.OwnAttr("cidr_block"))
	}
	return out
}

// targets are the attributes of a route that say where it leads.
// Source: the provider's page aws_route.
func targets() []string {
	return []string{
		"gateway_id", "nat_gateway_id", "transit_gateway_id", "vpc_peering_connection_id", "egress_only_gateway_id",
		"network_interface_id", "vpc_endpoint_id", "carrier_gateway_id", "core_network_arn", "local_gateway_id", "instance_id",
	}
}

// target returns the attribute of a route that says where it leads.
func target(o graph.Object) (attr string, v graph.Value) {
	for _, attr := range targets() {
		if v := o.OwnAttr(attr); read.Given(v) {
			return attr, v
		}
	}
	return "", graph.Value{}
}

// is says whether a value names a resource.
func (n *network) is(v graph.Value, r *graph.Resource) read.Answer {
	ends := n.t.End(v, true)
	if len(ends) == 1 && ends[0].Resource == r {
		return read.Yes
	}
	for _, e := range ends {
		if e.Resource == r || !e.Known() && read.MayBeMade(e.Value) {
			return read.Unclear
		}
	}
	return read.No
}

// to returns the goal of routes to a resource by one of their attributes.
func (n *network) to(r *graph.Resource, attr string) *network {
	return n.bound(r, &goal{word: r.Addr.String(), leads: func(n *network, o graph.Object) (read.RouteWay, graph.Value) {
		of, v := target(o)
		if of != attr {
			return read.Elsewhere, v
		}
		switch n.is(v, r) {
		case read.Yes:
			return read.ToGateway, v
		case read.Unclear:
			return read.EitherWay, v
		case read.No:
		}
		return read.Elsewhere, v
	}})
}

// bound returns the network with another goal of its routes. It is made once for each key.
func (n *network) bound(key any, g *goal) *network {
	out := n.goals[key]
	if out == nil {
		one := *n
		one.towards, one.tables = g, map[read.TableKey]routed{}
		out = &one
		n.goals[key] = out
	}
	return out
}

// sends returns the hop of what the routes of a site send to the network's goal, of traffic to the addresses within; of all
// traffic that is known by its addresses if there are none.
func (n *network) sends(s *site, within netset.Prefixes, replies bool) *fact.Hop {
	if !isManaged(s.subnet) {
		hop := outsideSubnet(s.subnet)
		hop.Kind = "route table"
		return hop
	}
	hop, _ := n.route(s.subnet.Resource, s.vpc, s.family)
	hop.Change = "A route of the addresses to " + n.towards.String() + " opens it; without one it is closed."
	if replies {
		hop.Kind, hop.Why = "route table, replies", hop.Why+", for replies"
	}
	if !within.Empty() {
		hop.Takes = read.Together(hop.Takes, within)
	}
	return hop
}
