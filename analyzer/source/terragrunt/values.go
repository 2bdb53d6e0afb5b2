package terragrunt

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/lang"
	"github.com/tfreach/tfreach/analyzer/source"
	"github.com/tfreach/tfreach/analyzer/source/placed"
)

// values reads the values that the unit gives to its module, and what it writes.
func (r *reader) values(u *Unit, c *config) {
	site := c.scope.site
	in, open := r.inputs(site)
	u.OpenInputs = open
	if in != nil {
		fields, ok := in.Fields()
		if !ok {
			u.OpenInputs = in
		}
		for _, f := range fields {
			u.Inputs = append(u.Inputs, Setting{Name: f.Name, Value: f.Value})
		}
	}
	for _, a := range c.arguments {
		r.arguments(u, a)
	}
	for _, g := range c.generates {
		r.generate(u, g)
	}
}

// arguments are an extra_arguments block.
type arguments struct {
	name  string
	part  part
	scope *scope
}

// arguments reads the values that extra arguments give: those in arguments first, then those of files.
func (r *reader) arguments(u *Unit, a *arguments) {
	of := func(name string) *placed.Value {
		expr := a.part.attrs[name]
		if expr == nil {
			return nil
		}
		return placed.Of(expr, a.scope)
	}
	commands, whole := of("commands").Texts()
	if whole && !slices.Contains(commands, "plan") && !slices.Contains(commands, "apply") {
		return
	}
	if env := of("env_vars"); env != nil {
		fields, _ := env.Fields()
		for _, f := range fields {
			if name, ok := strings.CutPrefix(f.Name, "TF_VAR_"); ok {
				u.Env = append(u.Env, Setting{name, f.Value, true})
			}
		}
	}
	list := of("arguments")
	if list != nil {
		items, ok := list.Items()
		if !ok {
			u.OpenArgs = list
		}
		for i := 0; i < len(items); i++ {
			flag, ok := items[i].Text()
			if !ok {
				u.OpenArgs = items[i]
				continue
			}
			flag = "-" + strings.TrimLeft(flag, "-")
			name, text, joined := strings.Cut(flag, "=")
			value := items[i]
			if !joined && (name == "-var" || name == "-var-file") && i+1 < len(items) {
				i++
				value = items[i]
				if text, ok = value.Text(); !ok {
					u.OpenArgs = value
					continue
				}
			}
			switch name {
			case "-var":
				if variable, text, ok := strings.Cut(text, "="); ok {
					u.Args = append(u.Args, Setting{strings.TrimSpace(variable), placed.New(cty.StringVal(text), value.At), true})
				}
			case "-var-file":
				r.varFile(u, text, value.At, true)
			}
		}
	}
	for _, kind := range []string{"required_var_files", "optional_var_files"} {
		list := of(kind)
		if list == nil {
			continue
		}
		items, ok := list.Items()
		if !ok {
			u.OpenArgs = list
		}
		for _, item := range items {
			if text, ok := item.Text(); ok {
				r.varFile(u, text, item.At, kind == "required_var_files")
			} else {
				u.OpenArgs = item
			}
		}
	}
}

// varFile reads a file of values. A relative path starts where Terraform runs, in the module's folder, to which the unit's
// files are copied.
func (r *reader) varFile(u *Unit, text string, at hcl.Range, required bool) {
	for _, from := range []string{u.Dir, u.Module} {
		if from == "" {
			continue
		}
		name, err := r.name(text, from)
		if err != nil {
			r.say(outside(at, text))
			u.OpenArgs = placed.New(r.unknown(text, at), at)
			return
		}
		r.read[name] = true
		if there, err := r.tree.Exists(name); err != nil || !there {
			continue
		}
		values, diags := r.tree.VarFile(name)
		r.say(diags...)
		for _, v := range values {
			if v.Name == "" {
				u.OpenArgs = placed.New(r.unknown(text, at), at)
				continue
			}
			value, diags := lang.Constant(v.Expr)
			if native, ok := v.Expr.(hclsyntax.Expression); ok && !diags.HasErrors() {
				u.Args = append(u.Args, Setting{Name: v.Name, Value: placed.Of(native, placed.Constants{})})
			} else if !diags.HasErrors() {
				u.Args = append(u.Args, Setting{Name: v.Name, Value: placed.New(value, v.Expr.Range())})
			}
			r.say(diags...)
		}
		return
	}
	if required {
		r.say(errorAt(at, "A file of values can't be read", "There is no %s.", text))
	}
}

