package azure

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

// routed are the clients that a route table lets replies go to.
type routed struct {
	set     netset.Bounds[netset.Traffic]
	at      hcl.Range
	by      *graph.Resource
	why     string
	decides []graph.Origin
}

// replies returns the hop of a subnet's route table, which replies to clients pass; nil if the subnet surely has none. Azure
// routes to the internet by itself, so only a table can say otherwise. Source:
// https://learn.microsoft.com/azure/virtual-network/virtual-networks-udr-overview
func (n *network) replies(subnet graph.End, f read.Family) *fact.Hop {
	var tables []routed
	sure := false
	consider := func(e graph.End, certain bool, decides []graph.Origin) {
		sure = sure || certain
		if e.Resource == nil || e.Resource.Addr.Mode != graph.Managed {
			tables = append(tables, routed{set: read.Perhaps(), why: "it is outside the configuration", decides: read.Unmade("the routes", e)})
			return
		}
		routed := n.table(e.Resource, f)
		routed.decides = append(slices.Clip(routed.decides), decides...)
		tables = append(tables, routed)
	}
	for _, e := range n.t.From(subnet.Name, graph.RoutedBy) {
		if subnet.Known() && strings.HasPrefix(e.By.Addr.Type, "azurerm_") {
			several := e.By.Addr.Type == "azurerm_virtual_network" && len(e.By.OwnBlocks("subnet")) > 1
			consider(*e.To, e.From.Certain && e.By.Certain && !several, read.OriginsOf(e.By.Exists))
		}
	}
	if !sure {
		for _, e := range n.t.From("", graph.RoutedBy) {
			if strings.HasPrefix(e.By.Addr.Type, "azurerm_") && read.MayBeMade(e.From.Value) {
				consider(*e.To, false, read.OriginsOf(e.From.Value))
			}
		}
	}
	system := routed{set: read.All(), why: "Azure's own route sends replies to the internet"}
	switch {
	case sure:
	case !made(subnet):
		system.set, system.why, system.decides = read.Perhaps(), "its routes are outside the configuration", read.Unmade("the routes", subnet)
		tables = append(tables, system)
	case len(tables) == 0:
		return nil
	default:
		tables = append(tables, system)
	}
	hop := &fact.Hop{
		Kind: "route table, replies", Resource: subnet.Resource, At: subnet.Value.At, Why: tables[0].why,
		Change: "Replies need the route of the clients' addresses to be Azure's own, or one with next hop Internet.",
	}
	if subnet.Resource != nil {
		hop.At = subnet.Resource.Decl
	}
	for i, t := range tables {
		if i == 0 {
			hop.Takes = t.set
		}
		hop.Takes = netset.EitherBounds(hop.Takes, t.set)
		hop.Decides = append(hop.Decides, t.decides...)
		if t.by != nil && !t.set.Known() {
			hop.Why = t.why
		}
	}
	if by := tables[0].by; by != nil {
		hop.Resource, hop.At = by, tables[0].at
	}
	return hop
}

// table returns the clients that the routes of a table, together with Azure's own, let replies go to. An appliance or a gateway
// may send them on or not.
func (n *network) table(r *graph.Resource, f read.Family) routed {
	key := read.TableKey{Table: r, Family: f}
	if out, ok := n.tables[key]; ok {
		return out
	}
	out := routed{by: r, at: r.Decl, why: "Azure's own route sends replies to the internet"}
	var routes []read.Route
	own := true
	add := func(o graph.Object, certain bool, exists graph.Value, at hcl.Range) {
		to, hop := o.OwnAttr("address_prefix"), o.OwnAttr("next_hop_type")
		route := read.Route{Way: nextHop(hop), Certain: certain}
		text, _ := to.Text()
		if p, err := netip.ParsePrefix(text); err == nil {
			if route.To = p.Masked(); !netset.Prefix(route.To).Overlaps(f.All()) {
				return
			}
		} else {
			out.decides = append(out.decides, read.OriginsOf(to)...)
		}
		if !certain {
			out.decides = append(out.decides, read.OriginsOf(exists)...)
		}
		whole := route.To.IsValid() && route.To.Bits() == 0
		own = own && (!whole || !certain)
		if word, _ := hop.Text(); route.Way != read.ToGateway && (out.at == r.Decl || whole) {
			out.at, out.why = at, fmt.Sprintf("it sends %s to %s", read.DestinationOf(route), word)
			if word == "" {
				out.why = fmt.Sprintf("where it sends %s isn't known", read.DestinationOf(route))
			}
		}
		if route.Way == read.EitherWay {
			if word, known := hop.Text(); known {
				hop = hop.Called("what the " + word + " does with replies")
			}
			out.decides = append(out.decides, read.OriginsOf(hop)...)
		}
		routes = append(routes, route)
	}
	for _, b := range r.OwnBlocks("route") {
		certain, exists := read.Exists(r, b)
		add(b.Object, certain, exists, b.At)
	}
	for _, route := range n.t.OfType("azurerm_route") {
		scope := read.ScopeNamed(n.t.Graph, route, "route_table_name", naming("azurerm_route_table"), fact.Scope{})
		switch v := route.OwnAttr("route_table_name"); {
		case scope.Resource == r:
			add(route.Object, route.Certain, route.Exists, route.Decl)
		case scope.Resource == nil && v.Undecided():
			add(route.Object, false, v, route.Decl)
		}
	}
	if own {
		all := netip.PrefixFrom(netip.IPv4Unspecified(), 0)
		if f == read.IPv6 {
			all = netip.PrefixFrom(netip.IPv6Unspecified(), 0)
		}
		routes = append(routes, read.Route{To: all, Way: read.ToGateway, Certain: true})
	}
	out.set = read.Of(read.Sent(routes, f))
	n.tables[key] = out
	return out
}

// nextHop returns where a route leads.
func nextHop(v graph.Value) read.RouteWay {
	switch text, _ := v.Text(); strings.ToLower(text) {
	case "internet":
		return read.ToGateway
	case "none":
		return read.Elsewhere
	}
	return read.EitherWay
}
