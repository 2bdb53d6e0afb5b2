package google

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// front is a forwarding rule in front of a machine.
type front struct {
	rule, machine *graph.Resource
	// by is the last edge that names the machine, such as a target pool's.
	by *graph.Edge
	// certain is false if an edge on the way may not exist; decides says why.
	certain bool
	decides []graph.Origin
	// proxied is true if the machine sees a proxy's addresses instead of the clients'.
	proxied bool
	// service is the backend service that hands connections of a proxy on.
	service *graph.Resource
	// endpoints is the network endpoint group that the machine is in, or nil. It says which interface gets the connections.
	endpoints *graph.Resource
}

// isForwarding reports whether a resource is a forwarding rule.
func isForwarding(r *graph.Resource) bool {
	return slices.Contains(forwardings(), r.Addr.Type)
}

func forwardings() []string {
	return []string{"google_compute_forwarding_rule", "google_compute_global_forwarding_rule"}
}

// behind is what is behind a forwarding rule.
type behind struct {
	// fronts are the machines behind the rule. A machine is there for each service and edge that names it.
	fronts []front
	seen   map[frontKey]int
	// proxied is true if connections end at the load balancer.
	proxied bool
	// others name what may be behind it and lies outside the configuration; foreign says that some of that surely does, so
	// that the forwarding rule alone says what it publishes.
	others  []graph.Origin
	foreign bool
}

// behind follows a forwarding rule to machines.
func (n *network) behind(rule *graph.Resource) behind {
	type step struct {
		from    string
		service *graph.Resource // which names the port of a group's machines
	}
	out := behind{seen: map[frontKey]int{}}
	seen := map[step]bool{}
	var follow func(from string, f front)
	follow = func(from string, f front) {
		if seen[step{from, f.service}] {
			return
		}
		seen[step{from, f.service}] = true
		if f.by != nil && f.by.To.Resource != nil {
			group := f.by.To.Resource
			out.others = append(out.others, n.unlisted(group)...)
			if group.Addr.Type == endpointGroup {
				f.endpoints = group
			}
		}
		for _, e := range n.t.From(from, graph.Targets) {
			f := f
			f.by = e
			if !e.Certain() {
				f.certain = false
				f.decides = append(slices.Clip(f.decides), append(read.OriginsOf(e.To.Value), read.OriginsOf(e.By.Exists)...)...)
			}
			n.add(&out, e, f, follow)
		}
		if f.endpoints != nil && f.endpoints == f.by.To.Resource {
			n.literally(&out, f)
		}
		for _, typ := range groupManagers() { // they name the pools that they are in
			for _, e := range n.t.From(from, graph.Targets) {
				if e.By.Addr.Type == typ && e.To.Resource == e.By {
					f := f
					f.by, f.certain = e, f.certain && e.From.Certain && e.By.Certain
					out.put(e.By, f)
				}
			}
		}
	}
	follow(rule.Addr.String(), front{rule: rule, certain: true})
	return out
}

// add adds what an edge leads to, and follows what hands connections on.
func (n *network) add(b *behind, e *graph.Edge, f front, follow func(string, front)) {
	to := e.To.Resource
	if to == nil || to.Addr.Mode != graph.Managed {
		name := e.To.Name
		b.foreign = b.foreign || e.To.Known() && f.certain && to == nil && !read.MayBeMade(e.To.Value) && !n.mayBeHere(e.To.Value)
		if name == "" {
			b.others = append(b.others, read.OriginsOf(e.To.Value)...)
		} else {
			b.others = append(b.others, read.Outside("what is behind "+name, e.To.Value))
		}
		return
	}
	switch typ := to.Addr.Type; {
	case slices.ContainsFunc(proxies(), func(p proxy) bool { return p.typ == typ }):
		f.proxied, b.proxied = true, true
		follow(to.Addr.String(), f)
	case slices.Contains(machines(), typ), slices.Contains(groupManagers(), typ):
		b.put(to, f)
	case typ == instanceGroup, typ == endpointGroup, typ == "google_compute_target_pool", typ == "google_compute_target_instance",
		slices.Contains(backendServices(), typ), slices.Contains(urlMaps(), typ):
		if slices.Contains(backendServices(), typ) {
			f.service = to
		}
		follow(to.Addr.String(), f)
	default:
		b.others = append(b.others, read.Outside("what is behind "+to.Addr.String(), e.To.Value))
	}
}

