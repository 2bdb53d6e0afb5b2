package read

import (
	"slices"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// Cloud returns what the internet may reach in the provider's cloud: its Ways, also through the listeners that hand connections
// on, and the listeners behind firewalls. It is nil if neither is known.
func (p Provider) Cloud() *Cloud {
	var behind []Publisher
	for _, one := range p.Publishers {
		if one.Behind != nil {
			behind = append(behind, one)
		}
	}
	if len(behind) == 0 && (p.Ways == nil || len(p.Publishers) == 0) {
		return p.Ways
	}
	out := Cloud{}
	if p.Ways != nil {
		out = *p.Ways
	}
	for _, one := range p.Publishers {
		for _, by := range one.Selects {
			out.Reads = append(slices.Clip(out.Reads), by.Type)
		}
	}
	for _, one := range behind {
		m := one.balancer()
		reads := waysReads(m)
		out.Types, out.Reads = slices.Concat(out.Types, one.Types), slices.Concat(out.Reads, reads)
	}
	found := out.Endpoints
	out.Endpoints = func(t *graph.Topology) []fact.Endpoint {
		var machines, listeners []fact.Endpoint
		if found != nil {
			machines = found(t)
		}
		for _, one := range behind {
			listeners = append(listeners, one.endpoints(t)...)
		}
		if len(machines) > 0 && len(p.Publishers) > 0 {
			h := p.handing(t, machines, listeners)
			for i := range machines {
				h.add(&machines[i])
			}
		}
		all := append(machines, listeners...)
		slices.SortStableFunc(all, func(a, b fact.Endpoint) int { return a.Resource.Addr.Compare(b.Resource.Addr) })
		return all
	}
	return &out
}

// balancer returns the load balancers as if they were machines.
func (p Publisher) balancer() Machine {
	m := *p.Behind
	if m.Types = p.Of; p.Balancer == "" {
		m.Types = p.Types
	}
	return m
}

// guards reports whether firewalls decide who comes in by a load balancer. Those of subnets outside the configuration aren't
// asked: a load balancer is public by its own scheme.
func (p Publisher) guards(g *graph.Graph, balancer *graph.Resource) bool {
	if p.Behind == nil {
		return false
	}
	named := func(attr string) bool { return slices.ContainsFunc(valuesAt(balancer.Object, attr), Given) }
	if slices.ContainsFunc(p.Behind.In, named) || slices.ContainsFunc(p.Inside, named) {
		return true
	}
	return slices.ContainsFunc(p.Behind.By, func(by Guarding) bool {
		is, _, _ := Guard{by.Type, by.Machines}.Of(g, balancer)
		return is != No
	}) || slices.ContainsFunc(p.Behind.Subnets, func(s Subnet) bool { return s.here(g, balancer) })
}

// here reports whether the configuration has all subnets of a resource.
func (s Subnet) here(g *graph.Graph, r *graph.Resource) bool {
	found := false
	for _, attr := range s.Of {
		for _, v := range valuesAt(r.Object, attr) {
			if !Given(v) {
				continue
			}
			targets, whole := g.Refer(v)
			if !whole || slices.ContainsFunc(targets, func(t graph.Target) bool {
				return t.Resource == nil || t.Resource.Addr.Type != s.Type || t.Resource.Addr.Mode != graph.Managed
			}) {
				return false
			}
			found = found || len(targets) > 0
		}
	}
	return found
}

// endpoints returns the listeners that firewalls guard.
func (p Publisher) endpoints(t *graph.Topology) []fact.Endpoint {
	var out []fact.Endpoint
	m := p.balancer()
	var around *surroundings
	for _, typ := range p.Types {
		for _, r := range t.OfType(typ) {
			if r.Addr.Mode != graph.Managed {
				continue
			}
			balancers, whole := p.balancers(t.Graph, r)
			if !whole || !p.guards(t.Graph, balancers[0]) {
				continue
			}
			if around == nil {
				around = m.around(t)
			}
			balancer := balancers[0]
			e := fact.Endpoint{Resource: r, Kind: fact.Published, Word: p.Kind}
			if balancer != r {
				e.Parts = []*graph.Resource{balancer}
			}
			f := front{resource: balancer, guarded: balancer, object: balancer.Object, by: m.In, unguarded: m.Unguarded}
			for _, b := range ownUnder(r, p.Blocks) {
				rule := p.rule(t.Graph, r, b, balancers, whole)
				if rule == nil {
					continue
				}
				for _, family := range []Family{IPv4, IPv6} {
					hops := append([]*fact.Hop{listens(rule, p.Kind)}, around.filters(balancer, f)...)
					e.Ways = append(e.Ways, fact.Way{Family: family.All(), Hops: hops})
				}
			}
			if e.Within = around.subnets(f); len(e.Ways) > 0 {
				out = append(out, e)
			}
		}
	}
	return out
}

// listens returns the hop of a listener, which takes what a rule lets in.
func listens(rule *fact.Ingress, kind string) *fact.Hop {
	hop := &fact.Hop{
		Kind: kind, Resource: rule.Resource, At: rule.At, Takes: On(rule.Protocol.Set, rule.Ports.Set), Sensitive: rule.Sensitive(),
		Why: "it listens on " + rule.Ports.Set.May.String(), Change: "A listener for the port opens it, and without one it is closed.",
	}
	if hop.Sensitive {
		hop.Why = "it listens on a sensitive value"
	}
	decides := func(known bool, values []graph.Value) {
		if known {
			return
		}
		for _, v := range values {
			hop.Decides = append(hop.Decides, v.Origins()...)
		}
	}
	var clients netset.Bounds[netset.Prefixes]
	for _, t := range rule.Sources {
		clients = netset.UnionBounds(clients, t.Set)
		decides(t.Set.Known(), t.Values)
	}
	hop.Takes = netset.IntersectBounds(hop.Takes, Of(clients))
	decides(rule.Protocol.Set.Known(), rule.Protocol.Values)
	decides(rule.Ports.Set.Known(), rule.Ports.Values)
	if !rule.Certain {
		hop.Doubt(OriginsOf(rule.Exists)...)
	}
	return hop
}
