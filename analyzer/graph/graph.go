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
	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/lang"
)

// Change is what a plan does with a resource.
type Change uint8

// The changes of a resource. Resources read from HCL or a state have Unplanned.
const (
	Unplanned Change = iota + 1
	Create
	Update
	Replace
	Unchanged
)

// Graph has the resources that a configuration makes, or that exist after a plan.
type Graph struct {
	// Resources are the resource instances and data sources, ordered by address.
	Resources []*Resource
	// Missing are the instances of module calls whose code isn't there, ordered by path.
	Missing   []*MissingModule
	byBlock   map[string][]*Resource
	byID      map[string]*Resource
	parts     map[string]*Resource // see Owns
	byType    map[string][]*Resource
	referrers map[referrerKey]*referrers
	named     map[referrerKey]map[string][]*Resource
	unnamed   map[referrerKey][]*Resource
	endsOf    map[endsKey][]*End
	referred  map[*shared]referred
	moves     []move
	paths     map[string][]ModulePath // see modules
	plan      *planGraph              // of a plan's graph
	evaluated *module                 // the root module, of a configuration's graph
	users     map[*Resource][]User    // see Users
	alike     map[alikeKey]any        // see Alike
	diags     *diagnostics
	unread    []Unread
}

// Unread is a file or a folder of a configuration of which not all could be read. What isn't in sight may be in it.
type Unread struct {
	// Name is that of the file or folder in reports.
	Name string
	// At is the first place that couldn't be read.
	At hcl.Range
}

// Unread returns the files and folders that couldn't be read as a whole, once each and ordered by name. A plan has none: it has
// what was planned, whether or not its configuration can be read.
func (g *Graph) Unread() []Unread { return g.unread }

// Diagnostics returns what could not be read or evaluated so far.
func (g *Graph) Diagnostics() hcl.Diagnostics { return g.diags.list }

// Find returns the resource at an address, or the symbolic resource that stands for it; nil if there is neither.
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

// FindMissing returns the module call that an address leads through and whose code isn't there, or nil.
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
	return g.referrersOf(typ, attr).surely[target]
}

// Askers returns the resources of a type whose attribute is what a data source finds that asks for something of the target,
// perhaps by way of other data sources. They are ordered by address.
func (g *Graph) Askers(target *Resource, typ, attr string) []*Resource {
	return g.referrersOf(typ, attr).asking[target]
}

// PerhapsReferrers returns the resources of a type whose attribute doesn't surely refer to a single thing, ordered by address.
func (g *Graph) PerhapsReferrers(typ, attr string) []*Resource {
	return g.referrersOf(typ, attr).perhaps
}

// referrers are the resources of a type by what one of their attributes refers to.
type referrers struct {
	surely, asking map[*Resource][]*Resource
	perhaps        []*Resource
}

func (g *Graph) referrersOf(typ, attr string) *referrers {
	key := referrerKey{typ, attr}
	if index := g.referrers[key]; index != nil {
		return index
	}
	index := &referrers{surely: map[*Resource][]*Resource{}, asking: map[*Resource][]*Resource{}}
	g.referrers[key] = index
	var mentions *Mentions
	for _, r := range g.byType[typ] {
		targets, whole := g.Refer(r.Attr(attr))
		if !whole || len(targets) != 1 {
			index.perhaps = append(index.perhaps, r)
			continue
		}
		target := targets[0].Resource
		if target == nil {
			continue
		}
		index.surely[target] = append(index.surely[target], r)
		if target.Addr.Mode == Data {
			if mentions == nil {
				mentions = g.Mentions()
			}
			for _, of := range mentions.askedFor(target, nil) {
				index.asking[of] = append(index.asking[of], r)
			}
		}
	}
	return index
}

// askedFor returns the managed resources that a data source asks for something of. asking are the data sources that it is asked
// by.
func (m *Mentions) askedFor(data *Resource, asking []*Resource) []*Resource {
	const deepest = 3 // from an instance to its attachments, their interface and its address
	var out []*Resource
	if len(asking) == deepest || slices.Contains(asking, data) {
		return nil
	}
	for _, r := range m.Of(data.Object).Resources {
		found := []*Resource{r}
		if r.Addr.Mode == Data {
			found = m.askedFor(r, append(slices.Clip(asking), data))
		}
		for _, f := range found {
			if !slices.Contains(out, f) {
				out = append(out, f)
			}
		}
	}
	return out
}

