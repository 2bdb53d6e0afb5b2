package adapter

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

type tableKey struct {
	name   string
	family family
}

// awsRouted is what a route table sends to an internet gateway.
type awsRouted struct {
	set     netset.Bounds[netset.Prefixes]
	at      hcl.Range
	by      *graph.Resource
	why     string
	decides []graph.Origin
}

// route is the hop of the effective route table of a subnet: the one associated with the subnet, else the VPC's main
// one. Only what it routes to an internet gateway gets replies; a more specific route to elsewhere takes from that.
// Source: https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html
func (n *awsNetwork) route(subnet *graph.Resource, vpc graph.End, f family) *fact.Hop {
	hop := &fact.Hop{Kind: "route table", Resource: subnet, At: subnet.Decl}
	var tables []awsRouted
	sure := false
	consider := func(e graph.Edge) {
		if e.To.Name == "" || e.To.Resource == nil || e.To.Resource.Addr.Mode != graph.Managed {
			tables = append(tables, awsRouted{set: perhaps(), why: "it is outside the configuration", decides: unmade("the routes", e.To)})
			return
		}
		routed := n.table(e.To.Resource, f)
		if !e.Certain() {
			routed.decides = append(slices.Clip(routed.decides), append(originsOf(e.From.Value), originsOf(e.To.Value)...)...)
			routed.decides = append(routed.decides, originsOf(e.By.Exists)...)
		}
		tables = append(tables, routed)
	}
	for _, e := range n.t.From(subnet.Addr.String(), graph.RoutedBy) {
		consider(e)
		sure = sure || e.From.Certain && e.By.Certain
	}
	if !sure {
		for _, e := range n.t.From("", graph.RoutedBy) {
			if e.By.Addr.Type == "aws_route_table_association" && mayBeMade(e.From.Value) {
				consider(e)
			}
		}
		tables = append(tables, n.main(vpc, f)...)
	}
	for i, t := range tables {
		hop.Passes.May = hop.Passes.May.Union(t.set.May)
		if hop.Passes.Must = hop.Passes.Must.Intersect(t.set.Must); i == 0 {
			hop.Passes.Must = t.set.Must
		}
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
func (n *awsNetwork) main(vpc graph.End, f family) []awsRouted {
	var out []awsRouted
	replaced := false
	for _, e := range n.t.From(vpc.Name, graph.RoutedBy) {
		if vpc.Name == "" || e.By.Addr.Type != "aws_main_route_table_association" || e.To.Resource == nil {
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
		if vpc.Name != "" && e.By.Addr.Type == "aws_default_route_table" {
			out = append(out, n.table(e.By, f))
			adopted = adopted || e.Certain()
		}
	}
	switch {
	case adopted:
	case awsMade(vpc):
		out = append(out, n.table(vpc.Resource, f))
	default:
		out = append(out, awsRouted{set: perhaps(), why: "the main route table is outside the configuration", decides: unmade("the main route table", vpc)})
	}
	return out
}

// table returns what the routes of a table send to an internet gateway. The table may be given as its VPC, whose main
// one it is then.
func (n *awsNetwork) table(r *graph.Resource, f family) awsRouted {
	key := tableKey{r.Addr.String(), f}
	if out, ok := n.tables[key]; ok {
		return out
	}
	out := awsRouted{by: r, at: r.Decl, why: r.Addr.String() + " has no route to an internet gateway"}
	var routes []route
	add := func(o graph.Object, prefix string, by *graph.Resource, certain bool, exists graph.Value, at hcl.Range) {
		found, decides := n.routes(o, prefix, f, certain)
		routes, out.decides = append(routes, found...), append(out.decides, decides...)
		if !certain {
			out.decides = append(out.decides, originsOf(exists)...)
		}
		for _, route := range found {
			if route.way != elsewhere && (out.by == r && out.at == r.Decl || route.to.Bits() == 0) {
				out.by, out.at = by, at
				out.why = fmt.Sprintf("%s routes %s to an internet gateway", r.Addr, destinationOf(route))
			}
		}
	}
	for _, b := range r.OwnBlocks("route") {
		certain, exists := exists(r, b)
		add(b.Object, "", r, certain, exists, b.At)
	}
	for _, route := range n.t.OfType("aws_route") {
		for _, e := range n.t.End(route.OwnAttr("route_table_id"), route.Certain) {
			if e.Resource == r {
				add(route.Object, "destination_", route, e.Certain, route.Exists, route.Decl)
			} else if e.Name == "" && mayBeMade(e.Value) {
				add(route.Object, "destination_", route, false, e.Value, route.Decl)
			}
		}
	}
	out.set = sent(routes, f)
	n.tables[key] = out
	return out
}

// routes reads a route; one to a prefix list is several.
func (n *awsNetwork) routes(o graph.Object, prefix string, f family, certain bool) ([]route, []graph.Origin) {
	attr := prefix + "cidr_block"
	if f == ipv6 {
		attr = prefix + "ipv6_cidr_block"
	}
	way, by := n.way(o)
	decides := originsOf(by)
	if way != eitherWay {
		decides = nil
	}
	one := route{way: way, certain: certain}
	if v := o.OwnAttr(attr); given(v) {
		if text, ok := v.Text(); ok {
			if p, err := netip.ParsePrefix(text); err == nil {
				one.to = p.Masked()
				return []route{one}, decides
			}
		}
		return []route{one}, append(decides, originsOf(v)...)
	}
	list := o.OwnAttr("destination_prefix_list_id")
	if !given(list) {
		return nil, nil
	}
	t := awsPrefixListsIn(n.t.Graph, list, "destination_prefix_list_id")
	if !t.Set.Known() {
		return []route{one}, append(decides, outside("the entries of the prefix list", list))
	}
	var out []route
	for p := range t.Set.Must.Intersect(f.all()).Prefixes() {
		one.to = p
		out = append(out, one)
	}
	return out, decides
}

// way says where a route leads, and by what value. A gateway may be an internet gateway or a virtual private one. What
// passes an endpoint or an interface may be inspected there and sent on to the gateway.
func (n *awsNetwork) way(o graph.Object) (routeWay, graph.Value) {
	for _, attr := range []string{"vpc_endpoint_id", "network_interface_id"} {
		if v := o.OwnAttr(attr); given(v) {
			return eitherWay, v
		}
	}
	v := o.OwnAttr("gateway_id")
	if !given(v) {
		return elsewhere, v
	}
	if text, ok := v.Text(); ok && n.t.End(v, true)[0].Resource == nil {
		if strings.HasPrefix(text, "igw-") {
			return toGateway, v
		}
		return elsewhere, v
	}
	way := routeWay(0)
	for _, e := range n.t.End(v, true) {
		this := eitherWay
		switch {
		case e.Resource == nil:
		case e.Resource.Addr.Type == "aws_internet_gateway":
			this = toGateway
		default:
			this = elsewhere
		}
		if way != 0 && way != this {
			this = eitherWay
		}
		way = this
	}
	if way == 0 {
		way = eitherWay
	}
	return way, v
}
