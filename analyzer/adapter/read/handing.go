package read

import (
	"math"
	"net/netip"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
)

// handing finds the machines that listeners hand connections on to, whatever public addresses these machines have. Which of a
// listener's targets get a connection, and whether firewalls let a load balancer pass, isn't read: such a machine may be reached.
type handing struct {
	topology   *graph.Topology
	mentions   *graph.Mentions
	publishers map[string]Publisher
	// balancers are the types of load balancers, each of which may have many listeners.
	balancers map[string]bool
	// named has, for types that members name by a name, the attribute with it.
	named map[string]string
	// near has, for each listener, load balancer and member of one, those that refer to it or that it refers to.
	near map[*graph.Resource][]*graph.Resource
	// to has the listeners, load balancers and members that name a resource, and at those that spell out a private address.
	to map[*graph.Resource][]*graph.Resource
	at map[netip.Addr][]*graph.Resource
	// guarded are the ways to listeners behind firewalls, and ways those from the internet to what names machines.
	guarded map[*graph.Resource][]fact.Way
	ways    map[*graph.Resource][]passing
}

// handing finds what hands connections on. The listeners behind firewalls are found already.
func (p Provider) handing(t *graph.Topology, machines []fact.Endpoint, listeners []fact.Endpoint) *handing {
	h := &handing{
		topology: t, mentions: t.Mentions(), publishers: map[string]Publisher{}, balancers: map[string]bool{}, named: map[string]string{}, near: map[*graph.Resource][]*graph.Resource{},
		to: map[*graph.Resource][]*graph.Resource{}, at: map[netip.Addr][]*graph.Resource{},
		guarded: map[*graph.Resource][]fact.Way{}, ways: map[*graph.Resource][]passing{},
	}
	clouds := map[string]bool{}
	for _, one := range p.Publishers {
		for _, typ := range one.Types {
			h.publishers[typ] = one
			clouds[CloudOf(typ)] = true
			if one.Name != "" {
				h.named[typ] = one.Name
			}
		}
		for _, typ := range one.Of {
			h.balancers[typ] = true
		}
	}
	for _, e := range listeners {
		h.guarded[e.Resource] = e.Ways
	}
	running := map[*graph.Resource]bool{}
	for _, e := range machines {
		running[e.Resource] = true
	}
	var all []*graph.Resource
	for _, e := range machines {
		all = append(all, e.Resource)
	}
	for _, one := range p.Publishers {
		h.selected(one, all)
	}
	mentions := h.mentions
	for _, r := range t.Resources {
		if r.Addr.Mode != graph.Managed || !clouds[CloudOf(r.Addr.Type)] || !h.hands(r) {
			continue
		}
		for _, named := range h.names(mentions, r) {
			switch {
			case named == r:
			case h.hands(named):
				h.near[r], h.near[named] = append(h.near[r], named), append(h.near[named], r)
			default:
				h.to[named] = append(h.to[named], r)
				if running[named] {
					continue
				}
				for _, through := range mentions.Of(named.Object).Resources { // such as a machine's place in a network
					h.to[through] = append(h.to[through], r)
				}
			}
		}
	}
	return h
}

// selected finds the machines that load balancers choose by words.
func (h *handing) selected(p Publisher, machines []*graph.Resource) {
	for _, tag := range p.Tagged {
		with := byWord(h.topology.Graph, machines, tag.Machine)
		for _, r := range h.topology.OfType(tag.Type) {
			if v := r.Attr(tag.Firewall); Given(v) {
				words, whole := wordsIn(h.topology.Graph, v)
				if text, known := v.Text(); known {
					words, whole = []string{text}, true
				}
				for machine := range with.among(words, whole, machines) {
					h.to[machine] = append(h.to[machine], r)
				}
			}
		}
	}
	for _, by := range p.Selects {
		for _, r := range h.topology.OfType(by.Type) {
			if Given(r.Attr(by.Machines)) {
				for _, machine := range machines {
					h.to[machine] = append(h.to[machine], r)
				}
			}
		}
	}
}

