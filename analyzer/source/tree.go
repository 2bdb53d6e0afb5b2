package source

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"weak"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer/fault"
	"github.com/tfreach/tfreach/analyzer/source/named"
	"github.com/tfreach/tfreach/analyzer/source/plan"
)

const (
	// maxKept limits the bytes of text of modules that are kept although nobody uses them; maxShared does so for modules that
	// several folders call. Their syntax trees take about fifteen times as much.
	maxKept, maxShared = 32 << 10, 1 << 20
	// leastKept is the least that a module counts for.
	leastKept = 1 << 10
)

// Tree is a folder whose files may be read, as it is now or at a commit. Names in it are slash-separated and relative to it.
// Everything outside is ErrOutside, also through symbolic links, and so is Git's own folder. A Tree is safe for concurrent use.
type Tree struct {
	// fsys stays within the folder.
	fsys   fs.FS
	closer io.Closer
	path   string
	prefix string
	// apart is true if the tree isn't a folder of the operating system.
	apart bool
	// program is the program whose files are read. other is the tree with the other program's files; it is nil before it is
	// needed.
	program Program
	other   *Tree
	// under is the tree that the layer lies over; nil if there is none.
	under *Tree
	layer Layer

	parsed *Parsed
	log    *slog.Logger

	mu sync.Mutex
	// modules are the modules that are in use or were lately, and texts the files that were read. A module that is asked for
	// later is parsed again, from the same texts.
	modules        map[string]weak.Pointer[Module]
	lately, shared kept
	// models are those of modules whose code isn't there.
	models map[modelKey]weak.Pointer[Module]
	// listed has the configuration files of each folder.
	listed    map[string]listing
	summaries map[string]summary
	// callers has, for each folder, the number of folders that call it.
	callers map[string]int
	texts   map[string][]byte
}

// OpenTree opens a folder of the operating system. prefix is the slash-separated path to it from the first tree's folder, or
// empty; it begins the names of the files in reports, which so stay apart from those of other trees.
func OpenTree(dir, prefix string) (*Tree, error) {
	abs, err := named.Resolve(dir) // os.Root resolves links below the root itself
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(abs)
	if err != nil {
		return nil, err
	}
	return newTree(newRooted(root), root, abs, prefix), nil
}

// NewTree returns a tree over files that aren't a folder of the operating system, such as files in memory. Its path is /, and
// paths to its files begin there.
func NewTree(fsys fs.FS) *Tree {
	t := newTree(fsys, io.NopCloser(nil), "/", "")
	t.apart = true
	return t
}

// At returns the tree with other files in its place, such as those of a commit. Closing it closes closer.
func (t *Tree) At(fsys fs.FS, closer io.Closer) *Tree {
	out := newTree(fsys, closer, t.path, t.prefix)
	out.program = t.program
	return out
}

func newTree(fsys fs.FS, closer io.Closer, path, prefix string) *Tree {
	return &Tree{
		fsys: fsys, closer: closer, path: path, prefix: prefix, modules: map[string]weak.Pointer[Module]{}, texts: map[string][]byte{},
		models: map[modelKey]weak.Pointer[Module]{},
		listed: map[string]listing{}, summaries: map[string]summary{}, callers: map[string]int{}, log: slog.New(slog.DiscardHandler),
		program: OpenTofu,
	}
}

// Overlay sets texts that replace those of files, by the files' names in the tree, where there may be none yet. It must come
// before the first reading.
func (t *Tree) Overlay(texts map[string][]byte) {
	if len(texts) > 0 {
		t.fsys = &overlaid{t.fsys, texts}
	}
}

// Keep makes the tree take files that were parsed before, and keep those that it parses. It must come before the first reading.
func (t *Tree) Keep(parsed *Parsed) { t.parsed = parsed }

// LogTo makes the tree log which files it reads, and which folders it skips. It must come before the first reading.
func (t *Tree) LogTo(log *slog.Logger) { t.log = log }

// FindRoot returns the folder that a scan of dir may read: the closest folder upward with .git; else the working directory if
// dir lies in it; else dir itself.
func FindRoot(dir string) (string, error) {
	abs, err := named.Resolve(dir)
	if err != nil {
		return "", err
	}
	for d := abs; ; d = filepath.Dir(d) {
		if _, err := os.Lstat(filepath.Join(d, ".git")); err == nil {
			return d, nil
		}
		if d == filepath.Dir(d) {
			break
		}
	}
	work, err := os.Getwd()
	if err == nil {
		work, err = filepath.EvalSymlinks(work)
	}
	if err != nil {
		return "", err
	}
	if rel, err := filepath.Rel(work, abs); err == nil && filepath.IsLocal(rel) {
		return work, nil
	}
	return abs, nil
}

