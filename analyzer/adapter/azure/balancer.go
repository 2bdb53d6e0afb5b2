package azure

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// forward is a rule by which a load balancer hands connections on, to the machines of a pool or to one machine.
type forward struct {
	by *graph.Resource
	// fronts are the public addresses of its frontend.
	fronts []publicAddress
	hop    *fact.Hop
	// sure is true if the rule is surely for what it was found by.
	sure    bool
	decides []graph.Origin
}

// findForwards finds the rules of load balancers by the name of what they hand connections on to: a pool or, for rules that
// interfaces name, the rule itself. The name is empty if it isn't known.
func (n *network) findForwards() map[string][]*forward {
	out := map[string][]*forward{}
	for _, typ := range forwards() {
		for _, r := range n.t.OfType(typ) {
			if r.Addr.Mode != graph.Managed {
				continue
			}
			f := forward{by: r, fronts: n.fronts(r), hop: handsOn(r), sure: true}
			own := f
			out[r.Addr.String()] = append(out[r.Addr.String()], &own)
			pools := append(n.t.EndsOf(r.OwnAttr("backend_address_pool_ids"), r.Certain), n.t.End(r.OwnAttr("backend_address_pool_id"), r.Certain)...)
			for _, e := range pools {
				one := f
				one.sure = e.Certain
				if !e.Certain {
					one.decides = append(read.OriginsOf(e.Value), read.OriginsOf(r.Exists)...)
				}
				out[e.Name] = append(out[e.Name], &one)
			}
		}
	}
	return out
}

// fronts returns the public addresses of the frontend that a load balancer's rule names.
func (n *network) fronts(r *graph.Resource) []publicAddress {
	var out []publicAddress
	for _, e := range n.t.End(r.OwnAttr("loadbalancer_id"), true) {
		lb := e.Resource
		if lb == nil || lb.Addr.Mode != graph.Managed || lb.Addr.Type != "azurerm_lb" {
			out = append(out, foreignFront(r, e)...)
			continue
		}
		for _, b := range lb.OwnBlocks("frontend_ip_configuration") {
			want, have := r.OwnAttr("frontend_ip_configuration_name"), b.OwnAttr("name")
			a, known := want.Text()
			c, alsoKnown := have.Text()
			if known && alsoKnown && !strings.EqualFold(a, c) {
				continue
			}
			sure := known && alsoKnown && b.Certain && e.Certain
			for _, front := range n.front(lb, b) {
				if !sure {
					front.hop = doubted(front.hop, "it may be the frontend", slices.Concat(read.OriginsOf(e.Value), read.OriginsOf(want), read.OriginsOf(have), read.OriginsOf(b.Exists))...)
				}
				out = append(out, front)
			}
		}
	}
	return out
}

// foreignFront returns the frontend of a load balancer outside the configuration.
func foreignFront(r *graph.Resource, lb graph.End) []publicAddress {
	hop := &fact.Hop{
		Kind: "load balancer", Resource: r, At: lb.Value.At, Takes: read.Perhaps(), Why: "its frontends are outside the configuration",
		Change: "Scan the configuration of the load balancer together with this one to decide it.", Decides: read.Unmade("the frontends", lb),
	}
	sku := sku{tier: unknownTier, of: "the load balancer", decides: read.Unmade("the SKU", lb)}
	return []publicAddress{{hop, sku, read.IPv4}, {hop, sku, read.IPv6}}
}

// front returns the addresses of a frontend. A frontend with a subnet is internal. The load balancer's SKU applies to its
// addresses.
func (n *network) front(lb *graph.Resource, b graph.Block) []publicAddress {
	if v := b.OwnAttr("public_ip_prefix_id"); read.Given(v) {
		return []publicAddress{{family: read.IPv4, sku: sku{tier: standardTier, of: lb.Addr.String()}, hop: &fact.Hop{
			Kind: "load balancer", Resource: lb, At: v.At, Takes: read.All(), Why: "its frontend has an address of a public prefix",
			Change: "A frontend with a subnet in place of the prefix is internal.",
		}}}
	}
	sku := skuOf(lb)
	out := n.addresses(lb, b.Object, "public_ip_address_id")
	for i := range out {
		hop := *out[i].hop
		hop.Kind = "load balancer"
		if hop.Resource != lb {
			hop.Why = "its frontend has the address " + hop.Resource.Addr.String()
			hop.Resource, hop.At = lb, b.At
		}
		if hop.Takes.May.Empty() {
			hop.Why, hop.Change = "its frontend is internal", "A public_ip_address_id in the frontend would put it on the internet."
			hop.At = b.At
		}
		out[i].hop = &hop
		if out[i].sku.tier == unknownTier || sku.tier != unknownTier {
			out[i].sku = sku
		}
	}
	return out
}

