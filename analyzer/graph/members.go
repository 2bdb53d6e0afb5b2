package graph

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/lang"
)

// Member is an element of a collection.
type Member struct {
	Value
	// Sure is false if the element may not be there.
	Sure bool
	// by are what decides whether it is there, as far as that is known.
	by []Origin
}

// Members returns the elements that a collection has or may have, in order. open is true if there may be others. As in
// Elements, a value that isn't a collection is its own single element.
func (v Value) Members() (list []Member, open bool) {
	if raw, _ := v.v.Unmark(); raw != cty.NilVal && raw.Type().IsTupleType() && raw.IsKnown() && !raw.IsNull() {
		elements, _ := v.Elements()
		for _, e := range elements {
			list = append(list, Member{Value: e, Sure: true})
		}
		return list, false
	}
	m := v.members()
	for _, e := range m.list {
		if e.gap {
			open = true
			continue
		}
		list = append(list, Member{Value: e.value, Sure: e.sure, by: e.by})
	}
	return list, open
}

// member is an element of a collection that is known in part, or a gap: any number of elements of which nothing is known.
type member struct {
	// key is unknown for a list element with an unknown index.
	key   cty.Value
	value Value
	sure  bool
	// by are what decides whether an element that isn't sure is there, as far as that is known.
	by  []Origin
	gap bool
}

// doubted returns an element that may not be there, by what decides that.
func (e member) doubted(by []Origin) member {
	e.sure, e.by = false, slices.Concat(e.by, by)
	return e
}

// members are what is known of a collection.
type members struct {
	list []member
	// unordered is true if the elements may come in another order.
	unordered bool
	// byKey has the index in list of each element whose key is a known text.
	byKey map[string]int
}

// anything returns the members of a collection of which nothing is known.
func anything() members { return members{list: []member{{gap: true}}} }

// open reports whether there may be elements of which nothing is known.
func (m members) open() bool {
	return slices.ContainsFunc(m.list, func(e member) bool { return e.gap })
}

// indexed returns the members with byKey filled.
func (m members) indexed() members {
	m.byKey = make(map[string]int, len(m.list))
	for i, e := range m.list {
		if name, ok := e.name(); ok {
			m.byKey[name] = i
		}
	}
	return m
}

// name returns the key if it is a known text.
func (e member) name() (string, bool) {
	if e.gap || e.key == cty.NilVal {
		return "", false
	}
	key, _ := e.key.Unmark()
	if key.Type() != cty.String || !key.IsKnown() || key.IsNull() {
		return "", false
	}
	return key.AsString(), true
}

// at returns the element with a key; the second result is false if it may be another element, or if there is none.
func (m members) at(key cty.Value) (Value, bool) {
	key, _ = key.Unmark()
	if !key.IsKnown() || key.IsNull() {
		return Value{}, false
	}
	if key.Type() == cty.String {
		i, ok := m.byKey[key.AsString()]
		if !ok {
			return Value{}, false
		}
		return m.list[i].value, true
	}
	n, ok := (Value{v: key}).Int()
	if !ok || n < 0 || n >= len(m.list) || m.unordered {
		return Value{}, false
	}
	for _, e := range m.list[:n+1] {
		if !e.sure {
			return Value{}, false
		}
		if _, keyed := e.name(); keyed {
			return Value{}, false
		}
	}
	return m.list[n].value, true
}

// lacks reports whether there is surely no element with a key.
func (m members) lacks(name string) bool {
	return !slices.ContainsFunc(m.list, func(e member) bool {
		other, ok := e.name()
		return !ok || other == name
	})
}

// Limits of what is found out about unknown values, so that it never costs more than evaluation.
const (
	// maxSeeking limits how many unknown values are followed that are made of one another.
	maxSeeking = 40
	// maxChoices limits the choices of an unknown value that are looked at.
	maxChoices = 256
)

// seeking starts to find something out about an unknown value, which may lead to others. It returns false at the limit.
func (ev *evaluator) seeking() bool {
	if ev.sought >= maxSeeking || ev.traced.steps > maxTraceSteps || ev.stopped() {
		return false
	}
	ev.sought++
	return true
}

