package graph

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/lang"
	"github.com/tfreach/tfreach/analyzer/source"
)

// module is an instance of a module. What its expressions refer to is evaluated when it is first asked for.
type module struct {
	ev     *evaluator
	source *source.Module
	path   ModulePath
	parent *module // nil for the root module
	// certain is false if the instance stands for an unknown number of instances.
	certain bool
	// call is the block in the parent that makes the instance, and scope is where its arguments are evaluated. Both are nil for
	// the root module.
	call  *source.Block
	scope *scope
	depth int // how many modules call each other to get here
	// pathBytes is the approximate length of the path as text.
	pathBytes int
	calls     []hcl.Range

	empty    *hcl.EvalContext // functions only
	top      *scope           // for expressions outside of blocks with instances
	contexts map[hcl.Expression]*hcl.EvalContext
	shared   map[hcl.Expression]*shared
	values   map[string]*cell
	// validated are the variables whose validation has been checked.
	validated map[string]bool
	children  map[string]*expansion[*module]
	blocks    map[*source.Block]*expansion[*instance]
	wholes    map[source.ResourceName]map[string]cty.Value
	versions  map[string]*versions // see versionsOf
}

// cell holds a value that is evaluated once. If it is asked for during its own evaluation, there is a cycle.
type cell struct {
	done bool
	v    cty.Value
}

// instance is an instance of a resource block, with its attributes evaluated when first asked for.
type instance struct {
	block *source.Block
	addr  Address
	scope *scope
	// certain is false if the instance stands for an unknown number of instances.
	certain bool
	name    string
	attrs   map[string]*cell
	plans   map[string]cty.Value // see planned
}

func newModule(ev *evaluator, src *source.Module, parent *module) *module {
	m := &module{
		ev: ev, source: src, parent: parent, certain: true,
		empty: &hcl.EvalContext{Functions: ev.functions}, contexts: map[hcl.Expression]*hcl.EvalContext{},
		shared: map[hcl.Expression]*shared{},
		values: map[string]*cell{}, validated: map[string]bool{}, children: map[string]*expansion[*module]{},
		blocks: map[*source.Block]*expansion[*instance]{}, wholes: map[source.ResourceName]map[string]cty.Value{},
		versions: map[string]*versions{},
	}
	m.top = &scope{m: m}
	if parent != nil {
		m.depth = parent.depth + 1
	}
	return m
}

// root returns the root module of the instance.
func (m *module) root() *module {
	for m.parent != nil {
		m = m.parent
	}
	return m
}

// inside reports whether a folder is the module's own, or that of a module on the way from the root.
func (m *module) inside(dir string) bool {
	for ; m != nil; m = m.parent {
		if m.source.Dir == dir {
			return true
		}
	}
	return false
}

// calledFrom returns the calls that lead to the module, the root module's first.
func (m *module) calledFrom() []hcl.Range {
	if m.calls == nil && m.parent != nil {
		m.calls = append(slices.Clip(m.parent.calledFrom()), m.call.At)
	}
	return m.calls
}

// once evaluates a value of the module when it is first asked for, and keeps it.
func (m *module) once(name string, at hcl.Range, evaluate func() cty.Value) cty.Value {
	c := m.values[name]
	if c == nil {
		c = &cell{}
		m.values[name] = c
		c.v = m.ev.kept(m.label(name), at, evaluate)
		c.done = true
	}
	if !c.done {
		m.ev.cycle(name, at)
		return m.ev.failed(at)
	}
	return c.v
}

// kept evaluates a value and keeps it, if there is room.
func (ev *evaluator) kept(name string, at hcl.Range, evaluate func() cty.Value) cty.Value {
	if ev.values > ev.limits.values {
		ev.diags.add(limitDiagnostic(at, "The values of a configuration may have %d elements in all; %s is not evaluated.", ev.limits.values, name))
		return ev.failed(at)
	}
	v := evaluate()
	n, err := lang.Weigh(v)
	ev.values += n
	if err != nil {
		ev.diags.add(limitDiagnostic(at, "The value of %s has %s.", name, err))
		return ev.failed(at)
	}
	return v
}

func (ev *evaluator) cycle(name string, at hcl.Range) {
	ev.cycles++
	ev.diags.add(&hcl.Diagnostic{
		Severity: hcl.DiagError, Summary: "Values depend on each other in a cycle",
		Detail: fmt.Sprintf("The value of %s depends on itself.", name), Subject: at.Ptr(),
	})
}

