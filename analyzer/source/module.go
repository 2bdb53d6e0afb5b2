package source

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Module is the parsed content of one folder, with the blocks of override files merged into those that they override.
type Module struct {
	// Dir is the folder's name in its Tree.
	Dir string
	// Files are the names of the configuration files, in the tree.
	Files []string
	// Text is that of a module without files; see Model.
	Text      []byte
	Variables map[string]*Block
	Outputs   map[string]*Block
	Calls     map[string]*Block
	// Ephemeral are the blocks of ephemeral resources by TYPE.NAME.
	Ephemeral map[string]*Block
	// Providers are the provider blocks in the order of the files.
	Providers []*Block
	// Required are the entries of required_providers by local name.
	Required map[string]*Requirement
	// Backend is the block that says where the state is, of a backend or the cloud; nil without.
	Backend *Block
	// Moved, Imports and Removed are the moved, import and removed blocks in the order of the files.
	Moved, Imports, Removed []*Block
	// Resources are the resource and data blocks, primary files first.
	Resources []*Block
	// Locals are the attributes of all locals blocks.
	Locals map[string]*hclsyntax.Attribute
	Diags  hcl.Diagnostics
	// Torn are the bodies that lack what a syntax error kept from being read, each with the place of the error.
	Torn map[*hclsyntax.Body]hcl.Range
	// RequiredVersions are constraints on the version of the program that reads the module.
	RequiredVersions []string

	byName map[ResourceName]*Block
	size   int // about that of the texts, in bytes
}

// ResourceName is the name by which a reference in a module names a resource block.
type ResourceName struct {
	// Data is true for a data source.
	Data       bool
	Type, Name string
}

// String prints the name as a reference does.
func (n ResourceName) String() string {
	if n.Data {
		return "data." + n.Type + "." + n.Name
	}
	return n.Type + "." + n.Name
}

// Compare orders names by their printed form, managed resources before data sources.
func (n ResourceName) Compare(o ResourceName) int {
	if n.Data != o.Data {
		if o.Data {
			return -1
		}
		return 1
	}
	return cmp.Or(strings.Compare(n.Type, o.Type), strings.Compare(n.Name, o.Name))
}

// Block is a top-level block with what overrides it.
type Block struct {
	// Keyword is the block's type: resource, data, variable, output or module.
	Keyword string
	Labels  []string
	// At is the block's header.
	At   hcl.Range
	Body Body
}

// Resource returns the block of a resource or data source, or nil.
func (m *Module) Resource(name ResourceName) *Block { return m.byName[name] }

