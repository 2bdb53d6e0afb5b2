package source

import (
	"reflect"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// collapse gives all of some blocks one place: that of the expression which makes their text.
func collapse(blocks hclsyntax.Blocks, at hcl.Range) {
	c := collapser{at: reflect.ValueOf(at), seen: map[any]bool{}}
	for _, b := range blocks {
		c.visit(reflect.ValueOf(b))
	}
}

type collapser struct {
	at   reflect.Value
	seen map[any]bool
}

// visit sets the places in what v points to. Syntax trees are made of pointers, but for the steps of traversals.
func (c *collapser) visit(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() && !c.seen[v.Interface()] {
			c.seen[v.Interface()] = true
			c.visit(v.Elem())
		}
	case reflect.Interface:
		if inner := v.Elem(); inner.IsValid() && inner.Kind() == reflect.Struct && inner.Type() != reflect.TypeFor[cty.Value]() {
			replaced := reflect.New(inner.Type()).Elem()
			replaced.Set(inner)
			c.visit(replaced)
			v.Set(replaced)
		} else if inner.IsValid() && inner.Kind() == reflect.Pointer {
			c.visit(inner)
		}
	case reflect.Slice:
		for i := range v.Len() {
			c.visit(v.Index(i))
		}
	case reflect.Map:
		for it := v.MapRange(); it.Next(); {
			c.visit(it.Value())
		}
	case reflect.Struct:
		switch v.Type() {
		case reflect.TypeFor[hcl.Range]():
			v.Set(c.at)
			return
		case reflect.TypeFor[cty.Value]():
			return
		}
		for _, f := range v.Fields() {
			if f.CanSet() {
				c.visit(f)
			}
		}
	default: // numbers, texts and functions have no places
	}
}
