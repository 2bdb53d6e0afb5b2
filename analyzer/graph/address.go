package graph

import (
	"cmp"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// Mode tells a managed resource from a data source.
type Mode uint8

// The modes of a resource block.
const (
	Managed Mode = iota + 1
	Data
)

// KeyKind says which form an instance key has.
type KeyKind uint8

// The forms of an instance key. The zero KeyKind is that of the zero Key: no key.
const (
	NoKey KeyKind = iota
	IntKey
	StringKey
	// AnyKey stands for all instances of a block whose count or for_each is unknown. It prints as [*].
	AnyKey
)

// Key is the instance key of a resource or module: none, an integer from count, a string from for_each, or the
// symbolic [*]. The zero Key is no key. Keys are comparable.
type Key struct {
	kind KeyKind
	n    int
	s    string
}

// Number returns the key of a count instance.
func Number(n int) Key { return Key{kind: IntKey, n: n} }

// Name returns the key of a for_each instance.
func Name(s string) Key { return Key{kind: StringKey, s: s} }

// Any returns the symbolic key [*].
func Any() Key { return Key{kind: AnyKey} }

// Kind returns the form of the key.
func (k Key) Kind() KeyKind { return k.kind }

// Name returns the key of a for_each instance as it was given; false for others.
func (k Key) Name() (string, bool) { return k.s, k.kind == StringKey }

// Value returns the key as count.index or each.key would be: a number, a string, or an unknown value for [*] and for
// no key.
func (k Key) Value() cty.Value {
	switch k.kind {
	case IntKey:
		return cty.NumberIntVal(int64(k.n))
	case StringKey:
		return cty.StringVal(k.s)
	case NoKey, AnyKey:
	}
	return cty.DynamicVal
}

// String prints the key in brackets as Terraform does, and nothing for no key.
func (k Key) String() string {
	switch k.kind {
	case IntKey:
		return "[" + strconv.Itoa(k.n) + "]"
	case StringKey:
		return "[" + quote(k.s) + "]"
	case AnyKey:
		return "[*]"
	case NoKey:
	}
	return ""
}

func (k Key) compare(o Key) int {
	return cmp.Or(cmp.Compare(k.kind, o.kind), cmp.Compare(k.n, o.n), cmp.Compare(k.s, o.s))
}

// quote writes s as an HCL string literal, as Terraform prints keys: a template marker is doubled, and what does not
// print is escaped.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case (r == '$' || r == '%') && strings.HasPrefix(s[i+1:], "{"):
			b.WriteRune(r)
			b.WriteRune(r)
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r < 1<<16:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// ModuleStep is one module call on the way to a resource, with the key of the module instance.
type ModuleStep struct {
	Name string
	Key  Key
}

// ModulePath is the path of a module instance from the root module, outermost call first. The root module's is empty.
type ModulePath []ModuleStep

// Child returns the path of a module instance that is called in p.
func (p ModulePath) Child(name string, key Key) ModulePath {
	return append(slices.Clip(p), ModuleStep{Name: name, Key: key})
}

// String prints the path as Terraform does: module.a["k"].module.b. The root module's is empty.
func (p ModulePath) String() string {
	var b strings.Builder
	for i, step := range p {
		if i > 0 {
			b.WriteByte('.')
		}
		b.WriteString("module." + step.Name + step.Key.String())
	}
	return b.String()
}

// Compare orders module paths by name and key, step by step; a module stands before those that it calls.
func (p ModulePath) Compare(o ModulePath) int {
	return slices.CompareFunc(p, o, func(a, b ModuleStep) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), a.Key.compare(b.Key))
	})
}

// Address is the absolute address of a resource instance, or, without a key, of a resource block that has neither count
// nor for_each.
type Address struct {
	Module ModulePath
	Mode   Mode
	Type   string
	Name   string
	Key    Key
}

// String prints the address as Terraform does: module.edge["ftp"].data.aws_ami.debian[0].
func (a Address) String() string {
	var b strings.Builder
	if len(a.Module) > 0 {
		b.WriteString(a.Module.String())
		if a.Type == "" { // the module call itself
			return b.String()
		}
		b.WriteByte('.')
	}
	if a.Mode == Data {
		b.WriteString("data.")
	}
	b.WriteString(a.Type + "." + a.Name + a.Key.String())
	return b.String()
}

// Block returns the address without the key of the instance: that of its block in its module instance.
func (a Address) Block() Address {
	a.Key = Key{}
	return a
}

