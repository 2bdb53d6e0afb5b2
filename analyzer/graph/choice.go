package graph

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/lang"
	"github.com/tfreach/tfreach/analyzer/source"
)

// ending is the end of the way back from an unknown value: the part, at a path, of an expression's value.
type ending struct {
	scope *scope
	expr  hclsyntax.Expression
	path  []cty.Value
	// converted is true if variables lie on the way; they may turn null into something else.
	converted bool
	// settled is true if the value at the end is known.
	settled bool
	// reordered is true if functions on the way change the order of elements.
	reordered bool
}

// Choices returns the values that an unknown value is one of: the branches of its conditional, or the elements of the
// collection that it is picked from. Each may be unknown itself. It returns nil for other values, and if there are too many.
func (v Value) Choices() []Value {
	if !v.Undecided() || v.scope == nil {
		return nil
	}
	ev := v.scope.m.ev
	if !ev.seeking() {
		return nil
	}
	defer func() { ev.sought-- }()
	end := v.end()
	if end.expr == nil {
		return nil
	}
	defer ev.quietly()()
	out, ok := end.choices()
	if !ok {
		return nil
	}
	for i := range out {
		if end.converted && out[i].Absent() {
			return nil
		}
		out[i] = out[i].as(v)
	}
	return out
}

// MayBeNull reports whether null is one of the values that an unknown value is one of.
func (v Value) MayBeNull() bool {
	return slices.ContainsFunc(v.Choices(), func(c Value) bool { return c.Absent() || c.MayBeNull() })
}

// choices returns the values that the value at the end is one of; the second result is false if they aren't known.
func (e ending) choices() ([]Value, bool) {
	switch x := e.expr.(type) {
	case *hclsyntax.ConditionalExpr:
		return e.parts(x.TrueResult, x.FalseResult)
	case *hclsyntax.IndexExpr:
		return e.picked(e.scope.value(x.Collection), e.path)
	case *hclsyntax.FunctionCallExpr:
		if x.ExpandFinal || len(x.Args) == 0 {
			return nil, false
		}
		switch {
		case x.Name == "element" && len(x.Args) == 2, x.Name == "one" && len(x.Args) == 1:
			return e.picked(e.scope.value(x.Args[0]), e.path)
		case x.Name == "lookup" && len(x.Args) == 3:
			out, ok := e.picked(e.scope.value(x.Args[0]), e.path)
			standard, both := e.parts(x.Args[2])
			return append(out, standard...), ok && both
		case x.Name == "coalesce":
			return e.parts(x.Args...)
		}
	}
	return nil, false
}

// chooser returns what decides which of the choices the value is, as far as that is written.
func (e ending) chooser() []Origin {
	switch x := e.expr.(type) {
	case *hclsyntax.ConditionalExpr:
		return e.scope.value(x.Condition).Origins()
	case *hclsyntax.IndexExpr:
		return e.scope.value(x.Key).Origins()
	case *hclsyntax.FunctionCallExpr:
		if len(x.Args) > 1 && (x.Name == "element" || x.Name == "lookup") {
			return e.scope.value(x.Args[1]).Origins()
		}
	}
	return nil
}

// parts returns the parts of some expressions at the ending's path.
func (e ending) parts(exprs ...hclsyntax.Expression) ([]Value, bool) {
	out := make([]Value, 0, len(exprs))
	for _, expr := range exprs {
		if call, ok := expr.(*hclsyntax.FunctionCallExpr); ok && call.Name == lang.BranchName {
			expr = call.Args[len(call.Args)-1]
		}
		part, ok := e.scope.part(expr, e.path)
		if !ok {
			return nil, false
		}
		out = append(out, part)
	}
	return out, len(out) > 0
}

// picked returns the parts at a path of all elements of a collection.
func (e ending) picked(collection Value, path []cty.Value) ([]Value, bool) {
	m := collection.members()
	if len(m.list) == 0 || len(m.list) > maxChoices || m.open() {
		return nil, false
	}
	out := make([]Value, 0, len(m.list))
	for _, item := range m.list {
		part, ok := item.value.sub(path)
		if !ok {
			return nil, false
		}
		out = append(out, part)
	}
	return out, true
}

// surely returns elements that an unknown collection has whatever the rest of it is, such as the known arguments of concat.
func (v Value) surely() []Value {
	var out []Value
	for _, e := range v.members().list {
		if e.sure {
			out = append(out, e.value)
		}
	}
	return out
}

// as returns a value that is as sensitive as the whole that it is a part of.
func (v Value) as(whole Value) Value {
	if whole.Sensitive() {
		v = v.holding(v.v.Mark(lang.Sensitive))
	}
	return v
}

