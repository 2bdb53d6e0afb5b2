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

// Mode tells managed resources and data sources apart.
type Mode uint8

// The modes of a resource block.
const (
	Managed Mode = iota + 1
	Data
)

// KeyKind is the form of an instance key.
type KeyKind uint8

// The forms of an instance key. The zero KeyKind is that of the zero Key: no key.
const (
	NoKey KeyKind = iota
	IntKey
	StringKey
	// AnyKey stands for all instances of a block with an unknown count or for_each. It prints as [*].
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

// Name returns the key of a for_each instance; the second result is false for other keys.
func (k Key) Name() (string, bool) { return k.s, k.kind == StringKey }

// Value returns the key as count.index or each.key has it: a number or a string. It is unknown for [*] and without a key.
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

// String prints the key in brackets as Terraform does; it prints nothing without a key.
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

// quote writes s as an HCL string literal, as Terraform prints keys: it doubles template markers and escapes what doesn't
// print.
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

// ModuleStep is one module call on the way to a resource, with the key of the module instance. What Terraform's stacks call is
// named with its word: component.NAME.
type ModuleStep struct {
	Name string
	Key  Key
	// Other is true if it leads to another root module, a state or a plan of this name.
	Other bool
}

// callName returns the name of a call as an address has it.
func callName(name string) string {
	if strings.ContainsRune(name, '.') {
		return name
	}
	return "module." + name
}

// isStackWord reports whether a word is one before the name of what a stack calls.
func isStackWord(word string) bool { return word == "component" || word == "stack" }

// ModulePath is the path of a module instance from the root module, outermost call first. The root module has the empty path.
type ModulePath []ModuleStep

// Child returns the path of a module instance that module p calls.
func (p ModulePath) Child(name string, key Key) ModulePath {
	return append(slices.Clip(p), ModuleStep{Name: name, Key: key})
}

// String prints the path as Terraform does: module.a["k"].module.b. The empty path prints as nothing.
func (p ModulePath) String() string {
	var b strings.Builder
	for i, step := range p {
		if step.Other {
			b.WriteString(step.Name + ":")
			continue
		}
		if i > 0 && !p[i-1].Other {
			b.WriteByte('.')
		}
		b.WriteString(callName(step.Name) + step.Key.String())
	}
	return b.String()
}

// Compare orders module paths by name and key, step by step. A module comes before those that it calls.
func (p ModulePath) Compare(o ModulePath) int {
	return slices.CompareFunc(p, o, func(a, b ModuleStep) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), a.Key.compare(b.Key))
	})
}

// Address is the absolute address of a resource instance. Without a key it is that of a resource block that has neither count
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
		if !a.Module[len(a.Module)-1].Other {
			b.WriteByte('.')
		}
	}
	if a.Mode == Data {
		b.WriteString("data.")
	}
	b.WriteString(a.Type + "." + a.Name + a.Key.String())
	return b.String()
}

// Untyped prints the address without its type: module.edge["ftp"].debian[0].
func (a Address) Untyped() string {
	name := a.Name + a.Key.String()
	if len(a.Module) == 0 {
		return name
	}
	return a.Module.String() + "." + name
}

// Block returns the address of the instance's block in its module instance: the same address without the key.
func (a Address) Block() Address {
	a.Key = Key{}
	return a
}

// Compare orders addresses by module path, mode, type, name and key. It compares number keys by value.
func (a Address) Compare(o Address) int {
	return cmp.Or(a.Module.Compare(o.Module), cmp.Compare(a.Mode, o.Mode), strings.Compare(a.Type, o.Type),
		strings.Compare(a.Name, o.Name), a.Key.compare(o.Key))
}

// stands reports whether a path, whose keys may be [*], covers another path.
func (p ModulePath) stands(o ModulePath) bool {
	return slices.EqualFunc(p, o, func(a, b ModuleStep) bool { return a.Name == b.Name && a.Key.stands(b.Key) })
}

func (k Key) stands(o Key) bool { return k == o || k.kind == AnyKey && o.kind != NoKey }

// stands reports whether an address, whose keys may be [*], covers another address.
func (a Address) stands(o Address) bool {
	return a.Mode == o.Mode && a.Type == o.Type && a.Name == o.Name && a.Key.stands(o.Key) && a.Module.stands(o.Module)
}

