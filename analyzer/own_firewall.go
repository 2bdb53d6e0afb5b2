package analyzer

import (
	"slices"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
)

// onHosts are the firewalls that texts set up on machines, by the resources that are these or belong to them.
type onHosts map[*graph.Resource][]*fact.HostFirewall

func (all *servers) onHosts() onHosts {
	out := onHosts{}
	for i := range all.firewalls {
		f := &all.firewalls[i]
		of := f.Resource
		if f.On != nil {
			of = f.On
		}
		out[of] = append(out[of], f)
	}
	return out
}

// hops returns the firewalls of a machine as hops.
func (o onHosts) hops(machine *graph.Resource, parts []*graph.Resource) []*fact.Hop {
	var out []*fact.Hop
	for _, r := range append([]*graph.Resource{machine}, parts...) {
		for _, f := range o[r] {
			out = append(out, f.Hop(machine))
		}
	}
	return out
}

// filtered is what bundles with the same ways carry behind firewalls of their own.
type filtered struct {
	like any
	last *fact.Hop
}

// filter puts the firewalls on machines last on the ways to them.
func (o onHosts) filter(endpoints []fact.Endpoint) {
	if len(o) == 0 {
		return
	}
	for i := range endpoints {
		e := &endpoints[i]
		hops := o.hops(e.Resource, e.Parts)
		if len(hops) == 0 {
			continue
		}
		for w := range e.Ways {
			e.Ways[w].Hops = append(slices.Clip(e.Ways[w].Hops), hops...)
		}
		for b, bundle := range e.Bundles {
			if bundle.Like != nil {
				e.Bundles[b].Like = filtered{bundle.Like, hops[0]}
			}
			e.Bundles[b].Ways = func(yield func(func() fact.Way) bool) {
				for made := range bundle.Ways {
					if !yield(func() fact.Way {
						way := made()
						way.Hops = append(slices.Clip(way.Hops), hops...)
						return way
					}) {
						return
					}
				}
			}
		}
	}
}

// inside puts the firewalls on machines last on the ways to them in a cloud's networks.
func (o onHosts) inside(in *fact.Inside) {
	found := map[int][]*fact.Hop{}
	for i := range in.Hosts {
		if hops := o.hops(in.Hosts[i].Resource, in.Hosts[i].Parts); len(hops) > 0 {
			found[i] = hops
			in.Hosts[i].Like = nil
		}
	}
	if len(found) == 0 {
		return
	}
	behind := func(ways []fact.Way, to int) []fact.Way {
		for w := range ways {
			ways[w].Hops = append(slices.Clip(ways[w].Hops), found[to]...)
		}
		return ways
	}
	between, enters := in.Between, in.Enters
	in.Between = func(from, to int) []fact.Way { return behind(between(from, to), to) }
	in.Enters = func(far fact.Far, to int) []fact.Way { return behind(enters(far, to), to) }
}
