package graph

import (
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/tfreach/tfreach/analyzer/lang"
	"github.com/tfreach/tfreach/analyzer/source"
)

// expansion is the instances that a block's count or for_each makes.
type expansion[T any] struct {
	kind KeyKind
	keys []Key
	// items are the instances in the order of keys.
	items []T
	// byKey says where the first of each key is, of so many that were looked at.
	byKey map[Key]int
	found int
	// partial is true if there may be instances without a key in keys. The last key is then [*], unless there are too many.
	partial bool
	// doubtful is true if there are no instances but those in keys, and some of these may not exist.
	doubtful bool
	// marks are the marks of the unknown count or for_each.
	marks cty.ValueMarks
	// each is an unknown element of a for_each that is known in part.
	each cty.Value
	// self names the block. A reference to the block depends on it, besides marks.
	self Origin
	// missing is set for a call of a module that isn't there, and modelled for one that a model stands for.
	missing, modelled bool
	// done is false while the expansion is in progress.
	done bool
}

// value returns what references to the block see: the value of its only instance, a tuple of instances for count, or an object
// by key for for_each. keys are the instances that all references lead to; nil if a reference leads to others. These instances
// have their values even if it isn't known whether they exist, since otherwise the reference would fail.
func (e *expansion[T]) value(keys []Key, of func(T) cty.Value) cty.Value {
	if e.done && (e.partial || e.doubtful) && len(keys) > 0 {
		if v, ok := e.some(keys, of); ok {
			return v
		}
	}
	if !e.done || e.partial || e.doubtful {
		// Every part of it is a part of an instance.
		return cty.DynamicVal.WithMarks(e.marks, cty.NewValueMarks(e.self, lang.Identity{Term: e.self.Name, Of: e.self.Resource, Part: true}))
	}
	switch e.kind {
	case IntKey:
		values := make([]cty.Value, len(e.items))
		for i, item := range e.items {
			values[i] = of(item)
		}
		return cty.TupleVal(values)
	case StringKey:
		values := make(map[string]cty.Value, len(e.items))
		for i, item := range e.items {
			values[e.keys[i].s] = of(item)
		}
		return cty.ObjectVal(values)
	case NoKey, AnyKey:
	}
	if len(e.items) == 0 { // it isn't enabled
		return cty.NullVal(cty.DynamicPseudoType)
	}
	return of(e.items[0])
}

// maxIndex limits the index of an instance that is looked for in a block whose count isn't known.
const maxIndex = 100

// some returns a value that has the instances with some keys. An instance whose key isn't known may be any of them, so two such
// instances aren't the same.
func (e *expansion[T]) some(keys []Key, of func(T) cty.Value) (cty.Value, bool) {
	find := func(key Key) (cty.Value, bool) {
		if i := e.find(key); i >= 0 {
			return of(e.items[i]), true
		}
		if i := e.find(Any()); i >= 0 {
			return lang.AsPart(of(e.items[i])), true
		}
		return cty.NilVal, false
	}
	var list []cty.Value
	object := map[string]cty.Value{}
	for _, key := range keys {
		v, ok := find(key)
		if !ok || key.Kind() != e.kind || key.Kind() == IntKey && (key.n < 0 || key.n > maxIndex) {
			return cty.NilVal, false
		}
		if key.Kind() == StringKey {
			object[key.s] = v
			continue
		}
		for len(list) <= key.n {
			other, ok := find(Number(len(list)))
			if !ok {
				return cty.NilVal, false
			}
			list = append(list, other)
		}
	}
	if e.kind == IntKey {
		return cty.TupleVal(list), true
	}
	return cty.ObjectVal(object), true
}

// expand evaluates the count or for_each of a block and makes its instances.
func expand[T any](m *module, block *source.Block, e *expansion[T], item func(Key, *scope, bool) T) {
	count, forEach := block.Body.Attr("count"), block.Body.Attr("for_each")
	switch {
	case count != nil:
		e.kind = IntKey
		n, ok := m.count(count, e)
		if !ok {
			keys, planned := m.plannedKeys(block, IntKey)
			if !planned || !m.room(len(keys), block.At) {
				break
			}
			for _, key := range keys {
				number := cty.ObjectVal(map[string]cty.Value{"index": key.Value()})
				e.add(key, item(key, m.top.with(map[string]cty.Value{"count": number}), true))
			}
			return
		}
		for i := range n {
			number := cty.ObjectVal(map[string]cty.Value{"index": cty.NumberIntVal(int64(i))})
			e.add(Number(i), item(Number(i), m.top.with(map[string]cty.Value{"count": number}), true))
		}
		return
	case forEach != nil:
		e.kind = StringKey
		list := m.forEach(forEach, e)
		if e.partial || e.doubtful {
			list = m.plannedEach(block, forEach, e, list)
		}
		for _, each := range list {
			s := m.top.with(eachNames(each.key.Value(), each.value)).bind("each", each.from)
			e.add(each.key, item(each.key, s, !each.doubtful))
		}
		if !e.partial {
			return
		}
	case m.room(1, block.At):
		there, certain := m.enabled(block, e)
		if there {
			e.add(Key{}, item(Key{}, m.top, certain))
		}
		return
	}
	e.partial = true
	if !m.room(1, block.At) {
		return
	}
	if e.each == cty.NilVal {
		e.each = cty.DynamicVal
	}
	names := eachNames(cty.UnknownVal(cty.String).RefineNotNull().WithMarks(e.marks), e.each.WithMarks(e.marks))
	names["count"] = cty.ObjectVal(map[string]cty.Value{"index": cty.UnknownVal(cty.Number).RefineNotNull().WithMarks(e.marks)})
	s := m.top.with(names)
	if forEach != nil {
		s = s.bind("each", binding{scope: m.top, expr: forEach.Expr, pair: true})
	} else {
		s = s.bind("count", binding{scope: m.top, expr: count.Expr, pair: true})
	}
	e.add(Any(), item(Any(), s, false))
}

