package adapter

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// googleFront is what a forwarding rule has in front of a machine.
type googleFront struct {
	rule *graph.Resource
	// by is what names the machine last, such as a target pool.
	by graph.Edge
	// certain is false if one of the edges on the way may not be there; decides says why.
	certain bool
	decides []graph.Origin
	// proxied says that the machine sees the addresses of a proxy in place of those of clients.
	proxied bool
	// endpoints is the network endpoint group that the machine is in, if any: it says which interface gets the connections.
	endpoints *graph.Resource
}

// isForwarding says whether a resource is a forwarding rule.
func isForwarding(r *graph.Resource) bool {
	return r.Addr.Type == "google_compute_forwarding_rule" || r.Addr.Type == "google_compute_global_forwarding_rule"
}

// googleBehind is what is behind a forwarding rule.
type googleBehind struct {
	// fronts are those before machines, by the addresses of those.
	fronts map[string]googleFront
	order  []string
	// proxied says that connections end at the load balancer.
	proxied bool
	// others name what may be behind it and lies outside the configuration.
	others []graph.Origin
}

// behind follows a forwarding rule to machines.
func (n *googleNetwork) behind(rule *graph.Resource) googleBehind {
	out := googleBehind{fronts: map[string]googleFront{}}
	seen := map[string]bool{}
	var follow func(from string, f googleFront)
	follow = func(from string, f googleFront) {
		if seen[from] {
			return
		}
		seen[from] = true
		if group := f.by.To.Resource; group != nil {
			out.others = append(out.others, n.unlisted(group)...)
			if group.Addr.Type == googleEndpointGroup {
				f.endpoints = group
			}
		}
		for _, e := range n.t.From(from, graph.Targets) {
			f := f
			f.by = e
			if !e.Certain() {
				f.certain = false
				f.decides = append(slices.Clip(f.decides), append(originsOf(e.To.Value), originsOf(e.By.Exists)...)...)
			}
			out.add(e, f, follow)
		}
		for _, typ := range googleGroupManagers() { // they name the pools that they are in
			for _, e := range n.t.From(from, graph.Targets) {
				if e.By.Addr.Type == typ && e.To.Resource == e.By {
					f := f
					f.by, f.certain = e, f.certain && e.From.Certain && e.By.Certain
					out.put(e.By, f)
				}
			}
		}
	}
	follow(rule.Addr.String(), googleFront{rule: rule, certain: true})
	return out
}

// add adds what an edge leads to, and follows what hands connections on.
func (b *googleBehind) add(e graph.Edge, f googleFront, follow func(string, googleFront)) {
	to := e.To.Resource
	if to == nil || to.Addr.Mode != graph.Managed {
		name := e.To.Name
		if name == "" {
			b.others = append(b.others, originsOf(e.To.Value)...)
		} else {
			b.others = append(b.others, outside("what is behind "+name, e.To.Value))
		}
		return
	}
	switch typ := to.Addr.Type; {
	case slices.ContainsFunc(googleProxies(), func(p googleProxy) bool { return p.typ == typ }):
		f.proxied, b.proxied = true, true
		follow(to.Addr.String(), f)
	case slices.Contains(googleMachines(), typ), slices.Contains(googleGroupManagers(), typ):
		b.put(to, f)
	case typ == googleGroup, typ == googleEndpointGroup, typ == "google_compute_target_pool", typ == "google_compute_target_instance",
		strings.HasSuffix(typ, "backend_service"), strings.HasSuffix(typ, "url_map"):
		follow(to.Addr.String(), f)
	default:
		b.others = append(b.others, outside("what is behind "+to.Addr.String(), e.To.Value))
	}
}

// unlisted names what a group has, or may have, that isn't a machine of the configuration.
func (n *googleNetwork) unlisted(group *graph.Resource) []graph.Origin {
	var out []graph.Origin
	name := group.Addr.String()
	switch group.Addr.Type {
	case googleGroup:
		// Without the attribute the group keeps those that were added by other means.
		if !given(group.OwnAttr("instances")) && len(n.t.From(name, graph.Targets)) == 0 {
			out = append(out, outside("the instances of "+name, graph.Value{At: group.Decl}))
		}
	case googleEndpointGroup:
		members := n.t.To(name, graph.AttachedTo)
		if len(members) == 0 {
			out = append(out, outside("the endpoints of "+name, graph.Value{At: group.Decl}))
		}
		for _, e := range members {
			out = append(out, unnamedEndpoints(e.By)...)
		}
	}
	return out
}

