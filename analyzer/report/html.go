package report

import (
	"bytes"
	"cmp"
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

// Limits of what a page shows.
const (
	nodeWidth  = 212
	nodeHeight = 46
	nodeGapX   = 44
	nodeGapY   = 18
	// minPictureWidth keeps a picture with few nodes from being drawn large.
	minPictureWidth = 1100
	// maxNodeText is the number of characters that fit a node.
	maxNodeText = 23
	// maxSentences is how many sentences stand above the findings, and maxWays how many ways are drawn of one finding.
	maxSentences = 12
	maxWays      = 8
	// maxBeyond is how many lines tell what a machine reaches in its turn.
	maxBeyond = 20
	// longPage is how many findings make a page long.
	longPage = 200
)

// HTML writes the result as one page that needs nothing else, no network either: a sentence for what the internet reaches,
// the causes of the findings with their source lines and ways, and what was noticed of the analysis. Without scripts it can be
// read; with them it filters and sorts. A policy in the page forbids all but its own style and script. An error is that of w.
func HTML(w io.Writer, r *analyzer.Result, o Options) error {
	return writeHTML(w, r, sourcesOf(r, o.Path), o)
}

func writeHTML(w io.Writer, r *analyzer.Result, s *sources, o Options) error {
	p := newPage(o.Version)
	p.Headline = display.Clean(headline(r))
	p.Remarks = display.Clean(strings.Join(remarks(r), " "))
	p.HasFindings = true
	p.Commit, p.Command = display.Clean(o.Commit), display.Clean(o.Command)
	if o.Dated {
		p.Date = o.Time.UTC().Format("2006-01-02 15:04 UTC")
	}
	for _, in := range r.Inputs {
		p.Inputs = append(p.Inputs, display.Clean(in))
	}
	if !r.Complete() {
		p.Incomplete = incomplete
	}
	causes, suppressed := r.Causes(), r.SuppressedCauses()
	counts := map[string]int{}
	all := slices.Concat(causes, suppressed)
	p.Long = len(all) > longPage
	for i := range all {
		c := &all[i]
		f := pageFindingOf(r, s, i, c, p.Long)
		counts[f.Verdict]++
		p.Findings = append(p.Findings, f)
		if c.Outcome == analyzer.Exposed && c.Change != analyzer.Absent && c.Suppression == nil && len(c.Reaches) > 0 {
			p.Reached = append(p.Reached, pageReached{ID: i, What: firstOf(clean(printed(c.Reaches))), At: at(c.Worst()), By: f.Place})
		}
	}
	if more := len(p.Reached) - maxSentences; more > 0 {
		p.Reached, p.MoreReached = p.Reached[:maxSentences], more
	}
	p.Perhaps = perhaps(causes)
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

// at names the service that a finding is about: " at FTP (TCP 21)".
func at(f *analyzer.Finding) string {
	p := f.Rule.Port
	switch {
	case p.Service == "":
		return ""
	case strings.HasPrefix(p.Label, "port "):
		return " at " + p.String()
	}
	return fmt.Sprintf(" at %s (%s)", p.Label, p)
}

// perhaps says in a sentence what the internet may reach, and what decides; nothing if there is nothing.
func perhaps(causes []analyzer.Cause) string {
	n := 0
	var by []string
	for i := range causes {
		c := &causes[i]
		if c.Outcome != analyzer.Unknown || c.Change == analyzer.Absent || len(c.Reaches) == 0 {
			continue
		}
		n += len(c.Reaches)
		if c.Decider != nil {
			by = append(by, display.Clean(c.Decider.Name))
		}
	}
	if n == 0 {
		return ""
	}
	text := fmt.Sprintf("Whether it reaches %s isn't known", plural(n, "machine or listener"))
	if n > 1 {
		text = fmt.Sprintf("Whether it reaches %d machines and listeners more isn't known", n)
	}
	if len(by) > 0 {
		text += "; what decides: " + strings.Join(listedNames(by, maxNames), ", ")
	}
	return text + "."
}

func clean(texts []string) []string {
	for i := range texts {
		texts[i] = display.Clean(texts[i])
	}
	return texts
}

// page is the data of the template. Its texts are clean.
type page struct {
	Style                 template.CSS
	Script                template.JS
	StyleHash, ScriptHash string
	NodeWidth, NodeHeight int
	Version               string

	Headline, Remarks, Incomplete string
	Inputs                        []string
	Commit, Command, Date         string
	Reached                       []pageReached
	MoreReached                   int
	Perhaps                       string
	PictureTitle                  string
	Picture                       *pagePicture
	HasFindings                   bool
	Counts                        []pageCount
	Findings                      []pageFinding
	// Long is true if not all findings are laid out at once, and their bodies are short.
	Long    bool
	Notices []pageNotice
}

type pageCount struct {
	Word string
	N    int
}

// pageReached says what the internet reaches by one cause.
type pageReached struct {
	ID           int
	What, At, By string
}

type pageFinding struct {
	ID                            int
	Verdict, Rule, Title, Summary string
	Resource, Place, SortPlace    string
	Messages                      []string
	Extent, Change, Inputs, Fix   string
	Decided, Opening, Suppression string
	// By is what decides an unknown verdict, in brief.
	By     string
	Source *pageSource
	Ways   []pageWay
	// Beyond is what the machines that the internet reaches reach in their turn.
	Beyond   []string
	MoreWays int
	Related  []pageStep
	All      []pageRow
}

// pageWay is a way from the internet.
type pageWay struct {
	Title string
	Hops  []pageHop
	// Steps say of one of the ways hop by hop why traffic passes.
	Steps []pageStep
}

type pageHop struct {
	Label string
	Class string
}

// pageRow is a finding in the list of all that a cause decides.
type pageRow struct{ Resource, Place, Rule string }

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

// hashed returns the name of a text in a content security policy.
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

// pageFindingOf is an entry of the page. In a long page it has the lines of its own place only, and just names others.
func pageFindingOf(r *analyzer.Result, s *sources, i int, c *analyzer.Cause, long bool) pageFinding {
	f := c.Worst()
	shown := s.causePlace(c)
	where := s.place(shown)
	out := pageFinding{
		ID: i, Verdict: verdict(c), Rule: display.Clean(f.Rule.ID), Title: display.Clean(f.Rule.Title), Summary: display.Clean(sentence(f.Rule.Summary)),
		Extent: display.Clean(s.extent(c)), Fix: display.Clean(sentence(fixOf(c))), Opening: display.Clean(opening(c)),
		Resource: display.Clean(firstOf(headed(c))), Inputs: display.Clean(strings.Join(inputs(r, c, s.rename), ", ")),
		Source: s.excerpt(shown, !c.Sensitive()),
	}
	for _, one := range told(c) {
		out.Messages = append(out.Messages, display.Clean(sentence(one.Message)))
	}
	if where.path != "" {
		out.Place = display.Clean(fmt.Sprintf("%s:%d", where.path, where.startLine))
		out.SortPlace = display.Clean(fmt.Sprintf("%s:%08d", where.path, where.startLine))
	}
	if text := change(r, c.Change); text != "" {
		out.Change = display.Clean(sentence(capital(text)))
	}
	if c.Change == analyzer.Absent {
		out.Verdict = "closed"
	}
	if why := c.Suppression; why != nil {
		out.Verdict, out.Suppression = "suppressed", display.Clean(sentence("Suppressed: "+why.Justification()))
		out.Related = append(out.Related, pageStep{Text: "what suppresses it", Certain: true, Source: s.excerpt(analyzer.At(why.At), true)})
	}
	if c.Outcome == analyzer.Unknown {
		var names []string
		for _, d := range decides(c) {
			names = append(names, d.Name)
		}
		out.By = display.Clean(firstOf(names))
		out.Decided = display.Clean(strings.TrimSpace(decidedBy(decides(c)) + " " + capital(sentence(advice(r, c.Decider)))))
	}
	ways := waysOf(c)
	if more := len(ways) - maxWays; more > 0 {
		ways, out.MoreWays = ways[:maxWays], more
	}
	for _, w := range ways {
		out.Ways = append(out.Ways, pageWayOf(s, w, !c.Sensitive()))
	}
	for _, rel := range slices.Concat(related(c, maxOthers), deciding(decides(c))) {
		if rel.At == shown {
			continue // its lines stand above
		}
		out.Related = append(out.Related, pageStep{Text: display.Clean(rel.Message), Certain: true, Source: s.excerpt(rel.At, !c.Sensitive() && !long)})
	}
	out.Beyond = beyond(f.Beyond)
	if f.BeyondCut {
		out.Beyond = append(out.Beyond, "not worked out for all, since many machines here differ; tfreach reach lists it")
	}
	out.All = pageRowsOf(s, c)
	return out
}

// beyond tells of flows, a line for all that reach the same at the same ports.
func beyond(flows []analyzer.Flow) []string {
	type line struct {
		analyzer.Flow
		ports string
	}
	var lines []line
	more := 0
	for _, flow := range flows {
		ports := portsText(flow.Ports.TCP, flow.Ports.UDP)
		i := slices.IndexFunc(lines, func(l line) bool { return l.ports == ports && slices.Equal(l.To, flow.To) })
		switch {
		case i >= 0:
			lines[i].From = slices.Concat(lines[i].From, flow.From)
		case len(lines) == maxBeyond:
			more++
		default:
			lines = append(lines, line{flow, ports})
		}
	}
	var out []string
	for _, l := range lines {
		out = append(out, display.Clean(someNames(l.From)+" → "+someNames(l.To)+": "+l.ports))
	}
	if more > 0 {
		out = append(out, fmt.Sprintf("and %d more", more))
	}
	return out
}

// pageRowsOf lists the resources of a cause's findings; nothing if all are told of.
func pageRowsOf(s *sources, c *analyzer.Cause) []pageRow {
	var out []pageRow
	for _, f := range c.Findings {
		row := pageRow{Rule: display.Clean(f.Rule.ID)}
		if at := s.place(f.Declared); at.path != "" {
			row.Place = display.Clean(fmt.Sprintf("%s:%d", at.path, at.startLine))
		}
		for _, name := range addresses(f) {
			row.Resource = display.Clean(name)
			out = append(out, row)
		}
	}
	if len(out) == len(told(c)) {
		return nil
	}
	return out
}

// pageWayOf draws a way as a row of boxes, and says hop by hop why the first of its findings is reached.
func pageWayOf(s *sources, w *way, show bool) pageWay {
	first := w.reached[0]
	out := pageWay{Title: "The way from the internet to " + display.Clean(firstOf(w.hops[len(w.hops)-1].names)), Hops: []pageHop{{"the internet", "internet"}}}
	for i := range w.hops {
		h := &w.hops[i]
		box := pageHop{Label: display.Clean(h.label())}
		last := i == len(w.hops)-1
		switch {
		case last && w.sure:
			box.Class = "open"
		case last || !h.sure:
			box.Class = "unknown"
		}
		out.Hops = append(out.Hops, box)
	}
	for _, step := range first.Path {
		out.Steps = append(out.Steps, pageStep{Text: display.Clean(step.Message), Certain: step.Certain, Source: s.excerpt(step.At, show)})
	}
	return out
}

// excerpt returns a place and, if they may be shown, its first lines, in which the place is marked.
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

// pagePicture is a picture with positions for everything in it.
type pagePicture struct {
	Width, Height int
	// Keys explain the classes of the picture's nodes.
	Keys  []pageKey
	Nodes []pageNode
	Edges []pageEdge
}

type pageKey struct{ Class, Text string }

type pageNode struct {
	ID, X, Y                int
	Kind, Name, Full, Class string
}

type pageEdge struct {
	From, To int
	D, Title string
	Sure     bool
}

// drawn places the nodes of a picture in columns by their layers, and leads the edges around them.
func drawn(p *picture) *pagePicture {
	bent, ways := p.bent()
	rows := bent.rows()
	height := func(n int) int {
		if bent.nodes[n].bend {
			return 0
		}
		return nodeHeight
	}
	tall := func(row []int) int {
		sum := nodeGapY
		for _, n := range row {
			sum += height(n) + nodeGapY
		}
		return sum
	}
	most := 0
	for _, row := range rows {
		most = max(most, tall(row))
	}
	wide := len(rows)*(nodeWidth+nodeGapX) - nodeGapX + 2*nodeGapY
	out := &pagePicture{Width: max(wide, minPictureWidth), Height: most, Nodes: make([]pageNode, len(p.nodes))}
	type point struct{ x, y int }
	places := make([]point, len(bent.nodes))
	for column, row := range rows {
		y := (most-tall(row))/2 + nodeGapY
		for _, n := range row {
			places[n] = point{(out.Width-wide)/2 + nodeGapY + column*(nodeWidth+nodeGapX), y}
			y += height(n) + nodeGapY
			if n < len(p.nodes) {
				out.Nodes[n] = pageNodeOf(n, &p.nodes[n])
				out.Nodes[n].X, out.Nodes[n].Y = places[n].x, places[n].y
			}
		}
	}
	for i, e := range p.edges {
		var d strings.Builder
		for k, n := range ways[i] {
			at := point{places[n].x, places[n].y + height(n)/2}
			if k > 0 {
				from := ways[i][k-1]
				x, y := places[from].x+nodeWidth, places[from].y+height(from)/2
				fmt.Fprintf(&d, "C%d %d %d %d %d %d", x+nodeGapX/2, y, at.x-nodeGapX/2, at.y, at.x, at.y)
			}
			switch {
			case k == 0:
				fmt.Fprintf(&d, "M%d %d", at.x+nodeWidth, at.y)
			case bent.nodes[n].bend:
				fmt.Fprintf(&d, "H%d", at.x+nodeWidth)
			}
		}
		out.Edges = append(out.Edges, pageEdge{From: e.from, To: e.to, Sure: e.sure, Title: e.title, D: d.String()})
	}
	out.Keys = keysOf(out.Nodes)
	return out
}

// keysOf explains the looks of nodes.
func keysOf(nodes []pageNode) []pageKey {
	var out []pageKey
	for _, k := range []pageKey{
		{"open", "reached for sure"},
		{"unknown", "perhaps"},
		{"outside", "not declared here"},
	} {
		if slices.ContainsFunc(nodes, func(n pageNode) bool { return n.Class == k.Class }) {
			out = append(out, k)
		}
	}
	return out
}

func pageNodeOf(i int, n *pictureNode) pageNode {
	out := pageNode{
		ID: i, Kind: display.Clean(n.kind), Name: tail(display.Clean(cmp.Or(n.short, n.name))), Full: display.Clean(n.label()), Class: n.class,
	}
	switch {
	case n.end && n.sure:
		out.Class = "open"
	case n.end:
		out.Class = "unknown"
	}
	return out
}

// tail cuts the beginning off a text, because the end of an address tells most.
func tail(text string) string {
	r := []rune(text)
	if len(r) <= maxNodeText {
		return text
	}
	return "…" + string(r[len(r)-maxNodeText+1:])
}