func (m *module) undeclared(t hcl.Traversal) {
	var name strings.Builder
	name.WriteString(t.RootName())
	for _, step := range t[1:] {
		attr, ok := step.(hcl.TraverseAttr)
		if !ok {
			break
		}
		name.WriteString("." + attr.Name)
	}
	m.ev.diags.add(&hcl.Diagnostic{
		Severity: hcl.DiagError, Summary: "Reference to something that is not declared",
		Detail: fmt.Sprintf("%s is not declared in this module.", name.String()), Subject: t.SourceRange().Ptr(),
	})
}

// named returns a variable, local value, path or workspace by the root and the rest of its name.
func (m *module) named(root, name string, t hcl.Traversal) cty.Value {
	at := t.SourceRange()
	switch root {
	case "var":
		return m.variable(name, t)
	case "local":
		attr := m.source.Locals[name]
		if attr == nil {
			m.undeclared(t[:2])
			return m.ev.failed(at)
		}
		return m.once("local."+name, at, func() cty.Value { return m.top.eval(attr.Expr) })
	case "path":
		return m.pathValue(name, t)
	case "terraform":
		switch name {
		case "workspace":
			return m.ev.inputs.workspace()
		case "applying":
			return cty.UnknownVal(cty.Bool).RefineNotNull().WithMarks(cty.NewValueMarks(
				lang.Ephemeral, Origin{Kind: FromExpression, Name: "terraform.applying", At: at}))
		}
	}
	m.undeclared(t[:2])
	return m.ev.failed(at)
}

// ephemeral returns the value of an ephemeral resource, which exists only while Terraform runs, with its type and name. These
// are empty if the reference is too short.
func (m *module) ephemeral(t hcl.Traversal) (v cty.Value, typ, name string) {
	if len(t) > 2 {
		typ, name = stepName(t[1:]), stepName(t[2:])
	}
	block := m.source.Ephemeral[typ+"."+name]
	if block == nil {
		m.undeclared(t)
		return m.ev.failed(t.SourceRange()), typ, name
	}
	origin := Origin{Kind: FromData, Name: m.label("ephemeral." + typ + "." + name), At: block.At}
	return cty.DynamicVal.WithMarks(cty.NewValueMarks(lang.Ephemeral, origin)), typ, name
}

// pathValue returns what path.NAME is in Terraform: relative to the folder of the root module, except for cwd.
func (m *module) pathValue(name string, t hcl.Traversal) cty.Value {
	root := m.root().source.Dir
	switch name {
	case "root":
		return cty.StringVal(".")
	case "module":
		rel := relative(root, m.source.Dir)
		return cty.StringVal(rel)
	case "cwd":
		return cty.StringVal(path.Join(m.ev.tree.Path(), root))
	}
	m.undeclared(t[:2])
	return m.ev.failed(t.SourceRange())
}

// relative returns the path from one folder of the tree to another.
func relative(from, to string) string {
	f, t := strings.Split(from, "/"), strings.Split(to, "/")
	if from == "." {
		f = nil
	}
	if to == "." {
		t = nil
	}
	same := 0
	for same < len(f) && same < len(t) && f[same] == t[same] {
		same++
	}
	return path.Join(slices.Concat([]string{"."}, slices.Repeat([]string{".."}, len(f)-same), t[same:])...)
}

// variable returns the value of an input variable: the call's argument or the user's value, else the default, else an unknown
// value of the variable's type.
func (m *module) variable(name string, t hcl.Traversal) cty.Value {
	block := m.source.Variables[name]
	if block == nil {
		m.undeclared(t[:2])
		return m.ev.failed(t.SourceRange())
	}
	v := m.once("var."+name, t.SourceRange(), func() cty.Value {
		v := variableValue(m, name, block)
		if isTrue(block, "sensitive") {
			v = v.Mark(lang.Sensitive)
		}
		if isTrue(block, "ephemeral") {
			v = v.Mark(lang.Ephemeral)
		}
		return v
	})
	m.validate(name, block)
	return v
}

