package azure

import (
	"strings"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
)

// azapiRule is the spelling of Azure's own API.
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
			text, _ := r.Attr("type").Text()
			typ, _, _ := strings.Cut(strings.ToLower(text), "@")
			var rules []*fact.Ingress
			for _, body := range azapiBody(r) {
				for _, properties := range read.Nested(body, "properties") {
					switch typ {
					case "microsoft.network/networksecuritygroups":
						for _, b := range read.Nested(properties, "securityRules") {
							for _, inner := range read.Nested(b, "properties") {
								inner.At = b.At
								rules = append(rules, azapiRule().Read(g, r, read.Own(r, NetworkSecurityGroup()), inner)...)
							}
						}
					case "microsoft.network/networksecuritygroups/securityrules":
						properties.At = r.Decl
						scope := read.ScopeOf(g, r, "parent_id", NetworkSecurityGroup())
						rules = append(rules, azapiRule().Read(g, r, scope, properties)...)
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
		return read.Nested(read.BlockOf(r), "body")
	}
	b := read.BlockOf(r)
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
