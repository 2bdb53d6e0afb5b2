package graph

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/source"
)

// Kept is what a configuration says of things that it doesn't write as they are: an import block, a removed block, or an
// ignore_changes. What was there before this configuration, stays although it is there no more, or is changed by somebody else has
// more than is written here. A plan knows it: it has what Terraform found.
// Sources: https://developer.hashicorp.com/terraform/language/block/import,
// https://developer.hashicorp.com/terraform/language/block/removed and
// https://developer.hashicorp.com/terraform/language/meta-arguments/lifecycle#ignore_changes.
type Kept struct {
	// Name names what is said: "the import of aws_security_group.ftp".
	Name string
	// At is its place.
	At hcl.Range
	// Resources are those that an import block names, or the one that has the ignore_changes.
	Resources []*Resource
	// Ignored are the arguments that ignore_changes names, or "all"; nil for blocks.
	Ignored []string
	// Removed is true for a removed block, and Type is the type of the resource that it lets go of; empty for a whole module.
	Removed bool
	Type    string
}

// Kept returns what a configuration says of things that it doesn't write as they are: first its blocks, those of the root module
// before others. A plan has none.
func (g *Graph) Kept() []Kept {
	if g.evaluated == nil {
		return nil
	}
	out := g.evaluated.kept(g)
	for _, r := range g.Resources {
		if b, ok := r.body.(configBody); ok && r.Addr.Mode == Managed {
			if names, at := b.ignored(); len(names) > 0 {
				out = append(out, Kept{Name: "what the ignore_changes of " + r.Addr.Block().String() + " lets others change", At: at, Resources: []*Resource{r}, Ignored: names})
			}
		}
	}
	return out
}

// ignored returns the arguments that lifecycle's ignore_changes names. A name in it may lead on to a part of the argument.
func (b configBody) ignored() (names []string, at hcl.Range) {
	for _, lifecycle := range b.body.Blocks("lifecycle") {
		a := (source.Body{lifecycle.Body}).Attr("ignore_changes")
		if a == nil {
			continue
		}
		at = a.SrcRange
		items, diags := hcl.ExprList(a.Expr)
		if diags.HasErrors() {
			items = []hcl.Expression{a.Expr} // all
		}
		for _, item := range items {
			if t, diags := hcl.AbsTraversalForExpr(item); !diags.HasErrors() {
				names = append(names, t.RootName())
			} else if v, _ := item.Value(nil); v.Type() == cty.String && v.IsKnown() && !v.IsNull() { // in JSON syntax
				names = append(names, v.AsString())
			}
		}
	}
	return names, at
}

func (m *module) kept(g *Graph) []Kept {
	var out []Kept
	for _, block := range m.source.Imports {
		if e, ok := instanceIn(block, "to"); ok {
			e.Module = append(slices.Clip(m.path), e.Module...)
			k := Kept{Name: "the import of " + e.String(), At: block.At}
			for _, r := range g.Resources {
				if e.names(r.Addr) {
					k.Resources = append(k.Resources, r)
				}
			}
			out = append(out, k)
		}
	}
	for _, block := range m.source.Removed {
		if e, ok := endpointIn(block, "from"); ok && !destroyed(block) {
			e.Module = append(slices.Clip(m.path), e.Module...)
			out = append(out, Kept{Name: e.String() + ", which stays when it is removed here", At: block.At, Removed: true, Type: e.Type})
		}
	}
	for _, name := range sortedNames(m.source.Calls) {
		if e := m.children[name]; e != nil && len(e.items) > 0 {
			out = append(out, e.items[0].kept(g)...)
		}
	}
	return out
}

// String prints the address.
func (e endpoint) String() string {
	if e.isModule() {
		return e.Module.String()
	}
	return e.Address.String()
}

// names reports whether the endpoint is a resource instance, or all instances of its block, or a module that it is in.
func (e endpoint) names(a Address) bool {
	if len(a.Module) < len(e.Module) {
		return false
	}
	for i, step := range e.Module {
		if a.Module[i].Name != step.Name || step.Key.Kind() != NoKey && !a.Module[i].Key.stands(step.Key) {
			return false
		}
	}
	return e.isModule() || len(a.Module) == len(e.Module) && a.Mode == e.Mode && a.Type == e.Type && a.Name == e.Name &&
		(e.Key.Kind() == NoKey || a.Key.stands(e.Key))
}

// instanceIn returns the address that an attribute of a block is. A key that isn't written out stands for all instances of what
// comes before it.
func instanceIn(block *source.Block, name string) (endpoint, bool) {
	if e, ok := endpointIn(block, name); ok {
		return e, true
	}
	a := block.Body.Attr(name)
	if a == nil {
		return endpoint{}, false
	}
	for _, t := range a.Expr.Variables() {
		if e, ok := endpointOf(t); ok && !slices.Contains([]string{"each", "local", "var"}, t.RootName()) {
			return e, true
		}
	}
	return endpoint{}, false
}

// destroyed reports whether a removed block surely has its object deleted. Without a word about it, OpenTofu lets it stay.
// Source: https://opentofu.org/docs/language/resources/syntax/#removing-resources.
func destroyed(block *source.Block) bool {
	for _, lifecycle := range block.Body.Blocks("lifecycle") {
		if a := (source.Body{lifecycle.Body}).Attr("destroy"); a != nil {
			v, _ := a.Expr.Value(nil)
			return v.Type() == cty.Bool && v.IsKnown() && !v.IsNull() && v.True()
		}
	}
	return false
}
