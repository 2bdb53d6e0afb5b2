package analyzer_test

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/adapter/all"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
	"github.com/tfreach/tfreach/analyzer/reach"
	"github.com/tfreach/tfreach/analyzer/trials"
	"github.com/tfreach/tfreach/rules"
)

// TestHidden hides something of each configuration, a fixture or a random topology: a literal behind a variable without a
// value, the default of a variable, the code of a module, a resource behind a type that isn't read or in a module that isn't
// installed, or in a file with a syntax error, a file that is read by a function. What is sure without it doesn't contradict what is sure with everything in
// sight, and what was found is found still or isn't known.
func TestHidden(t *testing.T) {
	trials.SkipShort(t)
	t.Parallel()
	dirs, err := fs.Glob(os.DirFS("../fixtures"), "*/*")
	if err != nil || len(dirs) == 0 {
		t.Fatal("there are no fixtures: ", err)
	}
	for _, dir := range dirs {
		files := configurationIn(t, path.Join("../fixtures", dir))
		if files == nil {
			continue
		}
		t.Run(dir, func(t *testing.T) {
			t.Parallel()
			seed := fnv.New64a()
			_, _ = seed.Write([]byte(dir)) // it never fails
			seek(t, files, rand.New(rand.NewPCG(seed.Sum64(), 1)), trials.Count(1, 3))
		})
	}
	for name, kind := range allWalks() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			trials.Each(t, trials.Count(4, 16), func(t *testing.T, seed uint64) {
				r := rand.New(rand.NewPCG(seed, kind.stream))
				seek(t, fstest.MapFS{"main.tf": {Data: []byte(kind.make(r).config())}}, r, 1)
			})
		})
	}
}

// configurationIn returns the files of a case; nil if it is none.
func configurationIn(t *testing.T, dir string) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || slices.Contains([]string{"plan.json", "expect.txt", "places.txt", "fixes.txt"}, name) {
			return err
		}
		text, err := fs.ReadFile(os.DirFS(dir), name)
		files[name] = &fstest.MapFile{Data: text}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if files["main.tf"] == nil {
		return nil
	}
	return files
}

// seek compares what is said of a configuration with what is said of it with something hidden: some things of each kind.
func seek(t *testing.T, files fstest.MapFS, r *rand.Rand, each int) {
	t.Helper()
	full := claimsOf(t, files)
	hidings := hidingsIn(files)
	for _, kind := range slices.Sorted(maps.Keys(hidings)) {
		of := hidings[kind]
		r.Shuffle(len(of), func(i, j int) { of[i], of[j] = of[j], of[i] })
		of = of[:min(each, len(of))]
		for _, h := range of {
			h.runs = kind == "a file" || kind == "a default" || strings.Contains(h.what, "extension") || strings.Contains(h.what, "azapi_resource")
			for _, problem := range full.against(claimsOf(t, h.files), h) {
				t.Errorf("%s: %s: %s", kind, h.what, problem)
			}
		}
	}
}

// hiding is a configuration with something hidden.
type hiding struct {
	what  string
	files fstest.MapFS
	// mayDeny says that what is hidden may have denied what others allow, and can't be told from what only uses that: then an
	// opening that is written out is told as it stands.
	mayDeny bool
	// runs says that what is hidden runs scripts on machines, or is a script or a password.
	runs bool
	// gone says of a resource, by its address without keys, that it isn't in sight any more.
	gone func(address string) bool
}

// claims are what an analysis says.
type claims struct {
	// reached are who gets to each endpoint, by the port, its kind and its address without keys.
	reached map[string]netset.Bounds[netset.Prefixes]
	// findings are by rule and address without keys.
	findings map[string][]analyzer.Finding
	// said are the rules with scopes that something is found of, surely those scopes of which it is sure, and scopes are those that each resource has rules of, by its
	// address without keys.
	said, surely map[string]bool
	scopes       map[string][]string
	// traits are what is said of the servers on each machine, by its address without keys and by rule: what isn't known before what is.
	traits map[string]map[string]analyzer.Finding
	// undecided are findings of unknown outcome that don't name what decides them.
	undecided []string
	// whole says that nothing had to be left out.
	whole bool
	// missing says that a warning tells of something that isn't there, such as the code of a module.
	missing bool
}