// carried returns the transport protocols of a rule's or container port's protocol. Source: the provider's pages
// azurerm_lb_rule, azurerm_lb_nat_rule and azurerm_container_group.
func carried(text string) netset.Protocols {
	switch text {
	case "UDP":
		return netset.Protocol(netset.UDP)
	case "ALL":
		return read.TCP().Union(netset.Protocol(netset.UDP))
	}
	return read.TCP()
}

// handsOn returns the hop of a load balancer's rule: the protocols and ports that it takes, and the machines' port. Each
// machine gets one port of a range. Clients keep their addresses. Source:
// https://learn.microsoft.com/azure/load-balancer/components
func handsOn(r *graph.Resource) *fact.Hop {
	hop := &fact.Hop{
		Kind: "load balancer rule", Resource: r, At: r.Decl,
		Change: "Without the rule for this port the load balancer takes no connections to it.",
	}
	protocols := read.Speaks(r.OwnAttr("protocol"), carried)
	if !protocols.Known() {
		hop.Doubt(read.OriginsOf(r.OwnAttr("protocol"))...)
	}
	ports := netset.Exactly(netset.AllPorts())
	first := r.OwnAttr("frontend_port")
	last := first
	if v := r.OwnAttr("frontend_port_start"); read.Given(v) {
		first, last = v, r.OwnAttr("frontend_port_end")
	}
	lo, okLo := first.Int()
	hi, okHi := last.Int()
	words := "an unknown port"
	switch {
	case okLo && okHi && lo == 0 && hi == 0:
		words = "any port"
	case okLo && okHi && 0 < lo && lo <= hi && hi <= 65535:
		hop.At = first.At
		ports = netset.Exactly(netset.PortRange(lo, hi))
		hop.Sensitive = first.Sensitive() || last.Sensitive()
		words = "port " + read.Told(fmt.Sprint(lo), first, last)
		if hi > lo {
			words = "ports " + read.Told(fmt.Sprintf("%d-%d", lo, hi), first, last)
			ports.Must = netset.Ports{}
			hop.Doubt(read.Outside("which machine gets which port of "+r.Addr.String(), first))
		}
	default:
		ports.Must = netset.Ports{}
		hop.Doubt(append(read.OriginsOf(first), read.OriginsOf(last)...)...)
	}
	if !protocols.May.Equal(read.TCP()) {
		words = strings.ToUpper(protocols.May.String()) + " " + words
	}
	hop.Takes = read.On(protocols, ports)
	to := r.OwnAttr("backend_port")
	port, ok := to.Int()
	switch {
	case ok && port == 0:
		hop.Why = "it hands " + words + " on"
	case ok && port > 0 && port <= 65535:
		hop.To = port
		hop.Why = fmt.Sprintf("it hands %s on to port %s", words, read.Told(fmt.Sprint(port), to))
	default:
		hop.To, hop.Why = fact.AnyPort, "it hands "+words+" on to an unknown port"
		hop.Doubt(read.OriginsOf(to)...)
	}
	return hop
}

// forwarded is a load balancer's rule that hands connections on to an interface.
type forwarded struct {
	*forward
	// surely is true if the rule surely hands connections on to the interface; perhaps are what decides it if not.
	surely  bool
	perhaps [][]graph.Origin
}

// handing returns the rule's hop, as it is for the interface.
func (f *forwarded) handing() *fact.Hop {
	if f.surely {
		return f.hop
	}
	var decides []graph.Origin
	seen := map[graph.Origin]bool{}
	for _, o := range slices.Concat(f.perhaps...) {
		if !seen[o] {
			seen[o], decides = true, append(decides, o)
		}
	}
	return doubted(f.hop, f.hop.Why+", perhaps to this machine", decides...)
}

// balanced returns the ways to an interface through load balancers.
func (n *network) balanced(i *ipConfiguration) []fact.Way {
	var out []fact.Way
	for _, f := range n.forwardsTo(i) {
		hands := f.handing()
		for _, front := range f.fronts {
			hops := append(slices.Clip(i.before), front.hop, hands)
			way := fact.Way{Family: front.family.All(), Hops: append(hops, n.hops(i, front.sku, front.family)...)}
			out = append(out, way)
			n.through[f.by] = append(n.through[f.by], way)
		}
	}
	return out
}