// Compare orders addresses by module path, mode, type, name and key; number keys by value.
func (a Address) Compare(o Address) int {
	return cmp.Or(a.Module.Compare(o.Module), cmp.Compare(a.Mode, o.Mode), strings.Compare(a.Type, o.Type),
		strings.Compare(a.Name, o.Name), a.Key.compare(o.Key))
}

// stands says whether a path, which may have [*] for keys, stands for another.
func (p ModulePath) stands(o ModulePath) bool {
	return slices.EqualFunc(p, o, func(a, b ModuleStep) bool { return a.Name == b.Name && a.Key.stands(b.Key) })
}

func (k Key) stands(o Key) bool { return k == o || k.kind == AnyKey && o.kind != NoKey }

// stands says whether an address, which may have [*] for keys, stands for another.
func (a Address) stands(o Address) bool {
	return a.Mode == o.Mode && a.Type == o.Type && a.Name == o.Name && a.Key.stands(o.Key) && a.Module.stands(o.Module)
}

// ParseAddress reads the absolute address of a resource instance as Terraform prints it, also with the symbolic [*]
// for a key.
func ParseAddress(s string) (Address, error) {
	if !utf8.ValidString(s) { // HCL's scanner lets overlong encodings through
		return Address{}, fmt.Errorf("resource address %q: it is not valid UTF-8", s)
	}
	traversal, diags := hclsyntax.ParseTraversalPartial([]byte(s), "", hcl.InitialPos)
	if diags.HasErrors() {
		return Address{}, fmt.Errorf("resource address %q: %s", s, diags[0].Summary)
	}
	addr, rest, err := splitAddress(traversal)
	if err == nil && len(rest) > 0 {
		err = errors.New("more follows the resource instance")
	}
	if err != nil {
		return Address{}, fmt.Errorf("resource address %q: %w", s, err)
	}
	return addr, nil
}

// ParseModuleCall reads the address of a module instance, which stands for the call that makes it where findings are about
// that: module.NAME, with keys and outer modules.
func ParseModuleCall(s string) (Address, error) {
	const resource = ".call.itself"
	addr, err := ParseAddress(s + resource)
	if err != nil || len(addr.Module) == 0 || addr.String() != s+resource {
		return Address{}, fmt.Errorf("module address %q: it must be module.NAME, with keys and outer modules", s)
	}
	return Address{Module: addr.Module, Mode: Managed}, nil
}

var errShort = errors.New("it must end in TYPE.NAME")

// splitAddress takes a resource instance address from the front of a traversal and returns what follows it.
func splitAddress(t hcl.Traversal) (Address, hcl.Traversal, error) {
	addr := Address{Mode: Managed}
	for stepName(t) == "module" {
		if len(t) < 2 {
			return addr, nil, errors.New("a module name is missing")
		}
		step := ModuleStep{Name: stepName(t[1:])}
		if step.Name == "" {
			return addr, nil, errors.New("a module name is missing")
		}
		var err error
		if step.Key, t, err = splitKey(t[2:]); err != nil {
			return addr, nil, err
		}
		addr.Module = append(addr.Module, step)
	}
	if stepName(t) == "data" {
		addr.Mode, t = Data, t[1:]
	}
	if len(t) < 2 {
		return addr, nil, errShort
	}
	addr.Type, addr.Name = stepName(t), stepName(t[1:])
	if addr.Type == "" || addr.Name == "" {
		return addr, nil, errShort
	}
	var err error
	addr.Key, t, err = splitKey(t[2:])
	return addr, t, err
}

// stepName returns the name of the first step, or nothing if that is no name.
func stepName(t hcl.Traversal) string {
	if len(t) == 0 {
		return ""
	}
	switch step := t[0].(type) {
	case hcl.TraverseRoot:
		return step.Name
	case hcl.TraverseAttr:
		return step.Name
	}
	return ""
}

func splitKey(t hcl.Traversal) (Key, hcl.Traversal, error) {
	if len(t) == 0 {
		return Key{}, t, nil
	}
	switch step := t[0].(type) {
	case hcl.TraverseIndex:
		key, err := KeyOf(step.Key)
		return key, t[1:], err
	case hcl.TraverseSplat:
		return Any(), t[1:], nil
	}
	return Key{}, t, nil
}

// KeyOf converts the value of an instance key, a known string or whole number.
func KeyOf(v cty.Value) (Key, error) {
	if v.IsNull() || !v.IsKnown() {
		return Key{}, errors.New("an instance key must be known")
	}
	switch v.Type() {
	case cty.String:
		return Name(v.AsString()), nil
	case cty.Number:
		if n, acc := v.AsBigFloat().Int64(); acc == big.Exact {
			return Number(int(n)), nil
		}
	}
	return Key{}, errors.New("an instance key must be a string or a whole number")
}