func (v Value) members() members {
	if v.Absent() {
		return members{}
	}
	raw, _ := v.v.Unmark()
	if raw.IsKnown() {
		return v.knownMembers()
	}
	if v.scope == nil || raw.Type().IsPrimitiveType() {
		return anything()
	}
	ev := v.scope.m.ev
	if !ev.seeking() {
		return anything()
	}
	defer func() { ev.sought-- }()
	end := v.end()
	if end.expr == nil {
		return anything()
	}
	m := end.members()
	list := make([]member, len(m.list))
	for i, e := range m.list {
		if !e.gap {
			e.value = e.value.as(v)
		}
		list[i] = e
	}
	m.list = list
	m.unordered = m.unordered || end.reordered
	return m
}

// knownMembers returns the elements of a value that is known to be a collection, or the value itself.
func (v Value) knownMembers() members {
	elements, _ := v.Elements()
	raw, _ := v.v.Unmark()
	m := members{list: make([]member, 0, len(elements))}
	var keys cty.ElementIterator
	if raw.CanIterateElements() {
		keys = raw.ElementIterator()
	}
	for _, e := range elements {
		key := cty.DynamicVal
		if keys != nil && keys.Next() {
			key, _ = keys.Element()
		}
		if name, _ := (Value{v: key}).Text(); name == lang.MoreName {
			m.list = append(m.list, member{gap: true})
			continue
		}
		m.list = append(m.list, member{key: key, value: e, sure: true})
	}
	return m.indexed()
}

// members returns the known members of the collection that an unknown value is.
func (e ending) members() members {
	if len(e.path) > 0 {
		switch e.expr.(type) {
		case *hclsyntax.ConditionalExpr, *hclsyntax.IndexExpr:
		default:
			return anything()
		}
	}
	ev := e.scope.m.ev
	if ev.over[e.expr] {
		return anything()
	}
	at := site[hclsyntax.Expression]{e.scope.m, e.expr}
	lasting := len(e.scope.names) == 0 && len(e.path) == 0
	if m, ok := ev.traced.members[at]; ok && lasting {
		return m
	}
	m := e.find()
	if lasting {
		ev.traced.members[at] = m
	}
	return m
}

func (e ending) find() members {
	defer e.scope.m.ev.quietly()()
	if choices, ok := e.choices(); ok {
		by := e.chooser()
		m := choices[0].members()
		for _, c := range choices[1:] {
			m = e.either(m, c.members(), by)
		}
		for _, c := range choices {
			if c.Absent() { // which may mean something other than an empty collection
				return anything()
			}
		}
		return m.indexed()
	}
	var m members
	switch x := e.expr.(type) {
	case *hclsyntax.ForExpr:
		m = e.scope.loop(x)
	case *hclsyntax.SplatExpr:
		m = e.scope.splat(x)
	case *hclsyntax.ObjectConsExpr:
		m = e.scope.object(x)
	case *hclsyntax.FunctionCallExpr:
		m = e.scope.made(x)
	default:
		return anything()
	}
	return m.indexed()
}

// either returns the known members of a collection that is one of two, by what decides which.
func (e ending) either(a, b members, by []Origin) members {
	m := members{unordered: a.unordered || b.unordered}
	same := 0
	for same < len(a.list) && same < len(b.list) && !m.unordered && a.list[same].equal(b.list[same]) {
		same++
	}
	m.list = append(m.list, a.list[:same]...)
	rest := slices.Clone(b.list[same:])
	for _, x := range a.list[same:] {
		i := slices.IndexFunc(rest, func(y member) bool { return x.equal(y) || x.rivals(y) })
		if i < 0 || x.gap {
			m.list = append(m.list, x.doubted(by))
			continue
		}
		m.unordered = true
		x.sure, x.by = x.sure && rest[i].sure, slices.Concat(x.by, rest[i].by)
		if x.rivals(rest[i]) && !x.equal(rest[i]) {
			x.value = e.unclear(x.key)
		}
		m.list = append(m.list, x)
		rest = slices.Delete(rest, i, i+1)
	}
	for _, y := range rest {
		m.list = append(m.list, y.doubted(by))
	}
	return m
}

