package graph

import (
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/lang"
	"github.com/tfreach/tfreach/analyzer/source"
)

// Refine returns the resources of a plan, completed from the configuration that it was made from. A value that the plan doesn't
// know is the configuration's, which says what it is made of. The configuration's graph must have been built with the plan in
// Inputs.Planned. Where the plan knows a value, the plan counts, as the configuration may have changed since.
func Refine(config, planned *Graph) *Graph {
	g := &Graph{diags: planned.diags, moves: config.moves, evaluated: config.evaluated}
	inPlan := map[string]bool{}
	for _, r := range planned.Resources {
		if b, ok := r.body.(planBody); ok && b.leftOut {
			continue
		}
		inPlan[r.Addr.String()] = true
		g.Resources = append(g.Resources, refined(config, r))
	}
	// A plan has only those data sources that it has read, and may leave out resources. What it removes, it speaks of.
	spoken := planned.plan.spoken
	for _, r := range config.Resources {
		text := r.Addr.String()
		if !inPlan[text] && (r.Addr.Mode == Data || spoken != nil && !spoken[text]) {
			g.Resources = append(g.Resources, r)
		}
	}
	g.index()
	g.indexIDs()
	return g
}

// refined returns a resource of a plan, completed from the configuration.
func refined(config *Graph, r *Resource) *Resource {
	planned, ok := r.body.(planBody)
	found := config.byBlock[r.Addr.String()]
	if !ok || len(found) != 1 || found[0].Addr.Compare(r.Addr) != 0 {
		return r
	}
	of, ok := found[0].body.(configBody)
	if !ok {
		return r
	}
	out := *r
	out.Object = Object{refinedBody{plan: planned, config: of}}
	if found[0].Provider.Name != "" {
		out.Provider = found[0].Provider
	}
	return &out
}

// refinedBody reads a resource from a plan, and what the plan leaves open from its configuration.
type refinedBody struct {
	plan   planBody
	config configBody
}

func (b refinedBody) attr(name string) Value {
	planned := b.plan.planned(name)
	if planned.v != cty.NilVal && planned.v.IsWhollyKnown() {
		return b.plan.attr(name)
	}
	v := b.config.attr(name)
	switch {
	case planned.v == cty.NilVal:
		return v
	case v.Absent():
		return b.plan.attr(name)
	case v.Undecided() && !planned.Undecided():
		_, marks := v.v.Unmark()
		v = v.holding(planned.v.WithMarks(marks))
		v.expr, v.scope = nil, nil
	}
	return v
}

func (b refinedBody) computes(name string) bool {
	return !b.sets(name) && b.plan.planned(name).Undecided()
}

func (b refinedBody) fillsIn(block string) bool { return b.computes(block) }

// sets reports whether the configuration has an attribute or a block, including a dynamic block.
func (b refinedBody) sets(name string) bool {
	return b.config.body.Attr(name) != nil || len(b.config.body.Blocks(name)) > 0
}

func (b refinedBody) blocks(name string) []Block {
	planned := b.plan.planned(name)
	if planned.v != cty.NilVal && planned.v.IsWhollyKnown() || !b.sets(name) {
		return b.plan.blocks(name)
	}
	blocks := b.config.blocks(name)
	unsure := func(block Block) bool { return !block.Certain }
	if planned.v == cty.NilVal || planned.Undecided() || !slices.ContainsFunc(blocks, unsure) {
		return blocks
	}
	made := b.plan.blocks(name)
	if slices.ContainsFunc(made, func(m Block) bool { return standsFor(m, blocks) }) {
		return blocks
	}
	return made
}

// standsFor reports whether a block of a plan only stands for those that are written, as nothing is known of what these set: some
// providers plan one such block where it isn't known how many there are.
func standsFor(made Block, written []Block) bool {
	for _, block := range written {
		of, ok := block.body.(configBody)
		if !ok || block.Certain {
			continue
		}
		known := func(name string) bool {
			v := made.OwnAttr(name)
			return !v.Absent() && !v.Undecided()
		}
		if names := of.body.Names(); len(names) > 0 && !slices.ContainsFunc(names, known) {
			return true
		}
	}
	return false
}

// planned returns the instance in the plan that the configuration is evaluated with, or nil.
func (ev *evaluator) planned(addr Address) (planBody, bool) {
	if ev.inputs.Planned == nil {
		return planBody{}, false
	}
	if found := ev.inputs.Planned.byBlock[addr.String()]; len(found) == 1 && found[0].Addr.Compare(addr) == 0 {
		b, ok := found[0].body.(planBody)
		return b, ok
	}
	return planBody{}, false
}

