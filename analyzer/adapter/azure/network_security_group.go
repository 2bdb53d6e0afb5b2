package azure

import (
	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// NetworkSecurityGroup returns the scope of an Azure network security group. Its default rules admit only the virtual network
// and health probes and deny the rest, so they need no facts. Source:
// https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview
func NetworkSecurityGroup() fact.Scope {
	return fact.Scope{ScopeID: fact.ScopeID{Kind: "network security group"}, Role: fact.Firewall, Order: fact.FirstMatch}
}

// securityGroups is the kind of names of machines that rules know as groups.
const securityGroups = "application security group"

// Rule is how a security rule is spelled in resources of a type.
type Rule struct {
	direction, access, priority, protocol     string
	ports, sourcePorts, sources, destinations []string
	// groups is the attribute with the application security groups that are the destination. groupID is the attribute of each
	// that names it, or empty if the elements are the names themselves.
	groups, groupID string
	// sourceGroups is the attribute with the application security groups that are the source; empty if it isn't read.
	sourceGroups string
	// split is true if a text may have several ports, with commas between them.
	split bool
}

// Split returns the spelling of who splits texts at commas to make lists of ports, as modules do.
func (n Rule) Split() Rule {
	n.split = true
	return n
}

// outbound returns the spelling of rules for what goes out, as if it came in: the destinations are the sources.
func (n Rule) outbound() Rule {
	n.sources, n.destinations = n.destinations, n.sources
	n.groups, n.sourceGroups = n.sourceGroups, n.groups
	return n
}

// AzurermRule returns the spelling of the azurerm provider. Versions up to 2 accept words in upper or lower case.
func AzurermRule() Rule {
	return Rule{
		direction: "direction", access: "access", priority: "priority", protocol: "protocol",
		ports:        []string{"destination_port_range", "destination_port_ranges"},
		sourcePorts:  []string{"source_port_range", "source_port_ranges"},
		sources:      []string{"source_address_prefix", "source_address_prefixes"},
		destinations: []string{"destination_address_prefix", "destination_address_prefixes"},
		groups:       "destination_application_security_group_ids",
		sourceGroups: "source_application_security_group_ids",
	}
}

// inlineRules reads the security_rule blocks of azurerm_network_security_group. A new group without any has only the default
// rules.
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

// networkSecurityRule reads azurerm_network_security_rule, which names its group and the group's resource group.
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

// Read returns the rule in a block; nothing if it isn't for inbound traffic. Sources that are application security groups admit
// nobody from the internet, as their members are in the virtual network.
func (n Rule) Read(g *graph.Graph, r *graph.Resource, scope fact.Scope, b graph.Block) []*fact.Ingress {
	return n.directed(g, r, scope, b, "inbound", "outbound")
}

// directed returns the rule in a block if its direction is the one that is asked for, and not the other.
func (n Rule) directed(g *graph.Graph, r *graph.Resource, scope fact.Scope, b graph.Block, is, not string) []*fact.Ingress {
	rule := &fact.Ingress{
		Resource: r, Scope: scope, At: b.At, Listed: b.Listed, Action: fact.Allow,
		Priority: read.Span(b.Attr(n.priority), 100, 4096), PriorityBy: b.Attr(n.priority),
		Protocol: read.Term(b.Object, n.protocol, read.Protocol),
	}
	texts := read.PortTexts
	if n.split {
		texts = read.PortLists
	}
	rule.Ports = texts(b.Object, netset.Bounds[netset.Ports]{May: netset.AllPorts()}, n.ports...)
	rule.Certain, rule.Exists = read.Exists(r, b)
	direction := read.Words{Attr: n.direction, Yes: []string{is}, No: []string{not}, Absent: read.Unclear}
	if !read.Accept(rule, b.Object, direction) {
		return nil
	}
	read.Act(rule, b.Object, n.access, read.Actions{"allow": fact.Allow, "deny": fact.Deny})
	if !read.Denies(rule, texts(b.Object, netset.Exactly(netset.AllPorts()), n.sourcePorts...)) {
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
	if n.sourceGroups != "" {
		rule.Peers = peersOf(g, b.Attr(n.sourceGroups))
	}
	for _, v := range groups {
		read.Members(&rule.Targets, g, v, securityGroups, "azurerm_application_security_group")
	}
	return []*fact.Ingress{rule}
}

// peersOf returns the application security groups that an attribute names, as peers of a rule.
func peersOf(g *graph.Graph, v graph.Value) fact.Peers {
	var t fact.Targets
	var out fact.Peers
	if !read.Given(v) {
		return out
	}
	read.Members(&t, g, v, securityGroups, "azurerm_application_security_group")
	for _, name := range t.Names {
		out.Scopes = append(out.Scopes, fact.ScopeID{Kind: name.Kind, Name: name.Text})
	}
	out.Unknown, out.By = t.Unknown, t.By
	return out
}
