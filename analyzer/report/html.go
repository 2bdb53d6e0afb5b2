package report

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/display"
)

//go:embed html/page.html
var pageHTML string

//go:embed html/page.css
var pageStyle string

//go:embed html/page.js
var pageScript string

// What a page shows.
const (
	maxPictured = 400
	nodeWidth   = 212
	nodeHeight  = 46
	nodeGapX    = 44
	nodeGapY    = 18
	// minPictureWidth keeps a picture of few nodes from being drawn large.
	minPictureWidth = 1100
	// maxNodeText is how many characters fit a node.
	maxNodeText = 23
)

// HTML writes the result as one page that needs nothing else, no network either: the picture of the ways from the
// internet, the findings with their source lines and ways, and what was noticed of the analysis. Without scripts it can
// be read; with them it filters, sorts, moves and zooms. A policy in the page forbids all but its own style and script. An
// error is that of w.
func HTML(w io.Writer, r *analyzer.Result, o Options) error {
	return writeHTML(w, r, sourcesOf(r, o.Path), o)
}

func writeHTML(w io.Writer, r *analyzer.Result, s *sources, o Options) error {
	p := newPage(o.Version)
	p.Headline = found(r) + " " + looked(r)
	p.Remarks = display.Clean(strings.Join(remarks(r), " "))
	p.HasFindings = true
	for _, in := range r.Inputs {
		p.Inputs = append(p.Inputs, display.Clean(in))
	}
	if !r.Complete() {
		p.Incomplete = incomplete
	}
	if picture := pictureOf(r, maxPictured); len(picture.nodes) > 1 {
		p.PictureTitle = "From the internet"
		p.Picture = drawn(picture, "passed on the way")
	}
	counts := map[string]int{}
	for i, f := range slices.Concat(r.Findings, r.Suppressed) {
		f := pageFindingOf(r, s, i, &f)
		counts[f.Verdict]++
		p.Findings = append(p.Findings, f)
	}
	for _, word := range []string{"error", "warning", "note", "unknown", "closed", "suppressed"} {
		if counts[word] > 0 {
			p.Counts = append(p.Counts, pageCount{word, counts[word]})
		}
	}
	for i := range r.Notices {
		n := &r.Notices[i]
		p.Notices = append(p.Notices, pageNotice{
			Level: n.Level.String(), Partial: n.Partial, Summary: display.Clean(sentence(n.Summary)), Detail: display.Clean(n.Detail),
			Source: s.excerpt(analyzer.At(n.At), true),
		})
	}
	return p.write(w)
}

// page is what the template is filled with. Texts are clean.
type page struct {
	Style                 template.CSS
	Script                template.JS
	StyleHash, ScriptHash string
	NodeWidth, NodeHeight int
	Version               string

	Headline, Remarks, Incomplete string
	Inputs                        []string
	PictureTitle                  string
	Picture                       *pagePicture
	HasFindings                   bool
	Counts                        []pageCount
	Findings                      []pageFinding
	Notices                       []pageNotice
}

type pageCount struct {
	Word string
	N    int
}

type pageFinding struct {
	ID                            int
	Verdict, Rule, Title, Summary string
	Resource, Place, SortPlace    string
	Message, Change, Inputs, Fix  string
	Decided, Opening, Suppression string
	Others                        []string
	Source                        *pageSource
	Path, Related                 []pageStep
}

type pageStep struct {
	Text    string
	Certain bool
	Source  *pageSource
}

type pageNotice struct {
	Level           string
	Partial         bool
	Summary, Detail string
	Source          *pageSource
}

// pageSource is a place with its lines.
type pageSource struct {
	Place string
	Lines []pageLine
}

type pageLine struct {
	Number                int
	Before, Marked, After string
}

func newPage(version string) *page {
	return &page{
		Style: template.CSS(pageStyle), Script: template.JS(pageScript),
		StyleHash: hashed(pageStyle), ScriptHash: hashed(pageScript),
		NodeWidth: nodeWidth, NodeHeight: nodeHeight, Version: display.Clean(version),
	}
}

