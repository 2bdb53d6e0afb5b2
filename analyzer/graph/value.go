package graph

import (
	"cmp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/tfreach/tfreach/analyzer/lang"
)

// OriginKind is the kind of thing that would decide an unknown value.
type OriginKind uint8

// The kinds of origin.
const (
	// FromVariable is an input variable of the root module without a value.
	FromVariable OriginKind = iota + 1
	// FromResource is an attribute that the provider computes.
	FromResource
	// FromData is an attribute of a data source.
	FromData
	// FromModule is an output of a module whose code isn't there.
	FromModule
	// FromExpression is an expression without a value before apply, such as a call of timestamp, or one that failed.
	FromExpression
)

// Origin names what would decide an unknown value. Unknown values carry it as a mark through evaluation, so it is comparable
// and small.
type Origin struct {
	Kind OriginKind
	// Name is what a reader would look for: "var.cidrs", "aws_security_group.web.id", "module.edge".
	Name string
	// Resource is the printed address of the resource instance, if Kind is FromResource or FromData.
	Resource string
	// Attr is the attribute of Resource.
	Attr string
	// At is where the origin is declared. It may be empty for a plan.
	At hcl.Range
}

func (o Origin) compare(p Origin) int {
	return cmp.Or(cmp.Compare(o.Kind, p.Kind), strings.Compare(o.Name, p.Name),
		strings.Compare(o.At.Filename, p.At.Filename), cmp.Compare(o.At.Start.Byte, p.At.Start.Byte),
		strings.Compare(o.Resource, p.Resource))
}

// Value is the value of an attribute, or a part of it, with the place that it was read from. The zero Value is absent.
type Value struct {
	v cty.Value
	// expr and path say which part of which expression v is the value of, and scope where the expression stands. They are nil
	// if v is from a plan.
	expr  hcl.Expression
	scope *scope
	path  []cty.Value
	// shared is that of expr, if v is all of its value; nil if v isn't, or isn't the same wherever it is asked for.
	shared *shared
	// At is the place of the expression, or of the resource in a plan without source.
	At hcl.Range
}

// NewValue returns v, which may carry marks, as read from a place.
func NewValue(v cty.Value, at hcl.Range) Value { return Value{v: v, At: at} }

// Called returns an unknown value whose only origin is the given name. It serves for a text that is known while the addresses
// behind it are not, such as the name of a list that the cloud keeps.
func (v Value) Called(name string) Value {
	raw, name := v.Raw(), Brief(name)
	if v.Sensitive() {
		raw, name = raw.Mark(lang.Sensitive), "a sensitive value"
	}
	return v.holding(raw.Mark(Origin{Kind: FromExpression, Name: name, At: v.At}))
}

// maxName is the number of characters of a text that name an origin. IDs of clouds are shorter.
const maxName = 300

// Brief returns a text as the name of an origin: no more than its beginning if it is long.
func Brief(text string) string {
	n := 0
	for i := range text {
		if n++; n > maxName {
			return text[:i] + "…"
		}
	}
	return text
}

// holding returns what is placed where v is, with another value.
func (v Value) holding(raw cty.Value) Value {
	v.v, v.shared = raw, nil
	return v
}

// Sensitive reports whether the value or a part of it was declared sensitive, so that it must not be shown.
func (v Value) Sensitive() bool {
	if v.v == cty.NilVal {
		return false
	}
	_, marks := v.v.UnmarkDeep()
	_, sensitive := marks[lang.Sensitive]
	return sensitive
}

// Object returns an object value as a body: its attributes, and its lists of objects as blocks.
func (v Value) Object() Object { return Object{valueBody{v}} }

// Absent reports whether the attribute is not set or null.
func (v Value) Absent() bool {
	if v.v == cty.NilVal {
		return true
	}
	raw, _ := v.v.Unmark()
	return raw.IsKnown() && raw.IsNull()
}

// Known reports whether the value is set and no part of it is unknown.
func (v Value) Known() bool { return !v.Absent() && v.v.IsWhollyKnown() }

// Undecided reports whether the value itself, and not just a part of it, is unknown. It may turn out to be null.
func (v Value) Undecided() bool { return v.v != cty.NilVal && !v.v.IsKnown() }

// Raw returns the value without its marks; cty.NilVal if the attribute is not set.
func (v Value) Raw() cty.Value {
	if v.v == cty.NilVal {
		return cty.NilVal
	}
	raw, _ := v.v.UnmarkDeep()
	return raw
}

// Text returns the value as a string; it converts numbers and booleans as Terraform does. The second result is false if the
// value is absent, unknown, or doesn't convert.
func (v Value) Text() (string, bool) {
	if raw, _ := v.v.Unmark(); raw.Type() == cty.String && raw.IsKnown() && !raw.IsNull() {
		return raw.AsString(), true
	}
	s, ok := v.convert(cty.String)
	if !ok {
		return "", false
	}
	return s.AsString(), true
}

// Int returns the value as a whole number; it converts strings as Terraform does. The second result is false if the value is
// absent, unknown, or not a whole number.
func (v Value) Int() (int, bool) {
	n, ok := v.convert(cty.Number)
	if !ok {
		return 0, false
	}
	i, exact := n.AsBigFloat().Int64()
	return int(i), exact == 0
}

