package reach

import (
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

// Path is a way with what passes it.
type Path struct {
	Way   *fact.Way
	Steps []Step
	// Admits are the addresses on the internet that reach the end of the way.
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
	// Paths are in the order of the endpoint's ways.
	Paths  []Path
	Admits netset.Bounds[netset.Prefixes]
}

// Walker walks the ways to endpoints. It judges each scope and each guard once for a port.
type Walker struct {
	// in and out are the rules of each scope for what comes in and what goes out.
	in, out direction
	scopes  map[judgedScope]admission
	guards  map[judgedGuard]admission
}

// NewWalker returns a walker by ingress rules, and by the rules for what goes out, whose sources are whom it goes to.
func NewWalker(rules, replies []*fact.Ingress) *Walker {
	return &Walker{
		in: directed(rules), out: directed(replies),
		scopes: map[judgedScope]admission{}, guards: map[judgedGuard]admission{},
	}
}

// Walk returns who reaches a port of an endpoint: whoever passes all hops of any of its ways. What isn't known of the
// hops makes bounds.
func (w *Walker) Walk(e *fact.Endpoint, port Port) Reached {
	out := Reached{Endpoint: e, Port: port, Paths: make([]Path, len(e.Ways))}
	for i := range e.Ways {
		out.Paths[i] = w.walk(&e.Ways[i], port)
		out.Admits = netset.UnionBounds(out.Admits, out.Paths[i].Admits)
	}
	return out
}

// walk follows the traffic to a port along a way: what comes as far as behind a hop is what came there, was taken and was
// admitted by its guard. Traffic to one of several ports passes only where this port does.
func (w *Walker) walk(way *fact.Way, port Port) Path {
	p := Path{Way: way, Steps: make([]Step, len(way.Hops))}
	public := netset.PublicSpace().Intersect(way.Family)
	left := onto(netset.Exactly(public), port)
	p.Admits = netset.Exactly(public)
	for i, hop := range way.Hops {
		s := Step{Hop: hop, Port: port}
		passes := netset.IntersectBounds(hop.Takes, netset.Exactly(everything(port)))
		s.Takes = sources(passes, port)
		if hop.Guard != nil {
			by := w.guard(hop.Guard, port)
			passes = netset.IntersectBounds(passes, by.admits)
			s.Openings, s.Denials = ofFamily(way.Family, by.openings, port), ofFamily(way.Family, by.denials, port)
		}
		left = netset.IntersectBounds(left, passes)
		s.Passes, s.Left = sources(passes, port), sources(left, port)
		p.Steps[i], p.Admits = s, s.Left
		switch {
		case hop.To > 0:
			port.Ports = netset.Port(hop.To)
			left = onto(s.Left, port)
		case hop.To == fact.AnyPort:
			port.Ports = netset.AllPorts()
			left = onto(netset.Bounds[netset.Prefixes]{May: s.Left.May}, port)
		}
	}
	return p
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
