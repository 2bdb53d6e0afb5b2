package netset

import "slices"

// value is what a piecewise-constant function can have as values: sets whose
// zero value is empty.
type value[V any] interface {
	Union(V) V
	Intersect(V) V
	Difference(V) V
	Empty() bool
	Equal(V) bool
}

// step says that a function has a value from a point on.
type step[K, V any] struct {
	from  K
	value V
}

// pieces is a function from K to sets, constant between its steps, and empty
// before the first. Steps ascend strictly and each one changes the value, so the
// form is canonical if that of the values is. A function is itself a set, of
// pairs of a point and an element.
type pieces[K ordinal[K], V value[V]] []step[K, V]

// constant returns the function that is v on the domain and empty elsewhere.
func constant[K ordinal[K], V value[V]](domain set[K], v V) pieces[K, V] {
	if v.Empty() {
		return nil
	}
	p := make(pieces[K, V], len(domain))
	for i, flip := range domain {
		p[i].from = flip
		if i%2 == 0 {
			p[i].value = v
		}
	}
	return p
}

// at returns the value at x.
func (p pieces[K, V]) at(x K) V {
	n, found := p.search(x)
	if found {
		return p[n].value
	}
	if n > 0 {
		return p[n-1].value
	}
	var empty V
	return empty
}

// search returns the first step that is not before x, and whether it is at x.
func (p pieces[K, V]) search(x K) (int, bool) {
	return slices.BinarySearchFunc(p, x, func(s step[K, V], x K) int { return s.from.compare(x) })
}

// then appends a step unless it changes nothing.
func (p pieces[K, V]) then(from K, v V) pieces[K, V] {
	var last V
	if len(p) > 0 {
		last = p[len(p)-1].value
	}
	if last.Equal(v) {
		return p
	}
	return append(p, step[K, V]{from, v})
}

// Union returns the pointwise union.
func (p pieces[K, V]) Union(o pieces[K, V]) pieces[K, V] {
	if len(p) < len(o) {
		p, o = o, p
	}
	return overlay(o, p, V.Union, true)
}

// Intersect returns the pointwise intersection.
func (p pieces[K, V]) Intersect(o pieces[K, V]) pieces[K, V] {
	if len(p) < len(o) {
		p, o = o, p
	}
	return overlay(o, p, V.Intersect, false)
}

// Difference returns the pointwise difference.
func (p pieces[K, V]) Difference(o pieces[K, V]) pieces[K, V] {
	if len(p) < len(o) {
		return overlay(p, o, V.Difference, false)
	}
	return overlay(o, p, func(ov, pv V) V { return pv.Difference(ov) }, true)
}

// Empty reports whether the function is empty everywhere.
func (p pieces[K, V]) Empty() bool { return len(p) == 0 }

// Equal reports whether the functions have the same values.
func (p pieces[K, V]) Equal(o pieces[K, V]) bool {
	if len(p) != len(o) {
		return false
	}
	return len(p) == 0 || &p[0] == &o[0] || slices.EqualFunc(p, o, func(a, b step[K, V]) bool {
		return a.from == b.from && a.value.Equal(b.value)
	})
}

// overlay returns the pointwise combination of two functions, where keep says
// what an empty value of outer makes of the value of inner: itself, or nothing.
// The steps of outer are looked up in inner, and where outer is empty, the steps
// of inner are copied as a block or dropped.
func overlay[K ordinal[K], V value[V]](outer, inner pieces[K, V], combine func(outer, inner V) V, keep bool) pieces[K, V] {
	if len(outer) == 0 {
		if keep {
			return inner
		}
		return nil
	}
	var out pieces[K, V]
	if keep {
		out = make(pieces[K, V], 0, len(outer)+len(inner))
	}
	var o, in V
	rest := inner
	for i := 0; ; i++ {
		n := len(rest)
		if i < len(outer) {
			n, _ = rest.search(outer[i].from)
		}
		switch {
		case !o.Empty():
			for _, s := range rest[:n] {
				out = out.then(s.from, combine(o, s.value))
			}
		case keep:
			out = append(out, rest[:n]...)
		}
		if n > 0 {
			in = rest[n-1].value
		}
		rest = rest[n:]
		if i == len(outer) {
			return out
		}
		if len(rest) > 0 && rest[0].from == outer[i].from {
			in = rest[0].value
			rest = rest[1:]
		}
		o = outer[i].value
		out = out.then(outer[i].from, combine(o, in))
	}
}

// group is a value and all the points that have it.
type group[K ordinal[K], V any] struct {
	domain set[K]
	value  V
}

// groups returns the values that are not empty, in the order of their least
// points. key tells values apart.
func (p pieces[K, V]) groups(key func(V) string) []group[K, V] {
	var groups []group[K, V]
	index := map[string]int{}
	for i, s := range p {
		if s.value.Empty() {
			continue
		}
		k := key(s.value)
		at, ok := index[k]
		if !ok {
			at = len(groups)
			index[k] = at
			groups = append(groups, group[K, V]{value: s.value})
		}
		// Neighbouring steps differ, so the intervals of a group never touch.
		g := &groups[at]
		g.domain = append(g.domain, s.from)
		if i+1 < len(p) {
			g.domain = append(g.domain, p[i+1].from)
		}
	}
	return groups
}
