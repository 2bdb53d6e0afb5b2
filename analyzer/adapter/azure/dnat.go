package azure

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// dnat is a rule by which a firewall hands connections on.
type dnat struct {
	rule *fact.Ingress
	// to are the addresses that it takes connections to. translated is the machine's address, and port the machine's port.
	to, translated, port graph.Value
	// firewalls are the firewalls that have the rule; some may lie outside the configuration.
	firewalls []graph.End
}

// findDNAT finds the rules by which firewalls hand connections on. A policy doesn't inherit such rules from its base. Source:
// https://learn.microsoft.com/azure/firewall-manager/policy-overview
func (n *network) findDNAT() []*dnat {
	var out []*dnat
	g := n.t.Graph
	forward := func(r *graph.Resource, scope fact.Scope, collection graph.Block, group fact.Span, firewalls []graph.End) {
		rules := collectionKind{dnat: true, ranked: true}.read(g, r, scope, collection, group)
		for j, b := range read.Nested(collection, "rule") {
			if len(rules) == 0 {
				return
			}
			d := &dnat{
				rule: rules[j], to: b.OwnAttr("destination_addresses"), translated: b.OwnAttr("translated_address"),
				port: b.OwnAttr("translated_port"), firewalls: firewalls,
			}
			if v := b.OwnAttr("destination_address"); read.Given(v) {
				d.to = v
			}
			if v := b.OwnAttr("translated_fqdn"); read.Given(v) {
				d.translated = v.Called("the address of translated_fqdn")
			}
			out = append(out, d)
		}
	}
	for _, r := range n.t.OfType("azurerm_firewall_nat_rule_collection") {
		if r.Addr.Mode != graph.Managed {
			continue
		}
		scope := read.ScopeNamed(g, r, "azure_firewall_name", naming("azurerm_firewall"), firewallScope("firewall"))
		firewall := graph.End{Resource: scope.Resource, Name: scope.Name, Certain: true, Value: r.OwnAttr("azure_firewall_name")}
		if scope.Resource != nil {
			firewall.Certain = scope.Resource.Certain
		}
		forward(r, scope, read.BlockOf(r), fact.Span{}, []graph.End{firewall})
	}
	for _, r := range n.t.OfType("azurerm_firewall_policy_rule_collection_group") {
		if r.Addr.Mode != graph.Managed {
			continue
		}
		scope := read.ScopeOf(g, r, "firewall_policy_id", firewallScope("firewall policy"))
		var firewalls []graph.End
		for _, e := range n.t.To(scope.Name, graph.FilteredBy) {
			if e.By.Addr.Type == "azurerm_firewall" {
				from := *e.From
				from.Certain = e.Certain()
				firewalls = append(firewalls, from)
			}
		}
		if len(firewalls) == 0 {
			firewalls = []graph.End{{Name: "a firewall with " + scope.Name, Value: r.OwnAttr("firewall_policy_id")}}
		}
		for _, c := range read.Nested(read.BlockOf(r), "nat_rule_collection") {
			forward(r, scope, c, read.Span(r.Attr("priority"), 100, 65000), firewalls)
		}
	}
	return out
}

// translated returns the ways to an interface through firewalls that translate to its address. Firewalls replace the client's
// address by one of their own. Source:
// https://learn.microsoft.com/azure/architecture/example-scenario/gateway/firewall-application-gateway
func (n *network) translated(i *ipConfiguration) []fact.Way {
	var out []fact.Way
	for _, d := range n.dnat {
		for _, firewall := range d.firewalls {
			may, sure, by := n.addressed(d.translated, i, firewall.Resource)
			if !may {
				continue
			}
			for _, public := range n.firewalled(d, firewall) {
				hop := n.dnatHop(d)
				if !sure {
					hop = doubted(hop, hop.Why+", perhaps this machine's", by...)
				}
				hops := append(slices.Clip(i.before), public, hop)
				out = append(out, fact.Way{Family: read.IPv4.All(), Hops: append(hops, n.masked(i, firewall)...)})
			}
		}
	}
	return out
}

