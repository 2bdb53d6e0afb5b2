package report

import (
	"bytes"
	"fmt"
	"io"
	"slices"
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
	// Link maps the Filename of a range to a URL that the terminal opens; nil makes no links.
	Link func(filename string) string
	// Details tells of each finding; otherwise the worst ones stand for all that one place or one value decides, and the
	// worst causes for many.
	Details bool
	// Width is the number of columns that lines have at most; 0 stands for 80.
	Width int
}

const (
	// textWidth is the width of a page, and leastWidth what the layout needs.
	textWidth, leastWidth = 80, 40
	// maxNames is the number of addresses of one finding that are named, and maxInputs the number of root modules and plans.
	maxNames  = 3
	maxInputs = 10
	// maxLines is the number of lines of one range that are shown.
	maxLines = 4
	// maxTold is how many causes are told in full, maxBrief how many more have a line, and half as many of those that aren't
	// known. maxSame is how many notices of one kind are told.
	maxTold  = 8
	maxBrief = 12
	maxSame  = 3
	// maxOthers is how many blocks are named of those that a cause opens, where there is little room.
	maxOthers = 3
)

// Text writes the result for people: the findings, the undecided ones, what was noticed, and a line that sums up. Lines
// have at most the width that is asked for, where an address or a path is not longer than that. Nothing from the input can command a
// terminal or a CI runner. An error is that of w.
func Text(w io.Writer, r *analyzer.Result, o TextOptions) error {
	return writeText(w, r, sourcesOf(r, o.Path), o)
}

func writeText(w io.Writer, r *analyzer.Result, s *sources, o TextOptions) error {
	p := printer{sources: s, palette: newPalette(o.Color), result: r, link: o.Link, details: o.Details, width: textWidth}
	if o.Width > 0 {
		p.width = max(o.Width, leastWidth)
	}
	g := group(r)
	p.causes(g.open, maxTold)
	if len(g.unknown) > 0 {
		p.para("", p.bold, "", display.Words("Not decided: whether these are open depends on values that are not known."))
		p.line("")
		p.causes(g.unknown, maxTold/2)
	}
	p.closed(g.absent)
	p.notices(r.Notices)
	p.summary(r)
	p.next(&g)
	_, err := w.Write(p.out.Bytes())
	return err
}

// palette is the colours of one report.
type palette struct{ plain, bold, faint, error, warning, note, unknown, good *color.Color }

