// Package fix says how the text of a configuration must change so that a finding goes, where that is sure to change
// nothing else. In go a result's findings and the texts that they are in, out come edits; it writes nothing.
package fix

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/gocty"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/config"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// Edit replaces a part of a file.
type Edit struct {
	// At is what is replaced; its Filename is that of the finding's places. It may be empty, for text that is added.
	At  hcl.Range
	New string
}

// Of returns the edit that makes a finding go. Trusted are the addresses that may take everyone's place. The error says why
// there is none.
//
// A range of ports that holds the port is narrowed or cut in two, so that the others stay open as they are. Where the port
// is all that a rule opens, its source becomes the trusted addresses. Only text within the block of the rule is edited, as
// a value elsewhere may serve others, too.
func Of(r *analyzer.Result, f *analyzer.Finding, trusted []config.Trusted) (Edit, error) {
	if f.Outcome != analyzer.Exposed {
		return Edit{}, errors.New("it isn't known whether it is open")
	}
	if f.Before || f.Change == analyzer.Absent || strings.HasSuffix(f.At.Filename, ".json") || analyzer.Installed(f.At.Filename) {
		return Edit{}, errors.New("it is not in a file of native syntax that is yours")
	}
	text := r.Source(f.Declared.Filename)
	if text == nil {
		return Edit{}, errors.New("its text isn't known")
	}
	// The analysis has parsed the file, within limits.
	file, diags := hclsyntax.ParseConfig(text, f.Declared.Filename, hcl.InitialPos)
	body, ok := file.Body.(*hclsyntax.Body)
	if diags.HasErrors() || !ok {
		return Edit{}, errors.New("its file has errors")
	}
	block, nested := blockAt(body, f.Declared.Start.Byte, false)
	if block == nil {
		return Edit{}, errors.New("no block of its own opens it")
	}
	if f.Rule.ID == "ftp-cleartext" {
		return setFTPS(block, f.At)
	}
	if !strings.HasSuffix(f.Rule.ID, "-ingress-open") {
		return Edit{}, errors.New("what closes it is for people to choose")
	}
	port, err := strconv.Atoi(f.Rule.Port.Ports.String())
	if err != nil {
		return Edit{}, errors.New("it is about several ports")
	}
	if !strings.HasPrefix(f.Opening, strings.ToLower(f.Rule.Port.String())+" from ") {
		return narrow(text, block, nested, port)
	}
	return replace(block, f.At, trusted)
}

// blockAt returns the block whose header begins at an offset, and whether it lies in another one.
func blockAt(body *hclsyntax.Body, offset int, inner bool) (*hclsyntax.Block, bool) {
	for _, b := range body.Blocks {
		if b.DefRange().Start.Byte == offset {
			return b, inner
		}
		if at := b.Range(); offset > at.Start.Byte && offset < at.End.Byte {
			return blockAt(b.Body, offset, true)
		}
	}
	return nil, false
}

// setFTPS sets the ftps_state of an App Service that a finding stands at.
func setFTPS(b *hclsyntax.Block, at hcl.Range) (Edit, error) {
	var found *hclsyntax.Attribute
	var search func(*hclsyntax.Body)
	search = func(body *hclsyntax.Body) {
		if a := body.Attributes["ftps_state"]; a != nil && within(at, a.Expr.Range()) {
			found = a
		}
		for _, inner := range body.Blocks {
			search(inner.Body)
		}
	}
	if search(b.Body); found == nil {
		return Edit{}, errors.New("what closes it is for people to choose")
	}
	return Edit{found.Expr.Range(), `"FtpsOnly"`}, nil
}

func within(inner, outer hcl.Range) bool {
	return inner.Filename == outer.Filename && inner.Start.Byte >= outer.Start.Byte && inner.End.Byte <= outer.End.Byte
}