// end returns the end of the way back from an unknown value, if everything on it passes the value on unchanged.
func (v Value) end() ending {
	if !v.Undecided() || v.scope == nil {
		return ending{}
	}
	expr, ok := v.expr.(hclsyntax.Expression)
	if !ok {
		return ending{}
	}
	ev := v.scope.m.ev
	if !ev.seeking() {
		return ending{}
	}
	defer func() { ev.sought-- }()
	defer ev.quietly()()
	t := &tracer{ev: ev, seek: true}
	t.walk(v.scope, expr, v.path)
	e := t.ending
	if e.expr == nil || len(e.path) == 0 {
		return e
	}
	switch e.expr.(type) {
	case *hclsyntax.ForExpr, *hclsyntax.SplatExpr, *hclsyntax.ObjectConsExpr, *hclsyntax.FunctionCallExpr:
	default:
		return e
	}
	whole := e
	whole.path = nil
	item, ok := whole.members().at(e.path[0])
	if !ok || item.expr == nil {
		return e
	}
	inner, ok := item.sub(e.path[1:])
	if !ok {
		return e
	}
	further := inner.ending()
	further.converted = further.converted || e.converted
	return further
}

// ending is end for a value that may also be known.
func (v Value) ending() ending {
	if e := v.end(); e.expr != nil {
		return e
	}
	expr, ok := v.expr.(hclsyntax.Expression)
	if !ok {
		return ending{}
	}
	return ending{scope: v.scope, expr: expr, path: v.path, settled: true}
}

// resolved returns the value of v if v is unknown only because something around it is, such as an element of a map whose other
// elements are unknown.
func (v Value) resolved() Value {
	if !v.Undecided() {
		return v
	}
	end := v.end()
	if end.expr == nil || end.expr == v.expr && len(end.path) == len(v.path) {
		return v
	}
	if _, ok := end.expr.(*hclsyntax.ScopeTraversalExpr); ok && !end.settled {
		return v
	}
	part, ok := end.scope.part(end.expr, end.path)
	if !ok || part.Undecided() || end.converted && part.Absent() {
		return v
	}
	return v.holding(part.as(v).v)
}

// part returns the part of an expression's value at a path; the second result is false if no such part is known.
func (s *scope) part(expr hcl.Expression, path []cty.Value) (Value, bool) {
	defer s.m.ev.quietly()()
	v, ok := partOf(s.eval(expr), path)
	if !ok {
		return Value{}, false
	}
	return Value{v: v, expr: expr, scope: s, path: slices.Clone(path), At: expr.Range()}, true
}

// partOf returns the part of a value at a path of keys. The part of an unknown value is unknown. The second result is false if
// no such part is known.
func partOf(v cty.Value, path []cty.Value) (cty.Value, bool) {
	for _, key := range path {
		raw, marks := v.Unmark()
		if !key.IsKnown() || key.IsNull() {
			return cty.DynamicVal.WithMarks(marks), true
		}
		key, _ = key.Unmark()
		switch ty := raw.Type(); {
		case !raw.IsKnown():
			v = cty.DynamicVal.WithMarks(marks)
			continue
		case raw.IsNull():
			return cty.NilVal, false
		case ty.IsObjectType():
			if key.Type() != cty.String || !ty.HasAttribute(key.AsString()) {
				return cty.NilVal, false
			}
			v = raw.GetAttr(key.AsString()).WithMarks(marks)
		case ty.IsMapType(), ty.IsListType(), ty.IsTupleType():
			if has := raw.HasIndex(key); !has.IsKnown() || has.False() {
				return cty.NilVal, false
			}
			v = raw.Index(key).WithMarks(marks)
		default:
			return cty.NilVal, false
		}
	}
	return v, true
}

// keeps reports whether a variable passes its value on unchanged, except for conversions among numbers, strings and booleans,
// and for null.
func (m *module) keeps(block *source.Block) bool {
	ty, defaults := m.ev.variableType(block)
	return defaults == nil && ty.Equals(ty.WithoutOptionalAttributesDeep())
}

// reordering reports whether a function's result has exactly the elements of its argument, perhaps in another order.
func reordering(function string) bool {
	switch function {
	case "toset", "distinct", "sort", "reverse":
		return true
	}
	return false
}

// perhaps returns the instances that an unknown for_each makes or may make, ordered by key. An instance's value is unknown if
// it differs between the possible cases. open is true if there may be further instances.
func (m *module) perhaps(v cty.Value, attr *hclsyntax.Attribute) (out []keyed, open bool) {
	of := Value{v: v, expr: attr.Expr, scope: m.top, At: attr.Expr.Range()}
	raw, _ := v.Unmark()
	ty := raw.Type()
	isSet := ty.IsSetType()
	if end := of.end(); ty == cty.DynamicPseudoType && end.expr != nil {
		isSet = end.reordered || end.makesSet()
	}
	found := map[string]int{}
	for _, item := range of.members().list {
		k := item
		if isSet {
			k.key = item.value.v
		}
		name, ok := k.name()
		if !ok || (Value{v: k.key}).Sensitive() {
			open = true
			continue
		}
		if i, again := found[name]; again {
			out[i].doubtful = out[i].doubtful && !item.sure
			continue
		}
		found[name] = len(out)
		out = append(out, keyed{
			key: Name(name), value: item.value.v, doubtful: !item.sure,
			from: binding{scope: item.value.scope, expr: item.value.expr, path: item.value.path, pair: true},
		})
	}
	slices.SortFunc(out, func(a, b keyed) int { return a.key.compare(b.key) })
	return out, open
}
