package aws

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// routed is what a route table sends to an internet gateway.
type routed struct {
	set     netset.Bounds[netset.Traffic]
	at      hcl.Range
	by      *graph.Resource
	why     string
	decides []graph.Origin
}

// route is the hop of the effective route table of a subnet: the one associated with the subnet, else the VPC's main
// one. Only what it routes to an internet gateway gets replies; a more specific route to elsewhere takes from that.
// Source: https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html
func (n *network) route(subnet *graph.Resource, vpc graph.End, f read.Family) *fact.Hop {
	hop := &fact.Hop{Kind: "route table", Resource: subnet, At: subnet.Decl}
	var tables []routed
	sure := false
	consider := func(e *graph.Edge) {
		if !e.To.Known() || e.To.Resource == nil || e.To.Resource.Addr.Mode != graph.Managed {
			tables = append(tables, routed{set: read.Perhaps(), why: "it is outside the configuration", decides: read.Unmade("the routes", e.To)})
			return
		}
		routed := n.table(e.To.Resource, f)
		if !e.Certain() {
			routed.decides = append(slices.Clip(routed.decides), append(read.OriginsOf(e.From.Value), read.OriginsOf(e.To.Value)...)...)
			routed.decides = append(routed.decides, read.OriginsOf(e.By.Exists)...)
		}
		tables = append(tables, routed)
	}
	for _, e := range n.t.From(subnet.Addr.String(), graph.RoutedBy) {
		consider(e)
		sure = sure || e.From.Certain && e.By.Certain
	}
	if !sure {
		for _, e := range n.t.From("", graph.RoutedBy) {
			if e.By.Addr.Type == "aws_route_table_association" && read.MayBeMade(e.From.Value) {
				consider(e)
			}
		}
		tables = append(tables, n.main(vpc, f)...)
	}
	for i, t := range tables {
		if i == 0 {
			hop.Takes = t.set
		}
		hop.Takes = netset.EitherBounds(hop.Takes, t.set)
		hop.Decides = append(hop.Decides, t.decides...)
	}
	best := tables[0]
	for _, t := range tables {
		if best.set.May.Empty() && !t.set.May.Empty() {
			best = t
		}
	}
	if best.by != nil {
		hop.Resource, hop.At = best.by, best.at
	}
	hop.Why = best.why
	hop.Change = "A route of the clients' addresses to the internet gateway opens it; without one it is closed."
	return hop
}

// main returns what the main route table of a VPC routes to an internet gateway. That of a new VPC has no routes but the
// local one.
func (n *network) main(vpc graph.End, f read.Family) []routed {
	var out []routed
	replaced := false
	for _, e := range n.t.From(vpc.Name, graph.RoutedBy) {
		if !vpc.Known() || e.By.Addr.Type != "aws_main_route_table_association" || e.To.Resource == nil {
			continue
		}
		out = append(out, n.table(e.To.Resource, f))
		replaced = replaced || e.Certain()
	}
	if replaced {
		return out
	}
	adopted := false
	for _, e := range n.t.From(vpc.Name, graph.RoutedBy) {
		if vpc.Known() && e.By.Addr.Type == "aws_default_route_table" {
			out = append(out, n.table(e.By, f))
			adopted = adopted || e.Certain()
		}
	}
	switch {
	case adopted:
	case made(vpc):
		out = append(out, n.table(vpc.Resource, f))
	default:
		out = append(out, routed{set: read.Perhaps(), why: "the main route table is outside the configuration", decides: read.Unmade("the main route table", vpc)})
	}
	return out
}

