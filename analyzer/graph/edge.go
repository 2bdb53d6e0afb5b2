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

// Edge is a relation between two resources, as attributes of one of them or of a third declare it.
type Edge struct {
	Kind EdgeKind
	// From and To are nil for an end that isn't in the configuration: then the ID is its literal ID, or empty if the end
	// isn't known.
	From, To     *Resource
	FromID, ToID string
	// By is the resource that declares the edge.
	By *Resource
	// Certain is false if the edge may not be: its resource may not exist, or the end is one of several.
	Certain bool
	// Unknown is the value that decides the end if that isn't known.
	Unknown Value
	// At is the place of the attribute that names the other end.
	At hcl.Range
}

// Link says that attributes of resources of a type make edges.
type Link struct {
	// Type is the type of the resource that declares the edge.
	Type string
	Kind EdgeKind
	// From and To are the attributes that name the ends, those in nested blocks with dots: network_interface.subnet_id.
	// An empty one is the declaring resource itself.
	From, To string
}

// Topology is a graph with its edges. Edges are ordered by the address of the resource that declares them.
type Topology struct {
	*Graph
	Edges    []Edge
	out, in  map[*Resource][]Edge
	declared map[*Resource][]Edge
}

// Connect finds the edges that links describe.
func (g *Graph) Connect(links []Link) *Topology {
	t := &Topology{Graph: g, out: map[*Resource][]Edge{}, in: map[*Resource][]Edge{}, declared: map[*Resource][]Edge{}}
	byType := map[string][]Link{}
	for _, l := range links {
		byType[l.Type] = append(byType[l.Type], l)
	}
	for _, r := range g.Resources {
		if r.Addr.Mode != Managed {
			continue
		}
		for _, l := range byType[r.Addr.Type] {
			for _, e := range g.edges(r, l) {
				t.add(e)
			}
		}
	}
	return t
}

func (t *Topology) add(e Edge) {
	t.Edges = append(t.Edges, e)
	t.declared[e.By] = append(t.declared[e.By], e)
	if e.From != nil {
		t.out[e.From] = append(t.out[e.From], e)
	}
	if e.To != nil {
		t.in[e.To] = append(t.in[e.To], e)
	}
}

// From returns the edges of a kind that go out from a resource.
func (t *Topology) From(r *Resource, kind EdgeKind) []Edge { return ofKind(t.out[r], kind) }

// To returns the edges of a kind that end at a resource.
func (t *Topology) To(r *Resource, kind EdgeKind) []Edge { return ofKind(t.in[r], kind) }

// By returns the edges of a kind that a resource declares.
func (t *Topology) By(r *Resource, kind EdgeKind) []Edge { return ofKind(t.declared[r], kind) }

func ofKind(edges []Edge, kind EdgeKind) []Edge {
	return slices.DeleteFunc(slices.Clone(edges), func(e Edge) bool { return e.Kind != kind })
}

// end is one end of an edge.
type end struct {
	resource *Resource
	id       string
	certain  bool
	unknown  Value
	at       hcl.Range
}

func (g *Graph) edges(r *Resource, l Link) []Edge {
	var out []Edge
	for _, from := range g.ends(r, r.Object, l.From, true) {
		for _, to := range g.ends(r, r.Object, l.To, true) {
			e := Edge{
				Kind: l.Kind, From: from.resource, FromID: from.id, To: to.resource, ToID: to.id, By: r,
				Certain: r.Certain && from.certain && to.certain, Unknown: to.unknown, At: to.at,
			}
			if l.To == "" {
				e.Unknown, e.At = from.unknown, from.at
			}
			out = append(out, e)
		}
	}
	return out
}

// ends returns what an attribute names.
func (g *Graph) ends(r *Resource, o Object, attr string, certain bool) []end {
	if attr == "" {
		return []end{{resource: r, certain: true, at: r.Decl}}
	}
	if block, rest, nested := strings.Cut(attr, "."); nested {
		var out []end
		for _, b := range o.Blocks(block) {
			out = append(out, g.ends(r, b.Object, rest, certain && b.Certain)...)
		}
		return out
	}
	v := o.OwnAttr(attr)
	if v.Absent() {
		return nil
	}
	targets, whole := g.Refer(v)
	// Of a single name that may mean several resources only one is meant.
	_, listed := v.Elements()
	single := listed && len(targets) > 1 && !isCollection(v)
	var out []end
	for _, t := range targets {
		out = append(out, end{resource: t.Resource, id: t.ID, certain: certain && whole && !single, at: v.At})
	}
	if !whole {
		out = append(out, end{unknown: v, at: v.At})
	}
	return out
}

func isCollection(v Value) bool {
	raw := v.Raw()
	return raw.CanIterateElements()
}
