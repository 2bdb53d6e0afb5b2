package adapter

import (
	"net/netip"

	"github.com/tfreach/tfreach/analyzer/netset"
)

// routeWay says where a route leads.
type routeWay uint8

const (
	// toGateway leads to the internet.
	toGateway routeWay = iota + 1
	elsewhere
	eitherWay
)

// route is a route; without a destination it is for one that isn't known.
type route struct {
	to      netip.Prefix
	way     routeWay
	certain bool
}

// destinationOf names the destination of a route.
func destinationOf(r route) string {
	if !r.to.IsValid() {
		return "an unknown destination"
	}
	return r.to.String()
}

// sent returns the addresses that routes send to an internet gateway: the most specific route to an address decides.
func sent(routes []route, f family) netset.Bounds[netset.Prefixes] {
	var out netset.Bounds[netset.Prefixes]
	destination := func(r route) netset.Prefixes {
		if !r.to.IsValid() {
			return f.all()
		}
		return netset.Prefix(r.to)
	}
	for _, r := range routes {
		if r.way == elsewhere {
			continue
		}
		must, may := destination(r), destination(r)
		for _, o := range routes {
			if o == r {
				continue
			}
			longer := o.to.IsValid() && r.to.IsValid() && o.to.Bits() > r.to.Bits()
			if o.way != toGateway && (longer || !o.to.IsValid() || !r.to.IsValid() || o.to == r.to) {
				must = must.Difference(destination(o))
			}
			if o.way == elsewhere && o.certain && longer {
				may = may.Difference(destination(o))
			}
		}
		out.May = out.May.Union(may)
		if r.certain && r.way == toGateway && r.to.IsValid() {
			out.Must = out.Must.Union(must)
		}
	}
	return out
}
