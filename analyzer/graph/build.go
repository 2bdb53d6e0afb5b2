package graph

import (
	"bytes"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/lang"
	"github.com/tfreach/tfreach/analyzer/source"
)

// FromConfig evaluates the configuration whose root module is in a folder of the tree. It returns the resources of the types
// that wanted accepts. Values are evaluated when they are asked for, so failures appear in the graph's Diagnostics only after
// that. It returns an error if the inputs are wrong.
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
		models: map[*source.Block]*source.Module{}, remotes: map[*instance]*Other{}, found: map[*instance]*Resource{},
		usages: map[hcl.Expression]*usage{}, over: map[hcl.Expression]bool{},
		traced: traced{values: map[scoped[hcl.Expression]]cty.Value{}, loops: map[scoped[*hclsyntax.ForExpr]]*iterations{}, members: map[site[hclsyntax.Expression]]members{}, documents: map[scoped[*hclsyntax.FunctionCallExpr]]*decoded{}},
	}
	workingDir := path.Join(filepath.ToSlash(tree.Path()), dir)
	ev.functions = lang.Functions(source.Bounded{Files: tree.Files(dir)}, lang.WorkingDir(workingDir), lang.WithBudget(ev))
	maps.Copy(ev.functions, lang.InstrumentFunctions(ev))
	ev.diags.add(diags...)
	ev.diags.add(more...)
	ev.read(root)
	m := newModule(ev, root, nil)
	m.path = in.elsewhere
	ev.root = m
	g := &Graph{diags: &ev.diags, evaluated: m}
	m.collect(wanted, g)
	g.moves = m.moves()
	g.index()
	g.Add(ev.others())
	g.unread = ev.unread
	if ev.full || ev.late {
		at := hcl.Range{Filename: tree.Place(dir), Start: hcl.InitialPos, End: hcl.InitialPos}
		g.unread = append(g.unread, Unread{Name: "the configuration", At: at})
	}
	slices.SortFunc(g.unread, func(a, b Unread) int { return strings.Compare(a.Name, b.Name) })
	return g, nil
}

// read takes over what couldn't be read of a module.
func (ev *evaluator) read(m *source.Module) {
	ev.diags.add(m.Diags...)
	for _, d := range m.Diags {
		if d.Severity != hcl.DiagError || d.Subject == nil {
			continue
		}
		if name := d.Subject.Filename; !slices.ContainsFunc(ev.unread, func(u Unread) bool { return u.Name == name }) {
			ev.unread = append(ev.unread, Unread{Name: name, At: *d.Subject})
		}
	}
}

// others returns what the configuration refers to, or may, of the rest of the world, each once.
func (ev *evaluator) others() []*Other {
	out := slices.Clone(ev.inputs.Others)
	for _, o := range slices.AppendSeq(slices.Clone(ev.inputs.Read), maps.Values(ev.remotes)) {
		if o != nil && !slices.Contains(out, o) {
			out = append(out, o)
		}
	}
	slices.SortFunc(out, func(a, b *Other) int { return strings.Compare(a.name, b.name) })
	return out
}

// collect adds the wanted resources of the module and of those that it calls.
func (m *module) collect(wanted func(Mode, string) bool, g *Graph) {
	if m.ev.full {
		return
	}
	if m.ev.stopped() {
		m.ev.outOfTime()
		m.ev.late = true
		return
	}
	for _, block := range m.source.Resources {
		mode := Managed
		if block.Keyword == "data" {
			mode = Data
		}
		if mode == Data && (block.Labels[0] == "terraform_remote_state" || block.Labels[0] == "tfe_outputs") {
			for _, i := range m.expandResource(block).items {
				i.remote()
			}
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
		if e.missing || e.modelled {
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

// exists returns the value that decides whether an uncertain instance exists.
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

// allNames returns the attribute names that the configuration asks of anything. If an expression passes a resource on whole,
// its object has these attributes, since nothing else can be asked of it.
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
		declared := map[string]bool{}
		for _, b := range m.source.Resources {
			declared[b.Labels[0]+"."+b.Labels[1]] = true
		}
		namesIn(m.source.Text, declared, names)
		for _, file := range m.source.Files {
			namesIn(ev.tree.Text(ev.tree.Place(file)), declared, names)
		}
		for _, name := range sortedNames(m.source.Calls) {
			call := m.source.Calls[name]
			src := m.load(name, call)
			if src == nil {
				src = m.model(call)
			}
			if src != nil {
				visit(newModule(ev, src, m))
			}
		}
	}
	visit(ev.root)
	ev.names = sortedNames(names)
	return ev.names
}

// namesIn adds the names after dots in the text of a file, but for those of declared resources after their types. It takes text
// in strings and comments for code, which adds a few names that nobody asks for.
func namesIn(text []byte, declared, names map[string]bool) {
	for {
		dot := bytes.IndexByte(text, '.')
		if dot < 0 {
			return
		}
		begin := bytes.LastIndexFunc(text[:dot], isNoName) + 1
		end := dot + 1 + bytes.IndexFunc(text[dot+1:], isNoName)
		if end == dot {
			end = len(text)
		}
		name := text[dot+1 : end]
		if first, _ := utf8.DecodeRune(name); (first == '_' || unicode.IsLetter(first)) && !declared[string(text[begin:end])] {
			names[string(name)] = true
		}
		text = text[dot+1:]
	}
}

// isNoName reports whether a character can't be a part of a name.
func isNoName(r rune) bool {
	return r != '_' && r != '-' && !unicode.IsLetter(r) && !unicode.IsNumber(r)
}
