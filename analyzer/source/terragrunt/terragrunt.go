// Package terragrunt reads the units and stacks of Terragrunt: which module a unit runs, with which values, and what it
// writes into the module's folder. It runs nothing and asks nobody.
//
// In go folders of a source.Tree; out come Units. What only Terragrunt's user or a cloud knows, such as the environment, is
// whatever value a World has for it.
//
// # How it works
//
// A file is parsed once for each unit that it is read for, since functions and references in an included file are about the
// unit. Local values are evaluated when something asks for them. Package placed keeps where the parts of inputs are written,
// through locals, includes, other files and merges.
//
// # Example
//
// Of live/ftp/terragrunt.hcl with
//
//	include "root" { path = find_in_parent_folders("root.hcl") }
//	terraform { source = "../../modules//sg" }
//	inputs = { cidrs = local.cidrs }
//	locals { cidrs = ["0.0.0.0/0"] }
//
// come the module's folder, modules/sg, and an input cidrs whose element is placed in the locals, besides those of root.hcl.
//
// Source of what Terragrunt does: https://terragrunt.gruntwork.io/docs/reference/hcl/ and its code at
// https://github.com/gruntwork-io/terragrunt.
package terragrunt

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/source"
	"github.com/tfreach/tfreach/analyzer/source/placed"
)

// The names of the files that make a folder a unit or a stack.
const (
	UnitFile  = "terragrunt.hcl"
	StackFile = "terragrunt.stack.hcl"
)

// World is what evaluation asks for that no file says.
type World struct {
	// Unknown returns a value that isn't known, which what goes by a name decides.
	Unknown func(name string, at hcl.Range) cty.Value
	// Outputs returns the outputs of the unit in a folder of the tree, and whether these are all that there are.
	Outputs func(dir string) (outputs map[string]cty.Value, whole bool)
}

// Place is where a unit is: the folder of a tree that it goes by, with the values that a stack gives to it.
type Place struct {
	Tree *source.Tree
	Dir  string
	// Values are nil for a unit that no stack makes.
	Values *placed.Value
	made   *made
}

// Stack returns the folder of the stack that makes the unit, if one does.
func (p Place) Stack() (dir string, ok bool) {
	if p.made == nil {
		return "", false
	}
	return path.Dir(p.made.within[0]), true
}

// Unit is what a terragrunt.hcl says.
type Unit struct {
	Place
	// File is the name of the unit's file in the tree, and At where it names its module, or its beginning.
	File string
	At   hcl.Range
	// Module is the folder of the module if that is in the tree; else Source is its source and Version its version. All are
	// empty if the source isn't known: then Unclear says what decides.
	Module, Source, Version string
	Unclear                 *placed.Value
	// Dependencies are the folders of the units whose outputs the unit may use, by their names in it.
	Dependencies map[string]string
	// Backend is the type of the backend that the unit's state is in, and State are its settings; both are empty if the unit
	// doesn't say so.
	Backend string
	State   *placed.Value
	// Read are the files of the tree that the unit is made of, or would be if they were there, sorted.
	Read []string
	// Inputs, Env and Args are the values of variables: from inputs, from environment variables, and from the command line.
	// Later ones win.
	Inputs, Env, Args []Setting
	// OpenInputs and OpenArgs decide of inputs and arguments which there are; nil if all are known.
	OpenInputs, OpenArgs *placed.Value
	// Generated are the files that the unit writes, by name in the module's folder.
	Generated map[string]source.Text
	Diags     hcl.Diagnostics
}

// Setting is the value of a variable.
type Setting struct {
	Name  string
	Value *placed.Value
	// Typed is true if the value is a text as on the command line.
	Typed bool
}

// Outline reads which module a unit runs and which other units it depends on.
func Outline(p Place, w World) *Unit {
	r := newReader(p.Tree, w)
	u, _ := r.outline(p)
	return r.finish(u)
}

// Evaluate reads all of a unit.
func Evaluate(p Place, w World) *Unit {
	r := newReader(p.Tree, w)
	u, c := r.outline(p)
	if c != nil {
		r.values(u, c)
	}
	return r.finish(u)
}

func (r *reader) outline(p Place) (*Unit, *config) {
	u := &Unit{Place: p, File: unitFile(p.Tree, p.Dir), Dependencies: map[string]string{}, Generated: map[string]source.Text{}}
	u.At = startOf(p.Tree.Place(u.File))
	c := r.unit(&site{dir: p.Dir, original: p.Dir, values: p.Values, made: p.made}, u.File)
	if p.made != nil {
		for _, file := range p.made.within {
			r.read[file] = true
		}
	}
	if c == nil {
		return u, nil
	}
	for _, d := range c.dependencies {
		if dir, ok := d.folder(); ok {
			u.Dependencies[d.name] = dir
		}
	}
	r.module(u, c)
	if c.state != nil {
		u.Backend, u.State = c.state.of()
	}
	return u, c
}

