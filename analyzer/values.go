package analyzer

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/tfreach/tfreach/analyzer/config"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/source"
)

// values are those that the user gives to root modules.
type values struct {
	// env are from the environment, and give way to what a root module's own files say; given go before that, and before what
	// the settings say.
	env       []graph.Var
	given     []given
	workspace string
}

// given are values of a flag: one, or those in a file.
type given struct {
	vars []graph.Var
	// file is the name of the file in places, and owner that of the only root module that it counts for; empty if it counts
	// for all.
	file, owner string
}

// readValues reads the values that the user gives.
func (s *Selection) readValues() (values, error) {
	out := values{workspace: s.config.Workspace}
	for _, e := range s.config.Env {
		if name, value, ok := strings.Cut(e, "="); ok && strings.HasPrefix(name, "TF_VAR_") {
			out.env = append(out.env, graph.Var{Name: strings.TrimPrefix(name, "TF_VAR_"), Text: value, From: name})
		}
	}
	for _, v := range s.config.Vars {
		if v.File == "" {
			name, value, ok := strings.Cut(v.Assign, "=")
			if !ok {
				return out, fmt.Errorf("the variable %q is not NAME=VALUE", v.Assign)
			}
			out.given = append(out.given, given{vars: []graph.Var{{Name: strings.TrimSpace(name), Text: value, From: "--var"}}})
			continue
		}
		place, err := s.place(v.File)
		if err != nil {
			return out, fmt.Errorf("%s: %w", v.File, err)
		}
		entries, err := s.readVarFile(v.File, place)
		if err != nil {
			return out, err
		}
		out.given = append(out.given, given{vars: varsOf(entries), file: place})
	}
	return out, nil
}

// readVarFile reads a file of values that a flag names.
func (s *Selection) readVarFile(name, place string) ([]source.VarValue, error) {
	s.placed(name)
	if text, ok := s.replaced(name, place); ok {
		return source.ParseVarFile(name, place, text)
	}
	return source.ReadVarFile(name, place)
}

// replaced returns the text in the place of a file that a flag names, which may lie in no tree.
func (s *Selection) replaced(name, place string) ([]byte, bool) {
	if text, ok := s.config.Overlay[place]; ok {
		return text, true
	}
	abs, err := filepath.Abs(name)
	if err != nil {
		return nil, false
	}
	text, ok := s.config.Edited[abs]
	return text, ok
}

// placed makes the text of a file known that findings may point into.
func (s *Selection) placed(name string) {
	for _, t := range s.trees {
		if rel, ok := t.Rel(name); ok && s.config.Files == nil {
			_, _, _ = t.Files(".").ReadPlaced(rel) // without its text it is only not shown
		}
	}
}

func varsOf(entries []source.VarValue) []graph.Var {
	out := make([]graph.Var, len(entries))
	for i, e := range entries {
		out[i] = graph.Var{Name: e.Name, Expr: e.Expr, At: e.At}
	}
	return out
}

// handed are values that a program hands to Terraform: those that give way to all others, those in environment variables
// of its own, those of files of values that it writes itself, and those on the command line.
type handed struct {
	weak, env, written, args []graph.Var
	// alone is true if neither the environment nor the files in the root module's folder give it any.
	alone bool
}

// isAuto reports whether a value is from one of the files that Terraform loads after terraform.tfvars.
func isAuto(v source.VarValue) bool {
	return strings.HasSuffix(strings.TrimSuffix(v.At.Filename, ".json"), ".auto.tfvars")
}

// own says of the files of flags which root module they count for: the one that they lie in the folder of or, if that has
// any of their variables, below it. Others count for all.
func (s *Selection) own(roots []*Input) {
	for i := range s.values.given {
		g := &s.values.given[i]
		for _, in := range roots {
			if in.document != nil || g.file == "" {
				continue
			}
			dir, root := path.Dir(g.file), in.place()
			within := dir == root || (root == "." || strings.HasPrefix(dir, root+"/")) && declaresAny(in, g.vars)
			if within && len(root) >= len(g.owner) {
				g.owner = root
			}
		}
	}
}

func declaresAny(in *Input, vars []graph.Var) bool {
	return slices.ContainsFunc(vars, func(v graph.Var) bool { return declares(in, v.Name) })
}

func declares(in *Input, name string) bool {
	return in.at.tree.Module(in.at.dir).Variables[name] != nil
}

