package source

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// Found is what Roots and RootsOf find.
type Found struct {
	// Roots are the folders of root modules, sorted.
	Roots []string
	// Units and Stacks are the folders with files of Terragrunt's units and stacks, and Components those with files of
	// Terraform's stacks, sorted.
	Units, Stacks, Components []string
	// LeftOut are the folders and files that may hold configurations and are not read, sorted by name.
	LeftOut []LeftOut
	// Diags name the folders that can't be read.
	Diags hcl.Diagnostics
}

// LeftOut is a folder or file that is not read, although it may hold configurations.
type LeftOut struct {
	// Name is its path in the tree.
	Name string
	Why  Reason
}

// Reason says why a folder or file is not read.
type Reason int

// The reasons.
const (
	// ReasonExample is a folder of examples or tests, which show how to use a module and open nothing.
	ReasonExample Reason = iota + 1
	// ReasonHidden is a folder with configuration files whose name, or the name of a folder around it, begins with a dot.
	ReasonHidden
	// ReasonLink is a link to a folder that the search doesn't reach under its own name, or a link out of the tree.
	ReasonLink
)

// Roots finds the root modules in and below a folder of the tree: the folders with configuration files that no other folder
// there calls as a module. It follows no links and skips folders whose names begin with a dot and folders of examples and
// tests; if dir itself is such a folder, it is read. It fails if dir can't be read, or if ctx ends.
func (t *Tree) Roots(ctx context.Context, dir string) (Found, error) {
	w, err := t.walk(ctx, path.Clean(dir))
	if err != nil {
		return Found{}, err
	}
	dirs := w.used()
	parallel(len(dirs), func(i int) {
		if ctx.Err() == nil {
			t.summary(dirs[i])
		}
	})
	if err := ctx.Err(); err != nil {
		return Found{}, err
	}
	roots, calls := t.callTrees(dirs)
	leftOut := slices.DeleteFunc(w.left(), func(l LeftOut) bool {
		_, called := calls[l.Name]
		return called && l.Why == ReasonLink
	})
	found := w.others()
	found.Roots, found.LeftOut, found.Diags = slices.Sorted(maps.Keys(roots)), leftOut, w.diags
	return found, nil
}

// RootsOf finds the root modules in the tree that files belong to, which need not exist any more. A configuration file
// belongs to the root modules that its folder is one of or is called by through paths; any other file, such as one of
// values or a template, to those of the closest folder upward that has configuration files. Those in examples and tests
// belong to none and are what is left out. Of units and stacks it finds all. The error is that of Roots.
func (t *Tree) RootsOf(ctx context.Context, files []string) (Found, error) {
	w, err := t.walk(ctx, ".")
	if err != nil {
		return Found{}, err
	}
	dirs := w.used()
	has := make(map[string]bool, len(dirs))
	for _, d := range dirs {
		has[d] = true
	}
	found := w.others()
	found.Diags = w.diags
	changed := map[string]bool{}
	for _, name := range files {
		dir := path.Dir(path.Clean(name))
		switch {
		case has[dir]:
			changed[dir] = true
		case isExample(dir):
			found.LeftOut = append(found.LeftOut, LeftOut{path.Clean(name), ReasonExample})
		case !IsConfig(path.Base(name)):
			for dir != "." && !has[dir] {
				dir = path.Dir(dir)
			}
			changed[dir] = true
		}
	}
	roots, _ := t.callTrees(dirs)
	for root, reached := range roots {
		for d := range reached {
			if changed[d] {
				found.Roots = append(found.Roots, root)
				break
			}
		}
	}
	slices.Sort(found.Roots)
	return found, nil
}

