package aws

import (
	"net/netip"
	"slices"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// insideReads are the types that lead from one network to another.
func insideReads() []string {
	return []string{
		peeringType, "aws_vpc_peering_connection_accepter", "aws_vpc_ipv4_cidr_block_association", transitType, transitAttachment,
		transitType + "_route", transitType + "_route_table", transitType + "_route_table_association",
		transitType + "_route_table_propagation", vpnType, vpnType + "_route",
	}
}

// site is an interface of a host in a subnet, with its addresses of a family.
type site struct {
	owner *graph.Resource
	word  string
	networkInterface
	subnet, vpc graph.End
	family      read.Family
	// peer is the interface as the rules of others see it.
	peer peer
	// only is the subnet among those of which AWS chooses one.
	only fact.Case
}

// inside returns what leads from host to host in Amazon Web Services.
func inside(t *graph.Topology) *fact.Inside {
	n := newNetwork(t)
	var hosts []fact.Host
	var sites [][]site
	for _, r := range t.Resources {
		word, interfaces := n.hosted(r)
		if len(interfaces) == 0 {
			continue
		}
		host := fact.Host{Resource: r, Word: word}
		for _, i := range interfaces {
			host.Parts = append(host.Parts, i.parts...)
		}
		of := n.sites(r, word, interfaces)
		host.Like = n.hostLike(r, word, interfaces, of)
		hosts, sites = append(hosts, host), append(sites, of)
	}
	return fact.InsideBySites(hosts, sites, n.direct, n.leaves, n.enters)
}

// hosted returns the interfaces of a resource that is a host, and its word.
func (n *network) hosted(r *graph.Resource) (string, []networkInterface) {
	if r.Addr.Mode != graph.Managed {
		return "", nil
	}
	switch r.Addr.Type {
	case "aws_instance", "aws_spot_instance_request":
		return "instance", n.instance(r)
	case "aws_autoscaling_group":
		return "auto scaling group", n.group(r)
	case "aws_ecs_service":
		return "ECS service", n.service(r)
	case "aws_transfer_server":
		return "Transfer server", n.transfer(r)
	case "aws_lb_listener", "aws_alb_listener":
		return "listener", n.listener(r)
	case "aws_elb":
		return "load balancer", n.classic(r)
	case "aws_emr_cluster":
		return "EMR cluster", n.emrNodes(r)
	case "aws_eks_node_group":
		groups := graph.End{Value: read.Opaque("the security groups that EKS makes for "+r.Addr.String(), r.Decl)}
		return "node group", []networkInterface{{subnets: n.subnetsIn(r.OwnAttr("subnet_ids")), groups: []graph.End{groups}}}
	}
	if s, i, ok := n.serving(r); ok {
		if i.either = len(i.subnets) > 1; r.Addr.Type == "aws_msk_cluster" {
			i.before = []*fact.Hop{brokerPorts(r)}
		}
		return s.word, []networkInterface{i}
	}
	return "", nil
}

// brokerPorts returns the hop of the ports at which a broker may listen for clients in its network; which of them it does is
// decided by what it is told of encryption and authentication.
// Source: https://docs.aws.amazon.com/msk/latest/developerguide/port-info.html
func brokerPorts(r *graph.Resource) *fact.Hop {
	var ports netset.Ports
	for _, port := range []int{2181, 2182, 9092, 9094, 9096, 9098} {
		ports = ports.Union(netset.Port(port))
	}
	return &fact.Hop{
		Kind: "port", Resource: r, At: r.Decl, Takes: read.On(netset.Exactly(read.TCP()), netset.Bounds[netset.Ports]{May: ports}),
		Why:     "its encryption and authentication decide at which ports it listens",
		Change:  "The port of the service says which one is open.",
		Decides: []graph.Origin{read.Outside("the ports of "+r.Addr.String(), graph.Value{At: r.Decl})},
	}
}

// sites returns the places of interfaces in the subnets that they may be in, for each address family.
func (n *network) sites(r *graph.Resource, word string, interfaces []networkInterface) []site {
	var out []site
	for at, i := range interfaces {
		for k, subnet := range i.subnets {
			for _, f := range []read.Family{read.IPv4, read.IPv6} {
				p := n.peer(i, subnet, f)
				if i.private != nil {
					if own, whole := privateAddresses(i.private, f); whole {
						if within, ok := addresses(own); ok {
							p.Within = within
						}
					}
				}
				s := site{owner: r, word: word, networkInterface: i, subnet: subnet, vpc: n.vpcOf(subnet), family: f, peer: p}
				if i.either {
					s.only = fact.Case{Of: at + 1, Is: k, Cases: len(i.subnets)}
				}
				out = append(out, s)
			}
		}
	}
	return out
}

// addresses returns the addresses that values are; false if some aren't known.
func addresses(vs []graph.Value) (out netset.Prefixes, ok bool) {
	for _, v := range vs {
		a, known := address(v)
		if !known {
			return netset.Prefixes{}, false
		}
		out = out.Union(netset.Prefix(netip.PrefixFrom(a, a.BitLen())))
	}
	return out, !out.Empty()
}

// hostLike is everything that decides about the ways of a host.
type hostLike struct {
	subnet  *graph.Resource
	within  [2]netset.Key[netset.Prefixes]
	hops    fact.HopsKey
	balance any
	several bool
}

// hostLike returns what decides about the ways of a host if it has one interface that surely is in one subnet; else nil.
func (n *network) hostLike(r *graph.Resource, word string, interfaces []networkInterface, sites []site) any {
	if len(sites) != 2 || !sites[0].subnet.Certain || !isManaged(sites[0].subnet) {
		return nil
	}
	like := hostLike{subnet: sites[0].subnet.Resource, several: several(r)}
	var hops []*fact.Hop
	for i := range sites {
		s := &sites[i]
		like.within[i] = s.peer.Within.Key()
		hops = append(hops, s.has()...)
		hops = append(hops, n.address(r, s.networkInterface, s.subnet, s.family))
		if !s.open {
			hops = append(hops, n.guarded(r, s.groups, s.vpc))
		}
	}
	hops = append(hops, n.six(&sites[1])...)
	like.hops = n.guards.Key(append(hops, interfaces[0].before...))
	switch through := n.through(r, word, interfaces); {
	case len(through) > 1 || len(through) == 1 && through[0].Like == nil:
		return nil
	case len(through) == 1:
		like.balance = through[0].Like
	}
	return like
}

// several reports whether a resource stands for several machines, which may reach each other.
func several(r *graph.Resource) bool {
	switch r.Addr.Type {
	case "aws_instance", "aws_spot_instance_request", "aws_lb_listener", "aws_alb_listener", "aws_elb":
		return false
	}
	return true
}

// has returns the hops of being there at all.
func (s *site) has() []*fact.Hop {
	var hops []*fact.Hop
	if maybe := read.Present(s.owner, s.word); maybe != nil {
		hops = append(hops, maybe)
	}
	if s.either {
		return hops
	}
	return append(hops, inSubnet(s.owner, s.subnet)...)
}

// six returns the hop of a site's IPv6 address; nothing for IPv4, since everything in a subnet has a private IPv4 address.
func (n *network) six(s *site) []*fact.Hop {
	if s.family == read.IPv4 {
		return nil
	}
	if s.balancer != nil {
		hop := &fact.Hop{
			Kind: "IPv6 address", Resource: s.balancer, At: s.balancer.Decl, Takes: read.All(), Why: "ip_address_type gives it one",
			Change: "Set ip_address_type to ipv4 to take it away.",
		}
		v := s.balancer.OwnAttr("ip_address_type")
		switch text, known := v.Text(); {
		case !read.Given(v), known && text == "ipv4":
			hop.Takes, hop.Why, hop.Change = read.None(), "it has none", "Set ip_address_type to dualstack to give it one."
		case !known:
			hop.Takes, hop.Why, hop.Decides = read.Perhaps(), "ip_address_type isn't known", read.OriginsOf(v)
		}
		return []*fact.Hop{hop}
	}
	return []*fact.Hop{n.address(s.owner, s.networkInterface, s.subnet, s.family)}
}

// out returns the hops of a site for what it sends to a peer, or to the addresses of the traffic if the peer is nil: the
// security groups, then the network ACL.
func (n *network) out(s *site, to *peer, neighbour bool) []*fact.Hop {
	hops := append(s.has(), n.six(s)...)
	if !s.open {
		hop := n.asking(n.guarded(s.owner, s.groups, s.vpc), to, fact.Out)
		hop.Kind, hop.Why = hop.Kind+", outbound", hop.Why+", for what goes out"
		hop.Change = "An outbound rule for the destination and the port in any of the groups opens it; it is closed when none has one."
		if vpc, surely, perhaps := n.byDefault(s.networkInterface, s.subnet); perhaps {
			n.orDefault(hop, vpc, surely, "the default security group, as AWS makes it, lets everything out")
		}
		hops = append(hops, hop)
	}
	if neighbour {
		return hops
	}
	for _, acl := range n.aclOf(s.subnet) {
		if acl.Guard == nil {
			hops = append(hops, acl)
			continue
		}
		hop := n.asking(acl, to, acl.Guard.Direction.Opposite())
		hop.Kind, hop.Why = "network ACL, outbound", "its entries for what goes out"
		hop.Change = "An outbound entry that denies the port with a lower number closes it, one that allows it opens it."
		if hop.Guard.Direction.Replies() {
			hop.Kind, hop.Why = "network ACL, replies in", "its entries for replies that come back"
			hop.Change = "Replies need an inbound entry that allows the ports that connections are made from, usually 1024-65535."
		}
		hops = append(hops, hop)
	}
	return hops
}

// in returns the hops of a site for what a peer sends to it, or the addresses of the traffic if the peer is nil.
func (n *network) in(s *site, from *peer, neighbour bool) []*fact.Hop {
	var hops []*fact.Hop
	if !neighbour {
		for _, acl := range n.aclOf(s.subnet) {
			if acl.Guard != nil {
				acl = n.asking(acl, from, acl.Guard.Direction)
			}
			hops = append(hops, acl)
		}
	}
	hops = append(append(append(hops, s.has()...), n.six(s)...), s.before...)
	if s.open {
		return hops
	}
	hop := n.asking(n.guarded(s.owner, s.groups, s.vpc), from, fact.In)
	if vpc, surely, perhaps := n.byDefault(s.networkInterface, s.subnet); perhaps && from != nil {
		if in, maybe := from.In(fact.Peers{Scopes: []fact.ScopeID{groupID(vpc.Name)}}); maybe {
			n.orDefault(hop, vpc, surely && in, "both are members of the default security group, which admits its own")
		}
	}
	return append(hops, hop)
}

// asking returns a hop whose guard is asked about a direction: for a peer, or for the addresses of the traffic if it is nil.
func (n *network) asking(hop *fact.Hop, of *peer, direction fact.Direction) *fact.Hop {
	if of != nil {
		return n.faced(hop, *of, direction)
	}
	out := *hop
	if hop.Guard != nil {
		guard := *hop.Guard
		guard.Direction = direction
		out.Guard = n.guards.Share(guard)
	}
	return &out
}

// direct returns the ways from one site to another by private addresses, or by IPv6 addresses inside of networks.
func (n *network) direct(a, b *site) []fact.Way {
	if a.family != b.family || a.owner == b.owner && !several(a.owner) {
		return nil
	}
	way := func(hops ...[]*fact.Hop) fact.Way {
		return fact.Way{Family: a.family.All(), Clients: a.peer.Within, One: true, Hops: slices.Concat(hops...), Starts: a.only, Ends: b.only}
	}
	same := a.subnet.Resource != nil && a.subnet.Resource == b.subnet.Resource && a.subnet.Certain && b.subnet.Certain
	surely, perhaps := sameVPC(a.vpc, b.vpc)
	var out []fact.Way
	if perhaps {
		var local []*fact.Hop
		if !same {
			local = n.local(a, b, surely)
		}
		out = append(out, way(n.out(a, &b.peer, same), local, n.in(b, &a.peer, same)))
	}
	if !surely {
		for link, back := range n.roundTrips(a, b) {
			from, to := link.seen(a.peer), link.seen(b.peer)
			out = append(out, way(n.out(a, &to, false), link.there, back, n.in(b, &from, false)))
		}
	}
	return out
}

// sameVPC reports whether two VPCs surely, and whether they perhaps, are one.
func sameVPC(a, b graph.End) (surely, perhaps bool) {
	switch {
	case a.Known() && a.Name == b.Name:
		return a.Certain && b.Certain || a.Resource == nil, true
	case made(a) && made(b) && a.Certain && b.Certain:
		return false, false
	}
	return false, true
}
