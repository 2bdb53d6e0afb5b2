package adapter

import (
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// networkSecurityGroup is the scope of an Azure network security group. Its default rules admit the virtual network and
// health probes only, and the last of them denies the rest, so they need no facts.
// Source: https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview
func networkSecurityGroup() fact.Scope {
	return fact.Scope{Kind: "network security group", Role: fact.Firewall, Order: fact.FirstMatch}
}

// azureRule is how a security rule is spelled.
type azureRule struct {
	direction, access, priority, protocol     string
	ports, sourcePorts, sources, destinations []string
	// groups is the attribute with the application security groups that are the destination, and groupID the attribute
	// of each that names it; empty if the elements are the names themselves.
	groups, groupID string
}

// azurermRule is the spelling of the azurerm provider, of which versions up to 2 took words in any case.
func azurermRule() azureRule {
	return azureRule{
		direction: "direction", access: "access", priority: "priority", protocol: "protocol",
		ports:        []string{"destination_port_range", "destination_port_ranges"},
		sourcePorts:  []string{"source_port_range", "source_port_ranges"},
		sources:      []string{"source_address_prefix", "source_address_prefixes"},
		destinations: []string{"destination_address_prefix", "destination_address_prefixes"},
		groups:       "destination_application_security_group_ids",
	}
}

// azureInlineRules reads the security_rule blocks of azurerm_network_security_group. A new group without any
// has the default rules only.
func azureInlineRules() Adapter {
	return Adapter{
		Types: []string{"azurerm_network_security_group"},
		Reads: []string{"azurerm_application_security_group"},
		Ingress: func(g *graph.Graph, r *graph.Resource) []*fact.Ingress {
			scope := own(r, networkSecurityGroup())
			var rules []*fact.Ingress
			for _, b := range r.OwnBlocks("security_rule") {
				rules = append(rules, azurermRule().read(g, r, scope, b)...)
			}
			return rules
		},
	}
}

// azureNetworkSecurityRule reads azurerm_network_security_rule, which names its group and that one's resource group.
func azureNetworkSecurityRule() Adapter {
	return Adapter{
		Types: []string{"azurerm_network_security_rule"},
		Reads: []string{"azurerm_network_security_group", "azurerm_application_security_group"},
		Ingress: func(g *graph.Graph, r *graph.Resource) []*fact.Ingress {
			scope := scopeNamed(g, r, "network_security_group_name", azureNaming("azurerm_network_security_group"), networkSecurityGroup())
			return azurermRule().read(g, r, scope, blockOf(r))
		},
	}
}

func azureNaming(typ string) naming {
	return naming{types: []string{typ}, within: []qualifier{{"resource_group_name", "resourceGroups"}}}
}

// read returns the rule in a block, or nothing if it is none for inbound traffic. Its sources may also be application
// security groups: those have members of the virtual network only, so they admit nobody from the internet.
func (n azureRule) read(g *graph.Graph, r *graph.Resource, scope fact.Scope, b graph.Block) []*fact.Ingress {
	rule := &fact.Ingress{
		Resource: r, Scope: scope, At: b.At, Listed: b.Listed, Action: fact.Allow,
		Priority: span(b.Attr(n.priority), 100, 4096), PriorityBy: b.Attr(n.priority),
		Protocol: term(b.Object, n.protocol, protocol),
		Ports:    portTexts(b.Object, netset.Bounds[netset.Ports]{May: netset.AllPorts()}, n.ports...),
	}
	rule.Certain, rule.Exists = exists(r, b)
	direction := words{attr: n.direction, yes: []string{"inbound"}, no: []string{"outbound"}, absent: unclear}
	if !accept(rule, b.Object, direction) {
		return nil
	}
	act(rule, b.Attr(n.access), actions{"allow": fact.Allow, "deny": fact.Deny})
	if !denies(rule, portTexts(b.Object, netset.Exactly(netset.AllPorts()), n.sourcePorts...)) {
		return nil
	}
	for _, attr := range n.sources {
		rule.Sources = append(rule.Sources, azureSources(b.Attr(attr), attr, rule.Action)...)
	}
	var destinations []graph.Value
	for _, attr := range n.destinations {
		destinations = append(destinations, b.Attr(attr))
	}
	azureDestinations(rule, netset.Bounds[netset.Prefixes]{}, destinations...)
	groups := []graph.Value{b.Attr(n.groups)}
	if n.groupID != "" {
		groups = nil
		for _, group := range b.Blocks(n.groups) {
			groups = append(groups, group.Attr(n.groupID))
		}
	}
	for _, v := range groups {
		members(&rule.Targets, g, v, "application security group", "azurerm_application_security_group")
	}
	return []*fact.Ingress{rule}
}
