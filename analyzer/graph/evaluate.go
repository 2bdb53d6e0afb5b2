package graph

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/customdecode"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/tfreach/tfreach/analyzer/lang"
	"github.com/tfreach/tfreach/analyzer/source"
)

// evaluator is the state that all module instances of one configuration share.
type evaluator struct {
	tree     *source.Tree
	inputs   Inputs
	wanted   func(mode Mode, typ string) bool
	limits   limits
	manifest *source.Manifest
	locked   map[string]string // see source.Tree.LockedVersions
	steps    int               // of all evaluation so far
	made     int               // how many bytes values take, about, that evaluation made and may have kept
	slice    slice
	// over are the expressions that exceed a limit; they are not evaluated again.
	over  map[hcl.Expression]bool
	quiet int // how many calls of quietly have not ended
	// values is what all kept values weigh so far, counted as for limits.values.
	values    int
	root      *module
	functions map[string]function.Function
	usages    map[hcl.Expression]*usage
	models    map[*source.Block]*source.Module // see module.model
	remotes   map[*instance]*Other             // see instance.remote
	found     map[*instance]*Resource          // see instance.found
	names     []string                         // see allNames
	level     int                              // of evaluations that wait for others
	sought    int                              // see seeking
	cycles    int                              // how often a value depended on itself
	instances int
	full      bool // there is no room for another instance
	late      bool // the time ended before all resources were collected
	unread    []Unread
	diags     diagnostics
	traced    traced
}

// diagnostics collects each diagnostic once, however many instances evaluate the same expression.
type diagnostics struct {
	seen map[string]bool
	list hcl.Diagnostics
	said int // how often add was given any
}

func (d *diagnostics) add(diags ...*hcl.Diagnostic) {
	d.said += len(diags)
	for _, diag := range diags {
		key := diag.Summary + "\x00" + diag.Detail
		if diag.Subject != nil {
			key += diag.Subject.String()
		}
		if !d.seen[key] {
			if d.seen == nil {
				d.seen = map[string]bool{}
			}
			d.seen[key] = true
			d.list = append(d.list, diag)
		}
	}
}

// scope is the place where an expression is evaluated: a module instance, with the names that the block adds.
type scope struct {
	m *module
	// names are each, count, self, and the iterators of dynamic blocks.
	names map[string]cty.Value
	// bindings say where the values of those names come from that are elements of a collection.
	bindings map[string]binding
	// kept is true for the scope of an iteration that traces look at again.
	kept bool
}

// lasts reports whether what is found out in the scope is of use again.
func (s *scope) lasts() bool { return s.kept || len(s.names) == 0 }

// with returns the scope with more names. They hide existing names.
func (s *scope) with(names map[string]cty.Value) *scope {
	all := make(map[string]cty.Value, len(s.names)+len(names))
	maps.Copy(all, s.names)
	maps.Copy(all, names)
	return &scope{m: s.m, names: all, bindings: s.bindings}
}

// bind records where the value of a name in the scope comes from.
func (s *scope) bind(name string, b binding) *scope {
	all := make(map[string]binding, len(s.bindings)+1)
	maps.Copy(all, s.bindings)
	all[name] = b
	return &scope{m: s.m, names: s.names, bindings: all}
}

// of returns the scope that decides the value of an expression: that of the module, if it uses none of the names that its
// block adds.
func (s *scope) of(expr hcl.Expression) *scope {
	if len(s.names) == 0 {
		return s
	}
	for _, root := range s.m.ev.usage(expr).roots {
		if _, own := s.names[root]; own {
			return s
		}
	}
	return s.m.top
}

// eval returns the value of an expression. If it fails, that is a diagnostic and the value is unknown. What is the same for
// all instances of a block is evaluated once.
func (s *scope) eval(expr hcl.Expression) cty.Value {
	if s = s.of(expr); len(s.names) > 0 {
		return s.evaluate(expr)
	}
	if c := s.m.shared[expr]; c != nil {
		return c.v
	}
	ev := s.m.ev
	cycles, said := ev.cycles, ev.diags.said
	v := s.evaluate(expr)
	// What is said quietly must be said again, and a value on a circle isn't the same from everywhere.
	if cycles == ev.cycles && (ev.quiet == 0 || said == ev.diags.said) && !ev.stopped() {
		s.m.shared[expr] = &shared{v: v}
	}
	return v
}

// shared is the value of an expression that is the same wherever in a module instance it is asked for. Values are of the
// same expression in the same instance if they have the same one.
type shared struct {
	v cty.Value
	// written is its text, by what stands for what isn't known.
	written map[string]Written
}

