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

// Selection is what a run is about: its inputs, each with its values, and the settings that hold for them.
type Selection struct {
	// Inputs are the root modules and documents in the order of the paths. A root module that several paths lie in is there
	// once.
	Inputs []*Input
	// Root is the absolute path of the folder that places are relative to; empty if nothing is read from a folder.
	Root string
	// Analyst is who analyses them.
	Analyst *Analyst

	config  Config
	policy  policy
	values  values
	notices []Notice
	trees   []*source.Tree
	// searched are the folders that were searched for root modules.
	searched []folder
	// unselected says that there was no time to find all inputs.
	unselected bool
	// baseline is the name in places of the file of the baseline.
	baseline string
}

// Select finds out what the paths of a Config are, which values their root modules get, and which of them the settings
// leave out. The error is non-nil if a path or a value is wrong. If ctx ends, the rest is not selected, and a notice of the
// result says so.
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
		_ = t.Close() // it was only read from
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
	s.Inputs = s.withoutExcluded(found)
	for _, in := range s.Inputs {
		s.complete(in)
	}
	s.checkValues()
	return nil
}

// complete gives an input its values and, if it is a document, the folders that its configuration may be in.
func (s *Selection) complete(in *Input) {
	in.log = s.config.Log.With("input", in.Name)
	if in.document == nil {
		var diags hcl.Diagnostics
		in.values, diags = s.values.of(in.at)
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

// sourceIn returns the folder of a tree that a path is.
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

// withTree returns trees with one more that may be among them.
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
			same := func(o *Input) bool { return in.document == nil && o.document == nil && o.at == in.at }
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
	if len(found.Roots) == 0 && len(found.LeftOut) == 0 {
		return nil, fmt.Errorf("%s: there are no Terraform files (.tf, .tofu, .tf.json, .tofu.json)", name)
	}
	s.leftOut(at, found)
	return s.rootInputs(at.tree, found.Roots), nil
}

func documentInput(name string, d document) []*Input { return []*Input{{Name: name, document: &d}} }

// rootInputs returns the root modules in folders of a tree as inputs. One that Terraform and OpenTofu read differently is
// two where nothing says which of them is used.
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

// noticeReadings names the configuration files of a root module that its program doesn't read.
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

// leftOut names what was not looked into in a folder. If nothing else was found, the analysis is not whole.
func (s *Selection) leftOut(at folder, found source.Found) {
	for _, kind := range []struct {
		why             source.Reason
		summary, advice string
		level           Level
	}{
		{source.ReasonExample, "Examples and tests are not analysed", "Scan them by name to analyse them.", Note},
		{source.ReasonHidden, "Hidden folders are not analysed", "Scan them by name to analyse them.", Note},
		{source.ReasonLink, "Links to folders are not followed", "Scan what they lead to by its name.", Note},
		{
			source.ReasonLanguage, "Files of Terraform stacks or of Terragrunt are not read",
			"They may hand modules other values than their defaults. Scan the plans.", Warning,
		},
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
			Partial: len(found.Roots) == 0 && !s.config.Changed,
		})
	}
}

// listed returns names as a list, of which the first ten are told.
func listed(names []string) string {
	const most = 10
	if more := len(names) - most; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), more)
	}
	return strings.Join(names, ", ")
}

// changed returns the root modules that the paths, of which some may be gone, belong to.
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
	var out []*Input
	for _, tree := range trees {
		found, err := tree.RootsOf(ctx, names[tree])
		if err != nil {
			return out, err
		}
		s.notices = append(s.notices, noticesOf(found.Diags)...)
		s.leftOut(folder{tree, "."}, found)
		out = append(out, s.rootInputs(tree, found.Roots)...)
	}
	if len(out) == 0 {
		s.notices = append(s.notices, Notice{Level: Note, Summary: "No root module has the changed files"})
	}
	return out, nil
}
