package graph

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/source"
)

// Mentions finds what the arguments of resources and module calls refer to, for whatever purpose. It remembers the references
// of each expression.
type Mentions struct {
	graph *Graph
	found map[mention]Mentioned
}

// Mentioned is what expressions refer to, ordered by address.
type Mentioned struct {
	Resources []*Resource
	// Missing are the referred calls of modules whose code isn't there.
	Missing []*MissingModule
	// ends are where runs of instances of one block end among the resources.
	ends []int
}

func (m *Mentioned) add(o Mentioned) {
	m.Resources, m.Missing = append(m.Resources, o.Resources...), append(m.Missing, o.Missing...)
}

func (m *Mentioned) sort() {
	slices.SortFunc(m.Resources, func(a, b *Resource) int { return a.Addr.Compare(b.Addr) })
	slices.SortFunc(m.Missing, func(a, b *MissingModule) int { return a.Path.Compare(b.Path) })
	m.Resources, m.Missing = slices.Compact(m.Resources), slices.Compact(m.Missing)
}

// mention is an expression in a module instance.
type mention struct {
	m    *module
	expr hcl.Expression
}

// Mentions returns a finder of mentions in the graph.
func (g *Graph) Mentions() *Mentions { return &Mentions{graph: g, found: map[mention]Mentioned{}} }

// Of returns what the arguments of an object and of its blocks refer to, also through variables, local values, outputs and
// what data sources look up by.
func (m *Mentions) Of(o Object) Mentioned {
	var out Mentioned
	switch b := o.body.(type) {
	case configBody:
		for _, body := range b.body {
			out.add(m.in(o, body, b.scope.m))
		}
	case planBody:
		e := b.env
		e.direct = true
		for _, name := range sortedNames(b.block) {
			for _, origin := range b.p.origins(e, b.block[name]) {
				out.Resources = append(out.Resources, m.graph.madeBy(origin)...)
			}
		}
	}
	out.sort()
	return out
}

// in returns what a body refers to. It finds out which instance of a block is meant only for attributes at the top level.
func (m *Mentions) in(o Object, body *hclsyntax.Body, at *module) Mentioned {
	var out Mentioned
	for name, a := range body.Attributes {
		switch name {
		case "depends_on", "provider", "providers":
			continue
		}
		found := m.expression(at, a.Expr)
		found.Resources = m.chosen(o, name, found)
		out.add(found)
	}
	for _, block := range body.Blocks {
		if block.Type != "lifecycle" {
			out.add(m.in(Object{}, block.Body, at))
		}
	}
	return out
}

// chosen leaves out instances of a block that the value of an attribute surely isn't made of.
func (m *Mentions) chosen(o Object, name string, all Mentioned) []*Resource {
	if o.body == nil || len(all.ends) == len(all.Resources) {
		return all.Resources
	}
	candidates, _ := m.graph.refersTo(o.Attr(name))
	var out []*Resource
	start := 0
	for _, end := range all.ends {
		run, named := all.Resources[start:end], len(out)
		for _, c := range candidates {
			if c.Resource != nil && sameBlock(c.Resource, run[0]) {
				out = append(out, c.Resource)
			}
		}
		if len(out) == named {
			out = append(out, run...)
		}
		start = end
	}
	return out
}

func sameBlock(a, b *Resource) bool { return a.Addr.Block().Compare(b.Addr.Block()) == 0 }

// runs finds where the runs of instances of one block end.
func (m *Mentioned) runs() {
	for i := range m.Resources {
		if i+1 == len(m.Resources) || !sameBlock(m.Resources[i], m.Resources[i+1]) {
			m.ends = append(m.ends, i+1)
		}
	}
}

// expression returns what an expression refers to.
func (m *Mentions) expression(at *module, expr hcl.Expression) Mentioned {
	key := mention{at, expr}
	if out, ok := m.found[key]; ok {
		return out
	}
	m.found[key] = Mentioned{} // ends a cycle, which is an error elsewhere
	var out Mentioned
	for _, t := range expr.Variables() {
		out.add(m.traversal(at, t))
	}
	out.sort()
	out.runs()
	m.found[key] = out
	return out
}

