package analyzer

import (
	"cmp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer/graph"
)

// finish groups the findings that one block makes in several instances, and orders what is in the result.
func (r *Result) finish() {
	type key struct {
		rule     *Rule
		outcome  Outcome
		at       Place
		block    Place
		opening  string
		change   Change
		exposed  Exposure
		accepted *Suppression
	}
	groups := map[key]int{}
	var findings []Finding
	for _, f := range r.Findings {
		k := key{f.Rule, f.Outcome, f.At, f.Declared, f.Opening(), f.Change, f.Exposure, f.Suppression}
		if i, ok := groups[k]; ok {
			findings[i].Resources = append(findings[i].Resources, f.Resources...)
			findings[i].Inputs = append(findings[i].Inputs, f.Inputs...)
			findings[i].Decides = append(slices.Clip(findings[i].Decides), f.Decides...)
			continue
		}
		groups[k] = len(findings)
		findings = append(findings, f)
	}
	for i := range findings {
		if findings[i].Suppression == nil {
			r.Changes.count(&findings[i])
		}
	}
	if r.NewOnly {
		findings = slices.DeleteFunc(findings, func(f Finding) bool { return f.Change != New })
	}
	for i := range findings {
		f := &findings[i]
		slices.SortFunc(f.Resources, graph.Address.Compare)
		f.Resources = slices.CompactFunc(f.Resources, func(a, b graph.Address) bool { return a.Compare(b) == 0 })
		slices.Sort(f.Inputs)
		f.Inputs = slices.Compact(f.Inputs)
		seen := map[Decider]bool{}
		f.Decides = slices.DeleteFunc(f.Decides, func(o Decider) bool {
			was := seen[o]
			seen[o] = true
			return was
		})
	}
	slices.SortStableFunc(findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(b.Level, a.Level), cmp.Compare(a.Outcome, b.Outcome), cmp.Compare(a.Exposure, b.Exposure), comparePlaces(a.At.Range, b.At.Range),
			strings.Compare(a.Rule.ID, b.Rule.ID), a.Resources[0].Compare(b.Resources[0]))
	})
	r.Findings, r.Suppressed = nil, nil
	for _, f := range findings {
		if f.Suppression != nil {
			r.Suppressed = append(r.Suppressed, f)
		} else {
			r.Findings = append(r.Findings, f)
		}
	}
	slices.SortStableFunc(r.Notices, func(a, b Notice) int {
		return cmp.Or(comparePlaces(a.At, b.At), strings.Compare(a.Summary, b.Summary), strings.Compare(a.Detail, b.Detail))
	})
	r.Notices = slices.Compact(r.Notices)
}

func comparePlaces(a, b hcl.Range) int {
	return cmp.Or(strings.Compare(a.Filename, b.Filename), cmp.Compare(a.Start.Byte, b.Start.Byte), cmp.Compare(a.End.Byte, b.End.Byte))
}
