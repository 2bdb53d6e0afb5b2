package analyzer

import (
	"reflect"
	"testing"
)

// What was found in the files of before says so at each of its places, whoever made them.
func TestRewind(t *testing.T) {
	f := Finding{Related: make([]Related, 2), Path: make([]PathStep, 2), Decides: make([]Decider, 2)}
	f.rewind()
	now := 0
	var look func(v reflect.Value)
	look = func(v reflect.Value) {
		switch {
		case v.Type() == reflect.TypeFor[Place]() || v.Type() == reflect.TypeFor[Decider]():
			if !v.FieldByName("Before").Bool() {
				now++
			}
		case v.Kind() == reflect.Slice:
			for i := range v.Len() {
				look(v.Index(i))
			}
		case v.Kind() == reflect.Struct:
			for _, field := range v.Fields() {
				look(field)
			}
		}
	}
	look(reflect.ValueOf(f))
	if now > 0 {
		t.Errorf("%d places are in the files of now", now)
	}
}
