package graph

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/lang"
	"github.com/tfreach/tfreach/analyzer/source/plan"
)

// FromPlan returns the resources that are there after a plan, or those of a state. File is the name of the document,
// for places.
func FromPlan(doc *plan.Plan, file string) *Graph {
	return fromPlan(doc, file, func(r *plan.Resource) (*plan.Values, []cty.Path) {
		// What a plan forgets goes on to exist, out of Terraform's sight.
		if r.Actions.Forget() {
			return r.Before, r.BeforeSensitive
		}
		return r.After, r.AfterSensitive
	})
}

// BeforePlan returns the resources that are there before a plan, at the addresses that they have after it.
func BeforePlan(doc *plan.Plan, file string) *Graph {
	return fromPlan(doc, file, func(r *plan.Resource) (*plan.Values, []cty.Path) {
		return r.Before, r.BeforeSensitive
	})
}

// fromPlan returns the resources by what side returns of each: its values, and the paths of those that are sensitive.
func fromPlan(doc *plan.Plan, file string, side func(*plan.Resource) (*plan.Values, []cty.Path)) *Graph {
	p := &planGraph{resolved: map[resolveKey][]Origin{}, blocks: map[*plan.Module]map[string]*plan.Block{}}
	diags := &diagnostics{seen: map[string]bool{}}
	var resources []*Resource
	for _, r := range slices.Concat(doc.Resources, doc.Deferred, doc.Prior) {
		values, sensitive := side(r)
		if values == nil || r.Deposed != "" {
			continue
		}
		at := planRange(file, r.At)
		addr, err := ParseAddress(r.Address)
		if err != nil && r.Deferred != "" {
			continue // which instances there are isn't known, so it has no address
		}
		if err != nil {
			diags.add(&hcl.Diagnostic{
				Severity: hcl.DiagError, Summary: "A resource address can't be read", Detail: err.Error(), Subject: at.Ptr(),
			})
			continue
		}
		body := planBody{p: p, values: values, sensitive: sensitive, at: at, self: addr, env: env{path: addr.Module, key: addr.Key}}
		var provider Provider
		if doc.Config != nil {
			body.env.module = moduleConfig(doc.Config.Root, addr.Module)
			if block := p.block(body.env.module, addr); block != nil {
				body.block = block.Arguments
				provider = p.provider(doc.Config, block.Provider, file)
				if body.env.forEach = block.ForEach; block.ForEach == nil {
					body.env.forEach = block.Count
				}
			}
		}
		resources = append(resources, &Resource{
			Addr: addr, Certain: r.Deferred != "instance_count_unknown", Change: changeOf(doc.Kind, r), Provider: provider, Decl: at, Object: Object{body},
		})
	}
	if doc.Config != nil {
		p.root = doc.Config.Root
	}
	p.graph = &Graph{Resources: resources, diags: diags, plan: p}
	p.graph.index()
	p.graph.indexIDs()
	return p.graph
}

// planRange converts the region of a resource in a document.
func planRange(file string, at plan.Region) hcl.Range {
	pos := func(p plan.Pos) hcl.Pos { return hcl.Pos{Line: p.Line, Column: p.Column, Byte: int(p.Offset)} }
	return hcl.Range{Filename: file, Start: pos(at.Start), End: pos(at.End)}
}

func changeOf(kind plan.Kind, r *plan.Resource) Change {
	switch {
	case kind == plan.KindState:
		return Unplanned
	case r.Actions.Replace():
		return Replace
	case r.Actions.Create():
		return Create
	case r.Actions.Update():
		return Update
	}
	return Unchanged
}

// indexIDs finds resources by the ID that they have already. An ID that two resources have finds neither.
func (g *Graph) indexIDs() {
	for _, r := range g.Resources {
		id, ok := r.Attr("id").Text()
		if !ok || id == "" {
			continue
		}
		if _, taken := g.byID[id]; taken {
			g.byID[id] = nil
			continue
		}
		g.byID[id] = r
	}
}

// planGraph resolves the references that a plan's configuration keeps of each expression.
type planGraph struct {
	root     *plan.Module
	graph    *Graph
	blocks   map[*plan.Module]map[string]*plan.Block
	resolved map[resolveKey][]Origin
}

