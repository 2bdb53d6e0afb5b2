package graph

import (
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/lang"
)

// The functions in this file return the pieces of texts that functions make of other texts, so that known parts stay known
// whatever the rest is. If a function isn't handled here, or its result depends on something unknown in an intractable way, the
// result is one unknown piece.

// sub returns the pieces of an expression.
func (w *writer) sub(in terms, e hclsyntax.Expression) []Piece {
	inner := &writer{ev: w.ev, depth: w.depth}
	if config, ok := in.(configTerms); ok {
		inner.follow(config.s.value(e), false)
	} else {
		inner.part(in, e)
	}
	return inner.pieces
}

// made adds the pieces of a text function's result. It returns false for other functions, and if the pieces can't be told.
func (w *writer) made(in terms, e *hclsyntax.FunctionCallExpr) bool {
	if e.ExpandFinal || len(e.Args) == 0 {
		return false
	}
	known := func(i int) (string, bool) {
		v, _ := in.value(e.Args[i])
		return v.Text()
	}
	var pieces []Piece
	ok := true
	switch name, n := e.Name, len(e.Args); {
	case name == "format":
		pieces, ok = w.format(in, e)
	case name == "join" && n == 2:
		pieces, ok = w.join(in, e)
	case name == "replace" && n == 3:
		pieces, ok = w.replace(in, e)
	case (name == "jsonencode" || name == "yamlencode") && n == 1:
		v, _ := in.value(e.Args[0])
		pieces, ok = w.encoded(name, v)
	case name == "templatestring" && n == 2:
		pieces, ok = w.templateString(in, e)
	case name == "upper" && n == 1:
		pieces = mapped(w.sub(in, e.Args[0]), strings.ToUpper)
	case name == "lower" && n == 1:
		pieces = mapped(w.sub(in, e.Args[0]), strings.ToLower)
	case name == "indent" && n == 2:
		spaces, _ := in.value(e.Args[0])
		count, whole := spaces.Int()
		if !whole || count < 0 || count > maxIndent {
			return false
		}
		pad := "\n" + strings.Repeat(" ", count)
		pieces = mapped(w.sub(in, e.Args[1]), func(s string) string { return strings.ReplaceAll(s, "\n", pad) })
	case name == "chomp" && n == 1:
		pieces = trimmed(w.sub(in, e.Args[0]), nil, func(s string) string { return strings.TrimRight(s, "\r\n") })
	case name == "trimspace" && n == 1:
		pieces = trimmed(w.sub(in, e.Args[0]), trimLeft, trimRight)
	case name == "trimprefix" && n == 2:
		prefix, isKnown := known(1)
		pieces = w.sub(in, e.Args[0])
		if ok = isKnown && len(pieces) > 0 && pieces[0].Known && len(pieces[0].Text) >= len(prefix); ok {
			pieces[0] = changed(pieces[0], strings.TrimPrefix(pieces[0].Text, prefix))
		}
	case name == "trimsuffix" && n == 2:
		suffix, isKnown := known(1)
		pieces = w.sub(in, e.Args[0])
		last := len(pieces) - 1
		if ok = isKnown && last >= 0 && pieces[last].Known && len(pieces[last].Text) >= len(suffix); ok {
			pieces[last] = changed(pieces[last], strings.TrimSuffix(pieces[last].Text, suffix))
		}
	default:
		return false
	}
	if ok {
		w.pieces = append(w.pieces, pieces...)
	}
	return ok
}

// maxIndent limits the indentation of a text that is known in part.
const maxIndent = 100

func trimLeft(s string) string { return strings.TrimLeft(s, " \t\n\r\v\f") }

func trimRight(s string) string { return strings.TrimRight(s, " \t\n\r\v\f") }

// changed returns a piece with another text. If the text differs, the piece no longer stands for what is written at its place.
func changed(p Piece, text string) Piece {
	p.Verbatim = p.Verbatim && p.Text == text
	p.Text = text
	return p
}

func mapped(pieces []Piece, change func(string) string) []Piece {
	for i, p := range pieces {
		if p.Known {
			pieces[i] = changed(p, change(p.Text))
		}
	}
	return pieces
}

