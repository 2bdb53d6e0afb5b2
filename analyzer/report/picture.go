package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer"
)

// way is how the internet reaches alike machines or listeners: hop by hop what traffic passes, and at the end what it reaches.
type way struct {
	hops []hop
	// sure is true if traffic surely arrives, and reached are the findings about what it reaches.
	sure    bool
	reached []*analyzer.Finding
}

// hop is what the traffic of alike ways passes or reaches: one thing, or several of a kind.
type hop struct {
	// kind is what it is, "route table"; it may be empty. names are the addresses, none for what lies outside.
	kind  string
	names []string
	sure  bool
}

// label is the name of a hop for people.
func (h *hop) label() string {
	switch {
	case len(h.names) == 0:
		return h.kind
	case h.kind == "":
		return firstOf(h.names)
	case len(h.names) > 1:
		return several(len(h.names), h.kind)
	}
	return strings.TrimSpace(h.kind + " " + h.names[0])
}

// several counts things by the word for one of them: 3 public addresses, 2 proxies.
func several(n int, word string) string {
	stem, isY := strings.CutSuffix(word, "y")
	switch {
	case isY && !strings.HasSuffix(stem, "a") && !strings.HasSuffix(stem, "e"):
		word = stem + "ies"
	case strings.HasSuffix(word, "s"), strings.HasSuffix(word, "x"):
		word += "es"
	default:
		word += "s"
	}
	return fmt.Sprintf("%d %s", n, word)
}

// waysOf returns the ways from the internet that a cause opens. Ways are alike that pass the same kinds of hops, with the same
// certainty.
func waysOf(c *analyzer.Cause) []*way {
	var out []*way
	index := map[string]*way{}
	for _, f := range c.Findings {
		if len(f.Path) == 0 {
			continue
		}
		var kinds []string
		for _, s := range f.Path {
			kinds = append(kinds, fmt.Sprintf("%t %q", s.Certain, s.Kind))
		}
		key := strings.Join(append(kinds, f.Rule.ID), "\n")
		w := index[key]
		if w == nil {
			w = &way{sure: f.Outcome == analyzer.Exposed, hops: make([]hop, len(f.Path)+1)}
			index[key] = w
			out = append(out, w)
		}
		for i, s := range f.Path {
			h := &w.hops[i]
			h.kind, h.sure = s.Kind, s.Certain
			if s.Name != "" && !slices.Contains(h.names, s.Name) {
				h.names = append(h.names, s.Name)
			}
		}
		last := &w.hops[len(f.Path)]
		last.sure = w.sure
		last.names = append(last.names, addresses(f)...)
		w.reached = append(w.reached, f)
	}
	for _, w := range out {
		last := len(w.hops) - 1
		slices.Sort(w.hops[last].names)
		w.hops[last].names = slices.Compact(w.hops[last].names)
		// A listener is the first hop to itself, and the end says nothing more.
		if n := last - 1; slices.Equal(w.hops[n].names, w.hops[last].names) {
			w.hops = w.hops[:last]
		}
	}
	return out
}

// picture is a graph to draw.
type picture struct {
	nodes []pictureNode
	edges []pictureEdge
	// left counts the ways that it had no room for.
	left int

	index map[string]int
	links map[[2]int]int
}

// internet is the name of the node that ways start at.
const internet = "internet"

// pictureNode is something that traffic passes or reaches.
type pictureNode struct {
	// kind is the kind of thing, "route table", and name its address. One of them may be empty.
	kind, name string
	// short stands for the name in the box; it may be empty.
	short string
	// sure is true if traffic surely gets there.
	sure bool
	// end is true if a finding is about it.
	end bool
	// layer is its greatest distance from the internet.
	layer int
	// class is a further word for how the node looks. It may be empty.
	class string
	// bend is true if it is no node but a place that an edge passes between nodes.
	bend bool
}

// label is the name of the node for people.
func (n *pictureNode) label() string { return strings.TrimSpace(n.kind + " " + n.name) }

type pictureEdge struct {
	from, to int
	sure     bool
	// title describes the edge; it may be empty.
	title string
}

// pictureOf draws the ways from the internet of causes in their order, as long as there are at most so many nodes, and so many side
// by side. Its first node is the internet.
func pictureOf(causes []*analyzer.Cause, most, abreast int) *picture {
	p := &picture{index: map[string]int{}, links: map[[2]int]int{}}
	p.nodes[p.node(internet, "", "")].sure = true
	for _, c := range causes {
		for _, w := range waysOf(c) {
			if next := p.with(w); len(next.nodes) <= most && next.abreast() <= abreast {
				p = next
			} else {
				p.left++
			}
		}
	}
	return p
}

// with returns a picture that has a way more.
func (p *picture) with(w *way) *picture {
	next := &picture{
		nodes: slices.Clone(p.nodes), edges: slices.Clone(p.edges), left: p.left, index: maps.Clone(p.index), links: maps.Clone(p.links),
	}
	next.way(w)
	return next
}

