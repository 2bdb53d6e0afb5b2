package terragrunt

import (
	"cmp"
	"path"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/source"
	"github.com/tfreach/tfreach/analyzer/source/placed"
)

// blocks returns the blocks of a unit's file; nested ones are read in any form.
func blocks() []hcl.BlockHeaderSchema {
	return []hcl.BlockHeaderSchema{
		{Type: "include", LabelNames: []string{"name"}},
		{Type: "locals"},
		{Type: "terraform"},
		{Type: "remote_state"},
		{Type: "dependency", LabelNames: []string{"name"}},
		{Type: "dependencies"},
		{Type: "generate", LabelNames: []string{"name"}},
		{Type: "feature", LabelNames: []string{"name"}},
		{Type: "exclude"},
		{Type: "errors"},
		{Type: "engine"},
		{Type: "catalog"},
	}
}

// config is what a file says, and after merging what it says together with those that it includes.
type config struct {
	scope        *scope
	source       *setting
	arguments    []*arguments
	generates    []*generate
	dependencies []*dependency
	state        *state
}

// state is a block that says where the unit's state is.
type state struct {
	part  part
	scope *scope
}

// of returns the type and the settings of the backend; nil if there are none.
func (s *state) of() (backend string, settings *placed.Value) {
	backend, _ = placed.Of(attr(s.part, "backend"), s.scope).Text()
	return backend, placed.Of(attr(s.part, "config"), s.scope)
}

// attr returns an attribute of a part; the expression of null if there is none.
func attr(p part, name string) hclsyntax.Expression {
	if expr := p.attrs[name]; expr != nil {
		return expr
	}
	return &hclsyntax.LiteralValueExpr{Val: cty.NullVal(cty.DynamicPseudoType), SrcRange: p.at}
}

// setting is an expression where it stands.
type setting struct {
	scope *scope
	expr  hclsyntax.Expression
}

func (s *setting) value() *placed.Value { return placed.Of(s.expr, s.scope) }

// part is a block, or the attributes that stand for one: those of an object.
type part struct {
	label string
	at    hcl.Range
	attrs map[string]hclsyntax.Expression
	body  *hclsyntax.Body // nil if it is an object
}

// parts returns the blocks of a type in the scope's file, with the objects that stand for such: {LABEL = {…}} for those with a
// label.
func (s *scope) parts(typ string, labelled bool) []part {
	return s.partsOf(s.content.Attributes, s.content.Blocks, typ, labelled)
}

func (s *scope) partsOf(attributes hclsyntax.Attributes, nested hclsyntax.Blocks, typ string, labelled bool) []part {
	var out []part
	for _, b := range nested {
		if b.Type != typ {
			continue
		}
		p := part{at: b.DefRange(), attrs: map[string]hclsyntax.Expression{}, body: b.Body}
		if len(b.Labels) > 0 {
			p.label = b.Labels[0]
		}
		for name, a := range b.Body.Attributes {
			p.attrs[name] = a.Expr
		}
		out = append(out, p)
	}
	a := attributes[typ]
	if a == nil {
		return out
	}
	if !labelled {
		return append(out, s.objectPart("", a.NameRange, a.Expr))
	}
	for _, item := range s.objectItems(a.Expr) {
		out = append(out, s.objectPart(item.name, item.at, item.expr))
	}
	return out
}

func (s *scope) objectPart(label string, at hcl.Range, expr hclsyntax.Expression) part {
	p := part{label: label, at: at, attrs: map[string]hclsyntax.Expression{}}
	for _, item := range s.objectItems(expr) {
		p.attrs[item.name] = item.expr
	}
	return p
}

// within returns the blocks of a type in a part.
func (s *scope) within(p part, typ string, labelled bool) []part {
	if p.body != nil {
		return s.partsOf(p.body.Attributes, p.body.Blocks, typ, labelled)
	}
	if expr := p.attrs[typ]; expr != nil {
		return s.partsOf(hclsyntax.Attributes{typ: {Name: typ, Expr: expr, NameRange: p.at}}, nil, typ, labelled)
	}
	return nil
}

type objectItem struct {
	name string
	at   hcl.Range
	expr hclsyntax.Expression
}

