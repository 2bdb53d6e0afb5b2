package source

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// Roots finds the root modules in a folder of the tree and below it: the folders with configuration files that no other
// of them calls as a module. Folders whose name begins with a dot are not looked into. Those of examples and tests are
// neither, but are counted, as they show how to use a module and open nothing; a scan of such a folder itself reads it.
func (t *Tree) Roots(dir string) (roots []string, skipped int, err error) {
	dirs, skipped, err := t.configDirs(path.Clean(dir))
	if err != nil {
		return nil, 0, err
	}
	parallel(len(dirs), func(i int) { t.Module(dirs[i]) })
	calls := make(map[string][]string, len(dirs))
	called := map[string]bool{}
	for _, d := range dirs {
		calls[d] = t.Module(d).localCalls()
		for _, callee := range calls[d] {
			called[callee] = called[callee] || callee != d
		}
	}
	reached := map[string]bool{}
	var reach func(d string)
	reach = func(d string) {
		if reached[d] {
			return
		}
		reached[d] = true
		for _, callee := range calls[d] {
			reach(callee)
		}
	}
	add := func(d string) {
		roots = append(roots, d)
		reach(d)
	}
	for _, d := range dirs {
		if !called[d] {
			add(d)
		}
	}
	for _, d := range dirs {
		if !reached[d] {
			add(d) // modules that call each other in a ring
		}
	}
	slices.Sort(roots)
	return roots, skipped, nil
}

// configDirs lists the folders that have configuration files, and counts those of examples and tests.
func (t *Tree) configDirs(dir string) (dirs []string, skipped int, err error) {
	err = fs.WalkDir(t.fsys, dir, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
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
		return nil, 0, cause(err)
	}
	slices.Sort(dirs)
	dirs = slices.Compact(dirs)
	kept := slices.DeleteFunc(slices.Clone(dirs), func(d string) bool { return isExample(strings.TrimPrefix(d, dir)) })
	if len(kept) == 0 {
		return dirs, 0, nil
	}
	return kept, len(dirs) - len(kept), nil
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
		v, diags := attr.Expr.Value(nil)
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