// Nodes returns the syntax trees in which expressions of the module are.
func (m *Module) Nodes() []hclsyntax.Node {
	var out []hclsyntax.Node
	add := func(b *Block) {
		for _, body := range b.Body {
			out = append(out, body)
		}
	}
	for _, b := range slices.Concat(m.Resources, m.Providers) {
		add(b)
	}
	for _, blocks := range []map[string]*Block{m.Calls, m.Outputs} {
		for _, name := range slices.Sorted(maps.Keys(blocks)) {
			add(blocks[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(m.Locals)) {
		out = append(out, m.Locals[name].Expr)
	}
	return out
}

func newModule(dir string) *Module {
	return &Module{
		Dir: dir, Variables: map[string]*Block{}, Outputs: map[string]*Block{}, Calls: map[string]*Block{},
		Ephemeral: map[string]*Block{}, Required: map[string]*Requirement{},
		Locals: map[string]*hclsyntax.Attribute{}, Torn: map[*hclsyntax.Body]hcl.Range{}, byName: map[ResourceName]*Block{},
	}
}

// keywords returns the top-level blocks of the language.
func keywords() []hcl.BlockHeaderSchema {
	return []hcl.BlockHeaderSchema{
		{Type: "resource", LabelNames: []string{"type", "name"}},
		{Type: "data", LabelNames: []string{"type", "name"}},
		{Type: "variable", LabelNames: []string{"name"}},
		{Type: "output", LabelNames: []string{"name"}},
		{Type: "module", LabelNames: []string{"name"}},
		{Type: "locals"},
		{Type: "terraform"},
		{Type: "provider", LabelNames: []string{"name"}},
		{Type: "ephemeral", LabelNames: []string{"type", "name"}},
		{Type: "check", LabelNames: []string{"name"}},
		{Type: "moved"},
		{Type: "removed"},
		{Type: "import"},
		// The following say nothing of resources: actions run when a resource changes, and language names the versions that a
		// module is for. Sources: https://developer.hashicorp.com/terraform/language/block/action and
		// https://opentofu.org/docs/language/settings/.
		{Type: "action", LabelNames: []string{"type", "name"}},
		{Type: "language"},
	}
}

// unread returns the diagnostic about a part of a file that isn't in the language as far as tfreach knows. It may belong to a
// newer version, so the rest of the file is read.
func unread(what string, at hcl.Range) *hcl.Diagnostic {
	return &hcl.Diagnostic{
		Severity: hcl.DiagWarning, Summary: "A part of the configuration is not read",
		Detail: fmt.Sprintf("%s not known here. If the language has it, it is of a newer version.", what), Subject: &at,
	}
}

// add takes the blocks of a file. Files come with primary ones first, so a block of an override file finds what it
// overrides. Those of a text that an expression makes are placed at this, unless they are to be found in it.
func (m *Module) add(name string, body hcl.Body, made Text) {
	override := isOverride(path.Base(name))
	blocks, diags := topLevel(body)
	if made.Content != nil && !made.Exact {
		collapse(blocks, made.At)
		made.place(diags)
	}
	m.Diags = append(m.Diags, diags...)
	for _, b := range blocks {
		m.addBlock(b, override)
	}
}

// tear notes which bodies of a file lack something because of syntax errors.
func (m *Module) tear(file *hcl.File, diags hcl.Diagnostics) {
	body, ok := file.Body.(*hclsyntax.Body)
	if !ok {
		return
	}
	for _, t := range tornIn(body, diags) {
		m.Torn[t.body] = *t.errors[0].Subject
	}
}

// topLevel returns the blocks of a file, and a diagnostic for each that isn't in the language.
func topLevel(body hcl.Body) (hclsyntax.Blocks, hcl.Diagnostics) {
	known := keywords()
	native, ok := body.(*hclsyntax.Body)
	if !ok {
		content, rest, diags := body.PartialContent(&hcl.BodySchema{Blocks: known})
		others, _ := rest.JustAttributes() // what is no object was reported
		for _, name := range slices.Sorted(maps.Keys(others)) {
			if name != "//" {
				diags = diags.Append(unread(fmt.Sprintf("Blocks of type %q are", name), others[name].NameRange))
			}
		}
		blocks := make(hclsyntax.Blocks, len(content.Blocks))
		for i, b := range content.Blocks {
			inner, more := nativeBody(b.Body, b.Type)
			diags = append(diags, more...)
			blocks[i] = &hclsyntax.Block{
				Type: b.Type, Labels: b.Labels, Body: inner,
				// DefRange spans from the type to the last label; in JSON these are keys that may be far apart.
				TypeRange: b.DefRange, LabelRanges: slices.Repeat([]hcl.Range{b.DefRange}, len(b.Labels)),
				OpenBraceRange: b.DefRange, CloseBraceRange: b.DefRange,
			}
		}
		return blocks, diags
	}
	var diags hcl.Diagnostics
	blocks := make(hclsyntax.Blocks, 0, len(native.Blocks))
	for _, b := range native.Blocks {
		i := slices.IndexFunc(known, func(k hcl.BlockHeaderSchema) bool { return k.Type == b.Type })
		switch {
		case i < 0:
			diags = diags.Append(unread(fmt.Sprintf("Blocks of type %q are", b.Type), b.TypeRange))
		case len(known[i].LabelNames) != len(b.Labels):
			diags = diags.Append(&hcl.Diagnostic{
				Severity: hcl.DiagError, Summary: "Wrong number of block labels",
				Detail:  fmt.Sprintf("A %s block has %d labels.", b.Type, len(known[i].LabelNames)),
				Subject: b.DefRange().Ptr(),
			})
		default:
			blocks = append(blocks, b)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(native.Attributes)) {
		diags = diags.Append(&hcl.Diagnostic{
			Severity: hcl.DiagError, Summary: "Unsupported argument",
			Detail: fmt.Sprintf("An argument named %q is not expected here.", name), Subject: native.Attributes[name].NameRange.Ptr(),
		})
	}
	return blocks, diags
}

func (m *Module) addBlock(b *hclsyntax.Block, override bool) {
	switch b.Type {
	case "locals":
		attrs := b.Body.Attributes
		for _, name := range slices.Sorted(maps.Keys(attrs)) {
			if first := m.Locals[name]; first != nil && !override {
				m.duplicate("local value", name, first.NameRange, attrs[name].NameRange)
				continue
			}
			m.Locals[name] = attrs[name]
		}
	case "variable":
		m.declare(m.Variables, b, override)
	case "output":
		m.declare(m.Outputs, b, override)
	case "module":
		m.declare(m.Calls, b, override)
	case "provider":
		m.Providers = append(m.Providers, newBlock(b))
	case "terraform":
		m.requirements(b.Body, override)
		for _, inner := range b.Body.Blocks {
			if inner.Type == "backend" && len(inner.Labels) == 1 || inner.Type == "cloud" {
				m.Backend = newBlock(inner)
			}
		}
	case "moved":
		m.Moved = append(m.Moved, newBlock(b))
	case "import":
		m.Imports = append(m.Imports, newBlock(b))
	case "removed":
		m.Removed = append(m.Removed, newBlock(b))
	case "ephemeral":
		m.declare(m.Ephemeral, b, override)
	case "resource", "data":
		name := ResourceName{Data: b.Type == "data", Type: b.Labels[0], Name: b.Labels[1]}
		switch first := m.byName[name]; {
		case first == nil:
			block := newBlock(b)
			m.byName[name] = block
			m.Resources = append(m.Resources, block)
		case override:
			first.Body = append(first.Body, b.Body)
		default:
			m.duplicate(b.Type, name.Type+"."+name.Name, first.At, b.DefRange())
		}
	}
}

func (m *Module) declare(blocks map[string]*Block, b *hclsyntax.Block, override bool) {
	name := strings.Join(b.Labels, ".")
	switch first := blocks[name]; {
	case first == nil:
		blocks[name] = newBlock(b)
	case override:
		first.Body = append(first.Body, b.Body)
	default:
		m.duplicate(b.Type, name, first.At, b.DefRange())
	}
}

func (m *Module) duplicate(what, name string, first, second hcl.Range) {
	m.Diags = m.Diags.Append(&hcl.Diagnostic{
		Severity: hcl.DiagError, Summary: "Duplicate declaration",
		Detail:  fmt.Sprintf("A %s named %q was already declared at %s.", what, name, first),
		Subject: second.Ptr(),
	})
}

func newBlock(b *hclsyntax.Block) *Block {
	return &Block{Keyword: b.Type, Labels: b.Labels, At: b.DefRange(), Body: Body{b.Body}}
}