// generate is a block that writes a file.
type generate struct {
	name  string
	part  part
	scope *scope
}

// signature marks the files that Terragrunt writes.
const signature = "nIlQXj57tbuaRZEa"

// generate reads a file of Terraform that the unit writes.
func (r *reader) generate(u *Unit, g *generate) {
	of := func(name string) *placed.Value {
		if expr := g.part.attrs[name]; expr != nil {
			return placed.Of(expr, g.scope)
		}
		return nil
	}
	disabled, sure := of("disable").Text()
	if disabled == "true" {
		return
	}
	sure = sure || of("disable") == nil
	file, ok := of("path").Text()
	if name := path.Clean(file); ok && name != path.Base(name) || ok && !readsFile(name) {
		return // elsewhere, or nothing that Terraform reads
	}
	file = path.Base(file)
	expr := g.part.attrs["contents"]
	if expr == nil {
		return
	}
	contents := placed.Of(expr, g.scope)
	text, known := contents.Text()
	unread := func(which string) {
		r.say(&hcl.Diagnostic{
			Severity: hcl.DiagWarning, Summary: "A generated file is not read", Subject: expr.Range().Ptr(),
			Detail: fmt.Sprintf("%s what the block %q writes isn't known. What it declares is not analysed.", which, g.name),
		})
	}
	if !ok || !known {
		unread("The content of")
		return
	}
	if there, old := r.existing(u, file); there {
		how, known := of("if_exists").Text()
		sure = sure && (known || of("if_exists") == nil)
		switch how {
		case "skip":
			return
		case "overwrite":
		case "":
			if sure {
				r.say(errorAt(g.part.at, "A file can't be generated", "%s is there already.", file))
				return
			}
		case "overwrite_terragrunt":
			if !bytes.Contains(old, []byte(signature)) {
				r.say(errorAt(g.part.at, "A file can't be generated", "%s is there already, and Terragrunt didn't write it.", file))
				return
			}
		default:
			r.say(errorAt(g.part.at, "A file can't be generated", "%s is there already.", file))
			return
		}
	}
	if !sure {
		unread("Whether the unit has")
		return
	}
	u.Generated[file] = r.text(expr, text)
}

// readsFile reports whether Terraform reads a file of a name in the folder of a module.
func readsFile(name string) bool {
	name = strings.TrimSuffix(name, ".json")
	for _, suffix := range []string{".tf", ".tofu", ".tfvars"} {
		if strings.HasSuffix(name, suffix) {
			return true
		}
	}
	return false
}

// existing returns the file of a name where Terraform runs.
func (r *reader) existing(u *Unit, file string) (there bool, text []byte) {
	for _, dir := range []string{u.Dir, u.Module} {
		if dir == "" {
			continue
		}
		if text, err := r.tree.ReadFile(path.Join(dir, file)); err == nil {
			return true, text
		}
	}
	return false, nil
}

// text returns a text with its place. What stands in the file as it is, in a heredoc without anything to fill in, keeps its
// places; of one with indentation that is taken away it is the indented text.
func (r *reader) text(expr hclsyntax.Expression, text string) source.Text {
	at := expr.Range()
	out := source.Text{Content: []byte(text), At: at}
	whole := r.tree.Text(at.Filename)
	if _, ok := expr.(*hclsyntax.TemplateExpr); !ok || at.End.Byte > len(whole) || at.Start.Byte > at.End.Byte {
		return out
	}
	written := whole[at.Start.Byte:at.End.Byte]
	first := bytes.IndexByte(written, '\n')
	if !bytes.HasPrefix(written, []byte("<<")) || first < 0 {
		return out
	}
	body := written[first+1:]
	if last := bytes.LastIndexByte(bytes.TrimRight(body, "\n"), '\n'); last >= 0 {
		body = body[:last+1]
	}
	if !sameLines(string(body), text) {
		return out
	}
	at.Start = hcl.Pos{Line: at.Start.Line + 1, Column: 1, Byte: at.Start.Byte + first + 1}
	return source.Text{Content: bytes.Clone(body), At: at, Exact: true}
}

// sameLines reports whether two texts are the same but for the indentation of all lines.
func sameLines(indented, text string) bool {
	if indented == text {
		return true
	}
	if strings.Contains(text, "<<") {
		return false
	}
	a, b := strings.Split(indented, "\n"), strings.Split(text, "\n")
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if strings.TrimLeft(a[i], " \t") != strings.TrimLeft(b[i], " \t") {
			return false
		}
	}
	return true
}
