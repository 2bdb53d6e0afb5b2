package adapter

import (
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// azureCollection is a kind of rule collection of Azure Firewall. DNAT rules come before all network rules and admit
// what they match without any of those. What no rule matches is denied. Application rules are for outbound traffic, so
// they aren't read. All rules of a collection do the same, so their order in it doesn't matter.
// Source: https://learn.microsoft.com/azure/firewall/rule-processing
type azureCollection struct {
	dnat bool
	// ranked says that DNAT rules keep their priorities among themselves.
	ranked bool
}

// What goes before the network rules of a firewall or policy, whose priorities are from 100.
const (
	dnatFirst = iota
	baseFirst
)

func azureFirewallScope(kind string) fact.Scope {
	return fact.Scope{Kind: kind, Role: fact.Firewall, Order: fact.FirstMatch}
}

// azureFirewallNATRuleCollection reads azurerm_firewall_nat_rule_collection.
func azureFirewallNATRuleCollection() Adapter {
	return azureCollection{dnat: true}.adapter("azurerm_firewall_nat_rule_collection")
}

// azureFirewallNetworkRuleCollection reads azurerm_firewall_network_rule_collection.
func azureFirewallNetworkRuleCollection() Adapter {
	return azureCollection{}.adapter("azurerm_firewall_network_rule_collection")
}

// adapter reads a resource type that is one collection of the firewall that it names.
func (c azureCollection) adapter(typ string) Adapter {
	return Adapter{
		Types: []string{typ},
		Reads: []string{"azurerm_firewall", "azurerm_ip_group", "azurerm_ip_group_cidr"},
		Ingress: func(g *graph.Graph, r *graph.Resource) []*fact.Ingress {
			scope := scopeNamed(g, r, "azure_firewall_name", azureNaming("azurerm_firewall"), azureFirewallScope("firewall"))
			return c.read(g, r, scope, blockOf(r), fact.Span{})
		},
	}
}

// azureFirewallPolicyRuleCollectionGroup reads azurerm_firewall_policy_rule_collection_group. The rules of a base policy
// go before those of the policies that inherit from it, so what it denies is denied there, too.
func azureFirewallPolicyRuleCollectionGroup() Adapter {
	return Adapter{
		Types: []string{"azurerm_firewall_policy_rule_collection_group"},
		Reads: []string{"azurerm_firewall_policy", "azurerm_ip_group", "azurerm_ip_group_cidr"},
		Ingress: func(g *graph.Graph, r *graph.Resource) []*fact.Ingress {
			scope := scopeOf(g, r, "firewall_policy_id", azureFirewallScope("firewall policy"))
			group := span(r.Attr("priority"), 100, 65000)
			var rules []*fact.Ingress
			for _, c := range nested(blockOf(r), "nat_rule_collection") {
				rules = append(rules, azureCollection{dnat: true}.read(g, r, scope, c, group)...)
			}
			for _, c := range nested(blockOf(r), "network_rule_collection") {
				rules = append(rules, azureCollection{}.read(g, r, scope, c, group)...)
			}
			return append(rules, inherited(g, rules, scope)...)
		},
	}
}

// inherited returns what the rules of a policy deny once more for each policy that has it as its base.
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
					deny.Scope, deny.Action, deny.Priority = own(heir, scope), fact.Deny, fact.Span{Lo: baseFirst, Hi: baseFirst}
					out = append(out, &deny)
				}
			}
		}
		heirs = next
	}
	return out
}

// read returns the rules of a collection in a group of the given priority.
func (c azureCollection) read(
	g *graph.Graph, r *graph.Resource, scope fact.Scope, collection graph.Block, group fact.Span,
) []*fact.Ingress {
	priority := span(collection.Attr("priority"), 100, 65000)
	priority.Lo += group.Lo * 100_000
	priority.Hi += group.Hi * 100_000
	by := collection.Attr("priority")
	if group.Lo != group.Hi {
		by = r.Attr("priority")
	}
	var rules []*fact.Ingress
	for _, b := range nested(collection, "rule") {
		rule := &fact.Ingress{
			Resource: r, Scope: scope, At: b.At, Action: fact.Allow, Priority: priority, PriorityBy: by,
			Protocol: protocolTexts(b.Object, "protocols"),
			Ports:    portTexts(b.Object, netset.Bounds[netset.Ports]{May: netset.AllPorts()}, "destination_ports"),
		}
		rule.Certain, rule.Exists = exists(r, b)
		if c.dnat {
			if !c.ranked {
				rule.Priority = fact.Span{Lo: dnatFirst, Hi: dnatFirst}
			}
			if !accept(rule, collection.Object, words{attr: "action", yes: []string{"dnat"}, no: []string{"snat"}, absent: unclear}) {
				return nil
			}
		} else {
			act(rule, collection.Attr("action"), actions{"allow": fact.Allow, "deny": fact.Deny})
		}
		rule.Sources = append(azureSources(b.Attr("source_addresses"), "source_addresses", rule.Action),
			azureIPGroups(g, b.Attr("source_ip_groups"), "source_ip_groups")...)
		if !c.dnat {
			var groups netset.Bounds[netset.Prefixes]
			for _, t := range azureIPGroups(g, b.Attr("destination_ip_groups"), "destination_ip_groups") {
				groups = netset.UnionBounds(groups, t.Set)
			}
			azureDestinations(rule, groups, b.Attr("destination_addresses"), b.Attr("destination_fqdns"))
		}
		rules = append(rules, rule)
	}
	return rules
}

// azureIPGroups reads an attribute that names IP groups: the addresses of azurerm_ip_group, and of azurerm_ip_group_cidr
// that add to it.
func azureIPGroups(g *graph.Graph, v graph.Value, attr string) []fact.Term[netset.Prefixes] {
	var out []fact.Term[netset.Prefixes]
	for _, e := range parts(v) {
		targets, whole := g.Refer(e)
		if !whole || len(targets) != 1 || targets[0].Resource == nil || targets[0].Resource.Addr.Type != "azurerm_ip_group" {
			if text, known := e.Text(); known {
				e = e.Called("IP group " + text)
			}
			out = append(out, someone(e, attr))
			continue
		}
		group := targets[0].Resource
		out = append(out, azureSources(group.Attr("cidrs"), attr, fact.Allow)...)
		for _, entry := range g.Referrers(group, "azurerm_ip_group_cidr", "ip_group_id") {
			out = append(out, azureSources(entry.Attr("cidr"), attr, fact.Allow)...)
		}
	}
	return out
}