// equal reports whether two elements are the same wherever they stand.
func (e member) equal(o member) bool {
	if e.gap || o.gap {
		return e.gap && o.gap
	}
	x, keyed := e.name()
	y, both := o.name()
	if keyed != both || x != y || e.sure != o.sure {
		return false
	}
	return e.value.Known() && o.value.Known() && e.value.Raw().RawEquals(o.value.Raw())
}

// rivals reports whether two elements have the same key, so that only one of them exists.
func (e member) rivals(o member) bool {
	x, keyed := e.name()
	y, both := o.name()
	return keyed && both && x == y
}

// unclear returns the value of an element when it isn't known which element it is.
func (e ending) unclear(key cty.Value) Value {
	v := e.scope.eval(e.expr)
	return Value{
		v: cty.DynamicVal.WithSameMarks(v), expr: e.expr, scope: e.scope, path: append(slices.Clone(e.path), key), At: e.expr.Range(),
	}
}

// sub returns the part of a value at a path of keys; the second result is false if no such part is known.
func (v Value) sub(path []cty.Value) (Value, bool) {
	part, ok := partOf(v.v, path)
	if !ok {
		return Value{}, false
	}
	v = v.holding(part)
	v.path = append(slices.Clone(v.path), path...)
	return v, true
}

// loop returns the known members of a for expression's result.
func (s *scope) loop(e *hclsyntax.ForExpr) members {
	collection := s.value(e.CollExpr)
	m := members{}
	from := collection.members()
	m.unordered = from.unordered
	grouped := map[string]bool{}
	for _, item := range from.list {
		if item.gap {
			m.list = append(m.list, item)
			continue
		}
		if !s.m.ev.spendTracing(evaluationCost) {
			return anything()
		}
		names := map[string]cty.Value{e.ValVar: item.value.v}
		if e.KeyVar != "" {
			names[e.KeyVar] = item.key
			if !item.key.IsKnown() {
				names[e.KeyVar] = item.key.WithSameMarks(collection.v)
			}
		}
		inner := s.with(names)
		if item.value.expr != nil {
			inner = inner.bind(e.ValVar, binding{scope: item.value.scope, expr: item.value.expr, path: item.value.path})
		}
		out := member{key: cty.DynamicVal, value: inner.value(e.ValExpr), sure: item.sure, by: item.by}
		if e.CondExpr != nil {
			condition := inner.value(e.CondExpr)
			switch keep, known := condition.Bool(); {
			case !known:
				out = out.doubted(condition.Origins())
			case !keep:
				continue
			}
		}
		if e.KeyExpr != nil {
			out.key = inner.value(e.KeyExpr).v
			if e.Group {
				name, ok := out.name()
				if ok && grouped[name] {
					continue
				}
				grouped[name] = ok
				out.value = Value{v: cty.DynamicVal.WithSameMarks(collection.v), scope: s, At: e.ValExpr.Range()}
			}
		}
		m.list = append(m.list, out)
	}
	if e.KeyExpr != nil {
		return m.sorted()
	}
	return m
}

// sorted orders the elements of a map by key. An element with an unknown key may stand anywhere.
func (m members) sorted() members {
	slices.SortStableFunc(m.list, func(a, b member) int {
		x, _ := a.name()
		y, _ := b.name()
		return strings.Compare(x, y)
	})
	return m
}

