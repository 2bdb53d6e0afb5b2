package aws

import (
	"net/netip"
	"slices"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// edge is the hop of the route table of an internet gateway: it may send what comes in for a subnet to an interface or an
// endpoint, which decides then. It is nil if nothing does so. Replies are the firewalls that replies go through; nil among them is
// the gateway itself. The second value is the network firewall that it is, if it is one.
// Source: https://docs.aws.amazon.com/vpc/latest/userguide/gateway-route-tables.html
func (n *network) edge(subnet, gateway *graph.Resource, replies []*graph.Resource, f read.Family) (*fact.Hop, *graph.Resource) {
	if gateway == nil {
		return nil, nil
	}
	block, _ := within(graph.End{Resource: subnet}, f)
	var out *fact.Hop
	var inspector *graph.Resource
	for _, e := range append(n.t.From(gatewayOf(gateway, n), graph.RoutedBy), n.t.From("", graph.RoutedBy)...) {
		table := e.To.Resource
		if !read.Given(e.By.OwnAttr("gateway_id")) || !e.From.Known() && !read.MayBeMade(e.From.Value) {
			continue
		}
		if table == nil || table.Addr.Mode != graph.Managed {
			return &fact.Hop{
				Kind: "edge route table", Resource: e.By, At: e.By.Decl, Takes: read.Perhaps(), Why: "it is outside the configuration",
				Change: "Scan the configuration of the route table together with this one to decide it.", Decides: read.Unmade("the routes", *e.To),
			}, nil
		}
		by, surely := n.inspector(table, block, netset.Prefixes{}, f)
		if by.Absent() {
			continue
		}
		back := func(firewall *graph.Resource) bool { return len(replies) == 1 && replies[0] == firewall }
		if hop := n.inspected(table, by, block, back); out == nil || !out.Takes.Known() {
			if !e.Certain() || !surely {
				hop.Takes.May = read.Perhaps().May
				hop.Doubt(append(read.OriginsOf(e.From.Value), read.OriginsOf(e.By.Exists)...)...)
			}
			out, inspector = hop, n.firewallAt(by)
		}
	}
	return out, inspector
}

// gatewayOf names the internet gateway that a resource is, or attaches.
func gatewayOf(r *graph.Resource, n *network) string {
	if r.Addr.Type == "aws_internet_gateway_attachment" {
		if ends := n.t.End(r.OwnAttr("internet_gateway_id"), true); len(ends) == 1 {
			return ends[0].Name
		}
	}
	return r.Addr.String()
}

// sent is a route of an edge route table.
type sent struct {
	to      netip.Prefix
	by      graph.Value
	certain bool
}

// inspector returns the attribute that says where a table sends what comes in for a block of addresses through, if that is
// anything: the most specific route decides. Own are the addresses of the VPC, which every table of a subnet has a route for.
func (n *network) inspector(table *graph.Resource, block, own netset.Prefixes, f read.Family) (by graph.Value, surely bool) {
	var routes []sent
	add := func(o graph.Object, prefix string, certain bool) {
		attr := prefix + "cidr_block"
		if f == read.IPv6 {
			attr = prefix + "ipv6_cidr_block"
		}
		v := o.OwnAttr(attr)
		if !read.Given(v) {
			return
		}
		one := sent{certain: certain}
		text, _ := v.Text()
		if p, err := netip.ParsePrefix(text); err == nil {
			one.to = p.Masked()
			if !netset.Prefix(one.to).Overlaps(block) {
				return
			}
		}
		for _, by := range []string{"network_interface_id", "vpc_endpoint_id", "instance_id"} {
			if v := o.OwnAttr(by); read.Given(v) {
				one.by = v
			}
		}
		routes = append(routes, one)
	}
	for _, b := range table.OwnBlocks("route") {
		add(b.Object, "", b.Certain)
	}
	for _, route := range n.t.Referrers(table, "aws_route", "route_table_id") {
		add(route.Object, "destination_", route.Certain)
	}
	for p := range own.Intersect(f.All()).Prefixes() {
		if !slices.ContainsFunc(routes, func(r sent) bool { return r.to == p }) {
			routes = append(routes, sent{to: p, certain: true})
		}
	}
	for i, r := range routes {
		if r.by.Absent() {
			continue
		}
		covered, first := false, r.certain && r.to.IsValid() && block.SubsetOf(netset.Prefix(r.to))
		for k, o := range routes {
			longer := o.to.IsValid() && r.to.IsValid() && o.to.Bits() > r.to.Bits()
			covered = covered || longer && o.certain && block.SubsetOf(netset.Prefix(o.to))
			first = first && (i == k || o.to.IsValid() && (o.to.Bits() < r.to.Bits() || !netset.Prefix(o.to).Overlaps(block)))
		}
		if !covered {
			return r.by, first
		}
	}
	return graph.Value{}, false
}

// inspected is the hop of what a table sends traffic for a block of addresses to before it comes in. Back says whether replies go
// through the same.
func (n *network) inspected(table *graph.Resource, by graph.Value, block netset.Prefixes, back func(*graph.Resource) bool) *fact.Hop {
	hop := &fact.Hop{
		Kind: "edge route table", Resource: table, At: by.At, Takes: read.Perhaps(), Why: "it sends what comes in through something that may drop it",
		Change: "What it sends the traffic to decides; without the route nothing inspects it.",
	}
	ends := n.t.End(by, true)
	if len(ends) != 1 || ends[0].Resource == nil {
		hop.Decides = read.OriginsOf(by)
		return hop
	}
	through := ends[0].Resource
	hop.Why = "it sends what comes in through " + through.Addr.String()
	hop.Decides = []graph.Origin{read.Outside("what "+through.Addr.String()+" lets through", graph.NewValue(by.Raw(), through.Decl))}
	if firewall := n.firewallAt(by); firewall != nil {
		inspects := n.inspects(firewall, crossing{to: block, there: true, back: back(firewall)})
		if !inspects.Takes.Must.Empty() || !inspects.Takes.May.Equal(netset.AllTraffic()) {
			return inspects
		}
	}
	return hop
}
