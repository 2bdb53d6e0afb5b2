package plan

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/zclconf/go-cty/cty"
)

// text is valid JSON that is walked through in place. Its methods take the offset of what is next and return that of what
// follows; as the text is valid, none of them fails.
type text[T ~string | ~[]byte] struct{ json T }

// token returns the offset of the next token from i on: of a value, a name, or the end of an object or array.
func (t text[T]) token(i int) int {
	for ; ; i++ {
		switch t.json[i] {
		case ' ', '\t', '\r', '\n', ',', ':':
		default:
			return i
		}
	}
}

// stringEnd returns the end of the string at i.
func (t text[T]) stringEnd(i int) int {
	for i++; t.json[i] != '"'; i++ {
		if t.json[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// scalarEnd returns the end of the number, boolean or null at i.
func (t text[T]) scalarEnd(i int) int {
	for ; i < len(t.json); i++ {
		switch t.json[i] {
		case ' ', '\t', '\r', '\n', ',', ']', '}':
			return i
		}
	}
	return i
}

// valueEnd returns the end of the value at i.
func (t text[T]) valueEnd(i int) int {
	switch t.json[i] {
	case '"':
		return t.stringEnd(i)
	case '{', '[':
	default:
		return t.scalarEnd(i)
	}
	for depth := 0; ; i++ {
		switch t.json[i] {
		case '"':
			i = t.stringEnd(i) - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
}

// unquoted returns what a JSON string stands for, as Terraform has it.
func unquoted(raw string) string {
	for i := range len(raw) {
		if raw[i] == '\\' {
			b, err := jsontext.AppendUnquote(nil, raw)
			if err != nil {
				return ""
			}
			return cty.NormalizeString(string(b))
		}
	}
	return cty.NormalizeString(raw[1 : len(raw)-1])
}

// checker refuses valid JSON that can't be decoded, or costs too much, before it is kept.
type checker struct {
	*reader
	text[[]byte]
	// base is the offset of the text in the document.
	base int64
}

// checked reads the next value whole and returns what checks it, with how deep it is. The text is valid until the next
// read.
func (p *reader) checked() (c checker, depth int, err error) {
	raw, err := p.dec.ReadValue()
	return checker{p, text[[]byte]{raw}, p.dec.InputOffset() - int64(len(raw))}, p.dec.StackDepth(), err
}

// checkedObject is checked for an object; the text is nil for null.
func (p *reader) checkedObject(what string) (c checker, depth int, err error) {
	switch kind := p.dec.PeekKind(); kind {
	case jsontext.KindBeginObject:
		return p.checked()
	case jsontext.KindNull, jsontext.KindInvalid:
		return checker{reader: p}, 0, p.dec.SkipValue()
	default:
		return checker{reader: p}, 0, p.errorHere("%s must be an object, not %s", what, kindName(kind))
	}
}

func (c checker) errorAt(i int, format string, args ...any) error {
	return c.reader.errorAt(c.base+int64(i), format, args...)
}

// enter checks that an object or array may be at a depth.
func (c checker) enter(i, depth int) error {
	if depth >= c.limits.depth {
		return c.errorAt(i, "values are nested more than %d deep", c.limits.depth)
	}
	return nil
}

// object goes through the members of the object at i: member gets a name and the offset of its value.
func (c checker) object(i, depth int, member func(name string, i int) (int, error)) (int, error) {
	if err := c.enter(i, depth); err != nil {
		return i, err
	}
	var seen nameSet
	for i = c.token(i + 1); c.json[i] != '}'; i = c.token(i) {
		end := c.stringEnd(i)
		name, err := c.intern(c.json[i:end])
		if err != nil {
			return i, err
		}
		if name = cty.NormalizeString(name); !seen.add(name) {
			return i, c.errorAt(i, "%q is there twice in one object", name)
		}
		if i, err = member(name, c.token(end)); err != nil {
			return i, err
		}
	}
	return i + 1, nil
}

// array goes through the elements of the array at i.
func (c checker) array(i, depth int, element func(i int) (int, error)) (int, error) {
	if err := c.enter(i, depth); err != nil {
		return i, err
	}
	for i = c.token(i + 1); c.json[i] != ']'; i = c.token(i) {
		var err error
		if i, err = element(i); err != nil {
			return i, err
		}
	}
	return i + 1, nil
}

// kind returns the kind of the value at i.
func (c checker) kind(i int) jsontext.Kind {
	if b := c.json[i]; b != '-' && (b < '0' || b > '9') {
		return jsontext.Kind(b)
	}
	return jsontext.KindNumber
}

// members is object for a value that may also be null.
func (c checker) members(what string, i, depth int, member func(name string, i int) (int, error)) (int, error) {
	switch kind := c.kind(i); kind {
	case jsontext.KindBeginObject:
		return c.object(i, depth, member)
	case jsontext.KindNull:
		return c.scalarEnd(i), nil
	default:
		return i, c.errorAt(i, "%s must be an object, not %s", what, kindName(kind))
	}
}

// stringAt passes the JSON of the string at i to take. It passes nothing for null, which stands for an absent value.
func (c checker) stringAt(what string, i int, take func(raw []byte) error) (int, error) {
	switch kind := c.kind(i); kind {
	case jsontext.KindString:
		end := c.stringEnd(i)
		return end, take(c.json[i:end])
	case jsontext.KindNull:
		return c.scalarEnd(i), nil
	default:
		return i, c.errorAt(i, "%s must be a string, not %s", what, kindName(kind))
	}
}

// word reads the string at i, which many others equal; null leaves it as it is.
func (c checker) word(what string, i int, to *string) (int, error) {
	return c.stringAt(what, i, func(raw []byte) (err error) {
		*to, err = c.intern(raw)
		return err
	})
}

// scratchString reads the string at i into a buffer.
func (c checker) scratchString(what string, i int, to *[]byte) (int, error) {
	return c.stringAt(what, i, func(raw []byte) error {
		text, err := c.unquote(raw)
		*to = append((*to)[:0], text...)
		return err
	})
}

// words reads an array of strings that many others equal.
func (c checker) words(what string, i, depth int, to *[]string) (int, error) {
	switch kind := c.kind(i); kind {
	case jsontext.KindBeginArray:
	case jsontext.KindNull:
		return c.scalarEnd(i), nil
	default:
		return i, c.errorAt(i, "%s must be an array, not %s", what, kindName(kind))
	}
	return c.array(i, depth, func(i int) (int, error) {
		var s string
		if err := c.spend(valueCost); err != nil {
			return i, err
		}
		end, err := c.word(what+"' element", i, &s)
		*to = append(*to, s)
		return end, err
	})
}

// value checks the value at i.
func (c checker) value(i, depth int) (int, error) {
	if err := c.spend(checkedCost); err != nil {
		return i, err
	}
	switch c.json[i] {
	case '{':
		return c.object(i, depth, func(_ string, i int) (int, error) { return c.value(i, depth+1) })
	case '[':
		return c.array(i, depth, func(i int) (int, error) { return c.value(i, depth+1) })
	case '"':
		end := c.stringEnd(i)
		return end, c.spend(end - i)
	case 't', 'f', 'n':
		return c.scalarEnd(i), nil
	default:
		end := c.scalarEnd(i)
		return end, c.number(i, end)
	}
}

// The binary exponents of float64's numbers. Beyond them, a literal of a few bytes stands for a number with millions of digits.
const (
	minExponent = -1074
	maxExponent = 1024
)

// number refuses a number that is out of range.
func (c checker) number(i, end int) error {
	raw := c.json[i:end]
	switch {
	case len(raw) > c.limits.digits:
		return c.errorAt(i, "a number of more than %d digits", c.limits.digits)
	case len(raw) < 300 && !bytes.ContainsAny(raw, "eE"):
		return nil
	}
	digits, _, _ := bytes.Cut(bytes.ToLower(raw), []byte{'e'})
	v, err := cty.ParseNumberVal(string(raw))
	if err == nil {
		f := v.AsBigFloat()
		exp := f.MantExp(nil)
		underflow := f.Sign() == 0 && bytes.ContainsAny(digits, "123456789")
		if !f.IsInf() && !underflow && minExponent <= exp && exp <= maxExponent {
			return nil
		}
	}
	return c.errorAt(i, "the number %s is out of range", raw)
}
