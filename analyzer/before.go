package analyzer

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/source"
	"github.com/tfreach/tfreach/analyzer/source/git"
	"github.com/tfreach/tfreach/analyzer/source/stack"
)

// Before is the state that findings are compared with: the entries of a baseline, or the configuration at a commit, analysed
// like the one of now.
type Before struct {
	// name is the baseline's file or the Git reference; it is empty without either.
	name string
	// findings are the findings that count, by the name of their root module. unknown lists root modules without a verdict;
	// unfinished means that none has one.
	findings   map[string][]Finding
	unknown    map[string]bool
	unfinished bool
	// gone are the findings on root modules that are no longer there.
	gone    []Finding
	notices []Notice
	// text is the text of the baseline's file; trees are the folders at the commit.
	text  []byte
	trees []*source.Tree
}

// of returns the findings on a root module, and whether they are known.
func (b *Before) of(root string) ([]Finding, bool) {
	return b.findings[root], !b.unfinished && !b.unknown[root]
}

// source returns the text of a file as it was before.
func (b *Before) source(name string) []byte { return textIn(b.trees, name) }

// Before returns what the inputs of the selection are compared with. It fails if the baseline can't be read, or if an input is
// to be compared with a commit and its configuration isn't known.
func (s *Selection) Before(ctx context.Context, now []Rows) (*Before, error) {
	switch {
	case s.config.Baseline != "":
		return s.baselineFile(now)
	case s.config.BaselineRef == "":
		return &Before{}, nil
	}
	b, err := s.commit(ctx, now)
	if err != nil && ctx.Err() != nil {
		return &Before{name: s.config.BaselineRef, unfinished: true, notices: []Notice{unfinished(err)}}, nil
	}
	return b, err
}

// gone returns a function that reports whether a root module of before surely no longer exists: its folder was searched, no
// input of now is in it, and the settings don't exclude it.
func (s *Selection) gone(now []Rows) func(root string) bool {
	known, all := map[string]bool{}, s.unselected
	for i := range now {
		rows := &now[i]
		known[rows.at.place()] = true
		// A document that wasn't read may be about any root module.
		all = all || rows.lost && rows.input.document != nil
	}
	return func(root string) bool {
		return root != "" && !known[root] && !all && s.wasSearched(root) && s.policy.excludesRoot(root) == nil
	}
}

// baselineFile reads the baseline in a file.
func (s *Selection) baselineFile(now []Rows) (*Before, error) {
	name := s.config.Baseline
	text, err := source.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	read, err := readBaseline(text, s.baseline, s.Analyst.rules)
	if err != nil {
		return nil, fmt.Errorf("%s:%w", name, err)
	}
	b := &Before{name: name, findings: map[string][]Finding{}, text: text}
	gone := s.gone(now)
	for i, f := range read.findings {
		root := read.roots[i]
		b.findings[root] = append(b.findings[root], f)
		if gone(root) {
			b.gone = append(b.gone, f)
		}
	}
	return b, nil
}

// commit analyses the root modules of now, and those that are gone, as they were at the baseline's commit.
func (s *Selection) commit(ctx context.Context, now []Rows) (*Before, error) {
	at := &commit{Selection: &Selection{config: s.config, Analyst: s.Analyst, policy: s.policy, values: s.values}, of: map[*source.Tree]*source.Tree{}, units: map[*source.Tree]*units{}}
	at.config.Progress = nil
	defer at.Close()
	for _, root := range rootsOf(now) {
		rows := &root.rows[0]
		if !rows.configured {
			return nil, fmt.Errorf("%s: its configuration isn't known, so it can't be compared with that at %s",
				rows.input.Name, s.config.BaselineRef)
		}
		if rows.input.deployment != nil { // those that are gone, too
			if err := at.addDeployments(ctx, rows.input.deployment); err != nil {
				return nil, err
			}
			continue
		}
		if rows.input.unit != nil {
			for _, rows := range root.rows {
				if err := at.addUnit(ctx, rows.input); err != nil {
					return nil, err
				}
			}
			continue
		}
		added := map[folder]bool{}
		for _, rows := range root.rows { // as each program reads it
			if rows.configured && !added[rows.at] {
				added[rows.at] = true
				if err := at.add(ctx, rows.at, &rows); err != nil {
					return nil, err
				}
			}
		}
	}
	known := len(at.Inputs)
	if err := at.search(ctx, s.searched, s.gone(now)); err != nil {
		return nil, err
	}
	joinWorld(at.Inputs, s.documents)
	before, err := Each(ctx, at.Selection, (*Analysis).Rows)
	if err != nil {
		return nil, err
	}
	b := &Before{name: s.config.BaselineRef, findings: map[string][]Finding{}, unknown: map[string]bool{}, trees: at.trees}
	for i := range before {
		rows := &before[i]
		root := rows.at.place()
		findings := at.counted(rows)
		b.findings[root], b.unknown[root] = append(b.findings[root], findings...), b.unknown[root] || rows.lost
		if i >= known && !rows.lost {
			b.gone = append(b.gone, findings...)
		}
		b.notices = append(b.notices, at.notice(rows)...)
	}
	return b, nil
}

