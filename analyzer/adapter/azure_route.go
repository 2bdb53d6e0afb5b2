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

// azureRouted is to whom a route table lets replies go.
type azureRouted struct {
	set     netset.Bounds[netset.Prefixes]
	at      hcl.Range
	by      *graph.Resource
	why     string
	decides []graph.Origin
}

// replies is the hop of the route table of a subnet, which what comes back to clients passes; nil if it surely has none.
// Azure routes to the internet by itself, so only a table can say otherwise.
// Source: https://learn.microsoft.com/azure/virtual-network/virtual-networks-udr-overview
func (n *azureNetwork) replies(subnet graph.End, f family) *fact.Hop {
	var tables []azureRouted
	sure := false
	consider := func(e graph.End, certain bool, decides []graph.Origin) {
		sure = sure || certain
		if e.Resource == nil || e.Resource.Addr.Mode != graph.Managed {
			tables = append(tables, azureRouted{set: perhaps(), why: "it is outside the configuration", decides: unmade("the routes", e)})
			return
		}
		routed := n.table(e.Resource, f)
		routed.decides = append(slices.Clip(routed.decides), decides...)
		tables = append(tables, routed)
	}
	for _, e := range n.t.From(subnet.Name, graph.RoutedBy) {
		if subnet.Name != "" && strings.HasPrefix(e.By.Addr.Type, "azurerm_") {
			several := e.By.Addr.Type == "azurerm_virtual_network" && len(e.By.OwnBlocks("subnet")) > 1
			consider(e.To, e.From.Certain && e.By.Certain && !several, originsOf(e.By.Exists))
		}
	}
	if !sure {
		for _, e := range n.t.From("", graph.RoutedBy) {
			if strings.HasPrefix(e.By.Addr.Type, "azurerm_") && mayBeMade(e.From.Value) {
				consider(e.To, false, originsOf(e.From.Value))
			}
		}
	}
	system := azureRouted{set: all(), why: "Azure's own route sends replies to the internet"}
	switch {
	case sure:
	case !azureMade(subnet):
		system.set, system.why, system.decides = perhaps(), "its routes are outside the configuration", unmade("the routes", subnet)
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
		hop.Passes.May = hop.Passes.May.Union(t.set.May)
		if hop.Passes.Must = hop.Passes.Must.Intersect(t.set.Must); i == 0 {
			hop.Passes.Must = t.set.Must
		}
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

// table returns to whom the routes of a table, along with Azure's own, let replies go. An appliance or a gateway may send
// them on or not.
func (n *azureNetwork) table(r *graph.Resource, f family) azureRouted {
	key := tableKey{r.Addr.String(), f}
	if out, ok := n.tables[key]; ok {
		return out
	}
	out := azureRouted{by: r, at: r.Decl, why: "Azure's own route sends replies to the internet"}
	var routes []route
	own := true
	add := func(o graph.Object, certain bool, exists graph.Value, at hcl.Range) {
		to, hop := o.OwnAttr("address_prefix"), o.OwnAttr("next_hop_type")
		route := route{way: azureNextHop(hop), certain: certain}
		text, _ := to.Text()
		if p, err := netip.ParsePrefix(text); err == nil {
			if route.to = p.Masked(); !netset.Prefix(route.to).Overlaps(f.all()) {
				return
			}
		} else {
			out.decides = append(out.decides, originsOf(to)...)
		}
		if !certain {
			out.decides = append(out.decides, originsOf(exists)...)
		}
		whole := route.to.IsValid() && route.to.Bits() == 0
		own = own && (!whole || !certain)
		if word, _ := hop.Text(); route.way != toGateway && (out.at == r.Decl || whole) {
			out.at, out.why = at, fmt.Sprintf("it sends %s to %s", destinationOf(route), word)
			if word == "" {
				out.why = fmt.Sprintf("where it sends %s isn't known", destinationOf(route))
			}
		}
		if route.way == eitherWay {
			if word, known := hop.Text(); known {
				hop = hop.Called("what the " + word + " does with replies")
			}
			out.decides = append(out.decides, originsOf(hop)...)
		}
		routes = append(routes, route)
	}
	for _, b := range r.OwnBlocks("route") {
		certain, exists := exists(r, b)
		add(b.Object, certain, exists, b.At)
	}
	for _, route := range n.t.OfType("azurerm_route") {
		scope := scopeNamed(n.t.Graph, route, "route_table_name", azureNaming("azurerm_route_table"), fact.Scope{})
		switch v := route.OwnAttr("route_table_name"); {
		case scope.Resource == r:
			add(route.Object, route.Certain, route.Exists, route.Decl)
		case scope.Resource == nil && v.Undecided():
			add(route.Object, false, v, route.Decl)
		}
	}
	if own {
		all := netip.PrefixFrom(netip.IPv4Unspecified(), 0)
		if f == ipv6 {
			all = netip.PrefixFrom(netip.IPv6Unspecified(), 0)
		}
		routes = append(routes, route{to: all, way: toGateway, certain: true})
	}
	out.set = sent(routes, f)
	n.tables[key] = out
	return out
}

// azureNextHop says where a route leads.
func azureNextHop(v graph.Value) routeWay {
	switch text, _ := v.Text(); strings.ToLower(text) {
	case "internet":
		return toGateway
	case "none":
		return elsewhere
	}
	return eitherWay
}
