package aws

import (
	"strings"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// listenerProtocols returns what a protocol of a listener, or of a target group, is carried by. TCP is what all but those of
// network load balancers are carried by.
// Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-listeners.html
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
	var out []networkInterface
	ports := read.Listens(r, []graph.Block{{Object: r.Object, Certain: true, At: r.Decl}}, "port", "protocol", listenerProtocols)
	for _, e := range n.t.From(r.Addr.String(), graph.AttachedTo) {
		i := networkInterface{before: []*fact.Hop{ports}}
		lb := e.To.Resource
		if lb == nil || lb.Addr.Mode != graph.Managed {
			name := e.To.Name
			if name == "" {
				name = "the load balancer"
			}
			i.subnets = []graph.End{{Name: "the subnets of " + name, Value: e.To.Value}}
			i.public, i.groups = read.Opaque("the scheme of "+name, e.To.Value.At), []graph.End{{Value: read.Opaque("the security groups of "+name, e.To.Value.At)}}
			out = append(out, i)
			continue
		}
		if !e.Certain() {
			i.before = append(i.before, &fact.Hop{
				Kind: "load balancer", Resource: lb, At: e.At, Takes: read.Perhaps(), Why: "it isn't known whether the listener is its",
				Change: "Set what decides it.", Decides: append(read.OriginsOf(e.To.Value), read.OriginsOf(lb.Exists)...),
			})
		}
		out = append(out, n.balancer(i, lb))
	}
	return out
}

// balancer fills in what an interface has from a load balancer. A network load balancer without groups takes everything.
func (n *network) balancer(i networkInterface, lb *graph.Resource) networkInterface {
	i.parts, i.groups, i.balancer = append(i.parts, lb), n.groupsOf(lb.Addr.String()), lb
	kind, known := lb.OwnAttr("load_balancer_type").Text()
	i.open = len(i.groups) == 0 && known && kind == "network"
	if v := lb.OwnAttr("load_balancer_type"); len(i.groups) == 0 && read.Given(v) && !known {
		i.groups = []graph.End{{Value: v}}
	}
	for _, e := range n.t.From(lb.Addr.String(), graph.InSubnet) {
		i.subnets = append(i.subnets, e.To)
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
		switch {
		case is:
			hop.Takes, hop.Why, hop.Change = read.None(), "it is internal", "Set internal to false to put it on the internet."
		case read.Given(internal) && !known:
			hop.Takes, hop.Why, hop.Decides = read.Perhaps(), "it may be internal", read.OriginsOf(internal)
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
