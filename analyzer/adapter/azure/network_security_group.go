package azure

import (
	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// NetworkSecurityGroup is the scope of an Azure network security group. Its default rules admit the virtual network and
// health probes only, and the last of them denies the rest, so they need no facts.
// Source: https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview
func NetworkSecurityGroup() fact.Scope {
	return fact.Scope{ScopeID: fact.ScopeID{Kind: "network security group"}, Role: fact.Firewall, Order: fact.FirstMatch}
}

// Rule is how a security rule is spelled in resources of a type.
type Rule struct {
	direction, access, priority, protocol     string
	ports, sourcePorts, sources, destinations []string
	// groups is the attribute with the application security groups that are the destination, and groupID the attribute
	// of each that names it; empty if the elements are the names themselves.
	groups, groupID string
}

// AzurermRule is the spelling of the azurerm provider, of which versions up to 2 took words in any case.
func AzurermRule() Rule {
	return Rule{
		direction: "direction", access: "access", priority: "priority", protocol: "protocol",
		ports:        []string{"destination_port_range", "destination_port_ranges"},
		sourcePorts:  []string{"source_port_range", "source_port_ranges"},
		sources:      []string{"source_address_prefix", "source_address_prefixes"},
		destinations: []string{"destination_address_prefix", "destination_address_prefixes"},
		groups:       "destination_application_security_group_ids",
	}
}

// inlineRules reads the security_rule blocks of azurerm_network_security_group. A new group without any
// has the default rules only.
func inlineRules() read.Adapter {
	return read.Adapter{
		Types: []string{"azurerm_network_security_group"},
		Reads: []string{"azurerm_application_security_group"},
		Ingress: func(g *graph.Graph, r *graph.Resource) []*fact.Ingress {
			scope := read.Own(r, NetworkSecurityGroup())
			var rules []*fact.Ingress
			for _, b := range r.OwnBlocks("security_rule") {
				rules = append(rules, AzurermRule().Read(g, r, scope, b)...)
			}
			return rules
		},
	}
}

// networkSecurityRule reads azurerm_network_security_rule, which names its group and that one's resource group.
func networkSecurityRule() read.Adapter {
	return read.Adapter{
		Types: []string{"azurerm_network_security_rule"},
		Reads: []string{"azurerm_network_security_group", "azurerm_application_security_group"},
		Ingress: func(g *graph.Graph, r *graph.Resource) []*fact.Ingress {
			scope := read.ScopeNamed(g, r, "network_security_group_name", naming("azurerm_network_security_group"), NetworkSecurityGroup())
			return AzurermRule().Read(g, r, scope, read.BlockOf(r))
		},
	}
}

func naming(typ string) read.Naming {
	return read.Naming{Types: []string{typ}, Within: []read.Qualifier{{Attr: "resource_group_name", Segment: "resourceGroups"}}}
}

// Read returns the rule in a block, or nothing if it is none for inbound traffic. Its sources may also be application
// security groups: those have members of the virtual network only, so they admit nobody from the internet.
func (n Rule) Read(g *graph.Graph, r *graph.Resource, scope fact.Scope, b graph.Block) []*fact.Ingress {
	rule := &fact.Ingress{
		Resource: r, Scope: scope, At: b.At, Listed: b.Listed, Action: fact.Allow,
		Priority: read.Span(b.Attr(n.priority), 100, 4096), PriorityBy: b.Attr(n.priority),
		Protocol: read.Term(b.Object, n.protocol, read.Protocol),
		Ports:    read.PortTexts(b.Object, netset.Bounds[netset.Ports]{May: netset.AllPorts()}, n.ports...),
	}
	rule.Certain, rule.Exists = read.Exists(r, b)
	direction := read.Words{Attr: n.direction, Yes: []string{"inbound"}, No: []string{"outbound"}, Absent: read.Unclear}
	if !read.Accept(rule, b.Object, direction) {
		return nil
	}
	read.Act(rule, b.Attr(n.access), read.Actions{"allow": fact.Allow, "deny": fact.Deny})
	if !read.Denies(rule, read.PortTexts(b.Object, netset.Exactly(netset.AllPorts()), n.sourcePorts...)) {
		return nil
	}
	for _, attr := range n.sources {
		rule.Sources = append(rule.Sources, sources(b.Attr(attr), attr, rule.Action)...)
	}
	var destinations []graph.Value
	for _, attr := range n.destinations {
		destinations = append(destinations, b.Attr(attr))
	}
	narrowTo(rule, netset.Bounds[netset.Prefixes]{}, destinations...)
	groups := []graph.Value{b.Attr(n.groups)}
	if n.groupID != "" {
		groups = nil
		for _, group := range b.Blocks(n.groups) {
			groups = append(groups, group.Attr(n.groupID))
		}
	}
	for _, v := range groups {
		read.Members(&rule.Targets, g, v, "application security group", "azurerm_application_security_group")
	}
	return []*fact.Ingress{rule}
}
