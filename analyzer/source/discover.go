package source

import (
	"context"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/lang"
)

// Roots finds the root modules in a folder of the tree and below it: the folders with configuration files that no other
// of them calls as a module. Folders whose name begins with a dot are not looked into. Those of examples and tests are
// neither, but are counted, as they show how to use a module and open nothing; a scan of such a folder itself reads it.
// The diagnostics name the folders that can't be read. The error is non-nil if that is dir itself, or ctx ends.
func (t *Tree) Roots(ctx context.Context, dir string) (roots []string, skipped int, diags hcl.Diagnostics, err error) {
	dirs, skipped, diags, err := t.configDirs(ctx, path.Clean(dir))
	if err != nil {
		return nil, 0, nil, err
	}
	parallel(len(dirs), func(i int) {
		if ctx.Err() == nil {
			t.Module(dirs[i])
		}
	})
	if err := ctx.Err(); err != nil {
		return nil, 0, nil, err
	}
	return slices.Sorted(maps.Keys(t.callTrees(dirs))), skipped, diags, nil
}

// RootsOf finds the root modules in the tree that files belong to, which need not exist any more. A configuration file
// belongs to the root modules that its folder is one of or is called by through paths; any other file, such as one of
// values or a template, to those of the closest folder upward that has configuration files. Those in examples and tests
// belong to none and are counted. The diagnostics and the error are those of Roots.
func (t *Tree) RootsOf(ctx context.Context, files []string) (roots []string, skipped int, diags hcl.Diagnostics, err error) {
	dirs, _, diags, err := t.configDirs(ctx, ".")
	if err != nil {
		return nil, 0, nil, err
	}
	has := make(map[string]bool, len(dirs))
	for _, d := range dirs {
		has[d] = true
	}
	changed := map[string]bool{}
	for _, name := range files {
		dir := path.Dir(path.Clean(name))
		switch {
		case has[dir]:
			changed[dir] = true
		case isExample(dir):
			skipped++
		case !isConfig(path.Base(name)):
			for dir != "." && !has[dir] {
				dir = path.Dir(dir)
			}
			changed[dir] = true
		}
	}
	for root, reached := range t.callTrees(dirs) {
		for d := range reached {
			if changed[d] {
				roots = append(roots, root)
				break
			}
		}
	}
	slices.Sort(roots)
	return roots, skipped, diags, nil
}

// callTrees returns for each root module among folders those that it calls through paths, and itself. A root module is
// one that no other calls, or one of a ring of modules that call each other.
func (t *Tree) callTrees(dirs []string) map[string]map[string]bool {
	parallel(len(dirs), func(i int) { t.Module(dirs[i]) })
	calls := make(map[string][]string, len(dirs))
	called := map[string]bool{}
	for _, d := range dirs {
		calls[d] = t.Module(d).localCalls()
		for _, callee := range calls[d] {
			called[callee] = called[callee] || callee != d
		}
	}
	roots, everywhere := map[string]map[string]bool{}, map[string]bool{}
	add := func(root string) {
		reached := map[string]bool{}
		for left := []string{root}; len(left) > 0; {
			d := left[len(left)-1]
			left = left[:len(left)-1]
			if !reached[d] {
				reached[d], everywhere[d] = true, true
				left = append(left, calls[d]...)
			}
		}
		roots[root] = reached
	}
	for _, d := range dirs {
		if !called[d] {
			add(d)
		}
	}
	for _, d := range dirs {
		if !everywhere[d] {
			add(d) // modules that call each other in a ring
		}
	}
	return roots
}

// configDirs lists the folders that have configuration files, and counts those of examples and tests.
func (t *Tree) configDirs(ctx context.Context, dir string) (dirs []string, skipped int, diags hcl.Diagnostics, err error) {
	err = fs.WalkDir(t.fsys, dir, func(name string, d fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && name == dir:
			return err
		case err != nil:
			t.log.Debug("can't read a folder", "folder", t.Place(name), "why", cause(err))
			diags = diags.Append(fileError(t.Place(name), "The folder can't be read", cause(err)))
		case d.IsDir():
			if base := path.Base(name); name != dir && strings.HasPrefix(base, ".") {
				return fs.SkipDir
			}
		case isConfig(d.Name()):
			folder := path.Dir(name)
			if len(dirs) == 0 || dirs[len(dirs)-1] != folder {
				dirs = append(dirs, folder)
			}
		}
		return nil
	})
	if err != nil {
		return nil, 0, nil, cause(err)
	}
	slices.Sort(dirs)
	dirs = slices.Compact(dirs)
	kept := slices.DeleteFunc(slices.Clone(dirs), func(d string) bool { return isExample(strings.TrimPrefix(d, dir)) })
	if len(kept) == 0 {
		return dirs, 0, diags, nil
	}
	return kept, len(dirs) - len(kept), diags, nil
}

func isExample(rel string) bool {
	for part := range strings.SplitSeq(rel, "/") {
		switch part {
		case "example", "examples", "test", "tests", "testdata":
			return true
		}
	}
	return false
}

// localCalls returns the folders of the modules that are called by a path.
func (m *Module) localCalls() []string {
	var out []string
	for _, call := range m.Calls {
		attr := call.Body.Attr("source")
		if attr == nil {
			continue
		}
		v, diags := lang.Constant(attr.Expr)
		if diags.HasErrors() || !v.IsKnown() || v.IsNull() || v.Type() != cty.String {
			continue
		}
		if s := v.AsString(); IsLocal(s) {
			out = append(out, path.Join(m.Dir, s))
		}
	}
	return out
}

// IsLocal says whether a module source is a path.
func IsLocal(source string) bool {
	return source == "." || source == ".." || strings.HasPrefix(source, "./") || strings.HasPrefix(source, "../")
}