// objectItems returns the items of an object: those of a literal one as they are written, and else their values.
func (s *scope) objectItems(expr hclsyntax.Expression) []objectItem {
	if out, ok := literalItems(expr); ok {
		return out
	}
	v := placed.Of(expr, s)
	fields, ok := v.Fields()
	if !ok {
		s.say(&hcl.Diagnostic{
			Severity: hcl.DiagWarning, Summary: "A part of a unit is not read", Subject: expr.Range().Ptr(),
			Detail: "The value of what stands for blocks isn't known. What it does is not analysed.",
		})
	}
	var out []objectItem
	for _, f := range fields {
		out = append(out, objectItem{f.Name, f.NameAt, f.Value.Expression()})
	}
	return out
}

// literalItems returns the items of a literal object whose keys are literal; false for all else.
func literalItems(expr hclsyntax.Expression) ([]objectItem, bool) {
	object, ok := expr.(*hclsyntax.ObjectConsExpr)
	if !ok {
		return nil, false
	}
	var out []objectItem
	for _, item := range object.Items {
		key, diags := item.KeyExpr.Value(nil)
		if diags.HasErrors() || key.Type() != cty.String || !key.IsKnown() || key.IsNull() {
			return nil, false
		}
		out = append(out, objectItem{key.AsString(), item.KeyExpr.Range(), item.ValueExpr})
	}
	return out, true
}

// unit reads a file together with those that it includes; nil if it can't be read.
func (r *reader) unit(at *site, file string) *config {
	if at.values == nil {
		at.values = r.shippedValues(at)
	}
	s := r.open(at, file)
	if s == nil {
		return nil
	}
	for _, p := range s.parts("include", true) {
		at.includes = append(at.includes, s.include(p))
	}
	own := s.config()
	out := own
	for _, in := range slices.Backward(at.includes) {
		if in.config != nil && in.strategy != "no_merge" {
			out = r.merge(in.config, out, in.strategy == "deep")
		}
	}
	if at.over, at.overPart = r.autoInclude(at.made, at); at.over != nil {
		for _, p := range at.over.within(at.overPart, "dependency", true) {
			out.dependencies = append(out.dependencies, &dependency{name: p.label, part: p, scope: at.over})
		}
	}
	at.own, at.dependencies = own, out.dependencies
	return out
}

// inputs returns the inputs of a unit that was read, with those of what it includes; nil if there are none. If there may be
// others, open decides that.
func (r *reader) inputs(at *site) (out, open *placed.Value) {
	out = at.own.scope.inputs()
	for _, in := range slices.Backward(at.includes) {
		switch {
		case in.strategy == "no_merge":
		case in.unread != nil, in.merges != nil:
			open = cmp.Or(in.unread, in.merges)
			if in.strategy == "deep" {
				out = merging(out, open)
			}
		case in.strategy == "deep":
			out = r.deep(in.config.scope.inputs(), out)
		default:
			out = shallow(in.config.scope.inputs(), out)
		}
	}
	return shallow(out, inputsOf(at.over, at.overPart)), open
}

// merging returns inputs that are merged with such that aren't known: those that are objects or lists aren't known either.
func merging(v, with *placed.Value) *placed.Value {
	if v == nil {
		return nil
	}
	fields, ok := v.Fields()
	if !ok {
		return v
	}
	fields = slices.Clone(fields)
	_, marks := with.V.UnmarkDeep()
	for i, f := range fields {
		if !f.Value.V.Type().IsPrimitiveType() {
			fields[i].Value = placed.New(cty.DynamicVal.WithMarks(marks), f.Value.At)
		}
	}
	return placed.Object(fields, v.At)
}

// include is a file that a unit includes.
type include struct {
	label, strategy string
	expose          bool
	// file is its name in the tree, and config what it says; both are empty if it isn't known or can't be read: then unread
	// decides what it says.
	file   string
	config *config
	unread *placed.Value
	// merges decides the strategy; nil if that is known.
	merges *placed.Value
}

// include reads the file of an include block.
func (s *scope) include(p part) *include {
	in := &include{label: p.label, strategy: "shallow"}
	if expr := p.attrs["merge_strategy"]; expr != nil {
		how := placed.Of(expr, s)
		text, known := how.Text()
		if in.strategy = text; !known {
			in.strategy, in.merges = "deep", how
		}
	}
	if expr := p.attrs["expose"]; expr != nil {
		text, known := placed.Of(expr, s).Text()
		in.expose = text == "true" || !known
	}
	in.unread = placed.New(s.unknown("what is included as "+p.label, p.at), p.at)
	expr := p.attrs["path"]
	if expr == nil {
		s.say(errorAt(p.at, "An include without a path", "The include %q has no path.", p.label))
		return in
	}
	of := placed.Of(expr, s)
	text, ok := of.Text()
	if !ok {
		in.unread = of
		return in
	}
	name, err := s.name(text, s.site.dir)
	if err != nil {
		s.say(outside(expr.Range(), text))
		return in
	}
	inner := s.open(s.site, name)
	if inner == nil {
		return in
	}
	if nested := inner.parts("include", true); len(nested) > 0 {
		s.say(errorAt(nested[0].at, "Only one level of includes is allowed", "%s, which a unit includes, includes another file.", s.tree.Place(name)))
		return in
	}
	inner.label, inner.included = p.label, true
	in.file, in.config, in.unread = name, inner.config(), nil
	return in
}

