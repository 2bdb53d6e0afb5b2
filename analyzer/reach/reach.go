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

// Port is the service that is judged: one or more ports of one protocol.
type Port struct {
	// Service is the name that rule IDs start with: "ftp", "ssh", or "port-2222" for a port without a name.
	Service string
	// Label is the service in prose: "FTP", "port 2222".
	Label string
	// Protocol is an IP protocol number that has ports, such as netset.TCP.
	Protocol uint8
	// Ports are judged together: whoever reaches one of them reaches the service.
	Ports netset.Ports
}

// String returns the port as people write it: "TCP 21".
func (p Port) String() string {
	return strings.ToUpper(netset.Protocol(p.Protocol).String()) + " " + p.Ports.String()
}

// Only returns the port with some of its ports alone. A service keeps its name; what is only ports is called by those.
func (p Port) Only(ports netset.Ports) Port {
	ports = ports.Intersect(p.Ports)
	if ports.Empty() || ports.Equal(p.Ports) {
		return p
	}
	if p.Ports = ports; p.unnamed() {
		p.Label = "port " + ports.String()
	}
	return p
}

// Title returns the label as the subject of a sentence that is true of one of the ports.
func (p Port) Title() string {
	if p.unnamed() && p.several() {
		return "a port of " + strings.TrimPrefix(p.Label, "port ")
	}
	return p.Label
}

// OneOf is String in a sentence that is true of one of the ports.
func (p Port) OneOf() string {
	if p.several() {
		return "one of " + p.String()
	}
	return p.String()
}

// several reports whether there is more than one port.
func (p Port) several() bool {
	n := 0
	for first, last := range p.Ports.Intervals() {
		n += last - first + 1
	}
	return n > 1
}

func (p Port) unnamed() bool { return strings.HasPrefix(p.Service, "port-") }

// Opening is a rule with its share of what its scope admits: what it allows to the port, less what earlier rules take away.
type Opening struct {
	Rule   *fact.Ingress
	Admits netset.Bounds[netset.Traffic]
	// who reaches the port of the exposure through it; nil if it is in none.
	who *netset.Bounds[netset.Prefixes]
}

// Exposure is what one scope admits to a port.
type Exposure struct {
	Scope fact.Scope
	Port  Port
	// Openings are the rules that may admit something, in the order of their places in files.
	Openings []Opening
	// Shadowed are the rules that allow the port but admit nothing, because earlier rules take all of it.
	Shadowed []*fact.Ingress
	// taking are the rules that match the port and don't allow it.
	taking []match
}

// Sources returns the clients that reach the exposure's port through an opening.
func (e *Exposure) Sources(o Opening) netset.Bounds[netset.Prefixes] {
	if o.who == nil {
		return sources(o.Admits, e.Port)
	}
	return *o.who
}

// Before returns, in the order of their priorities, the rules that may take something from what a rule allows to the port,
// whether or not they take all of it.
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

// Judge groups rules by scope. It returns what each scope admits to the port if one of its rules may allow anything to it. The
// exposures are ordered by scope.
func Judge(rules []*fact.Ingress, port Port) []Exposure {
	d := directed(rules)
	out := make([]Exposure, 0, len(d.rules))
	for id, members := range d.rules {
		if len(d.loose[id.Kind]) == 0 && !slices.ContainsFunc(members, func(r *fact.Ingress) bool { return meets(r, port) }) {
			continue
		}
		e := Exposure{Scope: members[0].Scope, Port: port}
		// A rule whose scope isn't known may be in this one. What it allows is an exposure of its own; what it denies may be
		// taken from this exposure.
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

// match is a rule with the part of the judged port's traffic that it matches.
type match struct {
	rule    *fact.Ingress
	traffic netset.Bounds[netset.Traffic]
}

// meets reports whether a rule may match something of the port, whoever it is from.
func meets(r *fact.Ingress, port Port) bool {
	return r.Protocol.Set.May.Contains(port.Protocol) && r.Ports.Set.May.Overlaps(port.Ports)
}

// restrict returns what a rule matches of the port.
func restrict(r *fact.Ingress, port Port) netset.Bounds[netset.Traffic] {
	if !meets(r, port) {
		return netset.Bounds[netset.Traffic]{}
	}
	sources, protocol := r.Source(), netset.Protocol(port.Protocol)
	b := netset.Bounds[netset.Traffic]{May: netset.Product(sources.May, protocol, r.Ports.Set.May.Intersect(port.Ports))}
	switch {
	case !r.Certain:
	case sources.Known() && r.Protocol.Set.Known() && r.Ports.Set.Known():
		b.Must = b.May
	default:
		b.Must = netset.Product(sources.Must, r.Protocol.Set.Must.Intersect(protocol), r.Ports.Set.Must.Intersect(port.Ports))
	}
	return b
}

// apply computes the share of each rule that allows: what the rule matches, less what earlier rules take. Its Must loses the
// May of each rule that may come earlier and may take; its May loses the Must of each rule that surely does both. Shares of
// other allows needn't be subtracted, since the scope admits the union of the shares either way.
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
		who := sources(share, e.Port)
		e.Openings = append(e.Openings, Opening{rule, share, &who})
	}
	slices.SortStableFunc(e.Openings, func(a, b Opening) int { return comparePlace(a.Rule, b.Rule) })
	slices.SortStableFunc(e.Shadowed, comparePlace)
}

func comparePlace(a, b *fact.Ingress) int {
	return cmp.Or(strings.Compare(a.At.Filename, b.At.Filename), cmp.Compare(a.At.Start.Byte, b.At.Start.Byte),
		a.Resource.Addr.Compare(b.Resource.Addr))
}
