// Package graph turns parsed modules or a plan into the resources of a configuration: what count, for_each, dynamic
// blocks and modules expand to, with the value of each attribute when it is asked for. What can't be known is a cty
// unknown that is marked with its Origin.
//
// In go the modules of package source or a plan; out comes a Graph of resources whose attributes read the same from
// both. The package knows nothing of networks, clouds or rules.
package graph

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
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
// ID, ordered by address. Whole is false if the value may name others that aren't known.
func (g *Graph) Refer(v Value) (targets []Target, whole bool) {
	elements, listed := v.Elements()
	if !listed {
		elements = []Value{v}
	}
	whole = true
	seen := map[Target]bool{}
	add := func(t Target) {
		if !seen[t] {
			seen[t] = true
			targets = append(targets, t)
		}
	}
	for _, e := range elements {
		if id, ok := e.Text(); ok {
			if id == "" {
				continue
			}
			add(Target{Resource: g.byID[id], ID: literal(g.byID[id], id)})
			continue
		}
		origins := e.Origins()
		found := 0
		for _, o := range origins {
			if o.Kind != FromResource && o.Kind != FromData {
				continue
			}
			if rs := g.byBlock[o.Resource]; len(rs) > 0 {
				for _, r := range rs {
					add(Target{Resource: r})
				}
				found++
			}
		}
		if found == 0 || found < len(origins) {
			whole = false
		}
	}
	return targets, whole
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
