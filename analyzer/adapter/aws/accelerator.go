package aws

import (
	"iter"
	"slices"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

const accelerates = "aws_globalaccelerator_endpoint_group"

// accelerated returns the ways to interfaces by endpoint groups of Global Accelerator, which lead to machines and load
// balancers without public addresses, too. They need an internet gateway but no route to it, and security groups apply.
// What network ACLs do isn't settled, so that such a way is never sure.
// Source: https://docs.aws.amazon.com/global-accelerator/latest/dg/secure-vpc-connections.html
func (n *network) accelerated(r *graph.Resource, word string, interfaces []networkInterface) []way {
	maybe := read.Present(r, word)
	var out []way
	for _, i := range interfaces {
		names := append([]string{r.Addr.String()}, i.names...)
		if i.balancer != nil {
			names = []string{i.balancer.Addr.String()}
		}
		var bound []string
		for _, name := range names {
			for _, e := range n.t.To(name, graph.Exposes) {
				if e.From.Known() {
					bound = append(bound, e.From.Name)
				}
			}
		}
		for group, masks := range n.leading(i, names, bound) {
			hands := n.acceleratorPorts(group)
			for _, subnet := range i.subnets {
				for _, f := range []read.Family{read.IPv4, read.IPv6} {
					for _, hand := range hands {
						hops := []*fact.Hop{hand}
						if maybe != nil {
							hops = []*fact.Hop{maybe, hand}
						}
						hops = append(append(hops, inSubnet(r, subnet)...), i.before...)
						if s := subnet.Resource; s != nil && s.Addr.Mode == graph.Managed && s.Addr.Type == "aws_subnet" {
							hops = append(hops, n.gateway(n.vpcOf(subnet)))
						} else {
							hops = append(hops, outsideSubnet(subnet))
						}
						if !i.open {
							guard := n.guarded(r, i.groups, n.vpcOf(subnet))
							if masks {
								guard = n.faced(guard, peer{Peer: fact.Peer{Masks: true, Within: f.All()}}, fact.In)
							}
							hops = append(hops, guard)
						}
						out = append(out, way{fact.Way{Family: f.All(), Hops: hops}, f, i, subnet})
					}
				}
			}
		}
	}
	return out
}

// accelerated is an endpoint in an endpoint group.
type accelerated struct {
	group *graph.Resource
	block graph.Block
}

// endpointsBy returns the endpoints with a name; unknown ones have the name "". It finds them once.
func (n *network) endpointsBy(name string) []accelerated {
	if n.accelerators == nil {
		n.accelerators = map[string][]accelerated{}
		for _, group := range n.t.OfType(accelerates) {
			for _, b := range group.OwnBlocks("endpoint_configuration") {
				for _, end := range n.t.End(b.OwnAttr("endpoint_id"), true) {
					if end.Known() || read.MayBeMade(end.Value) {
						n.accelerators[end.Name] = append(n.accelerators[end.Name], accelerated{group, b})
					}
				}
			}
		}
	}
	return n.accelerators[name]
}

// leading yields the endpoint groups that may lead to an interface by one of its names, or by an address that is bound to it.
// The second value is true if the interface may then see the accelerator's addresses instead of the clients'. Source:
// https://docs.aws.amazon.com/global-accelerator/latest/dg/preserve-client-ip-address.how-to-enable-preservation.html
func (n *network) leading(i networkInterface, names, bound []string) iter.Seq2[*graph.Resource, bool] {
	return func(yield func(*graph.Resource, bool) bool) {
		for _, name := range names {
			for _, e := range n.endpointsBy(name) {
				if !yield(e.group, i.balancer != nil && !keepsClients(e.block, i.balancer)) {
					return
				}
			}
		}
		for _, name := range append(bound, "") {
			for _, e := range n.endpointsBy(name) {
				if !yield(e.group, true) {
					return
				}
			}
		}
	}
}

// keepsClients reports whether a load balancer surely sees the clients' addresses. Network load balancers don't by default.
func keepsClients(endpoint graph.Block, balancer *graph.Resource) bool {
	if keep := endpoint.OwnAttr("client_ip_preservation_enabled"); read.Given(keep) {
		keeps, _ := keep.Bool()
		return keeps
	}
	kind := balancer.OwnAttr("load_balancer_type")
	text, _ := kind.Text()
	return !read.Given(kind) || text == "application"
}

// acceleratorPorts returns the hops of an endpoint group, one for each port that it hands connections on to.
func (n *network) acceleratorPorts(group *graph.Resource) []*fact.Hop {
	var taken netset.Traffic
	ends := n.t.End(group.OwnAttr("listener_arn"), true)
	for _, e := range ends {
		taken = taken.Union(n.acceleratorListens(e.Resource))
	}
	sensitive := slices.ContainsFunc(ends, func(e graph.End) bool {
		return e.Resource != nil && slices.ContainsFunc(e.Resource.OwnBlocks("port_range"), func(b graph.Block) bool {
			return b.OwnAttr("from_port").Sensitive() || b.OwnAttr("to_port").Sensitive()
		})
	})
	hop := func(taken netset.Traffic, to int) *fact.Hop {
		return &fact.Hop{
			Kind: "accelerator", Resource: group, At: group.Decl, Takes: netset.Bounds[netset.Traffic]{May: taken}, To: to,
			Why:     "it hands connections on, unless a network ACL drops them",
			Change:  "Take the endpoint out of the group, or the port out of its listener, to close this way.",
			Decides: []graph.Origin{read.Outside("what "+group.Addr.String()+" hands on", graph.Value{At: group.Decl})}, Sensitive: sensitive,
		}
	}
	var out []*fact.Hop
	for _, b := range group.OwnBlocks("port_override") {
		from, to := b.OwnAttr("listener_port"), b.OwnAttr("endpoint_port")
		port, known := from.Int()
		target, ok := to.Int()
		if !ok || target < 1 || target > 65535 {
			target = fact.AnyPort
		}
		translated := taken
		if known && 0 < port && port <= 65535 {
			translated = taken.Restrict(netset.PortProtocols(), netset.Port(port))
			if b.Certain {
				taken = taken.Difference(translated)
			}
		}
		if !translated.Empty() {
			out = append(out, hop(translated, target))
		}
	}
	if !taken.Empty() {
		out = append(out, hop(taken, 0))
	}
	return out
}

// acceleratorListens returns the traffic that a listener of an accelerator may take. One that is disabled takes none.
func (n *network) acceleratorListens(listener *graph.Resource) netset.Traffic {
	either := netset.Product(netset.AllAddresses(), read.TCP().Union(netset.Protocol(netset.UDP)), netset.AllPorts())
	if listener == nil || listener.Addr.Mode != graph.Managed || listener.Addr.Type != "aws_globalaccelerator_listener" {
		return either
	}
	// Source: the provider's pages aws_globalaccelerator_accelerator and aws_globalaccelerator_listener.
	on := read.Words{Attr: "enabled", Yes: []string{"true"}, No: []string{"false"}, Absent: read.Yes}
	if of := n.t.End(listener.OwnAttr("accelerator_arn"), true); len(of) == 1 && of[0].Resource != nil && of[0].Certain &&
		of[0].Resource.Addr.Type == "aws_globalaccelerator_accelerator" {
		if is, _ := on.Of(of[0].Resource.Object); is == read.No {
			return netset.Traffic{}
		}
	}
	protocols := read.Speaks(listener.OwnAttr("protocol"), listenerProtocols)
	var ports netset.Ports
	for _, b := range listener.OwnBlocks("port_range") {
		from, known := b.OwnAttr("from_port").Int()
		to, both := b.OwnAttr("to_port").Int()
		if !known || !both || from < 0 || to > 65535 || from > to {
			ports = netset.AllPorts()
			break
		}
		ports = ports.Union(netset.PortRange(from, to))
	}
	return either.Restrict(protocols.May, ports)
}
