package graph

import (
	"cmp"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/lang"
	"github.com/tfreach/tfreach/analyzer/source"
	"github.com/tfreach/tfreach/analyzer/source/plan"
)

// Other is a part of the rest of the world: what another root module, a state or a plan says. Its resources have addresses
// with its name before them.
type Other struct {
	name  string
	graph *Graph
	// outputs are the names of its outputs, and output returns the value of one.
	outputs []string
	output  func(name string) cty.Value
	// open is true if there may be other outputs.
	open bool
}

// OtherConfig evaluates another root module.
func OtherConfig(tree *source.Tree, dir, name string, in Inputs, wanted func(Mode, string) bool) (*Other, error) {
	in.elsewhere = ModulePath{{Name: name, Other: true}}
	g, err := FromConfig(tree, dir, in, wanted)
	if err != nil {
		return nil, err
	}
	m := g.evaluated
	return &Other{name: name, graph: g, outputs: sortedNames(m.source.Outputs), output: func(name string) cty.Value {
		block := m.source.Outputs[name]
		if sensitive := isTrue(block, "sensitive"); sensitive {
			return m.output(name, block.At).Mark(lang.Sensitive)
		}
		return m.output(name, block.At)
	}}, nil
}

// OtherPlan returns what a state says, or what is there after a plan. File is the name of the document, for places.
func OtherPlan(doc *plan.Plan, file, name string) *Other {
	path := ModulePath{{Name: name, Other: true}}
	g := fromPlan(doc, file, nil, path, false)
	return &Other{name: name, graph: g, outputs: sortedNames(doc.Outputs), output: func(output string) cty.Value {
		o := doc.Outputs[output]
		v := o.Value
		if v == cty.NilVal {
			v = cty.DynamicVal
			marks := cty.ValueMarks{}
			if root := moduleConfig(g.plan.root, path); root != nil && root.Outputs[output] != nil {
				for _, origin := range g.plan.origins(env{path: path, module: root}, root.Outputs[output].Value) {
					marks[origin] = struct{}{}
				}
			}
			if len(marks) == 0 {
				marks[Origin{Kind: FromData, Name: name + ":output." + output}] = struct{}{}
			}
			v = v.WithMarks(marks)
		}
		if o.Sensitive {
			v = v.Mark(lang.Sensitive)
		}
		return v
	}}
}

// Outputs returns the values of the outputs.
func (o *Other) Outputs() map[string]cty.Value {
	out := map[string]cty.Value{}
	for _, name := range o.outputs {
		out[name] = o.output(name)
	}
	return out
}

// Through returns the root module with the outputs of the module that it calls once, as far as they are known.
func (o *Other) Through(call string) *Other {
	out := &Other{name: o.name, graph: o.graph, open: true}
	m := o.graph.evaluated
	if m == nil || m.source.Calls[call] == nil {
		return out
	}
	if e := m.child(call); !e.missing && len(e.items) == 1 {
		child := e.items[0]
		out.outputs = sortedNames(child.source.Outputs)
		out.output = func(name string) cty.Value { return child.output(name, m.source.Calls[call].At) }
	}
	return out
}

// Whole reports whether there are no outputs but those that are known.
func (o *Other) Whole() bool { return !o.open }

// value returns the outputs as a data source has them.
func (o *Other) value() cty.Value { return cty.ObjectVal(o.Outputs()) }

// Add adds what others say to the graph.
func (g *Graph) Add(others []*Other) {
	if len(others) == 0 {
		return
	}
	ids := g.byID
	there := map[*Resource]bool{}
	for _, o := range others { // which may have the same others themselves
		for _, r := range o.graph.Resources {
			if !there[r] {
				there[r] = true
				g.Resources = append(g.Resources, r)
			}
		}
		for _, m := range o.graph.Missing {
			if !slices.Contains(g.Missing, m) {
				g.Missing = append(g.Missing, m)
			}
		}
	}
	g.index()
	maps.Copy(g.byID, ids)
	for _, o := range others {
		for _, r := range o.graph.Resources {
			if r.Addr.Mode != Managed {
				continue
			}
			for _, attr := range []string{"id", "self_link"} {
				id, known := r.Attr(attr).Text()
				if own := g.byID[id]; known && id != "" && (own == nil || own.Addr.Mode == Data) {
					g.byID[id] = r
				}
			}
		}
	}
}

