package report

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/display"
)

// What GitHub takes: a comment has at most 65,536 characters, and a job summary more than that, so what fits the one fits
// both. Mermaid draws at most 50,000 characters and 500 edges, and nobody can read as many.
const (
	maxMarkdown = 65_000
	maxDrawn    = 60
	// maxAbreast is the number of boxes that stand side by side at GitHub's width without being shrunk.
	maxAbreast = 3
	// maxTable is the size in bytes that a report's tables may take; the rest is for details.
	maxTable = 35_000
)

// Markdown writes the result in GitHub's flavour of Markdown, for job summaries and comments: tables of causes, a picture of
// their ways from the internet, and details to unfold. It has less than maxMarkdown bytes; what exceeds that is left out from the
// end, where the least severe are, and the report says so. An error is that of w.
func Markdown(w io.Writer, r *analyzer.Result, o Options) error {
	return writeMarkdown(w, r, sourcesOf(r, o.Path), o)
}

func writeMarkdown(w io.Writer, r *analyzer.Result, s *sources, _ Options) error {
	m := markdown{sources: s, result: r}
	g := group(r)
	m.line("## tfreach: " + markdownText(headline(r)))
	m.line("")
	if text := strings.Join(remarks(r), " "); text != "" {
		m.line(markdownText(text))
		m.line("")
	}
	if !r.Complete() {
		m.line("> [!WARNING]\n> " + incomplete)
		m.line("")
	}
	m.table("", g.open, maxTable/2)
	m.table("### Not decided\n\nWhether these are open depends on values that are not known.", g.unknown, maxTable*3/4)
	m.closed(g.absent)
	m.notices()
	if p := pictureOf(g.now(), maxDrawn, maxAbreast); len(p.nodes) > 1 {
		m.line("### From the internet")
		m.line("")
		m.line("```mermaid\n" + p.mermaid() + "```")
		if p.left > 0 {
			m.line(fmt.Sprintf("\n*Not drawn, so that the rest can be read: %s. The details tell of them.*", plural(p.left, "way")))
		}
		m.line("")
	}
	var details [][]byte
	for _, c := range g.now() {
		details = append(details, m.details(c))
	}
	if len(details) > 0 {
		m.line("### Details")
		m.line("")
		cut := 0
		for _, d := range details {
			if cut > 0 || m.out.Len()+len(d) > maxMarkdown-200 {
				cut++
				continue
			}
			m.out.Write(d)
		}
		m.left(cut, "details")
	}
	_, err := w.Write(m.out.Bytes())
	return err
}

// markdown collects a report.
type markdown struct {
	sources *sources
	result  *analyzer.Result
	out     bytes.Buffer
}

func (m *markdown) line(text string) { m.out.WriteString(text + "\n") }

// left says how much was left out, if anything.
func (m *markdown) left(n int, what string) {
	if n > 0 {
		m.line(fmt.Sprintf("\n*Left out for the limits of GitHub: %d %s, the last. Other formats have them.*", n, what))
	}
}

// table lists causes, one a line, until the report has a size.
func (m *markdown) table(heading string, causes []*analyzer.Cause, size int) {
	if len(causes) == 0 {
		return
	}
	if heading != "" {
		m.line(heading)
		m.line("")
	}
	column, last := "Opening", func(c *analyzer.Cause) string { return code(opening(c)) }
	if causes[0].Outcome == analyzer.Unknown {
		column, last = "Decided by", m.decider
	}
	m.line("| | Finding | Resource and place | " + column + " |")
	m.line("| --- | --- | --- | --- |")
	for i, c := range causes {
		at := m.sources.place(m.sources.causePlace(c))
		row := fmt.Sprintf("| **%s** | %s | %s | %s |", verdict(c), broken(markdownText(c.Worst().Rule.Title), code(c.Worst().Rule.ID)),
			broken(m.names(c), placeCode(&at)), last(c))
		if m.out.Len()+len(row) > size {
			m.left(len(causes)-i, "findings in the table")
			break
		}
		m.line(row)
	}
	m.line("")
}

// decider names what would decide a cause, and says how to have it decided.
func (m *markdown) decider(c *analyzer.Cause) string {
	if c.Decider == nil {
		return markdownText("nothing that is known")
	}
	return broken(code(c.Decider.Name), markdownText(advice(m.result, c.Decider)))
}

// broken puts texts on lines of their own within a table cell.
func broken(texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(t string) bool { return t == "" }), "<br>")
}

