package analyzer

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/netset"
	"github.com/tfreach/tfreach/analyzer/reach"
)

// Flow is a row of what reaches what: each of some places reaches each of others at the same ports.
type Flow struct {
	// From and To are the names of the places: addresses of hosts, prefixes, or the internet. They are sorted.
	From, To []string
	// Word is what the other side of the question is: "instance". It is empty for the internet.
	Word  string
	Ports reach.Ports
}

// FlowsFrom returns what each of some places reaches: hosts, and the internet. It leaves out what surely isn't reached. Places that
// are alike share their rows.
func (n *Networks) FlowsFrom(places []Party) []Flow {
	return n.table(places, n.others(), n.Reach, false)
}

// FlowsTo returns what reaches each of some places.
func (n *Networks) FlowsTo(places []Party) []Flow {
	return n.table(places, n.others(), func(one, other Party) (reach.Ports, bool) { return n.Reach(other, one) }, true)
}

// Flows returns what each of some places reaches among others.
func (n *Networks) Flows(from, to []Party) []Flow { return n.table(from, to, n.Reach, false) }

// others returns the internet and all hosts of the input.
func (n *Networks) others() []Party {
	others := []Party{{Far: &fact.Far{Addresses: netset.PublicSpace()}, Name: Internet}}
	for _, h := range n.Hosts() {
		if !h.Resource.Addr.Elsewhere() {
			others = append(others, Party{Host: h, Name: h.Resource.Addr.String()})
		}
	}
	return others
}

// table asks about some places and others.
func (n *Networks) table(places, others []Party, ask func(one, other Party) (reach.Ports, bool), to bool) []Flow {
	type group struct {
		names []string
		of    Party
	}
	// Places that are alike are asked about as one; where one stands for all, it is asked about the rest of its own group, too.
	var groups []*group
	byClass := map[int]*group{}
	for _, p := range places {
		if p.Host != nil {
			if g := byClass[p.Host.Class]; g != nil {
				g.names = append(g.names, p.Name)
				continue
			}
		}
		g := &group{names: []string{p.Name}, of: p}
		if p.Host != nil {
			byClass[p.Host.Class] = g
		}
		groups = append(groups, g)
	}
	var out []Flow
	for _, g := range groups {
		first := len(out)
		for _, other := range others {
			if other.Host != nil && other.Host == g.of.Host && len(g.names) > 1 {
				continue // those that are alike say it
			}
			ports, known := ask(g.of, other)
			if !known || ports.None() {
				continue
			}
			word := ""
			if other.Host != nil {
				word = other.Host.Word
			}
			names := func(r *Flow) *[]string {
				if to {
					return &r.From
				}
				return &r.To
			}
			i := slices.IndexFunc(out[first:], func(r Flow) bool { return r.Word == word && r.Ports.Equal(ports) })
			if i < 0 {
				row := Flow{From: slices.Clone(g.names), To: slices.Clone(g.names), Word: word, Ports: ports}
				*names(&row) = nil
				out, i = append(out, row), len(out)-first
			}
			list := names(&out[first+i])
			*list = append(*list, other.Name)
			if same := other.Host != nil && byClass[other.Host.Class] == g && other.Host != g.of.Host; same && !slices.Contains(*list, g.of.Name) {
				*list = append(*list, g.of.Name) // the others of the group reach it in the same way
			}
		}
	}
	for i := range out {
		slices.SortFunc(out[i].From, natural)
		slices.SortFunc(out[i].To, natural)
	}
	return out
}

// maxWalked limits the pairs of hosts that are walked between for reports. That takes seconds; who wants to know more asks
// about a machine.
const maxWalked = 10_000

// beyond adds to the worst finding of each cause what the machines reach in their turn that the
// internet reaches because of it. It tells of machines that are alike together.
func beyond(ctx context.Context, findings []Finding, networks func() *Networks) {
	for _, c := range causes(findings) {
		var alike [][]Party
		class := map[int]int{}
		for _, f := range c.Findings {
			if f.Outcome != Exposed || f.Exposure != Reachable || len(f.Path) == 0 {
				continue
			}
			for _, addr := range f.Resources {
				for _, p := range networks().Find(addr.String()) {
					if p.Host == nil {
						continue
					}
					i, ok := class[p.Host.Class]
					if !ok {
						i = len(alike)
						class[p.Host.Class] = i
						alike = append(alike, nil)
					}
					alike[i] = append(alike[i], p)
				}
			}
		}
		f := c.Worst()
		for _, places := range alike {
			if f.BeyondCut = ctx.Err() != nil || networks().Walked() >= maxWalked; f.BeyondCut {
				break
			}
			f.Beyond = append(f.Beyond, networks().FlowsFrom(places)...)
		}
	}
}

// natural orders names so that [2] comes before [10].
func natural(a, b string) int {
	if i := strings.IndexByte(a, '['); i >= 0 && strings.HasPrefix(b, a[:i+1]) {
		return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
	}
	return strings.Compare(a, b)
}
