package source

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// IsLost reports whether an error keeps an expression from being read.
func IsLost(expr hcl.Expression) bool {
	_, ok := expr.(*hclsyntax.ExprSyntaxError)
	return ok
}

// lost returns an argument that an error keeps from being read. It also stands for nested blocks of that type.
func lost(name string, at hcl.Range, because hcl.Diagnostic) *hclsyntax.Attribute {
	return &hclsyntax.Attribute{Name: name, NameRange: at, SrcRange: at, EqualsRange: at, Expr: &hclsyntax.ExprSyntaxError{
		Placeholder: cty.DynamicVal, ParseDiags: hcl.Diagnostics{&because}, SrcRange: *because.Subject,
	}}
}

// lose puts lost arguments into the blocks of a file that has syntax errors: in the place of what HCL recovers of arguments with
// an error, and for what it skips, since that isn't absent. The text starts at an offset of its file.
func lose(text []byte, offset int, body *hclsyntax.Body, diags hcl.Diagnostics) {
	torn := tornIn(body, diags)
	if len(torn) == 0 {
		return
	}
	inside := map[*hcl.Diagnostic]bool{} // errors that are in an argument
	for _, t := range torn {
		for name, a := range t.body.Attributes {
			if i := slices.IndexFunc(t.errors, func(d *hcl.Diagnostic) bool { return breaks(d, a) }); i >= 0 {
				t.body.Attributes[name] = lost(name, a.NameRange, *t.errors[i])
				inside[t.errors[i]] = true
			}
		}
	}
	items, read := itemsIn(text, offset), readIn(body)
	for _, t := range torn {
		if t.body.Attributes == nil {
			t.body.Attributes = hclsyntax.Attributes{}
		}
		own := starts(t.body)
		// If no argument goes on without end, a closing brace is missing, and what seems to be in nested blocks may be the body's.
		unclosed := t.unclosed && slices.ContainsFunc(t.errors, func(d *hcl.Diagnostic) bool { return !inside[d] })
		from, _ := slices.BinarySearchFunc(items, t.from, func(i item, at int) int { return cmp.Compare(i.at, at) })
		for _, i := range items[from:] {
			if i.at >= t.to {
				break
			}
			if t.body.Attributes[i.name] == nil && !own[i.at] && (unclosed || !read.has(i.at)) {
				t.body.Attributes[i.name] = lost(i.name, *t.errors[0].Subject, *t.errors[0])
			}
		}
	}
}

// torn is a body that lacks something because of syntax errors.
type torn struct {
	body   *hclsyntax.Body
	errors []*hcl.Diagnostic
	// from and to are where in the file what belongs to the body may stand.
	from, to int
	// unclosed is true if what belongs to the body may seem to be elsewhere.
	unclosed bool
}

// tornIn finds the bodies of blocks in which there are errors. If an error is outside of them, as a brace too many is, the block
// before it may lack what stands between.
func tornIn(body *hclsyntax.Body, diags hcl.Diagnostics) []*torn {
	var out []*torn
	of := map[*hclsyntax.Body]*torn{}
	note := func(t torn, d *hcl.Diagnostic) *torn {
		if of[t.body] == nil {
			of[t.body], out = &t, append(out, &t)
		}
		of[t.body].errors = append(of[t.body].errors, d)
		return of[t.body]
	}
	var in func(blocks hclsyntax.Blocks, end int, d *hcl.Diagnostic) bool
	in = func(blocks hclsyntax.Blocks, end int, d *hcl.Diagnostic) bool {
		found := false
		for n, b := range blocks {
			if !isIn(d.Subject, b) {
				continue
			}
			found = true
			to := end
			if n+1 < len(blocks) {
				to = blocks[n+1].TypeRange.Start.Byte
			}
			t := note(torn{body: b.Body, from: b.OpenBraceRange.End.Byte, to: to, unclosed: b.CloseBraceRange.Empty()}, d)
			in(b.Body.Blocks, t.to, d)
		}
		return found
	}
	for _, d := range diags {
		if !isError(d) || in(body.Blocks, body.EndRange.End.Byte, d) {
			continue
		}
		var early func(b *hclsyntax.Block)
		early = func(b *hclsyntax.Block) {
			note(torn{body: b.Body, from: b.CloseBraceRange.End.Byte, to: d.Subject.Start.Byte, unclosed: true}, d)
			for _, nested := range b.Body.Blocks {
				early(nested)
			}
		}
		if b := strayed(body, d.Subject); b != nil {
			early(b)
		}
	}
	return out
}

// strayed returns the last block of the language before an error if the error is a single brace or so, or if something stands
// between that belongs into a block; or nil.
func strayed(body *hclsyntax.Body, of *hcl.Range) *hclsyntax.Block {
	known := keywords()
	var last *hclsyntax.Block
	at, single := of.Start.Byte, of.End.Byte-of.Start.Byte == 1
	stray := single
	for _, b := range body.Blocks {
		switch isKeyword := slices.ContainsFunc(known, func(k hcl.BlockHeaderSchema) bool { return k.Type == b.Type }); {
		case b.TypeRange.Start.Byte > at:
		case isKeyword:
			last, stray = b, single
		default:
			stray = true
		}
	}
	if last == nil {
		return nil
	}
	for _, a := range body.Attributes {
		stray = stray || last.CloseBraceRange.End.Byte <= a.NameRange.Start.Byte && a.NameRange.Start.Byte < at
	}
	if !stray {
		return nil
	}
	return last
}

