package graph

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// EdgeKind says what one resource is to another.
type EdgeKind uint8

// The kinds of edges. An edge goes from what comes first in the name to what comes last: an instance is in a subnet.
const (
	// AttachedTo is a part at the whole: an interface at a machine, a gateway at a network.
	AttachedTo EdgeKind = iota + 1
	// InSubnet is a machine or an interface in a subnet.
	InSubnet
	// InNetwork is a subnet, a firewall or a group in a network.
	InNetwork
	// RoutedBy is a subnet with its route table.
	RoutedBy
	// FilteredBy is a machine, an interface or a subnet with what filters its traffic.
	FilteredBy
	// Exposes is a public address with what has it.
	Exposes
	// Targets is what hands traffic on, with what gets it: a listener and its targets, a route and its gateway.
	Targets
)

// String returns the kind in words with dashes: in-subnet.
func (k EdgeKind) String() string {
	switch k {
	case AttachedTo:
		return "attached-to"
	case InSubnet:
		return "in-subnet"
	case InNetwork:
		return "in-network"
	case RoutedBy:
		return "routed-by"
	case FilteredBy:
		return "filtered-by"
	case Exposes:
		return "exposes"
	case Targets:
		return "targets"
	}
	return "invalid edge"
}

// End is one end of an edge.
type End struct {
	// Resource is nil for an end that isn't in the configuration.
	Resource *Resource
	// Name is the address of the resource, or else its literal ID, or what the ID is from: a variable, say. Ends of the
	// same name are the same. It is empty if more than one thing decides.
	Name string
	// Certain is false if the end is one of several, or may not be there.
	Certain bool
	// Value is the attribute that names the end; absent for the declaring resource itself.
	Value Value
}

// Known says that it is known which thing the end is, or which one thing decides that.
func (e End) Known() bool { return e.Name != "" }

// Edge is a relation between two resources, as attributes of one of them or of a third declare it.
type Edge struct {
	Kind     EdgeKind
	From, To End
	// By is the resource that declares the edge.
	By *Resource
	// At is the place of the attribute that names the other end.
	At hcl.Range
}

// Certain says that the edge is surely there, between these ends.
func (e *Edge) Certain() bool { return e.By.Certain && e.From.Certain && e.To.Certain }

// Link says that attributes of resources of a type make edges.
type Link struct {
	// Type is the type of the resource that declares the edge.
	Type string
	Kind EdgeKind
	// From and To are the attributes that name the ends, those in nested blocks with dots: network_interface.subnet_id.
	// An empty one is the declaring resource itself. One that ends in [] names several, all of which are meant.
	From, To string
	// Named are types of which resources may be named by name, or by a link that ends in it, in place of an ID.
	Named []string
	// FromNamed are the types that From may name so, if they aren't those of To.
	FromNamed []string
}

// Topology is a graph with its edges. Edges are ordered by the address of the resource that declares them.
type Topology struct {
	*Graph
	Edges    []*Edge
	from, to map[edgeKey][]*Edge
}

type edgeKey struct {
	kind EdgeKind
	name string
}

// Connect finds the edges that links describe.
func (g *Graph) Connect(links []Link) *Topology {
	t := &Topology{Graph: g, from: map[edgeKey][]*Edge{}, to: map[edgeKey][]*Edge{}}
	byType := map[string][]Link{}
	for _, l := range links {
		byType[l.Type] = append(byType[l.Type], l)
	}
	for _, r := range g.Resources {
		if r.Addr.Mode != Managed {
			continue
		}
		for _, l := range byType[r.Addr.Type] {
			t.connect(r, l)
		}
	}
	return t
}

func (t *Topology) connect(r *Resource, l Link) {
	for _, from := range t.ends(r, r.Object, l.From, true) {
		if l.FromNamed != nil {
			from = t.byName(from, l.FromNamed)
		} else {
			from = t.byName(from, l.Named)
		}
		for _, to := range t.ends(r, r.Object, l.To, true) {
			to = t.byName(to, l.Named)
			e := &Edge{Kind: l.Kind, From: from, To: to, By: r, At: to.Value.At}
			if l.To == "" {
				e.At = from.Value.At
			}
			t.Edges = append(t.Edges, e)
			t.from[edgeKey{l.Kind, from.Name}] = append(t.from[edgeKey{l.Kind, from.Name}], e)
			t.to[edgeKey{l.Kind, to.Name}] = append(t.to[edgeKey{l.Kind, to.Name}], e)
		}
	}
}

