package terragrunt

import (
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/tfreach/tfreach/analyzer/lang"
	"github.com/tfreach/tfreach/analyzer/source"
	"github.com/tfreach/tfreach/analyzer/source/placed"
)

// Limits for files that are hostile, not large. They hold for a unit with all that it reads.
const (
	// maxSteps and maxMade are what evaluation may cost, in steps and bytes of a lang.Budget.
	maxSteps = 1_000_000
	maxMade  = 128 << 20
	// maxFiles is how many files may be parsed, and maxReading how deep they may read each other.
	maxFiles   = 1000
	maxReading = 20
	// maxDepth is how deep local values may depend on each other.
	maxDepth = 500
	// maxStacks is how deep stacks may nest, and maxUnits how many units one may make in all.
	maxStacks = 10
	maxUnits  = 10_000
)

// reader reads a unit and all that it is made of.
type reader struct {
	tree  *source.Tree
	world World
	// steps, made and files are what was spent.
	steps, made, files int
	depth              int
	reading            []string
	configs            map[string]*placed.Value // that read_terragrunt_config has read
	read               map[string]bool
	said               map[string]bool
	diags              hcl.Diagnostics
}

func newReader(t *source.Tree, w World) *reader {
	if w.Unknown == nil {
		w.Unknown = func(string, hcl.Range) cty.Value { return cty.DynamicVal }
	}
	return &reader{tree: t, world: w, configs: map[string]*placed.Value{}, read: map[string]bool{}, said: map[string]bool{}}
}

// Spend implements lang.Budget.
func (r *reader) Spend(steps, bytes int) error {
	r.steps, r.made = r.steps+steps, r.made+bytes
	if r.Spent() {
		return lang.LimitError{Limit: "maxSteps", Max: maxSteps, Asked: float64(r.steps), What: "steps to evaluate a unit"}
	}
	return nil
}

// Spent implements lang.Budget.
func (r *reader) Spent() bool { return r.steps > maxSteps || r.made > maxMade }

// say adds diagnostics, each once.
func (r *reader) say(diags ...*hcl.Diagnostic) {
	for _, d := range diags {
		key := d.Summary + "\x00" + d.Detail
		if d.Subject != nil {
			key += d.Subject.String()
		}
		if !r.said[key] {
			r.said[key] = true
			r.diags = append(r.diags, d)
		}
	}
}

// site is the unit that files are read for.
type site struct {
	// dir is its folder, and original that of the unit which reads this one as a file.
	dir, original string
	own           *config
	includes      []*include
	dependencies  []*dependency
	values        *placed.Value
	// made says by which stack the unit is made, and over is what that puts over it.
	made     *made
	over     *scope
	overPart part
}

// scope is where the expressions of a file are evaluated.
type scope struct {
	*reader
	site    *site
	file    string
	content source.Content
	// included is true if the file is one that the unit includes, and label as what.
	included     bool
	label        string
	dependencies []*dependency
	locals       map[string]*local
	functions    map[string]function.Function
	// roots are what may be referred to beside what all files have.
	roots map[string]*placed.Value
	// at is the expression that is being evaluated.
	at hcl.Range
}

// local is a local value. One that is asked for while it is being evaluated is a circle.
type local struct {
	value *placed.Value
	done  bool
}

// open parses a file for a unit; nil if it can't be read.
func (r *reader) open(at *site, file string) *scope {
	if r.files++; r.files > maxFiles {
		r.say(errorAt(startOf(r.tree.Place(file)), "The configuration exceeds a limit", "A unit may be made of %d files.", maxFiles))
		return nil
	}
	content, diags := r.tree.Read(file, blocks())
	r.say(diags...)
	if diags.HasErrors() {
		return nil
	}
	r.read[file] = true
	s := &scope{reader: r, site: at, file: file, content: content, locals: map[string]*local{}}
	s.functions = s.library()
	return s
}

// unknown returns a value that isn't known, which what goes by a name decides.
func (r *reader) unknown(name string, at hcl.Range) cty.Value { return r.world.Unknown(name, at) }