// planBody reads the values of a resource in a plan, or of a nested block of it. Its unknown values are marked with
// what their expressions refer to.
type planBody struct {
	p *planGraph
	// values are those of the resource; nil in a nested block, which v is the value of.
	values *plan.Values
	// sensitive are the paths of the values that must not be shown; those of a nested block are marked in v.
	sensitive []cty.Path
	v         cty.Value
	at        hcl.Range
	self      Address
	env       env
	// block is the configuration of the resource or nested block; nil if the plan has none.
	block map[string]*plan.Expr
	// all is set for nested blocks that are written as a list of objects and so have no expressions of their own: it is
	// that of the whole list.
	all *plan.Expr
}

// planned returns the value of an attribute as it is in the plan.
func (b planBody) planned(name string) Value {
	if b.values == nil {
		return valueBody{Value{v: b.v, At: b.at}}.attr(name)
	}
	v := b.values.Attr(name)
	if v == cty.NilVal {
		return Value{}
	}
	return Value{v: markSensitive(v, name, b.sensitive), path: []cty.Value{cty.StringVal(name)}, At: b.at}
}

// markSensitive marks what the paths into an object lead to in the value of one of its attributes.
func markSensitive(v cty.Value, attr string, paths []cty.Path) cty.Value {
	var marks []cty.PathValueMarks
	for _, p := range paths {
		if len(p) > 0 {
			if step, ok := p[0].(cty.GetAttrStep); !ok || step.Name != attr {
				continue
			}
			p = p[1:]
		}
		marks = append(marks, cty.PathValueMarks{Path: p, Marks: cty.NewValueMarks(lang.Sensitive)})
	}
	return v.MarkWithPaths(marks)
}

func (b planBody) attr(name string) Value {
	v := b.planned(name)
	if v.v == cty.NilVal || v.v.IsWhollyKnown() {
		return v
	}
	expr := b.block[name]
	if b.all != nil {
		expr = b.all
	}
	origins := b.p.origins(b.env, expr)
	if len(origins) == 0 {
		o := Origin{Kind: originKind(b.self.Mode), Name: b.self.String() + "." + name, Attr: name, At: b.at}
		if b.values != nil {
			o.Resource = b.self.String()
		}
		origins = []Origin{o}
	}
	for _, o := range origins {
		v.v = v.v.Mark(o)
	}
	return v
}

// computes says whether the provider fills in an attribute: its value is unknown and the configuration has none. Of a
// block that is written as an element of a list, or that a dynamic block makes, the configuration in a plan doesn't tell.
func (b planBody) computes(name string) bool {
	told := b.values != nil || b.block != nil
	return b.env.module != nil && b.all == nil && told && b.block[name] == nil && b.planned(name).Undecided()
}

func (b planBody) blocks(name string) []Block {
	expr := b.block[name]
	if b.all != nil {
		expr = b.all
	}
	blocks := b.attr(name).objects()
	listed := b.values != nil && (b.env.module == nil || expr == nil)
	var written []map[string]*plan.Expr
	if expr != nil && len(expr.Blocks) == len(blocks) {
		written = pair(expr.Blocks, blocks)
	}
	for i, block := range blocks {
		inner, ok := block.body.(valueBody)
		if !ok {
			continue
		}
		raw, marks := inner.value.v.Unmark()
		if _, sensitive := marks[lang.Sensitive]; sensitive {
			raw = raw.Mark(lang.Sensitive)
		}
		nested := planBody{p: b.p, v: raw, at: block.At, self: b.self, env: b.env}
		if written != nil && written[i] != nil {
			nested.block = written[i]
		} else {
			nested.all = expr
		}
		blocks[i].Object, blocks[i].Listed = Object{nested}, listed
	}
	return blocks
}

// moduleConfig returns the configuration of the module at a path, or nil.
func moduleConfig(m *plan.Module, path ModulePath) *plan.Module {
	for _, step := range path {
		if m == nil {
			return nil
		}
		call := m.Calls[step.Name]
		if call == nil {
			return nil
		}
		m = call.Module
	}
	return m
}

// block returns the configuration of a resource in its module, or nil.
func (p *planGraph) block(m *plan.Module, addr Address) *plan.Block {
	if m == nil {
		return nil
	}
	if p.blocks[m] == nil {
		p.blocks[m] = make(map[string]*plan.Block, len(m.Resources))
		for _, b := range m.Resources {
			p.blocks[m][b.Address] = b
		}
	}
	addr.Module, addr.Key = nil, Key{}
	return p.blocks[m][addr.String()]
}

