package git

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tfreach/tfreach/analyzer/source"
)

// Open opens the files that a commit has in the repository at the root of a tree, in the tree's place: paths and names in
// reports stay the same. It reads Git's objects, not the work tree, except for the modules that terraform init installed there,
// since no commit has them. It changes nothing. ref is a branch, a tag or anything else that git rev-parse reads as a commit.
func Open(ctx context.Context, work *source.Tree, ref string) (*source.Tree, error) {
	repo, err := openRepository(ctx, work.Path())
	if err != nil {
		return nil, err
	}
	commit, err := repo.commit(ref)
	if err != nil {
		return nil, err
	}
	root, err := repo.tree(commit)
	if err != nil {
		return nil, err
	}
	c := &commitFS{root: root, objects: &objects{repo: repo}, folders: map[string][]treeEntry{}}
	return work.At(installedFS{c, work.FS()}, c.objects), nil
}

// installedFS has a commit's files together with the modules that terraform init installed in the work tree.
type installedFS struct {
	commit *commitFS
	work   fs.FS
}

// Resolve returns a name without links.
func (f installedFS) Resolve(name string) (string, error) {
	_, real, err := f.commit.resolve(path.Clean(name))
	return real, err
}

// Open implements fs.FS.
func (f installedFS) Open(name string) (fs.File, error) {
	if slices.Contains(strings.Split(name, "/"), ".terraform") {
		return f.work.Open(name)
	}
	return f.commit.Open(name)
}

// treeEntry is a name in a folder of a commit.
type treeEntry struct {
	name   string
	mode   fs.FileMode
	object string
}

// Name implements fs.DirEntry and fs.FileInfo, as the other methods do. The size isn't known before the file is read.
func (e treeEntry) Name() string               { return e.name }
func (e treeEntry) IsDir() bool                { return e.mode.IsDir() }
func (e treeEntry) Type() fs.FileMode          { return e.mode.Type() }
func (e treeEntry) Info() (fs.FileInfo, error) { return e, nil }
func (e treeEntry) Size() int64                { return 0 }
func (e treeEntry) Mode() fs.FileMode          { return e.mode }
func (e treeEntry) ModTime() time.Time         { return time.Time{} }
func (e treeEntry) Sys() any                   { return nil }

// commitFS has the files of a commit. It follows symbolic links within the commit.
type commitFS struct {
	root    string // the tree object
	objects *objects

	mu sync.Mutex
	// folders has the entries of folders, sorted by name, by tree object. held counts all entries, of which at most maxHeld and
	// those of one more folder are kept, since a commit may have any number.
	folders map[string][]treeEntry
	held    int
}

const (
	// maxLinks limits the symbolic links that may lead to one file.
	maxLinks = 40
	// maxHeld limits the folder entries that are kept.
	maxHeld = 100_000
)

// Open implements fs.FS.
func (c *commitFS) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	entry, _, err := c.resolve(name)
	var left []treeEntry
	if err == nil && entry.IsDir() {
		left, err = c.list(entry.object)
	}
	switch {
	case err != nil:
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	case entry.IsDir():
		return &openFolder{treeEntry: entry, left: left}, nil
	}
	return &openFile{treeEntry: entry, objects: c.objects}, nil
}

// resolve returns the entry that a name leads to, with its name without symbolic links.
func (c *commitFS) resolve(name string) (treeEntry, string, error) {
	top := treeEntry{name: ".", mode: fs.ModeDir, object: c.root}
	entry, at := top, "."
	if name == "." {
		return entry, at, nil
	}
	left := strings.Split(name, "/")
	for links := 0; len(left) > 0; {
		next, err := c.entry(entry, left[0])
		if err != nil {
			return treeEntry{}, "", err
		}
		left = left[1:]
		if next.mode.Type() != fs.ModeSymlink {
			entry, at = next, path.Join(at, next.name)
			continue
		}
		if links++; links > maxLinks {
			return treeEntry{}, "", errors.New("too many symbolic links")
		}
		target, err := c.objects.read(next.object, "blob")
		if err != nil {
			return treeEntry{}, "", err
		}
		to := path.Join(at, string(target))
		if path.IsAbs(string(target)) || !filepath.IsLocal(filepath.FromSlash(to)) {
			return treeEntry{}, "", source.ErrOutside
		}
		left = slices.Concat(strings.Split(to, "/"), left)
		entry, at = top, "."
		if to == "." {
			left = left[1:]
		}
	}
	return entry, at, nil
}

// entry returns the entry with a name in a folder.
func (c *commitFS) entry(folder treeEntry, name string) (treeEntry, error) {
	if !folder.IsDir() {
		return treeEntry{}, fs.ErrNotExist
	}
	entries, err := c.list(folder.object)
	if err != nil {
		return treeEntry{}, err
	}
	i, ok := slices.BinarySearchFunc(entries, name, func(e treeEntry, name string) int { return strings.Compare(e.name, name) })
	if !ok {
		return treeEntry{}, fs.ErrNotExist
	}
	return entries[i], nil
}

// list returns the entries of a folder, by its tree object.
func (c *commitFS) list(tree string) ([]treeEntry, error) {
	c.mu.Lock()
	entries, ok := c.folders[tree]
	c.mu.Unlock()
	if ok {
		return entries, nil
	}
	data, err := c.objects.read(tree, "tree")
	if err == nil {
		entries, err = parseTree(data, len(c.root)/2)
	}
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held += len(entries); c.held > maxHeld {
		clear(c.folders)
		c.held = len(entries)
	}
	c.folders[tree] = entries
	return entries, nil
}

// openFolder is an open folder.
type openFolder struct {
	treeEntry
	left []treeEntry
}

// Stat implements fs.File.
func (f *openFolder) Stat() (fs.FileInfo, error) { return f.treeEntry, nil }

// Read implements fs.File.
func (f *openFolder) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: f.name, Err: errors.New("is a directory")}
}

// Close implements fs.File.
func (f *openFolder) Close() error { return nil }

// ReadDir implements fs.ReadDirFile.
func (f *openFolder) ReadDir(n int) ([]fs.DirEntry, error) {
	if n > 0 && len(f.left) == 0 {
		return nil, io.EOF
	}
	if n <= 0 || n > len(f.left) {
		n = len(f.left)
	}
	out := make([]fs.DirEntry, n)
	for i, e := range f.left[:n] {
		out[i] = e
	}
	f.left = f.left[n:]
	return out, nil
}

// openFile is an open file. Its text is read when it is first asked for.
type openFile struct {
	treeEntry
	objects *objects
	text    *bytes.Reader
}

// Stat implements fs.File.
func (f *openFile) Stat() (fs.FileInfo, error) { return f.treeEntry, nil }

// Close implements fs.File.
func (f *openFile) Close() error { return nil }

// Read implements fs.File.
func (f *openFile) Read(p []byte) (int, error) {
	if f.text == nil {
		text, err := f.objects.read(f.object, "blob")
		if err != nil {
			return 0, &fs.PathError{Op: "read", Path: f.name, Err: err}
		}
		f.text = bytes.NewReader(text)
	}
	return f.text.Read(p)
}
