package netset

import (
	"iter"
	"slices"
	"sort"
)

// ordinal is a finite, ordered domain of points. Its zero value is the least
// point, and next and prev wrap around at the ends.
type ordinal[T any] interface {
	comparable
	compare(T) int
	next() T
	prev() T
}

// A set holds the points where membership changes, walking up from outside the
// set: s[0] is the first point inside, s[1] the first one outside again, and so
// on. With an odd number of flips the set reaches the end of the domain.
// Flips ascend strictly, which makes the form canonical: intervals that touch
// have no flip between them.
type set[T ordinal[T]] []T

// interval returns the points from lo to hi, both included; none if lo > hi.
func interval[T ordinal[T]](lo, hi T) set[T] {
	if lo.compare(hi) > 0 {
		return nil
	}
	return reach(make(set[T], 0, 2), lo, hi)
}

// reach appends lo to hi to a set that ends below lo.prev().
func reach[T ordinal[T]](s set[T], lo, hi T) set[T] {
	s = append(s, lo)
	var least T
	if end := hi.next(); end != least {
		s = append(s, end)
	}
	return s
}

// whole returns all points of the domain.
func whole[T ordinal[T]]() set[T] {
	var least T
	return set[T]{least}
}

// span is an interval with both ends included.
type span[T any] struct{ lo, hi T }

// union returns the points of all spans, in any order and overlap. It reorders
// the slice that it is given.
func union[T ordinal[T]](spans []span[T]) set[T] {
	slices.SortFunc(spans, func(a, b span[T]) int { return a.lo.compare(b.lo) })
	var s set[T]
	for i := 0; i < len(spans); {
		lo, hi := spans[i].lo, spans[i].hi
		var least T
		for i++; i < len(spans) && (hi.next() == least || spans[i].lo.compare(hi.next()) <= 0); i++ {
			if spans[i].hi.compare(hi) > 0 {
				hi = spans[i].hi
			}
		}
		s = reach(s, lo, hi)
	}
	return s
}

func (s set[T]) contains(x T) bool {
	flips := sort.Search(len(s), func(i int) bool { return s[i].compare(x) > 0 })
	return flips%2 == 1
}

func (s set[T]) equal(o set[T]) bool {
	if len(s) != len(o) {
		return false
	}
	return len(s) == 0 || &s[0] == &o[0] || slices.Equal(s, o)
}

func (s set[T]) full() bool {
	var least T
	return len(s) == 1 && s[0] == least
}

// intervals yields the maximal intervals, both ends included, in order.
func (s set[T]) intervals() iter.Seq2[T, T] {
	return func(yield func(lo, hi T) bool) {
		for i := 0; i < len(s); i += 2 {
			var end T // wraps around to the last point
			if i+1 < len(s) {
				end = s[i+1]
			}
			if !yield(s[i], end.prev()) {
				return
			}
		}
	}
}

func (s set[T]) complement() set[T] { return difference(whole[T](), s) }

func join[T ordinal[T]](a, b set[T]) set[T] {
	return combine(a, b, func(inA, inB bool) bool { return inA || inB })
}

func meet[T ordinal[T]](a, b set[T]) set[T] {
	return combine(a, b, func(inA, inB bool) bool { return inA && inB })
}

func difference[T ordinal[T]](a, b set[T]) set[T] {
	return combine(a, b, func(inA, inB bool) bool { return inA && !inB })
}

// combine returns the points for which keep holds. Points in neither set are
// never kept.
//
// Between two flips of one set the result is nothing, everything, the other set
// or its complement. So the flips of the shorter set are looked up in the longer
// one, and what lies between them is copied as a block or dropped.
func combine[T ordinal[T]](a, b set[T], keep func(inA, inB bool) bool) set[T] {
	if len(a) < len(b) {
		return combine(b, a, func(inB, inA bool) bool { return keep(inA, inB) })
	}
	if len(b) == 0 {
		if keep(true, false) {
			return a
		}
		return nil
	}
	var out set[T]
	if keep(true, false) {
		out = make(set[T], 0, len(a)+len(b))
	}
	inA, inB := false, false
	rest := a
	for i := 0; ; i++ {
		n := len(rest)
		if i < len(b) {
			n, _ = slices.BinarySearchFunc(rest, b[i], T.compare)
		}
		if keep(true, inB) != keep(false, inB) {
			out = append(out, rest[:n]...)
		}
		inA = inA != (n%2 == 1)
		rest = rest[n:]
		if i == len(b) {
			return out
		}
		before := keep(inA, inB)
		if len(rest) > 0 && rest[0] == b[i] {
			inA = !inA
			rest = rest[1:]
		}
		inB = !inB
		if keep(inA, inB) != before {
			out = append(out, b[i])
		}
	}
}

// The unsigned integers of some bits, as domains.
type (
	number8  uint8
	number16 uint16
	number32 uint32
)

func (n number8) compare(o number8) int   { return int(n) - int(o) }
func (n number8) next() number8           { return n + 1 }
func (n number8) prev() number8           { return n - 1 }
func (n number16) compare(o number16) int { return int(n) - int(o) }
func (n number16) next() number16         { return n + 1 }
func (n number16) prev() number16         { return n - 1 }
func (n number32) next() number32         { return n + 1 }
func (n number32) prev() number32         { return n - 1 }

func (n number32) compare(o number32) int {
	switch {
	case n < o:
		return -1
	case n > o:
		return 1
	}
	return 0
}
