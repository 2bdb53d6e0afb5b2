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

// OriginKind says what kind of thing would decide an unknown value.
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
	// FromExpression is an expression that has no value before apply, or that failed: a call of timestamp, say.
	FromExpression
)

// Origin names what would decide an unknown value. It is the mark that unknown values carry through evaluation, so it
// is comparable and small.
type Origin struct {
	Kind OriginKind
	// Name is what a reader would look for: var.cidrs, aws_security_group.web.id, module.edge.
	Name string
	// Resource is the address of the resource instance, printed, if Kind is FromResource or FromData.
	Resource string
	// Attr is the attribute of Resource.
	Attr string
	// At is where the origin is declared. It may be empty in a plan.
	At hcl.Range
}

func (o Origin) compare(p Origin) int {
	return cmp.Or(cmp.Compare(o.Kind, p.Kind), strings.Compare(o.Name, p.Name),
		strings.Compare(o.At.Filename, p.At.Filename), cmp.Compare(o.At.Start.Byte, p.At.Start.Byte),
		strings.Compare(o.Resource, p.Resource))
}

// Value is the value of an attribute, or of a part of it, with the place that it was read from. The zero Value is an
// absent one.
type Value struct {
	v cty.Value
	// expr is the expression whose value, or the part at path of it, v is, and scope is where it stands; nil if v is from
	// a plan.
	expr  hcl.Expression
	scope *scope
	path  []cty.Value
	// At is the place of the expression, or of the resource in a plan that has no source.
	At hcl.Range
}

// NewValue returns v, which may carry marks, as read from at.
func NewValue(v cty.Value, at hcl.Range) Value { return Value{v: v, At: at} }

// Called returns a value, which may be known, with a name for what isn't known of it, as its only origin: a text is known
// where the addresses that the cloud has under that name are not.
func (v Value) Called(name string) Value {
	raw := v.Raw()
	if v.Sensitive() {
		raw, name = raw.Mark(lang.Sensitive), "a sensitive value"
	}
	v.v = raw.Mark(Origin{Kind: FromExpression, Name: name, At: v.At})
	return v
}

// Sensitive says that the value, or a part of it, was declared sensitive, so that it must not be shown.
func (v Value) Sensitive() bool {
	if v.v == cty.NilVal {
		return false
	}
	_, marks := v.v.UnmarkDeep()
	_, sensitive := marks[lang.Sensitive]
	return sensitive
}

// Object returns a value that is an object as a body: its attributes, and those that are lists of objects as blocks.
func (v Value) Object() Object { return Object{valueBody{v}} }

// Absent says that the attribute is not set: it isn't there, or it is null.
func (v Value) Absent() bool {
	if v.v == cty.NilVal {
		return true
	}
	raw, _ := v.v.Unmark()
	return raw.IsKnown() && raw.IsNull()
}

// Known says that the value is there and no part of it is unknown.
func (v Value) Known() bool { return !v.Absent() && v.v.IsWhollyKnown() }

// Undecided says that the value itself, not just a part of it, is unknown. It may turn out to be null.
func (v Value) Undecided() bool { return v.v != cty.NilVal && !v.v.IsKnown() }

// Raw returns the value without its marks; cty.NilVal if the attribute isn't there.
func (v Value) Raw() cty.Value {
	if v.v == cty.NilVal {
		return cty.NilVal
	}
	raw, _ := v.v.UnmarkDeep()
	return raw
}

// Text returns the value as a string, converting numbers and booleans as Terraform does. It is false if the value is
// absent, unknown, or nothing that converts.
func (v Value) Text() (string, bool) {
	s, ok := v.convert(cty.String)
	if !ok {
		return "", false
	}
	return s.AsString(), true
}

// Int returns the value as a whole number, converting a string as Terraform does. It is false if the value is absent,
// unknown, or not a whole number.
func (v Value) Int() (int, bool) {
	n, ok := v.convert(cty.Number)
	if !ok {
		return 0, false
	}
	i, exact := n.AsBigFloat().Int64()
	return int(i), exact == 0
}

// Bool returns the value as a boolean, converting a string as Terraform does. It is false, false if the value is
// absent, unknown, or nothing that converts.
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

// Same says that two values are equal, whatever they are: they are known, or made in the same way of the same.
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

// Term returns what names a text that isn't known: two of the same term are equal. It is empty if nothing does.
func (v Value) Term() string {
	if !v.Undecided() {
		return ""
	}
	return lang.Term(v.v)
}

// Elements returns the elements of a list, set, tuple or map of values, each with its own place if it is written in the
// source as one. A value that is no collection is its own single element. Whole is false if there may be elements that
// aren't known of: then the value is unknown, and elements are those that are in it at any rate.
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
		case !raw.Type().IsSetType():
			element.path = append(slices.Clip(v.path), key)
		}
		elements = append(elements, element)
	}
	return elements, true
}

// itemExprs returns the expressions of the elements if the collection is written as a tuple in the source.
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
	_, pathMarks := v.v.UnmarkDeepWithPaths()
	seen := map[Origin]bool{}
	var out []Origin
	for _, pm := range pathMarks {
		for m := range pm.Marks {
			if o, ok := m.(Origin); ok && !seen[o] {
				seen[o] = true
				out = append(out, o)
			}
		}
	}
	slices.SortFunc(out, Origin.compare)
	return told(out)
}

// told leaves out what others say already: of a resource that decides as a whole, and by some of its attributes, too, the
// attribute if it is only one, else all of them.
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
