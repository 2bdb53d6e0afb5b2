package lang

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"go.yaml.in/yaml/v4"
)

// Part is a part of a text that a function decodes, with the place that it is written in.
type Part struct {
	// Start and End are the offsets of the part in the text.
	Start, End int
	// text is that of a part without parts.
	text string
	// keys are the names of the parts of an object, and nil for a list.
	keys  []string
	parts []*Part
}

// Parts takes a text apart as jsondecode, yamldecode or csvdecode does. It returns nil for other functions, and for a text that
// they refuse.
func Parts(function, text string) *Part {
	switch function {
	case "jsondecode":
		if checkJSON(&claim{}, []cty.Value{cty.StringVal(text)}) == nil {
			return partsOfJSON(text)
		}
	case "yamldecode":
		if checkYAML(&claim{}, []cty.Value{cty.StringVal(text)}) == nil {
			return partsOfYAML(text)
		}
	case "csvdecode":
		if checkCSV(&claim{}, []cty.Value{cty.StringVal(text)}) == nil {
			return partsOfCSV(text)
		}
	}
	return nil
}

// At returns the part at a path of keys, as far as that is written, and in it the first part that reads as a value. A value
// that isn't known is any.
func (p *Part) At(path []cty.Value, value cty.Value) *Part {
	for _, key := range path {
		next := p.at(key)
		if next == nil {
			break
		}
		p = next
	}
	if text, err := convert.Convert(value, cty.String); err == nil && text.IsKnown() && !text.IsNull() {
		if found := p.reading(text.AsString()); found != nil {
			return found
		}
	}
	return p
}

func (p *Part) at(key cty.Value) *Part {
	if !key.IsKnown() || key.IsNull() {
		return nil
	}
	if p.keys == nil {
		if key.Type() != cty.Number {
			return nil
		}
		if i, _ := key.AsBigFloat().Int64(); i >= 0 && i < int64(len(p.parts)) {
			return p.parts[i]
		}
		return nil
	}
	if key.Type() != cty.String {
		return nil
	}
	for i, name := range slices.Backward(p.keys) {
		if name == key.AsString() {
			return p.parts[i]
		}
	}
	return nil
}

func (p *Part) reading(text string) *Part {
	if len(p.parts) == 0 && p.text == text {
		return p
	}
	for _, inner := range p.parts {
		if found := inner.reading(text); found != nil {
			return found
		}
	}
	return nil
}

func partsOfJSON(text string) *Part {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var read func() *Part
	read = func() *Part {
		start := int(d.InputOffset())
		start += len(text[start:]) - len(strings.TrimLeft(text[start:], " \t\r\n,:"))
		token, err := d.Token()
		if err != nil {
			return nil
		}
		p := &Part{Start: start, End: int(d.InputOffset())}
		switch t := token.(type) {
		case json.Delim:
			if t == '{' {
				p.keys = []string{}
			}
			for d.More() {
				if t == '{' {
					key, err := d.Token()
					name, ok := key.(string)
					if err != nil || !ok {
						return nil
					}
					p.keys = append(p.keys, name)
				}
				inner := read()
				if inner == nil {
					return nil
				}
				p.parts = append(p.parts, inner)
			}
			if _, err := d.Token(); err != nil {
				return nil
			}
			p.End = int(d.InputOffset())
		case string:
			p.text = t
		default:
			p.text = text[p.Start:p.End]
		}
		return p
	}
	return read()
}

// partsOfCSV returns a list of objects, whose names are in the first line.
func partsOfCSV(text string) *Part {
	r := csv.NewReader(strings.NewReader(text))
	names, err := r.Read()
	if err != nil {
		return nil
	}
	lines := linesOf(text)
	whole := &Part{End: len(text)}
	for {
		from := int(r.InputOffset())
		record, err := r.Read()
		if err != nil || len(record) == 0 {
			return whole
		}
		to := from + len(strings.TrimRight(text[from:r.InputOffset()], "\r\n"))
		row := &Part{Start: from, End: to, keys: names}
		for i, field := range record {
			line, column := r.FieldPos(i)
			if line > len(lines) {
				return whole
			}
			row.parts = append(row.parts, &Part{Start: lines[line-1] + column - 1, End: to, text: field})
			if i > 0 {
				row.parts[i-1].End = row.parts[i].Start - 1
			}
		}
		if len(row.parts) != len(names) {
			return whole
		}
		row.Start = row.parts[0].Start
		whole.parts = append(whole.parts, row)
	}
}

// linesOf returns the offsets at which lines begin.
func linesOf(text string) []int {
	out := []int{0}
	for i := range len(text) {
		if text[i] == '\n' {
			out = append(out, i+1)
		}
	}
	return out
}

// maxParts limits the parts of a document whose aliases repeat others, and deepest how they lie in each other: an alias may stand
// for what it is in.
const maxParts, deepest = 1 << 18, 1 << 10

func partsOfYAML(text string) *Part {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil || len(doc.Content) == 0 {
		return nil
	}
	lines, left, depth := linesOf(text), maxParts, 0
	// What an alias stands for is where the alias is, as that says that it counts there.
	var read func(n *yaml.Node, alias *Part) *Part
	read = func(n *yaml.Node, alias *Part) *Part {
		if left--; left < 0 || depth == deepest || n.Line < 1 || n.Line > len(lines) {
			return nil
		}
		depth++
		defer func() { depth-- }()
		p := &Part{Start: offset(text, lines[n.Line-1], n.Column-1), text: n.Value}
		p.End = p.Start
		if n.Kind == yaml.AliasNode {
			p.End += len("*") + len(n.Value)
			return read(n.Alias, cmp.Or(alias, p))
		}
		add := func(inner *Part) {
			p.parts = append(p.parts, inner)
			p.End = max(p.End, inner.End)
		}
		switch n.Kind {
		case yaml.MappingNode:
			p.keys = []string{}
			for i := 0; i+1 < len(n.Content); i += 2 {
				inner := read(n.Content[i+1], alias)
				switch {
				case inner == nil:
					return nil
				case n.Content[i].Tag == "!!merge": // what it merges is found where nothing else has the name
					p.keys = append(slices.Clone(inner.keys), p.keys...)
					p.parts = append(slices.Clone(inner.parts), p.parts...)
				default:
					p.keys = append(p.keys, n.Content[i].Value)
					add(inner)
				}
			}
		case yaml.SequenceNode:
			for _, e := range n.Content {
				inner := read(e, alias)
				if inner == nil {
					return nil
				}
				add(inner)
			}
		default:
			p.End = scalarEnd(text, p.Start, n)
		}
		if alias != nil {
			p.Start, p.End = alias.Start, min(alias.End, len(text))
		}
		return p
	}
	return read(doc.Content[0], nil)
}

// offset returns the offset that lies some characters behind another one.
func offset(text string, from, characters int) int {
	for ; characters > 0 && from < len(text); characters-- {
		_, n := utf8.DecodeRuneInString(text[from:])
		from += n
	}
	return from
}

// scalarEnd returns where a scalar ends that starts at an offset: behind its text or its closing quote, else with its line.
func scalarEnd(text string, start int, n *yaml.Node) int {
	rest := text[start:]
	line, _, _ := strings.Cut(rest, "\n")
	line = strings.TrimRight(line, " \t\r")
	if inner := strings.TrimLeft(rest, `"'`); len(rest)-len(inner) == 1 && strings.HasPrefix(inner, n.Value) {
		return min(start+len(n.Value)+2, len(text))
	}
	if strings.HasPrefix(rest, n.Value) && !strings.Contains(n.Value, "\n") {
		return start + len(n.Value)
	}
	return start + len(line)
}
