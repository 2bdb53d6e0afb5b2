package config

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// Root is what the file says of the values of root modules at a path: what all variants get, and the variants. Without a
// variant there is one without a name.
type Root struct {
	Pattern
	Given
	Variants []Variant
}

// Variant is one of several ways in which a root module is applied.
type Variant struct {
	Name string
	Given
}

// Given are values for a root module: those in files, and after them those that are written out.
type Given struct {
	Files  []File
	Values []Value
	// Workspace is what terraform.workspace is; empty if that isn't said.
	Workspace string
}

// File is the path of a file of values, with slashes: from the folder of the root module or, if FromSettings is set, from
// that of the settings.
type File struct {
	Name         string
	FromSettings bool
	At           hcl.Range
}

// Value is the value of a variable, as the text of an expression without references.
type Value struct {
	Name, Text string
	At         hcl.Range // of the text
	// Value is what the text means.
	Value cty.Value
}

// Of returns what the file says of a root module, by its path from the folder of the file: what holds for all variants,
// and the variants. Those of one name are joined.
func (s *Settings) Of(root string) (all Given, variants []Variant) {
	for i := range s.Roots {
		r := &s.Roots[i]
		if !r.Match(root) {
			continue
		}
		all = all.and(r.Given)
		for _, v := range r.Variants {
			at := slices.IndexFunc(variants, func(o Variant) bool { return o.Name == v.Name })
			if at < 0 {
				variants = append(variants, v)
				continue
			}
			variants[at].Given = variants[at].and(v.Given)
		}
	}
	return all, variants
}

// Mentions reports whether the file says anything of a root module, by its path from the folder of the file.
func (s *Settings) Mentions(root string) bool {
	return slices.ContainsFunc(s.Roots, func(r Root) bool { return r.Match(root) })
}

// and returns values with others that go before them.
func (g Given) and(o Given) Given {
	out := Given{Files: slices.Concat(g.Files, o.Files), Values: slices.Concat(g.Values, o.Values), Workspace: g.Workspace}
	if o.Workspace != "" {
		out.Workspace = o.Workspace
	}
	return out
}

// variants counts the variants of roots.
func variants(roots []Root) int {
	n := 0
	for _, r := range roots {
		n += len(r.Variants)
	}
	return n
}

func (d *decoder) root(b *hcl.Block, content *hcl.BodyContent, variant *block) Root {
	if err := checkPattern(b.Labels[0]); err != nil {
		d.errorf(b.LabelRanges[0], "Invalid pattern", "%s.", err)
	}
	r := Root{Pattern: Pattern{b.Labels[0], b.LabelRanges[0]}, Given: d.given(content)}
	for _, v := range content.Blocks {
		name := v.Labels[0]
		if strings.TrimSpace(name) == "" {
			d.errorf(v.LabelRanges[0], "Invalid value", "A variant needs a name.")
		}
		if slices.ContainsFunc(r.Variants, func(o Variant) bool { return o.Name == name }) {
			d.errorf(v.DefRange, "Duplicate block", "There is another variant named %q.", name)
		}
		r.Variants = append(r.Variants, Variant{name, d.given(d.content(v.Body, variant))})
	}
	return r
}

func (d *decoder) given(content *hcl.BodyContent) Given {
	var g Given
	if a := content.Attributes["var_files"]; a != nil {
		elements, diags := hcl.ExprList(a.Expr)
		d.diags = append(d.diags, diags...)
		for _, e := range elements {
			v, diags := e.Value(nil)
			if d.diags = append(d.diags, diags...); diags.HasErrors() {
				continue
			}
			name := d.word(v, e.Range())
			if name == "" {
				d.errorf(e.Range(), "Invalid value", "It must be the path of a file.")
				continue
			}
			file, fromSettings := strings.CutPrefix(name, "/")
			g.Files = append(g.Files, File{file, fromSettings, e.Range()})
		}
	}
	if a := content.Attributes["vars"]; a != nil {
		pairs, diags := hcl.ExprMap(a.Expr)
		d.diags = append(d.diags, diags...)
		for _, pair := range pairs {
			name, diags := pair.Key.Value(nil)
			v, more := pair.Value.Value(nil)
			if d.diags = append(d.diags, append(diags, more...)...); diags.HasErrors() || more.HasErrors() {
				continue
			}
			at := pair.Value.Range()
			g.Values = append(g.Values, Value{d.word(name, pair.Key.Range()), string(at.SliceBytes(d.text)), at, v})
		}
	}
	d.attribute(content, "workspace", func(v cty.Value, at hcl.Range) {
		if g.Workspace = d.word(v, at); g.Workspace == "" {
			d.errorf(at, "Invalid value", "It must be the name of a workspace.")
		}
	})
	return g
}
