package graph

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/lang"
	"github.com/tfreach/tfreach/analyzer/source"
)

// Step is a place on the way back from an attribute to where its value is written.
type Step struct {
	At hcl.Range
	// Message says what the place does: "var.cidrs is set here by module.edge".
	Message string
}

// Trace walks back from a value to where it is written: through variables, local values, module arguments and outputs, for
// expressions and dynamic blocks. The first step is the attribute. The last step is the literal, or the place where the way
// ends: a call that computes the value, or an input without a value. A value of a plan has no steps.
func (v Value) Trace() []Step {
	if v.expr == nil || v.scope == nil {
		return nil
	}
	defer v.scope.m.ev.quietly()()
	return v.trace().steps
}

// trace walks back from a value of a configuration.
func (v Value) trace() *tracer {
	target := v.Raw()
	t := &tracer{ev: v.scope.m.ev, target: target, unknown: !target.IsWhollyKnown()}
	t.step(v.expr.Range(), "the value is given here")
	t.walk(v.scope, v.expr, v.path)
	return t
}

// back walks back from a value of a configuration. If the value is unknown, the walk stops where something on the way makes
// another value of it.
func (v Value) back() *tracer {
	if v.Known() {
		return v.trace()
	}
	t := &tracer{ev: v.scope.m.ev, seek: true}
	t.step(v.expr.Range(), "the value is given here")
	t.walk(v.scope, v.expr, v.path)
	return t
}

// quietly drops the diagnostics of evaluation until the returned function is called. A failure on the way of a value, such as
// in the first argument of try, was no failure when the value was evaluated.
func (ev *evaluator) quietly() (end func()) {
	steps, made, diags := ev.steps, ev.made, ev.diags
	ev.quiet++
	ev.diags = diagnostics{}
	return func() {
		ev.quiet--
		ev.steps, ev.made, ev.diags = steps, made, diags
	}
}

// tracer walks from one value.
type tracer struct {
	ev *evaluator
	// target is the value to look for where a collection is taken apart without naming keys.
	target cty.Value
	// unknown is true if anything in the target is.
	unknown bool
	steps   []Step
	depth   int
	// data is true if the way has ended in the text of a document.
	data bool
	// end is the expression that the way has come to, if its whole value is followed; nil if only a part of it is.
	end      hcl.Expression
	endScope *scope
	// seek is true to follow only expressions that pass the value on unchanged. ending records where that stopped.
	seek   bool
	ending ending
}

// step adds a place. A place within the last one is more exact, so it replaces it.
func (t *tracer) step(at hcl.Range, message string) {
	if n := len(t.steps); n > 0 && within(at, t.steps[n-1].At) {
		t.steps[n-1].At = at
		return
	}
	if message == "" {
		message = "the value comes from here"
	}
	t.steps = append(t.steps, Step{at, message})
}

func within(inner, outer hcl.Range) bool {
	return inner.Filename == outer.Filename && inner.Start.Byte >= outer.Start.Byte && inner.End.Byte <= outer.End.Byte
}

// walk follows an expression to the part of its value at a path of keys.
func (t *tracer) walk(s *scope, expr hcl.Expression, path []cty.Value) {
	if t.depth++; t.depth > maxDepth || !t.spend(1) {
		return
	}
	t.end, t.endScope = nil, s
	if len(path) == 0 {
		t.end = expr
	}
	if native, ok := expr.(hclsyntax.Expression); ok && t.seek {
		t.ending.scope, t.ending.expr, t.ending.path = s, native, path
	}
	switch e := expr.(type) {
	case *hclsyntax.ParenthesesExpr:
		t.walk(s, e.Expression, path)
	case *hclsyntax.TemplateWrapExpr:
		t.walk(s, e.Wrapped, path)
	case *hclsyntax.ObjectConsKeyExpr:
		t.walk(s, e.Wrapped, path)
	case *hclsyntax.LiteralValueExpr, *hclsyntax.TemplateExpr:
		t.step(e.Range(), "")
	case *hclsyntax.TupleConsExpr:
		t.tuple(s, e, path)
	case *hclsyntax.ObjectConsExpr:
		t.object(s, e, path)
	case *hclsyntax.ScopeTraversalExpr:
		t.traversal(s, e.Traversal, path)
	case *hclsyntax.RelativeTraversalExpr:
		t.walk(s, e.Source, append(keysOf(e.Traversal), path...))
	case *hclsyntax.IndexExpr:
		key := t.eval(s, e.Key)
		if t.seek && !key.IsKnown() {
			return
		}
		t.walk(s, e.Collection, append([]cty.Value{key}, path...))
		t.chosen(s, e.Key, key)
	case *hclsyntax.SplatExpr:
		t.search(s, e.Source)
	case *hclsyntax.ConditionalExpr:
		t.conditional(s, e, path)
	case *hclsyntax.ForExpr:
		t.loop(s, e, path)
	case *hclsyntax.FunctionCallExpr:
		t.call(s, e, path)
	}
}

