// Package named says what a path that the user names may lead to. In go paths, out come such without symbolic links, or
// an error. It reads no file.
//
// # How it works
//
// Who sends a change to a repository can replace any path in it by a symbolic link. So a path may not lead out of the folder
// that the run starts in, or out of the repository that it lies in, by a link; and no file is written through one.
//
// # Example
//
// For example, in a run that starts in /src/repo, where app is a link to the folder above: Resolve("infra") is
// /src/repo/infra, Resolve("app") and Resolve("app/other") are errors, and Resolve("../other") is /src/other, as the user
// says so.
package named

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Resolve returns the absolute path, without symbolic links, of what the user named. Whoever can change a repository can
// replace it by a link. So a link that leads out of the folder that the run starts in, or out of the repository that the path
// lies in, is an error.
func Resolve(name string) (string, error) {
	abs, base, err := start(name)
	if err != nil {
		return "", err
	}
	real, err := filepath.EvalSymlinks(abs)
	if base == "" || base == filepath.Dir(base) { // there is nothing to leave
		if _, statErr := os.Stat(abs); err != nil && statErr == nil {
			return abs, nil // a descriptor, whose link leads to no path
		}
		return real, cause(err)
	}
	if err != nil {
		return "", cause(err)
	}
	top, err := filepath.EvalSymlinks(base)
	if err != nil {
		return "", cause(err)
	}
	if rel, err := filepath.Rel(top, real); err != nil || !filepath.IsLocal(rel) {
		return "", fmt.Errorf("it is, or lies behind, a symbolic link that leads out of %s; name what it leads to", base)
	}
	return real, nil
}

// CheckOutput returns an error for an output file that is a symbolic link, or that lies behind a link in the folder that the
// run starts in or in its repository: whoever can change a repository must not choose the file that is written. Links of the
// system, such as /dev/stdout, are allowed.
func CheckOutput(name string) error {
	abs, base, err := start(name)
	if err != nil {
		return err
	}
	if base == "" {
		info, err := os.Lstat(abs)
		if err != nil || info.Mode().Type() != fs.ModeSymlink {
			return nil //nolint:nilerr // who writes says so
		}
		if to, err := os.Stat(abs); err == nil && !to.Mode().IsRegular() {
			return nil
		}
		return errLinkedOutput
	}
	rel, err := filepath.Rel(base, abs)
	if err != nil {
		return err
	}
	at := base
	for part := range strings.SplitSeq(rel, string(filepath.Separator)) {
		at = filepath.Join(at, part)
		if info, err := os.Lstat(at); err == nil && info.Mode().Type() == fs.ModeSymlink {
			return errLinkedOutput
		}
	}
	return nil
}

var errLinkedOutput = errors.New("it is, or lies behind, a symbolic link, which no output follows; name what it leads to")

// start returns the absolute path of what the user named, with its links, and the folder that the links must not leave: the
// closest folder upward that contains .git or that the run starts in; "" if there is none. A folder behind a link doesn't
// count.
func start(name string) (abs, base string, err error) {
	if abs, err = filepath.Abs(name); err != nil {
		return "", "", err
	}
	work, err := os.Getwd()
	if err != nil {
		return "", "", err
	}
	starts := []string{work}
	if real, err := filepath.EvalSymlinks(work); err == nil {
		starts = append(starts, real)
	}
	var above []string // the outermost last
	for dir := abs; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		above = append(above, filepath.Dir(dir))
	}
	if slices.Contains(starts, abs) {
		above = append([]string{abs}, above...)
	}
	for _, dir := range slices.Backward(above) {
		info, err := os.Lstat(dir)
		if err != nil || base != "" && info.Mode().Type() == fs.ModeSymlink {
			break
		}
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil || slices.Contains(starts, dir) {
			base = dir
		}
	}
	return abs, base, nil
}

// Owns reports whether a path lies, by its name or by its links, in the folder that the run starts in, or in the repository of
// a file. The path needn't exist.
func Owns(file, name string) bool {
	_, base, err := start(file)
	work, workErr := os.Getwd()
	if err != nil || workErr != nil {
		return true
	}
	abs, err := filepath.Abs(name)
	if err != nil {
		return true
	}
	within := func(dir string) bool {
		for _, dir := range []string{dir, real(dir)} {
			for _, name := range []string{abs, real(abs)} {
				if rel, err := filepath.Rel(dir, name); err == nil && filepath.IsLocal(rel) {
					return true
				}
			}
		}
		return false
	}
	return within(work) || base != "" && within(base)
}

// real returns a path without symbolic links, as far as it exists.
func real(name string) string {
	if resolved, err := filepath.EvalSymlinks(name); err == nil || name == filepath.Dir(name) {
		return cmp.Or(resolved, name)
	}
	return filepath.Join(real(filepath.Dir(name)), filepath.Base(name))
}

// cause drops the path from a file error: callers name the file in their own way.
func cause(err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err
	}
	return err
}