func newPalette(on bool) palette {
	// The package reads the environment unless each colour is set.
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

// printer renders text. Its methods take raw text and clean it.
type printer struct {
	palette
	sources *sources
	result  *analyzer.Result
	link    func(filename string) string
	details bool
	width   int
	// short is true if something is told of less than all.
	short bool
	out   bytes.Buffer
}

func (p *printer) line(text string) {
	p.out.WriteString(text)
	p.out.WriteByte('\n')
}

// para prints cleaned words after an indent and a coloured label, and indents the following lines as far.
func (p *printer) para(indent string, c *color.Color, label string, words []string) {
	hang := len(indent) + len(label)
	for i, line := range display.Wrap(words, p.width-1-hang, label != "") {
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

// causes prints the first causes in full, some more with a line each, and counts the rest.
func (p *printer) causes(causes []*analyzer.Cause, limit int) {
	if p.details || len(causes) <= limit+1 {
		limit = len(causes)
	}
	for _, c := range causes[:limit] {
		p.cause(c, p.shade(c))
	}
	rest := causes[limit:]
	if len(rest) == 0 {
		return
	}
	p.short = true
	p.para("", p.bold, "", display.Words(fmt.Sprintf("%d more, in brief:", len(rest))))
	brief := rest[:min(len(rest), maxBrief*limit/maxTold)]
	for _, c := range brief {
		where := p.sources.place(p.sources.causePlace(c))
		text := firstOf(headed(c)) + " [" + c.Worst().Rule.ID + "]"
		if c.Decider != nil {
			text = "decided by " + c.Decider.Name + ": " + text
		}
		if where.path != "" {
			text = where.String() + ": " + text
		}
		p.para("  ", p.shade(c), verdict(c)+": ", display.Words(text))
	}
	if more := len(rest) - len(brief); more > 0 {
		p.para("  ", p.plain, "", display.Words(fmt.Sprintf("and %d more", more)))
	}
	p.line("")
}

// shade is the colour of a cause.
func (p *printer) shade(c *analyzer.Cause) *color.Color {
	if c.Outcome == analyzer.Unknown {
		return p.unknown
	}
	return p.level(c.Worst().Level)
}

// cause prints a cause: its worst finding and what to change or, of one that decides much, how much that is.
func (p *printer) cause(c *analyzer.Cause, shade *color.Color) {
	worst, extent := c.Worst(), p.sources.extent(c)
	p.para("", shade, verdict(c)+": ", append(display.Words(worst.Rule.Title), "["+display.Clean(worst.Rule.ID)+"]"))
	p.para("  ", p.bold, "", listed(named(c), maxNames))
	if in := inputs(p.result, c, p.sources.rename); len(in) > 0 {
		p.para("  ", p.plain, "in ", listed(in, maxInputs))
	}
	if text := change(p.result, c.Change); text != "" {
		tone := p.faint
		if c.Change == analyzer.New {
			tone = shade
		}
		p.para("  ", tone, "", display.Words(text))
	}
	p.excerpt(p.sources.causePlace(c), shade, !c.Sensitive())
	one := told(c)
	places := related(c, 0)
	if extent != "" {
		p.para("  ", p.bold, "", display.Words(extent))
		opens, reaches := "opens: ", "reaches: "
		if c.Outcome == analyzer.Unknown {
			opens, reaches = "may open: ", "may reach: "
		}
		p.all(opens, c.Opens)
		p.all(reaches, c.Reaches)
		one, places = one[:1], fewOf(places, maxSame)
		if c.Outcome == analyzer.Unknown {
			one, places = nil, nil
		}
	}
	for _, f := range one {
		text := sentence(f.Message)
		if extent != "" {
			text = "The worst: " + text
		}
		p.para("  ", p.plain, "", display.Words(text))
	}
	for _, r := range places {
		p.para("  ", p.faint, "see: ", append(p.at(r.At), display.Words(r.Message)...))
	}
	for _, d := range decides(c) {
		p.para("  ", p.unknown, "decided by: ", append(p.at(d.Place()), display.Words(d.Name)...))
	}
	if text := advice(p.result, c.Decider); text != "" {
		p.para("  ", p.good, "to decide it: ", display.Words(text))
	}
	if text := fixOf(c); text != "" && (extent == "" || c.Outcome == analyzer.Exposed) {
		p.para("  ", p.good, "fix: ", display.Words(text))
	}
	if p.details && extent != "" {
		for _, f := range c.Findings {
			text := strings.Join(addresses(f), ", ") + ": " + sentence(f.Message) + " [" + f.Rule.ID + "]"
			p.para("  ", p.plain, "- ", append(p.at(f.Declared), display.Words(text)...))
		}
	}
	p.line("")
}

// fewOf returns at most so many of the places, in their order: one of each file first.
func fewOf(places []analyzer.Related, most int) []analyzer.Related {
	files := map[string]bool{}
	var first, rest []int
	for i := range places {
		if name := places[i].At.Filename; !files[name] {
			files[name] = true
			first = append(first, i)
		} else {
			rest = append(rest, i)
		}
	}
	chosen := append(first, rest...)
	chosen = chosen[:min(len(chosen), most)]
	slices.Sort(chosen)
	out := make([]analyzer.Related, len(chosen))
	for n, i := range chosen {
		out[n] = places[i]
	}
	return out
}

// all lists addresses: all with details, else the first.
func (p *printer) all(label string, names []graph.Address) {
	if len(names) == 0 {
		return
	}
	p.short = p.short || len(names) > maxNames && !p.details
	limit := maxNames
	if p.details {
		limit = len(names)
	}
	p.para("  ", p.plain, label, listed(printed(names), limit))
}

// closed prints what was open before and no longer is.
func (p *printer) closed(causes []*analyzer.Cause) {
	if len(causes) == 0 {
		return
	}
	p.para("", p.bold, "", display.Words(capital(change(p.result, analyzer.Absent))+":"))
	for i, c := range causes {
		if i == maxBrief && !p.details {
			p.short = true
			p.para("  ", p.plain, "- ", display.Words(fmt.Sprintf("and %d more", len(causes)-i)))
			break
		}
		text := append(listed(headed(c), maxNames), "["+display.Clean(c.Worst().Rule.ID)+"]:")
		p.para("  ", p.plain, "- ", append(text, display.Words(opening(c))...))
	}
	p.line("")
}

// notices prints what was noticed of the analysis, of much of one kind the first.
func (p *printer) notices(all []analyzer.Notice) {
	number, told := map[string]int{}, map[string]int{}
	for i := range all {
		number[all[i].Summary]++
	}
	for i := range all {
		n := &all[i]
		switch told[n.Summary]++; {
		case p.details || told[n.Summary] <= maxSame:
			p.notice(n)
		case told[n.Summary] == number[n.Summary]:
			p.short = true
			p.para("", p.level(n.Level), n.Level.String()+": ", display.Words(fmt.Sprintf("%s: %d more", n.Summary, number[n.Summary]-maxSame)))
			p.line("")
		}
	}
}

func (p *printer) notice(n *analyzer.Notice) {
	p.para("", p.level(n.Level), n.Level.String()+": ", display.Words(n.Summary))
	p.excerpt(analyzer.At(n.At), p.level(n.Level), true)
	p.para("  ", p.plain, "", display.Words(n.Detail))
	p.line("")
}

func (p *printer) summary(r *analyzer.Result) {
	shade := p.bold
	if count(r).total() == 0 {
		shade = p.good
	}
	p.para("", shade, "", display.Words(headline(r)+"."))
	for _, text := range remarks(r) {
		p.para("", p.plain, "", display.Words(text))
	}
	if !r.Complete() {
		p.line(p.warning.Sprint(incomplete))
	}
}

// next says what to do if less than all was told.
func (p *printer) next(g *groups) {
	if !p.short {
		return
	}
	findings := 0
	for _, c := range g.now() {
		findings += len(c.Findings)
	}
	p.line("")
	p.line(p.bold.Sprint("Next:"))
	if len(g.open) > 0 {
		p.para("  ", p.plain, "- ", display.Words("tfreach fix shows the edits that close what it surely can; it takes the same paths and flags."))
	}
	var advised []string
	for _, c := range g.unknown {
		if text := advice(p.result, c.Decider); text != "" {
			advised = append(advised, fmt.Sprintf("%s decides %s: %s.", c.Decider.Name, plural(len(c.Findings), "finding"), text))
		}
	}
	// One more takes no more room than to say so.
	if limit := maxTold / 2; len(advised) > limit+1 {
		advised = append(advised[:limit:limit], fmt.Sprintf("%d further values would decide more.", len(advised)-limit))
	}
	for _, text := range advised {
		p.para("  ", p.plain, "- ", display.Words(text))
	}
	all := "--details tells of all."
	if findings > 0 {
		all = fmt.Sprintf("--details tells of each of %s, and --format html lets you look for one.", plural(findings, "finding"))
	}
	p.para("  ", p.plain, "- ", display.Words(all))
}

// listed returns at most limit names, each as a word, and counts the others.
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

// at returns the start of a range as the word before what is there; nothing if the range is in no file.
func (p *printer) at(r analyzer.Place) []string {
	if where := p.sources.place(r); where.path != "" {
		return []string{display.Clean(where.String()) + ":"}
	}
	return nil
}

// excerpt prints a place and, if they may be shown, its source lines. It underlines a range within one line, and the beginning
// of any other.
func (p *printer) excerpt(r analyzer.Place, c *color.Color, show bool) {
	at := p.sources.place(r)
	if at.path == "" {
		return
	}
	p.linked(r.Filename, display.Wrap([]string{display.Clean(at.String())}, p.width, false)[0])
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
		text, mark := window(string(at.file.Slice(start, end)), at.start-start, at.end-start, p.width-1-len("   |  ")-gutter)
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

// window returns the part of a line that fits a number of columns, with the text between two offsets in view, and the carets
// below that text. An empty text gets one caret.
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

// leadShare says which part of a cut line stands before the text to look at: one in leadShare.
const leadShare = 4
