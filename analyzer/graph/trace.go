package graph

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/lang"
	"github.com/tfreach/tfreach/analyzer/source"
)

// Step is a place on the way from an attribute back to where its value is written.
type Step struct {
	At hcl.Range
	// Message says what is there: "var.cidrs is set here by module.edge".
	Message string
}

// Trace walks back from a value through variables, local values, module arguments and outputs, for expressions and
// dynamic blocks to where it is written. The first step is the attribute, the last the literal, or the place where the
// way ends: a call that computes the value, or an input that has none. A value of a plan has no steps.
func (v Value) Trace() []Step {
	if v.expr == nil || v.scope == nil {
		return nil
	}
	defer v.scope.m.ev.quietly()()
	return v.trace().steps
}

// trace walks back from a value of a configuration.
func (v Value) trace() *tracer {
	t := &tracer{ev: v.scope.m.ev, target: v.Raw()}
	t.step(v.expr.Range(), "the value is given here")
	t.walk(v.scope, v.expr, v.path)
	return t
}

// back walks back from a value of a configuration as far as nothing on the way makes another one of it, if it isn't known.
func (v Value) back() *tracer {
	if v.Known() {
		return v.trace()
	}
	t := &tracer{ev: v.scope.m.ev, seek: true}
	t.step(v.expr.Range(), "the value is given here")
	t.walk(v.scope, v.expr, v.path)
	return t
}

// quietly drops what evaluation says until the function that it returns is called: what fails on the way of a value, such
// as the first argument of try, was no failure when the value was evaluated.
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
	// target is the value that is looked for where a collection is taken apart without naming keys.
	target cty.Value
	steps  []Step
	depth  int
	// end is the expression that the way has come to, whose whole value is the one that is followed; nil if that is a part of
	// the expression's.
	end      hcl.Expression
	endScope *scope
	// seek says to follow only what leaves a value as it is; ending is where that ends.
	seek   bool
	ending ending
}

// step adds a place. A place within the last one says where exactly, so it replaces it.
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

// spend counts what tracing costs. It is false if that is too much: then a trace ends where it is.
func (t *tracer) spend(steps int) bool { return t.ev.spendTracing(steps) }

func (ev *evaluator) spendTracing(steps int) bool {
	ev.traced.steps += steps
	return ev.traced.steps <= maxTraceSteps
}

// evaluationCost is what evaluating an expression counts as.
const evaluationCost = 10

// traced is what traces learn of the configuration and other traces can use.
type traced struct {
	steps  int
	values map[placed[hcl.Expression]]cty.Value
	loops  map[placed[*hclsyntax.ForExpr]]*iterations
	// members are those of the collections that aren't known as a whole.
	members map[placed[hclsyntax.Expression]]members
}

// placed is an expression in a module instance, outside of blocks that have instances.
type placed[E comparable] struct {
	m    *module
	expr E
}

// iterations are those of a for expression that its condition keeps.
type iterations struct {
	keys, values []cty.Value
	// ofSet says that the collection is a set, whose elements are their own keys.
	ofSet bool
	// byKey are the iterations that make each key of an object.
	byKey map[string][]int
	// results are those of iterations that were evaluated.
	results map[int]cty.Value
}