// From returns the edges of a kind, which the caller must not change, that go out from the end of a name. Those from an end that isn't known are named "".
func (t *Topology) From(name string, kind EdgeKind) []*Edge { return t.from[edgeKey{kind, name}] }

// To returns the edges of a kind, which the caller must not change, that lead to the end of a name. Those to an end that isn't known are named "".
func (t *Topology) To(name string, kind EdgeKind) []*Edge { return t.to[edgeKey{kind, name}] }

// ends returns what an attribute names.
func (g *Graph) ends(r *Resource, o Object, attr string, certain bool) []End {
	if attr == "" {
		return []End{{Resource: r, Name: r.Addr.String(), Certain: true}}
	}
	if block, rest, nested := strings.Cut(attr, "."); nested {
		var out []End
		for _, b := range o.OwnBlocks(block) {
			out = append(out, g.ends(r, b.Object, rest, certain && b.Certain)...)
		}
		return out
	}
	attr, several := strings.CutSuffix(attr, "[]")
	v := o.OwnAttr(attr)
	if !several {
		return g.End(v, certain)
	}
	return g.EndsOf(v, certain)
}

// byName finds the resource of an end that is known by name only, if no two of these types have the name.
func (g *Graph) byName(e End, types []string) End {
	if e.Resource != nil || !e.Known() || len(types) == 0 {
		return e
	}
	var found []*Resource
	for _, typ := range types {
		found = append(found, g.Named(typ, "name", e.Name[strings.LastIndexByte(e.Name, '/')+1:])...)
	}
	if len(found) == 1 {
		e.Resource, e.Name = found[0], found[0].Addr.String()
		e.Certain = e.Certain && found[0].Certain
	}
	return e
}

// EndsOf returns what the elements of a value name. All that an unknown collection is made of counts as its elements.
func (g *Graph) EndsOf(v Value, certain bool) []End {
	elements, listed := v.Elements()
	var out []End
	if !listed {
		members, open := v.Members()
		if open {
			// What isn't known of its elements may still be known of what it is made of.
			candidates, whole := g.refersTo(v)
			out = ends(v, candidates, whole, certain)
		}
		for _, m := range members {
			for _, e := range g.End(m.Value, certain && m.Sure) {
				i := slices.IndexFunc(out, func(o End) bool { return o.Name == e.Name })
				if i < 0 {
					out = append(out, e)
				} else if e.Certain {
					out[i] = e
				}
			}
		}
		return out
	}
	among := g.shared(v, elements)
	for _, e := range elements {
		if candidates, whole := g.candidates(e); !whole || len(candidates) < 2 || among == nil {
			out = append(out, g.End(e, certain)...)
		}
	}
	return append(out, ends(v, among, true, certain)...)
}

// End returns what a value names that is a single ID: one end if that is known, several if it is one of them.
func (g *Graph) End(v Value, certain bool) []End {
	candidates, whole := g.candidates(v)
	if len(candidates) > 1 {
		perhaps(candidates)
	}
	return ends(v, candidates, whole, certain)
}

// ends makes ends of what a value names, and one for what it may name besides.
func ends(v Value, candidates []candidate, whole, certain bool) []End {
	out := make([]End, 0, len(candidates)+1)
	for _, c := range candidates {
		e := End{Resource: c.Resource, Name: c.ID, Certain: certain && whole && !c.perhaps, Value: v}
		if e.Resource != nil {
			e.Name = e.Resource.Addr.String()
			e.Certain = e.Certain && e.Resource.Certain
		}
		out = append(out, e)
	}
	if whole {
		return out
	}
	e := End{Value: v}
	if origins := v.Origins(); len(candidates) == 0 && len(origins) == 1 {
		e.Name, e.Certain = origins[0].Name, certain
	}
	return append(out, e)
}
