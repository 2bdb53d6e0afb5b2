// Package graph turns parsed modules or a plan into the resources of a configuration: what count, for_each, dynamic
// blocks and modules expand to, with the value of each attribute when it is asked for. What can't be known is a cty
// unknown that is marked with its Origin.
//
// In go the modules of package source or a plan; out comes a Graph of resources whose attributes read the same from
// both. The package knows nothing of networks, clouds or rules.
//
// # How it works
//
// Each block of a module is expanded to instances, whose attributes are evaluated when they are asked for and kept. A value
// that isn't known is marked with what decides it; one that a resource will have is marked with that resource, and keeps the
// mark where an expression hands it on as it is. So a reference ends at the instance that it names. A plan's values fill in
// what the configuration leaves to be computed.
//
// # Example
//
// Of
//
//	resource "aws_instance" "ftp" {
//	  count     = 2
//	  subnet_id = aws_subnet.public[count.index].id
//	}
//
// come the resources aws_instance.ftp[0] and [1]. The subnet_id of the second is an unknown text, and Refer says that it is
// surely the ID of aws_subnet.public[1].
package graph

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer/lang"
)

// Change says what a plan does with a resource.
type Change uint8

// The changes of a resource. Resources read from HCL or a state have Unplanned.
const (
	Unplanned Change = iota + 1
	Create
	Update
	Replace
	Unchanged
)

// Graph is the resources that a configuration makes, or that are there after a plan.
type Graph struct {
	// Resources are the resource instances and data sources, ordered by address.
	Resources []*Resource
	// Missing are the instances of module calls whose code isn't there, ordered by path.
	Missing   []*MissingModule
	byBlock   map[string][]*Resource
	byID      map[string]*Resource
	byType    map[string][]*Resource
	referrers map[referrerKey]map[*Resource][]*Resource
	named     map[referrerKey]map[string][]*Resource
	moves     []move
	paths     map[string][]ModulePath // see modules
	plan      *planGraph              // of a plan's graph
	evaluated *module                 // the root module, of a configuration's graph
	users     map[*Resource][]User    // see Users
	diags     *diagnostics
}

// Diagnostics returns what could not be read or evaluated so far.
func (g *Graph) Diagnostics() hcl.Diagnostics { return g.diags.list }

// Find returns the resource at an address, or the symbolic one that stands for it; nil if there is neither.
func (g *Graph) Find(addr Address) *Resource {
	if rs := g.byBlock[addr.String()]; len(rs) == 1 {
		return rs[0]
	}
	for _, r := range g.byType[addr.Type] {
		if r.Addr.stands(addr) {
			return r
		}
	}
	return nil
}

// AtAddress returns the resource instance whose address prints as the text, or nil.
func (g *Graph) AtAddress(text string) *Resource {
	if rs := g.byBlock[text]; len(rs) == 1 {
		return rs[0]
	}
	return nil
}

// FindMissing returns the module call whose code isn't there and that an address leads through, or nil.
func (g *Graph) FindMissing(addr Address) *MissingModule {
	for _, m := range g.Missing {
		if len(m.Path) <= len(addr.Module) && m.Path.stands(addr.Module[:len(m.Path)]) {
			return m
		}
	}
	return nil
}

type referrerKey struct{ typ, attr string }

// OfType returns the resources of a type, ordered by address.
func (g *Graph) OfType(typ string) []*Resource { return g.byType[typ] }

// Referrers returns the resources of a type whose attribute surely refers to the target and to nothing else, ordered by
// address.
func (g *Graph) Referrers(target *Resource, typ, attr string) []*Resource {
	key := referrerKey{typ, attr}
	index := g.referrers[key]
	if index == nil {
		index = map[*Resource][]*Resource{}
		for _, r := range g.byType[typ] {
			if targets, whole := g.Refer(r.Attr(attr)); whole && len(targets) == 1 && targets[0].Resource != nil {
				index[targets[0].Resource] = append(index[targets[0].Resource], r)
			}
		}
		g.referrers[key] = index
	}
	return index[target]
}

// Named returns the managed resources of a type whose attribute is surely the text, in any case, ordered by address.
func (g *Graph) Named(typ, attr, text string) []*Resource {
	key := referrerKey{typ, attr}
	index := g.named[key]
	if index == nil {
		index = map[string][]*Resource{}
		for _, r := range g.byType[typ] {
			if name, ok := r.Attr(attr).Text(); ok && r.Addr.Mode == Managed {
				name = strings.ToLower(name)
				index[name] = append(index[name], r)
			}
		}
		g.named[key] = index
	}
	return index[strings.ToLower(text)]
}