// env is where a plan's configuration has an expression: in a module instance, in a block that may have instances.
type env struct {
	path   ModulePath
	module *plan.Module
	// key is that of the instance of the block, or what else is known of which instance of another block is meant.
	key Key
	// forEach is the block's for_each or count; nil without.
	forEach *plan.Expr
}

// resolveKey is an expression in an env.
type resolveKey struct {
	path string
	key  Key
	expr *plan.Expr
}

// origins returns what the references of an expression lead to.
func (p *planGraph) origins(e env, expr *plan.Expr) []Origin {
	if expr == nil || e.module == nil {
		return nil
	}
	id := resolveKey{e.path.String(), e.key, expr}
	if out, ok := p.resolved[id]; ok {
		return out
	}
	p.resolved[id] = nil // ends a cycle, which a real plan can't have
	refs := references(expr)
	var out []Origin
	for i, ref := range refs {
		// Terraform lists aws_vpc.a.id and then aws_vpc.a.
		if i > 0 {
			if rest, ok := strings.CutPrefix(refs[i-1], ref); ok && (rest == "" || rest[0] == '.' || rest[0] == '[') {
				continue
			}
		}
		out = append(out, p.resolve(e, ref)...)
	}
	slices.SortFunc(out, Origin.compare)
	out = slices.Compact(out)
	p.resolved[id] = out
	return out
}

// references returns the references of an expression and of the blocks in it.
func references(expr *plan.Expr) []string {
	refs := slices.Clone(expr.References)
	for _, block := range expr.Blocks {
		for _, name := range sortedNames(block) {
			refs = append(refs, references(block[name])...)
		}
	}
	return refs
}

func (p *planGraph) resolve(e env, ref string) []Origin {
	t, diags := hclsyntax.ParseTraversalPartial([]byte(ref), "", hcl.InitialPos)
	if diags.HasErrors() {
		return []Origin{{Kind: FromExpression, Name: ref}}
	}
	switch root := t.RootName(); root {
	case "each":
		if stepName(t[1:]) == "key" {
			return nil // keys are known, so they are no reference to anything computed
		}
		if out := p.resolveEach(e, t); out != nil {
			return out
		}
		out := p.origins(env{path: e.path, module: e.module, key: e.key}, e.forEach)
		if len(out) > 1 && e.key.Kind() != NoKey {
			// It is one of them, and a plan doesn't say which.
			out = append(out, Origin{Kind: FromExpression, Name: label(e.path, ref)})
		}
		return out
	case "count", "path", "terraform", "self":
		return nil
	case "local":
		return []Origin{{Kind: FromExpression, Name: label(e.path, ref)}}
	case "var":
		return p.resolveVariable(e, stepName(t[1:]), ref)
	case "module":
		return p.resolveOutput(e, t, ref)
	}
	addr, rest, err := splitAddress(t)
	if err != nil {
		return []Origin{{Kind: FromExpression, Name: label(e.path, ref)}}
	}
	addr.Module = e.path
	rs := p.graph.byBlock[addr.String()]
	picked := addr.Key.Kind() == NoKey && e.key.Kind() != NoKey && len(rs) > 1
	kind, attr := originKind(addr.Mode), stepName(rest)
	if len(rs) == 0 {
		return []Origin{{Kind: kind, Name: dotted(addr.String(), attr), Resource: addr.String(), Attr: attr}}
	}
	var out []Origin
	block := p.block(e.module, addr)
	for _, r := range rs {
		// An attribute that the configuration sets is unknown because of what it is set to.
		if block != nil && block.Arguments[attr] != nil {
			set := env{path: e.path, module: e.module, key: r.Addr.Key, forEach: block.ForEach}
			if origins := p.origins(set, block.Arguments[attr]); len(origins) > 0 {
				out = append(out, origins...)
				continue
			}
		}
		name := r.Addr.String()
		out = append(out, Origin{Kind: kind, Name: dotted(name, attr), Resource: name, Attr: attr, At: r.Decl})
	}
	if picked {
		// A plan doesn't say which of its instances an expression in another block's instance picks.
		out = append(out, Origin{Kind: FromExpression, Name: "the instance of " + addr.String() + " that is meant"})
	}
	return out
}

