package analyzer

import (
	"errors"
	"fmt"
	"slices"

	"github.com/tfreach/tfreach/analyzer/graph"
)

// ErrUncompared is the error of asking for new findings on an input that can't be compared with anything.
var ErrUncompared = errors.New("is no plan, so it takes a baseline to tell what is new")

// Compare joins the rows of a selection's inputs, compares their findings with those of before, and applies the suppressions of
// comments and settings. It returns ErrUncompared if new findings are asked for and there is nothing to compare with.
func Compare(s *Selection, now []Rows, before *Before) (*Result, error) {
	r := &Result{
		Rules: s.Analyst.rules, Inputs: s.config.Paths, Root: s.Root, Trusted: s.policy.settings.Trusted,
		Baseline: before.name, NewOnly: s.config.NewOnly, trees: s.trees,
		text: func(name string) []byte {
			if before.text != nil && name == s.baseline {
				return before.text
			}
			return s.text(name)
		},
	}
	comments := newComments(s.text, s.config.Today)
	settings := s.policy.suppressor()
	for _, root := range rootsOf(now) {
		if !s.config.NoSuppressions {
			for _, rows := range root.rows {
				comments.suppress(rows.findings)
			}
		}
		findings, err := root.compare(before, s.config.NewOnly)
		if err != nil {
			return nil, err
		}
		findings = settings.adjust(findings)
		r.openings = append(r.openings, entriesOf(root.name, findings)...)
		r.Findings = append(r.Findings, findings...)
	}
	r.Findings = append(r.Findings, settings.adjust(compare(nil, before.gone))...)
	r.Notices = slices.Concat(s.notices, before.notices, s.policy.notices(s.config.Rules, r.Rules))
	r.Notices = append(r.Notices, s.missedByAll(now)...)
	configured := false
	counted := map[folder]int{} // of root modules with several variants
	for i := range now {
		rows := &now[i]
		configured = configured || rows.configured
		r.Notices = append(r.Notices, rows.notices...)
		if rows.read {
			n := rows.resources
			if _, again := counted[rows.at]; rows.input.variant == "" || !again {
				r.Roots++
			}
			if rows.input.variant != "" {
				n = max(n-counted[rows.at], 0)
				counted[rows.at] += n
			}
			r.Resources += n
			r.Declared = append(r.Declared, rows.declared)
			r.Shadowed = append(r.Shadowed, rows.shadowed...)
		}
	}
	if configured && !s.config.NoSuppressions {
		r.Notices = append(r.Notices, comments.notices(s)...)
	}
	r.files, r.filesBefore = newCovered(r.text), newCovered(before.source)
	r.files.learn(r.Findings, false)
	r.filesBefore.learn(r.Findings, true)
	r.finish()
	return r, nil
}

// root has the rows of one root module, such as those of several plans of it. All rows whose root module isn't known share one
// root.
type root struct {
	name string // in places
	rows []Rows
}

// rootsOf joins the rows of each root module, with copies of their findings.
func rootsOf(now []Rows) []*root {
	var out []*root
	byName := map[string]*root{}
	for _, rows := range now {
		if !rows.read {
			continue
		}
		name := rows.at.place()
		if byName[name] == nil {
			byName[name] = &root{name: name}
			out = append(out, byName[name])
		}
		rows.findings = slices.Clone(rows.findings)
		byName[name].rows = append(byName[name].rows, rows)
	}
	return out
}

// compare says which findings are new: against the baseline if there is one, else each plan's against what is there before
// the plan.
func (r *root) compare(before *Before, newOnly bool) ([]Finding, error) {
	if before.name == "" {
		var out []Finding
		for _, rows := range r.rows {
			switch {
			case rows.planned:
				out = append(out, rows.compared(rows.findings, rows.before)...)
			case newOnly:
				return nil, fmt.Errorf("%s %w", rows.input.Name, ErrUncompared)
			default:
				out = append(out, rows.findings...)
			}
		}
		return out, nil
	}
	first := r.rows[0]
	var findings []Finding
	for _, rows := range r.rows {
		findings = append(findings, rows.findings...)
		first.lost = first.lost || rows.lost
	}
	was, known := before.of(r.name)
	if !known {
		return findings, nil
	}
	return first.compared(findings, renamed(was, first.moves)), nil
}

// compared compares findings. If only a part of the input has a verdict, nothing counts as gone.
func (r *Rows) compared(after, before []Finding) []Finding {
	out := compare(after, before)
	if r.lost {
		out = slices.DeleteFunc(out, func(f Finding) bool { return f.Change == Absent })
	}
	return out
}

// renamed returns findings of before with the addresses that the configuration's moved blocks give to their resources.
func renamed(before []Finding, moves graph.Moves) []Finding {
	out := slices.Clone(before)
	for i := range out {
		out[i].Scope = moves.Moved(out[i].Scope)
	}
	return out
}
