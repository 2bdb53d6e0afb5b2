package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
	"github.com/tfreach/tfreach/analyzer/reach"
)

// opening is a rule of a scope with who reaches the port through it.
type opening struct {
	reach.Opening
	who netset.Bounds[netset.Prefixes]
}

// verdict is a set of openings that together admit too many.
type verdict struct {
	outcome analyzer.Outcome
	// openings are those that do it; the one that admits most comes first.
	openings []opening
}

// question is what a rule forbids of a set of sources. It must be monotone: more sources never clear it.
type question func(netset.Prefixes) bool

// ask finds the openings of a scope that a question holds for, each alone where it suffices, else together. It returns
// what is left over for a milder question: the openings that are surely not the reason.
func ask(openings []opening, holds question) (verdicts []verdict, rest []opening) {
	for _, o := range openings {
		switch {
		case holds(o.who.Must):
			verdicts = append(verdicts, verdict{analyzer.Exposed, []opening{o}})
		case holds(o.who.May):
			verdicts = append(verdicts, verdict{analyzer.Unknown, []opening{o}})
			if !o.who.Must.Empty() {
				rest = append(rest, o)
			}
		default:
			rest = append(rest, o)
		}
	}
	must, may := make([]netset.Prefixes, len(rest)), make([]netset.Prefixes, len(rest))
	for i, o := range rest {
		must[i], may[i] = o.who.Must, o.who.May
	}
	switch {
	case holds(netset.UnionAll(must...)):
		return append(verdicts, together(analyzer.Exposed, rest)), nil
	case holds(netset.UnionAll(may...)) && slices.ContainsFunc(rest, func(o opening) bool { return !holds(o.who.May) }):
		return append(verdicts, together(analyzer.Unknown, rest)), rest
	}
	return verdicts, rest
}

// together is the verdict on openings of which none suffices alone.
func together(outcome analyzer.Outcome, openings []opening) verdict {
	side := func(o opening) netset.Prefixes {
		if outcome == analyzer.Unknown {
			return o.who.May.Difference(o.who.Must)
		}
		return o.who.Must
	}
	sorted := slices.DeleteFunc(slices.Clone(openings), func(o opening) bool { return size(side(o)) == 0 })
	slices.SortStableFunc(sorted, func(a, b opening) int { return cmp.Compare(size(side(b)), size(side(a))) })
	return verdict{outcome, sorted}
}

// size weighs a set of sources by its share of the public internet.
func size(p netset.Prefixes) float64 {
	v4, v6 := p.PublicShare()
	return v4 + v6
}

func openingsOf(e *reach.Exposure) []opening {
	out := make([]opening, len(e.Openings))
	for i, o := range e.Openings {
		out[i] = opening{o, e.Sources(o)}
	}
	return out
}

