package source

import (
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/lang"
)

// nativeBody turns a body in JSON syntax into native syntax, so that nothing else has to handle JSON. A nested block looks like
// an attribute in JSON and becomes one, with an object or a list of objects. Dynamic blocks can be told apart and become
// blocks, and so do nested blocks that contain them.
func nativeBody(body hcl.Body, keyword string) (*hclsyntax.Body, hcl.Diagnostics) {
	attrs, diags := body.JustAttributes()
	out := &hclsyntax.Body{Attributes: hclsyntax.Attributes{}, SrcRange: body.MissingItemRange(), EndRange: body.MissingItemRange()}
	for _, name := range slices.Sorted(maps.Keys(attrs)) {
		a := attrs[name]
		switch {
		case name == "dynamic":
			blocks, more := labelledBlocks(a, name)
			out.Blocks, diags = append(out.Blocks, blocks...), append(diags, more...)
			continue
		case name == "provisioner" && (keyword == "resource" || keyword == "removed"):
			blocks, more := labelledBlocks(a, name)
			out.Blocks, diags = append(out.Blocks, blocks...), append(diags, more...)
			continue
		case holdsDynamic(a.Expr) && (keyword == "resource" || keyword == "data" || keyword == "content" || keyword == nested):
			for _, item := range listOf(a.Expr) {
				b, more := objectBlock(name, nil, a.NameRange, item, nested)
				out.Blocks, diags = append(out.Blocks, b), append(diags, more...)
			}
			continue
		case slices.Contains(ownBlocks()[keyword], name):
			for _, item := range listOf(a.Expr) {
				b, more := objectBlock(name, nil, a.NameRange, item, name)
				out.Blocks, diags = append(out.Blocks, b), append(diags, more...)
			}
			continue
		}
		convert := nativeExpr
		switch {
		case name == "type" && keyword == "variable", name == "type" && keyword == "output", name == "iterator" && keyword == "dynamic",
			name == "provider" && (keyword == "resource" || keyword == "data"), name == "when" && keyword == "provisioner",
			keyword == "moved", name == "from" && keyword == "removed", name == "to" && keyword == "import":
			convert = keywordExpr
		case name == "providers" && keyword == "module":
			convert = keywordMap
		}
		expr, more := convert(a.Expr)
		diags = append(diags, more...)
		out.Attributes[name] = &hclsyntax.Attribute{Name: name, Expr: expr, SrcRange: a.Range, NameRange: a.NameRange}
	}
	return out, diags
}

// ownBlocks returns the nested blocks without labels that the language itself defines, by the block that they stand in.
func ownBlocks() map[string][]string {
	return map[string][]string{
		"resource":    {"lifecycle", "connection"},
		"data":        {"lifecycle"},
		"module":      {"lifecycle"},
		"provisioner": {"connection"},
		"variable":    {"validation"},
		"dynamic":     {"content"},
		"removed":     {"lifecycle", "connection"},
	}
}

// nested stands for the keyword of a nested block.
const nested = ""

// holdsDynamic reports whether an object, or an object in a list, contains dynamic blocks at any depth.
func holdsDynamic(expr hcl.Expression) bool {
	return slices.ContainsFunc(listOf(expr), func(item hcl.Expression) bool {
		pairs, diags := hcl.ExprMap(item)
		return !diags.HasErrors() && slices.ContainsFunc(pairs, func(pair hcl.KeyValuePair) bool {
			name, _ := literalString(pair.Key)
			return name == "dynamic" && isDynamic(pair.Value) || holdsDynamic(pair.Value)
		})
	})
}

// isDynamic tells dynamic blocks from an attribute named "dynamic".
func isDynamic(expr hcl.Expression) bool {
	return slices.ContainsFunc(listOf(expr), func(item hcl.Expression) bool {
		labels, _ := hcl.ExprMap(item) // it is no object: no labels
		return slices.ContainsFunc(labels, func(label hcl.KeyValuePair) bool {
			return slices.ContainsFunc(listOf(label.Value), func(body hcl.Expression) bool {
				pairs, _ := hcl.ExprMap(body)
				return slices.ContainsFunc(pairs, func(pair hcl.KeyValuePair) bool {
					name, _ := literalString(pair.Key)
					return name == "for_each"
				})
			})
		})
	})
}

// labelledBlocks reads {"LABEL": {…}}, or a list of such objects, as blocks of a type with one label. A label may also have a
// list of objects.
func labelledBlocks(a *hcl.Attribute, typ string) (hclsyntax.Blocks, hcl.Diagnostics) {
	var out hclsyntax.Blocks
	var diags hcl.Diagnostics
	for _, item := range listOf(a.Expr) {
		pairs, more := hcl.ExprMap(item)
		diags = append(diags, more...)
		for _, pair := range pairs {
			label, ok := literalString(pair.Key)
			if !ok || label == "//" {
				continue
			}
			for _, body := range listOf(pair.Value) {
				b, more := objectBlock(typ, []string{label}, pair.Key.Range(), body, typ)
				out, diags = append(out, b), append(diags, more...)
			}
		}
	}
	return out, diags
}

func listOf(expr hcl.Expression) []hcl.Expression {
	if items, diags := hcl.ExprList(expr); !diags.HasErrors() {
		return items
	}
	return []hcl.Expression{expr}
}

