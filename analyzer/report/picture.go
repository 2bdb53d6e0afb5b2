package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer"
)

// picture is the ways from the internet that findings tell of, as one graph. Its first node is the internet.
type picture struct {
	nodes []pictureNode
	edges []pictureEdge
	// left counts the findings that it had no room for.
	left int

	index map[string]int
	links map[[2]int]int
}

// internet is the kind of the node that ways start at.
const internet = "internet"

// pictureNode is what traffic passes or reaches.
type pictureNode struct {
	// kind is what it is, "route table", and name its address; one of them may be empty.
	kind, name string
	// sure says that traffic surely gets there.
	sure bool
	// end says that a finding is about it.
	end bool
	// findings are the indices in the result of those that tell of it, ascending.
	findings []int
	// layer is how far it is from the internet, at most.
	layer int
	// class is a further word for how the node looks: rule for an open rule behind which nothing is known to be reached. It may
	// be empty.
	class string
}

// label is the name of the node for people.
func (n *pictureNode) label() string { return strings.TrimSpace(n.kind + " " + n.name) }

type pictureEdge struct {
	from, to int
	sure     bool
	findings []int
	// title says what the edge is; it may be empty.
	title string
}

// pictureOf draws the findings in their order, with about as many nodes as limit says. A finding about a rule that a way of
// another finding goes through isn't drawn again.
func pictureOf(r *analyzer.Result, limit int) *picture {
	p := &picture{index: map[string]int{}, links: map[[2]int]int{}}
	p.node(internet, "", "")
	p.nodes[0].sure = true
	on := map[string]bool{}
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Change == analyzer.Absent || len(f.Path) == 0 {
			continue
		}
		if p.way(i, f, limit) {
			for _, s := range f.Path {
				on[s.Name] = true
			}
		}
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Change == analyzer.Absent || len(f.Path) > 0 {
			continue
		}
		if on[f.Scope] {
			for n := range p.nodes {
				if p.nodes[n].name == f.Scope {
					p.nodes[n].findings = append(p.nodes[n].findings, i)
				}
			}
			continue
		}
		p.way(i, f, limit)
	}
	for i := range p.nodes {
		slices.Sort(p.nodes[i].findings)
		p.nodes[i].findings = slices.Compact(p.nodes[i].findings)
	}
	p.layers()
	return p
}

// way draws the way of a finding, and says whether there was room.
func (p *picture) way(finding int, f *analyzer.Finding, limit int) bool {
	if len(p.nodes)+len(f.Path)+1 > limit {
		p.left++
		return false
	}
	at, sure := 0, true
	p.nodes[0].findings = append(p.nodes[0].findings, finding)
	step := func(kind, name string, certain bool) {
		within := ""
		if name == "" {
			within = fmt.Sprint(at) // what has no address is told apart by what comes before it
		}
		to := p.node(kind, name, within)
		if to == at {
			return
		}
		sure = sure && certain
		n := &p.nodes[to]
		n.sure = n.sure || sure
		n.findings = append(n.findings, finding)
		p.edge(at, to, finding, sure)
		at = to
	}
	for _, s := range f.Path {
		step(s.Kind, s.Name, s.Certain)
	}
	kind, names := "", addresses(f)
	if len(names) > 1 {
		kind = plural(len(names), "resource")
	}
	// Whether traffic that an open rule lets in gets anywhere is another question.
	step(kind, names[0], f.Outcome == analyzer.Exposed && len(f.Path) > 0)
	if len(f.Path) == 0 && f.Outcome == analyzer.Exposed {
		p.nodes[at].class = "rule"
		return true
	}
	p.nodes[at].end = true
	return true
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

func (p *picture) edge(from, to, finding int, sure bool) {
	i, ok := p.links[[2]int{from, to}]
	if !ok {
		i = len(p.edges)
		p.links[[2]int{from, to}] = i
		p.edges = append(p.edges, pictureEdge{from: from, to: to})
	}
	e := &p.edges[i]
	e.sure = e.sure || sure
	e.findings = append(e.findings, finding)
}

// layers puts each node behind those that lead to it. In a ring, which several ways may make together, that has an end.
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

// rows returns the nodes of each layer, near those that lead to them.
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

// maxLabel is how many characters of a name Mermaid gets.
const maxLabel = 80

// mermaid writes the picture for Mermaid, https://mermaid.js.org/syntax/flowchart.html.
func (p *picture) mermaid() string {
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	for i := range p.nodes {
		n := &p.nodes[i]
		fmt.Fprintf(&b, "  n%d[\"%s\"]\n", i, mermaidText(clip(n.label(), maxLabel)))
		switch {
		case n.end && n.sure:
			fmt.Fprintf(&b, "  class n%d open\n", i)
		case n.end:
			fmt.Fprintf(&b, "  class n%d unknown\n", i)
		case n.class != "":
			fmt.Fprintf(&b, "  class n%d %s\n", i, n.class)
		}
	}
	for _, e := range p.edges {
		arrow := "-->"
		if !e.sure {
			arrow = "-.->"
		}
		fmt.Fprintf(&b, "  n%d %s n%d\n", e.from, arrow, e.to)
	}
	return b.String() + mermaidClasses + "  classDef rule stroke:#a60,stroke-width:2px\n"
}
