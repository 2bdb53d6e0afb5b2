package graph

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/lang"
	"github.com/tfreach/tfreach/analyzer/source"
)

// expandResource expands a resource block.
func (m *module) expandResource(block *source.Block) *expansion[*instance] {
	if e := m.blocks[block]; e != nil {
		if !e.done {
			m.ev.cycle(m.label(block.Labels[0]+"."+block.Labels[1]), block.At)
		}
		return e
	}
	addr := Address{Module: m.path, Mode: Managed, Type: block.Labels[0], Name: block.Labels[1]}
	if block.Keyword == "data" {
		addr.Mode = Data
	}
	e := &expansion[*instance]{self: Origin{
		Kind: originKind(addr.Mode), Name: addr.String(), Resource: addr.String(), At: block.At,
	}}
	m.blocks[block] = e
	expand(m, block, e, func(key Key, s *scope, certain bool) *instance {
		addr := addr
		addr.Key = key
		return &instance{block: block, addr: addr, scope: s, certain: m.certain && certain, name: addr.String()}
	})
	e.done = true
	return e
}

// resourceValue returns the value of a reference to a resource block, with the attributes that are wanted.
func (m *module) resourceValue(name source.ResourceName, w *want) cty.Value {
	block := m.source.Resource(name)
	if block == nil {
		m.ev.diags.add(&hcl.Diagnostic{
			Severity: hcl.DiagError, Summary: "Reference to something that is not declared",
			Detail: name.String() + " is not declared in this module.", Subject: w.at.Ptr(),
		})
		return m.ev.failed(w.at)
	}
	key := w.key()
	if v, ok := m.wholes[name][key]; ok {
		return v
	}
	e := m.expandResource(block)
	v := e.value(w.instances(), func(i *instance) cty.Value { return i.value(w) })
	if e.done {
		if m.wholes[name] == nil {
			m.wholes[name] = map[string]cty.Value{}
		}
		m.wholes[name][key] = v
	}
	return v
}

// value returns an object of the wanted attributes. If the value is used whole, these are the configured ones and all that the
// configuration asks of anything.
func (i *instance) value(w *want) cty.Value {
	attrs := make(map[string]cty.Value, len(w.attrs))
	for name := range w.attrs {
		attrs[name] = i.attr(name)
		for _, way := range w.indexed[name] {
			attrs[name] = i.asBlocks(attrs[name], way, i.marks(name))
		}
	}
	if w.whole {
		for _, name := range i.block.Body.Names() {
			if !isMeta(name) {
				attrs[name] = i.attr(name)
			}
		}
		for _, name := range i.scope.m.ev.allNames() {
			if _, ok := attrs[name]; !ok {
				attrs[name] = i.computed(name)
			}
		}
	}
	if w.whole || len(attrs) == 0 {
		attrs[lang.MoreName] = cty.DynamicVal.WithMarks(cty.NewValueMarks(
			Origin{Kind: originKind(i.addr.Mode), Name: i.name, Resource: i.name, At: i.block.At}, attributes{i}))
	}
	return cty.ObjectVal(attrs)
}

// attributes is the mark that gives access to the other attributes of a resource that is used whole.
type attributes struct{ of *instance }

// Attribute implements lang.Attributes.
func (a attributes) Attribute(name string) cty.Value { return a.of.attr(name) }

// isMeta reports whether the language, and not the resource type, defines an argument or nested block of a resource.
func isMeta(name string) bool {
	switch name {
	case "count", "for_each", "provider", "depends_on", "lifecycle", "provisioner", "connection", "dynamic":
		return true
	}
	return false
}

