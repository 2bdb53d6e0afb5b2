package analyzer

import (
	"math"
	"net/netip"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
	"github.com/tfreach/tfreach/analyzer/reach"
)

// Stranger is a resource of a type that isn't read, or the call of a module whose code isn't there, that refers to what is
// read. It may use that, or change what it does.
type Stranger struct {
	// Name is the address of the resource, or the path of the module.
	Name string
	// At is the place of the block's header.
	At hcl.Range
	// Effect is what the stranger may do to what it refers to.
	Effect read.Effect
	// resource is nil for the call of a module.
	resource *graph.Resource
	// interfaces are the network interfaces that it refers to.
	interfaces []*graph.Resource
	// part is true for a part of the configuration that couldn't be read, which may hold anything, and leaves is true for what leaves
	// rules or firewalls that aren't written here.
	part, leaves bool
}

// why says why it isn't known what the stranger does.
func (s *Stranger) why() string {
	switch {
	case s.leaves:
		return s.Name + " may let it through"
	case s.part:
		return s.Name + " couldn't be read as a whole, and may lead to it"
	}
	return s.Name + " refers to it or to what is around it, and what it does isn't known"
}

// restricts reports whether the type's name says that the stranger is a rule, a list of rules, or something that puts rules
// before something. Other strangers mostly just use what they refer to, so an opening that is written out stays as sure as it
// was.
func (s *Stranger) restricts() bool {
	return s.named("rule", "acl", "policy", "association", "route", "firewall")
}

// named reports whether the stranger's type has one of the words in its name.
func (s *Stranger) named(words ...string) bool {
	return s.resource != nil && slices.ContainsFunc(words, func(word string) bool {
		return strings.Contains(s.resource.Addr.Type, word)
	})
}

// admits reports whether the stranger may let somebody in to a service that it refers to: any module may, and what its type's name
// says is about that.
func (s *Stranger) admits() bool {
	return s.resource == nil || s.restricts() || s.named("access", "network", "public", "allow", "security", "azapi_")
}

// brings reports whether the stranger may give a machine, which has or is some resources, another network interface, so that it
// is reached by that one and by what guards that one.
func (s *Stranger) brings(own []*graph.Resource) bool {
	return s.resource != nil && read.IsInterface(s.resource.Addr.Type) ||
		slices.ContainsFunc(s.interfaces, func(r *graph.Resource) bool { return !slices.Contains(own, r) })
}

// origin names the stranger as what decides.
func (s *Stranger) origin() graph.Origin {
	kind := graph.FromExpression
	if s.resource == nil && !s.part {
		kind = graph.FromModule
	}
	return graph.Origin{Kind: kind, Name: s.Name, At: s.At}
}

// strangers are all strangers of a graph.
type strangers struct {
	mentions *graph.Mentions
	// of has the strangers that refer to each resource, in the graph's order.
	of map[*graph.Resource][]*Stranger
	// resources has the stranger that a resource or a module call is itself.
	resources map[*graph.Resource]*Stranger
	modules   map[*graph.MissingModule]*Stranger
	// filters has the names of strangers that refer to an ordered list of rules. Such a stranger may put that list before
	// something else that it refers to.
	filters map[string]bool
	// parts are what couldn't be read of the configuration, which may change everything.
	parts []*Stranger
	// inside has the resources in each network.
	inside map[*graph.Resource][]*graph.Resource
	// spelled finds what strangers name by a text, and addresses are the private ones that they spell out.
	spelled   *spelled
	addresses []spelledAddress
	// saying has the strangers that spell out a text.
	saying map[string][]*Stranger
	kept
}

// spelledAddress is a private address in the arguments of a stranger.
type spelledAddress struct {
	addr netip.Addr
	by   *Stranger
}