// Resource is a resource instance.
type Resource struct {
	Addr Address
	// Certain is false for the symbolic instance of a block whose count or for_each is unknown: it stands for any
	// number of instances, none included.
	Certain bool
	// Exists is the unknown value that decides whether there are instances, if Certain is false.
	Exists Value
	Change Change
	// Provider is the provider configuration that makes the resource.
	Provider Provider
	// Decl is the place of the block's header, or of the resource in a plan that has no source.
	Decl hcl.Range
	// Calls are the places of the module calls that lead to the resource, outermost first.
	Calls []hcl.Range
	Object
}

// MissingModule is an instance of a call of a module whose code isn't there. Its attributes are the call's arguments.
type MissingModule struct {
	Path ModulePath
	// Source is the module's source as the call names it, and Version its version constraint or nothing.
	Source, Version string
	// Certain and Exists are as those of a Resource.
	Certain bool
	Exists  Value
	// Decl is the place of the call's header, and Calls are those of the calls that lead to it, outermost first.
	Decl  hcl.Range
	Calls []hcl.Range
	Object
}

// Object is the body of a resource or of one of its nested blocks.
type Object struct{ body body }

// body is what an Object reads from: an HCL body in its scope, or a value of a plan.
type body interface {
	attr(name string) Value
	blocks(name string) []Block
	// computes says whether the provider, not the configuration, decides an attribute, and hasn't yet.
	computes(name string) bool
}

// Attr returns the value of an attribute; an absent Value if it is not set.
func (o Object) Attr(name string) Value { return o.body.attr(name) }

// OwnAttr is Attr for an attribute that the provider fills in where the configuration doesn't set it: it is absent then.
func (o Object) OwnAttr(name string) Value {
	if o.body.computes(name) {
		return Value{}
	}
	return o.body.attr(name)
}

// Blocks returns the nested blocks of a type in order: those written as blocks, those that dynamic blocks make, and
// the elements of an attribute that is assigned as a list of objects in place of blocks.
func (o Object) Blocks(name string) []Block { return o.body.blocks(name) }

// OwnBlocks is Blocks for an attribute that the provider fills in where the configuration doesn't set it, such as the
// ingress of aws_security_group. A new object has no blocks then.
func (o Object) OwnBlocks(name string) []Block {
	if o.body.computes(name) {
		return nil
	}
	return o.body.blocks(name)
}

// Block is a nested block.
type Block struct {
	Object
	// Certain is false for a symbolic block that stands for any number of blocks, none included: what an unknown
	// for_each of a dynamic block, or an unknown list, makes.
	Certain bool
	// Exists is the unknown value that decides whether there are any, if Certain is false.
	Exists Value
	// Earlier and Later are how many of the blocks before it may come after it, and the other way round: the order of what
	// a dynamic block makes isn't always known.
	Earlier, Later int
	// At is the place of the block, or of the element in a list of objects.
	At hcl.Range
	// Labels are those of a block in a configuration, such as the type of a provisioner.
	Labels []string
	// Listed says that a plan or state has the block and no configuration is known to: the provider lists what it found.
	// A plan doesn't tell dynamic blocks from that.
	Listed bool
}

// Target is what an attribute that names another resource refers to.
type Target struct {
	// Resource is nil if the other resource lies outside the configuration.
	Resource *Resource
	// ID is the literal ID if Resource is nil and the ID is known.
	ID string
}

// Refer returns the resources that the value of an attribute like security_group_id names, by reference or by a known
// ID, in order. Whole is false if it may name others, or not all of them.
func (g *Graph) Refer(v Value) (targets []Target, whole bool) {
	candidates, whole := g.refersTo(v)
	for _, c := range candidates {
		targets = append(targets, c.Target)
		whole = whole && !c.perhaps
	}
	return targets, whole
}

// refersTo returns what the elements of a value name, or what the value names that is none. Whole is false if there may be
// others.
func (g *Graph) refersTo(v Value) (out []candidate, whole bool) {
	elements, listed := v.Elements()
	if !listed {
		out, whole = g.candidates(v)
		if len(out) > 1 && v.v.Type().IsPrimitiveType() {
			perhaps(out)
		}
		return out, whole
	}
	whole = true
	among := g.shared(v, elements)
	for _, e := range elements {
		candidates, all := g.candidates(e)
		whole = whole && all
		switch {
		case len(candidates) < 2:
		case all && among != nil:
			continue
		default:
			perhaps(candidates)
		}
		out = join(out, candidates)
	}
	return join(out, among), whole
}

