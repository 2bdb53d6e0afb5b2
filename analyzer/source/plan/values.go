package plan

import (
	"bytes"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/zclconf/go-cty/cty"
)

// Values are the values of a resource's object. They are held as the JSON that they came in, checked, and decoded
// when they are asked for: decoded values take several times as much.
type Values struct {
	attrs []attr // in the order of the document
	// unknown says which values are known only after apply.
	unknown *unknownMask
}

// attr is an attribute with its value, valid JSON.
type attr struct{ name, json string }

// Attr returns the value of an attribute, or cty.NilVal if there is none of that name. JSON arrays are tuples, JSON
// objects are cty objects, nulls are of the dynamic type. What is known only after apply is cty.DynamicVal, at any
// depth. The value is decoded anew each time.
func (v *Values) Attr(name string) cty.Value {
	if v.unknown != nil && v.unknown.attrs == nil {
		return cty.DynamicVal
	}
	json, there := v.json(name)
	mask := v.unknown.attr(name)
	switch {
	case there:
		return mask.unknown(decodeValue(json))
	case mask != nil:
		return mask.unknown(cty.NullVal(cty.DynamicPseudoType))
	default:
		return cty.NilVal
	}
}

func (v *Values) json(name string) (json string, there bool) {
	for i := range v.attrs {
		if v.attrs[i].name == name {
			return v.attrs[i].json, true
		}
	}
	return "", false
}

// with returns the values with what mask marks unknown.
func (v *Values) with(mask *unknownMask) *Values {
	switch {
	case mask == nil:
		return v
	case v == nil:
		return &Values{unknown: &unknownMask{all: true}}
	default:
		return &Values{attrs: v.attrs, unknown: mask}
	}
}

// values reads the values of a resource; nil for null. Where an attribute has the same text as in another object, the
// two share it.
func (p *reader) values(what string, like *Values) (*Values, error) {
	switch kind := p.dec.PeekKind(); kind {
	case jsontext.KindBeginObject:
	case jsontext.KindNull, jsontext.KindInvalid:
		return nil, p.dec.SkipValue()
	default:
		return nil, p.errorHere("%s must be an object, not %s", what, kindName(kind))
	}
	if err := p.spend(valueCost + objectCost); err != nil {
		return nil, err
	}
	start := p.next()
	p.in.hold(start)
	p.spans = p.spans[:0]
	err := p.object(what, func(name string) error {
		from := p.next()
		err := p.check()
		p.spans = append(p.spans, span{name, int(from - start), int(p.dec.InputOffset() - start)})
		return err
	})
	if err != nil {
		return nil, err
	}
	return p.share(p.in.release(), like), nil
}

// span is where the value of an attribute is in a text.
type span struct {
	name       string
	start, end int
}

// share returns the attributes at p.spans of a text. It copies only what like doesn't have.
func (p *reader) share(text []byte, like *Values) *Values {
	v := &Values{attrs: make([]attr, len(p.spans))}
	own := p.scratch[:0]
	for i, s := range p.spans {
		raw := text[s.start:s.end]
		v.attrs[i].name = s.name
		if like != nil {
			if json, ok := like.json(s.name); ok && json == string(raw) {
				v.attrs[i].json = json
				continue
			}
		}
		own = append(own, raw...)
	}
	if len(own) == 0 && like != nil && len(like.attrs) == len(v.attrs) {
		return like
	}
	p.scratch = own
	rest := string(own)
	for i, s := range p.spans {
		if v.attrs[i].json == "" {
			v.attrs[i].json, rest = rest[:s.end-s.start], rest[s.end-s.start:]
		}
	}
	return v
}

// check reads any value without decoding it, and refuses what can't be decoded.
func (p *reader) check() error {
	if err := p.spend(checkedCost); err != nil {
		return err
	}
	switch p.dec.PeekKind() {
	case jsontext.KindNumber:
		raw, err := p.dec.ReadValue()
		if err != nil {
			return err
		}
		return p.checkNumber(raw)
	case jsontext.KindString:
		raw, err := p.dec.ReadValue()
		if err != nil {
			return err
		}
		return p.spend(len(raw))
	case jsontext.KindBeginArray:
		return p.array("a value", p.check)
	case jsontext.KindBeginObject:
		return p.object("a value", func(string) error { return p.check() })
	default:
		return p.dec.SkipValue()
	}
}

// The binary exponents of float64's numbers. Beyond them a literal of a few bytes
// stands for a number of millions of digits.
const (
	minExponent = -1074
	maxExponent = 1024
)

// checkNumber refuses the number that was just read if it is out of range.
func (p *reader) checkNumber(raw []byte) error {
	start := p.dec.InputOffset() - int64(len(raw))
	switch {
	case len(raw) > p.limits.digits:
		return p.errorAt(start, "a number of more than %d digits", p.limits.digits)
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
	return p.errorAt(start, "the number %s is out of range", raw)
}

// value reads any value and decodes it.
func (p *reader) value() (cty.Value, error) {
	p.in.hold(p.next())
	if err := p.check(); err != nil {
		return cty.NilVal, err
	}
	return decodeValue(string(p.in.release())), nil
}

// decodeValue decodes a value that was checked. One that wasn't is unknown.
func decodeValue(text string) cty.Value {
	var v cty.Value
	var err error
	switch text[0] {
	case '[', '{':
		v, err = decodeFrom(jsontext.NewDecoder(strings.NewReader(text), jsontext.AllowDuplicateNames(true)))
	default:
		v, err = decodeScalar(text)
	}
	if err != nil {
		return cty.DynamicVal
	}
	return v
}

func decodeFrom(dec *jsontext.Decoder) (cty.Value, error) {
	switch kind := dec.PeekKind(); kind {
	case jsontext.KindBeginArray:
		var elems []cty.Value
		_, err := dec.ReadToken()
		for err == nil && dec.PeekKind() != jsontext.KindEndArray {
			var elem cty.Value
			elem, err = decodeFrom(dec)
			elems = append(elems, elem)
		}
		if err == nil {
			_, err = dec.ReadToken()
		}
		return cty.TupleVal(elems), err
	case jsontext.KindBeginObject:
		attrs := make(map[string]cty.Value)
		_, err := dec.ReadToken()
		for err == nil && dec.PeekKind() != jsontext.KindEndObject {
			var name jsontext.Token
			if name, err = dec.ReadToken(); err == nil {
				key := cty.NormalizeString(name.String())
				attrs[key], err = decodeFrom(dec)
			}
		}
		if err == nil {
			_, err = dec.ReadToken()
		}
		return cty.ObjectVal(attrs), err
	default:
		raw, err := dec.ReadValue()
		if err != nil {
			return cty.NilVal, err
		}
		return decodeScalar(string(raw))
	}
}

func decodeScalar(text string) (cty.Value, error) {
	switch {
	case text == "null":
		return cty.NullVal(cty.DynamicPseudoType), nil
	case text == "true", text == "false":
		return cty.BoolVal(text == "true"), nil
	case !strings.HasPrefix(text, `"`):
		return cty.ParseNumberVal(text)
	case strings.IndexByte(text, '\\') < 0:
		return cty.StringVal(text[1 : len(text)-1]), nil
	default:
		unquoted, err := jsontext.AppendUnquote(nil, text)
		return cty.StringVal(string(unquoted)), err
	}
}
