package azure

import (
	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// networkManagerAdminRule reads azurerm_network_manager_admin_rule. The rules of a configuration come before the network
// security groups of the networks that their collections are for: AlwaysAllow admits traffic whatever these say, and Allow
// leaves the traffic to them. A condition that isn't set matches all traffic. Source:
// https://learn.microsoft.com/azure/virtual-network-manager/concept-security-admins
func networkManagerAdminRule() read.Adapter {
	const collections = "azurerm_network_manager_admin_rule_collection"
	return read.Adapter{
		Types: []string{"azurerm_network_manager_admin_rule"},
		Reads: []string{
			collections, "azurerm_network_manager_security_admin_configuration", "azurerm_network_manager_network_group",
		},
		Ingress: func(g *graph.Graph, r *graph.Resource) []*fact.Ingress {
			scope := fact.Scope{ScopeID: fact.ScopeID{Kind: "security admin configuration"}, Role: fact.Firewall, Order: fact.FirstMatch}
			var targets fact.Targets
			in, whole := g.Refer(r.Attr("admin_rule_collection_id"))
			if whole && len(in) == 1 && in[0].Resource != nil && in[0].Resource.Addr.Type == collections {
				collection := in[0].Resource
				scope = read.ScopeOf(g, collection, "security_admin_configuration_id", scope)
				read.Members(&targets, g, collection.Attr("network_group_ids"), "network group", "azurerm_network_manager_network_group")
			} else {
				scope = read.ScopeOf(g, r, "admin_rule_collection_id", scope)
			}
			return adminRule(r, scope, targets)
		},
	}
}

func adminRule(r *graph.Resource, scope fact.Scope, targets fact.Targets) []*fact.Ingress {
	everyPort := netset.Exactly(netset.AllPorts())
	rule := &fact.Ingress{
		Resource: r, Scope: scope, At: r.Decl, Certain: r.Certain, Exists: r.Exists, Targets: targets,
		Priority: read.Span(r.Attr("priority"), 1, 4096), PriorityBy: r.Attr("priority"),
		Protocol: read.Term(r.Object, "protocol", read.Protocol),
		Ports:    read.PortTexts(r.Object, everyPort, "destination_port_ranges"),
	}
	if !read.Accept(rule, r.Object, read.Words{Attr: "direction", Yes: []string{"inbound"}, No: []string{"outbound"}, Absent: read.Unclear}) {
		return nil
	}
	read.Act(rule, r.Object, "action", read.Actions{"alwaysallow": fact.Allow, "allow": fact.Delegate, "deny": fact.Deny})
	if !read.Denies(rule, read.PortTexts(r.Object, everyPort, "source_port_ranges")) {
		return nil
	}
	for _, b := range r.Blocks("source") {
		for _, t := range sources(b.Attr("address_prefix"), "address_prefix", rule.Action) {
			if !b.Certain {
				t.Set.Must, t.Values = netset.Prefixes{}, []graph.Value{b.Exists}
			}
			rule.Sources = append(rule.Sources, t)
		}
	}
	if len(r.Blocks("source")) == 0 {
		rule.Sources = []fact.Term[netset.Prefixes]{read.Constant(netset.AllAddresses())}
	}
	var destinations []graph.Value
	for _, b := range r.Blocks("destination") {
		destinations = append(destinations, b.Attr("address_prefix"))
	}
	narrowTo(rule, netset.Bounds[netset.Prefixes]{}, destinations...)
	return []*fact.Ingress{rule}
}