// shared returns what several elements of a collection name which don't say which of them names which: those of a set, and
// of a list in a plan. If they are as many as what they may be, each of that is named.
func (g *Graph) shared(v Value, elements []Value) []candidate {
	if v.Absent() {
		return nil
	}
	joined, _ := lang.Identities(v.v) // in a set the marks of all elements are joined
	var among []candidate
	ambiguous := 0
	for _, e := range elements {
		is, _ := lang.Identities(e.v)
		if candidates, whole := g.candidates(e); whole && len(candidates) > 1 && (len(joined) > 0 || len(is) == 0) {
			ambiguous++
			among = join(among, candidates)
		}
	}
	if ambiguous < len(among) {
		perhaps(among)
	}
	return among
}

func perhaps(candidates []candidate) {
	for i := range candidates {
		candidates[i].perhaps = true
	}
}

// join adds candidates to others. What is surely named once is surely named.
func join(to, more []candidate) []candidate {
	for _, c := range more {
		if i := slices.IndexFunc(to, func(o candidate) bool { return o.Target == c.Target }); i >= 0 {
			to[i].perhaps = to[i].perhaps && c.perhaps
			continue
		}
		to = append(to, c)
	}
	return to
}

// candidate is what a value may name.
type candidate struct {
	Target
	// perhaps says that the value may also be another one or null or, if it is a collection, not have it.
	perhaps bool
}

// candidates returns what a value names or, if there are several, what it names one of, in order. A collection of which it
// isn't known what elements it has names several. Whole is false if there may be others.
func (g *Graph) candidates(v Value) (out []candidate, whole bool) {
	if id, ok := v.Text(); ok {
		if id == "" {
			return nil, true
		}
		return []candidate{{Target: g.withID(id)}}, true
	}
	if v.Absent() {
		return nil, true
	}
	add := func(t Target, perhaps bool) { out = join(out, []candidate{{t, perhaps}}) }
	origins := v.Origins()
	ids, whole := lang.Identities(v.v)
	for _, id := range ids {
		if id.Literal {
			add(g.withID(id.Term), id.Perhaps)
			continue
		}
		rs := g.byBlock[id.Of]
		whole = whole && len(rs) > 0
		for _, r := range rs {
			add(Target{Resource: r}, id.Perhaps)
		}
	}
	if len(out) > 0 {
		if !whole {
			for _, o := range origins {
				for _, r := range g.madeBy(o) {
					add(Target{Resource: r}, true)
				}
			}
		}
		return out, whole
	}
	if choices := v.Choices(); len(choices) > 0 {
		whole = true
		for _, choice := range choices {
			some, all := g.candidates(choice)
			whole = whole && all
			out = join(out, some)
		}
		if len(out) > 0 {
			perhaps(out)
			return out, whole
		}
	}
	// What a text is made of that isn't a reference as it is, such as one that ends in a name.
	whole = len(origins) > 0
	for _, o := range origins {
		rs := g.madeBy(o)
		for _, r := range rs {
			add(Target{Resource: r}, false)
		}
		whole = whole && len(rs) > 0
	}
	return out, whole
}

// madeBy returns the instances that an origin is an attribute of: one, if it is known which.
func (g *Graph) madeBy(o Origin) []*Resource {
	if o.Kind != FromResource && o.Kind != FromData {
		return nil
	}
	return g.byBlock[o.Resource]
}

// withID returns what has a known ID.
func (g *Graph) withID(id string) Target {
	return Target{Resource: g.byID[id], ID: literal(g.byID[id], id)}
}

func literal(r *Resource, id string) string {
	if r != nil {
		return ""
	}
	return id
}

// index orders the resources and finds them by address.
func (g *Graph) index() {
	g.byBlock, g.byID = map[string][]*Resource{}, map[string]*Resource{}
	g.byType, g.referrers = map[string][]*Resource{}, map[referrerKey]map[*Resource][]*Resource{}
	g.named = map[referrerKey]map[string][]*Resource{}
	slices.SortStableFunc(g.Missing, func(a, b *MissingModule) int { return a.Path.Compare(b.Path) })
	slices.SortStableFunc(g.Resources, func(a, b *Resource) int { return a.Addr.Compare(b.Addr) })
	for _, r := range g.Resources {
		g.byType[r.Addr.Type] = append(g.byType[r.Addr.Type], r)
		addr := r.Addr.String()
		g.byBlock[addr] = append(g.byBlock[addr], r)
		if r.Addr.Key.Kind() != NoKey {
			block := r.Addr.Block().String()
			g.byBlock[block] = append(g.byBlock[block], r)
		}
	}
}