// evaluate is eval without looking whether the value is known already.
func (s *scope) evaluate(expr hcl.Expression) cty.Value {
	ev := s.m.ev
	if source.IsLost(expr) {
		return cty.DynamicVal.Mark(unreadAt(expr.Range()))
	}
	u := ev.usage(expr)
	if ev.level > maxDepth {
		ev.diags.add(limitDiagnostic(expr.Range(), "Values may depend on each other %d levels deep.", maxDepth))
		return ev.failed(expr.Range())
	}
	if ev.stopped() {
		return ev.giveUp(expr)
	}
	if ev.steps > ev.limits.steps && u.costs {
		ev.diags.add(limitDiagnostic(expr.Range(), "The evaluation of the configuration takes more than %d steps; this is not evaluated.", ev.limits.steps))
		return ev.failed(expr.Range())
	}
	ev.level++
	defer func() { ev.level-- }()
	ctx := s.context(expr, u)
	v, diags := ev.within(expr, ctx)
	if ev.stopped() {
		return ev.giveUp(expr)
	}
	if !diags.HasErrors() {
		// The target of a reference was checked where it was evaluated.
		if _, ok := expr.(*hclsyntax.ScopeTraversalExpr); ok {
			return v
		}
		err := lang.CheckValue(v)
		if err == nil {
			return ev.attribute(v, expr, u, ctx)
		}
		ev.diags.add(limitDiagnostic(expr.Range(), "The value has %s.", err))
		return ev.failed(expr.Range())
	}
	if _, ok := hcl.DiagnosticExtra[overLimit](diags[0]); ok {
		ev.diags.add(diags[0])
		ev.over[expr] = true
		return ev.failed(expr.Range())
	}
	if limit, ok := lang.LimitIn(diags); ok {
		ev.diags.add(limitDiagnostic(expr.Range(), "The expression takes %s.", limit.Error()))
		ev.over[expr] = true
		return ev.failed(expr.Range())
	}
	return s.fail(expr, u, ctx, diags)
}

// usesSensitive reports whether an expression refers to something sensitive, or has a sensitive part.
func usesSensitive(u *usage, ctx *hcl.EvalContext) bool {
	return slices.ContainsFunc(u.traversals, func(t hcl.Traversal) bool {
		part, diags := t.TraverseAbs(ctx)
		if diags.HasErrors() {
			return false
		}
		_, marks := part.UnmarkDeep()
		_, sensitive := marks[lang.Sensitive]
		return sensitive
	})
}

// evaluate returns the value of an expression. It recovers from panics: HCL and cty panic on rare values, and that must not
// cost the user the rest of the analysis.
func evaluate(expr hcl.Expression, ctx *hcl.EvalContext) (v cty.Value, diags hcl.Diagnostics) {
	defer func() {
		if cause := recover(); cause != nil {
			v, diags = cty.DynamicVal, hcl.Diagnostics{{
				Severity: hcl.DiagError, Summary: "An expression can't be evaluated",
				Detail: fmt.Sprintf("The library that evaluates it fails: %v", cause), Subject: expr.Range().Ptr(),
			}}
		}
	}()
	v, diags = expr.Value(ctx)
	return v, lang.Steady(diags)
}

// attribute marks unknown parts of a value that don't say what would decide them, such as the result of an index with an
// unknown key. It marks them with everything unknown that the expression refers to.
func (ev *evaluator) attribute(v cty.Value, expr hcl.Expression, u *usage, ctx *hcl.EvalContext) cty.Value {
	if attributed(v) {
		return v
	}
	marks := cty.ValueMarks{}
	for _, t := range u.traversals {
		if part, diags := t.TraverseAbs(ctx); !diags.HasErrors() {
			for _, o := range (Value{v: lang.Whole(part)}).Origins() {
				marks[o] = struct{}{}
			}
		}
	}
	if len(marks) == 0 {
		marks[Origin{Kind: FromExpression, Name: ev.excerpt(expr.Range()), At: expr.Range()}] = struct{}{}
	}
	v, err := cty.Transform(v, func(_ cty.Path, part cty.Value) (cty.Value, error) {
		if attributed(part) {
			return part, nil
		}
		return part.WithMarks(marks), nil
	})
	if err != nil {
		return ev.failed(expr.Range())
	}
	return v
}

// attributed reports whether each unknown part of a value is marked with an origin.
func attributed(v cty.Value) bool {
	raw, marks := v.Unmark()
	for m := range marks {
		if _, ok := m.(Origin); ok {
			return true
		}
	}
	if !raw.IsKnown() {
		return false
	}
	if raw.IsNull() || !raw.CanIterateElements() {
		return true
	}
	for it := raw.ElementIterator(); it.Next(); {
		if _, e := it.Element(); !attributed(e) {
			return false
		}
	}
	return true
}

