package graph

import (
	"slices"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/lang"
)

// part follows what a function puts together to the argument that has the part at a path, and a text to where it is written in
// the document that it is decoded from. It returns false if that can't be told. What an unknown value is isn't sought this way: an
// index counts what isn't known to be there.
func (t *tracer) part(s *scope, e *hclsyntax.FunctionCallExpr, path []cty.Value) bool {
	if t.seek && e.Name != "merge" {
		return false
	}
	switch e.Name {
	case "jsondecode", "yamldecode", "csvdecode":
		return len(e.Args) == 1 && t.decode(s, e, path)
	case "split", "regex", "regexall":
		return len(e.Args) == 2 && t.made(s, e.Args[1])
	case "trimspace", "lower", "upper", "chomp", "tonumber", "tobool", "trim", "trimprefix", "trimsuffix", "replace":
		return len(e.Args) > 0 && t.made(s, e.Args[0])
	case "format":
		return slices.ContainsFunc(e.Args, func(arg hclsyntax.Expression) bool { return t.made(s, arg) })
	}
	if len(path) == 0 || len(e.Args) == 0 {
		return false
	}
	arg, to, ok := t.partOf(s, e, path[0])
	if ok {
		t.walk(s, arg, append(to, path[1:]...))
	}
	return ok
}

// partOf returns the argument of a function that has the part at a key of its result, and where it is in that argument.
func (t *tracer) partOf(s *scope, e *hclsyntax.FunctionCallExpr, key cty.Value) (arg hclsyntax.Expression, to []cty.Value, ok bool) {
	if e.Name == "merge" {
		return t.merged(s, e, key)
	}
	i, ok := (Value{v: key}).Int()
	if !ok || e.ExpandFinal {
		return nil, nil, false
	}
	first := t.eval(s, e.Args[0])
	switch e.Name {
	case "concat":
		for _, arg := range e.Args {
			n := lengthOf(t.eval(s, arg))
			if n < 0 {
				break
			}
			if i < n {
				return arg, []cty.Value{cty.NumberIntVal(int64(i))}, true
			}
			i -= n
		}
		return nil, nil, false
	case "flatten":
		to, ok := flattened(first, &i, 0)
		return e.Args[0], to, ok && to != nil
	case "values":
		n := 0
		if lengthOf(first) < 0 {
			return nil, nil, false
		}
		for it := first.ElementIterator(); it.Next(); n++ {
			if key, _ := it.Element(); n == i {
				return e.Args[0], []cty.Value{key}, true
			}
		}
		return nil, nil, false
	case "reverse":
		i = lengthOf(first) - 1 - i
	case "slice":
		from, known := -1, false
		if len(e.Args) == 3 {
			from, known = (Value{v: t.eval(s, e.Args[1])}).Int()
		}
		if !known {
			return nil, nil, false
		}
		i += from
	default:
		return nil, nil, false
	}
	return e.Args[0], []cty.Value{cty.NumberIntVal(int64(i))}, i >= 0 && i < lengthOf(first)
}

// merged returns the argument of merge that has the last say about a key. The last argument may stand for its elements.
func (t *tracer) merged(s *scope, e *hclsyntax.FunctionCallExpr, key cty.Value) (arg hclsyntax.Expression, to []cty.Value, ok bool) {
	for n, arg := range slices.Backward(e.Args) {
		v := t.eval(s, arg)
		if !e.ExpandFinal || n < len(e.Args)-1 {
			if hasKey(v, key) {
				return arg, []cty.Value{key}, true
			}
			continue
		}
		if lengthOf(v) < 0 {
			return nil, nil, false
		}
		elements := v.AsValueSlice()
		for i, element := range slices.Backward(elements) {
			if hasKey(element, key) {
				return arg, []cty.Value{cty.NumberIntVal(int64(i)), key}, true
			}
		}
	}
	return nil, nil, false
}

// lengthOf returns the number of elements of a known list, tuple, map or object; -1 for anything else.
func lengthOf(v cty.Value) int {
	if !v.IsKnown() || v.IsNull() || !v.CanIterateElements() || v.Type().IsSetType() {
		return -1
	}
	return v.LengthInt()
}

// flattened returns where, in a list of lists, the element is that comes after so many others.
func flattened(v cty.Value, i *int, depth int) (to []cty.Value, ok bool) {
	if lengthOf(v) < 0 || depth > maxFlat {
		return nil, false
	}
	for it := v.ElementIterator(); it.Next(); {
		key, e := it.Element()
		if ty := e.Type(); !ty.IsTupleType() && !ty.IsListType() && !ty.IsSetType() {
			if *i == 0 {
				return []cty.Value{key}, true
			}
			*i--
			continue
		}
		switch inner, ok := flattened(e, i, depth+1); {
		case !ok:
			return nil, false
		case inner != nil:
			return append([]cty.Value{key}, inner...), true
		}
	}
	return nil, true
}

// made follows a text that a function makes another one of, if it is written in a document.
func (t *tracer) made(s *scope, text hclsyntax.Expression) bool {
	if t.seek || len(text.Variables()) == 0 {
		return false
	}
	v := t.eval(s, text)
	if !v.IsKnown() {
		return false
	}
	from := &tracer{ev: t.ev, target: v, depth: t.depth}
	from.walk(s, text, nil)
	if !from.data {
		return false
	}
	t.steps, t.data, t.end = append(t.steps, from.steps...), true, nil
	return true
}

// chosen adds where the key of a part is written, if that is in a document: what picks the part decides as much as what it is.
func (t *tracer) chosen(s *scope, key hclsyntax.Expression, v cty.Value) {
	if t.seek || !v.IsKnown() || len(key.Variables()) == 0 {
		return
	}
	by := &tracer{ev: t.ev, target: v, depth: t.depth}
	by.walk(s, key, nil)
	if by.data {
		last := by.steps[len(by.steps)-1]
		t.steps, t.data = append(t.steps, Step{last.At, "it is chosen here"}), true
	}
}

// decoded is a text that a function decodes, with its parts; it has none if these can't be told.
type decoded struct {
	text  Written
	parts *lang.Part
}

// decode follows a value to where it is written in the text that it is decoded from.
func (t *tracer) decode(s *scope, e *hclsyntax.FunctionCallExpr, path []cty.Value) bool {
	if t.unknown {
		return false
	}
	d := t.document(s, e)
	if d.parts == nil || !t.spend(1+len(d.text.Text)/1000) {
		return false
	}
	part := d.parts.At(path, t.target)
	p := d.text.Place(part.Start, part.End)
	if !p.Verbatim || p.Given && len(d.text.Pieces) > 1 {
		return false
	}
	t.step(e.Range(), "it is decoded here")
	t.steps = append(t.steps, Step{p.At, "the value comes from here"})
	t.end, t.data = nil, true
	return true
}

func (t *tracer) document(s *scope, e *hclsyntax.FunctionCallExpr) *decoded {
	s = s.of(e)
	at := scoped[*hclsyntax.FunctionCallExpr]{s, e}
	if d := t.ev.traced.documents[at]; d != nil {
		return d
	}
	d := &decoded{}
	if d.text = s.value(e.Args[0]).Written(hole); d.text.Known() && t.spend(1+len(d.text.Text)/10) {
		d.parts = lang.Parts(e.Name, d.text.Text)
	}
	if s.lasts() {
		t.ev.traced.documents[at] = d
	}
	return d
}