// firewalled returns the hop of a firewall's public address that a rule is for.
func (n *network) firewalled(d *dnat, firewall graph.End) []*fact.Hop {
	r := firewall.Resource
	to := read.Parts(d.to)
	var public []graph.Value
	for _, e := range to {
		// The internet can't use a rule for a private address of the firewall.
		if text, known := e.Text(); !known || maybePublic(text) {
			public = append(public, e)
		}
	}
	hop := &fact.Hop{
		Kind: "firewall", Resource: r, At: d.rule.At, Takes: read.Perhaps(), Why: "its public addresses are outside the configuration",
		Change: "Without a public address the firewall takes no connections from the internet.", Decides: read.Unmade("the public addresses", firewall),
	}
	switch {
	case len(public) == 0:
		hop.Takes, hop.Decides, hop.Why = read.None(), nil, "the rule is for none of its public addresses"
		return []*fact.Hop{hop}
	case r == nil:
		return []*fact.Hop{hop}
	}
	hop.At = r.Decl
	var addresses []publicAddress
	for _, b := range r.OwnBlocks("ip_configuration") {
		if read.Given(b.OwnAttr("public_ip_address_id")) {
			addresses = append(addresses, n.addresses(r, b.Object, "public_ip_address_id")...)
		}
	}
	for _, a := range addresses {
		for _, v := range public {
			text, known := v.Text()
			targets, whole := n.t.Refer(v)
			same := whole && len(targets) == 1 && targets[0].Resource != nil && targets[0].Resource == a.hop.Resource
			if firewall.Certain && (same || known && text != "") {
				one := *a.hop
				one.Kind = "firewall"
				one.Why = "it has the address of " + a.hop.Resource.Addr.String()
				one.Resource, one.At = r, r.Decl
				return []*fact.Hop{&one}
			}
		}
	}
	hop.Why, hop.Decides = "it may have the address that the rule is for", read.OriginsOf(d.to)
	if !firewall.Certain {
		hop.Decides = append(hop.Decides, append(read.OriginsOf(r.Exists), read.OriginsOf(firewall.Value)...)...)
	}
	if len(addresses) == 0 {
		// Only the cloud knows the addresses of a firewall in a virtual hub.
		hop.Decides = append(hop.Decides, read.Outside("the public addresses of "+firewall.Name, graph.Value{At: r.Decl}))
	}
	return []*fact.Hop{hop}
}

// maybePublic reports whether a destination may be a public address.
func maybePublic(text string) bool {
	a, err := netip.ParseAddr(text)
	return err != nil || netset.PublicSpace().Contains(a)
}

// dnatHop returns the hop of a firewall's rule. The first rule that matches translates.
func (n *network) dnatHop(d *dnat) *fact.Hop {
	hop := &fact.Hop{
		Kind: "DNAT rule", Resource: d.rule.Resource, At: d.rule.At, Takes: read.All(),
		Change:  "Name the addresses that need it as the sources of the rule, or remove it.",
		Decides: read.OriginsOf(d.rule.Exists),
	}
	rules := []*fact.Ingress{d.rule}
	for _, o := range n.dnat {
		if o == d || o.rule.Scope.ScopeID != d.rule.Scope.ScopeID {
			continue
		}
		same, sure := n.sameDestination(o.to, d.to)
		if !same {
			continue
		}
		other := *o.rule
		other.Action, other.Certain = fact.Deny, other.Certain && sure
		rules = append(rules, &other)
	}
	hop.Guard = n.guards.Share(fact.Guard{By: fact.Rules{Scope: d.rule.Scope.ScopeID, Rules: rules}, Direction: fact.In})
	port, ok := d.port.Int()
	if ok && port > 0 && port <= 65535 {
		hop.To = port
		hop.Why = fmt.Sprintf("it translates to port %s of the machine", read.Told(fmt.Sprint(port), d.port))
		return hop
	}
	hop.To, hop.Takes, hop.Why = fact.AnyPort, read.Perhaps(), "it translates to an unknown port"
	hop.Decides = append(hop.Decides, read.OriginsOf(d.port)...)
	return hop
}

