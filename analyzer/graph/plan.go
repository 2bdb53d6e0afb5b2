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

// FromPlan returns the resources that exist after a plan, or those of a state. file is the document's name for places.
func FromPlan(doc *plan.Plan, file string, instead ...Instead) *Graph {
	return fromPlan(doc, file, instead, nil, false)
}

// after returns what of a resource is there after a plan.
func after(r *plan.Resource) (*plan.Values, []cty.Path) {
	// A resource that a plan forgets goes on to exist outside of Terraform.
	if r.Actions.Forget() {
		return r.Before, r.BeforeSensitive
	}
	return r.After, r.AfterSensitive
}

// BeforePlan returns the resources that exist before a plan, at the addresses that they have after it.
func BeforePlan(doc *plan.Plan, file string, instead ...Instead) *Graph {
	return fromPlan(doc, file, instead, nil, true)
}

// fromPlan returns the resources that exist before or after a plan. Their addresses come with a path before them that is empty, or
// one step to somewhere else.
func fromPlan(doc *plan.Plan, file string, instead []Instead, elsewhere ModulePath, before bool) *Graph {
	p := &planGraph{
		resolved: map[resolveKey][]Origin{}, parsed: map[*plan.Expr][]reference{}, blocks: map[*plan.Module]map[string]*plan.Block{}, providers: map[string]Provider{},
		instead: instead,
	}
	diags := &diagnostics{seen: map[string]bool{}}
	if doc.Config != nil {
		p.root = doc.Config.Root
		for _, step := range elsewhere {
			p.root = &plan.Module{Calls: map[string]*plan.Call{step.Name: {Module: p.root}}}
		}
	}
	var resources []*Resource
	for _, r := range slices.Concat(doc.Resources, doc.Deferred, doc.Prior) {
		values, sensitive := after(r)
		if before {
			values, sensitive = r.Before, r.BeforeSensitive
		}
		if values == nil || r.Deposed != "" {
			continue
		}
		at := planRange(file, r.At)
		addr, err := ParseAddress(r.Address)
		if err != nil && r.Deferred != "" {
			continue // its instances aren't known, so it has no address
		}
		if err != nil {
			diags.add(&hcl.Diagnostic{
				Severity: hcl.DiagError, Summary: "A resource address can't be read", Detail: err.Error(), Subject: at.Ptr(),
			})
			continue
		}
		addr.Module = slices.Concat(elsewhere, addr.Module)
		of := &planResource{p: p, sensitive: sensitive, at: at, self: addr, env: env{path: addr.Module, key: addr.Key}}
		body := planBody{planResource: of, values: values}
		var provider Provider
		if doc.Config != nil {
			of.env.module = moduleConfig(p.root, addr.Module)
			if block := p.block(of.env.module, addr); block != nil {
				body.block = block.Arguments
				provider = p.provider(doc.Config, block.Provider, file)
				if of.env.forEach = block.ForEach; block.ForEach == nil {
					of.env.forEach = block.Count
				}
			}
		}
		resources = append(resources, &Resource{
			Addr: addr, Certain: r.Deferred != "instance_count_unknown", Change: changeOf(doc.Kind, r), Provider: provider, Decl: at, Object: Object{body},
		})
	}
	p.graph = &Graph{Resources: resources, diags: diags, plan: p}
	if !before && partial(doc) {
		p.leaveOut(doc, file, elsewhere)
	}
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

// indexIDs finds resources by the ID that they have already: the resource itself, not a data source that reads it, and not what
// the rest of the world says of it. An ID that two resources have finds neither.
func (g *Graph) indexIDs() {
	for _, r := range g.Resources {
		if b, ok := r.body.(planBody); ok && !b.known("id") {
			continue // what decides it is of no interest
		}
		id, ok := r.Attr("id").Text()
		if !ok || id == "" {
			continue
		}
		other, taken := g.byID[id]
		switch {
		case !taken || other != nil && lesser(other, r):
			g.byID[id] = r
		case other != nil && !lesser(r, other):
			g.byID[id] = nil
		}
	}
}

// lesser reports whether a resource says less of an object than another one with its ID.
func lesser(r, than *Resource) bool {
	return r.Addr.Mode == Data && than.Addr.Mode == Managed ||
		r.Addr.Mode == than.Addr.Mode && r.Addr.Elsewhere() && !than.Addr.Elsewhere()
}

// planGraph resolves the references that a plan's configuration has for each expression.
type planGraph struct {
	root     *plan.Module
	graph    *Graph
	blocks   map[*plan.Module]map[string]*plan.Block
	resolved map[resolveKey][]Origin
	// parsed are the references of each expression.
	parsed  map[*plan.Expr][]reference
	instead []Instead
	// apart are the addresses of the resources that others name in place of blocks of theirs, by place in instead.
	apart map[int]map[string]bool
	// providers are those of each key in the configuration.
	providers map[string]Provider
	// spoken are the addresses of the instances that the plan speaks of, if it leaves out others; nil otherwise.
	spoken map[string]bool
}

// planResource is what a resource in a plan and all nested blocks of it share.
type planResource struct {
	p *planGraph
	// sensitive are the paths of the resource's values that must not be shown.
	sensitive []cty.Path
	at        hcl.Range
	self      Address
	env       env
}

// planBody reads the values of a resource in a plan, or of one of its nested blocks. Unknown values are marked with what their
// expressions refer to.
type planBody struct {
	*planResource
	// values are those of the resource or nested block; nil in a nested block that v is the value of.
	values *plan.Values
	v      *cty.Value
	nested bool
	// block is the configuration of the resource or nested block; nil if the plan has none.
	block map[string]*plan.Expr
	// all is the expression of a whole list of objects that stands for nested blocks; such blocks have no expressions of their
	// own.
	all *plan.Expr
	// leftOut is true if the plan leaves the resource out, so that only its configuration tells of it.
	leftOut bool
}

// alikeKey is what something was made of: the values of a nested block, by whom.
type alikeKey struct {
	values *plan.Values
	by     any
}

// Alike returns what read makes of a nested block of a plan, of which all is known. It is made once for all that have equal
// values; the values in it have no place. by stands for read. ok is false for other objects.
func Alike[T any](g *Graph, o Object, by any, read func(Object) T) (made T, ok bool) {
	b, ok := o.body.(planBody)
	if !ok || !b.nested || b.values == nil || !b.values.AllKnown() {
		return made, false
	}
	key := alikeKey{b.values, by}
	if made, ok := g.alike[key].(T); ok {
		return made, true
	}
	made = read(Object{planBody{planResource: &planResource{p: b.p}, values: b.values, nested: true}})
	if g.alike == nil {
		g.alike = map[alikeKey]any{}
	}
	g.alike[key] = made
	return made, true
}

// planned returns the value of an attribute in the plan.
func (b planBody) planned(name string) Value {
	if b.leftOut {
		return b.configured(name)
	}
	if b.values == nil {
		return valueBody{Value{v: *b.v, At: b.at}}.attr(name)
	}
	v := b.values.Attr(name)
	if v == cty.NilVal {
		return Value{}
	}
	if !b.nested { // of a block in which something is sensitive, v is the value
		v = markSensitive(v, name, b.sensitive)
	}
	return Value{v: v, At: b.at}
}

// markSensitive marks the sensitive parts of an attribute's value; paths lead to them from the object.
func markSensitive(v cty.Value, attr string, paths []cty.Path) cty.Value {
	if len(paths) == 0 {
		return v
	}
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

func (b planBody) attr(name string) Value { return b.marked(name, b.told() && b.expr(name) == nil) }

// marked returns the value of an attribute, marked with what decides it if it isn't known: the provider if that computes it,
// else what its expression refers to, which may be anything if it doesn't say so.
func (b planBody) marked(name string, computed bool) Value {
	v := b.planned(name)
	if v.v == cty.NilVal || b.known(name) || v.v.IsWhollyKnown() {
		return v
	}
	origins := b.p.origins(b.env, b.expr(name))
	if len(origins) == 0 {
		o := Origin{Kind: FromExpression, Name: b.self.String() + "." + name, Attr: name, At: b.at}
		if computed {
			o.Kind = originKind(b.self.Mode)
			if !b.nested {
				o.Resource = b.self.String()
			}
		}
		origins = []Origin{o}
	}
	for _, o := range origins {
		v = v.holding(v.v.Mark(o))
	}
	return v
}

// expr returns the expression of an attribute, or of the list that has it; nil if the plan has none.
func (b planBody) expr(name string) *plan.Expr {
	if b.all != nil {
		return b.all
	}
	return b.block[name]
}

// told reports whether the plan tells which attributes the configuration sets. Of a block that is written as an element of a
// list, or that a dynamic block makes, it doesn't.
func (b planBody) told() bool {
	return b.env.module != nil && b.all == nil && (!b.nested || b.block != nil)
}

// computes reports whether the provider fills in an attribute: its value is unknown and the configuration has none. Blocks that
// a dynamic block makes are like that, too, if it isn't known how many it makes.
func (b planBody) computes(name string) bool {
	return b.told() && b.block[name] == nil && !b.known(name) && b.planned(name).Undecided()
}

func (b planBody) fillsIn(block string) bool { return b.computes(block) && b.replaced(block) }

// known reports whether nothing of an attribute is unknown, as far as that is told without decoding it.
func (b planBody) known(name string) bool { return b.values != nil && b.values.Known(name) }

func (b planBody) blocks(name string) []Block {
	if b.leftOut {
		return b.configuredBlocks(name)
	}
	expr := b.expr(name)
	blocks := b.plainBlocks(name)
	if blocks == nil {
		blocks = b.valueBlocks(name)
	}
	listed := !b.nested && (b.env.module == nil || expr == nil)
	var written []map[string]*plan.Expr
	if expr != nil && len(expr.Blocks) == len(blocks) {
		written = pair(expr.Blocks, blocks)
	}
	for i := range blocks {
		nested, ok := blocks[i].body.(planBody)
		if !ok {
			continue
		}
		if written != nil && written[i] != nil {
			nested.block = written[i]
		} else {
			nested.all = expr
		}
		blocks[i].Object, blocks[i].Listed = Object{nested}, listed
	}
	return blocks
}

// plainBlocks returns the nested blocks of a type without decoding them; nil if something of them is sensitive, or if it
// isn't known which there are.
func (b planBody) plainBlocks(name string) []Block {
	if b.values == nil || b.secret(name) {
		return nil
	}
	list, ok := b.values.Blocks(name)
	if !ok {
		return nil
	}
	blocks := make([]Block, len(list))
	for i := range list {
		blocks[i] = Block{Object: Object{planBody{planResource: b.planResource, values: list[i], nested: true}}, Certain: true, At: b.at}
	}
	return blocks
}

// secret reports whether an attribute, or a part of it, must not be shown.
func (b planBody) secret(name string) bool {
	return !b.nested && slices.ContainsFunc(b.sensitive, func(p cty.Path) bool {
		if len(p) == 0 {
			return true
		}
		step, ok := p[0].(cty.GetAttrStep)
		return !ok || step.Name == name
	})
}

// valueBlocks returns the nested blocks of a type by their values.
func (b planBody) valueBlocks(name string) []Block {
	blocks := b.marked(name, false).objects()
	for i := range blocks {
		inner, ok := blocks[i].body.(valueBody)
		if !ok {
			continue
		}
		raw, marks := inner.value.v.Unmark()
		if _, sensitive := marks[lang.Sensitive]; sensitive {
			raw = raw.Mark(lang.Sensitive)
		}
		blocks[i].Object = Object{planBody{planResource: b.planResource, v: &raw, nested: true}}
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

// env is where an expression of a plan's configuration stands: in a module instance, in a block that may have instances.
type env struct {
	path   ModulePath
	module *plan.Module
	// key is the block's instance, or what else is known about which instance of another block is meant.
	key Key
	// forEach is the block's for_each or count; nil without one.
	forEach *plan.Expr
	// direct says to stop at the resources that an expression names, and not to follow what their attributes are set to.
	direct bool
}

// resolveKey identifies an expression in an env.
type resolveKey struct {
	path   string
	key    Key
	expr   *plan.Expr
	direct bool
}

// origins returns what the references of an expression lead to.
func (p *planGraph) origins(e env, expr *plan.Expr) []Origin {
	if expr == nil || e.module == nil {
		return nil
	}
	refs := p.references(expr)
	if len(refs) == 0 {
		return nil
	}
	id := resolveKey{e.path.String(), e.key, expr, e.direct}
	if out, ok := p.resolved[id]; ok {
		return out
	}
	p.resolved[id] = nil // ends a cycle, which a real plan can't have
	var out []Origin
	for _, ref := range refs {
		out = append(out, p.resolve(e, ref)...)
	}
	slices.SortFunc(out, Origin.compare)
	out = slices.Compact(out)
	p.resolved[id] = out
	return out
}

// reference is a reference of an expression in a plan's configuration.
type reference struct {
	text string
	// to is nil if the text can't be parsed.
	to hcl.Traversal
}

// known is true for a reference to what a plan always knows, which leads to nothing that decides a value.
func (r reference) known() bool {
	if r.to == nil {
		return false
	}
	switch r.to.RootName() {
	case "count", "path", "terraform", "self":
		return true
	case "each":
		return stepName(r.to[1:]) == "key"
	}
	return false
}

// references returns the references of an expression and of the blocks in it, but for those to what is known.
func (p *planGraph) references(expr *plan.Expr) []reference {
	if out, ok := p.parsed[expr]; ok {
		return out
	}
	texts := referencesIn(expr)
	var out []reference
	for i, text := range texts {
		// Terraform lists aws_vpc.a.id and, after it, aws_vpc.a.
		if i > 0 {
			if rest, ok := strings.CutPrefix(texts[i-1], text); ok && (rest == "" || rest[0] == '.' || rest[0] == '[') {
				continue
			}
		}
		ref := reference{text: text}
		if to, diags := hclsyntax.ParseTraversalPartial([]byte(text), "", hcl.InitialPos); !diags.HasErrors() {
			ref.to = to
		}
		if !ref.known() {
			out = append(out, ref)
		}
	}
	p.parsed[expr] = out
	return out
}

// referencesIn returns the texts of the references of an expression and of the blocks in it.
func referencesIn(expr *plan.Expr) []string {
	refs := slices.Clone(expr.References)
	for _, block := range expr.Blocks {
		for _, name := range sortedNames(block) {
			refs = append(refs, referencesIn(block[name])...)
		}
	}
	return refs
}

func (p *planGraph) resolve(e env, r reference) []Origin {
	t, ref := r.to, r.text
	if t == nil {
		return []Origin{{Kind: FromExpression, Name: ref}}
	}
	switch root := t.RootName(); root {
	case "each":
		if out := p.resolveEach(e, t); out != nil {
			return out
		}
		out := p.origins(env{path: e.path, module: e.module, key: e.key, direct: e.direct}, e.forEach)
		if len(out) > 1 && e.key.Kind() != NoKey {
			// The plan doesn't say which of the instances it is.
			out = append(out, Origin{Kind: FromExpression, Name: label(e.path, ref)})
		}
		return out
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
		// An attribute that the configuration sets is unknown because of its expression.
		if block != nil && block.Arguments[attr] != nil && !e.direct {
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
		// The plan doesn't say which instance an expression in another block's instance picks.
		out = append(out, Origin{Kind: FromExpression, Name: "the instance of " + addr.String() + " that is meant"})
	}
	return out
}

// resolveEach follows a part of each.value to the module output that it comes from, if for_each is over instances of a module.
// Otherwise it returns nil.
func (p *planGraph) resolveEach(e env, t hcl.Traversal) []Origin {
	if stepName(t[1:]) != "value" || len(t) < 3 || e.forEach == nil || e.key.Kind() == NoKey {
		return nil
	}
	refs := p.references(e.forEach)
	if len(refs) != 1 {
		return nil
	}
	over := refs[0].to
	if over == nil || over.RootName() != "module" || len(over) != 2 {
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
	caller := env{path: parentPath, module: parent, key: step.Key, forEach: call.ForEach, direct: e.direct}
	if caller.key.Kind() == NoKey {
		caller.key = e.key
	}
	return p.origins(caller, call.Arguments[name])
}

// resolveOutput follows an output into each instance of the module that the reference may mean.
func (p *planGraph) resolveOutput(e env, t hcl.Traversal, ref string) []Origin {
	name := stepName(t[1:])
	call := e.module.Calls[name]
	if call == nil || call.Module == nil {
		return []Origin{{Kind: FromModule, Name: label(e.path, ref)}}
	}
	unresolved := []Origin{{Kind: FromExpression, Name: label(e.path, ref)}}
	key, rest, err := splitKey(t[2:])
	if err != nil {
		return unresolved
	}
	outputs := []string{stepName(rest)}
	if len(rest) == 0 { // the module as a whole, of which an expression picks something
		outputs = sortedNames(call.Module.Outputs)
	}
	// A key after the output most likely picks from a collection of the instances of a block.
	inner := Key{}
	if len(rest) > 0 {
		inner, _, err = splitKey(rest[1:])
	}
	if err != nil || inner.Kind() == NoKey {
		inner = e.key
	}
	var out []Origin
	children := p.instances(e.path, name, key)
	if len(children) == 0 { // none has resources
		if call.Count != nil || call.ForEach != nil {
			key = Any()
		}
		children = []ModulePath{e.path.Child(name, key)}
	}
	for _, child := range children {
		for _, of := range outputs {
			if output := call.Module.Outputs[of]; output != nil && output.Value != nil {
				out = append(out, p.origins(env{path: child, module: call.Module, key: inner, direct: e.direct}, output.Value)...)
			}
		}
	}
	if len(out) == 0 {
		return unresolved
	}
	if len(rest) == 0 && len(children)*len(outputs) > 1 {
		// The plan doesn't say which of them it is.
		out = append(out, Origin{Kind: FromExpression, Name: label(e.path, ref)})
	}
	return out
}

// instances returns the paths of a module call's instances that have resources, or of the one with the key.
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
	if path[len(path)-1].Other {
		return path.String() + name
	}
	return path.String() + "." + name
}

// planProvider reads the arguments of a provider configuration in a plan, which only has the values of constants.
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

func (planProvider) fillsIn(string) bool { return false }

func (planProvider) blocks(string) []Block { return nil }
