package analyzer

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer/suppress"
)

// Suppression is why a finding doesn't count.
type Suppression struct {
	// At is the place of what suppresses the finding.
	At hcl.Range
	// InSource says that it is a comment in the configuration; otherwise it is in the configuration file of tfreach.
	InSource bool
	// By is the comment's tool, with the checks that it names: "tfreach:ignore ftp-ingress-open". It is for people.
	By string
	// Reason is what its author gives as the reason, which others' comments and configuration files need not do.
	Reason string
	// Until is the last day on which it holds; zero if it always does.
	Until time.Time
}

// Justification is the reason, or what suppresses it where none is given.
func (s *Suppression) Justification() string { return cmp.Or(s.Reason, s.By) }

// comments finds the comments that suppress findings in the files of trees, and remembers which did.
type comments struct {
	text  func(name string) []byte
	today time.Time
	files map[string][]*commentState
}

// commentState is a comment with what became of it.
type commentState struct {
	*suppress.Comment
	suppression *Suppression
	expired     bool
	// matched says by ID of a rule that it did, or if it is expired would have, suppressed a finding of it.
	matched map[string]bool
}

func newComments(text func(string) []byte, today time.Time) *comments {
	return &comments{text: text, today: today, files: map[string][]*commentState{}}
}

// in returns the comments of a file. Those of modules that terraform init put there are not the user's, and don't count.
func (c *comments) in(file string) []*commentState {
	states, ok := c.files[file]
	if ok || file == "" || Installed(file) {
		return states
	}
	for _, comment := range suppress.Parse(file, c.text(file)) {
		states = append(states, &commentState{
			Comment: comment,
			suppression: &Suppression{
				At: comment.At, InSource: true, Reason: comment.Reason, Until: comment.Until,
				By: string(comment.Tool) + " comment for " + strings.Join(comment.Checks, ", "),
			},
			expired: !comment.Until.IsZero() && (c.today.IsZero() || day(c.today).After(comment.Until)),
			matched: map[string]bool{},
		})
	}
	c.files[file] = states
	return states
}

// day returns midnight UTC of the day that it is where t was taken.
func day(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// Installed says whether a file is of a module that terraform init put there.
func Installed(name string) bool { return strings.Contains("/"+name, "/.terraform/") }

// suppress marks the findings that a comment suppresses. A comment counts at the place of the finding, at the places that
// the value there passes on its way to the rule, at the block that declares the opening, at that of its resource, and at
// the module calls that lead to it.
func (c *comments) suppress(findings []Finding) {
	for i := range findings {
		f := &findings[i]
		for _, at := range slices.Concat([]hcl.Range{f.At.Range, f.Declared.Range}, f.Via, f.blocks) {
			for _, s := range c.in(at.Filename) {
				if s.Problem != "" || s.Narrow() && at != f.At.Range || !s.Covers(at) || !s.Names(f.Rule.ID, f.Rule.Equivalents) {
					continue
				}
				s.matched[strings.ToLower(f.Rule.ID)] = true
				if !s.expired && f.Suppression == nil {
					f.Suppression = s.suppression
				}
			}
		}
	}
}

// notices says what is wrong with the comments in the files of a selection: no reason, an unknown rule, a day that has
// passed, or nothing to suppress. Whether others' comments are in use is for their tools to say.
func (c *comments) notices(s *Selection) []Notice {
	var out []Notice
	for _, tree := range s.trees {
		for _, file := range tree.TextNames() {
			for _, state := range c.in(file) {
				out = append(out, c.notice(state, s.Analyst.rules, s.config.CheckRule)...)
			}
		}
	}
	return out
}

// notice says what is wrong with a comment; check is that of a Config.
func (c *comments) notice(s *commentState, rules []*Rule, check func(id string) error) (out []Notice) {
	notice := func(level Level, summary, format string, args ...any) {
		out = append(out, Notice{Level: level, Summary: summary, Detail: fmt.Sprintf(format, args...), At: s.At})
	}
	switch {
	case s.Problem != "":
		notice(Warning, "A suppression that suppresses nothing", "%s", s.Problem)
		return out
	case s.expired && c.today.IsZero() && len(s.matched) > 0:
		notice(Warning, "A suppression of unknown validity", "It holds until %s, and the day of the analysis is not given.",
			s.Until.Format(time.DateOnly))
		return out
	case s.expired && (s.Tool == suppress.Tfreach || len(s.matched) > 0):
		notice(Note, "A suppression has expired", "It held until %s, so it suppresses nothing. Fix what it is about, or give it "+
			"another day.", s.Until.Format(time.DateOnly))
		return out
	case s.Tool != suppress.Tfreach:
		return out
	}
	for _, id := range s.Checks {
		asked := slices.ContainsFunc(rules, func(rule *Rule) bool { return strings.EqualFold(rule.ID, id) })
		if asked && !s.matched[strings.ToLower(id)] {
			notice(Note, "A suppression that nothing needs", "%s finds nothing here, so the comment can go.", id)
		}
		if asked || check == nil {
			continue
		}
		if err := check(id); err != nil {
			notice(Warning, "A suppression of an unknown rule", "%s.", err)
		}
	}
	return out
}
