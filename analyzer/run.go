package analyzer

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer/adapter"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/reach"
	"github.com/tfreach/tfreach/analyzer/source"
)

// Config says what to analyse and how.
type Config struct {
	// Paths are folders, configuration files (which stand for their folder), plans and states; "-" is a plan or state
	// on Stdin.
	Paths []string
	Stdin io.Reader
	// Rules are asked in order.
	Rules []*Rule
	// Adapters read the resources.
	Adapters []adapter.Adapter
	// Vars are values of root module variables; later ones go before earlier ones, and all before the files of values that
	// belong to a configuration.
	Vars []Var
	// Env are environment variables, each NAME=VALUE. Those named TF_VAR_NAME are values of root module variables that
	// give way to all others.
	Env []string
	// Workspace is the value of terraform.workspace, which is unknown if it is empty.
	Workspace string
	// Source is the folder of the configuration that a plan was made from, for places; if it is empty, the folders of the
	// plan and the working directory are tried.
	Source string
}

// Var is a value for a root module variable, or a file of such values.
type Var struct {
	// Assign is NAME=VALUE; File is the path of a file. One of them is empty.
	Assign, File string
}

// Run analyses the paths. The error is non-nil if the configuration of the run is wrong or an input can't be read at
// all; what could be read only in part is in the notices of the result.
func Run(ctx context.Context, c Config) (*Result, error) {
	r := &runner{config: c, result: &Result{Rules: c.Rules, Inputs: c.Paths}, wanted: map[string]bool{}}
	defer r.close()
	for _, a := range c.Adapters {
		for _, t := range slices.Concat(a.Types, a.Reads) {
			r.wanted[t] = true
		}
	}
	inputs, err := r.inputs()
	if err != nil {
		return nil, err
	}
	if err := r.readVars(); err != nil {
		return nil, err
	}
	for _, in := range inputs {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		v, err := r.view(ctx, in)
		if err != nil {
			return nil, err
		}
		r.judge(v)
		r.notice(v.graph.Diagnostics())
	}
	r.checkVars(inputs)
	r.result.files = r.text
	r.result.finish()
	return r.result, nil
}

// runner is one run.
type runner struct {
	config Config
	result *Result
	wanted map[string]bool
	env    []graph.Var
	vars   []graph.Var
	trees  []*source.Tree
}

func (r *runner) close() {
	for _, t := range r.trees {
		_ = t.Close() // it was only read from
	}
}

// input is a root module or a document.
type input struct {
	name string // as a reader knows it
	tree *source.Tree
	dir  string // in tree; for a configuration
	open func(context.Context) (io.ReadCloser, error)
	file string // the name of the document in places
	path string // of the document; empty for standard input
}

// inputs finds out what the paths are. A root module that several paths lie in is analysed once.
func (r *runner) inputs() ([]input, error) {
	var out []input
	for _, p := range r.config.Paths {
		found, err := r.input(p)
		if err != nil {
			return nil, err
		}
		for _, in := range found {
			same := func(o input) bool { return in.open == nil && o.open == nil && o.tree == in.tree && o.dir == in.dir }
			if !slices.ContainsFunc(out, same) {
				out = append(out, in)
			}
		}
	}
	return out, nil
}

