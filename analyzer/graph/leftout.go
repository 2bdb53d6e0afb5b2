package graph

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/source/plan"
)

// partial reports whether a plan leaves out something of the configuration: because it was made of some resources only, with
// -target, or because planning failed.
//
// Source: complete and errored in https://developer.hashicorp.com/terraform/internals/json-format.
func partial(doc *plan.Plan) bool {
	return doc.Kind == plan.KindPlan && doc.Config != nil && (!doc.Complete || doc.Errored)
}

// leaveOut adds the resources that a plan leaves out, as far as the configuration in it tells of them: what it doesn't speak of
// isn't absent, as another plan makes it.
func (p *planGraph) leaveOut(doc *plan.Plan, file string, path ModulePath) {
	p.spoken = map[string]bool{}
	l := leftOut{planGraph: p, config: doc.Config, file: file, instances: map[string]int64{}}
	for _, r := range slices.Concat(doc.Resources, doc.Deferred, doc.Prior) {
		addr, err := ParseAddress(r.Address)
		if err != nil {
			continue
		}
		addr.Module = slices.Concat(path, addr.Module)
		if text := addr.String(); !p.spoken[text] {
			p.spoken[text] = true
			l.instances[addr.Block().String()]++
		}
	}
	l.in(p.root, path, true)
}

// leftOut finds the resources that a plan leaves out.
type leftOut struct {
	*planGraph
	config *plan.Config
	file   string
	// instances are the numbers of instances that the plan speaks of, by the address of their block.
	instances map[string]int64
}

// in adds the resources of a module that the plan leaves out. Certain is false if the module may have no instance.
func (l *leftOut) in(m *plan.Module, path ModulePath, certain bool) {
	if m == nil {
		return
	}
	for _, block := range m.Resources {
		addr, err := ParseAddress(block.Address)
		if err != nil || addr.Mode != Managed {
			continue
		}
		addr.Module = path
		counted := block.Count != nil || block.ForEach != nil
		if n := l.instances[addr.String()]; n > 0 && (!counted || block.Count != nil && isNumber(block.Count.Constant, n)) {
			continue
		}
		if counted {
			addr.Key = Any()
		}
		l.add(m, block, addr, certain && !counted)
	}
	for _, name := range sortedNames(m.Calls) {
		call, key := m.Calls[name], Key{}
		counted := call.Count != nil || call.ForEach != nil
		if counted {
			key = Any()
		}
		l.in(call.Module, path.Child(name, key), certain && !counted)
	}
}

func isNumber(v cty.Value, n int64) bool {
	return v != cty.NilVal && v.IsKnown() && !v.IsNull() && v.Type() == cty.Number && v.Equals(cty.NumberIntVal(n)).True()
}

func (l *leftOut) add(m *plan.Module, block *plan.Block, addr Address, certain bool) {
	at := hcl.Range{Filename: l.file, Start: hcl.InitialPos, End: hcl.InitialPos}
	of := &planResource{p: l.planGraph, at: at, self: addr, env: env{path: addr.Module, module: m, key: addr.Key, forEach: block.ForEach}}
	r := &Resource{
		Addr: addr, Certain: certain, Change: Unplanned, Provider: l.provider(l.config, block.Provider, l.file), Decl: at,
		Object: Object{planBody{planResource: of, block: block.Arguments, leftOut: true}},
	}
	if !certain {
		r.Exists = Value{v: cty.DynamicVal.Mark(Origin{Kind: FromExpression, Name: addr.String(), At: at}), At: at}
	}
	l.graph.Resources = append(l.graph.Resources, r)
}

// configured returns the value of an argument that is only in the configuration.
func (b planBody) configured(name string) Value {
	expr := b.block[name]
	switch {
	case expr == nil || len(expr.Blocks) > 0:
		return Value{}
	case expr.Constant != cty.NilVal:
		return Value{v: expr.Constant, At: b.at}
	}
	return Value{v: cty.DynamicVal, At: b.at}
}

// configuredBlocks returns the nested blocks of a type that is only in the configuration, where those are missing that a dynamic
// block makes.
func (b planBody) configuredBlocks(name string) []Block {
	expr := b.block[name]
	if expr == nil {
		if b.replaced(name) {
			return nil
		}
		why := Origin{Kind: FromExpression, Name: dotted(b.self.String(), name), Attr: name, At: b.at}
		return Value{v: cty.DynamicVal.Mark(why), At: b.at}.objects()
	}
	var out []Block
	for _, written := range expr.Blocks {
		inner := planBody{planResource: b.planResource, block: written, nested: true, leftOut: true}
		out = append(out, Block{Object: Object{inner}, Certain: true, At: b.at})
	}
	if len(expr.Blocks) == 0 {
		out = b.valueBlocks(name)
	}
	return out
}
