package aws

import (
	"slices"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// leg is a way between networks, in one direction, with the network firewalls on it.
type leg struct {
	hops      []*fact.Hop
	firewalls []*graph.Resource
}

func (l *leg) add(hops ...*fact.Hop) { l.hops = append(l.hops, hops...) }

func (l *leg) follow(o leg) {
	l.hops, l.firewalls = append(l.hops, o.hops...), append(l.firewalls, o.firewalls...)
}

// closed reports whether a leg surely leads nowhere.
func (l *leg) closed() bool { return !passing(l.hops) }

// tableOf returns the route table of a subnet if the configuration surely says which one that is; else nil.
func (n *network) tableOf(subnet graph.End) *graph.Resource {
	edges := n.t.From(subnet.Name, graph.RoutedBy)
	if vpc := n.vpcOf(subnet); len(edges) == 0 && made(vpc) {
		for _, e := range n.t.From(vpc.Name, graph.RoutedBy) {
			switch e.By.Addr.Type {
			case "aws_main_route_table_association":
				edges = append(edges, e)
			case "aws_default_route_table":
				return e.By
			}
		}
	}
	if len(edges) != 1 || !edges[0].Certain() || edges[0].To.Resource == nil || edges[0].To.Resource.Addr.Mode != graph.Managed {
		return nil
	}
	return edges[0].To.Resource
}

// leads returns the way of what a site sends to addresses by a goal's routes, through network firewalls that its own routes, or
// theirs, send it to first.
func (n *network) leads(s *site, by *network, within netset.Prefixes, replies bool) (out leg) {
	at := *s
	for isManaged(at.subnet) && !within.Empty() {
		table := n.tableOf(at.subnet)
		if table == nil {
			break
		}
		endpoint, surely := n.inspector(table, within, n.blocksOf(at.vpc), at.family)
		if endpoint.Absent() {
			break
		}
		hop := &fact.Hop{
			Kind: "route table", Resource: table, At: endpoint.At, Takes: read.All(), Change: "Without the route nothing is sent there.",
		}
		firewall := n.firewallAt(endpoint)
		if firewall == nil || slices.Contains(out.firewalls, firewall) {
			hop.Takes, hop.Why = read.Perhaps(), "it sends the traffic through something that may drop it, or send it on"
			hop.Decides = n.beyond(endpoint)
			out.add(hop)
			return out
		}
		hop.Why = "it sends the traffic through " + firewall.Addr.String()
		if replies {
			hop.Kind += ", replies"
		}
		if !surely {
			hop.Takes = read.Perhaps()
			hop.Decides = append(read.OriginsOf(endpoint), read.Outside("the routes of "+table.Addr.String(), graph.Value{At: table.Decl}))
		}
		out.add(hop)
		out.firewalls = append(out.firewalls, firewall)
		subnets := n.endpointSubnets(firewall)
		if len(subnets) == 0 {
			break
		}
		at.owner, at.subnet, at.vpc = firewall, subnets[0], n.vpcOf(subnets[0])
	}
	out.add(by.sends(&at, within, replies))
	return out
}

// beyond names what decides about traffic that is sent to an endpoint or an interface.
func (n *network) beyond(endpoint graph.Value) []graph.Origin {
	if ends := n.t.End(endpoint, true); len(ends) == 1 && ends[0].Resource != nil {
		return []graph.Origin{read.Outside("what "+ends[0].Resource.Addr.String()+" lets through", graph.NewValue(endpoint.Raw(), ends[0].Resource.Decl))}
	}
	return read.OriginsOf(endpoint)
}

// blocksOf returns the addresses of a VPC if it is known.
func (n *network) blocksOf(vpc graph.End) netset.Prefixes {
	if vpc.Resource == nil {
		return netset.Prefixes{}
	}
	return n.blocks(vpc.Resource)
}

// lands returns the way of what comes into a VPC by an attachment for addresses there: routes of the attachment's subnets may
// send it through something first.
func (n *network) lands(attachment *graph.Resource, within netset.Prefixes, f read.Family) (out leg) {
	for _, subnet := range n.t.EndsOf(attachment.OwnAttr("subnet_ids"), true) {
		if !isManaged(subnet) || n.tableOf(subnet) == nil {
			continue
		}
		endpoint, surely := n.inspector(n.tableOf(subnet), within, n.blocksOf(n.vpcOf(subnet)), f)
		if endpoint.Absent() {
			continue
		}
		firewall := n.firewallAt(endpoint)
		if firewall != nil && surely {
			if !slices.Contains(out.firewalls, firewall) {
				out.firewalls = append(out.firewalls, firewall)
			}
			continue
		}
		out.add(&fact.Hop{
			Kind: "route table", Resource: n.tableOf(subnet), At: endpoint.At, Takes: read.Perhaps(),
			Why: "it may send what comes in through something that may drop it", Change: "Without the route nothing is sent there.", Decides: n.beyond(endpoint),
		})
	}
	return out
}

// inspect completes a link by its legs, and what network firewalls on them let through. One that sees both directions knows the
// connections.
func (n *network) inspect(out *link, there, back leg, a, b *site) {
	out.there, out.back = there.hops, back.hops
	for _, firewall := range there.firewalls {
		both := slices.Contains(back.firewalls, firewall)
		out.there = append(out.there, n.inspects(firewall, crossing{from: a.peer.Within, to: b.peer.Within, there: true, back: both}))
	}
	for _, firewall := range back.firewalls {
		if !slices.Contains(there.firewalls, firewall) {
			hop := n.inspects(firewall, crossing{from: a.peer.Within, to: b.peer.Within, back: true})
			hop.Kind += ", replies"
			out.back = append(out.back, hop)
		}
	}
	out.firewalls = append(there.firewalls, back.firewalls...)
}

// inspections returns the links by a transit gateway whose routes lead through a third VPC first, in which firewalls or
// appliances inspect what passes.
// Source: https://docs.aws.amazon.com/network-firewall/latest/developerguide/vpc-config-tgw-multi-az.html
func (n *network) inspections(a, b *site, from, to *graph.Resource, gateway graph.End) (out []link) {
	if gateway.Resource == nil || gateway.Resource.Addr.Mode != graph.Managed {
		return nil
	}
	forward := func(from, to *graph.Resource, within netset.Prefixes, replies bool) *fact.Hop {
		return n.forwards(gateway.Resource, from, to, within, a.family, replies)
	}
	for _, through := range n.t.OfType(transitAttachment) {
		if through == from || through == to || through.Addr.Mode != graph.Managed || n.is(through.OwnAttr("transit_gateway_id"), gateway.Resource) != read.Yes {
			continue
		}
		first, last := forward(from, through, b.peer.Within, false), forward(to, through, a.peer.Within, true)
		if first.Takes.May.Empty() && last.Takes.May.Empty() {
			continue
		}
		there := n.leads(a, n.to(gateway.Resource, "transit_gateway_id"), b.peer.Within, false)
		there.add(first)
		there.follow(n.passesBy(through, gateway.Resource, b.peer.Within, a.family, false))
		there.add(forward(through, to, b.peer.Within, false))
		there.follow(n.lands(to, b.peer.Within, a.family))
		var back leg
		back.add(last)
		back.follow(n.passesBy(through, gateway.Resource, a.peer.Within, a.family, true))
		back.add(forward(through, from, a.peer.Within, true))
		back.follow(n.lands(from, a.peer.Within, a.family))
		back.follow(n.leads(b, n.to(gateway.Resource, "transit_gateway_id"), a.peer.Within, true))
		one := link{seen: byAddress}
		n.inspect(&one, there, back, a, b)
		if mode, _ := through.OwnAttr("appliance_mode_support").Text(); mode != "enable" && len(one.firewalls) > 0 && n.severalZones(through) {
			one.there = append(one.there, oneSided(one.firewalls)) // replies may come back by another zone
		}
		out = append(out, one)
	}
	return out
}

// severalZones reports whether an attachment may have subnets in several zones.
func (n *network) severalZones(attachment *graph.Resource) bool {
	subnets, whole := attachment.OwnAttr("subnet_ids").Elements()
	return !whole || len(subnets) > 1
}

// passesBy returns the way through a VPC that isn't where traffic goes: from an attachment's subnets, by their routes and those of
// network firewalls, back to the gateway.
func (n *network) passesBy(through, gateway *graph.Resource, within netset.Prefixes, f read.Family, replies bool) (out leg) {
	subnets := n.t.EndsOf(through.OwnAttr("subnet_ids"), true)
	for i, subnet := range subnets {
		at := &site{owner: through, word: "attachment", subnet: subnet, vpc: n.vpcOf(subnet), family: f}
		one := n.leads(at, n.to(gateway, "transit_gateway_id"), within, replies)
		switch {
		case i == 0:
			out = one
		case one.closed() != out.closed() || !slices.Equal(one.firewalls, out.firewalls): // it depends on the zone
			if out.closed() {
				out = one
			}
			if h := slices.IndexFunc(out.hops, func(h *fact.Hop) bool { return !h.Takes.Must.Empty() }); h >= 0 {
				doubtful := *out.hops[h]
				doubtful.Doubt(read.Outside("the zone by which it passes "+through.Addr.String(), graph.Value{At: through.Decl}))
				out.hops[h] = &doubtful
			}
		}
	}
	if len(subnets) == 0 {
		out.add(outsideSubnet(graph.End{Value: through.OwnAttr("subnet_ids")}))
	}
	return out
}

// oneSided returns the hop of firewalls that see only one direction of a connection.
func oneSided(firewalls []*graph.Resource) *fact.Hop {
	one := firewalls[0]
	return &fact.Hop{
		Kind: firewallKind, Resource: one, At: one.Decl, Takes: read.Perhaps(), Why: "it sees only one direction of the connection",
		Change:  "Routes that lead both directions through the firewall decide it.",
		Decides: []graph.Origin{read.Outside("what "+one.Addr.String()+" lets through", graph.Value{At: one.Decl})},
	}
}
