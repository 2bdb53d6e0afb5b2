package adapter

import (
	"strings"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
)

// azapiRule is the spelling of Azure's own API.
func azapiRule() azureRule {
	return azureRule{
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
func azapiResource() Adapter {
	return Adapter{
		Types: []string{"azapi_resource"},
		Reads: []string{"azurerm_network_security_group", "azurerm_application_security_group"},
		Ingress: func(g *graph.Graph, r *graph.Resource) []*fact.Ingress {
			text, _ := r.Attr("type").Text()
			typ, _, _ := strings.Cut(strings.ToLower(text), "@")
			var rules []*fact.Ingress
			for _, body := range azapiBody(r) {
				for _, properties := range nested(body, "properties") {
					switch typ {
					case "microsoft.network/networksecuritygroups":
						for _, b := range nested(properties, "securityRules") {
							for _, inner := range nested(b, "properties") {
								inner.At = b.At
								rules = append(rules, azapiRule().read(g, r, own(r, networkSecurityGroup()), inner)...)
							}
						}
					case "microsoft.network/networksecuritygroups/securityrules":
						properties.At = r.Decl
						scope := scopeOf(g, r, "parent_id", networkSecurityGroup())
						rules = append(rules, azapiRule().read(g, r, scope, properties)...)
					}
				}
			}
			return rules
		},
	}
}

// azapiBody returns the body of a resource: an object, or JSON text of one as versions before 2 of the provider have it.
func azapiBody(r *graph.Resource) []graph.Block {
	v := r.Attr("body")
	text, ok := v.Text()
	if !ok {
		return nested(blockOf(r), "body")
	}
	b := blockOf(r)
	var body cty.Value
	ty, err := ctyjson.ImpliedType([]byte(text))
	if err == nil {
		body, err = ctyjson.Unmarshal([]byte(text), ty)
	}
	if err != nil {
		return nil // it is no JSON, so Azure refuses it
	}
	b.Object = graph.NewValue(body, v.At).Object()
	return []graph.Block{b}
}
