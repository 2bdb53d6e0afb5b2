package fix

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// unharmed returns an error if a change does more than close the ports of findings. found is the result with these findings;
// now and after are the results before and after the change.
func unharmed(found, now, after *analyzer.Result) error {
	if len(now.Declared) != len(after.Declared) {
		return errors.New("with the change that offers itself not all can be analysed")
	}
	for i := range now.Declared {
		if err := lessOnly(&now.Declared[i], &after.Declared[i], found); err != nil {
			return err
		}
	}
	return nil
}

// slot is what two rules have in common that correspond before and after a change.
type slot struct {
	scope    fact.ScopeID
	targets  fact.TargetsKey
	action   fact.Action
	priority fact.Span
}

func (p slot) compare(o slot) int {
	return cmp.Or(p.scope.Compare(o.scope), p.targets.Compare(o.targets),
		cmp.Compare(p.action, o.action), cmp.Compare(p.priority.Lo, o.priority.Lo), cmp.Compare(p.priority.Hi, o.priority.Hi))
}

// passes has what the rules in one slot match.
type passes struct {
	netset.Bounds[netset.Traffic]
	rules []*analyzer.Ingress
}

func sum(rules []*analyzer.Ingress) map[slot]passes {
	out := map[slot]passes{}
	for _, r := range rules {
		at := slot{
			r.Scope.ScopeID, r.Targets.Key(), r.Action, r.Priority,
		}
		if r.Scope.Order == fact.Union {
			at.priority = fact.Span{}
		}
		p := out[at]
		p.Bounds = netset.UnionBounds(p.Bounds, r.Traffic)
		p.rules = append(p.rules, r)
		out[at] = p
	}
	return out
}

// lessOnly returns an error unless the rules of an input, after a change, let the same pass as before, except for the ports of
// findings in their scopes.
func lessOnly(now, after *analyzer.Declared, found *analyzer.Result) error {
	for _, side := range []struct {
		now, after []*analyzer.Ingress
		in         bool
	}{{now.Ingress, after.Ingress, true}, {now.Egress, after.Egress, false}} {
		before, then := sum(side.now), sum(side.after)
		for _, at := range slices.SortedFunc(maps.Keys(then), slot.compare) {
			p := then[at]
			if more := p.May.Difference(before[at].May); !more.Empty() {
				return fmt.Errorf("the change that offers itself would open %s", first(more))
			}
		}
		for _, at := range slices.SortedFunc(maps.Keys(before), slot.compare) {
			p := before[at]
			less := p.May.Difference(then[at].May).Union(p.Must.Difference(then[at].Must))
			if less.Empty() {
				continue
			}
			if at.action != fact.Allow || !side.in {
				return errors.New("what it changes is also a rule that denies, or one for what goes out")
			}
			if other := less.Difference(closable(found, at.scope.Name, p.rules)); !other.Empty() {
				return fmt.Errorf("the change that offers itself would also close %s of %s", first(other), at.scope.Name)
			}
		}
	}
	return nil
}

// first describes a part of traffic, such as "tcp 443".
func first(t netset.Traffic) string {
	for b := range t.Boxes() {
		if b.Ports.Equal(netset.AllPorts()) {
			return b.Protocols.String()
		}
		return fmt.Sprintf("%v %v", b.Protocols, b.Ports)
	}
	return "nothing"
}

// closable returns the traffic that a change may close in the scope of findings: the ports of the findings. With FTP, that
// includes the range of ports for the server's data connections and port 20, from which it makes some; they are useless without
// the control connection. A single high port may serve anything else, so it stays open.
func closable(found *analyzer.Result, scope string, rules []*analyzer.Ingress) netset.Traffic {
	var out netset.Traffic
	for i := range found.Findings {
		f := &found.Findings[i]
		if !closes(f) || f.Scope != scope && !declares(f, rules) {
			continue
		}
		port := f.Rule.Port
		out = out.Union(netset.Product(netset.AllAddresses(), netset.Protocol(port.Protocol), port.Ports))
		if port.Service == "ftp" {
			out = out.Union(netset.Product(netset.AllAddresses(), netset.Protocol(netset.TCP), dataPorts(rules)))
		}
	}
	return out
}

// declares reports whether a resource of a finding declares one of the rules. A finding may have several instances, each with
// its own scope.
func declares(f *analyzer.Finding, rules []*analyzer.Ingress) bool {
	return slices.ContainsFunc(rules, func(r *analyzer.Ingress) bool {
		return slices.ContainsFunc(f.Resources, func(a graph.Address) bool { return a.Compare(r.Resource) == 0 })
	})
}

// dataPorts returns the ports of rules that an FTP server's data connections may use.
func dataPorts(rules []*analyzer.Ingress) netset.Ports {
	out := netset.Port(20)
	for _, r := range rules {
		for lo, hi := range r.Ports.Intervals() {
			if lo >= 1024 && hi > lo {
				out = out.Union(netset.PortRange(lo, hi))
			}
		}
	}
	return out
}

// closes reports whether a finding is about an ingress rule that everyone passes.
func closes(f *analyzer.Finding) bool {
	return f.Outcome == analyzer.Exposed && strings.HasSuffix(f.Rule.ID, "-ingress-open")
}

// servesRules returns an error unless the values at edits end up only in blocks with ingress rules, since the analysis tells
// what they do there.
func servesRules(r *analyzer.Result, edits []analyzer.Edit) error {
	for _, e := range edits {
		uses, ok := usesOf(r, e.At)
		if !ok {
			return errors.New("it can't be told what else its value is for")
		}
		var others []string
		for _, u := range uses {
			if !u.rules {
				others = append(others, u.what)
			}
		}
		if len(others) > 0 {
			return fmt.Errorf("its value also goes to %s", names(others[:min(len(others), 3)]))
		}
	}
	return nil
}
