package fix

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/lang"
	"github.com/tfreach/tfreach/analyzer/source"
)

// use is a block in which a value ends up.
type use struct {
	// what is its name: "aws_security_group.ftp", "output.clients".
	what string
	// rules is true if the block declares ingress rules, which then tell everything that the value does there.
	rules bool
}

// usesOf returns the blocks that a value ends up in which is written at a place: the block around the place, or if the
// value is a local value, the default of a variable, an argument of a module call or a variable's value in a file, those
// that take it, directly or not. They are sorted, without duplicates. It is false if they can't be told,
// as with a place in no configuration that was read.
func usesOf(r *analyzer.Result, at hcl.Range) ([]use, bool) {
	u := &uses{result: r, ok: true, seen: map[symbol]bool{}}
	if path.Ext(strings.TrimSuffix(at.Filename, ".json")) == ".tfvars" {
		u.ofValue(at)
	} else if tree, dir, found := treeOf(r, at.Filename); found {
		u.at(tree, tree.Module(dir), at)
	} else {
		u.ok = false
	}
	slices.SortFunc(u.out, func(a, b use) int { return strings.Compare(a.what, b.what) })
	return u.out, u.ok
}

// variableType returns the written type constraint of a variable in the module of a configuration file. It is empty if the
// variable has none; the second result is false if no such variable is declared.
func variableType(r *analyzer.Result, file, name string) (string, bool) {
	tree, dir, ok := treeOf(r, file)
	if !ok {
		return "", false
	}
	b := tree.Module(dir).Variables[name]
	if b == nil {
		return "", false
	}
	a := b.Body.Attr("type")
	if a == nil {
		return "", true
	}
	at := a.Expr.Range()
	return string(r.Uncovered(at.Filename)[at.Start.Byte:at.End.Byte]), true
}

