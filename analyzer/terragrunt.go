package analyzer

import (
	"context"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/source"
	"github.com/tfreach/tfreach/analyzer/source/placed"
	"github.com/tfreach/tfreach/analyzer/source/terragrunt"
)

// unit is a root module that Terragrunt runs.
type unit struct {
	// outline says which module it runs.
	outline *terragrunt.Unit
	units   *units
	// variant is that of the input, and values returns those of the unit's root module in it, with such as are handed to it.
	variant string
	values  func(folder, handed) (graph.Inputs, hcl.Diagnostics)
	// tree is the one that the module is in, as a program reads it.
	tree *source.Tree
}

// units are those of a tree.
type units struct {
	tree *source.Tree

	mu       sync.Mutex
	outlines map[string]*terragrunt.Unit
	made     map[string]terragrunt.Place // by stacks
}

func newUnits(tree *source.Tree) *units {
	return &units{tree: tree, outlines: map[string]*terragrunt.Unit{}, made: map[string]terragrunt.Place{}}
}

// terragrunt returns the units that were found in a tree as inputs. The folders of modules that they run are no root
// modules: what is judged is what the units make of them.
func (s *Selection) terragrunt(ctx context.Context, tree *source.Tree, found *source.Found) []*Input {
	all := newUnits(tree)
	var out []*Input
	run := map[string]bool{}
	for _, dir := range all.found(s, found) {
		if ctx.Err() != nil {
			break // Each says so
		}
		u := all.outline(dir)
		if !u.Makes() && len(u.Diags) == 0 && !all.writes(u) {
			continue
		}
		run[u.Dir] = true
		if u.Module != "" {
			run[u.Module] = true
		}
		out = append(out, s.unitInputs(all, u)...)
	}
	var judged []string
	found.Roots = slices.DeleteFunc(found.Roots, func(dir string) bool {
		if run[dir] && !slices.Contains(found.Units, dir) {
			judged = append(judged, tree.Place(dir))
		}
		return run[dir]
	})
	if len(judged) > 0 {
		s.notices = append(s.notices, Notice{
			Level: Note, Summary: "Modules are judged by what Terragrunt's units make of them", At: startOf(judged[0]),
			Detail: listed(judged) + ". Their own defaults are not what is applied. Scan such a folder by name to judge it by itself.",
		})
	}
	return out
}

// writes reports whether a unit writes files with resources or calls of modules.
func (u *units) writes(outline *terragrunt.Unit) bool {
	whole := terragrunt.Evaluate(u.place(outline.Dir), terragrunt.World{Unknown: graph.Unknown})
	if len(whole.Generated) == 0 {
		return false
	}
	in := folderOf(whole, whole.Tree)
	m := in.tree.Module(in.dir)
	return len(m.Calls) > 0 || slices.ContainsFunc(m.Resources, func(b *source.Block) bool { return b.Keyword == "resource" })
}

