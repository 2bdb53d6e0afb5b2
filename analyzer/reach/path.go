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
	// Passes is what the hop lets pass, and Left what of the internet comes as far as behind it.
	Passes, Left netset.Bounds[netset.Prefixes]
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

// Walker walks the ways to endpoints. It judges each scope and each hop once for a port.
type Walker struct {
	// in and out are the rules of each scope for what comes in and what goes out.
	in, out direction
	scopes  map[judgedKey]judgedScope
	hops    map[hopKey]passed
}

type scopeKey struct{ kind, name string }

type direction struct {
	rules map[scopeKey][]*fact.Ingress
	// loose are the rules of which it isn't known what scope they are in, by the kind of scope.
	loose map[string][]*fact.Ingress
}

func directed(rules []*fact.Ingress) direction {
	d := direction{map[scopeKey][]*fact.Ingress{}, map[string][]*fact.Ingress{}}
	for _, r := range rules {
		key := scopeKey{r.Scope.Kind, r.Scope.Name}
		d.rules[key] = append(d.rules[key], r)
		if r.Scope.Loose {
			d.loose[r.Scope.Kind] = append(d.loose[r.Scope.Kind], r)
		}
	}
	return d
}

type judgedKey struct {
	scopeKey
	out  bool
	port string
}

type judgedScope struct {
	admits   netset.Bounds[netset.Prefixes]
	openings []Opening
}

type hopKey struct {
	hop  *fact.Hop
	port string
}

type passed struct {
	set               netset.Bounds[netset.Prefixes]
	openings, denials []Opening
}

// NewWalker returns a walker by ingress rules, and by the rules for what goes out, whose sources are whom it goes to.
func NewWalker(rules, replies []*fact.Ingress) *Walker {
	return &Walker{
		in: directed(rules), out: directed(replies),
		scopes: map[judgedKey]judgedScope{}, hops: map[hopKey]passed{},
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

func (w *Walker) walk(way *fact.Way, port Port) Path {
	p := Path{Way: way, Steps: make([]Step, len(way.Hops))}
	left := netset.Exactly(netset.PublicSpace().Intersect(way.Family))
	for i, hop := range way.Hops {
		passes := w.pass(hop, port)
		left = netset.IntersectBounds(left, passes.set)
		p.Steps[i] = Step{
			Hop: hop, Port: port, Passes: passes.set, Left: left,
			Openings: ofFamily(way.Family, passes.openings, port), Denials: ofFamily(way.Family, passes.denials, port),
		}
		switch {
		case hop.To > 0:
			port.Ports = netset.Port(hop.To)
		case hop.To == fact.AnyPort:
			port.Ports = netset.AllPorts()
		}
	}
	p.Admits = left
	return p
}

// ofFamily returns the openings that are for some address of a family.
func ofFamily(family netset.Prefixes, openings []Opening, port Port) []Opening {
	other := func(o Opening) bool { return !o.Admits.May.Sources(port.Protocol, netset.AllPorts()).Overlaps(family) }
	if !slices.ContainsFunc(openings, other) {
		return openings
	}
	return slices.DeleteFunc(slices.Clone(openings), other)
}

func (w *Walker) pass(hop *fact.Hop, port Port) passed {
	key := hopKey{hop, port.Ports.String()}
	if out, ok := w.hops[key]; ok {
		return out
	}
	out := passed{set: hop.Passes}
	if hop.Guard != nil {
		by := w.guard(hop.Guard, port)
		out.openings, out.denials = by.openings, by.denials
		out.set = netset.IntersectBounds(out.set, by.set)
	}
	if !hop.Ports.May.Empty() {
		if !port.Ports.Overlaps(hop.Ports.Must) {
			out.set.Must = netset.Prefixes{}
		}
		if !port.Ports.Overlaps(hop.Ports.May) {
			out.set.May = netset.Prefixes{}
		}
	}
	w.hops[key] = out
	return out
}

// guard returns whom the scopes of a guard admit to a port.
func (w *Walker) guard(g *fact.Guard, port Port) passed {
	out := w.decide(g, port)
	if g.Peer != nil {
		out = w.peer(g, port, out)
	}
	if g.Absent {
		out.set.May = netset.AllAddresses()
	}
	if g.Masked {
		out.openings, out.denials = nil, nil
	}
	return out
}

func (w *Walker) decide(g *fact.Guard, port Port) passed {
	switch {
	case len(g.Rules) > 0:
		set, openings := judge(selected(g.Rules, g.Member), port)
		return passed{set: set, openings: openings}
	case g.Chain:
		return w.chain(g, port)
	}
	var out netset.Bounds[netset.Prefixes]
	var openings []Opening
	for i, s := range g.Scopes {
		one := w.scope(s, g, port)
		openings = append(openings, one.openings...)
		out.May = out.May.Union(one.admits.May)
		switch {
		case g.Any && s.Certain:
			out.Must = out.Must.Union(one.admits.Must)
		case g.Any:
		case i == 0:
			out.Must = one.admits.Must
		default:
			out.Must = out.Must.Intersect(one.admits.Must)
		}
	}
	if g.Others {
		out.May = netset.AllAddresses()
		if !g.Any {
			out.Must = netset.Prefixes{}
		}
	}
	return passed{set: out, openings: openings}
}

// asked returns the rules that a guard asks, and the port that they are asked about. A client may choose the port that it
// connects from, so a reply gets back if any port lets it.
func (w *Walker) asked(g *fact.Guard, port Port) (direction, Port) {
	if g.Replies {
		port.Ports = netset.PortRange(1, 65535)
	}
	if g.Out {
		return w.out, port
	}
	return w.in, port
}

// scope returns whom a scope admits to a port.
func (w *Walker) scope(s fact.ScopeRef, g *fact.Guard, port Port) judgedScope {
	rules, port := w.asked(g, port)
	key := judgedKey{scopeKey{s.Kind, s.Name}, g.Out, port.Ports.String()}
	if out, ok := w.scopes[key]; ok {
		return out
	}
	var out judgedScope
	out.admits, out.openings = judge(rules.rules[key.scopeKey], port)
	for _, e := range Judge(rules.loose[s.Kind], port) {
		for _, o := range e.Openings {
			out.admits.May = out.admits.May.Union(e.Sources(o).May)
			if o.Rule.Scope.Name != s.Name {
				out.openings = append(out.openings, o)
			}
		}
	}
	w.scopes[key] = out
	return out
}

// judge returns whom the rules of a scope admit to a port, and by which of them.
func judge(rules []*fact.Ingress, port Port) (admits netset.Bounds[netset.Prefixes], openings []Opening) {
	for _, e := range Judge(rules, port) {
		openings = append(openings, e.Openings...)
		for _, o := range e.Openings {
			admits = netset.UnionBounds(admits, e.Sources(o))
		}
	}
	return admits, openings
}

// selected returns the rules that may be for a member; those that perhaps are don't surely exist for it.
func selected(rules []*fact.Ingress, member *fact.Member) []*fact.Ingress {
	if member == nil {
		return rules
	}
	var out []*fact.Ingress
	for _, r := range rules {
		surely, perhaps := member.Matches(r.Targets)
		if !perhaps {
			continue
		}
		one := *r
		one.Targets, one.Certain = fact.Targets{}, r.Certain && surely
		out = append(out, &one)
	}
	return out
}