// unnamedEndpoints names the endpoints that a resource adds by their address only.
func unnamedEndpoints(r *graph.Resource) []graph.Origin {
	var out []graph.Origin
	for _, e := range googleEndpoints() {
		objects := []graph.Object{r.Object}
		switch {
		case e.typ != r.Addr.Type:
			continue
		case e.block != "":
			objects = nil
			for _, b := range r.OwnBlocks(e.block) {
				objects = append(objects, b.Object)
			}
		}
		for _, o := range objects {
			if !given(o.OwnAttr("instance")) {
				return append(out, outside("what has the addresses of "+r.Addr.String(), o.OwnAttr("ip_address")))
			}
		}
	}
	return out
}

func (b *googleBehind) put(machine *graph.Resource, f googleFront) {
	name := machine.Addr.String()
	if _, ok := b.fronts[name]; !ok {
		b.order = append(b.order, name)
		b.fronts[name] = f
	}
}

// accepts are the hops of a forwarding rule itself, for each address family that it may have.
// Source: the provider's pages google_compute_forwarding_rule and google_compute_global_forwarding_rule.
func (n *googleNetwork) accepts(r *graph.Resource) map[family]*fact.Hop {
	hop := fact.Hop{
		Kind: "forwarding rule", Resource: r, At: r.Decl, Passes: all(),
		Change: "A load_balancing_scheme that is internal takes it off the internet.",
	}
	doubt := func(why string, by ...graph.Origin) {
		hop.Passes.Must, hop.Decides = netset.Prefixes{}, append(hop.Decides, by...)
		hop.Why = why
	}
	hop.Why = "it has an external address"
	if !r.Certain {
		doubt("it isn't known whether there is one", originsOf(r.Exists)...)
	}
	scheme := words{
		attr: "load_balancing_scheme", yes: []string{"external", "external_managed"},
		no: []string{"internal", "internal_managed", "internal_self_managed"}, absent: yes,
	}
	is, v := scheme.of(r.Object)
	if text, known := r.Attr(scheme.attr).Text(); known && text == "" {
		is = no // it leads to a service attachment, or to services of Google
	}
	switch is {
	case yes:
	case no:
		hop.Passes, hop.Why, hop.At = none(), "its scheme is internal", r.Attr(scheme.attr).At
		hop.Change = "The scheme EXTERNAL would put it on the internet."
	case unclear:
		doubt("its load_balancing_scheme isn't known", originsOf(v)...)
	}
	protocol := words{
		attr: "ip_protocol", yes: []string{"tcp", "l3_default"}, no: []string{"udp", "esp", "ah", "sctp", "icmp"}, absent: yes,
	}
	switch is, v := protocol.of(r.Object); is {
	case yes:
	case no:
		hop.Passes, hop.Why, hop.At = none(), "it takes no TCP connections", v.At
		hop.Change = "The ip_protocol TCP would open it."
	case unclear:
		doubt("it isn't known whether its ip_protocol is TCP", originsOf(v)...)
	}
	if v := r.OwnAttr("source_ip_ranges"); given(v) {
		hop.Passes = netset.IntersectBounds(hop.Passes, sources(anyFamily)(v))
		hop.Why, hop.Change = "it takes connections from its source_ip_ranges", "source_ip_ranges says who may connect."
		hop.Decides = append(hop.Decides, v.Origins()...)
	}
	n.listens(r, &hop)
	return googleFamilies(n.t, r, hop)
}

// listens fills in the ports of a forwarding rule. One that names none takes all of them.
func (n *googleNetwork) listens(r *graph.Resource, hop *fact.Hop) {
	every, known := r.OwnAttr("all_ports").Bool()
	ports, span := r.OwnAttr("ports"), r.OwnAttr("port_range")
	switch {
	case every:
		return
	case given(r.OwnAttr("all_ports")) && !known:
		hop.Ports.May = netset.AllPorts()
		hop.Decides = append(hop.Decides, originsOf(r.OwnAttr("all_ports"))...)
	}
	var words []string
	addSpan := func(v graph.Value) {
		text, ok := v.Text()
		if !ok {
			hop.Ports.May = netset.AllPorts()
			hop.Decides = append(hop.Decides, originsOf(v)...)
			return
		}
		if set, err := netset.ParsePorts(text); err == nil {
			hop.Ports = netset.UnionBounds(hop.Ports, netset.Exactly(set))
			words = append(words, text)
		}
	}
	if given(span) {
		hop.At = span.At
		addSpan(span)
	}
	if given(ports) {
		hop.At = ports.At
		elements, whole := ports.Elements()
		for _, e := range elements {
			addSpan(e)
		}
		if !whole {
			hop.Ports.May = netset.AllPorts()
			hop.Decides = append(hop.Decides, originsOf(ports)...)
		}
	}
	if len(words) > 0 && !hop.Passes.May.Empty() {
		hop.Why += fmt.Sprintf(", and takes port %s", strings.Join(words, ", "))
	}
}