// FindUp returns the path of the file with a name in a folder or in a folder above it, up to the root that FindRoot returns; ""
// if there is none. The file must be a regular file and not a link, since it is untrusted.
func FindUp(dir, name string) (string, error) {
	root, err := FindRoot(dir)
	if err != nil {
		return "", err
	}
	if dir, err = named.Resolve(dir); err != nil {
		return "", err
	}
	for {
		file := filepath.Join(dir, name)
		switch info, err := os.Lstat(file); {
		case err == nil && !info.Mode().IsRegular():
			return "", fmt.Errorf("%s: it is no regular file", file)
		case err == nil:
			return file, nil
		case !errors.Is(err, fs.ErrNotExist):
			return "", fmt.Errorf("%s: %w", file, cause(err))
		}
		if dir == root || dir == filepath.Dir(dir) {
			return "", nil
		}
		dir = filepath.Dir(dir)
	}
}

// Close releases the folder.
func (t *Tree) Close() error { return t.closer.Close() }

// Path returns the absolute path of the folder.
func (t *Tree) Path() string { return t.path }

// Named returns the name in the tree of a file of the operating system that need not be there; the second result is false if
// its path lies outside.
func (t *Tree) Named(name string) (string, bool) {
	if t.apart {
		return t.Rel(name)
	}
	dir, rest := Existing(name)
	in, ok := t.Rel(dir)
	return path.Join(in, filepath.ToSlash(rest)), ok
}

// Rel returns the name in the tree of a path of the operating system; the second result is false if the path lies outside.
func (t *Tree) Rel(name string) (string, bool) {
	if t.apart {
		name = cmp.Or(strings.TrimPrefix(path.Clean(filepath.ToSlash(name)), "/"), ".")
		return name, filepath.IsLocal(filepath.FromSlash(name))
	}
	abs, err := filepath.Abs(name)
	if err != nil {
		return "", false
	}
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		abs = real
	}
	rel, err := filepath.Rel(t.path, abs)
	if err != nil || !filepath.IsLocal(rel) {
		return "", false
	}
	return filepath.ToSlash(rel), true
}

// Existing splits the path of a file, which may be gone together with its folders, into the closest existing folder upward and
// the rest.
func Existing(name string) (dir, rest string) {
	dir, rest = filepath.Dir(name), filepath.Base(name)
	for {
		if info, err := os.Stat(dir); err == nil && info.IsDir() || dir == filepath.Dir(dir) {
			return dir, rest
		}
		dir, rest = filepath.Dir(dir), filepath.Join(filepath.Base(dir), rest)
	}
}

// RelTo returns the slash-separated path from a folder to a file of the operating system.
func RelTo(dir, name string) (string, error) {
	abs, err := filepath.Abs(name)
	if err != nil {
		return "", err
	}
	// The file's own name is kept, even if it is a link.
	parent, err := filepath.EvalSymlinks(filepath.Dir(abs))
	if err != nil {
		return "", cause(err)
	}
	rel, err := filepath.Rel(dir, filepath.Join(parent, filepath.Base(abs)))
	return filepath.ToSlash(rel), err
}

// ErrOutside means that a name leads out of the tree.
var ErrOutside = errors.New("it lies outside the analysed root")

// ReadFile reads a regular file of at most MaxFileBytes.
func (t *Tree) ReadFile(name string) ([]byte, error) {
	name = path.Clean(name)
	if err := inside(name); err != nil {
		return nil, err
	}
	if made, ok := t.layer.Texts[name]; ok {
		return made.Content, nil
	}
	info, err := fs.Stat(t.fsys, name)
	if err != nil {
		return nil, cause(err)
	}
	if !info.Mode().IsRegular() {
		return nil, errIrregular
	}
	f, err := t.fsys.Open(name)
	if err != nil {
		return nil, cause(err)
	}
	defer f.Close()
	data := bytes.NewBuffer(make([]byte, 0, min(info.Size(), MaxFileBytes)+bytes.MinRead))
	if _, err := data.ReadFrom(io.LimitReader(f, MaxFileBytes+1)); err != nil {
		return nil, cause(err)
	}
	if data.Len() > MaxFileBytes {
		return nil, fmt.Errorf("it is larger than %d MiB", MaxFileBytes>>20)
	}
	return data.Bytes(), nil
}

