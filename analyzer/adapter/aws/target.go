package aws

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// registration says that something is a target: of a target group, or of a classic load balancer.
type registration struct {
	graph.Edge
	// port is the one that connections are handed on to; absent if the group decides.
	port graph.Value
}

// front is a listener in front of targets.
type front struct {
	ways []way
	// hand is the hop that hands connections on to a target.
	hand *fact.Hop
	// keeps says that targets may see the addresses of clients, and masks that they may see those of the load balancer.
	keeps, masks bool
	// to is the family of the targets' addresses.
	to read.Family
}

// through returns the ways to a machine, or to a load balancer behind another one, by what hands connections on to it.
func (n *network) through(r *graph.Resource, word string, interfaces []networkInterface) []way {
	var out []way
	for _, reg := range n.registrations(r, interfaces) {
		for _, f := range n.fronts(r, word, reg) {
			for _, w := range f.ways {
				for _, i := range interfaces {
					for _, subnet := range i.subnets {
						out = append(out, n.onto(r, f, w, i, subnet)...)
					}
				}
			}
		}
	}
	return out
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
func (n *network) containerPort(e graph.Edge) graph.Value {
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

// fronts returns the listeners in front of a target.
func (n *network) fronts(r *graph.Resource, word string, reg registration) []front {
	group := reg.From.Resource
	maybe := read.Present(r, word)
	lead := func(ways []way, hand *fact.Hop) front {
		if maybe != nil {
			for i, w := range ways {
				ways[i].Hops = append([]*fact.Hop{maybe}, w.Hops...)
			}
		}
		return front{ways: ways, hand: hand, masks: true, to: read.IPv4}
	}
	if group == nil || group.Addr.Mode != graph.Managed {
		return []front{lead(fromOutside(reg.From), n.unfollowed(reg))}
	}
	if group.Addr.Type == "aws_elb" {
		var out []front
		for _, b := range group.OwnBlocks("listener") {
			ports := read.Listens(group, []graph.Block{b}, "lb_port", "lb_protocol", listenerProtocols)
			ways := n.ways(group, "load balancer", n.balancer(networkInterface{before: []*fact.Hop{ports}}, group))
			out = append(out, lead(ways, n.handsOn(reg, nil, b.OwnAttr("instance_port"))))
		}
		return out
	}
	var out []front
	for _, name := range []string{group.Addr.String(), ""} {
		for _, e := range n.t.To(name, graph.Targets) {
			listener := e.From.Resource
			if !strings.HasPrefix(e.By.Addr.Type, "aws_lb_listener") && !strings.HasPrefix(e.By.Addr.Type, "aws_alb_listener") ||
				name == "" && !read.MayBeMade(e.To.Value) {
				continue
			}
			port := reg.port
			if !read.Given(port) {
				port = group.OwnAttr("port")
			}
			hand := n.handsOn(reg, &e, port)
			ways := fromOutside(e.From)
			if listener != nil && listener.Addr.Mode == graph.Managed {
				ways = slices.Clone(n.listened(listener))
			} else {
				hand.Takes.Must = netset.Traffic{}
				hand.Decides = append(hand.Decides, read.Unmade("the load balancer", e.From)...)
			}
			f := lead(ways, hand)
			f.keeps, f.masks = seen(group)
			if text, _ := group.OwnAttr("ip_address_type").Text(); text == "ipv6" {
				f.to = read.IPv6
			}
			out = append(out, f)
		}
	}
	return out
}

// fromOutside returns the ways to a load balancer outside the configuration.
func fromOutside(e graph.End) []way {
	return []way{
		{Way: fact.Way{Family: read.IPv4.All()}, family: read.IPv4, subnet: e},
		{Way: fact.Way{Family: read.IPv6.All()}, family: read.IPv6, subnet: e},
	}
}

// listened returns the ways to a listener: by the addresses of its load balancer, and by others that have that as their
// target. It finds those of each listener once.
func (n *network) listened(listener *graph.Resource) []way {
	if out, ok := n.reached[listener]; ok {
		return out
	}
	n.reached[listener] = nil // load balancers in a circle hand nothing on
	var out []way
	for _, i := range n.listener(listener) {
		out = append(out, n.ways(listener, "listener", i)...)
		if i.balancer != nil {
			out = append(out, n.through(i.balancer, "load balancer", []networkInterface{i})...)
			out = append(out, n.accelerated(listener, "listener", []networkInterface{i})...)
		}
	}
	n.reached[listener] = out
	return out
}

// unfollowed is the hop of a target group, or load balancer, outside the configuration.
func (n *network) unfollowed(reg registration) *fact.Hop {
	hop := &fact.Hop{
		Kind: "target group", Resource: reg.By, At: reg.At, Takes: read.Perhaps(), To: fact.AnyPort,
		Why:    "a load balancer outside the configuration may hand connections on to it",
		Change: "Name the clients at the load balancer's listener, and admit only the load balancer here.",
	}
	if reg.From.Name == "" {
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

// onto returns the ways from the node of a load balancer in a subnet to an interface behind it: what the groups of the
// load balancer let out, network ACLs between the subnets, and what the groups of the interface let in, by the addresses
// of clients, or of the node, or by the groups of the load balancer.
// Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html
func (n *network) onto(r *graph.Resource, f front, w way, i networkInterface, subnet graph.End) []way {
	node, target := n.peer(w.via, w.subnet, f.to), n.peer(i, subnet, f.to)
	var out []way
	add := func(masked, either bool) {
		hand := f.hand
		if either {
			doubtful := *hand
			doubtful.Takes.Must = netset.Traffic{}
			doubtful.Decides = append(slices.Clip(hand.Decides), read.Outside("whether the addresses of clients are preserved", graph.Value{At: hand.At}))
			hand = &doubtful
		}
		hops := append(slices.Clip(w.Hops), hand)
		if w.via.balancer != nil && !w.via.open {
			hops = append(hops, n.letsOut(w, target))
		}
		if same := w.subnet.Resource; same == nil || same != subnet.Resource {
			hops = append(hops, n.between(w, subnet, f.to, masked)...)
		}
		if !i.open {
			hops = append(hops, n.letsIn(r, i, subnet, node, masked))
		}
		hops = append(append(hops, inSubnet(r, subnet)...), i.before...)
		out = append(out, way{fact.Way{Family: w.Family, Hops: hops}, w.family, i, subnet})
	}
	keeps, masks := f.keeps && w.family == f.to, f.masks || w.family != f.to
	if keeps {
		add(false, masks)
	}
	if masks {
		add(true, keeps)
	}
	return out
}
