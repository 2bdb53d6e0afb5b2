package netset

// Set is what the sets of this package have in common, S being the set itself.
type Set[S any] interface {
	// Union returns the elements of either set.
	Union(S) S
	// Intersect returns the elements of both sets.
	Intersect(S) S
	// Difference returns the elements that the argument lacks.
	Difference(S) S
	// Complement returns the elements of the domain that the set lacks.
	Complement() S
	// Empty reports whether there are no elements.
	Empty() bool
	// Equal reports whether both sets have the same elements.
	Equal(S) bool
	// SubsetOf reports whether the argument has all elements of the set.
	SubsetOf(S) bool
	// Overlaps reports whether the sets have an element in common.
	Overlaps(S) bool
	// String writes the whole set; "none" if it is empty.
	String() string
}

// UnionAll returns the union of any number of sets. It costs O(n log n) where
// adding n sets one by one would cost O(n²).
func UnionAll[S Set[S]](sets ...S) S {
	switch n := len(sets); n {
	case 0:
		var empty S
		return empty
	case 1:
		return sets[0]
	default:
		return UnionAll(sets[:n/2]...).Union(UnionAll(sets[n/2:]...))
	}
}