// spend charges the cost of tracing. It returns false at the limit; the trace then ends where it is.
func (t *tracer) spend(steps int) bool { return t.ev.spendTracing(steps) }

func (ev *evaluator) spendTracing(steps int) bool {
	ev.traced.steps += steps
	return ev.traced.steps <= maxTraceSteps
}

// evaluationCost is the cost of evaluating an expression, in steps.
const evaluationCost = 10

// traced is what traces learn about the configuration and other traces can use.
type traced struct {
	steps  int
	values map[scoped[hcl.Expression]]cty.Value
	loops  map[scoped[*hclsyntax.ForExpr]]*iterations
	// members has the members of collections that are known in part.
	members map[site[hclsyntax.Expression]]members
	// documents are the texts that calls decode.
	documents map[scoped[*hclsyntax.FunctionCallExpr]]*decoded
}

// site is an expression in a module instance, outside of blocks with instances.
type site[E comparable] struct {
	m    *module
	expr E
}

// scoped is an expression in a scope that lasts.
type scoped[E comparable] struct {
	scope *scope
	expr  E
}

// iterations are the iterations of a for expression that pass its condition.
type iterations struct {
	scope *scope
	expr  *hclsyntax.ForExpr
	// scopes are those of iterations that have been looked at.
	scopes       map[int]*scope
	keys, values []cty.Value
	// ofSet is true if the collection is a set, whose elements are their own keys.
	ofSet bool
	// byKey has the iterations that make each key of an object.
	byKey map[string][]int
	// made is the first iteration whose result has sought, a value that was looked for; -1 if none has it.
	sought cty.Value
	made   int
	// results has the results of iterations that have been evaluated.
	results map[int]cty.Value
}

// eval returns the value of an expression without marks.
func (t *tracer) eval(s *scope, expr hcl.Expression) cty.Value {
	if s = s.of(expr); !s.lasts() {
		t.spend(evaluationCost)
		return bare(s.eval(expr))
	}
	at := scoped[hcl.Expression]{s, expr}
	v, ok := t.ev.traced.values[at]
	if !ok {
		t.spend(evaluationCost)
		v = bare(s.eval(expr))
		t.ev.traced.values[at] = v
	}
	return v
}

// bare returns a value without marks.
func bare(v cty.Value) cty.Value {
	v, _ = v.UnmarkDeep()
	return v
}

// keysOf returns the keys that a traversal steps through, up to a splat.
func keysOf(t hcl.Traversal) []cty.Value {
	var keys []cty.Value
	for _, step := range t {
		switch step := step.(type) {
		case hcl.TraverseAttr:
			keys = append(keys, cty.StringVal(step.Name))
		case hcl.TraverseIndex:
			keys = append(keys, step.Key)
		default:
			return keys
		}
	}
	return keys
}

func (t *tracer) tuple(s *scope, e *hclsyntax.TupleConsExpr, path []cty.Value) {
	if len(path) > 0 {
		if i, ok := (Value{v: path[0]}).Int(); ok && i >= 0 && i < len(e.Exprs) {
			t.inside(s, e.Exprs[i], path[1:])
		}
		return
	}
	for _, item := range e.Exprs {
		if !t.seek && t.holds(t.eval(s, item)) {
			t.inside(s, item, nil)
			return
		}
	}
}

