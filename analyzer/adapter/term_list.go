package adapter

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// portTexts reads attributes that hold ports as text, or lists of such texts. A text that no cloud would accept may be
// any port; absent is what it means that none of the attributes is set.
func portTexts(o graph.Object, absent netset.Bounds[netset.Ports], attrs ...string) fact.Term[netset.Ports] {
	return texts(o, netset.ParsePorts, netset.AllPorts(), absent, attrs)
}

// protocolTexts reads an attribute that holds protocols, or a list of them.
func protocolTexts(o graph.Object, attr string) fact.Term[netset.Protocols] {
	absent := netset.Bounds[netset.Protocols]{May: netset.AllProtocols()}
	return texts(o, netset.ParseProtocol, netset.AllProtocols(), absent, []string{attr})
}

// texts reads attributes that hold sets as texts, one or several. The set is the union of all; what isn't known, or
// isn't understood, may be any of it.
func texts[T netset.Set[T]](
	o graph.Object, parse func(string) (T, error), any T, absent netset.Bounds[T], attrs []string,
) fact.Term[T] {
	var t fact.Term[T]
	set := false
	for _, attr := range attrs {
		v := o.Attr(attr)
		t.Attrs, t.Values = append(t.Attrs, attr), append(t.Values, v)
		elements, whole := v.Elements()
		if !whole {
			set, t.Set.May = true, any
		}
		for _, e := range elements {
			if !given(e) {
				continue
			}
			set = true
			text, known := e.Text()
			if s, err := parse(text); known && err == nil {
				t.Set = netset.UnionBounds(t.Set, netset.Exactly(s))
			} else {
				t.Set.May = any
			}
		}
	}
	if !set {
		t.Set = absent
	}
	return t
}

// opaque is a value that only the cloud knows, named by what a reader would look for: "service tag Storage".
func opaque(what string, at hcl.Range) graph.Value {
	o := graph.Origin{Kind: graph.FromExpression, Name: what, At: at}
	return graph.NewValue(cty.UnknownVal(cty.String).Mark(o), at)
}

// opaqueLists reads an attribute whose elements name sets of sources that only the cloud knows; what is the word for one.
func opaqueLists(v graph.Value, attr, what string) fact.Term[netset.Prefixes] {
	var t fact.Term[netset.Prefixes]
	add := func(v graph.Value) {
		t.Set.May = netset.AllAddresses()
		t.Attrs, t.Values = append(t.Attrs, attr), append(t.Values, v)
	}
	elements, whole := v.Elements()
	if !whole {
		add(v)
	}
	for _, e := range elements {
		if text, known := e.Text(); known && text != "" {
			add(opaque(what+" "+text, e.At))
		} else if !e.Absent() && !known {
			add(e)
		}
	}
	return t
}

// members adds to targets those that the elements of an attribute name, by a reference to a resource of a type or by
// text. Typ is empty if the names are no resources.
func members(t *fact.Targets, g *graph.Graph, v graph.Value, word, typ string) {
	elements, whole := v.Elements()
	t.Unknown = t.Unknown || !whole
	for _, e := range elements {
		if !given(e) {
			continue
		}
		name, known := e.Text()
		if targets, whole := g.Refer(e); typ != "" && whole && len(targets) == 1 {
			if r := targets[0].Resource; r != nil && r.Addr.Type == typ {
				name, known = r.Addr.String(), true
			}
		}
		if known {
			t.Names = append(t.Names, word+":"+name)
		} else {
			t.Unknown = true
		}
	}
}

// nested returns the nested blocks of a block. They exist no more surely than the block itself.
func nested(b graph.Block, name string) []graph.Block {
	blocks := b.Blocks(name)
	for i := range blocks {
		if !b.Certain {
			blocks[i].Certain, blocks[i].Exists = false, b.Exists
		}
	}
	return blocks
}

// blockOf is a resource as the block that holds its rules.
func blockOf(r *graph.Resource) graph.Block {
	return graph.Block{Object: r.Object, Certain: r.Certain, Exists: r.Exists, At: r.Decl}
}

// narrow limits a rule, whose sources are set, to some destinations; no addresses are all. Traffic keeps its address
// family on the way, so a rule for all destinations of one family is a rule for its sources of that family.
func narrow(rule *fact.Ingress, to netset.Bounds[netset.Prefixes]) {
	if to.May.Empty() {
		return
	}
	var sources netset.Prefixes
	everywhere := true
	for _, f := range []family{ipv4, ipv6} {
		all := f.all()
		if to.May.Overlaps(all) {
			sources = sources.Union(all)
			everywhere = everywhere && all.SubsetOf(to.Must)
		}
	}
	for i := range rule.Sources {
		rule.Sources[i].Set = netset.IntersectBounds(rule.Sources[i].Set, netset.Exactly(sources))
	}
	if !everywhere {
		rule.Targets.Addresses = to
	}
}
