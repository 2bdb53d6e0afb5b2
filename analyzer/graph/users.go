package graph

import (
	"cmp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/lang"
)

// User is something that refers to a resource, whether or not its type is read.
type User struct {
	// Name is the address of a resource, the path of a call of a module whose code isn't there, or output.NAME for an output of
	// the root module.
	Name string
	// Type is the type of a resource; it is empty for other users.
	Type string
	// Read is true if the type is read: see [Inputs.Reads].
	Read bool
	// At is the attribute or argument that refers to the resource.
	At hcl.Range
}

func (u User) compare(o User) int {
	return cmp.Or(strings.Compare(u.Name, o.Name), compareRange(u.At, o.At))
}

func compareRange(a, b hcl.Range) int {
	return cmp.Or(strings.Compare(a.Filename, b.Filename), cmp.Compare(a.Start.Byte, b.Start.Byte))
}

// Users returns, once each and ordered by name, the managed resources, the calls of modules whose code isn't there and the
// outputs of the root module whose values contain an attribute or the ID of a resource. The language's own arguments, such as
// depends_on, don't count. known is false for a plan without its configuration: users are then the resources of its graph, of
// which it isn't told whether their types are read, and there may be others.
func (g *Graph) Users(r *Resource) (users []User, known bool) {
	if g.users == nil {
		g.users = map[*Resource][]User{}
		if g.evaluated == nil {
			g.usersInPlan()
		} else {
			g.findUsers()
		}
	}
	return g.users[r], g.evaluated != nil
}

// usersInPlan finds the users among the resources of a plan.
func (g *Graph) usersInPlan() {
	mentions := g.Mentions()
	for _, user := range g.Resources {
		if user.Addr.Mode != Managed {
			continue
		}
		for _, r := range mentions.Of(user.Object).Resources {
			if r != user {
				g.users[r] = append(g.users[r], User{Name: user.Addr.String(), Type: user.Addr.Type, At: user.Decl})
			}
		}
	}
}

// findUsers evaluates the whole configuration, including what nothing else asks for.
func (g *Graph) findUsers() {
	defer g.evaluated.ev.quietly()()
	shares := map[*shared][]*Resource{}
	g.evaluated.users(func(u User, v Value) {
		mentioned, ok := shares[v.shared]
		if !ok || v.shared == nil {
			mentioned = g.mentioned(v.v)
			shares[v.shared] = mentioned
		}
		for _, r := range mentioned {
			// What has a name comes all at once.
			if users := g.users[r]; r.Addr.String() != u.Name && (len(users) == 0 || users[len(users)-1].Name != u.Name) {
				g.users[r] = append(users, u)
			}
		}
	})
	for _, users := range g.users {
		slices.SortFunc(users, User.compare)
	}
}

// mentioned returns the resources that a value is made of, or whose ID it contains.
func (g *Graph) mentioned(v cty.Value) []*Resource {
	var out []*Resource
	seen := map[*Resource]bool{}
	raw, marks := v.UnmarkDeep()
	add := func(rs []*Resource) {
		for _, r := range rs {
			if !seen[r] {
				seen[r] = true
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

// users visits everything that the module, and those that it calls, put values into.
func (m *module) users(visit func(User, Value)) {
	for _, block := range m.source.Resources {
		if block.Keyword == "data" || m.ev.stopped() {
			continue
		}
		for _, i := range m.expandResource(block).items {
			u := User{Name: i.name, Type: i.addr.Type, Read: m.ev.inputs.Reads != nil && m.ev.inputs.Reads(i.addr.Type)}
			each(configBody{block.Body, i.scope}, func(v Value) {
				u.At = v.At
				visit(u, v)
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
				visit(u, v)
			})
		}
	}
	if m.parent != nil {
		return
	}
	for _, name := range sortedNames(m.source.Outputs) {
		if a := m.source.Outputs[name].Body.Attr("value"); a != nil {
			visit(User{Name: "output." + name, At: a.Expr.Range()}, Value{v: m.output(name, a.Expr.Range())})
		}
	}
}

// each calls a function with the value of each attribute of a body and of the blocks in it.
func each(b configBody, f func(Value)) {
	eachNamed(b, func(_ string, v Value) { f(v) })
}

// eachNamed is each with the attributes' names.
func eachNamed(b configBody, f func(name string, v Value)) {
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
			f(name, b.scope.value(a.Expr))
			continue
		}
		for _, block := range b.blocks(name) {
			if inner, ok := block.body.(configBody); ok {
				eachNamed(inner, f)
			}
		}
	}
}
