package plan

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/zclconf/go-cty/cty"
)

// The assumed sizes in bytes, besides text: of anything decoded, of an object, of a value held as text, of a name that is seen
// for the first time, and of what leads to something that is shared.
const (
	valueCost   = 200
	objectCost  = 400
	checkedCost = 100
	nameCost    = 100
	pointerCost = 32
)

// reader reads tokens and builds what is kept.
type reader struct {
	in     *input
	dec    *jsontext.Decoder
	keep   func(mode, typ string) bool
	limits limits
	// left is what remains of limits.memory; named is what names have used.
	left, named int64
	// names holds one copy of each name and of other words.
	names   map[string]string
	scratch []byte
	// kept is what keep said before.
	kept map[resourceKind]bool
	// shared has what several resources may have alike.
	shared sharing
	// id identifies the resource that is being read.
	id identity
	// marked is the mask of a single value, and masks are others by their text.
	marked *unknownMask
	masks  map[string]*unknownMask
}

// resourceKind is what says whether a resource is kept.
type resourceKind struct{ mode, typ string }

func newReader(r io.Reader, keep func(mode, typ string) bool, limits limits) *reader {
	in := &input{src: r, limit: limits.token, at: Pos{Line: 1, Column: 1}}
	// Duplicate names matter only in what is kept, where object finds them. The decoder would have to remember the names of
	// every skipped object.
	dec := jsontext.NewDecoder(in, jsontext.AllowDuplicateNames(true))
	in.consumed = dec.InputOffset
	return &reader{
		in: in, dec: dec, keep: keep, limits: limits, left: limits.memory,
		names: make(map[string]string), marked: &unknownMask{all: true}, masks: map[string]*unknownMask{},
		kept: map[resourceKind]bool{}, shared: newSharing(),
	}
}

// explain returns the error to report for an error of reading.
func (p *reader) explain(err error) error {
	var bad *Error
	var syntax *jsontext.SyntacticError
	switch {
	case errors.As(err, &bad):
		return bad
	case p.in.err != nil && !errors.Is(p.in.err, io.EOF):
		return fmt.Errorf("reading JSON: %w", p.in.err)
	case errors.As(err, &syntax) && !errors.Is(err, io.ErrUnexpectedEOF):
		return p.errorAt(syntax.ByteOffset, "invalid JSON: %s", syntax.Err)
	default:
		return p.errorAt(p.in.at.Offset+int64(len(p.in.window)), "the JSON is cut off: the file ends inside of it")
	}
}

func (p *reader) errorAt(offset int64, format string, args ...any) *Error {
	return &Error{Pos: p.in.position(offset), Message: fmt.Sprintf(format, args...)}
}

// errorHere returns an error about the next token.
func (p *reader) errorHere(format string, args ...any) *Error {
	return p.errorAt(p.next(), format, args...)
}

// next returns the offset of the next token.
func (p *reader) next() int64 {
	p.dec.PeekKind()
	ahead := p.dec.UnreadBuffer()
	return p.dec.InputOffset() + int64(len(ahead)-len(bytes.TrimLeft(ahead, " \t\r\n,:")))
}

// spend charges for what is about to be kept.
func (p *reader) spend(cost int) error {
	if p.left -= int64(cost); p.left < 0 {
		return p.errorHere("what is relevant here takes more than %d MB of memory", p.limits.memory>>20)
	}
	return nil
}

// account returns a function that takes back what is spent from now on, for something that isn't kept after all. Names stay.
func (p *reader) account() (refund func()) {
	left := p.left + p.named
	return func() { p.left = left - p.named }
}

// enter reads the start of an object or array. It returns false after null, which stands for an absent value.
func (p *reader) enter(open jsontext.Kind, what string) (bool, error) {
	switch kind := p.dec.PeekKind(); kind {
	case open:
		if p.dec.StackDepth() >= p.limits.depth {
			return false, p.errorHere("values are nested more than %d deep", p.limits.depth)
		}
	case jsontext.KindNull, jsontext.KindInvalid:
	default:
		return false, p.errorHere("%s must be %s, not %s", what, kindName(open), kindName(kind))
	}
	tok, err := p.dec.ReadToken()
	return err == nil && tok.Kind() == open, err
}

// object reads an object or null. It calls member for each name, which must read
// or skip the value.
func (p *reader) object(what string, member func(name string) error) error {
	var seen nameSet
	if ok, err := p.enter(jsontext.KindBeginObject, what); !ok {
		return err
	}
	for {
		switch p.dec.PeekKind() {
		case jsontext.KindString:
		default: // the end, or an error
			_, err := p.dec.ReadToken()
			return err
		}
		raw, err := p.dec.ReadValue()
		if err != nil {
			return err
		}
		start := p.dec.InputOffset() - int64(len(raw))
		name, err := p.intern(raw)
		if err != nil {
			return err
		}
		if name = cty.NormalizeString(name); !seen.add(name) {
			return p.errorAt(start, "%q is there twice in one object", name)
		}
		if err := member(name); err != nil {
			return err
		}
	}
}

