package source

import (
	"bytes"
	"maps"
	"path"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/lang"
)

// static is a module with what is known of its variables before anything is evaluated. The sources of modules may be made
// of these.
type static struct {
	m *Module
	// given are the variables that whoever calls the module sets.
	given map[string]cty.Value
	// busy are the local values that are being evaluated.
	busy map[string]bool
}

// value returns the value of an expression; an unknown one if it isn't known without evaluating the configuration.
func (s static) value(expr hcl.Expression) cty.Value {
	if v, diags := lang.Constant(expr); !diags.HasErrors() {
		return v
	}
	roots := map[string]map[string]cty.Value{}
	for _, t := range expr.Variables() {
		if len(t) < 2 {
			return cty.DynamicVal
		}
		attr, ok := t[1].(hcl.TraverseAttr)
		if !ok {
			return cty.DynamicVal
		}
		root := t.RootName()
		if roots[root] == nil {
			roots[root] = map[string]cty.Value{}
		}
		switch root {
		case "var":
			roots[root][attr.Name] = s.variable(attr.Name)
		case "local":
			roots[root][attr.Name] = s.local(attr.Name)
		default:
			return cty.DynamicVal
		}
	}
	variables := map[string]cty.Value{}
	for root, values := range roots {
		variables[root] = cty.ObjectVal(values)
	}
	v, diags := lang.Static(expr, variables)
	if diags.HasErrors() {
		return cty.DynamicVal
	}
	v, _ = v.UnmarkDeep()
	return v
}

func (s static) variable(name string) cty.Value {
	if v, ok := s.given[name]; ok {
		return v
	}
	block := s.m.Variables[name]
	if block == nil {
		return cty.DynamicVal
	}
	if attr := block.Body.Attr("default"); attr != nil {
		if v, diags := lang.Constant(attr.Expr); !diags.HasErrors() {
			return v
		}
	}
	return cty.DynamicVal
}

// maxStaticDepth is how deep local values may depend on each other in the source of a module.
const maxStaticDepth = 50

func (s static) local(name string) cty.Value {
	attr := s.m.Locals[name]
	if attr == nil || s.busy[name] || len(s.busy) > maxStaticDepth {
		return cty.DynamicVal
	}
	s.busy[name] = true
	defer delete(s.busy, name)
	return s.value(attr.Expr)
}

// text returns the value of an expression as a text, which is empty if it is none or isn't known.
func (s static) text(expr hcl.Expression) string {
	v := s.value(expr)
	if !v.IsKnown() || v.IsNull() || v.Type() != cty.String {
		return ""
	}
	return v.AsString()
}

// summary is what a module calls, which is kept longer than the module.
type summary struct {
	// calls are the folders of the modules that it calls by a path, and given says that others may be called by what it is
	// given; calls is empty then.
	calls []string
	given bool
}

// summary returns what the module in a folder calls. Most modules need not be parsed for it.
func (t *Tree) summary(dir string) summary {
	dir = path.Clean(dir)
	t.mu.Lock()
	s, known := t.summaries[dir]
	t.mu.Unlock()
	if known {
		return s
	}
	if t.mayCall(dir) {
		m := t.Module(dir)
		if s.given = m.hasGivenSource(); !s.given {
			finder := callFinder{tree: t, add: func(_, to string) { s.calls = append(s.calls, to) }}
			finder.find(dir, nil, maxGiven)
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, known := t.summaries[dir]; !known {
		t.summaries[dir] = s
		for _, callee := range s.calls {
			t.callers[callee]++
		}
	}
	return s
}

// mayCall says whether a module has files in which calls of others may be.
func (t *Tree) mayCall(dir string) bool {
	list, err := t.configFiles(dir)
	if err != nil {
		return false // the module says so
	}
	return slices.ContainsFunc(list.names, func(name string) bool {
		text, err := t.read(name)
		// A name in JSON may be written with escapes.
		return err == nil && (bytes.Contains(text, []byte("module")) || path.Ext(name) == ".json" && bytes.ContainsRune(text, '\\'))
	})
}

// plainCalls returns the folders of the modules that the one in a folder calls by a path, if neither it nor one of these is
// given sources.
func (t *Tree) plainCalls(dir string) (calls []string, ok bool) {
	s := t.summary(dir)
	if s.given || slices.ContainsFunc(s.calls, func(callee string) bool { return t.summary(callee).given }) {
		return nil, false
	}
	return s.calls, true
}

// callFinder finds the modules that others call by a path.
type callFinder struct {
	tree *Tree
	// left is how many calls are looked at in all of modules that are given the sources of others.
	left int
	add  func(from, to string)
}

// find adds the folders of the modules that the one in a folder calls by a path. A module that it calls may call others by
// what it is given; these are added for that one. Depth is how many calls lead here.
func (f *callFinder) find(dir string, given map[string]cty.Value, depth int) {
	s := static{m: f.tree.Module(dir), given: given, busy: map[string]bool{}}
	for _, name := range slices.Sorted(maps.Keys(s.m.Calls)) {
		call := s.m.Calls[name]
		attr := call.Body.Attr("source")
		if attr == nil {
			continue
		}
		text := s.text(attr.Expr)
		if !IsLocal(text) {
			continue
		}
		to := path.Join(dir, text)
		f.add(dir, to)
		if depth >= maxGiven || f.left <= 0 {
			continue
		}
		callee := f.tree.Module(to)
		if !callee.hasGivenSource() {
			continue
		}
		f.left--
		passed := map[string]cty.Value{}
		for name := range callee.Variables {
			if a := call.Body.Attr(name); a != nil {
				passed[name] = s.value(a.Expr)
			}
		}
		f.find(to, passed, depth+1)
	}
}

// set returns the values of variables that the files of values in a folder give to a module whose calls need them.
func (t *Tree) set(dir string) map[string]cty.Value {
	if !t.Module(dir).hasGivenSource() {
		return nil
	}
	values, _ := t.AutoVars(dir) // whoever evaluates the module reports what can't be read
	given := map[string]cty.Value{}
	for _, v := range values {
		if value, diags := lang.Constant(v.Expr); !diags.HasErrors() {
			given[v.Name] = value
		}
	}
	return given
}

// Limits of looking for sources that modules are given.
const (
	maxGiven      = 10     // through how many calls
	maxGivenCalls = 10_000 // of how many calls in all
)

// hasGivenSource says whether the module calls one whose source isn't written out.
func (m *Module) hasGivenSource() bool {
	for _, call := range m.Calls {
		if attr := call.Body.Attr("source"); attr != nil {
			if _, literal := attr.Expr.(*hclsyntax.LiteralValueExpr); !literal && len(attr.Expr.Variables()) > 0 {
				return true
			}
		}
	}
	return false
}