// plannedEach returns the instances that an unknown for_each makes, if a plan tells them.
func (m *module) plannedEach(
	block *source.Block, attr *hclsyntax.Attribute, e interface{ settle() cty.Value }, list []keyed,
) []keyed {
	keys, planned := m.plannedKeys(block, StringKey)
	if !planned || !m.room(len(keys), block.At) {
		return list
	}
	element := e.settle()
	out := make([]keyed, 0, len(keys))
	for _, key := range keys {
		each := keyed{key: key, value: element, from: binding{scope: m.top, expr: attr.Expr, path: []cty.Value{key.Value()}, pair: true}}
		if i := slices.IndexFunc(list, func(k keyed) bool { return k.key == key }); i >= 0 {
			each = list[i]
			each.doubtful = false
		}
		out = append(out, each)
	}
	slices.SortFunc(out, func(a, b keyed) int { return a.key.compare(b.key) })
	return out
}

// settle records that the instances of the block are known, and returns the value of an instance of which nothing is known.
func (e *expansion[T]) settle() cty.Value {
	e.partial, e.doubtful = false, false
	if e.each == cty.NilVal {
		return cty.DynamicVal.WithMarks(e.marks)
	}
	return e.each.WithMarks(e.marks)
}

// enabledOf returns the argument that says whether a resource or module call exists; nil if it has none. Source:
// https://opentofu.org/docs/language/meta-arguments/enabled/
func enabledOf(block *source.Block) *hclsyntax.Attribute {
	for _, lifecycle := range block.Body.Blocks("lifecycle") {
		if a := (source.Body{lifecycle.Body}).Attr("enabled"); a != nil {
			return a
		}
	}
	return nil
}

// enabled reports whether a block without count and for_each makes an instance, and whether that is certain.
func (m *module) enabled(block *source.Block, e interface{ setDoubtful(cty.ValueMarks) }) (there, certain bool) {
	attr := enabledOf(block)
	if attr == nil {
		return true, true
	}
	v := m.top.value(attr.Expr)
	if on, known := v.Bool(); known {
		return on, on
	}
	e.setDoubtful(marked(v.v, "enabled", attr.Expr.Range()))
	return true, false
}

// elementOf returns an unknown element of a collection, with the collection's marks.
func elementOf(v cty.Value) cty.Value {
	element := cty.DynamicVal
	if ty := v.Type(); ty.IsCollectionType() {
		element = cty.UnknownVal(ty.ElementType())
	}
	_, marks := v.UnmarkDeep()
	return lang.AsPart(element.WithMarks(marks))
}

func eachNames(key, value cty.Value) map[string]cty.Value {
	return map[string]cty.Value{"each": cty.ObjectVal(map[string]cty.Value{"key": key, "value": value})}
}

// find returns the place of the first instance with a key; -1 if there is none.
func (e *expansion[T]) find(key Key) int {
	if e.byKey == nil {
		e.byKey = map[Key]int{}
	}
	for ; e.found < len(e.keys); e.found++ {
		if _, taken := e.byKey[e.keys[e.found]]; !taken {
			e.byKey[e.keys[e.found]] = e.found
		}
	}
	if i, ok := e.byKey[key]; ok {
		return i
	}
	return -1
}

func (e *expansion[T]) add(key Key, item T) {
	e.keys = append(e.keys, key)
	e.items = append(e.items, item)
}

// marked records the marks of an unknown count or for_each. If it has none, its own place is the mark.
func marked(v cty.Value, what string, at hcl.Range) cty.ValueMarks {
	marks := lang.OtherMarks(v)
	for m := range marks {
		if _, ok := m.(Origin); ok {
			return marks
		}
	}
	return cty.NewValueMarks(Origin{Kind: FromExpression, Name: what, At: at})
}