func outside(at hcl.Range, text string) *hcl.Diagnostic {
	d := errorAt(at, "A file of Terragrunt is not read", "%s lies outside the analysed root.", text)
	d.Severity = hcl.DiagWarning
	return d
}

// config returns what the scope's file says.
func (s *scope) config() *config {
	c := &config{scope: s}
	for _, p := range s.parts("dependency", true) {
		c.dependencies = append(c.dependencies, &dependency{name: p.label, part: p, scope: s})
	}
	s.dependencies = c.dependencies
	for _, p := range s.parts("terraform", false) {
		if expr := p.attrs["source"]; expr != nil {
			c.source = &setting{s, expr}
		}
		for _, x := range s.within(p, "extra_arguments", true) {
			c.arguments = append(c.arguments, &arguments{name: x.label, part: x, scope: s})
		}
	}
	for _, p := range s.parts("generate", true) {
		c.generates = append(c.generates, &generate{name: p.label, part: p, scope: s})
	}
	for _, p := range s.parts("remote_state", false) {
		c.state = &state{part: p, scope: s}
	}
	return c
}

// inputs returns the inputs of the scope's file; nil if there are none.
func (s *scope) inputs() *placed.Value {
	a := s.content.Attributes["inputs"]
	if a == nil {
		return nil
	}
	return placed.Of(a.Expr, s)
}

// merge returns a parent's config with what a child says over it. Inputs are merged when they are asked for.
func (r *reader) merge(parent, child *config, deep bool) *config {
	out := &config{scope: child.scope, source: child.source, state: child.state}
	if out.state == nil {
		out.state = parent.state
	}
	if out.source == nil {
		out.source = parent.source
	}
	out.arguments = over(parent.arguments, child.arguments, func(a *arguments) string { return a.name })
	out.dependencies = over(parent.dependencies, child.dependencies, func(d *dependency) string { return d.name })
	out.generates = over(parent.generates, child.generates, func(g *generate) string { return g.name })
	if deep {
		for _, d := range out.dependencies {
			if d.part.attrs["config_path"] == nil {
				for _, of := range parent.dependencies {
					if of.name == d.name {
						d.path = of
					}
				}
			}
		}
		return out
	}
	for _, g := range child.generates {
		if slices.ContainsFunc(parent.generates, func(o *generate) bool { return o.name == g.name }) {
			r.say(errorAt(g.part.at, "Detected generate blocks with the same name", "The file that is included has a block %q, too.", g.name))
		}
	}
	return out
}

// over returns a parent's items with those of a child in place of such of the same name, or after them.
func over[T any](parent, child []T, name func(T) string) []T {
	out := slices.Clone(parent)
	for _, c := range child {
		i := slices.IndexFunc(out, func(o T) bool { return name(o) == name(c) })
		if i < 0 {
			out = append(out, c)
		} else {
			out[i] = c
		}
	}
	return out
}

// shallow returns inputs with those of a child in place of such of the same name.
func shallow(parent, child *placed.Value) *placed.Value {
	switch {
	case parent == nil:
		return child
	case child == nil:
		return parent
	}
	first, ok := parent.Fields()
	if !ok {
		return parent
	}
	second, ok := child.Fields()
	if !ok {
		return child
	}
	return placed.Object(slices.Concat(first, second), child.At)
}