// strangers finds the strangers of a graph.
func (k *Analyst) strangers(g *graph.Graph) *strangers {
	out := &strangers{
		mentions: g.Mentions(), of: map[*graph.Resource][]*Stranger{}, resources: map[*graph.Resource]*Stranger{},
		modules: map[*graph.MissingModule]*Stranger{}, filters: map[string]bool{}, inside: map[*graph.Resource][]*graph.Resource{},
		saying: map[string][]*Stranger{},
	}
	add := func(s Stranger, o graph.Object, effect func(*graph.Resource) read.Effect) *Stranger {
		if out.spelled == nil {
			out.spelled = k.spelledIn(g)
		}
		of := out.mentions.Of(o).Resources
		var addresses []netip.Addr
		var texts []string
		o.Texts(func(argument, text string) {
			of = append(of, out.spelled.by(argument, text, s.restricts())...)
			if addr, ok := privateAddress(text); ok {
				addresses = append(addresses, addr)
			}
			texts = append(texts, text)
		})
		o.Terms(func(argument, term string) { of = append(of, out.spelled.byTerm(argument, term)...) })
		for _, r := range of {
			if read.IsInterface(r.Addr.Type) {
				s.interfaces = append(s.interfaces, r)
			}
		}
		seen := map[*graph.Resource]bool{}
		for _, r := range of {
			if seen[r] {
				continue
			}
			seen[r] = true
			if s.Effect = effect(r); r.Addr.Mode == graph.Managed && s.Effect != read.NoEffect {
				one := s
				out.of[r] = append(out.of[r], &one)
			}
		}
		s.Effect = read.AnyEffect
		if s.resource != nil && effect(s.resource) != read.AnyEffect {
			return &s
		}
		for _, addr := range addresses {
			out.addresses = append(out.addresses, spelledAddress{addr, &s})
		}
		for _, text := range texts {
			out.saying[text] = append(out.saying[text], &s)
		}
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
	for _, u := range g.Unread() {
		out.parts = append(out.parts, &Stranger{Name: u.Name, At: u.At, Effect: read.AnyEffect, part: true})
	}
	for _, m := range g.Missing {
		if _, _, ok := read.Known(k.known.Modules, m); !ok {
			any := func(*graph.Resource) read.Effect { return read.AnyEffect }
			out.modules[m] = add(Stranger{Name: m.Path.String(), At: m.Decl}, m.Object, any)
		}
	}
	return out
}

// none reports whether there are no strangers.
func (s *strangers) none() bool {
	return len(s.of) == 0 && len(s.resources) == 0 && len(s.modules) == 0 && len(s.parts) == 0 &&
		len(s.groups) == 0 && len(s.machines) == 0 && len(s.objects) == 0 && len(s.forgotten) == 0 && len(s.routes) == 0
}

// mayChange returns, once each, the strangers that may change what resources do: those that refer to a resource, those that are
// one, and what couldn't be read of the configuration.
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
	return append(out, s.parts...)
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

// denials returns the rules that strangers may hold in ordered scopes: each may deny anything. If a rule's scope isn't known,
// it may share the scope with such rules as well.
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
		if unnamed(rule) || spelledOut(rule) {
			if i := slices.IndexFunc(rules, func(o *fact.Ingress) bool { return o.Action == fact.Deny && mayShare(rule, o) }); i >= 0 {
				by = append(by, decidesScope(rule, rules[i]))
			}
		}
		if scope.Resource == nil {
			scope.Resource = rule.Resource
		}
		others := s.mayChange(scope.Resource)
		if spelledOut(rule) {
			others = slices.Concat(others, s.saying[scope.Name])
		}
		for _, stranger := range others {
			if !stranger.restricts() || !stranger.sameCloud(rule.Resource) {
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

// admissions returns the rules by which strangers may let somebody in to what publishes ports itself, such as a database server
// whose firewall rules are resources of their own. What a provider lets in by itself becomes unsure: a stranger may replace it.
func (s *strangers) admissions(rules []*fact.Ingress) []*fact.Ingress {
	var out []*fact.Ingress
	found := map[fact.ScopeID][]graph.Value{}
	for _, rule := range rules {
		scope := rule.Scope
		if scope.Resource == nil || scope.Role != fact.Listener && !bySelf(rule) {
			continue
		}
		by, ok := found[scope.ScopeID]
		if !ok {
			for _, stranger := range s.mayChange(scope.Resource) {
				if stranger.admits() && stranger.sameCloud(scope.Resource) {
					by = append(by, graph.Undecidable(stranger.origin()))
				}
			}
			found[scope.ScopeID] = by
		}
		for _, value := range by {
			if scope.Role != fact.Listener {
				break
			}
			more := *rule
			more.Certain, more.Exists = false, value
			more.Sources = []fact.Term[netset.Prefixes]{{Set: perhaps(netset.AllAddresses()), Values: []graph.Value{value}}}
			out = append(out, &more)
		}
		if len(by) > 0 && rule.Certain && bySelf(rule) {
			rule.Certain, rule.Exists = false, by[0]
		}
	}
	return out
}

// bySelf reports whether the provider lets in the sources of a rule without an argument that says so.
func bySelf(rule *fact.Ingress) bool {
	return !slices.ContainsFunc(rule.Sources, func(t fact.Term[netset.Prefixes]) bool { return len(t.Values) > 0 })
}

// unnamed reports whether a rule's scope is unknown, so that the rule stands in a scope of its own.
func unnamed(rule *fact.Ingress) bool {
	return rule.Scope.Resource == nil && rule.Scope.Name == rule.Resource.Addr.String() && rule.Scope.By.Undecided()
}

// spelledOut reports whether a rule's scope is known by a text, and isn't a resource of the configuration.
func spelledOut(rule *fact.Ingress) bool {
	return rule.Scope.Resource == nil && rule.Scope.Name != rule.Resource.Addr.String()
}

// mayShare reports whether the scopes of two rules may be the same one although they have different names: one of them isn't
// known, or is anything.
func mayShare(rule, o *fact.Ingress) bool {
	if o == rule || o.Scope.Kind != rule.Scope.Kind {
		return false
	}
	if unnamed(rule) {
		return rule.Scope.Loose || unnamed(o) || spelledOut(o)
	}
	return spelledOut(rule) && unnamed(o)
}

// decidesScope returns the value that decides whether two rules share their scopes.
func decidesScope(rule, o *fact.Ingress) graph.Value {
	if unnamed(rule) {
		return rule.Scope.By
	}
	return o.Scope.By
}

func perhaps[T any](set T) netset.Bounds[T] { return netset.Bounds[T]{May: set} }

// disturb makes the verdicts on endpoints unknown where strangers may change what the endpoints do, what leads to them, or what
// they are in.
// ByAddress are the links to what is handed connections by its address.
func (s *strangers) disturb(t *graph.Topology, byAddress []graph.Link, endpoints []fact.Endpoint) {
	if s.none() {
		return
	}
	for _, edge := range t.Edges {
		if network := edge.To.Resource; edge.Kind == graph.InNetwork && network != nil && edge.From.Resource != nil {
			s.inside[network] = append(s.inside[network], edge.From.Resource)
		}
	}
	d := disturbance{
		strangers: s, byAddress: t.Connect(byAddress).Edges, topology: t, guards: map[guardKey]*fact.Guard{}, bundled: map[any][]*graph.Resource{},
		holders: holdersIn(endpoints),
	}
	for i := range endpoints {
		d.endpoint(&endpoints[i])
	}
}

type disturbance struct {
	*strangers
	topology *graph.Topology
	// guards has the guards that strangers may add to, each with the guard that it becomes.
	guards map[guardKey]*fact.Guard
	// bundled has, for each kind of bundle, the resources of its hops and of what guards these.
	bundled map[any][]*graph.Resource
	// byAddress are the edges to addresses that are handed connections, and holders has what surely has an address.
	byAddress []*graph.Edge
	holders   holders
}

// mayHave reports whether the resources of an endpoint may have the address that an edge leads to.
func (d *disturbance) mayHave(own []*graph.Resource, edge *graph.Edge) bool {
	if to := edge.To.Resource; to != nil {
		return slices.ContainsFunc(own, func(r *graph.Resource) bool {
			return r == to || slices.Contains(d.mentions.Of(r.Object).Resources, to)
		})
	}
	text, known := edge.To.Value.Text()
	if !known {
		return edge.To.Value.Undecided()
	}
	addr, err := netip.ParseAddr(text)
	return err == nil && d.holders.mayHave(d.topology, own, addr)
}

func (d *disturbance) endpoint(e *fact.Endpoint) {
	// behind are the address families of the ways, with what guards the endpoint itself.
	type guarded struct {
		family netset.Prefixes
		last   *fact.Hop
	}
	var behind []guarded
	attaching := d.attaching(append([]*graph.Resource{e.Resource}, e.Parts...))
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
			var more []*Stranger
			if h == len(way.Hops)-1 && hop.Guard != nil && hop.Guard.Direction == fact.In {
				more = attaching
			}
			if by := d.changing(hop); len(by) > 0 {
				hop = opened(hop, by)
				way.Hops[h] = hop
			}
			if guard, by := d.guard(hop.Guard, more); guard != hop.Guard {
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
	// Whatever public addresses it has, a stranger may lead to its private IPv4 address.
	v4 := netset.AllAddresses().IPv4()
	if !slices.ContainsFunc(behind, func(o guarded) bool { return o.family.Overlaps(v4) }) {
		for _, o := range slices.Clone(behind) {
			add(v4, o.last)
		}
	}
	around, front := d.around(e)
	// A stranger may also change a port translation that leads to the endpoint.
	translated := len(e.Bundles) > 0 || slices.ContainsFunc(e.Ways, func(w fact.Way) bool {
		return slices.ContainsFunc(w.Hops, func(h *fact.Hop) bool { return h.To != 0 })
	})
	own := append([]*graph.Resource{e.Resource}, e.Parts...)
	for i, by := range around {
		if d.filters[by.Name] || i >= front && by.restricts() || by.named("firewall", "acl") || i < front && by.brings(own) {
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
			Kind: reach.Unread, Resource: by.resource, At: by.At, Takes: perhaps(netset.AllTraffic()),
			Why:     by.why(),
			Decides: []graph.Origin{by.origin()},
		}
		if i < front || translated {
			hop.To = fact.AnyPort // it may hand on to any
		}
		for _, b := range behind {
			way := fact.Way{Family: b.family, Hops: []*fact.Hop{hop}}
			if b.last != nil && !by.part && (i >= front || !by.brings(own)) {
				last := *b.last
				last.Guard = seeing(last.Guard)
				way.Hops = append(way.Hops, &last)
			}
			e.Ways = append(e.Ways, way)
		}
	}
}

// seeing returns a guard as it sees traffic that somebody else hands on: from any address.
func seeing(g *fact.Guard) *fact.Guard {
	out := *g
	out.Sees = fact.Peer{Masks: true, Within: netset.AllAddresses(), Others: true}
	if in, ok := out.By.(fact.InOrder); ok && g.Gaps.Inside {
		in.Scopes = append(slices.Clip(in.Scopes), fact.ScopeRef{ScopeID: fact.ScopeID{Kind: "what comes from inside"}, Others: true})
		out.By = in
	}
	return &out
}

// guard returns a guard with what strangers may add to its scopes, and these strangers. Those in more may add scopes.
func (d *disturbance) guard(g *fact.Guard, more []*Stranger) (*fact.Guard, []*Stranger) {
	if g == nil {
		return nil, nil
	}
	by := slices.Clone(more)
	var touched []fact.ScopeID
	for _, ref := range g.Scopes() {
		some := d.parts
		if r := d.topology.AtAddress(ref.Name); r != nil {
			some = append(d.mayChange(r), d.leading(r)...)
		}
		if len(some) > 0 {
			by, touched = append(by, some...), append(touched, ref.ScopeID)
		}
	}
	if len(by) == 0 {
		return g, nil
	}
	key := guardKey{g, len(more) > 0}
	if d.guards[key] == nil {
		out := *g
		if in, ok := out.By.(fact.InOrder); ok {
			in.Scopes = slices.Clone(in.Scopes)
			for i := range in.Scopes {
				in.Scopes[i].Others = in.Scopes[i].Others || len(more) > 0 || slices.Contains(touched, in.Scopes[i].ScopeID)
			}
			out.By = in
		} else {
			out.Gaps.Others = true
		}
		d.guards[key] = &out
	}
	return d.guards[key], by
}

// guardKey is a guard, and whether something may add scopes to it.
type guardKey struct {
	*fact.Guard
	more bool
}

// around returns the strangers that may change what an endpoint's resources do, what leads to them, or the subnets, tables and
// gateways around them. The first ones, front in number, refer to the endpoint's resources. Guards are not looked at.
func (d *disturbance) around(e *fact.Endpoint) (all []*Stranger, front int) {
	out := append([]*graph.Resource{e.Resource}, e.Parts...)
	add := func(list ...*graph.Resource) {
		for _, r := range list {
			if r != nil && !slices.Contains(out, r) {
				out = append(out, r)
			}
		}
	}
	var elsewhere []*graph.Resource // they lead from what isn't read to the endpoint
	for i := 0; i < len(out); i++ {
		for _, kind := range []graph.EdgeKind{graph.Targets, graph.AttachedTo, graph.Exposes} {
			for _, edge := range d.topology.To(out[i].Addr.String(), kind) {
				add(edge.From.Resource, edge.By)
				if edge.From.Resource == nil {
					elsewhere = append(elsewhere, edge.By)
				}
			}
		}
		if i == 0 {
			own := out[:len(e.Parts)+1]
			for _, edge := range d.byAddress {
				if d.mayHave(own, edge) {
					add(edge.From.Resource, edge.By)
				}
			}
		}
	}
	last := len(out)
	add(e.Within...)
	var left []*Stranger
	for _, b := range e.Bundles {
		inside := d.inBundle(b)
		for _, r := range inside {
			if r != nil {
				left = append(left, d.leading(r)...)
			}
		}
		add(inside...)
	}
	if len(e.Bundles) > 0 {
		left = append(left, d.attaching(out[:len(e.Parts)+1])...)
	}
	var rests []*graph.Resource
	for _, way := range e.Ways {
		for _, hop := range way.Hops {
			if !d.asksItself(hop) {
				add(hop.Resource)
			}
			rests = append(rests, hop.RestsOn...)
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
	include := func(by *Stranger) {
		if !slices.ContainsFunc(found, func(o *Stranger) bool { return o.Name == by.Name }) {
			found = append(found, by)
		}
	}
	for _, s := range d.addresses {
		if s.by.sameCloud(e.Resource) && d.holders.mayHave(d.topology, out[:len(e.Parts)+1], s.addr) {
			include(s.by)
		}
	}
	for _, r := range elsewhere {
		for _, by := range d.namedBy(r) {
			include(by)
		}
	}
	front = len(found)
	for _, by := range left {
		include(by)
	}
	for _, by := range d.mayChange(rests...) {
		include(by)
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
	closed := slices.ContainsFunc(read.Closed(), func(typ string) bool { return len(d.topology.OfType(typ)) > 0 })
	for _, network := range d.networks(out) {
		gateways := d.topology.To(network.Addr.String(), graph.AttachedTo)
		for _, gateway := range gateways {
			for _, by := range d.namedBy(gateway.By) {
				include(by)
			}
		}
		for _, by := range d.mayChange(network) {
			// A module that gets a network usually has things of its own in it. Where the configuration has no gateway or no
			// main route table, those may be the module's, too; and it may except the network from what closes all of them.
			if by.resource != nil || closed || len(gateways) == 0 || !routed {
				include(by)
			}
		}
	}
	return found, front
}

// asksItself reports whether a hop's resource is the scope whose rules its guard asks. What refers to that may add rules to it, and
// leads nowhere.
func (d *disturbance) asksItself(h *fact.Hop) bool {
	return h.Guard != nil && h.Resource != nil && slices.ContainsFunc(h.Guard.Scopes(), func(s fact.ScopeRef) bool {
		return d.topology.AtAddress(s.Name) == h.Resource
	})
}

// inBundle returns the resources of the hops of a bundle, and of the scopes that guard these.
func (d *disturbance) inBundle(b fact.Bundle) []*graph.Resource {
	if out, ok := d.bundled[b.Like]; ok && b.Like != nil {
		return out
	}
	var out []*graph.Resource
	for made := range b.Ways {
		for _, hop := range made().Hops {
			out = append(append(out, hop.Resource), hop.RestsOn...)
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
