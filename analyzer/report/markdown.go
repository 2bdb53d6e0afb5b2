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
	// maxTable is how much of a report its tables may take, in bytes; the rest is for details.
	maxTable = 35_000
)

// Markdown writes the result in GitHub's flavour of Markdown, for job summaries and comments: tables, a picture of the
// ways from the internet, and details to unfold. It has less than maxMarkdown bytes; what exceeds that is left out from the
// end, where the least severe are, and the report says so. An error is that of w.
func Markdown(w io.Writer, r *analyzer.Result, o Options) error {
	return writeMarkdown(w, r, sourcesOf(r, o.Path), o)
}

func writeMarkdown(w io.Writer, r *analyzer.Result, s *sources, _ Options) error {
	m := markdown{sources: s, result: r}
	g := group(r)
	m.line("## tfreach: " + strings.ToLower(found(r)[:1]) + found(r)[1:] + " " + looked(r))
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
	if p := pictureOf(r, maxDrawn); len(p.nodes) > 1 {
		m.line("### From the internet")
		m.line("")
		m.line("```mermaid\n" + p.mermaid() + "```")
		m.left(p.left, "findings in the picture")
		m.line("")
	}
	var details [][]byte
	for _, f := range slices.Concat(g.open, g.unknown) {
		details = append(details, m.details(f))
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

// left says that something was left out, if so.
func (m *markdown) left(n int, what string) {
	if n > 0 {
		m.line(fmt.Sprintf("\n*Left out for the limits of GitHub: %d %s, the last. Other formats have them.*", n, what))
	}
}

// table lists findings, one a line, until the report has a size.
func (m *markdown) table(heading string, findings []*analyzer.Finding, size int) {
	if len(findings) == 0 {
		return
	}
	if heading != "" {
		m.line(heading)
		m.line("")
	}
	m.line("| | Finding | Resource and place | Opening |")
	m.line("| --- | --- | --- | --- |")
	for i, f := range findings {
		at := m.sources.place(f.At)
		row := fmt.Sprintf("| **%s** | %s | %s | %s |", verdict(f), broken(markdownText(f.Rule.Title), code(f.Rule.ID)),
			broken(m.names(f), placeCode(&at)), code(f.Opening()))
		if m.out.Len()+len(row) > size {
			m.left(len(findings)-i, "findings in the table")
			break
		}
		m.line(row)
	}
	m.line("")
}

// broken puts texts on lines of their own, in a cell of a table.
func broken(texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(t string) bool { return t == "" }), "<br>")
}

// names lists the first of the finding's addresses.
func (m *markdown) names(f *analyzer.Finding) string {
	all := addresses(f)
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

// details returns all that is known of a finding, folded up.
func (m *markdown) details(f *analyzer.Finding) []byte {
	d := markdown{sources: m.sources, result: m.result}
	at := d.sources.place(f.At)
	d.line(fmt.Sprintf("<details><summary><b>%s</b> %s: %s</summary>", verdict(f), htmlText(f.Rule.Title), htmlCode(addresses(f)[0])))
	d.line("")
	d.line(markdownText(told(m.result, d.sources, f)))
	d.line("")
	if f.Fix != "" {
		d.line("**Fix:** " + markdownText(sentence(f.Fix)))
		d.line("")
	}
	if at.path != "" {
		d.line(placeCode(&at))
		d.line("")
	}
	if !f.Sensitive {
		d.excerpt(&at)
	}
	if len(f.Path) > 0 {
		d.line("The way from the internet:")
		d.line("")
		for i, s := range f.Path {
			step := d.sources.place(s.At)
			d.line(fmt.Sprintf("%d. %s %s", i+1, markdownText(s.Message), placeCode(&step)))
		}
		d.line("")
	}
	if len(f.Related)+len(f.Decides) > 0 {
		d.line("See also:")
		d.line("")
	}
	for _, rel := range f.Related {
		where := d.sources.place(rel.At)
		d.line("- " + strings.TrimSpace(placeCode(&where)+" "+markdownText(rel.Message)))
	}
	for _, o := range f.Decides {
		where := d.sources.place(o.Place())
		d.line("- decided by " + code(o.Name) + " " + placeCode(&where))
	}
	d.line("")
	d.line("</details>")
	d.line("")
	return d.out.Bytes()
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

// maxCodeLine is how many columns of a source line are shown.
const maxCodeLine = 160

func (m *markdown) closed(findings []*analyzer.Finding) {
	if len(findings) == 0 {
		return
	}
	m.line("### " + markdownText(capital(change(m.result, analyzer.Absent))))
	m.line("")
	for i, f := range findings {
		if m.out.Len() > maxTable {
			m.left(len(findings)-i, "closed findings")
			break
		}
		m.line("- " + m.names(f) + ": " + code(f.Opening()) + " " + code(f.Rule.ID))
	}
	m.line("")
}

// notices prints what was noticed of the analysis, first what was not analysed.
func (m *markdown) notices() {
	for _, partial := range []bool{true, false} {
		var lines []string
		for i := range m.result.Notices {
			n := &m.result.Notices[i]
			if n.Partial != partial {
				continue
			}
			at := m.sources.now(n.At)
			lines = append(lines, "- "+strings.TrimSpace(fmt.Sprintf("**%s** %s %s", n.Level, placeCode(&at), markdownText(sentence(n.Summary)+" "+sentence(n.Detail)))))
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

// code returns a text as code that no character of it ends, in a table, too.
func code(text string) string {
	if text = display.Clean(text); text == "" {
		return ""
	}
	if strings.ContainsAny(text, "`|\\<&") || text != strings.TrimSpace(text) {
		return htmlCode(text)
	}
	return "`" + text + "`"
}

// htmlCode is code in the form that works between HTML tags, too.
func htmlCode(text string) string { return "<code>" + htmlText(text) + "</code>" }

// htmlText escapes all that Markdown or HTML could take for more than a character.
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
