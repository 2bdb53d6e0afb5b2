package azure

import (
	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// collectionKind is a kind of rule collection of Azure Firewall. DNAT rules come before all network rules and admit by
// themselves what they match. What no rule matches is denied. Application rules are for outbound traffic and aren't read. All
// rules of a collection do the same, so their order in it doesn't matter. Source:
// https://learn.microsoft.com/azure/firewall/rule-processing
type collectionKind struct {
	dnat bool
	// ranked is true if DNAT rules keep their priorities among themselves.
	ranked bool
}

// Priorities before those of a firewall's or policy's network rules, which begin at 100.
const (
	dnatFirst = iota
	baseFirst
)

func firewallScope(kind string) fact.Scope {
	return fact.Scope{ScopeID: fact.ScopeID{Kind: kind}, Role: fact.Firewall, Order: fact.FirstMatch}
}

// firewallNATRuleCollection reads azurerm_firewall_nat_rule_collection.
func firewallNATRuleCollection() read.Adapter {
	return collectionKind{dnat: true}.adapter("azurerm_firewall_nat_rule_collection")
}

// firewallNetworkRuleCollection reads azurerm_firewall_network_rule_collection.
func firewallNetworkRuleCollection() read.Adapter {
	return collectionKind{}.adapter("azurerm_firewall_network_rule_collection")
}

// adapter reads a resource type that is one collection of the firewall that it names.
func (c collectionKind) adapter(typ string) read.Adapter {
	return read.Adapter{
		Types: []string{typ},
		Reads: []string{"azurerm_firewall", "azurerm_ip_group", "azurerm_ip_group_cidr"},
		Ingress: func(g *graph.Graph, r *graph.Resource) []*fact.Ingress {
			scope := read.ScopeNamed(g, r, "azure_firewall_name", naming("azurerm_firewall"), firewallScope("firewall"))
			return c.read(g, r, scope, read.BlockOf(r), fact.Span{})
		},
	}
}

// firewallPolicyRuleCollectionGroup reads azurerm_firewall_policy_rule_collection_group. The rules of a base policy
// go before those of the policies that inherit from it, so what it denies is denied there, too.
func firewallPolicyRuleCollectionGroup() read.Adapter {
	return read.Adapter{
		Types: []string{"azurerm_firewall_policy_rule_collection_group"},
		Reads: []string{"azurerm_firewall_policy", "azurerm_ip_group", "azurerm_ip_group_cidr"},
		Ingress: func(g *graph.Graph, r *graph.Resource) []*fact.Ingress {
			scope := read.ScopeOf(g, r, "firewall_policy_id", firewallScope("firewall policy"))
			group := read.Span(r.Attr("priority"), 100, 65000)
			var rules []*fact.Ingress
			for _, c := range read.Nested(read.BlockOf(r), "nat_rule_collection") {
				rules = append(rules, collectionKind{dnat: true}.read(g, r, scope, c, group)...)
			}
			for _, c := range read.Nested(read.BlockOf(r), "network_rule_collection") {
				rules = append(rules, collectionKind{}.read(g, r, scope, c, group)...)
			}
			return append(rules, inherited(g, rules, scope)...)
		},
	}
}

// inherited returns the deny rules of a policy once more for each policy that has it as its base.
func inherited(g *graph.Graph, rules []*fact.Ingress, scope fact.Scope) []*fact.Ingress {
	if scope.Resource == nil {
		return nil
	}
	var out []*fact.Ingress
	heirs := []*graph.Resource{scope.Resource}
	seen := map[*graph.Resource]bool{scope.Resource: true}
	for len(heirs) > 0 {
		var next []*graph.Resource
		for _, base := range heirs {
			for _, heir := range g.Referrers(base, "azurerm_firewall_policy", "base_policy_id") {
				if seen[heir] {
					continue
				}
				seen[heir] = true
				next = append(next, heir)
				for _, rule := range rules {
					if rule.Action == fact.Allow {
						continue
					}
					deny := *rule
					deny.Scope, deny.Action, deny.Priority = read.Own(heir, scope), fact.Deny, fact.Span{Lo: baseFirst, Hi: baseFirst}
					out = append(out, &deny)
				}
			}
		}
		heirs = next
	}
	return out
}

// read returns the rules of a collection in a group of the given priority.
func (c collectionKind) read(
	g *graph.Graph, r *graph.Resource, scope fact.Scope, collection graph.Block, group fact.Span,
) []*fact.Ingress {
	priority := read.Span(collection.Attr("priority"), 100, 65000)
	priority.Lo += group.Lo * 100_000
	priority.Hi += group.Hi * 100_000
	by := collection.Attr("priority")
	if group.Lo != group.Hi {
		by = r.Attr("priority")
	}
	var rules []*fact.Ingress
	for _, b := range read.Nested(collection, "rule") {
		rule := &fact.Ingress{
			Resource: r, Scope: scope, At: b.At, Action: fact.Allow, Priority: priority, PriorityBy: by,
			Protocol: read.ProtocolTexts(b.Object, "protocols"),
			Ports:    read.PortTexts(b.Object, netset.Bounds[netset.Ports]{May: netset.AllPorts()}, "destination_ports"),
		}
		rule.Certain, rule.Exists = read.Exists(r, b)
		if c.dnat {
			if !c.ranked {
				rule.Priority = fact.Span{Lo: dnatFirst, Hi: dnatFirst}
			}
			if !read.Accept(rule, collection.Object, read.Words{Attr: "action", Yes: []string{"dnat"}, No: []string{"snat"}, Absent: read.Unclear}) {
				return nil
			}
		} else {
			read.Act(rule, collection.Object, "action", read.Actions{"allow": fact.Allow, "deny": fact.Deny})
		}
		rule.Sources = append(sources(b.Attr("source_addresses"), "source_addresses", rule.Action),
			ipGroups(g, b.Attr("source_ip_groups"), "source_ip_groups")...)
		if !c.dnat {
			var groups netset.Bounds[netset.Prefixes]
			var by []graph.Value
			for _, t := range ipGroups(g, b.Attr("destination_ip_groups"), "destination_ip_groups") {
				groups, by = netset.UnionBounds(groups, t.Set), append(by, t.Values...)
			}
			narrowTo(rule, groups, b.Attr("destination_addresses"), b.Attr("destination_fqdns"))
			if len(rule.Targets.AddressesBy) > 0 {
				rule.Targets.AddressesBy = append(rule.Targets.AddressesBy, by...)
			}
		}
		rules = append(rules, rule)
	}
	return rules
}

// ipGroups reads an attribute that names IP groups: the addresses of azurerm_ip_group, and of azurerm_ip_group_cidr
// that add to it.
func ipGroups(g *graph.Graph, v graph.Value, attr string) []fact.Term[netset.Prefixes] {
	var out []fact.Term[netset.Prefixes]
	for _, e := range read.Parts(v) {
		targets, whole := g.Refer(e)
		if !whole || len(targets) != 1 || targets[0].Resource == nil || targets[0].Resource.Addr.Type != "azurerm_ip_group" {
			if text, known := e.Text(); known {
				e = e.Called("IP group " + text)
			}
			out = append(out, read.Someone(e, attr))
			continue
		}
		group := targets[0].Resource
		out = append(out, sources(group.Attr("cidrs"), attr, fact.Allow)...)
		for _, entry := range g.Referrers(group, "azurerm_ip_group_cidr", "ip_group_id") {
			out = append(out, sources(entry.Attr("cidr"), attr, fact.Allow)...)
		}
	}
	return out
}
