package rules

import (
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// deciding returns the value that a verdict on a rule rests on: the source that admits most or, for an unknown verdict, the
// first unknown value.
func deciding(rule *fact.Ingress, outcome analyzer.Outcome) graph.Value {
	if outcome == analyzer.Unknown {
		if values := undecided(rule); len(values) > 0 {
			return values[0]
		}
	}
	best, value := -1.0, graph.Value{}
	for _, t := range rule.Sources {
		for _, part := range t.Parts() {
			if s := size(part.Set.Must.Intersect(t.Set.Must)); s > best {
				best, value = s, part.Value
			}
		}
	}
	return value
}

// elements returns the elements of a collection; the value itself if it isn't a collection, or isn't known.
func elements(v graph.Value) []graph.Value {
	out, whole := v.Elements()
	if !whole || len(out) == 0 {
		return []graph.Value{v}
	}
	return out
}

// place returns the place to edit: the last place in the user's own files on the way to where the deciding value is written,
// else the call of the module that isn't the user's, else the rule. A value that an adapter made has no way, but may have a
// place.
func place(rule *fact.Ingress, value graph.Value, steps []graph.Step) hcl.Range {
	return placeIn(rule.At, rule.Resource.Calls, value, steps)
}

// placeIn is place for a value of something that is declared at a range and that module calls lead to.
func placeIn(declared hcl.Range, calls []hcl.Range, value graph.Value, steps []graph.Step) hcl.Range {
	if len(steps) == 0 && value.At.Filename != "" && !analyzer.Installed(value.At.Filename) {
		return value.At
	}
	for _, s := range slices.Backward(steps) {
		if !analyzer.Installed(s.At.Filename) {
			return s.At
		}
	}
	if analyzer.Installed(declared.Filename) {
		for _, call := range slices.Backward(calls) {
			if !analyzer.Installed(call.Filename) {
				return call
			}
		}
	}
	return declared
}

// placesOf returns the places of steps.
func placesOf(steps []graph.Step) []hcl.Range {
	out := make([]hcl.Range, len(steps))
	for i, s := range steps {
		out[i] = s.At
	}
	return out
}

// onTheWay returns the places between the attribute and the place of a finding.
func onTheWay(steps []graph.Step, at hcl.Range) []analyzer.Related {
	var out []analyzer.Related
	for _, s := range steps {
		if s.At != at {
			out = append(out, analyzer.Related{At: analyzer.At(s.At), Message: s.Message})
		}
	}
	return out
}

// writtenSources returns where a rule's sources are written that let everyone in.
func writtenSources(rule *fact.Ingress) []hcl.Range {
	var out []hcl.Range
	for _, t := range rule.Sources {
		for _, part := range t.Parts() {
			if !part.Value.Absent() && netset.Everyone(part.Set.Must) {
				out = append(out, place(rule, part.Value, part.Value.Trace()))
			}
		}
	}
	return out
}

// writtenPorts returns where a rule's ports are written.
func writtenPorts(rule *fact.Ingress) []hcl.Range {
	var out []hcl.Range
	for _, v := range rule.Ports.Values {
		for _, e := range elements(v) {
			if !e.Absent() {
				out = append(out, place(rule, e, e.Trace()))
			}
		}
	}
	return out
}

// besides returns the places of what makes an opening besides the value that lets everyone in: its protocol and ports, and the
// elements of for_each that these and the sources are of.
func besides(rule *fact.Ingress) []hcl.Range {
	var out []hcl.Range
	for _, v := range slices.Concat(rule.Protocol.Values, rule.Ports.Values) {
		for _, e := range elements(v) {
			out = append(append(out, placesOf(e.Trace())...), e.MadeBy()...)
		}
	}
	for _, t := range rule.Sources {
		for _, v := range t.Values {
			out = append(out, v.MadeBy()...)
		}
	}
	return out
}