// deep merges the inputs of a child into those of a parent: objects are merged, and lists appended.
func (r *reader) deep(parent, child *placed.Value) *placed.Value {
	switch {
	case parent == nil:
		return child
	case child == nil:
		return parent
	}
	a, _ := parent.V.Unmark()
	b, _ := child.V.Unmark()
	if !a.IsKnown() && !b.Type().IsPrimitiveType() {
		return parent
	}
	if !b.IsKnown() || b.IsNull() || a.IsNull() || !a.IsKnown() {
		return child
	}
	theirs, isObject := parent.Fields()
	if own, ok := child.Fields(); ok && isObject {
		fields := slices.Clone(theirs)
		for _, f := range own {
			i := slices.IndexFunc(fields, func(o placed.Field) bool { return o.Name == f.Name })
			if i < 0 {
				fields = append(fields, f)
				continue
			}
			fields[i] = placed.Field{Name: f.Name, NameAt: f.NameAt, Value: r.deep(fields[i].Value, f.Value)}
		}
		return placed.Object(fields, child.At)
	}
	items, isList := parent.Items()
	more, both := child.Items()
	switch {
	case isList && both:
		return placed.List(slices.Concat(items, more), child.At)
	case isList != both:
		r.say(errorAt(child.At, "Inputs can't be merged", "One of the values is a list, and the one in the included file isn't, or the other way round."))
	}
	return child
}

// dependency is a block that names another unit.
type dependency struct {
	name  string
	part  part
	scope *scope
	// path is the one that has the path in its place; nil if it has it itself.
	path *dependency
	// located is where it is, once that was asked for, and stands what stands for its outputs. While they are found out, both say
	// that nothing is known: that ends a circle, which Terragrunt refuses.
	located *location
	stands  *standIn
}

// location is the folder of a unit; there is false if it isn't in the tree.
type location struct {
	dir   string
	there bool
}

// standIn is what stands for the outputs of a unit; only is false if they are asked for.
type standIn struct {
	mocks *placed.Value
	only  bool
}

// mocks returns the values that stand for the outputs; false if the outputs are asked for. With skip_outputs, and where the
// dependency isn't enabled, they are the mocks, or none: https://terragrunt.gruntwork.io/docs/reference/hcl/blocks/#dependency.
// If that isn't known, neither are they.
func (d *dependency) mocks(at hcl.Range) (v *placed.Value, only bool) {
	if d.stands == nil {
		d.stands = &standIn{}
		v, only := d.findMocks(at)
		d.stands = &standIn{v, only}
	}
	return d.stands.mocks, d.stands.only
}

func (d *dependency) findMocks(at hcl.Range) (v *placed.Value, only bool) {
	open := cty.NilVal
	for _, flag := range []struct{ name, skips string }{{"skip_outputs", "true"}, {"enabled", "false"}} {
		expr := d.attr(flag.name)
		if expr == nil {
			continue
		}
		is := placed.Of(expr, d.scope)
		text, known := is.Text()
		if known && text == flag.skips {
			if mocks := d.attr("mock_outputs"); mocks != nil {
				return placed.Of(mocks, d.scope), true
			}
			return placed.New(cty.EmptyObjectVal, at), true
		}
		if is != nil && !is.V.IsKnown() {
			open = cty.DynamicVal.WithSameMarks(is.V)
		}
	}
	if open == cty.NilVal {
		return nil, false
	}
	return placed.New(open, at), true
}

// attr returns an attribute of the block, or of the one that has its path.
func (d *dependency) attr(name string) hclsyntax.Expression {
	if expr := d.part.attrs[name]; expr != nil || d.path == nil {
		return expr
	}
	return d.path.attr(name)
}

// folder returns the folder of the unit that the block names, if it is in the tree.
func (d *dependency) folder() (string, bool) {
	if d.located == nil {
		d.located = &location{}
		dir, there := d.findFolder()
		d.located = &location{dir, there}
	}
	return d.located.dir, d.located.there
}

func (d *dependency) findFolder() (string, bool) {
	if d.path != nil {
		return d.path.folder()
	}
	if expr := d.part.attrs["enabled"]; expr != nil {
		if text, ok := placed.Of(expr, d.scope).Text(); ok && text == "false" {
			return "", false
		}
	}
	expr := d.part.attrs["config_path"]
	if expr == nil {
		return "", false
	}
	text, ok := placed.Of(expr, d.scope).Text()
	if !ok {
		return "", false
	}
	name, err := d.scope.name(text, d.scope.site.dir)
	if err != nil {
		return "", false
	}
	if base := path.Base(name); base == UnitFile || base == UnitFile+".json" {
		name = path.Dir(name)
	}
	return name, hasUnit(d.scope.tree, name)
}

// hasUnit reports whether a folder is that of a unit.
func hasUnit(t *source.Tree, dir string) bool {
	there, err := t.Exists(unitFile(t, dir))
	return err == nil && there
}
