package lang_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/tfreach/tfreach/analyzer/lang"
)

// TestConvert compares Convert with what it is faster than.
func TestConvert(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	converted := 0
	for range 50_000 {
		v, want := randomValue(r, 3), randomType(r, 3)
		oracle, oracleErr := convert.Convert(v, want)
		got, err := lang.Convert(v, want)
		if (err == nil) != (oracleErr == nil) {
			t.Fatalf("Convert(%#v, %#v): got error %v, want %v", v, want, err, oracleErr)
		}
		if err != nil {
			if err.Error() == "" {
				t.Fatalf("Convert(%#v, %#v): empty error", v, want)
			}
			continue
		}
		converted++
		gotBare, gotMarks := got.UnmarkDeep()
		oracleBare, oracleMarks := oracle.UnmarkDeep()
		// cty forgets the marks of a null attribute.
		for mark := range gotMarks {
			delete(oracleMarks, mark)
		}
		if !gotBare.RawEquals(oracleBare) || len(oracleMarks) > 0 {
			t.Fatalf("Convert(%#v, %#v)\n got %#v\nwant %#v", v, want, got, oracle)
		}
	}
	if converted < 5000 {
		t.Errorf("only %d conversions succeeded", converted)
	}
}

func TestConvertErrorPath(t *testing.T) {
	v := cty.ObjectVal(map[string]cty.Value{"a": cty.TupleVal([]cty.Value{cty.StringVal("x"), cty.EmptyTupleVal})})
	_, err := lang.Convert(v, cty.Object(map[string]cty.Type{"a": cty.List(cty.String)}))
	var at cty.PathError
	want := cty.GetAttrPath("a").IndexInt(1)
	if !errors.As(err, &at) || !at.Path.Equals(want) {
		t.Errorf("got %#v, want the path %#v", err, want)
	}
}

func BenchmarkConvert(b *testing.B) {
	for _, n := range []int{1000, 10_000} {
		elems := make([]cty.Value, n)
		for i := range elems {
			elems[i] = cty.StringVal(fmt.Sprint(i))
		}
		v := cty.TupleVal(elems)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := lang.Convert(v, cty.List(cty.String)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// randomValue returns a small value, of which parts may be null, unknown or
// marked.
func randomValue(r *rand.Rand, depth int) cty.Value {
	v := randomUnmarked(r, depth)
	switch r.IntN(20) {
	case 0:
		v = v.Mark(lang.Sensitive)
	case 1:
		v = v.Mark(origin{name: "var.x"})
	}
	return v
}

func randomUnmarked(r *rand.Rand, depth int) cty.Value {
	kinds := 12
	if depth == 0 {
		kinds = 6
	}
	switch r.IntN(kinds) {
	case 0:
		return cty.BoolVal(r.IntN(2) == 0)
	case 1:
		return cty.NumberIntVal(r.Int64N(5) - 1)
	case 2, 3:
		return cty.StringVal([]string{"", "a", "1", "true", "10.0.0.0/8", "%s", "a,b", "2024-02-29T13:04:05Z", "[1]", "/a/"}[r.IntN(10)])
	case 4:
		return cty.NullVal(randomType(r, depth).WithoutOptionalAttributesDeep())
	case 5:
		v := cty.UnknownVal(randomType(r, depth).WithoutOptionalAttributesDeep())
		if r.IntN(2) == 0 {
			v = v.RefineNotNull()
		}
		return v
	case 6, 7, 8:
		var elems []cty.Value
		if r.IntN(2) == 0 {
			elems = make([]cty.Value, r.IntN(4))
			for i := range elems {
				elems[i] = randomValue(r, depth-1)
			}
			return cty.TupleVal(elems)
		}
		// Elements of one type, so that collections are likely.
		for range 1 + r.IntN(3) {
			elems = append(elems, cty.StringVal([]string{"a", "b", "1"}[r.IntN(3)]))
		}
		switch r.IntN(3) {
		case 0:
			return cty.ListVal(elems)
		case 1:
			return cty.SetVal(elems)
		}
		return cty.TupleVal(elems)
	case 9:
		return cty.MapVal(map[string]cty.Value{"a": cty.StringVal("x"), "b": cty.StringVal("y")})
	}
	attrs := make(map[string]cty.Value)
	for _, name := range []string{"a", "b", "c"} {
		if r.IntN(2) == 0 {
			attrs[name] = randomValue(r, depth-1)
		}
	}
	return cty.ObjectVal(attrs)
}

func randomType(r *rand.Rand, depth int) cty.Type {
	kinds := 9
	if depth == 0 {
		kinds = 4
	}
	switch r.IntN(kinds) {
	case 0:
		return cty.Bool
	case 1:
		return cty.Number
	case 2:
		return cty.String
	case 3:
		return cty.DynamicPseudoType
	case 4:
		return cty.List(randomType(r, depth-1))
	case 5:
		return cty.Set(randomType(r, depth-1))
	case 6:
		return cty.Map(randomType(r, depth-1))
	}
	types := make(map[string]cty.Type)
	var optional []string
	for _, name := range []string{"a", "b"} {
		if r.IntN(2) == 0 {
			types[name] = randomType(r, depth-1)
			if r.IntN(2) == 0 {
				optional = append(optional, name)
			}
		}
	}
	return cty.ObjectWithOptionalAttrs(types, optional)
}