// Bool returns the value as a boolean; it converts strings as Terraform does. The second result is false if the value is
// absent, unknown, or doesn't convert.
func (v Value) Bool() (value, ok bool) {
	b, ok := v.convert(cty.Bool)
	return ok && b.True(), ok
}

func (v Value) convert(t cty.Type) (cty.Value, bool) {
	if v.Absent() {
		return cty.NilVal, false
	}
	raw, _ := v.v.Unmark()
	if !raw.IsKnown() {
		return cty.NilVal, false
	}
	out, err := convert.Convert(raw, t)
	if err != nil || out.IsNull() || !out.IsKnown() || out.IsMarked() {
		return cty.NilVal, false
	}
	return out, true
}

// Same reports whether two values are surely equal: both are known and equal, or both are made in the same way of the same
// things.
func (v Value) Same(o Value) bool {
	if v.Absent() || o.Absent() {
		return false
	}
	if a, known := v.Text(); known {
		b, known := o.Text()
		return known && a == b
	}
	term := lang.Term(v.v)
	return term != "" && term == lang.Term(o.v)
}

// Term returns a name for an unknown text: texts with the same term are equal. It is empty if nothing identifies the text.
func (v Value) Term() string {
	if !v.Undecided() {
		return ""
	}
	return lang.Term(v.v)
}

// Elements returns the elements of a list, set, tuple or map of values. An element that is written out has its own place. A
// value that isn't a collection is its own single element. whole is false if the value is unknown; the elements are then those
// that it surely has.
func (v Value) Elements() (elements []Value, whole bool) {
	if v.Absent() {
		return nil, true
	}
	raw, marks := v.v.Unmark()
	if !raw.IsKnown() {
		return v.surely(), false
	}
	if !raw.CanIterateElements() {
		return []Value{v}, true
	}
	var items []hcl.Expression
	if len(v.path) == 0 {
		items = itemExprs(v.expr, raw)
	}
	i := 0
	for it := raw.ElementIterator(); it.Next(); i++ {
		key, e := it.Element()
		element := Value{v: e.WithMarks(marks), expr: v.expr, scope: v.scope, At: v.At}
		switch {
		case items != nil:
			element.expr, element.At = items[i], items[i].Range()
			element = element.resolved()
		case v.expr != nil && !raw.Type().IsSetType():
			element.path = append(slices.Clip(v.path), key)
		}
		elements = append(elements, element)
	}
	return elements, true
}

// itemExprs returns the expressions of the elements if the collection is written as a tuple.
func itemExprs(expr hcl.Expression, raw cty.Value) []hcl.Expression {
	for {
		paren, ok := expr.(*hclsyntax.ParenthesesExpr)
		if !ok {
			break
		}
		expr = paren.Expression
	}
	tuple, ok := expr.(*hclsyntax.TupleConsExpr)
	if !ok || !raw.Type().IsTupleType() || len(tuple.Exprs) != raw.LengthInt() {
		return nil
	}
	items := make([]hcl.Expression, len(tuple.Exprs))
	for i, e := range tuple.Exprs {
		items[i] = e
	}
	return items
}

// Origins returns what would decide the unknown parts of the value, sorted.
func (v Value) Origins() []Origin {
	if v.v == cty.NilVal {
		return nil
	}
	var out []Origin
	seen := map[Origin]bool{}
	add := func(marks cty.ValueMarks) {
		for m := range marks {
			if o, ok := m.(Origin); ok && !seen[o] {
				seen[o] = true
				out = append(out, o)
			}
		}
	}
	if v.v.Type().IsPrimitiveType() || !v.v.IsKnown() { // there is nothing in it
		add(v.v.Marks())
	} else {
		_, pathMarks := v.v.UnmarkDeepWithPaths()
		for _, pm := range pathMarks {
			add(pm.Marks)
		}
	}
	slices.SortFunc(out, Origin.compare)
	return told(out)
}

// Whether returns an unknown value as what decides whether it is set: if it is one of some IDs or not set, what chooses decides.
func (v Value) Whether() Value {
	raw, marks := v.v.Unmark()
	is, _ := lang.Identities(v.v)
	kept := cty.ValueMarks{}
	chosen := false
	for m := range marks {
		o, ok := m.(Origin)
		if ok && o.Kind == FromResource {
			continue
		}
		kept[m], chosen = struct{}{}, chosen || ok
	}
	if !chosen || slices.ContainsFunc(is, func(i lang.Identity) bool { return !i.Filled }) {
		return v
	}
	return v.holding(raw.WithMarks(kept))
}

// told leaves out what other origins already say. If a resource decides as a whole and also by attributes, a single attribute
// gives way to the resource, and several attributes all do.
func told(origins []Origin) []Origin {
	whole, attrs := map[string]bool{}, map[string]int{}
	for _, o := range origins {
		switch {
		case o.Resource == "":
		case o.Attr == "":
			whole[o.Resource] = true
		default:
			attrs[o.Resource]++
		}
	}
	return slices.DeleteFunc(origins, func(o Origin) bool {
		if !whole[o.Resource] || attrs[o.Resource] == 0 {
			return false
		}
		return (o.Attr == "") == (attrs[o.Resource] == 1)
	})
}

// Undecidable returns a value of which nothing is known and which an origin decides.
func Undecidable(o Origin) Value { return Value{v: cty.DynamicVal.Mark(o), At: o.At} }