// callTrees returns for each root module among folders the modules that it calls through paths, and itself. A root module is
// one that no other calls, or one of a ring of modules that call each other. It also returns what each folder calls.
func (t *Tree) callTrees(dirs []string) (roots map[string]map[string]bool, calls map[string][]string) {
	parallel(len(dirs), func(i int) { t.summary(dirs[i]) })
	calls = t.calls(dirs)
	called := map[string]bool{}
	for dir, callees := range calls {
		for _, callee := range callees {
			called[t.real(callee)] = called[t.real(callee)] || t.real(callee) != t.real(dir)
		}
	}
	roots = map[string]map[string]bool{}
	everywhere := map[string]bool{}
	add := func(root string) {
		seen, reached := map[string]bool{}, map[string]bool{}
		for left := []string{root}; len(left) > 0; {
			d := left[len(left)-1]
			left = left[:len(left)-1]
			if !seen[d] {
				seen[d], reached[t.real(d)], everywhere[t.real(d)] = true, true, true
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
	return roots, calls
}

// maxAliases limits the names, by links, of one folder that are followed. A link to a folder around it makes endless names.
const maxAliases = 16

// calls returns what folders call through paths, and what the called folders call in turn, by any name. A folder behind a link
// keeps the name that the call has for it, as its own calls start there.
func (t *Tree) calls(dirs []string) map[string][]string {
	calls := make(map[string][]string, len(dirs))
	given := map[string][]string{} // by the values that a module gets for the sources of others
	finders := map[*Tree]*callFinder{}
	aliases := map[string]int{}
	for left := slices.Clone(dirs); len(left) > 0; {
		dir := left[len(left)-1]
		left = left[:len(left)-1]
		if _, known := calls[dir]; known {
			continue
		}
		if real := t.real(dir); real != dir {
			if aliases[real]++; aliases[real] > maxAliases {
				continue
			}
		}
		calls[dir] = nil
		for _, way := range t.ways(dir) {
			if plain, ok := way.plainCalls(dir); ok {
				calls[dir] = append(calls[dir], plain...)
				continue
			}
			finder := finders[way]
			if finder == nil {
				finder = &callFinder{tree: way, left: maxGivenCalls}
				finders[way] = finder
			}
			finder.add = func(from, to string) {
				if from == dir {
					calls[from] = append(calls[from], to)
				} else {
					given[from] = append(given[from], to)
				}
			}
			finder.find(dir, way.set(dir), 0)
		}
		for _, callee := range calls[dir] {
			if t.real(callee) != callee {
				left = append(left, callee)
			}
		}
	}
	for dir, callees := range given {
		calls[dir] = append(calls[dir], callees...)
	}
	return calls
}

// real returns the name of a folder without links; if it leads nowhere, the name itself.
func (t *Tree) real(dir string) string {
	if links, ok := t.fsys.(resolver); ok {
		if real, err := links.Resolve(dir); err == nil {
			return real
		}
	}
	return dir
}

// walk is a search through a folder and everything below it.
type walk struct {
	tree *Tree
	dir  string
	// dirs are the folders with configuration files, sorted.
	dirs []string
	// units, stacks and components are the folders with files of other languages.
	units, stacks, components []string
	leftOut                   []LeftOut
	diags                     hcl.Diagnostics
	entries                   int
}

var errTooMany = errors.New("there are too many files")

func (t *Tree) walk(ctx context.Context, dir string) (*walk, error) {
	w := &walk{tree: t, dir: dir}
	err := fs.WalkDir(t.fsys, dir, func(name string, d fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && name == dir:
			return err
		case err != nil:
			w.unread(name, cause(err))
			return nil
		}
		if w.entries++; w.entries > maxWalkEntries {
			return errTooMany
		}
		return w.entry(name, d)
	})
	if errors.Is(err, errTooMany) {
		w.unread(dir, err)
		err = nil
	}
	if err != nil {
		return nil, cause(err)
	}
	slices.Sort(w.dirs)
	w.dirs = slices.Compact(w.dirs)
	return w, nil
}

// unread records that a folder, or a part of it, was not searched.
func (w *walk) unread(name string, err error) {
	w.tree.log.Debug("can't read a folder", "folder", w.tree.Place(name), "why", err)
	w.diags = w.diags.Append(fileError(w.tree.Place(name), "The folder can't be read", err))
}

func (w *walk) entry(name string, d fs.DirEntry) error {
	base := path.Base(name)
	switch {
	case d.IsDir() && name != w.dir && strings.HasPrefix(base, "."):
		if !isGenerated(base) && w.mayConfigure(name) {
			w.leave(name, ReasonHidden)
		}
		return fs.SkipDir
	case d.IsDir():
	case IsConfig(base):
		folder := path.Dir(name)
		if len(w.dirs) == 0 || w.dirs[len(w.dirs)-1] != folder {
			w.dirs = append(w.dirs, folder)
		}
	case isNamed(base, "terragrunt.hcl"):
		w.units = append(w.units, path.Dir(name))
	case isNamed(base, "terragrunt.stack.hcl"):
		w.stacks = append(w.stacks, path.Dir(name))
	case IsComponents(base):
		w.components = append(w.components, path.Dir(name))
	case d.Type() == fs.ModeSymlink && w.hides(name):
		w.leave(name, ReasonLink)
	}
	return nil
}

func (w *walk) leave(name string, why Reason) { w.leftOut = append(w.leftOut, LeftOut{name, why}) }

// hides reports whether a link may lead to configuration files that the search doesn't reach by another name.
func (w *walk) hides(name string) bool {
	info, err := fs.Stat(w.tree.fsys, name)
	if err != nil {
		return errors.Is(err, ErrOutside)
	}
	if !info.IsDir() {
		return false
	}
	real := w.tree.real(name)
	rel, below := real, w.dir == "."
	if !below {
		rel, below = strings.CutPrefix(real+"/", w.dir+"/")
	}
	hidden := slices.ContainsFunc(strings.Split(rel, "/"), func(part string) bool { return strings.HasPrefix(part, ".") && part != "." })
	return (!below || hidden) && w.mayConfigure(name)
}

// mayConfigure reports whether there are configuration files in or below a folder, or more files than it looks at. Modules that
// terraform init installed, and Git's own folder, don't count.
func (w *walk) mayConfigure(dir string) bool {
	found, looked := errors.New("found"), 0
	err := fs.WalkDir(w.tree.fsys, dir, func(name string, d fs.DirEntry, err error) error {
		looked++
		w.entries++
		switch {
		case err != nil:
			return fs.SkipDir // nobody asked for it
		case d.IsDir() && (isGit(d.Name()) || d.Name() == ".terraform"):
			return fs.SkipDir
		case looked > maxPeekEntries, !d.IsDir() && IsConfig(d.Name()):
			return found
		}
		return nil
	})
	return errors.Is(err, found)
}

// used returns the folders that count: those outside of examples and tests or, if there are none, all.
func (w *walk) used() []string { return w.counting(w.dirs) }

// counting returns those of some folders that count.
func (w *walk) counting(dirs []string) []string {
	for _, all := range [][]string{w.dirs, w.units, w.stacks, w.components} {
		if slices.ContainsFunc(all, func(dir string) bool { return !w.isExample(dir) }) {
			return slices.DeleteFunc(slices.Clone(dirs), w.isExample)
		}
	}
	return dirs
}

// others returns what is found of other languages.
func (w *walk) others() Found {
	of := func(dirs []string) []string {
		dirs = slices.Clone(w.counting(dirs))
		slices.Sort(dirs)
		return slices.Compact(dirs)
	}
	return Found{Units: of(w.units), Stacks: of(w.stacks), Components: of(w.components)}
}

func (w *walk) isExample(dir string) bool { return isExample(strings.TrimPrefix(dir, w.dir)) }

// left returns the folders and files that are left out.
func (w *walk) left() []LeftOut {
	out := slices.Clone(w.leftOut)
	if used := w.used(); len(used) < len(w.dirs) {
		for _, dir := range w.dirs {
			if w.isExample(dir) {
				out = append(out, LeftOut{dir, ReasonExample})
			}
		}
	}
	slices.SortFunc(out, func(a, b LeftOut) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// isGenerated reports whether a folder has what Terragrunt copies from elsewhere.
func isGenerated(name string) bool { return name == ".terragrunt-cache" || name == ".terragrunt-stack" }

// isNamed reports whether a file has a name, in native or in JSON syntax.
func isNamed(name, want string) bool { return strings.TrimSuffix(name, ".json") == want }

// IsComponents reports whether a file is one of Terraform's stacks. Sources:
// https://developer.hashicorp.com/terraform/language/files/stack; the names of the versions before 1.13 end in .tfstack.hcl.
func IsComponents(name string) bool {
	stem, ok := strings.CutSuffix(name, ".hcl")
	if !ok {
		stem, ok = strings.CutSuffix(name, ".json")
	}
	return ok && slices.Contains([]string{".tfcomponent", ".tfdeploy", ".tfstack"}, path.Ext(stem))
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

// IsLocal reports whether a module source is a path.
func IsLocal(source string) bool {
	return source == "." || source == ".." || strings.HasPrefix(source, "./") || strings.HasPrefix(source, "../")
}
