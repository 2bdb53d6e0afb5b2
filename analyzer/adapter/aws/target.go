package aws

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// registration makes something a target: of a target group, or of a classic load balancer.
type registration struct {
	*graph.Edge
	// port is the port that connections are handed on to; absent if the group decides.
	port graph.Value
}

// node is where connections of an address family come to a load balancer, in a subnet. A nil Node means that this isn't known,
// and every client may come.
type node struct {
	*fact.Node
	family read.Family
	via    networkInterface
	subnet graph.End
	// hides is true if targets surely see the load balancer's address instead of the client's.
	hides bool
}

// front is a listener in front of targets.
type front struct {
	// listener has the nodes; nil if it has none of its own.
	listener *graph.Resource
	nodes    []node
	// hand is the hop that hands connections on to a target.
	hand *fact.Hop
	// keeps is true if targets may see the clients' addresses, and masks if they may see the load balancer's.
	keeps, masks bool
	// to is the family of the targets' addresses.
	to read.Family
	// group is the target group; nil for a classic load balancer, and for what is outside the configuration.
	group *graph.Resource
}

// like is everything that decides who comes to a target through its load balancers.
type like struct {
	group, subnet *graph.Resource
	guard         *fact.Guard
	open          bool
	// port is 0 if the group decides.
	port int
}

// through returns the ways to a machine through load balancers: a bundle for each registration that is surely the machine's with
// one group, and one for all others.
func (n *network) through(r *graph.Resource, word string, interfaces []networkInterface) []fact.Bundle {
	var out []fact.Bundle
	var loose []registration
	add := func(like any, registrations ...registration) {
		b := fact.Bundle{Like: like, Ways: func(yield func(func() fact.Way) bool) {
			seen := map[passage]bool{}
			for _, reg := range registrations {
				for _, way := range n.behind(r, word, reg, interfaces, seen) {
					if !yield(way) {
						return
					}
				}
			}
		}}
		for range b.Ways { // there is one at least
			out = append(out, b)
			break
		}
	}
	for _, reg := range n.registrations(r, interfaces) {
		if reg.loose() {
			loose = append(loose, reg)
			continue
		}
		add(n.like(r, word, reg, interfaces), reg)
	}
	add(nil, loose...)
	return out
}

// like returns what decides who comes to a target, if the target has nothing of its own that decides; else nil.
func (n *network) like(r *graph.Resource, word string, reg registration, interfaces []networkInterface) any {
	if len(interfaces) != 1 || len(interfaces[0].subnets) != 1 || len(interfaces[0].before) > 0 || read.Present(r, word) != nil {
		return nil
	}
	i := interfaces[0]
	subnet, group := i.subnets[0], reg.From.Resource
	if !subnet.Certain || !isManaged(subnet) || group == nil || !reg.From.Certain || !reg.To.Certain || !reg.By.Certain {
		return nil
	}
	port, known := reg.port.Int()
	if read.Given(reg.port) && !known {
		return nil
	}
	return like{group, subnet.Resource, n.guarded(r, i.groups, n.vpcOf(subnet)).Guard, i.open, port}
}

// passage is what decides who comes from the node of a load balancer to a subnet of an interface behind it, if how connections are
// handed on is all that differs.
type passage struct {
	from         *fact.Node
	card, subnet int
	masked       bool
	by           effect
}

// effect is what a hop does that surely hands on everything, or that perhaps does.
type effect struct {
	surely bool
	to     int
}

// effectOf returns the effect of a hop, and false if it hands on a part.
func effectOf(hop *fact.Hop) (effect, bool) {
	all := netset.AllTraffic()
	surely := hop.Takes.Must.Equal(all)
	return effect{surely, hop.To}, hop.Guard == nil && hop.Takes.May.Equal(all) && (surely || hop.Takes.Must.Empty())
}

