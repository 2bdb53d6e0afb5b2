package graph

import (
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/source/plan"
)

// Instead says what resources of a type have in place of nested blocks that the provider fills in where there are none.
//
// A plan has such blocks as unknown, and those of a dynamic block of which it isn't known how many it makes, too; the
// configuration in a plan has nothing of either. Only what excludes the blocks tells them apart.
type Instead struct {
	Type string
	// Blocks are the types of the nested blocks.
	Blocks []string
	// Attrs are attributes and blocks of the resource that the provider refuses beside them.
	Attrs []string
	// By are the attributes of other resources that name the resource, which has no such blocks then: TYPE.ATTRIBUTE or
	// TYPE.BLOCK.ATTRIBUTE. A provider warns not to have both, as each would remove what the other makes.
	By []string
	// Assigned is true if they are written as the value of an attribute, which no dynamic block makes.
	Assigned bool
}

// replaced reports whether something in the plan stands in place of the blocks of a type.
func (b planBody) replaced(block string) bool {
	for i, in := range b.p.instead {
		if in.Type != b.self.Type || !slices.Contains(in.Blocks, block) {
			continue
		}
		if in.Assigned || slices.ContainsFunc(in.Attrs, func(attr string) bool { return attr != block && b.sets(attr) }) {
			return true
		}
		if !b.nested && b.p.named(i)[b.self.String()] {
			return true
		}
	}
	return false
}

// sets reports whether an attribute, or a block, is set.
func (b planBody) sets(name string) bool {
	if b.block[name] != nil {
		return true
	}
	v := b.planned(name)
	elements, whole := v.Elements()
	return !v.Undecided() && whole && len(elements) > 0
}

// named returns the addresses of the resources that others name as the entry of instead with a number says.
func (p *planGraph) named(number int) map[string]bool {
	if out, ok := p.apart[number]; ok {
		return out
	}
	out := map[string]bool{}
	for _, by := range p.instead[number].By {
		typ, path, _ := strings.Cut(by, ".")
		for _, r := range p.graph.byType[typ] {
			b := r.body.(planBody)
			e := b.env
			e.direct = true
			for _, expr := range expressionsAt(b.block, path) {
				for _, origin := range p.origins(e, expr) {
					for _, of := range p.graph.madeBy(origin) {
						out[of.Addr.String()] = true
					}
				}
			}
		}
	}
	if p.apart == nil {
		p.apart = map[int]map[string]bool{}
	}
	p.apart[number] = out
	return out
}

// expressionsAt returns the expressions of an attribute, or of one in nested blocks, whose path has a dot then.
func expressionsAt(block map[string]*plan.Expr, path string) []*plan.Expr {
	name, rest, nested := strings.Cut(path, ".")
	expr := block[name]
	if expr == nil || !nested {
		return slices.DeleteFunc([]*plan.Expr{expr}, func(e *plan.Expr) bool { return e == nil })
	}
	var out []*plan.Expr
	for _, b := range expr.Blocks {
		out = append(out, expressionsAt(b, rest)...)
	}
	return out
}
