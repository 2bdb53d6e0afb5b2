package read

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// PortTexts reads attributes that hold ports as text, or lists of such texts. A text that no cloud would accept may be
// any port; absent is what it means that none of the attributes is set.
func PortTexts(o graph.Object, absent netset.Bounds[netset.Ports], attrs ...string) fact.Term[netset.Ports] {
	return texts(o, netset.ParsePorts, netset.AllPorts(), absent, attrs)
}

// ProtocolTexts reads an attribute that holds protocols, or a list of them.
func ProtocolTexts(o graph.Object, attr string) fact.Term[netset.Protocols] {
	absent := netset.Bounds[netset.Protocols]{May: netset.AllProtocols()}
	return texts(o, netset.ParseProtocol, netset.AllProtocols(), absent, []string{attr})
}

// texts reads attributes that hold sets as texts, one or several. The set is the union of all; what isn't known, or
// isn't understood, may be any of it.
func texts[T netset.Set[T]](
	o graph.Object, parse func(string) (T, error), any T, absent netset.Bounds[T], attrs []string,
) fact.Term[T] {
	t := fact.Term[T]{Read: func(v graph.Value) netset.Bounds[T] {
		b, _ := wordSet(v, parse, any)
		return b
	}}
	set := false
	for _, attr := range attrs {
		v := o.Attr(attr)
		t.Attrs, t.Values = append(t.Attrs, attr), append(t.Values, v)
		if b, ok := wordSet(v, parse, any); ok {
			set, t.Set = true, netset.UnionBounds(t.Set, b)
		}
	}
	if !set {
		t.Set = absent
	}
	return t
}

// wordSet reads a value that holds a set as text, or a list of such texts. It is false if there is none.
func wordSet[T netset.Set[T]](v graph.Value, parse func(string) (T, error), any T) (b netset.Bounds[T], set bool) {
	if choices := v.Choices(); len(choices) > 0 {
		for i, c := range choices {
			one, ok := wordSet(c, parse, any)
			switch {
			case !ok:
				return netset.Bounds[T]{May: any}, true
			case i == 0:
				b = one
			default:
				b = netset.EitherBounds(b, one)
			}
		}
		return b, true
	}
	members, open := v.Members()
	if v.Undecided() && !slices.ContainsFunc(members, func(m graph.Member) bool { return m.Sure && Given(m.Value) }) {
		open = true // it may be empty, which has a meaning of its own
	}
	if open {
		set, b.May = true, any
	}
	for _, e := range members {
		if !Given(e.Value) {
			continue
		}
		set = true
		one := netset.Bounds[T]{May: any}
		word, known := e.Text()
		if s, err := parse(word); known && err == nil {
			one = netset.Exactly(s)
		} else if len(e.Choices()) > 0 { // not for a word, which is its own only element
			if part, ok := wordSet(e.Value, parse, any); ok {
				one = part
			}
		}
		if !e.Sure {
			var none T
			one.Must = none
		}
		b = netset.UnionBounds(b, one)
	}
	return b, set
}

// Opaque is a value that only the cloud knows, named by what a reader would look for, where no attribute has it.
func Opaque(what string, at hcl.Range) graph.Value {
	o := graph.Origin{Kind: graph.FromExpression, Name: what, At: at}
	return graph.NewValue(cty.UnknownVal(cty.String).Mark(o), at)
}

// OpaqueLists reads an attribute whose elements name sets of sources that only the cloud knows, a term for each; what is
// the word for one.
func OpaqueLists(v graph.Value, attr, what string) []fact.Term[netset.Prefixes] {
	var out []fact.Term[netset.Prefixes]
	for _, e := range Parts(v) {
		if text, known := e.Text(); known {
			e = e.Called(what + " " + text)
		}
		out = append(out, Someone(e, attr))
	}
	return out
}

// Someone is the term of a value that may be for anyone.
func Someone(v graph.Value, attr string) fact.Term[netset.Prefixes] {
	return fact.Term[netset.Prefixes]{
		Set: netset.Bounds[netset.Prefixes]{May: netset.AllAddresses()}, Attrs: []string{attr}, Values: []graph.Value{v},
	}
}

// Parts returns the elements of a value that are set; the value itself if its elements aren't known.
func Parts(v graph.Value) []graph.Value {
	elements, whole := v.Elements()
	if !whole {
		return []graph.Value{v}
	}
	return slices.DeleteFunc(elements, func(e graph.Value) bool { return !Given(e) })
}

// Nested returns the nested blocks of a block. They exist no more surely than the block itself.
func Nested(b graph.Block, name string) []graph.Block {
	blocks := b.Blocks(name)
	for i := range blocks {
		if !b.Certain {
			blocks[i].Certain, blocks[i].Exists = false, b.Exists
		}
	}
	return blocks
}

// BlockOf is a resource as the block that holds its rules.
func BlockOf(r *graph.Resource) graph.Block {
	return graph.Block{Object: r.Object, Certain: r.Certain, Exists: r.Exists, At: r.Decl}
}