// found returns the folders of the units, those that stacks make included. What stacks copy is no unit by itself.
func (u *units) found(s *Selection, found *source.Found) []string {
	sources := map[string]bool{}
	var dirs []string
	diags := map[string]hcl.Diagnostics{}
	for _, dir := range found.Stacks {
		if sources[dir] {
			continue
		}
		stack := u.stack(dir)
		diags[dir] = stack.Diags
		for _, from := range stack.Sources {
			sources[from] = true
		}
		for _, p := range stack.Units {
			dirs = append(dirs, p.Dir)
		}
	}
	// A stack that another one copies may come before that: it is read without values.
	for _, dir := range found.Stacks {
		if !sources[dir] {
			s.notices = append(s.notices, noticesOf(diags[dir])...)
		}
	}
	dirs = slices.DeleteFunc(dirs, func(dir string) bool {
		stack, _ := u.made[dir].Stack()
		if sources[stack] {
			delete(u.made, dir)
		}
		return sources[stack]
	})
	for _, dir := range found.Units {
		_, made := u.made[dir]
		if !made && !sources[dir] {
			dirs = append(dirs, dir)
		}
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}

// stack reads the stack in a folder, whose units are then known.
func (u *units) stack(dir string) terragrunt.Stack {
	stack := terragrunt.ReadStack(u.tree, dir, terragrunt.World{Unknown: graph.Unknown})
	for _, p := range stack.Units {
		u.made[p.Dir] = p
	}
	return stack
}

// at returns the unit as the tree of other ones has it: that of a commit, say. It is false if it isn't there.
func (u *unit) at(other *units) (*terragrunt.Unit, bool) {
	dir := u.outline.Dir
	if stack, ok := u.outline.Stack(); ok && other.made[dir].Tree == nil {
		other.stack(stack)
	}
	there, err := other.place(dir).Tree.Exists(other.outline(dir).File)
	return other.outline(dir), err == nil && there
}

// unitInputs returns a unit as an input: two where it isn't known which program runs its module.
func (s *Selection) unitInputs(all *units, u *terragrunt.Unit) []*Input {
	readings := []source.Reading{{Tree: u.Tree}}
	if u.Module != "" {
		readings = u.Tree.Readings(u.Module)
	}
	var out []*Input
	for _, r := range readings {
		in := &Input{Name: all.tree.Place(u.Dir), unit: &unit{outline: u, units: all, tree: r.Tree}}
		if len(readings) > 1 {
			in.Name += " (as " + r.Program.String() + " reads it)"
		}
		in.at = folderOf(u, r.Tree)
		in.notices = all.circles(u.Dir)
		out = append(out, in)
	}
	return out
}

// folderOf returns the folder of a unit's module with what the unit puts there.
func folderOf(u *terragrunt.Unit, tree *source.Tree) folder {
	l := u.Layer()
	if u.Module != "" {
		return folder{tree.With(l), u.Module}
	}
	arguments := map[string]hclsyntax.Expression{}
	for _, s := range slices.Concat(u.Inputs, u.Env, u.Args) {
		arguments[s.Name] = s.Value.Expression()
	}
	call := source.Call(path.Base(u.Dir), u.Source, u.Version, u.At, arguments)
	if u.Unclear != nil {
		call.Body[0].Attributes["source"] = &hclsyntax.Attribute{Name: "source", Expr: u.Unclear.Expression(), SrcRange: u.At, NameRange: u.At}
	}
	l.Modules = map[string]*source.Module{u.Dir: tree.With(l).Module(u.Dir).Calling(call)}
	return folder{tree.With(l), u.Dir}
}

// outline returns what is known of a unit without the outputs of others.
func (u *units) outline(dir string) *terragrunt.Unit {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.outlines[dir] == nil {
		u.outlines[dir] = terragrunt.Outline(u.place(dir), terragrunt.World{Unknown: graph.Unknown})
	}
	return u.outlines[dir]
}

func (u *units) place(dir string) terragrunt.Place {
	if p, ok := u.made[dir]; ok {
		return p
	}
	return terragrunt.Place{Tree: u.tree, Dir: dir}
}

// circle returns the units on a way from one back to itself through dependencies; nil if there is none.
func (u *units) circle(start string) []string {
	seen := map[string]bool{}
	var walk func(dir string, way []string) []string
	walk = func(dir string, way []string) []string {
		of := u.outline(dir).Dependencies
		for _, name := range slices.Sorted(maps.Keys(of)) {
			next := of[name]
			if next == start {
				return append(way, next)
			}
			if seen[next] || len(way) > maxDependencies {
				continue
			}
			seen[next] = true
			if found := walk(next, append(slices.Clip(way), next)); found != nil {
				return found
			}
		}
		return nil
	}
	return walk(start, []string{start})
}

// maxDependencies is through how many units outputs may come.
const maxDependencies = 50

// circles says that a unit depends on itself, if so.
func (u *units) circles(dir string) []Notice {
	way := u.circle(dir)
	if way == nil {
		return nil
	}
	names := make([]string, len(way))
	for i, d := range way {
		names[i] = u.tree.Place(d)
	}
	return []Notice{{
		Level: Error, Partial: true, Summary: "Units depend on each other in a circle", At: u.outline(dir).At,
		Detail: strings.Join(names, " → ") + ". Their outputs are unknown.",
	}}
}

// with returns the unit with the values that a selection has for it.
func (u *unit) with(s *Selection, variant string) *unit {
	out := *u
	out.variant = variant
	out.values = func(at folder, h handed) (graph.Inputs, hcl.Diagnostics) { return s.valuesOf(at, variant, h) }
	return &out
}

// resolve evaluates the unit: the folder of its module as it would be when Terraform runs, the values of variables, and
// what there is to say about it.
func (u *unit) resolve(ctx context.Context, g *gathering) (folder, graph.Inputs, hcl.Diagnostics) {
	var read []*graph.Other
	of := terragrunt.Evaluate(u.outline.Place, terragrunt.World{
		Unknown: graph.Unknown, Outputs: func(dir string) (map[string]cty.Value, bool) {
			o := g.unit(ctx, u, dir)
			if o == nil {
				return nil, false
			}
			if !slices.Contains(read, o) {
				read = append(read, o)
			}
			return o.Outputs(), o.Whole()
		},
	})
	at := folderOf(of, u.tree)
	var h handed
	for _, s := range of.Inputs {
		v := variable(s)
		v.Env = true
		if raw, _ := s.Value.V.Unmark(); raw.IsNull() {
			h.written = append(h.written, v)
		} else {
			h.weak = append(h.weak, v)
		}
	}
	for _, s := range of.Env {
		h.env = append(h.env, variable(s))
	}
	for _, s := range of.Args {
		h.args = append(h.args, variable(s))
	}
	declared := sortedKeys(at.tree.Module(at.dir).Variables)
	if of.OpenInputs != nil {
		h.weak = append(openVars(declared, of.OpenInputs), h.weak...)
	}
	if of.OpenArgs != nil {
		h.args = append(h.args, openVars(declared, of.OpenArgs)...)
	}
	inputs, diags := u.values(at, h)
	inputs.Read = read
	return at, inputs, append(diags, of.Diags...)
}

// backend returns where the unit's state is.
func (u *unit) backend() graph.Backend {
	of := terragrunt.Evaluate(u.outline.Place, terragrunt.World{Unknown: graph.Unknown})
	if of.Backend != "" && of.State != nil {
		return graph.BackendAs(of.Backend, of.State.V)
	}
	at := folderOf(of, u.tree)
	if at.tree.Module(at.dir).Backend == nil {
		return graph.Backend{} // in a folder that Terragrunt makes
	}
	return graph.BackendOf(at.tree, at.dir)
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// variable returns a setting as the value of a variable.
func variable(s terragrunt.Setting) graph.Var {
	return graph.Var{Name: s.Name, Value: s.Value.V, Expr: s.Value.Expression(), At: s.Value.At, Env: s.Typed}
}

// openVars returns values for all of some variables that one value decides.
func openVars(names []string, by *placed.Value) []graph.Var {
	out := make([]graph.Var, len(names))
	_, marks := by.V.UnmarkDeep()
	for i, name := range names {
		v := cty.DynamicVal.WithMarks(marks)
		out[i] = graph.Var{Name: name, Value: v, Expr: placed.New(v, by.At).Expression(), At: by.At}
	}
	return out
}

// concerns reports whether any of some changed files, by their names in the tree, may change what the unit makes.
func (u *unit) concerns(changed []string) bool {
	of, dirs := map[string]bool{}, map[string]bool{}
	var add func(dir string)
	add = func(dir string) {
		if dirs[dir] {
			return
		}
		dirs[dir] = true
		o := terragrunt.Evaluate(u.units.place(dir), terragrunt.World{Unknown: graph.Unknown})
		for _, name := range o.Read {
			of[name] = true
		}
		if o.Module != "" {
			for _, called := range u.units.tree.Reached(o.Module) {
				dirs[called] = true
			}
		}
		for _, next := range o.Dependencies {
			add(next)
		}
	}
	add(u.outline.Dir)
	return slices.ContainsFunc(changed, func(name string) bool {
		return of[path.Clean(name)] || touches(u.units.tree, dirs, name)
	})
}

// touches reports whether a file belongs to one of some folders of modules: it lies there or, unless it is one of Terraform's
// own, below.
func touches(t *source.Tree, dirs map[string]bool, name string) bool {
	name = path.Clean(name)
	for dir := path.Dir(name); ; dir = path.Dir(dir) {
		if dirs[dir] {
			return true
		}
		if dir == "." || dir == "/" || source.IsConfig(path.Base(name)) || len(t.Module(dir).Files) > 0 {
			return false
		}
	}
}