// Exists reports whether name is a regular file.
func (t *Tree) Exists(name string) (bool, error) {
	name = path.Clean(name)
	if err := inside(name); err != nil {
		return false, err
	}
	info, err := fs.Stat(t.fsys, name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, cause(err)
	case !info.Mode().IsRegular():
		return false, errIrregular
	}
	return true, nil
}

// FS returns the tree as a file system for listing.
func (t *Tree) FS() fs.FS { return t.fsys }

// Place returns a file's name in reports.
func (t *Tree) Place(name string) string {
	if t.under == nil {
		return path.Join(t.prefix, name)
	}
	if made, ok := t.layer.Texts[name]; ok {
		return made.At.Filename
	}
	if shown, ok := t.layer.Shown[name]; ok {
		return t.under.Place(shown)
	}
	return t.under.Place(t.layer.origin(name))
}

// Text returns the text of a file by its name in reports: a file that was parsed, or read because findings may point into it.
// It returns nil for any other name.
func (t *Tree) Text(name string) []byte {
	if t.under != nil {
		return t.under.Text(name)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.texts[name]
}

// cause removes the path from a file error, since callers name the file in their own way.
func cause(err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err
	}
	return err
}

// Module parses the files of a folder. The module is never nil; its diagnostics tell what could not be read or parsed. As long
// as somebody uses the module or has asked for it lately, it is the same one. Later it is parsed again from the same texts,
// since syntax trees take many times the memory of texts.
func (t *Tree) Module(dir string) *Module {
	dir = path.Clean(dir)
	if m := t.layer.Modules[dir]; m != nil {
		return m
	}
	if t.under != nil && !t.layer.changes(dir) {
		return t.under.Module(dir)
	}
	t.mu.Lock()
	m := t.modules[dir].Value()
	t.keep(m)
	t.mu.Unlock()
	if m != nil {
		return m
	}
	m = t.load(dir)
	t.mu.Lock()
	defer t.mu.Unlock()
	if first := t.modules[dir].Value(); first != nil {
		return first
	}
	t.modules[dir] = weak.Make(m)
	t.keep(m)
	return m
}

// keep keeps a module for a while. The caller holds the lock.
func (t *Tree) keep(m *Module) {
	switch {
	case m == nil:
	case t.callers[m.Dir] > 1:
		t.shared.put(m, maxShared)
	default:
		t.lately.put(m, maxKept)
	}
}

// kept are modules that are kept although nobody may use them, the most recent one first.
type kept []*Module

// put moves a module to the front, and drops the last modules if all have more than limit bytes of text.
func (k *kept) put(m *Module, limit int) {
	if len(*k) > 0 && (*k)[0] == m {
		return
	}
	list := slices.DeleteFunc(*k, func(o *Module) bool { return o == m })
	list = slices.Insert(list, 0, m)
	size := 0
	for i, o := range list {
		if size += o.size; size > limit && i > 0 {
			clear(list[i:])
			list = list[:i]
			break
		}
	}
	*k = list
}

func (t *Tree) load(dir string) *Module {
	m := newModule(dir)
	defer func() {
		if cause := recover(); cause != nil {
			m.Diags = m.Diags.Append(fault.Diagnostic(cause, startOf(t.Place(dir))))
		}
	}()
	list, err := t.configFiles(dir)
	if err != nil {
		m.Diags = m.Diags.Append(fileError(path.Join(t.prefix, dir), "The folder can't be read", err))
		return m
	}
	names := list.names
	files := make([]*hcl.File, len(names))
	diags := make([]hcl.Diagnostics, len(names))
	parallel(len(names), func(i int) { files[i], diags[i] = t.parse(names[i]) })
	for i := range names {
		m.Diags = append(m.Diags, diags[i]...)
		if files[i] != nil {
			m.tear(files[i], diags[i])
			m.add(names[i], files[i].Body, t.layer.Texts[names[i]])
		}
	}
	for i, name := range names {
		if isOverride(path.Base(name)) && diags[i].HasErrors() {
			text, _ := t.read(name)
			m.unsettle(text, *diags[i][slices.IndexFunc(diags[i], isError)])
		}
	}
	m.Files, m.size = names, leastKept
	for _, name := range names {
		m.size += len(t.Text(t.Place(name)))
	}
	m.onlyPlans(files)
	return m
}