// isIn reports whether an error is in a block; it is if it is told of another file, which makes the text.
func isIn(at *hcl.Range, b *hclsyntax.Block) bool {
	return at.Filename != b.TypeRange.Filename || b.Range().Start.Byte <= at.Start.Byte && at.Start.Byte <= b.CloseBraceRange.End.Byte
}

// breaks reports whether an error is in an argument, or on the line where it ends.
func breaks(d *hcl.Diagnostic, a *hclsyntax.Attribute) bool {
	r, at := a.SrcRange, d.Subject.Start
	return at.Byte >= r.Start.Byte && (at.Byte <= r.End.Byte || at.Line == r.End.Line)
}

// item is what looks like the start of an argument or of a nested block.
type item struct {
	name string
	at   int
}

// itemsIn returns the items in a text that starts at an offset of its file, in order: names that stand first on a line or after
// a brace, with an equals sign, a label or a brace behind them.
func itemsIn(text []byte, offset int) []item {
	var out []item
	word := func(i int) int {
		for i < len(text) && (text[i] == '_' || text[i] == '-' || text[i]|0x20 >= 'a' && text[i]|0x20 <= 'z' || text[i] >= '0' && text[i] <= '9') {
			i++
		}
		return i
	}
	blanks := func(i int) int {
		for i < len(text) && (text[i] == ' ' || text[i] == '\t') {
			i++
		}
		return i
	}
	first := true
	for i := 0; i < len(text); i++ {
		if !first {
			first = text[i] == '\n' || text[i] == '{' || text[i] == '}'
			continue
		}
		i = blanks(i)
		end := word(i)
		next := blanks(end)
		first = false
		if end == i || next >= len(text) {
			first = end == i && i < len(text) && (text[i] == '\n' || text[i] == '\r' || text[i] == '{' || text[i] == '}')
			continue
		}
		name := string(text[i:end])
		switch text[next] {
		case '"':
			if label := word(next + 1); name == "dynamic" {
				name = string(text[next+1 : label])
			}
			out = append(out, item{name, offset + i})
		case '=', '{':
			out = append(out, item{name, offset + i})
		}
		i = end - 1
	}
	return out
}

// starts returns where the arguments and blocks of a body begin.
func starts(body *hclsyntax.Body) map[int]bool {
	out := make(map[int]bool, len(body.Attributes)+len(body.Blocks))
	for _, a := range body.Attributes {
		out[a.NameRange.Start.Byte] = true
	}
	for _, b := range body.Blocks {
		out[b.TypeRange.Start.Byte] = true
	}
	return out
}

// span is a part of a text.
type span struct{ from, to int }

// spans are parts of a text in order, none of which overlap.
type spans []span

// has reports whether an offset is in one of them.
func (s spans) has(at int) bool {
	i, found := slices.BinarySearchFunc(s, at, func(s span, at int) int { return cmp.Compare(s.from, at) })
	return found || i > 0 && at < s[i-1].to
}

// readIn returns the parts of a file that were read: arguments, and the types of blocks.
func readIn(body *hclsyntax.Body) spans {
	var out spans
	var in func(*hclsyntax.Body)
	in = func(b *hclsyntax.Body) {
		for _, a := range b.Attributes {
			out = append(out, span{a.SrcRange.Start.Byte, a.SrcRange.End.Byte}) // only the name of what is lost
		}
		for _, nested := range b.Blocks {
			out = append(out, span{nested.TypeRange.Start.Byte, nested.TypeRange.End.Byte})
			in(nested.Body)
		}
	}
	in(body)
	slices.SortFunc(out, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	return out
}

func isError(d *hcl.Diagnostic) bool { return d.Severity == hcl.DiagError && d.Subject != nil }

// unsettle makes known to be lost what an override file with errors may replace: whatever its text names, or everything if there
// is no text.
func (m *Module) unsettle(text []byte, because hcl.Diagnostic) {
	named := func(word string) bool { return text == nil || bytes.Contains(text, []byte(word)) }
	replace := func(b *Block) {
		if slices.ContainsFunc(b.Labels, func(label string) bool { return !named(label) }) ||
			slices.ContainsFunc(b.Body[1:], func(over *hclsyntax.Body) bool { return over.SrcRange.Filename == because.Subject.Filename }) {
			return
		}
		over := &hclsyntax.Body{Attributes: hclsyntax.Attributes{}, SrcRange: *because.Subject, EndRange: *because.Subject}
		for _, name := range append(b.Body.Names(), "count", "for_each") {
			if named(name) {
				over.Attributes[name] = lost(name, *because.Subject, because)
			}
		}
		b.Body, m.Torn[over] = append(b.Body, over), *because.Subject
	}
	for _, b := range m.Resources {
		replace(b)
	}
	for _, blocks := range []map[string]*Block{m.Calls, m.Variables, m.Outputs} {
		for _, b := range blocks {
			replace(b)
		}
	}
	for name, a := range m.Locals {
		if named(name) && a.NameRange.Filename != because.Subject.Filename {
			m.Locals[name] = lost(name, *because.Subject, because)
		}
	}
}
