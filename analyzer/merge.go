package analyzer

import (
	"cmp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer/graph"
)

// finish merges the findings that one block causes in several instances, and sorts the contents of the result.
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
	decided := map[int]map[Decider]bool{} // of findings that others were merged with
	for _, f := range r.Findings {
		k := key{f.Rule, f.Outcome, f.At, f.Declared, f.Opening(), f.Change, f.Exposure, f.Suppression}
		if i, ok := groups[k]; ok {
			findings[i].Resources = append(findings[i].Resources, f.Resources...)
			findings[i].Inputs = append(findings[i].Inputs, f.Inputs...)
			findings[i].Variants = append(findings[i].Variants, f.Variants...)
			into := &findings[i]
			if decided[i] == nil {
				decided[i] = map[Decider]bool{}
				into.Decides = slices.Clip(into.Decides)
				for _, d := range into.Decides {
					decided[i][d] = true
				}
			}
			for _, d := range f.Decides {
				if !decided[i][d] {
					decided[i][d] = true
					into.Decides = append(into.Decides, d)
				}
			}
			continue
		}
		groups[k] = len(findings)
		findings = append(findings, f)
	}
	counted := slices.DeleteFunc(slices.Clone(findings), func(f Finding) bool { return f.Suppression != nil })
	for i := range counted {
		r.Changes.count(counted[i].Change)
	}
	for _, c := range causes(counted) {
		r.CauseChanges.count(c.Change)
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
		slices.SortFunc(f.Variants, Variant.Compare)
		f.Variants = slices.Compact(f.Variants)
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
	r.Unread = r.unread(r.Notices)
	r.Notices = joined(r.Notices)
}

func comparePlaces(a, b hcl.Range) int {
	return cmp.Or(strings.Compare(a.Filename, b.Filename), cmp.Compare(a.Start.Byte, b.Start.Byte), cmp.Compare(a.End.Byte, b.End.Byte))
}