// maxExcerpt is how many characters of an expression a message quotes.
const maxExcerpt = 60

// excerpt returns the text of an expression, cut to maxExcerpt.
func (ev *evaluator) excerpt(at hcl.Range) string {
	text := ev.tree.Text(at.Filename)
	if at.Start.Byte >= at.End.Byte || at.End.Byte > len(text) {
		return fmt.Sprintf("what is at %s:%d", at.Filename, at.Start.Line)
	}
	line, _, more := strings.Cut(string(text[at.Start.Byte:at.End.Byte]), "\n")
	line = strings.TrimRight(line, "\r ")
	if short := []rune(line); len(short) > maxExcerpt {
		line, more = string(short[:maxExcerpt]), true
	}
	if more {
		line += "…"
	}
	return line
}

// stopped reports whether the time for the evaluation is over.
func (ev *evaluator) stopped() bool {
	select {
	case <-ev.inputs.Done:
		return true
	default:
		return false
	}
}

// giveUp returns the value of an expression that there was no time for.
func (ev *evaluator) giveUp(expr hcl.Expression) cty.Value {
	ev.outOfTime()
	return ev.failed(expr.Range())
}

// OutOfTime is the summary of the diagnostic about values that there was no time to evaluate.
const OutOfTime = "The time is over"

// outOfTime reports that nothing is evaluated from now on.
func (ev *evaluator) outOfTime() {
	at := hcl.Range{Filename: ev.tree.Place(ev.root.source.Dir), Start: hcl.InitialPos, End: hcl.InitialPos}
	ev.diags.add(&hcl.Diagnostic{
		Severity: hcl.DiagError, Summary: OutOfTime, Detail: "Not all of this root module was evaluated; what was not is unknown.",
		Subject: &at,
	})
}

// Spend charges a cost to the configuration's budget and to the expression's share of it. The share keeps one expression from
// using up the budget of all others.
func (ev *evaluator) Spend(steps, bytes int) error {
	err := ev.exceeds(steps, bytes)
	if err != nil {
		ev.slice.err = err
		return *err
	}
	ev.steps, ev.made = ev.steps+steps, ev.made+bytes
	ev.slice.steps, ev.slice.made = ev.slice.steps+steps, ev.slice.made+bytes
	return nil
}

// exceeds returns the limit that a further cost would exceed, or nil.
func (ev *evaluator) exceeds(steps, bytes int) *lang.LimitError {
	const bytesPerStep = 64
	if ev.quiet > 0 && !ev.spendTracing(steps+bytes/bytesPerStep) {
		return &lang.LimitError{Limit: "maxTraceSteps", Max: maxTraceSteps, Asked: float64(ev.traced.steps), What: "steps to find out where values are from"}
	}
	if ev.stopped() {
		return &lang.LimitError{Limit: "timeout", What: "longer than there is time"}
	}
	for _, of := range []struct {
		name       string
		asked, max int
		what       string
	}{
		{"maxSteps", ev.slice.steps + steps, ev.limits.steps / share, "steps to evaluate one expression"},
		{"maxMade", ev.slice.made + bytes, ev.limits.made / share, "bytes in the values of one expression"},
		{"maxSteps", ev.steps + steps, ev.limits.steps, "steps to evaluate the configuration"},
		{"maxMade", ev.made + bytes, ev.limits.made, "bytes in the values of the configuration"},
	} {
		if of.asked > of.max {
			return &lang.LimitError{Limit: of.name, Max: int64(of.max), Asked: float64(of.asked), What: of.what}
		}
	}
	return nil
}

// affords charges the blocks that a collection makes, and reports whether the budget had room for them. Such blocks nest, so
// that a short text can have any number.
func (ev *evaluator) affords(collection cty.Value) bool {
	if !collection.IsKnown() || collection.IsNull() || !collection.CanIterateElements() {
		return true
	}
	steps := costOfBlock * collection.LengthInt()
	if ev.exceeds(steps, 0) != nil {
		return false
	}
	ev.steps += steps
	return true
}

// Spent reports whether the current expression has exceeded its budget.
func (ev *evaluator) Spent() bool { return ev.slice.err != nil }

// slice is the cost of the current expression so far.
type slice struct {
	steps, made int
	// err is the exceeded limit, or nil. It is kept here because HCL drops errors from the branch that a conditional doesn't
	// take.
	err *lang.LimitError
}

