package graph

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/lang"
)

// usage is what an expression needs from its scope. It depends on the expression alone, so it is found once.
type usage struct {
	traversals []hcl.Traversal
	// names are the attribute names that the expression asks of values other than directly by a traversal, as in
	// aws_instance.web[each.key].id. A value of a resource that is used whole must have them.
	names []string
	// escaping are the places of the traversals whose value may leave the expression whole, so that any attribute may be
	// asked of it elsewhere; opaque says that all do.
	escaping map[hcl.Range]bool
	opaque   bool
	// guarded are the places of the traversals that try or can evaluates, which may lead to nothing.
	guarded map[hcl.Range]bool
	// calls are the functions that the expression calls and that may not be known here: those of providers, and of newer
	// versions of the language.
	calls []call
	// costs says that evaluating the expression takes more than looking up what it refers to.
	costs bool
}

// call is the call of a function.
type call struct {
	name string
	at   hcl.Range
}

// escapes says whether the value of a traversal may leave the expression whole.
func (u *usage) escapes(t hcl.Traversal) bool { return u.opaque || u.escaping[t.SourceRange()] }

// usageOf returns what an expression needs, where known tells the functions that there are.
func usageOf(e hcl.Expression, known func(function string) bool) *usage {
	expr, ok := e.(hclsyntax.Expression)
	if !ok {
		return &usage{traversals: e.Variables(), opaque: true}
	}
	w := &usageWalker{escaping: map[hcl.Range]bool{}, guarded: map[hcl.Range]bool{}, known: known, ignored: map[hcl.Range]bool{}}
	_ = hclsyntax.Walk(expr, w) // it returns no diagnostics
	slices.Sort(w.names)
	traversals := slices.DeleteFunc(expr.Variables(), func(t hcl.Traversal) bool { return w.ignored[t.SourceRange()] })
	return &usage{traversals: traversals, names: slices.Compact(w.names), escaping: w.escaping, guarded: w.guarded, calls: w.calls, costs: w.costs}
}

type usageWalker struct {
	path     []hclsyntax.Node
	names    []string
	escaping map[hcl.Range]bool
	guarded  map[hcl.Range]bool
	known    func(function string) bool
	calls    []call
	costs    bool
	// ignored are the places of words that look like references and are none: types, and arguments of functions that aren't
	// known, which take no values that anyone could tell.
	ignored map[hcl.Range]bool
}

// ignore notes the references in an expression as none.
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

// mayFail says whether what is in a node may fail without making the whole expression fail.
func mayFail(n hclsyntax.Node) bool {
	call, ok := n.(*hclsyntax.FunctionCallExpr)
	return ok && (call.Name == "try" || call.Name == "can")
}

// instanceOf returns the key of the instance that a reference to a block surely leads to, by what follows the block's name.
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

// consumed says whether of the value of a traversal only attributes are used that the expression itself names.
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

// attributeOf returns the attribute that a step of a traversal may ask of an object: .name or ["name"].
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
