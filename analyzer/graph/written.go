package graph

import (
	"path"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/tfreach/tfreach/analyzer/lang"
)

// Piece is a part of a text that is written in one place.
type Piece struct {
	// Text is the piece's text; it is empty if the piece isn't Known.
	Text  string
	Known bool
	// Given is true if the text comes from elsewhere and is only inserted here, as by an interpolation.
	Given bool
	// At is where the text is written. Verbatim is true if what is written there ends in Text, so that places within it can be
	// told.
	At       hcl.Range
	Verbatim bool
	// Sensitive is true if the text must not be shown.
	Sensitive bool
	// Decides names what would decide an unknown piece.
	Decides []Origin
}

// Written is a text in pieces.
type Written struct {
	// Text is the text of all pieces, with a hole for each unknown one.
	Text   string
	Pieces []Piece
	starts []int
}

// Compose joins pieces; hole stands for unknown ones.
func Compose(hole string, pieces ...Piece) Written {
	var w Written
	var b strings.Builder
	for _, p := range pieces {
		w.Pieces, w.starts = append(w.Pieces, p), append(w.starts, b.Len())
		if p.Known {
			b.WriteString(p.Text)
		} else {
			b.WriteString(hole)
		}
	}
	w.Text = b.String()
	return w
}

// Known reports whether the whole text is known.
func (w Written) Known() bool {
	return !slices.ContainsFunc(w.Pieces, func(p Piece) bool { return !p.Known })
}

// Sensitive reports whether a part of the text must not be shown.
func (w Written) Sensitive() bool {
	return slices.ContainsFunc(w.Pieces, func(p Piece) bool { return p.Sensitive })
}

// Decides returns what would decide the unknown pieces.
func (w Written) Decides() []Origin {
	var out []Origin
	for _, p := range w.Pieces {
		out = append(out, p.Decides...)
	}
	return out
}

// Place returns the piece in which the text between two offsets is best changed, narrowed to that part: the inserted piece
// within a line, such as a variable's value, else the piece where the part starts.
func (w Written) Place(start, end int) Piece {
	if len(w.Pieces) == 0 {
		return Piece{}
	}
	first := max(sort.SearchInts(w.starts, start+1)-1, 0)
	at := first
	if end > len(w.Text) || start > end {
		end = max(start, len(w.Text))
	}
	line := start <= len(w.Text) && !strings.Contains(w.Text[start:end], "\n")
	sensitive := false
	for i := first; i < len(w.Pieces) && w.starts[i] < max(end, start+1); i++ {
		if p := w.Pieces[i]; at == first && line && (p.Given || !p.Known) && i > first {
			at = i
		}
		sensitive = sensitive || w.Pieces[i].Sensitive
	}
	p := w.Pieces[at]
	p.Sensitive = p.Sensitive || sensitive
	if p.Verbatim {
		from := max(start-w.starts[at], 0)
		p.At = narrow(p, from, min(max(end-w.starts[at], from), len(p.Text)))
	}
	return p
}

// narrow returns the place of a part of a verbatim piece.
func narrow(p Piece, from, to int) hcl.Range {
	// What is written there ends in the text. Only what precedes it on the first line is unknown: an indentation.
	back := func(offset int) hcl.Pos {
		rest := p.Text[min(offset, len(p.Text)):]
		before := p.Text[:min(offset, len(p.Text))]
		pos := hcl.Pos{Byte: p.At.End.Byte - len(rest), Line: p.At.Start.Line + strings.Count(before, "\n")}
		if i := strings.LastIndexByte(before, '\n'); i >= 0 {
			pos.Column = 1 + utf8.RuneCountInString(before[i+1:])
		} else {
			indent := p.At.End.Byte - p.At.Start.Byte - len(p.Text)
			pos.Column = p.At.Start.Column + indent + utf8.RuneCountInString(before)
		}
		return pos
	}
	return hcl.Range{Filename: p.At.Filename, Start: back(from), End: back(to)}
}

