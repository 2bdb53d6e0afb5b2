package analyzer

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/source"
	"github.com/tfreach/tfreach/analyzer/suppress"
)

// Suppression is why a finding doesn't count.
type Suppression struct {
	// At is the place of the comment or of the settings' entry.
	At hcl.Range
	// InSource is true for a comment in the configuration, and false for an entry of the settings.
	InSource bool
	// By names the comment's tool and checks for people: "tfreach:ignore ftp-ingress-open".
	By string
	// Reason is the author's reason. It may be empty in settings and in comments for other tools.
	Reason string
	// Until is the last day on which the suppression holds; zero if it has no end.
	Until time.Time
}

// Justification returns the reason, or what suppresses the finding if there is none.
func (s *Suppression) Justification() string { return cmp.Or(s.Reason, s.By) }

// comments finds the comments that suppress findings, and remembers which of them did.
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
	// matched has the IDs of rules whose findings the comment suppressed, or would have if it weren't expired.
	matched map[string]bool
}

func newComments(text func(string) []byte, today time.Time) *comments {
	return &comments{text: text, today: today, files: map[string][]*commentState{}}
}

// in returns the comments of a file. Comments in modules that terraform init installed don't count, as the user didn't write
// them.
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

// day returns midnight UTC of the date that t has in its own time zone.
func day(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// Installed reports whether a file belongs to a module that terraform init installed.
func Installed(name string) bool { return strings.Contains("/"+name, "/.terraform/") }

// commented returns what reports whether a comment that suppresses findings is in a file of a configuration, or in one of the
// YAML that was read with it.
func commented(config func() (*graph.Graph, *source.Tree)) func() bool {
	return sync.OnceValue(func() bool {
		g, tree := config()
		if g == nil || tree == nil {
			return false
		}
		mentioned := func(name string) bool { return suppress.Mentioned(tree.Text(name)) }
		return slices.ContainsFunc(g.Files(), mentioned) ||
			slices.ContainsFunc(tree.TextNames(), func(name string) bool { return suppress.IsYAML(name) && mentioned(name) })
	})
}

// suppress marks the findings that a comment suppresses. The comment may be at the finding's place, at a place that the value
// passes on its way to the rule, at the block that declares the opening, at the resource's block, or at a module call that
// leads to it. One for tfreach may also be at what else makes the opening, which accepts a single instance: other tools know
// no such places.
func (c *comments) suppress(findings []Finding) {
	for i := range findings {
		f := &findings[i]
		near := slices.Concat([]hcl.Range{f.At.Range, f.Declared.Range}, f.Via, f.blocks)
		for n, at := range slices.Concat(near, f.Besides, f.made) {
			for _, s := range c.in(at.Filename) {
				if s.Problem != "" || s.Narrow() && at != f.At.Range || !s.Covers(at) || !s.Names(f.Rule.ID, f.Rule.Equivalents) {
					continue
				}
				if n >= len(near) && s.Tool != suppress.Tfreach {
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

// notices reports what is wrong with the comments in the files of a selection: no reason, an unknown rule, a day that has
// passed, or nothing to suppress. Unused comments for other tools are for these tools to report.
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

// notice reports what is wrong with a comment. check is Config.CheckRule.
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
