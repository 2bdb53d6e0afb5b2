// Package placed evaluates expressions of languages around Terraform, such as Terragrunt's, and keeps of each part of a
// value where it is written.
//
// In go expressions and what says of the references in them which values these are; out come Values, which are expressions
// again that refer to nothing: whoever takes the values of variables from files can take them from these.
//
// # How it works
//
// A literal object or list is evaluated part by part. A reference is the value that it refers to, with the places of
// that one; so is a branch that a condition takes, and the part that an index picks. All else is evaluated as a whole and has
// the place of the expression.
//
// # Example
//
// Of cidrs = local.open, where open = ["0.0.0.0/0"], the value is a list, and the place of its element is that of the text
// in the list.
package placed

import (
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/tfreach/tfreach/analyzer/lang"
)

// Value is a value whose parts know where they are written.
type Value struct {
	V  cty.Value
	At hcl.Range
	// expr is the expression of a value that is written out; nil for others.
	expr hclsyntax.Expression
	// fields are the attributes of an object, and items the elements of a list, that have places of their own.
	fields []Field
	items  []*Value
}

// Field is an attribute of an object.
type Field struct {
	Name string
	// NameAt is the place of the name.
	NameAt hcl.Range
	Value  *Value
}

// New returns a value that has one place.
func New(v cty.Value, at hcl.Range) *Value { return &Value{V: v, At: at} }

// Object returns an object. Of several fields of one name the last counts.
func Object(fields []Field, at hcl.Range) *Value {
	last := map[string]int{}
	for i, f := range fields {
		last[f.Name] = i
	}
	attrs := make(map[string]cty.Value, len(last))
	kept := make([]Field, 0, len(last))
	for i, f := range fields {
		if last[f.Name] == i {
			attrs[f.Name] = f.Value.V
			kept = append(kept, f)
		}
	}
	return &Value{V: cty.ObjectVal(attrs), At: at, fields: kept}
}

// List returns a list of any values.
func List(items []*Value, at hcl.Range) *Value {
	elements := make([]cty.Value, len(items))
	for i, item := range items {
		elements[i] = item.V
	}
	return &Value{V: cty.TupleVal(elements), At: at, items: items}
}

// Fields returns the attributes of an object or the elements of a map, by name if they have no place of their own. It is
// false if the value is neither, or isn't known.
func (v *Value) Fields() ([]Field, bool) {
	raw, marks := v.V.Unmark()
	if !raw.IsKnown() || raw.IsNull() || !raw.Type().IsObjectType() && !raw.Type().IsMapType() {
		return nil, false
	}
	if v.fields != nil {
		return v.fields, true
	}
	all := raw.AsValueMap()
	out := make([]Field, 0, len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		out = append(out, Field{name, v.At, New(all[name].WithMarks(marks), v.At)})
	}
	return out, true
}

// Items returns the elements of a list, set or tuple. It is false if the value is none, or isn't known.
func (v *Value) Items() ([]*Value, bool) {
	raw, marks := v.V.Unmark()
	ty := raw.Type()
	if !raw.IsKnown() || raw.IsNull() || !ty.IsTupleType() && !ty.IsListType() && !ty.IsSetType() {
		return nil, false
	}
	if v.items != nil {
		return v.items, true
	}
	out := make([]*Value, 0, raw.LengthInt())
	for it := raw.ElementIterator(); it.Next(); {
		_, e := it.Element()
		out = append(out, New(e.WithMarks(marks), v.At))
	}
	return out, true
}

// Get returns the attribute of a name; nil if there is none, or it isn't known.
func (v *Value) Get(name string) *Value {
	fields, _ := v.Fields()
	for _, f := range slices.Backward(fields) {
		if f.Name == name {
			return f.Value
		}
	}
	return nil
}

// Text returns the value as a text. It is false if it isn't a known primitive one.
func (v *Value) Text() (string, bool) {
	if v == nil {
		return "", false
	}
	raw, _ := v.V.Unmark()
	if !raw.IsKnown() || raw.IsNull() {
		return "", false
	}
	text, err := convert.Convert(raw, cty.String)
	if err != nil {
		return "", false
	}
	return text.AsString(), true
}

// Texts returns a list of texts, without those that aren't known. It is false if some aren't.
func (v *Value) Texts() (texts []string, whole bool) {
	if v == nil {
		return nil, true
	}
	items, whole := v.Items()
	for _, item := range items {
		text, ok := item.Text()
		if whole = whole && ok; ok {
			texts = append(texts, text)
		}
	}
	return texts, whole
}