// array reads an array or null. It calls element before each element, which must
// read or skip it.
func (p *reader) array(what string, element func() error) error {
	if ok, err := p.enter(jsontext.KindBeginArray, what); !ok {
		return err
	}
	for {
		switch p.dec.PeekKind() {
		case jsontext.KindEndArray, jsontext.KindInvalid:
			_, err := p.dec.ReadToken()
			return err
		}
		if err := element(); err != nil {
			return err
		}
	}
}

// unquote decodes a JSON string. The result is valid until the next read.
func (p *reader) unquote(raw []byte) (text []byte, err error) {
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1], nil
	}
	p.scratch, err = jsontext.AppendUnquote(p.scratch[:0], raw)
	return p.scratch, err
}

// intern returns the one copy of a decoded JSON string.
func (p *reader) intern(raw []byte) (string, error) {
	text, err := p.unquote(raw)
	if err != nil {
		return "", err
	}
	name, ok := p.names[string(text)]
	if !ok {
		cost := nameCost + 2*len(text)
		if err := p.spend(cost); err != nil {
			return "", err
		}
		p.named += int64(cost)
		name = string(text)
		p.names[name] = name
	}
	return name, nil
}

// stringBy reads a string and passes its JSON to take. It passes nothing for null, which stands for an absent value.
func (p *reader) stringBy(what string, take func(raw []byte) error) error {
	switch kind := p.dec.PeekKind(); kind {
	case jsontext.KindString:
		raw, err := p.dec.ReadValue()
		if err != nil {
			return err
		}
		return take(raw)
	case jsontext.KindNull, jsontext.KindInvalid:
		return p.dec.SkipValue()
	default:
		return p.errorHere("%s must be a string, not %s", what, kindName(kind))
	}
}

// string reads a string; null leaves it as it is.
func (p *reader) string(what string, to *string) error {
	return p.stringBy(what, func(raw []byte) error {
		text, err := p.unquote(raw)
		*to = string(text)
		if err != nil {
			return err
		}
		return p.spend(len(text))
	})
}

// word reads a string that many others equal.
func (p *reader) word(what string, to *string) error {
	return p.stringBy(what, func(raw []byte) (err error) {
		*to, err = p.intern(raw)
		return err
	})
}

// scratchString reads a string into a buffer.
func (p *reader) scratchString(what string, to *[]byte) error {
	return p.stringBy(what, func(raw []byte) error {
		text, err := p.unquote(raw)
		*to = append((*to)[:0], text...)
		return err
	})
}

// strings reads an array of strings.
func (p *reader) strings(what string, to *[]string) error {
	return p.array(what, func() error {
		var s string
		if err := p.spend(valueCost); err != nil {
			return err
		}
		if err := p.string(what+"' element", &s); err != nil {
			return err
		}
		*to = append(*to, s)
		return nil
	})
}

// bool reads a boolean; null leaves the value as it is.
func (p *reader) bool(what string, to *bool) error {
	switch kind := p.dec.PeekKind(); kind {
	case jsontext.KindTrue, jsontext.KindFalse:
		*to = kind == jsontext.KindTrue
		return p.dec.SkipValue()
	case jsontext.KindNull, jsontext.KindInvalid:
		return p.dec.SkipValue()
	default:
		return p.errorHere("%s must be a boolean, not %s", what, kindName(kind))
	}
}

// unknownMask is a tree of booleans in the shape of a value. It says which parts of the value are unknown, or sensitive. A nil
// mask marks nothing.
type unknownMask struct {
	// all marks the whole value; then there are neither attrs nor elems.
	all   bool
	attrs []maskAttr     // those with marks, by name
	elems []*unknownMask // all elements, if any has marks
}

type maskAttr struct {
	name string
	mask *unknownMask
}

// sharedMask returns the mask at i. The resources of one type are mostly masked alike.
func (c checker) sharedMask(what string, i, depth int) (m *unknownMask, end int, err error) {
	end = c.valueEnd(i)
	if m, ok := c.masks[string(c.json[i:end])]; ok {
		return m, end, nil
	}
	m, _, err = c.mask(what, i, depth)
	if err == nil && end-i < maxSharedMask && len(c.masks) < maxSharedMasks {
		c.masks[string(c.json[i:end])] = m
	}
	return m, end, err
}

// Masks are shared up to this length, in bytes, and up to this number.
const (
	maxSharedMask  = 4096
	maxSharedMasks = 256
)

