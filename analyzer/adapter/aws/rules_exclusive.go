package aws

import (
	"slices"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
)

const rulesExclusive = "aws_vpc_security_group_rules_exclusive"

// exclusive returns a rule that is a resource of its own, unless another resource governs the group: that removes all rules of
// a direction, ingress or egress, except those that it lists. Rules in the group's own block stay, since the group makes them
// again at each apply. Source: the provider's page aws_vpc_security_group_rules_exclusive.
func exclusive(g *graph.Graph, rule *fact.Ingress, direction string) []*fact.Ingress {
	for _, x := range governors(g, rule.Scope) {
		listed := x.Attr(direction + "_rule_ids")
		targets, whole := g.Refer(listed)
		id, _ := rule.Resource.Attr("security_group_rule_id").Text()
		lists := slices.ContainsFunc(targets, func(t graph.Target) bool {
			return t.Resource == rule.Resource || t.ID != "" && t.ID == id
		})
		switch {
		case lists:
		case !x.Certain:
			read.Doubt(rule, x.Exists)
		case !whole:
			read.Doubt(rule, listed)
		default:
			return nil
		}
	}
	return []*fact.Ingress{rule}
}

// governors returns the resources that list all rules of a group.
func governors(g *graph.Graph, group fact.Scope) []*graph.Resource {
	if group.Resource != nil {
		return g.Referrers(group.Resource, rulesExclusive, "security_group_id")
	}
	var out []*graph.Resource
	for _, x := range g.OfType(rulesExclusive) {
		if id, known := x.Attr("security_group_id").Text(); known && id == group.Name {
			out = append(out, x)
		}
	}
	return out
}
