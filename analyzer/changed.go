package analyzer

import (
	"context"
	"fmt"
	"path"
	"path/filepath"

	"github.com/tfreach/tfreach/analyzer/source"
)

// changed returns the root modules that files belong to, of which some may be gone.
func (r *runner) changed(ctx context.Context, files []string) ([]input, error) {
	var trees []*source.Tree
	names := map[*source.Tree][]string{}
	for _, name := range files {
		dir, base := source.Existing(name)
		tree, err := r.tree(dir)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		rel, ok := tree.Rel(dir)
		if !ok {
			return nil, fmt.Errorf("%s: it can't be found in %s", name, tree.Path())
		}
		if names[tree] == nil {
			trees = append(trees, tree)
		}
		names[tree] = append(names[tree], path.Join(rel, filepath.ToSlash(base)))
	}
	var out []input
	for _, tree := range trees {
		roots, skipped, diags, err := tree.RootsOf(ctx, names[tree])
		if err != nil {
			return nil, err
		}
		r.notice(diags)
		r.skipped(tree, ".", skipped, "files of examples or tests")
		out = append(out, rootInputs(tree, roots)...)
	}
	if len(out) == 0 {
		r.result.Notices = append(r.result.Notices, Notice{Level: Note, Summary: "No root module has the changed files"})
	}
	return out, nil
}