// objectBlock makes a block of an object.
func objectBlock(typ string, labels []string, at hcl.Range, object hcl.Expression, keyword string) (*hclsyntax.Block, hcl.Diagnostics) {
	pairs, diags := hcl.ExprMap(object)
	attrs := hcl.Attributes{}
	for _, pair := range pairs {
		if name, ok := literalString(pair.Key); ok && name != "//" {
			attrs[name] = &hcl.Attribute{Name: name, Expr: pair.Value, Range: pair.Value.Range(), NameRange: pair.Key.Range()}
		}
	}
	body, more := nativeBody(attrBody{attrs, object.Range()}, keyword)
	return &hclsyntax.Block{
		Type: typ, Labels: labels, Body: body, TypeRange: at, LabelRanges: slices.Repeat([]hcl.Range{at}, len(labels)),
		OpenBraceRange: at, CloseBraceRange: at,
	}, append(diags, more...)
}

// attrBody is a body that contains only attributes.
type attrBody struct {
	attrs hcl.Attributes
	at    hcl.Range
}

func (b attrBody) JustAttributes() (hcl.Attributes, hcl.Diagnostics) { return b.attrs, nil }
func (b attrBody) MissingItemRange() hcl.Range                       { return b.at }
func (b attrBody) Content(*hcl.BodySchema) (*hcl.BodyContent, hcl.Diagnostics) {
	return &hcl.BodyContent{Attributes: b.attrs}, nil
}

func (b attrBody) PartialContent(*hcl.BodySchema) (*hcl.BodyContent, hcl.Body, hcl.Diagnostics) {
	return &hcl.BodyContent{Attributes: b.attrs}, attrBody{at: b.at}, nil
}

func literalString(expr hcl.Expression) (string, bool) {
	v, diags := expr.Value(nil)
	if diags.HasErrors() || v.Type() != cty.String || !v.IsKnown() || v.IsNull() {
		return "", false
	}
	return v.AsString(), true
}

// nativeExpr turns a JSON value into an expression of native syntax. Strings are templates.
func nativeExpr(expr hcl.Expression) (hclsyntax.Expression, hcl.Diagnostics) {
	at := expr.Range()
	if items, diags := hcl.ExprList(expr); !diags.HasErrors() {
		tuple := &hclsyntax.TupleConsExpr{SrcRange: at, OpenRange: at}
		var all hcl.Diagnostics
		for _, item := range items {
			e, diags := nativeExpr(item)
			tuple.Exprs, all = append(tuple.Exprs, e), append(all, diags...)
		}
		return tuple, all
	}
	if pairs, diags := hcl.ExprMap(expr); !diags.HasErrors() {
		object := &hclsyntax.ObjectConsExpr{SrcRange: at, OpenRange: at}
		var all hcl.Diagnostics
		for _, pair := range pairs {
			if s, ok := literalString(pair.Key); ok && s == "//" {
				continue
			}
			key, diags := nativeExpr(pair.Key)
			value, more := nativeExpr(pair.Value)
			object.Items = append(object.Items, hclsyntax.ObjectConsItem{KeyExpr: key, ValueExpr: value})
			all = append(append(all, diags...), more...)
		}
		return object, all
	}
	// Without a context, a string stands for itself.
	v, diags := expr.Value(nil)
	if diags.HasErrors() {
		return &hclsyntax.LiteralValueExpr{Val: cty.DynamicVal, SrcRange: at}, diags
	}
	if s, ok := literalString(expr); ok && strings.ContainsAny(s, "$%") {
		expr, diags := parsed(hclsyntax.ParseTemplate, hclsyntax.LexTemplate, s, at)
		lang.Instrument(expr)
		return expr, diags
	}
	return &hclsyntax.LiteralValueExpr{Val: v, SrcRange: at}, nil
}

// keywordExpr turns a string into the expression that it holds, for places where native syntax has a type or a name.
func keywordExpr(expr hcl.Expression) (hclsyntax.Expression, hcl.Diagnostics) {
	if s, ok := literalString(expr); ok {
		return parsed(hclsyntax.ParseExpression, hclsyntax.LexExpression, s, expr.Range())
	}
	return nativeExpr(expr)
}

// keywordMap turns an object of strings that hold names into native syntax.
func keywordMap(expr hcl.Expression) (hclsyntax.Expression, hcl.Diagnostics) {
	pairs, diags := hcl.ExprMap(expr)
	if diags.HasErrors() {
		return nativeExpr(expr)
	}
	object := &hclsyntax.ObjectConsExpr{SrcRange: expr.Range(), OpenRange: expr.Range()}
	var all hcl.Diagnostics
	for _, pair := range pairs {
		if name, _ := literalString(pair.Key); name == "//" {
			continue
		}
		key, diags := keywordExpr(pair.Key)
		value, more := keywordExpr(pair.Value)
		object.Items = append(object.Items, hclsyntax.ObjectConsItem{KeyExpr: key, ValueExpr: value})
		all = append(append(all, diags...), more...)
	}
	return object, all
}

type (
	parser func(src []byte, filename string, start hcl.Pos) (hclsyntax.Expression, hcl.Diagnostics)
	lexer  func(src []byte, filename string, start hcl.Pos) (hclsyntax.Tokens, hcl.Diagnostics)
)

// parsed parses the text of a JSON string; the text begins after the quote.
func parsed(parse parser, lex lexer, text string, at hcl.Range) (hclsyntax.Expression, hcl.Diagnostics) {
	start := hcl.Pos{Line: at.Start.Line, Column: at.Start.Column + 1, Byte: at.Start.Byte + 1}
	expr, diags := hclsyntax.Expression(nil), checkSyntax([]byte(text), at.Filename, start, lex)
	if !diags.HasErrors() {
		expr, diags = parse([]byte(text), at.Filename, start)
	}
	if diags.HasErrors() {
		return &hclsyntax.LiteralValueExpr{Val: cty.DynamicVal, SrcRange: at}, diags
	}
	return expr, nil
}
