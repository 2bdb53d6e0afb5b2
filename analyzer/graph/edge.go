package graph

import (
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// EdgeKind is the relation between two resources.
type EdgeKind uint8

// The kinds of edges. An edge leads from the subject of its name to the object: "in subnet" leads from the instance to the
// subnet.
const (
	// AttachedTo leads from a part to the whole: from an interface to its machine, from a gateway to its network.
	AttachedTo EdgeKind = iota + 1
	// InSubnet leads from a machine or an interface to its subnet.
	InSubnet
	// InNetwork leads from a subnet, a firewall or a group to its network.
	InNetwork
	// RoutedBy leads from a subnet to its route table.
	RoutedBy
	// FilteredBy leads from a machine, an interface or a subnet to what filters its traffic.
	FilteredBy
	// Exposes leads from a public address to what has it.
	Exposes
	// Targets leads from what hands traffic on to what receives it: from a listener to its targets, from a route to its
	// gateway.
	Targets
)

// String returns the kind as words with dashes: "in-subnet".
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
	// Resource is nil if the end isn't in the configuration.
	Resource *Resource
	// Name is the resource's address, or else the literal ID, or the single thing that decides the ID, such as a variable. Ends
	// with the same name are the same. It is empty if more than one thing decides.
	Name string
	// Certain is false if the end is one of several candidates, or may not exist.
	Certain bool
	// Value is the attribute that names the end. It is absent if the end is the declaring resource itself.
	Value Value
}

// Known reports whether it is known which thing the end is, or which single thing decides that.
func (e End) Known() bool { return e.Name != "" }

// Edge is a relation between two resources. Attributes of one of them or of a third resource declare it.
type Edge struct {
	Kind EdgeKind
	// From and To are shared by edges, and don't change.
	From, To *End
	// By is the resource that declares the edge.
	By *Resource
}

// At is the place of the attribute that names the other end.
func (e *Edge) At() hcl.Range {
	if e.To.Value.At == (hcl.Range{}) {
		return e.From.Value.At
	}
	return e.To.Value.At
}

// Certain reports whether the edge surely exists between these ends.
func (e *Edge) Certain() bool { return e.By.Certain && e.From.Certain && e.To.Certain }

// Link says which attributes of a resource type declare edges.
type Link struct {
	// Type is the type of the declaring resource.
	Type string
	Kind EdgeKind
	// From and To are the attributes that name the ends. Dots lead into nested blocks: network_interface.subnet_id. An empty
	// attribute is the declaring resource itself. An attribute that ends in [] names several ends, all of which count.
	From, To string
	// Named are resource types that may be referred to by name, or by a link that ends in the name, instead of by ID.
	Named []string
	// FromNamed are the types that From may refer to by name, if they differ from those of To.
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
	fromNamed := l.Named
	if l.FromNamed != nil {
		fromNamed = l.FromNamed
	}
	var tos []*End
	for _, to := range t.ends(r, r.Object, l.To, true) {
		tos = append(tos, t.named(l.Kind, t.byName(to, l.Named), l.Named)...)
	}
	for _, from := range t.ends(r, r.Object, l.From, true) {
		for _, from := range t.named(l.Kind, t.adopts(r, t.byName(from, fromNamed)), fromNamed) {
			for _, to := range tos {
				t.add(&Edge{Kind: l.Kind, From: from, To: to, By: r})
			}
		}
	}
}

// named returns an end and, of what hands traffic on, all that it may be although that isn't known.
func (t *Topology) named(kind EdgeKind, e *End, types []string) []*End {
	if kind != Targets || e.Resource != nil {
		return []*End{e}
	}
	return append([]*End{e}, t.mayBeNamed(e, types)...)
}

func (t *Topology) add(e *Edge) {
	t.Edges = append(t.Edges, e)
	t.from[edgeKey{e.Kind, e.From.Name}] = append(t.from[edgeKey{e.Kind, e.From.Name}], e)
	t.to[edgeKey{e.Kind, e.To.Name}] = append(t.to[edgeKey{e.Kind, e.To.Name}], e)
}

// mayBeNamed returns the resources that an end may be although no name is known to be theirs: either the end's name isn't known,
// since a variable or an expression decides it, or theirs isn't.
func (g *Graph) mayBeNamed(e *End, types []string) []*End {
	var out []*End
	text, known := e.Value.Text()
	text = text[strings.LastIndexByte(text, '/')+1:]
	for _, typ := range types {
		var found []*Resource
		switch {
		case known:
			found = g.MaybeNamed(typ, "name", text)
		case e.Value.Undecided() && !slices.ContainsFunc(e.Value.Origins(), func(o Origin) bool { return o.Kind != FromVariable && o.Kind != FromExpression }):
			found = g.byType[typ]
		}
		for _, r := range found {
			if r.Addr.Mode != Managed {
				continue
			}
			by := e.Value
			if known {
				by = r.Attr("name")
			}
			out = append(out, &End{Resource: r, Name: r.Addr.String(), Value: by})
		}
	}
	return out
}

// From returns the edges of a kind that lead from the end with a name. The name of unknown ends is "". The caller must not
// change the slice.
func (t *Topology) From(name string, kind EdgeKind) []*Edge { return t.from[edgeKey{kind, name}] }

// To returns the edges of a kind that lead to the end with a name. The name of unknown ends is "". The caller must not change
// the slice.
func (t *Topology) To(name string, kind EdgeKind) []*Edge { return t.to[edgeKey{kind, name}] }

