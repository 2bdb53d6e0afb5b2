package graph

// Parts are what a provider makes together with a resource: attributes of the resource have the IDs, by which others name them.
type Parts struct {
	Type  string
	Attrs []string
}

// Owns tells the graph which parts its resources have, so that a known ID of one names its resource, as a reference does.
func (g *Graph) Owns(all []Parts) {
	g.parts = map[string]*Resource{}
	for _, p := range all {
		for _, r := range g.byType[p.Type] {
			for _, attr := range p.Attrs {
				if id, known := r.Attr(attr).Text(); known && id != "" && r.Addr.Mode == Managed {
					g.parts[id] = r
				}
			}
		}
	}
}

// adopts returns the end that a resource names by its own ID: it takes over a part of another one, which has the same.
func (g *Graph) adopts(r *Resource, e *End) *End {
	id, known := e.Value.Text()
	if owner := g.parts[id]; known && e.Resource == r && owner != nil {
		return &End{Resource: owner, Name: owner.Addr.String(), Certain: e.Certain && owner.Certain, Value: e.Value}
	}
	return e
}
