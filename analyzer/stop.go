package analyzer

import (
	"slices"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/netset"
	"github.com/tfreach/tfreach/analyzer/reach"
)

// Stop is a hop that stops what goes from some places to others.
type Stop struct {
	// Hop is nil if no way leads there.
	Hop *fact.Hop
	// Others are the names of the places on the other side of the question that are stopped at the hop, in their order.
	Others []string
}

// StopsFrom returns where what goes from some places is stopped, if they reach nothing.
func (n *Networks) StopsFrom(places []Party) []Stop { return n.stops(places, n.others(), n.Trace) }

// StopsTo returns where what goes to some places is stopped, if nothing reaches them.
func (n *Networks) StopsTo(places []Party) []Stop {
	return n.stops(places, n.others(), func(one, other Party, p reach.Port) *reach.Reached { return n.Trace(other, one, p) })
}

// Stops returns where what goes from some places to others is stopped, if none of them is reached.
func (n *Networks) Stops(from, to []Party) []Stop { return n.stops(from, to, n.Trace) }

// stops asks about some places and others. Of the ways between two places it takes the one that leads furthest.
func (n *Networks) stops(places, others []Party, trace func(one, other Party, port reach.Port) *reach.Reached) []Stop {
	type pair struct{ one, other int }
	type place struct {
		kind, why string
		of        any
	}
	var out []Stop
	index := map[place]int{}
	asked := map[pair]int{}
	for _, one := range places {
		for _, other := range others {
			if one.Host == nil && other.Host == nil || one.Host != nil && one.Host == other.Host {
				continue
			}
			key := pair{classOf(one), classOf(other)}
			i, ok := asked[key]
			if !ok || one.Host == nil || other.Host == nil {
				hop := furthest(trace(one, other, reach.Port{Protocol: netset.TCP, Ports: netset.AllPorts()}))
				at := place{}
				if hop != nil {
					at = place{hop.Kind, hop.Why, hop.Resource}
				}
				if i, ok = index[at]; !ok {
					i = len(out)
					index[at], out = i, append(out, Stop{Hop: hop})
				}
				asked[key] = i
			}
			if !slices.Contains(out[i].Others, other.Name) {
				out[i].Others = append(out[i].Others, other.Name)
			}
		}
	}
	return out
}

// classOf returns the class of a place's host; -1 if it is none.
func classOf(p Party) int {
	if p.Host == nil {
		return -1
	}
	return p.Host.Class
}

// furthest returns the hop that stops the way that leads furthest; nil if there is no way.
func furthest(r *reach.Reached) *fact.Hop {
	var out *fact.Hop
	most := -1
	for p := range r.Paths() {
		for i := range p.Steps {
			if p.Steps[i].Left.May.Empty() {
				if i > most {
					most, out = i, p.Steps[i].Hop
				}
				break
			}
		}
	}
	return out
}