// splat returns the known members of x[*].y.
func (s *scope) splat(e *hclsyntax.SplatExpr) members {
	var path []cty.Value
	switch each := e.Each.(type) {
	case *hclsyntax.AnonSymbolExpr:
	case *hclsyntax.RelativeTraversalExpr:
		if _, bare := each.Source.(*hclsyntax.AnonSymbolExpr); !bare {
			return anything()
		}
		if path = keysOf(each.Traversal); len(path) != len(each.Traversal) {
			return anything()
		}
	default:
		return anything()
	}
	source := s.value(e.Source)
	if !source.isList() { // which would be the only element
		return anything()
	}
	m := source.members()
	for i, item := range m.list {
		if item.gap {
			continue
		}
		part, ok := item.value.sub(path)
		if !ok {
			return anything()
		}
		m.list[i].value, m.list[i].key = part, cty.DynamicVal
	}
	return m
}

// isList reports whether a value, unless it is null, is surely a list, a set or a tuple.
func (v Value) isList() bool {
	ty := v.v.Type()
	if ty != cty.DynamicPseudoType {
		return ty.IsListType() || ty.IsSetType() || ty.IsTupleType()
	}
	end := v.end()
	return end.expr != nil && end.makesList()
}

// makesSet reports whether the value of an expression is a set.
func (e ending) makesSet() bool {
	call, ok := e.expr.(*hclsyntax.FunctionCallExpr)
	return ok && len(e.path) == 0 && (call.Name == "toset" || call.Name == "setunion")
}

// makesList reports whether the value of an expression is a list, a set or a tuple.
func (e ending) makesList() bool {
	if len(e.path) > 0 {
		return false
	}
	if e.reordered {
		return true
	}
	switch x := e.expr.(type) {
	case *hclsyntax.ConditionalExpr:
		choices, ok := e.choices()
		return ok && !slices.ContainsFunc(choices, func(c Value) bool { return !c.isList() })
	case *hclsyntax.ForExpr:
		return x.KeyExpr == nil
	case *hclsyntax.SplatExpr, *hclsyntax.TupleConsExpr:
		return true
	case *hclsyntax.FunctionCallExpr:
		switch x.Name {
		case "concat", "flatten", "compact", "setunion", "distinct", "toset", "tolist", "sort", "reverse", "values", "keys", "split", "formatlist":
			return true
		}
	}
	return false
}

// object returns the known members of an object or map with unknown keys. An unknown key may equal another one.
func (s *scope) object(e *hclsyntax.ObjectConsExpr) members {
	m := members{}
	for _, item := range e.Items {
		key := s.value(item.KeyExpr).v
		m = m.put(member{key: key, value: s.value(item.ValueExpr), sure: true}, ending{scope: s, expr: e})
	}
	return m.sorted()
}

// put adds an element to a map, in place of an element with the same key.
func (m members) put(item member, of ending) members {
	name, ok := item.name()
	if item.gap || !ok {
		for i, e := range m.list {
			if !e.gap {
				m.list[i].value = Value{v: cty.DynamicVal.WithSameMarks(of.scope.eval(of.expr)), scope: of.scope, At: e.value.At}
			}
		}
		m.list = append(m.list, member{gap: true})
		return m
	}
	i := slices.IndexFunc(m.list, func(e member) bool {
		other, ok := e.name()
		return ok && other == name
	})
	switch {
	case i < 0:
		m.list = append(m.list, item)
	case item.sure:
		m.list[i] = item
	default:
		m.list[i].value = Value{v: cty.DynamicVal.WithSameMarks(of.scope.eval(of.expr)), scope: of.scope, At: item.value.At}
	}
	return m
}

