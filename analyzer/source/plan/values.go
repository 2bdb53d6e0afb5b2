package plan

import (
	"cmp"
	"slices"
	"strconv"
	"sync/atomic"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/zclconf/go-cty/cty"
)

// Values are the values of a resource's object, or of a block in it. They are decoded when they are asked for, and resources
// share those that are equal.
type Values struct {
	// names are those of the attributes in the order of the document, and cells their values.
	names []string
	cells []*cell
	// unknown marks the values that are known only after apply.
	unknown *unknownMask
}

// cell is a value as it is in the document: the JSON or, of an array that has nothing but objects, these.
type cell struct {
	json   string
	blocks []*Values
	// again is true if there is the same value elsewhere. It is then decoded once; decoded values take several times as much.
	again   bool
	decoded atomic.Pointer[cty.Value]
}

// value decodes the value.
func (c *cell) value() cty.Value {
	if v := c.decoded.Load(); v != nil {
		return *v
	}
	var v cty.Value
	if c.blocks == nil {
		v = decodeValue(c.json)
	} else {
		elems := make([]cty.Value, len(c.blocks))
		for i, b := range c.blocks {
			elems[i] = b.value()
		}
		v = cty.TupleVal(elems)
	}
	if c.again {
		c.decoded.Store(&v)
	}
	return v
}

// value decodes all values, as if none were unknown.
func (v *Values) value() cty.Value {
	attrs := make(map[string]cty.Value, len(v.names))
	for i, name := range v.names {
		attrs[name] = v.cells[i].value()
	}
	return cty.ObjectVal(attrs)
}

// Attr returns the value of an attribute, or cty.NilVal if there is none with that name. JSON arrays become tuples, JSON
// objects become cty objects, and nulls have the dynamic type. A value that is known only after apply is cty.DynamicVal, at any
// depth.
func (v *Values) Attr(name string) cty.Value {
	if v.unknown != nil && v.unknown.attrs == nil {
		return cty.DynamicVal
	}
	is := v.cell(name)
	mask := v.unknown.attr(name)
	switch {
	case is != nil:
		return mask.unknown(is.value())
	case mask != nil:
		return mask.unknown(cty.NullVal(cty.DynamicPseudoType))
	default:
		return cty.NilVal
	}
}

// Known reports whether nothing of an attribute is unknown, as far as that is told without decoding it.
func (v *Values) Known(name string) bool {
	return v.unknown == nil || v.unknown.attrs != nil && v.unknown.attr(name) == nil
}

// AllKnown reports whether nothing is unknown.
func (v *Values) AllKnown() bool { return v.unknown == nil }

// Blocks returns the elements of an attribute that is an array of objects, none of which is unknown as a whole. Elements that
// are equal may be the same. It is false for all other attributes.
func (v *Values) Blocks(name string) (blocks []*Values, ok bool) {
	if v.unknown != nil && v.unknown.attrs == nil {
		return nil, false
	}
	is := v.cell(name)
	mask := v.unknown.attr(name)
	switch {
	case is == nil || is.blocks == nil:
		return nil, false
	case mask == nil:
		return is.blocks, true
	case mask.elems == nil || len(mask.elems) != len(is.blocks):
		return nil, false
	}
	blocks = make([]*Values, len(is.blocks))
	for i, b := range is.blocks {
		if m := mask.elems[i]; m != nil && m.attrs == nil {
			return nil, false
		}
		blocks[i] = b.with(mask.elems[i])
	}
	return blocks, true
}

// cell returns the value of an attribute; nil if there is none.
func (v *Values) cell(name string) *cell {
	for i, n := range v.names {
		if n == name {
			return v.cells[i]
		}
	}
	return nil
}

// with returns the values with the parts that mask marks unknown.
func (v *Values) with(mask *unknownMask) *Values {
	switch {
	case mask == nil:
		return v
	case v == nil:
		return &Values{unknown: &unknownMask{all: true}}
	default:
		return &Values{names: v.names, cells: v.cells, unknown: mask}
	}
}

// sharing has what is alike in several resources.
type sharing struct {
	cells  map[string]*cell
	blocks map[string]*Values
	// shapes are the names of attributes that an object of each type, or a block, had last.
	shapes map[string][]string
	names  []string
	row    []*cell
}

func newSharing() sharing {
	return sharing{cells: map[string]*cell{}, blocks: map[string]*Values{}, shapes: map[string][]string{}}
}

// Values are shared up to this length, in bytes, and while there are no more than this number of them.
const (
	maxSharedText   = 4096
	maxSharedValues = 4096
)

// share returns what was made of a text, or makes it. What is alike is mostly near, so the table starts anew when it is full.
func share[T any](table map[string]T, text []byte, make func() (T, error)) (v T, again bool, err error) {
	if v, ok := table[string(text)]; ok {
		return v, true, nil
	}
	if v, err = make(); err == nil && len(text) <= maxSharedText {
		if len(table) >= maxSharedValues {
			clear(table)
		}
		table[string(text)] = v
	}
	return v, false, err
}