// commit selects the inputs that the baseline's commit has.
type commit struct {
	*Selection
	// of has the tree at the commit for each tree of now.
	of map[*source.Tree]*source.Tree
	// units are those of trees at the commit.
	units map[*source.Tree]*units
}

// tree returns the tree at the commit for a tree of now.
func (c *commit) tree(ctx context.Context, now *source.Tree) (*source.Tree, error) {
	if t := c.of[now]; t != nil {
		return t, nil
	}
	t, err := git.Open(ctx, now, c.config.BaselineRef)
	if err != nil {
		return nil, err
	}
	c.of[now] = t
	c.trees = append(c.trees, t)
	return t, nil
}

// add adds a root module of now if the commit has it. It gets the values that its plan has, if it was read from a plan.
func (c *commit) add(ctx context.Context, now folder, rows *Rows) error {
	tree, err := c.tree(ctx, now.tree)
	if err != nil || len(tree.Module(now.dir).Files) == 0 {
		return err
	}
	in := &Input{Name: now.place(), at: folder{tree, now.dir}, ref: c.config.BaselineRef}
	if rows != nil && rows.planned {
		c.complete(in)
		in.values = graph.Inputs{Vars: graph.PlanVars(tree, now.dir, rows.values), Workspace: c.config.Workspace}
		in.notices = nil
		c.Inputs = append(c.Inputs, in)
		return nil
	}
	for _, in := range c.inVariants([]*Input{in}) {
		c.complete(in)
		c.Inputs = append(c.Inputs, in)
	}
	return nil
}

// addDeployments adds the deployments of a stack of now that the commit has.
func (c *commit) addDeployments(ctx context.Context, now *deployment) error {
	tree, err := c.tree(ctx, now.tree)
	if err != nil {
		return err
	}
	if of := stack.Read(tree, now.stack.Dir, graph.Unknown); len(of.Modules[of.Dir].Files) > 0 {
		c.take(c.deployments(tree, of)...)
	}
	return nil
}

// addUnit adds a unit of now if the commit has it.
func (c *commit) addUnit(ctx context.Context, now *Input) error {
	tree, err := c.tree(ctx, now.unit.units.tree)
	if err != nil {
		return err
	}
	if c.units[tree] == nil {
		c.units[tree] = newUnits(tree)
	}
	u, ok := now.unit.at(c.units[tree])
	if !ok {
		return nil
	}
	for _, in := range c.inVariants(c.unitInputs(c.units[tree], u)) {
		if in.Name == now.Name {
			c.take(in)
		}
	}
	return nil
}

// take adds inputs of the commit.
func (c *commit) take(inputs ...*Input) {
	for _, in := range inputs {
		in.ref = c.config.BaselineRef
		c.complete(in)
		c.Inputs = append(c.Inputs, in)
	}
}

// search adds the root modules in folders that are gone.
func (c *commit) search(ctx context.Context, folders []folder, gone func(string) bool) error {
	seen := map[string]bool{}
	for _, f := range folders {
		tree, err := c.tree(ctx, f.tree)
		if err != nil {
			return err
		}
		found, err := tree.Roots(ctx, f.dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s at %s: %w", f.place(), c.config.BaselineRef, err)
		}
		for _, in := range c.others(ctx, tree, &found) {
			if gone(in.place()) {
				c.take(in)
			}
		}
		for _, dir := range found.Roots {
			root := folder{f.tree, dir}
			if seen[root.place()] || !gone(root.place()) {
				continue
			}
			seen[root.place()] = true
			if err := c.add(ctx, root, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// counted returns the findings on a root module that the comments at the commit don't suppress.
func (c *commit) counted(rows *Rows) []Finding {
	findings := slices.Clone(rows.findings)
	if !c.config.NoSuppressions {
		newComments(c.text, c.config.Today).suppress(findings)
	}
	findings = slices.DeleteFunc(findings, func(f Finding) bool { return f.Suppression != nil })
	for i := range findings {
		findings[i].rewind()
	}
	return findings
}

// notice reports a root module that was analysed only in part at the commit.
func (c *commit) notice(rows *Rows) []Notice {
	i := slices.IndexFunc(rows.notices, func(n Notice) bool { return n.Partial })
	if i < 0 {
		return nil
	}
	first := rows.notices[i]
	out := Notice{
		Level: Warning, Summary: "The baseline was analysed in part",
		Detail: fmt.Sprintf("At %s the configuration in %s has errors, so what was open then may count as new. The first: %s: %s; %s",
			c.config.BaselineRef, rows.at.place(), first.At, first.Summary, first.Detail),
	}
	if rows.lost {
		out.Level, out.Partial = Error, true
		out.Detail = fmt.Sprintf("At %s the configuration in %s was not analysed, so it isn't known what is new there: %s.",
			c.config.BaselineRef, rows.at.place(), first.Summary)
	}
	return []Notice{out}
}