// validate reports a value that a validation block of the variable refuses. Terraform would stop there; tfreach goes on with
// the rest of the configuration.
func (m *module) validate(name string, block *source.Block) {
	if m.validated[name] || !m.values["var."+name].done {
		return
	}
	m.validated[name] = true
	for _, b := range block.Body.Blocks("validation") {
		body := source.Body{b.Body}
		condition := body.Attr("condition")
		if condition == nil {
			continue
		}
		ok, _ := m.top.eval(condition.Expr).Unmark()
		if !ok.IsKnown() || ok.IsNull() || ok.Type() != cty.Bool || ok.True() {
			continue
		}
		detail := ""
		if a := body.Attr("error_message"); a != nil {
			if v := m.top.value(a.Expr); !v.Sensitive() {
				detail, _ = v.Text()
			}
		}
		m.ev.diags.add(&hcl.Diagnostic{
			Severity: hcl.DiagWarning, Summary: "A variable has a value that its validation refuses",
			Detail: fmt.Sprintf("var.%s: %s", name, detail), Subject: condition.Expr.Range().Ptr(),
		})
	}
}

// isTrue reports whether an argument of a block is literally true.
func isTrue(block *source.Block, name string) bool {
	attr := block.Body.Attr(name)
	if attr == nil {
		return false
	}
	v, diags := lang.Constant(attr.Expr)
	return !diags.HasErrors() && v.IsKnown() && !v.IsNull() && v.Type() == cty.Bool && v.True()
}

// variableType returns the type constraint of a variable and the defaults of its optional attributes.
func (ev *evaluator) variableType(block *source.Block) (cty.Type, *typeexpr.Defaults) {
	attr := block.Body.Attr("type")
	if attr == nil {
		return cty.DynamicPseudoType, nil
	}
	switch hcl.ExprAsKeyword(attr.Expr) {
	case "list": // as before Terraform 0.12, of any elements of one type
		return cty.List(cty.DynamicPseudoType), nil
	case "map":
		return cty.Map(cty.DynamicPseudoType), nil
	}
	ty, defaults, diags := typeexpr.TypeConstraintWithDefaults(attr.Expr)
	if diags.HasErrors() {
		ev.diags.add(diags...)
		return cty.DynamicPseudoType, nil
	}
	return ty, defaults
}

func variableValue(m *module, name string, block *source.Block) cty.Value {
	ty, defaults := m.ev.variableType(block)
	given, at, lost := m.argument(name, block)
	if m.isDefaulted(given, block) {
		given = cty.NilVal
	}
	if given == cty.NilVal && !lost {
		if attr := block.Body.Attr("default"); attr != nil {
			given, at = m.top.eval(attr.Expr), attr.Expr.Range()
		}
	}
	if given == cty.NilVal {
		v := cty.UnknownVal(ty.WithoutOptionalAttributesDeep())
		if !m.isNullable(block) {
			v = v.RefineNotNull()
		}
		label := m.label("var." + name)
		return v.WithMarks(cty.NewValueMarks(
			Origin{Kind: FromVariable, Name: label, At: block.At}, lang.Identity{Term: label, Part: !ty.IsPrimitiveType()}))
	}
	if defaults != nil && given.IsKnown() && !given.IsNull() {
		given = defaults.Apply(given)
	}
	v, err := lang.Convert(given, ty)
	if err != nil {
		m.ev.diags.add(&hcl.Diagnostic{
			Severity: hcl.DiagError, Summary: "Wrong type for a variable",
			Detail: fmt.Sprintf("The value for var.%s is unsuitable: %s.", name, err), Subject: at.Ptr(),
		})
		return cty.UnknownVal(ty.WithoutOptionalAttributesDeep()).Mark(Origin{Kind: FromExpression, Name: m.label("var." + name), At: at})
	}
	return v
}

// isDefaulted reports whether a variable has its default instead of what it is given: whether it is given nothing, or null
// where null isn't allowed.
func (m *module) isDefaulted(given cty.Value, block *source.Block) bool {
	return given == cty.NilVal || !m.isNullable(block) && given.IsKnown() && given.IsNull()
}

func (m *module) isNullable(block *source.Block) bool {
	attr := block.Body.Attr("nullable")
	if attr == nil {
		return true
	}
	v, diags := lang.Constant(attr.Expr)
	return diags.HasErrors() || !v.IsKnown() || v.IsNull() || v.Type() != cty.Bool || v.True()
}

// argument returns the value that the caller gives to a variable, or cty.NilVal. lost is true if that may be because it
// couldn't be read.
func (m *module) argument(name string, block *source.Block) (v cty.Value, at hcl.Range, lost bool) {
	if m.call == nil {
		return m.ev.given(name, block)
	}
	if attr := m.call.Body.Attr(name); attr != nil {
		return m.scope.eval(attr.Expr), attr.Expr.Range(), false
	}
	return cty.NilVal, hcl.Range{}, !configBody{m.call.Body, m.scope}.torn().Absent()
}