// abreast returns the number of nodes that are side by side.
func (p *picture) abreast() int {
	p.layers()
	most, count := 0, map[int]int{}
	for _, n := range p.nodes {
		count[n.layer]++
		most = max(most, count[n.layer])
	}
	return most
}

// way draws a way.
func (p *picture) way(w *way) {
	at, sure := 0, true
	for i := range w.hops {
		h := &w.hops[i]
		within := strings.Join(h.names, "\n")
		if len(h.names) == 0 {
			within = fmt.Sprint(at) // what has no address is told apart by what comes before it
		}
		to := p.node(h.label(), "", within)
		sure = sure && h.sure
		p.nodes[to].sure = p.nodes[to].sure || sure
		p.edge(at, to, sure)
		at = to
	}
	p.nodes[at].end = true
	p.nodes[at].sure = p.nodes[at].sure || w.sure
}

func (p *picture) node(kind, name, within string) int {
	key := kind + "\x00" + name + "\x00" + within
	i, ok := p.index[key]
	if !ok {
		i = len(p.nodes)
		p.index[key] = i
		p.nodes = append(p.nodes, pictureNode{kind: kind, name: name})
	}
	return i
}

func (p *picture) edge(from, to int, sure bool) {
	i, ok := p.links[[2]int{from, to}]
	if !ok {
		i = len(p.edges)
		p.links[[2]int{from, to}] = i
		p.edges = append(p.edges, pictureEdge{from: from, to: to})
	}
	p.edges[i].sure = p.edges[i].sure || sure
}

// layers puts each node behind the nodes that lead to it. Several ways may form a ring; the loop ends there, too.
func (p *picture) layers() {
	for range p.nodes {
		moved := false
		for _, e := range p.edges {
			if next := p.nodes[e.from].layer + 1; p.nodes[e.to].layer < next && p.nodes[e.to].kind != internet && next < len(p.nodes) {
				p.nodes[e.to].layer, moved = next, true
			}
		}
		if !moved {
			return
		}
	}
}

// maxBends limits the bends of a picture. One of more is no easier to read with them.
const maxBends = 2_000

// bent returns a picture whose edges pass each layer between nodes, and for each edge of p the nodes and bends that it passes. p
// has its layers.
func (p *picture) bent() (*picture, [][]int) {
	out := &picture{nodes: slices.Clone(p.nodes)}
	var ways [][]int
	bends := 0
	for _, e := range p.edges {
		way := []int{e.from}
		for layer := p.nodes[e.from].layer + 1; layer < p.nodes[e.to].layer && bends < maxBends; layer++ {
			way = append(way, len(out.nodes))
			out.nodes = append(out.nodes, pictureNode{layer: layer, bend: true})
			bends++
		}
		way = append(way, e.to)
		ways = append(ways, way)
		for i := range way[1:] {
			out.edges = append(out.edges, pictureEdge{from: way[i], to: way[i+1], sure: e.sure})
		}
	}
	return out, ways
}

// rows returns the nodes of each layer, close to the nodes that lead to them.
func (p *picture) rows() [][]int {
	var rows [][]int
	for i := range p.nodes {
		for len(rows) <= p.nodes[i].layer {
			rows = append(rows, nil)
		}
		rows[p.nodes[i].layer] = append(rows[p.nodes[i].layer], i)
	}
	rows = slices.DeleteFunc(rows, func(row []int) bool { return len(row) == 0 })
	place := make([]float64, len(p.nodes))
	for _, row := range rows {
		weight := make(map[int]float64, len(row))
		for _, n := range row {
			sum, count := 0.0, 0.0
			for _, e := range p.edges {
				if e.to == n {
					sum, count = sum+place[e.from], count+1
				}
			}
			weight[n] = sum / max(count, 1)
		}
		slices.SortStableFunc(row, func(a, b int) int { return cmp.Compare(weight[a], weight[b]) })
		for i, n := range row {
			place[n] = float64(i) - float64(len(row)-1)/2
		}
	}
	return rows
}

// maxLabel is the number of characters of a name in Mermaid.
const maxLabel = 80

// mermaid writes the picture for Mermaid, https://mermaid.js.org/syntax/flowchart.html.
func (p *picture) mermaid() string {
	var b strings.Builder
	// From top to bottom, as a page is longer than wide: names stay legible.
	b.WriteString("flowchart TB\n")
	for i := range p.nodes {
		n := &p.nodes[i]
		fmt.Fprintf(&b, "  n%d[\"%s\"]\n", i, mermaidText(clip(n.label(), maxLabel)))
		switch {
		case n.end && n.sure:
			fmt.Fprintf(&b, "  class n%d open\n", i)
		case n.end:
			fmt.Fprintf(&b, "  class n%d unknown\n", i)
		}
	}
	for _, e := range p.edges {
		arrow := "-->"
		if !e.sure {
			arrow = "-.->"
		}
		fmt.Fprintf(&b, "  n%d %s n%d\n", e.from, arrow, e.to)
	}
	return b.String() + mermaidClasses
}
