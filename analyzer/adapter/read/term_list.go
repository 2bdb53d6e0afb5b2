package read

import (
	"errors"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// PortTexts reads attributes that hold ports as text, or lists of such texts: a number, two with a hyphen between them, or an
// asterisk. A text that the cloud wouldn't accept, such as several ports in one, may be any port. absent is the meaning if none of
// the attributes is set.
func PortTexts(o graph.Object, absent netset.Bounds[netset.Ports], attrs ...string) fact.Term[netset.Ports] {
	return texts(o, func(text string) (netset.Ports, error) {
		if strings.ContainsAny(text, ",/:") {
			return netset.Ports{}, errors.New("not one port or one range")
		}
		return netset.ParsePorts(text)
	}, netset.AllPorts(), absent, attrs)
}

// PortLists is like PortTexts for texts that may have several ports, with commas between them.
func PortLists(o graph.Object, absent netset.Bounds[netset.Ports], attrs ...string) fact.Term[netset.Ports] {
	return texts(o, netset.ParsePorts, netset.AllPorts(), absent, attrs)
}

// ProtocolTexts reads an attribute that holds a protocol, or a list of protocols.
func ProtocolTexts(o graph.Object, attr string) fact.Term[netset.Protocols] {
	absent := netset.Bounds[netset.Protocols]{May: netset.AllProtocols()}
	return texts(o, netset.ParseProtocol, netset.AllProtocols(), absent, []string{attr})
}

// texts reads attributes that hold one or several sets as text. The result is their union; a text that is unknown or not
// understood may be any set.
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

// wordSet reads a value that holds a set as text, or a list of such texts. The second result is false if there is none.
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
	open = open || keyed(v)
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
		one := netset.Bounds[T]{Must: listed(e.Value, parse), May: any}
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

// listed returns the sets that stand between commas in the known beginning and the known end of an unknown text: it has them
// whatever the rest is.
func listed[T netset.Set[T]](v graph.Value, parse func(string) (T, error)) T {
	var out T
	if !v.Undecided() {
		return out
	}
	prefix, suffix := v.Ends()
	prefix = prefix[:strings.LastIndexByte(prefix, ',')+1]
	if _, after, found := strings.Cut(suffix, ","); found {
		prefix += after
	}
	for word := range strings.SplitSeq(prefix, ",") {
		if set, err := parse(word); err == nil {
			out = out.Union(set)
		}
	}
	return out
}

// Opaque returns a value that only the cloud knows and no attribute has. what names it for a reader.
func Opaque(what string, at hcl.Range) graph.Value {
	o := graph.Origin{Kind: graph.FromExpression, Name: what, At: at}
	return graph.NewValue(cty.UnknownVal(cty.String).Mark(o), at)
}

// OpaqueLists reads an attribute whose elements name sets of sources that only the cloud knows, as one term each. what is the
// word for one.
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

// Someone returns the term of a value that may admit anyone.
func Someone(v graph.Value, attr string) fact.Term[netset.Prefixes] {
	return fact.Term[netset.Prefixes]{
		Set: netset.Bounds[netset.Prefixes]{May: netset.AllAddresses()}, Attrs: []string{attr}, Values: []graph.Value{v},
	}
}

// Parts returns the elements of a value that are set. If it may have others, the value itself is the last.
func Parts(v graph.Value) []graph.Value {
	var out []graph.Value
	members, others := v.Members()
	others = others || keyed(v)
	for _, e := range members {
		if others = others || !e.Sure; e.Sure && Given(e.Value) {
			out = append(out, e.Value)
		}
	}
	if others {
		out = append(out, v)
	}
	return out
}

// Nested returns the nested blocks of a block. They are no more certain than the block itself.
func Nested(b graph.Block, name string) []graph.Block {
	blocks := b.Blocks(name)
	for i := range blocks {
		if !b.Certain {
			blocks[i].Certain, blocks[i].Exists = false, b.Exists
		}
	}
	return blocks
}

// BlockOf returns a resource as the block that holds its rules.
func BlockOf(r *graph.Resource) graph.Block {
	return graph.Block{Object: r.Object, Certain: r.Certain, Exists: r.Exists, At: r.Decl}
}
