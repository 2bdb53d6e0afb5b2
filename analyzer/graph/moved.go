package graph

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/tfreach/tfreach/analyzer/source"
)

// move is a moved block, by https://developer.hashicorp.com/terraform/language/modules/develop/refactoring.
type move struct {
	// in are the names of the calls that lead to the module with the block. The block applies to all instances of the module.
	in       []string
	from, to endpoint
}

// endpoint is a resource or, if its address has no type, a module call.
type endpoint struct{ Address }

func (e endpoint) isModule() bool { return e.Type == "" }

// key returns the instance key at the end of an endpoint.
func (e endpoint) key() Key {
	if e.isModule() {
		return e.Module[len(e.Module)-1].Key
	}
	return e.Key
}

// endpointOf reads an address of a resource or of a module call.
func endpointOf(t hcl.Traversal) (endpoint, bool) {
	addr, rest, err := splitAddress(t)
	if err != nil {
		return endpoint{Address{Module: addr.Module}}, len(rest) == 0 && len(addr.Module) > 0
	}
	return endpoint{addr}, len(rest) == 0
}

// moves returns the moved blocks of the module and of those that it calls. It leaves out wrong blocks, as Terraform refuses
// them.
func (m *module) moves() []move {
	var out []move
	in := make([]string, len(m.path))
	for i, step := range m.path {
		in[i] = step.Name
	}
	for _, block := range m.source.Moved {
		from, ok := endpointIn(block, "from")
		to, also := endpointIn(block, "to")
		if ok && also && from.isModule() == to.isModule() {
			out = append(out, move{in, from, to})
		}
	}
	for _, name := range sortedNames(m.source.Calls) {
		// Only expanded modules matter, and all instances of one have the same blocks.
		if e := m.children[name]; e != nil && len(e.items) > 0 {
			out = append(out, e.items[0].moves()...)
		}
	}
	return out
}

func endpointIn(block *source.Block, name string) (endpoint, bool) {
	a := block.Body.Attr(name)
	if a == nil {
		return endpoint{}, false
	}
	t, diags := hcl.AbsTraversalForExpr(a.Expr)
	if diags.HasErrors() {
		return endpoint{}, false
	}
	return endpointOf(t)
}

// Moves are the moved blocks of a configuration. They keep nothing of the graph alive.
type Moves []move

// Moves returns the moved blocks of the configuration.
func (g *Graph) Moves() Moves { return g.moves }

// Moved returns the present name of a resource or module instance by its name at some earlier time. It returns a name unchanged
// that is no address or did not move.
func (all Moves) Moved(name string) string {
	if len(all) == 0 {
		return name
	}
	t, diags := hclsyntax.ParseTraversalPartial([]byte(name), "", hcl.InitialPos)
	if diags.HasErrors() {
		return name
	}
	e, ok := endpointOf(t)
	if !ok {
		return name
	}
	// One block may move on what another one moved. No block does so twice, unless the blocks form a ring.
	for range all {
		i := -1
		for j, m := range all {
			if to, ok := m.apply(e); ok {
				i, e = j, to
				break
			}
		}
		if i < 0 {
			break
		}
	}
	if e.isModule() {
		return e.Module.String()
	}
	return e.String()
}

// apply returns where the block moves an endpoint; the second result is false if the block is about something else.
func (m move) apply(e endpoint) (endpoint, bool) {
	inside, k := len(m.in), len(m.from.Module)
	if len(e.Module) < inside+k || e.isModule() && !m.from.isModule() {
		return e, false
	}
	for i, name := range m.in {
		if e.Module[i].Name != name {
			return e, false
		}
	}
	outer, path, rest := e.Module[:inside], slices.Clone(e.Module[inside:inside+k]), e.Module[inside+k:]
	// A block whose addresses have no keys at the end moves all instances, and each keeps its key.
	whole, key := m.from.key().Kind() == NoKey && m.to.key().Kind() == NoKey, Key{}
	if m.from.isModule() {
		if last := &path[k-1]; whole {
			key, last.Key = last.Key, Key{}
		}
		if path.Compare(m.from.Module) != 0 {
			return e, false
		}
		path = slices.Clone(m.to.Module)
		if whole {
			path[len(path)-1].Key = key
		}
		e.Module = slices.Concat(outer, path, rest)
		return e, true
	}
	if len(rest) > 0 || path.Compare(m.from.Module) != 0 || e.Mode != m.from.Mode || e.Type != m.from.Type || e.Name != m.from.Name ||
		!whole && e.Key != m.from.Key {
		return e, false
	}
	to := m.to
	if whole {
		to.Key = e.Key
	}
	to.Module = slices.Concat(outer, m.to.Module)
	return to, true
}