// finding describes a verdict. Whom names those who are admitted, as in "lets everyone reach FTP".
func finding(e *reach.Exposure, v verdict, whom string, holds question) analyzer.Finding {
	first := v.openings[0]
	rule := first.Rule
	f := analyzer.Finding{
		Outcome:   v.outcome,
		Resources: []graph.Address{rule.Resource.Addr},
		Scope:     e.Scope.Name,
		At:        place(first, v.outcome, holds),
		Opening:   describe(rule),
		Fix:       fix(e, rule),
	}
	verb := "lets"
	if v.outcome == analyzer.Unknown {
		verb = "may let"
		f.Decides = decides(v.openings)
	}
	f.Message = fmt.Sprintf("%s %s %s reach %s (%s)", subject(e, rule), verb, whom, e.Port.Label, e.Port)
	if text := describe(rule); text != "" {
		f.Message += ": it allows " + text
	}
	if n := len(v.openings) - 1; n > 0 {
		f.Message += fmt.Sprintf(", together with %s", plural(n, "other rule"))
	}
	f.Message += "."
	if f.At != rule.At {
		f.Related = append(f.Related, analyzer.Related{At: rule.At, Message: "the rule that opens the port"})
	}
	if r := e.Scope.Resource; r != nil && r != rule.Resource {
		f.Related = append(f.Related, analyzer.Related{At: r.Decl, Message: "the " + e.Scope.Kind + " that the rule belongs to"})
	}
	for _, o := range v.openings[1:] {
		f.Related = append(f.Related, analyzer.Related{At: o.Rule.At, Message: "a rule that admits more: " + describe(o.Rule)})
	}
	for _, call := range slices.Backward(rule.Resource.Calls) {
		f.Related = append(f.Related, analyzer.Related{At: call, Message: "the module call that makes it"})
	}
	return f
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// subject names what is open: the scope, and the rule in it where that is a resource of its own.
func subject(e *reach.Exposure, rule *fact.Ingress) string {
	self := rule.Resource.Addr.String()
	if e.Scope.Name == self {
		return self
	}
	return fmt.Sprintf("%s in %s %s", self, e.Scope.Kind, e.Scope.Name)
}

// describe returns what a rule allows, in brief: tcp 20-30 from 0.0.0.0/0.
func describe(rule *fact.Ingress) string {
	source := rule.Source().May
	var b strings.Builder
	proto := rule.Protocol.Set.May
	switch {
	case proto.Equal(netset.AllProtocols()):
		b.WriteString("all protocols")
	default:
		b.WriteString(proto.String())
	}
	if ports := rule.Ports.Set.May; !ports.Equal(netset.AllPorts()) {
		b.WriteString(" " + ports.String())
	}
	if !rule.Source().Known() {
		b.WriteString(" from an unknown source")
		return b.String()
	}
	b.WriteString(" from " + source.Summary(4))
	return b.String()
}

// place returns the place to edit: of the attribute, or of the element of a list, that admits most; for an unknown
// verdict that of the value which is unknown.
func place(o opening, outcome analyzer.Outcome, holds question) hcl.Range {
	rule := o.Rule
	if outcome == analyzer.Unknown {
		for _, v := range undecided(rule) {
			if v.At.Filename != "" {
				return v.At
			}
		}
		return rule.At
	}
	best, at := -1.0, rule.At
	for _, t := range rule.Sources {
		for _, v := range t.Values {
			for _, e := range located(v) {
				if s := size(admits(e).Intersect(t.Set.Must)); s > best && e.At.Filename != "" {
					best, at = s, e.At
				}
			}
		}
	}
	return at
}

// located returns the elements of a value that is written out as a list, else the value itself.
func located(v graph.Value) []graph.Value {
	elements, whole := v.Elements()
	if v.Absent() || !whole || len(elements) == 0 || elements[0].At == v.At {
		return []graph.Value{v}
	}
	return elements
}

// admits returns the addresses that a value names, as far as it is known.
func admits(v graph.Value) netset.Prefixes {
	elements, _ := v.Elements()
	var sets []netset.Prefixes
	for _, e := range elements {
		if s, ok := e.Text(); ok {
			if p, err := netset.ParseSource(s); err == nil {
				sets = append(sets, p)
			}
		}
	}
	return netset.UnionAll(sets...)
}

// undecided returns the values that keep a rule from being known, those of its sources first: values that are unknown,
// and names of what is not known here, such as a prefix list.
func undecided(rule *fact.Ingress) []graph.Value {
	var out []graph.Value
	add := func(known bool, values []graph.Value) {
		if known {
			return
		}
		var names []graph.Value
		for _, v := range values {
			for _, e := range located(v) {
				switch {
				case e.Absent():
				case !e.Known():
					out = append(out, e)
				case admits(e).Empty():
					names = append(names, e)
				}
			}
		}
		out = append(out, names...)
	}
	for _, t := range rule.Sources {
		add(t.Set.Known(), t.Values)
	}
	add(rule.Protocol.Set.Known(), rule.Protocol.Values)
	add(rule.Ports.Set.Known(), rule.Ports.Values)
	add(rule.Certain, []graph.Value{rule.Exists})
	return out
}

// decides returns what would decide an unknown verdict.
func decides(openings []opening) []graph.Origin {
	var out []graph.Origin
	for _, o := range openings {
		for _, v := range undecided(o.Rule) {
			if text, ok := v.Text(); ok {
				out = append(out, graph.Origin{Kind: graph.FromExpression, Name: text, At: v.At})
			}
			out = append(out, v.Origins()...)
		}
	}
	seen := map[graph.Origin]bool{}
	return slices.DeleteFunc(out, func(o graph.Origin) bool {
		was := seen[o]
		seen[o] = true
		return was
	})
}

// fix says what to change.
func fix(e *reach.Exposure, rule *fact.Ingress) string {
	ports := rule.Ports.Set.May
	if rule.Protocol.Set.May.Equal(netset.Protocol(e.Port.Protocol)) && ports.SubsetOf(e.Port.Ports) {
		return "Name the addresses that need " + e.Port.Label + " in place of this source, or remove the rule."
	}
	return fmt.Sprintf("Open only the ports that are needed, without %s, or name the addresses that need them.", e.Port)
}
