package analyzer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/source"
	"github.com/tfreach/tfreach/analyzer/source/plan"
)

// Selection is the subject of a run: its inputs, each with its values, and the settings that hold for them.
type Selection struct {
	// Inputs are the root modules and documents in the order of the paths. A root module that several paths lead to is there
	// once.
	Inputs []*Input
	// Root is the absolute path of the folder that file names in reports start at. It is empty if nothing is read from a
	// folder.
	Root string
	// Analyst analyses the inputs.
	Analyst *Analyst

	config Config
	policy policy
	values values
	// documents are what the user gives of the rest of the world.
	documents []worldDocument
	notices   []Notice
	trees     []*source.Tree
	// searched are the folders that were searched for root modules.
	searched []folder
	// unselected is true if the time ended before all inputs were found.
	unselected bool
	// baseline is the name in reports of the baseline's file.
	baseline string
}

// Select finds the root modules and documents that a Config names, gives each its values, and leaves out what the settings
// exclude. It fails if a path or a value is wrong. If ctx ends, a notice says that inputs are missing.
func Select(ctx context.Context, c Config) (*Selection, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	s := &Selection{config: c, policy: policy{settings: settingsOf(c)}}
	s.Analyst = newAnalyst(c, s.policy.configured(c.Rules))
	if err := s.find(ctx); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Close releases the folders that the inputs are in.
func (s *Selection) Close() {
	for _, t := range s.trees {
		_ = t.Close() // The tree was only read from, so a failed close loses nothing.
	}
}

func (s *Selection) find(ctx context.Context) error {
	search := s.named
	if s.config.Changed {
		search = s.changed
	}
	found, err := search(ctx)
	switch {
	case err != nil && ctx.Err() != nil:
		s.unselected = true
		s.notices = append(s.notices, unfinished(err))
	case err != nil:
		return err
	}
	if s.config.Source != "" && err == nil && !slices.ContainsFunc(found, func(in *Input) bool { return in.document != nil }) {
		return errors.New("the source is the configuration of a plan, and there is no plan")
	}
	if err := s.placeSettings(); err != nil {
		return err
	}
	if s.values, err = s.readValues(); err != nil {
		return err
	}
	if s.config.Baseline != "" {
		if s.baseline, err = s.place(s.config.Baseline); err != nil {
			return fmt.Errorf("%s: %w", s.config.Baseline, err)
		}
	}
	s.Inputs = s.inVariants(s.withoutExcluded(found))
	s.own(s.Inputs)
	for _, in := range s.Inputs {
		s.complete(in)
	}
	s.checkValues()
	return s.readWorld(ctx)
}

// complete gives an input its values. A plan also gets the folders that may hold its configuration.
func (s *Selection) complete(in *Input) {
	in.log = s.config.Log.With("input", in.Name)
	if in.unit != nil {
		in.unit = in.unit.with(s, in.variant)
		return
	}
	if in.deployment != nil {
		var diags hcl.Diagnostics
		in.values, diags = s.valuesOf(in.at, in.variant, handed{weak: in.deployment.vars, alone: true})
		in.notices = noticesOf(append(diags, in.deployment.stack.Diags...))
		return
	}
	if in.document == nil {
		var diags hcl.Diagnostics
		in.values, diags = s.valuesOf(in.at, in.variant, handed{})
		in.notices = noticesOf(diags)
		return
	}
	in.values = graph.Inputs{Workspace: s.config.Workspace}
	dirs := []string{"."}
	if in.document.named = s.config.Source != ""; in.document.named {
		dirs = []string{s.config.Source}
	} else if in.document.path != "" {
		dirs = []string{filepath.Dir(in.document.path), "."}
	}
	for _, dir := range dirs {
		at, err := s.sourceIn(dir)
		in.document.sources = append(in.document.sources, sourceFolder{at, dir, err})
	}
}

// sourceIn returns the tree's folder for a path.
func (s *Selection) sourceIn(dir string) (folder, error) {
	tree, err := s.tree(dir)
	if err != nil {
		return folder{}, err
	}
	rel, ok := tree.Rel(dir)
	if !ok {
		return folder{}, errors.New("there are no Terraform files")
	}
	if readings := tree.Readings(rel); len(readings) == 1 {
		tree = readings[0].Tree
		s.trees = withTree(s.trees, tree)
	}
	return folder{tree, rel}, nil
}

// others returns what was found of other languages as inputs: units of Terragrunt and deployments of stacks. What they call is
// among the root modules no more.
func (s *Selection) others(ctx context.Context, tree *source.Tree, found *source.Found) []*Input {
	return append(s.terragrunt(ctx, tree, found), s.stacks(ctx, tree, found)...)
}

// withTree returns trees with t among them, once.
func withTree(trees []*source.Tree, t *source.Tree) []*source.Tree {
	if slices.Contains(trees, t) {
		return trees
	}
	return append(trees, t)
}

// named returns the inputs that the paths name.
func (s *Selection) named(ctx context.Context) ([]*Input, error) {
	var out []*Input
	for i, p := range s.config.Paths {
		if p == "-" && slices.Contains(s.config.Paths[:i], p) {
			return nil, errors.New("standard input can be read only once")
		}
		found, err := s.input(ctx, p)
		if err != nil {
			return out, err
		}
		for _, in := range found {
			same := func(o *Input) bool {
				return in.document == nil && o.document == nil && (o.at == in.at && o.variant == in.variant || in.layered() && o.layered() && o.Name == in.Name)
			}
			if !slices.ContainsFunc(out, same) {
				out = append(out, in)
			}
		}
	}
	return out, nil
}

func (s *Selection) input(ctx context.Context, name string) ([]*Input, error) {
	if name == "-" {
		return documentInput("standard input", document{open: func(ctx context.Context) (io.ReadCloser, error) {
			return plan.ReadStream(ctx, s.config.Stdin), nil
		}}), nil
	}
	kind, err := s.kind(name)
	if err != nil {
		return nil, err
	}
	if kind == source.KindStream {
		return documentInput(name, document{open: func(ctx context.Context) (io.ReadCloser, error) {
			return plan.OpenStream(ctx, name), nil
		}}), nil
	}
	if kind == source.KindDocument {
		file, err := s.place(name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return documentInput(name, document{file: file, path: name, open: func(ctx context.Context) (io.ReadCloser, error) {
			return plan.Open(ctx, name, s.config.Terraform)
		}}), nil
	}
	dir := name
	if kind == source.KindConfigFile {
		dir = filepath.Dir(name)
	}
	at, err := s.folder(name, dir)
	if err != nil {
		return nil, err
	}
	s.policy.named = append(s.policy.named, at.place())
	found := source.Found{Roots: []string{at.dir}}
	if kind == source.KindFolder {
		if found, err = at.tree.Roots(ctx, at.dir); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		s.notices = append(s.notices, noticesOf(found.Diags)...)
		s.config.Log.Debug("found the root modules", "path", name, "roots", found.Roots, "left out", len(found.LeftOut))
		s.searched = append(s.searched, at)
	}
	run := s.others(ctx, at.tree, &found)
	if len(found.Roots) == 0 && len(found.LeftOut) == 0 && len(run) == 0 {
		return nil, fmt.Errorf("%s: there are no Terraform files (.tf, .tofu, .tf.json, .tofu.json)", name)
	}
	s.leftOut(at, found, len(run) > 0)
	return append(s.rootInputs(at.tree, found.Roots), run...), nil
}

func documentInput(name string, d document) []*Input { return []*Input{{Name: name, document: &d}} }

// rootInputs returns the root modules in folders of a tree as inputs. If Terraform and OpenTofu read a root module differently
// and nothing says which of them is used, it becomes two inputs.
func (s *Selection) rootInputs(tree *source.Tree, roots []string) []*Input {
	var out []*Input
	for _, root := range roots {
		readings := tree.Readings(root)
		s.noticeReadings(folder{tree, root}, readings)
		for _, r := range readings {
			s.trees = withTree(s.trees, r.Tree)
			name := tree.Place(root)
			if len(readings) > 1 {
				name += " (as " + r.Program.String() + " reads it)"
			}
			out = append(out, &Input{Name: name, at: folder{r.Tree, root}})
		}
	}
	return out
}

// noticeReadings names the configuration files of a root module that the program which uses it doesn't read.
func (s *Selection) noticeReadings(at folder, readings []source.Reading) {
	var parts []string
	for _, r := range readings {
		if len(r.Unread) == 0 {
			continue
		}
		names := make([]string, len(r.Unread))
		for i, name := range r.Unread {
			names[i] = at.tree.Place(name)
		}
		part := r.Program.String() + " doesn't read " + listed(names)
		if r.Because != "" {
			part += "; that it is the program which reads the rest is because " + r.Because
		}
		parts = append(parts, part+".")
	}
	switch {
	case len(readings) > 1:
		s.notices = append(s.notices, Notice{
			Level: Warning, Summary: "Terraform and OpenTofu read different files", At: startOf(at.place()),
			Detail: strings.Join(parts, " ") + " Nothing says which of them is used, so both readings are judged. A dependency lock file says it.",
		})
	case len(parts) > 0:
		s.notices = append(s.notices, Notice{Level: Note, Summary: "Files of another program are not read", Detail: parts[0], At: startOf(at.place())})
	}
}

// leftOut names what was not looked into in a folder. If nothing else was found, nor more than that, the analysis is not whole.
func (s *Selection) leftOut(at folder, found source.Found, more bool) {
	for _, kind := range []struct {
		why             source.Reason
		summary, advice string
		level           Level
	}{
		{source.ReasonExample, "Examples and tests are not analysed", "Scan them by name to analyse them.", Note},
		{source.ReasonHidden, "Hidden folders are not analysed", "Scan them by name to analyse them.", Note},
		{source.ReasonLink, "Links to folders are not followed", "Scan what they lead to by its name.", Note},
	} {
		var names []string
		for _, l := range found.LeftOut {
			if l.Why == kind.why {
				names = append(names, at.tree.Place(l.Name))
			}
		}
		if len(names) == 0 {
			continue
		}
		s.notices = append(s.notices, Notice{
			Level: kind.level, Summary: kind.summary, Detail: listed(names) + ". " + kind.advice, At: startOf(at.place()),
			Partial: len(found.Roots) == 0 && !more && !s.config.Changed,
		})
	}
}

// listed joins names to a list of at most ten.
func listed(names []string) string {
	const most = 10
	if more := len(names) - most; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), more)
	}
	return strings.Join(names, ", ")
}

