package report

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/display"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// GraphFormats returns the names of the formats of a resource graph.
func GraphFormats() []string { return []string{"dot", "mermaid", "json", "html"} }

// Graph writes drawings as one, in a format of GraphFormats. graph.schema.json describes the JSON format. It fails if w does,
// or if the format is unknown.
func Graph(w io.Writer, drawings []*Drawing, format string) error {
	g := newDrawing()
	for _, d := range drawings {
		for id, n := range d.nodes {
			// Resources of several roots may have the same address; the worst state shows.
			n.Reached = worse(n.Reached, g.nodes[id].Reached)
			g.nodes[id] = n
		}
		maps.Copy(g.edges, d.edges)
	}
	var text string
	switch format {
	case "dot":
		text = g.dot()
	case "mermaid":
		text = g.mermaid()
	case "json":
		data, err := marshal(g.json())
		if err != nil {
			return err
		}
		text = string(data)
	case "html":
		return g.page().write(w)
	default:
		return fmt.Errorf("unknown format %q", format)
	}
	_, err := io.WriteString(w, text)
	return err
}

// jsonGraph is a resource graph. Lists are ordered and never null.
type jsonGraph struct {
	FormatVersion string     `json:"formatVersion"`
	Nodes         []jsonNode `json:"nodes"`
	Edges         []jsonEdge `json:"edges"`
}

// jsonNode is a resource, or something outside the configuration.
type jsonNode struct {
	// ID is the address, or the name of something outside.
	ID   string `json:"id"`
	Type string `json:"type"`
	// Inside is false for something outside the configuration.
	Inside bool `json:"inside"`
	// Reached is "open", "unknown" or "closed" for what the internet may reach, and empty for everything else.
	Reached string `json:"reached,omitempty"`
	// short is the address without the type, for boxes that name the type by itself; it may be empty.
	short string
}

type jsonEdge struct {
	From    string `json:"from"`
	To      string `json:"to"`
	Kind    string `json:"kind"`
	Certain bool   `json:"certain"`
}

// Drawing is the resource graph of an analysis and what is reached in it, as plain data.
type Drawing struct {
	nodes map[string]jsonNode
	edges map[jsonEdge]bool
}

func newDrawing() *Drawing { return &Drawing{nodes: map[string]jsonNode{}, edges: map[jsonEdge]bool{}} }

// Draw draws the resource graph of an analysis. If exposed is true, it draws only what lies on a way by which the internet
// reaches, or may reach, an endpoint.
func Draw(a *analyzer.Analysis, exposed bool) *Drawing {
	g := newDrawing()
	topology := a.Topology()
	if topology == nil {
		return g
	}
	reached, on := map[string]string{}, map[string]bool{}
	for i := range a.Reached {
		r := &a.Reached[i]
		name := r.Endpoint.Resource.Addr.String()
		reached[name] = worse(stateOf(r.Admits), reached[name])
		for p := range r.Paths() {
			if p.Admits.May.Empty() {
				continue
			}
			on[name] = true
			for _, s := range p.Steps {
				if s.Hop.Resource != nil {
					on[s.Hop.Resource.Addr.String()] = true
				}
			}
		}
	}
	put := func(e graph.End) (string, bool) {
		name := e.Name
		if name == "" {
			name = "unknown"
		}
		if exposed && !on[name] {
			return name, false
		}
		id := a.Covered(name)
		n := jsonNode{ID: id, Reached: reached[name]}
		if e.Resource != nil {
			n.Type, n.Inside = e.Resource.Addr.Type, e.Resource.Addr.Mode == graph.Managed
			n.short = a.Covered(e.Resource.Addr.Untyped())
		}
		g.nodes[id] = n
		return id, true
	}
	for i := range a.Reached {
		r := a.Reached[i].Endpoint.Resource
		put(graph.End{Resource: r, Name: r.Addr.String()})
	}
	if exposed {
		for _, name := range between(topology, on) {
			on[name] = true
		}
	}
	for _, e := range topology.Edges {
		from, ok := put(*e.From)
		to, also := put(*e.To)
		if ok && also {
			g.edges[jsonEdge{from, to, e.Kind.String(), e.Certain()}] = true
		}
	}
	return g
}

