// Package stack reads Terraform's stacks: components, which are calls of modules, and deployments, which say with which
// values.
//
// In goes a folder of a source.Tree; out comes a module that calls the components as if they were modules, to be evaluated
// as any other, and the deployments with their inputs.
//
// # How it works
//
// The stack's own language differs from that of modules in a few words, so its files are parsed as modules are and translated:
// a component becomes the call of a module, and a deployment, whose values may come from files and from other deployments, a set
// of values of the stack's variables. Each deployment is then analysed as a root module is.
//
// # Example
//
// A component "ftp" of a stack is the call of a module named component.ftp in it, and component.ftp.id in an expression the
// output id of that. A deployment "prod" gives the stack's variables their values.
//
// Sources: https://developer.hashicorp.com/terraform/language/files/stack,
// https://developer.hashicorp.com/terraform/language/block/stack/tfdeploy/deployment, and Terraform's
// internal/stacks/stackconfig.
package stack

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
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

// Stack is the content of a folder with files of a stack.
type Stack struct {
	Dir string
	// Modules are those of the stack and of the stacks that it calls, by their folders.
	Modules map[string]*source.Module
	// Components are the folders of the modules in the tree that are called, sorted.
	Components  []string
	Deployments []Deployment
	Diags       hcl.Diagnostics
}

// Deployment is a set of values that a stack is applied with.
type Deployment struct {
	Name   string
	At     hcl.Range
	Inputs []Input
	// Open decides which inputs there are; nil if all are known.
	Open *placed.Value
}

// Input is the value of a variable of a stack.
type Input struct {
	Name  string
	Value *placed.Value
}

const maxNesting = 20

// Read reads the stack in a folder. Unknown returns a value that isn't known, by the name of what decides it.
func Read(t *source.Tree, dir string, unknown func(name string, at hcl.Range) cty.Value) *Stack {
	r := &reader{tree: t, unknown: unknown, out: &Stack{Dir: dir, Modules: map[string]*source.Module{}}, called: map[string]bool{}}
	r.stack(dir, 0)
	r.deployments(dir)
	r.out.Components = slices.Sorted(maps.Keys(r.called))
	return r.out
}

type reader struct {
	tree    *source.Tree
	unknown func(name string, at hcl.Range) cty.Value
	out     *Stack
	called  map[string]bool
}

// files returns the names of the files in a folder whose names end in a word and the suffix of a syntax.
func (r *reader) files(dir string, words ...string) []string {
	entries, err := fs.ReadDir(r.tree.FS(), dir)
	if err != nil {
		return nil
	}
	var out []string
	for _, e := range entries {
		name := e.Name()
		ext := path.Ext(name)
		word := path.Ext(strings.TrimSuffix(name, ext))
		if !e.IsDir() && (ext == ".hcl" || ext == ".json") && slices.Contains(words, word) && !strings.HasPrefix(name, ".") {
			out = append(out, path.Join(dir, name))
		}
	}
	return out
}

// stack reads the component files of a stack.
func (r *reader) stack(dir string, depth int) {
	if r.out.Modules[dir] != nil {
		return
	}
	var blocks hclsyntax.Blocks
	files := r.files(dir, ".tfcomponent", ".tfstack")
	r.out.Modules[dir] = source.ModuleOf(dir, files, nil) // while it is being read
	for _, file := range files {
		content, diags := r.tree.Read(file, []hcl.BlockHeaderSchema{
			{Type: "component", LabelNames: []string{"name"}},
			{Type: "stack", LabelNames: []string{"name"}},
			{Type: "variable", LabelNames: []string{"name"}},
			{Type: "output", LabelNames: []string{"name"}},
			{Type: "locals"},
			{Type: "provider", LabelNames: []string{"type", "name"}},
			{Type: "required_providers"},
			{Type: "removed"},
		})
		r.out.Diags = append(r.out.Diags, diags...)
		for _, b := range content.Blocks {
			rename(b.Body)
			switch b.Type {
			case "variable", "output":
				if len(b.Labels) == 1 {
					blocks = append(blocks, b)
				}
			case "locals":
				blocks = append(blocks, b)
			case "component", "stack":
				if len(b.Labels) == 1 {
					blocks = append(blocks, r.call(dir, b, depth))
				}
			}
		}
	}
	r.out.Modules[dir] = source.ModuleOf(dir, files, blocks)
}