// inside follows a part of a literal collection that has a place of its own.
func (t *tracer) inside(s *scope, expr hcl.Expression, path []cty.Value) {
	t.step(expr.Range(), "")
	t.walk(s, expr, path)
}

func (t *tracer) object(s *scope, e *hclsyntax.ObjectConsExpr, path []cty.Value) {
	if t.seek {
		t.entry(s, e, path)
		return
	}
	for _, item := range e.Items {
		if len(path) > 0 {
			if key := t.eval(s, item.KeyExpr); key.IsKnown() && key.RawEquals(path[0]) {
				t.inside(s, item.ValueExpr, path[1:])
				return
			}
			continue
		}
		if t.holds(t.eval(s, item.ValueExpr)) {
			t.inside(s, item.ValueExpr, nil)
			return
		}
	}
}

// entry follows the last entry of an object that has the first key of the path, unless a later entry may have it, too.
func (t *tracer) entry(s *scope, e *hclsyntax.ObjectConsExpr, path []cty.Value) {
	if len(path) == 0 {
		return
	}
	for _, item := range slices.Backward(e.Items) {
		key := t.eval(s, item.KeyExpr)
		if !key.IsKnown() {
			return
		}
		if key.RawEquals(path[0]) {
			t.inside(s, item.ValueExpr, path[1:])
			return
		}
	}
}

// holds reports whether the target is in a value without marks. For an unknown target, it reports whether anything in the value
// is unknown.
func (t *tracer) holds(v cty.Value) bool {
	if !t.spend(1) {
		return false
	}
	if t.unknown {
		if !v.IsKnown() {
			return true
		}
	} else if v.RawEquals(t.target) {
		return true
	}
	if !v.IsKnown() || v.IsNull() {
		return false
	}
	if v.Type().IsPrimitiveType() {
		if t.unknown {
			return false
		}
		// Conversion makes a string of a number, and the other way round.
		text, ok := (Value{v: v}).Text()
		want, both := (Value{v: t.target}).Text()
		return ok && both && text == want
	}
	if !v.CanIterateElements() {
		return false
	}
	for it := v.ElementIterator(); it.Next(); {
		if _, element := it.Element(); t.holds(element) {
			return true
		}
	}
	return false
}

// search follows the first of some expressions whose value contains the target.
func (t *tracer) search(s *scope, exprs ...hclsyntax.Expression) {
	if t.seek {
		return
	}
	for _, e := range exprs {
		if t.holds(t.eval(s, e)) {
			t.walk(s, e, nil)
			return
		}
	}
}

func (t *tracer) conditional(s *scope, e *hclsyntax.ConditionalExpr, path []cty.Value) {
	switch condition, ok := (Value{v: t.eval(s, e.Condition)}).Bool(); {
	case ok && condition:
		t.inside(s, e.TrueResult, path)
	case ok:
		t.inside(s, e.FalseResult, path)
	default:
		t.search(s, e.Condition, e.TrueResult, e.FalseResult)
	}
}

// loop finds the iteration that makes the part of the result, and follows its value.
func (t *tracer) loop(s *scope, e *hclsyntax.ForExpr, path []cty.Value) {
	if t.seek {
		return
	}
	collection := t.eval(s, e.CollExpr)
	if !collection.IsKnown() || collection.IsNull() || !collection.CanIterateElements() {
		if !t.member(s, e, path) {
			t.search(s, e.CollExpr, e.ValExpr)
		}
		return
	}
	all := t.iterations(s, e, collection)
	if len(path) == 0 {
		if i := t.maker(all); i >= 0 {
			t.walk(all.at(i), e.ValExpr, nil)
		}
		return
	}
	var made []int
	if e.KeyExpr == nil {
		if i, ok := (Value{v: path[0]}).Int(); ok && i >= 0 && i < len(all.keys) {
			made = []int{i}
		}
	} else if key, ok := (Value{v: path[0]}).Text(); ok {
		made = all.byKey[key]
	}
	rest := path[1:]
	if e.Group {
		rest = nil
		made = slices.DeleteFunc(slices.Clone(made), func(i int) bool { return !t.holds(t.result(all, i)) })
	}
	if len(made) > 0 {
		t.walk(all.at(made[0]), e.ValExpr, rest)
	}
}