// between names what connects two of the named ends, as a subnet does that has no say in what passes.
func between(t *graph.Topology, on map[string]bool) []string {
	from, to := map[string]bool{}, map[string]bool{}
	for _, e := range t.Edges {
		if on[e.From.Name] && !on[e.To.Name] {
			from[e.To.Name] = true
		}
		if on[e.To.Name] && !on[e.From.Name] {
			to[e.From.Name] = true
		}
	}
	var out []string
	for name := range from {
		if name != "" && to[name] {
			out = append(out, name)
		}
	}
	return out
}

func stateOf(admits netset.Bounds[netset.Prefixes]) string {
	switch {
	case !admits.Must.Empty():
		return "open"
	case !admits.May.Empty():
		return "unknown"
	}
	return "closed"
}

// worse returns the more serious of two states.
func worse(a, b string) string {
	for _, state := range []string{"open", "unknown", "closed"} {
		if a == state || b == state {
			return state
		}
	}
	return ""
}

func (g *Drawing) json() jsonGraph {
	out := jsonGraph{FormatVersion: jsonVersion, Nodes: []jsonNode{}, Edges: []jsonEdge{}}
	for _, n := range g.nodes {
		out.Nodes = append(out.Nodes, n)
	}
	for e := range g.edges {
		out.Edges = append(out.Edges, e)
	}
	slices.SortFunc(out.Nodes, func(a, b jsonNode) int { return strings.Compare(a.ID, b.ID) })
	slices.SortFunc(out.Edges, func(a, b jsonEdge) int {
		key := func(e jsonEdge) string { return fmt.Sprintf("%s\x00%s\x00%s\x00%t", e.From, e.To, e.Kind, e.Certain) }
		return strings.Compare(key(a), key(b))
	})
	return out
}

const (
	// maxBoxes is the number of resources that are drawn one by one. Of more, alike ones are drawn as one.
	maxBoxes = 60
	// maxRounds limits how far from resources their differences may lie that tell them apart.
	maxRounds = 20
)

// folded returns the graph as it is drawn for people: of many resources, one stands for all that are alike, with their names in
// alike by its own. Resources are alike if they have the same type and state, and relations of the same kinds to alike resources.
// So what is drawn between two holds for each of those that they stand for, with some of the others.
func (g *Drawing) folded() (out jsonGraph, alike map[string][]string) {
	all := g.json()
	alike = map[string][]string{}
	if len(all.Nodes) <= maxBoxes {
		for _, n := range all.Nodes {
			alike[n.ID] = []string{n.ID}
		}
		return all, alike
	}
	class := map[string]int{}
	classify := func(of func(n jsonNode) string) int {
		next, known := map[string]int{}, map[string]int{}
		for _, n := range all.Nodes {
			text := of(n)
			if _, ok := known[text]; !ok {
				known[text] = len(known)
			}
			next[n.ID] = known[text]
		}
		class = next
		return len(known)
	}
	count := classify(func(n jsonNode) string {
		if n.Type == "" { // something outside is only itself
			return n.ID
		}
		return fmt.Sprintf("%s %t %s", n.Type, n.Inside, n.Reached)
	})
	for range maxRounds {
		relations := map[string][]string{}
		for _, e := range all.Edges {
			relations[e.From] = append(relations[e.From], fmt.Sprintf("to %d %s %t", class[e.To], e.Kind, e.Certain))
			relations[e.To] = append(relations[e.To], fmt.Sprintf("from %d %s %t", class[e.From], e.Kind, e.Certain))
		}
		now := classify(func(n jsonNode) string {
			slices.Sort(relations[n.ID])
			return fmt.Sprint(class[n.ID], slices.Compact(relations[n.ID]))
		})
		if now == count {
			break
		}
		count = now
	}
	stands := map[int]string{}
	out.FormatVersion = all.FormatVersion
	for _, n := range all.Nodes {
		if _, ok := stands[class[n.ID]]; !ok {
			stands[class[n.ID]] = n.ID
			out.Nodes = append(out.Nodes, n)
		}
		alike[stands[class[n.ID]]] = append(alike[stands[class[n.ID]]], n.ID)
	}
	seen := map[jsonEdge]bool{}
	for _, e := range all.Edges {
		e.From, e.To = stands[class[e.From]], stands[class[e.To]]
		if !seen[e] {
			seen[e] = true
			out.Edges = append(out.Edges, e)
		}
	}
	return out, alike
}

