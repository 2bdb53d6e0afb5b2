package reach

import (
	"slices"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// Inside walks between hosts, and between hosts and far addresses. Hosts that are alike are walked to and from once.
type Inside struct {
	walker *Walker
	clouds []*fact.Inside
	// public are the endpoints with the ways from the internet, by their resources.
	public map[any]*fact.Endpoint
	hosts  []*Host
	// open, comes and goes are what is computed once for hosts that are alike.
	open  map[pair]Ports
	comes map[int]carried
	goes  map[int]carried
	subs  map[int][]*substitution
}

// Host is a host of any cloud.
type Host struct {
	*fact.Host
	cloud, index int
	// Class is the same number for hosts that are alike.
	Class int
}

type pair struct {
	from, to int
	itself   bool
}

// Ports are the TCP and UDP ports at which something is reached.
type Ports struct{ TCP, UDP netset.Bounds[netset.Ports] }

// Of returns the ports of a protocol.
func (p Ports) Of(protocol uint8) netset.Bounds[netset.Ports] {
	if protocol == netset.UDP {
		return p.UDP
	}
	return p.TCP
}

// None reports whether surely nothing is reached.
func (p Ports) None() bool { return p.TCP.May.Empty() && p.UDP.May.Empty() }

// Equal reports whether both are the same ports.
func (p Ports) Equal(o Ports) bool {
	same := func(a, b netset.Bounds[netset.Ports]) bool { return a.Must.Equal(b.Must) && a.May.Equal(b.May) }
	return same(p.TCP, o.TCP) && same(p.UDP, o.UDP)
}

// carried is the traffic over TCP and UDP that comes by the ways of an endpoint.
type carried struct{ tcp, udp netset.Bounds[netset.Traffic] }

func (c carried) ports(addresses netset.Prefixes) Ports {
	of := func(t netset.Bounds[netset.Traffic], protocol uint8) netset.Bounds[netset.Ports] {
		only := netset.Product(addresses, netset.Protocol(protocol), netset.AllPorts())
		return netset.Bounds[netset.Ports]{Must: t.Must.Intersect(only).Ports(protocol), May: t.May.Intersect(only).Ports(protocol)}
	}
	return Ports{of(c.tcp, netset.TCP), of(c.udp, netset.UDP)}
}

// NewInside returns what walks between the hosts of clouds, with a walker by their rules. The endpoints are those that the
// internet may reach.
func NewInside(w *Walker, clouds []*fact.Inside, endpoints []fact.Endpoint) *Inside {
	in := &Inside{
		walker: w, clouds: clouds, public: map[any]*fact.Endpoint{}, open: map[pair]Ports{},
		comes: map[int]carried{}, goes: map[int]carried{}, subs: map[int][]*substitution{},
	}
	for i := range endpoints {
		in.public[endpoints[i].Resource] = &endpoints[i]
	}
	type key struct {
		cloud int
		like  any
	}
	classes := map[key]int{}
	for c, cloud := range clouds {
		for i := range cloud.Hosts {
			h := &Host{Host: &cloud.Hosts[i], cloud: c, index: i, Class: len(in.hosts)}
			if h.Like != nil {
				if class, ok := classes[key{c, h.Like}]; ok {
					h.Class = class
				} else {
					classes[key{c, h.Like}] = h.Class
				}
			}
			in.hosts = append(in.hosts, h)
		}
	}
	return in
}

// Hosts returns all hosts.
func (in *Inside) Hosts() []*Host { return in.hosts }

// Walked returns how many pairs of hosts were walked between so far. Those that are alike count once.
func (in *Inside) Walked() int { return len(in.open) }

// all are the ports that are walked to.
func all(protocol uint8) Port { return Port{Protocol: protocol, Ports: anyPort()} }

// carries returns what comes by the ways of an endpoint.
func (in *Inside) carries(e *fact.Endpoint) carried {
	return carried{in.walker.carries(e, netset.TCP), in.walker.carries(e, netset.UDP)}
}

// carries returns the traffic to any port that comes to an endpoint, by the ports at which it arrives.
func (w *Walker) carries(e *fact.Endpoint, protocol uint8) netset.Bounds[netset.Traffic] {
	var of cases[netset.Traffic]
	port := all(protocol)
	add := func(way *fact.Way) {
		end := w.flow(way, w.starts(way, port), protocol)
		if way.One { // any client stands for the one
			end = fromAll(way, end, protocol)
			only := netset.Protocol(protocol)
			end.Must = netset.Product(way.Family, only, end.Must.Ports(protocol))
			end.May = netset.Product(way.Family, only, end.May.Ports(protocol))
		}
		of.add(way, end)
	}
	for i := range e.Ways {
		add(&e.Ways[i])
	}
	for _, b := range e.Bundles {
		key := judgedBundle{b.Like, about(port)}
		found, ok := w.carried[key]
		if !ok || b.Like == nil {
			for made := range b.Ways {
				way := made()
				found = netset.UnionBounds(found, w.flow(&way, w.starts(&way, port), protocol))
			}
			if b.Like != nil {
				w.carried[key] = found
			}
		}
		of.always = netset.UnionBounds(of.always, found)
	}
	return of.all()
}

// fromAll returns the traffic of a way whose connections come from one of its clients, port by port: a port is surely reached
// if all clients reach it.
func fromAll(way *fact.Way, comes netset.Bounds[netset.Traffic], protocol uint8) netset.Bounds[netset.Traffic] {
	clients, only := begins(way), netset.Protocol(protocol)
	var surely netset.Ports
	for box := range comes.Must.Boxes() {
		if clients.SubsetOf(box.Sources) {
			surely = surely.Union(box.Ports)
		}
	}
	return netset.Bounds[netset.Traffic]{
		Must: netset.Product(clients, only, surely), May: netset.Product(clients, only, comes.May.Ports(protocol)),
	}
}

// Between returns the ports of one host at which another one reaches it.
func (in *Inside) Between(from, to *Host) Ports {
	key := pair{from.Class, to.Class, from == to}
	if out, ok := in.open[key]; ok {
		return out
	}
	e := in.Ways(from, to)
	out := in.carries(&e).ports(netset.AllAddresses())
	in.open[key] = out
	return out
}

// Ways returns the ways from one host to another: inside of networks, through load balancers there, and over the internet.
func (in *Inside) Ways(from, to *Host) fact.Endpoint {
	e := in.endpoint(to)
	if from.cloud == to.cloud {
		e.Ways = in.clouds[from.cloud].Between(from.index, to.index)
	}
	if from == to {
		return e
	}
	if public := in.public[to.Resource]; public != nil {
		subs := in.substitutions(from)
		for way := range eachWay(public) {
			if inner, ok := subs[0].inner(way); ok {
				e.Ways = append(e.Ways, inner)
			}
		}
		if !in.Outward(from).None() && !in.Inward(to, netset.PublicSpace()).None() {
			for _, over := range subs[1:] {
				for way := range eachWay(public) {
					if way.Family.Equal(over.exit.Family) && len(way.Hops) > 0 && way.Hops[0].Kind != Unread {
						e.Ways = append(e.Ways, over.outer(way))
					}
				}
			}
		}
	}
	return e
}

// Unread is the kind of the hop that stands for what isn't read.
const Unread = "what isn't read"

func (in *Inside) endpoint(h *Host) fact.Endpoint {
	e := fact.Endpoint{Resource: h.Resource, Word: h.Word, Kind: fact.Machine, Parts: h.Parts}
	if public := in.public[h.Resource]; public != nil {
		e.Kind = public.Kind
	}
	return e
}

// eachWay yields all ways of an endpoint.
func eachWay(e *fact.Endpoint) func(func(*fact.Way) bool) {
	return func(yield func(*fact.Way) bool) {
		for i := range e.Ways {
			if !yield(&e.Ways[i]) {
				return
			}
		}
		for _, b := range e.Bundles {
			for made := range b.Ways {
				if way := made(); !yield(&way) {
					return
				}
			}
		}
	}
}

// substitutions returns what makes ways from a host of those from the internet: the first those that stay inside, the others
// those by each exit to an address of the internet, and it isn't known to which. They are made once for hosts that are alike.
func (in *Inside) substitutions(h *Host) []*substitution {
	out, ok := in.subs[h.Class]
	if !ok {
		out = []*substitution{{in: in, from: h, nodes: map[*fact.Node]*fact.Node{}}}
		exits := in.clouds[h.cloud].Leaves(h.index, fact.Far{Addresses: netset.PublicSpace(), One: true})
		for i := range exits {
			out = append(out, &substitution{in: in, from: h, exit: &exits[i], nodes: map[*fact.Node]*fact.Node{}})
		}
		in.subs[h.Class] = out
	}
	return out
}

// Outward returns the ports at which a host reaches somebody on the internet.
func (in *Inside) Outward(h *Host) Ports { return in.Out(h, netset.PublicSpace()) }

// Out returns the ports at which a host reaches some of the public addresses.
func (in *Inside) Out(h *Host, to netset.Prefixes) Ports { return in.outward(h).ports(to) }

// ByEveryone returns the ports of a host at which at least half of the internet reaches it, or those at which it reaches as
// much of the internet.
func (in *Inside) ByEveryone(h *Host, outward bool) Ports {
	of := in.inward(h)
	if outward {
		of = in.outward(h)
	}
	everyone := func(t netset.Traffic, protocol uint8) (out netset.Ports) {
		for box := range t.Boxes() {
			if box.Protocols.Contains(protocol) && netset.Everyone(box.Sources) {
				out = out.Union(box.Ports)
			}
		}
		return out
	}
	return Ports{
		TCP: netset.Bounds[netset.Ports]{Must: everyone(of.tcp.Must, netset.TCP), May: everyone(of.tcp.May, netset.TCP)},
		UDP: netset.Bounds[netset.Ports]{Must: everyone(of.udp.Must, netset.UDP), May: everyone(of.udp.May, netset.UDP)},
	}
}

func (in *Inside) outward(h *Host) carried {
	out, ok := in.goes[h.Class]
	if !ok {
		e := in.Leaving(h, fact.Far{Addresses: netset.PublicSpace()})
		out = in.carries(&e)
		in.goes[h.Class] = out
	}
	return out
}

// Inward returns the ports of a host at which some of the public addresses reach it.
func (in *Inside) Inward(h *Host, from netset.Prefixes) Ports { return in.inward(h).ports(from) }

func (in *Inside) inward(h *Host) carried {
	out, ok := in.comes[h.Class]
	if !ok {
		if e := in.public[h.Resource]; e != nil {
			out = in.carries(e)
		}
		in.comes[h.Class] = out
	}
	return out
}

// Leaving returns the ways from a host to far addresses.
func (in *Inside) Leaving(h *Host, far fact.Far) fact.Endpoint {
	e := in.endpoint(h)
	e.Ways = in.clouds[h.cloud].Leaves(h.index, far)
	return e
}

// Entering returns the ways from far addresses to a host: from those of the internet, and from private ones.
func (in *Inside) Entering(far fact.Far, h *Host) fact.Endpoint {
	e := in.endpoint(h)
	if public := in.public[h.Resource]; public != nil {
		if from := far.Addresses.Intersect(netset.PublicSpace()); !from.Empty() {
			sub := &substitution{in: in, clients: from, one: far.One, nodes: map[*fact.Node]*fact.Node{}}
			for way := range eachWay(public) {
				if from.Overlaps(way.Family) {
					e.Ways = append(e.Ways, sub.same(way))
				}
			}
		}
	}
	if private := far.Addresses.Difference(netset.PublicSpace()); !private.Empty() {
		far.Addresses = private
		e.Ways = append(e.Ways, in.clouds[h.cloud].Enters(far, h.index)...)
	}
	return e
}

// From returns the ports of a host at which far addresses reach it.
func (in *Inside) From(far fact.Far, h *Host) Ports {
	e := in.Entering(far, h)
	return in.carries(&e).ports(netset.AllAddresses())
}

// To returns the ports at which a host reaches far addresses.
func (in *Inside) To(h *Host, far fact.Far) Ports {
	e := in.Leaving(h, far)
	return in.carries(&e).ports(netset.AllAddresses())
}

// Walk returns who comes by the ways of an endpoint to a port.
func (in *Inside) Walk(e *fact.Endpoint, port Port) Reached { return in.walker.Walk(e, port) }

// substitution makes ways that start elsewhere than those to an endpoint from the internet.
type substitution struct {
	in   *Inside
	from *Host
	// exit is the way from the host to the internet; nil if the ways stay inside.
	exit *fact.Way
	// clients are the addresses at which the ways start without a host.
	clients netset.Prefixes
	one     bool
	nodes   map[*fact.Node]*fact.Node
}

// inner returns a way that leads on from a load balancer, as it leads on from the load balancer's private addresses; false if
// the way doesn't.
func (s *substitution) inner(way *fact.Way) (fact.Way, bool) {
	out := *way
	out.Clients, out.One = netset.AllAddresses(), true
	switch {
	case way.From != nil:
		out.From = s.node(way.From, s.entering)
		out.Clients = netset.Prefixes{}
		for i := range out.From.Ways {
			out.Clients = out.Clients.Union(begins(&out.From.Ways[i]))
		}
	case len(way.Hops) > 0 && (way.Hops[0].Kind == Unread || way.Hops[0].To != 0):
	default:
		return out, false
	}
	return out, true
}

// entering returns the ways of the host to a node by its private addresses.
func (s *substitution) entering(n *fact.Node) []fact.Way {
	family := netset.AllAddresses()
	for i := range n.Ways {
		family = n.Ways[i].Family
	}
	hop := &fact.Hop{
		Kind: "load balancer", Resource: n.Of, Takes: netset.Bounds[netset.Traffic]{May: netset.AllTraffic()},
		Why: "whether it is reached inside of the network isn't known", Change: "Scan the configuration of the load balancer together with this one.",
	}
	for _, to := range s.in.hosts {
		if n.Of == nil || to.Resource != n.Of || to.cloud != s.from.cloud {
			continue
		}
		var out []fact.Way
		for _, way := range s.in.clouds[to.cloud].Between(s.from.index, to.index) {
			if way.Family.Equal(family) {
				way.Hops = append(slices.Clip(way.Hops), n.Listens)
				way.Starts, way.Ends = fact.Case{}, fact.Case{}
				out = append(out, way)
			}
		}
		return out
	}
	return []fact.Way{{Family: family, Clients: family, One: true, Hops: []*fact.Hop{hop}}}
}

// outer returns a way from the internet as it begins at the host's exit.
func (s *substitution) outer(way *fact.Way) fact.Way {
	out := s.leaving(way)
	if way.From != nil {
		out.From, out.Hops = s.node(way.From, nil), way.Hops
	}
	return out
}

// leaving returns a way from the internet with the hops of the host's exit before it. Both are of one address family.
func (s *substitution) leaving(way *fact.Way) fact.Way {
	out := *way
	out.Clients, out.One = netset.PublicSpace().Intersect(way.Family), true
	out.Hops = slices.Concat(s.exit.Hops, way.Hops)
	if way.From == nil {
		out.Starts = s.exit.Starts
	}
	return out
}

// same returns a way that starts at some of the internet's addresses.
func (s *substitution) same(way *fact.Way) fact.Way {
	out := *way
	out.Clients, out.One = s.clients, s.one
	if way.From != nil {
		out.From = s.node(way.From, nil)
	}
	return out
}

// node returns a node to which the substitution's ways lead. first makes the ways that come in place of those from the
// internet; nil changes each.
func (s *substitution) node(n *fact.Node, first func(*fact.Node) []fact.Way) *fact.Node {
	if out := s.nodes[n]; out != nil {
		return out
	}
	out := &fact.Node{Of: n.Of, Listens: n.Listens}
	s.nodes[n] = out
	if first != nil {
		out.Ways = first(n)
	}
	for i := range n.Ways {
		way := n.Ways[i]
		switch {
		case way.From != nil:
			way.From = s.node(way.From, first)
			switch {
			case s.from == nil:
				way.Clients = s.clients
			case s.exit != nil:
				way.Clients = netset.PublicSpace()
			default:
				way.Clients = netset.AllAddresses()
			}
			out.Ways = append(out.Ways, way)
		case first != nil:
		case s.from == nil:
			out.Ways = append(out.Ways, s.same(&way))
		case s.exit.Family.Equal(way.Family):
			out.Ways = append(out.Ways, s.leaving(&way))
		}
	}
	return out
}