// hashed returns what a content security policy names a text by.
func hashed(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

func (p *page) write(w io.Writer) error {
	t, err := template.New("page").Parse(pageHTML)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, p); err != nil {
		return err
	}
	_, err = w.Write(b.Bytes())
	return err
}

func pageFindingOf(r *analyzer.Result, s *sources, i int, f *analyzer.Finding) pageFinding {
	at := s.place(f.At)
	out := pageFinding{
		ID: i, Verdict: verdict(f), Rule: display.Clean(f.Rule.ID), Title: display.Clean(f.Rule.Title), Summary: display.Clean(sentence(f.Rule.Summary)),
		Message: display.Clean(sentence(f.Message)), Fix: display.Clean(sentence(f.Fix)), Opening: display.Clean(f.Opening()),
		Inputs: display.Clean(strings.Join(inputs(r, f, s.rename), ", ")), Source: s.excerpt(f.At, !f.Sensitive),
	}
	if at.path != "" {
		out.Place = display.Clean(fmt.Sprintf("%s:%d", at.path, at.startLine))
		out.SortPlace = display.Clean(fmt.Sprintf("%s:%08d", at.path, at.startLine))
	}
	all := addresses(f)
	out.Resource = display.Clean(all[0])
	if len(all) > 1 {
		out.Resource += fmt.Sprintf(" and %d more", len(all)-1)
		for _, a := range all {
			out.Others = append(out.Others, display.Clean(a))
		}
	}
	if text := change(r, f.Change); text != "" {
		out.Change = display.Clean(sentence(capital(text)))
	}
	if f.Change == analyzer.Absent {
		out.Verdict, out.Fix = "closed", ""
	}
	if why := f.Suppression; why != nil {
		out.Verdict, out.Suppression = "suppressed", display.Clean(sentence("Suppressed: "+why.Justification()))
		out.Related = append(out.Related, pageStep{Text: "what suppresses it", Certain: true, Source: s.excerpt(analyzer.At(why.At), true)})
	}
	if f.Outcome == analyzer.Unknown {
		out.Decided = display.Clean(decidedBy(f.Decides))
	}
	for _, step := range f.Path {
		out.Path = append(out.Path, pageStep{Text: display.Clean(step.Message), Certain: step.Certain, Source: s.excerpt(step.At, !f.Sensitive)})
	}
	for _, rel := range slices.Concat(f.Related, deciding(f.Decides)) {
		out.Related = append(out.Related, pageStep{Text: display.Clean(rel.Message), Certain: true, Source: s.excerpt(rel.At, !f.Sensitive)})
	}
	return out
}

// excerpt returns a place and, if they may be shown, its first lines with the part of the place in them.
func (s *sources) excerpt(r analyzer.Place, show bool) *pageSource {
	at := s.place(r)
	if at.path == "" {
		return nil
	}
	out := &pageSource{Place: display.Clean(at.String())}
	if at.file == nil || !show {
		return out
	}
	for n := at.startLine; n <= min(at.endLine, at.startLine+maxLines-1); n++ {
		start, end := at.file.line(n)
		line := string(at.file.Slice(start, end))
		from := min(max(at.start-start, 0), len(line))
		to := min(max(at.end-start, from), len(line))
		shown := pageLine{Number: n, Before: shown(line[:from]), Marked: shown(line[from:to]), After: shown(line[to:])}
		out.Lines = append(out.Lines, shown)
	}
	return out
}

// shown returns a part of a source line as it may be shown.
func shown(text string) string {
	var b strings.Builder
	for _, c := range display.Cells(text) {
		if b.Len() > maxSnippet {
			b.WriteString("…")
			break
		}
		b.WriteString(c.Text)
	}
	return b.String()
}