// step returns the part of a value that a step of a reference leads to; nil if it has none of its own.
func (v *Value) step(step hcl.Traverser) *Value {
	switch step := step.(type) {
	case hcl.TraverseAttr:
		return v.Get(step.Name)
	case hcl.TraverseIndex:
		return v.at(step.Key)
	}
	return nil
}

func (v *Value) at(key cty.Value) *Value {
	key, _ = key.Unmark()
	switch {
	case !key.IsKnown() || key.IsNull():
	case key.Type() == cty.String:
		return v.Get(key.AsString())
	case key.Type() == cty.Number && !v.V.Type().IsSetType():
		items, ok := v.Items()
		i, exact := key.AsBigFloat().Int64()
		if ok && exact == 0 && i >= 0 && int(i) < len(items) {
			return items[i]
		}
	}
	return nil
}

// Follow returns the part that the steps of a reference lead to; nil if they don't.
func (v *Value) Follow(steps hcl.Traversal) *Value {
	for _, step := range steps {
		if v = v.step(step); v == nil {
			return nil
		}
	}
	return v
}

// Expression returns the value as an expression without references whose parts have their places.
func (v *Value) Expression() hclsyntax.Expression {
	switch {
	case v.expr != nil:
		return v.expr
	case v.fields != nil:
		object := &hclsyntax.ObjectConsExpr{SrcRange: v.At, OpenRange: v.At}
		for _, f := range v.fields {
			object.Items = append(object.Items, hclsyntax.ObjectConsItem{
				KeyExpr:   &hclsyntax.LiteralValueExpr{Val: cty.StringVal(f.Name), SrcRange: f.NameAt},
				ValueExpr: f.Value.Expression(),
			})
		}
		return object
	case v.items != nil:
		tuple := &hclsyntax.TupleConsExpr{SrcRange: v.At, OpenRange: v.At}
		for _, item := range v.items {
			tuple.Exprs = append(tuple.Exprs, item.Expression())
		}
		return tuple
	}
	return &hclsyntax.LiteralValueExpr{Val: v.V, SrcRange: v.At}
}

// Scope says what the references and calls in expressions are.
type Scope interface {
	// Evaluate returns the value of an expression as a whole.
	Evaluate(expr hclsyntax.Expression) cty.Value
	// Behind returns the value that a reference begins with, and how many steps of it, its root counted, lead there. It is nil
	// if the reference has no such.
	Behind(t hcl.Traversal) (*Value, int)
	// Called returns the value that a call stands for; nil if that has no places of its own.
	Called(call *hclsyntax.FunctionCallExpr) *Value
}

// maxThrough is how many expressions that only hand a value on are looked through: each is evaluated as a whole, too.
const maxThrough = 32

// Of evaluates an expression.
func Of(expr hclsyntax.Expression, s Scope) *Value { return evaluator{s, maxThrough}.of(expr) }

// evaluator evaluates expressions, and looks through so many others on the way.
type evaluator struct {
	Scope
	left int
}

func (s evaluator) of(expr hclsyntax.Expression) *Value {
	at := expr.Range()
	switch e := expr.(type) {
	case *hclsyntax.ParenthesesExpr:
		return s.of(e.Expression)
	case *hclsyntax.TupleConsExpr:
		items := make([]*Value, len(e.Exprs))
		for i, item := range e.Exprs {
			items[i] = s.of(item)
		}
		return List(items, at)
	case *hclsyntax.ObjectConsExpr:
		if v := s.object(e); v != nil {
			return v
		}
	case *hclsyntax.ScopeTraversalExpr:
		if v, steps := s.Behind(e.Traversal); v != nil {
			if part := v.Follow(e.Traversal[steps:]); part != nil {
				return part
			}
		}
	case *hclsyntax.LiteralValueExpr:
		return &Value{V: e.Val, At: at, expr: e}
	case *hclsyntax.TemplateExpr:
		if v, diags := lang.Constant(e); !diags.HasErrors() && v.IsWhollyKnown() {
			return &Value{V: v, At: at, expr: e}
		}
	default:
		if call, ok := unwrapped(expr).(*hclsyntax.FunctionCallExpr); ok {
			if v := s.Called(call); v != nil {
				return v
			}
		}
		whole := s.Evaluate(expr)
		if s.left--; s.left < 0 {
			return New(whole, at)
		}
		if part := s.inside(expr); part != nil && same(part.V, whole) {
			return part
		}
		return New(whole, at)
	}
	return New(s.Evaluate(expr), at)
}

