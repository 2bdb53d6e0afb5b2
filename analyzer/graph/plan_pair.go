package graph

import (
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/source/plan"
)

// pair finds for each nested block of a plan the block of the configuration that it is. The order of both is the same
// only if the provider keeps the blocks in a list; where it keeps a set, the constants that were written tell.
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

// agreement counts the constants that were written and that the planned block has. It doesn't fit if one differs.
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

// words returns a known value, or those in a collection, as sorted texts. It is false if there are others.
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