// forwardsTo returns the rules of load balancers that hand connections on to an interface, each once: ways by the same rule are
// the same.
func (n *network) forwardsTo(i *ipConfiguration) []forwarded {
	var out []forwarded
	at := map[*graph.Resource]int{}
	add := func(name string, sure bool, decides []graph.Origin) {
		for _, f := range n.forwards[name] {
			j, seen := at[f.by]
			if !seen {
				j = len(out)
				at[f.by], out = j, append(out, forwarded{forward: f})
			}
			sure := sure && f.sure && f.by.Certain
			if out[j].surely = out[j].surely || sure; !out[j].surely {
				out[j].perhaps = append(out[j].perhaps, decides, f.decides, read.OriginsOf(f.by.Exists))
			}
		}
	}
	end := func(e graph.End, sure bool, decides []graph.Origin) {
		if !e.Certain {
			decides = append(decides, read.OriginsOf(e.Value)...)
		}
		if e.Known() {
			add(e.Name, sure && e.Certain, decides)
			add("", false, decides)
			return
		}
		if !read.MayBeMade(e.Value) {
			return
		}
		for _, name := range slices.Sorted(maps.Keys(n.forwards)) {
			add(name, false, decides)
		}
	}
	if i.scaled {
		for _, attr := range []string{"load_balancer_backend_address_pool_ids", "load_balancer_inbound_nat_rules_ids"} {
			for _, e := range n.t.EndsOf(i.config.OwnAttr(attr), true) {
				end(e, true, nil)
			}
		}
		return out
	}
	for _, attr := range []string{"load_balancer_backend_address_pools_ids", "load_balancer_inbound_nat_rules_ids"} {
		for _, e := range n.t.EndsOf(i.config.OwnAttr(attr), true) {
			end(e, true, nil)
		}
	}
	edges := n.t.To(i.of.Addr.String(), graph.Targets)
	for _, e := range append(slices.Clip(edges), n.t.To("", graph.Targets)...) {
		if !strings.HasPrefix(e.By.Addr.Type, "azurerm_network_interface_") || e.By.Addr.Type == gatewayPool || !e.To.Known() && !read.MayBeMade(e.To.Value) {
			continue
		}
		same, sure := sameText(e.By.OwnAttr("ip_configuration_name"), i.name)
		if same {
			end(*e.From, sure && e.By.Certain && e.To.Certain, slices.Concat(read.OriginsOf(e.By.Exists), read.OriginsOf(e.To.Value), read.OriginsOf(e.By.OwnAttr("ip_configuration_name"))))
		}
	}
	for _, r := range n.t.OfType("azurerm_lb_backend_address_pool_address") {
		v := r.OwnAttr("ip_address")
		var network *graph.Resource
		if ends := n.t.End(r.OwnAttr("virtual_network_id"), true); len(ends) == 1 {
			network = ends[0].Resource
		}
		if same, sure, by := n.addressed(v, i, network); same {
			for _, e := range n.t.End(r.OwnAttr("backend_address_pool_id"), r.Certain) {
				end(e, sure, append(by, read.OriginsOf(r.Exists)...))
			}
		}
	}
	return out
}

// sameText reports whether two values may be, and whether they surely are, the same text.
func sameText(a, b graph.Value) (may, sure bool) {
	x, okX := a.Text()
	y, okY := b.Text()
	if okX && okY {
		return strings.EqualFold(x, y), strings.EqualFold(x, y)
	}
	return true, false
}

// published returns a load balancer's rule with the ways through it to the machines that it hands connections on to.
func (n *network) published(r *graph.Resource) fact.Endpoint {
	e := fact.Endpoint{Resource: r, Kind: fact.Published, Word: "load balancer rule", Ways: n.through[r]}
	if len(e.Ways) > 0 {
		return e
	}
	behind := &fact.Hop{
		Kind: "backend", Resource: r, At: r.Decl, Takes: read.Perhaps(), Why: "no machine behind it is known here",
		Change:  "Scan the configuration of the machines together with this one to decide it.",
		Decides: []graph.Origin{read.Outside("what "+r.Addr.String()+" hands connections on to", graph.Value{At: r.Decl})},
	}
	pools := append(n.t.EndsOf(r.OwnAttr("backend_address_pool_ids"), true), n.t.End(r.OwnAttr("backend_address_pool_id"), true)...)
	if slices.ContainsFunc(pools, func(e graph.End) bool { return e.Known() && e.Resource == nil && !read.MayBeMade(e.Value) }) {
		behind.Takes, behind.Decides = read.All(), nil
		behind.Why = "it is outside the configuration, and the rule's frontend says whom it is for"
	}
	for _, front := range n.fronts(r) {
		e.Ways = append(e.Ways, fact.Way{Family: front.family.All(), Hops: []*fact.Hop{front.hop, handsOn(r), behind}})
	}
	return e
}
