package aws

import (
	"slices"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
)

// zoned is the hop of the availability zones of a load balancer: it hands nothing on to a target in a zone that isn't
// enabled for it, and only to its own zone where it doesn't balance across zones. It is nil if the target's zone is enabled.
// Where a subnet names no zone AWS picks one, and the zone isn't asked about.
// Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/how-elastic-load-balancing-works.html
func (n *network) zoned(f front, from node, subnet graph.End) *fact.Hop {
	balancer := from.via.balancer
	if balancer == nil || !isManaged(subnet) || subnet.Resource == from.subnet.Resource {
		return nil
	}
	zone := zoneOf(subnet.Resource)
	if !read.Given(zone) {
		return nil
	}
	hop := &fact.Hop{
		Kind: "availability zone", Resource: subnet.Resource, At: zone.At, Takes: read.None(),
		Why:    balancer.Addr.String() + " isn't enabled in the zone of " + subnetName(subnet),
		Change: "A subnet of this zone among those of the load balancer would open it.",
	}
	nodes := n.t.From(balancer.Addr.String(), graph.InSubnet)
	if n.staysInZone(balancer, f.group) {
		nodes = slices.DeleteFunc(slices.Clone(nodes), func(e *graph.Edge) bool { return e.To.Name != from.subnet.Name })
		hop.Why = balancer.Addr.String() + " doesn't balance across zones, and its node in " + subnetName(from.subnet) + " is in another one"
	}
	for _, e := range nodes {
		if !isManaged(*e.To) {
			return nil
		}
		other := zoneOf(e.To.Resource)
		switch same, known := sameZone(zone, other); {
		case !read.Given(other), same && e.To.Certain, e.To.Resource == subnet.Resource:
			return nil
		case same, !known:
			hop.Takes, hop.Why = read.Perhaps(), "it isn't known whether "+balancer.Addr.String()+" is enabled in the zone of "+subnetName(subnet)
			hop.Decides = append(append(hop.Decides, zone.Origins()...), other.Origins()...)
		}
	}
	if len(nodes) == 0 {
		return nil
	}
	return hop
}

// zoneOf returns the attribute with which a subnet names its zone.
func zoneOf(subnet *graph.Resource) graph.Value {
	if v := subnet.OwnAttr("availability_zone"); read.Given(v) {
		return v
	}
	return subnet.OwnAttr("availability_zone_id")
}

// sameZone reports whether two values name one zone, if that is known. A zone's name and its ID are not alike: use1-az1 may be
// us-east-1a.
func sameZone(a, b graph.Value) (same, known bool) {
	if a.Same(b) {
		return true, true
	}
	one, ok := a.Text()
	other, both := b.Text()
	return false, ok && both && isZoneID(one) == isZoneID(other)
}

func isZoneID(zone string) bool { return len(zone) > 4 && zone[len(zone)-4:len(zone)-1] == "-az" }

// staysInZone reports whether a load balancer surely hands on to targets in the zone of each of its nodes only: network load
// balancers do so by default. Source: the provider's pages aws_lb and aws_lb_target_group.
func (n *network) staysInZone(balancer, group *graph.Resource) bool {
	if kind, _ := balancer.OwnAttr("load_balancer_type").Text(); kind != "network" || group == nil {
		return false
	}
	is := func(attr string, o graph.Object) read.Answer {
		across := read.Words{Attr: attr, Yes: []string{"true"}, No: []string{"false"}, Absent: read.No}
		answer, _ := across.Of(o)
		return answer
	}
	const attr = "load_balancing_cross_zone_enabled"
	if v := group.OwnAttr(attr); read.Given(v) {
		if text, _ := v.Text(); text != "use_load_balancer_configuration" {
			return is(attr, group.Object) == read.No
		}
	}
	return is("enable_cross_zone_load_balancing", balancer.Object) == read.No
}