// label returns a name in the module as one writes it from the root module.
func (m *module) label(name string) string { return label(m.path, name) }

// output returns the value of an output.
func (m *module) output(name string, at hcl.Range) cty.Value {
	block := m.source.Outputs[name]
	attr := block.Body.Attr("value")
	if attr == nil {
		return m.ev.failed(at)
	}
	// A sensitive output does not make the value sensitive for its callers; issensitive of Terraform 1.11 denies it.
	return m.once("output."+name, at, func() cty.Value { return m.top.eval(attr.Expr) })
}

// callValue returns the value of a module call with the parts that the references in an expression ask for: an object of
// outputs, or a collection of such objects by instance key.
func (m *module) callValue(name string, refs []hcl.Traversal, u *usage) cty.Value {
	at := refs[0].SourceRange()
	call := m.source.Calls[name]
	if call == nil {
		m.undeclared(refs[0][:2])
		return m.ev.failed(at)
	}
	e := m.child(name)
	unread := cty.DynamicVal.WithMarks(cty.NewValueMarks(e.self, lang.Identity{Term: e.self.Name, Part: true}))
	if e.missing {
		if v, ok := m.plannedOutputs(name); ok {
			return v
		}
		return unread
	}
	var keys []Key
	for _, t := range refs {
		key, ok := u.instanceOf(t, t[2:])
		if !ok {
			keys = nil
			break
		}
		keys = append(keys, key)
	}
	return e.value(keys, func(child *module) cty.Value {
		outputs := map[string]cty.Value{}
		for _, t := range refs {
			for _, output := range wantedOutputs(child.source, t, u) {
				outputs[output] = child.output(output, t.SourceRange())
			}
			if !e.modelled {
				continue
			}
			for _, output := range m.ev.askedOutputs(t) {
				if child.source.Outputs[output] == nil {
					outputs[output] = unread
				}
			}
		}
		return cty.ObjectVal(outputs)
	})
}

// askedOutputs returns the names that a reference to a module may ask of it, whatever outputs it has.
func (ev *evaluator) askedOutputs(t hcl.Traversal) []string {
	rest := t[2:]
	if len(rest) > 0 {
		if _, key := rest[0].(hcl.TraverseIndex); key {
			rest = rest[1:]
		}
	}
	if name := stepName(rest); name != "" {
		return []string{name}
	}
	return ev.allNames()
}

// wantedOutputs returns the outputs that a reference asks for: the one in the traversal, else those that the expression names,
// else all.
func wantedOutputs(src *source.Module, t hcl.Traversal, u *usage) []string {
	rest := t[2:]
	names := u.names
	if len(rest) > 0 {
		if _, key := rest[0].(hcl.TraverseIndex); key {
			if name := attributeOf(rest[0]); name != "" {
				names = append(slices.Clip(names), name) // without count and for_each, ["name"] is an output
			}
			rest = rest[1:]
		}
	}
	if name := stepName(rest); name != "" {
		names = []string{name}
	} else if u.escapes(t) {
		names = sortedNames(src.Outputs)
	}
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return src.Outputs[name] == nil })
}

// child expands a module call.
func (m *module) child(name string) *expansion[*module] {
	if e := m.children[name]; e != nil {
		if !e.done {
			m.ev.cycle(m.label(callName(name)), m.source.Calls[name].At)
		}
		return e
	}
	call := m.source.Calls[name]
	e := &expansion[*module]{self: Origin{Kind: FromModule, Name: m.label(callName(name)), At: call.At}}
	m.children[name] = e
	src := m.load(name, call)
	if src == nil {
		src = m.model(call)
		e.modelled = src != nil
	}
	if src != nil {
		expand(m, call, e, func(key Key, s *scope, certain bool) *module {
			child := newModule(m.ev, src, m)
			child.path, child.certain = m.path.Child(name, key), m.certain && certain
			child.pathBytes = m.pathBytes + len("module..") + len(name) + len(key.String())
			child.call, child.scope = call, s
			return child
		})
	} else {
		e.missing = true
	}
	e.done = true
	return e
}