// eval returns the value of an expression without marks.
func (t *tracer) eval(s *scope, expr hcl.Expression) cty.Value {
	if len(s.names) > 0 {
		t.spend(evaluationCost)
		return bare(s.eval(expr))
	}
	at := placed[hcl.Expression]{s.m, expr}
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

// keysOf returns the keys that a traversal steps through. It ends at a splat.
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

// inside follows a part of a literal collection, which is a place by itself.
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

// entry follows the last entry of an object that has the first key of the path, if none after it may have it, too.
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

// holds says whether the target is in a value without marks: for an unknown target, whether anything in it is unknown.
func (t *tracer) holds(v cty.Value) bool {
	if !t.spend(1) {
		return false
	}
	if !t.target.IsWhollyKnown() {
		return !v.IsWhollyKnown()
	}
	if v.RawEquals(t.target) {
		return true
	}
	if !v.IsKnown() || v.IsNull() {
		return false
	}
	if v.Type().IsPrimitiveType() {
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

// search follows the first of some expressions that the target is in, wherever it is in it.
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
		for i := range all.keys {
			if !t.seek && t.holds(t.result(s, e, all, i)) {
				t.walk(all.scope(s, e, i), e.ValExpr, nil)
				return
			}
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
		made = slices.DeleteFunc(slices.Clone(made), func(i int) bool { return !t.holds(t.result(s, e, all, i)) })
	}
	if len(made) > 0 {
		t.walk(all.scope(s, e, made[0]), e.ValExpr, rest)
	}
}

// member follows the element that is looked for, of a collection that isn't known as a whole. It is false if there is none
// that is known of.
func (t *tracer) member(s *scope, e hclsyntax.Expression, path []cty.Value) bool {
	if !t.target.IsWhollyKnown() || !t.ev.seeking() {
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
	at := placed[*hclsyntax.ForExpr]{s.m, e}
	if all := t.ev.traced.loops[at]; all != nil && len(s.names) == 0 {
		return all
	}
	all := &iterations{ofSet: collection.Type().IsSetType(), byKey: map[string][]int{}, results: map[int]cty.Value{}}
	for it := collection.ElementIterator(); it.Next() && t.spend(1); {
		key, value := it.Element()
		if all.ofSet {
			key = value
		}
		i := len(all.keys)
		all.keys, all.values = append(all.keys, key), append(all.values, value)
		inner := all.scope(s, e, i)
		if e.CondExpr != nil {
			if keep, ok := (Value{v: t.eval(inner, e.CondExpr)}).Bool(); ok && !keep {
				all.keys, all.values = all.keys[:i], all.values[:i]
				continue
			}
		}
		if e.KeyExpr != nil {
			if text, ok := (Value{v: t.eval(inner, e.KeyExpr)}).Text(); ok {
				all.byKey[text] = append(all.byKey[text], i)
			}
		}
	}
	if len(s.names) == 0 {
		t.ev.traced.loops[at] = all
	}
	return all
}

// scope returns the scope in an iteration.
func (all *iterations) scope(s *scope, e *hclsyntax.ForExpr, i int) *scope {
	key, value := all.keys[i], all.values[i]
	each := binding{scope: s, expr: e.CollExpr, path: []cty.Value{key}}
	if all.ofSet {
		each.path = nil
	}
	names := map[string]cty.Value{e.ValVar: value}
	if e.KeyVar != "" {
		names[e.KeyVar] = key
	}
	return s.with(names).bind(e.ValVar, each)
}

// result returns the value that an iteration makes, without marks.
func (t *tracer) result(s *scope, e *hclsyntax.ForExpr, all *iterations, i int) cty.Value {
	v, ok := all.results[i]
	if !ok {
		v = t.eval(all.scope(s, e, i), e.ValExpr)
		all.results[i] = v
	}
	return v
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
	if !t.eval(s, e).IsKnown() && t.member(s, e, path) {
		return
	}
	switch e.Name {
	case "merge":
		if len(path) == 0 {
			break
		}
		for _, arg := range slices.Backward(e.Args) {
			if at := t.eval(s, arg); hasKey(at, path[0]) {
				t.walk(s, arg, path)
				return
			}
		}
	case "lookup":
		if len(e.Args) < 2 {
			break
		}
		if key := t.eval(s, e.Args[1]); hasKey(t.eval(s, e.Args[0]), key) {
			t.walk(s, e.Args[0], append([]cty.Value{key}, path...))
			return
		}
	case "try", "coalesce", "coalescelist", "one", "element", "flatten", "concat", "compact", "distinct", "toset", "values",
		"slice", "reverse", "sort", "setunion", "chunklist", "zipmap", "setproduct", "tostring":
	default:
		if !t.target.IsWhollyKnown() {
			t.search(s, e.Args...)
		}
		return
	}
	t.search(s, e.Args...)
}

// pass follows the argument that a function returns, or takes the part at the path from, as it is.
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

// isName says that an expression is a reference to a variable or a local value as a whole.
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

// binding is where the value of a name comes from: the part at a path of the value of an expression.
type binding struct {
	scope *scope
	expr  hcl.Expression
	path  []cty.Value
	// pair says that the name is for an object of key and value, as each and the iterators of dynamic blocks are.
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
	given, _ := m.argument(name, block)
	switch standard := block.Body.Attr("default"); {
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
		i, path = slices.Index(e.keys, key), path[1:]
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
		i, path = slices.Index(e.keys, key), path[1:]
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
