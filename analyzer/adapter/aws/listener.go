package aws

import (
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// listenerProtocols returns the transport protocols of a listener's or target group's protocol. Everything but the protocols of
// network load balancers is TCP. Source:
// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-listeners.html
func listenerProtocols(text string) netset.Protocols {
	switch text {
	case "UDP", "QUIC":
		return netset.Protocol(netset.UDP)
	case "TCP_UDP", "TCP_QUIC":
		return read.TCP().Union(netset.Protocol(netset.UDP))
	}
	return read.TCP()
}

// listener returns the interfaces of the load balancer of a listener, with the port that it listens on.
// Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html
func (n *network) listener(r *graph.Resource) []networkInterface {
	var out, perhaps []networkInterface
	ports := read.Listens(r, []graph.Block{{Object: r.Object, Certain: true, At: r.Decl}}, "port", "protocol", listenerProtocols)
	for _, e := range n.t.From(r.Addr.String(), graph.AttachedTo) {
		i := networkInterface{before: []*fact.Hop{ports}}
		lb := e.To.Resource
		if lb == nil || lb.Addr.Mode != graph.Managed || !isBalancer(lb) {
			name := e.To.Name
			if name == "" {
				name = "the load balancer"
			}
			i.subnets = []graph.End{{Name: "the subnets of " + name, Value: e.To.Value}}
			i.public, i.groups = read.Opaque("the scheme of "+name, e.To.Value.At), []graph.End{{Value: read.Opaque("the security groups of "+name, e.To.Value.At)}}
			out = append(out, i)
			continue
		}
		i = n.balancer(i, lb)
		if !e.Certain() {
			if slices.ContainsFunc(perhaps, func(o networkInterface) bool { return n.indistinct(i, o) }) {
				continue
			}
			perhaps = append(perhaps, i)
			i.before = append(i.before, &fact.Hop{
				Kind: "load balancer", Resource: lb, At: e.At(), Takes: read.Perhaps(), Why: "it isn't known whether the listener is its",
				Change: "Set what decides it.", Decides: append(read.OriginsOf(e.To.Value), read.OriginsOf(lb.Exists)...),
			})
		}
		out = append(out, i)
	}
	return out
}

// indistinct reports whether nothing tells the interfaces of two load balancers of one block apart, so that it makes no difference
// which of these a listener has.
func (n *network) indistinct(a, b networkInterface) bool {
	x, y := a.balancer, b.balancer
	one, other := x.Addr.String(), y.Addr.String()
	for _, kind := range []graph.EdgeKind{graph.Targets, graph.Exposes} {
		if !slices.EqualFunc(n.t.To(one, kind), n.t.To(other, kind), func(e, o *graph.Edge) bool {
			return e.By == o.By && e.From.Name == o.From.Name && e.Certain() == o.Certain()
		}) {
			return false
		}
	}
	if len(n.endpointsBy(one))+len(n.endpointsBy(other)) > 0 ||
		!slices.EqualFunc(n.doors(one), n.doors(other), func(d, o door) bool { return d.hand.Resource == o.hand.Resource && alike(d.takes, o.takes) }) {
		return false
	}
	same := func(attr string) bool {
		v, w := x.OwnAttr(attr), y.OwnAttr(attr)
		text, known := v.Text()
		other, too := w.Text()
		return read.Given(v) == read.Given(w) && known == too && text == other
	}
	end := func(e, o graph.End) bool {
		return e.Name == o.Name && e.Resource == o.Resource && e.Certain == o.Certain
	}
	return x.Addr.Block().Compare(y.Addr.Block()) == 0 && x.Certain == y.Certain && a.open == b.open &&
		same("internal") && same("ip_address_type") && same("load_balancer_type") &&
		slices.EqualFunc(a.subnets, b.subnets, end) && slices.EqualFunc(a.groups, b.groups, end)
}

// isBalancer reports whether a resource is a load balancer that is read.
func isBalancer(r *graph.Resource) bool {
	return slices.Contains([]string{"aws_lb", "aws_alb", "aws_elb"}, r.Addr.Type)
}

// balancer completes an interface from its load balancer. A network load balancer without groups admits everything.
func (n *network) balancer(i networkInterface, lb *graph.Resource) networkInterface {
	i.parts, i.groups, i.balancer = append(i.parts, lb), n.groupsOf(lb.Addr.String()), lb
	kind, known := lb.OwnAttr("load_balancer_type").Text()
	i.open = len(i.groups) == 0 && known && kind == "network"
	if v := lb.OwnAttr("load_balancer_type"); len(i.groups) == 0 && read.Given(v) && !known {
		i.groups = []graph.End{{Value: v}}
	}
	for _, e := range n.t.From(lb.Addr.String(), graph.InSubnet) {
		i.subnets = append(i.subnets, *e.To)
	}
	if len(i.subnets) == 0 {
		i.subnets = []graph.End{{Name: defaultSubnet, Value: graph.Value{At: lb.Decl}}}
	}
	internal, addresses := lb.OwnAttr("internal"), lb.OwnAttr("ip_address_type")
	i.addressed = func(f read.Family) *fact.Hop {
		hop := &fact.Hop{
			Kind: "load balancer", Resource: lb, At: lb.Decl, Takes: read.All(), Why: "it is internet-facing",
			Change: "Set internal to true to take it off the internet.",
		}
		is, known := internal.Bool()
		if read.Given(internal) {
			hop.At = internal.At
		}
		stack, whole := addresses.Text()
		const sixOnly = "dualstack-without-public-ipv4"
		switch {
		case is:
			hop.Takes, hop.Why, hop.Change = read.None(), "it is internal", "Set internal to false to put it on the internet."
		case read.Given(internal) && !known:
			hop.Takes, hop.Why, hop.Decides = read.Perhaps(), "it may be internal", read.OriginsOf(internal)
		case f == read.IPv4 && stack == sixOnly:
			hop.Takes, hop.Why, hop.Change = read.None(), "its IPv4 addresses are private", "Set ip_address_type to dualstack to give it public ones."
		case f == read.IPv4 && read.Given(addresses) && !whole && mayBe(addresses, sixOnly):
			hop.Takes, hop.Why, hop.Decides = read.Perhaps(), "its IPv4 addresses may be private", read.OriginsOf(addresses)
		case f == read.IPv6 && read.Given(addresses) && !whole:
			hop.Takes, hop.Why, hop.Decides = read.Perhaps(), "it may have IPv6 addresses", read.OriginsOf(addresses)
		case f == read.IPv6 && !strings.HasPrefix(stack, "dualstack"):
			hop.Takes, hop.Why, hop.Change = read.None(), "it has no IPv6 address", "Set ip_address_type to dualstack to give it one."
		}
		return hop
	}
	return i
}

// classic returns the interfaces of a classic load balancer with the ports of its listeners.
func (n *network) classic(r *graph.Resource) []networkInterface {
	ports := read.Listens(r, r.OwnBlocks("listener"), "lb_port", "lb_protocol", listenerProtocols)
	return []networkInterface{n.balancer(networkInterface{before: []*fact.Hop{ports}}, r)}
}

// mayBe reports whether a text that isn't known may be a certain one.
func mayBe(v graph.Value, text string) bool {
	choices := v.Choices()
	return len(choices) == 0 || slices.ContainsFunc(choices, func(c graph.Value) bool {
		is, known := c.Text()
		return known && is == text || c.Undecided() && mayBe(c, text)
	})
}