// mayBeHere reports whether a value that names no resource that is followed may name another one of the configuration: one that
// has the name, or one in a module whose code isn't there.
func (n *network) mayBeHere(v graph.Value) bool {
	text, known := v.Text()
	if !known {
		return slices.ContainsFunc(v.Origins(), func(o graph.Origin) bool { return o.Kind == graph.FromModule })
	}
	text = text[strings.LastIndexByte(text, '/')+1:]
	return slices.ContainsFunc(n.t.Resources, func(r *graph.Resource) bool {
		name, _ := r.OwnAttr("name").Text()
		return r.Addr.Mode == graph.Managed && name == text
	})
}

// unlisted names the members that a group has, or may have, that aren't machines of the configuration.
func (n *network) unlisted(group *graph.Resource) []graph.Origin {
	var out []graph.Origin
	name := group.Addr.String()
	switch group.Addr.Type {
	case instanceGroup:
		// Without the attribute, the group keeps members that were added by other means.
		if !read.Given(group.OwnAttr("instances")) && len(n.t.From(name, graph.Targets)) == 0 {
			out = append(out, read.Outside("the instances of "+name, graph.Value{At: group.Decl}))
		}
	case endpointGroup:
		members := n.t.To(name, graph.AttachedTo)
		if len(members) == 0 {
			out = append(out, read.Outside("the endpoints of "+name, graph.Value{At: group.Decl}))
		}
		for _, e := range members {
			out = append(out, unnamedEndpoints(e.By)...)
		}
	}
	return out
}

// unnamedEndpoints names the endpoints that a resource adds only by their address.
func unnamedEndpoints(r *graph.Resource) []graph.Origin {
	for _, o := range members(r) {
		if !read.Given(o.OwnAttr("instance")) {
			return []graph.Origin{read.Outside("what has the addresses of "+r.Addr.String(), o.OwnAttr("ip_address"))}
		}
	}
	return nil
}

// frontKey tells apart how machines are behind a rule.
type frontKey struct {
	machine, by, service *graph.Resource
}

// put adds a machine. Of what may be there twice by one service and resource, it keeps what surely is.
func (b *behind) put(machine *graph.Resource, f front) {
	f.machine = machine
	key := frontKey{machine, f.by.By, f.service}
	i, ok := b.seen[key]
	switch {
	case !ok:
		b.seen[key] = len(b.fronts)
		b.fronts = append(b.fronts, f)
	case f.certain && !b.fronts[i].certain:
		b.fronts[i] = f
	}
}

// accepts returns the hops of a forwarding rule itself, for each address family that it may have. Source: the provider's pages
// google_compute_forwarding_rule and google_compute_global_forwarding_rule.
func (n *network) accepts(r *graph.Resource) map[read.Family]*fact.Hop {
	out, ok := n.accepted[r]
	if !ok {
		out = n.findAccepts(r)
		n.accepted[r] = out
	}
	return out
}

// external says whether a forwarding rule has an external address, and the value that decides it.
func external(r *graph.Resource) (read.Answer, graph.Value) {
	scheme := read.Words{
		Attr: "load_balancing_scheme", Yes: []string{"external", "external_managed"},
		No: []string{"internal", "internal_managed", "internal_self_managed"}, Absent: read.Yes,
	}
	is, v := scheme.Of(r.Object)
	if text, known := r.Attr(scheme.Attr).Text(); known && text == "" {
		return read.No, r.Attr(scheme.Attr) // it leads to a service attachment, or to services of Google
	}
	return is, v
}