// count returns the number of instances; the second result is false if it isn't known.
func (m *module) count(attr *hclsyntax.Attribute, e interface{ setMarks(cty.ValueMarks) }) (int, bool) {
	v := m.top.eval(attr.Expr)
	raw, _ := v.UnmarkDeep()
	at := attr.Expr.Range()
	if !raw.IsKnown() {
		e.setMarks(marked(v, "count", at))
		return 0, false
	}
	n, err := convert.Convert(raw, cty.Number)
	if err == nil && !n.IsNull() && n.IsKnown() {
		if i, exact := n.AsBigFloat().Int64(); exact == 0 && i >= 0 {
			if m.room(int(i), at) {
				return int(i), true
			}
			e.setMarks(marked(v, "count", at))
			return 0, false
		}
	}
	v = m.top.refuse(attr.Expr, v, &hcl.Diagnostic{
		Severity: hcl.DiagError, Summary: "Invalid count", Detail: "A count must be a whole number that is not negative.",
		Subject: at.Ptr(),
	})
	e.setMarks(marked(v, "count", at))
	return 0, false
}

func (e *expansion[T]) setMarks(marks cty.ValueMarks) { e.marks = marks }

func (e *expansion[T]) setPartial(marks cty.ValueMarks, each cty.Value) {
	e.marks, e.each, e.partial = marks, each, true
}

// room reports whether n more instances fit the limit. An instance with a long address, through many modules or with long
// names, counts as several because of its memory.
func (m *module) room(n int, at hcl.Range) bool {
	left := m.ev.limits.instances - m.ev.instances
	each := 1 + m.pathBytes/256
	if n > left/each {
		m.ev.full = m.ev.full || left == 0
		m.ev.diags.add(limitDiagnostic(at, "A configuration may have %d instances of blocks and modules, fewer of those with long addresses.",
			m.ev.limits.instances))
		return false
	}
	m.ev.instances += n * each
	return true
}

func (e *expansion[T]) setDoubtful(marks cty.ValueMarks) { e.marks, e.doubtful = marks, true }

type keyed struct {
	key   Key
	value cty.Value
	from  binding
	// doubtful is true if the instance may not exist.
	doubtful bool
}

// forEach returns the keys of a map or a set of strings with their values, ordered by key. If they are known only in part, the
// expansion becomes doubtful or partial.
func (m *module) forEach(attr *hclsyntax.Attribute, e interface {
	setPartial(cty.ValueMarks, cty.Value)
	setDoubtful(cty.ValueMarks)
},
) []keyed {
	v := lang.Whole(m.top.eval(attr.Expr))
	at := attr.Expr.Range()
	raw, marks := v.Unmark()
	if _, sensitive := marks[lang.Sensitive]; sensitive {
		m.ev.diags.add(&hcl.Diagnostic{
			Severity: hcl.DiagError, Summary: "Invalid for_each",
			Detail: "A for_each must not be sensitive, as addresses would show its keys.", Subject: at.Ptr(),
		})
		e.setPartial(marked(v, "for_each", at), elementOf(cty.UnknownVal(raw.Type()).WithMarks(marks)))
		return nil
	}
	if !raw.IsKnown() {
		out, open := m.perhaps(v, attr)
		if !m.room(len(out), at) {
			out, open = nil, true
		}
		if open {
			e.setPartial(marked(v, "for_each", at), elementOf(v))
		} else {
			e.setDoubtful(marked(v, "for_each", at))
		}
		return out
	}
	ty := raw.Type()
	isSet := ty.IsSetType() || ty.IsTupleType() && raw.LengthInt() == 0
	if raw.IsNull() || !isSet && !ty.IsMapType() && !ty.IsObjectType() {
		v = m.top.refuse(attr.Expr, v, &hcl.Diagnostic{
			Severity: hcl.DiagError, Summary: "Invalid for_each",
			Detail: "A for_each must be a map, an object, or a set of strings.", Subject: at.Ptr(),
		})
		e.setPartial(marked(v, "for_each", at), elementOf(v))
		return nil
	}
	if !m.room(raw.LengthInt(), at) {
		e.setPartial(marked(v, "for_each", at), elementOf(v))
		return nil
	}
	var out []keyed
	for it := raw.ElementIterator(); it.Next(); {
		k, value := it.Element()
		from := binding{scope: m.top, expr: attr.Expr, path: []cty.Value{k}, pair: true}
		if isSet {
			k, from.path = value, nil
		}
		key, _ := k.Unmark()
		if key.Type() != cty.String || !key.IsKnown() || key.IsNull() {
			if key.IsKnown() {
				m.ev.diags.add(&hcl.Diagnostic{
					Severity: hcl.DiagError, Summary: "Invalid for_each", Detail: fmt.Sprintf(
						"A for_each set must hold strings, not %s.", key.Type().FriendlyName()), Subject: at.Ptr(),
				})
			}
			e.setPartial(marked(v, "for_each", at), elementOf(v))
			continue
		}
		out = append(out, keyed{key: Name(key.AsString()), value: value.WithMarks(marks), from: from})
	}
	slices.SortFunc(out, func(a, b keyed) int { return a.key.compare(b.key) })
	return out
}
