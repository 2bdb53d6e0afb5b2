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
	// maxKept is how many bytes of text the modules have together that are kept while nobody uses them, and maxShared that is
	// for modules that several folders call. Their syntax trees take about fifteen times as much.
	maxKept, maxShared = 32 << 10, 1 << 20
	// leastKept is what a module counts at least.
	leastKept = 1 << 10
)

// Tree is a folder whose files may be read, as it is or as it was at a commit. Names in it are slash-separated and
// relative to it. Nothing outside is reachable, not through symbolic links either, and nothing of Git's own folder: both
// are ErrOutside. A Tree is safe for concurrent use.
type Tree struct {
	// fsys keeps what it opens within the folder.
	fsys   fs.FS
	closer io.Closer
	path   string
	prefix string
	// apart says that the paths of the operating system have nothing to do with it.
	apart bool
	// program is the one whose files are read, and other the tree as the other program reads it; nil before it is needed.
	program Program
	other   *Tree

	// overlay are texts that stand for those of files, by their names in places.
	overlay map[string][]byte
	log     *slog.Logger

	mu sync.Mutex
	// modules are those that are in use or were lately, and texts the files that were read: a module that is asked for again
	// is parsed again, from the same texts.
	modules        map[string]weak.Pointer[Module]
	lately, shared kept
	// listed are the configuration files of folders.
	listed    map[string]listing
	summaries map[string]summary
	// callers counts the folders that call one.
	callers map[string]int
	texts   map[string][]byte
}

// OpenTree opens the folder at a path of the operating system. In places the names of its files come with the prefix,
// which keeps the files of several trees apart: it is the slash-separated path to this one from the first, or empty.
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

// NewTree returns a tree over files that are no folder of the operating system, such as some in memory. Its path is /, and
// paths to its files begin there.
func NewTree(fsys fs.FS) *Tree {
	t := newTree(fsys, io.NopCloser(nil), "/", "")
	t.apart = true
	return t
}

// At returns the tree in its place with other files: those of another time. Closing it closes closer.
func (t *Tree) At(fsys fs.FS, closer io.Closer) *Tree {
	out := newTree(fsys, closer, t.path, t.prefix)
	out.program = t.program
	return out
}

func newTree(fsys fs.FS, closer io.Closer, path, prefix string) *Tree {
	return &Tree{
		fsys: fsys, closer: closer, path: path, prefix: prefix, modules: map[string]weak.Pointer[Module]{}, texts: map[string][]byte{},
		listed: map[string]listing{}, summaries: map[string]summary{}, callers: map[string]int{}, log: slog.New(slog.DiscardHandler),
		program: OpenTofu,
	}
}

// Overlay makes texts stand for those of files, by their names in places, before anything is read.
func (t *Tree) Overlay(texts map[string][]byte) { t.overlay = texts }

// LogTo lets the tree log which files it reads, and which folders it doesn't. It must come before the first reading.
func (t *Tree) LogTo(log *slog.Logger) { t.log = log }

// FindRoot returns the folder that a scan of dir may read: the closest one upward that holds .git, else the working
// directory if dir lies in it, else dir itself.
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

// FindUp returns the path of the file of a name in a folder or in one above it, up to the root that FindRoot returns;
// nothing if there is none. The file must be a regular one and no link, as it is part of what is not trusted.
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

// Rel returns the name in the tree of a path of the operating system, and whether it lies in the tree.
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

// Existing splits the path of a file, which may be gone with its folders, into the closest folder upward that exists and
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

// ErrOutside is that a name leads out of the tree.
var ErrOutside = errors.New("it lies outside the analysed root")

// ReadFile reads a regular file of at most MaxFileBytes.
func (t *Tree) ReadFile(name string) ([]byte, error) {
	name = path.Clean(name)
	if err := inside(name); err != nil {
		return nil, err
	}
	if text, ok := t.overlay[t.Place(name)]; ok {
		return text, nil
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

// Exists says whether a regular file of that name is there.
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

// Place returns the name of a file in places.
func (t *Tree) Place(name string) string { return path.Join(t.prefix, name) }

// Text returns the text of a file that was parsed, or read for places in it, by its name in places, and nil if there is
// none of that name.
func (t *Tree) Text(name string) []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.texts[name]
}

// cause drops the path from a file error: callers name the file in their own way.
func cause(err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err
	}
	return err
}

// Module parses the files of a folder. The module is never nil; what could not be read or parsed is in its diagnostics.
// While somebody has the module, or it was asked for lately, it is the same one; later it is parsed again from the same
// texts, as syntax trees take many times the memory of these.
func (t *Tree) Module(dir string) *Module {
	dir = path.Clean(dir)
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

// kept are modules that are kept although nobody may use them, the one that was asked for last first.
type kept []*Module

// put puts a module first, and drops the last ones if there are more than limit bytes of text.
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
			m.add(names[i], files[i].Body)
		}
	}
	m.Files, m.size = names, leastKept
	for _, name := range names {
		m.size += len(t.Text(t.Place(name)))
	}
	m.onlyPlans(files)
	return m
}

// onlyPlans makes it an error that all files of a folder are plans: nothing of it is analysed then.
func (m *Module) onlyPlans(files []*hcl.File) {
	if len(files) == 0 || slices.ContainsFunc(files, func(f *hcl.File) bool { return f != nil }) {
		return
	}
	for _, d := range m.Diags {
		d.Severity = hcl.DiagError
	}
}

// listing are the configuration files of a folder.
type listing struct {
	// names are those that the tree's program reads, primary files by name, then override files by name; unread are the
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
		if !isConfig(name) || e.IsDir() {
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

// isConfig says whether Terraform or OpenTofu reads a file of this name in a module's folder. It skips hidden files and those that
// editors leave behind.
func isConfig(name string) bool {
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
	return parseText(name, text)
}

// read returns the text of a file, as it was when it was first read.
func (t *Tree) read(name string) ([]byte, error) {
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

// TextNames returns the names in places of the files that were parsed, sorted.
func (t *Tree) TextNames() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Sorted(maps.Keys(t.texts))
}

// startOf is the place of what is wrong with a file or folder as a whole.
func startOf(name string) hcl.Range {
	return hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos}
}

func fileError(name, summary string, err error) *hcl.Diagnostic {
	return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: err.Error(), Subject: startOf(name).Ptr()}
}
