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
	action words
	// dnat collections translate addresses: their own order does not matter, as each admits.
	dnat bool
}

func azureDNAT() azureCollection {
	return azureCollection{
		action: words{attr: "action", yes: []string{"dnat"}, no: []string{"snat"}, absent: unclear}, dnat: true,
	}
}

func azureNetworkRules() azureCollection {
	return azureCollection{action: words{attr: "action", yes: []string{"allow"}, no: []string{"deny"}, absent: unclear}}
}

func azureFirewallScope(kind string) fact.Scope {
	return fact.Scope{Kind: kind, Role: fact.Firewall, Order: fact.FirstMatch}
}

// azureFirewallNATRuleCollection reads azurerm_firewall_nat_rule_collection.
func azureFirewallNATRuleCollection() Adapter {
	return azureDNAT().adapter("azurerm_firewall_nat_rule_collection")
}

// azureFirewallNetworkRuleCollection reads azurerm_firewall_network_rule_collection.
func azureFirewallNetworkRuleCollection() Adapter {
	return azureNetworkRules().adapter("azurerm_firewall_network_rule_collection")
}

// adapter reads a resource type that is one collection of the firewall that it names.
func (c azureCollection) adapter(typ string) Adapter {
	return Adapter{
		Types: []string{typ},
		Reads: []string{"azurerm_firewall", "azurerm_ip_group", "azurerm_ip_group_cidr"},
		Ingress: func(g *graph.Graph, r *graph.Resource) []*fact.Ingress {
			scope := scopeNamed(g, r, "azure_firewall_name", azureNaming("azurerm_firewall"), azureFirewallScope("firewall"))
			return c.read(g, r, scope, whole(r), fact.Span{})
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
			for _, c := range nested(whole(r), "nat_rule_collection") {
				rules = append(rules, azureDNAT().read(g, r, scope, c, group)...)
			}
			for _, c := range nested(whole(r), "network_rule_collection") {
				rules = append(rules, azureNetworkRules().read(g, r, scope, c, group)...)
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
					deny.Scope, deny.Action, deny.Priority = own(heir, scope), fact.Deny, fact.Span{Lo: first, Hi: first}
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
	var rules []*fact.Ingress
	for _, b := range nested(collection, "rule") {
		rule := &fact.Ingress{
			Resource: r, Scope: scope, At: b.At, Action: fact.Allow, Priority: priority,
			Protocol: protocolTexts(b.Object, "protocols"),
			Ports:    portTexts(b.Object, netset.Bounds[netset.Ports]{May: netset.AllPorts()}, "destination_ports"),
		}
		rule.Certain, rule.Exists = exists(r, b)
		if c.dnat {
			rule.Priority = fact.Span{Lo: first, Hi: first}
			if !accept(rule, collection.Object, c.action) {
				return nil
			}
		} else {
			act(rule, collection.Object, c.action)
			azureDestinations(rule, b.Attr("destination_addresses"), b.Attr("destination_fqdns"),
				ipGroups(b.Attr("destination_ip_groups")))
		}
		rule.Sources = []fact.Term[netset.Prefixes]{
			azureSources(b.Attr("source_addresses"), "source_addresses", rule.Action),
			azureIPGroups(g, b.Attr("source_ip_groups")),
		}
		rules = append(rules, rule)
	}
	return rules
}