// member follows the sought element of a collection that is known in part. It returns false if no such element is known.
func (t *tracer) member(s *scope, e hclsyntax.Expression, path []cty.Value) bool {
	if t.unknown || !t.ev.seeking() {
		return false
	}
	defer func() { t.ev.sought-- }()
	m := ending{scope: s, expr: e}.members()
	if len(path) > 0 {
		v, ok := m.at(path[0])
		if ok && v.expr != nil {
			t.walk(v.scope, v.expr, slices.Concat(v.path, path[1:]))
		}
		return ok && v.expr != nil
	}
	for _, item := range m.list {
		if !item.gap && item.value.expr != nil && t.holds(item.value.Raw()) {
			t.walk(item.value.scope, item.value.expr, item.value.path)
			return true
		}
	}
	return false
}

// iterations returns the iterations of a for expression over a known collection.
func (t *tracer) iterations(s *scope, e *hclsyntax.ForExpr, collection cty.Value) *iterations {
	s = s.of(e)
	at := scoped[*hclsyntax.ForExpr]{s, e}
	if all := t.ev.traced.loops[at]; all != nil {
		return all
	}
	all := &iterations{
		scope: s, expr: e, scopes: map[int]*scope{}, ofSet: collection.Type().IsSetType(), byKey: map[string][]int{}, results: map[int]cty.Value{},
	}
	for it := collection.ElementIterator(); it.Next() && t.spend(1); {
		key, value := it.Element()
		if all.ofSet {
			key = value
		}
		i := len(all.keys)
		all.keys, all.values = append(all.keys, key), append(all.values, value)
		inner := all.at(i)
		if e.CondExpr != nil {
			if keep, ok := (Value{v: t.eval(inner, e.CondExpr)}).Bool(); ok && !keep {
				all.keys, all.values = all.keys[:i], all.values[:i]
				delete(all.scopes, i)
				continue
			}
		}
		if e.KeyExpr != nil {
			if text, ok := (Value{v: t.eval(inner, e.KeyExpr)}).Text(); ok {
				all.byKey[text] = append(all.byKey[text], i)
			}
		}
	}
	if s.lasts() {
		t.ev.traced.loops[at] = all
	}
	return all
}

// at returns the scope in an iteration.
func (all *iterations) at(i int) *scope {
	if s := all.scopes[i]; s != nil {
		return s
	}
	key, value := all.keys[i], all.values[i]
	each := binding{scope: all.scope, expr: all.expr.CollExpr, path: []cty.Value{key}}
	if all.ofSet {
		each.path = nil
	}
	names := map[string]cty.Value{all.expr.ValVar: value}
	if all.expr.KeyVar != "" {
		names[all.expr.KeyVar] = key
	}
	s := all.scope.with(names).bind(all.expr.ValVar, each)
	s.kept = all.scope.lasts()
	all.scopes[i] = s
	return s
}

// result returns the value that an iteration makes, without marks.
func (t *tracer) result(all *iterations, i int) cty.Value {
	v, ok := all.results[i]
	if !ok {
		v = t.eval(all.at(i), all.expr.ValExpr)
		all.results[i] = v
	}
	return v
}

// maker returns the first iteration whose result has the target; -1 if there is none. Traces of many instances mostly ask for
// the same.
func (t *tracer) maker(all *iterations) int {
	if all.sought != cty.NilVal && all.sought.RawEquals(t.target) && t.spend(1) {
		return all.made
	}
	all.sought, all.made = t.target, -1
	for i := range all.keys {
		if t.holds(t.result(all, i)) {
			all.made = i
			break
		}
	}
	return all.made
}

