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

// Opening is a rule with its share of what its scope admits: what it allows to the port, less what the rules before it
// deny.
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
}

// Sources returns who reaches the exposure's port through the opening.
func (e *Exposure) Sources(o Opening) netset.Bounds[netset.Prefixes] {
	return netset.Bounds[netset.Prefixes]{
		Must: o.Admits.Must.Sources(e.Port.Protocol, e.Port.Ports),
		May:  o.Admits.May.Sources(e.Port.Protocol, e.Port.Ports),
	}
}

// Judge groups rules by scope and returns, for each scope that may admit anything to the port, what it admits. The
// exposures are ordered by scope.
func Judge(rules []*fact.Ingress, port Port) []Exposure {
	type key struct{ kind, name string }
	scopes := map[key][]*fact.Ingress{}
	for _, r := range rules {
		k := key{r.Scope.Kind, r.Scope.Name}
		scopes[k] = append(scopes[k], r)
	}
	var out []Exposure
	for _, members := range scopes {
		if openings := apply(members, port); len(openings) > 0 {
			out = append(out, Exposure{Scope: members[0].Scope, Port: port, Openings: openings})
		}
	}
	slices.SortFunc(out, func(a, b Exposure) int {
		return cmp.Or(strings.Compare(a.Scope.Name, b.Scope.Name), strings.Compare(a.Scope.Kind, b.Scope.Kind))
	})
	return out
}

// match is a rule with what it matches of the judged port.
type match struct {
	rule    *fact.Ingress
	traffic netset.Bounds[netset.Traffic]
}

// apply returns the share of each allow rule. Under every order it is what the rule matches less what denies before it
// match: its Must less the May of each rule that may go before and may deny, its May less the Must of each that surely
// does both. Other allows need not be subtracted, as the scope admits the union of the shares either way.
func apply(rules []*fact.Ingress, port Port) []Opening {
	protocols := netset.Protocol(port.Protocol)
	var allows, denies []match
	for _, r := range rules {
		t := r.Traffic()
		t.Must, t.May = t.Must.Restrict(protocols, port.Ports), t.May.Restrict(protocols, port.Ports)
		if t.May.Empty() {
			continue
		}
		m := match{r, t}
		if r.Action != fact.Deny {
			allows = append(allows, m)
		}
		if r.Action != fact.Allow && r.Scope.Order != fact.Union {
			denies = append(denies, m)
		}
	}
	may, must := sweep(allows, denies)
	var out []Opening
	for i, a := range allows {
		share := netset.Bounds[netset.Traffic]{May: a.traffic.May.Difference(must[i])}
		if a.rule.Action == fact.Allow {
			share.Must = a.traffic.Must.Difference(may[i])
		}
		if !share.May.Empty() {
			out = append(out, Opening{a.rule, share})
		}
	}
	slices.SortStableFunc(out, func(a, b Opening) int { return comparePlace(a.Rule, b.Rule) })
	return out
}

// sweep returns for each allow the union of what denies may take before it, and of what they surely take. Each union
// only grows while allows and denies are passed in the order of their priorities, so it is built once.
func sweep(allows, denies []match) (may, must []netset.Traffic) {
	may, must = make([]netset.Traffic, len(allows)), make([]netset.Traffic, len(allows))
	if len(denies) == 0 {
		return may, must
	}
	order := make([]int, len(allows))
	for i := range order {
		order[i] = i
	}

	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(allows[i].rule.Priority.Hi, allows[j].rule.Priority.Hi) })
	slices.SortFunc(denies, func(a, b match) int { return cmp.Compare(a.rule.Priority.Lo, b.rule.Priority.Lo) })
	var taken netset.Traffic
	next := 0
	for _, i := range order {
		for next < len(denies) && mayPrecede(denies[next].rule, allows[i].rule) {
			taken = taken.Union(denies[next].traffic.May)
			next++
		}
		may[i] = taken
	}

	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(allows[i].rule.Priority.Lo, allows[j].rule.Priority.Lo) })
	slices.SortFunc(denies, func(a, b match) int { return cmp.Compare(a.rule.Priority.Hi, b.rule.Priority.Hi) })
	taken, next = netset.Traffic{}, 0
	for _, i := range order {
		for next < len(denies) && precedes(denies[next].rule, allows[i].rule) {
			if denies[next].rule.Action == fact.Deny {
				taken = taken.Union(denies[next].traffic.Must)
			}
			next++
		}
		must[i] = taken
	}
	return may, must
}

// mayPrecede says whether a deny may be looked at before an allow. Equal priorities may fall either way.
func mayPrecede(deny, allow *fact.Ingress) bool { return deny.Priority.Lo <= allow.Priority.Hi }

// precedes says whether a deny is surely looked at before an allow.
func precedes(deny, allow *fact.Ingress) bool {
	if deny.Scope.Order == fact.DenyWins {
		return deny.Priority.Hi <= allow.Priority.Lo
	}
	return deny.Priority.Hi < allow.Priority.Lo
}

func comparePlace(a, b *fact.Ingress) int {
	return cmp.Or(strings.Compare(a.At.Filename, b.At.Filename), cmp.Compare(a.At.Start.Byte, b.At.Start.Byte),
		a.Resource.Addr.Compare(b.Resource.Addr))
}

// String returns the port as people write it: TCP 21.
func (p Port) String() string {
	return strings.ToUpper(netset.Protocol(p.Protocol).String()) + " " + p.Ports.String()
}