// changed returns the root modules that the changed files belong to; some of these files may be deleted.
func (s *Selection) changed(ctx context.Context) ([]*Input, error) {
	var trees []*source.Tree
	names := map[*source.Tree][]string{}
	for _, name := range s.config.Paths {
		dir, base := source.Existing(name)
		at, err := s.folder(name, dir)
		if err != nil {
			return nil, err
		}
		if names[at.tree] == nil {
			trees = append(trees, at.tree)
		}
		names[at.tree] = append(names[at.tree], path.Join(at.dir, filepath.ToSlash(base)))
	}
	if err := s.placeSettings(); err != nil {
		return nil, err
	}
	var out []*Input
	for _, tree := range trees {
		found, err := tree.RootsOf(ctx, names[tree])
		if err != nil {
			return out, err
		}
		takers, err := s.takers(ctx, tree, names[tree])
		if err != nil {
			return out, err
		}
		found.Roots = append(found.Roots, takers...)
		slices.Sort(found.Roots)
		found.Roots = slices.Compact(found.Roots)
		s.notices = append(s.notices, noticesOf(found.Diags)...)
		run := slices.DeleteFunc(s.others(ctx, tree, &found), func(in *Input) bool { return !in.concerns(names[tree]) })
		s.leftOut(folder{tree, "."}, found, len(run) > 0)
		out = slices.Concat(out, s.rootInputs(tree, found.Roots), run)
	}
	if len(out) == 0 {
		s.notices = append(s.notices, Notice{Level: Note, Summary: "No root module has the changed files"})
	}
	return out, nil
}
