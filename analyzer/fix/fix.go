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

// Options says what may replace everyone's addresses in a rule that opens only the port.
type Options struct {
	// Trusted are blocks of addresses. If there are several, the user must choose one.
	Trusted []config.Trusted
	// Variable is the name of a variable that holds addresses, to be used instead of Trusted; it may be empty.
	Variable string
	// Trials limits the edits that are tried one by one if not all can be made together; 0 means no limit.
	Trials int
	// Only reports whether a finding of the result is to go; nil means all.
	Only func(*analyzer.Finding) bool
}

// Left is a finding that stays, with the reason.
type Left struct {
	Finding *analyzer.Finding
	Why     error
	// More counts the findings of the same cause that stay for the same reason, if it stands for these, too: see [ByCause].
	More int
}

// Plan sets the Edits of the findings of a result of the run that can be made to go, and returns those that stay. All edits
// can be made together. What there is no time to try before ctx ends stays.
func Plan(ctx context.Context, run analyzer.Config, r *analyzer.Result, o Options) []Left {
	p := &planner{run: run, before: r, now: r, edits: map[string][]analyzer.Edit{}}
	edits, left := p.candidates(o)
	if len(edits) > 1 {
		// Usually all edits can be made together, which takes one analysis.
		indices := slices.Sorted(maps.Keys(edits))
		if why := p.try(ctx, indices, edits); why == nil {
			return p.finish(left)
		}
	}
	trials := 0
	for _, alike := range together(edits) {
		alike = slices.DeleteFunc(alike, func(i int) bool { return !found(p.now, &r.Findings[i]) }) // another change closed them
		if len(alike) == 0 {
			continue
		}
		why := errTooMany
		if trials++; o.Trials == 0 || trials <= o.Trials {
			why = p.try(ctx, alike, edits)
		}
		if why != nil {
			for _, i := range alike {
				left = append(left, Left{Finding: &r.Findings[i], Why: why})
			}
		}
	}
	return p.finish(left)
}

// errTooMany is why an edit is not made that isn't tried, as many were.
var errTooMany = errors.New("there are too many to try them all")

// together joins the indices of findings that the same edits may make go, in order.
func together(edits map[int][]analyzer.Edit) [][]int {
	var out [][]int
	for _, i := range slices.Sorted(maps.Keys(edits)) {
		at := slices.IndexFunc(out, func(alike []int) bool { return slices.Equal(edits[alike[0]], edits[i]) })
		if at < 0 {
			out = append(out, []int{i})
			continue
		}
		out[at] = append(out[at], i)
	}
	return out
}

// planner makes edits one after another.
type planner struct {
	run         analyzer.Config
	before, now *analyzer.Result
	// edits are the accepted edits, by file.
	edits map[string][]analyzer.Edit
}

// candidates returns the edits that may remove findings, by the findings' indices, and the findings without any.
func (p *planner) candidates(o Options) (map[int][]analyzer.Edit, []Left) {
	edits := map[int][]analyzer.Edit{}
	var left []Left
	t := texts{result: p.before}
	for i := range p.before.Findings {
		f := &p.before.Findings[i]
		if f.Change == analyzer.Absent || o.Only != nil && !o.Only(f) {
			continue
		}
		e, err := t.of(f, o)
		if err != nil {
			left = append(left, Left{Finding: f, Why: err})
			continue
		}
		edits[i] = e
	}
	return edits, left
}

// errOutOfTime is the reason against an edit that there was no time to try.
var errOutOfTime = errors.New("there was no time to try it")

// try makes the edits for findings if they are right; otherwise it returns why not.
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

// accept returns what is wrong with the edits for a finding, by what is found after them.
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

// ByCause joins the findings of a result that stay for one reason and that one cause decides. A machine that is reached stays
// as long as the rule that lets the traffic in, and says no more than that.
func ByCause(r *analyzer.Result, left []Left) []Left {
	type key struct {
		cause int
		why   string
	}
	causes := r.Causes()
	of := map[*analyzer.Finding]int{}
	for i := range causes {
		for _, f := range causes[i].Findings {
			of[f] = i
		}
	}
	opens := map[int]bool{}
	for _, l := range left {
		opens[of[l.Finding]] = opens[of[l.Finding]] || len(l.Finding.Path) == 0
	}
	var out []Left
	index := map[key]int{}
	for _, l := range left {
		cause := of[l.Finding]
		if len(l.Finding.Path) > 0 && opens[cause] {
			continue
		}
		k := key{cause, l.Why.Error()}
		if i, ok := index[k]; ok {
			out[i].More++
			continue
		}
		index[k] = len(out)
		out = append(out, l)
	}
	return out
}

// identity is what remains the same of a finding when the text changes.
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

// counts has numbers of findings.
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

// found reports whether a result has a finding with the same opening.
func found(r *analyzer.Result, f *analyzer.Finding) bool {
	ids := identify(f)
	return slices.ContainsFunc(r.Findings, func(o analyzer.Finding) bool {
		return o.Opening() == f.Opening() && o.Change != analyzer.Absent &&
			slices.ContainsFunc(identify(&o), func(id identity) bool { return slices.Contains(ids, id) })
	})
}

// Applied returns the texts of files with edits, by their names in reports.
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
