// Package reach decides what each scope admits to a port: it applies the scope's order to its rules, as sets of traffic
// with a lower and an upper bound for what is unknown. It walks the ways from the internet to endpoints.
//
// # How it works
//
// [Judge] goes through the rules of a scope in their order: a rule admits surely what it surely matches and no earlier rule
// may deny, and perhaps what it may match and no earlier one surely denies. A [Walker] carries traffic from node to node of
// the ways until nothing changes any more, and asks each guard once for what is alike; paths are made when they are asked for.
//
// # Example
//
// A network ACL denies 203.0.113.0/24 at priority 100 and allows 0.0.0.0/0 at 200: it admits everyone but that network. If
// the first priority isn't known, it surely admits what it admitted before, and may admit everyone.
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
		if m.rule != rule && mayComeBefore(m.rule, rule) && mayMeet(m.rule.Targets, rule.Targets) && m.traffic.May.Overlaps(may) {
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
	d := directed(rules)
	var out []Exposure
	for id, members := range d.rules {
		e := Exposure{Scope: members[0].Scope, Port: port}
		// What a rule allows that may be in the scope is an exposure of its own; what it denies may be taken from this one.
		perhaps := slices.DeleteFunc(d.of(id)[len(members):], func(r *fact.Ingress) bool { return r.Action == fact.Allow })
		e.apply(slices.Concat(members, perhaps))
		if len(e.Openings)+len(e.Shadowed) > 0 {
			out = append(out, e)
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

// restrict returns what a rule matches of the port.
func restrict(r *fact.Ingress, port Port) netset.Bounds[netset.Traffic] {
	sources, protocol := r.Source(), netset.Protocol(port.Protocol)
	b := netset.Bounds[netset.Traffic]{
		May: netset.Product(sources.May, r.Protocol.Set.May.Intersect(protocol), r.Ports.Set.May.Intersect(port.Ports)),
	}
	if r.Certain {
		b.Must = netset.Product(sources.Must, r.Protocol.Set.Must.Intersect(protocol), r.Ports.Set.Must.Intersect(port.Ports))
	}
	return b
}

// apply finds the share of each rule that allows. Under every order it is what the rule matches less what others take
// before it: its Must less the May of each rule that may go before and may take, its May less the Must of each that
// surely does both. Other allows need not be subtracted, as the scope admits the union of the shares either way.
func (e *Exposure) apply(rules []*fact.Ingress) {
	var allows []match
	for _, r := range rules {
		m := match{r, restrict(r, e.Port)}
		if m.traffic.May.Empty() {
			continue
		}
		if r.Action != fact.Allow && r.Scope.Order != fact.Union {
			e.taking = append(e.taking, m)
		}
		if r.Action == fact.Allow || r.Action == fact.Undecided {
			allows = append(allows, m)
		}
	}
	for i, share := range shares(allows, e.taking) {
		rule := allows[i].rule
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

func comparePlace(a, b *fact.Ingress) int {
	return cmp.Or(strings.Compare(a.At.Filename, b.At.Filename), cmp.Compare(a.At.Start.Byte, b.At.Start.Byte),
		a.Resource.Addr.Compare(b.Resource.Addr))
}
