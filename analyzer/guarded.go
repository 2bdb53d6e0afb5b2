package analyzer

import (
	"slices"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/reach"
)

// guarded is what a scope guards.
type guarded struct {
	all []*reach.Reached
	// resources are the resources of the endpoints and of their parts.
	resources map[*graph.Resource]bool
	// named are the endpoints that are members by a name. loose are those that are members by unknown names, or whatever their
	// names are. Both hold indices into all.
	named map[fact.Name][]int
	loose []int
}

// behind returns what each scope guards, in the order of the endpoints.
func behind(all []reach.Reached) map[fact.ScopeID]*guarded {
	out := map[fact.ScopeID]*guarded{}
	once := func(list []int, i int) []int {
		if len(list) > 0 && list[len(list)-1] == i {
			return list
		}
		return append(list, i)
	}
	for i := range all {
		r := &all[i]
		for scope, guard := range r.Guards() {
			of := out[scope]
			if of == nil {
				of = &guarded{resources: map[*graph.Resource]bool{}, named: map[fact.Name][]int{}}
				out[scope] = of
			}
			if n := len(of.all); n == 0 || of.all[n-1] != r {
				of.all = append(of.all, r)
				of.resources[r.Endpoint.Resource] = true
				for _, part := range r.Endpoint.Parts {
					of.resources[part] = true
				}
			}
			at, member := len(of.all)-1, guard.Member()
			if member == nil || len(member.Others) > 0 {
				of.loose = once(of.loose, at)
				continue
			}
			for _, name := range member.Names {
				of.named[name] = once(of.named[name], at)
			}
		}
	}
	return out
}

// Behind returns the endpoints in Reached that a scope guards.
func (p *Pass) Behind(scope fact.Scope) []*reach.Reached {
	if of := p.behind[scope.ScopeID]; of != nil {
		return of.all
	}
	return nil
}

// BehindFor returns the endpoints in Behind that targets may apply to; it may return too many, never too few.
func (p *Pass) BehindFor(scope fact.Scope, targets []fact.Targets) []*reach.Reached {
	of := p.behind[scope.ScopeID]
	if of == nil {
		return nil
	}
	var among []int
	for _, t := range targets {
		found, all := of.among(t)
		if all {
			return of.all
		}
		among = append(among, found...)
	}
	slices.Sort(among)
	var out []*reach.Reached
	for _, i := range slices.Compact(among) {
		out = append(out, of.all[i])
	}
	return out
}

// among returns the endpoints that targets may apply to, as indices into all; the second result is true if that may be any
// endpoint. Targets with names of several kinds apply to endpoints that have a name of each kind, so the kind with the fewest
// endpoints is enough.
func (g *guarded) among(t fact.Targets) (out []int, all bool) {
	if len(t.Names) == 0 || t.Unknown && len(t.Perhaps) == 0 {
		return nil, true
	}
	kinds := map[string][]int{}
	for _, name := range slices.Concat(t.Names, t.Perhaps) {
		kinds[name.Kind] = append(kinds[name.Kind], g.named[name]...)
	}
	fewest := -1
	for _, found := range kinds {
		if fewest < 0 || len(found) < fewest {
			out, fewest = found, len(found)
		}
	}
	return append(out, g.loose...), false
}

// Guards reports whether a scope guards a resource, or an endpoint that the resource is a part of.
func (p *Pass) Guards(scope fact.Scope, r *graph.Resource) bool {
	of := p.behind[scope.ScopeID]
	return of != nil && of.resources[r]
}