// behind yields functions that make the ways to a machine, or to a load balancer behind another one, by a registration, and the
// family of the clients' addresses. Of ways from one node that have the same effect it yields the first, if that isn't in seen:
// where nothing is known, anything may be behind any load balancer, by any listener and group.
func (n *network) behind(
	r *graph.Resource, word string, reg registration, interfaces []networkInterface, seen map[passage]bool,
) iter.Seq2[read.Family, func() fact.Way] {
	return func(yield func(read.Family, func() fact.Way) bool) {
		maybe := read.Present(r, word)
		for _, f := range n.before(reg) {
			by, plain := effectOf(f.hand)
			for _, from := range f.nodes {
				for at, i := range interfaces {
					for k, subnet := range i.subnets {
						keeps, masks := f.keeps && from.family == f.to && !from.hides, f.masks || from.family != f.to || from.hides
						make := func(masked, either bool) func() fact.Way {
							return func() fact.Way {
								way := fact.Way{From: from.Node, Family: from.family.All()}
								if maybe != nil {
									way.Hops = []*fact.Hop{maybe}
								}
								way.Hops = append(way.Hops, n.onto(r, f, from, i, subnet, masked, either)...)
								return way
							}
						}
						for _, masked := range []bool{false, true} {
							wanted, either := keeps, masks
							if masked {
								wanted, either = masks, keeps
							}
							if wanted && plain && from.Node != nil {
								p := passage{from.Node, at, k, masked, by}
								wanted, seen[p] = !seen[p], true
							}
							if wanted && !yield(from.family, make(masked, either)) {
								return
							}
						}
					}
				}
			}
		}
	}
}

