package analyzer

import (
	"slices"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/netset"
	"github.com/tfreach/tfreach/analyzer/reach"
)

// publishers returns who reaches a port of the resources that publish ports themselves, such as a service of Kubernetes, in the
// order of their rules. No hop is known on the way to them. The exposures are those of the port.
func publishers(rules []*fact.Ingress, exposures []reach.Exposure, port reach.Port) []reach.Reached {
	var out []reach.Reached
	seen := map[fact.ScopeID]bool{}
	for _, rule := range rules {
		scope := rule.Scope
		if scope.Role != fact.Listener || scope.Resource == nil || seen[scope.ScopeID] {
			continue
		}
		seen[scope.ScopeID] = true
		i := slices.IndexFunc(exposures, func(e reach.Exposure) bool { return e.Scope.ScopeID == scope.ScopeID })
		var exposure *reach.Exposure
		if i >= 0 {
			exposure = &exposures[i]
		}
		out = append(out, published(scope, rule, exposure, port))
	}
	return out
}

// published returns who reaches a port of a resource that publishes it itself. exposure is nil if the resource doesn't publish
// the port.
func published(scope fact.Scope, rule *fact.Ingress, exposure *reach.Exposure, port reach.Port) reach.Reached {
	var paths []reach.Path
	hop := &fact.Hop{
		Kind: scope.Kind, Resource: scope.Resource, At: rule.At, Why: "it publishes ports itself",
		Change: "Its ports and sources say who reaches it.",
	}
	for _, family := range []netset.Prefixes{netset.AllAddresses().IPv4(), netset.AllAddresses().IPv6()} {
		step := reach.Step{Hop: hop, Port: port}
		if exposure != nil {
			for _, o := range exposure.Openings {
				from := netset.IntersectBounds(exposure.Sources(o), netset.Exactly(family))
				if !from.May.Empty() {
					step.Openings = append(step.Openings, o)
					step.Passes = netset.UnionBounds(step.Passes, from)
				}
			}
		}
		step.Left = netset.IntersectBounds(step.Passes, netset.Exactly(netset.PublicSpace()))
		paths = append(paths, reach.Path{Way: &fact.Way{Family: family, Hops: []*fact.Hop{hop}}, Steps: []reach.Step{step}, Admits: step.Left})
	}
	endpoint := &fact.Endpoint{Resource: scope.Resource, Kind: fact.Published, Word: scope.Kind}
	return reach.Given(endpoint, port, paths...)
}