// resolveEach follows a part of each.value to the output of the module that a for_each over instances of a module means.
// It returns nil if the for_each is of another kind.
func (p *planGraph) resolveEach(e env, t hcl.Traversal) []Origin {
	if stepName(t[1:]) != "value" || len(t) < 3 || e.forEach == nil || e.key.Kind() == NoKey {
		return nil
	}
	refs := references(e.forEach)
	if len(refs) != 1 {
		return nil
	}
	over, diags := hclsyntax.ParseTraversalAbs([]byte(refs[0]), "", hcl.InitialPos)
	if diags.HasErrors() || over.RootName() != "module" || len(over) != 2 {
		return nil
	}
	path := e.path.Child(stepName(over[1:]), e.key)
	if !slices.ContainsFunc(p.instances(e.path, stepName(over[1:]), Key{}), func(m ModulePath) bool { return m.Compare(path) == 0 }) {
		return nil // its keys are others
	}
	ref := slices.Concat(over, hcl.Traversal{hcl.TraverseIndex{Key: e.key.Value()}}, t[2:])
	return p.resolveOutput(e, ref, path.String()+"."+stepName(t[2:]))
}

func dotted(name, attr string) string {
	if attr == "" {
		return name
	}
	return name + "." + attr
}

// resolveVariable follows a variable to the argument of the module call.
func (p *planGraph) resolveVariable(e env, name, ref string) []Origin {
	unresolved := []Origin{{Kind: FromVariable, Name: label(e.path, ref)}}
	if len(e.path) == 0 {
		return unresolved
	}
	parentPath, step := e.path[:len(e.path)-1], e.path[len(e.path)-1]
	parent := moduleConfig(p.root, parentPath)
	if parent == nil || parent.Calls[step.Name] == nil || parent.Calls[step.Name].Arguments[name] == nil {
		return unresolved
	}
	call := parent.Calls[step.Name]
	caller := env{path: parentPath, module: parent, key: step.Key, forEach: call.ForEach}
	if caller.key.Kind() == NoKey {
		caller.key = e.key
	}
	return p.origins(caller, call.Arguments[name])
}

// resolveOutput follows an output into the module, in each of its instances that the reference may mean.
func (p *planGraph) resolveOutput(e env, t hcl.Traversal, ref string) []Origin {
	name := stepName(t[1:])
	call := e.module.Calls[name]
	unresolved := []Origin{{Kind: FromModule, Name: label(e.path, ref)}}
	if call == nil || call.Module == nil {
		return unresolved
	}
	key, rest, err := splitKey(t[2:])
	output := call.Module.Outputs[stepName(rest)]
	if err != nil || output == nil || output.Value == nil {
		return unresolved
	}
	// A key after the output picks from a collection that is likely made of the instances of a block.
	inner, _, err := splitKey(rest[1:])
	if err != nil || inner.Kind() == NoKey {
		inner = e.key
	}
	var out []Origin
	for _, child := range p.instances(e.path, name, key) {
		out = append(out, p.origins(env{path: child, module: call.Module, key: inner}, output.Value)...)
	}
	if len(out) == 0 {
		return unresolved
	}
	return out
}

// instances returns the paths of the instances of a module call that have resources, or of the one with the key.
func (p *planGraph) instances(path ModulePath, name string, key Key) []ModulePath {
	if key.Kind() != NoKey {
		return []ModulePath{path.Child(name, key)}
	}
	seen := map[Key]bool{}
	var out []ModulePath
	for _, r := range p.graph.Resources {
		m := r.Addr.Module
		if len(m) > len(path) && m[:len(path)].Compare(path) == 0 && m[len(path)].Name == name && !seen[m[len(path)].Key] {
			seen[m[len(path)].Key] = true
			out = append(out, m[:len(path)+1])
		}
	}
	return out
}

func label(path ModulePath, name string) string {
	if len(path) == 0 {
		return name
	}
	return path.String() + "." + name
}

// planProvider reads the arguments of a provider configuration in a plan, which has the values of constants only.
type planProvider struct {
	p         *planGraph
	key       string
	arguments map[string]*plan.Expr
	env       env
	at        hcl.Range
}

func (b planProvider) attr(name string) Value {
	expr := b.arguments[name]
	switch {
	case expr == nil:
		return Value{}
	case expr.Constant != cty.NilVal:
		return Value{v: expr.Constant, At: b.at}
	}
	origins := b.p.origins(b.env, expr)
	if len(origins) == 0 {
		origins = []Origin{{Kind: FromExpression, Name: "the argument " + name + " of provider " + b.key, At: b.at}}
	}
	v := cty.DynamicVal
	for _, o := range origins {
		v = v.Mark(o)
	}
	return Value{v: v, At: b.at}
}

func (planProvider) computes(string) bool { return false }

func (planProvider) blocks(string) []Block { return nil }