// within evaluates an expression within its share of the budget. Nothing is kept of an expression that fails.
func (ev *evaluator) within(expr hcl.Expression, ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	outer := ev.slice
	ev.slice = slice{}
	v, diags := evaluate(expr, ctx)
	if ev.slice.err != nil {
		v, diags = cty.DynamicVal, hcl.Diagnostics{{
			Severity: hcl.DiagError, Summary: LimitSummary, Detail: fmt.Sprintf("The expression takes %s.", ev.slice.err.Error()),
			Subject: expr.Range().Ptr(), Extra: overLimit{},
		}}
	}
	if diags.HasErrors() {
		ev.made -= ev.slice.made
	}
	ev.slice = outer
	return v, diags
}

// overLimit marks the diagnostic of an expression that exceeds a limit.
type overLimit struct{}

// failed returns the value of an expression that could not be evaluated.
func (ev *evaluator) failed(at hcl.Range) cty.Value {
	return cty.DynamicVal.Mark(Origin{Kind: FromExpression, Name: ev.excerpt(at), At: at})
}

func (ev *evaluator) usage(expr hcl.Expression) *usage {
	u := ev.usages[expr]
	if u == nil {
		u = usageOf(expr, func(name string) bool { _, ok := ev.functions[name]; return ok })
		ev.usages[expr] = u
	}
	return u
}

// context returns the names that an expression uses, with their values. It keeps the module's own names for the next instance
// that evaluates the same expression.
func (s *scope) context(expr hcl.Expression, u *usage) *hcl.EvalContext {
	if len(u.traversals) == 0 && len(u.calls) == 0 {
		return s.m.empty
	}
	base := s.m.contexts[expr]
	if base == nil {
		base = s.m.empty.NewChild()
		base.Variables = s.roots(u)
		for _, c := range u.calls {
			if base.Functions == nil {
				base.Functions = map[string]function.Function{}
			}
			base.Functions[c.name] = unknownFunction(c)
			if !strings.HasPrefix(c.name, "provider::") {
				s.m.ev.diags.add(&hcl.Diagnostic{
					Severity: hcl.DiagWarning, Summary: "A function is not known",
					Detail:  fmt.Sprintf("What %s returns is not known here. If the language has it, it is of a newer version.", c.name),
					Subject: c.at.Ptr(),
				})
			}
		}
		if len(s.names) > 0 {
			s.m.contexts[expr] = base
		}
	}
	if len(s.names) == 0 {
		return base
	}
	child := base.NewChild()
	child.Variables = s.names
	return child
}

// unknownFunction stands for a provider's function, or one of a newer version of the language. Its result is unknown.
func unknownFunction(c call) function.Function {
	return function.New(&function.Spec{
		VarParam: &function.Parameter{Name: "args", Type: customdecode.ExpressionClosureType}, // not evaluated
		Type:     function.StaticReturnType(cty.DynamicPseudoType),
		Impl: func([]cty.Value, cty.Type) (cty.Value, error) {
			return cty.DynamicVal.Mark(Origin{Kind: FromExpression, Name: c.name, At: c.at}), nil
		},
	})
}

// roots returns the values of the root names that an expression uses, each as an object of the parts that it uses.
func (s *scope) roots(u *usage) map[string]cty.Value {
	parts, data, ephemeral := map[string]map[string]cty.Value{}, map[string]map[string]cty.Value{}, map[string]map[string]cty.Value{}
	nest := func(in map[string]map[string]cty.Value, first, second string, v cty.Value) {
		if in[first] == nil {
			in[first] = map[string]cty.Value{}
		}
		in[first][second] = v
	}
	put := func(root, name string, v cty.Value) { nest(parts, root, name, v) }
	roots := map[string]cty.Value{}
	wanted, prefixed := map[source.ResourceName]*want{}, map[source.ResourceName]*want{}
	calls := map[string][]hcl.Traversal{}
	for _, t := range u.traversals {
		root := t.RootName()
		if _, own := s.names[root]; own {
			continue
		}
		switch root {
		case "var", "local", "path", "terraform":
			if name := stepName(t[1:]); name != "" {
				put(root, name, s.m.named(root, name, t))
			}
		case "module":
			if name := stepName(t[1:]); name != "" {
				calls[name] = append(calls[name], t)
			}
		case "ephemeral":
			if v, typ, name := s.m.ephemeral(t); name != "" {
				nest(ephemeral, typ, name, v)
			}
		case "each", "count", "self":
			s.m.ev.diags.add(&hcl.Diagnostic{
				Severity: hcl.DiagError, Summary: "Reference in a place that does not have it",
				Detail: fmt.Sprintf("%s has no value here.", root), Subject: t.SourceRange().Ptr(),
			})
			roots[root] = s.m.ev.failed(t.SourceRange())
		default:
			name, rest := resourceName(t)
			if name.Name == "" {
				s.m.undeclared(t)
				roots[root] = s.m.ev.failed(t.SourceRange())
				continue
			}
			in := wanted
			if root == "resource" {
				in = prefixed
			}
			w := in[name]
			if w == nil {
				w = &want{at: t.SourceRange()}
				in[name] = w
			}
			w.add(t, rest, u)
		}
	}
	for _, name := range sortedNames(calls) {
		put("module", name, s.m.callValue(name, calls[name], u))
	}
	for _, name := range slices.SortedFunc(maps.Keys(wanted), source.ResourceName.Compare) {
		v := s.m.resourceValue(name, wanted[name])
		if !name.Data {
			put(name.Type, name.Name, v)
			continue
		}
		nest(data, name.Type, name.Name, v)
	}
	for typ, names := range data {
		put("data", typ, cty.ObjectVal(names))
	}
	managed := map[string]map[string]cty.Value{}
	for _, name := range slices.SortedFunc(maps.Keys(prefixed), source.ResourceName.Compare) {
		nest(managed, name.Type, name.Name, s.m.resourceValue(name, prefixed[name]))
	}
	for typ, names := range managed {
		put("resource", typ, cty.ObjectVal(names))
	}
	for typ, names := range ephemeral {
		put("ephemeral", typ, cty.ObjectVal(names))
	}
	for root, values := range parts {
		roots[root] = cty.ObjectVal(values)
	}
	return roots
}

