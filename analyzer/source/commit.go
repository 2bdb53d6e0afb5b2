package source

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
	"time"
)

// OpenCommit opens the files that the repository at the root of a tree has at a commit, in the tree's place: paths and
// names in places are the same. It reads Git's objects and neither changes nor reads the work tree, except for the
// modules that terraform init put there, as those are in no commit. Ref is a branch, a tag or whatever else git rev-parse
// takes for a commit.
func OpenCommit(ctx context.Context, work *Tree, ref string) (*Tree, error) {
	repo, err := openRepository(ctx, work.path)
	if err != nil {
		return nil, err
	}
	commit, err := repo.commit(ref)
	if err != nil {
		return nil, err
	}
	folders, err := repo.list(commit)
	if err != nil {
		return nil, err
	}
	c := &commitFS{folders: folders, objects: &objects{repo: repo}}
	return newTree(installedFS{c, work.fsys}, c.objects, work.path, work.prefix), nil
}

// installedFS is a commit's files together with what terraform init installed in the work tree.
type installedFS struct{ commit, work fs.FS }

// Open implements fs.FS.
func (f installedFS) Open(name string) (fs.File, error) {
	if slices.Contains(strings.Split(name, "/"), ".terraform") {
		return f.work.Open(name)
	}
	return f.commit.Open(name)
}

// gitEntry is a name in a folder of a commit.
type gitEntry struct {
	name   string
	mode   fs.FileMode
	object string
}

// Name implements fs.DirEntry and fs.FileInfo, as the other methods do. The size is not known before the file is read.
func (e gitEntry) Name() string               { return e.name }
func (e gitEntry) IsDir() bool                { return e.mode.IsDir() }
func (e gitEntry) Type() fs.FileMode          { return e.mode.Type() }
func (e gitEntry) Info() (fs.FileInfo, error) { return e, nil }
func (e gitEntry) Size() int64                { return 0 }
func (e gitEntry) Mode() fs.FileMode          { return e.mode }
func (e gitEntry) ModTime() time.Time         { return time.Time{} }
func (e gitEntry) Sys() any                   { return nil }

// commitFS is the files of a commit. It follows symbolic links within the commit.
type commitFS struct {
	// folders are the entries of each folder, sorted by name.
	folders map[string][]gitEntry
	objects *objects
}

// maxLinks is how many symbolic links lead to one file.
const maxLinks = 40

// Open implements fs.FS.
func (c *commitFS) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	entry, dir, err := c.resolve(name)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	if entry.IsDir() {
		return &gitFolder{gitEntry: entry, left: c.folders[dir]}, nil
	}
	return &gitFile{gitEntry: entry, objects: c.objects}, nil
}

// resolve returns the entry that a name leads to, with its name without symbolic links.
func (c *commitFS) resolve(name string) (gitEntry, string, error) {
	entry, at := gitEntry{name: ".", mode: fs.ModeDir}, "."
	if name == "." {
		return entry, at, nil
	}
	left := strings.Split(name, "/")
	for links := 0; len(left) > 0; {
		var ok bool
		if entry, ok = c.entry(at, left[0]); !ok {
			return gitEntry{}, "", fs.ErrNotExist
		}
		left = left[1:]
		if entry.mode.Type() != fs.ModeSymlink {
			at = path.Join(at, entry.name)
			continue
		}
		if links++; links > maxLinks {
			return gitEntry{}, "", errors.New("too many symbolic links")
		}
		target, err := c.objects.read(entry.object)
		if err != nil {
			return gitEntry{}, "", err
		}
		to := path.Join(at, string(target))
		if path.IsAbs(string(target)) || !filepath.IsLocal(filepath.FromSlash(to)) {
			return gitEntry{}, "", ErrOutside
		}
		left = slices.Concat(strings.Split(to, "/"), left)
		entry, at = gitEntry{name: ".", mode: fs.ModeDir}, "."
		if to == "." {
			left = left[1:]
		}
	}
	return entry, at, nil
}

func (c *commitFS) entry(dir, name string) (gitEntry, bool) {
	entries := c.folders[dir]
	i, ok := slices.BinarySearchFunc(entries, name, func(e gitEntry, name string) int { return strings.Compare(e.name, name) })
	if !ok {
		return gitEntry{}, false
	}
	return entries[i], true
}

// gitFolder is an open folder.
type gitFolder struct {
	gitEntry
	left []gitEntry
}

// Stat implements fs.File.
func (f *gitFolder) Stat() (fs.FileInfo, error) { return f.gitEntry, nil }

// Read implements fs.File.
func (f *gitFolder) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: f.name, Err: errors.New("is a directory")}
}

// Close implements fs.File.
func (f *gitFolder) Close() error { return nil }

// ReadDir implements fs.ReadDirFile.
func (f *gitFolder) ReadDir(n int) ([]fs.DirEntry, error) {
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

// gitFile is an open file. Its text is read when it is first asked for.
type gitFile struct {
	gitEntry
	objects *objects
	text    *bytes.Reader
}

// Stat implements fs.File.
func (f *gitFile) Stat() (fs.FileInfo, error) { return f.gitEntry, nil }

// Close implements fs.File.
func (f *gitFile) Close() error { return nil }

// Read implements fs.File.
func (f *gitFile) Read(p []byte) (int, error) {
	if f.text == nil {
		text, err := f.objects.read(f.object)
		if err != nil {
			return 0, &fs.PathError{Op: "read", Path: f.name, Err: err}
		}
		f.text = bytes.NewReader(text)
	}
	return f.text.Read(p)
}