// trimmed trims the known text at both ends. An unknown piece at an end may be empty or be trimmed away itself, and then what
// follows it is trimmed as well; the piece also stands for what is removed there.
func trimmed(pieces []Piece, left, right func(string) string) []Piece {
	trim := func(p *Piece, by func(string) string) (end bool) {
		if by == nil || !p.Known {
			return by == nil
		}
		*p = changed(*p, by(p.Text))
		return p.Text != ""
	}
	for i := 0; i < len(pieces) && !trim(&pieces[i], left); i++ {
	}
	for i := len(pieces) - 1; i >= 0 && !trim(&pieces[i], right); i-- {
	}
	return pieces
}

// format returns the pieces of a formatted text. Each verb other than %s and %v makes a piece of its own.
func (w *writer) format(in terms, e *hclsyntax.FunctionCallExpr) ([]Piece, bool) {
	v, _ := in.value(e.Args[0])
	rest, ok := v.Text()
	if !ok {
		return nil, false
	}
	var pieces []Piece
	literal := func(text string) {
		if text != "" {
			pieces = append(pieces, Piece{Text: text, Known: true, At: e.Args[0].Range(), Sensitive: v.Sensitive()})
		}
	}
	next := 1
	for {
		before, after, found := strings.Cut(rest, "%")
		literal(before)
		if !found {
			return pieces, true
		}
		if strings.HasPrefix(after, "%") {
			literal("%")
			rest = after[1:]
			continue
		}
		end := strings.IndexFunc(after, func(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' })
		if end < 0 {
			return nil, false
		}
		verb := after[:end+1]
		rest = after[end+1:]
		arg := next
		if open, close := strings.IndexByte(verb, '['), strings.IndexByte(verb, ']'); open >= 0 && close > open {
			n, err := strconv.Atoi(verb[open+1 : close])
			if err != nil {
				return nil, false
			}
			arg = n
			verb = verb[:open] + verb[close+1:]
		}
		if arg < 1 || arg >= len(e.Args) || strings.ContainsAny(verb, "*[]") {
			return nil, false
		}
		next = arg + 1
		if verb == "s" || verb == "v" {
			pieces = append(pieces, w.sub(in, e.Args[arg])...)
			continue
		}
		value, _ := in.value(e.Args[arg])
		p := Piece{At: e.Args[arg].Range(), Given: true, Sensitive: value.Sensitive(), Decides: value.Origins()}
		if value.Known() {
			text, err := w.ev.functions["format"].Call([]cty.Value{cty.StringVal("%" + verb), value.Raw()})
			if err != nil {
				return nil, false
			}
			p.Text, p.Known = Value{v: text}.Text()
		}
		pieces = append(pieces, p)
	}
}

// join returns the pieces of a joined list of texts. If it isn't known whether two elements follow each other, everything
// between them is one piece.
func (w *writer) join(in terms, e *hclsyntax.FunctionCallExpr) ([]Piece, bool) {
	sep, _ := in.value(e.Args[0])
	separator, ok := sep.Text()
	list, follows := in.value(e.Args[1])
	m := list.members()
	if !ok || m.unordered && slices.ContainsFunc(m.list, func(item member) bool { return !item.sure }) {
		return nil, false
	}
	var pieces []Piece
	before := true // whether the text so far ends where an element does that is surely there, or hasn't begun
	for i, item := range m.list {
		if item.gap || !item.sure {
			if n := len(pieces); n == 0 || pieces[n-1].Known || before {
				pieces = append(pieces, Piece{At: e.Args[1].Range(), Given: true, Sensitive: list.Sensitive(), Decides: list.Origins()})
			}
			before = false
			continue
		}
		if i > 0 && before {
			pieces = append(pieces, Piece{Text: separator, Known: true, At: e.Args[0].Range(), Sensitive: sep.Sensitive()})
		}
		if follows || item.value.scope != nil {
			inner := &writer{ev: w.ev, depth: w.depth}
			inner.follow(item.value, false)
			pieces = append(pieces, inner.pieces...)
		} else {
			pieces = append(pieces, wholePiece(item.value))
		}
		before = true
	}
	return pieces, true
}

// replace returns the pieces of a text with replacements. Where the search text may begin or end in an unknown piece, the text
// around it becomes unknown as well.
func (w *writer) replace(in terms, e *hclsyntax.FunctionCallExpr) ([]Piece, bool) {
	pattern, _ := in.value(e.Args[1])
	search, ok := pattern.Text()
	if !ok || search == "" || len(search) > 1 && strings.HasPrefix(search, "/") && strings.HasSuffix(search, "/") {
		return nil, false // a regular expression
	}
	pieces := w.sub(in, e.Args[0])
	if slices.ContainsFunc(pieces, func(p Piece) bool { return !p.Known }) && bordered(search) {
		return nil, false
	}
	with := w.sub(in, e.Args[2])
	for i := range with {
		with[i].Given = true
	}
	var out []Piece
	// Pieces that are known and follow each other are one text.
	for start := 0; start < len(pieces); {
		if !pieces[start].Known {
			out = append(out, pieces[start])
			start++
			continue
		}
		end := start
		for end < len(pieces) && pieces[end].Known {
			end++
		}
		run := Compose("", pieces[start:end]...)
		from, to := 0, len(run.Text)
		if start > 0 {
			from = overlap(search, run.Text)
		}
		if end < len(pieces) {
			to = len(run.Text) - overlap(reversed(search), reversed(run.Text))
		}
		if from > to || start > 0 && end < len(pieces) && strings.Contains(search, run.Text) {
			from, to = len(run.Text), len(run.Text) // all of it may be a part of what is replaced
		}
		if from > 0 {
			out = append(out, Piece{At: pieces[start].At, Given: true, Decides: pieces[start-1].Decides, Sensitive: pieces[start-1].Sensitive})
		}
		out = append(out, run.replaced(from, to, search, with)...)
		if to < len(run.Text) {
			out = append(out, Piece{At: pieces[end].At, Given: true, Decides: pieces[end].Decides, Sensitive: pieces[end].Sensitive})
		}
		start = end
	}
	return out, true
}

// overlap returns the length of the longest proper suffix of ends that is a prefix of begins.
func overlap(ends, begins string) int {
	for n := min(len(ends)-1, len(begins)); n > 0; n-- {
		if strings.HasSuffix(ends, begins[:n]) {
			return n
		}
	}
	return 0
}

func reversed(s string) string {
	b := []byte(s)
	slices.Reverse(b)
	return string(b)
}

// replaced returns a part of a known text, between two offsets, with pieces in place of each occurrence of a text.
func (w Written) replaced(from, to int, search string, with []Piece) []Piece {
	var out []Piece
	rest := w.Text[:to]
	for {
		i := strings.Index(rest[from:], search)
		if i < 0 {
			return append(out, w.slice(from, to)...)
		}
		out = append(out, w.slice(from, from+i)...)
		out = append(out, with...)
		from += i + len(search)
	}
}

// slice returns the pieces of a known text between two offsets.
func (w Written) slice(from, to int) []Piece {
	var out []Piece
	for i, p := range w.Pieces {
		start, end := max(from, w.starts[i]), min(to, w.starts[i]+len(p.Text))
		if start >= end {
			continue
		}
		part := p
		part.Text = p.Text[start-w.starts[i] : end-w.starts[i]]
		if part.Verbatim && len(part.Text) < len(p.Text) {
			part.At = narrow(p, start-w.starts[i], end-w.starts[i])
		}
		out = append(out, part)
	}
	return out
}

// encoded returns the pieces of a value as JSON or YAML, parts of which may be unknown. An unknown part of a text is an unknown
// part of the quoted text.
func (w *writer) encoded(function string, v Value) ([]Piece, bool) {
	if v.Absent() {
		return nil, false
	}
	const mark = "\uE000"
	var holes []Piece
	hole := func(p Piece) string {
		holes = append(holes, p)
		return mark + strconv.Itoa(len(holes)-1) + mark
	}
	value, ok := withHoles(v, func(part Value) string {
		inner := &writer{ev: w.ev, depth: w.depth}
		inner.follow(part, false)
		if !slices.ContainsFunc(inner.pieces, func(p Piece) bool { return p.Known }) {
			return mark + hole(wholePiece(part)) // it may be no text, and then has no quotes
		}
		var b strings.Builder
		for _, p := range inner.pieces {
			if p.Known {
				b.WriteString(p.Text)
			} else {
				b.WriteString(hole(p))
			}
		}
		return b.String()
	}, 0)
	if !ok {
		return nil, false
	}
	encoded, err := w.ev.functions[function].Call([]cty.Value{value})
	if err != nil {
		return nil, false
	}
	text, ok := Value{v: encoded}.Text()
	if !ok {
		return nil, false
	}
	var pieces []Piece
	rest := text
	add := func(text string) {
		if text != "" {
			pieces = append(pieces, Piece{Text: text, Known: true, Given: true, At: v.At, Sensitive: v.Sensitive()})
		}
	}
	for {
		before, after, found := strings.Cut(rest, mark)
		if !found {
			add(rest)
			return pieces, true
		}
		bare := strings.HasPrefix(after, mark)
		number, after, closed := strings.Cut(strings.TrimPrefix(after, mark), mark)
		n, err := strconv.Atoi(number)
		if !closed || err != nil || n < 0 || n >= len(holes) {
			return nil, false
		}
		if bare {
			inner, isText := strings.CutSuffix(before, `"`)
			rest, found = strings.CutPrefix(after, `"`)
			if !isText || !found {
				return nil, false
			}
			before, after = inner, rest
		}
		add(before)
		p := holes[n]
		pieces = append(pieces, Piece{At: p.At, Given: true, Sensitive: p.Sensitive, Decides: p.Decides})
		rest = after
	}
}

// withHoles returns a value with texts in place of its unknown parts. The second result is false if that isn't possible, as for
// the elements of a set, whose order depends on them.
func withHoles(v Value, hole func(Value) string, depth int) (cty.Value, bool) {
	raw, marks := v.v.Unmark()
	switch {
	case depth > 2*maxFlat:
		return cty.NilVal, false
	case !raw.IsKnown():
		return cty.StringVal(hole(v)), true
	case raw.IsNull() || !raw.CanIterateElements():
		return raw, true
	case raw.Type().IsSetType():
		bare, _ := raw.UnmarkDeep()
		return bare, bare.IsWhollyKnown()
	}
	object := raw.Type().IsObjectType() || raw.Type().IsMapType()
	attrs := map[string]cty.Value{}
	var list []cty.Value
	for it := raw.ElementIterator(); it.Next(); {
		key, e := it.Element()
		inner := v
		inner.v, inner.path = e.WithMarks(marks), append(slices.Clone(v.path), key)
		part, ok := withHoles(inner, hole, depth+1)
		if !ok {
			return cty.NilVal, false
		}
		if object {
			attrs[key.AsString()] = part
		} else {
			list = append(list, part)
		}
	}
	if object {
		return cty.ObjectVal(attrs), true
	}
	return cty.TupleVal(list), true
}

// templateString returns the pieces of a template that is a value.
func (w *writer) templateString(in terms, e *hclsyntax.FunctionCallExpr) ([]Piece, bool) {
	template, _ := in.value(e.Args[0])
	text, ok := template.Text()
	if !ok {
		return nil, false
	}
	expr, err := lang.ParseTemplate(text, "")
	if err != nil {
		return nil, false
	}
	values, _ := in.value(e.Args[1])
	ctx, ok := w.ev.templateContext(values, expr)
	if !ok {
		return nil, false
	}
	inner := &writer{ev: w.ev, depth: w.depth}
	inner.expr(templateTerms{w.ev, ctx}, expr, false)
	for i := range inner.pieces {
		inner.pieces[i].At, inner.pieces[i].Verbatim = e.Args[0].Range(), false
		inner.pieces[i].Sensitive = inner.pieces[i].Sensitive || template.Sensitive()
	}
	return inner.pieces, true
}

// templateContext returns the variables that a template is evaluated with. A variable is unknown if the object that holds the
// variables isn't known to have it.
func (ev *evaluator) templateContext(values Value, template hclsyntax.Expression) (*hcl.EvalContext, bool) {
	if values.Absent() {
		return nil, false
	}
	ctx := &hcl.EvalContext{Functions: ev.functions, Variables: map[string]cty.Value{}}
	raw, marks := values.v.Unmark()
	for _, item := range values.members().list {
		name, ok := item.name()
		if !ok && raw.IsKnown() {
			return nil, false
		}
		if ok && item.sure {
			ctx.Variables[name] = item.value.v.WithMarks(marks)
		}
	}
	if !raw.IsKnown() {
		for _, t := range template.Variables() {
			if _, ok := ctx.Variables[t.RootName()]; !ok {
				ctx.Variables[t.RootName()] = cty.DynamicVal.WithMarks(marks)
			}
		}
	}
	return ctx, true
}

// iteration is one iteration of a for directive, or a part of the text that any number of iterations make.
type iteration struct {
	in terms
	// gap is the value that decides whether there are such iterations; nil for a single iteration.
	gap *Value
}

func (c configTerms) each(e *hclsyntax.ForExpr) ([]iteration, bool) {
	collection := c.s.value(e.CollExpr)
	m := collection.members()
	if m.unordered {
		return nil, false
	}
	var out []iteration
	for _, item := range m.list {
		if item.gap || !item.sure {
			out = append(out, iteration{gap: &collection})
			continue
		}
		inner := c.s.with(loopNames(e, item.key, item.value.v))
		if item.value.expr != nil {
			inner = inner.bind(e.ValVar, binding{scope: item.value.scope, expr: item.value.expr, path: item.value.path})
		}
		out = append(out, iteration{in: configTerms{inner}})
	}
	return out, true
}

func (c templateTerms) each(e *hclsyntax.ForExpr) ([]iteration, bool) {
	collection, _ := c.value(e.CollExpr)
	raw, marks := collection.v.Unmark()
	if !raw.IsKnown() {
		return []iteration{{gap: &collection}}, true
	}
	if raw.IsNull() || !raw.CanIterateElements() {
		return nil, false
	}
	var out []iteration
	for it := raw.ElementIterator(); it.Next(); {
		key, value := it.Element()
		if raw.Type().IsSetType() {
			key = value
		}
		ctx := c.ctx.NewChild()
		ctx.Variables = loopNames(e, key.WithMarks(marks), value.WithMarks(marks))
		out = append(out, iteration{in: templateTerms{c.ev, ctx}})
	}
	return out, true
}

func loopNames(e *hclsyntax.ForExpr, key, value cty.Value) map[string]cty.Value {
	names := map[string]cty.Value{e.ValVar: value}
	if e.KeyVar != "" {
		names[e.KeyVar] = key
	}
	return names
}

// loop adds the pieces of a for directive. It returns false if the iterations aren't known.
func (w *writer) loop(in terms, e *hclsyntax.TemplateJoinExpr) bool {
	loop, ok := e.Tuple.(*hclsyntax.ForExpr)
	if !ok || loop.KeyExpr != nil {
		return false
	}
	all, ok := in.each(loop)
	if !ok {
		return false
	}
	for _, i := range all {
		if !w.ev.spendTracing(evaluationCost) {
			return false
		}
		if i.gap != nil {
			w.pieces = append(w.pieces, Piece{At: e.Range(), Given: true, Sensitive: i.gap.Sensitive(), Decides: i.gap.Origins()})
			continue
		}
		if loop.CondExpr != nil {
			condition, _ := i.in.value(loop.CondExpr)
			keep, known := condition.Bool()
			if !known {
				w.pieces = append(w.pieces, Piece{At: e.Range(), Given: true, Decides: condition.Origins()})
			}
			if !known || !keep {
				continue
			}
		}
		w.part(i.in, loop.ValExpr)
	}
	return true
}

// Ends returns the known beginning and the known end of a text.
func (v Value) Ends() (prefix, suffix string) {
	if text, ok := v.Text(); ok {
		return text, text
	}
	if !v.Undecided() {
		return "", ""
	}
	if raw := v.Raw(); raw.Type() == cty.String {
		prefix = raw.Range().StringPrefix()
	}
	if v.scope == nil {
		return prefix, ""
	}
	w := v.Written(hole)
	var b strings.Builder
	for _, p := range w.Pieces {
		if !p.Known {
			break
		}
		b.WriteString(p.Text)
	}
	if b.Len() > len(prefix) {
		prefix = b.String()
	}
	var ending []string
	for _, p := range slices.Backward(w.Pieces) {
		if !p.Known {
			break
		}
		ending = append(ending, p.Text)
	}
	slices.Reverse(ending)
	return prefix, strings.Join(ending, "")
}
