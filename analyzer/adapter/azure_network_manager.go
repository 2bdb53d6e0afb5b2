package adapter

import (
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// azureNetworkManagerAdminRule reads azurerm_network_manager_admin_rule. The rules of one configuration go before the
// network security groups of the networks that their collections are for: AlwaysAllow admits whatever those say, Allow
// leaves the traffic to them. A condition that isn't set holds for all traffic.
// Source: https://learn.microsoft.com/azure/virtual-network-manager/concept-security-admins
func azureNetworkManagerAdminRule() Adapter {
	const collections = "azurerm_network_manager_admin_rule_collection"
	return Adapter{
		Types: []string{"azurerm_network_manager_admin_rule"},
		Reads: []string{
			collections, "azurerm_network_manager_security_admin_configuration", "azurerm_network_manager_network_group",
		},
		Ingress: func(g *graph.Graph, r *graph.Resource) []*fact.Ingress {
			scope := fact.Scope{Kind: "security admin configuration", Role: fact.Firewall, Order: fact.FirstMatch}
			var targets fact.Targets
			in, whole := g.Refer(r.Attr("admin_rule_collection_id"))
			if whole && len(in) == 1 && in[0].Resource != nil && in[0].Resource.Addr.Type == collections {
				collection := in[0].Resource
				scope = scopeOf(g, collection, "security_admin_configuration_id", scope)
				members(&targets, g, collection.Attr("network_group_ids"), "network group", "azurerm_network_manager_network_group")
			} else {
				scope = scopeOf(g, r, "admin_rule_collection_id", scope)
			}
			return azureAdminRule(r, scope, targets)
		},
	}
}

func azureAdminRule(r *graph.Resource, scope fact.Scope, targets fact.Targets) []*fact.Ingress {
	everyPort := netset.Exactly(netset.AllPorts())
	rule := &fact.Ingress{
		Resource: r, Scope: scope, At: r.Decl, Certain: r.Certain, Exists: r.Exists, Targets: targets,
		Priority: span(r.Attr("priority"), 1, 4096), PriorityBy: r.Attr("priority"),
		Protocol: term(r.Object, "protocol", protocol),
		Ports:    portTexts(r.Object, everyPort, "destination_port_ranges"),
	}
	if !accept(rule, r.Object, words{attr: "direction", yes: []string{"inbound"}, no: []string{"outbound"}, absent: unclear}) {
		return nil
	}
	act(rule, r.Attr("action"), actions{"alwaysallow": fact.Allow, "allow": fact.Delegate, "deny": fact.Deny})
	if !denies(rule, portTexts(r.Object, everyPort, "source_port_ranges")) {
		return nil
	}
	for _, b := range r.Blocks("source") {
		for _, t := range azureSources(b.Attr("address_prefix"), "address_prefix", rule.Action) {
			if !b.Certain {
				t.Set.Must, t.Values = netset.Prefixes{}, []graph.Value{b.Exists}
			}
			rule.Sources = append(rule.Sources, t)
		}
	}
	if len(r.Blocks("source")) == 0 {
		rule.Sources = []fact.Term[netset.Prefixes]{constant(netset.AllAddresses())}
	}
	var destinations []graph.Value
	for _, b := range r.Blocks("destination") {
		destinations = append(destinations, b.Attr("address_prefix"))
	}
	azureDestinations(rule, netset.Bounds[netset.Prefixes]{}, destinations...)
	return []*fact.Ingress{rule}
}
