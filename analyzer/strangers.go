package analyzer

import (
	"math"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// Stranger is a resource of a type that isn't read, or the call of a module whose code isn't there, and refers to what is
// read. It may use that, or change what it does.
type Stranger struct {
	// Name is the address of the resource, or the path of the module.
	Name string
	// At is the place of the block's header.
	At hcl.Range
	// Effect is what it may do to what it refers to.
	Effect read.Effect
	// resource is nil for the call of a module.
	resource *graph.Resource
}

// restricts says that a stranger by its name is a rule, a list of rules, or what puts such before something. What others may
// deny doesn't make an opening that is written out less sure: most only use what they refer to.
func (s *Stranger) restricts() bool {
	return s.named("rule", "acl", "policy", "association", "route", "firewall")
}

// named says that the type of a stranger has one of the words in its name.
func (s *Stranger) named(words ...string) bool {
	return s.resource != nil && slices.ContainsFunc(words, func(word string) bool {
		return strings.Contains(s.resource.Addr.Type, word)
	})
}

// origin is what decides what the stranger does.
func (s *Stranger) origin() graph.Origin {
	return graph.Origin{Kind: graph.FromExpression, Name: s.Name, At: s.At}
}

// strangers are all those of a graph.
type strangers struct {
	mentions *graph.Mentions
	// of are those that refer to each resource, ordered as the graph is.
	of map[*graph.Resource][]*Stranger
	// are those that a resource or the call of a module itself is.
	resources map[*graph.Resource]*Stranger
	modules   map[*graph.MissingModule]*Stranger
	// filters says of those by name that they refer to something with rules of which the first that matches decides, and so
	// may put that before something else that they refer to.
	filters map[string]bool
	// inside are the resources in each network.
	inside map[*graph.Resource][]*graph.Resource
}

// strangers finds who refers to what is read and isn't read itself.
func (k *Analyst) strangers(g *graph.Graph) *strangers {
	out := &strangers{
		mentions: g.Mentions(), of: map[*graph.Resource][]*Stranger{}, resources: map[*graph.Resource]*Stranger{},
		modules: map[*graph.MissingModule]*Stranger{}, filters: map[string]bool{}, inside: map[*graph.Resource][]*graph.Resource{},
	}
	add := func(s Stranger, o graph.Object, effect func(*graph.Resource) read.Effect) *Stranger {
		for _, r := range out.mentions.Of(o).Resources {
			if s.Effect = effect(r); r.Addr.Mode == graph.Managed && s.Effect != read.NoEffect {
				one := s
				out.of[r] = append(out.of[r], &one)
			}
		}
		s.Effect = read.AnyEffect
		return &s
	}
	for _, r := range g.Resources {
		if r.Addr.Mode != graph.Managed || k.wanted[r.Addr.Type] {
			continue
		}
		effect := func(of *graph.Resource) read.Effect { return read.EffectOf(r.Addr.Type, of.Addr.Type) }
		if s := add(Stranger{Name: r.Addr.String(), At: r.Decl, resource: r}, r.Object, effect); effect(r) == read.AnyEffect {
			out.resources[r] = s
		}
	}
	for _, m := range g.Missing {
		if _, _, ok := read.Called(k.known.Modules, m.Source); !ok {
			any := func(*graph.Resource) read.Effect { return read.AnyEffect }
			out.modules[m] = add(Stranger{Name: m.Path.String(), At: m.Decl}, m.Object, any)
		}
	}
	return out
}

// mayChange returns the strangers that may change what resources do, once each: those that refer to them, and those among
// them.
func (s *strangers) mayChange(resources ...*graph.Resource) []*Stranger {
	var out []*Stranger
	add := func(by *Stranger) {
		if by != nil && by.Effect == read.AnyEffect && !slices.ContainsFunc(out, func(o *Stranger) bool { return o.Name == by.Name }) {
			out = append(out, by)
		}
	}
	for _, r := range resources {
		add(s.resources[r])
		for _, by := range s.of[r] {
			add(by)
		}
	}
	return out
}

// namedBy returns the strangers that a resource refers to.
func (s *strangers) namedBy(r *graph.Resource) []*Stranger {
	var out []*Stranger
	mentioned := s.mentions.Of(r.Object)
	for _, m := range mentioned.Missing {
		if by := s.modules[m]; by != nil {
			out = append(out, by)
		}
	}
	for _, o := range mentioned.Resources {
		if by := s.resources[o]; by != nil {
			out = append(out, by)
		}
	}
	return out
}

// denials are the rules that strangers may hold in scopes whose rules come in order: each may deny anything. Of a scope that
// isn't known there may be others, too.
func (s *strangers) denials(rules []*fact.Ingress) []*fact.Ingress {
	var out []*fact.Ingress
	seen := map[fact.ScopeID]bool{}
	for _, rule := range rules {
		scope := rule.Scope
		if scope.Order == fact.Union || seen[scope.ScopeID] {
			continue
		}
		seen[scope.ScopeID] = true
		var by []graph.Value
		if unnamed(rule) && slices.ContainsFunc(rules, func(o *fact.Ingress) bool {
			return o != rule && o.Action == fact.Deny && (scope.Loose || unnamed(o)) && o.Scope.Kind == scope.Kind
		}) {
			by = append(by, scope.By)
		}
		if scope.Resource == nil {
			scope.Resource = rule.Resource
		}
		for _, stranger := range s.mayChange(scope.Resource) {
			if !stranger.restricts() {
				continue
			}
			s.filters[stranger.Name] = true
			by = append(by, graph.Undecidable(stranger.origin()))
		}
		for _, value := range by {
			out = append(out, &fact.Ingress{
				Resource: scope.Resource, Scope: scope, Exists: value, Action: fact.Deny, At: rule.At,
				Priority: fact.Span{Lo: math.MinInt, Hi: math.MaxInt}, PriorityBy: value,
				Protocol: fact.Term[netset.Protocols]{Set: perhaps(netset.AllProtocols()), Values: []graph.Value{value}},
				Ports:    fact.Term[netset.Ports]{Set: perhaps(netset.AllPorts()), Values: []graph.Value{value}},
				Sources:  []fact.Term[netset.Prefixes]{{Set: perhaps(netset.AllAddresses()), Values: []graph.Value{value}}},
			})
		}
	}
	return out
}

// unnamed says that a rule is in a scope of its own, as it isn't known which scope it is in.
func unnamed(rule *fact.Ingress) bool {
	return rule.Scope.Resource == nil && rule.Scope.Name == rule.Resource.Addr.String() && rule.Scope.By.Undecided()
}

func perhaps[T any](set T) netset.Bounds[T] { return netset.Bounds[T]{May: set} }

// disturb lets endpoints be reached perhaps by what strangers do to them, to what leads to them, and to what they are in.
func (s *strangers) disturb(t *graph.Topology, endpoints []fact.Endpoint) {
	if len(s.of) == 0 && len(s.resources) == 0 && len(s.modules) == 0 {
		return
	}
	for _, edge := range t.Edges {
		if network := edge.To.Resource; edge.Kind == graph.InNetwork && network != nil && edge.From.Resource != nil {
			s.inside[network] = append(s.inside[network], edge.From.Resource)
		}
	}
	d := disturbance{strangers: s, topology: t, guards: map[*fact.Guard]*fact.Guard{}, bundled: map[any][]*graph.Resource{}}
	for i := range endpoints {
		d.endpoint(&endpoints[i])
	}
}

type disturbance struct {
	*strangers
	topology *graph.Topology
	// guards are those that strangers may add to, with what they are then.
	guards map[*fact.Guard]*fact.Guard
	// bundled are the resources of the hops of bundles, and of what guards these, by what bundles are like.
	bundled map[any][]*graph.Resource
}

func (d *disturbance) endpoint(e *fact.Endpoint) {
	// behind are the families of the ways with what guards the endpoint itself.
	type guarded struct {
		family netset.Prefixes
		last   *fact.Hop
	}
	var behind []guarded
	add := func(family netset.Prefixes, last *fact.Hop) {
		if !slices.ContainsFunc(behind, func(o guarded) bool {
			return o.family.Equal(family) && (o.last == nil || last == nil || o.last.Guard == last.Guard)
		}) {
			behind = append(behind, guarded{family, last})
		}
	}
	for w := range e.Ways {
		way := &e.Ways[w]
		var last *fact.Hop
		for h, hop := range way.Hops {
			if guard, by := d.guard(hop.Guard); guard != hop.Guard {
				changed := *hop
				changed.Guard = guard
				for _, s := range by {
					changed.Decides = append(slices.Clip(changed.Decides), s.origin())
				}
				way.Hops[h], hop = &changed, &changed
			}
			if hop.Guard != nil && hop.Guard.Direction == fact.In && h == len(way.Hops)-1 {
				last = hop
			}
		}
		add(way.Family, last)
	}
	if len(behind) == 0 {
		add(netset.AllAddresses(), nil)
	}
	around, front := d.around(e)
	// What leads to an endpoint by another port may be what a stranger changes.
	translated := len(e.Bundles) > 0 || slices.ContainsFunc(e.Ways, func(w fact.Way) bool {
		return slices.ContainsFunc(w.Hops, func(h *fact.Hop) bool { return h.To != 0 })
	})
	for i, by := range around {
		if d.filters[by.Name] || i >= front && by.restricts() || by.named("firewall", "acl") {
			for w := range e.Ways {
				if hops := e.Ways[w].Hops; len(hops) > 0 {
					first := *hops[0]
					first.Doubt(by.origin())
					hops[0] = &first
				}
			}
		}
	}
	for i, by := range around {
		hop := &fact.Hop{
			Kind: "what isn't read", Resource: by.resource, At: by.At, Takes: perhaps(netset.AllTraffic()),
			Why:     by.Name + " refers to it or to what is around it, and what it does isn't known",
			Decides: []graph.Origin{by.origin()},
		}
		if i < front || translated {
			hop.To = fact.AnyPort // it may hand on to any
		}
		for _, b := range behind {
			way := fact.Way{Family: b.family, Hops: []*fact.Hop{hop}}
			if b.last != nil {
				last := *b.last
				last.Guard = seeing(last.Guard)
				way.Hops = append(way.Hops, &last)
			}
			e.Ways = append(e.Ways, way)
		}
	}
}

// seeing returns a guard as it may see what somebody else hands on: from any address.
func seeing(g *fact.Guard) *fact.Guard {
	out := *g
	out.Sees = fact.Peer{Masks: true, Within: netset.AllAddresses(), Others: true}
	return &out
}

// guard returns a guard as it is with what strangers may add to its scopes, and who these are.
func (d *disturbance) guard(g *fact.Guard) (*fact.Guard, []*Stranger) {
	if g == nil {
		return nil, nil
	}
	var by []*Stranger
	var touched []fact.ScopeID
	for _, ref := range g.Scopes() {
		if r := d.topology.AtAddress(ref.Name); r != nil {
			if some := d.mayChange(r); len(some) > 0 {
				by, touched = append(by, some...), append(touched, ref.ScopeID)
			}
		}
	}
	if len(by) == 0 {
		return g, nil
	}
	if d.guards[g] == nil {
		out := *g
		if in, ok := out.By.(fact.InOrder); ok {
			in.Scopes = slices.Clone(in.Scopes)
			for i := range in.Scopes {
				in.Scopes[i].Others = in.Scopes[i].Others || slices.Contains(touched, in.Scopes[i].ScopeID)
			}
			out.By = in
		} else {
			out.Gaps.Others = true
		}
		d.guards[g] = &out
	}
	return d.guards[g], by
}

// around returns the strangers that may change what an endpoint's resources do, what leads to them, or the subnets, tables
// and gateways that those are in; the first ones, up to front, refer to the former. What guards them is not looked at.
func (d *disturbance) around(e *fact.Endpoint) (all []*Stranger, front int) {
	out := append([]*graph.Resource{e.Resource}, e.Parts...)
	add := func(list ...*graph.Resource) {
		for _, r := range list {
			if r != nil && !slices.Contains(out, r) {
				out = append(out, r)
			}
		}
	}
	for i := 0; i < len(out); i++ {
		for _, kind := range []graph.EdgeKind{graph.Targets, graph.AttachedTo, graph.Exposes} {
			for _, edge := range d.topology.To(out[i].Addr.String(), kind) {
				add(edge.From.Resource, edge.By)
			}
		}
	}
	last := len(out)
	for _, b := range e.Bundles {
		add(d.inBundle(b)...)
	}
	for _, way := range e.Ways {
		for _, hop := range way.Hops {
			add(hop.Resource)
		}
	}
	for i := 0; i < len(out); i++ {
		kinds := []graph.EdgeKind{graph.InSubnet, graph.RoutedBy, graph.Targets}
		if i < last {
			kinds = []graph.EdgeKind{graph.InSubnet, graph.RoutedBy, graph.AttachedTo}
		}
		for _, kind := range kinds {
			for _, edge := range d.topology.From(out[i].Addr.String(), kind) {
				add(edge.To.Resource, edge.By)
			}
		}
	}
	found := d.mayChange(out[:last]...)
	front = len(found)
	include := func(by *Stranger) {
		if !slices.ContainsFunc(found, func(o *Stranger) bool { return o.Name == by.Name }) {
			found = append(found, by)
		}
	}
	for _, r := range out[last:] {
		if len(d.inside[r]) > 0 {
			continue // a network, see below
		}
		for _, by := range d.mayChange(r) {
			include(by)
		}
	}
	routed := false
	for _, r := range out[last:] {
		for _, by := range d.namedBy(r) {
			include(by)
		}
		routed = routed || len(d.topology.From(r.Addr.String(), graph.RoutedBy)) > 0
	}
	for _, network := range d.networks(out) {
		gateways := d.topology.To(network.Addr.String(), graph.AttachedTo)
		for _, gateway := range gateways {
			for _, by := range d.namedBy(gateway.By) {
				include(by)
			}
		}
		for _, by := range d.mayChange(network) {
			// A module that gets a network has things of its own in it, as a rule; but the gateway and the main route table may
			// be its, too, where none is here.
			if by.resource != nil || len(gateways) == 0 || !routed {
				include(by)
			}
		}
	}
	return found, front
}

// inBundle returns the resources of the hops of a bundle, and of the scopes that guard these.
func (d *disturbance) inBundle(b fact.Bundle) []*graph.Resource {
	if out, ok := d.bundled[b.Like]; ok && b.Like != nil {
		return out
	}
	var out []*graph.Resource
	for made := range b.Ways {
		for _, hop := range made().Hops {
			out = append(out, hop.Resource)
			if hop.Guard == nil {
				continue
			}
			for _, ref := range hop.Guard.Scopes() {
				out = append(out, d.topology.AtAddress(ref.Name))
			}
		}
	}
	if b.Like != nil {
		d.bundled[b.Like] = out
	}
	return out
}

// networks returns the networks that resources are in, or are.
func (d *disturbance) networks(of []*graph.Resource) []*graph.Resource {
	var out []*graph.Resource
	for _, r := range of {
		if len(d.inside[r]) > 0 && !slices.Contains(out, r) {
			out = append(out, r)
		}
		for _, edge := range d.topology.From(r.Addr.String(), graph.InNetwork) {
			if n := edge.To.Resource; n != nil && !slices.Contains(out, n) {
				out = append(out, n)
			}
		}
	}
	return out
}
