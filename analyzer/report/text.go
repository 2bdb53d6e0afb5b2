package report

import (
	"bytes"
	"fmt"
	"io"
	"sort"
	"strconv"
	"strings"

	"github.com/fatih/color"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/display"
	"github.com/tfreach/tfreach/analyzer/graph"
)

// TextOptions says how a result is written for people.
type TextOptions struct {
	// Color adds the escapes that colour a terminal.
	Color bool
	// Path maps the Filename of a range to the path to show; nil shows it as it is.
	Path func(filename string) string
	// Link maps the Filename of a range to a URL that the terminal shall open; nil makes no links.
	Link func(filename string) string
	// Details tells of each finding; otherwise the worst one stands for many that one place or one value decides.
	Details bool
}

const (
	textWidth = 80
	// maxNames is how many addresses of one finding are named, and maxInputs how many root modules and plans.
	maxNames  = 3
	maxInputs = 10
	// maxLines is how many lines of one range are shown.
	maxLines = 4
)

// Text writes the result for people: the findings, the undecided ones, what was noticed, and a line that sums up. Lines
// have at most 80 columns, where an address or a path is not longer than that. Nothing from the input can command a
// terminal or a CI runner. An error is that of w.
func Text(w io.Writer, r *analyzer.Result, o TextOptions) error {
	return writeText(w, r, sourcesOf(r, o.Path), o)
}

func writeText(w io.Writer, r *analyzer.Result, s *sources, o TextOptions) error {
	p := printer{sources: s, palette: newPalette(o.Color), result: r, link: o.Link}
	g := group(r)
	tellers := tellersOf(r, o.Details)
	for _, f := range g.open {
		if f, c := tellers.next(f); f != nil {
			p.finding(f, c, p.level(f.Level))
		}
	}
	if len(g.unknown) > 0 {
		p.para("", p.bold, "", display.Words("Not decided: whether these are open depends on values that are not known."))
		p.line("")
		for _, f := range g.unknown {
			if f, c := tellers.next(f); f != nil {
				p.finding(f, c, p.unknown)
			}
		}
	}
	p.closed(g.absent)
	for i := range r.Notices {
		p.notice(&r.Notices[i])
	}
	p.summary(r)
	_, err := w.Write(p.out.Bytes())
	return err
}

// palette is the colours of one report.
type palette struct{ plain, bold, faint, error, warning, note, unknown, good *color.Color }

func newPalette(on bool) palette {
	// The package decides by the environment unless each colour is told.
	plain := color.New()
	plain.DisableColor()
	shade := func(attributes ...color.Attribute) *color.Color {
		if !on {
			return plain
		}
		c := color.New(attributes...)
		c.EnableColor()
		return c
	}
	return palette{
		plain:   plain,
		bold:    shade(color.Bold),
		faint:   shade(color.Faint),
		error:   shade(color.Bold, color.FgRed),
		warning: shade(color.Bold, color.FgYellow),
		note:    shade(color.Bold, color.FgCyan),
		unknown: shade(color.Bold, color.FgMagenta),
		good:    shade(color.Bold, color.FgGreen),
	}
}

func (p *palette) level(l analyzer.Level) *color.Color {
	switch l {
	case analyzer.Error:
		return p.error
	case analyzer.Warning:
		return p.warning
	case analyzer.Note:
	}
	return p.note
}

// printer renders text. What its methods take is raw; they clean it.
type printer struct {
	palette
	sources *sources
	result  *analyzer.Result
	link    func(filename string) string
	out     bytes.Buffer
}

func (p *printer) line(text string) {
	p.out.WriteString(text)
	p.out.WriteByte('\n')
}

// para prints cleaned words behind an indent and a coloured label, and indents the lines that follow as far.
func (p *printer) para(indent string, c *color.Color, label string, words []string) {
	hang := len(indent) + len(label)
	for i, line := range display.Wrap(words, textWidth-1-hang, label != "") {
		switch {
		case label == "":
			p.line(indent + c.Sprint(line))
		case i > 0:
			p.line(strings.Repeat(" ", hang) + line)
		default:
			p.line(indent + c.Sprint(label) + line)
		}
	}
}

// finding prints a finding, and what else its cause decides if that isn't nil.
func (p *printer) finding(f *analyzer.Finding, cause *analyzer.Cause, c *color.Color) {
	p.para("", c, verdict(f)+": ", append(display.Words(f.Rule.Title), "["+display.Clean(f.Rule.ID)+"]"))
	p.para("  ", p.bold, "", names(f))
	if in := inputs(p.result, f, p.sources.rename); len(in) > 0 {
		p.para("  ", p.plain, "in ", listed(in, maxInputs))
	}
	if text := change(p.result, f.Change); text != "" {
		shade := p.faint
		if f.Change == analyzer.New {
			shade = c
		}
		p.para("  ", shade, "", display.Words(text))
	}
	p.excerpt(f.At, c, !f.Sensitive)
	p.para("  ", p.plain, "", display.Words(sentence(f.Message)))
	for _, r := range f.Related {
		p.para("  ", p.faint, "see: ", append(p.at(r.At), display.Words(r.Message)...))
	}
	for _, d := range f.Decides {
		p.para("  ", p.unknown, "decided by: ", append(p.at(d.Place()), display.Words(d.Name)...))
	}
	if f.Fix != "" {
		p.para("  ", p.good, "fix: ", display.Words(f.Fix))
	}
	if cause != nil {
		p.para("  ", p.bold, "", display.Words(p.sources.extent(cause)+" --details tells of each."))
		for _, list := range []struct {
			label string
			names []graph.Address
		}{{"opens: ", cause.Opens}, {"reaches: ", cause.Reaches}} {
			if len(list.names) > 0 {
				p.para("  ", p.plain, list.label, listed(printed(list.names), maxNames))
			}
		}
	}
	p.line("")
}