// Named returns the managed resources of a type whose attribute is surely the text, in upper or lower case, ordered by address.
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

// MaybeNamed returns the managed resources of a type whose attribute isn't known and may be a text, but for upper and lower case.
func (g *Graph) MaybeNamed(typ, attr, text string) []*Resource {
	var out []*Resource
	for _, r := range g.unnamedOf(typ, attr) {
		if r.Attr(attr).mayRead(text) {
			out = append(out, r)
		}
	}
	return out
}

// unnamedOf returns the managed resources of a type whose attribute isn't known.
func (g *Graph) unnamedOf(typ, attr string) []*Resource {
	key := referrerKey{typ, attr}
	out, ok := g.unnamed[key]
	if !ok {
		for _, r := range g.byType[typ] {
			if r.Addr.Mode == Managed && r.Attr(attr).Undecided() {
				out = append(out, r)
			}
		}
		g.unnamed[key] = out
	}
	return out
}

// mayRead reports whether what is known of a text's beginning and end allows it to be another one, but for upper and lower case.
func (v Value) mayRead(text string) bool {
	known := strings.ToLower(v.Written(hole).Text)
	text = strings.ToLower(text)
	return strings.HasPrefix(text, known[:max(strings.Index(known, hole), 0)]) && strings.HasSuffix(text, known[strings.LastIndex(known, hole)+1:])
}

// Resource is a resource instance.
type Resource struct {
	Addr Address
	// Certain is false for the symbolic instance of a block with an unknown count or for_each. It stands for any number of
	// instances, also for none.
	Certain bool
	// Exists is the unknown value that decides whether there are instances. It is absent if Certain is true.
	Exists Value
	Change Change
	// Provider is the provider configuration that the resource uses.
	Provider Provider
	// Decl is the block's header, or the resource in a plan that has no source.
	Decl hcl.Range
	// Calls are the module calls that lead to the resource, outermost first.
	Calls []hcl.Range
	Object
	// text is the address as it prints, for a resource that is in a graph.
	text string
}

// Address prints the address of the resource as Terraform does.
func (r *Resource) Address() string {
	if r.text == "" {
		return r.Addr.String()
	}
	return r.text
}

// MissingModule is an instance of a call of a module whose code isn't there. Its attributes are the call's arguments.
type MissingModule struct {
	Path ModulePath
	// Source is the module's source as the call writes it. Version is its version constraint, or empty.
	Source, Version string
	// Certain and Exists mean the same as those of a Resource.
	Certain bool
	Exists  Value
	// Decl is the call's header. Calls are the calls that lead to it, outermost first.
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
	// computes reports whether the provider decides an attribute, not the configuration, and hasn't done so yet.
	computes(name string) bool
	// fillsIn is computes for the blocks of a type, of which it says so only if they surely aren't configured.
	fillsIn(block string) bool
}

// Attr returns the value of an attribute; the Value is absent if the attribute is not set.
func (o Object) Attr(name string) Value { return o.body.attr(name) }

// OwnAttr is like Attr, but absent where only the provider will compute the value. It is for attributes that are optional and
// computed.
func (o Object) OwnAttr(name string) Value {
	if o.body.computes(name) {
		return Value{}
	}
	return o.body.attr(name)
}

// Blocks returns the nested blocks of a type in order: written blocks, blocks that dynamic blocks make, and the elements of a
// list of objects that is assigned instead of blocks.
func (o Object) Blocks(name string) []Block { return o.body.blocks(name) }

// OwnBlocks is like Blocks, but empty where only the provider will compute the blocks of a new object. It is for attributes
// that are optional and computed, such as the ingress of aws_security_group.
func (o Object) OwnBlocks(name string) []Block {
	if o.body.fillsIn(name) {
		return nil
	}
	return o.body.blocks(name)
}

// Block is a nested block.
type Block struct {
	Object
	// Certain is false for a symbolic block, which an unknown for_each of a dynamic block or an unknown list makes. It stands
	// for any number of blocks, also for none.
	Certain bool
	// Exists is the unknown value that decides whether there are such blocks. It is absent if Certain is true.
	Exists Value
	// Earlier is how many of the blocks before this one may come after it, and Later the other way round: the order of the
	// blocks that a dynamic block makes isn't always known.
	Earlier, Later int
	// At is the block, or the element in a list of objects.
	At hcl.Range
	// Labels are the labels of a block in a configuration, such as the type of a provisioner.
	Labels []string
	// Listed is true if a plan or state has the block and no configuration is known to write it: the provider lists what it
	// found. Without a configuration, a block from a dynamic block looks the same.
	Listed bool
}