// Replacements returns the names of the variables, as var.NAME, that can hold addresses: those declared as a text, or as a list or a
// set of texts, in a module of the user's. They are sorted, each once.
func Replacements(r *analyzer.Result) []string {
	var out []string
	all := texts{result: r}
	seen := map[string]bool{}
	for _, tree := range r.Trees() {
		for _, file := range tree.TextNames() {
			dir, ok := below(tree.Place(""), path.Dir(file))
			if !ok || seen[path.Dir(file)] || editable(file) != nil {
				continue
			}
			seen[path.Dir(file)] = true
			for name := range tree.Module(dir).Variables {
				if _, err := all.variable(file, name); err == nil {
					out = append(out, "var."+name)
				}
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// treeOf returns the tree of a configuration file and its folder there, by the file's name in reports.
func treeOf(r *analyzer.Result, file string) (*source.Tree, string, bool) {
	for _, t := range r.Trees() {
		if t.Text(file) == nil {
			continue
		}
		prefix := t.Place("")
		if dir, ok := below(prefix, path.Dir(file)); ok {
			return t, dir, true
		}
	}
	return nil, "", false
}

// below returns the rest of a name after that of a folder.
func below(dir, name string) (string, bool) {
	if dir == "" || dir == "." {
		return name, true
	}
	if name == dir {
		return ".", true
	}
	return strings.CutPrefix(name, dir+"/")
}

// symbol is a variable or a local value of a module.
type symbol struct {
	tree       *source.Tree
	dir        string
	kind, name string
}

// uses looks for the blocks that a value ends up in.
type uses struct {
	result *analyzer.Result
	out    []use
	ok     bool
	seen   map[symbol]bool
}

// ofValue follows the value of a variable in a value file, which any root module may use.
func (u *uses) ofValue(at hcl.Range) {
	name, ok := argument(u.result.Uncovered(at.Filename), at)
	if !ok {
		u.ok = false
		return
	}
	for _, d := range u.result.Declared {
		for _, t := range u.result.Trees() {
			if dir, inside := below(t.Place(""), d.Root); inside && t.Module(dir).Variables[name] != nil {
				u.follow(symbol{t, dir, "var", name})
			}
		}
	}
}

// argument returns the name of the top-level attribute of a file that contains a place.
func argument(text []byte, at hcl.Range) (string, bool) {
	// The analysis has parsed the file, within limits.
	file, _ := hclsyntax.ParseConfig(text, at.Filename, hcl.InitialPos)
	body, ok := file.Body.(*hclsyntax.Body)
	if !ok {
		return "", false
	}
	for name, a := range body.Attributes {
		if within(at, a.Expr.Range()) {
			return name, true
		}
	}
	return "", false
}

// at follows the value at a place in a module.
func (u *uses) at(tree *source.Tree, m *source.Module, at hcl.Range) {
	for name, a := range m.Locals {
		if within(at, a.Expr.Range()) {
			u.follow(symbol{tree, m.Dir, "local", name})
			return
		}
	}
	for name, b := range m.Variables {
		if a := b.Body.Attr("default"); a != nil && within(at, a.Expr.Range()) {
			u.follow(symbol{tree, m.Dir, "var", name})
			return
		}
	}
	for name, b := range m.Calls {
		for _, body := range b.Body {
			for arg, a := range body.Attributes {
				if within(at, a.Expr.Range()) {
					u.passed(tree, m, name, b, arg)
					return
				}
			}
		}
	}
	for _, b := range m.Resources {
		if slices.ContainsFunc(b.Body, func(body *hclsyntax.Body) bool { return within(at, body.Range()) }) {
			u.resource(b)
			return
		}
	}
	u.ok = false
}

func (u *uses) add(one use) {
	if !slices.Contains(u.out, one) {
		u.out = append(u.out, one)
	}
}

func (u *uses) resource(b *source.Block) {
	name := source.ResourceName{Data: b.Keyword == "data", Type: b.Labels[0], Name: b.Labels[1]}
	declares := false
	for _, d := range u.result.Declared {
		for _, rule := range d.Ingress {
			declares = declares || rule.Decl == b.At
		}
	}
	u.add(use{what: name.String(), rules: declares})
}

// passed follows an argument of a module call into the module. If the module's code isn't there, the argument's use is known
// only if the module is judged by its arguments.
func (u *uses) passed(tree *source.Tree, m *source.Module, name string, call *source.Block, argument string) {
	if from := call.Body.Attr("source"); from != nil {
		text, diags := lang.Constant(from.Expr)
		if !diags.HasErrors() && text.IsWhollyKnown() && !text.IsNull() && text.Type() == cty.String && source.IsLocal(text.AsString()) {
			u.follow(symbol{tree, path.Join(m.Dir, text.AsString()), "var", argument})
			return
		}
	}
	judged := false
	for _, d := range u.result.Declared {
		for _, rule := range slices.Concat(d.Ingress, d.Egress) {
			places := append(slices.Clone(rule.Calls), rule.Decl)
			judged = judged || rule.Decl == call.At
			i := slices.Index(places, call.At)
			if i < 0 || i+1 == len(places) {
				continue
			}
			// The next place on the way is in the module that is called.
			if t, dir, ok := treeOf(u.result, places[i+1].Filename); ok {
				u.follow(symbol{t, dir, "var", argument})
				return
			}
		}
	}
	u.add(use{what: "module." + name, rules: judged})
}

// follow follows a variable or local value to the blocks that take it.
func (u *uses) follow(s symbol) {
	if u.seen[s] {
		return
	}
	u.seen[s] = true
	m := s.tree.Module(s.dir)
	for name, a := range m.Locals {
		if s.in(a.Expr) {
			u.follow(symbol{s.tree, s.dir, "local", name})
		}
	}
	for name, b := range m.Calls {
		for _, body := range b.Body {
			for arg, a := range body.Attributes {
				if !s.in(a.Expr) {
					continue
				}
				if arg == "for_each" || arg == "count" {
					u.add(use{what: "module." + name})
					continue
				}
				u.passed(s.tree, m, name, b, arg)
			}
		}
	}
	for _, b := range m.Resources {
		if s.within(b.Body) {
			u.resource(b)
		}
	}
	for name, b := range m.Outputs {
		if s.within(b.Body) {
			u.add(use{what: "output." + name})
		}
	}
	for name, b := range m.Ephemeral {
		if s.within(b.Body) {
			u.add(use{what: "ephemeral." + name})
		}
	}
	for _, b := range m.Providers {
		if s.within(b.Body) {
			u.add(use{what: fmt.Sprintf("provider %q", b.Labels[0])})
		}
	}
}

// within reports whether a body refers to the symbol.
func (s symbol) within(body source.Body) bool {
	return slices.ContainsFunc(body, func(b *hclsyntax.Body) bool { return s.inBody(b) })
}

func (s symbol) inBody(b *hclsyntax.Body) bool {
	for _, a := range b.Attributes {
		if s.in(a.Expr) {
			return true
		}
	}
	return slices.ContainsFunc(b.Blocks, func(b *hclsyntax.Block) bool { return s.inBody(b.Body) })
}

func (s symbol) in(e hclsyntax.Expression) bool {
	for _, t := range e.Variables() {
		if len(t) < 2 || t.RootName() != s.kind {
			continue
		}
		if step, ok := t[1].(hcl.TraverseAttr); !ok || step.Name == s.name {
			return true
		}
	}
	return false
}