// mask makes a mask of the value at i.
func (c checker) mask(what string, i, depth int) (*unknownMask, int, error) {
	switch c.json[i] {
	case 't':
		return c.marked, i + len("true"), nil
	case 'f', 'n':
		return nil, c.scalarEnd(i), nil
	case '[':
		var elems []*unknownMask
		n := 0
		i, err := c.array(i, depth, func(i int) (int, error) {
			if err := c.spend(valueCost); err != nil {
				return i, err
			}
			elem, i, err := c.mask(what, i, depth+1)
			if elem != nil || elems != nil {
				elems = append(append(elems, make([]*unknownMask, n-len(elems))...), elem)
			}
			n++
			return i, err
		})
		if elems == nil {
			return nil, i, err
		}
		return &unknownMask{elems: elems}, i, err
	case '{':
		var attrs []maskAttr
		i, err := c.object(i, depth, func(name string, i int) (int, error) {
			if err := c.spend(valueCost); err != nil {
				return i, err
			}
			attr, i, err := c.mask(what, i, depth+1)
			if attr != nil {
				attrs = append(attrs, maskAttr{name, attr})
			}
			return i, err
		})
		if attrs == nil {
			return nil, i, err
		}
		slices.SortFunc(attrs, func(a, b maskAttr) int { return strings.Compare(a.name, b.name) })
		return &unknownMask{attrs: attrs}, i, err
	case '"':
		return nil, i, c.errorAt(i, "%s must be made of booleans, not a string", what)
	default:
		return nil, i, c.errorAt(i, "%s must be made of booleans, not a number", what)
	}
}

// attr returns the mask of an attribute.
func (m *unknownMask) attr(name string) *unknownMask {
	if m != nil {
		for _, a := range m.attrs {
			if a.name == name {
				return a.mask
			}
		}
	}
	return nil
}

// unknown returns v with the parts that m marks replaced by unknown values. Terraform leaves unknown attributes out of an
// object, and writes null for unknown elements of a list, so masks and lists correspond by index. Where they don't fit, the
// whole is unknown.
func (m *unknownMask) unknown(v cty.Value) cty.Value {
	switch {
	case m == nil:
		return v
	case m.attrs != nil && v.IsKnown() && !v.IsNull() && v.Type().IsObjectType():
		attrs := v.AsValueMap()
		if attrs == nil {
			attrs = make(map[string]cty.Value, len(m.attrs))
		}
		for _, a := range m.attrs {
			old, ok := attrs[a.name]
			if !ok {
				old = cty.NullVal(cty.DynamicPseudoType)
			}
			attrs[a.name] = a.mask.unknown(old)
		}
		return cty.ObjectVal(attrs)
	case m.elems != nil && v.IsKnown() && !v.IsNull() && v.Type().IsTupleType() && v.LengthInt() == len(m.elems):
		elems := v.AsValueSlice()
		for i, elem := range m.elems {
			elems[i] = elem.unknown(elems[i])
		}
		return cty.TupleVal(elems)
	default:
		return cty.DynamicVal
	}
}

// paths returns the paths that m marks.
func (m *unknownMask) paths() []cty.Path {
	var paths []cty.Path
	var walk func(m *unknownMask, at cty.Path)
	walk = func(m *unknownMask, at cty.Path) {
		if m == nil {
			return
		}
		if m.all {
			paths = append(paths, at.Copy())
			return
		}
		for _, a := range m.attrs {
			walk(a.mask, at.GetAttr(a.name))
		}
		for i, elem := range m.elems {
			walk(elem, at.IndexInt(i))
		}
	}
	walk(m, nil)
	return paths
}

// nameSet holds the names of one object: the first ones in an array, the others in a map.
type nameSet struct {
	few  [24]string
	n    int
	more map[string]struct{}
}

// add reports whether the name is new.
func (s *nameSet) add(name string) bool {
	if slices.Contains(s.few[:s.n], name) {
		return false
	}
	if s.n < len(s.few) {
		s.few[s.n] = name
		s.n++
		return true
	}
	if s.more == nil {
		s.more = make(map[string]struct{})
	}
	before := len(s.more)
	s.more[name] = struct{}{}
	return len(s.more) > before
}

func kindName(k jsontext.Kind) string {
	switch k {
	case jsontext.KindNull:
		return "null"
	case jsontext.KindFalse, jsontext.KindTrue:
		return "a boolean"
	case jsontext.KindString:
		return "a string"
	case jsontext.KindNumber:
		return "a number"
	case jsontext.KindBeginObject:
		return "an object"
	case jsontext.KindBeginArray:
		return "an array"
	default:
		return k.String()
	}
}
