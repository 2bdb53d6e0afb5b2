package source

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// Layer is what a program, such as Terragrunt, would copy or write into the folders of a tree before Terraform runs.
type Layer struct {
	// Files are names of files in the tree, and Folders such of folders, by the names that they go by, too. A file hides what
	// has its name.
	Files, Folders map[string]string
	// Texts are files that are nowhere yet.
	Texts map[string]Text
	// Modules stand for what is in folders.
	Modules map[string]*Module
	// Shown are the folders whose names are shown in place of those that something is copied into.
	Shown map[string]string
}

// Text is the content of a file that an expression makes.
type Text struct {
	Content []byte
	// At is the place of the expression. If Exact, the content stands in its file as it is, from the start of At.
	At    hcl.Range
	Exact bool
}

// With returns the tree with a layer over it. It shares what was read of the tree, and isn't closed.
func (t *Tree) With(l Layer) *Tree {
	out := newTree(&layered{t.fsys, l}, io.NopCloser(nil), t.path, t.prefix)
	out.under, out.layer = t, l
	out.program, out.apart, out.parsed, out.log = t.program, t.apart, t.parsed, t.log
	return out
}

// Origin returns the name of the file or folder that goes by a name in the tree without any layers.
func (t *Tree) Origin(name string) string {
	for ; t.under != nil; t = t.under {
		name = t.layer.origin(name)
	}
	return name
}

// origin returns the name in the tree below of what goes by a name.
func (l Layer) origin(name string) string {
	if of, ok := l.Files[name]; ok {
		return of
	}
	for dir := name; dir != "."; dir = path.Dir(dir) {
		if of, ok := l.Folders[dir]; ok {
			return path.Join(of, strings.TrimPrefix(name, dir))
		}
		if dir == "/" {
			break
		}
	}
	return name
}

// changes reports whether a folder has other files than it has without the layer.
func (l Layer) changes(dir string) bool {
	if l.origin(dir) != dir {
		return true
	}
	for name := range l.Files {
		if path.Dir(name) == dir {
			return true
		}
	}
	for name := range l.Texts {
		if path.Dir(name) == dir {
			return true
		}
	}
	return false
}

// layered is a file system with a layer over it.
type layered struct {
	below fs.FS
	layer Layer
}

// Resolve returns the name that a name leads to, without links.
func (l *layered) Resolve(name string) (string, error) {
	of := l.layer.origin(name)
	links, ok := l.below.(resolver)
	if !ok || of != name {
		return name, nil
	}
	return links.Resolve(name)
}

// Open implements fs.FS.
func (l *layered) Open(name string) (fs.File, error) {
	if text, ok := l.layer.Texts[name]; ok {
		return madeFile{madeInfo{path.Base(name), len(text.Content)}, bytes.NewReader(text.Content)}, nil
	}
	return l.below.Open(l.layer.origin(name))
}

// Stat implements fs.StatFS.
func (l *layered) Stat(name string) (fs.FileInfo, error) {
	if text, ok := l.layer.Texts[name]; ok {
		return madeInfo{path.Base(name), len(text.Content)}, nil
	}
	return fs.Stat(l.below, l.layer.origin(name))
}

// ReadDir implements fs.ReadDirFS.
func (l *layered) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(l.below, l.layer.origin(name))
	if err != nil && (!errors.Is(err, fs.ErrNotExist) || !l.layer.changes(name)) {
		return nil, err
	}
	byName := map[string]fs.DirEntry{}
	for _, e := range entries {
		byName[e.Name()] = e
	}
	for file, of := range l.layer.Files {
		if path.Dir(file) != name {
			continue
		}
		if info, err := fs.Stat(l.below, of); err == nil {
			byName[path.Base(file)] = fs.FileInfoToDirEntry(renamed{info, path.Base(file)})
		}
	}
	for file, text := range l.layer.Texts {
		if path.Dir(file) == name {
			byName[path.Base(file)] = fs.FileInfoToDirEntry(madeInfo{path.Base(file), len(text.Content)})
		}
	}
	out := make([]fs.DirEntry, 0, len(byName))
	for _, e := range byName {
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
	return out, nil
}

// renamed is a file under another name.
type renamed struct {
	fs.FileInfo
	name string
}

// Name implements fs.FileInfo.
func (r renamed) Name() string { return r.name }

// madeInfo is what there is to say of a file that is nowhere.
type madeInfo struct {
	name string
	size int
}

// Name implements fs.FileInfo, as the other methods do.
func (i madeInfo) Name() string     { return i.name }
func (i madeInfo) Size() int64      { return int64(i.size) }
func (madeInfo) Mode() fs.FileMode  { return 0o444 }
func (madeInfo) ModTime() time.Time { return time.Time{} }
func (madeInfo) IsDir() bool        { return false }
func (madeInfo) Sys() any           { return nil }

// madeFile is an open file that is nowhere.
type madeFile struct {
	info madeInfo
	*bytes.Reader
}

// Stat implements fs.File.
func (f madeFile) Stat() (fs.FileInfo, error) { return f.info, nil }

// Close implements fs.File.
func (madeFile) Close() error { return nil }

// Calling returns the module with one more call in it.
func (m *Module) Calling(call *Block) *Module {
	out := *m
	out.Calls = maps.Clone(m.Calls)
	out.Calls[call.Labels[0]] = call
	return &out
}

// Call returns the block of a call of a module.
func Call(name, source, version string, at hcl.Range, arguments map[string]hclsyntax.Expression) *Block {
	body := &hclsyntax.Body{Attributes: hclsyntax.Attributes{}, SrcRange: at, EndRange: at}
	set := func(name string, expr hclsyntax.Expression) {
		body.Attributes[name] = &hclsyntax.Attribute{Name: name, Expr: expr, SrcRange: expr.Range(), NameRange: expr.Range()}
	}
	for name, expr := range arguments {
		if !IsMeta(name) {
			set(name, expr)
		}
	}
	for name, text := range map[string]string{"source": source, "version": version} {
		if text != "" {
			set(name, &hclsyntax.LiteralValueExpr{Val: cty.StringVal(text), SrcRange: at})
		}
	}
	return &Block{Keyword: "module", Labels: []string{name}, At: at, Body: Body{body}}
}

// IsMeta reports whether an argument of a call is for Terraform itself.
func IsMeta(name string) bool {
	switch name {
	case "source", "version", "count", "for_each", "providers", "depends_on", "lifecycle":
		return true
	}
	return false
}
