package read

import (
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// Machine says, as data, how a cloud puts machines on the internet. It is for clouds where public addresses and firewalls
// decide.
type Machine struct {
	Types []string
	// Word is the machine's word in messages: "droplet".
	Word string
	// IPv4 and IPv6 say whether the machine has a public address of the family; nil means that it has none. In these, the
	// machine takes the place of the load balancer.
	IPv4, IPv6 Publicity
	// Addresses are resources that give it further public addresses.
	Addresses []Address
	// Firewall is the kind of scope that the firewalls' rules belong to. Firewalls are the types of these resources.
	Firewall  fact.Scope
	Firewalls []string
	// In are attributes of the machine that name its firewalls, each NAME or BLOCK.NAME. By are other resources that put
	// firewalls before machines.
	In []string
	By []Guarding
	// Name is set if firewalls may be named by a name instead of an ID: it is their attribute with that name.
	Name string
	// Selects are like By, but select machines in a way that isn't read; such a firewall may guard any machine.
	Selects []Guarding
	// Tagged are firewalls that name machines by a word, which the machines have, too.
	Tagged []Tag
	// Open says, in the words of a publicity, whether nothing filters the machine's traffic; nil means that it never does.
	Open Publicity
	// Unguarded says whom a machine without a firewall lets in: everyone, nobody, or whoever a firewall of the cloud admits.
	Unguarded Who
	// Interfaces are network interfaces that are resources of their own, and Subnets what filters the subnets of machines and
	// interfaces.
	Interfaces []Interface
	Subnets    []Subnet
	// Each are nested blocks of the machine, with dots between them, one for each of its interfaces: In, the subnets' Of, IPv4 and
	// IPv6 are asked of these, as the Object of a Published. If Bound is true, addresses are bound to the machine, and it isn't
	// known which of several interfaces has them.
	Each  []string
	Bound bool
	// Before returns what else lies before a machine or an interface, such as a route; nil means nothing.
	Before func(t *graph.Topology, r *graph.Resource) []*fact.Hop
	// Reads are other resource types to look up.
	Reads []string
}

// Interface says, as data, how a network interface that is a resource puts its machine on the internet. It has addresses and
// firewalls of its own, as a [Machine] has.
type Interface struct {
	Type string
	// Machine is the attribute that names the interface's machine; In are attributes of the machine that name interfaces, and
	// By are other resources that bring both together.
	Machine string
	In      []string
	By      []Joint
	// The rest is as for a machine. Guards are the attributes that name firewalls.
	IPv4, IPv6 Publicity
	Guards     []string
	Open       Publicity
	Unguarded  Who
	// Instead are blocks of the machine, one for each of its interfaces. If all name one that is a resource, by an attribute of In,
	// the machine has none of its own.
	Instead string
	// Shares is true if the interface has no address of its own: its firewalls guard those of the machine.
	Shares bool
}

// Joint is a type of resources that give interfaces to machines. Interface and Machine are the attributes that name them.
type Joint struct{ Type, Interface, Machine string }

// Subnet says, as data, how the lists of rules of subnets filter what machines in them receive.
type Subnet struct {
	Type string
	// Of are attributes of the machine or the interface that name its subnet.
	Of []string
	// List is the kind of scope that the rules belong to, and Lists are the types of its resources. In are the attributes of the
	// subnet that name lists. By are other resources that put lists before subnets.
	List  fact.Scope
	Lists []string
	In    []string
	By    []Guarding
	// Network is set if a subnet without a list has the one of its network: it is the attribute that names the network, to which
	// the rules of that list belong.
	Network string
	// Adds is true if a rule of a list is enough, as one of the machine's firewalls is. Else both must let traffic pass.
	Adds bool
	// Unguarded says what a subnet without a list of the configuration does.
	Unguarded Who
}

// Guarding is a type of resources that put firewalls before machines. Firewall is the attribute that names the firewall; if it
// is empty, the resource is the firewall. Machines is the attribute that names the machines.
type Guarding struct{ Type, Firewall, Machines string }

// Tag matches firewalls of a type with the machines that have one of the same words. Firewall and Machine are the attributes
// with the words.
type Tag struct{ Type, Firewall, Machine string }

// WaysTo returns the Cloud that finds the ways to machines.
func WaysTo(machines ...Machine) *Cloud {
	c := &Cloud{}
	for _, m := range machines {
		c.Types = append(c.Types, m.Types...)
		c.Reads = append(c.Reads, waysReads(m)...)
	}
	c.Endpoints = func(t *graph.Topology) []fact.Endpoint {
		var out []fact.Endpoint
		for _, m := range machines {
			around := m.around(t)
			for _, typ := range m.Types {
				for _, r := range t.OfType(typ) {
					if r.Addr.Mode != graph.Managed {
						continue
					}
					if e := around.endpoint(r); len(e.Ways) > 0 {
						out = append(out, e)
					}
				}
			}
		}
		slices.SortStableFunc(out, func(a, b fact.Endpoint) int { return a.Resource.Addr.Compare(b.Resource.Addr) })
		return out
	}
	return c
}

// waysReads returns the types that are looked up on the ways to machines.
func waysReads(m Machine) []string {
	out := slices.Concat(m.Types, m.Firewalls, m.Reads)
	for _, a := range m.Addresses {
		out = append(out, a.Type)
	}
	by := slices.Concat(m.By, m.Selects)
	for _, i := range m.Interfaces {
		out = append(out, i.Type)
		for _, j := range i.By {
			out = append(out, j.Type)
		}
	}
	for _, s := range m.Subnets {
		out = append(append(out, s.Type), s.Lists...)
		by = append(by, s.By...)
	}
	for _, b := range by {
		out = append(out, b.Type)
	}
	return out
}

// front is what faces the internet: a machine, or one of its interfaces.
type front struct {
	// resource has the address. It is nil if the interface lies outside the configuration. guarded is the resource that has the
	// firewalls, and object what names them.
	resource, guarded *graph.Resource
	object            graph.Object
	// maybe is what decides whether the machine has the interface; it is absent if it surely has.
	maybe      graph.Value
	ipv4, ipv6 Publicity
	// by are the attributes that name firewalls.
	by        []string
	open      Publicity
	unguarded Who
	shares    bool
	// one is true for one of several interfaces of which it isn't known which has the addresses.
	one bool
}

// surroundings are what is around the machines of a kind in a configuration.
type surroundings struct {
	Machine
	topology *graph.Topology
	machines []*graph.Resource
	// guards are the firewalls that other resources put before machines and interfaces.
	guards map[*graph.Resource][]guarded
	// fronts are the interfaces of each machine.
	fronts map[*graph.Resource][]front
	// lists are, for each of Subnets, those that other resources put before subnets.
	lists []map[*graph.Resource][]guarded
}

// around finds what is around the machines.
func (m Machine) around(t *graph.Topology) *surroundings {
	s := &surroundings{Machine: m, topology: t, fronts: map[*graph.Resource][]front{}}
	for _, typ := range m.Types {
		s.machines = append(s.machines, t.OfType(typ)...)
	}
	p := protection{scope: m.Firewall, name: m.Name, types: m.Firewalls}
	s.guards = p.guardsOf(t, s.machines, m.By, m.Selects, m.Tagged)
	for _, sub := range m.Subnets {
		p := protection{scope: sub.List, types: sub.Lists}
		s.lists = append(s.lists, p.guardsOf(t, t.OfType(sub.Type), sub.By, nil, nil))
	}
	for _, i := range m.Interfaces {
		s.interfaces(i)
	}
	return s
}

// interfaces finds the machines of the interfaces of a type.
func (s *surroundings) interfaces(i Interface) {
	own := func(r *graph.Resource) []graph.End {
		return []graph.End{{Resource: r, Name: r.Addr.String(), Certain: r.Certain}}
	}
	named := func(v graph.Value) []graph.End {
		if !Given(v) {
			return nil
		}
		return s.topology.EndsOf(v, true)
	}
	for _, attr := range i.In {
		for _, r := range s.machines {
			for _, v := range valuesAt(r.Object, attr) {
				s.join(i, own(r), named(v))
			}
		}
	}
	if i.Machine != "" {
		for _, r := range s.topology.OfType(i.Type) {
			if r.Addr.Mode != graph.Managed {
				continue
			}
			for _, v := range valuesAt(r.Object, i.Machine) {
				s.join(i, named(v), own(r))
			}
		}
	}
	for _, j := range i.By {
		for _, r := range s.topology.OfType(j.Type) {
			s.join(i, named(r.Attr(j.Machine)), named(r.Attr(j.Interface)))
		}
	}
}

// join gives interfaces to machines. An unknown machine may be any.
func (s *surroundings) join(i Interface, machines, interfaces []graph.End) {
	for _, to := range machines {
		of := []*graph.Resource{to.Resource}
		if to.Resource == nil {
			if of = nil; !to.Known() && MayBeMade(to.Value) {
				of = s.machines
			}
		}
		for _, r := range of {
			for _, end := range interfaces {
				f := s.front(i, r, to, end)
				if f.resource == nil || !slices.ContainsFunc(s.fronts[r], func(o front) bool { return o.resource == f.resource }) {
					s.fronts[r] = append(s.fronts[r], f)
				}
			}
		}
	}
}

// front returns what an interface, an end, is to a machine r, which another end names.
func (s *surroundings) front(i Interface, r *graph.Resource, to, end graph.End) front {
	f := front{
		resource: end.Resource, guarded: end.Resource, ipv4: i.IPv4, ipv6: i.IPv6, by: i.Guards, open: i.Open, unguarded: i.Unguarded,
		shares: i.Shares,
	}
	unread := end.Resource == nil || end.Resource.Addr.Type != i.Type || end.Resource.Addr.Mode != graph.Managed
	if unread {
		f.resource, f.guarded = nil, nil
	} else {
		f.object = end.Resource.Object
	}
	switch {
	case unread || !end.Certain:
		f.maybe = decider(end.Value, "the interface of "+r.Addr.String(), r)
	case !to.Certain:
		f.maybe = decider(to.Value, "the machine of "+end.Name, r)
	}
	return f
}

// endpoint returns a machine with its ways.
func (s *surroundings) endpoint(r *graph.Resource) fact.Endpoint {
	e := fact.Endpoint{Resource: r, Kind: fact.Machine, Word: s.Word}
	fronts := s.fronts[r]
	if !s.replaced(r) {
		fronts = append(s.own(r), fronts...)
	}
	for _, f := range fronts {
		if f.resource != nil && f.resource != r {
			e.Parts = append(e.Parts, f.resource)
		}
		if !f.shares {
			e.Ways = append(e.Ways, s.ways(r, f)...)
		}
		e.Within = append(e.Within, s.subnets(f)...)
	}
	return e
}

// own returns the fronts that a machine is itself: one for each block of its interfaces.
func (s *surroundings) own(r *graph.Resource) []front {
	all := front{
		resource: r, guarded: r, object: r.Object, ipv4: s.IPv4, ipv6: s.IPv6, by: s.In, open: s.Open, unguarded: s.Unguarded,
	}
	var out []front
	for _, path := range s.Each {
		for _, b := range ownUnder(r, strings.Split(path, ".")) {
			f := all
			if f.object = b.Object; !b.Certain {
				f.maybe = decider(b.Exists, "whether "+r.Addr.String()+" has the interface", r)
			}
			out = append(out, f)
		}
	}
	if len(out) == 0 {
		return []front{all}
	}
	for i := range out {
		out[i].one = s.Bound && len(out) > 1
	}
	return out
}

// replaced reports whether all interfaces of a machine are resources.
func (s *surroundings) replaced(r *graph.Resource) bool {
	return slices.ContainsFunc(s.Interfaces, func(i Interface) bool {
		blocks := r.OwnBlocks(i.Instead)
		return i.Instead != "" && len(blocks) > 0 && !slices.ContainsFunc(blocks, func(b graph.Block) bool {
			return !b.Certain || !slices.ContainsFunc(i.In, func(attr string) bool {
				name, found := strings.CutPrefix(attr, i.Instead+".")
				return found && Given(b.OwnAttr(name)) && !Nullable(b.OwnAttr(name))
			})
		})
	})
}

// public reports whether a front has a public address. That of a machine whose interfaces are all resources is one of theirs.
func (s *surroundings) public(r *graph.Resource, f front, public Publicity) (Answer, graph.Value) {
	is, by := public(s.topology.Graph, Published{Resource: f.resource, Balancer: f.resource, Object: f.object})
	if is == Yes && f.one {
		return Unclear, decider(graph.Value{}, "which interface of "+r.Addr.String()+" has the address", r)
	}
	if is != No || f.resource == r || !s.replaced(r) {
		return is, by
	}
	is, by = public(s.topology.Graph, Published{Resource: r, Balancer: r, Object: r.Object})
	if is == Yes && len(s.fronts[r]) > 1 {
		return Unclear, decider(by, "which interface of "+r.Addr.String()+" has the address", r)
	}
	return is, by
}

// ways returns the way to a machine by one of its fronts, for each family of the front's public addresses.
func (s *surroundings) ways(r *graph.Resource, f front) []fact.Way {
	var out []fact.Way
	for _, of := range []struct {
		family Family
		public Publicity
	}{{IPv4, f.ipv4}, {IPv6, f.ipv6}} {
		if of.public == nil {
			continue
		}
		var hops []*fact.Hop
		if maybe := Present(r, s.Word); maybe != nil {
			hops = append(hops, maybe)
		}
		if f.resource == nil {
			hops = append(hops, publicAddress(r, of.family, Unclear, f.maybe), protection{scope: s.Firewall}.unguarded(r, Anyone))
			out = append(out, fact.Way{Family: of.family.All(), Hops: hops})
			continue
		}
		is, by := s.public(r, f, of.public)
		if is != Yes && f.resource == r {
			if also, v := addressed(s.topology.Graph, s.Addresses, r, of.family); also == Yes || is == No {
				is, by = also, v
			}
		}
		address := publicAddress(f.resource, of.family, is, by)
		if !f.maybe.Absent() {
			address.Doubt(OriginsOf(f.maybe)...)
		}
		hops = append(hops, address)
		hops = append(hops, s.filters(r, f)...)
		out = append(out, fact.Way{Family: of.family.All(), Hops: hops})
	}
	return out
}

// filters returns the hops of the lists of a front's subnet and of its firewalls.
func (s *surroundings) filters(r *graph.Resource, f front) []*fact.Hop {
	p := protection{scope: s.Firewall, name: s.Name, types: s.Firewalls}
	by := s.guarding(p, f)
	if f.resource == r {
		by = append(by, s.shared(p, r)...)
	}
	var out []*fact.Hop
	if s.Before != nil {
		out = s.Before(s.topology, f.guarded)
	}
	for i, sub := range s.Subnets {
		lists := protection{scope: sub.List, types: sub.Lists}
		found := s.listed(i, f)
		if sub.Adds {
			by = append(by, found...)
			continue
		}
		out = append(out, lists.guard(f.guarded, found, sub.Unguarded))
	}
	if f.open != nil {
		switch is, v := f.open(s.topology.Graph, Published{Resource: f.guarded, Balancer: f.guarded, Object: f.object}); is {
		case Yes:
			hop := &fact.Hop{
				Kind: "no " + s.Firewall.Kind, At: v.At, Takes: All(), Why: "filtering is switched off",
				Change: "Switch it on, with rules that admit named addresses only.",
			}
			if hop.At.Filename == "" {
				hop.At = f.guarded.Decl
			}
			return append(out, hop)
		case Unclear:
			hop := p.guard(f.guarded, by, f.unguarded)
			hop.Doubt(OriginsOf(decider(v, "whether something filters what "+r.Addr.String()+" receives", r))...)
			if hop.Takes.May = netset.AllTraffic(); hop.Guard != nil {
				guard := *hop.Guard
				guard.Gaps.Absent = true
				hop.Guard = &guard
			}
			return append(out, hop)
		case No:
		}
	}
	return append(out, p.guard(f.guarded, by, f.unguarded))
}

// guarding returns the firewalls of a front.
func (s *surroundings) guarding(p protection, f front) []guarded {
	out := slices.Clone(s.guards[f.guarded])
	for _, attr := range f.by {
		for _, v := range valuesAt(f.object, attr) {
			out = append(out, p.named(s.topology, v, true)...)
		}
	}
	return out
}

// shared returns the firewalls of the interfaces that share a machine's addresses. It isn't known which of several has them.
func (s *surroundings) shared(p protection, r *graph.Resource) []guarded {
	var out []guarded
	several := 0
	for _, f := range s.fronts[r] {
		if !f.shares {
			continue
		}
		several++
		if f.guarded == nil {
			out = append(out, guarded{by: f.maybe, unknown: true})
			continue
		}
		for _, g := range s.guarding(p, f) {
			g.scope.Certain, g.there = g.scope.Certain && f.maybe.Absent(), false
			out = append(out, g)
		}
	}
	for i := range out {
		out[i].scope.Certain = out[i].scope.Certain && several == 1
	}
	return out
}

// listed returns the lists of a front's subnet, of one of the kinds of Subnets.
func (s *surroundings) listed(kind int, f front) []guarded {
	var out []guarded
	sub := s.Subnets[kind]
	p := protection{scope: sub.List, types: sub.Lists}
	for _, attr := range sub.Of {
		for _, v := range valuesAt(f.object, attr) {
			if !Given(v) {
				continue
			}
			for _, end := range s.topology.EndsOf(v, true) {
				if end.Resource == nil || end.Resource.Addr.Type != sub.Type || end.Resource.Addr.Mode != graph.Managed {
					by := decider(end.Value, "the rules of the subnet of "+f.guarded.Addr.String(), f.guarded)
					out = append(out, guarded{by: by, unknown: true})
					continue
				}
				found := slices.Clone(s.lists[kind][end.Resource])
				for _, attr := range sub.In {
					for _, l := range valuesAt(end.Resource.Object, attr) {
						found = append(found, p.named(s.topology, l, end.Certain)...)
					}
				}
				if len(found) == 0 && sub.Network != "" {
					found = p.named(s.topology, end.Resource.OwnAttr(sub.Network), end.Certain)
				}
				out = append(out, found...)
			}
		}
	}
	return out
}

// subnets returns the subnets of a front that the configuration makes.
func (s *surroundings) subnets(f front) []*graph.Resource {
	var out []*graph.Resource
	for _, sub := range s.Subnets {
		for _, attr := range sub.Of {
			if f.guarded == nil {
				continue
			}
			for _, v := range valuesAt(f.object, attr) {
				if !Given(v) {
					continue
				}
				for _, end := range s.topology.EndsOf(v, true) {
					if end.Resource != nil && end.Resource.Addr.Mode == graph.Managed && !slices.Contains(out, end.Resource) {
						out = append(out, end.Resource)
					}
				}
			}
		}
	}
	return out
}

// addressKind is the word for the hop of a machine's own address.
const addressKind = "public address"

// publicAddress returns the hop of a machine's address of a family.
func publicAddress(r *graph.Resource, f Family, is Answer, by graph.Value) *fact.Hop {
	name := "IPv4"
	if f == IPv6 {
		name = "IPv6"
	}
	hop := &fact.Hop{
		Kind: addressKind, Resource: r, At: by.At, Takes: All(), Why: "it has a public " + name + " address",
		Change: "Without a public address only its own network reaches it.",
	}
	if hop.At.Filename == "" {
		hop.At = r.Decl
	}
	switch is {
	case Yes:
	case No:
		hop.Takes, hop.Why, hop.Change = None(), "it has no public "+name+" address", "A public address would put it on the internet."
	case Unclear:
		hop.Takes, hop.Why = Perhaps(), "it isn't known whether it has a public "+name+" address"
		hop.Decides = OriginsOf(decider(by, "the public address of "+r.Addr.String(), r))
	}
	return hop
}