// made returns the known members of the collection that a function returns.
func (s *scope) made(e *hclsyntax.FunctionCallExpr) members {
	switch e.Name {
	case "concat", "setunion":
		m := members{unordered: e.Name == "setunion"}
		for _, arg := range s.arguments(e) {
			if arg.gap || !arg.sure {
				m.list = append(m.list, member{gap: true})
				continue
			}
			part := arg.value.members()
			m.list, m.unordered = append(m.list, part.list...), m.unordered || part.unordered
		}
		return m.withoutKeys()
	case "merge":
		m := members{}
		for _, arg := range s.arguments(e) {
			if arg.gap || !arg.sure {
				m = m.put(member{gap: true}, ending{scope: s, expr: e})
				continue
			}
			for _, item := range arg.value.members().list {
				m = m.put(item, ending{scope: s, expr: e})
			}
		}
		return m.sorted()
	}
	if len(e.Args) == 0 || e.ExpandFinal {
		return anything()
	}
	if e.Name == "slice" && len(e.Args) == 3 {
		return s.slice(e)
	}
	last := s.value(e.Args[len(e.Args)-1])
	switch e.Name {
	case "flatten":
		return last.flat(0).withoutKeys()
	case "toset", "distinct", "sort", "reverse":
		m := last.members()
		m.unordered = m.unordered || len(m.list) > 1
		return m.withoutKeys()
	case "compact":
		m := last.members()
		kept := members{unordered: m.unordered}
		for _, item := range m.list {
			text, known := item.value.Text()
			if !item.gap && (item.value.Absent() || known && text == "") {
				continue
			}
			if !known && !item.value.Filled() {
				item = item.doubted(item.value.Origins())
			}
			kept.list = append(kept.list, item)
		}
		return kept.withoutKeys()
	case "values":
		return last.members().withoutKeys()
	case "keys":
		m := last.members()
		list := make([]member, len(m.list))
		for i, item := range m.list {
			list[i] = item
			if !item.gap {
				list[i].value = Value{v: item.key.WithSameMarks(item.value.v), scope: s, At: item.value.At}
			}
		}
		return members{list: list, unordered: m.unordered}.withoutKeys()
	case "split":
		return s.split(e, last)
	case "formatlist":
		return s.formatted(e, last)
	}
	return anything()
}

// Filled reports whether an unknown value is surely neither null nor an empty string, as an ID is.
func (v Value) Filled() bool {
	is, whole := lang.Identities(v.v)
	return whole && !slices.ContainsFunc(is, func(i lang.Identity) bool { return !i.Filled || i.Perhaps })
}

// arguments returns the arguments of a call. The last one may be a list that stands for several.
func (s *scope) arguments(e *hclsyntax.FunctionCallExpr) []member {
	var out []member
	for i, arg := range e.Args {
		v := s.value(arg)
		if e.ExpandFinal && i == len(e.Args)-1 {
			out = append(out, v.members().list...)
			continue
		}
		out = append(out, member{key: cty.DynamicVal, value: v, sure: true})
	}
	return out
}

// withoutKeys returns the elements as those of a list with unknown indices.
func (m members) withoutKeys() members {
	list := slices.Clone(m.list)
	for i := range list {
		list[i].key = cty.DynamicVal
	}
	return members{list: list, unordered: m.unordered}
}

// maxFlat limits how deep flatten takes nested lists apart here.
const maxFlat = 8

// flat returns the known members of a list of lists once these are taken apart.
func (v Value) flat(depth int) members {
	m := v.members()
	out := members{unordered: m.unordered}
	for _, item := range m.list {
		raw := item.value.Raw()
		switch {
		case item.gap || depth > maxFlat:
			out.list = append(out.list, member{gap: true})
		case item.value.Absent() || raw.Type().IsPrimitiveType() || raw.Type().IsObjectType() || raw.Type().IsMapType():
			out.list = append(out.list, item)
		default:
			inner := item.value.flat(depth + 1)
			for _, e := range inner.list {
				e.sure, e.by = e.sure && item.sure, slices.Concat(e.by, item.by)
				out.list = append(out.list, e)
			}
			out.unordered = out.unordered || inner.unordered
		}
	}
	return out
}

