package graph

import (
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/source/plan"
)

// pair finds the configuration block that each nested block of a plan comes from. Both have the same order only if the provider
// keeps the blocks in a list. If it keeps them in a set, pair compares the written constants.
func pair(written []map[string]*plan.Expr, planned []Block) []map[string]*plan.Expr {
	out := make([]map[string]*plan.Expr, len(planned))
	used := make([]bool, len(written))
	for i, block := range planned {
		best, most := -1, -1
		for j, exprs := range written {
			if used[j] {
				continue
			}
			if n, fits := agreement(exprs, block); fits && (n > most || n == most && j == i) {
				best, most = j, n
			}
		}
		if best >= 0 {
			used[best], out[i] = true, written[best]
		}
	}
	return out
}

// agreement counts the written constants that the planned block has. fits is false if one differs.
func agreement(written map[string]*plan.Expr, planned Block) (n int, fits bool) {
	for name, expr := range written {
		want, ok := words(Value{v: expr.Constant})
		if !ok {
			continue
		}
		got, ok := words(planned.Attr(name))
		if !ok || !slices.Equal(want, got) {
			return 0, false
		}
		n++
	}
	return n, true
}

// words returns a known value, or the known values in a collection, as sorted texts. The second result is false if some have no
// text.
func words(v Value) ([]string, bool) {
	if v.v == cty.NilVal || !v.Known() {
		return nil, false
	}
	elements, _ := v.Elements()
	out := make([]string, len(elements))
	for i, e := range elements {
		text, ok := e.Text()
		if !ok {
			return nil, false
		}
		out[i] = text
	}
	slices.Sort(out)
	return out, true
}