// page draws the graph as a page like that of HTML.
func (g *Drawing) page() *page {
	graph, alike := g.folded()
	p := &picture{}
	index := map[string]int{}
	for i, n := range graph.Nodes {
		index[n.ID] = i
		node := pictureNode{kind: n.Type, name: n.ID, sure: n.Reached == "open", end: n.Reached == "open" || n.Reached == "unknown"}
		node.short = n.short
		if of := len(alike[n.ID]); of > 1 {
			node.kind, node.name, node.short = several(of, n.Type), n.ID+" …", n.short+" …"
		}
		if !n.Inside {
			node.class = "outside"
		}
		p.nodes = append(p.nodes, node)
	}
	for _, e := range graph.Edges {
		p.edges = append(p.edges, pictureEdge{from: index[e.From], to: index[e.To], sure: e.Certain, title: e.Kind})
	}
	p.layers()
	out := newPage("")
	out.Headline = plural(len(g.nodes), "resource") + ", " + plural(len(g.edges), "relation")
	if len(graph.Nodes) < len(g.nodes) {
		out.Remarks = "Alike resources are drawn as one box."
	}
	out.PictureTitle = "Resources"
	if len(p.nodes) > 0 {
		out.Picture = drawn(p)
	}
	return out
}

func (g *Drawing) dot() string {
	var b strings.Builder
	b.WriteString("digraph tfreach {\n  rankdir=LR;\n  node [shape=box];\n")
	out := g.json()
	for _, n := range out.Nodes {
		style := ""
		switch {
		case n.Reached == "open":
			style = ", color=red, penwidth=2"
		case n.Reached == "unknown":
			style = ", color=orange, penwidth=2"
		case !n.Inside:
			style = ", style=dashed"
		}
		fmt.Fprintf(&b, "  %s [label=%[1]s%s];\n", dotQuote(n.ID), style)
	}
	for _, e := range out.Edges {
		style := ""
		if !e.Certain {
			style = ", style=dashed"
		}
		fmt.Fprintf(&b, "  %s -> %s [label=%s%s];\n", dotQuote(e.From), dotQuote(e.To), dotQuote(e.Kind), style)
	}
	return b.String() + "}\n"
}

func dotQuote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(strings.Join(display.Words(s), " ")) + `"`
}

func (g *Drawing) mermaid() string {
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	out, alike := g.folded()
	ids := map[string]string{}
	for i, n := range out.Nodes {
		ids[n.ID] = fmt.Sprintf("n%d", i)
		label := n.ID
		if of := len(alike[n.ID]); of > 1 {
			label = several(of, n.Type) + ": " + firstOf(alike[n.ID])
		}
		fmt.Fprintf(&b, "  n%d[\"%s\"]\n", i, mermaidText(label))
		if n.Reached == "open" || n.Reached == "unknown" {
			fmt.Fprintf(&b, "  class n%d %s\n", i, n.Reached)
		}
	}
	for _, e := range out.Edges {
		arrow := "-->"
		if !e.Certain {
			arrow = "-.->"
		}
		fmt.Fprintf(&b, "  %s %s|%s| %s\n", ids[e.From], arrow, e.Kind, ids[e.To])
	}
	return b.String() + mermaidClasses
}

// mermaidClasses are the styles of the states.
const mermaidClasses = "  classDef open stroke:#c00,stroke-width:3px\n  classDef unknown stroke:#c80,stroke-width:3px\n"

// mermaidText escapes a text between quotes by the entity codes that Mermaid knows.
func mermaidText(s string) string {
	return strings.NewReplacer(`"`, "#quot;", "`", "#96;", "#", "#35;", "<", "#lt;", ">", "#gt;").Replace(strings.Join(display.Words(s), " "))
}
