package lang

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// MoreName is an attribute that no configuration can name. An object that has it is open: it has further attributes that aren't
// in it. The attribute's value is unknown, and one of its marks may be an Attributes.
const MoreName = "(more)"

// Attributes is a mark on the attribute MoreName of an open object.
type Attributes interface {
	// Attribute returns the value of any attribute of the open object.
	Attribute(name string) cty.Value
}

// Names of functions that no written expression can contain: of the function around a collection that is iterated over, and of
// the function around a collection that an index picks from. The latter has the index as its first argument.
const (
	elementsName = "(elements)"
	withName     = "(with)"
)

// more returns the value that stands for the further attributes of an open object.
func more(v cty.Value) (cty.Value, bool) {
	raw, _ := v.Unmark()
	if !raw.Type().IsObjectType() || raw.IsNull() || !raw.IsKnown() || !raw.Type().HasAttribute(MoreName) {
		return cty.NilVal, false
	}
	return raw.GetAttr(MoreName), true
}

// IsOpen reports whether a value is an open object.
func IsOpen(v cty.Value) bool {
	_, open := more(v)
	return open
}

// Whole returns v for callers that ask which attributes it has: an unknown value if v is an open object.
func Whole(v cty.Value) cty.Value {
	rest, open := more(v)
	if !open {
		return v
	}
	_, marks := v.Unmark()
	return cty.DynamicVal.WithMarks(derived(marks), deepMarks(rest))
}

// attribute returns a further attribute of an open object.
func attribute(v cty.Value, name string) (cty.Value, bool) {
	rest, open := more(v)
	if !open || v.Type().HasAttribute(name) {
		return cty.NilVal, false
	}
	_, marks := v.Unmark()
	for mark := range deepMarks(rest) {
		if a, ok := mark.(Attributes); ok {
			return a.Attribute(name).WithMarks(marks), true
		}
	}
	return rest.WithMarks(marks), true
}

// with returns an object with an attribute added if the object is open and lacks it.
func with(v cty.Value, name string) cty.Value {
	a, ok := attribute(v, name)
	if !ok {
		return v
	}
	raw, marks := v.Unmark()
	attrs := raw.AsValueMap()
	attrs[name] = a
	return cty.ObjectVal(attrs).WithMarks(marks)
}

// openUp changes a syntax tree so that open objects have the attributes that are asked of them, and nothing mistakes their
// present attributes for all.
func openUp(node hclsyntax.Node) hcl.Diagnostics {
	return hclsyntax.VisitAll(node, func(node hclsyntax.Node) hcl.Diagnostics {
		switch node := node.(type) {
		case *hclsyntax.IndexExpr:
			// The key is evaluated twice, so nested indices would double the work with each level.
			if !has[*hclsyntax.IndexExpr](node.Key) {
				node.Collection = through(withName, node.Collection, node.Key)
			}
		case *hclsyntax.ForExpr:
			if key := keyWanted(node); key != nil {
				node.CollExpr = through(withName, node.CollExpr, key)
			} else {
				node.CollExpr = through(elementsName, node.CollExpr)
			}
		}
		return nil
	})
}

// has reports whether a node contains a node of a type.
func has[T hclsyntax.Node](node hclsyntax.Node) bool {
	found := false
	_ = hclsyntax.VisitAll(node, func(node hclsyntax.Node) hcl.Diagnostics { // it returns what the function does: nothing
		_, ok := node.(T)
		found = found || ok
		return nil
	})
	return found
}

// keyWanted returns the literal that is the only key a loop keeps, as in { for k, v in x : k => v if k == "name" }. It returns
// nil for other loops.
func keyWanted(e *hclsyntax.ForExpr) hclsyntax.Expression {
	if e.CondExpr == nil || e.KeyVar == "" {
		return nil
	}
	condition, ok := plain(e.CondExpr).(*hclsyntax.BinaryOpExpr)
	if !ok || condition.Op != hclsyntax.OpEqual {
		return nil
	}
	for _, sides := range [...][2]hclsyntax.Expression{{condition.LHS, condition.RHS}, {condition.RHS, condition.LHS}} {
		ref, ok := plain(sides[0]).(*hclsyntax.ScopeTraversalExpr)
		if !ok || len(ref.Traversal) != 1 || ref.Traversal.RootName() != e.KeyVar {
			continue
		}
		if text, ok := plain(sides[1]).(*hclsyntax.TemplateExpr); ok && text.IsStringLiteral() {
			return text
		}
	}
	return nil
}

// openFunctions returns the functions that the evaluation of an expression needs
// after openUp.
func openFunctions() map[string]function.Function {
	return map[string]function.Function{
		elementsName: function.New(&function.Spec{
			Params: anyValue(),
			Type:   anyType,
			Impl:   func(args []cty.Value, _ cty.Type) (cty.Value, error) { return Whole(args[0]), nil },
		}),
		withName: function.New(&function.Spec{
			Params: append(anyValue(), anyValue()...),
			Type:   anyType,
			Impl:   func(args []cty.Value, _ cty.Type) (cty.Value, error) { return withKey(args[1], args[0]), nil },
		}),
	}
}

// anyType is the type of a function that returns what it is given: to compare the types of large collections takes its time.
func anyType([]cty.Value) (cty.Type, error) { return cty.DynamicPseudoType, nil }

// withKey is with for a key of any kind. If the key isn't known, nothing is known of what an open object has under it.
func withKey(v, key cty.Value) cty.Value {
	switch name, ok := knownString(key); {
	case ok:
		return with(v, name)
	case !key.IsKnown():
		return Whole(v)
	}
	return v
}