// planned returns the plan's value of an attribute that the configuration doesn't set. Its unknown parts are computed by the
// provider.
func (i *instance) planned(name string) (cty.Value, bool) {
	if v, ok := i.plans[name]; ok {
		return v, v != cty.NilVal
	}
	v := cty.NilVal
	if b, ok := i.scope.m.ev.planned(i.addr); ok {
		if v = b.planned(name).v; v != cty.NilVal && (v.IsNull() || !v.IsKnown()) {
			v = cty.NilVal
		}
	}
	if v != cty.NilVal && !v.IsWhollyKnown() {
		marks := i.marks(name)
		marked, err := cty.Transform(v, func(_ cty.Path, part cty.Value) (cty.Value, error) {
			if part.IsKnown() {
				return part, nil
			}
			return part.WithMarks(marks), nil
		})
		if v = marked; err != nil {
			v = cty.NilVal
		}
	}
	if i.plans == nil {
		i.plans = map[string]cty.Value{}
	}
	i.plans[name] = v
	return v, v != cty.NilVal
}

// marks returns the marks of what the provider computes for an attribute of unknown type.
func (i *instance) marks(name string) cty.ValueMarks {
	origin := Origin{Kind: originKind(i.addr.Mode), Name: i.name + "." + name, Resource: i.name, Attr: name, At: i.block.At}
	return cty.NewValueMarks(origin, lang.Identity{Term: origin.Name, Of: i.name, Part: true})
}

// plannedKeys returns the keys, of one kind, of the instances that a block has in the plan. The second result is false without
// a plan that tells.
func (m *module) plannedKeys(block *source.Block, kind KeyKind) ([]Key, bool) {
	p := m.ev.inputs.Planned
	if p == nil {
		return nil, false
	}
	var keys []Key
	told := false
	switch block.Keyword {
	case "module":
		for _, path := range p.modules()[m.path.String()] {
			if path[len(m.path)].Name == block.Labels[0] {
				keys = append(keys, path[len(m.path)].Key)
			}
		}
	default:
		addr := Address{Module: m.path, Mode: Managed, Type: block.Labels[0], Name: block.Labels[1]}
		if block.Keyword == "data" {
			addr.Mode = Data
		}
		for _, r := range p.byBlock[addr.String()] {
			keys = append(keys, r.Addr.Key)
		}
		told = addr.Mode == Managed && m.ev.wanted(addr.Mode, addr.Type) && p.plan.spoken == nil // there are none
	}
	if slices.ContainsFunc(keys, func(k Key) bool { return k.Kind() != kind }) {
		return nil, false
	}
	return keys, told || len(keys) > 0
}

// plannedOutputs returns the value of a call of a module whose code isn't there. It uses what the plan keeps of the module:
// what its outputs refer to.
func (m *module) plannedOutputs(name string) (cty.Value, bool) {
	if m.ev.inputs.Planned == nil {
		return cty.NilVal, false
	}
	p := m.ev.inputs.Planned.plan
	caller := moduleConfig(p.root, m.path)
	if caller == nil || caller.Calls[name] == nil || caller.Calls[name].Module == nil {
		return cty.NilVal, false
	}
	call := caller.Calls[name]
	of := func(path ModulePath) cty.Value {
		outputs := map[string]cty.Value{}
		for output, o := range call.Module.Outputs {
			if o.Value == nil {
				continue
			}
			if o.Value.Constant != cty.NilVal {
				outputs[output] = o.Value.Constant
				continue
			}
			marks := cty.ValueMarks{}
			for _, origin := range p.origins(env{path: path, module: call.Module}, o.Value) {
				marks[origin] = struct{}{}
			}
			if len(marks) == 0 {
				marks[Origin{Kind: FromModule, Name: path.String() + "." + output}] = struct{}{}
			}
			outputs[output] = cty.DynamicVal.WithMarks(marks)
		}
		return cty.ObjectVal(outputs)
	}
	if call.Count == nil && call.ForEach == nil {
		return of(m.path.Child(name, Key{})), true
	}
	byName := map[string]cty.Value{}
	var byNumber []cty.Value
	for _, path := range p.instances(m.path, name, Key{}) {
		switch key := path[len(m.path)].Key; key.Kind() {
		case StringKey:
			byName[key.s] = of(path)
		case IntKey:
			if key.n != len(byNumber) {
				return cty.NilVal, false
			}
			byNumber = append(byNumber, of(path))
		case NoKey, AnyKey:
			return cty.NilVal, false
		}
	}
	switch {
	case len(byNumber) > 0:
		return cty.TupleVal(byNumber), true
	case len(byName) > 0:
		return cty.ObjectVal(byName), true
	}
	return cty.NilVal, false
}

// modules returns the paths of module instances that have resources, by the path of their parent.
func (g *Graph) modules() map[string][]ModulePath {
	if g.paths != nil {
		return g.paths
	}
	g.paths = map[string][]ModulePath{}
	seen := map[string]bool{}
	for _, r := range g.Resources {
		for n := range r.Addr.Module {
			path := r.Addr.Module[:n+1]
			if text := path.String(); !seen[text] {
				seen[text] = true
				parent := path[:n].String()
				g.paths[parent] = append(g.paths[parent], path)
			}
		}
	}
	return g.paths
}