// hands reports whether a resource is a listener, a load balancer or a member of one.
func (h *handing) hands(r *graph.Resource) bool {
	_, publishes := h.publishers[r.Addr.Type]
	return publishes || h.balancers[r.Addr.Type] || balances(r.Addr.Type)
}

// names returns what a resource names, and notes the private addresses that it spells out.
func (h *handing) names(mentions *graph.Mentions, r *graph.Resource) []*graph.Resource {
	out := slices.Clone(mentions.Of(r.Object).Resources)
	r.Texts(func(argument, text string) {
		if addr, ok := privateIn(text); ok && !strings.HasPrefix(argument, "vip_") { // which is the load balancer's own
			h.at[addr] = append(h.at[addr], r)
			return
		}
		for typ, attr := range h.named {
			out = append(out, h.topology.Named(typ, attr, text)...)
		}
		for _, end := range h.topology.EndsOf(graph.NewValue(cty.StringVal(text), r.Decl), true) {
			if end.Resource != nil {
				out = append(out, end.Resource)
			}
		}
	})
	slices.SortFunc(out, func(a, b *graph.Resource) int { return a.Addr.Compare(b.Addr) })
	return slices.Compact(out)
}

// privateIn returns the private address that a text is.
func privateIn(text string) (netip.Addr, bool) {
	addr, err := netip.ParseAddr(text)
	return addr, err == nil && addr.IsPrivate()
}

// add gives a machine the ways through the listeners that hand connections on to it.
func (h *handing) add(e *fact.Endpoint) {
	var by []*graph.Resource
	spelled := false
	for _, r := range append([]*graph.Resource{e.Resource}, e.Parts...) {
		by = append(by, h.to[r]...)
		if len(h.at) == 0 {
			continue
		}
		r.Texts(func(_, text string) {
			if addr, ok := privateIn(text); ok {
				spelled = true
				by = append(by, h.at[addr]...)
			}
		})
	}
	if !spelled && len(h.at) > 0 { // its address isn't known, so it may be any of its subnets
		within := h.subnets(e)
		for addr, handers := range h.at {
			if len(within) == 0 || slices.ContainsFunc(within, func(p netip.Prefix) bool { return p.Contains(addr) }) {
				by = append(by, handers...)
			}
		}
	}
	slices.SortFunc(by, func(a, b *graph.Resource) int { return a.Addr.Compare(b.Addr) })
	for _, r := range slices.Compact(by) {
		ways := h.from(r)
		if len(ways) == 0 {
			continue
		}
		var like any = r
		if slices.ContainsFunc(ways, func(way passing) bool { return way.keeps }) {
			like = nil // the machine's firewalls decide
		}
		e.Bundles = append(e.Bundles, fact.Bundle{Like: like, Ways: func(yield func(func() fact.Way) bool) {
			for _, way := range ways {
				if !yield(func() fact.Way { return h.on(way, r, e) }) {
					return
				}
			}
		}})
	}
}

// subnets returns the prefixes of the subnets that a machine names, if they are known.
func (h *handing) subnets(e *fact.Endpoint) []netip.Prefix {
	var out []netip.Prefix
	for _, r := range append([]*graph.Resource{e.Resource}, e.Parts...) {
		for _, named := range h.mentions.Of(r.Object).Resources {
			if !slices.ContainsFunc([]string{"_subnet", "_vswitch"}, func(word string) bool { return strings.Contains(named.Addr.Type, word) }) {
				continue
			}
			found := false
			named.Texts(func(_, text string) {
				if p, err := netip.ParsePrefix(text); err == nil {
					found, out = true, append(out, p)
				}
			})
			if !found {
				return nil
			}
		}
	}
	return out
}