func (r *reader) finish(u *Unit) *Unit {
	u.Diags = r.diags
	for _, name := range slices.Collect(maps.Keys(r.read)) {
		r.read[r.tree.Origin(name)] = true
	}
	u.Read = slices.Sorted(maps.Keys(r.read))
	return u
}

// module finds out which module the unit runs.
func (r *reader) module(u *Unit, c *config) {
	if c.source == nil {
		u.Module = u.Dir // the unit's own folder
		return
	}
	from := c.source.value()
	u.At = from.At
	text, ok := from.Text()
	if !ok {
		u.Unclear = from
		return
	}
	if !isLocal(text) {
		u.Source, u.Version = registrySource(text)
		return
	}
	name, ok := r.folder(text, u.Dir)
	if !ok {
		u.Source = text
		return
	}
	u.Module = name
}

// folder returns the folder in the tree that a local source names, which if it is relative starts at another one. What comes
// after "//" is a part of what is copied.
func (r *reader) folder(text, from string) (string, bool) {
	text = strings.TrimPrefix(text, "file://")
	if r.tree.Path() == "/" {
		text = strings.Replace(text, "//", "/", 1) // the path of the root ends in a slash
	}
	before, rest, _ := strings.Cut(text, "//")
	name, err := r.name(path.Join(before, rest), from)
	if err != nil {
		return "", false
	}
	info, err := stat(r.tree, name)
	return name, err == nil && info.IsDir()
}

// isLocal reports whether the source of a module is a path. Whatever go-getter doesn't know for something else is one. Source:
// https://pkg.go.dev/github.com/hashicorp/go-getter#readme-detection
func isLocal(text string) bool {
	if strings.HasPrefix(text, "file://") {
		return true
	}
	for _, host := range []string{"github.com/", "gitlab.com/", "bitbucket.org/", "git@"} {
		if strings.HasPrefix(text, host) {
			return false
		}
	}
	before, _, _ := strings.Cut(text, "/")
	return !strings.Contains(text, "::") && !strings.Contains(text, "://") && !strings.HasSuffix(before, ".amazonaws.com") &&
		!strings.HasSuffix(before, ".googleapis.com")
}

// registrySource returns the source and the version of a module as a module block has them.
func registrySource(text string) (address, version string) {
	rest, ok := strings.CutPrefix(text, "tfr://")
	if !ok {
		return text, ""
	}
	address, query, _ := strings.Cut(rest, "?")
	for part := range strings.SplitSeq(query, "&") {
		if v, ok := strings.CutPrefix(part, "version="); ok {
			version = v
		}
	}
	address = strings.TrimPrefix(address, "registry.terraform.io")
	return strings.TrimPrefix(address, "/"), version
}

// unitFile returns the name of the file of a unit: in native syntax, if there are both.
func unitFile(t *source.Tree, dir string) string {
	name := path.Join(dir, UnitFile)
	if there, err := t.Exists(name); err == nil && !there {
		if there, err := t.Exists(name + ".json"); err == nil && there {
			return name + ".json"
		}
	}
	return name
}

// Layer returns what the unit copies or writes into its module's folder.
func (u *Unit) Layer() source.Layer {
	dir := u.Module
	if dir == "" {
		dir = u.Dir
	}
	l := source.Layer{Files: map[string]string{}, Texts: map[string]source.Text{}, Shown: map[string]string{}}
	if dir != u.Dir {
		l.Shown[dir] = u.Dir
		entries, err := fs.ReadDir(u.Tree.FS(), u.Dir)
		if err != nil {
			entries = nil // the unit's file is reported
		}
		for _, e := range entries {
			name := e.Name()
			own := strings.HasPrefix(name, "terragrunt.") || strings.HasPrefix(name, ".") && name != ".terraform.lock.hcl"
			if !own && !e.IsDir() {
				l.Files[path.Join(dir, name)] = path.Join(u.Dir, name)
			}
		}
	}
	for name, text := range u.Generated {
		l.Texts[path.Join(dir, name)] = text
	}
	return l
}

// Makes reports whether there is anything to analyse: a module elsewhere, files of Terraform in the unit's folder, or such that
// it writes. A file that others include may look like a unit.
func (u *Unit) Makes() bool {
	if u.Module != u.Dir {
		return true
	}
	return len(u.Generated) > 0 || len(u.Tree.Module(u.Dir).Files) > 0
}

func startOf(name string) hcl.Range {
	return hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos}
}

func stat(t *source.Tree, name string) (fs.FileInfo, error) { return fs.Stat(t.FS(), name) }

func errorAt(at hcl.Range, summary, format string, args ...any) *hcl.Diagnostic {
	return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: fmt.Sprintf(format, args...), Subject: &at}
}