// valuesOf returns the values that a root module gets in a variant, the weakest first, with what is wrong in the files of values
// in its folder and in those that the settings name. Others are handed to it.
func (s *Selection) valuesOf(root folder, variant string, h handed) (graph.Inputs, hcl.Diagnostics) {
	v := s.values
	own, diags := root.tree.AutoVars(root.dir)
	auto := slices.IndexFunc(own, isAuto)
	if auto < 0 {
		auto = len(own)
	}
	vars := slices.Concat(h.weak, v.env, h.env, varsOf(own[:auto]), h.written, varsOf(own[auto:]), h.args)
	if h.alone {
		vars, diags = slices.Clone(h.weak), nil
	}
	all, variants := s.policy.settings.Of(s.policy.root(root.place()))
	set := []config.Given{all}
	if i := slices.IndexFunc(variants, func(o config.Variant) bool { return o.Name == variant }); i >= 0 {
		set = append(set, variants[i].Given)
	}
	workspace := ""
	for _, g := range set {
		some, more := s.configuredVars(root, g)
		vars, diags = append(vars, some...), append(diags, more...)
		workspace = cmp.Or(g.Workspace, workspace)
	}
	for _, g := range v.given {
		if g.owner == "" || g.owner == root.place() {
			vars = append(vars, g.vars...)
		}
	}
	return graph.Inputs{Vars: vars, Workspace: cmp.Or(v.workspace, workspace)}, diags
}

// configuredVars returns the values that the settings give to a root module.
func (s *Selection) configuredVars(root folder, g config.Given) ([]graph.Var, hcl.Diagnostics) {
	var out []graph.Var
	var diags hcl.Diagnostics
	for _, file := range g.Files {
		name, ok := s.configuredFile(root, file)
		there := false
		if ok {
			there, _ = root.tree.Exists(name)
		}
		if !there {
			at := s.policy.at(file.At)
			diags = diags.Append(&hcl.Diagnostic{
				Severity: hcl.DiagError, Summary: "A file of values is not there", Subject: &at,
				Detail: fmt.Sprintf("The root module %s gets no values from it: there is no file %s in the repository.",
					root.place(), path.Join(root.place(), file.Name)),
			})
			continue
		}
		values, more := root.tree.VarFile(name)
		out, diags = append(out, varsOf(values)...), append(diags, more...)
	}
	for _, v := range g.Values {
		value := graph.Var{Name: v.Name, Value: v.Value, At: s.policy.at(v.At)}
		if s.policy.inside() {
			if expr, bad := hclsyntax.ParseExpression([]byte(v.Text), s.policy.file, v.At.Start); !bad.HasErrors() {
				value = graph.Var{Name: v.Name, Expr: expr, At: value.At}
			}
		}
		out = append(out, value)
	}
	return out, diags
}

// configuredFile returns the name in the tree of a file of values that the settings name for a root module.
func (s *Selection) configuredFile(root folder, file config.File) (string, bool) {
	if file.FromSettings {
		return root.named(path.Join(s.policy.dir, file.Name))
	}
	return path.Join(root.dir, file.Name), true
}

// takers returns the root modules of a tree that get values from files, by their names in it.
func (s *Selection) takers(ctx context.Context, tree *source.Tree, files []string) ([]string, error) {
	settings := s.policy.settings
	if len(settings.Roots) == 0 {
		return nil, nil
	}
	found, err := tree.Roots(ctx, ".")
	if err != nil {
		return nil, err
	}
	var out []string
	for _, dir := range found.Roots {
		root := folder{tree, dir}
		all, variants := settings.Of(s.policy.root(root.place()))
		takes := func(name string, ok bool) bool {
			return ok && slices.ContainsFunc(files, func(file string) bool { return path.Clean(file) == path.Clean(name) })
		}
		named := settings.Mentions(s.policy.root(root.place())) && takes(root.named(s.policy.file))
		for _, v := range append(variants, config.Variant{Given: all}) {
			for _, file := range v.Files {
				named = named || takes(s.configuredFile(root, file))
			}
		}
		if named {
			out = append(out, dir)
		}
	}
	return out, nil
}

// inVariants returns the inputs with a root module once for each variant that the settings have of it.
func (s *Selection) inVariants(found []*Input) []*Input {
	var out []*Input
	for _, in := range found {
		var variants []config.Variant
		if in.document == nil && in.deployment == nil { // which is a variant itself
			_, variants = s.policy.settings.Of(s.policy.root(in.place()))
			slices.SortFunc(variants, func(a, b config.Variant) int { return strings.Compare(a.Name, b.Name) })
		}
		if len(variants) == 0 {
			out = append(out, in)
		}
		for _, v := range variants {
			one := *in
			one.variant = v.Name
			one.Name += " (" + v.Name + ")"
			out = append(out, &one)
		}
	}
	return out
}

