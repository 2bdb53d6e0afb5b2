package graph

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/lang"
)

// usage is what an expression needs from its scope. It depends on the expression alone, so it is found once per expression.
type usage struct {
	traversals []hcl.Traversal
	roots      []string // of the traversals, each once
	// names are the attribute names that the expression asks for other than directly by a traversal, as in
	// aws_instance.web[each.key].id. A resource's value that is used whole must have them.
	names []string
	// escaping are the traversals whose value may leave the expression whole, so that any attribute may be asked of it
	// elsewhere. opaque is true if all do.
	escaping map[hcl.Range]bool
	opaque   bool
	// guarded are the traversals inside try or can, which may lead to nothing.
	guarded map[hcl.Range]bool
	// calls are the calls of functions that may not be known here: providers' functions, and those of newer versions of the
	// language.
	calls []call
	// costs is true if evaluation takes more than looking up references.
	costs bool
}

// call is the call of a function.
type call struct {
	name string
	at   hcl.Range
}

// escapes reports whether the value of a traversal may leave the expression whole.
func (u *usage) escapes(t hcl.Traversal) bool { return u.opaque || u.escaping[t.SourceRange()] }

// usageOf returns what an expression needs. known reports whether a function exists.
func usageOf(e hcl.Expression, known func(function string) bool) *usage {
	expr, ok := e.(hclsyntax.Expression)
	if !ok {
		return &usage{traversals: e.Variables(), roots: rootsOf(e.Variables()), opaque: true}
	}
	w := &usageWalker{escaping: map[hcl.Range]bool{}, guarded: map[hcl.Range]bool{}, known: known, ignored: map[hcl.Range]bool{}}
	_ = hclsyntax.Walk(expr, w) // it returns no diagnostics
	slices.Sort(w.names)
	traversals := slices.DeleteFunc(expr.Variables(), func(t hcl.Traversal) bool { return w.ignored[t.SourceRange()] })
	return &usage{
		traversals: traversals, roots: rootsOf(traversals), names: slices.Compact(w.names), escaping: w.escaping, guarded: w.guarded,
		calls: w.calls, costs: w.costs,
	}
}

func rootsOf(traversals []hcl.Traversal) []string {
	var out []string
	for _, t := range traversals {
		if root := t.RootName(); !slices.Contains(out, root) {
			out = append(out, root)
		}
	}
	return out
}

type usageWalker struct {
	path     []hclsyntax.Node
	names    []string
	escaping map[hcl.Range]bool
	guarded  map[hcl.Range]bool
	known    func(function string) bool
	calls    []call
	costs    bool
	// ignored are words that look like references and aren't: types, and the arguments of unknown functions, whose values
	// nobody can use.
	ignored map[hcl.Range]bool
}

// ignore records that the references in an expression don't count.
func (w *usageWalker) ignore(e hclsyntax.Expression) {
	for _, t := range e.Variables() {
		w.ignored[t.SourceRange()] = true
	}
}

func (w *usageWalker) Enter(n hclsyntax.Node) hcl.Diagnostics {
	switch e := n.(type) {
	case *hclsyntax.ScopeTraversalExpr:
		if !w.consumed(e) {
			w.escaping[e.Traversal.SourceRange()] = true
		}
		if slices.ContainsFunc(w.path, mayFail) {
			w.guarded[e.Traversal.SourceRange()] = true
		}
	case *hclsyntax.FunctionCallExpr:
		w.costs = true
		switch {
		case strings.TrimPrefix(e.Name, lang.CoreNamespace) == "convert" && len(e.Args) == 2:
			w.ignore(e.Args[1])
			_ = hclsyntax.VisitAll(e.Args[1], func(n hclsyntax.Node) hcl.Diagnostics { // it returns none
				if inner, ok := n.(*hclsyntax.FunctionCallExpr); ok {
					w.ignored[inner.NameRange] = true
				}
				return nil
			})
		case w.ignored[e.NameRange]: // a type
		case !w.known(e.Name):
			w.calls = append(w.calls, call{e.Name, e.NameRange})
			for _, arg := range e.Args {
				w.ignore(arg)
			}
		}
	case *hclsyntax.RelativeTraversalExpr:
		for _, step := range e.Traversal {
			if name := attributeOf(step); name != "" {
				w.names = append(w.names, name)
			}
		}
	}
	w.path = append(w.path, n)
	return nil
}

func (w *usageWalker) Exit(hclsyntax.Node) hcl.Diagnostics {
	w.path = w.path[:len(w.path)-1]
	return nil
}

// mayFail reports whether a part of a node may fail without the whole expression failing.
func mayFail(n hclsyntax.Node) bool {
	call, ok := n.(*hclsyntax.FunctionCallExpr)
	return ok && (call.Name == "try" || call.Name == "can")
}

// instanceOf returns the key of the instance that a reference surely leads to. rest is what follows the block's name.
func (u *usage) instanceOf(t, rest hcl.Traversal) (Key, bool) {
	if u.opaque || u.guarded[t.SourceRange()] || len(rest) == 0 {
		return Key{}, false
	}
	index, ok := rest[0].(hcl.TraverseIndex)
	if !ok {
		return Key{}, false
	}
	key, err := KeyOf(index.Key)
	return key, err == nil
}

// consumed reports whether the expression uses a traversal's value only by attributes that it names itself.
func (w *usageWalker) consumed(e hclsyntax.Node) bool {
	for _, parent := range slices.Backward(w.path) {
		switch p := parent.(type) {
		case *hclsyntax.IndexExpr:
			if p.Collection != e {
				return false
			}
		case *hclsyntax.ParenthesesExpr:
		case *hclsyntax.RelativeTraversalExpr:
			return true
		case *hclsyntax.SplatExpr:
			if _, bare := p.Each.(*hclsyntax.AnonSymbolExpr); !bare {
				return true
			}
		case *hclsyntax.FunctionCallExpr:
			if !lang.IsAround(p.Name) {
				return p.Name == "length" || p.Name == "keys"
			}
		default:
			return false
		}
		e = parent
	}
	return false
}

// attributeOf returns the attribute that a traversal step may ask for: .name or ["name"].
func attributeOf(step hcl.Traverser) string {
	switch step := step.(type) {
	case hcl.TraverseAttr:
		return step.Name
	case hcl.TraverseIndex:
		if key := step.Key; key.Type() == cty.String && key.IsKnown() && !key.IsNull() {
			return key.AsString()
		}
	}
	return ""
}