var key = regexp.MustCompile(`\[(?:\d+|\*|"(?:[^"\\]|\\.)*")\]`)

// plain is an address without keys of instances.
func plain(a graph.Address) string { return plainText(a.String()) }

func plainText(address string) string { return key.ReplaceAllString(address, "") }

// question is what a rule asks: an opening to everyone that isn't sure is asked about by one rule, and a broad one by another.
func question(rule *analyzer.Rule) string {
	return strings.TrimSuffix(strings.TrimSuffix(rule.ID, "-open"), "-broad")
}

func claimsOf(t *testing.T, files fstest.MapFS) *claims {
	t.Helper()
	return claimsOn(t, portsIn(t, files), files, nil)
}

var portsLine = regexp.MustCompile(`(?m)^# ports: (.+)$`)

// portsIn returns the ports that the comments of a case ask for; see package fixtures.
func portsIn(t *testing.T, files fstest.MapFS) []reach.Port {
	t.Helper()
	words := []string{"ftp"}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if m := portsLine.FindSubmatch(files[name].Data); m != nil {
			words = strings.Split(string(m[1]), ", ")
		}
	}
	var ports []reach.Port
	for _, word := range words {
		port, err := rules.Parse(word)
		if err != nil {
			t.Fatal(err)
		}
		ports = append(ports, port)
	}
	return ports
}

