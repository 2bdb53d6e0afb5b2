package report

import (
	"strings"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/display"
)

// Entries are what a report has of a result, for programs that show each entry at its place, such as editors. They are not
// safe for concurrent use.
type Entries struct {
	// List has an entry for each cause, with details for each finding, and one for each notice.
	List []Entry

	result  *analyzer.Result
	sources *sources
	options Options
}

// Entry is what there is to say of a cause or of a notice, at its place.
type Entry struct {
	At analyzer.Place
	// Word is the level of a finding that is exposed, or of a notice, or unknown.
	Word string
	Text string
	// Cause is nil for a notice.
	Cause *analyzer.Cause
}

// Span is a range in a file as editors have it: lines and columns count from 1, columns in UTF-16 code units, and the last
// column is the one after the last character. The zero Span stands for a place without a file.
type Span struct {
	File                             string
	Line, Column, EndLine, EndColumn int
}

// EntriesOf returns the entries of a result.
func EntriesOf(r *analyzer.Result, o Options) *Entries {
	return entriesOf(r, sourcesOf(r, o.Path), o)
}

func entriesOf(r *analyzer.Result, s *sources, o Options) *Entries {
	out := &Entries{result: r, sources: s, options: o}
	g := group(r)
	for _, c := range detailed(g.now(), o.Details) {
		text := c.Worst().Message
		if more := s.extent(c); more != "" {
			text = sentence(text) + " " + more
		}
		if c.Outcome == analyzer.Unknown {
			if more := s.depends(c); more != "" {
				text = sentence(text) + " " + more
			}
		}
		out.List = append(out.List, Entry{s.causePlace(c), verdict(c), text, c})
	}
	for i := range r.Notices {
		n := &r.Notices[i]
		text := n.Summary
		if n.Detail != "" {
			text += ": " + n.Detail
		}
		out.List = append(out.List, Entry{analyzer.At(n.At), n.Level.String(), text, nil})
	}
	return out
}

// Span returns a place as editors have it.
func (e *Entries) Span(at analyzer.Place) Span {
	p := e.sources.place(at)
	return Span{p.path, p.startLine, p.startColumn, p.endLine, p.endColumn}
}

// Related returns the other places of an entry, at most as many as the other reports tell.
func (e *Entries) Related(entry *Entry) []analyzer.Related {
	if entry.Cause == nil {
		return nil
	}
	out := related(entry.Cause, maxOthers)
	for _, d := range decides(entry.Cause) {
		if d.At != entry.At.Range {
			out = append(out, analyzer.Related{At: d.Place(), Message: "decided by " + d.Name})
		}
	}
	for i := range out {
		out[i].Message = display.Clean(out[i].Message)
	}
	return out
}

// Page returns the address of the page of a rule.
func (e *Entries) Page(rule *analyzer.Rule) string { return rulePage(rule, e.options.Version) }

// Explain returns a page in Markdown on an entry: what is open, the way from the internet hop by hop, what to change, and the
// page of the rule. Nothing from the input is markup in it.
func (e *Entries) Explain(entry *Entry) string {
	c := entry.Cause
	if c == nil {
		return markdownText(entry.Text)
	}
	m := markdown{sources: e.sources, result: e.result}
	f := c.Worst()
	m.line("**" + verdict(c) + "** " + markdownText(e.sources.account(e.result, c)))
	m.line("")
	if fix := fixOf(c); fix != "" {
		m.line("**Fix:** " + markdownText(sentence(fix)))
		m.line("")
	}
	m.way(f)
	m.line("---")
	m.line("")
	m.line("[" + f.Rule.ID + "](" + e.Page(f.Rule) + "): " + markdownText(f.Rule.Title))
	m.line("")
	for line := range strings.Lines(strings.TrimSpace(f.Rule.Help)) {
		if strings.HasPrefix(line, "## ") { // the page's own headings are too large beside code
			line = "##" + line
		}
		m.out.WriteString(line)
	}
	return m.out.String()
}
