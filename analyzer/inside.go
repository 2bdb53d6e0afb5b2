package analyzer

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
	"github.com/tfreach/tfreach/analyzer/reach"
)

// Internet is the word for the internet where addresses are asked for.
const Internet = "internet"

// Party is something that a name stands for from which connections start, or to which they lead: a host, or far addresses. One
// of Host and Far is set.
type Party struct {
	Host *reach.Host
	Far  *fact.Far
	// Name is what it is called: the host's address, the network's, or the addresses.
	Name string
}

// Networks answers questions about what reaches what in an input.
type Networks struct {
	*reach.Inside
	graph       *graph.Graph
	attachments map[fact.ScopeID][]fact.Attachment
	named       map[string][]Party
}

// Ports returns the services that the rules of the selection judge, in their order.
func (s *Selection) Ports() []reach.Port {
	var out []reach.Port
	for _, rule := range s.Analyst.rules {
		if p := rule.Port; p.Service != "" && !slices.ContainsFunc(out, func(o reach.Port) bool { return o.Service == p.Service }) {
			out = append(out, p)
		}
	}
	return out
}

// networks returns what answers questions about what reaches what.
func (e *evidence) networks(k *Analyst, g *graph.Graph, w *reach.Walker) *Networks {
	var clouds []*fact.Inside
	for _, c := range k.known.Clouds {
		if c.Inside == nil {
			continue
		}
		t := g.Connect(c.Links)
		if in := c.Inside(t); len(in.Hosts) > 0 {
			e.strangers.disturbInside(t, in, c.Connects)
			e.servers.onHosts().inside(in)
			clouds = append(clouds, in)
		}
	}
	return &Networks{
		Inside: reach.NewInside(w, clouds, e.endpoints), graph: g, attachments: e.attachments, named: map[string][]Party{},
	}
}

// Find returns what a name stands for: "internet", a prefix or an address, the address of a resource or of a module, or a
// pattern of addresses in which * stands for anything. A security group stands for its members, a network or a subnet for
// all of its addresses. It returns nothing if there is no such thing.
func (n *Networks) Find(name string) []Party {
	if out, ok := n.named[name]; ok {
		return out
	}
	out := n.find(name)
	n.named[name] = out
	return out
}

func (n *Networks) find(name string) []Party {
	if name == Internet {
		return []Party{{Far: &fact.Far{Addresses: netset.PublicSpace()}, Name: Internet}}
	}
	if set, err := netset.ParseSource(name); err == nil {
		return []Party{{Far: &fact.Far{Addresses: set}, Name: name}}
	}
	is := addressed(name)
	var out []Party
	members := map[*graph.Resource]bool{}
	for _, r := range n.graph.Resources {
		if r.Addr.Mode == graph.Managed && is(r.Addr) {
			members[r] = true
			if far := networkOf(r); far != nil {
				out = append(out, Party{Far: far, Name: r.Addr.String()})
			}
		}
	}
	for scope, attached := range n.attachments {
		if at := n.graph.AtAddress(scope.Name); at != nil && members[at] {
			for _, a := range attached {
				members[a.Resource] = true
			}
		}
	}
	for _, h := range n.Hosts() {
		if members[h.Resource] || slices.ContainsFunc(h.Parts, func(r *graph.Resource) bool { return members[r] }) {
			out = append(out, Party{Host: h, Name: h.Resource.Addr.String()})
		}
	}
	return out
}

// networkOf returns the addresses of a network or a subnet; nil for other resources. Those that aren't known may be any private
// ones.
func networkOf(r *graph.Resource) *fact.Far {
	var attrs []string
	switch r.Addr.Type {
	case "aws_vpc", "aws_subnet", "aws_default_vpc", "aws_default_subnet":
		attrs = []string{"cidr_block", "ipv6_cidr_block"}
	case "azurerm_virtual_network":
		attrs = []string{"address_space"}
	case "azurerm_subnet":
		attrs = []string{"address_prefixes", "address_prefix"}
	case "google_compute_subnetwork":
		attrs = []string{"ip_cidr_range"}
	default:
		return nil
	}
	far := &fact.Far{Network: r}
	for _, attr := range attrs {
		v := r.OwnAttr(attr)
		elements, _ := v.Elements()
		for _, e := range append(elements, v) {
			text, _ := e.Text()
			if p, err := netip.ParsePrefix(text); err == nil {
				far.Addresses = far.Addresses.Union(netset.Prefix(p.Masked()))
			}
		}
	}
	if far.Addresses.Empty() {
		far.Addresses, far.One = netset.AllAddresses().Difference(netset.PublicSpace()), true
	}
	return far
}

