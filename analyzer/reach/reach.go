// Package reach decides what each scope admits to a port: it applies the scope's order to its rules, as sets of traffic
// with a lower and an upper bound for what is unknown.
package reach

import (
	"cmp"
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// Port is what is judged: a port, or several, of one protocol.
type Port struct {
	// Service is the name that rule IDs start with: "ftp", "ssh", or "port-2222" for a port without a name.
	Service string
	// Label is the service in prose: "FTP", "port 2222".
	Label string
	// Protocol is an IP protocol number that has ports, such as netset.TCP.
	Protocol uint8
	// Ports are judged together: who reaches any of them reaches the service.
	Ports netset.Ports
}

// String returns the port as people write it: TCP 21.
func (p Port) String() string {
	return strings.ToUpper(netset.Protocol(p.Protocol).String()) + " " + p.Ports.String()
}

// Opening is a rule with its share of what its scope admits: what it allows to the port, less what the rules before it
// take away.
type Opening struct {
	Rule   *fact.Ingress
	Admits netset.Bounds[netset.Traffic]
}

// Exposure is what one scope admits to a port.
type Exposure struct {
	Scope fact.Scope
	Port  Port
	// Openings are the rules that may admit something, in the order of their places.
	Openings []Opening
	// Shadowed are the rules that allow the port but admit nothing, as others take all of it before them.
	Shadowed []*fact.Ingress
	// taking are the rules that match the port and don't allow it.
	taking []match
}

// Sources returns who reaches the exposure's port through the opening.
func (e *Exposure) Sources(o Opening) netset.Bounds[netset.Prefixes] {
	return netset.Bounds[netset.Prefixes]{
		Must: o.Admits.Must.Sources(e.Port.Protocol, e.Port.Ports),
		May:  o.Admits.May.Sources(e.Port.Protocol, e.Port.Ports),
	}
}

// Before returns the rules that may take from what a rule allows to the port: those that shadow it, or that do not
// suffice to stop it. They come in the order of their priorities.
func (e *Exposure) Before(rule *fact.Ingress) []*fact.Ingress {
	may := restrict(rule, e.Port).May
	var out []*fact.Ingress
	for _, m := range e.taking {
		if m.rule != rule && mayPrecede(m.rule, rule) && m.traffic.May.Overlaps(may) {
			out = append(out, m.rule)
		}
	}
	slices.SortStableFunc(out, func(a, b *fact.Ingress) int {
		return cmp.Or(cmp.Compare(a.Priority.Lo, b.Priority.Lo), comparePlace(a, b))
	})
	return out
}

// Judge groups rules by scope and returns, for each scope with a rule that may allow anything to the port, what it
// admits. The exposures are ordered by scope.
func Judge(rules []*fact.Ingress, port Port) []Exposure {
	type key struct{ kind, name string }
	scopes := map[key][]*fact.Ingress{}
	for _, r := range rules {
		k := key{r.Scope.Kind, r.Scope.Name}
		scopes[k] = append(scopes[k], r)
	}
	var out []Exposure
	for _, members := range scopes {
		e := Exposure{Scope: members[0].Scope, Port: port}
		e.apply(members)
		if len(e.Openings)+len(e.Shadowed) > 0 {
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(a, b Exposure) int {
		return cmp.Or(strings.Compare(a.Scope.Name, b.Scope.Name), strings.Compare(a.Scope.Kind, b.Scope.Kind))
	})
	return out
}

// match is a rule with what it matches of the judged port. An allow for several targets is a match for each.
type match struct {
	rule    *fact.Ingress
	target  string
	traffic netset.Bounds[netset.Traffic]
}

func restrict(r *fact.Ingress, port Port) netset.Bounds[netset.Traffic] {
	t, protocols := r.Traffic(), netset.Protocol(port.Protocol)
	return netset.Bounds[netset.Traffic]{
		Must: t.Must.Restrict(protocols, port.Ports),
		May:  t.May.Restrict(protocols, port.Ports),
	}
}

// apply finds the share of each rule that allows. Under every order it is what the rule matches less what others take
// before it: its Must less the May of each rule that may go before and may take, its May less the Must of each that
// surely does both. Other allows need not be subtracted, as the scope admits the union of the shares either way.
func (e *Exposure) apply(rules []*fact.Ingress) {
	var allows []match
	for _, r := range rules {
		m := match{rule: r, traffic: restrict(r, e.Port)}
		if m.traffic.May.Empty() {
			continue
		}
		if r.Action != fact.Allow && r.Scope.Order != fact.Union {
			e.taking = append(e.taking, m)
		}
		if r.Action != fact.Allow && r.Action != fact.Undecided {
			continue
		}
		targets := r.Targets.Names
		if len(targets) == 0 {
			targets = []string{""}
		}
		for _, m.target = range targets {
			allows = append(allows, m)
		}
	}
	taken := e.taken(allows)
	for i := 0; i < len(allows); {
		rule := allows[i].rule
		var share netset.Bounds[netset.Traffic]
		for ; i < len(allows) && allows[i].rule == rule; i++ {
			share = netset.UnionBounds(share, netset.DifferenceBounds(allows[i].traffic, taken[i]))
		}
		if rule.Action == fact.Undecided {
			share.Must = netset.Traffic{}
		}
		if share.May.Empty() {
			e.Shadowed = append(e.Shadowed, rule)
			continue
		}
		e.Openings = append(e.Openings, Opening{rule, share})
	}
	slices.SortStableFunc(e.Openings, func(a, b Opening) int { return comparePlace(a.Rule, b.Rule) })
	slices.SortStableFunc(e.Shadowed, comparePlace)
}

// taken returns for each allow what is taken before it. Rules for all of the scope are looked at once for all allows,
// the others once for each group of allows that are for the same.
func (e *Exposure) taken(allows []match) []netset.Bounds[netset.Traffic] {
	out := make([]netset.Bounds[netset.Traffic], len(allows))
	if len(allows) == 0 || len(e.taking) == 0 {
		return out
	}
	var general, special []match
	for _, t := range e.taking {
		if t.rule.Targets.All() {
			general = append(general, t)
		} else {
			special = append(special, t)
		}
	}
	all := make([]int, len(allows))
	for i := range all {
		all[i] = i
	}
	sweep(general, allows, all, out)
	if len(special) == 0 {
		return out
	}
	type group struct{ target, destination string }
	groups := map[group][]int{}
	for i, a := range allows {
		g := group{a.target, a.rule.Targets.Addresses.May.String()}
		groups[g] = append(groups[g], i)
	}
	for _, members := range groups {
		sweep(special, allows, members, out)
	}
	return out
}

// sweep adds to taken what the takers take before each of the allows in a group of those that are for the same targets.
// Both unions only grow while allows and takers are passed in the order of their priorities, so each is built once.
func sweep(takers, allows []match, group []int, taken []netset.Bounds[netset.Traffic]) {
	one := allows[group[0]]
	var may, must []match
	for _, t := range takers {
		if mayTakeFrom(t.rule, one) {
			may = append(may, t)
		}
		if takesFrom(t.rule, one) {
			must = append(must, t)
		}
	}

	slices.SortFunc(may, func(a, b match) int { return cmp.Compare(a.rule.Priority.Lo, b.rule.Priority.Lo) })
	slices.SortFunc(group, func(i, j int) int { return cmp.Compare(allows[i].rule.Priority.Hi, allows[j].rule.Priority.Hi) })
	var sum netset.Traffic
	next := 0
	for _, i := range group {
		for ; next < len(may) && mayPrecede(may[next].rule, allows[i].rule); next++ {
			sum = sum.Union(may[next].traffic.May)
		}
		taken[i].May = taken[i].May.Union(sum)
	}

	slices.SortFunc(must, func(a, b match) int { return cmp.Compare(a.rule.Priority.Hi, b.rule.Priority.Hi) })
	slices.SortFunc(group, func(i, j int) int { return cmp.Compare(allows[i].rule.Priority.Lo, allows[j].rule.Priority.Lo) })
	sum, next = netset.Traffic{}, 0
	for _, i := range group {
		for ; next < len(must) && precedes(must[next].rule, allows[i].rule); next++ {
			sum = sum.Union(must[next].traffic.Must)
		}
		taken[i].Must = taken[i].Must.Union(sum)
	}
}

// mayTakeFrom says whether a rule may apply to all that an allow is for. If it is only for a part, the rest stays open.
func mayTakeFrom(taker *fact.Ingress, allow match) bool {
	t, a := taker.Targets, allow.rule.Targets
	named := len(t.Names) == 0 || t.Unknown || a.Unknown || slices.Contains(t.Names, allow.target)
	return named && (t.Addresses.May.Empty() || !a.Addresses.May.Empty() && a.Addresses.May.SubsetOf(t.Addresses.May))
}

// takesFrom says whether a rule surely applies to all that an allow is for.
func takesFrom(taker *fact.Ingress, allow match) bool {
	t, a := taker.Targets, allow.rule.Targets
	if taker.Action == fact.Undecided || t.Unknown || len(t.Names) > 0 && (a.Unknown || !slices.Contains(t.Names, allow.target)) {
		return false
	}
	return t.Addresses.May.Empty() || !a.Addresses.May.Empty() && a.Addresses.May.SubsetOf(t.Addresses.Must)
}

// mayPrecede says whether a rule may be looked at before an allow. Equal priorities may fall either way.
func mayPrecede(taker, allow *fact.Ingress) bool { return taker.Priority.Lo <= allow.Priority.Hi }

// precedes says whether a rule is surely looked at before an allow.
func precedes(taker, allow *fact.Ingress) bool {
	if taker.Scope.Order == fact.DenyWins {
		return taker.Priority.Hi <= allow.Priority.Lo
	}
	return taker.Priority.Hi < allow.Priority.Lo
}

func comparePlace(a, b *fact.Ingress) int {
	return cmp.Or(strings.Compare(a.At.Filename, b.At.Filename), cmp.Compare(a.At.Start.Byte, b.At.Start.Byte),
		a.Resource.Addr.Compare(b.Resource.Addr))
}
