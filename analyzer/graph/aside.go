package graph

import (
	"bytes"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/source"
)

// Aside is a text in a resource block that no resource of the graph was made of, or not for that text, or in a call of a module
// whose code isn't there.
type Aside struct {
	// Block is the address of the block, and Decl the place of its header.
	Block string
	Decl  hcl.Range
	// Call is true if the block is a call of a module.
	Call bool
	// Path are the names of the nested blocks that the text is in, of its argument, and of the keys that lead to it.
	Path []string
	Text Written
}

// Asides calls visit with the texts of managed resources of the types that are asked for, and of calls of modules whose code
// isn't there, as far as they are known, whatever there is of a block; hole stands for what isn't known. Texts that are written out count only with one of some words, in
// lower case, in them. What fails is no diagnostic. A graph of a plan has none.
func (g *Graph) Asides(asks func(typ string) bool, hole string, words []string, visit func(Aside)) {
	if g.evaluated == nil {
		return
	}
	defer g.evaluated.ev.quietly()()
	g.evaluated.asides(asks, &asides{seen: map[*source.Block]bool{}, hole: hole, words: words, visit: visit})
}

// asides is a visit of texts.
type asides struct {
	seen  map[*source.Block]bool
	hole  string
	words []string
	visit func(Aside)
}

func (m *module) asides(asks func(typ string) bool, a *asides) {
	for _, block := range m.source.Resources {
		if block.Keyword != "resource" || a.seen[block] || !asks(block.Labels[0]) || m.ev.stopped() {
			continue
		}
		a.block(m, block, block.Labels[0]+"."+block.Labels[1])
	}
	for _, name := range sortedNames(m.source.Calls) {
		e, call := m.child(name), m.source.Calls[name]
		if e.missing && !a.seen[call] && !m.ev.stopped() {
			a.block(m, call, "module."+name)
		}
		for _, child := range e.items {
			child.asides(asks, a)
		}
	}
}

// block visits the texts of a block.
func (a *asides) block(m *module, block *source.Block, label string) {
	a.seen[block] = true
	s := m.top.with(map[string]cty.Value{"each": cty.DynamicVal, "count": cty.DynamicVal, "self": cty.DynamicVal})
	one := Aside{Block: m.label(label), Decl: block.At, Call: block.Keyword == "module"}
	for _, body := range block.Body {
		a.body(s, body, one)
	}
}

// body visits the texts of a body, in the order of their names.
func (a *asides) body(s *scope, body *hclsyntax.Body, at Aside) {
	for _, name := range sortedNames(body.Attributes) {
		if expr := body.Attributes[name].Expr; !isMeta(name) && a.mayTell(s, expr) {
			one := at
			one.Path = append(slices.Clip(at.Path), name)
			a.value(s.value(expr), one)
		}
	}
	for _, block := range body.Blocks {
		inner, names := s, []string{block.Type}
		switch block.Type {
		case "lifecycle", "connection":
			continue
		case "dynamic":
			if names = block.Labels; len(names) == 0 {
				continue
			}
			inner = s.with(map[string]cty.Value{block.Labels[0]: cty.DynamicVal})
		}
		one := at
		one.Path = append(slices.Clip(at.Path), names...)
		a.body(inner, block.Body, one)
	}
}

// mayTell reports whether an expression has one of the words in it, or something that may have.
func (a *asides) mayTell(s *scope, expr hcl.Expression) bool {
	at := expr.Range()
	text := s.m.ev.tree.Text(at.Filename)
	if at.Start.Byte <= at.End.Byte && at.End.Byte <= len(text) { // which isn't so where the file is cut off
		text = bytes.ToLower(text[at.Start.Byte:at.End.Byte])
	}
	has := func(word string) bool { return bytes.Contains(text, []byte(word)) }
	return slices.ContainsFunc(a.words, has) || slices.ContainsFunc([]string{"local.", "var.", "module.", "data.", "file"}, has)
}

// value visits the texts that a value is made of.
func (a *asides) value(v Value, at Aside) {
	const most = 1 << 10
	if ty := v.Raw().Type(); !v.Undecided() && (ty.IsListType() || ty.IsSetType() || ty.IsTupleType() || ty.IsMapType() || ty.IsObjectType()) {
		elements, _ := v.Elements()
		names := namesOf(v.Raw())
		for i, e := range elements[:min(len(elements), most)] {
			one := at
			if i < len(names) {
				one.Path = append(slices.Clip(at.Path), names[i])
			}
			a.value(e, one)
		}
		return
	}
	if at.Text = v.Written(a.hole); at.Text.Text != "" {
		a.visit(at)
	}
}

// namesOf returns the keys of a map or an object, in the order of its elements; nil for any other value.
func namesOf(v cty.Value) []string {
	if ty := v.Type(); !ty.IsMapType() && !ty.IsObjectType() {
		return nil
	}
	var keys []string
	for it := v.ElementIterator(); it.Next(); {
		key, _ := it.Element()
		keys = append(keys, key.AsString())
	}
	return keys
}
