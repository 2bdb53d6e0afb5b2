package google

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// networkRoute is a route of a network. A route without a destination is for an unknown one.
type networkRoute struct {
	to       netip.Prefix
	priority fact.Span
	// gateway is true if it surely leads to the internet gateway, and elsewhere if it surely doesn't.
	gateway, elsewhere bool
	certain            bool
	by                 *graph.Resource
	at                 hcl.Range
}

// routes are the routes that a network may have.
type routes struct {
	all []*graph.Resource
	// tagged is true if some routes are only for machines with tags. Otherwise all machines have the same hops.
	tagged bool
	hops   map[read.Family]*fact.Hop
}

// routesOf returns the routes that a network of the configuration may have. It finds them once.
func (n *network) routesOf(network graph.End) *routes {
	key := keyOf(network)
	if out := n.routed[key]; out != nil {
		return out
	}
	out := &routes{hops: map[read.Family]*fact.Hop{}}
	n.routed[key] = out
	for _, r := range n.t.OfType("google_compute_route") {
		if same, may := n.ofNetwork(r, network); r.Addr.Mode == graph.Managed && (same || may) {
			out.all = append(out.all, r)
			out.tagged = out.tagged || read.Given(r.OwnAttr("tags"))
		}
	}
	return out
}

// ofNetwork reports whether a route surely, and whether it perhaps, belongs to a network.
func (n *network) ofNetwork(r *graph.Resource, network graph.End) (surely, may bool) {
	v := r.Attr("network")
	of := n.named(r, v)
	surely = of.Known() && of.Name == network.Name
	return surely, surely || !of.Known() && read.MayBeMade(v)
}

// route returns the hop of a network's routes for a machine. Only clients that they send to the internet gateway get replies.
// The most specific route decides; among equal ones, the route with the lowest priority. Source:
// https://cloud.google.com/vpc/docs/routes#routeselection
func (n *network) route(m member, f read.Family) *fact.Hop {
	if !made(m.network) {
		return &fact.Hop{
			Kind: "route", Resource: m.network.Resource, At: m.network.Value.At, Takes: read.Perhaps(),
			Why:     "the routes of the network are outside the configuration",
			Change:  "A route of the clients' addresses to the default internet gateway opens it; without one it is closed.",
			Decides: read.Unmade("the routes", m.network),
		}
	}
	of := n.routesOf(m.network)
	if of.tagged {
		return n.sends(m, f, of.all)
	}
	hop := of.hops[f]
	if hop == nil {
		hop = n.sends(m, f, of.all)
		of.hops[f] = hop
	}
	return hop
}

// sends returns the hop of what a network's routes send to the internet gateway for a machine.
func (n *network) sends(m member, f read.Family, all []*graph.Resource) *fact.Hop {
	network := m.network.Resource
	hop := &fact.Hop{
		Kind: "route", Resource: network, At: network.Decl,
		Why:    "no route of " + m.network.Name + " that is for it leads to the internet gateway",
		Change: "A route of the clients' addresses to the default internet gateway opens it; without one it is closed.",
	}
	routes, decides := n.initial(network, f)
	for _, r := range all {
		found, by := n.read(r, m, f)
		routes, decides = append(routes, found...), append(decides, by...)
	}
	hop.Takes = read.Of(sent(routes, f))
	best := -1
	for i, r := range routes {
		if !r.elsewhere && (best < 0 || r.to.IsValid() && r.to.Bits() < routes[best].to.Bits()) {
			best = i
		}
	}
	if best >= 0 && !hop.Takes.May.Empty() {
		r := routes[best]
		hop.Resource, hop.At = r.by, r.at
		hop.Why = fmt.Sprintf("it sends %s to the internet gateway", destination(r))
		if r.by == network {
			hop.Why = fmt.Sprintf("Google makes a default route of %s to the internet gateway", destination(r))
			hop.Change = "delete_default_routes_on_create takes the default route away."
		}
	} else if best >= 0 {
		hop.Why = "other routes take what the route to the internet gateway is for"
	}
	if !hop.Takes.Known() {
		hop.Decides = decides
	}
	return hop
}

func destination(r networkRoute) string {
	if !r.to.IsValid() {
		return "an unknown destination"
	}
	return r.to.String()
}