// call follows the argument that a function takes the value from.
func (t *tracer) call(s *scope, e *hclsyntax.FunctionCallExpr, path []cty.Value) {
	if lang.IsAround(e.Name) {
		t.walk(s, e.Args[len(e.Args)-1], path)
		return
	}
	switch e.Name {
	case "sensitive", "nonsensitive", "tolist", "tomap":
		if len(e.Args) == 1 {
			t.walk(s, e.Args[0], path)
		}
		return
	}
	if t.seek {
		t.pass(s, e, path)
		return
	}
	if e.Name == "convert" && len(e.Args) == 2 {
		t.walk(s, e.Args[0], path)
		return
	}
	if !t.eval(s, e).IsKnown() && t.member(s, e, path) || t.part(s, e, path) {
		return
	}
	switch e.Name {
	case "lookup":
		if len(e.Args) < 2 {
			break
		}
		if key := t.eval(s, e.Args[1]); hasKey(t.eval(s, e.Args[0]), key) {
			t.walk(s, e.Args[0], append([]cty.Value{key}, path...))
			t.chosen(s, e.Args[1], key)
			return
		}
	case "try", "coalesce", "coalescelist", "one", "element", "flatten", "concat", "compact", "distinct", "toset", "values",
		"slice", "reverse", "sort", "setunion", "chunklist", "zipmap", "setproduct", "tostring":
	default:
		if t.unknown {
			t.search(s, e.Args...)
		}
		return
	}
	t.search(s, e.Args...)
}

// pass follows the argument that a function passes on unchanged, or that has the part at the path.
func (t *tracer) pass(s *scope, e *hclsyntax.FunctionCallExpr, path []cty.Value) {
	if e.ExpandFinal || len(e.Args) == 0 {
		return
	}
	switch {
	case len(path) == 0 && len(e.Args) == 1 && reordering(e.Name):
		t.ending.reordered = true
		t.walk(s, e.Args[0], nil)
	case e.Name == "merge" && len(path) > 0:
		key, ok := (Value{v: path[0]}).Text()
		for _, arg := range slices.Backward(e.Args) {
			m := s.value(arg).members()
			if i, there := m.byKey[key]; ok && there && m.list[i].sure {
				t.walk(s, arg, path)
				return
			}
			if !ok || !m.lacks(key) {
				return
			}
		}
	case e.Name == "lookup" && len(e.Args) > 1:
		of := s.value(e.Args[0]).members()
		key, ok := s.value(e.Args[1]).Text()
		if i, there := of.byKey[key]; ok && there && of.list[i].sure {
			t.walk(s, e.Args[0], append([]cty.Value{cty.StringVal(key)}, path...))
		} else if ok && of.lacks(key) && len(e.Args) > 2 {
			t.walk(s, e.Args[2], path)
		}
	case e.Name == "element" && len(e.Args) == 2:
		if i, ok := s.value(e.Args[1]).Int(); ok {
			if _, there := s.value(e.Args[0]).members().at(cty.NumberIntVal(int64(i))); there {
				t.walk(s, e.Args[0], append([]cty.Value{cty.NumberIntVal(int64(i))}, path...))
			}
		}
	case e.Name == "try" && isName(e.Args[0]):
		t.walk(s, e.Args[0], path) // it can't fail
	case e.Name == "coalescelist" && len(path) == 0:
		if slices.ContainsFunc(s.value(e.Args[0]).members().list, func(m member) bool { return m.sure }) {
			t.walk(s, e.Args[0], path)
		}
	}
}

// isName reports whether an expression is a reference to a whole variable or local value.
func isName(e hclsyntax.Expression) bool {
	ref, ok := e.(*hclsyntax.ScopeTraversalExpr)
	return ok && len(ref.Traversal) == 2 && (ref.Traversal.RootName() == "var" || ref.Traversal.RootName() == "local")
}

func hasKey(v, key cty.Value) bool {
	if !v.IsKnown() || v.IsNull() || !key.IsKnown() || key.IsNull() || key.Type() != cty.String {
		return false
	}
	switch ty := v.Type(); {
	case ty.IsObjectType():
		return ty.HasAttribute(key.AsString())
	case ty.IsMapType():
		return v.HasIndex(key).True()
	}
	return false
}

// binding is where the value of a name comes from: the part, at a path, of an expression's value.
type binding struct {
	scope *scope
	expr  hcl.Expression
	path  []cty.Value
	// pair is true if the name stands for an object of key and value, as each and the iterators of dynamic blocks do.
	pair bool
}