func (n *network) findAccepts(r *graph.Resource) map[read.Family]*fact.Hop {
	hop := fact.Hop{
		Kind: "forwarding rule", Resource: r, At: r.Decl, Takes: read.All(),
		Change: "A load_balancing_scheme that is internal takes it off the internet.",
	}
	doubt := func(why string, by ...graph.Origin) {
		hop.Takes.Must, hop.Decides = netset.Traffic{}, append(hop.Decides, by...)
		hop.Why = why
	}
	hop.Why = "it has an external address"
	if !r.Certain {
		doubt("it isn't known whether there is one", read.OriginsOf(r.Exists)...)
	}
	is, v := external(r)
	switch is {
	case read.Yes:
	case read.No:
		hop.Takes, hop.Why, hop.At = read.None(), "its scheme is internal", v.At
		hop.Change = "The scheme EXTERNAL would put it on the internet."
	case read.Unclear:
		doubt("its load_balancing_scheme isn't known", read.OriginsOf(v)...)
	}
	if v := r.OwnAttr("source_ip_ranges"); read.Given(v) {
		hop.Takes = netset.IntersectBounds(hop.Takes, read.Of(read.Sources(read.AnyFamily)(v)))
		hop.Why, hop.Change = "it takes connections from its source_ip_ranges", "source_ip_ranges says who may connect."
		hop.Decides = append(hop.Decides, v.Origins()...)
	}
	n.listens(r, &hop)
	return families(n.t, r, hop)
}

// forwards returns the protocols of a forwarding rule's ip_protocol; L3_DEFAULT is every protocol that can be forwarded.
// Source: https://cloud.google.com/load-balancing/docs/forwarding-rule-concepts#ip_protocols
func forwards(text string) netset.Protocols {
	switch text {
	case "UDP":
		return netset.Protocol(netset.UDP)
	case "ESP":
		return netset.Protocol(netset.ESP)
	case "AH":
		return netset.Protocol(netset.AH)
	case "SCTP":
		return netset.Protocol(netset.SCTP)
	case "ICMP":
		return netset.Protocol(netset.ICMP)
	case "L3_DEFAULT":
		return netset.AllProtocols()
	}
	return read.TCP()
}

// listens limits the hop of a forwarding rule to its protocol and ports. A rule that names no ports takes all of them.
func (n *network) listens(r *graph.Resource, hop *fact.Hop) {
	protocol := r.OwnAttr("ip_protocol")
	protocols := read.Speaks(protocol, forwards)
	if !protocols.Known() {
		hop.Decides = append(hop.Decides, read.OriginsOf(protocol)...)
	}
	taken, words := n.portsOf(r, hop)
	if len(words) == 0 && !protocols.May.Equal(read.TCP()) {
		hop.At = protocol.At
	}
	hop.Takes = netset.IntersectBounds(hop.Takes, read.On(protocols, taken))
	if hop.Takes.May.Empty() {
		return
	}
	switch kind := strings.ToUpper(protocols.May.String()); {
	case len(words) > 0 && protocols.May.Equal(read.TCP()):
		hop.Why += fmt.Sprintf(", and takes port %s", strings.Join(words, ", "))
	case len(words) > 0:
		hop.Why += fmt.Sprintf(", and takes %s port %s", kind, strings.Join(words, ", "))
	case !protocols.May.Equal(read.TCP()):
		hop.Why += fmt.Sprintf(", and takes %s", kind)
	}
}

