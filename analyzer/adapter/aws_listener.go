package adapter

import (
	"fmt"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

func trueValue() cty.Value { return cty.True }

func textValue(s string) cty.Value { return cty.StringVal(s) }

// listener returns the interfaces of the load balancer of a listener, with the port that it listens on.
// Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html
func (n *awsNetwork) listener(r *graph.Resource) []awsNIC {
	var out []awsNIC
	ports := listens(r, []graph.Block{{Object: r.Object, Certain: true, At: r.Decl}}, "port", "protocol")
	for _, e := range n.t.From(r.Addr.String(), graph.AttachedTo) {
		i := awsNIC{before: []*fact.Hop{ports}}
		lb := e.To.Resource
		if lb == nil || lb.Addr.Mode != graph.Managed {
			name := e.To.Name
			if name == "" {
				name = "the load balancer"
			}
			i.subnets = []graph.End{{Name: "the subnets of " + name, Value: e.To.Value}}
			i.public, i.groups = opaque("the scheme of "+name, e.To.Value.At), []graph.End{{Value: opaque("the security groups of "+name, e.To.Value.At)}}
			out = append(out, i)
			continue
		}
		if !e.Certain() {
			i.before = append(i.before, &fact.Hop{
				Kind: "load balancer", Resource: lb, At: e.At, Passes: perhaps(), Why: "it isn't known whether the listener is its",
				Change: "Set what decides it.", Decides: append(originsOf(e.To.Value), originsOf(lb.Exists)...),
			})
		}
		out = append(out, n.balancer(i, lb))
	}
	return out
}

// balancer fills in what an interface has from a load balancer. A network load balancer without groups takes everything.
func (n *awsNetwork) balancer(i awsNIC, lb *graph.Resource) awsNIC {
	i.parts, i.groups, i.balancer = append(i.parts, lb), n.groupsOf(lb.Addr.String()), lb
	kind, known := lb.OwnAttr("load_balancer_type").Text()
	i.open = len(i.groups) == 0 && known && kind == "network"
	if v := lb.OwnAttr("load_balancer_type"); len(i.groups) == 0 && given(v) && !known {
		i.groups = []graph.End{{Value: v}}
	}
	for _, e := range n.t.From(lb.Addr.String(), graph.InSubnet) {
		i.subnets = append(i.subnets, e.To)
	}
	if len(i.subnets) == 0 {
		i.subnets = []graph.End{{Name: awsDefaultSubnet, Value: graph.Value{At: lb.Decl}}}
	}
	internal, addresses := lb.OwnAttr("internal"), lb.OwnAttr("ip_address_type")
	i.addressed = func(f family) *fact.Hop {
		hop := &fact.Hop{
			Kind: "load balancer", Resource: lb, At: lb.Decl, Passes: all(), Why: "it is internet-facing",
			Change: "Set internal to true to take it off the internet.",
		}
		is, known := internal.Bool()
		if given(internal) {
			hop.At = internal.At
		}
		stack, whole := addresses.Text()
		switch {
		case is:
			hop.Passes, hop.Why, hop.Change = none(), "it is internal", "Set internal to false to put it on the internet."
		case given(internal) && !known:
			hop.Passes, hop.Why, hop.Decides = perhaps(), "it may be internal", originsOf(internal)
		case f == ipv6 && given(addresses) && !whole:
			hop.Passes, hop.Why, hop.Decides = perhaps(), "it may have IPv6 addresses", originsOf(addresses)
		case f == ipv6 && !strings.HasPrefix(stack, "dualstack"):
			hop.Passes, hop.Why, hop.Change = none(), "it has no IPv6 address", "Set ip_address_type to dualstack to give it one."
		}
		return hop
	}
	return i
}

// classic returns the interfaces of a classic load balancer with the ports of its listeners.
func (n *awsNetwork) classic(r *graph.Resource) []awsNIC {
	ports := listens(r, r.OwnBlocks("listener"), "lb_port", "lb_protocol")
	return []awsNIC{n.balancer(awsNIC{before: []*fact.Hop{ports}}, r)}
}

// listens is the hop of the ports that listeners take TCP connections on.
func listens(r *graph.Resource, listeners []graph.Block, port, protocol string) *fact.Hop {
	hop := &fact.Hop{Kind: "listener", Resource: r, At: r.Decl, Passes: none(), Change: "A listener for the port opens it, and without one it is closed."}
	var words []string
	for _, b := range listeners {
		certain, exists := exists(r, b)
		proto, known := b.OwnAttr(protocol).Text()
		if known && strings.Contains(strings.ToUpper(proto), "UDP") && !strings.EqualFold(proto, "TCP_UDP") {
			continue
		}
		v := b.OwnAttr(port)
		number, ok := v.Int()
		switch {
		case ok && number >= 0 && number <= 65535:
			hop.Ports.May = hop.Ports.May.Union(netset.Port(number))
			if certain && (known || !given(b.OwnAttr(protocol))) {
				hop.Ports.Must = hop.Ports.Must.Union(netset.Port(number))
			}
			words = append(words, fmt.Sprint(number))
		case given(v):
			hop.Ports.May = netset.AllPorts()
			words = append(words, "an unknown port")
		default:
			continue
		}
		hop.Passes = all()
		hop.Decides = append(hop.Decides, originsOf(graph.NewValue(v.Raw(), v.At))...)
		if !certain {
			hop.Decides = append(hop.Decides, originsOf(exists)...)
		}
		if given(v) {
			hop.At = v.At
		}
	}
	hop.Why = "it listens on " + strings.Join(words, ", ")
	if len(words) == 0 {
		hop.Why = "it has no TCP listener"
	}
	return hop
}