// values reads the values at i of a resource; nil for null. Those that have the same text as like are like.
func (c checker) values(what string, i, depth int, like *Values, text []byte) (v *Values, end int, err error) {
	switch kind := c.kind(i); kind {
	case jsontext.KindBeginObject:
	case jsontext.KindNull:
		return nil, c.scalarEnd(i), nil
	default:
		return nil, i, c.errorAt(i, "%s must be an object, not %s", what, kindName(kind))
	}
	if err := c.spend(valueCost + objectCost); err != nil {
		return nil, i, err
	}
	if end = c.valueEnd(i); like != nil && string(c.json[i:end]) == string(text) {
		return like, end, nil
	}
	v, err = c.row(i, depth, c.id.typ)
	return v, end, err
}

// row reads the object at i. Objects of the same kind mostly have the same attributes.
func (c checker) row(i, depth int, kind string) (*Values, error) {
	from := len(c.shared.names)
	_, err := c.object(i, depth, func(name string, i int) (int, error) {
		end := c.valueEnd(i)
		is, again, err := share(c.shared.cells, c.json[i:end], func() (*cell, error) { return c.cell(i, end, depth+1) })
		if again {
			is.again = true
		}
		c.shared.names, c.shared.row = append(c.shared.names, name), append(c.shared.row, is)
		return end, cmp.Or(err, c.spend(pointerCost))
	})
	names, row := c.shared.names[from:], c.shared.row[from:]
	c.shared.names, c.shared.row = c.shared.names[:from], c.shared.row[:from]
	if err != nil {
		return nil, err
	}
	shape := c.shared.shapes[kind]
	if !slices.Equal(shape, names) {
		shape = slices.Clone(names)
		c.shared.shapes[kind] = shape
		err = c.spend(pointerCost * 2 * len(shape))
	}
	return &Values{names: shape, cells: slices.Clone(row)}, err
}

// cell reads the value from i to end.
func (c checker) cell(i, end, depth int) (*cell, error) {
	if !c.objects(i) {
		_, err := c.value(i, depth)
		return &cell{json: string(c.json[i:end])}, err
	}
	blocks := []*Values{}
	_, err := c.array(i, depth, func(i int) (int, error) {
		end := c.valueEnd(i)
		if err := c.spend(pointerCost); err != nil {
			return i, err
		}
		block, _, err := share(c.shared.blocks, c.json[i:end], func() (*Values, error) {
			if err := c.spend(valueCost); err != nil {
				return nil, err
			}
			return c.row(i, depth+1, "")
		})
		blocks = append(blocks, block)
		return end, err
	})
	return &cell{blocks: blocks}, cmp.Or(err, c.spend(valueCost))
}

// objects reports whether the value at i is an array of objects, and of nothing else.
func (c checker) objects(i int) bool {
	if c.json[i] != '[' {
		return false
	}
	i = c.token(i + 1)
	for c.json[i] == '{' {
		i = c.token(c.valueEnd(i))
	}
	return c.json[i] == ']'
}

// value reads any value and decodes it.
func (p *reader) value() (cty.Value, error) {
	c, depth, err := p.checked()
	if err != nil {
		return cty.NilVal, err
	}
	if _, err := c.value(0, depth); err != nil {
		return cty.NilVal, err
	}
	return decodeValue(string(c.json)), nil
}

// decodeValue decodes a value that was checked.
func decodeValue(json string) cty.Value {
	v, _ := decodeAt(text[string]{json}, 0)
	return v
}

// decodeAt decodes the value at i.
func decodeAt(t text[string], i int) (cty.Value, int) {
	switch t.json[i] {
	case '[':
		var elems []cty.Value
		for i = t.token(i + 1); t.json[i] != ']'; i = t.token(i) {
			var elem cty.Value
			elem, i = decodeAt(t, i)
			elems = append(elems, elem)
		}
		return cty.TupleVal(elems), i + 1
	case '{':
		attrs := make(map[string]cty.Value)
		for i = t.token(i + 1); t.json[i] != '}'; i = t.token(i) {
			end := t.stringEnd(i)
			name := unquoted(t.json[i:end])
			attrs[name], i = decodeAt(t, t.token(end))
		}
		return cty.ObjectVal(attrs), i + 1
	case '"':
		end := t.stringEnd(i)
		return cty.StringVal(unquoted(t.json[i:end])), end
	case 't':
		return cty.True, i + len("true")
	case 'f':
		return cty.False, i + len("false")
	case 'n':
		return cty.NullVal(cty.DynamicPseudoType), i + len("null")
	default:
		end := t.scalarEnd(i)
		return number(t.json[i:end]), end
	}
}

// number decodes a number; one that is none is unknown.
func number(text string) cty.Value {
	if len(text) < 16 && text != "-0" {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return cty.NumberIntVal(n)
		}
	}
	v, err := cty.ParseNumberVal(text)
	if err != nil {
		return cty.DynamicVal
	}
	return v
}
