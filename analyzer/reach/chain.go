package reach

import (
	"slices"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// inOrder returns what scopes that are asked in order admit to a member, from a peer if it isn't nil. Each scope may allow traffic, deny it, or leave it to
// the next one. The last scope denies what it leaves.
func inOrder(by fact.InOrder, from *fact.Peer, rules direction, port Port) admission {
	stages := make([]stage, len(by.Scopes))
	for i, s := range by.Scopes {
		stages[i] = decides(s, by.Member, from, rules, port)
	}
	// What a scope leaves to later ones is irrelevant where it decides either way.
	var admits netset.Bounds[netset.Traffic]
	for _, s := range slices.Backward(stages) {
		admits = netset.UnionBounds(s.allows, netset.DifferenceBounds(admits, s.denies))
	}
	out := admission{admits: admits}
	var decided netset.Bounds[netset.Traffic]
	left := func(openings []Opening) (out []Opening) {
		for _, o := range openings {
			o.Admits = netset.DifferenceBounds(o.Admits, decided)
			if !o.Admits.May.Empty() {
				out = append(out, o)
			}
		}
		return out
	}
	for _, s := range stages {
		out.openings, out.denials = append(out.openings, left(s.openings)...), append(out.denials, left(s.denials)...)
		decided = netset.UnionBounds(decided, netset.UnionBounds(s.allows, s.denies))
	}
	return out
}

// stage is what one scope of a chain decides for a member.
type stage struct {
	allows, denies    netset.Bounds[netset.Traffic]
	openings, denials []Opening
}

// decides returns what the rules of a scope decide for a member and, if it isn't nil, a peer.
func decides(s fact.ScopeRef, member *fact.Member, from *fact.Peer, rules direction, port Port) stage {
	matches := matching(s, member, from, rules, port)
	var out stage
	for i, m := range matches {
		action := m.rule.Action
		if action == fact.Delegate {
			continue
		}
		share := m.traffic
		for j, o := range matches {
			if i == j || o.rule.Action == action && action != fact.Undecided {
				continue
			}
			if mayComeBefore(o.rule, m.rule) {
				share.Must = share.Must.Difference(o.traffic.May)
			}
			if comesBefore(o.rule, m.rule) && o.rule.Action != fact.Undecided {
				share.May = share.May.Difference(o.traffic.Must)
			}
		}
		if action == fact.Undecided || !s.Certain {
			share.Must = netset.Traffic{}
		}
		if action != fact.Deny {
			out.allows = netset.UnionBounds(out.allows, share)
			if !share.May.Empty() {
				out.openings = append(out.openings, Opening{Rule: m.rule, Admits: share})
			}
		}
		if action != fact.Allow {
			out.denies = netset.UnionBounds(out.denies, share)
			if action == fact.Deny && !share.May.Empty() {
				out.denials = append(out.denials, Opening{Rule: m.rule, Admits: share})
			}
		}
	}
	if s.Others {
		all := everything(port)
		out.allows, out.denies = netset.Bounds[netset.Traffic]{May: all}, netset.Bounds[netset.Traffic]{May: all}
	}
	for _, s := range [][]Opening{out.openings, out.denials} {
		slices.SortStableFunc(s, func(a, b Opening) int { return comparePlace(a.Rule, b.Rule) })
	}
	return out
}

// matching returns what the rules of a scope match of the port for a member. It includes rules whose scope isn't known, as they
// may be in this one.
func matching(s fact.ScopeRef, member *fact.Member, from *fact.Peer, of direction, port Port) []match {
	var out []match
	add := func(rules []*fact.Ingress, sure bool) {
		for _, r := range rules {
			surely, perhaps := true, true
			if member != nil {
				surely, perhaps = member.Matches(r.Targets)
			}
			if !perhaps {
				continue
			}
			m := match{r, restrict(r, port)}
			if from != nil {
				m.traffic = netset.UnionBounds(m.traffic, named(r, from, port))
			}
			if !surely || !sure {
				m.traffic.Must = netset.Traffic{}
			}
			if !m.traffic.May.Empty() {
				out = append(out, m)
			}
		}
	}
	add(of.rules[s.ScopeID], true)
	for _, r := range of.loose[s.Kind] {
		if r.Scope.ScopeID != s.ScopeID {
			add([]*fact.Ingress{r}, false)
		}
	}
	return out
}