func printed(list []graph.Address) []string {
	out := make([]string, len(list))
	for i, a := range list {
		out[i] = a.String()
	}
	return out
}

// closed prints what was open before and is no longer.
func (p *printer) closed(findings []*analyzer.Finding) {
	if len(findings) == 0 {
		return
	}
	p.para("", p.bold, "", display.Words(capital(change(p.result, analyzer.Absent))+":"))
	for _, f := range findings {
		text := append(names(f), "["+display.Clean(f.Rule.ID)+"]:")
		p.para("  ", p.plain, "- ", append(text, display.Words(f.Opening())...))
	}
	p.line("")
}

func (p *printer) notice(n *analyzer.Notice) {
	p.para("", p.level(n.Level), n.Level.String()+": ", display.Words(n.Summary))
	p.excerpt(analyzer.At(n.At), p.level(n.Level), true)
	p.para("  ", p.plain, "", display.Words(n.Detail))
	p.line("")
}

func (p *printer) summary(r *analyzer.Result) {
	shade := p.bold
	if count(r.Findings).total() == 0 {
		shade = p.good
	}
	p.line(shade.Sprint(found(r)) + " " + looked(r) + ".")
	for _, text := range remarks(r) {
		p.para("", p.plain, "", display.Words(text))
	}
	if !r.Complete() {
		p.line(p.warning.Sprint(incomplete))
	}
}

// names lists the first of the finding's addresses, each as a word.
func names(f *analyzer.Finding) []string { return listed(addresses(f), maxNames) }

// listed returns at most limit of the names, each as a word, and counts the others.
func listed(all []string, limit int) []string {
	out := make([]string, 0, limit)
	for _, a := range all[:min(len(all), limit)] {
		out = append(out, display.Clean(a)+",")
	}
	if n := len(out); n > 0 {
		out[n-1] = strings.TrimSuffix(out[n-1], ",")
	}
	if more := len(all) - len(out); more > 0 {
		out = append(out, display.Words(fmt.Sprintf("and %d more", more))...)
	}
	return out
}

// at returns where a range starts as the word before what is there, or nothing if it is in no file.
func (p *printer) at(r analyzer.Place) []string {
	if where := p.sources.place(r); where.path != "" {
		return []string{display.Clean(where.String()) + ":"}
	}
	return nil
}

// excerpt prints a place and, if they may be shown, its source lines. A range within one line is underlined, another one
// from its start.
func (p *printer) excerpt(r analyzer.Place, c *color.Color, show bool) {
	at := p.sources.place(r)
	if at.path == "" {
		return
	}
	p.linked(r.Filename, display.Wrap([]string{display.Clean(at.String())}, textWidth, false)[0])
	if !show {
		p.para("    ", p.faint, "", display.Words("(not shown, as a value is sensitive)"))
		return
	}
	if at.file == nil {
		return
	}
	last := min(at.endLine, at.startLine+maxLines-1)
	gutter := len(strconv.Itoa(last))
	for n := at.startLine; n <= last; n++ {
		start, end := at.file.line(n)
		text, mark := window(string(at.file.Slice(start, end)), at.start-start, at.end-start, textWidth-1-len("   |  ")-gutter)
		p.line(p.faint.Sprintf("  %*d |", gutter+1, n) + pad(text))
		if n == at.startLine {
			p.line(p.faint.Sprintf("  %*s |", gutter+1, "") + " " + c.Sprint(mark))
		}
	}
	if last < at.endLine {
		p.line(p.faint.Sprintf("  %*s |", gutter+1, "") + fmt.Sprintf(" and %s more", plural(at.endLine-last, "line")))
	}
}

// linked prints a place with a link to its file, by the escape that terminals agreed on:
// https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda.
func (p *printer) linked(filename, text string) {
	text = p.faint.Sprint(text)
	if p.link != nil {
		text = "\x1b]8;;" + p.link(filename) + "\x1b\\" + text + "\x1b]8;;\x1b\\"
	}
	p.line("  " + text)
}

func pad(text string) string {
	if text == "" {
		return ""
	}
	return " " + text
}

// window returns as much of a line as fits in a number of columns, with the part between two offsets in view, and the
// carets to put under that part. A part that is empty gets one caret.
func window(line string, start, end, columns int) (text, mark string) {
	all := display.Cells(strings.TrimRight(line, " \t"))
	first := sort.Search(len(all), func(i int) bool { return all[i].End > start })
	last := max(first, sort.Search(len(all), func(i int) bool { return all[i].Start >= end }))

	from, room := 0, columns
	if display.Width(all) > columns {
		room -= 2 // for an ellipsis at each end
		if display.Width(all[:last]) > room {
			for from = first; from > 0 && display.Width(all[from-1:first]) <= room/leadShare; {
				from--
			}
		}
	}
	var b, carets strings.Builder
	if from > 0 {
		b.WriteString("…")
		carets.WriteString(" ")
	}
	for i, c := range all[from:] {
		if room -= c.Width; room < 0 {
			b.WriteString("…")
			break
		}
		b.WriteString(c.Text)
		switch i += from; {
		case i < first:
			carets.WriteString(strings.Repeat(" ", c.Width))
		case i < last:
			carets.WriteString(strings.Repeat("^", c.Width))
		}
	}
	if mark = carets.String(); !strings.HasSuffix(mark, "^") {
		mark += "^"
	}
	return b.String(), mark
}

// leadShare is which share of a line that is too long stands before the part to look at: one in that many.
const leadShare = 4