// initial returns the default route that Google makes. The IPv6 route comes with the first subnet that has external addresses,
// which is after the provider has deleted the IPv4 route if it is asked to. Source: the provider's page google_compute_network,
// and https://cloud.google.com/vpc/docs/routes#routingpacketsinternet
func (n *network) initial(network *graph.Resource, f read.Family) ([]networkRoute, []graph.Origin) {
	route := networkRoute{
		to: netip.MustParsePrefix("::/0"), priority: fact.Span{Lo: 1000, Hi: 1000}, gateway: true, certain: true,
		by: network, at: network.Decl,
	}
	if f == read.IPv6 {
		return []networkRoute{route}, nil
	}
	route.to = netip.MustParsePrefix("0.0.0.0/0")
	v := network.OwnAttr("delete_default_routes_on_create")
	gone, known := v.Bool()
	switch {
	case gone:
		return nil, nil
	case read.Given(v) && !known:
		route.certain = false
		return []networkRoute{route}, read.OriginsOf(v)
	}
	return []networkRoute{route}, nil
}

// read reads a route as far as it is for a machine. A route with tags is for machines with any of them.
func (n *network) read(r *graph.Resource, m member, f read.Family) ([]networkRoute, []graph.Origin) {
	same, _ := n.ofNetwork(r, m.network)
	out := networkRoute{priority: fact.Span{Lo: 1000, Hi: 1000}, certain: same && r.Certain, by: r, at: r.Decl}
	var decides []graph.Origin
	if !out.certain {
		decides = append(r.Attr("network").Origins(), read.OriginsOf(r.Exists)...)
	}
	if tags := r.OwnAttr("tags"); read.Given(tags) {
		var to fact.Targets
		read.Members(&to, n.t.Graph, tags, "tag", "")
		surely, perhaps := m.Matches(to)
		if !perhaps {
			return nil, nil
		}
		if !surely {
			decides = append(append(decides, tags.Origins()...), m.unknown...)
		}
		out.certain = out.certain && surely
	}
	if p := r.OwnAttr("priority"); read.Given(p) {
		out.priority = read.Span(p, 0, 65535)
		decides = append(decides, p.Origins()...)
	}
	to := r.Attr("dest_range")
	if text, ok := to.Text(); ok {
		p, err := netip.ParsePrefix(text)
		if err == nil && p.Addr().Is4() != (f == read.IPv4) {
			return nil, nil
		}
		if err == nil {
			out.to = p.Masked()
		}
	} else {
		decides = append(decides, to.Origins()...)
	}
	by := out.lead(r)
	return []networkRoute{out}, append(decides, by...)
}

// lead finds where a route leads. A machine on the route may send what it gets on to the internet.
func (r *networkRoute) lead(route *graph.Resource) []graph.Origin {
	v := route.OwnAttr("next_hop_gateway")
	if !read.Given(v) {
		for _, attr := range []string{"next_hop_instance", "next_hop_ip", "next_hop_ilb"} {
			if v := route.OwnAttr(attr); read.Given(v) {
				return []graph.Origin{read.Outside("what "+route.Addr.String()+" leads to sends on", v)}
			}
		}
		r.elsewhere = true
		return nil
	}
	text, known := v.Text()
	if !known {
		return read.OriginsOf(v)
	}
	r.gateway = text[strings.LastIndexByte(text, '/')+1:] == "default-internet-gateway"
	r.elsewhere = !r.gateway
	return nil
}

// sent returns the addresses that routes send to the internet gateway. If two routes have the same destination and priority, it
// isn't known which one decides.
func sent(routes []networkRoute, f read.Family) netset.Bounds[netset.Prefixes] {
	var out netset.Bounds[netset.Prefixes]
	destination := func(r networkRoute) netset.Prefixes {
		if !r.to.IsValid() {
			return f.All()
		}
		return netset.Prefix(r.to)
	}
	for i, r := range routes {
		if r.elsewhere {
			continue
		}
		must, may := destination(r), destination(r)
		for j, o := range routes {
			if i == j {
				continue
			}
			known := o.to.IsValid() && r.to.IsValid()
			longer := known && o.to.Bits() > r.to.Bits()
			same := known && o.to == r.to
			if !o.gateway && (!known || longer || same && o.priority.Lo <= r.priority.Hi) {
				must = must.Difference(destination(o))
			}
			if o.elsewhere && o.certain && (longer || same && o.priority.Hi < r.priority.Lo) {
				may = may.Difference(destination(o))
			}
		}
		out.May = out.May.Union(may)
		if r.certain && r.gateway && r.to.IsValid() {
			out.Must = out.Must.Union(must)
		}
	}
	return out
}