// Elsewhere reports whether a resource isn't of the input itself but of the rest of the world.
func (a Address) Elsewhere() bool { return len(a.Module) > 0 && a.Module[0].Other }

// Backend is where a root module's state is, as far as its settings tell it from others.
type Backend struct {
	Type string
	// Settings are the settings by name; those in nested blocks or objects have a dot in it.
	Settings map[string]string
	// Workspace is the one that is asked for; empty for the default one.
	Workspace string
	// unclear are the settings whose values aren't known.
	unclear map[string]bool
}

// BackendOf returns the backend of the root module in a folder; a local one if it names none.
func BackendOf(t *source.Tree, dir string) Backend {
	b := Backend{Type: "local", Settings: map[string]string{}, unclear: map[string]bool{}}
	if m := t.Module(dir); m.Backend != nil {
		if b.Type = "remote"; len(m.Backend.Labels) > 0 { // a cloud block has no label
			b.Type = m.Backend.Labels[0]
		}
		b.read("", m.Backend.Body)
	}
	b.local(t, dir)
	return b
}

// local makes the path of a local state one that starts nowhere else than others.
func (b Backend) local(t *source.Tree, dir string) {
	if b.Type != "local" {
		return
	}
	name := cmp.Or(b.Settings["path"], "terraform.tfstate")
	if !filepath.IsAbs(name) {
		name = path.Join(filepath.ToSlash(t.Path()), dir, filepath.ToSlash(name))
	}
	b.Settings["path"] = filepath.ToSlash(name)
}

// BackendAs returns the backend of a type with the settings of an object.
func BackendAs(typ string, settings cty.Value) Backend {
	b := Backend{Type: typ, Settings: map[string]string{}, unclear: map[string]bool{}}
	raw, _ := settings.Unmark()
	if raw == cty.NilVal || !raw.IsKnown() || raw.IsNull() || !raw.CanIterateElements() {
		return b
	}
	all := Backend{Settings: map[string]string{}, unclear: map[string]bool{}}
	all.set("", settings) // which puts a dot before each
	for name, text := range all.Settings {
		b.Settings[strings.TrimPrefix(name, ".")] = text
	}
	for name := range all.unclear {
		b.unclear[strings.TrimPrefix(name, ".")] = true
	}
	return b
}

func (b Backend) read(prefix string, body source.Body) {
	for _, name := range body.Names() {
		if a := body.Attr(name); a != nil {
			v, diags := lang.Constant(a.Expr)
			if diags.HasErrors() {
				v = cty.DynamicVal
			}
			b.set(prefix+name, v)
			continue
		}
		for _, inner := range body.Blocks(name) {
			b.read(prefix+name+".", source.Body{inner.Body})
		}
	}
}

// set takes a setting.
func (b Backend) set(name string, v cty.Value) {
	value := Value{v: v}
	if text, known := value.Text(); known {
		b.Settings[name] = text
		return
	}
	raw := value.Raw()
	if !value.Absent() && !raw.IsKnown() {
		b.unclear[name] = true
	}
	if value.Absent() || !raw.IsKnown() || !raw.Type().IsObjectType() && !raw.Type().IsMapType() {
		return
	}
	for it := raw.ElementIterator(); it.Next(); {
		key, element := it.Element()
		b.set(name+"."+key.AsString(), element)
	}
}

// identifying returns the settings that tell the states in a type of backend apart: those that each state has, and those that
// it may have. Both are nil if that isn't known.
// Source: https://developer.hashicorp.com/terraform/language/backend and its pages of each type.
func identifying(backend string) (needed, optional []string) {
	switch backend {
	case "s3":
		return []string{"bucket", "key"}, nil
	case "gcs":
		return []string{"bucket"}, []string{"prefix"}
	case "azurerm":
		return []string{"storage_account_name", "container_name", "key"}, nil
	case "local":
		return []string{"path"}, nil
	case "remote":
		return []string{"workspaces.name"}, nil
	case "oss", "cos":
		return []string{"bucket"}, []string{"prefix", "key"}
	case "http":
		return []string{"address"}, nil
	case "consul":
		return []string{"path"}, []string{"address"}
	}
	return nil, nil
}

