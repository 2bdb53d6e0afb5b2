package read

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// Accept reports whether a rule is for inbound traffic, by the word in an attribute. If the word isn't known, it makes the rule
// uncertain.
func Accept(rule *fact.Ingress, o graph.Object, w Words) bool {
	is, v := w.Of(o)
	if is == Unclear {
		Doubt(rule, w.undecided(v))
	}
	return is != No
}

// Actions are the words for actions, in lower case.
type Actions map[string]fact.Action

// Act sets a rule's action by the word in an attribute. An unknown word, or one that isn't among the words, makes it undecided.
func Act(rule *fact.Ingress, o graph.Object, attr string, words Actions) {
	v := o.Attr(attr)
	if v.Absent() {
		v = missing(attr, hcl.Range{})
	}
	word, _ := v.Text()
	action, ok := words[strings.ToLower(word)]
	if rule.Action = action; !ok {
		rule.Action = fact.Undecided
		Doubt(rule, v)
	}
}

// Denies reports whether a deny counts. A deny of some source ports stops nobody, since clients choose their ports; an allow of
// some still admits everyone.
func Denies(rule *fact.Ingress, sourcePorts fact.Term[netset.Ports]) bool {
	switch {
	case rule.Action == fact.Allow:
		return true
	case sourcePorts.Set.Must.Equal(netset.AllPorts()):
		return true
	case !sourcePorts.Set.May.Equal(netset.AllPorts()):
		return rule.Action != fact.Deny
	}
	i := slices.IndexFunc(sourcePorts.Values, func(v graph.Value) bool { return !v.Absent() })
	Doubt(rule, sourcePorts.Values[max(i, 0)])
	return true
}

// Span reads a priority. An unknown one lies between lo and hi.
func Span(v graph.Value, lo, hi int) fact.Span {
	if n, ok := v.Int(); ok {
		return fact.Span{Lo: n, Hi: n}
	}
	return fact.Span{Lo: lo, Hi: hi}
}

// Members adds the members that an attribute's elements name to targets, by a reference to a resource of a type or by text.
// kind is the kind of their names. typ is empty if they aren't names of resources.
func Members(t *fact.Targets, g *graph.Graph, v graph.Value, kind, typ string) {
	elements, whole := v.Elements()
	if !whole {
		t.Unknown, t.By, t.Blind = true, append(t.By, v), append(t.Blind, kind)
	}
	for _, e := range elements {
		if Given(e) {
			MemberOf(t, g, e, kind, typ)
		}
	}
}

// MemberOf adds the member that a value names to targets.
func MemberOf(t *fact.Targets, g *graph.Graph, v graph.Value, kind, typ string) {
	name, known := v.Text()
	if targets, whole := g.Refer(v); typ != "" && whole && len(targets) == 1 {
		if r := targets[0].Resource; r != nil && r.Addr.Type == typ {
			name, known = r.Addr.String(), true
		}
	}
	if known {
		t.Names = append(t.Names, fact.Name{Kind: kind, Text: name})
		return
	}
	t.Unknown, t.By, t.Blind = true, append(t.By, v), append(t.Blind, kind)
	if term := v.Term(); term != "" {
		t.Alike = append(t.Alike, fact.Name{Kind: kind, Text: term})
	}
}

// Narrow limits a rule, whose sources are set, to some destinations; no addresses mean all. Traffic keeps its address family,
// so a rule for all destinations of one family becomes a rule for the sources of that family. The destinations are those of some
// values.
func Narrow(rule *fact.Ingress, to netset.Bounds[netset.Prefixes], by ...graph.Value) {
	if to.May.Empty() {
		return
	}
	var sources netset.Prefixes
	everywhere := true
	for _, f := range []Family{IPv4, IPv6} {
		all := f.All()
		if to.May.Overlaps(all) {
			sources = sources.Union(all)
			everywhere = everywhere && all.SubsetOf(to.Must)
		}
	}
	for i := range rule.Sources {
		rule.Sources[i].Set = netset.IntersectBounds(rule.Sources[i].Set, netset.Exactly(sources))
	}
	if !everywhere {
		if rule.Targets.Addresses = to; !to.Known() {
			rule.Targets.AddressesBy = by
		}
	}
}