// portsOf returns the ports that a forwarding rule takes, and the words for them. It also sets the hop's place and deciders.
func (n *network) portsOf(r *graph.Resource, hop *fact.Hop) (taken netset.Bounds[netset.Ports], words []string) {
	every, known := r.OwnAttr("all_ports").Bool()
	ports, span := r.OwnAttr("ports"), r.OwnAttr("port_range")
	doubt := func(v graph.Value) {
		taken.May = netset.AllPorts()
		hop.Decides = append(hop.Decides, read.OriginsOf(v)...)
	}
	switch all := r.OwnAttr("all_ports"); {
	case every, (known || !read.Given(all)) && !read.Given(span) && !read.Given(ports):
		return netset.Exactly(netset.AllPorts()), nil
	case read.Given(all) && !known:
		doubt(all)
	}
	add := func(v graph.Value) {
		text, ok := v.Text()
		set, err := netset.ParsePorts(text)
		if !ok || err != nil {
			doubt(v)
			return
		}
		taken = netset.UnionBounds(taken, netset.Exactly(set))
		words = append(words, read.Told(text, v))
		hop.Sensitive = hop.Sensitive || v.Sensitive()
	}
	if read.Given(span) {
		hop.At = span.At
		add(span)
	}
	if read.Given(ports) {
		hop.At = ports.At
		elements, whole := ports.Elements()
		for _, e := range elements {
			add(e)
		}
		if !whole {
			doubt(ports)
		}
	}
	return taken, words
}

// families returns the hop for each family that the address of a forwarding rule may have, IPv4 by default.
func families(t *graph.Topology, r *graph.Resource, hop fact.Hop) map[read.Family]*fact.Hop {
	version := read.Words{Attr: "ip_version", Yes: []string{"ipv4"}, No: []string{"ipv6"}, Absent: read.Yes}
	is, v := version.Of(r.Object)
	address := r.OwnAttr("ip_address")
	if !read.Given(v) && read.Given(address) {
		if text, ok := address.Text(); ok {
			if p, err := netset.ParseSource(text); err == nil && !p.IPv6().Empty() {
				is = read.No
			}
		} else if ends := t.End(address, true); len(ends) == 1 && ends[0].Resource != nil && ends[0].Resource.Addr.Mode == graph.Managed {
			is, v = version.Of(ends[0].Resource.Object)
		} else {
			is, v = read.Unclear, address
		}
	}
	out := map[read.Family]*fact.Hop{}
	switch is {
	case read.Yes:
		out[read.IPv4] = &hop
	case read.No:
		out[read.IPv6] = &hop
	case read.Unclear:
		hop.Takes.Must = netset.Traffic{}
		hop.Decides = append(slices.Clip(hop.Decides), read.OriginsOf(v)...)
		six := hop
		out[read.IPv4], out[read.IPv6] = &hop, &six
	}
	return out
}

// destinationOf returns where the address of a forwarding rule lies.
func destinationOf(r *graph.Resource, f read.Family) netset.Prefixes {
	if text, ok := r.OwnAttr("ip_address").Text(); ok {
		if p, err := netset.ParseSource(text); err == nil {
			return p
		}
	}
	return f.All()
}

// published returns the ways to a forwarding rule. A rule that ends connections is reached by itself; another rule is reached
// as far as the machines behind it are.
func (n *network) published(r *graph.Resource, machines map[string]*machine) []fact.Way {
	var out []fact.Way
	behind, accepts := n.behind(r), n.accepts(r)
	for _, f := range []read.Family{read.IPv4, read.IPv6} {
		accept := accepts[f]
		if accept == nil {
			continue
		}
		add := func(hops ...*fact.Hop) {
			out = append(out, fact.Way{Family: f.All(), Hops: append([]*fact.Hop{accept}, hops...)})
		}
		if behind.proxied {
			add()
			continue
		}
		// One machine stands for all that are reached alike.
		type alike struct {
			certain bool
			class   int
		}
		shown := map[alike]bool{}
		for _, front := range behind.fronts {
			m := machines[front.machine.Addr.String()]
			if m == nil {
				continue
			}
			arrives := n.arrives(m, front, destinationOf(r, f), f)
			if kind := (alike{front.certain, arrives.class}); n.aimed || !shown[kind] {
				shown[kind] = true
				add(append([]*fact.Hop{front.hop(m)}, arrives.hops...)...)
			}
		}
		switch {
		case behind.foreign:
			add(&fact.Hop{
				Kind: "target", Resource: r, At: r.Decl, Takes: read.All(), Change: "A load_balancing_scheme that is internal takes it off the internet.",
				Why: "what it hands connections on to is outside the configuration, and its scheme says whom it is for",
			})
		case len(behind.others) > 0:
			add(&fact.Hop{
				Kind: "target", Resource: r, At: r.Decl, Takes: read.Perhaps(), Why: "what it hands connections on to is outside the configuration",
				Change:  "Scan the configuration of the target together with this one to decide it.",
				Decides: behind.others,
			})
		case len(behind.fronts) == 0:
			add(&fact.Hop{
				Kind: "target", Resource: r, At: r.Decl, Takes: read.None(), Why: "no machine is behind it",
				Change: "A machine in its target pool or backend service opens it.",
			})
		}
	}
	return out
}