// ParseAddress reads the absolute address of a resource instance as Terraform prints it. A key may also be [*].
func ParseAddress(s string) (Address, error) {
	if addr, ok := plainAddress(s); ok {
		return addr, nil
	}
	return parseAddress(s)
}

// parseAddress is ParseAddress for all addresses.
func parseAddress(s string) (Address, error) {
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

// plainAddress reads an address in which nothing is escaped or out of the ordinary, as nearly all of a large plan are. It is
// false for others, right or wrong.
func plainAddress(s string) (Address, bool) {
	addr := Address{Mode: Managed}
	name, key, s, ok := plainStep(s)
	for ok && name == "module" && key == (Key{}) {
		step := ModuleStep{}
		if step.Name, step.Key, s, ok = plainStep(s); ok {
			addr.Module = append(addr.Module, step)
			name, key, s, ok = plainStep(s)
		}
	}
	if ok && name == "data" && key == (Key{}) {
		addr.Mode = Data
		name, key, s, ok = plainStep(s)
	}
	if !ok || key != (Key{}) {
		return Address{}, false
	}
	addr.Type = name
	addr.Name, addr.Key, s, ok = plainStep(s)
	return addr, ok && s == ""
}

// plainStep takes a name, the key that follows it in brackets, and the dot after it from the front of an address.
func plainStep(s string) (name string, key Key, rest string, ok bool) {
	letter := func(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }
	digit := func(c byte) bool { return '0' <= c && c <= '9' }
	n := 0
	for n < len(s) && (letter(s[n]) || n > 0 && (digit(s[n]) || s[n] == '_' || s[n] == '-')) {
		n++
	}
	if name, rest = s[:n], s[n:]; n == 0 {
		return "", Key{}, "", false
	}
	if inner, found := strings.CutPrefix(rest, `["`); found {
		n := 0
		for n < len(inner) && ' ' <= inner[n] && inner[n] <= '~' && !strings.ContainsRune(`"\$%`, rune(inner[n])) {
			n++
		}
		key = Name(inner[:n])
		if rest, ok = strings.CutPrefix(inner[n:], `"]`); !ok {
			return "", Key{}, "", false
		}
	} else if inner, found := strings.CutPrefix(rest, "["); found {
		n := 0
		for n < len(inner) && n < 9 && digit(inner[n]) {
			n++
		}
		number, err := strconv.Atoi(inner[:n])
		key = Number(number)
		if rest, ok = strings.CutPrefix(inner[n:], "]"); !ok || err != nil || n > 1 && inner[0] == '0' {
			return "", Key{}, "", false
		}
	}
	if rest == "" {
		return name, key, "", true
	}
	rest, ok = strings.CutPrefix(rest, ".")
	return name, key, rest, ok && rest != ""
}

// ParseModuleCall reads the address of a module instance: module.NAME, with keys and outer modules. Findings about the call
// that makes the instance have such an address.
func ParseModuleCall(s string) (Address, error) {
	const resource = ".call.itself"
	addr, err := ParseAddress(s + resource)
	if err != nil || len(addr.Module) == 0 || addr.String() != s+resource {
		return Address{}, fmt.Errorf("module address %q: it must be module.NAME, with keys and outer modules", s)
	}
	return Address{Module: addr.Module, Mode: Managed}, nil
}

var errShort = errors.New("it must end in TYPE.NAME")

// splitAddress reads a resource instance address from the front of a traversal. It also returns the rest of the traversal.
func splitAddress(t hcl.Traversal) (Address, hcl.Traversal, error) {
	addr := Address{Mode: Managed}
	for stepName(t) == "module" || isStackWord(stepName(t)) {
		word := stepName(t)
		if _, rest, err := splitKey(t[min(2, len(t)):]); word != "module" && (err != nil || len(rest) < 2) {
			break // a type of this name
		}
		if len(t) < 2 {
			return addr, nil, errors.New("a module name is missing")
		}
		step := ModuleStep{Name: stepName(t[1:])}
		if step.Name == "" {
			return addr, nil, errors.New("a module name is missing")
		}
		if word != "module" {
			step.Name = word + "." + step.Name
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

// stepName returns the name of a traversal's first step, or "" if that isn't a name.
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

// KeyOf converts a value to an instance key. It fails if the value isn't a known string or whole number.
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
