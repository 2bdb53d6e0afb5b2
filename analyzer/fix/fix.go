package fix

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/config"
)

// Options say what may take everyone's place, where a rule opens nothing but the port.
type Options struct {
	// Trusted are addresses; one must be chosen if they are several.
	Trusted []config.Trusted
	// Variable is the name of a variable that holds addresses, in place of Trusted; it may be empty.
	Variable string
	// Trials bounds how many edits are tried one by one where not all can be made together; 0 doesn't.
	Trials int
}

// Left is a finding that stays, and why.
type Left struct {
	Finding *analyzer.Finding
	Why     error
}

// Plan sets the Edits of the findings of a result of the run that can be made to go, and returns those that stay. All edits
// can be made together. What there is no time to try before ctx ends stays.
func Plan(ctx context.Context, run analyzer.Config, r *analyzer.Result, o Options) []Left {
	p := &planner{run: run, before: r, now: r, edits: map[string][]analyzer.Edit{}}
	edits, left := p.candidates(o)
	if len(edits) > 1 {
		// Mostly all can be made together, which takes one analysis.
		indices := slices.Sorted(maps.Keys(edits))
		if why := p.try(ctx, indices, edits); why == nil {
			return p.finish(left)
		}
	}
	trials := 0
	for _, i := range slices.Sorted(maps.Keys(edits)) {
		f := &r.Findings[i]
		if !found(p.now, f) {
			continue // another change closed it
		}
		if trials++; o.Trials > 0 && trials > o.Trials {
			left = append(left, Left{f, errors.New("there are too many to try them all")})
			continue
		}
		if why := p.try(ctx, []int{i}, edits); why != nil {
			left = append(left, Left{f, why})
		}
	}
	return p.finish(left)
}

// planner makes edits one after another.
type planner struct {
	run         analyzer.Config
	before, now *analyzer.Result
	// edits are those that are made, by file.
	edits map[string][]analyzer.Edit
}

// candidates returns the edits that may make findings go, by the indices of these, and the findings that there are none
// for.
func (p *planner) candidates(o Options) (map[int][]analyzer.Edit, []Left) {
	edits := map[int][]analyzer.Edit{}
	var left []Left
	t := texts{result: p.before}
	for i := range p.before.Findings {
		f := &p.before.Findings[i]
		if f.Change == analyzer.Absent {
			continue
		}
		e, err := t.of(f, o)
		if err != nil {
			left = append(left, Left{f, err})
			continue
		}
		edits[i] = e
	}
	return edits, left
}

// errOutOfTime is why an edit is not made that there was no time to try.
var errOutOfTime = errors.New("there was no time to try it")

// try makes the edits for findings if they are right, and otherwise says why not.
func (p *planner) try(ctx context.Context, indices []int, edits map[int][]analyzer.Edit) error {
	if ctx.Err() != nil {
		return errOutOfTime
	}
	tried := maps.Clone(p.edits)
	for _, i := range indices {
		for _, e := range edits[i] {
			if !slices.Contains(tried[e.At.Filename], e) {
				tried[e.At.Filename] = append(slices.Clip(tried[e.At.Filename]), e)
			}
		}
	}
	run := p.run
	run.Overlay, run.TraceValues = Applied(p.before, tried), false
	after, err := analyzer.Run(ctx, run)
	if ctx.Err() != nil {
		return errOutOfTime
	}
	if err != nil {
		return fmt.Errorf("the change that offers itself can't be analysed: %w", err)
	}
	for _, i := range indices {
		if why := p.accept(&p.before.Findings[i], after); why != nil {
			return why
		}
	}
	if why := unharmed(p.before, p.now, after); why != nil {
		return why
	}
	for _, i := range indices {
		p.before.Findings[i].Edits = edits[i]
	}
	p.edits, p.now = tried, after
	return nil
}

// accept says why edits for a finding are wrong by what is found after them.
func (p *planner) accept(f *analyzer.Finding, after *analyzer.Result) error {
	now, then := tally(p.now), tally(after)
	for _, id := range identify(f) {
		if then.undecided[id] > now.undecided[id] {
			return errors.New("what would take everyone's place has no value here, so it can't be checked; give the variable a value")
		}
		if now.all[id] > 0 && then.all[id] >= now.all[id] {
			return errors.New("the change that offers itself does not close it")
		}
	}
	for id, n := range then.all {
		if n > now.all[id] {
			return errors.New("the change that offers itself brings another finding: " + id.rule + " of " + id.address)
		}
	}
	if p.now.Complete() && !after.Complete() {
		return errors.New("with the change that offers itself not all can be analysed")
	}
	return nil
}

// finish returns the findings that the edits leave.
func (p *planner) finish(left []Left) []Left {
	left = slices.DeleteFunc(left, func(l Left) bool { return !found(p.now, l.Finding) })
	index := func(l Left) int {
		return slices.IndexFunc(p.before.Findings, func(f analyzer.Finding) bool { return f.Rule == l.Finding.Rule && f.At == l.Finding.At })
	}
	slices.SortStableFunc(left, func(a, b Left) int { return cmp.Compare(index(a), index(b)) })
	return left
}

// identity is what stays of a finding when the text changes.
type identity struct{ rule, address, input string }

// identify returns the identities of a finding, one for each instance.
func identify(f *analyzer.Finding) []identity {
	var out []identity
	for _, a := range f.Resources {
		for _, in := range f.Inputs {
			out = append(out, identity{f.Rule.ID, a.String(), in})
		}
	}
	return out
}

// counts are numbers of findings.
type counts struct{ all, undecided map[identity]int }

func tally(r *analyzer.Result) counts {
	c := counts{map[identity]int{}, map[identity]int{}}
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Change == analyzer.Absent {
			continue
		}
		for _, id := range identify(f) {
			c.all[id]++
			if f.Outcome == analyzer.Unknown {
				c.undecided[id]++
			}
		}
	}
	return c
}

// found says whether a result has a finding with the same opening.
func found(r *analyzer.Result, f *analyzer.Finding) bool {
	ids := identify(f)
	return slices.ContainsFunc(r.Findings, func(o analyzer.Finding) bool {
		return o.Opening() == f.Opening() && o.Change != analyzer.Absent &&
			slices.ContainsFunc(identify(&o), func(id identity) bool { return slices.Contains(ids, id) })
	})
}

// Applied returns the texts of files with edits, by their names in places.
func Applied(r *analyzer.Result, edits map[string][]analyzer.Edit) map[string][]byte {
	out := map[string][]byte{}
	for file, list := range edits {
		out[file] = Apply(r.Uncovered(file), list)
	}
	return out
}

// Planned returns the edits of all findings by file, each once.
func Planned(r *analyzer.Result) map[string][]analyzer.Edit {
	out := map[string][]analyzer.Edit{}
	for i := range r.Findings {
		for _, e := range r.Findings[i].Edits {
			if name := e.At.Filename; !slices.Contains(out[name], e) {
				out[name] = append(out[name], e)
			}
		}
	}
	return out
}

// names joins words in a sentence: a, b and c.
func names(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}