// checkValues reports values that no root module takes, and files of values that several take.
func (s *Selection) checkValues() {
	if s.unselected {
		return
	}
	roots := slices.DeleteFunc(slices.Clone(s.Inputs), func(in *Input) bool { return in.document != nil })
	documents := len(roots) < len(s.Inputs)
	for i, g := range s.values.given {
		var takers []string
		for _, in := range roots {
			if place := in.place(); (g.owner == "" || g.owner == place) && declaresAny(in, g.vars) && !slices.Contains(takers, place) {
				takers = append(takers, place)
			}
		}
		for _, v := range g.vars {
			taken := slices.ContainsFunc(roots, func(in *Input) bool {
				return (g.owner == "" || g.owner == in.place()) && declares(in, v.Name)
			})
			if taken || documents {
				continue
			}
			n := Notice{Level: Warning, Summary: "Value for an undeclared variable", Detail: "No configuration has a variable " + v.Name + "."}
			if g.owner != "" {
				n.Detail = fmt.Sprintf("The root module %s has no variable %s.", g.owner, v.Name)
			}
			if v.Expr != nil {
				n.At = v.At
			}
			s.notices = append(s.notices, n)
		}
		if g.file == "" || len(takers) < 2 {
			continue
		}
		n := Notice{
			Level: Note, Summary: "Several root modules take a file of values", At: startOf(g.file),
			Detail: "They are " + listed(takers) + ". If it is not meant for all, name it for its root module in " + config.Name + ".",
		}
		if s.contested(i) {
			n.Level = Warning
			n.Detail += " Another file that they take has values for the same variables, of which the last counts."
		}
		s.notices = append(s.notices, n)
	}
	s.checkRoots()
	s.checkUngiven(roots)
}

// checkUngiven tells of the files of values that root modules have and nobody gives them, once for all: what they are judged with
// is perhaps what nobody applies.
func (s *Selection) checkUngiven(roots []*Input) {
	var files, variables, of []string
	for _, in := range roots {
		if in.unit != nil || in.deployment != nil || s.gives(in) {
			continue
		}
		found := false
		for _, file := range in.at.tree.OtherVars(in.at.dir) {
			values, _ := in.at.tree.VarFile(file)
			for _, v := range values {
				if !declares(in, v.Name) {
					continue
				}
				found = true
				if place := in.at.tree.Place(file); !slices.Contains(files, place) {
					files = append(files, place)
				}
				if name := "var." + v.Name; !slices.Contains(variables, name) {
					variables = append(variables, name)
				}
			}
		}
		if found {
			of = append(of, in.place())
		}
	}
	if len(files) == 0 {
		return
	}
	s.notices = append(s.notices, Notice{
		Level: Note, Summary: "Files of values are not given", At: startOf(files[0]),
		Detail: fmt.Sprintf("%s: they set %s of %s, judged without them. Give one with --var-file, or each as a variant in %s.",
			listed(files), listed(variables), listed(of), config.Name),
	})
}

// gives reports whether the user or the settings give a root module values.
func (s *Selection) gives(in *Input) bool {
	all, variants := s.policy.settings.Of(s.policy.root(in.place()))
	return in.variant != "" || len(variants)+len(all.Files)+len(all.Values) > 0 || slices.ContainsFunc(s.values.given, func(g given) bool {
		return (g.owner == "" || g.owner == in.place()) && declaresAny(in, g.vars)
	})
}

// Mistakes returns what is wrong with what the settings say of root modules.
func (s *Selection) Mistakes() []Notice {
	var out []Notice
	for _, list := range append([][]Notice{s.notices}, noticesOfInputs(s.Inputs)...) {
		for _, n := range list {
			if n.Level > Note && n.At.Filename == s.policy.file && !slices.Contains(out, n) {
				out = append(out, n)
			}
		}
	}
	return out
}

func noticesOfInputs(inputs []*Input) [][]Notice {
	out := make([][]Notice, len(inputs))
	for i, in := range inputs {
		out[i] = in.notices
	}
	return out
}

// contested reports whether another file which counts for all root modules has values for the same variables.
func (s *Selection) contested(i int) bool {
	for j, g := range s.values.given {
		if j == i || g.file == "" || g.owner != "" {
			continue
		}
		for _, v := range g.vars {
			if slices.ContainsFunc(s.values.given[i].vars, func(o graph.Var) bool { return o.Name == v.Name }) {
				return true
			}
		}
	}
	return false
}

// checkRoots reports blocks of the settings for root modules that are none, and values there that no root module takes.
func (s *Selection) checkRoots() {
	if !s.wasSearched(cmp.Or(s.policy.dir, ".")) {
		return
	}
	for i := range s.policy.settings.Roots {
		r := &s.policy.settings.Roots[i]
		var roots []*Input
		for _, in := range s.Inputs {
			if in.document == nil && r.Match(s.policy.root(in.place())) {
				roots = append(roots, in)
			}
		}
		if len(roots) == 0 {
			s.notices = append(s.notices, Notice{
				Level: Warning, Summary: "Values for no root module", At: s.policy.at(r.At),
				Detail: fmt.Sprintf("No root module is at %q.", r.Text),
			})
			continue
		}
		values := slices.Clone(r.Values)
		for _, v := range r.Variants {
			values = append(values, v.Values...)
		}
		for _, v := range values {
			if !slices.ContainsFunc(roots, func(in *Input) bool { return declares(in, v.Name) }) {
				s.notices = append(s.notices, Notice{
					Level: Warning, Summary: "Value for an undeclared variable", At: s.policy.at(v.At),
					Detail: fmt.Sprintf("No root module at %q has a variable %s.", r.Text, v.Name),
				})
			}
		}
	}
}