// ends returns what an attribute names. It is the same for values that are.
func (g *Graph) ends(r *Resource, o Object, attr string, certain bool) []*End {
	if attr == "" {
		return []*End{{Resource: r, Name: r.Addr.String(), Certain: true}}
	}
	if block, rest, nested := strings.Cut(attr, "."); nested {
		var out []*End
		for _, b := range o.OwnBlocks(block) {
			for _, e := range g.ends(r, b.Object, rest, certain && b.Certain) {
				if !b.Certain && e.Resource != nil { // what decides whether there is the block
					at := *e
					at.Value = g.choosing(e.Value, map[*Resource]bool{e.Resource: true}, b.Exists.Origins())
					e = &at
				}
				out = append(out, e)
			}
		}
		return out
	}
	attr, several := strings.CutSuffix(attr, "[]")
	v := o.OwnAttr(attr)
	key := endsKey{v.shared, several, certain}
	if out, ok := g.endsOf[key]; ok && v.shared != nil {
		return out
	}
	all := g.EndsOf
	if !several {
		all = g.End
	}
	var out []*End
	for _, e := range all(v, certain) {
		out = append(out, &e)
	}
	if v.shared != nil {
		g.endsOf[key] = out
	}
	return out
}

// endsKey tells apart what attributes of the same value name.
type endsKey struct {
	of               *shared
	several, certain bool
}

// byName finds the resource of an end that only a name identifies. It does so only if no two resources of the types have the
// name.
func (g *Graph) byName(e *End, types []string) *End {
	if e.Resource != nil || !e.Known() || len(types) == 0 {
		return e
	}
	var found []*Resource
	for _, typ := range types {
		found = append(found, g.Named(typ, "name", e.Name[strings.LastIndexByte(e.Name, '/')+1:])...)
	}
	if len(found) == 1 {
		return &End{Resource: found[0], Name: found[0].Addr.String(), Certain: e.Certain && found[0].Certain, Value: e.Value}
	}
	return e
}

// EndsOf returns the ends that the elements of a value name. For an unknown collection, everything that it is made of counts as
// an element.
func (g *Graph) EndsOf(v Value, certain bool) []End {
	elements, listed := v.Elements()
	var out []End
	if !listed {
		members, open := v.Members()
		found := make([][]End, len(members))
		named := map[*Resource]bool{}
		for i, m := range members {
			found[i] = g.End(m.Value, certain && m.Sure)
			for _, e := range found[i] {
				named[e.Resource] = true
			}
		}
		if open {
			// If the elements aren't known, what they are made of may still be.
			candidates, whole := g.refersTo(v)
			out = g.endsAt(v, candidates, whole, certain, named)
		}
		for i, m := range members {
			for _, e := range found[i] {
				if !m.Sure && e.Resource != nil {
					e.Value = g.choosing(e.Value, named, m.by)
				}
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
	return append(out, g.endsAt(v, among, true, certain, nil)...)
}

// End returns the end that a single ID names; if it is one of several, all candidates.
func (g *Graph) End(v Value, certain bool) []End {
	candidates, whole := g.candidates(v)
	if len(candidates) > 1 {
		perhaps(candidates)
	}
	return g.endsAt(v, candidates, whole, certain, nil)
}

// Demands reports whether a value is an attribute of something that it refers to by its address, such as x.y[0].id. That exists
// then, however many instances there are: Terraform refuses the reference otherwise.
func (v Value) Demands() bool {
	_, ok := v.end().expr.(*hclsyntax.ScopeTraversalExpr)
	return ok
}

// endsAt makes ends of the candidates, and one more unknown end if they aren't the whole. Others are what else the value surely
// names.
func (g *Graph) endsAt(v Value, candidates []candidate, whole, certain bool, others map[*Resource]bool) []End {
	out := make([]End, 0, len(candidates)+1)
	which, named, sure := v, maps.Clone(others), whole
	if named == nil {
		named = map[*Resource]bool{}
	}
	for _, c := range candidates {
		named[c.Resource] = true
		sure = sure && !c.perhaps && (c.Resource == nil || c.Resource.Certain)
	}
	if !sure {
		which = g.choosing(v, named, nil)
	}
	for _, c := range candidates {
		e := End{Resource: c.Resource, Name: c.ID, Certain: certain && whole && !c.perhaps, Value: v}
		if e.Resource != nil {
			e.Name = e.Resource.Addr.String()
			e.Certain = e.Certain && e.Resource.Certain
			if !whole || c.perhaps || !e.Resource.Certain {
				e.Value = which
			}
		}
		out = append(out, e)
	}
	if whole {
		return out
	}
	// An expression may hand on anything that there is.
	e := End{Value: which}
	if origins := v.Origins(); len(candidates) == 0 && len(origins) == 1 && origins[0].Kind != FromExpression {
		// Outputs of one module may name different things.
		e.Name, e.Certain = origins[0].Name, certain && (origins[0].Kind != FromModule || v.Term() != "")
	}
	return append(out, e)
}

// choosing returns a value that names one of some candidates, without the origins that only say what each of them is called: the
// others, and what else decides, say which it is. If there are no others, it returns the value as it is.
func (g *Graph) choosing(v Value, candidates map[*Resource]bool, by []Origin) Value {
	raw, marks := v.v.UnmarkDeep()
	kept := cty.ValueMarks{}
	keep := func(o Origin) {
		if !slices.ContainsFunc(g.madeBy(o), func(r *Resource) bool { return candidates[r] }) {
			kept[o] = struct{}{}
		}
	}
	for _, o := range by {
		keep(o)
	}
	for r := range candidates {
		if r != nil && !r.Certain {
			for _, o := range r.Exists.Origins() {
				keep(o)
			}
		}
	}
	for m := range marks {
		if o, ok := m.(Origin); ok {
			keep(o)
		}
	}
	if len(kept) == 0 {
		return v
	}
	for m := range marks {
		if _, ok := m.(Origin); !ok {
			kept[m] = struct{}{}
		}
	}
	return v.holding(raw.WithMarks(kept))
}