// attr returns the value of an attribute: the configured one, or an unknown value that names the resource.
func (i *instance) attr(name string) cty.Value {
	if i.isRemote(name) {
		if o := i.remote(); o != nil {
			return o.value()
		}
	}
	attr := i.block.Body.Attr(name)
	if i.addr.Type == "terraform_data" && name == "output" {
		attr = i.block.Body.Attr("input")
	}
	if attr == nil && !isMeta(name) && len(i.block.Body.Blocks(name)) > 0 {
		return i.nested(name)
	}
	if attr == nil || isMeta(name) {
		return i.computed(name)
	}
	c := i.attrs[name]
	if c == nil {
		c = &cell{}
		if i.attrs == nil {
			i.attrs = map[string]*cell{}
		}
		i.attrs[name] = c
		c.v = i.scope.eval(attr.Expr)
		c.done = true
		switch raw, _ := c.v.Unmark(); {
		case raw.IsKnown() && raw.IsNull(): // leaves the value to the provider
			c.v = i.computed(name)
		case !raw.IsKnown() && name == "name":
			c.v = i.named(c.v)
		}
		if !c.v.IsWhollyKnown() {
			if v, ok := i.planned(name); ok && v.IsWhollyKnown() {
				c.v = v
			}
		}
	}
	if !c.done {
		i.scope.m.ev.cycle(i.name+"."+name, attr.Expr.Range())
		return i.scope.m.ev.failed(attr.Expr.Range())
	}
	return c.v
}

// computed returns the value of an attribute that the provider decides.
func (i *instance) computed(name string) cty.Value {
	if v, ok := i.planned(name); ok {
		return v
	}
	if r := i.lookUp(); r != nil {
		if v := r.Attr(name); !v.Absent() {
			return v.v
		}
	}
	if name == "ids" {
		if v, ok := i.listed(); ok {
			return v
		}
	}
	origin := Origin{Kind: originKind(i.addr.Mode), Name: i.name + "." + name, Resource: i.name, Attr: name, At: i.block.At}
	if !isText(name) {
		return cty.DynamicVal.WithMarks(i.marks(name))
	}
	v, id := cty.UnknownVal(cty.String), lang.Identity{Term: origin.Name, Of: i.name}
	if name == "id" || name == "arn" || name == "self_link" {
		v, id.Filled = v.RefineNotNull(), true
	}
	return v.WithMarks(cty.NewValueMarks(origin, id))
}

// nested returns what a reference to the nested blocks of a type sees, if they are known: a tuple of objects.
func (i *instance) nested(name string) cty.Value {
	c := i.attrs[name]
	if c == nil {
		c = &cell{}
		if i.attrs == nil {
			i.attrs = map[string]*cell{}
		}
		i.attrs[name] = c
		if v, ok := i.planned(name); ok && v.IsWhollyKnown() {
			c.v = v
		} else {
			c.v = i.blocksOf(name, configBody{i.block.Body, i.scope}, i.marks(name))
		}
		c.done = true
	}
	if !c.done {
		i.scope.m.ev.cycle(i.name+"."+name, i.block.At)
		return i.scope.m.ev.failed(i.block.At)
	}
	return c.v
}

// blocksOf returns the nested blocks of a type in a body as a tuple. Parts that the provider computes carry the marks.
func (i *instance) blocksOf(name string, in configBody, marks cty.ValueMarks) cty.Value {
	blocks := in.blocks(name)
	objects := make([]cty.Value, len(blocks))
	for n, block := range blocks {
		body, ok := block.body.(configBody)
		if !ok || !block.Certain {
			return cty.DynamicVal.WithMarks(marks)
		}
		attrs := map[string]cty.Value{lang.MoreName: cty.DynamicVal.WithMarks(marks)}
		for _, name := range i.scope.m.ev.allNames() {
			attrs[name] = cty.DynamicVal.WithMarks(marks)
		}
		for _, name := range body.body.Names() {
			if a := body.body.Attr(name); a == nil {
				attrs[name] = i.blocksOf(name, body, marks)
			} else if v := body.scope.eval(a.Expr); !(Value{v: v}).Absent() {
				attrs[name] = v
			}
		}
		objects[n] = cty.ObjectVal(attrs)
	}
	return cty.TupleVal(objects)
}

// named returns the unknown name of the resource, marked so that it identifies the resource.
func (i *instance) named(v cty.Value) cty.Value {
	term := lang.Term(v)
	if term == "" {
		term = i.name + ".name"
	}
	return lang.WithoutIdentities(v).Mark(lang.Identity{Term: term, Of: i.name})
}

// isText reports whether an attribute of this name is a string in every resource type. Without provider schemas, nothing more
// is known of attribute types.
func isText(name string) bool {
	switch name {
	case "id", "arn", "self_link", "name":
		return true
	}
	return strings.HasSuffix(name, "_id") || strings.HasSuffix(name, "_arn")
}

func originKind(mode Mode) OriginKind {
	if mode == Data {
		return FromData
	}
	return FromResource
}