// claimsOn returns what an analysis says of ports in a plan with the files of its configuration, or in these if plan is nil.
func claimsOn(t *testing.T, ports []reach.Port, files fstest.MapFS, plan []byte) *claims {
	t.Helper()
	c := &claims{reached: map[string]netset.Bounds[netset.Prefixes]{}, findings: map[string][]analyzer.Finding{}, said: map[string]bool{}, surely: map[string]bool{}, scopes: map[string][]string{}, traits: map[string]map[string]analyzer.Finding{}}
	path := "."
	if plan != nil {
		path = "-"
	}
	type reached struct {
		name   string
		admits netset.Bounds[netset.Prefixes]
	}
	result, seen, err := analyzer.RunWith(t.Context(), analyzer.Config{
		Paths: []string{path}, Files: files, Stdin: bytes.NewReader(plan), Rules: rules.For(ports), Knowledge: all.Knowledge(), NoSuppressions: true, KeepRules: true,
	}, func(_ *analyzer.Selection, a *analyzer.Analysis) []reached {
		var out []reached
		for i := range a.Reached {
			r := &a.Reached[i]
			out = append(out, reached{fmt.Sprint(r.Port, " of ", r.Endpoint.Word, " ", plain(r.Endpoint.Resource.Addr)), r.Admits})
		}
		return out
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range seen {
		for _, r := range in {
			c.reached[r.name] = netset.UnionBounds(c.reached[r.name], r.admits)
		}
	}
	for _, i := range result.Ingress() {
		name := plain(i.Resource)
		c.scopes[name] = append(c.scopes[name], i.Scope.Name)
	}
	for _, f := range result.Findings {
		if f.Outcome == analyzer.Unknown && f.Change != analyzer.Absent && len(f.Decides) == 0 {
			c.undecided = append(c.undecided, fmt.Sprintf("nothing is named that decides %s %s: %s", f.Rule.ID, f.Resources[0], f.Message))
		}
		if _, ok := f.About.(analyzer.Trait); ok {
			if f.Rule.ID == "ftp-passive-ports-open" {
				continue
			}
			for _, a := range f.Resources {
				if c.traits[plain(a)] == nil {
					c.traits[plain(a)] = map[string]analyzer.Finding{}
				}
				if o, ok := c.traits[plain(a)][f.Rule.ID]; !ok || o.Outcome != analyzer.Unknown {
					c.traits[plain(a)][f.Rule.ID] = f
				}
			}
			continue
		}
		if f.Change == analyzer.Absent {
			continue
		}
		c.said[question(f.Rule)+" "+f.Scope] = true
		c.surely[f.Scope] = c.surely[f.Scope] || f.Outcome == analyzer.Exposed
		for _, a := range f.Resources {
			name := question(f.Rule) + " " + plain(a)
			c.findings[name] = append(c.findings[name], f)
		}
	}
	c.whole = result.Complete()
	for _, n := range result.Notices {
		c.missing = c.missing || n.Level == analyzer.Warning
	}
	return c
}

// against returns how what is said with something hidden contradicts what is said with everything in sight.
func (c *claims) against(hidden *claims, h hiding) []string {
	var out []string
	for name, full := range c.reached {
		now, ok := hidden.reached[name]
		switch {
		case h.gone(name[strings.LastIndex(name, " ")+1:]):
		case !ok:
			if hidden.whole && !full.Must.Empty() {
				out = append(out, name+" is no longer judged, and is reachable")
			}
		case !h.mayDeny && !now.Must.SubsetOf(full.May):
			out = append(out, fmt.Sprintf("%s is surely reached by %.80v, and is not", name, now.Must.Difference(full.May)))
		case !full.Must.SubsetOf(now.May):
			out = append(out, fmt.Sprintf("%s is surely not reached by %.80v, and is", name, full.Must.Difference(now.May)))
		}
	}
	for name, full := range c.findings {
		if at := name[strings.LastIndex(name, " ")+1:]; h.gone(at) || hidden.missing && strings.HasPrefix(at, "module.") {
			continue
		}
		// Several rules may make the opening, and one of them is hidden, or what they belong to is.
		together := func(f analyzer.Finding) bool {
			if h.gone(plainText(f.Scope)) {
				return true
			}
			for resource, scopes := range c.scopes {
				if h.gone(resource) && slices.Contains(scopes, f.Scope) {
					return true
				}
			}
			return false
		}
		if slices.ContainsFunc(full, together) {
			continue
		}
		now := hidden.findings[name]
		// Of openings that do it together, another may be told first.
		surely := func(f analyzer.Finding) bool {
			return f.Outcome == analyzer.Exposed && !hidden.said[question(f.Rule)+" "+f.Scope]
		}
		if hidden.whole && slices.ContainsFunc(full, surely) && len(now) == 0 {
			out = append(out, name+" is no longer found: "+full[0].Message)
		}
		// Several findings of a resource may differ, so what holds for all is compared.
		says := func(list []analyzer.Finding, e ...analyzer.Exposure) bool {
			return len(list) > 0 && !slices.ContainsFunc(list, func(f analyzer.Finding) bool { return !slices.Contains(e, f.Exposure) })
		}
		if says(now, analyzer.Private, analyzer.Unattached) && says(full, analyzer.Reachable) ||
			says(now, analyzer.Reachable) && says(full, analyzer.Private, analyzer.Unattached) ||
			says(now, analyzer.Unattached) && says(full, analyzer.Private) {
			out = append(out, fmt.Sprintf("%s: said: %s\n    but: %s", name, now[0].Message, full[0].Message))
		}
	}
	for name, now := range hidden.findings {
		// What was surely found of a scope may be less grave without a part of it.
		wrong := func(f analyzer.Finding) bool {
			// What is hidden may be the scope itself.
			return f.Outcome == analyzer.Exposed && !c.surely[f.Scope] &&
				!slices.ContainsFunc(c.scopes[name[strings.LastIndex(name, " ")+1:]], func(scope string) bool { return c.surely[scope] || h.gone(plainText(scope)) })
		}
		if len(c.findings[name]) == 0 && !h.mayDeny && slices.ContainsFunc(now, wrong) {
			out = append(out, name+" is found only now: "+now[0].Message)
		}
	}
	out = append(append(out, c.traitsAgainst(hidden, h)...), hidden.undecided...)
	slices.Sort(out)
	return out
}

// traitsAgainst is against for what is said of servers. What isn't known of them is asked by any of the rules. Passive ports are
// advice about what is open. What isn't here may run anything on a machine, which isn't told of each machine.
func (c *claims) traitsAgainst(hidden *claims, h hiding) []string {
	var out []string
	unsure := func(traits map[string]analyzer.Finding) bool {
		for _, f := range traits {
			if f.Outcome == analyzer.Unknown {
				return true
			}
		}
		return false
	}
	for address, full := range c.traits {
		now := hidden.traits[address]
		if h.gone(address) || !hidden.whole || unsure(now) || h.runs {
			continue
		}
		for id, f := range full {
			if _, still := now[id]; f.Outcome == analyzer.Exposed && !still {
				out = append(out, fmt.Sprintf("%s %s is no longer found: %s", id, address, f.Message))
			}
		}
	}
	for address, now := range hidden.traits {
		if unsure(c.traits[address]) {
			continue
		}
		for id, f := range now {
			if _, before := c.traits[address][id]; f.Outcome == analyzer.Exposed && !before && !h.runs {
				out = append(out, fmt.Sprintf("%s %s is found only now: %s", id, address, f.Message))
			}
		}
	}
	return out
}

// hidingsIn returns all that can be hidden of a configuration, by kind.
func hidingsIn(files fstest.MapFS) map[string][]hiding {
	out := map[string][]hiding{}
	none := func(string) bool { return false }
	folders := map[string]bool{}
	overrides := ""
	for name, file := range files {
		if strings.Contains(name, "override") {
			overrides += string(file.Data)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		text := files[name].Data
		switch {
		case strings.HasPrefix(name, ".terraform/"):
			continue
		case path.Ext(name) == ".tf":
			folders[path.Dir(name)] = true
			body, ok := parsed(name, text)
			if !ok {
				continue
			}
			for _, l := range literals(body) {
				out["a literal"] = append(out["a literal"], hiding{
					what:  fmt.Sprintf("%s:%d: %s", name, l.Start.Line, bytes.Join(bytes.Fields(l.SliceBytes(text)), []byte(" "))),
					files: changed(files, name, unknownIn(name, edit{l, unset(name)}, text)), gone: none,
				})
			}
			for _, block := range body.Blocks {
				if def := block.Body.Attributes["default"]; block.Type == "variable" && def != nil && path.Dir(name) == "." && !strings.Contains(overrides, block.Labels[0]) {
					out["a default"] = append(out["a default"], hiding{
						what: "var." + block.Labels[0], files: changed(files, name, apply(text, edit{def.SrcRange, ""})), gone: none,
					})
				}
			}
		case !strings.Contains(name, ".tfvars") && !strings.HasSuffix(name, ".tf.json") && !slices.Contains([]string{".tofu", ".hcl"}, path.Ext(name)):
			if !mentioned(files, path.Base(name)) {
				continue // Only a listing of its folder finds it, and tells nothing of what is gone.
			}
			without := maps.Clone(files)
			delete(without, name)
			out["a file"] = append(out["a file"], hiding{what: name, files: without, gone: none})
		}
	}
	for _, folder := range slices.Sorted(maps.Keys(folders)) {
		if folder != "." {
			without := maps.Clone(files)
			for name := range files {
				if path.Dir(name) == folder {
					delete(without, name)
				}
			}
			out["a module's code"] = append(out["a module's code"], hiding{
				what: folder, files: without, mayDeny: true, gone: func(address string) bool { return strings.HasPrefix(address, "module.") },
			})
		}
		resources := resourcesIn(files, folder)
		for _, r := range resources {
			twice := func(o resource) bool { return o.name() == r.name() && o.block != r.block }
			if slices.ContainsFunc(resources, twice) || slices.Contains(ofAccounts(), r.block.Labels[0]) {
				continue // An override file has the other part.
			}
			out["a type that isn't read"] = append(out["a type that isn't read"], r.renamed(files))
			out["a module that isn't installed"] = append(out["a module that isn't installed"], r.moved(files))
			out["a file that can't be parsed"] = append(out["a file that can't be parsed"], r.broken(files)...)
			out["an item of a block that can't be parsed"] = append(out["an item of a block that can't be parsed"], r.torn(files)...)
		}
	}
	return out
}

// ofAccounts returns the types of settings of a whole account: they name nothing that they change, so that nothing tells what a
// resource of another type in their place would do.
func ofAccounts() []string { return []string{"aws_vpc_block_public_access_options"} }

// mentioned reports whether a configuration spells out the name of a file.
func mentioned(files fstest.MapFS, name string) bool {
	for of, file := range files {
		if path.Ext(of) == ".tf" && bytes.Contains(file.Data, []byte(name)) {
			return true
		}
	}
	return false
}

// edit is a new text for a range of a file.
type edit struct {
	at   hcl.Range
	text string
}

func apply(text []byte, edits ...edit) []byte {
	slices.SortFunc(edits, func(a, b edit) int { return b.at.Start.Byte - a.at.Start.Byte })
	out := slices.Clone(text)
	for _, e := range edits {
		out = slices.Concat(out[:e.at.Start.Byte], []byte(e.text), out[e.at.End.Byte:])
	}
	return out
}

func changed(files fstest.MapFS, name string, text []byte) fstest.MapFS {
	out := maps.Clone(files)
	out[name] = &fstest.MapFile{Data: text}
	return out
}

func parsed(name string, text []byte) (*hclsyntax.Body, bool) {
	file, diags := hclsyntax.ParseConfig(text, name, hcl.InitialPos)
	if diags.HasErrors() {
		return nil, false
	}
	body, ok := file.Body.(*hclsyntax.Body)
	return body, ok
}

// unset is an expression for a value that nobody knows.
func unset(name string) string {
	if path.Dir(name) == "." {
		return "var.hidden_value"
	}
	return "data.hidden_source.hidden.value"
}

// unknownIn makes an edit that uses what unset returns, and declares that.
func unknownIn(name string, e edit, text []byte) []byte {
	declaration := "\ndata \"hidden_source\" \"hidden\" {}\n"
	if path.Dir(name) == "." {
		declaration = "\nvariable \"hidden_value\" {}\n"
	}
	return append(apply(text, e), declaration...)
}

// literals returns the ranges of the constants in the arguments of resources, module calls and local values: texts,
// numbers, and lists of them.
func literals(body *hclsyntax.Body) []hcl.Range {
	var out []hcl.Range
	var in func(*hclsyntax.Body, ...string)
	in = func(b *hclsyntax.Body, but ...string) {
		for _, name := range slices.Sorted(maps.Keys(b.Attributes)) {
			if !slices.Contains(but, name) {
				_ = hclsyntax.Walk(b.Attributes[name].Expr, &constants{out: &out})
			}
		}
		for _, block := range b.Blocks {
			if block.Type != "lifecycle" {
				in(block.Body, "iterator", "labels")
			}
		}
	}
	for _, block := range body.Blocks {
		switch block.Type {
		case "resource", "locals", "output", "provider":
			in(block.Body, "provider", "alias")
		case "module":
			in(block.Body, "source", "version", "providers")
		}
	}
	return out
}

// constants collects the ranges of constants in an expression.
type constants struct {
	out  *[]hcl.Range
	skip int // how deep in what isn't looked into
}

func (c *constants) Enter(n hclsyntax.Node) hcl.Diagnostics {
	if c.skip > 0 {
		c.skip++
		return nil
	}
	constant := func(e hclsyntax.Node) bool {
		switch e := e.(type) {
		case *hclsyntax.LiteralValueExpr:
			return true
		case *hclsyntax.TemplateExpr:
			return e.IsStringLiteral()
		}
		return false
	}
	switch n := n.(type) {
	case *hclsyntax.LiteralValueExpr:
		*c.out = append(*c.out, n.SrcRange)
	case *hclsyntax.TemplateExpr:
		// A heredoc's last line belongs to it.
		if n.IsStringLiteral() && n.SrcRange.Start.Line == n.SrcRange.End.Line {
			*c.out = append(*c.out, n.SrcRange)
		}
		c.skip = 1
	case *hclsyntax.TupleConsExpr:
		if len(n.Exprs) > 0 && !slices.ContainsFunc(n.Exprs, func(e hclsyntax.Expression) bool { return !constant(e) }) {
			*c.out = append(*c.out, n.SrcRange)
		}
	case *hclsyntax.ObjectConsKeyExpr, *hclsyntax.TemplateWrapExpr:
		c.skip = 1
	}
	return nil
}

func (c *constants) Exit(hclsyntax.Node) hcl.Diagnostics {
	if c.skip > 0 {
		c.skip--
	}
	return nil
}

// resource is a block of a file.
type resource struct {
	file, folder string
	block        *hclsyntax.Block
}

func resourcesIn(files fstest.MapFS, folder string) []resource {
	var out []resource
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if path.Ext(name) != ".tf" || path.Dir(name) != folder {
			continue
		}
		body, ok := parsed(name, files[name].Data)
		if !ok {
			continue
		}
		for _, block := range body.Blocks {
			if block.Type == "resource" && len(block.Labels) == 2 {
				out = append(out, resource{name, folder, block})
			}
		}
	}
	return out
}

func (r resource) name() string { return strings.Join(r.block.Labels, ".") }

func (r resource) gone(address string) bool {
	return address == r.name() || strings.HasSuffix(address, "."+r.name())
}

// references returns the edits of all references to a resource in its folder, by file.
func (r resource) references(files fstest.MapFS, replace func(first, second hcl.Range) edit) map[string][]edit {
	out := map[string][]edit{}
	for name, file := range files {
		if path.Ext(name) != ".tf" || path.Dir(name) != r.folder {
			continue
		}
		body, ok := parsed(name, file.Data)
		if !ok {
			continue
		}
		_ = hclsyntax.VisitAll(body, func(n hclsyntax.Node) hcl.Diagnostics {
			e, ok := n.(*hclsyntax.ScopeTraversalExpr)
			if !ok || len(e.Traversal) < 2 || e.Traversal.RootName() != r.block.Labels[0] {
				return nil
			}
			if a, ok := e.Traversal[1].(hcl.TraverseAttr); ok && a.Name == r.block.Labels[1] {
				out[name] = append(out[name], replace(e.Traversal[0].SourceRange(), a.SrcRange))
			}
			return nil
		})
	}
	return out
}

func (r resource) with(files fstest.MapFS, edits map[string][]edit) fstest.MapFS {
	out := maps.Clone(files)
	for name, list := range edits {
		out[name] = &fstest.MapFile{Data: apply(files[name].Data, list...)}
	}
	return out
}

// renamed gives a resource a type that isn't read, of the same provider.
func (r resource) renamed(files fstest.MapFS) hiding {
	provider, rest, _ := strings.Cut(r.block.Labels[0], "_")
	unread := provider + "_unread_" + rest
	edits := r.references(files, func(first, _ hcl.Range) edit { return edit{first, unread} })
	edits[r.file] = append(edits[r.file], edit{r.block.LabelRanges[0], fmt.Sprintf("%q", unread)})
	return hiding{what: r.name(), files: r.with(files, edits), gone: r.gone}
}

// moved puts a resource into a module that isn't installed, which gets all that the resource refers to.
func (r resource) moved(files fstest.MapFS) hiding {
	edits := r.references(files, func(first, second hcl.Range) edit {
		return edit{hcl.RangeBetween(first, second), "module.hidden." + r.block.Labels[1]}
	})
	inside := r.block.Range()
	inside.End = r.block.CloseBraceRange.End
	edits[r.file] = slices.DeleteFunc(edits[r.file], func(e edit) bool { return inside.ContainsPos(e.at.Start) })
	call := "module \"hidden\" {\n  source = \"example.com/hidden/module/aws\"\n"
	for i, from := range r.uses(files[r.file].Data) {
		call += fmt.Sprintf("  a%d = %s\n", i, from)
	}
	for i, text := range r.spells(files[r.file].Data) {
		call += fmt.Sprintf("  s%d_%s\n", i, text)
	}
	edits[r.file] = append(edits[r.file], edit{inside, call + "}"})
	return hiding{what: r.name(), files: r.with(files, edits), mayDeny: true, gone: r.gone}
}

// broken moves a resource to a file of its own that has a syntax error: in its header, or half way through its body.
func (r resource) broken(files fstest.MapFS) []hiding {
	text := files[r.file].Data
	inside := r.block.Range()
	inside.End = r.block.CloseBraceRange.End
	block := string(inside.SliceBytes(text))
	body := r.block.OpenBraceRange.End.Byte - inside.Start.Byte
	var out []hiding
	for _, torn := range []string{
		strings.Replace(block, r.block.Labels[1], r.block.Labels[1]+" ", 1)[:body-2],
		block[:body+(len(block)-body)/2],
	} {
		without := changed(files, r.file, apply(text, edit{inside, ""}))
		without[path.Join(r.folder, "broken.tf")] = &fstest.MapFile{Data: []byte(torn)}
		out = append(out, hiding{what: fmt.Sprintf("%s as %q", r.name(), torn), files: without, mayDeny: true, gone: r.gone})
	}
	return out
}

// refersAfter reports whether the resource refers to something after an offset. If that can't be read, a rule whose group isn't known
// is told as it stands.
func (r resource) refersAfter(at int) bool {
	refers := false
	_ = hclsyntax.VisitAll(r.block.Body, func(n hclsyntax.Node) hcl.Diagnostics {
		t, ok := n.(*hclsyntax.ScopeTraversalExpr)
		refers = refers || ok && t.SrcRange.Start.Byte >= at
		return nil
	})
	return refers
}

// torn breaks an item of a resource, which comes into a file of its own: an argument has no value that can be read, or a brace
// before the item or in place of its own ends a block too early or too late.
func (r resource) torn(files fstest.MapFS) []hiding {
	text := files[r.file].Data
	inside := r.block.Range()
	inside.End = r.block.CloseBraceRange.End
	var out []hiding
	tear := func(what string, at hcl.Range, by string) {
		without := changed(files, r.file, apply(text, edit{inside, ""}))
		block := slices.Concat(text[inside.Start.Byte:at.Start.Byte], []byte(by), text[at.End.Byte:inside.End.Byte], []byte("\n"))
		without[path.Join(r.folder, "torn.tf")] = &fstest.MapFile{Data: block}
		out = append(out, hiding{what: fmt.Sprintf("%s: %s at line %d", r.name(), what, at.Start.Line), files: without, mayDeny: r.refersAfter(at.Start.Byte), gone: func(string) bool { return false }})
	}
	before := func(at hcl.Range) hcl.Range { return hcl.Range{Start: at.Start, End: at.Start} }
	var in func(*hclsyntax.Body)
	in = func(b *hclsyntax.Body) {
		for _, name := range slices.Sorted(maps.Keys(b.Attributes)) {
			tear("no value", b.Attributes[name].EqualsRange, "= =")
			tear("a brace too many", before(b.Attributes[name].NameRange), "}\n")
		}
		for _, block := range b.Blocks {
			tear("a brace too many", before(block.TypeRange), "}\n")
			tear("no brace", block.CloseBraceRange, "")
			in(block.Body)
		}
	}
	in(r.block.Body)
	return out
}

// spells returns the texts that a resource's arguments are set to, with the arguments' names.
func (r resource) spells(text []byte) []string {
	var out []string
	var in func(*hclsyntax.Body)
	in = func(b *hclsyntax.Body) {
		for _, name := range slices.Sorted(maps.Keys(b.Attributes)) {
			var found []hcl.Range
			_ = hclsyntax.Walk(b.Attributes[name].Expr, &constants{out: &found})
			for _, at := range found {
				if one := string(at.SliceBytes(text)); strings.HasPrefix(one, `"`) && name != "provider" {
					out = append(out, name+" = "+one)
				}
			}
		}
		for _, block := range b.Blocks {
			if block.Type != "lifecycle" {
				in(block.Body)
			}
		}
	}
	in(r.block.Body)
	return out
}

// uses returns the texts of what a resource refers to.
func (r resource) uses(text []byte) []string {
	var out []string
	var in func(*hclsyntax.Body, []string)
	in = func(b *hclsyntax.Body, local []string) {
		for _, name := range slices.Sorted(maps.Keys(b.Attributes)) {
			for _, traversal := range b.Attributes[name].Expr.Variables() {
				from := string(traversal.SourceRange().SliceBytes(text))
				if !slices.Contains(local, traversal.RootName()) && !slices.Contains(out, from) && name != "provider" && name != "depends_on" {
					out = append(out, from)
				}
			}
		}
		for _, block := range b.Blocks {
			names := local
			if block.Type == "dynamic" && len(block.Labels) == 1 {
				names = append(slices.Clone(local), block.Labels[0])
				if it := block.Body.Attributes["iterator"]; it != nil {
					names = append(names, string(it.Expr.Range().SliceBytes(text)))
				}
			}
			if block.Type != "lifecycle" {
				in(block.Body, names)
			}
		}
	}
	in(r.block.Body, []string{"each", "count", "self", "path", "terraform"})
	return out
}