// traversal follows a reference.
func (t *tracer) traversal(s *scope, ref hcl.Traversal, path []cty.Value) {
	root := ref.RootName()
	keys := append(keysOf(ref[1:]), path...)
	if b, ok := s.bindings[root]; ok {
		if b.pair {
			if len(keys) == 0 || !keys[0].RawEquals(cty.StringVal("value")) {
				if e, ok := b.expr.(hclsyntax.Expression); ok {
					t.search(b.scope, e) // the key of a set is the element itself
				}
				return
			}
			keys = keys[1:]
		}
		t.walk(b.scope, b.expr, append(slices.Clone(b.path), keys...))
		return
	}
	if len(keys) == 0 || keys[0].Type() != cty.String {
		return
	}
	name, rest := keys[0].AsString(), keys[1:]
	switch root {
	case "var":
		t.variable(s.m, name, rest)
	case "local":
		if a := s.m.source.Locals[name]; a != nil {
			t.step(a.Expr.Range(), s.m.label("local."+name)+" is set here")
			t.walk(s.m.top, a.Expr, rest)
		}
	case "module":
		t.output(s.m, name, rest)
	case "resource":
		if len(rest) > 0 && rest[0].Type() == cty.String {
			t.resource(s.m, source.ResourceName{Type: name, Name: rest[0].AsString()}, rest[1:])
		}
	case "data", "ephemeral", "path", "terraform", "each", "count", "self":
	default:
		t.resource(s.m, source.ResourceName{Type: root, Name: name}, rest)
	}
}

func (t *tracer) variable(m *module, name string, path []cty.Value) {
	block := m.source.Variables[name]
	if block == nil {
		return
	}
	if t.seek && !m.keeps(block) {
		return
	}
	t.ending.converted = true
	label := m.label("var." + name)
	t.step(block.At, label+" is declared here")
	given, _, lost := m.argument(name, block)
	switch standard := block.Body.Attr("default"); {
	case lost:
	case m.isDefaulted(given, block):
		if standard != nil {
			t.step(standard.Expr.Range(), "the default of "+label)
			t.walk(m.top, standard.Expr, path)
		}
	case m.call != nil:
		set := m.call.Body.Attr(name)
		t.step(set.Expr.Range(), label+" is set here by "+m.path.String())
		t.walk(m.scope, set.Expr, path)
	default:
		if expr := m.ev.expression(name); expr != nil {
			t.step(expr.Range(), label+" is set here")
			t.walk(m.top, expr, path)
		}
	}
}

func (t *tracer) output(m *module, name string, path []cty.Value) {
	if m.source.Calls[name] == nil {
		return
	}
	e := m.child(name)
	i := 0
	if e.kind != NoKey {
		if len(path) == 0 {
			return
		}
		key, err := KeyOf(path[0])
		if err != nil {
			return
		}
		i, path = e.find(key), path[1:]
	}
	if i < 0 || i >= len(e.items) || len(path) == 0 || path[0].Type() != cty.String {
		return
	}
	child, output := e.items[i], path[0].AsString()
	block := child.source.Outputs[output]
	if block == nil {
		return
	}
	if a := block.Body.Attr("value"); a != nil {
		t.step(a.Expr.Range(), "the output "+child.label(output))
		t.walk(child.top, a.Expr, path[1:])
	}
}

func (t *tracer) resource(m *module, name source.ResourceName, path []cty.Value) {
	block := m.source.Resource(name)
	if block == nil {
		return
	}
	e := m.expandResource(block)
	i := 0
	if e.kind != NoKey {
		if len(path) == 0 {
			return
		}
		key, err := KeyOf(path[0])
		if err != nil {
			return
		}
		i, path = e.find(key), path[1:]
	}
	if i < 0 || i >= len(e.items) || len(path) == 0 || path[0].Type() != cty.String {
		return
	}
	attr := path[0].AsString()
	if name.Type == "terraform_data" && attr == "output" {
		attr = "input"
	}
	if a := block.Body.Attr(attr); a != nil {
		t.step(a.Expr.Range(), e.items[i].name+"."+path[0].AsString()+" is set here")
		t.walk(e.items[i].scope, a.Expr, path[1:])
	}
}
