package source

import (
	"bytes"
	"cmp"
	"errors"
	"io/fs"
	"path"
	"slices"
)

// overlaid is a file system with texts in the place of files, which need not be there: what an editor has, and hasn't
// written yet.
type overlaid struct {
	below fs.FS
	texts map[string][]byte // by the files' names without links
}

// resolver is a file system that knows what links lead to.
type resolver interface {
	Resolve(name string) (string, error)
}

// Resolve returns the name that a name leads to, without links.
func (o *overlaid) Resolve(name string) (string, error) {
	links, ok := o.below.(resolver)
	if !ok {
		return name, nil
	}
	real, err := links.Resolve(name)
	if _, there := o.texts[path.Clean(name)]; there && errors.Is(err, fs.ErrNotExist) {
		return path.Clean(name), nil
	}
	return real, err
}

// text returns the text in the place of a file, by its own name or by that which it leads to.
func (o *overlaid) text(name string) ([]byte, bool) {
	if text, ok := o.texts[path.Clean(name)]; ok {
		return text, ok
	}
	real, err := o.Resolve(name)
	if err != nil {
		return nil, false
	}
	text, ok := o.texts[real]
	return text, ok
}

// Open implements fs.FS.
func (o *overlaid) Open(name string) (fs.File, error) {
	if text, ok := o.text(name); ok {
		return madeFile{madeInfo{path.Base(name), len(text)}, bytes.NewReader(text)}, nil
	}
	return o.below.Open(name)
}

// Stat implements fs.StatFS.
func (o *overlaid) Stat(name string) (fs.FileInfo, error) {
	if text, ok := o.text(name); ok {
		return madeInfo{path.Base(name), len(text)}, nil
	}
	return fs.Stat(o.below, name)
}

// ReadDir implements fs.ReadDirFS.
func (o *overlaid) ReadDir(name string) ([]fs.DirEntry, error) {
	out, err := fs.ReadDir(o.below, name)
	if err != nil {
		return nil, err
	}
	real, err := o.Resolve(name)
	if err != nil {
		return nil, err
	}
	for file, text := range o.texts {
		there := func(e fs.DirEntry) bool { return e.Name() == path.Base(file) }
		if path.Dir(file) == real && !slices.ContainsFunc(out, there) {
			out = append(out, fs.FileInfoToDirEntry(madeInfo{path.Base(file), len(text)}))
		}
	}
	slices.SortFunc(out, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
	return out, nil
}
