package ftpd

import (
	"strings"

	"go.yaml.in/yaml/v4"
)

// Scalar returns the scalar under a path of keys in a YAML document, such as the values of a chart. The State is zero if
// there is none. A document that isn't understood, or a key that isn't known, may have any.
func Scalar(document string, keys ...string) Setting[string] {
	m := &machine{budget: &budget{steps: MaxSteps, decoded: MaxDecodedBytes}}
	t := newText(0, document)
	if len(document) > MaxTextBytes || nesting(document) > MaxNesting {
		return unknown[string](t.span(), "the document is too long or nests too deep to be read")
	}
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(document), &doc); err != nil {
		return unknown[string](t.span(), "the document is no valid YAML")
	}
	if len(doc.Content) == 0 {
		return Setting[string]{}
	}
	c := newCloudConfig(m, t)
	n := c.follow(doc.Content[0])
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
			return unknown[string](c.piece(n).span(), "a part of the document isn't known")
		case next == nil:
			return Setting[string]{}
		}
		n = next
	}
	switch value, ok := c.scalar(n); {
	case !ok:
		return Setting[string]{}
	case strings.Contains(value.s, Hole):
		return undecided[string](value, "the value isn't known")
	default:
		return decided(value.s, value)
	}
}
