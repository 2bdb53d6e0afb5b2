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

// static is a module with what is known of its variables before evaluation. Module sources may be made of these.
type static struct {
	m *Module
	// given are the variables that the module's caller sets.
	given map[string]cty.Value
	// busy are the local values that are being evaluated.
	busy map[string]bool
}

// value returns the value of an expression. It is unknown if it depends on more than constants.
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

// maxStaticDepth limits how deep local values may depend on each other in a module source.
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

// text returns the value of an expression as text; "" if it isn't a known text.
func (s static) text(expr hcl.Expression) string {
	v := s.value(expr)
	if !v.IsKnown() || v.IsNull() || v.Type() != cty.String {
		return ""
	}
	return v.AsString()
}

// summary is what a module calls. It is kept longer than the module.
type summary struct {
	// calls are the folders of the modules that it calls by a path. given is true if it may call others, depending on its
	// variables; calls is empty then.
	calls []string
	given bool
}

// summary returns what the module in a folder calls. Most modules needn't be parsed for it.
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

// mayCall reports whether a module has files that may call other modules.
func (t *Tree) mayCall(dir string) bool {
	list, err := t.configFiles(dir)
	if err != nil {
		return false // the module says so
	}
	return slices.ContainsFunc(list.names, func(name string) bool {
		text, err := t.read(name)
		// JSON may write a name with escapes.
		return err == nil && (bytes.Contains(text, []byte("module")) || path.Ext(name) == ".json" && bytes.ContainsRune(text, '\\'))
	})
}

// plainCalls returns the folders that a module calls by a path; ok is false if the module, or one that it calls, gets sources
// from its caller.
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
	// left is the number of calls that may still be looked at in modules that get sources from their callers.
	left int
	add  func(from, to string)
}

// find adds the folders of the modules that the module in a folder calls by a path. If a called module gets sources from its
// caller, the modules that it then calls are added as calls of the first. depth is the number of calls that lead to dir.
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

// set returns the values that the value files in a folder give to the variables that module sources need.
func (t *Tree) set(dir string) map[string]cty.Value {
	if !t.Module(dir).hasGivenSource() {
		return nil
	}
	values, _ := t.AutoVars(dir) // Unreadable files are reported by the evaluation of the module.
	given := map[string]cty.Value{}
	for _, v := range values {
		if v.Name == "" {
			continue
		}
		if value, diags := lang.Constant(v.Expr); !diags.HasErrors() {
			given[v.Name] = value
		}
	}
	return given
}

// Limits on the search for sources that modules get from their callers.
const (
	maxGiven      = 10     // through how many calls
	maxGivenCalls = 10_000 // of how many calls in all
)

// hasGivenSource reports whether the module calls another one whose source isn't a literal.
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
