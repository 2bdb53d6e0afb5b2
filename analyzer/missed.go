package analyzer

import (
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
)

// missed is a name in an expectation that stands for nothing in an input.
type missed struct {
	rule, name string
	at         hcl.Range
}

// Miss notes that a name, which the settings have at a place, stands for nothing in the input. If it does in no input, the
// result says so.
func (p *Pass) Miss(name string, at hcl.Range) {
	p.missed = append(p.missed, missed{p.Rule.ID, name, at})
}

// missedByAll returns notices of the names that stand for nothing in any input that was read.
func (s *Selection) missedByAll(now []Rows) []Notice {
	var all []Rows
	for _, rows := range now {
		if rows.read {
			all = append(all, rows)
		}
	}
	if len(all) == 0 {
		return nil
	}
	var out []Notice
	for _, m := range all[0].missed {
		if !slices.ContainsFunc(all, func(rows Rows) bool { return !slices.Contains(rows.missed, m) }) {
			out = append(out, Notice{
				Level: Warning, Summary: "An expectation names what there isn't", At: s.policy.at(m.at),
				Detail: fmt.Sprintf("%s: %q is the address of no machine, listener, database or network here, so nothing is asked of it.", m.rule, m.name),
			})
		}
	}
	return out
}