// table returns what the routes of a table send to an internet gateway. The table may be given as its VPC, whose main
// one it is then.
func (n *network) table(r *graph.Resource, f read.Family) routed {
	key := read.TableKey{Table: r, Family: f}
	if out, ok := n.tables[key]; ok {
		return out
	}
	out := routed{by: r, at: r.Decl, why: r.Addr.String() + " has no route to an internet gateway"}
	var routes []read.Route
	add := func(o graph.Object, prefix string, by *graph.Resource, certain bool, exists graph.Value, at hcl.Range) {
		found, decides := n.routes(o, prefix, f, certain)
		routes, out.decides = append(routes, found...), append(out.decides, decides...)
		if !certain {
			out.decides = append(out.decides, read.OriginsOf(exists)...)
		}
		for _, route := range found {
			if route.Way != read.Elsewhere && (out.by == r && out.at == r.Decl || route.To.Bits() == 0) {
				out.by, out.at = by, at
				out.why = fmt.Sprintf("%s routes %s to an internet gateway", r.Addr, read.DestinationOf(route))
			}
		}
	}
	for _, b := range r.OwnBlocks("route") {
		certain, exists := read.Exists(r, b)
		add(b.Object, "", r, certain, exists, b.At)
	}
	for _, route := range n.t.OfType("aws_route") {
		for _, e := range n.t.End(route.OwnAttr("route_table_id"), route.Certain) {
			if e.Resource == r {
				add(route.Object, "destination_", route, e.Certain, route.Exists, route.Decl)
			} else if !e.Known() && read.MayBeMade(e.Value) {
				add(route.Object, "destination_", route, false, e.Value, route.Decl)
			}
		}
	}
	out.set = read.Of(read.Sent(routes, f))
	n.tables[key] = out
	return out
}

// routes reads a route; one to a prefix list is several.
func (n *network) routes(o graph.Object, prefix string, f read.Family, certain bool) ([]read.Route, []graph.Origin) {
	attr := prefix + "cidr_block"
	if f == read.IPv6 {
		attr = prefix + "ipv6_cidr_block"
	}
	way, by := n.way(o)
	decides := read.OriginsOf(by)
	if way != read.EitherWay {
		decides = nil
	}
	one := read.Route{Way: way, Certain: certain}
	if v := o.OwnAttr(attr); read.Given(v) {
		if text, ok := v.Text(); ok {
			if p, err := netip.ParsePrefix(text); err == nil {
				one.To = p.Masked()
				return []read.Route{one}, decides
			}
		}
		return []read.Route{one}, append(decides, read.OriginsOf(v)...)
	}
	list := o.OwnAttr("destination_prefix_list_id")
	if !read.Given(list) {
		return nil, nil
	}
	t := PrefixListsIn(n.t.Graph, list, "destination_prefix_list_id")
	if !t.Set.Known() {
		return []read.Route{one}, append(decides, read.Outside("the entries of the prefix list", list))
	}
	var out []read.Route
	for p := range t.Set.Must.Intersect(f.All()).Prefixes() {
		one.To = p
		out = append(out, one)
	}
	return out, decides
}

// way says where a route leads, and by what value. A gateway may be an internet gateway or a virtual private one. What
// passes an endpoint or an interface may be inspected there and sent on to the gateway.
func (n *network) way(o graph.Object) (read.RouteWay, graph.Value) {
	for _, attr := range []string{"vpc_endpoint_id", "network_interface_id"} {
		if v := o.OwnAttr(attr); read.Given(v) {
			return read.EitherWay, v
		}
	}
	v := o.OwnAttr("gateway_id")
	if !read.Given(v) {
		return read.Elsewhere, v
	}
	if text, ok := v.Text(); ok && n.t.End(v, true)[0].Resource == nil {
		if strings.HasPrefix(text, "igw-") {
			return read.ToGateway, v
		}
		return read.Elsewhere, v
	}
	way := read.RouteWay(0)
	for _, e := range n.t.End(v, true) {
		this := read.EitherWay
		switch {
		case e.Resource == nil:
		case e.Resource.Addr.Type == "aws_internet_gateway":
			this = read.ToGateway
		default:
			this = read.Elsewhere
		}
		if way != 0 && way != this {
			this = read.EitherWay
		}
		way = this
	}
	if way == 0 {
		way = read.EitherWay
	}
	return way, v
}