// sameDestination reports whether two rules may take, and whether they surely take, connections to a common address.
func (n *network) sameDestination(a, b graph.Value) (may, sure bool) {
	x, okX := n.destination(a)
	y, okY := n.destination(b)
	if okX && okY {
		return x == y, x == y
	}
	return true, false
}

// destination returns the name of the only address that a rule is for.
func (n *network) destination(v graph.Value) (string, bool) {
	elements := read.Parts(v)
	if len(elements) != 1 {
		return "", false
	}
	if text, known := elements[0].Text(); known {
		return text, text != "*"
	}
	targets, whole := n.t.Refer(elements[0])
	if whole && len(targets) == 1 && targets[0].Resource != nil && targets[0].Resource.Certain {
		return targets[0].Resource.Addr.String(), true
	}
	return "", false
}

// addressed reports whether an address that something hands connections on to may be, and whether it surely is, an interface's,
// and what decides that. From is what hands on; nil if that lies outside.
func (n *network) addressed(v graph.Value, i *ipConfiguration, from *graph.Resource) (may, sure bool, by []graph.Origin) {
	if may, sure = n.hasAddress(v, i); !may {
		return false, false, nil
	}
	here, there := n.networkAround(from), n.networkOf(i.subnet)
	if _, known := v.Text(); !known || from == nil || here != nil && here == there {
		return may, sure, read.OriginsOf(v)
	}
	if here == nil || there == nil {
		return may, false, []graph.Origin{read.Outside(fmt.Sprintf("whether %s and %s are in one network", from.Addr, i.of.Addr), v)}
	}
	// Networks may have the same private addresses, and the nearest one's are meant: its own, before those of its peers.
	own, whole := texts(here.OwnAttr("address_space"))
	if address, _ := texts(v); whole && own.Overlaps(address) {
		return false, false, nil
	}
	for _, hop := range []*fact.Hop{n.peering(here, there), n.peering(there, here)} {
		if hop.Takes.Must.Empty() {
			what := fmt.Sprintf("whether %s and %s are connected", here.Addr, there.Addr)
			return true, false, []graph.Origin{read.Outside(what, v)}
		}
	}
	return may, sure, read.OriginsOf(v)
}

// networkAround returns the virtual network that a resource is in, or is; nil if that isn't known.
func (n *network) networkAround(r *graph.Resource) *graph.Resource {
	if r == nil || r.Addr.Type == "azurerm_virtual_network" {
		return r
	}
	subnets := n.t.From(r.Addr.String(), graph.InSubnet)
	if len(subnets) != 1 {
		return nil
	}
	return n.networkOf(*subnets[0].To)
}

// hasAddress reports whether an interface may have, and whether it surely has, an address.
func (n *network) hasAddress(v graph.Value, i *ipConfiguration) (may, sure bool) {
	if text, known := v.Text(); known {
		a, err := netip.ParseAddr(text)
		switch {
		case err != nil, !slices.ContainsFunc(i.families(), func(f read.Family) bool { return f.All().Contains(a) }):
			return false, false
		case !i.fixed.Empty():
			return i.fixed.Contains(a), i.fixed.Contains(a) && !i.scaled
		}
		return i.member.Within.Contains(a), false
	}
	if !read.Given(v) {
		return false, false
	}
	targets, whole := n.t.Refer(v)
	if !whole || len(targets) == 0 {
		return true, false
	}
	for _, t := range targets {
		switch {
		case t.Resource == nil:
		case t.Resource == i.of || n.has(t.Resource, i.of):
			// Nothing tells which of several addresses is meant.
			return true, len(targets) == 1 && t.Resource.Certain && len(i.of.OwnBlocks("ip_configuration")) == 1 && !i.scaled
		case t.Resource.Addr.Type == "azurerm_lb":
			return true, false
		}
	}
	return false, false
}

// has reports whether a machine has an interface.
func (n *network) has(machine, nic *graph.Resource) bool {
	return slices.ContainsFunc(n.t.To(machine.Addr.String(), graph.AttachedTo), func(e *graph.Edge) bool { return e.From.Resource == nic })
}
