package adapter

import (
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// fronted returns the way to machines by a load balancer that hands connections on to them, where the way through it is
// not followed: it may be open. Instances behind a target group are followed; see through.
func (n *awsNetwork) fronted(r *graph.Resource) []fact.Way {
	v := n.front(r)
	if v.Absent() {
		return nil
	}
	hop := &fact.Hop{
		Kind: "load balancer", Resource: r, At: v.At, Passes: perhaps(),
		Why:     "a load balancer may hand connections on to it",
		Change:  "Name the clients at the load balancer's listener, and admit only the load balancer here.",
		Decides: []graph.Origin{outside("what the load balancers of "+r.Addr.String()+" hand on", v)},
	}
	hops := []*fact.Hop{hop}
	return []fact.Way{
		{Family: netset.AllAddresses().IPv4(), Hops: hops},
		{Family: netset.AllAddresses().IPv6(), Hops: hops},
	}
}

// front returns the value that puts a load balancer before a resource, or an absent one. A classic load balancer names
// its instances in many ways, so any may have any instance.
func (n *awsNetwork) front(r *graph.Resource) graph.Value {
	switch r.Addr.Type {
	case "aws_autoscaling_group":
		for _, attr := range []string{"target_group_arns", "load_balancers"} {
			if v := r.OwnAttr(attr); given(v) {
				return v
			}
		}
		if blocks := r.OwnBlocks("traffic_source"); len(blocks) > 0 {
			return opaque("traffic_source", blocks[0].At)
		}
		return n.anyOf("aws_autoscaling_attachment", "aws_autoscaling_traffic_source_attachment")
	case "aws_ecs_service":
		if blocks := r.OwnBlocks("load_balancer"); len(blocks) > 0 {
			return opaque("load_balancer", blocks[0].At)
		}
		return graph.Value{}
	}
	return n.anyOf("aws_elb")
}

// anyOf returns a value at the first resource of one of the types, or an absent one.
func (n *awsNetwork) anyOf(types ...string) graph.Value {
	for _, typ := range types {
		for _, r := range n.t.OfType(typ) {
			return opaque(r.Addr.String(), r.Decl)
		}
	}
	return graph.Value{}
}