// same reports whether a part is all of what an expression makes: the marks of one that isn't known may differ.
func same(part, whole cty.Value) bool {
	if lang.CheckValue(part) != nil || lang.CheckValue(whole) != nil {
		return false
	}
	if part.RawEquals(whole) {
		return true
	}
	part, whole = unmarked(part), unmarked(whole)
	if !part.IsWhollyKnown() || !whole.IsWhollyKnown() {
		return false
	}
	converted, err := convert.Convert(part, whole.Type()) // as the branches of a condition are
	return err == nil && converted.RawEquals(whole)
}

func unmarked(v cty.Value) cty.Value {
	v, _ = v.UnmarkDeep()
	return v
}

// inside returns the value that an expression hands on, if it is one that only does that; nil otherwise.
func (s evaluator) inside(expr hclsyntax.Expression) *Value {
	switch e := expr.(type) {
	case *hclsyntax.RelativeTraversalExpr:
		return s.of(e.Source).Follow(e.Traversal)
	case *hclsyntax.IndexExpr:
		return s.of(unwrapped(e.Collection)).at(s.Evaluate(e.Key))
	case *hclsyntax.ConditionalExpr:
		condition := unmarked(s.Evaluate(unwrapped(e.Condition)))
		switch {
		case !condition.IsKnown() || condition.IsNull() || condition.Type() != cty.Bool:
			return nil
		case condition.True():
			return s.of(unwrapped(e.TrueResult))
		}
		return s.of(unwrapped(e.FalseResult))
	case *hclsyntax.FunctionCallExpr:
		return s.called(e)
	}
	return nil
}

// unwrapped returns an expression without the calls that bound its evaluation.
func unwrapped(expr hclsyntax.Expression) hclsyntax.Expression {
	for {
		call, ok := expr.(*hclsyntax.FunctionCallExpr)
		if !ok || !lang.IsAround(call.Name) || len(call.Args) == 0 {
			return expr
		}
		expr = call.Args[len(call.Args)-1]
	}
}

func (s evaluator) called(e *hclsyntax.FunctionCallExpr) *Value {
	if bare := unwrapped(e); bare != hclsyntax.Expression(e) {
		return s.of(bare)
	}
	if e.ExpandFinal {
		return nil
	}
	switch e.Name {
	case "merge":
		var fields []Field
		for _, arg := range e.Args {
			more, ok := s.of(arg).Fields()
			if !ok {
				return nil
			}
			fields = append(fields, more...)
		}
		return Object(fields, e.Range())
	case "concat":
		var items []*Value
		for _, arg := range e.Args {
			more, ok := s.of(arg).Items()
			if !ok {
				return nil
			}
			items = append(items, more...)
		}
		return List(items, e.Range())
	case "try", "coalesce":
		whole := s.Evaluate(e)
		for _, arg := range e.Args {
			if v, steps := s.Behind(traversal(arg)); v != nil {
				if part := v.Follow(traversal(arg)[steps:]); part != nil && same(part.V, whole) {
					return part
				}
			}
		}
	case "lookup":
		if len(e.Args) > 1 {
			return s.of(e.Args[0]).at(s.Evaluate(e.Args[1]))
		}
	}
	return nil
}

// traversal returns the reference that an expression is; nil if it is none.
func traversal(expr hclsyntax.Expression) hcl.Traversal {
	if ref, ok := unwrapped(expr).(*hclsyntax.ScopeTraversalExpr); ok {
		return ref.Traversal
	}
	return nil
}

// object evaluates a literal object part by part; nil if not all of its keys are known.
func (s evaluator) object(e *hclsyntax.ObjectConsExpr) *Value {
	fields := make([]Field, 0, len(e.Items))
	for _, item := range e.Items {
		key := unmarked(s.Evaluate(item.KeyExpr))
		name, err := convert.Convert(key, cty.String)
		if err != nil || !name.IsKnown() || name.IsNull() {
			return nil
		}
		fields = append(fields, Field{name.AsString(), item.KeyExpr.Range(), s.of(item.ValueExpr)})
	}
	return Object(fields, e.Range())
}

// Constants is the scope of expressions without references and calls.
type Constants struct{}

// Evaluate implements Scope.
func (Constants) Evaluate(expr hclsyntax.Expression) cty.Value {
	v, diags := lang.Constant(expr)
	if diags.HasErrors() {
		return cty.DynamicVal
	}
	return v
}

// Behind implements Scope.
func (Constants) Behind(hcl.Traversal) (*Value, int) { return nil, 0 }

// Called implements Scope.
func (Constants) Called(*hclsyntax.FunctionCallExpr) *Value { return nil }
