package graph

import (
	"bytes"
	"errors"
	"maps"
	"path"
	"path/filepath"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/lang"
	"github.com/tfreach/tfreach/analyzer/source"
)

// FromConfig evaluates the configuration whose root module is in a folder of the tree, and returns the resources of the
// types that wanted accepts. Values are evaluated when they are asked for, so what fails is in the graph's Diagnostics
// only after that. The error is non-nil if the inputs are wrong.
func FromConfig(tree *source.Tree, dir string, in Inputs, wanted func(mode Mode, typ string) bool) (*Graph, error) {
	return fromConfig(tree, dir, in, wanted, defaultLimits())
}

func fromConfig(
	tree *source.Tree, dir string, in Inputs, wanted func(mode Mode, typ string) bool, l limits,
) (*Graph, error) {
	root := tree.Module(dir)
	if err := in.check(root); err != nil {
		return nil, err
	}
	manifest, diags := tree.Manifest(dir)
	locked, more := tree.LockedVersions(dir)
	ev := &evaluator{
		tree: tree, inputs: in, wanted: wanted, limits: l, manifest: manifest, locked: locked,
		usages: map[hcl.Expression]*usage{}, over: map[hcl.Expression]bool{},
		traced: traced{values: map[placed[hcl.Expression]]cty.Value{}, loops: map[placed[*hclsyntax.ForExpr]]*iterations{}, members: map[placed[hclsyntax.Expression]]members{}},
	}
	workingDir := path.Join(filepath.ToSlash(tree.Path()), dir)
	ev.functions = lang.Functions(files{tree.Files(dir)}, lang.WorkingDir(workingDir), lang.WithBudget(ev))
	maps.Copy(ev.functions, lang.InstrumentFunctions(ev))
	ev.diags.add(diags...)
	ev.diags.add(more...)
	ev.diags.add(root.Diags...)
	m := newModule(ev, root, nil)
	ev.root = m
	g := &Graph{diags: &ev.diags, evaluated: m}
	m.collect(wanted, g)
	g.moves = m.moves()
	g.index()
	return g, nil
}

// files is how functions see the tree: what lies outside is unknown to them.
type files struct{ source.Files }

func (f files) ReadFile(name string) ([]byte, error) {
	text, err := f.Files.ReadFile(name)
	return text, unknownIfOutside(err)
}

func (f files) Exists(name string) (bool, error) {
	there, err := f.Files.Exists(name)
	return there, unknownIfOutside(err)
}

func (f files) Glob(dir, pattern string) ([]string, error) {
	names, err := f.Files.Glob(dir, pattern)
	return names, unknownIfOutside(err)
}

func unknownIfOutside(err error) error {
	if errors.Is(err, source.ErrOutside) {
		return lang.ErrOutside
	}
	return err
}

// collect adds the wanted resources of the module and of those that it calls.
func (m *module) collect(wanted func(Mode, string) bool, g *Graph) {
	if m.ev.full {
		return
	}
	if m.ev.stopped() {
		m.ev.outOfTime()
		return
	}
	for _, block := range m.source.Resources {
		mode := Managed
		if block.Keyword == "data" {
			mode = Data
		}
		if !wanted(mode, block.Labels[0]) {
			continue
		}
		e := m.expandResource(block)
		for _, i := range e.items {
			g.Resources = append(g.Resources, &Resource{
				Addr: i.addr, Certain: i.certain, Exists: m.exists(block, e.marks, i.certain), Change: Unplanned, Decl: block.At, Calls: m.calledFrom(),
				Provider: m.providerOf(block), Object: Object{configBody{block.Body, i.scope}},
			})
		}
	}
	for _, name := range sortedNames(m.source.Calls) {
		e := m.child(name)
		if e.missing {
			g.Missing = append(g.Missing, m.missing(name)...)
		}
		for _, child := range e.items {
			child.collect(wanted, g)
		}
	}
}

// missing returns the instances of a call of a module whose code isn't there.
func (m *module) missing(name string) []*MissingModule {
	call := m.source.Calls[name]
	text := func(arg string) string {
		if a := call.Body.Attr(arg); a != nil {
			s, _ := m.top.value(a.Expr).Text()
			return s
		}
		return ""
	}
	e := &expansion[*MissingModule]{}
	expand(m, call, e, func(key Key, s *scope, certain bool) *MissingModule {
		return &MissingModule{
			Path: m.path.Child(name, key), Source: text("source"), Version: text("version"),
			Certain: m.certain && certain, Decl: call.At, Calls: m.calledFrom(), Object: Object{configBody{call.Body, s}},
		}
	})
	for _, item := range e.items {
		item.Exists = m.exists(call, e.marks, item.Certain)
	}
	return e.items
}

// exists returns the value that decides whether an instance exists which is not certain.
func (m *module) exists(block *source.Block, marks cty.ValueMarks, certain bool) Value {
	if certain {
		return Value{}
	}
	for _, a := range []*hclsyntax.Attribute{block.Body.Attr("count"), block.Body.Attr("for_each"), enabledOf(block)} {
		if a != nil && len(marks) > 0 {
			return Value{v: cty.DynamicVal.WithMarks(marks), expr: a.Expr, scope: m.top, At: a.Expr.Range()}
		}
	}
	if m.call == nil {
		return Value{}
	}
	return m.parent.exists(m.call, m.parent.children[m.call.Labels[0]].marks, m.certain)
}

// allNames returns the attribute names that the configuration asks of anything. An object that stands for a resource
// and is passed on whole has these, since nothing else can be asked of it.
func (ev *evaluator) allNames() []string {
	if ev.names != nil {
		return ev.names
	}
	names := map[string]bool{}
	seen := map[*source.Module]bool{}
	var visit func(m *module)
	visit = func(m *module) {
		if seen[m.source] {
			return
		}
		seen[m.source] = true
		for _, file := range m.source.Files {
			ev.namesIn(file, names)
		}
		for _, name := range sortedNames(m.source.Calls) {
			if src := m.load(name, m.source.Calls[name]); src != nil {
				visit(newModule(ev, src, m))
			}
		}
	}
	visit(ev.root)
	ev.names = sortedNames(names)
	return ev.names
}

// namesIn adds the names after dots in a file. It takes text in strings and comments for code, which adds a few names
// that nobody asks for.
func (ev *evaluator) namesIn(file string, names map[string]bool) {
	text := ev.tree.Text(ev.tree.Place(file))
	for {
		dot := bytes.IndexByte(text, '.')
		if dot < 0 {
			return
		}
		text = text[dot+1:]
		end := bytes.IndexFunc(text, func(r rune) bool { return r != '_' && r != '-' && !unicode.IsLetter(r) && !unicode.IsNumber(r) })
		if end < 0 {
			end = len(text)
		}
		if first, _ := utf8.DecodeRune(text[:end]); first == '_' || unicode.IsLetter(first) {
			names[string(text[:end])] = true
		}
		text = text[end:]
	}
}