// call returns a component, or a stack in the stack, as the call of a module.
func (r *reader) call(dir string, b *hclsyntax.Block, depth int) *hclsyntax.Block {
	body := &hclsyntax.Body{Attributes: hclsyntax.Attributes{}, SrcRange: b.Body.SrcRange, EndRange: b.Body.EndRange}
	var callee *source.Module
	for name, a := range b.Body.Attributes {
		switch name {
		case "source", "version", "for_each":
			body.Attributes[name] = a
		}
	}
	if a := b.Body.Attributes["source"]; a != nil {
		if text, ok := placed.Of(a.Expr, placed.Constants{}).Text(); ok && source.IsLocal(text) {
			to := path.Join(dir, text)
			if b.Type == "stack" && depth < maxNesting {
				r.stack(to, depth+1)
				callee = r.out.Modules[to]
			} else if b.Type == "component" {
				r.called[to] = true
				callee = r.tree.Module(to)
			}
		}
	}
	if a := b.Body.Attributes["inputs"]; a != nil {
		inputs(body, a.Expr, callee)
	}
	return &hclsyntax.Block{
		Type: "module", Labels: []string{b.Type + "." + b.Labels[0]}, Body: body, TypeRange: b.TypeRange, LabelRanges: b.LabelRanges,
		OpenBraceRange: b.OpenBraceRange, CloseBraceRange: b.CloseBraceRange,
	}
}

// inputs sets the arguments of a call: the items of a literal object, or what the variables of the module are in another one.
func inputs(body *hclsyntax.Body, expr hclsyntax.Expression, callee *source.Module) {
	set := func(name string, at hcl.Range, value hclsyntax.Expression) {
		if !source.IsMeta(name) {
			body.Attributes[name] = &hclsyntax.Attribute{Name: name, Expr: value, SrcRange: value.Range(), NameRange: at}
		}
	}
	if object, ok := expr.(*hclsyntax.ObjectConsExpr); ok {
		literal := true
		for _, item := range object.Items {
			key, diags := item.KeyExpr.Value(nil)
			literal = literal && !diags.HasErrors() && key.Type() == cty.String && key.IsKnown() && !key.IsNull()
			if literal {
				set(key.AsString(), item.KeyExpr.Range(), item.ValueExpr)
			}
		}
		if literal {
			return
		}
	}
	if callee == nil {
		return
	}
	at := expr.Range()
	for name, v := range callee.Variables {
		var value hclsyntax.Expression = &hclsyntax.IndexExpr{
			Collection: expr, Key: &hclsyntax.LiteralValueExpr{Val: cty.StringVal(name), SrcRange: at}, SrcRange: at, OpenRange: at, BracketRange: at,
		}
		if a := v.Body.Attr("default"); a != nil {
			value = &hclsyntax.FunctionCallExpr{
				Name: "try", Args: []hclsyntax.Expression{value, a.Expr}, NameRange: at, OpenParenRange: at, CloseParenRange: at,
			}
		}
		set(name, at, value)
	}
}

// rename makes references to what a stack calls such to the modules that stand for it.
func rename(body *hclsyntax.Body) {
	_ = hclsyntax.VisitAll(body, func(n hclsyntax.Node) hcl.Diagnostics { // it returns what the function does: nothing
		ref, ok := n.(*hclsyntax.ScopeTraversalExpr)
		if !ok || len(ref.Traversal) < 2 {
			return nil
		}
		root, isRoot := ref.Traversal[0].(hcl.TraverseRoot)
		name, isName := ref.Traversal[1].(hcl.TraverseAttr)
		if isRoot && isName && (root.Name == "component" || root.Name == "stack") {
			word := root.Name
			root.Name, name.Name = "module", word+"."+name.Name
			ref.Traversal[0], ref.Traversal[1] = root, name
		}
		return nil
	})
}

// deployments reads the deployment files.
func (r *reader) deployments(dir string) {
	s := &scope{reader: r, locals: hclsyntax.Attributes{}, values: map[string]*placed.Value{}, busy: map[string]bool{}}
	s.functions = lang.Functions(source.Bounded{Files: r.tree.Files(dir)}, lang.WithBudget(s))
	maps.Copy(s.functions, lang.InstrumentFunctions(s))
	var blocks hclsyntax.Blocks
	for _, file := range r.files(dir, ".tfdeploy") {
		content, diags := r.tree.Read(file, []hcl.BlockHeaderSchema{
			{Type: "deployment", LabelNames: []string{"name"}},
			{Type: "locals"},
			{Type: "identity_token", LabelNames: []string{"name"}},
			{Type: "store", LabelNames: []string{"type", "name"}},
			{Type: "upstream_input", LabelNames: []string{"name"}},
			{Type: "publish_output", LabelNames: []string{"name"}},
			{Type: "orchestrate", LabelNames: []string{"type", "name"}},
			{Type: "deployment_group", LabelNames: []string{"name"}},
			{Type: "deployment_auto_approve", LabelNames: []string{"name"}},
		})
		r.out.Diags = append(r.out.Diags, diags...)
		for _, b := range content.Blocks {
			switch {
			case b.Type == "locals":
				maps.Copy(s.locals, b.Body.Attributes)
			case b.Type == "deployment" && len(b.Labels) == 1:
				blocks = append(blocks, b)
			}
		}
	}
	for _, b := range blocks {
		d := Deployment{Name: b.Labels[0], At: b.DefRange()}
		if a := b.Body.Attributes["destroy"]; a != nil {
			if text, ok := placed.Of(a.Expr, s).Text(); ok && text == "true" {
				continue
			}
		}
		if a := b.Body.Attributes["inputs"]; a != nil {
			all := placed.Of(a.Expr, s)
			fields, ok := all.Fields()
			if !ok {
				d.Open = all
			}
			for _, f := range fields {
				d.Inputs = append(d.Inputs, Input{f.Name, f.Value})
			}
		}
		r.out.Deployments = append(r.out.Deployments, d)
	}
}