// hop returns the hop that hands connections on to a machine.
func (f front) hop(m *machine) *fact.Hop {
	hop := &fact.Hop{
		Kind: "target", Resource: f.by.By, At: f.by.At(), Takes: read.All(), Why: "it hands connections on to " + m.Addr.String(),
		Change: "Take the machine out of it to close this way.",
	}
	if !f.certain {
		hop.Takes, hop.Decides = read.Perhaps(), f.decides
		hop.Why = "it may hand connections on to " + m.Addr.String()
	}
	return hop
}

// frontsOf returns the forwarding rules in front of a machine. It finds those of all machines once.
func (n *network) frontsOf(m *machine) []front {
	if n.fronts == nil {
		n.fronts = map[string][]front{}
		for _, r := range n.t.Resources {
			if r.Addr.Mode != graph.Managed || !isForwarding(r) {
				continue
			}
			for _, front := range n.behind(r).fronts {
				name := front.machine.Addr.String()
				n.fronts[name] = append(n.fronts[name], front)
			}
		}
	}
	return n.fronts[m.Addr.String()]
}

// fronted returns the ways to a machine through forwarding rules, as a bundle.
func (n *network) fronted(m *machine) []fact.Bundle {
	fronts := n.frontsOf(m)
	if len(fronts) == 0 {
		return nil
	}
	return []fact.Bundle{{Like: n.like(m, fronts), Ways: func(yield func(func() fact.Way) bool) {
		for _, front := range fronts {
			accepts := n.accepts(front.rule)
			for _, f := range []read.Family{read.IPv4, read.IPv6} {
				if accepts[f] == nil {
					continue
				}
				way := func() fact.Way {
					if front.proxied {
						return fact.Way{Family: f.All(), Hops: append([]*fact.Hop{accepts[f]}, n.proxied(m, front).hops...)}
					}
					hops := []*fact.Hop{accepts[f], front.hop(m)}
					return fact.Way{Family: f.All(), Hops: append(hops, n.arrives(m, front, destinationOf(front.rule, f), f).hops...)}
				}
				if !yield(way) {
					return
				}
			}
		}
	}}}
}

// list numbers the lists of forwarding rules.
type list int

// listKey is a list of forwarding rules in front of a machine: the list before its last rule, and the last rule with everything
// that decides who comes by it.
type listKey struct {
	before           list
	rule             *graph.Resource
	certain, proxied bool
	four, six        int
}

// like returns what decides who comes to a machine through forwarding rules; nil if the machine has something of its own that
// decides.
func (n *network) like(m *machine, fronts []front) any {
	if n.aimed {
		return nil
	}
	var all list
	for _, f := range fronts {
		key := listKey{before: all, rule: f.rule, certain: f.certain, proxied: f.proxied}
		if f.proxied {
			key.four = n.proxied(m, f).class
		} else {
			key.four = n.arrives(m, f, netset.Prefixes{}, read.IPv4).class
			key.six = n.arrives(m, f, netset.Prefixes{}, read.IPv6).class
		}
		if n.lists[key] == 0 {
			n.lists[key] = list(len(n.lists) + 1)
		}
		all = n.lists[key]
	}
	return all
}
