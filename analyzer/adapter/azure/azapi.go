package azure

import (
	"strings"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
)

// azapiRule returns the spelling of Azure's own API.
func azapiRule() Rule {
	return Rule{
		direction: "direction", access: "access", priority: "priority", protocol: "protocol",
		ports:        []string{"destinationPortRange", "destinationPortRanges"},
		sourcePorts:  []string{"sourcePortRange", "sourcePortRanges"},
		sources:      []string{"sourceAddressPrefix", "sourceAddressPrefixes"},
		destinations: []string{"destinationAddressPrefix", "destinationAddressPrefixes"},
		groups:       "destinationApplicationSecurityGroups", groupID: "id",
	}
}

// azapiResource reads network security groups, and single rules of them, that azapi_resource declares as Azure's API
// has them. A body that isn't known may hold any rules.
// Source: https://learn.microsoft.com/azure/templates/microsoft.network/networksecuritygroups
func azapiResource() read.Adapter {
	return read.Adapter{
		Types: []string{"azapi_resource"},
		Reads: []string{"azurerm_network_security_group", "azurerm_application_security_group"},
		Ingress: func(g *graph.Graph, r *graph.Resource) []*fact.Ingress {
			kind := r.Attr("type")
			text, known := kind.Text()
			typ, _, _ := strings.Cut(strings.ToLower(text), "@")
			is := func(name string) bool { return typ == name || !known && read.Given(kind) }
			var rules []*fact.Ingress
			for _, body := range read.Body(r) {
				for _, properties := range read.Nested(body, "properties") {
					if is("microsoft.network/networksecuritygroups") {
						for _, b := range read.Nested(properties, "securityRules") {
							for _, inner := range read.Nested(b, "properties") {
								inner.At = b.At
								rules = append(rules, azapiRule().Read(g, r, read.Own(r, NetworkSecurityGroup()), inner)...)
							}
						}
					}
					if is("microsoft.network/networksecuritygroups/securityrules") && (known || read.Given(properties.Attr("direction"))) {
						properties.At = r.Decl
						scope := read.ScopeOf(g, r, "parent_id", NetworkSecurityGroup())
						rules = append(rules, azapiRule().Read(g, r, scope, properties)...)
					}
				}
			}
			if !known {
				for _, rule := range rules {
					read.Doubt(rule, kind)
				}
			}
			return rules
		},
	}
}