// Evaluate implements placed.Scope.
func (s *scope) Evaluate(expr hclsyntax.Expression) cty.Value {
	at := expr.Range()
	if s.Spend(1, 0) != nil || s.depth > maxDepth {
		s.say(errorAt(at, "The configuration exceeds a limit", "Evaluating a unit of Terragrunt takes more than %d steps, or %d levels.", maxSteps, maxDepth))
		return s.failed(at)
	}
	outer := s.at
	s.at = at
	s.depth++
	defer func() { s.at = outer; s.depth-- }()
	v, diags := evaluate(expr, &hcl.EvalContext{Variables: s.variables(expr), Functions: s.functions})
	if diags.HasErrors() {
		for _, d := range diags {
			if d.Summary == "Call to unknown function" {
				d.Severity = hcl.DiagWarning // a newer Terragrunt may have it
			}
			d.Expression, d.EvalContext = nil, nil
			s.say(d)
		}
		return s.failed(at)
	}
	if err := lang.CheckValue(v); err != nil {
		s.say(errorAt(at, "The configuration exceeds a limit", "The value has %s.", err))
		return s.failed(at)
	}
	return v
}

// evaluate returns the value of an expression. The libraries panic on rare input.
func evaluate(expr hclsyntax.Expression, ctx *hcl.EvalContext) (v cty.Value, diags hcl.Diagnostics) {
	defer func() {
		if cause := recover(); cause != nil {
			v, diags = cty.DynamicVal, hcl.Diagnostics{errorAt(expr.Range(), "An expression can't be evaluated",
				"The library that evaluates it fails: %v", cause)}
		}
	}()
	v, diags = expr.Value(ctx)
	return v, lang.Steady(diags)
}

// failed is the value of an expression that can't be evaluated.
func (s *scope) failed(at hcl.Range) cty.Value {
	return s.unknown(fmt.Sprintf("what is at %s:%d", at.Filename, at.Start.Line), at)
}

// variables returns what an expression refers to.
func (s *scope) variables(expr hclsyntax.Expression) map[string]cty.Value {
	roots := map[string]map[string]cty.Value{}
	out := map[string]cty.Value{}
	for _, t := range expr.Variables() {
		root := t.RootName()
		if roots[root] == nil {
			roots[root] = map[string]cty.Value{}
		}
		into := roots[root]
		name := stepName(t, 1)
		switch root {
		case "local":
			if name == "" {
				for _, each := range s.localNames() {
					into[each] = s.local(each, t.SourceRange()).V
				}
			} else if v := s.local(name, t.SourceRange()); v != nil {
				into[name] = v.V
			}
		case "values":
			if s.site.values != nil {
				out[root] = s.site.values.V
			} else {
				out[root] = cty.EmptyObjectVal
			}
		default:
			if v := s.roots[root]; v != nil {
				out[root] = v.V
			} else if v, _ := s.Behind(t); v != nil {
				s.nest(root, into, t, v)
			} else if root != "include" && root != "feature" && root != "dependency" {
				delete(roots, root) // there is no variable of that name
			}
		}
	}
	for root, attrs := range roots {
		if _, set := out[root]; !set {
			out[root] = cty.ObjectVal(attrs)
		}
	}
	return out
}

// nest puts the value of a reference with two names below its root beside others that were put there.
func (s *scope) nest(root string, into map[string]cty.Value, t hcl.Traversal, v *placed.Value) {
	name, section := stepName(t, 1), stepName(t, 2)
	if root == "include" && s.bare() {
		into[name] = v.V
		return
	}
	inner := map[string]cty.Value{}
	if old, ok := into[name]; ok && old.Type().IsObjectType() {
		inner = old.AsValueMap()
	}
	if inner == nil {
		inner = map[string]cty.Value{}
	}
	if root == "dependency" && section == "outputs" {
		if old, ok := inner[section]; ok && old.Type().IsObjectType() && v.V.Type().IsObjectType() {
			joined := old.AsValueMap()
			if joined == nil {
				joined = map[string]cty.Value{}
			}
			maps.Copy(joined, v.V.AsValueMap())
			v = placed.New(cty.ObjectVal(joined), v.At)
		}
	}
	inner[section] = v.V
	into[name] = cty.ObjectVal(inner)
}

