package analyzer

import "github.com/tfreach/tfreach/analyzer/netset"

// Change says how a finding compares with what was there before: before the plan, or in the baseline.
type Change uint8

// The changes.
const (
	// Uncompared means that there is nothing to compare the finding with.
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

// Changes counts findings, or their causes, by how they compare.
type Changes struct{ New, Unchanged, Absent int }

// Compared reports whether any findings were compared.
func (c Changes) Compared() bool { return c != Changes{} }

func (c *Changes) count(change Change) {
	switch change {
	case New:
		c.New++
	case Unchanged:
		c.Unchanged++
	case Absent:
		c.Absent++
	case Uncompared:
	}
}

// admission is what two openings must share to be compared: the port and the scope, whichever rule of the scope lets the
// traffic in and whichever question found it.
type admission struct {
	service, scope, variant string
	outcome                 Outcome
}

func admissionOf(f *Finding, outcome Outcome) admission {
	return admission{f.Rule.Port.Service, f.Scope, f.variant(), outcome}
}

// property is what two findings about a trait must share to be compared.
type property struct {
	rule, scope, variant, trait string
	outcome                     Outcome
}

// admitted is what was let in.
type admitted struct {
	traffic netset.Traffic
	// withheld is true if a part of it is sensitive and therefore not told.
	withheld bool
}

// compare marks the findings that are new, and adds those of before that are gone. A baseline doesn't tell what a sensitive
// finding admits; such an entry stands for any traffic.
func compare(after, before []Finding) []Finding {
	traffic := map[admission][]netset.Traffic{}
	was := map[admission]admitted{}
	traits := map[property]bool{}
	for i := range before {
		f := &before[i]
		switch about := f.About.(type) {
		case Traffic:
			k := admissionOf(f, f.Outcome)
			traffic[k] = append(traffic[k], about.Admits)
			a := was[k]
			a.withheld = a.withheld || f.Sensitive && about.Admits.Empty()
			was[k] = a
		case Trait:
			traits[property{f.Rule.ID, f.Scope, f.variant(), about.Name, f.Outcome}] = true
		}
	}
	for k, sets := range traffic {
		was[k] = admitted{netset.UnionAll(sets...), was[k].withheld}
	}
	is := map[question]bool{}
	for i := range after {
		f := &after[i]
		is[questionOf(f)] = true
		f.Change = New
		switch about := f.About.(type) {
		case Trait:
			p := property{f.Rule.ID, f.Scope, f.variant(), about.Name, Exposed}
			perhaps := p
			perhaps.outcome = Unknown
			if traits[p] || f.Outcome == Unknown && traits[perhaps] {
				f.Change = Unchanged
			}
		case Traffic:
			known := was[admissionOf(f, Exposed)]
			if f.Outcome == Unknown {
				perhaps := was[admissionOf(f, Unknown)]
				known = admitted{known.traffic.Union(perhaps.traffic), known.withheld || perhaps.withheld}
			}
			if about.Admits.SubsetOf(known.traffic) || f.Sensitive && known.withheld {
				f.Change = Unchanged
			}
		}
	}
	for _, f := range before {
		if !is[questionOf(&f)] {
			f.Change = Absent
			after = append(after, f)
		}
	}
	return after
}

// question identifies what a finding answers: what its rule asks about a scope and, for a trait, about which trait.
type question struct{ rule, scope, variant, trait string }

func questionOf(f *Finding) question {
	q := question{rule: f.Rule.ID, scope: f.Scope, variant: f.variant()}
	if t, ok := f.About.(Trait); ok {
		q.trait = t.Name
	}
	return q
}
