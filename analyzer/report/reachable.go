package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/display"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// ReachFormats returns the names of the formats of what reaches what.
func ReachFormats() []string { return []string{"text", "json", "mermaid", "dot"} }

// jsonReach is what reaches what. Lists are ordered and never null.
type jsonReach struct {
	FormatVersion string          `json:"formatVersion"`
	Rows          []jsonReachable `json:"rows"`
}

// jsonReachable says that each of From reaches each of To at some ports.
type jsonReachable struct {
	From []string  `json:"from"`
	To   []string  `json:"to"`
	TCP  jsonPorts `json:"tcp"`
	UDP  jsonPorts `json:"udp"`
}

// jsonPorts are the ports that are surely reached, and those that may be, as lists of intervals.
type jsonPorts struct {
	Open    [][2]int `json:"open"`
	Unknown [][2]int `json:"unknown"`
}

func jsonPortsOf(b netset.Bounds[netset.Ports]) jsonPorts {
	list := func(p netset.Ports) [][2]int {
		out := [][2]int{}
		for lo, hi := range p.Intervals() {
			out = append(out, [2]int{lo, hi})
		}
		return out
	}
	return jsonPorts{list(b.Must), list(b.May.Difference(b.Must))}
}

// Reachable writes rows of what reaches what in a format of ReachFormats; as text by what is reached if to is true, else by what
// reaches it. It fails if w does, or if the format is unknown.
func Reachable(w io.Writer, rows []analyzer.Flow, to bool, format string) error {
	var b strings.Builder
	switch format {
	case "text":
		textReachable(&b, rows, to)
	case "json":
		out := jsonReach{FormatVersion: "1.0", Rows: []jsonReachable{}}
		for _, r := range rows {
			out.Rows = append(out.Rows, jsonReachable{cleanAll(r.From), cleanAll(r.To), jsonPortsOf(r.Ports.TCP), jsonPortsOf(r.Ports.UDP)})
		}
		data, err := marshal(out)
		if err != nil {
			return err
		}
		b.Write(data)
	case "mermaid", "dot":
		drawReachable(&b, rows, format == "dot")
	default:
		return fmt.Errorf("unknown format %q", format)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func cleanAll(names []string) []string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = display.Clean(name)
	}
	return out
}

func textReachable(b *strings.Builder, rows []analyzer.Flow, to bool) {
	head := ""
	for _, r := range rows {
		of, others, verb := r.From, r.To, "reaches"
		if to {
			of, others, verb = r.To, r.From, "is reached by"
		}
		if key := strings.Join(of, "\n"); key != head {
			if head != "" {
				b.WriteString("\n")
			}
			head = key
			if len(of) > 1 && !to {
				verb = "reach"
			} else if len(of) > 1 {
				verb = "are reached by"
			}
			b.WriteString(someNames(of) + " " + verb + "\n")
		}
		fmt.Fprintf(b, "  %s: %s\n", someNames(others), portsText(r.Ports.TCP, r.Ports.UDP))
	}
}

// someNames returns the first of some names and how many more there are. Instances of one block count as one name.
func someNames(names []string) string {
	const most = 3
	var blocks []string
	count := map[string]int{}
	for _, name := range names {
		block := name
		if strings.HasSuffix(name, "]") {
			if i := strings.LastIndexByte(name, '['); i > 0 {
				block = name[:i] + "[*]"
			}
		}
		if count[block]++; count[block] == 1 {
			blocks = append(blocks, block)
		}
	}
	var out []string
	left := len(names)
	for _, block := range blocks {
		if len(out) == most {
			break
		}
		n := count[block]
		left -= n
		switch {
		case n > 1:
			out = append(out, fmt.Sprintf("%s (%d)", display.Clean(block), n))
		case strings.HasSuffix(block, "[*]"):
			for _, name := range names {
				if strings.HasPrefix(name, strings.TrimSuffix(block, "*]")) {
					out = append(out, display.Clean(name))
					break
				}
			}
		default:
			out = append(out, display.Clean(block))
		}
	}
	if left > 0 {
		return strings.Join(out, ", ") + fmt.Sprintf(" and %d more", left)
	}
	return strings.Join(out, ", ")
}

// portsText writes the ports that are reached: "TCP 443, 8000-8080; perhaps UDP 53".
func portsText(tcp, udp netset.Bounds[netset.Ports]) string {
	var parts []string
	add := func(word string, b netset.Bounds[netset.Ports]) {
		if !b.Must.Empty() {
			parts = append(parts, word+" "+portList(b.Must))
		}
		if more := b.May.Difference(b.Must); !more.Empty() {
			parts = append(parts, "perhaps "+word+" "+portList(more))
		}
	}
	add("TCP", tcp)
	add("UDP", udp)
	return strings.Join(parts, "; ")
}

func portList(p netset.Ports) string {
	if netset.PortRange(1, 65535).SubsetOf(p) {
		return "all ports"
	}
	return p.String()
}

// drawReachable draws each group of places as a node, and what they reach as arrows.
func drawReachable(b *strings.Builder, rows []analyzer.Flow, dot bool) {
	ids := map[string]string{}
	var nodes, edges strings.Builder
	node := func(names []string) string {
		text := someNames(names)
		id, ok := ids[strings.Join(names, "\n")]
		if !ok {
			id = fmt.Sprintf("n%d", len(ids))
			ids[strings.Join(names, "\n")] = id
			if dot {
				fmt.Fprintf(&nodes, "  %s [label=%s];\n", id, dotQuote(text))
			} else {
				fmt.Fprintf(&nodes, "  %s[\"%s\"]\n", id, mermaidText(text))
			}
		}
		return id
	}
	for _, r := range rows {
		from, to := node(r.From), node(r.To)
		sure := !r.Ports.TCP.Must.Empty() || !r.Ports.UDP.Must.Empty()
		switch label := portsText(r.Ports.TCP, r.Ports.UDP); {
		case dot && sure:
			fmt.Fprintf(&edges, "  %s -> %s [label=%s];\n", from, to, dotQuote(label))
		case dot:
			fmt.Fprintf(&edges, "  %s -> %s [label=%s, style=dashed];\n", from, to, dotQuote(label))
		case sure:
			fmt.Fprintf(&edges, "  %s -->|\"%s\"| %s\n", from, mermaidText(label), to)
		default:
			fmt.Fprintf(&edges, "  %s -.->|\"%s\"| %s\n", from, mermaidText(label), to)
		}
	}
	if dot {
		b.WriteString("digraph reach {\n  rankdir=LR;\n  node [shape=box];\n" + nodes.String() + edges.String() + "}\n")
		return
	}
	b.WriteString("flowchart LR\n" + nodes.String() + edges.String())
}
