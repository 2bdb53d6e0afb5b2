package read

import (
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
)

// Naming is how the resources of some types are named by others where a cloud uses names in place of IDs, or takes both.
type Naming struct {
	Types []string
	// Within tell namesakes apart: attributes of the resource and of those that name it.
	Within []Qualifier
}

// Qualifier is an attribute, and the word that goes before its value in an ID: resource_group_name and resourceGroups.
type Qualifier struct{ Attr, Segment string }

// ScopeNamed finds the scope that an attribute of a rule names. A scope outside the configuration has its qualified
// name; a rule whose scope can't be told from others is in a scope of its own.
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
	}
	return scope
}

// isElsewhere says whether a name that isn't known is told by what makes its own resources, or reads others.
func isElsewhere(v graph.Value) bool {
	return !slices.ContainsFunc(v.Origins(), func(o graph.Origin) bool { return o.Kind != graph.FromModule && o.Kind != graph.FromData })
}

// Find returns the resource that v, an attribute of r, names, or the qualified name of what lies outside the
// configuration. It returns neither if what is named can't be told from others.
func (n Naming) Find(g *graph.Graph, r *graph.Resource, v graph.Value) (*graph.Resource, string) {
	if targets, whole := g.Refer(v); whole && len(targets) == 1 && targets[0].Resource != nil &&
		slices.Contains(n.Types, targets[0].Resource.Addr.Type) {
		return targets[0].Resource, ""
	}
	candidates := slices.DeleteFunc(n.namesakes(g, v), func(c *graph.Resource) bool { return !n.may(r, v, c) })
	if len(candidates) > 1 {
		candidates = slices.DeleteFunc(candidates, func(c *graph.Resource) bool {
			return c.Addr.Module.Compare(r.Addr.Module) != 0
		})
	}
	if len(candidates) == 1 {
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
	return nil, strings.Join(append(name, text[strings.LastIndexByte(text, '/')+1:]), "/")
}

// namesakes returns the managed resources that a value names or, as names needn't be unique, may name: those of the same
// name. Of a name of which nothing is known but what decides it, those are taken for the same that the same decides.
func (n Naming) namesakes(g *graph.Graph, v graph.Value) []*graph.Resource {
	var out []*graph.Resource
	text, known := v.Text()
	for _, typ := range n.Types {
		if known {
			out = append(out, g.Named(typ, "name", text[strings.LastIndexByte(text, '/')+1:])...)
			continue
		}
		for _, c := range g.OfType(typ) {
			name := c.Attr("name")
			origins := name.Origins()
			alike := v.Term() == "" && name.Term() == "" && len(origins) > 0 && slices.Equal(origins, v.Origins())
			if c.Addr.Mode == graph.Managed && (name.Same(v) || alike) {
				out = append(out, c)
			}
		}
	}
	return out
}

// may says whether nothing known tells a namesake from the resource that v, an attribute of r, names.
func (n Naming) may(r *graph.Resource, v graph.Value, namesake *graph.Resource) bool {
	for _, q := range n.Within {
		want, known := q.of(r, v)
		if got, ok := namesake.Attr(q.Attr).Text(); ok && known && !strings.EqualFold(want, got) {
			return false
		}
	}
	return true
}

// of returns the qualifier of what v, an attribute of r, names: from v if that is an ID, else the one of r.
func (q Qualifier) of(r *graph.Resource, v graph.Value) (string, bool) {
	text, _ := v.Text()
	segments := strings.Split(text, "/")
	i := slices.IndexFunc(segments, func(s string) bool { return strings.EqualFold(s, q.Segment) })
	if i >= 0 && i+1 < len(segments) {
		return segments[i+1], true
	}
	text, ok := r.Attr(q.Attr).Text()
	return text, ok && text != ""
}
