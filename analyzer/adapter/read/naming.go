package read

import (
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
)

// Naming says how a cloud refers to resources of some types by name instead of by ID, or by both.
type Naming struct {
	Types []string
	// Within are attributes that tell resources of the same name apart; both the resource and whoever names it have them.
	Within []Qualifier
}

// Qualifier is an attribute, and the segment before its value in an ID: resource_group_name and resourceGroups.
type Qualifier struct {
	Attr, Segment string
	// Says is what whoever names it says, if that isn't an attribute of the same name.
	Says graph.Value
	// Default is true if whatever doesn't say it has the provider's.
	Default bool
}

// ScopeNamed finds the scope that an attribute of a rule names. A scope outside the configuration has its qualified name. If
// nothing tells the scope from others, the rule gets a scope of its own.
func ScopeNamed(g *graph.Graph, r *graph.Resource, attr string, n Naming, scope fact.Scope) fact.Scope {
	v := r.Attr(attr)
	found, name := n.Find(g, r, v)
	switch {
	case found != nil:
		return Own(found, scope)
	case name != "":
		scope.Name = name
	default:
		scope.Name, scope.Loose, scope.By = r.Addr.String(), v.Undecided() && !isElsewhere(v), v
		if by := n.Doubted(g, r, v); !by.Absent() {
			scope.Loose, scope.By = true, by
		}
		return among(g, scope)
	}
	return scope
}

// isElsewhere reports whether an unknown name is decided by a resource or a data source outside of the named types.
func isElsewhere(v graph.Value) bool {
	return !slices.ContainsFunc(v.Origins(), func(o graph.Origin) bool { return o.Kind != graph.FromModule && o.Kind != graph.FromData })
}

// Find returns the resource that v, an attribute of r, names, or the qualified name of one outside the configuration. It
// returns neither if nothing tells the named one from others.
func (n Naming) Find(g *graph.Graph, r *graph.Resource, v graph.Value) (*graph.Resource, string) {
	if targets, whole := g.Refer(v); whole && len(targets) == 1 && targets[0].Resource != nil &&
		slices.Contains(n.Types, targets[0].Resource.Addr.Type) {
		return targets[0].Resource, ""
	}
	candidates := n.namesakes(g, r, v)
	if len(candidates) > 1 {
		candidates = slices.DeleteFunc(candidates, func(c *graph.Resource) bool {
			return c.Addr.Module.Compare(r.Addr.Module) != 0
		})
	}
	if len(candidates) == 1 && n.doubt(r, v, candidates[0]).Absent() {
		return candidates[0], ""
	}
	text, ok := v.Text()
	if !ok || len(candidates) > 0 {
		return nil, ""
	}
	var name []string
	for _, q := range n.Within {
		if part, ok := q.of(r, v); ok {
			name = append(name, part)
		}
	}
	return nil, strings.Join(append(name, lastPart(text)), "/")
}

// Doubted returns what decides whether v, an attribute of r, names a resource here; absent if nothing does.
func (n Naming) Doubted(g *graph.Graph, r *graph.Resource, v graph.Value) graph.Value {
	var out graph.Value
	for _, c := range n.namesakes(g, r, v) {
		if by := n.doubt(r, v, c); !by.Absent() {
			out = by
		}
	}
	return out
}

// namesakes returns the managed resources that v, an attribute of r, names or, as names needn't be unique, may name. If only what
// decides the name is known, they are the resources whose names the same thing decides.
func (n Naming) namesakes(g *graph.Graph, r *graph.Resource, v graph.Value) []*graph.Resource {
	not := func(c *graph.Resource) bool { return !n.may(r, v, c) }
	text, known := v.Text()
	var out []*graph.Resource
	for _, typ := range n.Types {
		if known {
			found := slices.DeleteFunc(slices.Clone(g.Named(typ, "name", lastPart(text))), not)
			if len(found) == 0 {
				found = slices.DeleteFunc(g.MaybeNamed(typ, "name", lastPart(text)), not)
			}
			out = append(out, found...)
			continue
		}
		for _, c := range g.OfType(typ) {
			name := c.Attr("name")
			origins := name.Origins()
			alike := v.Term() == "" && name.Term() == "" && len(origins) > 0 && slices.Equal(origins, v.Origins())
			if c.Addr.Mode == graph.Managed && (name.Same(v) || alike) && !not(c) {
				out = append(out, c)
			}
		}
	}
	return out
}

// may reports whether a namesake may be the resource that v, an attribute of r, names: whether nothing known tells them apart.
func (n Naming) may(r *graph.Resource, v graph.Value, namesake *graph.Resource) bool {
	for _, q := range n.Within {
		want, known := q.of(r, v)
		if !known && !Given(q.said(r)) {
			want, known = q.ofProvider(r)
		}
		got, ok := namesake.Attr(q.Attr).Text()
		if !ok && !Given(namesake.OwnAttr(q.Attr)) {
			got, ok = q.ofProvider(namesake)
		}
		if ok && known && !strings.EqualFold(lastPart(want), lastPart(got)) {
			return false
		}
	}
	return true
}

// ofProvider returns the qualifier that the provider gives to what has none of its own. Numbers of projects are left out, as
// those have names, too.
func (q Qualifier) ofProvider(r *graph.Resource) (string, bool) {
	if !q.Default {
		return "", false
	}
	text, known := r.Provider.Attr(q.Attr).Text()
	return text, known && strings.Trim(text, "0123456789") != ""
}

// doubt returns the value that decides whether a namesake is the resource that v, an attribute of r, names. It is absent if it
// surely is.
func (n Naming) doubt(r *graph.Resource, v graph.Value, namesake *graph.Resource) graph.Value {
	if name := namesake.Attr("name"); name.Undecided() && v.Known() {
		return name
	}
	for _, q := range n.Within {
		_, known := q.of(r, v)
		got, want := namesake.Attr(q.Attr), q.said(r)
		switch {
		case known && got.Undecided() && !got.Same(r.Attr(q.Attr)):
			return got
		case !known && want.Undecided() && Given(namesake.OwnAttr(q.Attr)) && !want.Same(got):
			return want
		}
	}
	return graph.Value{}
}

// of returns the qualifier of what v, an attribute of r, names: from v if v is an ID, else from r.
func (q Qualifier) of(r *graph.Resource, v graph.Value) (string, bool) {
	text, _ := v.Text()
	segments := strings.Split(text, "/")
	i := slices.IndexFunc(segments, func(s string) bool { return strings.EqualFold(s, q.Segment) })
	if i >= 0 && i+1 < len(segments) {
		return segments[i+1], true
	}
	said := q.Says
	if !Given(said) {
		said = r.Attr(q.Attr)
	}
	text, ok := said.Text()
	return text, ok && text != ""
}

// said returns what whoever names something sets of the qualifier.
func (q Qualifier) said(r *graph.Resource) graph.Value {
	if Given(q.Says) {
		return q.Says
	}
	return r.OwnAttr(q.Attr)
}

// lastPart returns the name at the end of a link.
func lastPart(link string) string { return link[strings.LastIndexByte(link, '/')+1:] }