// pagePicture is a picture with the places of what is in it.
type pagePicture struct {
	Width, Height int
	// Keys explain the classes of the nodes that there are.
	Keys  []pageKey
	Nodes []pageNode
	Edges []pageEdge
	// Left says what isn't drawn.
	Left string
}

type pageKey struct{ Class, Text string }

type pageNode struct {
	ID, X, Y                          int
	Kind, Name, Full, Class, Findings string
}

type pageEdge struct {
	From, To    int
	D, Findings string
	Title       string
	Sure        bool
}

// drawn places the nodes of a picture in columns by their layers. Passed says what nodes are that have no class.
func drawn(p *picture, passed string) *pagePicture {
	rows := p.rows()
	most := 0
	for _, row := range rows {
		most = max(most, len(row))
	}
	wide := len(rows)*(nodeWidth+nodeGapX) - nodeGapX + 2*nodeGapY
	out := &pagePicture{
		Width:  max(wide, minPictureWidth),
		Height: most*(nodeHeight+nodeGapY) + nodeGapY,
		Nodes:  make([]pageNode, len(p.nodes)),
	}
	if p.left > 0 {
		out.Left = fmt.Sprintf("Left out of the picture: %s, the last.", plural(p.left, "finding"))
	}
	for column, row := range rows {
		top := (out.Height - len(row)*(nodeHeight+nodeGapY) + nodeGapY) / 2
		for i, n := range row {
			out.Nodes[n] = pageNodeOf(n, &p.nodes[n])
			out.Nodes[n].X, out.Nodes[n].Y = (out.Width-wide)/2+nodeGapY+column*(nodeWidth+nodeGapX), top+i*(nodeHeight+nodeGapY)
		}
	}
	for _, e := range p.edges {
		from, to := &out.Nodes[e.from], &out.Nodes[e.to]
		x1, y1, x2, y2 := from.X+nodeWidth, from.Y+nodeHeight/2, to.X, to.Y+nodeHeight/2
		out.Edges = append(out.Edges, pageEdge{
			From: e.from, To: e.to, Sure: e.sure, Findings: joined(e.findings), Title: e.title,
			D: fmt.Sprintf("M%d %dC%d %d %d %d %d %d", x1, y1, x1+nodeGapX/2, y1, x2-nodeGapX/2, y2, x2, y2),
		})
	}
	out.Keys = keysOf(out.Nodes, passed)
	return out
}

// keysOf explains the looks of nodes; passed says what a node without any is, if that needs saying.
func keysOf(nodes []pageNode, passed string) []pageKey {
	var out []pageKey
	for _, k := range []pageKey{
		{"open", "reached for sure"},
		{"unknown", "perhaps"},
		{"rule", "open rule, not known to lead anywhere"},
		{"", passed},
		{"outside", "not declared here"},
	} {
		if k.Text != "" && slices.ContainsFunc(nodes, func(n pageNode) bool { return n.Class == k.Class }) {
			out = append(out, k)
		}
	}
	return out
}

func pageNodeOf(i int, n *pictureNode) pageNode {
	out := pageNode{
		ID: i, Kind: display.Clean(n.kind), Name: tail(display.Clean(n.name)), Full: display.Clean(n.label()), Findings: joined(n.findings), Class: n.class,
	}
	switch {
	case n.kind == internet && n.name == "":
		out.Kind, out.Name, out.Class = "", "the internet", "internet"
	case n.name == "":
		out.Kind, out.Name = "", tail(out.Kind)
	}
	switch {
	case n.end && n.sure:
		out.Class = "open"
	case n.end:
		out.Class = "unknown"
	}
	return out
}

// tail cuts a text at its beginning, as the end of an address tells most.
func tail(text string) string {
	r := []rune(text)
	if len(r) <= maxNodeText {
		return text
	}
	return "…" + string(r[len(r)-maxNodeText+1:])
}

func joined(numbers []int) string { return strings.Trim(fmt.Sprint(numbers), "[]") }