// bare reports whether the unit's only include has no label, so that what is exposed of it has none either.
func (s *scope) bare() bool { return len(s.site.includes) == 1 && s.site.includes[0].label == "" }

// Behind implements placed.Scope.
func (s *scope) Behind(t hcl.Traversal) (*placed.Value, int) {
	if len(t) < 2 {
		return nil, 0
	}
	if v := s.roots[t.RootName()]; v != nil {
		return v, 1
	}
	name, section := stepName(t, 1), stepName(t, 2)
	switch t.RootName() {
	case "local":
		return s.local(name, t.SourceRange()), 2
	case "values":
		return s.site.values, 1
	case "feature":
		if section == "value" {
			return s.feature(name, t.SourceRange()), 3
		}
	case "include":
		if s.bare() {
			return s.exposed(s.site.includes[0], name), 2
		}
		for _, in := range s.site.includes {
			if in.label == name {
				return s.exposed(in, section), 3
			}
		}
	case "dependency":
		if section == "outputs" {
			return s.outputs(name, stepName(t, 3), t.SourceRange()), 3
		}
	}
	return nil, 0
}

// stepName returns the name that a step of a reference names; empty if it names none.
func stepName(t hcl.Traversal, i int) string {
	if i >= len(t) {
		return ""
	}
	switch step := t[i].(type) {
	case hcl.TraverseAttr:
		return step.Name
	case hcl.TraverseIndex:
		if key, _ := step.Key.Unmark(); key.Type() == cty.String && key.IsKnown() && !key.IsNull() {
			return key.AsString()
		}
	}
	return ""
}

func (s *scope) localAttributes() hclsyntax.Attributes {
	out := hclsyntax.Attributes{}
	for _, b := range s.content.Blocks {
		if b.Type == "locals" {
			maps.Copy(out, b.Body.Attributes)
		}
	}
	return out
}

func (s *scope) localNames() []string { return slices.Sorted(maps.Keys(s.localAttributes())) }

// local returns a local value; nil if there is none of that name.
func (s *scope) local(name string, at hcl.Range) *placed.Value {
	attr := s.localAttributes()[name]
	if attr == nil {
		return nil
	}
	l := s.locals[name]
	if l == nil {
		l = &local{}
		s.locals[name] = l
		s.depth++
		l.value = s.kept(placed.Of(attr.Expr, s))
		s.depth--
		l.done = true
	}
	if !l.done {
		s.say(errorAt(at, "Values depend on each other in a circle", "The value of local.%s depends on itself.", name))
		return placed.New(s.failed(at), at)
	}
	return l.value
}

// kept returns a value that is kept, unless it is too large.
func (s *scope) kept(v *placed.Value) *placed.Value {
	n, err := lang.Weigh(v.V)
	if err == nil {
		const bytesPerValue = 64
		err = s.Spend(0, n*bytesPerValue)
	}
	if err != nil {
		s.say(errorAt(v.At, "The configuration exceeds a limit", "The value has %s.", err))
		return placed.New(s.failed(v.At), v.At)
	}
	return v
}

// feature returns the default of a feature flag, of the scope's own file or of an included one.
func (s *scope) feature(name string, at hcl.Range) *placed.Value {
	scopes := []*scope{s}
	for _, in := range slices.Backward(s.site.includes) {
		if in.config != nil {
			scopes = append(scopes, in.config.scope)
		}
	}
	for _, of := range scopes {
		for _, p := range of.parts("feature", true) {
			if expr := p.attrs["default"]; p.label == name && expr != nil {
				s.say(&hcl.Diagnostic{
					Severity: hcl.DiagWarning, Summary: "A feature flag has its default", Subject: at.Ptr(),
					Detail: fmt.Sprintf("The unit is judged with the default of the feature %q. Whoever runs Terragrunt may give it another value.", name),
				})
				return placed.Of(expr, of)
			}
		}
	}
	return nil
}