// registrations returns the registrations that make a resource, or one of its interfaces, a target.
func (n *network) registrations(r *graph.Resource, interfaces []networkInterface) []registration {
	names := []string{r.Addr.String()}
	for _, i := range interfaces {
		for _, name := range i.names {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	var out []registration
	for _, e := range n.addressed(interfaces) {
		out = append(out, registration{Edge: e, port: e.By.OwnAttr("port")})
	}
	for _, name := range append(names, "") {
		for _, e := range n.targeting(name) {
			reg := registration{Edge: e}
			switch e.By.Addr.Type {
			case "aws_lb_target_group_attachment", "aws_alb_target_group_attachment":
				reg.port = e.By.OwnAttr("port")
			case "aws_ecs_service":
				reg.port = n.containerPort(e)
			case "aws_autoscaling_group", "aws_autoscaling_attachment", "aws_autoscaling_traffic_source_attachment",
				"aws_elb", "aws_elb_attachment":
			default:
				continue
			}
			out = append(out, reg)
		}
	}
	return slices.DeleteFunc(out, again())
}

// loose reports whether it isn't known what is registered with what.
func (r registration) loose() bool { return !r.From.Certain || !r.To.Certain }

// again returns a function that reports whether a loose registration with a group says no more than an earlier one.
func again() func(registration) bool {
	type registered struct {
		group *graph.Resource
		port  int
	}
	seen := map[registered]bool{}
	return func(reg registration) bool {
		if reg.From.Resource == nil || !reg.loose() {
			return false
		}
		port, known := reg.port.Int()
		if read.Given(reg.port) && !known {
			port = fact.AnyPort
		}
		key := registered{reg.From.Resource, port}
		defer func() { seen[key] = true }()
		return seen[key]
	}
}

// targeting returns the edges to a target by its name. For no name these are those to what isn't known and may be here; it finds
// them once.
func (n *network) targeting(name string) []*graph.Edge {
	if name != "" {
		return n.t.To(name, graph.Targets)
	}
	if n.perhaps == nil {
		n.perhaps = []*graph.Edge{}
		for _, e := range n.t.To("", graph.Targets) {
			if read.MayBeMade(e.To.Value) {
				n.perhaps = append(n.perhaps, e)
			}
		}
	}
	return n.perhaps
}

// containerPort returns the port with which the tasks of an ECS service are registered. Tasks in their machine's network may
// have another port there.
func (n *network) containerPort(e *graph.Edge) graph.Value {
	unknown := read.Opaque("the host port of "+e.By.Addr.String(), e.At())
	if len(e.By.OwnBlocks("network_configuration")) == 0 {
		return unknown
	}
	var found []graph.Value
	for _, b := range e.By.OwnBlocks("load_balancer") {
		for _, end := range n.t.End(b.OwnAttr("target_group_arn"), true) {
			if end.Name == e.From.Name {
				found = append(found, b.OwnAttr("container_port"))
			}
		}
	}
	if len(found) != 1 {
		return unknown
	}
	return found[0]
}

// before returns the listeners in front of a target, without those that use the target group in the same way as an earlier one.
// It finds them once for each edge, but their nodes: load balancers may form circles.
func (n *network) before(reg registration) []front {
	out, ok := n.listeners[reg.Edge]
	if !ok {
		out = n.usedBy(reg)
		n.listeners[reg.Edge] = out
	}
	out = slices.Clone(out)
	for i := range out {
		if out[i].listener != nil {
			out[i].nodes = n.listened(out[i].listener)
		}
	}
	return out
}

// usedBy returns what [network.before] keeps: the nodes of listeners are missing.
func (n *network) usedBy(reg registration) (out []front) {
	group := reg.From.Resource
	if group == nil || group.Addr.Mode != graph.Managed {
		return []front{{nodes: fromOutside(*reg.From), hand: n.unfollowed(reg), masks: true, to: read.IPv4}}
	}
	if group.Addr.Type == "aws_elb" {
		for i, b := range group.OwnBlocks("listener") {
			hand := n.handsOn(reg, nil, b.OwnAttr("instance_port"))
			out = append(out, front{nodes: n.classicNodes(group, i, b), hand: hand, masks: true, to: read.IPv4})
		}
		return out
	}
	port := reg.port
	if !read.Given(port) {
		port = group.OwnAttr("port")
	}
	f := front{to: read.IPv4, group: group}
	if text, _ := group.OwnAttr("ip_address_type").Text(); text == "ipv6" {
		f.to = read.IPv6
	}
	f.keeps, f.masks = seen(group)
	hands := map[*graph.Resource][]*fact.Hop{}
	for _, name := range []string{group.Addr.String(), ""} {
		for _, e := range n.targeting(name) {
			listener := e.From.Resource
			if !strings.HasPrefix(e.By.Addr.Type, "aws_lb_listener") && !strings.HasPrefix(e.By.Addr.Type, "aws_alb_listener") {
				continue
			}
			f.hand, f.listener, f.nodes = n.handsOn(reg, e, port), nil, nil
			if listener != nil && listener.Addr.Mode == graph.Managed {
				by, plain := effectOf(f.hand)
				if slices.ContainsFunc(hands[listener], func(h *fact.Hop) bool {
					effect, all := effectOf(h)
					return alike(h, f.hand) || plain && all && effect == by
				}) {
					continue
				}
				hands[listener] = append(hands[listener], f.hand)
				f.listener = listener
			} else {
				f.hand.Doubt(read.Unmade("the load balancer", *e.From)...)
				f.nodes = fromOutside(*e.From)
			}
			out = append(out, f)
		}
	}
	return out
}

// alike reports whether two hops do the same for the same reasons.
func alike(a, b *fact.Hop) bool {
	return a.Kind == b.Kind && a.Resource == b.Resource && a.At == b.At && a.To == b.To && a.Why == b.Why && a.Change == b.Change &&
		a.Guard == b.Guard && a.Sensitive == b.Sensitive && a.Takes.Must.Equal(b.Takes.Must) && a.Takes.May.Equal(b.Takes.May) && slices.Equal(a.Decides, b.Decides)
}

// fromOutside returns where connections come to a load balancer outside the configuration.
func fromOutside(e graph.End) []node {
	return []node{{family: read.IPv4, subnet: e}, {family: read.IPv6, subnet: e}}
}

// classicListener is a listener of a classic load balancer.
type classicListener struct {
	balancer *graph.Resource
	index    int
}

// classicNodes returns where connections come to a listener of a classic load balancer. It finds them once.
func (n *network) classicNodes(balancer *graph.Resource, index int, listener graph.Block) []node {
	key := classicListener{balancer, index}
	if out, ok := n.classics[key]; ok {
		return out
	}
	ports := read.Listens(balancer, []graph.Block{listener}, "lb_port", "lb_protocol", listenerProtocols)
	var out []node
	for _, w := range n.ways(balancer, "load balancer", n.balancer(networkInterface{before: []*fact.Hop{ports}}, balancer)) {
		listens := &fact.Node{Ways: []fact.Way{w.Way}, Of: balancer, Listens: ports}
		out = append(out, node{Node: listens, family: w.family, via: w.via, subnet: w.subnet})
	}
	n.classics[key] = out
	return out
}

// listened returns where connections come to a listener: by its load balancer's addresses, and by other load balancers that
// have this one as a target. It finds them once for each listener; load balancers may form circles.
func (n *network) listened(listener *graph.Resource) []node {
	if out, ok := n.reached[listener]; ok {
		return out
	}
	interfaces := n.listener(listener)
	var out []node
	for _, i := range interfaces {
		for _, subnet := range i.subnets {
			one := i
			one.subnets = []graph.End{subnet}
			for _, w := range n.ways(listener, "listener", one) {
				out = append(out, node{
					Node: &fact.Node{Ways: []fact.Way{w.Way}, Of: listener, Listens: i.before[0]}, family: w.family, via: one, subnet: subnet,
				})
			}
		}
	}
	n.reached[listener] = out
	for _, to := range out {
		i := to.via
		if i.balancer == nil {
			continue
		}
		seen := map[passage]bool{}
		for _, reg := range n.registrations(i.balancer, []networkInterface{i}) {
			if group := reg.From.Resource; group != nil && !takesBalancers(group) {
				continue
			}
			for family, way := range n.behind(i.balancer, "load balancer", reg, []networkInterface{i}, seen) {
				if family == to.family {
					to.Ways = append(to.Ways, way())
				}
			}
		}
		for _, w := range n.accelerated(listener, "listener", []networkInterface{i}) {
			if w.family == to.family {
				to.Ways = append(to.Ways, w.Way)
			}
		}
		names := []string{listener.Addr.String(), i.balancer.Addr.String()}
		if ways := n.entered(i.balancer, names, i, to.subnet, to.family); len(ways) > 0 {
			one := to
			one.Node, one.hides = &fact.Node{Ways: ways, Of: to.Of, Listens: to.Listens}, true
			n.reached[listener] = append(n.reached[listener], one)
		}
	}
	return n.reached[listener]
}

// takesBalancers reports whether a load balancer may be a target of a group: as what it is, or by its addresses. The default of
// target_type is instance. Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-target-groups.html
func takesBalancers(group *graph.Resource) bool {
	if !strings.HasSuffix(group.Addr.Type, "_target_group") || group.Addr.Mode != graph.Managed {
		return true
	}
	v := group.OwnAttr("target_type")
	text, known := v.Text()
	return read.Given(v) && (!known || text == "alb" || text == "ip")
}

// unfollowed returns the hop of a target group or load balancer outside the configuration.
func (n *network) unfollowed(reg registration) *fact.Hop {
	hop := &fact.Hop{
		Kind: "target group", Resource: reg.By, At: reg.At(), Takes: read.Perhaps(), To: fact.AnyPort,
		Why:    "a load balancer outside the configuration may hand connections on to it",
		Change: "Name the clients at the load balancer's listener, and admit only the load balancer here.",
	}
	if !reg.From.Known() {
		hop.Decides = read.OriginsOf(reg.From.Value)
	} else {
		hop.Decides = []graph.Origin{read.Outside("what "+reg.From.Name+" hands on", reg.From.Value)}
	}
	if port, known := reg.port.Int(); known && 0 < port && port <= 65535 {
		hop.To = port
	}
	return hop
}

// handsOn returns the hop that hands connections on to a target, perhaps at another port than the listener's. listened is the
// edge by which a listener uses the target group; nil for a classic load balancer.
func (n *network) handsOn(reg registration, listened *graph.Edge, port graph.Value) *fact.Hop {
	hop := &fact.Hop{
		Kind: "target group", Resource: reg.By, At: reg.By.Decl, Takes: read.All(), Why: "it hands connections on",
		Change: "Take it out of what the load balancer hands connections on to, to close this way.",
	}
	// doubt makes uncertain what a value decides.
	doubt := func(certain bool, v graph.Value) {
		if !certain {
			hop.Takes.Must = netset.Traffic{}
			hop.Decides = append(hop.Decides, v.Origins()...)
		}
	}
	if listened == nil {
		hop.Kind = "load balancer"
	} else {
		for _, b := range listened.By.OwnBlocks("condition") {
			for _, from := range b.OwnBlocks("source_ip") {
				hop.Takes = netset.IntersectBounds(hop.Takes, read.Of(read.Sources(read.AnyFamily)(from.OwnAttr("values"))))
				hop.Decides = append(hop.Decides, from.OwnAttr("values").Origins()...)
			}
		}
		doubt(listened.From.Certain, listened.From.Value)
		doubt(listened.To.Certain, listened.To.Value)
		doubt(listened.By.Certain, listened.By.Exists)
	}
	doubt(reg.From.Certain, reg.From.Value)
	doubt(reg.To.Certain, reg.To.Value)
	doubt(reg.By.Certain, reg.By.Exists)
	if listened != nil {
		switch weighs, by := n.weighs(listened); weighs {
		case read.No:
			hop.Takes, hop.At, hop.Why = read.None(), by.At, "its weight there is 0, so that nothing is handed on to it"
			return hop
		case read.Unclear:
			doubt(false, by)
		case read.Yes:
		}
	}
	number, ok := port.Int()
	if ok && number > 0 && number <= 65535 {
		hop.To = number
		hop.Why = "it hands connections on to port " + read.Told(fmt.Sprint(number), port)
	} else {
		hop.To = fact.AnyPort
		doubt(false, port)
	}
	return hop
}

// weighs says whether a listener, or a rule of it, hands anything on to the target group of an edge: of several groups, one
// whose weight is 0 gets nothing. By is the weight.
// Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-listeners.html
func (n *network) weighs(listened *graph.Edge) (answer read.Answer, by graph.Value) {
	answer = read.Yes
	for _, action := range append(listened.By.OwnBlocks("default_action"), listened.By.OwnBlocks("action")...) {
		for _, forward := range action.OwnBlocks("forward") {
			for _, group := range forward.OwnBlocks("target_group") {
				if !slices.ContainsFunc(n.t.End(group.OwnAttr("arn"), true), func(e graph.End) bool { return e.Name == listened.To.Name }) {
					continue
				}
				v := group.OwnAttr("weight")
				switch weight, known := v.Int(); {
				case !read.Given(v), known && weight > 0:
					return read.Yes, v
				case !known:
					answer, by = read.Unclear, v
				case by.Absent():
					answer, by = read.No, v
				}
			}
		}
	}
	return answer, by
}

// seen reports whether the targets of a group may see the clients' addresses, and whether they may see the load balancer's
// instead. Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html
func seen(group *graph.Resource) (keeps, masks bool) {
	protocol, known := group.OwnAttr("protocol").Text()
	protocol = strings.ToUpper(protocol)
	preserve, typ := group.OwnAttr("preserve_client_ip"), group.OwnAttr("target_type")
	text, typed := typ.Text()
	switch {
	case !known:
		return true, true
	case strings.HasPrefix(protocol, "HTTP"):
		return false, true
	case strings.Contains(protocol, "UDP"): // which always keep them
		return true, false
	case read.Given(preserve):
		is, known := preserve.Bool()
		return is || !known, !is || !known
	case read.Given(typ) && !typed:
		return true, true
	}
	masks = text == "ip"
	return !masks, masks
}

// onto returns the hops from the node of a load balancer in a subnet to an interface behind it: what the groups of the load
// balancer let out, network ACLs between the subnets, and what the groups of the interface let in, by the addresses of
// clients, or masked, by the address of the node; by the groups of the load balancer, too. Either says that it isn't known
// which of the addresses it is.
// Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html
func (n *network) onto(
	r *graph.Resource, f front, from node, i networkInterface, subnet graph.End, masked, either bool,
) []*fact.Hop {
	hand := *f.hand
	if either {
		hand.Doubt(read.Outside("whether the addresses of clients are preserved", graph.Value{At: hand.At}))
	}
	hops := []*fact.Hop{&hand}
	if zone := n.zoned(f, from, subnet); zone != nil && i.balancer == nil {
		hops = append(hops, zone)
	}
	if from.via.balancer != nil && !from.via.open {
		hops = append(hops, n.letsOut(from, n.peer(i, subnet, f.to)))
	}
	if same := from.subnet.Resource; same == nil || same != subnet.Resource {
		hops = append(hops, n.between(from, subnet, f.to, masked)...)
	}
	hops = append(hops, n.across(r, from, i, subnet, f.to)...)
	if !i.open {
		hops = append(hops, n.letsIn(r, i, subnet, n.peer(from.via, from.subnet, f.to), masked))
	}
	return append(append(hops, inSubnet(r, subnet)...), i.before...)
}

// across returns the hops between the VPC of a load balancer and another one of the configuration that a target is in, which
// takes its place there by its address. Of several connections it takes the one that passes most, or leads farthest.
func (n *network) across(r *graph.Resource, from node, i networkInterface, subnet graph.End, f read.Family) []*fact.Hop {
	a, b := n.vpcOf(from.subnet), n.vpcOf(subnet)
	if !made(a) || !made(b) || a.Name == b.Name || from.via.balancer == nil {
		return nil
	}
	at := func(owner *graph.Resource, i networkInterface, subnet graph.End) *site {
		i.subnets = []graph.End{subnet}
		for _, s := range n.sites(owner, "", []networkInterface{i}) {
			if s.family == f {
				s.only = fact.Case{}
				return &s
			}
		}
		return nil
	}
	one, other := at(from.via.balancer, from.via, from.subnet), at(r, i, subnet)
	if one == nil || other == nil {
		return nil
	}
	var out []*fact.Hop
	best, most := -1, -1
	for l, back := range n.roundTrips(one, other) {
		hops := append(slices.Clip(l.there), back...)
		passes, far := 2, len(hops)
		for k, h := range hops {
			switch {
			case h.Takes.May.Empty():
				passes, far = 0, min(far, k)
			case h.Takes.Must.Empty():
				passes = min(passes, 1)
			}
		}
		if passes > best || passes == best && far > most {
			best, most, out = passes, far, hops
		}
	}
	return out
}
