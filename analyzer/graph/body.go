package graph

import (
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/lang"
	"github.com/tfreach/tfreach/analyzer/source"
)

// configBody reads a body of the configuration in the scope of its block.
type configBody struct {
	body  source.Body
	scope *scope
}

func (b configBody) attr(name string) Value {
	a := b.body.Attr(name)
	if a == nil || source.IsLost(a.Expr) {
		return b.torn()
	}
	return b.scope.value(a.Expr)
}

// torn returns the value of an argument that isn't in sight: absent, or unknown if a part of the body couldn't be read.
func (b configBody) torn() Value {
	for _, body := range b.body {
		if at, ok := b.scope.m.source.Torn[body]; ok {
			return Value{v: cty.DynamicVal.Mark(unreadAt(at)), At: at}
		}
	}
	return Value{}
}

// unreadAt is what decides where an error keeps something from being read.
func unreadAt(at hcl.Range) Origin { return Origin{Kind: FromExpression, Name: at.Filename, At: at} }

func (configBody) computes(string) bool { return false }

func (configBody) fillsIn(string) bool { return false }

// Keyword returns the keyword that an attribute of a configuration is set to, as in "when = destroy" of a provisioner; "" if
// there is none.
func (o Object) Keyword(name string) string {
	if b, ok := o.body.(configBody); ok {
		if a := b.body.Attr(name); a != nil {
			return hcl.ExprAsKeyword(a.Expr)
		}
	}
	return ""
}

func (s *scope) value(expr hcl.Expression) Value {
	s = s.of(expr)
	v := Value{v: s.eval(expr), expr: expr, scope: s, At: expr.Range()}.resolved()
	if len(s.names) == 0 {
		v.shared = s.m.shared[expr]
	}
	return v
}

func (b configBody) blocks(name string) []Block {
	var out []Block
	if a := b.body.Attr(name); a != nil {
		out = b.scope.elements(a.Expr)
	}
	for _, block := range b.body.Blocks(name) {
		if block.Type == "dynamic" {
			out = append(out, b.scope.dynamic(block)...)
			continue
		}
		inner := b.scope
		if block.Type == "provisioner" || block.Type == "connection" {
			self := Origin{Kind: FromExpression, Name: "self", At: block.DefRange()}
			inner = inner.with(map[string]cty.Value{"self": cty.DynamicVal.Mark(self)})
		}
		out = append(out, Block{
			Object: Object{configBody{source.Body{block.Body}, inner}}, Certain: true, At: block.DefRange(), Labels: block.Labels,
		})
	}
	return out
}

// elements returns the elements of an expression that stands for nested blocks: of a list or set of objects or, in JSON syntax,
// of a single object. An element that is written out keeps its expressions, and so their places.
func (s *scope) elements(expr hcl.Expression) []Block {
	if items, diags := hcl.ExprList(expr); !diags.HasErrors() {
		var out []Block
		for _, item := range items {
			out = append(out, s.elements(item)...)
		}
		return out
	}
	if pairs, diags := hcl.ExprMap(expr); !diags.HasErrors() {
		if body, ok := s.exprBody(pairs); ok {
			return []Block{{Object: Object{body}, Certain: true, At: expr.Range()}}
		}
	}
	return s.value(expr).objects()
}

// exprBody returns the body that an object expression stands for; the second result is false if a key isn't a known string.
func (s *scope) exprBody(pairs []hcl.KeyValuePair) (exprBody, bool) {
	b := exprBody{attrs: make(map[string]hcl.Expression, len(pairs)), scope: s}
	for _, pair := range pairs {
		key, _ := s.eval(pair.Key).Unmark()
		if key.Type() != cty.String || !key.IsKnown() || key.IsNull() {
			return b, false
		}
		b.attrs[key.AsString()] = pair.Value
	}
	return b, true
}

// exprBody is an object expression in place of a block.
type exprBody struct {
	attrs map[string]hcl.Expression
	scope *scope
}

func (b exprBody) attr(name string) Value {
	expr := b.attrs[name]
	if expr == nil {
		return Value{}
	}
	return b.scope.value(expr)
}

func (b exprBody) blocks(name string) []Block {
	expr := b.attrs[name]
	if expr == nil {
		return nil
	}
	return b.scope.elements(expr)
}

func (exprBody) computes(string) bool { return false }

func (exprBody) fillsIn(string) bool { return false }

