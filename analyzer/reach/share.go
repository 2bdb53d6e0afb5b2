package reach

import (
	"slices"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// maxCells limits the cells that the destinations of a scope are cut into. Beyond it, a rule for some destinations counts as
// one that may apply anywhere, which is true but says less.
const maxCells = 256

// shares returns what each allow adds to its scope: what it matches for any member that it applies to, less what is taken
// earlier for that member. Members are told apart only as far as takers do: by name, and by the cell of their address.
func shares(allows, takers []match) []netset.Bounds[netset.Traffic] {
	out := make([]netset.Bounds[netset.Traffic], len(allows))
	if len(takers) == 0 {
		for i, a := range allows {
			out[i] = a.traffic
		}
		return out
	}
	early, late := slices.Clone(takers), slices.Clone(takers)
	slices.SortStableFunc(early, func(a, b match) int { return earliest(a.rule).compare(earliest(b.rule)) })
	slices.SortStableFunc(late, func(a, b match) int { return latest(a.rule).compare(latest(b.rule)) })
	// anywhere is what surely remains of an allow with unknown destinations, in whatever cell they lie.
	anywhere := make([]netset.Traffic, len(allows))
	for i, a := range allows {
		anywhere[i] = a.traffic.Must
	}
	for _, c := range cells(takers) {
		within := slices.DeleteFunc(indices(allows), func(i int) bool { return !c.overlaps(allows[i].rule.Targets.Addresses.May) })
		takersOf(c, early, late).before(allows, within, func(r *rest) {
			share := &out[r.allow]
			share.May = share.May.Union(r.left.May)
			switch to := r.rule.Targets.Addresses; {
			case !to.May.Empty() && to.Must.Empty():
				anywhere[r.allow] = anywhere[r.allow].Intersect(r.left.Must)
			case c.overlaps(to.Must):
				share.Must = share.Must.Union(r.left.Must)
			}
		})
	}
	for i, a := range allows {
		if to := a.rule.Targets.Addresses; !to.May.Empty() && to.Must.Empty() {
			out[i].Must = anywhere[i]
		}
	}
	return out
}

func indices[T any](s []T) []int {
	out := make([]int, len(s))
	for i := range out {
		out[i] = i
	}
	return out
}

// cell is a set of destinations that each taker applies to entirely or not at all, be it surely or perhaps. A coarse cell is
// all destinations; takers for some of them apply perhaps.
type cell struct {
	to     netset.Prefixes
	coarse bool
}

// overlaps reports whether a rule for the addresses applies to a destination in the cell. No addresses stand for all.
func (c cell) overlaps(addresses netset.Prefixes) bool {
	return addresses.Empty() || c.coarse || c.to.Overlaps(addresses)
}

// cells cuts all destinations where the takers do.
func cells(takers []match) []cell {
	out := []cell{{to: netset.AllAddresses()}}
	cut := func(by netset.Prefixes) {
		var finer []cell
		for _, c := range out {
			for _, part := range []netset.Prefixes{c.to.Intersect(by), c.to.Difference(by)} {
				if !part.Empty() {
					finer = append(finer, cell{to: part})
				}
			}
		}
		out = finer
	}
	for _, t := range takers {
		to := t.rule.Targets.Addresses
		if to.May.Empty() {
			continue
		}
		cut(to.May)
		if !to.Known() {
			cut(to.Must)
		}
		if len(out) > maxCells {
			return []cell{{to: netset.AllAddresses(), coarse: true}}
		}
	}
	return out
}

// queue holds takers in the order in which they may come first, and in the order in which they surely have come.
type queue struct{ may, must []match }

// takersIn are the takers that apply to a cell, by the names of members.
type takersIn struct {
	// any apply to members of any name, named to members of one name; all are the takers for names, whichever name.
	any, all queue
	named    map[fact.Name]queue
}

// takersOf sorts takers by the names of members. may and must are the takers in the order in which they may come first and in
// which they surely have come.
func takersOf(c cell, may, must []match) takersIn {
	in := takersIn{named: map[fact.Name]queue{}}
	for _, t := range may {
		to := t.rule.Targets
		switch {
		case !c.overlaps(to.Addresses.May):
		case len(to.Names) == 0 || to.Unknown:
			in.any.may = append(in.any.may, t)
		default:
			in.all.may = append(in.all.may, t)
			for _, name := range to.Names {
				q := in.named[name]
				q.may = append(q.may, t)
				in.named[name] = q
			}
		}
	}
	for _, t := range must {
		to := t.rule.Targets
		sure := to.Addresses.May.Empty() || !c.coarse && !to.Addresses.Must.Empty() && c.to.SubsetOf(to.Addresses.Must)
		switch {
		case !sure || t.rule.Action == fact.Undecided:
		case len(to.Names) == 0 && !to.Unknown:
			in.any.must = append(in.any.must, t)
		default:
			for _, name := range to.Names {
				q := in.named[name]
				q.must = append(q.must, t)
				in.named[name] = q
			}
		}
	}
	return in
}

// rest is what remains of the allow with an index.
type rest struct {
	allow int
	rule  *fact.Ingress
	left  netset.Bounds[netset.Traffic]
}

// before yields what the takers leave of the allows with the given indices, once for each name that an allow applies to.
func (t takersIn) before(allows []match, within []int, yield func(*rest)) {
	rests := make([]*rest, len(within))
	for n, i := range within {
		rests[n] = &rest{i, allows[i].rule, allows[i].traffic}
	}
	t.any.sweep(rests)
	groups := map[fact.Name][]*rest{}
	var names []fact.Name
	var unknown []*rest
	for _, r := range rests {
		to := r.rule.Targets
		switch {
		case to.Unknown:
			unknown = append(unknown, r)
		case len(to.Names) == 0 || len(t.named) == 0:
			yield(r) // there are members of no name
		default:
			for _, name := range to.Names {
				if groups[name] == nil {
					names = append(names, name)
				}
				groups[name] = append(groups[name], &rest{r.allow, r.rule, r.left})
			}
		}
	}
	finish := func(q queue, group []*rest) {
		q.sweep(group)
		for _, r := range group {
			yield(r)
		}
	}
	for _, name := range names {
		finish(t.named[name], groups[name])
	}
	finish(queue{may: t.all.may}, unknown)
}

// sweep removes from each allow of a group what earlier takers take. Allows and takers are passed in the order of their
// priorities, so the taken set only grows.
func (q queue) sweep(group []*rest) {
	sorted := slices.Clone(group)
	var taken layers
	takers := q.may
	slices.SortFunc(sorted, func(a, b *rest) int { return latest(a.rule).compare(latest(b.rule)) })
	for _, r := range sorted {
		for ; len(takers) > 0 && mayComeBefore(takers[0].rule, r.rule); takers = takers[1:] {
			taken = taken.with(takers[0].traffic.May)
		}
		r.left.Must = taken.less(r.left.Must)
	}
	taken, takers = nil, q.must
	slices.SortFunc(sorted, func(a, b *rest) int { return earliest(a.rule).compare(earliest(b.rule)) })
	for _, r := range sorted {
		for ; len(takers) > 0 && comesBefore(takers[0].rule, r.rule); takers = takers[1:] {
			taken = taken.with(takers[0].traffic.Must)
		}
		r.left.May = taken.less(r.left.May)
	}
}

// layers is a growing union, in layers of decreasing sizes. Adding n sets of traffic costs n log n instead of n².
type layers []layer

type layer struct {
	sets    int
	traffic netset.Traffic
}

// with adds a set and merges it with the layers that are no larger.
func (h layers) with(t netset.Traffic) layers {
	p := layer{1, t}
	for len(h) > 0 && h[len(h)-1].sets <= p.sets {
		last := h[len(h)-1]
		h, p = h[:len(h)-1], layer{last.sets + p.sets, last.traffic.Union(p.traffic)}
	}
	return append(h, p)
}

// less returns t without the union.
func (h layers) less(t netset.Traffic) netset.Traffic {
	for _, p := range h {
		if t.Empty() {
			break
		}
		t = t.Difference(p.traffic)
	}
	return t
}

// mayMeet reports whether two rules may apply to the same member of their scope.
func mayMeet(a, b fact.Targets) bool {
	named := len(a.Names) == 0 || len(b.Names) == 0 || a.Unknown || b.Unknown ||
		slices.ContainsFunc(a.Names, func(name fact.Name) bool { return slices.Contains(b.Names, name) })
	to, other := a.Addresses.May, b.Addresses.May
	return named && (to.Empty() || other.Empty() || to.Overlaps(other))
}
