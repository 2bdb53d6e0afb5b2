package reach

import (
	"iter"
	"maps"
	"slices"
	"sync"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// Step is a hop with the traffic that passes it.
type Step struct {
	Hop *fact.Hop
	// Port is the port that traffic has at the hop.
	Port Port
	// Takes are the clients whose traffic the hop takes. Passes are those that its guard lets pass as well. Left are the
	// clients on the internet that come this far, behind the hop.
	Takes, Passes, Left netset.Bounds[netset.Prefixes]
	// Openings are the rules that may let traffic of the way's family pass the hop's guard. Denials are the rules that may deny
	// some of it, if the guard asks scopes in order; they hold what they deny where an opening holds what it admits.
	Openings, Denials []Opening
}

// Path is one course that traffic may take to an endpoint: a way, preceded by the ways to the nodes that it leads on from.
type Path struct {
	// Way is the last way of the course.
	Way   *fact.Way
	Steps []Step
	// Admits are the addresses on the internet that reach the end by this course.
	Admits netset.Bounds[netset.Prefixes]
}

// Closed returns the first step that nothing passes for sure, or nil.
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
	// given are the paths of an endpoint that no walker has walked to; see [Given].
	given []Path
	// widest are the ways that the largest part of the internet surely, and perhaps, comes by.
	widest [2]widest
}

// Given returns an endpoint whose paths are known without a walk.
func Given(e *fact.Endpoint, port Port, paths ...Path) Reached {
	out := Reached{Endpoint: e, Port: port, given: paths}
	for i, p := range paths {
		out.Admits = netset.UnionBounds(out.Admits, p.Admits)
		out.consider(p.Admits, chosen{way: i})
	}
	return out
}

// Own returns the addresses on the internet that reach ports of a machine itself, whatever ports they ask for in front of it: a
// load balancer or NAT may hand one port on to another. What isn't a machine has no ports but those that are asked for.
func (r *Reached) Own(ports netset.Ports) netset.Bounds[netset.Prefixes] {
	if r.walker == nil || r.Endpoint.Kind != fact.Machine {
		return r.Admits
	}
	return sources(r.walker.carries(r.Endpoint, r.Port.Protocol), Port{Protocol: r.Port.Protocol, Ports: ports})
}

// Handed returns the addresses on the internet that reach the endpoint's port, whatever port they ask for, by ways on which a load
// balancer or NAT hands a port on to that one, and where the rules of a scope are asked about it behind that.
func (r *Reached) Handed(scope fact.ScopeID) netset.Bounds[netset.Prefixes] {
	if r.walker == nil {
		return netset.Bounds[netset.Prefixes]{}
	}
	return r.walker.handed(r.Endpoint, r.Port, scope)
}

// Paths yields a path for each way of the endpoint, in order. If a way leads on from a node, the path includes the widest
// course to that node. Paths are made as they are asked for.
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

// Widest returns the path of the widest way: of the one that most of the internet surely comes by, or perhaps comes by if
// surely is false. It is nil if there is no such way.
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

// Guards yields the guards on the ways to the endpoint, each with the scopes that it asks. Both may come several times.
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

// GuardsOf yields the guards on the ways to the endpoint that ask a scope's rules.
func (r *Reached) GuardsOf(scope fact.ScopeID) iter.Seq[*fact.Guard] {
	return func(yield func(*fact.Guard) bool) {
		r.guards(func(g *fact.Guard) bool {
			return !r.walker.asking(g)[scope] || yield(g)
		}, func(of guardsOf) bool {
			return !slices.ContainsFunc(of[scope], func(g *fact.Guard) bool { return !yield(g) })
		})
	}
}

// guards calls own with each guard on the endpoint's own ways, and alike with the guards on the ways that it shares with other
// endpoints, until one of them returns false.
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

// Walker walks the ways to endpoints. It judges each scope and each guard once per port.
type Walker struct {
	// in and out are the rules of each scope for incoming and outgoing traffic.
	in, out func() direction
	scopes  map[judgedScope]admission
	guards  map[judgedGuard]admission
	nodes   map[judgedNode]netset.Bounds[netset.Traffic]
	courses map[judgedNode]*course
	bundles map[judgedBundle]bundled
	carried map[judgedBundle]netset.Bounds[netset.Traffic]
	// handedOn is what bundles hand on to the machine's port from others.
	handedOn map[judgedHanded]netset.Bounds[netset.Prefixes]
	// scopesOf are those that a guard asks.
	scopesOf map[*fact.Guard]map[fact.ScopeID]bool
	// toNodes and inBundles are the guards on the ways to each node and in each bundle.
	toNodes   map[*fact.Node]guardsOf
	inBundles map[any]guardsOf
}

// NewWalker returns a walker by ingress rules, and by the rules for what goes out, whose sources are whom it goes to. It asks
// for those once a guard does.
func NewWalker(rules []*fact.Ingress, replies func() []*fact.Ingress) *Walker {
	return &Walker{
		in: sync.OnceValue(func() direction { return directed(rules) }), out: sync.OnceValue(func() direction { return directed(replies()) }),
		scopes: map[judgedScope]admission{}, guards: map[judgedGuard]admission{}, nodes: map[judgedNode]netset.Bounds[netset.Traffic]{},
		courses: map[judgedNode]*course{}, bundles: map[judgedBundle]bundled{}, carried: map[judgedBundle]netset.Bounds[netset.Traffic]{},
		handedOn: map[judgedHanded]netset.Bounds[netset.Prefixes]{},
		scopesOf: map[*fact.Guard]map[fact.ScopeID]bool{},
		toNodes:  map[*fact.Node]guardsOf{}, inBundles: map[any]guardsOf{},
	}
}

// asking returns the scopes whose rules a guard asks.
func (w *Walker) asking(g *fact.Guard) map[fact.ScopeID]bool {
	out, ok := w.scopesOf[g]
	if !ok {
		out = map[fact.ScopeID]bool{}
		for _, s := range g.Scopes() {
			out[s.ScopeID] = true
		}
		w.scopesOf[g] = out
	}
	return out
}

// sources returns the clients that send traffic to any of the ports.
func sources(traffic netset.Bounds[netset.Traffic], port Port) netset.Bounds[netset.Prefixes] {
	return netset.Bounds[netset.Prefixes]{
		Must: traffic.Must.Sources(port.Protocol, port.Ports), May: traffic.May.Sources(port.Protocol, port.Ports),
	}
}

// onto returns traffic from clients to all of the ports.
func onto(from netset.Bounds[netset.Prefixes], port Port) netset.Bounds[netset.Traffic] {
	protocol := netset.Protocol(port.Protocol)
	return netset.Bounds[netset.Traffic]{
		Must: netset.Product(from.Must, protocol, port.Ports), May: netset.Product(from.May, protocol, port.Ports),
	}
}

// ofFamily returns the openings that concern some address of a family.
func ofFamily(family netset.Prefixes, openings []Opening, port Port) []Opening {
	other := func(o Opening) bool { return !o.Admits.May.Sources(port.Protocol, netset.AllPorts()).Overlaps(family) }
	if !slices.ContainsFunc(openings, other) {
		return openings
	}
	return slices.DeleteFunc(slices.Clone(openings), other)
}
