package aws

import (
	"net/netip"
	"slices"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// onlyVPCs reports whether the configuration attaches nothing but VPCs to a transit gateway of its own.
func (n *network) onlyVPCs(transit *graph.Resource) bool {
	return len(n.t.Referrers(transit, vpnType, "transit_gateway_id")) == 0
}

// transits returns the links by the transit gateways that the VPCs of two sites are attached to.
// Source: https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html
func (n *network) transits(a, b *site) []link {
	var out []link
	for _, one := range n.attachments(a.vpc) {
		for _, other := range n.attachments(b.vpc) {
			at, to := n.t.End(one.OwnAttr("transit_gateway_id"), true), n.t.End(other.OwnAttr("transit_gateway_id"), true)
			if len(at) != 1 || len(to) != 1 || !at[0].Known() || at[0].Name != to[0].Name {
				continue
			}
			out = append(out, n.transit(a, b, one, other, at[0]))
			out = append(out, n.inspections(a, b, one, other, at[0])...)
		}
	}
	return out
}

// attachments returns what attaches a VPC to transit gateways.
func (n *network) attachments(vpc graph.End) []*graph.Resource {
	var out []*graph.Resource
	for _, r := range n.t.OfType(transitAttachment) {
		for _, e := range n.t.End(r.OwnAttr("vpc_id"), true) {
			if r.Addr.Mode == graph.Managed && vpc.Known() && e.Name == vpc.Name {
				out = append(out, r)
			}
		}
	}
	return out
}

func (n *network) transit(a, b *site, from, to *graph.Resource, gateway graph.End) link {
	out := link{seen: byAddress}
	if gateway.Resource == nil || gateway.Resource.Addr.Mode != graph.Managed {
		out.there = []*fact.Hop{{
			Kind: "transit gateway", Resource: from, At: from.Decl, Takes: read.Perhaps(), Why: "both are attached to " + gateway.Name + ", whose route tables are outside the configuration",
			Change:  "Scan the configuration of the transit gateway together with this one to decide it.",
			Decides: []graph.Origin{read.Outside("the routes of "+gateway.Name, gateway.Value)},
		}}
		return out
	}
	by := n.to(gateway.Resource, "transit_gateway_id")
	there := n.leads(a, by, b.peer.Within, false)
	there.add(n.forwards(gateway.Resource, from, to, b.peer.Within, a.family, false))
	there.follow(n.lands(to, b.peer.Within, a.family))
	back := n.leads(b, by, a.peer.Within, true)
	back.hops = append([]*fact.Hop{n.forwards(gateway.Resource, to, from, a.peer.Within, a.family, true)}, back.hops...)
	back.follow(n.lands(from, a.peer.Within, a.family))
	n.inspect(&out, there, back, a, b)
	// Rules see the groups of the other VPC only where the gateway and both attachments support it.
	// Source: https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html
	const attr = "security_group_referencing_support"
	asked := []*graph.Resource{gateway.Resource, from, to}
	supports := read.Yes
	for i, r := range asked {
		text, known := r.OwnAttr(attr).Text()
		switch {
		case known && text == "enable", i > 0 && !read.Given(r.OwnAttr(attr)): // the default of attachments
		case read.Given(r.OwnAttr(attr)) && !known:
			supports = min(supports, read.Unclear)
		default:
			supports = read.No
		}
		if supports == read.No {
			return out
		}
	}
	out.seen = sameRules
	if supports == read.Unclear {
		out.seen = func(p peer) peer {
			p.Groups, p.Perhaps = nil, append(slices.Clip(p.Perhaps), p.Groups...)
			return p
		}
	}
	return out
}

// forwards returns the hop of what a transit gateway sends from one attachment to another: by the route table that the first
// is associated with. Static routes come before propagated ones, and the most specific before both.
func (n *network) forwards(gateway, from, to *graph.Resource, within netset.Prefixes, f read.Family, replies bool) *fact.Hop {
	hop := &fact.Hop{
		Kind: "transit gateway", Resource: gateway, At: gateway.Decl, RestsOn: []*graph.Resource{gateway, from, to},
		Change: "A route of the transit gateway to the attachment opens it; without one it is closed.",
	}
	if replies {
		hop.Kind = "transit gateway, replies"
	}
	table, decides := n.associated(gateway, from)
	if table == nil {
		hop.Takes, hop.Why = read.None(), from.Addr.String()+" is associated with no route table"
		if len(decides) > 0 {
			hop.Takes, hop.Decides = read.Perhaps(), decides
		}
		return hop
	}
	hop.Resource, hop.At, hop.Decides = table, table.Decl, decides
	var static, routes []read.Route
	for _, r := range n.t.OfType(transitType + "_route") {
		ours := n.is(r.OwnAttr("transit_gateway_route_table_id"), table)
		if r.Addr.Mode != graph.Managed || ours == read.No {
			continue
		}
		route := read.Route{Way: read.Elsewhere, Certain: ours == read.Yes && r.Certain}
		text, _ := r.OwnAttr("destination_cidr_block").Text()
		if p, err := netip.ParsePrefix(text); err == nil {
			route.To = p.Masked()
		}
		if hole, known := r.OwnAttr("blackhole").Bool(); !known || !hole {
			switch n.is(r.OwnAttr("transit_gateway_attachment_id"), to) {
			case read.Yes:
				route.Way = read.ToGateway
			case read.Unclear:
				route.Way = read.EitherWay
			case read.No:
				if n.handsOver(r.OwnAttr("transit_gateway_attachment_id")) {
					route.Way = read.EitherWay
					hop.Decides = append(hop.Decides, n.beyond(r.OwnAttr("transit_gateway_attachment_id"))...)
				}
			}
			if read.Given(r.OwnAttr("blackhole")) && !known && route.Way == read.ToGateway {
				route.Way = read.EitherWay
			}
		}
		if route.Way != read.Elsewhere {
			hop.At, hop.Why = r.Decl, table.Addr.String()+" routes "+read.DestinationOf(route)+" to "+to.Addr.String()
		}
		static = append(static, route)
	}
	for _, r := range n.t.OfType(transitAttachment) {
		surely, perhaps, by := n.propagates(gateway, r, table)
		if r.Addr.Mode != graph.Managed || !perhaps {
			continue
		}
		hop.Decides = append(hop.Decides, by...)
		for _, e := range n.t.End(r.OwnAttr("vpc_id"), true) {
			route := read.Route{Way: read.Elsewhere, Certain: surely && e.Certain}
			if r == to {
				route.Way = read.ToGateway
			}
			var blocks netset.Prefixes
			if e.Resource != nil {
				blocks = n.blocks(e.Resource).Intersect(f.All())
			}
			if blocks.Empty() {
				routes = append(routes, route)
			}
			for p := range blocks.Prefixes() {
				route.To = p
				if !slices.ContainsFunc(static, func(s read.Route) bool { return s.Certain && s.To == p }) {
					routes = append(routes, route)
				}
			}
			if r == to && hop.Why == "" {
				hop.Why = table.Addr.String() + " has the routes that " + to.Addr.String() + " propagates"
			}
		}
	}
	hop.Takes = read.Together(read.Of(read.Sent(append(routes, static...), f)), within)
	if len(decides) > 0 && !hop.Takes.May.Empty() {
		hop.Takes.Must = netset.Traffic{}
	}
	if hop.Why == "" || hop.Takes.May.Empty() {
		hop.Why = table.Addr.String() + " has no route to " + to.Addr.String()
	}
	if !hop.Takes.Known() && len(hop.Decides) == 0 {
		hop.Decides = []graph.Origin{read.Outside("the routes of "+table.Addr.String(), graph.Value{At: table.Decl})}
	}
	return hop
}

// handsOver reports whether an attachment may be of something that inspects what passes and sends it back: a network firewall, or
// what isn't in the configuration.
func (n *network) handsOver(attachment graph.Value) bool {
	ends := n.t.End(attachment, true)
	if len(ends) != 1 || ends[0].Resource == nil {
		return read.Given(attachment)
	}
	return ends[0].Resource.Addr.Mode != graph.Managed || ends[0].Resource.Addr.Type == firewallType
}

// associated returns the route table of an attachment; the gateway itself stands for its default table. It is nil if the
// attachment has none. What decides it is there if it isn't known.
func (n *network) associated(gateway, attachment *graph.Resource) (*graph.Resource, []graph.Origin) {
	// An attachment has one route table at most.
	var decides []graph.Origin
	for _, r := range n.t.OfType(transitType + "_route_table_association") {
		v := r.OwnAttr("transit_gateway_attachment_id")
		is := n.is(v, attachment)
		if r.Addr.Mode != graph.Managed || is == read.No {
			continue
		}
		if is == read.Unclear || !r.Certain {
			decides = append(decides, slices.Concat(v.Origins(), read.OriginsOf(r.Exists))...)
			continue
		}
		ends := n.t.End(r.OwnAttr("transit_gateway_route_table_id"), true)
		if len(ends) != 1 || ends[0].Resource == nil || ends[0].Resource.Addr.Mode != graph.Managed {
			return nil, append(read.OriginsOf(r.OwnAttr("transit_gateway_route_table_id")), read.Outside("the route table of "+attachment.Addr.String(), graph.Value{At: r.Decl}))
		}
		return ends[0].Resource, nil
	}
	if len(decides) > 0 {
		return nil, decides
	}
	if surely, perhaps, by := byDefault(gateway, attachment, "association"); perhaps {
		if surely {
			by = nil
		}
		return gateway, by
	}
	return nil, nil
}

// propagates reports whether an attachment surely, and whether it perhaps, adds its network to a route table.
func (n *network) propagates(gateway, attachment, table *graph.Resource) (surely, perhaps bool, by []graph.Origin) {
	if n.is(attachment.OwnAttr("transit_gateway_id"), gateway) == read.No {
		return false, false, nil
	}
	for _, r := range n.t.OfType(transitType + "_route_table_propagation") {
		of, v := r.OwnAttr("transit_gateway_attachment_id"), r.OwnAttr("transit_gateway_route_table_id")
		is, to := n.is(of, attachment), n.is(v, table)
		switch {
		case r.Addr.Mode != graph.Managed || is == read.No || to == read.No:
		case is == read.Yes && to == read.Yes:
			return r.Certain, true, read.OriginsOf(r.Exists)
		default:
			perhaps, by = true, slices.Concat(by, of.Origins(), v.Origins())
		}
	}
	if table == gateway {
		s, p, more := byDefault(gateway, attachment, "propagation")
		return s, p || perhaps, append(by, more...)
	}
	return false, perhaps, by
}

// byDefault reports whether an attachment is associated with the default route table of its gateway, or propagates to it. Both
// are so unless the gateway or the attachment says otherwise. Source: the provider's pages aws_ec2_transit_gateway and
// aws_ec2_transit_gateway_vpc_attachment.
func byDefault(gateway, attachment *graph.Resource, what string) (surely, perhaps bool, by []graph.Origin) {
	all, one := gateway.OwnAttr("default_route_table_"+what), attachment.OwnAttr("transit_gateway_default_route_table_"+what)
	surely, perhaps = true, true
	if read.Given(all) {
		text, known := all.Text()
		surely, perhaps = known && text == "enable", !known || text == "enable"
		by = append(by, all.Origins()...)
	}
	if read.Given(one) {
		is, known := one.Bool()
		surely, perhaps = surely && known && is, perhaps && (!known || is)
		by = append(by, one.Origins()...)
	}
	return surely, perhaps, by
}