// dynamic expands a dynamic block. If its for_each is one of several known collections, each of them makes its blocks. If not
// even that is known, one symbolic block stands for all.
func (s *scope) dynamic(block *hclsyntax.Block) []Block {
	body := source.Body{block.Body}
	content, forEach := body.Blocks("content"), body.Attr("for_each")
	if torn := (configBody{body, s}).torn(); (len(content) == 0 || forEach == nil) && !torn.Absent() {
		return torn.objects()
	}
	if len(content) == 0 || forEach == nil {
		s.m.ev.diags.add(&hcl.Diagnostic{
			Severity: hcl.DiagError, Summary: "Invalid dynamic block",
			Detail: "A dynamic block must have a for_each argument and a content block.", Subject: block.DefRange().Ptr(),
		})
		return nil
	}
	iterator := block.Labels[0]
	if a := body.Attr("iterator"); a != nil {
		if t, diags := hcl.AbsTraversalForExpr(a.Expr); !diags.HasErrors() && len(t) == 1 {
			iterator = t.RootName()
		}
	}
	one := func(key, value cty.Value, from binding) Block {
		each := s.with(map[string]cty.Value{iterator: cty.ObjectVal(map[string]cty.Value{"key": key, "value": value})}).
			bind(iterator, from)
		return Block{Object: Object{configBody{source.Body{content[0].Body}, each}}, Certain: true, At: block.DefRange()}
	}
	v := lang.Whole(s.eval(forEach.Expr))
	raw, _ := v.Unmark()
	if !s.m.ev.affords(raw) {
		s.m.ev.diags.add(limitDiagnostic(forEach.Expr.Range(), "The evaluation of the configuration takes more than %d steps; these blocks are not made one by one.", s.m.ev.limits.steps))
		v = s.m.ev.failed(forEach.Expr.Range())
		raw, _ = v.Unmark()
	}
	if raw.IsKnown() && (raw.IsNull() || !raw.CanIterateElements()) {
		v = s.refuse(forEach.Expr, v, &hcl.Diagnostic{
			Severity: hcl.DiagError, Summary: "Invalid for_each", Detail: "The for_each of a dynamic block must be a collection.",
			Subject: forEach.Expr.Range().Ptr(),
		})
		if raw, _ = v.Unmark(); raw.IsKnown() {
			return nil
		}
	}
	whole := Value{v: v, expr: forEach.Expr, scope: s, At: forEach.Expr.Range()}
	m := whole.members()
	var exists Value
	if slices.ContainsFunc(m.list, func(item member) bool { return item.gap || !item.sure || !item.key.IsKnown() }) {
		exists = whole.holding(elementOf(v).WithMarks(marked(v, "for_each", whole.At)))
	}
	var out []Block
	for _, item := range m.list {
		if item.gap {
			key := exists.v
			if !raw.Type().IsSetType() {
				key = cty.DynamicVal.WithSameMarks(key)
			}
			b := one(key, exists.v, binding{scope: s, expr: forEach.Expr, pair: true})
			b.Certain, b.Exists = false, exists
			out = append(out, b)
			continue
		}
		key, from := item.key, binding{scope: item.value.scope, expr: item.value.expr, path: item.value.path, pair: true}
		switch {
		case raw.Type().IsSetType():
			key = item.value.v
		case !key.IsKnown():
			key = cty.DynamicVal.WithSameMarks(exists.v)
		}
		b := one(key, item.value.v, from)
		if b.Certain = item.sure; !b.Certain {
			b.Exists = exists
		}
		out = append(out, b)
	}
	return m.arranged(out)
}

// arranged sets where each block may stand among the others, if their order isn't known.
func (m members) arranged(blocks []Block) []Block {
	if m.unordered {
		for i := range blocks {
			blocks[i].Earlier, blocks[i].Later = i, len(blocks)-1-i
		}
	}
	return blocks
}

// objects returns the elements of a value that stands for nested blocks.
func (v Value) objects() []Block {
	ty := v.Raw().Type()
	if v.Undecided() {
		one := v
		if !ty.IsObjectType() && !ty.IsMapType() {
			one = v.holding(elementOf(v.v))
		}
		symbolic := Block{Object: Object{valueBody{one}}, Exists: v, At: v.At}
		if !v.isList() {
			return []Block{symbolic}
		}
		m := v.members()
		out := make([]Block, len(m.list))
		for i, item := range m.list {
			if out[i] = symbolic; !item.gap {
				out[i] = Block{Object: Object{valueBody{item.value}}, Certain: item.sure && !item.value.Undecided(), Exists: v, At: item.value.At}
			}
		}
		return m.arranged(out)
	}
	elements, _ := v.Elements()
	if !v.Absent() && (ty.IsObjectType() || ty.IsMapType()) {
		elements = []Value{v} // a single block
	}
	var out []Block
	for _, e := range elements {
		if e.Absent() {
			continue
		}
		if ty := e.Raw().Type(); !e.Undecided() && !ty.IsObjectType() && !ty.IsMapType() {
			e.refused()
			continue
		}
		out = append(out, Block{Object: Object{valueBody{e}}, Certain: !e.Undecided(), Exists: e, At: e.At})
	}
	return out
}

// refused reports a value that isn't a block where a nested block belongs. Terraform refuses it, so its intended meaning is
// unknown.
func (v Value) refused() {
	if v.scope == nil {
		return
	}
	v.scope.m.ev.diags.add(&hcl.Diagnostic{
		Severity: hcl.DiagError, Summary: "A block is not one", Detail: fmt.Sprintf(
			"A block, or an object in its place, belongs here, not a %s. It is not analysed.", v.Raw().Type().FriendlyName()),
		Subject: v.At.Ptr(),
	})
}

// valueBody reads the attributes of an object value: a resource in a plan, or an element of a list of objects. If the object is
// unknown, so is each attribute.
type valueBody struct{ value Value }

func (b valueBody) attr(name string) Value {
	raw, marks := b.value.v.Unmark()
	part := func(v cty.Value) Value {
		if b.value.expr == nil {
			return Value{v: v.WithMarks(marks), scope: b.value.scope, At: b.value.At}
		}
		key := append(slices.Clip(b.value.path), cty.StringVal(name))
		return Value{v: v.WithMarks(marks), expr: b.value.expr, scope: b.value.scope, path: key, At: b.value.At}.resolved()
	}
	switch ty := raw.Type(); {
	case raw.IsNull() && raw.IsKnown():
		return Value{}
	case ty.IsObjectType() && ty.HasAttribute(name):
		return part(raw.GetAttr(name))
	case ty.IsObjectType():
		return Value{}
	case !raw.IsKnown():
		return part(elementOf(raw))
	case ty.IsMapType() && raw.HasIndex(cty.StringVal(name)).True():
		return part(raw.Index(cty.StringVal(name)))
	}
	return Value{}
}

func (b valueBody) blocks(name string) []Block { return b.attr(name).objects() }

func (valueBody) computes(string) bool { return false }

func (valueBody) fillsIn(string) bool { return false }
