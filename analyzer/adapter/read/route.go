package read

import (
	"net/netip"

	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// TableKey is a route table and the address family that is asked for.
type TableKey struct {
	Table  *graph.Resource
	Family Family
}

// RouteWay is where a route leads.
type RouteWay uint8

const (
	// ToGateway leads to the internet.
	ToGateway RouteWay = iota + 1
	// Elsewhere doesn't lead to the internet.
	Elsewhere
	// EitherWay may lead to the internet.
	EitherWay
)

// Route is a route. A route without a destination is for an unknown one.
type Route struct {
	To      netip.Prefix
	Way     RouteWay
	Certain bool
}

// DestinationOf names the destination of a route.
func DestinationOf(r Route) string {
	if !r.To.IsValid() {
		return "an unknown destination"
	}
	return r.To.String()
}

// Sent returns the addresses that routes send to an internet gateway. The most specific route to an address decides.
func Sent(routes []Route, f Family) netset.Bounds[netset.Prefixes] {
	var out netset.Bounds[netset.Prefixes]
	destination := func(r Route) netset.Prefixes {
		if !r.To.IsValid() {
			return f.All()
		}
		return netset.Prefix(r.To)
	}
	for _, r := range routes {
		if r.Way == Elsewhere {
			continue
		}
		must, may := destination(r), destination(r)
		for _, o := range routes {
			if o == r {
				continue
			}
			longer := o.To.IsValid() && r.To.IsValid() && o.To.Bits() > r.To.Bits()
			if o.Way != ToGateway && (longer || !o.To.IsValid() || !r.To.IsValid() || o.To == r.To) {
				must = must.Difference(destination(o))
			}
			if o.Way == Elsewhere && o.Certain && longer {
				may = may.Difference(destination(o))
			}
		}
		out.May = out.May.Union(may)
		if r.Certain && r.Way == ToGateway && r.To.IsValid() {
			out.Must = out.Must.Union(must)
		}
	}
	return out
}