// Written returns the text of a value in pieces, each with the place that it is written in. It looks behind variables, files
// and templates. hole stands for each unknown part. A text that is encoded in base64 as a whole, compressed or not, comes
// decoded.
func (v Value) Written(hole string) Written {
	if v.Absent() {
		return Written{}
	}
	if v.shared == nil {
		return v.written(hole)
	}
	w, ok := v.shared.written[hole]
	if !ok {
		if w = v.written(hole); v.shared.written == nil {
			v.shared.written = map[string]Written{}
		}
		v.shared.written[hole] = w
	}
	return w
}

func (v Value) written(hole string) Written {
	whole := Compose(hole, wholePiece(v))
	if v.expr == nil || v.scope == nil {
		return whole
	}
	ev := v.scope.m.ev
	defer ev.quietly()()
	w := &writer{ev: ev}
	w.follow(v, true)
	out := Compose(hole, w.pieces...)
	if text, ok := v.Text(); ok && text != out.Text && !w.decoded {
		return whole
	}
	// All of it may be known although a function was given something that isn't; not if it failed.
	if v.Undecided() && out.Known() && slices.ContainsFunc(v.Origins(), func(o Origin) bool { return o.Kind == FromExpression }) {
		return whole
	}
	if v.Sensitive() && !out.Sensitive() {
		for i := range out.Pieces {
			out.Pieces[i].Sensitive = true
		}
	}
	return out
}

// ArgumentOf returns the first argument of a function's call, if the value is written as such a call, however far away.
func (v Value) ArgumentOf(function string) (Value, bool) {
	if v.Absent() || v.expr == nil || v.scope == nil {
		return Value{}, false
	}
	defer v.scope.m.ev.quietly()()
	t := v.trace()
	scope, expr := t.endScope, t.end
	if v.Undecided() { // whose trace leads on to what isn't known in it
		e := v.end()
		if scope, expr = e.scope, e.expr; len(e.path) > 0 {
			return Value{}, false
		}
	}
	if expr == nil {
		return Value{}, false
	}
	if call, ok := plainExpr(expr).(*hclsyntax.FunctionCallExpr); ok && call.Name == function && len(call.Args) > 0 {
		return scope.value(call.Args[0]), true
	}
	return Value{}, false
}

// FileText returns the text of the file whose path the value is. The second result is false if the path isn't known or the file
// can't be read.
func (v Value) FileText(hole string) (Written, bool) {
	name, ok := v.Text()
	if !ok || v.scope == nil {
		return Written{}, false
	}
	w := &writer{ev: v.scope.m.ev}
	if !w.file(name) {
		return Written{}, false
	}
	return Compose(hole, w.pieces...), true
}

// FolderTexts returns the texts of the files below the folder whose path the value is, by their slash-separated paths within
// it. whole is false if the path isn't known, or if there may be files that can't be read as text.
func (v Value) FolderTexts(hole string) (texts map[string]Written, whole bool) {
	const most = 256
	name, ok := v.Text()
	if !ok || v.scope == nil {
		return nil, false
	}
	ev := v.scope.m.ev
	names, err := ev.tree.Files(ev.root.source.Dir).Glob(name, "**")
	whole = err == nil && len(names) > 0 && len(names) <= most
	texts = map[string]Written{}
	for _, file := range names[:min(len(names), most)] {
		w := &writer{ev: ev}
		if !w.file(path.Join(name, file)) {
			whole = false
			continue
		}
		texts[file] = Compose(hole, w.pieces...)
	}
	return texts, whole
}

func wholePiece(v Value) Piece {
	text, ok := v.Text()
	return Piece{Text: text, Known: ok, At: v.At, Sensitive: v.Sensitive(), Given: true, Decides: v.Origins()}
}

// writer collects the pieces of a text.
type writer struct {
	ev     *evaluator
	pieces []Piece
	depth  int
	// decoded is true if the pieces are those of a text before its encoding.
	decoded bool
	// counted is the number of pieces that size counts.
	counted, size int
}

// maxPieces limits the pieces of a text. What follows the limit is added as one piece.
const maxPieces = 100_000

// full reports whether the text is too long to be taken apart further.
func (w *writer) full() bool {
	for ; w.counted < len(w.pieces); w.counted++ {
		w.size += len(w.pieces[w.counted].Text)
	}
	return w.counted > maxPieces || w.size > lang.MaxStringBytes
}