// Same reports whether two backends surely have the same state.
func (b Backend) Same(o Backend) bool {
	needed, optional := identifying(b.Type)
	if b.Type != o.Type || needed == nil {
		return false
	}
	// The organization may be one of the provider's or the environment.
	if here, there := b.Settings["organization"], o.Settings["organization"]; here != "" && there != "" && here != there {
		return false
	}
	for _, name := range slices.Concat(needed, optional) {
		if b.Settings[name] != o.Settings[name] || b.unclear[name] || o.unclear[name] {
			return false
		}
	}
	return !slices.ContainsFunc(needed, func(name string) bool { return b.Settings[name] == "" })
}

// remote returns what a data source of another root module's outputs reads; nil if that isn't known.
func (i *instance) remote() *Other {
	ev := i.scope.m.ev
	if o, known := ev.remotes[i]; known {
		return o
	}
	ev.remotes[i] = nil // ends a circle
	var o *Other
	if b, known := i.backend(); known && ev.inputs.Remote != nil {
		o = ev.inputs.Remote(b)
	}
	if o != nil && o.open && slices.ContainsFunc(i.askedOutputs(), func(name string) bool { return !slices.Contains(o.outputs, name) }) {
		o = nil
	}
	if o == nil {
		o = i.matching()
	}
	ev.remotes[i] = o
	return o
}

// backend returns where the state is that the data source reads.
func (i *instance) backend() (Backend, bool) {
	b := Backend{Type: "remote", Settings: map[string]string{}, unclear: map[string]bool{}}
	set := func(name, attr string) { b.set(name, i.attr(attr)) }
	if i.addr.Type == "tfe_outputs" {
		set("organization", "organization")
		set("workspaces.name", "workspace")
		return b, true
	}
	typ, known := Value{v: i.attr("backend")}.Text()
	workspace := i.block.Body.Attr("workspace")
	if workspace != nil {
		text, set := Value{v: i.attr("workspace")}.Text()
		if known = known && set; text != "default" {
			b.Workspace = text
		}
	}
	of := BackendAs(typ, i.attr("config"))
	of.Workspace = b.Workspace
	if ev := i.scope.m.ev; known && !of.unclear["path"] {
		of.local(ev.tree, ev.root.source.Dir)
	}
	return of, known
}

// isRemote reports whether a data source has the outputs of another root module in an attribute.
func (i *instance) isRemote(attr string) bool {
	if i.addr.Mode != Data {
		return false
	}
	switch i.addr.Type {
	case "terraform_remote_state":
		return attr == "outputs"
	case "tfe_outputs":
		return attr == "values" || attr == "nonsensitive_values"
	}
	return false
}

// matching returns the only one of the given states and plans that has all outputs that are asked of the data source.
func (i *instance) matching() *Other {
	asked := i.askedOutputs()
	var found *Other
	for _, o := range i.scope.m.ev.inputs.Others {
		missing := func(name string) bool { return !slices.Contains(o.outputs, name) }
		if len(asked) == 0 || slices.ContainsFunc(asked, missing) {
			continue
		}
		if found != nil {
			return nil
		}
		found = o
	}
	return found
}

// askedOutputs returns the outputs that expressions of the module ask of the data source.
func (i *instance) askedOutputs() []string {
	var out []string
	visit := func(n hclsyntax.Node) hcl.Diagnostics {
		e, ok := n.(*hclsyntax.ScopeTraversalExpr)
		if !ok {
			return nil
		}
		name, rest := resourceName(e.Traversal)
		if !name.Data || name.Type != i.addr.Type || name.Name != i.addr.Name {
			return nil
		}
		for n, step := range rest {
			if i.isRemote(attributeOf(step)) && n+1 < len(rest) {
				if output := attributeOf(rest[n+1]); output != "" && !slices.Contains(out, output) {
					out = append(out, output)
				}
			}
		}
		return nil
	}
	for _, node := range i.scope.m.source.Nodes() {
		_ = hclsyntax.VisitAll(node, visit) // which returns none
	}
	return out
}
