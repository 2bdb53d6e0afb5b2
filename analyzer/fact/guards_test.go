package fact_test

import (
	"net/netip"
	"reflect"
	"testing"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// Guards that differ in anything aren't shared, and those that don't are.
func TestShare(t *testing.T) {
	for name, make := range map[string]func() fact.Guard{
		"any of": func() fact.Guard {
			return fact.Guard{By: fact.AnyOf{Scopes: refs()}, Direction: fact.In, Sees: fact.Peer{Groups: []fact.ScopeID{{Kind: "k", Name: "n"}}, Perhaps: []fact.ScopeID{{Kind: "k", Name: "m"}}}}
		},
		"one of": func() fact.Guard { return fact.Guard{By: fact.OneOf{Scopes: refs()}, Direction: fact.In} },
		"in order": func() fact.Guard {
			return fact.Guard{By: fact.InOrder{Scopes: refs(), Member: member()}, Direction: fact.In}
		},
		"rules": func() fact.Guard {
			return fact.Guard{By: fact.Rules{Scope: fact.ScopeID{Kind: "k", Name: "n"}, Rules: []*fact.Ingress{rule}, Member: member()}, Direction: fact.In, Sees: fact.Proxy{}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			var guards fact.Guards
			base := guards.Share(make())
			if guards.Share(make()) != base {
				t.Error("guards that are alike aren't shared")
			}
			// Each part is changed in turn.
			for n := 0; ; n++ {
				changed, left := make(), n
				v := reflect.ValueOf(&changed).Elem()
				where := change(v, &left, "guard")
				if where == "" {
					if n < 5 {
						t.Errorf("only %d parts were changed", n)
					}
					return
				}
				if guards.Share(changed) == base {
					t.Errorf("a guard with another %s is shared", where)
				}
			}
		})
	}
}

// rule is told apart from others by what it is.
var rule, otherRule = &fact.Ingress{}, &fact.Ingress{}

func refs() []fact.ScopeRef {
	return []fact.ScopeRef{{ScopeID: fact.ScopeID{Kind: "k", Name: "n"}}, {ScopeID: fact.ScopeID{Kind: "k", Name: "m"}, Certain: true}}
}

func member() *fact.Member {
	return &fact.Member{Names: []fact.Name{{Kind: "tag", Text: "t"}}, Others: []string{"tag"}, Alike: []fact.Name{{Kind: "tag", Text: "(var.cluster)"}}}
}

// change changes one of the parts of a value, of which skip come before, and says which one; "" if there are no more.
func change(v reflect.Value, skip *int, where string) string {
	mine := func() bool { *skip--; return *skip < 0 }
	switch v.Interface().(type) {
	case netset.Prefixes:
		if !mine() {
			return ""
		}
		v.Set(reflect.ValueOf(netset.Prefix(netip.MustParsePrefix("10.0.0.0/8"))))
		return where
	case *fact.Ingress:
		if !mine() {
			return ""
		}
		v.Set(reflect.ValueOf(otherRule))
		return where
	}
	switch v.Kind() {
	case reflect.Bool:
		if mine() {
			v.SetBool(!v.Bool())
			return where
		}
	case reflect.String:
		if mine() {
			v.SetString(v.String() + "x")
			return where
		}
	case reflect.Uint8:
		if mine() {
			v.SetUint(v.Uint() + 1)
			return where
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if at := change(v.Field(i), skip, where+"."+v.Type().Field(i).Name); at != "" {
				return at
			}
		}
	case reflect.Slice:
		if mine() {
			v.Set(v.Slice(0, v.Len()-1))
			return where
		}
		for i := range v.Len() {
			if at := change(v.Index(i), skip, where+"[]"); at != "" {
				return at
			}
		}
	case reflect.Pointer:
		if mine() {
			v.SetZero()
			return where
		}
		return change(v.Elem(), skip, where)
	case reflect.Interface:
		if v.IsNil() {
			if mine() {
				v.Set(reflect.ValueOf(fact.Proxy{}))
				return where
			}
			return ""
		}
		inner := reflect.New(v.Elem().Type()).Elem()
		inner.Set(v.Elem())
		at := change(inner, skip, where)
		v.Set(inner)
		return at
	default:
		return "unknown kind " + v.Kind().String()
	}
	return ""
}
