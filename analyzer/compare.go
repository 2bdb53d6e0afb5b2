package analyzer

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/reach"
	"github.com/tfreach/tfreach/analyzer/source"
	"github.com/tfreach/tfreach/analyzer/source/git"
)

// folder is a folder of a tree.
type folder struct {
	tree *source.Tree
	dir  string
}

// ErrUncompared is that new findings are asked of an input that there is nothing to compare with.
var ErrUncompared = errors.New("is no plan, so it takes a baseline to tell what is new")

// compare compares what was judged with what was before: with the baseline if there is one, else with what is there
// before a plan. It completes the findings of the result.
func (r *runner) compare(ctx context.Context) error {
	for _, j := range r.judged {
		r.result.openings = append(r.result.openings, entriesOf(j.root, j.findings)...)
	}
	switch {
	case r.config.Baseline != "":
		r.result.Baseline = r.config.Baseline
		return r.compareFile()
	case r.config.BaselineRef != "":
		r.result.Baseline = r.config.BaselineRef
		return r.compareCommit(ctx)
	}
	for _, j := range r.judged {
		if j.planned {
			j.findings = compare(j.findings, j.before)
		} else if r.config.NewOnly {
			return fmt.Errorf("%s %w", j.in.name, ErrUncompared)
		}
		r.result.Findings = append(r.result.Findings, j.findings...)
	}
	return nil
}

// compareFile compares with the baseline in a file.
func (r *runner) compareFile() error {
	name := r.config.Baseline
	place, err := r.place(name)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	text, err := source.ReadFile(name)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	b, err := readBaseline(text, place, r.result.Rules)
	if err != nil {
		return fmt.Errorf("%s:%w", name, err)
	}
	r.baselineFile, r.baselineText = place, text
	before := map[string][]Finding{}
	for i, f := range b.findings {
		before[b.roots[i]] = append(before[b.roots[i]], f)
	}
	seen := map[string]bool{}
	for _, group := range r.byRoot() {
		seen[group.root] = true
		r.result.Findings = append(r.result.Findings, compare(group.findings, group.renamed(before[group.root]))...)
	}
	// Root modules that are gone from the folders that were searched.
	for i, f := range b.findings {
		if root := b.roots[i]; !seen[root] && root != "" && r.searched(root) && !r.lost(root) {
			r.result.Findings = append(r.result.Findings, compare(nil, []Finding{f})...)
		}
	}
	return nil
}

// searched says whether a folder, by its name in places, lies in one that was searched for root modules.
func (r *runner) searched(name string) bool {
	return slices.ContainsFunc(r.folders, func(f folder) bool {
		place := f.tree.Place(f.dir)
		return place == "." || name == place || strings.HasPrefix(name, place+"/")
	})
}

// compareCommit compares with the configuration at a commit.
func (r *runner) compareCommit(ctx context.Context) error {
	groups := r.byRoot()
	for _, group := range groups {
		if group.config == nil {
			return fmt.Errorf("%s: its configuration isn't known, so it can't be compared with that at %s",
				group.in.name, r.config.BaselineRef)
		}
		before, err := r.findingsAt(ctx, group.judged)
		if err != nil {
			return err
		}
		r.result.Findings = append(r.result.Findings, compare(group.findings, group.renamed(before))...)
	}
	seen := map[string]bool{}
	for _, group := range groups {
		seen[group.root] = true
	}
	for _, f := range r.folders {
		commit, err := r.commit(ctx, f.tree)
		if err != nil {
			return err
		}
		roots, _, _, err := commit.Roots(ctx, f.dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s at %s: %w", f.tree.Place(f.dir), r.config.BaselineRef, err)
		}
		for _, dir := range roots {
			root := f.tree.Place(dir)
			if seen[root] || r.lost(root) {
				continue
			}
			seen[root] = true
			before, err := r.findingsAt(ctx, judged{root: root, at: folder{f.tree, dir}})
			if err != nil {
				return err
			}
			r.result.Findings = append(r.result.Findings, compare(nil, before)...)
		}
	}
	return nil
}

// commit returns the tree at the baseline's commit.
func (r *runner) commit(ctx context.Context, tree *source.Tree) (*source.Tree, error) {
	if t := r.commits[tree]; t != nil {
		return t, nil
	}
	t, err := git.Open(ctx, tree, r.config.BaselineRef)
	if err != nil {
		return nil, err
	}
	if r.commits == nil {
		r.commits = map[*source.Tree]*source.Tree{}
	}
	r.commits[tree] = t
	return t, nil
}

// findingsAt returns the findings on a root module at the baseline's commit.
func (r *runner) findingsAt(ctx context.Context, now judged) ([]Finding, error) {
	tree, err := r.commit(ctx, now.at.tree)
	if err != nil || len(tree.Module(now.at.dir).Files) == 0 {
		return nil, err
	}
	var g *graph.Graph
	var diags hcl.Diagnostics
	if now.planned {
		g, err = r.planned(tree, now.at.dir, now.values)
	} else {
		g, diags, err = r.evaluate(tree, now.at.dir)
	}
	if err != nil {
		return nil, fmt.Errorf("%s at %s: %w", now.root, r.config.BaselineRef, err)
	}
	findings := r.findings(g, r.see(g), nil, func([]reach.Exposure) {})
	if !r.config.NoSuppressions {
		newComments(tree.Text, r.config.Today).suppress(findings, g)
	}
	findings = withoutSuppressed(findings)
	for i := range findings {
		findings[i].Inputs, findings[i].Before = []string{now.root}, true
	}
	if diags = append(diags, g.Diagnostics()...); diags.HasErrors() {
		first := diags[slices.IndexFunc(diags, func(d *hcl.Diagnostic) bool { return d.Severity == hcl.DiagError })]
		r.result.Notices = append(r.result.Notices, Notice{
			Level: Warning, Summary: "The baseline was analysed in part",
			Detail: fmt.Sprintf("At %s the configuration in %s has errors, so what was open then may count as new. The first: %s",
				r.config.BaselineRef, now.root, first.Error()),
		})
	}
	return findings, nil
}

// byRoot joins what was judged of one root module, such as several plans of it. The root modules that aren't known count
// as one.
func (r *runner) byRoot() []group {
	var out []group
	for _, j := range r.judged {
		i := slices.IndexFunc(out, func(g group) bool { return g.root == j.root })
		if i < 0 {
			out = append(out, group{j})
			continue
		}
		out[i].findings = append(out[i].findings, j.findings...)
	}
	return out
}

// group is what was judged of one root module.
type group struct{ judged }

// renamed returns findings of before with the names that the configuration's moved blocks give to what they are about.
func (g group) renamed(before []Finding) []Finding {
	out := slices.Clone(before)
	if g.config != nil {
		for i := range out {
			out[i].Scope = g.config.Moved(out[i].Scope)
		}
	}
	return out
}

// textBefore returns the text of a file at the baseline's commit.
func (r *runner) textBefore(name string) []byte {
	for _, tree := range r.trees {
		if t := r.commits[tree]; t != nil {
			if text := t.Text(name); text != nil {
				return text
			}
		}
	}
	return nil
}
