package graph

import (
	"cmp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/lang"
)

// User is what refers to a resource in some way, whether it is of a type that is read or not.
type User struct {
	// Name is the address of a resource, the path of a call of a module whose code isn't there, or output.NAME for an output
	// of the root module.
	Name string
	// Type is that of a resource; empty for others.
	Type string
	// At is the place of the attribute or argument that refers to it.
	At hcl.Range
}

func (u User) compare(o User) int {
	return cmp.Or(strings.Compare(u.Name, o.Name), compareRange(u.At, o.At))
}

func compareRange(a, b hcl.Range) int {
	return cmp.Or(strings.Compare(a.Filename, b.Filename), cmp.Compare(a.Start.Byte, b.Start.Byte))
}

// Users returns the managed resources, calls of modules that aren't there and outputs of the root module whose values are
// made of an attribute of a resource, or hold its ID, each once, ordered by name. Arguments of the language itself, such as
// depends_on, don't count. A plan without its configuration says nothing of types that were not asked for, so known is
// false for it.
func (g *Graph) Users(r *Resource) (users []User, known bool) {
	if g.evaluated == nil {
		return nil, false
	}
	if g.users == nil {
		g.users = map[*Resource][]User{}
		g.findUsers()
	}
	return g.users[r], true
}

// findUsers evaluates all of the configuration, also what nothing else asks for.
func (g *Graph) findUsers() {
	defer g.evaluated.ev.quietly()()
	g.evaluated.users(func(u User, v cty.Value) {
		for _, r := range g.mentioned(v) {
			if r.Addr.String() == u.Name {
				continue
			}
			if !slices.ContainsFunc(g.users[r], func(o User) bool { return o.Name == u.Name }) {
				g.users[r] = append(g.users[r], u)
			}
		}
	})
	for _, users := range g.users {
		slices.SortFunc(users, User.compare)
	}
}

// mentioned returns the resources that a value is made of, or whose ID it has.
func (g *Graph) mentioned(v cty.Value) []*Resource {
	var out []*Resource
	raw, marks := v.UnmarkDeep()
	add := func(rs []*Resource) {
		for _, r := range rs {
			if !slices.Contains(out, r) {
				out = append(out, r)
			}
		}
	}
	for mark := range marks {
		switch mark := mark.(type) {
		case Origin:
			add(g.madeBy(mark))
		case lang.Identity:
			add(g.byBlock[mark.Of])
		}
	}
	if len(g.byID) > 0 {
		// The function that the walk calls never fails.
		_ = cty.Walk(raw, func(_ cty.Path, part cty.Value) (bool, error) {
			if part.IsKnown() && !part.IsNull() && part.Type() == cty.String {
				if r := g.byID[part.AsString()]; r != nil {
					add([]*Resource{r})
				}
			}
			return true, nil
		})
	}
	return out
}

// users visits what the module, and those that it calls, put their values into.
func (m *module) users(visit func(User, cty.Value)) {
	for _, block := range m.source.Resources {
		if block.Keyword == "data" || m.ev.stopped() {
			continue
		}
		for _, i := range m.expandResource(block).items {
			u := User{Name: i.name, Type: i.addr.Type}
			each(configBody{block.Body, i.scope}, func(v Value) {
				u.At = v.At
				visit(u, v.v)
			})
		}
	}
	for _, name := range sortedNames(m.source.Calls) {
		e := m.child(name)
		for _, child := range e.items {
			child.users(visit)
		}
		if !e.missing {
			continue
		}
		for _, missing := range m.missing(name) {
			u := User{Name: missing.Path.String()}
			each(missing.body.(configBody), func(v Value) {
				u.At = v.At
				visit(u, v.v)
			})
		}
	}
	if m.parent != nil {
		return
	}
	for _, name := range sortedNames(m.source.Outputs) {
		if a := m.source.Outputs[name].Body.Attr("value"); a != nil {
			visit(User{Name: "output." + name, At: a.Expr.Range()}, m.output(name, a.Expr.Range()))
		}
	}
}

// each calls a function with the value of each attribute of a body and of the blocks in it.
func each(b configBody, f func(Value)) {
	names := b.body.Names()
	for _, body := range b.body {
		for _, block := range body.Blocks {
			if block.Type == "dynamic" && len(block.Labels) == 1 {
				names = append(names, block.Labels[0])
			}
		}
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if isMeta(name) {
			continue
		}
		if a := b.body.Attr(name); a != nil {
			f(b.scope.value(a.Expr))
			continue
		}
		for _, block := range b.blocks(name) {
			if inner, ok := block.body.(configBody); ok {
				each(inner, f)
			}
		}
	}
}
