package host

import (
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// document is a YAML document whose values know their places.
type document struct {
	m      *Machine
	t      Text
	starts []int // offsets of the document's lines
	ascii  bool
	root   *yaml.Node
	nodes  int
	// volumes are those of pods of Kubernetes, by name.
	volumes map[string]Mount
}

// parseDocument parses a document. problem is what prevents that. The root is nil if the document is empty.
func (m *Machine) parseDocument(t Text) (c *document, problem string) {
	c = &document{m: m, t: t, starts: []int{0}, nodes: MaxNodes, ascii: true, volumes: map[string]Mount{}}
	if len(t.S) > MaxTextBytes || nesting(t.S) > MaxNesting {
		return c, "the document is too long or nests too deep to be read"
	}
	for i := range len(t.S) {
		if t.S[i] == '\n' {
			c.starts = append(c.starts, i+1)
		}
		c.ascii = c.ascii && t.S[i] < utf8.RuneSelf
	}
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(t.S), &doc); err != nil {
		return c, "the document is no valid YAML"
	}
	if len(doc.Content) > 0 {
		c.root = c.follow(doc.Content[0])
	}
	return c, ""
}

// follow returns the node that an alias stands for.
func (c *document) follow(n *yaml.Node) *yaml.Node {
	for range maxDepth {
		if n.Kind != yaml.AliasNode || n.Alias == nil {
			break
		}
		n = n.Alias
	}
	c.nodes--
	if c.nodes < 0 || n.Kind == yaml.AliasNode {
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null"}
	}
	return n
}

// get returns the value of a key of a mapping; the last one if there are several, as cloud-init does; nil if there is none.
func (c *document) get(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := len(n.Content) - 2; i >= 0; i -= 2 {
		if n.Content[i].Value == key {
			return c.follow(n.Content[i+1])
		}
	}
	return nil
}

// list returns the entries of a sequence.
func (c *document) list(n *yaml.Node) []*yaml.Node {
	if n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	var entries []*yaml.Node
	for _, e := range n.Content {
		if c.nodes < 0 {
			c.m.skip(c.t, "the document has more entries than are followed")
			break
		}
		entries = append(entries, c.follow(e))
	}
	return entries
}

// offset returns where a node starts. Columns count characters, and a long line can hold many nodes.
func (c *document) offset(n *yaml.Node) int {
	if n.Line < 1 || n.Line > len(c.starts) {
		return 0
	}
	at := c.starts[n.Line-1]
	if c.ascii {
		return min(at+n.Column-1, len(c.t.S))
	}
	if !c.m.Spend(n.Column / stepBytes) {
		return at
	}
	for range n.Column - 1 {
		if at == len(c.t.S) {
			break
		}
		_, size := utf8.DecodeRuneInString(c.t.S[at:])
		at += size
	}
	return at
}

// piece returns the text of a node.
func (c *document) piece(n *yaml.Node) Text {
	start := c.offset(n)
	s := c.t.S[start:]
	end := 0
	switch {
	case n.Kind == yaml.ScalarNode && n.Style&yaml.DoubleQuotedStyle != 0 && strings.HasPrefix(s, `"`):
		for end = 1; end < len(s) && s[end] != '"'; end++ {
			if s[end] == '\\' {
				end++
			}
		}
		end++
	case n.Kind == yaml.ScalarNode && n.Style&yaml.SingleQuotedStyle != 0 && strings.HasPrefix(s, "'"):
		for end = 1; end < len(s) && (s[end] != '\'' || strings.HasPrefix(s[end+1:], "'")); end++ {
			if s[end] == '\'' {
				end++
			}
		}
		end++
	case n.Kind == yaml.ScalarNode && n.Value != "" && strings.HasPrefix(s, n.Value):
		end = len(n.Value)
	default:
		end = c.indented(n, start) - start
	}
	return c.t.Sub(start, start+max(0, min(end, len(s)))).Trim()
}

// indented returns the end of a node over several lines: before the next line that isn't indented deeper than the node's first
// line.
func (c *document) indented(n *yaml.Node, start int) int {
	if n.Line < 1 || n.Line > len(c.starts) {
		return start
	}
	indent := indentation(c.t.S[c.starts[n.Line-1]:])
	for k := n.Line; k < len(c.starts); k++ {
		line, _, _ := strings.Cut(c.t.S[c.starts[k]:], "\n")
		if !c.m.Spend(1+len(line)/stepBytes) || n.Kind != yaml.ScalarNode ||
			strings.TrimSpace(line) != "" && indentation(line) <= indent {
			return c.starts[k]
		}
	}
	return len(c.t.S)
}

func indentation(s string) int { return len(s) - len(strings.TrimLeft(s, " ")) }

// scalar returns the value of a scalar.
func (c *document) scalar(n *yaml.Node) (Text, bool) {
	if n == nil || n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		return Text{}, false
	}
	return c.piece(n).Decode(n.Value), true
}

// entries returns the keys and values of a mapping.
func (c *document) entries(n *yaml.Node) (keys []Text, values []*yaml.Node) {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil, nil
	}
	for i := 0; i+1 < len(n.Content) && c.nodes >= 0; i += 2 {
		keys = append(keys, c.piece(n.Content[i]).Decode(n.Content[i].Value))
		values = append(values, c.follow(n.Content[i+1]))
	}
	return keys, values
}

// texts returns the scalars of a sequence.
func (c *document) texts(n *yaml.Node) []Text {
	var out []Text
	for _, e := range c.list(n) {
		t, _ := c.scalar(e)
		out = append(out, t)
	}
	return out
}

// Scalar returns the scalar under a path of keys in a YAML document, such as the values of a chart. problem says what prevents
// that: the document isn't understood, or it has an unknown key, which may be any; at is the place of the problem. If problem
// is empty and ok is false, there is no such scalar.
func Scalar(text string, keys ...string) (value Text, ok bool, problem string) {
	m := newMachine(Debian, nil, nil)
	t := NewText(0, text)
	c, problem := m.parseDocument(t)
	if problem != "" || c.root == nil {
		return t, false, problem
	}
	n := c.root
	for _, key := range keys {
		hidden := n.Kind == yaml.ScalarNode && strings.Contains(n.Value, Hole)
		if n.Kind == yaml.MappingNode {
			for i := 0; i+1 < len(n.Content); i += 2 {
				hidden = hidden || strings.Contains(n.Content[i].Value, Hole)
			}
		}
		next := c.get(n, key)
		switch {
		case next == nil && hidden:
			return c.piece(n), false, "a part of the document isn't known"
		case next == nil:
			return Text{}, false, ""
		}
		n = next
	}
	value, ok = c.scalar(n)
	return value, ok, ""
}
