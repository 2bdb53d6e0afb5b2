package netset

import "errors"

// Canonical returns an error if the representation breaks an invariant that
// makes equal sets identical.
func Canonical(s any) error {
	switch s := s.(type) {
	case Ports:
		return canonicalSet(s.set)
	case Protocols:
		return canonicalSet(s.set)
	case Prefixes:
		if s.families != nil && len(s.v4()) == 0 && len(s.v6()) == 0 {
			return errors.New("empty set is not nil")
		}
		return errors.Join(canonicalSet(s.v4()), canonicalSet(s.v6()))
	case Traffic:
		return canonicalPieces(s.sources, func(p pieces[number16, Prefixes]) error {
			return canonicalPieces(p, func(p Prefixes) error { return Canonical(p) })
		})
	default:
		return errors.New("not a set")
	}
}

func canonicalSet[T ordinal[T]](s set[T]) error {
	for i := 1; i < len(s); i++ {
		if s[i-1].compare(s[i]) >= 0 {
			return errors.New("flips do not ascend")
		}
	}
	return nil
}

func canonicalPieces[K ordinal[K], V value[V]](p pieces[K, V], canonical func(V) error) error {
	var last V
	for i, s := range p {
		if i > 0 && p[i-1].from.compare(s.from) >= 0 {
			return errors.New("steps do not ascend")
		}
		if last.Equal(s.value) {
			return errors.New("step without change")
		}
		if err := canonical(s.value); err != nil {
			return err
		}
		last = s.value
	}
	return nil
}