// addressed returns what says whether an address is one of those that a name stands for.
func addressed(name string) func(graph.Address) bool {
	if strings.Contains(name, "*") {
		return func(a graph.Address) bool { return matches(name, a.String()) || matches(name, a.Block().String()) }
	}
	if addr, err := graph.ParseAddress(name); err == nil {
		return func(a graph.Address) bool {
			return a.Mode == addr.Mode && a.Type == addr.Type && a.Name == addr.Name && stands(addr.Key, a.Key) &&
				len(a.Module) == len(addr.Module) && within(a.Module, addr.Module)
		}
	}
	// A module stands for all that is in it. Its path is that of an address in it.
	inner, err := graph.ParseAddress(name + ".x.x")
	if err != nil || len(inner.Module) == 0 {
		return func(graph.Address) bool { return false }
	}
	return func(a graph.Address) bool { return within(a.Module, inner.Module) }
}

// within reports whether a module is another one, or is in it. A call without a key stands for all of its instances.
func within(m, outer graph.ModulePath) bool {
	if len(m) < len(outer) {
		return false
	}
	for i, step := range outer {
		if one := m[i]; one.Name != step.Name || !stands(step.Key, one.Key) {
			return false
		}
	}
	return true
}

// stands reports whether a key that is asked for is another one. Without a key, or with [*], it is any.
func stands(asked, key graph.Key) bool {
	return asked == (graph.Key{}) || asked.String() == "[*]" || asked == key
}

// matches reports whether a text is like a pattern, in which * stands for any characters.
func matches(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	if !strings.HasPrefix(text, parts[0]) {
		return false
	}
	text = text[len(parts[0]):]
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(text, part)
		if i < 0 {
			return false
		}
		text = text[i+len(part):]
	}
	return strings.HasSuffix(text, parts[len(parts)-1])
}

// Reach returns the ports at which one place reaches another, and whether tfreach can tell: it can't of two places outside the
// configuration.
func (n *Networks) Reach(from, to Party) (reach.Ports, bool) {
	switch {
	case from.Host != nil && to.Host != nil:
		return n.Between(from.Host, to.Host), true
	case from.Host != nil && to.Far.Addresses.SubsetOf(netset.PublicSpace()):
		return n.Out(from.Host, to.Far.Addresses), true
	case from.Host != nil:
		return n.To(from.Host, *to.Far), true
	case to.Host != nil && from.Far.Addresses.SubsetOf(netset.PublicSpace()):
		return n.Inward(to.Host, from.Far.Addresses), true
	case to.Host != nil:
		return n.From(*from.Far, to.Host), true
	}
	return reach.Ports{}, false
}

// ReachedByAll returns the ports at which all of one place reaches all of another; at least half of the internet stands for all
// of it.
func (n *Networks) ReachedByAll(from, to Party) (reach.Ports, bool) {
	far, host := from.Far, to.Host
	if from.Host != nil {
		far, host = to.Far, from.Host
	}
	switch {
	case far == nil:
		return n.Reach(from, to)
	case host == nil:
		return reach.Ports{}, false
	case far.Addresses.Equal(netset.PublicSpace()):
		return n.ByEveryone(host, from.Host != nil), true
	}
	one := *far
	one.One = true
	if from.Host != nil {
		return n.To(host, one), true
	}
	return n.From(one, host), true
}

// Trace returns the ways from one place to another, walked to a port. At least one of the places must be a host.
func (n *Networks) Trace(from, to Party, port reach.Port) *reach.Reached {
	var e fact.Endpoint
	switch {
	case from.Host != nil && to.Host != nil:
		e = n.Ways(from.Host, to.Host)
	case from.Host != nil:
		e = n.Leaving(from.Host, *to.Far)
	default:
		e = n.Entering(*from.Far, to.Host)
	}
	out := n.Walk(&e, port)
	return &out
}