// onlyPlans adds an error if all files of a folder are plans, since nothing of the folder is then analysed.
func (m *Module) onlyPlans(files []*hcl.File) {
	if len(files) == 0 || slices.ContainsFunc(files, func(f *hcl.File) bool { return f != nil }) {
		return
	}
	for _, d := range m.Diags {
		d.Severity = hcl.DiagError
	}
}

// listing has the configuration files of a folder.
type listing struct {
	// names are the files that the tree's program reads: primary files by name, then override files by name. unread are the
	// others.
	names, unread []string
}

// configFiles lists the files of a module.
func (t *Tree) configFiles(dir string) (listing, error) {
	t.mu.Lock()
	list, known := t.listed[dir]
	t.mu.Unlock()
	if known {
		return list, nil
	}
	if err := inside(dir); err != nil {
		return listing{}, err
	}
	entries, err := fs.ReadDir(t.fsys, dir)
	if err != nil {
		return listing{}, cause(err)
	}
	there := map[string]bool{}
	for _, e := range entries {
		there[e.Name()] = !e.IsDir()
	}
	var primary, override []string
	for _, e := range entries {
		name := e.Name()
		if !IsConfig(name) || e.IsDir() {
			continue
		}
		if !t.program.reads(name, there) {
			list.unread = append(list.unread, path.Join(dir, name))
			continue
		}
		if isOverride(name) {
			override = append(override, path.Join(dir, name))
		} else {
			primary = append(primary, path.Join(dir, name))
		}
	}
	list.names = slices.Concat(primary, override)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.listed[dir] = list
	return list, nil
}

// IsConfig reports whether Terraform or OpenTofu reads a file of this name in a module's folder. They skip hidden files and
// those that editors leave behind.
func IsConfig(name string) bool {
	if strings.HasPrefix(name, ".") || strings.HasSuffix(name, "~") ||
		strings.HasPrefix(name, "#") && strings.HasSuffix(name, "#") {
		return false
	}
	name = strings.TrimSuffix(name, ".json")
	return strings.HasSuffix(name, ".tf") || strings.HasSuffix(name, ".tofu")
}

func isOverride(name string) bool {
	base := strings.TrimSuffix(name, ".json")
	base = strings.TrimSuffix(base, path.Ext(base))
	return base == "override" || strings.HasSuffix(base, "_override")
}

// parse reads a file and parses it as native syntax or, if its name ends in .json, as JSON syntax. The file is nil if it
// can't be read.
func (t *Tree) parse(name string) (file *hcl.File, diags hcl.Diagnostics) {
	defer func() {
		if cause := recover(); cause != nil {
			file, diags = nil, hcl.Diagnostics{fault.Diagnostic(cause, startOf(t.Place(name)))}
		}
	}()
	if made, ok := t.layer.Texts[name]; ok {
		return made.parse(name)
	}
	text, err := t.read(name)
	name = t.Place(name)
	if err != nil {
		return nil, hcl.Diagnostics{fileError(name, "The file can't be read", err)}
	}
	if strings.HasSuffix(name, ".json") && plan.IsDocument(bytes.NewReader(text)) {
		return nil, hcl.Diagnostics{{
			Severity: hcl.DiagWarning, Summary: "A plan among the configuration files",
			Detail:  "The file is a plan or a state by its content, so it is no part of the configuration. Scan it by name.",
			Subject: startOf(name).Ptr(),
		}}
	}
	return t.parsed.parse(name, text)
}

// read returns the text of a file as it was when it was first read.
func (t *Tree) read(name string) ([]byte, error) {
	if made, ok := t.layer.Texts[name]; ok {
		return made.Content, nil
	}
	if t.under != nil {
		return t.under.read(t.layer.origin(name))
	}
	place := t.Place(name)
	if text := t.Text(place); text != nil {
		return text, nil
	}
	text, err := t.ReadFile(name)
	if err != nil {
		t.log.Debug("can't read a file", "file", place, "why", err)
		return nil, err
	}
	t.log.Debug("read a file", "file", place, "bytes", len(text))
	t.mu.Lock()
	defer t.mu.Unlock()
	if first := t.texts[place]; first != nil {
		return first, nil
	}
	t.texts[place] = text
	return text, nil
}

// TextNames returns the names in reports of the files that were parsed, sorted.
func (t *Tree) TextNames() []string {
	if t.under != nil {
		return t.under.TextNames()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Sorted(maps.Keys(t.texts))
}

// startOf returns the range that stands for a whole file or folder.
func startOf(name string) hcl.Range {
	return hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos}
}

func fileError(name, summary string, err error) *hcl.Diagnostic {
	return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: err.Error(), Subject: startOf(name).Ptr()}
}
