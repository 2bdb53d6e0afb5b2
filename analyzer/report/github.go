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

// What GitHub's runner takes of one step, from ExecutionContext.cs in https://github.com/actions/runner: it drops further
// annotations of a kind, and cuts longer messages.
const (
	maxAnnotations = 10
	maxAnnotation  = 4_096
)

// GitHub writes the result as workflow commands, which GitHub's runner turns into annotations of a pull request:
// https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands. Errors, warnings and notes are of
// that kind, what is unknown is a note; of many findings that one place or one value decides, the worst is annotated. The worst
// come first, as the runner keeps ten of a kind; the others follow as
// plain lines, with a line that says so. An error is that of w.
func GitHub(w io.Writer, r *analyzer.Result, o Options) error {
	return writeGitHub(w, r, sourcesOf(r, o.Path), o)
}

func writeGitHub(w io.Writer, r *analyzer.Result, s *sources, _ Options) error {
	c := commands{sources: s, left: map[string]int{}}
	g, tellers := group(r), tellersOf(r, false)
	// What was open before can wait for what is new.
	for _, old := range []bool{false, true} {
		for _, f := range slices.Concat(g.open, g.unknown) {
			if (f.Change == analyzer.Unchanged) != old {
				continue
			}
			if f, cause := tellers.next(f); f != nil {
				c.finding(r, f, cause)
			}
		}
	}
	for i := range r.Notices {
		n := &r.Notices[i]
		text := sentence(n.Summary)
		if n.Detail != "" {
			text += " " + sentence(n.Detail)
		}
		title := "tfreach"
		if n.Partial {
			title = "tfreach: not analysed"
		}
		c.add(commandOf(n.Level), title, s.now(n.At), text)
	}
	if c.cut.Len() > 0 {
		n := bytes.Count(c.cut.Bytes(), []byte("\n"))
		fmt.Fprintf(&c.out, "GitHub shows %d annotations of a kind, the worst are above. Not annotated: %d.\n", maxAnnotations, n)
		c.out.Write(c.cut.Bytes())
	}
	for _, f := range g.absent {
		c.plain(s.place(f.At), capital(change(r, f.Change))+": "+f.Opening()+" of "+strings.Join(addresses(f), ", "))
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
	// left counts the commands by kind; cut are the lines of those that GitHub would drop.
	left map[string]int
	cut  bytes.Buffer
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

// finding annotates the place of a finding, and says what else its cause decides if that isn't nil.
func (c *commands) finding(r *analyzer.Result, f *analyzer.Finding, cause *analyzer.Cause) {
	kind, title := commandOf(f.Level), f.Rule.Title
	text, at := explained(r, c.sources, f), f.At
	if cause != nil {
		text = c.sources.extent(cause) + " The worst: " + text
		if cause.At.Filename != "" {
			at = cause.At
		}
	}
	if f.Outcome == analyzer.Unknown {
		kind, title = "notice", "Unknown: "+title
	}
	c.add(kind, title+" ["+f.Rule.ID+"]", c.sources.place(at), text)
}

// add writes a command, or keeps it as a plain line if there are too many of its kind.
func (c *commands) add(kind, title string, at place, text string) {
	if c.left[kind]++; c.left[kind] > maxAnnotations {
		c.cut.WriteString(plainLine(at, kind+": "+title+": "+text))
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
		// The runner takes columns only within one line.
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

// escapeData and escapeProperty are those of GitHub's toolkit: packages/core/src/command.ts in
// https://github.com/actions/toolkit.
func escapeData(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

func escapeProperty(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(s)
}

// explained says in sentences what a finding is, of whom, how it changed, and what to do.
func explained(r *analyzer.Result, s *sources, f *analyzer.Finding) string {
	text := told(r, s, f)
	if f.Fix != "" {
		text += " " + sentence(f.Fix)
	}
	return text
}

// told is explained without what to do.
func told(r *analyzer.Result, s *sources, f *analyzer.Finding) string {
	text := sentence(f.Message)
	if words := change(r, f.Change); words != "" {
		text += " " + sentence("It is "+words)
	}
	if in := inputs(r, f, s.rename); len(in) > 0 {
		text += " " + sentence("It is in "+strings.Join(in[:min(len(in), maxInputs)], ", "))
	}
	if f.Outcome == analyzer.Unknown {
		text += " " + decidedBy(f.Decides)
	}
	return text
}
