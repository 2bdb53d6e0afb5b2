package report

import (
	"fmt"

	"github.com/tfreach/tfreach/analyzer"
)

// few is how many findings of one cause are told one by one. Of more than these the worst is told, and what else the cause
// decides is counted.
const few = 3

// tellers say which finding stands for others of its cause.
type tellers struct {
	// causes are those of the findings that others stand for, or that stand for others.
	causes map[*analyzer.Finding]*analyzer.Cause
	told   map[*analyzer.Cause]bool
}

// tellersOf returns who tells of the findings of a result; each tells of itself if details are wanted.
func tellersOf(r *analyzer.Result, details bool) *tellers {
	t := &tellers{map[*analyzer.Finding]*analyzer.Cause{}, map[*analyzer.Cause]bool{}}
	if details {
		return t
	}
	causes := r.Causes()
	for i := range causes {
		c := &causes[i]
		if len(c.Findings) <= few {
			continue
		}
		for _, f := range c.Findings {
			t.causes[f] = c
		}
	}
	return t
}

// next returns the finding to tell of where f is next, with its cause if it stands for others; nil if another one has told
// of f.
func (t *tellers) next(f *analyzer.Finding) (*analyzer.Finding, *analyzer.Cause) {
	c := t.causes[f]
	switch {
	case c == nil:
		return f, nil
	case t.told[c]:
		return nil, nil
	}
	t.told[c] = true
	return c.Worst(), c
}

// extent says in a sentence how much a cause decides.
func (s *sources) extent(c *analyzer.Cause) string {
	what, opens, reaches := "One value", "opens", "reaches"
	if at := s.place(c.At); at.path != "" {
		what = "The value at " + at.String()
	}
	if c.Decider != nil {
		what, opens, reaches = c.Decider.Name, "may open", "may reach"
	}
	text := fmt.Sprintf("%s decides %s", what, plural(len(c.Findings), "finding"))
	if n := len(c.Opens); n > 0 {
		text += fmt.Sprintf("; it %s %s", opens, plural(n, "resource"))
	}
	switch n := len(c.Reaches); {
	case n == 1:
		text += fmt.Sprintf("; through it the internet %s 1 machine or listener", reaches)
	case n > 1:
		text += fmt.Sprintf("; through it the internet %s %d machines or listeners", reaches, n)
	}
	return text + "."
}
