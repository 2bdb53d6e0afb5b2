package graph

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/lang"
	"github.com/tfreach/tfreach/analyzer/source"
)

// ending is where the way back from an unknown value ends: at the part at a path of an expression's value.
type ending struct {
	scope *scope
	expr  hclsyntax.Expression
	path  []cty.Value
	// converted says that variables lie on the way, in which null may turn into something else.
	converted bool
}

// Choices returns two values of which an unknown one is either, each perhaps unknown itself: those of the branches of the
// conditional that it is from. It is nil for other values.
func (v Value) Choices() []Value {
	end := v.end()
	conditional, ok := end.expr.(*hclsyntax.ConditionalExpr)
	if !ok {
		return nil
	}
	out := make([]Value, 0, 2)
	for _, branch := range [...]hclsyntax.Expression{conditional.TrueResult, conditional.FalseResult} {
		if call, ok := branch.(*hclsyntax.FunctionCallExpr); ok && call.Name == lang.BranchName {
			branch = call.Args[len(call.Args)-1]
		}
		part, ok := end.scope.part(branch, end.path)
		if !ok || end.converted && part.Absent() {
			return nil
		}
		out = append(out, part.as(v))
	}
	return out
}

// surely returns elements that an unknown collection has whatever the rest of it is: the known arguments of concat, say.
func (v Value) surely() []Value {
	end := v.end()
	call, ok := end.expr.(*hclsyntax.FunctionCallExpr)
	if !ok || call.ExpandFinal || len(end.path) > 0 {
		return nil
	}
	var out []Value
	for _, arg := range call.Args {
		elements, _ := end.scope.value(arg).Elements()
		for _, e := range elements {
			if call.Name == "flatten" && e.isCollection() {
				inner, _ := e.Elements()
				out = append(out, inner...)
			} else {
				out = append(out, e)
			}
		}
	}
	for i := range out {
		out[i] = out[i].as(v)
	}
	return out
}

// as returns a value that is as sensitive as another one which it is a part of.
func (v Value) as(whole Value) Value {
	if whole.Sensitive() {
		v.v = v.v.Mark(lang.Sensitive)
	}
	return v
}

func (v Value) isCollection() bool {
	raw := v.Raw()
	return raw != cty.NilVal && !raw.IsNull() && (raw.IsKnown() && raw.CanIterateElements() || !raw.IsKnown() && !raw.Type().IsPrimitiveType())
}

// end returns where the way back from an unknown value ends, if all on it leaves the value as it is.
func (v Value) end() ending {
	if !v.Undecided() || v.scope == nil {
		return ending{}
	}
	expr, ok := v.expr.(hclsyntax.Expression)
	if !ok {
		return ending{}
	}
	defer v.scope.m.ev.quietly()()
	t := &tracer{ev: v.scope.m.ev, seek: true}
	t.walk(v.scope, expr, v.path)
	return t.ending
}

// part returns the part at a path of the value of an expression. It is false if there is none that is known of.
func (s *scope) part(expr hcl.Expression, path []cty.Value) (Value, bool) {
	defer s.m.ev.quietly()()
	v := s.eval(expr)
	for _, key := range path {
		raw, marks := v.Unmark()
		switch ty := raw.Type(); {
		case !raw.IsKnown():
			v = cty.DynamicVal.WithMarks(marks)
			continue
		case raw.IsNull():
			return Value{}, false
		case ty.IsObjectType():
			if key.Type() != cty.String || !ty.HasAttribute(key.AsString()) {
				return Value{}, false
			}
			v = raw.GetAttr(key.AsString()).WithMarks(marks)
		case ty.IsMapType(), ty.IsListType(), ty.IsTupleType():
			if has := raw.HasIndex(key); !has.IsKnown() || has.False() {
				return Value{}, false
			}
			v = raw.Index(key).WithMarks(marks)
		default:
			return Value{}, false
		}
	}
	return Value{v: v, expr: expr, scope: s, path: slices.Clone(path), At: expr.Range()}, true
}

// stop ends the way of a tracer that looks for the end of what leaves a value as it is. It is false for other tracers.
func (t *tracer) stop(s *scope, expr hclsyntax.Expression, path []cty.Value) bool {
	if t.seek {
		t.ending.scope, t.ending.expr, t.ending.path = s, expr, path
	}
	return t.seek
}

// keeps says whether a variable leaves a value that it is given as it is, but for conversions among numbers, strings and
// booleans, and null.
func (m *module) keeps(block *source.Block) bool {
	ty, defaults := m.ev.variableType(block)
	return defaults == nil && ty.Equals(ty.WithoutOptionalAttributesDeep())
}

// merging are the functions whose result has all elements of each argument.
func merging(function string) bool {
	switch function {
	case "concat", "setunion", "flatten":
		return true
	}
	return false
}

// reordering are the functions whose result has the elements of their argument, and no others.
func reordering(function string) bool {
	switch function {
	case "toset", "distinct", "sort", "reverse":
		return true
	}
	return false
}

// options returns the collections of which an unknown value is one. It is false if they aren't all known.
func (v Value) options() ([]Value, bool) {
	if v.Known() {
		return []Value{v}, v.isCollection()
	}
	var out []Value
	for _, choice := range v.Choices() {
		some, ok := choice.options()
		if !ok {
			return nil, false
		}
		out = append(out, some...)
	}
	return out, len(out) > 0
}

// perhaps returns the instances that an unknown for_each may make, ordered by key, if it is one of several known
// collections. One that they all have is sure to be; a value in which they differ is unknown.
func (m *module) perhaps(v cty.Value, attr *hclsyntax.Attribute) ([]keyed, bool) {
	options, ok := Value{v: v, expr: attr.Expr, scope: m.top, At: attr.Expr.Range()}.options()
	if !ok {
		return nil, false
	}
	marks := marked(v, "for_each", attr.Expr.Range())
	found := map[string]*keyed{}
	times := map[string]int{}
	for _, option := range options {
		raw, sensitive := option.v.Unmark()
		for it := raw.ElementIterator(); it.Next(); {
			k, value := it.Element()
			path := []cty.Value{k}
			if ty := raw.Type(); ty.IsSetType() || ty.IsTupleType() || ty.IsListType() {
				k, path = value, nil
			}
			key, _ := k.Unmark()
			if key.Type() != cty.String || !key.IsKnown() || key.IsNull() {
				return nil, false
			}
			name := key.AsString()
			times[name]++
			value = value.WithMarks(sensitive)
			if before := found[name]; before == nil {
				from := binding{scope: option.scope, expr: option.expr, path: append(slices.Clone(option.path), path...), pair: true}
				found[name] = &keyed{key: Name(name), value: value, from: from}
			} else if !before.value.RawEquals(value) {
				before.value = cty.DynamicVal.WithMarks(marks, sensitive)
				before.from = binding{scope: m.top, expr: attr.Expr, path: path, pair: true}
			}
		}
	}
	out := make([]keyed, 0, len(found))
	for name, k := range found {
		k.doubtful = times[name] < len(options)
		out = append(out, *k)
	}
	slices.SortFunc(out, func(a, b keyed) int { return a.key.compare(b.key) })
	return out, true
}
