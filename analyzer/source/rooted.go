package source

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// rooted has the files of a folder of the operating system. It follows links only within the folder, hides Git's own files, and
// opens only regular files and folders: opening a pipe would wait for a writer.
type rooted struct {
	root *os.Root
	fsys fs.FS // of root

	mu sync.Mutex
	// folders has the names of folders without links, by their names with links.
	folders map[string]string
}

func newRooted(root *os.Root) *rooted {
	return &rooted{root: root, fsys: root.FS(), folders: map[string]string{".": "."}}
}

// maxLinks limits the links that may lead to one file.
const maxLinks = 40

// Resolve returns a name without links.
func (r *rooted) Resolve(name string) (string, error) {
	at, left := ".", strings.Split(path.Clean(name), "/")
	for links := 0; len(left) > 0; {
		part := left[0]
		left = left[1:]
		switch part {
		case ".", "":
			continue
		case "..":
			if at == "." {
				return "", ErrOutside
			}
			at = path.Dir(at)
			continue
		}
		next := path.Join(at, part)
		if isGit(part) {
			return "", ErrOutside
		}
		r.mu.Lock()
		real, known := r.folders[next]
		r.mu.Unlock()
		if known {
			at = real
			continue
		}
		info, err := r.root.Lstat(filepath.FromSlash(next))
		if links > 0 && errors.Is(err, fs.ErrNotExist) {
			return "", errDangling
		}
		if err != nil {
			return "", cause(err)
		}
		if info.Mode().Type() != fs.ModeSymlink {
			if info.IsDir() {
				r.mu.Lock()
				r.folders[next] = next
				r.mu.Unlock()
			}
			if len(left) > 0 && !info.IsDir() {
				return "", errNoFolder
			}
			at = next
			continue
		}
		if links++; links > maxLinks {
			return "", errors.New("too many symbolic links")
		}
		target, err := r.root.Readlink(filepath.FromSlash(next))
		if err != nil {
			return "", cause(err)
		}
		if filepath.IsAbs(target) || filepath.VolumeName(target) != "" {
			return "", ErrOutside
		}
		left = append(strings.Split(filepath.ToSlash(target), "/"), left...)
	}
	return at, nil
}

// inside returns ErrOutside for a name that leads out of a folder or into Git's own files.
func inside(name string) error {
	if !filepath.IsLocal(filepath.FromSlash(name)) || slices.ContainsFunc(strings.Split(name, "/"), isGit) {
		return ErrOutside
	}
	return nil
}

// isGit reports whether a name is that of Git's own folder in a work tree. File systems may also know it in other case, with
// dots and spaces at the end, or by a short name.
func isGit(name string) bool {
	name = strings.TrimRight(name, ". ")
	return strings.EqualFold(name, ".git") || strings.EqualFold(name, "git~1")
}

// open resolves a name for a file system operation.
func (r *rooted) open(op, name string) (real string, info fs.FileInfo, err error) {
	if !fs.ValidPath(name) {
		return "", nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	real, err = r.Resolve(name)
	if err == nil {
		info, err = r.root.Lstat(filepath.FromSlash(real))
	}
	if err != nil {
		return "", nil, &fs.PathError{Op: op, Path: name, Err: cause(err)}
	}
	return real, info, nil
}

// Open implements fs.FS.
func (r *rooted) Open(name string) (fs.File, error) {
	real, info, err := r.open("open", name)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() && !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errIrregular}
	}
	return r.fsys.Open(real)
}

// Stat implements fs.StatFS.
func (r *rooted) Stat(name string) (fs.FileInfo, error) {
	_, info, err := r.open("stat", name)
	return info, err
}

// ReadDir implements fs.ReadDirFS.
func (r *rooted) ReadDir(name string) ([]fs.DirEntry, error) {
	real, info, err := r.open("readdir", name)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: errNoFolder}
	}
	return fs.ReadDir(r.fsys, real)
}

var (
	errIrregular = errors.New("it is no regular file")
	errNoFolder  = errors.New("it is no folder")
	errDangling  = fmt.Errorf("it is a link to what isn't there: %w", fs.ErrNotExist)
)
