package source

import (
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// Files is how the functions of a configuration see the tree: relative names are relative to the folder of the root
// module, and absolute ones must lie in the tree.
type Files struct {
	tree *Tree
	dir  string
}

// Files returns the files as a root module in dir sees them.
func (t *Tree) Files(dir string) Files { return Files{tree: t, dir: path.Clean(dir)} }

// resolve returns the name in the tree.
func (f Files) resolve(name string) (string, error) {
	if strings.HasPrefix(name, "~") {
		return "", ErrOutside // Terraform reads the home directory here
	}
	if filepath.IsAbs(name) {
		rel, err := filepath.Rel(f.tree.path, name)
		if err != nil || !filepath.IsLocal(rel) {
			return "", ErrOutside
		}
		return filepath.ToSlash(rel), nil
	}
	name = path.Join(f.dir, filepath.ToSlash(name))
	if !filepath.IsLocal(filepath.FromSlash(name)) {
		return "", ErrOutside
	}
	return name, nil
}

// ReadFile reads a regular file in the tree.
func (f Files) ReadFile(name string) ([]byte, error) {
	resolved, err := f.resolve(name)
	if err != nil {
		return nil, err
	}
	return f.tree.ReadFile(resolved)
}

// ReadPlaced is ReadFile for a file that findings may point into. It also returns the name of the file in places, by which
// the tree gives its text then.
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
	f.tree.mu.Lock()
	defer f.tree.mu.Unlock()
	f.tree.texts[place] = text
	return text, place, nil
}

// Exists says whether a regular file of that name is there. A name outside of the tree is an error.
func (f Files) Exists(name string) (bool, error) {
	resolved, err := f.resolve(name)
	if err != nil {
		return false, err
	}
	return f.tree.Exists(resolved)
}

// Glob returns the regular files below dir that match a pattern, relative to dir with slashes, sorted.
func (f Files) Glob(dir, pattern string) ([]string, error) {
	resolved, err := f.resolve(dir)
	if err != nil {
		return nil, err
	}
	if !doublestar.ValidatePattern(pattern) {
		return nil, errors.New("the pattern is malformed")
	}
	if !filepath.IsLocal(filepath.FromSlash(path.Clean(pattern))) {
		return nil, ErrOutside
	}
	sub, err := fs.Sub(f.tree.FS(), resolved)
	if err != nil {
		return nil, cause(err)
	}
	var out []string
	visited := 0
	err = doublestar.GlobWalk(sub, path.Clean(pattern), func(name string, d fs.DirEntry) error {
		if visited++; visited > maxGlobEntries {
			return errors.New("the pattern matches too many files")
		}
		if info, err := fs.Stat(sub, name); err == nil && info.Mode().IsRegular() {
			out = append(out, name)
		}
		return nil
	})
	if err != nil {
		return nil, cause(err)
	}
	return out, nil
}
