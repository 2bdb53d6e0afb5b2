package terragrunt

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/source"
	"github.com/tfreach/tfreach/analyzer/source/placed"
)

// Stack is what a terragrunt.stack.hcl makes.
type Stack struct {
	// Units are those that it makes, in the order of the file, those of stacks in it after its own.
	Units []Place
	// Sources are the folders in the tree that units and stacks are copied from.
	Sources []string
	// Read are the files that say so.
	Read  []string
	Diags hcl.Diagnostics
}

// made says by which block of which stack a unit is made.
type made struct {
	stack  Place
	name   string
	within []string // the files of the stacks
}

// ReadStack reads the stack in a folder of a tree. The units that it makes lie in folders that need not be there.
func ReadStack(t *source.Tree, dir string, w World) Stack {
	b := &stackReader{world: w, read: map[string]bool{}, sources: map[string]bool{}}
	b.stack(Place{Tree: t, Dir: dir}, nil, nil)
	return Stack{b.units, slices.Sorted(maps.Keys(b.sources)), slices.Sorted(maps.Keys(b.read)), b.diags}
}

type stackReader struct {
	world   World
	units   []Place
	stacks  int
	sources map[string]bool
	read    map[string]bool
	diags   hcl.Diagnostics
}

// component is a unit or a stack in a stack.
type component struct {
	keyword, name string
	part          part
	// dir is the folder that it is made in, and from the one that it is copied from.
	dir, from string
	values    *placed.Value
}

// stackBlocks returns the blocks of a stack's file.
func stackBlocks() []hcl.BlockHeaderSchema {
	return []hcl.BlockHeaderSchema{
		{Type: "locals"},
		{Type: "unit", LabelNames: []string{"name"}},
		{Type: "stack", LabelNames: []string{"name"}},
		{Type: "include", LabelNames: []string{"name"}},
	}
}

// stackFile returns the name of the file of a stack.
func stackFile(t *source.Tree, dir string) string {
	name := path.Join(dir, StackFile)
	if there, err := t.Exists(name); err == nil && !there {
		if there, err := t.Exists(name + ".json"); err == nil && there {
			return name + ".json"
		}
	}
	return name
}

// openStack parses the file of a stack; nil if it can't be read.
func (r *reader) openStack(p Place) *scope {
	file := stackFile(p.Tree, p.Dir)
	content, diags := p.Tree.Read(file, stackBlocks())
	r.say(diags...)
	if diags.HasErrors() {
		return nil
	}
	r.read[file] = true
	s := &scope{reader: r, site: &site{dir: p.Dir, original: p.Dir, values: p.Values}, file: file, content: content, locals: map[string]*local{}}
	s.functions = s.library()
	return s
}

// stack reads a stack in others, whose files and the files of the tree that these are copies of are given.
func (b *stackReader) stack(p Place, within, copies []string) {
	r := newReader(p.Tree, b.world)
	defer func() { b.diags = append(b.diags, r.diags...) }()
	s := r.openStack(p)
	if s == nil {
		return
	}
	b.read[s.file] = true
	within = append(slices.Clip(within), s.file)
	of := p.Tree.Place(s.file)
	b.stacks++
	switch {
	case slices.Contains(copies, of):
		r.say(errorAt(startOf(of), "Stacks copy each other in a circle", "%s makes a copy of itself.", of))
		return
	case len(copies) >= maxStacks || b.stacks > maxUnits:
		r.say(errorAt(startOf(of), "The configuration exceeds a limit", "Stacks may nest %d deep, and be %d in all.", maxStacks, maxUnits))
		return
	}
	copies = append(slices.Clip(copies), of)
	all := s.components()
	l := source.Layer{Folders: map[string]string{}, Shown: map[string]string{}}
	for _, c := range all {
		l.Folders[c.dir], l.Shown[c.dir] = c.from, c.dir
		b.sources[c.from] = true
	}
	tree := p.Tree.With(l)
	for _, c := range all {
		if len(b.units) >= maxUnits || b.stacks > maxUnits {
			r.say(errorAt(c.part.at, "The configuration exceeds a limit", "A stack may make %d units and stacks.", maxUnits))
			return
		}
		at := Place{Tree: tree, Dir: c.dir, Values: c.values}
		if c.keyword == "unit" {
			at.made = &made{stack: p, name: c.name, within: within}
			b.units = append(b.units, at)
			continue
		}
		b.stack(at, within, copies)
	}
}

