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
	// to are the addresses that it takes connections to, translated that of the machine, and port its port.
	to, translated, port graph.Value
	// firewalls are those that have the rule: each may be one that isn't in the configuration.
	firewalls []graph.End
}

// findDNAT finds the rules by which firewalls hand connections on. A policy doesn't inherit those of its base.
// Source: https://learn.microsoft.com/azure/firewall-manager/policy-overview
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
				from := e.From
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

// translated returns the ways to an interface by firewalls that translate their address to its own. They put an address
// of their own in place of the client's.
// Source: https://learn.microsoft.com/azure/architecture/example-scenario/gateway/firewall-application-gateway
func (n *network) translated(i *ipConfiguration) []fact.Way {
	var out []fact.Way
	for _, d := range n.dnat {
		may, sure := n.addressed(d.translated, i)
		if !may {
			continue
		}
		for _, firewall := range d.firewalls {
			for _, public := range n.firewalled(d, firewall) {
				hop := n.dnatHop(d)
				if !sure {
					hop = doubted(hop, hop.Why+", perhaps this machine's", read.OriginsOf(d.translated)...)
				}
				hops := append(slices.Clip(i.before), public, hop)
				out = append(out, fact.Way{Family: read.IPv4.All(), Hops: append(hops, n.masked(i, firewall)...)})
			}
		}
	}
	return out
}

// firewalled returns the hop of the public address of a firewall that a rule is for.
func (n *network) firewalled(d *dnat, firewall graph.End) []*fact.Hop {
	r := firewall.Resource
	to := read.Parts(d.to)
	var public []graph.Value
	for _, e := range to {
		// What is for a private address of the firewall isn't for the internet.
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
		// That of a virtual hub has addresses that only the cloud knows.
		hop.Decides = append(hop.Decides, read.Outside("the public addresses of "+firewall.Name, graph.Value{At: r.Decl}))
	}
	return []*fact.Hop{hop}
}

// maybePublic says whether a destination may be a public address.
func maybePublic(text string) bool {
	a, err := netip.ParseAddr(text)
	return err != nil || netset.PublicSpace().Contains(a)
}

// dnatHop is the hop of a rule of a firewall, of which the first that matches translates.
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
		hop.Why = fmt.Sprintf("it translates to port %d of the machine", port)
		return hop
	}
	hop.To, hop.Takes, hop.Why = fact.AnyPort, read.Perhaps(), "it translates to an unknown port"
	hop.Decides = append(hop.Decides, read.OriginsOf(d.port)...)
	return hop
}

// sameDestination says whether rules may, and whether they surely do, take connections to one same address.
func (n *network) sameDestination(a, b graph.Value) (may, sure bool) {
	x, okX := n.destination(a)
	y, okY := n.destination(b)
	if okX && okY {
		return x == y, x == y
	}
	return true, false
}

// destination names the only address that a rule is for.
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

// addressed says whether an address that something hands connections on to may be, and whether it surely is, that of an
// interface.
func (n *network) addressed(v graph.Value, i *ipConfiguration) (may, sure bool) {
	if text, known := v.Text(); known {
		a, err := netip.ParseAddr(text)
		switch {
		case err != nil:
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
			// Which of several addresses is meant isn't told.
			return true, len(targets) == 1 && t.Resource.Certain && len(i.of.OwnBlocks("ip_configuration")) == 1 && !i.scaled
		case t.Resource.Addr.Type == "azurerm_lb":
			return true, false
		}
	}
	return false, false
}

// has says whether an interface is one of a machine's.
func (n *network) has(machine, nic *graph.Resource) bool {
	return slices.ContainsFunc(n.t.To(machine.Addr.String(), graph.AttachedTo), func(e *graph.Edge) bool { return e.From.Resource == nic })
}