// resourceName reads the name of a resource block from the front of a traversal, without the key of an instance. The name is
// empty if the traversal is too short.
func resourceName(t hcl.Traversal) (source.ResourceName, hcl.Traversal) {
	name := source.ResourceName{}
	switch t.RootName() {
	case "data":
		name.Data, t = true, t[1:]
	case "resource":
		t = t[1:]
	}
	if len(t) < 2 {
		return source.ResourceName{}, nil
	}
	name.Type, name.Name = stepName(t), stepName(t[1:])
	return name, t[2:]
}

// usesResources reports whether the expression refers to attributes that only a provider, or a module whose code isn't there,
// knows.
func (s *scope) usesResources(u *usage) bool {
	return slices.ContainsFunc(u.traversals, func(t hcl.Traversal) bool {
		switch t.RootName() {
		case "path", "terraform", "count":
			return false
		}
		return true
	})
}

// want is what an expression asks of a resource block: some attributes, or everything that the configuration asks of anything.
type want struct {
	attrs map[string]bool
	whole bool
	at    hcl.Range
	// indexed are the ways into attributes whose elements are asked for by number.
	indexed map[string][]hcl.Traversal
	// keys are the instances that are asked for by a literal key. others is true if instances are asked for in another way.
	keys   []Key
	others bool
}

// instances returns the keys of all instances that are asked for; nil if they aren't known.
func (w *want) instances() []Key {
	if w.others {
		return nil
	}
	return w.keys
}

// add adds what a traversal asks. rest is the part of it after the block's name.
func (w *want) add(t, rest hcl.Traversal, u *usage) {
	if w.attrs == nil {
		w.attrs = map[string]bool{}
	}
	if key, ok := u.instanceOf(t, rest); ok {
		w.keys = append(w.keys, key)
	} else {
		w.others = true
	}
	if len(rest) > 0 {
		switch rest[0].(type) {
		case hcl.TraverseIndex, hcl.TraverseSplat:
			if name := attributeOf(rest[0]); name != "" && len(rest) == 1 {
				w.attrs[name] = true // without count and for_each, ["name"] is an attribute
			}
			rest = rest[1:]
		}
	}
	if name := stepName(rest); name != "" {
		w.attrs[name] = true
		if len(rest) > 1 && byNumber(rest[1]) {
			if w.indexed == nil {
				w.indexed = map[string][]hcl.Traversal{}
			}
			w.indexed[name] = append(w.indexed[name], rest[1:])
		}
		return
	}
	for _, name := range u.names {
		w.attrs[name] = true
	}
	w.whole = w.whole || u.escapes(t)
}

// key identifies what is asked, to keep the value.
func (w *want) key() string {
	names := make([]string, 0, len(w.attrs)+1)
	for name := range w.attrs {
		names = append(names, name)
	}
	slices.Sort(names)
	if w.whole {
		names = append(names, "*")
	}
	for _, name := range sortedNames(w.indexed) {
		for _, way := range w.indexed[name] {
			names = append(names, name+shape(way))
		}
	}
	for _, key := range w.instances() {
		names = append(names, key.String())
	}
	return strings.Join(names, "\x00")
}
