package analyzer

import (
	"github.com/tfreach/tfreach/analyzer/netset"
)

// Change says how a finding compares with what was there before: before the plan, or in the baseline.
type Change uint8

// The changes.
const (
	// Uncompared is a finding that there is nothing to compare with.
	Uncompared Change = iota + 1
	// New is an opening that admits somebody who was not admitted before.
	New
	// Unchanged is an opening that was there before.
	Unchanged
	// Absent is an opening that was there before and is no longer.
	Absent
)

// String returns the word of SARIF's baselineState, and nothing for Uncompared.
func (c Change) String() string {
	switch c {
	case New:
		return "new"
	case Unchanged:
		return "unchanged"
	case Absent:
		return "absent"
	case Uncompared:
	}
	return ""
}

// scopeOutcome is what findings of one rule are compared by: who is let in through a scope, whichever of its rules does.
type scopeOutcome struct {
	scope   string
	outcome Outcome
}

// compare says which findings of a rule are new, and adds those that were there before and are no longer.
func compare(after, before []Finding) []Finding {
	admitted := func(findings []Finding) map[scopeOutcome]netset.Prefixes {
		sets := map[scopeOutcome][]netset.Prefixes{}
		for _, f := range findings {
			k := scopeOutcome{f.Scope, f.Outcome}
			sets[k] = append(sets[k], f.Admits)
		}
		out := map[scopeOutcome]netset.Prefixes{}
		for k, s := range sets {
			out[k] = netset.UnionAll(s...)
		}
		return out
	}
	was, is := admitted(before), admitted(after)
	for i, f := range after {
		after[i].Change = New
		if f.Admits.SubsetOf(was[scopeOutcome{f.Scope, Exposed}]) {
			after[i].Change = Unchanged
		}
	}
	for _, f := range before {
		_, exposed := is[scopeOutcome{f.Scope, Exposed}]
		_, unknown := is[scopeOutcome{f.Scope, Unknown}]
		if f.Outcome == Exposed && !exposed && !unknown {
			f.Change = Absent
			after = append(after, f)
		}
	}
	return after
}