// exposed returns a part of what an included file says, or nil if that isn't exposed.
func (s *scope) exposed(in *include, section string) *placed.Value {
	switch {
	case in.unread != nil:
		return in.unread
	case !in.expose:
		return nil
	}
	return in.config.scope.section(section)
}

// section returns a part of what a file says, as those see it who read the file.
func (s *scope) section(name string) *placed.Value {
	at := startOf(s.tree.Place(s.file))
	switch name {
	case "locals":
		var fields []placed.Field
		attrs := s.localAttributes()
		for _, name := range s.localNames() {
			fields = append(fields, placed.Field{Name: name, NameAt: attrs[name].NameRange, Value: s.local(name, attrs[name].NameRange)})
		}
		return s.kept(placed.Object(fields, at))
	case "inputs":
		if v := s.inputs(); v != nil {
			return s.kept(v)
		}
		return placed.Object(nil, at)
	case "terraform":
		var fields []placed.Field
		if c := s.config(); c.source != nil {
			fields = append(fields, placed.Field{Name: "source", NameAt: at, Value: c.source.value()})
		}
		return placed.Object(fields, at)
	case "dependency":
		var fields []placed.Field
		for _, d := range s.dependencies {
			outputs := placed.Object([]placed.Field{{Name: "outputs", NameAt: d.part.at, Value: s.outputsOf(d, "", d.part.at)}}, d.part.at)
			fields = append(fields, placed.Field{Name: d.name, NameAt: d.part.at, Value: outputs})
		}
		return s.kept(placed.Object(fields, at))
	case "generate", "remote_state", "feature", "exclude", "errors", "engine", "dependencies":
		return placed.New(s.unknown(name+" of "+s.tree.Place(s.file), at), at)
	}
	return nil
}

// outputs returns outputs of a dependency: of one that is asked for by name, an object with that.
func (s *scope) outputs(name, output string, at hcl.Range) *placed.Value {
	var found *dependency
	for _, d := range slices.Concat(s.dependencies, s.site.dependencies) {
		if d.name == name {
			found = d
			break
		}
	}
	if found == nil {
		return nil
	}
	return s.outputsOf(found, output, at)
}

// outputsOf returns the output of a name of a dependency, or all if it is empty.
func (s *scope) outputsOf(d *dependency, output string, at hcl.Range) *placed.Value {
	label := "dependency." + d.name + ".outputs"
	if mocks, only := d.mocks(at); only {
		return mocks
	}
	if dir, ok := d.folder(); ok && s.world.Outputs != nil {
		all, whole := s.world.Outputs(dir)
		v, known := all[output]
		switch {
		case whole:
			return placed.New(cty.ObjectVal(all), at)
		case known:
			return placed.New(cty.ObjectVal(map[string]cty.Value{output: v}), at)
		}
	}
	if output == "" {
		return placed.New(s.unknown(label, at), at)
	}
	return placed.New(cty.ObjectVal(map[string]cty.Value{output: s.unknown(label+"."+output, at)}), at)
}

// abs returns the path of the operating system of a name in the tree, with slashes.
func (r *reader) abs(name string) string { return path.Join(filepath.ToSlash(r.tree.Path()), name) }

// name returns the name in the tree of a path, which if it is relative starts at a folder.
func (r *reader) name(text, from string) (string, error) {
	text = filepath.ToSlash(text)
	if root := filepath.ToSlash(r.tree.Path()); filepath.IsAbs(text) || strings.HasPrefix(text, "/") {
		rel, ok := strings.CutPrefix(path.Clean(text)+"/", strings.TrimSuffix(root, "/")+"/")
		if !ok {
			return "", source.ErrOutside
		}
		return path.Clean(rel), nil
	}
	name := path.Join(from, text)
	if !filepath.IsLocal(filepath.FromSlash(name)) {
		return "", source.ErrOutside
	}
	return name, nil
}
