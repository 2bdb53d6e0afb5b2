package adapter

import (
	"fmt"
	"slices"
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
func (n *awsNetwork) listener(r *graph.Resource) []awsInterface {
	var out []awsInterface
	ports := listens(r, []graph.Block{{Object: r.Object, Certain: true, At: r.Decl}}, "port", "protocol")
	for _, e := range n.t.From(r.Addr.String(), graph.AttachedTo) {
		i := awsInterface{before: []*fact.Hop{ports}}
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
		out = append(out, n.balancer(i, lb))
	}
	return out
}

// balancer fills in what an interface has from a load balancer. A network load balancer without groups takes everything.
func (n *awsNetwork) balancer(i awsInterface, lb *graph.Resource) awsInterface {
	i.parts, i.groups = append(i.parts, lb), n.groupsOf(lb.Addr.String())
	kind, known := lb.OwnAttr("load_balancer_type").Text()
	i.open = len(i.groups) == 0 && known && kind == "network"
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
func (n *awsNetwork) classic(r *graph.Resource) []awsInterface {
	ports := listens(r, r.OwnBlocks("listener"), "lb_port", "lb_protocol")
	return []awsInterface{n.balancer(awsInterface{before: []*fact.Hop{ports}}, r)}
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

// through returns the ways to a machine by the load balancers that hand connections on to it.
func (n *awsNetwork) through(r *graph.Resource, interfaces []awsInterface) []fact.Way {
	var out []fact.Way
	for _, attached := range n.t.To(r.Addr.String(), graph.Targets) {
		if attached.By.Addr.Type != "aws_lb_target_group_attachment" {
			continue
		}
		for _, e := range n.t.To(attached.From.Name, graph.Targets) {
			switch e.By.Addr.Type {
			case "aws_lb_listener", "aws_alb_listener":
			default:
				continue
			}
			hand := n.handsOn(attached, e)
			for _, way := range n.endpoint(e.By, fact.Published, "listener", n.listener(e.By)).Ways {
				for _, i := range interfaces {
					for _, subnet := range i.subnets {
						hops := append(slices.Clip(way.Hops), hand)
						if !way.Family.Equal(ipv4.all()) || !n.preserves(attached.From.Resource) {
							hops = append(hops, n.masked(r, attached))
						} else {
							if s := subnet.Resource; s != nil && s.Addr.Type == "aws_subnet" && s.Addr.Mode == graph.Managed {
								hops = append(hops, n.acl(s, n.vpcOf(subnet))...)
							} else {
								hops = append(hops, outsideSubnet(subnet))
							}
							hops = append(hops, n.guarded(r, i.groups, n.vpcOf(subnet)))
						}
						out = append(out, fact.Way{Family: way.Family, Hops: hops})
					}
				}
			}
		}
	}
	return out
}

// handsOn is the hop of a target group, which may have another port than the listener.
func (n *awsNetwork) handsOn(attached, listened graph.Edge) *fact.Hop {
	group := attached.From.Resource
	hop := &fact.Hop{
		Kind: "target group", Resource: attached.By, At: attached.By.Decl, Passes: all(), Why: "it hands connections on to the machine",
		Change: "Take the machine out of the target group to close it.",
	}
	if !attached.Certain() || !listened.Certain() || group == nil {
		hop.Passes = perhaps()
		for _, v := range []graph.Value{attached.From.Value, attached.To.Value, listened.To.Value, attached.By.Exists, listened.By.Exists} {
			hop.Decides = append(hop.Decides, originsOf(v)...)
		}
	}
	v := attached.By.OwnAttr("port")
	if !given(v) && group != nil {
		v = group.OwnAttr("port")
	}
	if number, ok := v.Int(); ok && number > 0 && number <= 65535 {
		hop.To = number
		hop.Why = fmt.Sprintf("it hands connections on to port %d of the machine", number)
	} else {
		hop.To, hop.Passes, hop.Decides = fact.AnyPort, perhaps(), append(hop.Decides, originsOf(v)...)
	}
	return hop
}

// preserves says whether targets surely see the address of the client. By default those that are instances do.
// Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html
func (n *awsNetwork) preserves(group *graph.Resource) bool {
	if group == nil || group.Addr.Mode != graph.Managed {
		return false
	}
	protocol, _ := group.OwnAttr("protocol").Text()
	if strings.HasPrefix(strings.ToUpper(protocol), "HTTP") {
		return false
	}
	if v := group.OwnAttr("preserve_client_ip"); given(v) {
		keeps, known := v.Bool()
		return known && keeps
	}
	v := group.OwnAttr("target_type")
	text, known := v.Text()
	return !given(v) || known && text == "instance"
}

// masked is the hop of a machine that sees the addresses of the load balancer in place of those of clients. Whether its
// groups and its network ACL let those in isn't told apart.
func (n *awsNetwork) masked(r *graph.Resource, attached graph.Edge) *fact.Hop {
	name := "whether " + r.Addr.String() + " admits the load balancer"
	return &fact.Hop{
		Kind: "security group", Resource: r, At: r.Decl, Passes: perhaps(),
		Why:     "it sees the load balancer's addresses, not those of clients",
		Change:  "Admit only the load balancer, and name the clients at its listener.",
		Decides: []graph.Origin{outside(name, attached.To.Value)},
	}
}