// follow adds the pieces of a value. top is true if the value is the whole text.
func (w *writer) follow(v Value, top bool) {
	if w.depth++; w.depth > maxDepth || v.expr == nil || v.scope == nil || w.full() || !w.ev.spendTracing(evaluationCost) {
		w.pieces = append(w.pieces, wholePiece(v))
		return
	}
	t := v.back()
	if t.end == nil {
		if end := v.end(); end.expr != nil && len(end.path) == 0 {
			t.end, t.endScope = end.expr, end.scope
		}
	}
	if t.end == nil {
		p := wholePiece(v)
		p.At = t.steps[len(t.steps)-1].At
		w.pieces = append(w.pieces, p)
		return
	}
	n := len(w.pieces)
	w.expr(configTerms{t.endScope}, t.end, top)
	if len(w.pieces) == n+1 && !w.pieces[n].Known {
		w.pieces[n].At = t.steps[len(t.steps)-1].At
	}
	if v.Sensitive() && !slices.ContainsFunc(w.pieces[n:], func(p Piece) bool { return p.Sensitive }) {
		for i := n; i < len(w.pieces); i++ {
			w.pieces[i].Sensitive = true
		}
	}
}

// terms gives the values of a text's expressions.
type terms interface {
	// value returns the value of an expression. follows is true if its parts may have places of their own.
	value(e hcl.Expression) (v Value, follows bool)
	// each returns the iterations of a for expression, whatever its condition is. The second result is false if they aren't
	// known.
	each(e *hclsyntax.ForExpr) ([]iteration, bool)
}

// configTerms gives values from a configuration.
type configTerms struct{ s *scope }

func (c configTerms) value(e hcl.Expression) (v Value, follows bool) { return c.s.value(e), true }

// templateTerms gives values from a template's variables.
type templateTerms struct {
	ev  *evaluator
	ctx *hcl.EvalContext
}

func (c templateTerms) value(e hcl.Expression) (v Value, follows bool) {
	raw, diags := c.ev.within(e, c.ctx)
	if diags.HasErrors() {
		raw = c.ev.failed(e.Range())
	}
	return Value{v: raw, At: e.Range()}, false
}

// expr adds the pieces of an expression.
func (w *writer) expr(in terms, expr hcl.Expression, top bool) {
	switch e := plainExpr(expr).(type) {
	case *hclsyntax.LiteralValueExpr:
		w.literal(e)
	case *hclsyntax.TemplateExpr:
		for _, part := range lang.TemplateParts(e) {
			w.part(in, part)
		}
	case *hclsyntax.ConditionalExpr:
		condition, _ := in.value(e.Condition)
		switch yes, ok := condition.Bool(); {
		case !ok:
			w.whole(in, e)
		case yes:
			w.expr(in, e.TrueResult, top)
		default:
			w.expr(in, e.FalseResult, top)
		}
	case *hclsyntax.TemplateJoinExpr:
		if n := len(w.pieces); !w.loop(in, e) {
			w.pieces = w.pieces[:n]
			w.whole(in, e)
		}
	case *hclsyntax.FunctionCallExpr:
		if !w.call(in, e, top) && !w.made(in, e) {
			w.whole(in, e)
		}
	default:
		w.whole(in, e)
	}
}

// part adds the text that a template inserts.
func (w *writer) part(in terms, part hclsyntax.Expression) {
	switch e := plainExpr(part).(type) {
	case *hclsyntax.LiteralValueExpr:
		w.literal(e)
		return
	case *hclsyntax.TemplateExpr, *hclsyntax.ConditionalExpr, *hclsyntax.TemplateJoinExpr:
		w.expr(in, e, false)
		return
	}
	n := len(w.pieces)
	if v, follows := in.value(part); follows {
		w.follow(v, false)
	} else {
		w.expr(in, part, false)
	}
	for i := n; i < len(w.pieces); i++ {
		w.pieces[i].Given = true
	}
}

func (w *writer) whole(in terms, e hcl.Expression) {
	v, _ := in.value(e)
	p := wholePiece(v)
	p.At = e.Range()
	w.pieces = append(w.pieces, p)
}

