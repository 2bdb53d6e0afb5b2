package analyzer

import (
	"cmp"
	"slices"

	"github.com/tfreach/tfreach/analyzer/graph"
)

// Cause is what findings have in common that one edit, or one value, decides. Reports tell of causes: a rule and the machines
// that it lets the internet reach are one story.
type Cause struct {
	// At is where the deciding value is written. It may be empty if the findings are unknown.
	At Place
	// Decider is what would decide the findings, if they are unknown; nil for others, and where nothing is known of it.
	Decider *Decider
	// Outcome, Change and Suppression are those of all the findings.
	Outcome     Outcome
	Change      Change
	Suppression *Suppression
	// Findings are those of the result, the most serious first; at least one.
	Findings []*Finding
	// Opens are the resources with an open rule or port, and Reaches the machines and listeners that have a way from the
	// internet, ordered.
	Opens, Reaches []graph.Address
}

// Worst is the most serious of the findings, by its level and by the score of its rule.
func (c *Cause) Worst() *Finding { return c.Findings[0] }

// Opener is the finding that says best what to change: one about the rule that lets the worst one's traffic in, else one at
// the place of the cause, else one about a rule, else the worst.
func (c *Cause) Opener() *Finding {
	worst := c.Worst()
	for _, fits := range []func(*Finding) bool{
		func(f *Finding) bool {
			return f.Rule.Port.Service == worst.Rule.Port.Service && slices.ContainsFunc(worst.Path, func(s PathStep) bool { return s.At == f.Declared })
		},
		func(f *Finding) bool { return f.At == c.At },
		func(*Finding) bool { return true },
	} {
		if i := slices.IndexFunc(c.Findings, func(f *Finding) bool { return len(f.Path) == 0 && fits(f) }); i >= 0 {
			return c.Findings[i]
		}
	}
	return worst
}

// Sensitive reports whether the text at the place of the cause must not be shown.
func (c *Cause) Sensitive() bool {
	return slices.ContainsFunc(c.Findings, func(f *Finding) bool { return f.Sensitive })
}

// Causes groups the findings that count by what decides them, the most serious cause first.
func (r *Result) Causes() []Cause { return causes(r.Findings) }

// SuppressedCauses groups the findings that don't count.
func (r *Result) SuppressedCauses() []Cause { return causes(r.Suppressed) }

// causeKey is what findings of one cause have in common.
type causeKey struct {
	outcome     Outcome
	change      Change
	suppression *Suppression
	at          Place
	// question is the service that traffic is let in to, or the rule about a trait. It is empty for what has a decider.
	question string
	decider  Decider
}

// causes groups findings. What is open belongs to the place of its deciding value, and a machine that is reached to the value
// of the rule that lets the traffic in. What is unknown belongs to what would decide it; of several deciders to the one that
// decides most. What is new stands apart from what was there before, and each service apart from the others.
func causes(findings []Finding) []Cause {
	by := decidersOf(findings)
	places := rulePlaces(findings)
	index := map[causeKey]int{}
	var out []Cause
	for i := range findings {
		f := &findings[i]
		k := causeKey{outcome: f.Outcome, change: f.Change, suppression: f.Suppression}
		if d := by.of(f); d != nil {
			k.decider = *d
		} else {
			k.at, k.question = places.of(f), f.question()
		}
		at, ok := index[k]
		if !ok {
			at = len(out)
			index[k] = at
			c := Cause{At: k.at, Outcome: k.outcome, Change: k.change, Suppression: k.suppression}
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
		slices.SortStableFunc(c.Findings, func(a, b *Finding) int {
			return cmp.Or(cmp.Compare(b.Level, a.Level), cmp.Compare(b.Rule.Severity, a.Rule.Severity))
		})
		for _, list := range []*[]graph.Address{&c.Opens, &c.Reaches} {
			slices.SortFunc(*list, graph.Address.Compare)
			*list = slices.CompactFunc(*list, func(a, b graph.Address) bool { return a.Compare(b) == 0 })
		}
	}
	return out
}

// question is what a finding answers: who reaches a service, or what a rule asks of a server.
func (f *Finding) question() string {
	if _, ok := f.About.(Traffic); ok && f.Rule.Port.Service != "" {
		return f.Rule.Port.Service
	}
	return f.Rule.ID
}

// ruleKey identifies a rule for traffic by its block, the service that it opens and a root module that has it.
type ruleKey struct {
	block   Place
	service string
	input   string
	// absent keeps what is no longer there apart from what is.
	absent bool
}

// openRules are the places of the values that open rules.
type openRules map[ruleKey]Place

func rulePlaces(findings []Finding) openRules {
	out := openRules{}
	for i := range findings {
		f := &findings[i]
		if _, ok := f.About.(Traffic); !ok || len(f.Path) > 0 || f.Outcome != Exposed {
			continue
		}
		for _, in := range f.Inputs {
			k := ruleKey{f.Declared, f.Rule.Port.Service, in, f.Change == Absent}
			if _, ok := out[k]; !ok {
				out[k] = f.At
			}
		}
	}
	return out
}

// of returns the place that decides a finding: the place of the last open rule on its way, or else the finding's own.
func (o openRules) of(f *Finding) Place {
	for _, step := range slices.Backward(f.Path) {
		for _, in := range f.Inputs {
			if at, ok := o[ruleKey{step.At, f.Rule.Port.Service, in, f.Change == Absent}]; ok {
				return at
			}
		}
	}
	return f.At
}

// deciders has, for each decider, how many unknown findings it would decide.
type deciders map[Decider]int

func decidersOf(findings []Finding) deciders {
	out := deciders{}
	for i := range findings {
		if f := &findings[i]; f.Outcome == Unknown {
			for _, d := range f.Decides {
				out[d]++
			}
		}
	}
	return out
}

// of returns the one of a finding's deciders that decides most findings, the first if several do; nil if the finding has none.
func (d deciders) of(f *Finding) *Decider {
	if f.Outcome != Unknown || len(f.Decides) == 0 {
		return nil
	}
	best := slices.MaxFunc(f.Decides, func(a, b Decider) int { return cmp.Compare(d[a], d[b]) })
	return &best
}