// on returns a way to a listener, led on to a machine.
func (h *handing) on(way passing, by *graph.Resource, machine *fact.Endpoint) fact.Way {
	out := way.Way
	out.Hops = nil
	for _, hop := range way.Hops {
		own := *hop
		out.Hops = append(out.Hops, &own)
	}
	target := &fact.Hop{
		Kind: "target", Resource: by, At: by.Decl, Takes: All(), To: fact.AnyPort, Why: "it hands connections on, with the clients' addresses",
		Change: "Let the load balancer have no listener for the port, or be an internal one.",
	}
	out.Hops = append(out.Hops, target)
	if way.keeps {
		target.To = way.to
		return filtered(out, machine)
	}
	what := "whether " + by.Addr.String() + " reaches " + machine.Resource.Addr.String()
	target.Takes, target.Decides = Perhaps(), []graph.Origin{Outside(what, Opaque(what, by.Decl))}
	target.Why = "it may hand connections on to the machine, past its firewalls or by a rule for load balancers"
	return out
}

// filtered adds to a way what filters the way to a machine's own address.
func filtered(way fact.Way, machine *fact.Endpoint) fact.Way {
	for _, own := range machine.Ways {
		i := slices.IndexFunc(own.Hops, func(hop *fact.Hop) bool { return hop.Kind == addressKind })
		if i < 0 || !own.Family.Equal(way.Family) {
			continue
		}
		for _, hop := range own.Hops[i+1:] {
			another := *hop
			way.Hops = append(way.Hops, &another)
		}
		break
	}
	return way
}

// from returns the ways from the internet to what names machines: those to its listeners, if it has any in the configuration.
func (h *handing) from(r *graph.Resource) []passing {
	if out, ok := h.ways[r]; ok {
		return out
	}
	var out []passing
	for _, l := range h.listeners(r) {
		if l == r {
			out = append(out, h.listener(l)...)
			continue
		}
		out = append(out, h.from(l)...) // a listener is the nearest one to itself
	}
	h.ways[r] = out
	return out
}

// listeners returns the listeners that lead to what names machines. All those of a load balancer do only if none is nearer.
func (h *handing) listeners(r *graph.Resource) []*graph.Resource {
	seen := map[*graph.Resource]bool{r: true}
	var out []*graph.Resource
	for next := []*graph.Resource{r}; len(next) > 0 && len(out) == 0; {
		var last []*graph.Resource
		for len(next) > 0 {
			at := next[0]
			next = next[1:]
			if _, publishes := h.publishers[at.Addr.Type]; publishes {
				out = append(out, at)
				continue
			}
			for _, near := range h.near[at] {
				switch {
				case seen[near]:
					continue
				case h.balancers[near.Addr.Type]:
					last = append(last, near)
				default:
					next = append(next, near)
				}
				seen[near] = true
			}
		}
		next = last
	}
	slices.SortFunc(out, func(a, b *graph.Resource) int { return a.Addr.Compare(b.Addr) })
	return out
}

// passing is a way to a listener.
type passing struct {
	fact.Way
	// keeps is true if targets see the clients themselves, at port to.
	keeps bool
	to    int
}

// listener returns the ways to a listener.
func (h *handing) listener(r *graph.Resource) []passing {
	p := h.publishers[r.Addr.Type]
	balancers, whole := p.balancers(h.topology.Graph, r)
	var out []passing
	if whole && p.guards(h.topology.Graph, balancers[0]) {
		for _, way := range h.guarded[r] {
			out = append(out, passing{Way: way})
		}
		return out
	}
	for _, b := range ownUnder(r, p.Blocks) {
		rule := p.rule(h.topology.Graph, r, b, balancers, whole)
		if rule == nil {
			continue
		}
		to := fact.AnyPort
		if port, known := b.OwnAttr(p.Keeps).Int(); known && port > 0 && port <= math.MaxUint16 {
			to = port
		}
		for _, family := range []Family{IPv4, IPv6} {
			way := fact.Way{Family: family.All(), Hops: []*fact.Hop{listens(rule, p.Kind)}}
			out = append(out, passing{Way: way, keeps: p.Keeps != "", to: to})
		}
	}
	return out
}
