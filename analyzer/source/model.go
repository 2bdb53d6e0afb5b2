package source

import (
	"bytes"
	"reflect"
	"weak"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Model parses the text of a module that stands for one whose code isn't there. All of it is placed at the call, as nobody
// can edit it elsewhere, and relative paths start in the folder of the caller.
func Model(text []byte, call hcl.Range, dir string) *Module {
	m := newModule(dir)
	file, diags := ParseHCL(call.Filename, text)
	if m.Diags = diags; file == nil || diags.HasErrors() {
		return m
	}
	body := file.Body.(*hclsyntax.Body) //nolint:forcetypeassert // native syntax has no other
	(&mover{to: call, seen: map[reflect.Value]bool{}}).move(reflect.ValueOf(body))
	instrument(body)
	m.add(call.Filename, body, Text{})
	m.Text, m.size = text, len(text)
	return m
}

// modelKey is where a module is called whose code isn't there.
type modelKey struct {
	call hcl.Range
	dir  string
}

// Model is the function of that name, parsed once for a call of the tree as long as somebody uses the module or has asked for it
// lately.
func (t *Tree) Model(text []byte, call hcl.Range, dir string) *Module {
	for t.under != nil { // the layers of units come and go
		t = t.under
	}
	key := modelKey{call, dir}
	t.mu.Lock()
	m := t.models[key].Value()
	t.mu.Unlock()
	if m == nil || !bytes.Equal(m.Text, text) {
		m = Model(text, call, dir)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.models[key] = weak.Make(m)
	t.keep(m)
	return m
}

// mover gives all nodes of a syntax tree one place.
type mover struct {
	to   hcl.Range
	seen map[reflect.Value]bool
}

func (m *mover) move(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() || m.seen[v] {
			return
		}
		m.seen[v] = true
		m.move(v.Elem())
	case reflect.Interface:
		if !v.IsNil() {
			m.inside(v)
		}
	case reflect.Slice:
		for i := range v.Len() {
			m.move(v.Index(i))
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			m.move(v.MapIndex(key)) // all are pointers
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[hcl.Range]() {
			v.Set(reflect.ValueOf(m.to))
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() && v.Type().Field(i).Name != "Val" { // a value has no place
				m.move(v.Field(i))
			}
		}
	default:
	}
}

// inside moves what an interface holds: a pointer, or a copy of a step of a traversal.
func (m *mover) inside(v reflect.Value) {
	held := v.Elem()
	if held.Kind() == reflect.Pointer {
		m.move(held)
		return
	}
	moved := reflect.New(held.Type()).Elem()
	moved.Set(held)
	m.move(moved)
	v.Set(moved)
}