// Limits for files that are hostile.
const (
	maxSteps = 1_000_000
	maxMade  = 128 << 20
	maxDepth = 500
)

// scope is where the expressions of deployment files are evaluated.
type scope struct {
	*reader
	locals      hclsyntax.Attributes
	values      map[string]*placed.Value
	busy        map[string]bool
	functions   map[string]function.Function
	steps, made int
}

// Spend implements lang.Budget.
func (s *scope) Spend(steps, bytes int) error {
	s.steps, s.made = s.steps+steps, s.made+bytes
	if s.Spent() {
		return lang.LimitError{Limit: "maxSteps", Max: maxSteps, Asked: float64(s.steps), What: "steps to evaluate deployments"}
	}
	return nil
}

// Spent implements lang.Budget.
func (s *scope) Spent() bool { return s.steps > maxSteps || s.made > maxMade }

// fail says what is wrong with an expression, and returns what stands for its value.
func (s *scope) fail(at hcl.Range, summary, format string, args ...any) cty.Value {
	s.out.Diags = s.out.Diags.Append(&hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: fmt.Sprintf(format, args...), Subject: &at})
	return s.unknown(fmt.Sprintf("what is at %s:%d", at.Filename, at.Start.Line), at)
}

// Evaluate implements placed.Scope.
func (s *scope) Evaluate(expr hclsyntax.Expression) (v cty.Value) {
	at := expr.Range()
	if s.Spend(1, 0) != nil || len(s.busy) > maxDepth {
		return s.fail(at, "The configuration exceeds a limit", "Evaluating deployments takes more than %d steps, or %d levels.", maxSteps, maxDepth)
	}
	defer func() {
		if cause := recover(); cause != nil {
			v = s.fail(at, "An expression can't be evaluated", "The library that evaluates it fails: %v", cause)
		}
	}()
	variables := map[string]cty.Value{}
	locals := map[string]cty.Value{}
	for _, t := range expr.Variables() {
		switch name := nameIn(t); t.RootName() {
		case "local":
			if v := s.local(name, t.SourceRange()); v != nil {
				locals[name] = v.V
			}
		default:
			variables[t.RootName()] = s.outside(t)
		}
	}
	variables["local"] = cty.ObjectVal(locals)
	v, diags := expr.Value(&hcl.EvalContext{Variables: variables, Functions: s.functions})
	if diags = lang.Steady(diags); diags.HasErrors() {
		return s.fail(at, diags[0].Summary, "%s", diags[0].Detail)
	}
	if err := lang.CheckValue(v); err != nil {
		return s.fail(at, "The configuration exceeds a limit", "The value has %s.", err)
	}
	return v
}

// outside returns the value of a reference to what is not in the files: a token, a store, another stack.
func (s *scope) outside(t hcl.Traversal) cty.Value {
	var name strings.Builder
	name.WriteString(t.RootName())
	for _, step := range t[1:] {
		if attr, ok := step.(hcl.TraverseAttr); ok {
			name.WriteString("." + attr.Name)
		}
	}
	return s.unknown(name.String(), t.SourceRange())
}

func nameIn(t hcl.Traversal) string {
	if len(t) > 1 {
		if attr, ok := t[1].(hcl.TraverseAttr); ok {
			return attr.Name
		}
	}
	return ""
}

// local returns a local value of the deployment files; nil if there is none of that name.
func (s *scope) local(name string, at hcl.Range) *placed.Value {
	a := s.locals[name]
	if a == nil {
		return nil
	}
	if v := s.values[name]; v != nil {
		return v
	}
	if s.busy[name] {
		return placed.New(s.fail(at, "Values depend on each other in a circle", "The value of local.%s depends on itself.", name), at)
	}
	s.busy[name] = true
	v := placed.Of(a.Expr, s)
	delete(s.busy, name)
	if n, err := lang.Weigh(v.V); err != nil || s.Spend(0, n*64) != nil {
		v = placed.New(s.fail(at, "The configuration exceeds a limit", "The values of deployments take too much memory."), at)
	}
	s.values[name] = v
	return v
}

// Behind implements placed.Scope.
func (s *scope) Behind(t hcl.Traversal) (*placed.Value, int) {
	if len(t) > 1 && t.RootName() == "local" {
		return s.local(nameIn(t), t.SourceRange()), 2
	}
	return nil, 0
}

// Called implements placed.Scope.
func (*scope) Called(*hclsyntax.FunctionCallExpr) *placed.Value { return nil }