// disturbInside makes the verdicts on hosts unknown where strangers may change what the hosts do, or what they are in.
func (s *strangers) disturbInside(t *graph.Topology, in *fact.Inside, connects []string) {
	if s.none() {
		return
	}
	d := disturbance{strangers: s, topology: t, guards: map[guardKey]*fact.Guard{}, bundled: map[any][]*graph.Resource{}}
	var between []*graph.Resource
	for _, typ := range connects {
		between = append(between, t.OfType(typ)...)
	}
	middle := s.mayChange(between...)
	around := make([][]*Stranger, len(in.Hosts))
	for i := range in.Hosts {
		h := &in.Hosts[i]
		around[i], _ = d.around(&fact.Endpoint{Resource: h.Resource, Parts: h.Parts})
		around[i] = append(around[i], d.attaching(append([]*graph.Resource{h.Resource}, h.Parts...))...)
		if len(around[i]) > 0 {
			h.Like = nil
		}
	}
	direct, leaves, enters := in.Between, in.Leaves, in.Enters
	in.Between = func(from, to int) []fact.Way {
		return d.ways(connected(direct(from, to), middle, connects), around[from], around[to])
	}
	in.Leaves = func(from int, far fact.Far) []fact.Way {
		return d.ways(connected(leaves(from, far), middle, connects), around[from])
	}
	in.Enters = func(far fact.Far, to int) []fact.Way {
		return d.ways(connected(enters(far, to), middle, connects), around[to])
	}
}

// connected returns ways as strangers may change them that refer to what connects networks, or leads out of them: a hop that isn't
// a guard may pass more, and one of such a type less.
func connected(ways []fact.Way, by []*Stranger, connects []string) []fact.Way {
	if len(by) == 0 {
		return ways
	}
	for w := range ways {
		way := &ways[w]
		way.Hops = slices.Clone(way.Hops)
		for h, hop := range way.Hops {
			of := hop.Resource != nil && slices.Contains(connects, hop.Resource.Addr.Type)
			if hop.Guard != nil || !of && hop.Takes.May.Equal(netset.AllTraffic()) {
				continue
			}
			one := *hop
			one.Takes.May = netset.AllTraffic()
			for _, s := range by {
				if of && s.restricts() {
					one.Takes.Must = netset.Traffic{}
				}
				one.Decides = append(slices.Clip(one.Decides), s.origin())
			}
			way.Hops[h] = &one
		}
	}
	return ways
}

// ways returns ways as strangers may change them.
func (d *disturbance) ways(ways []fact.Way, around ...[]*Stranger) []fact.Way {
	by := slices.Concat(around...)
	for w := range ways {
		way := &ways[w]
		way.Hops = slices.Clone(way.Hops)
		for h, hop := range way.Hops {
			if by := d.changing(hop); len(by) > 0 {
				hop = opened(hop, by)
				way.Hops[h] = hop
			}
			guard, some := d.guard(hop.Guard, nil)
			if guard == hop.Guard {
				continue
			}
			one := *hop
			one.Guard = guard
			for _, s := range some {
				one.Decides = append(slices.Clip(one.Decides), s.origin())
			}
			way.Hops[h] = &one
		}
		for _, s := range by {
			if len(way.Hops) > 0 && (d.filters[s.Name] || s.restricts() || s.named("firewall", "acl")) {
				first := *way.Hops[0]
				first.Doubt(s.origin())
				way.Hops[0] = &first
			}
		}
	}
	if len(by) == 0 || len(ways) == 0 && len(d.parts) == 0 {
		return ways
	}
	nowhere := len(ways) == 0
	for _, f := range []read.Family{read.IPv4, read.IPv6} {
		var clients netset.Prefixes
		one := false
		for _, way := range ways {
			if way.Family.Equal(f.All()) {
				clients, one = clients.Union(way.Clients), one || way.One
			}
		}
		if nowhere {
			clients, one = f.All(), true // what couldn't be read may connect them
		}
		if clients.Empty() {
			continue
		}
		for _, s := range by {
			ways = append(ways, fact.Way{Family: f.All(), Clients: clients, One: one, Hops: []*fact.Hop{{
				Kind: reach.Unread, Resource: s.resource, At: s.At, Takes: perhaps(netset.AllTraffic()),
				Why:     s.why(),
				Decides: []graph.Origin{s.origin()},
			}}})
		}
	}
	return ways
}
