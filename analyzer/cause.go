package analyzer

import (
	"cmp"
	"slices"

	"github.com/tfreach/tfreach/analyzer/graph"
)

// Cause is what findings have in common that one edit, or one value, decides.
type Cause struct {
	// At is the place of the value that opens, or of the one that would decide. It may be empty for what would decide.
	At Place
	// Decider is what would decide the findings, if they are unknown; nil for others.
	Decider *Decider
	// Findings are those of Result.Findings, in their order; at least one.
	Findings []*Finding
	// Opens are the resources with an open rule or port, and Reaches the machines and listeners that have a way from the
	// internet, ordered.
	Opens, Reaches []graph.Address
}

// Worst is the most serious of the findings, by its level and by the score of its rule.
func (c *Cause) Worst() *Finding {
	return slices.MaxFunc(c.Findings, func(a, b *Finding) int {
		return cmp.Or(cmp.Compare(a.Level, b.Level), cmp.Compare(a.Rule.Severity, b.Rule.Severity))
	})
}

// Causes groups the findings on what is there now by what decides them, the most serious cause first, the new ones apart from
// those that were there before. What is open belongs
// to the place of its deciding value, and a machine that is reached to the value of the rule that lets the traffic in. What
// is unknown belongs to what would decide it; of several deciders to the one that decides most.
func (r *Result) Causes() []Cause {
	type key struct {
		outcome Outcome
		change  Change
		at      Place
		decider Decider
	}
	by := decidersOf(r.Findings)
	places := rulePlaces(r.Findings)
	index := map[key]int{}
	var out []Cause
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Change == Absent {
			continue
		}
		k := key{outcome: f.Outcome, change: f.Change}
		if d := by.of(f); d != nil {
			k.decider = *d
		} else {
			k.at = places.of(f)
		}
		at, ok := index[k]
		if !ok {
			at = len(out)
			index[k] = at
			c := Cause{At: k.at}
			if k.decider != (Decider{}) {
				c.At, c.Decider = k.decider.Place(), &k.decider
			}
			out = append(out, c)
		}
		c := &out[at]
		c.Findings = append(c.Findings, f)
		if len(f.Path) > 0 {
			c.Reaches = append(c.Reaches, f.Resources...)
		} else {
			c.Opens = append(c.Opens, f.Resources...)
		}
	}
	for i := range out {
		c := &out[i]
		for _, list := range []*[]graph.Address{&c.Opens, &c.Reaches} {
			slices.SortFunc(*list, graph.Address.Compare)
			*list = slices.CompactFunc(*list, func(a, b graph.Address) bool { return a.Compare(b) == 0 })
		}
	}
	return out
}

// ruleKey is a rule for traffic, by its block, the service that it opens and a root module that has it.
type ruleKey struct {
	block   Place
	service string
	input   string
}

// openRules are the places of the values that open rules.
type openRules map[ruleKey]Place

func rulePlaces(findings []Finding) openRules {
	out := openRules{}
	for i := range findings {
		f := &findings[i]
		if _, ok := f.About.(Traffic); !ok || len(f.Path) > 0 || f.Outcome != Exposed || f.Change == Absent {
			continue
		}
		for _, in := range f.Inputs {
			k := ruleKey{f.Declared, f.Rule.Port.Service, in}
			if _, ok := out[k]; !ok {
				out[k] = f.At
			}
		}
	}
	return out
}

// of returns the place that decides a finding: that of the last rule on its way which is open, or else its own.
func (o openRules) of(f *Finding) Place {
	for _, step := range slices.Backward(f.Path) {
		for _, in := range f.Inputs {
			if at, ok := o[ruleKey{step.At, f.Rule.Port.Service, in}]; ok {
				return at
			}
		}
	}
	return f.At
}

// deciders count the unknown findings that something would decide.
type deciders map[Decider]int

func decidersOf(findings []Finding) deciders {
	out := deciders{}
	for i := range findings {
		if f := &findings[i]; f.Outcome == Unknown && f.Change != Absent {
			for _, d := range f.Decides {
				out[d]++
			}
		}
	}
	return out
}

// of returns the decider of a finding that decides most others; the first one of several, and nil if there is none.
func (d deciders) of(f *Finding) *Decider {
	if f.Outcome != Unknown || len(f.Decides) == 0 {
		return nil
	}
	best := slices.MaxFunc(f.Decides, func(a, b Decider) int { return cmp.Compare(d[a], d[b]) })
	return &best
}