func (m *Mentions) traversal(at *module, t hcl.Traversal) Mentioned {
	if len(t) < 2 {
		return Mentioned{}
	}
	name := stepName(t[1:])
	switch t.RootName() {
	case "each", "count", "self", "path", "terraform", "ephemeral":
		return Mentioned{}
	case "local":
		if a := at.source.Locals[name]; a != nil {
			return m.expression(at, a.Expr)
		}
		return Mentioned{}
	case "var":
		if at.call != nil {
			if a := at.call.Body.Attr(name); a != nil {
				return m.expression(at.scope.m, a.Expr)
			}
		}
		return Mentioned{}
	case "module":
		return m.output(at, name, t[2:])
	}
	of, rest := resourceName(t)
	if of.Name == "" {
		return Mentioned{}
	}
	if of.Data {
		return m.lookedUpBy(at, of)
	}
	return Mentioned{Resources: m.instances(at, of, rest)}
}

// lookedUpBy returns what the arguments of a data source refer to, since what it finds is about that.
func (m *Mentions) lookedUpBy(at *module, of source.ResourceName) Mentioned {
	var out Mentioned
	if block := at.source.Resource(of); block != nil {
		for _, body := range block.Body {
			out.add(m.in(Object{}, body, at))
		}
	}
	return out
}

// output returns what an output of a module refers to; if it isn't known which output, what all outputs refer to.
func (m *Mentions) output(at *module, name string, rest hcl.Traversal) Mentioned {
	var out Mentioned
	if at.source.Calls[name] == nil {
		return out
	}
	for _, missing := range m.graph.Missing {
		if last := len(missing.Path) - 1; missing.Path[last].Name == name && missing.Path[:last].Compare(at.path) == 0 {
			out.Missing = append(out.Missing, missing)
		}
	}
	asked := ""
	for _, step := range rest {
		if a, ok := step.(hcl.TraverseAttr); ok {
			asked = a.Name
			break
		}
	}
	for _, child := range at.child(name).items {
		for output, block := range child.source.Outputs {
			if a := block.Body.Attr("value"); a != nil && (asked == "" || output == asked) {
				out.add(m.expression(child, a.Expr))
			}
		}
	}
	return out
}

// instances returns the instances of a block that a reference may mean.
func (m *Mentions) instances(at *module, of source.ResourceName, rest hcl.Traversal) []*Resource {
	addr := Address{Module: at.path, Mode: Managed, Type: of.Type, Name: of.Name}
	if len(rest) > 0 {
		if index, ok := rest[0].(hcl.TraverseIndex); ok {
			if key, err := KeyOf(index.Key); err == nil {
				one := addr
				one.Key = key
				if rs := m.graph.byBlock[one.String()]; len(rs) > 0 {
					return rs
				}
			}
		}
	}
	return m.graph.byBlock[addr.String()]
}

// Arguments calls visit with each argument that is written in a configuration, in the order of the names, but with those of the
// language.
func (o Object) Arguments(visit func(name string, v Value)) {
	if b, ok := o.body.(configBody); ok {
		defer b.scope.m.ev.quietly()()
		eachNamed(b, visit)
	}
}

// Texts calls visit with each text that is known of an object's arguments, its blocks' and its lists', and with the name of the
// argument. Texts of the language's own arguments are left out.
func (o Object) Texts(visit func(argument, text string)) {
	told := func(argument string, v Value) {
		raw, _ := v.v.UnmarkDeep()
		if raw == cty.NilVal {
			return
		}
		// The function that the walk calls never fails.
		_ = cty.Walk(raw, func(path cty.Path, part cty.Value) (bool, error) {
			if part.Type() != cty.String || !part.IsKnown() || part.IsNull() {
				return true, nil
			}
			name := argument
			for _, step := range path {
				if attr, ok := step.(cty.GetAttrStep); ok {
					name = attr.Name
				}
			}
			visit(name, part.AsString())
			return true, nil
		})
	}
	o.each(told)
}

// Terms calls visit with the name of each argument whose value is an unknown text, and with the text's term.
func (o Object) Terms(visit func(argument, term string)) {
	o.each(func(argument string, v Value) {
		if term := v.Term(); term != "" {
			visit(argument, term)
		}
	})
}

// each calls f with the arguments of an object, its blocks' too, but for the language's own.
func (o Object) each(f func(argument string, v Value)) {
	switch b := o.body.(type) {
	case configBody:
		defer b.scope.m.ev.quietly()()
		eachNamed(b, f)
	case planBody:
		for _, name := range sortedNames(b.block) {
			f(name, b.attr(name))
		}
	}
}