// literal adds a piece for each line, as a heredoc may be indented.
func (w *writer) literal(e *hclsyntax.LiteralValueExpr) {
	p := wholePiece(Value{v: e.Val, At: e.SrcRange})
	p.Given = false
	src := w.ev.tree.Text(e.SrcRange.Filename)
	start, end := e.SrcRange.Start.Byte, e.SrcRange.End.Byte
	if !p.Known || start > end || end > len(src) {
		w.pieces = append(w.pieces, p)
		return
	}
	written, text := strings.SplitAfter(string(src[start:end]), "\n"), strings.SplitAfter(p.Text, "\n")
	same := len(written) == len(text)
	for i := range text {
		same = same && strings.HasSuffix(written[i], text[i]) && strings.TrimLeft(strings.TrimSuffix(written[i], text[i]), " \t") == ""
	}
	if !same {
		w.pieces = append(w.pieces, p)
		return
	}
	pos := e.SrcRange.Start
	for i, line := range written {
		part := p
		part.Text, part.Verbatim = text[i], true
		part.At.Start = pos
		pos.Byte, pos.Column = pos.Byte+len(line), pos.Column+utf8.RuneCountInString(line)
		part.At.End = pos
		if strings.HasSuffix(line, "\n") {
			pos.Line, pos.Column = pos.Line+1, 1
		}
		w.pieces = append(w.pieces, part)
	}
}

// call adds the pieces of the result of a function that puts texts together. It returns false for other functions.
func (w *writer) call(in terms, e *hclsyntax.FunctionCallExpr, top bool) bool {
	config, ok := in.(configTerms)
	if !ok {
		return false
	}
	switch {
	case (e.Name == "base64encode" || e.Name == "base64gzip") && top && len(e.Args) == 1:
		w.decoded = true
		w.follow(config.s.value(e.Args[0]), false)
		return true
	case e.Name == "filebase64" && top && len(e.Args) == 1:
		name, ok := config.s.value(e.Args[0]).Text()
		w.decoded = ok && w.file(name)
		return w.decoded
	case e.Name == "sensitive" && len(e.Args) == 1:
		w.follow(config.s.value(e.Args[0]), top)
		return true
	case e.Name == "file" && len(e.Args) == 1:
		name, ok := config.s.value(e.Args[0]).Text()
		return ok && w.file(name)
	case e.Name == "templatefile" && len(e.Args) == 2:
		name, ok := config.s.value(e.Args[0]).Text()
		return ok && w.template(name, config.s.value(e.Args[1]))
	}
	return false
}

// file adds the text of a file. It returns false if the file can't be read.
func (w *writer) file(name string) bool {
	text, place, ok := w.read(name)
	if ok {
		end := hcl.Pos{Byte: len(text), Line: 1 + strings.Count(text, "\n"), Column: 1}
		w.pieces = append(w.pieces, Piece{
			Text: text, Known: true, Verbatim: true, At: hcl.Range{Filename: place, Start: hcl.InitialPos, End: end},
		})
	}
	return ok
}

func (w *writer) read(name string) (text, place string, ok bool) {
	data, place, err := w.ev.tree.Files(w.ev.root.source.Dir).ReadPlaced(name)
	return string(data), place, err == nil && utf8.Valid(data) && len(data) <= lang.MaxDocumentBytes
}

// template adds the pieces of a template file. values is an object or map of its variables.
func (w *writer) template(name string, values Value) bool {
	text, place, ok := w.read(name)
	if !ok {
		return false
	}
	expr, err := lang.ParseTemplate(text, place)
	if err != nil {
		return false
	}
	ctx, ok := w.ev.templateContext(values, expr)
	if !ok {
		return false
	}
	w.expr(templateTerms{w.ev, ctx}, expr, false)
	return true
}

// plainExpr removes what surrounds an expression without changing its value.
func plainExpr(expr hcl.Expression) hcl.Expression {
	for {
		switch e := expr.(type) {
		case *hclsyntax.ParenthesesExpr:
			expr = e.Expression
		case *hclsyntax.TemplateWrapExpr:
			expr = e.Wrapped
		case *hclsyntax.FunctionCallExpr:
			if len(e.Args) == 0 || !lang.IsAround(e.Name) {
				return expr
			}
			expr = e.Args[len(e.Args)-1]
		default:
			return expr
		}
	}
}