// components returns the units and stacks of the scope's file whose sources are in the tree.
func (s *scope) components() []component {
	var all []component
	paths := map[string][]placed.Field{}
	for _, keyword := range []string{"unit", "stack"} {
		for _, p := range s.parts(keyword, true) {
			c := component{keyword: keyword, name: p.label, part: p}
			text := func(name string) (string, bool) {
				if expr := p.attrs[name]; expr != nil {
					return placed.Of(expr, s).Text()
				}
				return "", false
			}
			from, known := text("source")
			dir, ok := text("path")
			if !ok {
				dir = p.label
			}
			base := ".terragrunt-stack"
			if flat, _ := text("no_dot_terragrunt_stack"); flat == "true" {
				base = ""
			}
			c.dir = path.Join(s.site.dir, base, dir)
			if known && isLocal(from) {
				c.from, known = s.folder(from, s.site.dir)
			} else {
				known = false
			}
			if !known || path.IsAbs(dir) || !strings.HasPrefix(c.dir+"/", s.site.dir+"/") && s.site.dir != "." {
				s.say(&hcl.Diagnostic{
					Severity: hcl.DiagWarning, Summary: "A unit of a stack is not read", Subject: p.at.Ptr(),
					Detail: fmt.Sprintf("The source of the %s %q is not in the analysed root. What it makes is not analysed.", keyword, p.label),
				})
				continue
			}
			paths[keyword] = append(paths[keyword], placed.Field{Name: p.label, NameAt: p.at, Value: placed.Object([]placed.Field{
				{Name: "path", NameAt: p.at, Value: placed.New(cty.StringVal(s.abs(c.dir)), p.at)},
			}, p.at)})
			all = append(all, c)
		}
	}
	at := startOf(s.tree.Place(s.file))
	s.roots = map[string]*placed.Value{"unit": placed.Object(paths["unit"], at), "stack": placed.Object(paths["stack"], at)}
	for i := range all {
		if expr := all[i].part.attrs["values"]; expr != nil {
			all[i].values = s.kept(placed.Of(expr, s))
		}
	}
	return all
}

// autoInclude returns what the stack that makes a unit puts over it; nil if there is nothing.
func (r *reader) autoInclude(m *made, at *site) (*scope, part) {
	if m == nil {
		return nil, part{}
	}
	s := r.openStack(m.stack)
	if s == nil {
		return nil, part{}
	}
	for _, c := range s.components() {
		if c.keyword != "unit" || c.name != m.name {
			continue
		}
		for _, p := range s.within(c.part, "autoinclude", false) {
			s.site = at
			return s, p
		}
	}
	return nil, part{}
}

// shippedValues returns the values in the file beside a unit, which hold where no stack gives others.
func (r *reader) shippedValues(at *site) *placed.Value {
	name := path.Join(at.dir, "terragrunt.values.hcl")
	if there, err := r.tree.Exists(name); err != nil || !there {
		return nil
	}
	s := r.open(&site{dir: at.dir, original: at.original}, name)
	if s == nil {
		return nil
	}
	var fields []placed.Field
	for _, name := range slices.Sorted(maps.Keys(s.content.Attributes)) {
		a := s.content.Attributes[name]
		fields = append(fields, placed.Field{Name: name, NameAt: a.NameRange, Value: placed.Of(a.Expr, s)})
	}
	return s.kept(placed.Object(fields, startOf(r.tree.Place(name))))
}

// inputsOf returns the inputs that a part has; nil if there are none.
func inputsOf(s *scope, p part) *placed.Value {
	if s == nil {
		return nil
	}
	expr := p.attrs["inputs"]
	if expr == nil {
		return nil
	}
	return placed.Of(expr, s)
}