// narrow takes a port out of the range of a block's from_port and to_port.
func narrow(text []byte, b *hclsyntax.Block, nested bool, port int) (Edit, error) {
	from, first, ok1 := number(b, "from_port")
	to, last, ok2 := number(b, "to_port")
	if !ok1 || !ok2 || first > port || last < port || first == last {
		return Edit{}, errors.New("its ports are no range from from_port to to_port, written as numbers, that holds the port")
	}
	switch {
	case first == port:
		return Edit{from, strconv.Itoa(port + 1)}, nil
	case last == port:
		return Edit{to, strconv.Itoa(port - 1)}, nil
	case !nested:
		return Edit{}, errors.New("the port is in the middle of the range, so it takes another resource")
	}
	at := b.Range()
	part := func(number hcl.Range, port int) []byte {
		offset := at.Start.Byte
		return slices.Concat(text[offset:number.Start.Byte], []byte(strconv.Itoa(port)), text[number.End.Byte:at.End.Byte])
	}
	line := bytes.LastIndexByte(text[:at.Start.Byte], '\n') + 1
	indent := text[line:at.Start.Byte]
	if len(bytes.TrimSpace(indent)) > 0 || slices.ContainsFunc([]string{"dynamic", "content"}, func(s string) bool { return b.Type == s }) {
		return Edit{}, errors.New("the block can't be written twice")
	}
	below, above := part(to, port-1), part(from, port+1)
	return Edit{at, string(slices.Concat(below, []byte("\n\n"), indent, above))}, nil
}

// number returns the place and value of an attribute that is a number written out.
func number(b *hclsyntax.Block, name string) (hcl.Range, int, bool) {
	a := b.Body.Attributes[name]
	if a == nil {
		return hcl.Range{}, 0, false
	}
	literal, ok := a.Expr.(*hclsyntax.LiteralValueExpr)
	var n int
	if !ok || gocty.FromCtyValue(literal.Val, &n) != nil {
		return hcl.Range{}, 0, false
	}
	return a.Expr.Range(), n, true
}

// replace puts trusted addresses in the place of everyone's: as further elements of a list, or as the one address that a
// text can name.
func replace(b *hclsyntax.Block, at hcl.Range, trusted []config.Trusted) (Edit, error) {
	if !within(at, b.Range()) {
		return Edit{}, errors.New("its source is written elsewhere, where it may serve others, too")
	}
	text, list := literal(b.Body, at)
	if text == "" {
		return Edit{}, errors.New("its source is not written out")
	}
	everyone, err := netset.ParseSource(text)
	switch {
	case err != nil || !netset.Everyone(everyone):
		return Edit{}, errors.New("its source is more than one value")
	case len(trusted) == 0:
		return Edit{}, errors.New("the settings have no trusted addresses to put in the place of everyone's")
	case len(trusted) > 1:
		return Edit{}, errors.New("the settings have several trusted addresses; name those that need the port")
	}
	var prefixes []string
	for _, p := range trusted[0].Prefixes {
		if set, err := netset.ParseSource(p); err == nil && set.IPv4().Empty() == everyone.IPv4().Empty() {
			prefixes = append(prefixes, strconv.Quote(p))
		}
	}
	switch {
	case len(prefixes) == 0:
		return Edit{}, fmt.Errorf("%s has no addresses of its family", trusted[0].Name)
	case len(prefixes) > 1 && !list:
		return Edit{}, fmt.Errorf("there is room for one prefix, and %s has %d", trusted[0].Name, len(prefixes))
	}
	return Edit{at, strings.Join(prefixes, ", ")}, nil
}

// literal returns the text that is written at a place in a body, and whether it is an element of a list.
func literal(body *hclsyntax.Body, at hcl.Range) (text string, list bool) {
	for _, a := range body.Attributes {
		if within(at, a.Expr.Range()) {
			exprs := []hclsyntax.Expression{a.Expr}
			tuple, ok := a.Expr.(*hclsyntax.TupleConsExpr)
			if ok {
				exprs = tuple.Exprs
			}
			for _, e := range exprs {
				if t, isText := e.(*hclsyntax.TemplateExpr); isText && t.Range() == at && t.IsStringLiteral() {
					if v, diags := t.Value(nil); !diags.HasErrors() && v.Type() == cty.String {
						return v.AsString(), ok
					}
				}
			}
		}
	}
	for _, b := range body.Blocks {
		if text, list = literal(b.Body, at); text != "" {
			return text, list
		}
	}
	return "", false
}

// Apply returns a text with edits, and formatted as it was: a text in the canonical format stays in it. Of edits that
// overlap, such as the same one for several findings, the first counts.
func Apply(text []byte, edits []Edit) []byte {
	sorted := slices.Clone(edits)
	slices.SortStableFunc(sorted, func(a, b Edit) int { return cmp.Compare(a.At.Start.Byte, b.At.Start.Byte) })
	var out []byte
	done := 0
	for _, e := range sorted {
		if e.At.Start.Byte < done {
			continue
		}
		out = append(append(out, text[done:e.At.Start.Byte]...), e.New...)
		done = e.At.End.Byte
	}
	out = append(out, text[done:]...)
	if bytes.Equal(hclwrite.Format(text), text) {
		return hclwrite.Format(out)
	}
	return out
}
