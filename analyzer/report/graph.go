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

// GraphFormats are the words for the formats of a resource graph.
func GraphFormats() []string { return []string{"dot", "mermaid", "json", "html"} }

// Graph writes drawings as one in a format of GraphFormats. The JSON format is described by graph.schema.json. An error is
// that of w, or names an unknown format.
func Graph(w io.Writer, drawings []*Drawing, format string) error {
	g := newDrawing()
	for _, d := range drawings {
		for id, n := range d.nodes {
			// Resources of several roots may have one address; what is reached of any of them shows.
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

// jsonNode is a resource, or what lies outside the configuration.
type jsonNode struct {
	// ID is the address, or what names something outside.
	ID   string `json:"id"`
	Type string `json:"type"`
	// Inside is false for what lies outside the configuration.
	Inside bool `json:"inside"`
	// Reached is "open", "unknown" or "closed" for what the internet may reach, and empty for the rest.
	Reached string `json:"reached,omitempty"`
}

type jsonEdge struct {
	From    string `json:"from"`
	To      string `json:"to"`
	Kind    string `json:"kind"`
	Certain bool   `json:"certain"`
}

// Drawing is the resource graph of an analysis with what is reached, as plain data.
type Drawing struct {
	nodes map[string]jsonNode
	edges map[jsonEdge]bool
}

func newDrawing() *Drawing { return &Drawing{nodes: map[string]jsonNode{}, edges: map[jsonEdge]bool{}} }

// Draw draws the resource graph of an analysis. Exposed limits it to what lies on a way by which the internet reaches an
// endpoint, or may.
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
		}
		g.nodes[id] = n
		return id, true
	}
	for i := range a.Reached {
		r := a.Reached[i].Endpoint.Resource
		put(graph.End{Resource: r, Name: r.Addr.String()})
	}
	for _, e := range topology.Edges {
		from, ok := put(e.From)
		to, also := put(e.To)
		if ok && also {
			g.edges[jsonEdge{from, to, e.Kind.String(), e.Certain()}] = true
		}
	}
	return g
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

// worse returns the one of two states that says more of what is reached.
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

// page draws the graph as a page like that of HTML.
func (g *Drawing) page() *page {
	graph := g.json()
	p := &picture{}
	index := map[string]int{}
	for i, n := range graph.Nodes {
		index[n.ID] = i
		node := pictureNode{kind: n.Type, name: n.ID, sure: n.Reached == "open", end: n.Reached == "open" || n.Reached == "unknown"}
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
	out.Headline = plural(len(graph.Nodes), "resource") + ", " + plural(len(graph.Edges), "relation")
	out.PictureTitle = "Resources"
	if len(p.nodes) > 0 {
		out.Picture = drawn(p, "")
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
	out := g.json()
	ids := map[string]string{}
	for i, n := range out.Nodes {
		ids[n.ID] = fmt.Sprintf("n%d", i)
		fmt.Fprintf(&b, "  n%d[\"%s\"]\n", i, mermaidText(n.ID))
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

// mermaidClasses are the styles of what is reached.
const mermaidClasses = "  classDef open stroke:#c00,stroke-width:3px\n  classDef unknown stroke:#c80,stroke-width:3px\n"

// mermaidText escapes a text between quotes by the entity codes that Mermaid knows.
func mermaidText(s string) string {
	return strings.NewReplacer(`"`, "#quot;", "`", "#96;", "#", "#35;", "<", "#lt;", ">", "#gt;").Replace(strings.Join(display.Words(s), " "))
}
