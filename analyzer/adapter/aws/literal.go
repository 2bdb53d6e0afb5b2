package aws

import (
	"net/netip"
	"slices"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// literals are the targets that are given by an address, and not by what has it.
// Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html#target-type
type literals struct {
	edges []*graph.Edge
	// taken are the addresses of the configuration's machines and interfaces that say which they have.
	taken map[netip.Addr]bool
}

// privateAddresses returns the private addresses of a family that an instance, or a network interface, says it has. Whole
// says that it has no others.
func privateAddresses(r *graph.Resource, f read.Family) (out []graph.Value, whole bool) {
	all, more := []string{"private_ip", "private_ips", "private_ip_list"}, []string{"secondary_private_ips"}
	if f == read.IPv6 {
		all, more = []string{"ipv6_addresses", "ipv6_address_list"}, nil
	}
	for i, attr := range append(all, more...) {
		v := r.OwnAttr(attr)
		if !read.Given(v) {
			continue
		}
		elements, listed := v.Elements()
		if out = append(out, elements...); !listed {
			out = append(out, v)
		}
		whole = whole || i < len(all)
	}
	return out, whole
}

// literals finds the targets that are given by an address. It finds them once.
func (n *network) literals() *literals {
	if n.literal != nil {
		return n.literal
	}
	n.literal = &literals{taken: map[netip.Addr]bool{}}
	for _, e := range n.t.Edges {
		if e.Kind != graph.Targets || e.To.Resource != nil || !isTargetAttachment(e.By) || read.MayBeMade(e.To.Value) {
			continue
		}
		if text, known := e.To.Value.Text(); known {
			if _, err := netip.ParseAddr(text); err == nil {
				n.literal.edges = append(n.literal.edges, e)
			}
		} else if group := e.From.Resource; group == nil || !read.Given(group.OwnAttr("target_type")) || takesAddresses(group) {
			n.literal.edges = append(n.literal.edges, e)
		}
	}
	if len(n.literal.edges) == 0 {
		return n.literal
	}
	for _, typ := range []string{"aws_instance", "aws_network_interface"} {
		for _, r := range n.t.OfType(typ) {
			if r.Addr.Mode != graph.Managed || !r.Certain {
				continue
			}
			for _, f := range []read.Family{read.IPv4, read.IPv6} {
				addresses, _ := privateAddresses(r, f)
				for _, v := range addresses {
					if addr, ok := address(v); ok {
						n.literal.taken[addr] = true
					}
				}
			}
		}
	}
	return n.literal
}

func isTargetAttachment(r *graph.Resource) bool {
	return r.Addr.Type == "aws_lb_target_group_attachment" || r.Addr.Type == "aws_alb_target_group_attachment"
}

// takesAddresses reports whether the targets of a group may be addresses.
func takesAddresses(group *graph.Resource) bool {
	text, known := group.OwnAttr("target_type").Text()
	return !known || text == "ip"
}

func address(v graph.Value) (netip.Addr, bool) {
	text, _ := v.Text()
	addr, err := netip.ParseAddr(text)
	return addr, err == nil
}

// addressed returns what makes an address a target that one of the interfaces has, or may have.
func (n *network) addressed(interfaces []networkInterface) []*graph.Edge {
	var out []*graph.Edge
	for _, e := range n.literals().edges {
		holds := read.No
		for _, i := range interfaces {
			switch n.holds(i, e) {
			case read.Yes:
				holds = read.Yes
			case read.Unclear:
				if holds == read.No {
					holds = read.Unclear
				}
			case read.No:
			}
		}
		switch holds {
		case read.Yes:
			out = append(out, e)
		case read.Unclear:
			maybe, to := *e, *e.To
			maybe.To, to.Certain = &to, false
			if text, known := e.To.Value.Text(); known {
				maybe.To.Value = read.Opaque("what has the address "+text, e.To.Value.At)
			}
			out = append(out, &maybe)
		case read.No:
		}
	}
	return out
}

// holds says whether an interface has the address that is a target. Where AWS picks the addresses of an interface it may be
// any of its subnets that nothing else has. Only a target that names a zone may be in another VPC than its group.
func (n *network) holds(i networkInterface, e *graph.Edge) read.Answer {
	if vpc := n.groupVPC(e.From.Resource); vpc.Resource != nil && !read.Given(e.By.OwnAttr("availability_zone")) {
		in := func(s graph.End) bool { return n.vpcOf(s).Resource == nil || n.vpcOf(s).Resource == vpc.Resource }
		if !slices.ContainsFunc(i.subnets, in) {
			return read.No
		}
	}
	target, known := address(e.To.Value)
	if !known {
		return read.Unclear
	}
	family := read.IPv4
	if target.Is6() {
		family = read.IPv6
	}
	answer := read.No
	if i.private != nil {
		addresses, whole := privateAddresses(i.private, family)
		for _, v := range addresses {
			addr, ok := address(v)
			if ok && addr == target {
				return read.Yes
			}
			if !ok {
				answer = read.Unclear
			}
		}
		if whole {
			return answer
		}
	}
	if n.literals().taken[target] {
		return answer
	}
	for _, s := range i.subnets {
		if block, _ := within(s, family); block.Overlaps(netset.Prefix(netip.PrefixFrom(target, target.BitLen()))) {
			return read.Unclear
		}
	}
	return answer
}

// groupVPC returns the VPC of a target group; the zero End if that isn't known.
func (n *network) groupVPC(group *graph.Resource) graph.End {
	if group == nil {
		return graph.End{}
	}
	if ends := n.t.End(group.OwnAttr("vpc_id"), true); len(ends) == 1 {
		return ends[0]
	}
	return graph.End{}
}
