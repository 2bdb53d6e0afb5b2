package source

import (
	"cmp"
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/tfreach/tfreach/analyzer/lang"
)

// Files is the tree as the functions of a configuration see it. Relative names start at the root module's folder; absolute
// names must lie in the tree.
type Files struct {
	tree *Tree
	dir  string
}

// Files returns the tree's files as a root module in dir sees them.
func (t *Tree) Files(dir string) Files { return Files{tree: t, dir: path.Clean(dir)} }

// resolve returns the name in the tree.
func (f Files) resolve(name string) (string, error) {
	if strings.HasPrefix(name, "~") {
		return "", ErrOutside // Terraform reads the home directory here
	}
	if filepath.IsAbs(name) {
		rel, err := filepath.Rel(f.tree.path, name)
		if err != nil {
			return "", ErrOutside
		}
		rel = filepath.ToSlash(rel)
		return rel, inside(rel)
	}
	name = path.Join(f.dir, filepath.ToSlash(name))
	return name, inside(name)
}

// ReadFile reads a regular file in the tree.
func (f Files) ReadFile(name string) ([]byte, error) {
	resolved, err := f.resolve(name)
	if err != nil {
		return nil, err
	}
	return f.tree.ReadFile(resolved)
}

// ReadPlaced is ReadFile for a file that findings may point into. It also returns the file's name in reports, by which the tree
// then gives its text.
func (f Files) ReadPlaced(name string) (text []byte, place string, err error) {
	resolved, err := f.resolve(name)
	if err != nil {
		return nil, "", err
	}
	text, err = f.tree.ReadFile(resolved)
	if err != nil {
		return nil, "", err
	}
	place = f.tree.Place(resolved)
	if _, made := f.tree.layer.Texts[resolved]; !made {
		f.tree.remember(place, text)
	}
	return text, place, nil
}

// remember keeps the text of a file for places in it.
func (t *Tree) remember(place string, text []byte) {
	for t.under != nil {
		t = t.under
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.texts[place] = text
}

// Exists reports whether name is a regular file. A name outside of the tree is an error.
func (f Files) Exists(name string) (bool, error) {
	resolved, err := f.resolve(name)
	if err != nil {
		return false, err
	}
	return f.tree.Exists(resolved)
}

// Glob returns the regular files below dir that match a pattern, relative to dir with slashes, sorted. The error is ErrOutside
// if there may be more files behind a folder or link that can't be looked into.
func (f Files) Glob(dir, pattern string) ([]string, error) {
	resolved, err := f.resolve(dir)
	if err != nil {
		return nil, err
	}
	if !doublestar.ValidatePattern(pattern) {
		return nil, errors.New("the pattern is malformed")
	}
	// A pattern may begin with steps upward, because Terraform joins it to the folder first.
	if pattern = path.Clean(filepath.ToSlash(pattern)); !filepath.IsLocal(filepath.FromSlash(pattern)) {
		return nil, ErrOutside
	}
	l := &listed{fsys: f.tree.FS(), dir: resolved}
	var out []string
	err = doublestar.GlobWalk(l, pattern, func(name string, d fs.DirEntry) error {
		info, err := l.Stat(name)
		if err == nil && info.Mode().IsRegular() {
			out = append(out, name)
		}
		return l.err
	})
	if err = cmp.Or(l.err, err); err != nil {
		return nil, cause(err)
	}
	slices.Sort(out)
	return out, nil
}

// Bounded is how functions see the tree: what lies outside is unknown to them.
type Bounded struct{ Files }

// ReadFile implements lang.Files.
func (b Bounded) ReadFile(name string) ([]byte, error) {
	text, err := b.Files.ReadFile(name)
	return text, unknownIfOutside(err)
}

// Exists implements lang.Files.
func (b Bounded) Exists(name string) (bool, error) {
	there, err := b.Files.Exists(name)
	return there, unknownIfOutside(err)
}

// Glob implements lang.Files.
func (b Bounded) Glob(dir, pattern string) ([]string, error) {
	names, err := b.Files.Glob(dir, pattern)
	return names, unknownIfOutside(err)
}

func unknownIfOutside(err error) error {
	if errors.Is(err, ErrOutside) {
		return lang.ErrOutside
	}
	return err
}

// listed is a folder of a tree during a search for files. It remembers what could not be looked into.
type listed struct {
	fsys    fs.FS
	dir     string
	entries int
	err     error // the first that leaves open what there is
}

// Open implements fs.FS. The search opens no file.
func (l *listed) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
}

// Stat implements fs.StatFS.
func (l *listed) Stat(name string) (fs.FileInfo, error) {
	info, err := fs.Stat(l.fsys, path.Join(l.dir, name))
	return info, l.note(1, err)
}

// ReadDir implements fs.ReadDirFS. Anything but a folder has no files in it.
func (l *listed) ReadDir(name string) ([]fs.DirEntry, error) {
	if info, err := l.Stat(name); err != nil || !info.IsDir() {
		return nil, err
	}
	entries, err := fs.ReadDir(l.fsys, path.Join(l.dir, name))
	return entries, l.note(len(entries), err)
}

func (l *listed) note(entries int, err error) error {
	l.entries += entries
	switch {
	case l.err != nil:
		return l.err
	case l.entries > maxGlobEntries:
		l.err = errors.New("the pattern makes too many files be looked at")
		return l.err
	case errors.Is(err, errDangling), err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, errNoFolder):
		l.err = ErrOutside
	}
	return err
}
