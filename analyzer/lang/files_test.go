package lang_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/tfreach/tfreach/analyzer/lang"
)

// dir is the Files of a directory, for tests: it leaves it to Go to read.
type dir string

func (d dir) resolve(name string) (string, error) {
	if !filepath.IsLocal(name) && name != "" {
		return "", fmt.Errorf("%s: %w", name, lang.ErrOutside)
	}
	return filepath.Join(string(d), name), nil
}

func (d dir) ReadFile(name string) ([]byte, error) {
	full, err := d.resolve(name)
	if err != nil {
		return nil, err
	}
	return os.ReadFile(full)
}

func (d dir) Exists(name string) (bool, error) {
	full, err := d.resolve(name)
	if err != nil {
		return false, err
	}
	switch info, err := os.Stat(full); {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, err
	case !info.Mode().IsRegular():
		return false, fmt.Errorf("%s is not a regular file", name)
	}
	return true, nil
}

// Glob understands what the tests ask for: ** as a whole segment, and what
// path.Match does within one, and one {a,b}.
func (d dir) Glob(name, pattern string) ([]string, error) {
	full, err := d.resolve(name)
	if err != nil {
		return nil, err
	}
	var found []string
	for _, pattern := range alternatives(pattern) {
		if _, err := path.Match(pattern, ""); err != nil {
			return nil, err
		}
		err := filepath.WalkDir(full, func(p string, entry fs.DirEntry, err error) error {
			if err != nil || !entry.Type().IsRegular() {
				return nil
			}
			rel, err := filepath.Rel(full, p)
			if err == nil && matchSegments(strings.Split(pattern, "/"), strings.Split(rel, "/")) {
				found = append(found, rel)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

func alternatives(pattern string) []string {
	before, rest, ok := strings.Cut(pattern, "{")
	if !ok {
		return []string{pattern}
	}
	inner, after, _ := strings.Cut(rest, "}")
	var all []string
	for choice := range strings.SplitSeq(inner, ",") {
		all = append(all, before+choice+after)
	}
	return all
}

func matchSegments(pattern, name []string) bool {
	switch {
	case len(pattern) == 0:
		return len(name) == 0
	case pattern[0] == "**":
		return matchSegments(pattern[1:], name) || (len(name) > 0 && matchSegments(pattern, name[1:]))
	case len(name) == 0:
		return false
	}
	ok, _ := path.Match(pattern[0], name[0])
	return ok && matchSegments(pattern[1:], name[1:])
}
