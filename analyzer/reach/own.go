package reach

import (
	"iter"
	"slices"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// judgedHanded is the key of what a bundle hands on.
type judgedHanded struct {
	judgedBundle
	scope fact.ScopeID
}

// handed returns the clients that come to a port of an endpoint by ways on which another port becomes that one. Only ways count
// on which a guard asks a scope behind that.
func (w *Walker) handed(e *fact.Endpoint, port Port, scope fact.ScopeID) netset.Bounds[netset.Prefixes] {
	var of cases[netset.Prefixes]
	for i := range e.Ways {
		of.add(&e.Ways[i], w.handedBy(&e.Ways[i], port, scope))
	}
	out := of.all()
	for _, b := range e.Bundles {
		key := judgedHanded{judgedBundle{b.Like, about(port)}, scope}
		found, ok := w.handedOn[key]
		if !ok || b.Like == nil {
			found = netset.Bounds[netset.Prefixes]{}
			for made := range b.Ways {
				way := made()
				found = netset.UnionBounds(found, w.handedBy(&way, port, scope))
			}
			if b.Like != nil {
				w.handedOn[key] = found
			}
		}
		out = netset.UnionBounds(out, found)
	}
	return out
}

func (w *Walker) handedBy(way *fact.Way, port Port, scope fact.ScopeID) netset.Bounds[netset.Prefixes] {
	behind, translates := way.Hops, false
	for i, hop := range slices.Backward(way.Hops) {
		if hop.To != 0 {
			behind, translates = way.Hops[i+1:], true
			break
		}
	}
	asked := slices.ContainsFunc(behind, func(h *fact.Hop) bool { return h.Guard != nil && w.asking(h.Guard)[scope] })
	if !asked || !translates && (way.From == nil || !w.translates(way.From)) {
		return netset.Bounds[netset.Prefixes]{}
	}
	end := w.flow(way, w.starts(way, all(port.Protocol)), port.Protocol)
	return together(way, sources(end, port))
}

// translates reports whether a hop on a way to a node hands a port on to another one.
func (w *Walker) translates(node *fact.Node) bool {
	order, _ := upstream(node, func(*fact.Node) bool { return false })
	return slices.ContainsFunc(order, func(n *fact.Node) bool {
		return slices.ContainsFunc(n.Ways, func(way fact.Way) bool {
			return slices.ContainsFunc(way.Hops, func(h *fact.Hop) bool { return h.To != 0 })
		})
	})
}

// Fronts yields the ways by which other ports in front are handed on to the endpoint's port, each with the port in front: a way
// that takes few ports, one of which the internet may come by.
func (r *Reached) Fronts() iter.Seq2[Port, *Path] {
	return func(yield func(Port, *Path) bool) {
		for way := range r.ways() {
			for port := range r.walker.taken(way, r.Port) {
				path := r.walker.path(way, port)
				if !path.Admits.May.Empty() && path.end().Overlaps(r.Port.Ports) && !yield(port, path) {
					return
				}
			}
		}
	}
}

// ways yields the ways of an endpoint that a walker walks.
func (r *Reached) ways() iter.Seq[*fact.Way] {
	return func(yield func(*fact.Way) bool) {
		if r.walker == nil {
			return
		}
		for i := range r.Endpoint.Ways {
			if !yield(&r.Endpoint.Ways[i]) {
				return
			}
		}
		for _, b := range r.Endpoint.Bundles {
			for made := range b.Ways {
				if way := made(); !yield(&way) {
					return
				}
			}
		}
	}
}

// fewPorts is the largest range of ports of a hop that are tried one by one.
const fewPorts = 8

// taken yields ports that hops on a way, or on the ways to where it starts, take: other ports than one.
func (w *Walker) taken(way *fact.Way, but Port) iter.Seq[Port] {
	return func(yield func(Port) bool) {
		ways := []*fact.Way{way}
		if way.From != nil {
			order, _ := upstream(way.From, func(*fact.Node) bool { return false })
			for _, n := range order {
				for i := range n.Ways {
					ways = append(ways, &n.Ways[i])
				}
			}
		}
		seen := but.Ports
		for _, one := range ways {
			for _, hop := range one.Hops {
				for lo, hi := range hop.Takes.May.Ports(but.Protocol).Intervals() {
					for n := lo; n <= hi && hi-lo < fewPorts; n++ {
						if seen.Contains(n) {
							continue
						}
						port := netset.Port(n)
						if seen = seen.Union(port); !yield(Port{Protocol: but.Protocol, Ports: port}) {
							return
						}
					}
				}
			}
		}
	}
}

// end returns the ports that traffic has at the end of a path.
func (p *Path) end() netset.Ports {
	if len(p.Steps) == 0 {
		return netset.Ports{}
	}
	last := &p.Steps[len(p.Steps)-1]
	_, port := translated(last.Hop, netset.Bounds[netset.Traffic]{}, last.Port)
	return port.Ports
}
