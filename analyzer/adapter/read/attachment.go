package read

import (
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
)

// Link says how resources of a type attach scopes to what these guard.
type Link struct {
	Type string
	// Block is the nested block with the attribute Scope; if it is empty, the resource has the attribute.
	Block string
	// Scope is the attribute that refers to the scopes; if it is empty, the resource itself is the scope.
	Scope string
	// Member is the attribute that refers to what the scopes guard, which are resources of the types in Members; if it is
	// empty, the scopes guard the resource itself.
	Member  string
	Members []string

	kind string // of the scopes
}

// Attach returns an adapter for each link to scopes of a kind.
func Attach(kind string, links ...Link) []Adapter {
	out := make([]Adapter, len(links))
	for i, l := range links {
		l.kind = kind
		out[i] = Adapter{Types: []string{l.Type}, Reads: l.Members, Attaches: &l, Attachments: l.attachments}
	}
	return out
}

func (l Link) attachments(g *graph.Graph, r *graph.Resource) []fact.Attachment {
	objects := []graph.Object{r.Object}
	if l.Block != "" {
		objects = nil
		for _, b := range r.OwnBlocks(l.Block) {
			objects = append(objects, b.Object)
		}
	}
	var out []fact.Attachment
	for _, o := range objects {
		scopes, at := []string{r.Addr.String()}, r.Decl
		if l.Scope != "" {
			scopes, at = l.names(g, o), o.OwnAttr(l.Scope).At
		}
		members := []*graph.Resource{r}
		if l.Member != "" {
			v := r.OwnAttr(l.Member)
			targets, whole := g.Refer(v)
			members = Found(g, v)
			if Given(v) && (!whole || len(members) < len(targets)) {
				members = append(members, r) // it guards something elsewhere, which is known by what attaches it
			}
			if l.Scope == "" {
				at = v.At
			}
		}
		for _, scope := range scopes {
			for _, member := range members {
				out = append(out, fact.Attachment{Scope: fact.ScopeID{Kind: l.kind, Name: scope}, Resource: member, At: at})
			}
		}
	}
	return out
}

// names returns the known names of the scopes that the attribute refers to.
func (l Link) names(g *graph.Graph, o graph.Object) []string {
	var out []string
	targets, _ := g.Refer(o.OwnAttr(l.Scope))
	for _, t := range targets {
		if t.Resource != nil {
			out = append(out, t.Resource.Addr.String())
		} else {
			out = append(out, t.ID)
		}
	}
	return out
}

// Found returns the resources of the configuration that a value refers to.
func Found(g *graph.Graph, v graph.Value) []*graph.Resource {
	var out []*graph.Resource
	targets, _ := g.Refer(v)
	for _, t := range targets {
		if t.Resource != nil {
			out = append(out, t.Resource)
		}
	}
	return out
}
