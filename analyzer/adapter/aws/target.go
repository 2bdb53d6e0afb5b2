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

// registration says that something is a target: of a target group, or of a classic load balancer.
type registration struct {
	*graph.Edge
	// port is the one that connections are handed on to; absent if the group decides.
	port graph.Value
}

// node is where connections to an address family come to a load balancer, in a subnet. Without a Node that isn't known,
// and everything may.
type node struct {
	*fact.Node
	family read.Family
	via    networkInterface
	subnet graph.End
}

// front is a listener in front of targets.
type front struct {
	nodes []node
	// hand is the hop that hands connections on to a target.
	hand *fact.Hop
	// keeps says that targets may see the addresses of clients, and masks that they may see those of the load balancer.
	keeps, masks bool
	// to is the family of the targets' addresses.
	to read.Family
}

// like is what decides who comes to a target through its load balancers.
type like struct {
	group, subnet *graph.Resource
	guard         *fact.Guard
	open          bool
	// port is 0 if the group decides.
	port int
}

// through returns the ways to a machine by what hands connections on to it, a bundle for each of those.
func (n *network) through(r *graph.Resource, word string, interfaces []networkInterface) []fact.Bundle {
	var out []fact.Bundle
	for _, reg := range n.registrations(r, interfaces) {
		b := fact.Bundle{Like: n.like(r, word, reg, interfaces), Ways: func(yield func(func() fact.Way) bool) {
			for _, way := range n.behind(r, word, reg, interfaces) {
				if !yield(way) {
					return
				}
			}
		}}
		for range b.Ways { // there is one at least
			out = append(out, b)
			break
		}
	}
	return out
}

// like returns what decides who comes to a target, if nothing does that is its own; nil else.
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

// behind yields what makes the ways to a machine, or to a load balancer behind another one, by a registration, with the
// family of the clients' addresses.
func (n *network) behind(r *graph.Resource, word string, reg registration, interfaces []networkInterface) iter.Seq2[read.Family, func() fact.Way] {
	return func(yield func(read.Family, func() fact.Way) bool) {
		maybe := read.Present(r, word)
		for f := range n.fronts(reg) {
			for _, from := range f.nodes {
				for _, i := range interfaces {
					for _, subnet := range i.subnets {
						keeps, masks := f.keeps && from.family == f.to, f.masks || from.family != f.to
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
						if keeps && !yield(from.family, make(false, masks)) || masks && !yield(from.family, make(true, keeps)) {
							return
						}
					}
				}
			}
		}
	}
}

