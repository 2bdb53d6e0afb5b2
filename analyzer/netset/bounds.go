package netset

// Bounds is a partly known set: whatever the set turns out to be, it holds all
// of Must and nothing outside May. The zero value is the set known to be empty.
type Bounds[T any] struct{ Must, May T }

// Exactly returns the bounds of a known set.
func Exactly[T any](v T) Bounds[T] { return Bounds[T]{Must: v, May: v} }

// Known reports whether the bounds leave only one set, judged by the Equal
// method of T. Bounds of a type without one are never known.
func (b Bounds[T]) Known() bool {
	must, ok := any(b.Must).(interface{ Equal(T) bool })
	return ok && must.Equal(b.May)
}

// UnionBounds returns the tightest bounds of the union of two partly known sets.
func UnionBounds[S Set[S]](a, b Bounds[S]) Bounds[S] {
	return Bounds[S]{Must: a.Must.Union(b.Must), May: a.May.Union(b.May)}
}

// EitherBounds returns the tightest bounds of a set that is one of two partly known
// sets.
func EitherBounds[S Set[S]](a, b Bounds[S]) Bounds[S] {
	return Bounds[S]{Must: a.Must.Intersect(b.Must), May: a.May.Union(b.May)}
}

// IntersectBounds returns the tightest bounds of the intersection of two partly
// known sets.
func IntersectBounds[S Set[S]](a, b Bounds[S]) Bounds[S] {
	return Bounds[S]{Must: a.Must.Intersect(b.Must), May: a.May.Intersect(b.May)}
}

// DifferenceBounds returns the tightest bounds of a without b: certain is what a
// must and b cannot have, possible what a may and b need not have.
func DifferenceBounds[S Set[S]](a, b Bounds[S]) Bounds[S] {
	return Bounds[S]{Must: a.Must.Difference(b.May), May: a.May.Difference(b.Must)}
}

// ComplementBounds returns the tightest bounds of the complement of a partly
// known set.
func ComplementBounds[S Set[S]](b Bounds[S]) Bounds[S] {
	return Bounds[S]{Must: b.May.Complement(), May: b.Must.Complement()}
}
