package reach

import (
	"iter"
	"maps"
	"slices"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// Step is a hop with what passes it.
type Step struct {
	Hop *fact.Hop
	// Port is the port that traffic has at the hop.
	Port Port
	// Takes is whose traffic the hop takes, Passes whose it lets pass by its guard, too, and Left who of the internet comes as
	// far as behind it.
	Takes, Passes, Left netset.Bounds[netset.Prefixes]
	// Openings are the rules that may let traffic of the way's family pass the hop, if it has a guard. Denials are those
	// that may deny some where a guard asks scopes in order; what they deny is in place of what they admit.
	Openings, Denials []Opening
}

// Path is one of the courses that traffic may take to an endpoint: a way, and before it those to the nodes that it leads on
// from.
type Path struct {
	// Way is the last way of the course.
	Way   *fact.Way
	Steps []Step
	// Admits are the addresses on the internet that reach the end by this course.
	Admits netset.Bounds[netset.Prefixes]
}

// Closed returns the first step that surely nothing passes, or nil.
func (p *Path) Closed() *Step {
	for i := range p.Steps {
		if p.Steps[i].Left.May.Empty() {
			return &p.Steps[i]
		}
	}
	return nil
}

// Reached is an endpoint with who reaches a port of it.
type Reached struct {
	Endpoint *fact.Endpoint
	Port     Port
	Admits   netset.Bounds[netset.Prefixes]

	walker *Walker
	// given are the paths of an endpoint that no walker has walked to.
	given []Path
	// widest are the ways that most come by surely, and perhaps.
	widest [2]widest
}

// Given returns an endpoint whose paths are known without walking.
func Given(e *fact.Endpoint, port Port, paths ...Path) Reached {
	out := Reached{Endpoint: e, Port: port, given: paths}
	for i, p := range paths {
		out.Admits = netset.UnionBounds(out.Admits, p.Admits)
		out.consider(p.Admits, chosen{way: i})
	}
	return out
}

// Paths yields a path for each way of the endpoint, in their order. Of the courses to a node that a way leads on from it
// is the one that most come by. The paths are made as they are asked for.
func (r *Reached) Paths() iter.Seq[*Path] {
	return func(yield func(*Path) bool) {
		for i := range r.given {
			if !yield(&r.given[i]) {
				return
			}
		}
		for i := range r.Endpoint.Ways {
			if r.walker != nil && !yield(r.walker.path(&r.Endpoint.Ways[i], r.Port)) {
				return
			}
		}
		for _, b := range r.Endpoint.Bundles {
			for made := range b.Ways {
				if way := made(); !yield(r.walker.path(&way, r.Port)) {
					return
				}
			}
		}
	}
}

// Widest returns the path of the way that most come by: surely, or at least perhaps. It is nil if there is no way.
func (r *Reached) Widest(surely bool) *Path {
	best := r.widest[1]
	if surely {
		best = r.widest[0]
	}
	switch {
	case !best.any:
		return nil
	case r.walker == nil:
		return &r.given[best.way]
	case best.bundle == 0:
		return r.walker.path(&r.Endpoint.Ways[best.way], r.Port)
	}
	i := 0
	for made := range r.Endpoint.Bundles[best.bundle-1].Ways {
		if i == best.way {
			way := made()
			return r.walker.path(&way, r.Port)
		}
		i++
	}
	return nil
}

// Guards yields the guards on the ways to the endpoint with the scopes whose rules they ask. Both may come several times.
func (r *Reached) Guards() iter.Seq2[fact.ScopeID, *fact.Guard] {
	return func(yield func(fact.ScopeID, *fact.Guard) bool) {
		r.guards(func(g *fact.Guard) bool {
			return !slices.ContainsFunc(g.Scopes(), func(s fact.ScopeRef) bool { return !yield(s.ScopeID, g) })
		}, func(of guardsOf) bool {
			for _, scope := range slices.SortedFunc(maps.Keys(of), fact.ScopeID.Compare) {
				for _, g := range of[scope] {
					if !yield(scope, g) {
						return false
					}
				}
			}
			return true
		})
	}
}

// GuardsOf yields the guards on the ways to the endpoint that ask the rules of a scope.
func (r *Reached) GuardsOf(scope fact.ScopeID) iter.Seq[*fact.Guard] {
	return func(yield func(*fact.Guard) bool) {
		r.guards(func(g *fact.Guard) bool {
			asks := slices.ContainsFunc(g.Scopes(), func(s fact.ScopeRef) bool { return s.ScopeID == scope })
			return !asks || yield(g)
		}, func(of guardsOf) bool {
			return !slices.ContainsFunc(of[scope], func(g *fact.Guard) bool { return !yield(g) })
		})
	}
}

// guards calls functions with the guards on the endpoint's own ways, and with those on ways that it has alike with others,
// until one says that it has seen enough.
func (r *Reached) guards(own func(*fact.Guard) bool, alike func(guardsOf) bool) {
	if r.walker == nil {
		return
	}
	for i := range r.Endpoint.Ways {
		way := &r.Endpoint.Ways[i]
		for g := range guards(way) {
			if !own(g) {
				return
			}
		}
		if way.From != nil && !alike(r.walker.before(way.From)) {
			return
		}
	}
	for _, b := range r.Endpoint.Bundles {
		if !alike(r.walker.inBundle(b)) {
			return
		}
	}
}

// Walker walks the ways to endpoints. It judges each scope and each guard once for a port.
type Walker struct {
	// in and out are the rules of each scope for what comes in and what goes out.
	in, out direction
	scopes  map[judgedScope]admission
	guards  map[judgedGuard]admission
	nodes   map[judgedNode]netset.Bounds[netset.Traffic]
	courses map[judgedNode]*course
	bundles map[judgedBundle]bundled
	// toNodes and inBundles are the guards on the ways to nodes and of bundles.
	toNodes   map[*fact.Node]guardsOf
	inBundles map[any]guardsOf
}

// NewWalker returns a walker by ingress rules, and by the rules for what goes out, whose sources are whom it goes to.
func NewWalker(rules, replies []*fact.Ingress) *Walker {
	return &Walker{
		in: directed(rules), out: directed(replies),
		scopes: map[judgedScope]admission{}, guards: map[judgedGuard]admission{}, nodes: map[judgedNode]netset.Bounds[netset.Traffic]{},
		courses: map[judgedNode]*course{}, bundles: map[judgedBundle]bundled{},
		toNodes: map[*fact.Node]guardsOf{}, inBundles: map[any]guardsOf{},
	}
}

// sources returns who sends traffic to any of the ports.
func sources(traffic netset.Bounds[netset.Traffic], port Port) netset.Bounds[netset.Prefixes] {
	return netset.Bounds[netset.Prefixes]{
		Must: traffic.Must.Sources(port.Protocol, port.Ports), May: traffic.May.Sources(port.Protocol, port.Ports),
	}
}

// onto returns the traffic of some sources to all of the ports.
func onto(from netset.Bounds[netset.Prefixes], port Port) netset.Bounds[netset.Traffic] {
	protocol := netset.Protocol(port.Protocol)
	return netset.Bounds[netset.Traffic]{
		Must: netset.Product(from.Must, protocol, port.Ports), May: netset.Product(from.May, protocol, port.Ports),
	}
}

// ofFamily returns the openings that are for some address of a family.
func ofFamily(family netset.Prefixes, openings []Opening, port Port) []Opening {
	other := func(o Opening) bool { return !o.Admits.May.Sources(port.Protocol, netset.AllPorts()).Overlaps(family) }
	if !slices.ContainsFunc(openings, other) {
		return openings
	}
	return slices.DeleteFunc(slices.Clone(openings), other)
}