// registrations returns what makes a resource, or one of its interfaces, a target.
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
	for _, name := range append(names, "") {
		for _, e := range n.t.To(name, graph.Targets) {
			if name == "" && !read.MayBeMade(e.To.Value) {
				continue
			}
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
	return out
}

// containerPort returns the port that the tasks of an ECS service are registered with. Tasks in the network of their
// machine may have another one there.
func (n *network) containerPort(e *graph.Edge) graph.Value {
	unknown := read.Opaque("the host port of "+e.By.Addr.String(), e.At)
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

// fronts yields the listeners in front of a target. What makes a listener use the target group in the same way as
// something before does is left out.
func (n *network) fronts(reg registration) iter.Seq[front] {
	return func(yield func(front) bool) {
		group := reg.From.Resource
		if group == nil || group.Addr.Mode != graph.Managed {
			yield(front{nodes: fromOutside(reg.From), hand: n.unfollowed(reg), masks: true, to: read.IPv4})
			return
		}
		if group.Addr.Type == "aws_elb" {
			for i, b := range group.OwnBlocks("listener") {
				hand := n.handsOn(reg, nil, b.OwnAttr("instance_port"))
				if !yield(front{nodes: n.classicNodes(group, i, b), hand: hand, masks: true, to: read.IPv4}) {
					return
				}
			}
			return
		}
		port := reg.port
		if !read.Given(port) {
			port = group.OwnAttr("port")
		}
		f := front{to: read.IPv4}
		if text, _ := group.OwnAttr("ip_address_type").Text(); text == "ipv6" {
			f.to = read.IPv6
		}
		f.keeps, f.masks = seen(group)
		hands := map[*graph.Resource][]*fact.Hop{}
		for _, name := range []string{group.Addr.String(), ""} {
			for _, e := range n.t.To(name, graph.Targets) {
				listener := e.From.Resource
				if !strings.HasPrefix(e.By.Addr.Type, "aws_lb_listener") && !strings.HasPrefix(e.By.Addr.Type, "aws_alb_listener") ||
					name == "" && !read.MayBeMade(e.To.Value) {
					continue
				}
				f.hand = n.handsOn(reg, e, port)
				if listener != nil && listener.Addr.Mode == graph.Managed {
					if slices.ContainsFunc(hands[listener], func(h *fact.Hop) bool { return alike(h, f.hand) }) {
						continue
					}
					hands[listener] = append(hands[listener], f.hand)
					f.nodes = n.listened(listener)
				} else {
					f.hand.Doubt(read.Unmade("the load balancer", e.From)...)
					f.nodes = fromOutside(e.From)
				}
				if !yield(f) {
					return
				}
			}
		}
	}
}

// alike says whether two hops do the same, for the same reasons.
func alike(a, b *fact.Hop) bool {
	return a.Kind == b.Kind && a.Resource == b.Resource && a.At == b.At && a.To == b.To && a.Why == b.Why && a.Change == b.Change &&
		a.Guard == b.Guard && a.Takes.Must.Equal(b.Takes.Must) && a.Takes.May.Equal(b.Takes.May) && slices.Equal(a.Decides, b.Decides)
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

// classicNodes returns where connections come to a listener of a classic load balancer. It finds that once.
func (n *network) classicNodes(balancer *graph.Resource, index int, listener graph.Block) []node {
	key := classicListener{balancer, index}
	if out, ok := n.classics[key]; ok {
		return out
	}
	ports := read.Listens(balancer, []graph.Block{listener}, "lb_port", "lb_protocol", listenerProtocols)
	var out []node
	for _, w := range n.ways(balancer, "load balancer", n.balancer(networkInterface{before: []*fact.Hop{ports}}, balancer)) {
		out = append(out, node{&fact.Node{Ways: []fact.Way{w.Way}}, w.family, w.via, w.subnet})
	}
	n.classics[key] = out
	return out
}

// listened returns where connections come to a listener: by the addresses of its load balancer, and by others that have
// that as their target. It finds that once for each listener; load balancers may be in a circle.
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
				out = append(out, node{&fact.Node{Ways: []fact.Way{w.Way}}, w.family, one, subnet})
			}
		}
	}
	n.reached[listener] = out
	for _, to := range out {
		i := to.via
		if i.balancer == nil {
			continue
		}
		for _, reg := range n.registrations(i.balancer, []networkInterface{i}) {
			for family, way := range n.behind(i.balancer, "load balancer", reg, []networkInterface{i}) {
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
	}
	return out
}

// unfollowed is the hop of a target group, or load balancer, outside the configuration.
func (n *network) unfollowed(reg registration) *fact.Hop {
	hop := &fact.Hop{
		Kind: "target group", Resource: reg.By, At: reg.At, Takes: read.Perhaps(), To: fact.AnyPort,
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

// handsOn is the hop that hands connections on to a target, maybe at another port than that of the listener. Listened is
// what makes a listener use the target group; nil for a classic load balancer.
func (n *network) handsOn(reg registration, listened *graph.Edge, port graph.Value) *fact.Hop {
	hop := &fact.Hop{
		Kind: "target group", Resource: reg.By, At: reg.By.Decl, Takes: read.All(), Why: "it hands connections on",
		Change: "Take it out of what the load balancer hands connections on to, to close this way.",
	}
	// doubt takes what a value decides from what surely passes.
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
	number, ok := port.Int()
	if ok && number > 0 && number <= 65535 {
		hop.To = number
		hop.Why = fmt.Sprintf("it hands connections on to port %d", number)
	} else {
		hop.To = fact.AnyPort
		doubt(false, port)
	}
	return hop
}

// seen says whether the targets of a group may see the addresses of clients, and whether they may see those of the load
// balancer in place of them.
// Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html
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
	if from.via.balancer != nil && !from.via.open {
		hops = append(hops, n.letsOut(from, n.peer(i, subnet, f.to)))
	}
	if same := from.subnet.Resource; same == nil || same != subnet.Resource {
		hops = append(hops, n.between(from, subnet, f.to, masked)...)
	}
	if !i.open {
		hops = append(hops, n.letsIn(r, i, subnet, n.peer(from.via, from.subnet, f.to), masked))
	}
	return append(append(hops, inSubnet(r, subnet)...), i.before...)
}