// model returns what stands for the module of a call whose code isn't there; nil if nothing does. What a plan was made from was
// there, and the plan has what it makes.
func (m *module) model(call *source.Block) *source.Module {
	if m.ev.inputs.Model == nil || m.ev.inputs.Planned != nil {
		return nil
	}
	if src, known := m.ev.models[call]; known {
		return src
	}
	text, _, _ := m.constant(call.Body.Attr("source"))
	version, _, known := m.constant(call.Body.Attr("version"))
	var src *source.Module
	if terraform := m.ev.inputs.Model(text, version); known && terraform != nil {
		src = m.ev.tree.Model(terraform, call.At, m.source.Dir)
	}
	m.ev.models[call] = src
	return src
}

// constant returns an argument of a module call that Terraform needs before it evaluates anything else: its source or version.
// text is empty without such an argument; ok is false if its value isn't known. Sources:
// https://developer.hashicorp.com/terraform/language/block/module and, for OpenTofu,
// https://opentofu.org/docs/language/modules/sources/#support-for-variable-and-local-evaluation
func (m *module) constant(attr *hclsyntax.Attribute) (text string, v Value, ok bool) {
	if attr == nil {
		return "", Value{}, true
	}
	v = m.top.value(attr.Expr)
	if v.Absent() {
		return "", v, true
	}
	text, ok = v.Text()
	return text, v, ok
}

// load finds the module that a call names. It returns nil, with a diagnostic, if the module isn't available.
func (m *module) load(name string, call *source.Block) *source.Module {
	attr := call.Body.Attr("source")
	if attr == nil {
		m.ev.diags.add(&hcl.Diagnostic{
			Severity: hcl.DiagError, Summary: "A module call without a source",
			Detail: fmt.Sprintf("The call of module %q has no source argument.", name), Subject: call.At.Ptr(),
		})
		return nil
	}
	text, from, ok := m.constant(attr)
	if !ok || text == "" {
		m.ev.diags.add(&hcl.Diagnostic{
			Severity: hcl.DiagWarning, Summary: "A module is not known",
			Detail: fmt.Sprintf("The source of module %q isn't known%s. What it declares is not analysed and its outputs are unknown.",
				name, decidedBy(from)),
			Subject: attr.Expr.Range().Ptr(),
		})
		return nil
	}
	version, _, ok := m.constant(call.Body.Attr("version"))
	if !ok {
		version = "" // any
	}
	dir := path.Join(m.source.Dir, text)
	if !source.IsLocal(text) {
		names := make([]string, 0, len(m.path)+1)
		for _, step := range m.path {
			names = append(names, step.Name)
		}
		installed, err := m.ev.manifest.Find(append(names, name), text, version)
		if err != nil {
			m.ev.diags.add(&hcl.Diagnostic{
				Severity: hcl.DiagWarning, Summary: "A module is not installed",
				Detail: fmt.Sprintf("The code of module %q (%s) is not here: %s. What it declares is not analysed and its "+
					"outputs are unknown. Run terraform init, or scan a plan.", name, text, err),
				Subject: attr.Expr.Range().Ptr(),
			})
			return nil
		}
		dir = installed
	}
	if m.depth >= maxModuleDepth {
		m.ev.diags.add(limitDiagnostic(attr.Expr.Range(), "Modules may call each other %d deep; module %q is left out.", maxModuleDepth, name))
		return nil
	}
	if m.inside(dir) {
		m.ev.diags.add(&hcl.Diagnostic{
			Severity: hcl.DiagError, Summary: "Modules call each other in a cycle",
			Detail:  fmt.Sprintf("Module %q calls %s, which leads back to this call.", name, text),
			Subject: attr.Expr.Range().Ptr(),
		})
		return nil
	}
	src := m.ev.tree.Module(dir)
	if len(src.Files) == 0 {
		why := "there are no Terraform files"
		if len(src.Diags) > 0 {
			why = src.Diags[0].Detail
		}
		m.ev.diags.add(&hcl.Diagnostic{
			Severity: hcl.DiagError, Summary: "A module can't be read",
			Detail:  fmt.Sprintf("The folder %s of module %q can't be read: %s.", dir, name, why),
			Subject: attr.Expr.Range().Ptr(),
		})
		return nil
	}
	m.ev.read(src)
	return src
}

// decidedBy describes what decides a value.
func decidedBy(v Value) string {
	var names []string
	for _, o := range v.Origins() {
		names = append(names, o.Name)
	}
	if len(names) == 0 {
		return ""
	}
	return ": it is decided by " + strings.Join(names, ", ")
}

func sortedNames[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