func (r *runner) input(name string) ([]input, error) {
	if name == "-" {
		return []input{{name: "standard input", open: func(context.Context) (io.ReadCloser, error) {
			return io.NopCloser(r.config.Stdin), nil
		}}}, nil
	}
	kind, err := source.KindOf(name)
	if err != nil {
		return nil, err
	}
	if kind == source.KindDocument {
		file, err := r.place(name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return []input{{name: name, file: file, path: name, open: func(ctx context.Context) (io.ReadCloser, error) {
			return source.OpenDocument(ctx, name)
		}}}, nil
	}
	dir := name
	if kind == source.KindConfigFile {
		dir = filepath.Dir(name)
	}
	tree, err := r.tree(dir)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	rel, ok := tree.Rel(dir)
	if !ok {
		return nil, fmt.Errorf("%s: it can't be found in %s", name, tree.Path())
	}
	roots, skipped := []string{rel}, 0
	if kind == source.KindFolder {
		if roots, skipped, err = tree.Roots(rel); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	if len(roots) == 0 {
		return nil, fmt.Errorf("%s: there are no Terraform files (.tf, .tofu, .tf.json, .tofu.json)", name)
	}
	if skipped > 0 {
		r.result.Notices = append(r.result.Notices, Notice{
			Level: Note, Summary: "Examples and tests are not analysed",
			Detail: fmt.Sprintf("%d folders of examples or tests with Terraform files were left out. Scan them by name to "+
				"analyse them.", skipped),
			At: hcl.Range{Filename: tree.Place(rel), Start: hcl.InitialPos, End: hcl.InitialPos},
		})
	}
	out := make([]input, len(roots))
	for i, root := range roots {
		out[i] = input{name: tree.Place(root), tree: tree, dir: root}
	}
	return out, nil
}

// tree returns the tree that a folder is analysed in; trees are shared.
func (r *runner) tree(dir string) (*source.Tree, error) {
	root, err := source.FindRoot(dir)
	if err != nil {
		return nil, err
	}
	for _, t := range r.trees {
		if t.Path() == root {
			return t, nil
		}
	}
	prefix, err := r.prefix(root)
	if err != nil {
		return nil, err
	}
	t, err := source.OpenTree(root, prefix)
	if err != nil {
		return nil, err
	}
	r.trees = append(r.trees, t)
	return t, nil
}

// prefix returns the path from the root of the result to a folder; the first one becomes the root.
func (r *runner) prefix(dir string) (string, error) {
	if r.result.Root == "" {
		r.result.Root = dir
		return "", nil
	}
	rel, err := filepath.Rel(r.result.Root, dir)
	if err != nil || rel == "." {
		return "", err
	}
	return filepath.ToSlash(rel), nil
}

// place returns the name in places of a file that the user named.
func (r *runner) place(name string) (string, error) {
	root, err := source.FindRoot(filepath.Dir(name))
	if err != nil {
		return "", err
	}
	prefix, err := r.prefix(root)
	if err != nil {
		return "", err
	}
	rel, err := source.RelTo(root, name)
	if err != nil {
		return "", err
	}
	return path.Join(prefix, rel), nil
}

func (r *runner) text(name string) []byte {
	for _, t := range r.trees {
		if text := t.Text(name); text != nil {
			return text
		}
	}
	return nil
}

// readVars reads the values that the user gives, the weakest first.
func (r *runner) readVars() error {
	for _, e := range r.config.Env {
		if name, value, ok := strings.Cut(e, "="); ok && strings.HasPrefix(name, "TF_VAR_") {
			r.env = append(r.env, graph.Var{Name: strings.TrimPrefix(name, "TF_VAR_"), Text: value, From: name})
		}
	}
	for _, v := range r.config.Vars {
		if v.File == "" {
			name, value, ok := strings.Cut(v.Assign, "=")
			if !ok {
				return fmt.Errorf("the variable %q is not NAME=VALUE", v.Assign)
			}
			r.vars = append(r.vars, graph.Var{Name: strings.TrimSpace(name), Text: value, From: "--var"})
			continue
		}
		place, err := r.place(v.File)
		if err != nil {
			return fmt.Errorf("%s: %w", v.File, err)
		}
		values, err := source.ReadVarFile(v.File, place)
		if err != nil {
			return err
		}
		for _, e := range values {
			r.vars = append(r.vars, graph.Var{Name: e.Name, Expr: e.Expr, At: e.At})
		}
	}
	return nil
}

// checkVars reports values for variables that no configuration has.
func (r *runner) checkVars(inputs []input) {
	declared := func(name string) bool {
		return slices.ContainsFunc(inputs, func(in input) bool {
			return in.tree == nil || in.tree.Module(in.dir).Variables[name] != nil
		})
	}
	for _, v := range r.vars {
		if declared(v.Name) {
			continue
		}
		n := Notice{Level: Warning, Summary: "Value for an undeclared variable", Detail: "No configuration has a variable " + v.Name + "."}
		if v.Expr != nil {
			n.At = v.At
		}
		r.result.Notices = append(r.result.Notices, n)
	}
}

// view is what the rules see of an input.
type view struct {
	in    input
	graph *graph.Graph
	// before is what is there before a plan; nil if nothing is known of it.
	before      *graph.Graph
	factsBefore []*fact.Ingress
	// locator finds places in the configuration of a plan; nil without.
	locator *locator
}

func (r *runner) view(ctx context.Context, in input) (*view, error) {
	if in.open == nil {
		auto, diags := in.tree.AutoVars(in.dir)
		r.notice(diags)
		vars := slices.Clone(r.env)
		for _, v := range auto {
			vars = append(vars, graph.Var{Name: v.Name, Expr: v.Expr, At: v.At})
		}
		inputs := graph.Inputs{Vars: append(vars, r.vars...), Workspace: r.config.Workspace}
		g, err := graph.FromConfig(in.tree, in.dir, inputs, func(_ graph.Mode, typ string) bool { return r.wanted[typ] })
		return &view{in: in, graph: g}, err
	}
	doc, err := in.open(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", in.name, err)
	}
	plan, err := source.ReadPlan(bufio.NewReaderSize(doc, 1<<16), func(_, typ string) bool { return r.wanted[typ] })
	if closeErr := doc.Close(); closeErr != nil {
		err = closeErr
	}
	if bad := (*source.PlanError)(nil); errors.As(err, &bad) {
		return nil, fmt.Errorf("%s:%w", in.name, err)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", in.name, err)
	}
	r.notice(planNotices(plan, in.file))
	v := &view{in: in, graph: graph.FromPlan(plan, in.file)}
	if plan.Kind == source.PlanKindPlan {
		v.before = graph.BeforePlan(plan, in.file)
	}
	v.locator, err = r.locator(in, plan, v.graph)
	return v, err
}

// planNotices says what a plan itself says that it lacks.
func planNotices(plan *source.Plan, file string) hcl.Diagnostics {
	var diags hcl.Diagnostics
	at := &hcl.Range{Filename: file, Start: hcl.InitialPos, End: hcl.InitialPos}
	if plan.Errored {
		diags = diags.Append(&hcl.Diagnostic{
			Severity: hcl.DiagError, Summary: "The plan failed",
			Detail: "Terraform stopped planning with an error, so changes may be missing.", Subject: at,
		})
	}
	if !plan.Complete {
		diags = diags.Append(&hcl.Diagnostic{
			Severity: hcl.DiagWarning, Summary: "The plan is not complete",
			Detail: "More plans are needed to reach the configuration; they were not analysed.", Subject: at,
		})
	}
	return diags
}

func (r *runner) notice(diags hcl.Diagnostics) {
	for _, d := range diags {
		n := Notice{Level: Warning, Summary: d.Summary, Detail: d.Detail}
		if d.Severity == hcl.DiagError {
			n.Level, n.Partial = Error, true
		}
		if d.Subject != nil {
			n.At = *d.Subject
		}
		r.result.Notices = append(r.result.Notices, n)
	}
}

// judge takes the facts from a graph and lets the rules judge them.
func (r *runner) judge(v *view) {
	g := v.graph
	r.result.Resources += len(g.Resources)
	facts, attachments := r.facts(g)
	r.result.Facts = append(r.result.Facts, facts...)
	exposures := map[string][]reach.Exposure{}
	for _, rule := range r.config.Rules {
		found, ok := exposures[rule.Port.Service]
		if !ok {
			found = reach.Judge(facts, rule.Port)
			exposures[rule.Port.Service] = found
			r.result.shadow(found)
		}
		findings := ask(&Pass{Rule: rule, Graph: g, Exposures: found, attachments: attachments, locator: v.locator})
		if v.before != nil {
			findings = compare(findings, ask(&Pass{Rule: rule, Graph: v.before, Exposures: r.exposuresBefore(v, rule.Port), locator: v.locator}))
		}
		for _, f := range findings {
			f.Inputs = []string{v.in.name}
			r.result.Findings = append(r.result.Findings, f)
		}
	}
}

// ask runs a rule and returns its findings.
func ask(p *Pass) []Finding {
	var findings []Finding
	p.report = func(f Finding) { findings = append(findings, f) }
	p.Rule.Run(p)
	return findings
}

// exposuresBefore judges what is there before a plan.
func (r *runner) exposuresBefore(v *view, port reach.Port) []reach.Exposure {
	if v.factsBefore == nil {
		v.factsBefore, _ = r.facts(v.before)
	}
	return reach.Judge(v.factsBefore, port)
}

// facts returns the ingress rules that resources, and calls of modules that aren't there, declare, and by the names of
// scopes what they guard.
func (r *runner) facts(g *graph.Graph) ([]*fact.Ingress, map[string][]fact.Attachment) {
	byType := map[string][]adapter.Adapter{}
	for _, a := range r.config.Adapters {
		for _, t := range a.Types {
			byType[t] = append(byType[t], a)
		}
	}
	var facts []*fact.Ingress
	attachments := map[string][]fact.Attachment{}
	for _, res := range g.Resources {
		if res.Addr.Mode != graph.Managed {
			continue
		}
		for _, a := range byType[res.Addr.Type] {
			if a.Ingress != nil {
				facts = append(facts, a.Ingress(g, res)...)
			}
			if a.Attachments == nil {
				continue
			}
			for _, to := range a.Attachments(g, res) {
				attachments[to.Scope] = append(attachments[to.Scope], to)
			}
		}
	}
	for _, to := range attachments {
		slices.SortStableFunc(to, func(a, b fact.Attachment) int { return a.Resource.Addr.Compare(b.Resource.Addr) })
	}
	return facts, attachments
}

// rulesOf returns the ingress rules that a resource declares.
func (r *runner) rulesOf(g *graph.Graph, res *graph.Resource) []*fact.Ingress {
	var rules []*fact.Ingress
	for _, a := range r.config.Adapters {
		if a.Ingress != nil && slices.Contains(a.Types, res.Addr.Type) {
			rules = append(rules, a.Ingress(g, res)...)
		}
	}
	return rules
}

// shadow keeps what other rules take all of.
func (r *Result) shadow(exposures []reach.Exposure) {
	for _, e := range exposures {
		for _, rule := range e.Shadowed {
			r.Shadowed = append(r.Shadowed, Shadowed{Rule: rule, Port: e.Port, By: e.Before(rule)})
		}
	}
}

// finish groups the findings that one block makes in several instances, and orders what is in the result.
func (r *Result) finish() {
	type key struct {
		rule    *Rule
		outcome Outcome
		at      hcl.Range
		block   hcl.Range
		opening string
		change  Change
	}
	groups := map[key]int{}
	var findings []Finding
	for _, f := range r.Findings {
		k := key{f.Rule, f.Outcome, f.At, f.Declared, f.Opening, f.Change}
		if i, ok := groups[k]; ok {
			findings[i].Resources = append(findings[i].Resources, f.Resources...)
			findings[i].Inputs = append(findings[i].Inputs, f.Inputs...)
			continue
		}
		groups[k] = len(findings)
		findings = append(findings, f)
	}
	for i := range findings {
		f := &findings[i]
		slices.SortFunc(f.Resources, graph.Address.Compare)
		f.Resources = slices.CompactFunc(f.Resources, func(a, b graph.Address) bool { return a.Compare(b) == 0 })
		slices.Sort(f.Inputs)
		f.Inputs = slices.Compact(f.Inputs)
	}
	slices.SortStableFunc(findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(b.Level, a.Level), cmp.Compare(a.Outcome, b.Outcome), comparePlaces(a.At, b.At),
			strings.Compare(a.Rule.ID, b.Rule.ID), a.Resources[0].Compare(b.Resources[0]))
	})
	r.Findings = findings
	slices.SortStableFunc(r.Notices, func(a, b Notice) int {
		return cmp.Or(comparePlaces(a.At, b.At), strings.Compare(a.Summary, b.Summary), strings.Compare(a.Detail, b.Detail))
	})
	r.Notices = slices.Compact(r.Notices)
}

func comparePlaces(a, b hcl.Range) int {
	return cmp.Or(strings.Compare(a.Filename, b.Filename), cmp.Compare(a.Start.Byte, b.Start.Byte), cmp.Compare(a.End.Byte, b.End.Byte))
}