// slice returns the members of a part of a list. Where it isn't known which part that is, each may be in it.
func (s *scope) slice(e *hclsyntax.FunctionCallExpr) members {
	m := s.value(e.Args[0]).members()
	counted := 0 // the members whose index is known
	for counted < len(m.list) && !m.unordered && !m.list[counted].gap && m.list[counted].sure {
		counted++
	}
	start, end := s.value(e.Args[1]), s.value(e.Args[2])
	from, fromKnown := start.Int()
	to, toKnown := end.Int()
	whole := counted == len(m.list) && !m.unordered
	out := members{unordered: m.unordered}
	for i, item := range m.list {
		at := i < counted
		switch {
		case at && (fromKnown && i < from || toKnown && i >= to):
			continue
		case !at && toKnown && to <= counted && !m.unordered:
			continue // all that is taken is counted
		}
		if !at || !fromKnown || !toKnown {
			item = item.doubted(slices.Concat(start.Origins(), end.Origins()))
		}
		out.list = append(out.list, item)
	}
	if !whole && len(out.list) == 0 && (!toKnown || to > counted) {
		return anything()
	}
	return out.withoutKeys()
}

// split returns the parts of a text that is known in part: those between two separators that are known.
func (s *scope) split(e *hclsyntax.FunctionCallExpr, text Value) members {
	separator, ok := s.value(e.Args[0]).Text()
	if !ok || separator == "" || bordered(separator) || len(e.Args) != 2 {
		return anything()
	}
	if m, ok := text.joined(separator); ok {
		return m
	}
	w := text.Written(hole)
	m := members{}
	start := 0
	for part := range strings.SplitSeq(w.Text, separator) {
		end := start + len(part)
		if strings.Contains(part, hole) {
			m.list = append(m.list, member{gap: true})
		} else {
			v := cty.StringVal(part)
			if w.Sensitive() {
				v = v.Mark(lang.Sensitive)
			}
			m.list = append(m.list, member{key: cty.DynamicVal, sure: true, value: Value{v: v, At: w.Place(start, end).At}})
		}
		start = end + len(separator)
	}
	return m
}

// joined returns the members of the list that an unknown text is joined of; the second result is false if it isn't joined by the
// separator, or if an element may be anything but one part.
func (v Value) joined(separator string) (members, bool) {
	end := v.end()
	call, ok := end.expr.(*hclsyntax.FunctionCallExpr)
	if !ok || call.Name != "join" || len(call.Args) != 2 || call.ExpandFinal || len(end.path) > 0 {
		return members{}, false
	}
	if by, known := end.scope.value(call.Args[0]).Text(); !known || by != separator {
		return members{}, false
	}
	m := end.scope.value(call.Args[1]).members()
	// Without elements the text is empty, which is split into one empty part.
	filled := slices.ContainsFunc(m.list, func(e member) bool { return e.sure && !e.gap })
	if !filled {
		return members{}, false
	}
	list := slices.Clone(m.list)
	for i, e := range list {
		switch text, known := e.value.Text(); {
		case e.gap:
		case !known:
			list[i] = member{gap: true} // it may have separators
		case strings.Contains(text, separator):
			return members{}, false
		default:
			list[i].value = e.value.as(v)
		}
	}
	return members{list: list, unordered: m.unordered}.withoutKeys(), true
}

// hole stands for an unknown part of a text. No text of a configuration contains it.
const hole = "\x00"

// bordered reports whether a text can overlap with itself. It isn't known where such a text is found in one with holes.
func bordered(s string) bool {
	for i := 1; i < len(s); i++ {
		if strings.HasPrefix(s, s[i:]) {
			return true
		}
	}
	return false
}

// formatted returns the known members of formatlist's result if its last argument is the only list.
func (s *scope) formatted(e *hclsyntax.FunctionCallExpr, last Value) members {
	args := make([]cty.Value, len(e.Args))
	for i, arg := range e.Args[:len(e.Args)-1] {
		v := s.value(arg)
		raw := v.Raw()
		if raw == cty.NilVal || !raw.Type().IsPrimitiveType() {
			return anything()
		}
		args[i] = v.v
	}
	m := last.members()
	for i, item := range m.list {
		if item.gap {
			continue
		}
		args[len(args)-1] = item.value.v
		v, err := s.m.ev.functions["format"].Call(args)
		if err != nil || !s.m.ev.spendTracing(evaluationCost) {
			return anything()
		}
		m.list[i].value, m.list[i].key = Value{v: v, scope: s, At: item.value.At}, cty.DynamicVal
	}
	return m
}
