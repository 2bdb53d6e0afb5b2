package adapter

import (
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
)

// link says how resources of a type attach scopes to what they guard.
type link struct {
	typ string
	// block is the nested block that holds attribute scope; without it the resource does.
	block string
	// scope is the attribute that refers to the scopes; without it the resource is the scope.
	scope string
	// member is the attribute that refers to what the scopes guard, resources of the types in members; without it they
	// guard the resource itself.
	member  string
	members []string
}

// attach returns an adapter per link.
func attach(links ...link) []Adapter {
	out := make([]Adapter, len(links))
	for i, l := range links {
		out[i] = Adapter{Types: []string{l.typ}, Reads: l.members, Attachments: l.attachments}
	}
	return out
}

func (l link) attachments(g *graph.Graph, r *graph.Resource) []fact.Attachment {
	objects := []graph.Object{r.Object}
	if l.block != "" {
		objects = nil
		for _, b := range r.OwnBlocks(l.block) {
			objects = append(objects, b.Object)
		}
	}
	var out []fact.Attachment
	for _, o := range objects {
		scopes, at := []string{r.Addr.String()}, r.Decl
		if l.scope != "" {
			scopes, at = l.names(g, o), o.OwnAttr(l.scope).At
		}
		members := []*graph.Resource{r}
		if l.member != "" {
			v := r.OwnAttr(l.member)
			members = found(g, v)
			if l.scope == "" {
				at = v.At
			}
		}
		for _, scope := range scopes {
			for _, member := range members {
				out = append(out, fact.Attachment{Scope: scope, Resource: member, At: at})
			}
		}
	}
	return out
}

// names returns the names of the scopes that the attribute refers to, as far as they are known.
func (l link) names(g *graph.Graph, o graph.Object) []string {
	var out []string
	targets, _ := g.Refer(o.OwnAttr(l.scope))
	for _, t := range targets {
		if t.Resource != nil {
			out = append(out, t.Resource.Addr.String())
		} else {
			out = append(out, t.ID)
		}
	}
	return out
}

// found returns the resources of the configuration that a value refers to.
func found(g *graph.Graph, v graph.Value) []*graph.Resource {
	var out []*graph.Resource
	targets, _ := g.Refer(v)
	for _, t := range targets {
		if t.Resource != nil {
			out = append(out, t.Resource)
		}
	}
	return out
}