// Target is the resource that an attribute names.
type Target struct {
	// Resource is nil if the resource lies outside the configuration.
	Resource *Resource
	// ID is the literal ID if Resource is nil and the ID is known.
	ID string
}

// Refer returns the resources that the value of an attribute like security_group_id names, by reference or by a known
// ID, in order. Whole is false if it may name others, or not all of them. The caller must not change the targets.
func (g *Graph) Refer(v Value) (targets []Target, whole bool) {
	if v.shared == nil {
		return g.refer(v)
	}
	out, ok := g.referred[v.shared]
	if !ok {
		out.targets, out.whole = g.refer(v)
		g.referred[v.shared] = out
	}
	return out.targets, out.whole
}

// referred is what a value refers to.
type referred struct {
	targets []Target
	whole   bool
}

func (g *Graph) refer(v Value) (targets []Target, whole bool) {
	candidates, whole := g.refersTo(v)
	for _, c := range candidates {
		targets = append(targets, c.Target)
		whole = whole && !c.perhaps
	}
	return targets, whole
}

// refersTo returns what the elements of a value name, or what a value names that isn't a collection. whole is false if there
// may be others.
func (g *Graph) refersTo(v Value) (out []candidate, whole bool) {
	elements, listed := v.Elements()
	if !listed {
		out, whole = g.candidates(v)
		if ty := v.v.Type(); len(out) > 1 && (ty.IsPrimitiveType() || ty == cty.DynamicPseudoType) {
			perhaps(out) // it is one of them
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

// shared returns what elements of a collection name that don't say which of them names which: the elements of a set, and of a
// list in a plan. If there are as many elements as candidates, each candidate is named.
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

// join adds candidates to others. A candidate that is surely named once is surely named.
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

// candidate is a target that a value may name.
type candidate struct {
	Target
	// perhaps is true if the value may also name another one, be null or, if it is a collection, not have it.
	perhaps bool
}

// candidates returns, in order, the target that a value names, or the targets that it names one of. A collection with unknown
// elements names several. whole is false if there may be others.
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
			for _, o := range v.Origins() {
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
	// A text that is made of something other than a plain reference, such as one that ends in a name, may name anything.
	origins := v.Origins()
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

// madeBy returns the instances that an origin is an attribute of; exactly one if it is known which.
func (g *Graph) madeBy(o Origin) []*Resource {
	if o.Kind != FromResource && o.Kind != FromData {
		return nil
	}
	return g.byBlock[o.Resource]
}

// withID returns the target with a known ID.
func (g *Graph) withID(id string) Target {
	r := g.byID[id]
	if r == nil {
		r = g.parts[id]
	}
	return Target{Resource: r, ID: literal(r, id)}
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
	g.byType, g.referrers = map[string][]*Resource{}, map[referrerKey]*referrers{}
	g.unnamed = map[referrerKey][]*Resource{}
	g.named, g.endsOf = map[referrerKey]map[string][]*Resource{}, map[endsKey][]*End{}
	g.referred = map[*shared]referred{}
	slices.SortStableFunc(g.Missing, func(a, b *MissingModule) int { return a.Path.Compare(b.Path) })
	byAddress := func(a, b *Resource) int { return a.Addr.Compare(b.Addr) }
	if !slices.IsSortedFunc(g.Resources, byAddress) {
		slices.SortStableFunc(g.Resources, byAddress)
	}
	var last *Resource
	var block string // that of last, if it is an instance of one
	for i, r := range g.Resources {
		g.byType[r.Addr.Type] = append(g.byType[r.Addr.Type], r)
		r.text = r.Addr.String()
		if same := g.byBlock[r.text]; same != nil {
			g.byBlock[r.text] = append(same, r)
		} else {
			g.byBlock[r.text] = g.Resources[i : i+1 : i+1]
		}
		if r.Addr.Key.Kind() != NoKey {
			if last == nil || !sameBlock(last, r) {
				last, block = r, r.Addr.Block().String()
			}
			g.byBlock[block] = append(g.byBlock[block], r)
		}
	}
}