// names lists the first of the addresses of a cause.
func (m *markdown) names(c *analyzer.Cause) string {
	all := headed(c)
	var out []string
	for _, a := range all[:min(len(all), maxNames)] {
		out = append(out, code(a))
	}
	text := strings.Join(out, ", ")
	if more := len(all) - len(out); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// details returns all that is known of a cause, folded up.
func (m *markdown) details(c *analyzer.Cause) []byte {
	d := markdown{sources: m.sources, result: m.result}
	f := c.Worst()
	at := d.sources.place(m.sources.causePlace(c))
	d.line(fmt.Sprintf("<details><summary><b>%s</b> %s: %s</summary>", verdict(c), htmlText(f.Rule.Title), htmlCode(firstOf(headed(c)))))
	d.line("")
	d.line(markdownText(m.sources.account(m.result, c)))
	d.line("")
	if fix := fixOf(c); fix != "" {
		d.line("**Fix:** " + markdownText(sentence(fix)))
		d.line("")
	}
	if at.path != "" {
		d.line(placeCode(&at))
		d.line("")
	}
	if !c.Sensitive() {
		d.excerpt(&at)
	}
	d.way(f)
	places, deciders := related(c, maxOthers), decides(c)
	if len(places)+len(deciders) > 0 {
		d.line("See also:")
		d.line("")
	}
	for _, rel := range places {
		where := d.sources.place(rel.At)
		d.line("- " + strings.TrimSpace(placeCode(&where)+" "+markdownText(rel.Message)))
	}
	for _, o := range deciders {
		where := d.sources.place(o.Place())
		d.line("- decided by " + code(o.Name) + " " + placeCode(&where))
	}
	d.line("")
	d.line("</details>")
	d.line("")
	return d.out.Bytes()
}

// way lists the hops of the way from the internet, if there is one.
func (m *markdown) way(f *analyzer.Finding) {
	if len(f.Path) == 0 {
		return
	}
	m.line("The way from the internet:")
	m.line("")
	for i, s := range f.Path {
		step := m.sources.place(s.At)
		m.line(fmt.Sprintf("%d. %s %s", i+1, markdownText(s.Message), placeCode(&step)))
	}
	m.line("")
}

// excerpt prints the source lines of a place.
func (m *markdown) excerpt(at *place) {
	if at.file == nil {
		return
	}
	var lines []string
	last := min(at.endLine, at.startLine+maxLines-1)
	for n := at.startLine; n <= last; n++ {
		start, end := at.file.line(n)
		text, _ := window(string(at.file.Slice(start, end)), max(at.start-start, 0), min(max(at.end-start, 0), end-start), maxCodeLine)
		if display.Command(strings.TrimLeft(text, " ")) {
			text = `\` + text
		}
		lines = append(lines, text)
	}
	if last < at.endLine {
		lines = append(lines, "# and "+plural(at.endLine-last, "line")+" more")
	}
	text := strings.Join(lines, "\n")
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	m.line(fence + "hcl\n" + text + "\n" + fence)
	m.line("")
}

// maxCodeLine is the number of columns of a source line that are shown.
const maxCodeLine = 160

func (m *markdown) closed(causes []*analyzer.Cause) {
	if len(causes) == 0 {
		return
	}
	m.line("### " + markdownText(capital(change(m.result, analyzer.Absent))))
	m.line("")
	for i, c := range causes {
		if m.out.Len() > maxTable {
			m.left(len(causes)-i, "closed findings")
			break
		}
		m.line("- " + m.names(c) + ": " + code(opening(c)) + " " + code(c.Worst().Rule.ID))
	}
	m.line("")
}

// notices prints the notices about the analysis, beginning with what was not analysed.
func (m *markdown) notices() {
	for _, partial := range []bool{true, false} {
		var lines []string
		for i := range m.result.Notices {
			n := &m.result.Notices[i]
			if n.Partial != partial {
				continue
			}
			at := m.sources.now(n.At)
			lines = append(lines, "- "+strings.TrimSpace(fmt.Sprintf("**%s** %s %s", n.Level, placeCode(&at), markdownText(noticed(n)))))
		}
		if len(lines) == 0 {
			continue
		}
		heading := "### About the analysis"
		if partial {
			heading = "### Not analysed"
		}
		m.line(heading)
		m.line("")
		for i, l := range lines {
			if m.out.Len()+len(l) > maxTable {
				m.left(len(lines)-i, "notices")
				break
			}
			m.line(l)
		}
		m.line("")
	}
}

func placeCode(at *place) string {
	if at.path == "" {
		return ""
	}
	return code(fmt.Sprintf("%s:%d", at.path, at.startLine))
}

// code returns a text as inline code that nothing in the text can end, also within a table.
func code(text string) string {
	if text = display.Clean(text); text == "" {
		return ""
	}
	if strings.ContainsAny(text, "`|\\<&") || text != strings.TrimSpace(text) {
		return htmlCode(text)
	}
	return "`" + text + "`"
}

// htmlCode is code in a form that also works between HTML tags.
func htmlCode(text string) string { return "<code>" + htmlText(text) + "</code>" }

// htmlText escapes everything that Markdown or HTML could read as markup.
func htmlText(text string) string {
	var b strings.Builder
	for _, r := range display.Clean(text) {
		if r < unicode.MaxASCII && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(" .,/-", r) {
			fmt.Fprintf(&b, "&#%d;", r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// markdownText returns prose with names in it as one line that has no markup, link, mention or reference.
func markdownText(text string) string {
	text = strings.Join(display.Words(text), " ")
	var b strings.Builder
	last := ' '
	for i, r := range text {
		switch {
		case r == '@' || r == '#':
			// The empty comment keeps it from being a mention of somebody or a reference.
			fmt.Fprintf(&b, "&#%d;<!-- -->", r)
		case strings.ContainsRune("\\`*<>[]|~&$", r),
			r == '_' && (!wordRune(last) || !wordAt(text[i+1:])),
			r == ':' && (strings.HasPrefix(text[i:], "://") || i == 0 && display.Command(text)),
			r == '.' && strings.HasSuffix(strings.ToLower(text[:i]), "www"):
			fmt.Fprintf(&b, "&#%d;", r)
		default:
			b.WriteRune(r)
		}
		last = r
	}
	return b.String()
}

func wordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

func wordAt(text string) bool {
	for _, r := range text {
		return wordRune(r)
	}
	return false
}
