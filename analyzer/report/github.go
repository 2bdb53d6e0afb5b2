package report

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/display"
)

// Limits of GitHub's runner for one step, from ExecutionContext.cs in https://github.com/actions/runner: it drops further
// annotations of a kind, and cuts longer messages.
const (
	maxAnnotations = 10
	maxAnnotation  = 4_096
)

// maxUnannotated is how many lines follow for what isn't annotated: a log is no place to read thousands.
const maxUnannotated = 100

// GitHub writes the result as workflow commands, which GitHub's runner turns into annotations of a pull request:
// https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands. Errors, warnings and notes are of
// that kind, what is unknown is a note; all that one place or one value decides is one annotation. The worst come first, each on
// a line of its own, as the runner keeps ten of a kind; the others follow as plain lines, up to a hundred, with a line that says so. An error
// is that of w.
func GitHub(w io.Writer, r *analyzer.Result, o Options) error {
	return writeGitHub(w, r, sourcesOf(r, o.Path), o)
}

func writeGitHub(w io.Writer, r *analyzer.Result, s *sources, _ Options) error {
	c := commands{sources: s, left: map[string]int{}}
	g := group(r)
	for _, cause := range spread(s, g.now()) {
		c.cause(r, cause)
	}
	for i := range r.Notices {
		n := &r.Notices[i]
		title := "tfreach"
		if n.Partial {
			title = "tfreach: not analysed"
		}
		c.add(commandOf(n.Level), title, s.now(n.At), noticed(n))
	}
	if c.cut.Len() > 0 {
		fmt.Fprintf(&c.out, "GitHub shows %d annotations of a kind, the worst are above. Not annotated: %d.\n", maxAnnotations, c.dropped)
		c.out.Write(c.cut.Bytes())
		if more := c.dropped - maxUnannotated; more > 0 {
			c.line(fmt.Sprintf("And %d more; the other reports tell of them.", more))
		}
	}
	for _, a := range g.absent {
		c.plain(s.place(a.At), capital(change(r, a.Change))+": "+opening(a)+" of "+firstOf(headed(a)))
	}
	c.line(summary(r))
	if !r.Complete() {
		c.line(incomplete)
	}
	_, err := w.Write(c.out.Bytes())
	return err
}

// commands collects workflow commands.
type commands struct {
	sources *sources
	out     bytes.Buffer
	// left counts how many more commands of each kind fit. cut are the lines of those that GitHub would drop.
	left map[string]int
	cut  bytes.Buffer
	// dropped counts them, also those that have no line.
	dropped int
}

func commandOf(l analyzer.Level) string {
	switch l {
	case analyzer.Error:
		return "error"
	case analyzer.Warning:
		return "warning"
	case analyzer.Note:
	}
	return "notice"
}

// spread orders causes for annotations: what was open before after what is new, and a further one on a line after the first
// ones of all lines.
func spread(s *sources, causes []*analyzer.Cause) []*analyzer.Cause {
	type line struct {
		path string
		n    int
	}
	var first, again, old []*analyzer.Cause
	seen := map[line]bool{}
	for _, c := range causes {
		at := s.place(s.causePlace(c))
		switch on := (line{at.path, at.startLine}); {
		case c.Change == analyzer.Unchanged:
			old = append(old, c)
		case seen[on]:
			again = append(again, c)
		default:
			seen[on] = true
			first = append(first, c)
		}
	}
	return slices.Concat(first, again, old)
}

// cause annotates the place of a cause.
func (c *commands) cause(r *analyzer.Result, cause *analyzer.Cause) {
	rule := cause.Worst().Rule
	kind, title := commandOf(cause.Worst().Level), rule.Title
	if cause.Outcome == analyzer.Unknown {
		kind, title = "notice", "Unknown: "+title
	}
	c.add(kind, title+" ["+rule.ID+"]", c.sources.place(c.sources.causePlace(cause)), explained(r, c.sources, cause))
}

// add writes a command, or keeps it as a plain line if there are too many of its kind.
func (c *commands) add(kind, title string, at place, text string) {
	if c.left[kind]++; c.left[kind] > maxAnnotations {
		if c.dropped++; c.dropped <= maxUnannotated {
			c.cut.WriteString(plainLine(at, kind+": "+title+": "+text))
		}
		return
	}
	var properties []string
	add := func(name, value string) {
		properties = append(properties, name+"="+escapeProperty(display.Clean(value)))
	}
	if at.path != "" {
		add("file", at.path)
		add("line", fmt.Sprint(at.startLine))
		add("endLine", fmt.Sprint(at.endLine))
		// The runner accepts columns only within one line.
		if at.startLine == at.endLine {
			add("col", fmt.Sprint(at.startColumn))
			add("endColumn", fmt.Sprint(at.endColumn))
		}
	}
	add("title", title)
	fmt.Fprintf(&c.out, "::%s %s::%s\n", kind, strings.Join(properties, ","), escapeData(clip(display.Clean(text), maxAnnotation)))
}

func (c *commands) plain(at place, text string) { c.out.WriteString(plainLine(at, text)) }

// plainLine returns a line that is no command.
func plainLine(at place, text string) string {
	if at.path != "" {
		text = at.String() + ": " + text
	}
	if text = strings.TrimSpace(display.Clean(text)); display.Command(text) {
		text = `\` + text
	}
	return text + "\n"
}

func (c *commands) line(text string) { c.plain(place{}, text) }

// escapeData and escapeProperty do what GitHub's toolkit does: packages/core/src/command.ts in
// https://github.com/actions/toolkit.
func escapeData(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

func escapeProperty(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(s)
}

// explained says in sentences what a cause is, and what to do.
func explained(r *analyzer.Result, s *sources, c *analyzer.Cause) string {
	text := s.account(r, c)
	if fix := fixOf(c); fix != "" {
		text += " " + sentence(fix)
	}
	return text
}