// googleFamilies returns the hop for each family that the address of a forwarding rule may have, IPv4 by default.
func googleFamilies(t *graph.Topology, r *graph.Resource, hop fact.Hop) map[family]*fact.Hop {
	version := words{attr: "ip_version", yes: []string{"ipv4"}, no: []string{"ipv6"}, absent: yes}
	is, v := version.of(r.Object)
	address := r.OwnAttr("ip_address")
	if !given(v) && given(address) {
		if text, ok := address.Text(); ok {
			if p, err := netset.ParseSource(text); err == nil && !p.IPv6().Empty() {
				is = no
			}
		} else if ends := t.End(address, true); len(ends) == 1 && ends[0].Resource != nil && ends[0].Resource.Addr.Mode == graph.Managed {
			is, v = version.of(ends[0].Resource.Object)
		} else {
			is, v = unclear, address
		}
	}
	out := map[family]*fact.Hop{}
	switch is {
	case yes:
		out[ipv4] = &hop
	case no:
		out[ipv6] = &hop
	case unclear:
		hop.Passes.Must = netset.Prefixes{}
		hop.Decides = append(slices.Clip(hop.Decides), originsOf(v)...)
		six := hop
		out[ipv4], out[ipv6] = &hop, &six
	}
	return out
}

// destination returns where the address of a forwarding rule lies.
func googleDestinationOf(r *graph.Resource, f family) netset.Prefixes {
	if text, ok := r.OwnAttr("ip_address").Text(); ok {
		if p, err := netset.ParseSource(text); err == nil {
			return p
		}
	}
	return f.all()
}

// published returns the ways to a forwarding rule: one that ends connections is reached by itself, another one as far as
// the machines behind it are.
func (n *googleNetwork) published(r *graph.Resource, machines map[string]*googleMachine) []fact.Way {
	var out []fact.Way
	behind, accepts := n.behind(r), n.accepts(r)
	for _, f := range []family{ipv4, ipv6} {
		accept := accepts[f]
		if accept == nil {
			continue
		}
		add := func(hops ...*fact.Hop) {
			out = append(out, fact.Way{Family: f.all(), Hops: append([]*fact.Hop{accept}, hops...)})
		}
		if behind.proxied {
			add()
			continue
		}
		for _, name := range behind.order {
			front, m := behind.fronts[name], machines[name]
			if m != nil {
				add(append([]*fact.Hop{front.hop(m)}, n.arrives(m, front, googleDestinationOf(r, f), f)...)...)
			}
		}
		if len(behind.others) > 0 {
			add(&fact.Hop{
				Kind: "target", Resource: r, At: r.Decl, Passes: perhaps(), Why: "what it hands connections on to is outside the configuration",
				Change:  "Scan the configuration of the target together with this one to decide it.",
				Decides: behind.others,
			})
		} else if len(behind.order) == 0 {
			add(&fact.Hop{
				Kind: "target", Resource: r, At: r.Decl, Passes: none(), Why: "no machine is behind it",
				Change: "A machine in its target pool or backend service opens it.",
			})
		}
	}
	return out
}

// hop is that of what hands connections on to a machine.
func (f googleFront) hop(m *googleMachine) *fact.Hop {
	hop := &fact.Hop{
		Kind: "target", Resource: f.by.By, At: f.by.At, Passes: all(), Why: "it hands connections on to " + m.Addr.String(),
		Change: "Take the machine out of it to close this way.",
	}
	switch {
	case f.proxied:
		hop.Passes = perhaps()
		hop.Why = "a proxy hands connections on, so that the machine sees the proxy's addresses and not those of clients"
		hop.Change = "Name the clients at the load balancer, and admit only its proxies here."
		hop.Decides = []graph.Origin{outside("whether "+m.Addr.String()+" admits the proxies of the load balancer", f.by.To.Value)}
	case !f.certain:
		hop.Passes, hop.Decides = perhaps(), f.decides
		hop.Why = "it may hand connections on to " + m.Addr.String()
	}
	return hop
}

// fronted returns the ways to a machine by forwarding rules.
func (n *googleNetwork) fronted(m *googleMachine) []fact.Way {
	if n.fronts == nil {
		n.fronts = map[string][]googleFront{}
		for _, r := range n.t.Resources {
			if r.Addr.Mode != graph.Managed || !isForwarding(r) {
				continue
			}
			behind := n.behind(r)
			for _, name := range behind.order {
				n.fronts[name] = append(n.fronts[name], behind.fronts[name])
			}
		}
	}
	var out []fact.Way
	for _, front := range n.fronts[m.Addr.String()] {
		accepts := n.accepts(front.rule)
		for _, f := range []family{ipv4, ipv6} {
			if accepts[f] == nil {
				continue
			}
			hops := []*fact.Hop{accepts[f], front.hop(m)}
			if !front.proxied {
				hops = append(hops, n.arrives(m, front, googleDestinationOf(front.rule, f), f)...)
			}
			out = append(out, fact.Way{Family: f.all(), Hops: hops})
		}
	}
	return out
}
