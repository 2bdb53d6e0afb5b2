package analyzer

import "context"

// Run selects the inputs that the Config names, analyses them, and compares their findings with those of before. It fails if
// the Config is wrong or an input can't be read at all. The notices of the result name what could be read only in part, what
// was given up because ctx ended, and where tfreach itself failed.
//
// The error is non-nil if the configuration of the run is wrong or an input can't be read at all. What could be read only
// in part is in the notices of the result, also what was given up because ctx ended, or because tfreach itself failed on
// it.
func Run(ctx context.Context, c Config) (*Result, error) {
	r, _, err := RunWith(ctx, c, func(*Selection, *Analysis) struct{} { return struct{}{} })
	return r, err
}

// RunWith is Run, and also returns what see makes of each Analysis, in the order of the inputs. What see returns should keep
// nothing of the graph. Calls of see may run at the same time.
func RunWith[T any](ctx context.Context, c Config, see func(*Selection, *Analysis) T) (*Result, []T, error) {
	s, err := Select(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	defer s.Close()
	type made struct {
		seen T
		rows Rows
	}
	analysed, err := Each(ctx, s, func(a *Analysis) made { return made{see(s, a), a.Rows()} })
	if err != nil {
		return nil, nil, err
	}
	seen, now := make([]T, len(analysed)), make([]Rows, len(analysed))
	for i, m := range analysed {
		seen[i], now[i] = m.seen, m.rows
	}
	before, err := s.Before(ctx, now)
	if err != nil {
		return nil, nil, err
	}
	r, err := Compare(s, now, before)
	return r, seen, err
}
