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

// routed is the part of the addresses that a route table sends to an internet gateway.
type routed struct {
	set     netset.Bounds[netset.Traffic]
	at      hcl.Range
	by      *graph.Resource
	why     string
	decides []graph.Origin
	// through are the network firewalls by which routes lead there; nil is none.
	through []*graph.Resource
	// restsOn are the subnets and tables of network firewalls to which routes lead.
	restsOn []*graph.Resource
}

// route returns the hop of a subnet's effective route table: the table associated with it, else the VPC's main table. Only
// clients that it routes to an internet gateway get replies; a more specific route to elsewhere takes some away. Source:
// https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html
//
// The firewalls are those by which it may lead there; nil among them is a way by none.
func (n *network) route(subnet *graph.Resource, vpc graph.End, f read.Family) (*fact.Hop, []*graph.Resource) {
	hop := &fact.Hop{Kind: "route table", Resource: subnet, At: subnet.Decl, RestsOn: []*graph.Resource{subnet}}
	var tables []routed
	sure := false
	consider := func(e *graph.Edge) {
		if !e.To.Known() || e.To.Resource == nil || e.To.Resource.Addr.Mode != graph.Managed {
			tables = append(tables, routed{set: read.Perhaps(), why: "it is outside the configuration", decides: read.Unmade("the routes", *e.To), through: []*graph.Resource{nil}})
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
			if e.By.Addr.Type == "aws_route_table_association" && read.Given(e.By.OwnAttr("subnet_id")) && read.MayBeMade(e.From.Value) {
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
		hop.Decides, hop.RestsOn = append(hop.Decides, t.decides...), append(hop.RestsOn, t.restsOn...)
	}
	best := tables[0]
	var through []*graph.Resource
	for _, t := range tables {
		for _, firewall := range t.through {
			if !slices.Contains(through, firewall) {
				through = append(through, firewall)
			}
		}
		if best.set.May.Empty() && !t.set.May.Empty() {
			best = t
		}
	}
	if best.by != nil {
		hop.Resource, hop.At = best.by, best.at
	}
	hop.Why = best.why
	hop.Change = "A route of the clients' addresses to the internet gateway opens it; without one it is closed."
	return hop, through
}

// main returns what the main route table of a VPC routes to an internet gateway. A new VPC's main table has only the local
// route.
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
		out = append(out, routed{
			set: read.Perhaps(), why: "the main route table is outside the configuration", decides: read.Unmade("the main route table", vpc),
			through: []*graph.Resource{nil},
		})
	}
	return out
}

// table returns what the routes of a table send to an internet gateway. A VPC stands for its main table.
func (n *network) table(r *graph.Resource, f read.Family) routed {
	key := read.TableKey{Table: r, Family: f}
	if out, ok := n.tables[key]; ok {
		return out
	}
	out := routed{by: r, at: r.Decl, why: r.Addr.String() + " has no route to " + n.towards.String()}
	var routes []read.Route
	add := func(o graph.Object, prefix string, by *graph.Resource, certain bool, exists graph.Value, at hcl.Range) {
		found, decides := n.routes(o, prefix, f, certain)
		routes, out.decides = append(routes, found...), append(out.decides, decides...)
		if !certain {
			out.decides = append(out.decides, read.OriginsOf(exists)...)
		}
		_, to := target(o)
		firewall := n.firewallAt(to)
		if firewall != nil {
			out.restsOn = append(out.restsOn, n.rests[firewall]...)
		}
		for _, route := range found {
			if route.Way == read.Elsewhere {
				continue
			}
			if !slices.Contains(out.through, firewall) {
				out.through = append(out.through, firewall)
			}
			if out.by == r && out.at == r.Decl || route.To.Bits() == 0 {
				out.by, out.at = by, at
				out.why = fmt.Sprintf("%s routes %s to %s", r.Addr, read.DestinationOf(route), n.towards)
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
	routes = append(routes, n.towards.more(n, r, f)...)
	out.set = read.Of(read.Sent(routes, f))
	n.tables[key] = out
	return out
}

// routes reads a route. A route to a prefix list counts as several.
func (n *network) routes(o graph.Object, prefix string, f read.Family, certain bool) ([]read.Route, []graph.Origin) {
	attr := prefix + "cidr_block"
	if f == read.IPv6 {
		attr = prefix + "ipv6_cidr_block"
	}
	way, by := n.way(o, f)
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

// way returns where a route leads, and the value that decides. A gateway may be an internet gateway or a virtual private
// gateway. An endpoint or an interface may inspect traffic and send it on to the gateway: a network firewall sends on what its own
// subnets' routes do.
func (n *network) way(o graph.Object, f read.Family) (read.RouteWay, graph.Value) {
	if n.towards != nil {
		return n.towards.leads(n, o)
	}
	if _, v := target(o); n.firewallAt(v) != nil {
		return n.onward(n.firewallAt(v), f), v
	}
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
	way, ends := read.RouteWay(0), n.t.End(v, true)
	for _, e := range ends {
		this := read.EitherWay
		switch {
		case e.Resource == nil, v.MayBeNull(): // another attribute says where it leads then
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
	if way == read.EitherWay && len(ends) > 0 {
		v = ends[0].Value
	}
	return way, v
}

// onward says whether the routes of a network firewall's own subnets lead where routes are asked to.
func (n *network) onward(firewall *graph.Resource, f read.Family) read.RouteWay {
	if n.asked[firewall] { // a circle
		return read.Elsewhere
	}
	n.asked[firewall] = true
	defer delete(n.asked, firewall)
	subnets := n.endpointSubnets(firewall)
	out := read.RouteWay(0)
	for _, subnet := range subnets {
		way := read.EitherWay
		if isManaged(subnet) && subnet.Certain {
			hop, through := n.route(subnet.Resource, n.vpcOf(subnet), f)
			for _, r := range append(hop.RestsOn, hop.Resource) {
				if !slices.Contains(n.rests[firewall], r) {
					n.rests[firewall] = append(n.rests[firewall], r)
				}
			}
			switch {
			case hop.Takes.May.Empty():
				way = read.Elsewhere
			case slices.ContainsFunc(through, func(r *graph.Resource) bool { return r != nil }):
			case f.All().SubsetOf(hop.Takes.Must.Sources(netset.TCP, netset.AllPorts())):
				way = read.ToGateway
			}
		}
		if out != 0 && out != way {
			way = read.EitherWay
		}
		out = way
	}
	if out == 0 {
		return read.EitherWay
	}
	return out
}

// endpointSubnets returns the subnets in which a network firewall has endpoints.
func (n *network) endpointSubnets(firewall *graph.Resource) (out []graph.End) {
	for _, b := range firewall.OwnBlocks("subnet_mapping") {
		out = append(out, n.t.End(b.OwnAttr("subnet_id"), b.Certain)...)
	}
	return out
}
