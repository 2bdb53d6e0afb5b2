package analyzer

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
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
	// Variables are values of root module variables, each NAME=VALUE.
	Variables []string
	// VarFiles are the paths of files with such values. Variables go before them, and later files before earlier ones.
	VarFiles []string
	// Workspace is the value of terraform.workspace, which is unknown if it is empty.
	Workspace string
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
	if err := r.readVariables(); err != nil {
		return nil, err
	}
	inputs, err := r.inputs()
	if err != nil {
		return nil, err
	}
	for _, in := range inputs {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		g, diags, err := r.graph(ctx, in)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", in.name, err)
		}
		r.notice(diags)
		r.judge(g)
	}
	r.result.files = r.text
	r.result.finish()
	return r.result, nil
}

// runner is one run.
type runner struct {
	config Config
	result *Result
	wanted map[string]bool
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
	name string // as the user gave it
	tree *source.Tree
	dir  string // in tree; for a configuration
	open func(context.Context) (io.ReadCloser, error)
	file string // the name of the document in places
}

// inputs finds out what the paths are. A root module that several paths lie in is analysed once.
func (r *runner) inputs() ([]input, error) {
	var out []input
	for _, p := range r.config.Paths {
		in, err := r.input(p)
		if err != nil {
			return nil, err
		}
		same := func(o input) bool { return in.open == nil && o.open == nil && o.tree == in.tree && o.dir == in.dir }
		if !slices.ContainsFunc(out, same) {
			out = append(out, in)
		}
	}
	return out, nil
}

func (r *runner) input(name string) (input, error) {
	if name == "-" {
		return input{name: "standard input", file: "stdin.json", open: func(context.Context) (io.ReadCloser, error) {
			return io.NopCloser(r.config.Stdin), nil
		}}, nil
	}
	kind, err := source.KindOf(name)
	if err != nil {
		return input{}, err
	}
	if kind == source.KindDocument {
		return input{name: name, file: r.place(name), open: func(ctx context.Context) (io.ReadCloser, error) {
			return source.OpenDocument(ctx, name)
		}}, nil
	}
	dir := name
	if kind == source.KindConfigFile {
		dir = filepath.Dir(name)
	}
	tree, err := r.tree(dir)
	if err != nil {
		return input{}, fmt.Errorf("%s: %w", name, err)
	}
	rel, ok := tree.Rel(dir)
	if !ok {
		return input{}, fmt.Errorf("%s: it can't be found in %s", name, tree.Path())
	}
	if len(tree.Module(rel).Files) == 0 {
		return input{}, fmt.Errorf("%s: there are no Terraform files (.tf, .tf.json)", name)
	}
	return input{name: name, tree: tree, dir: rel}, nil
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
	t, err := source.OpenTree(root)
	if err != nil {
		return nil, err
	}
	r.trees = append(r.trees, t)
	if r.result.Root == "" {
		r.result.Root = root
	}
	return t, nil
}

// place returns the name of a document in places: relative to the root that it lies in.
func (r *runner) place(name string) string {
	root, err := source.FindRoot(filepath.Dir(name))
	if err == nil {
		if t, err := source.OpenTree(root); err == nil {
			defer t.Close()
			if rel, ok := t.Rel(name); ok {
				if r.result.Root == "" {
					r.result.Root = root
				}
				return rel
			}
		}
	}
	return filepath.ToSlash(filepath.Base(name))
}

func (r *runner) text(name string) []byte {
	for _, t := range r.trees {
		if text := t.Text(name); text != nil {
			return text
		}
	}
	return nil
}

// readVariables reads the values that the user gives, the weakest first.
func (r *runner) readVariables() error {
	for _, name := range r.config.VarFiles {
		exprs, diags := source.ReadVarFile(name)
		if diags.HasErrors() {
			return diags
		}
		for _, e := range exprs {
			r.vars = append(r.vars, graph.Var{Name: e.Name, Expr: e.Expr})
		}
	}
	for _, v := range r.config.Variables {
		name, value, ok := strings.Cut(v, "=")
		if !ok {
			return fmt.Errorf("the variable %q is not NAME=VALUE", v)
		}
		r.vars = append(r.vars, graph.Var{Name: strings.TrimSpace(name), Text: value, From: "--var"})
	}
	return nil
}

func (r *runner) graph(ctx context.Context, in input) (*graph.Graph, hcl.Diagnostics, error) {
	wanted := func(_ graph.Mode, typ string) bool { return r.wanted[typ] }
	if in.open == nil {
		inputs := graph.Inputs{Vars: r.vars, Workspace: r.config.Workspace}
		g, diags := graph.FromConfig(in.tree, in.dir, inputs, wanted)
		return g, diags, nil
	}
	doc, err := in.open(ctx)
	if err != nil {
		return nil, nil, err
	}
	plan, err := source.ReadPlan(bufio.NewReaderSize(doc, 1<<16), func(_, typ string) bool { return r.wanted[typ] })
	if closeErr := doc.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return nil, nil, err
	}
	g, diags := graph.FromPlan(plan, in.file)
	return g, append(diags, planNotices(plan, in.file)...), nil
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
func (r *runner) judge(g *graph.Graph) {
	r.result.Resources += len(g.Resources)
	facts := r.facts(g)
	r.result.Facts = append(r.result.Facts, facts...)
	exposures := map[string][]reach.Exposure{}
	for _, rule := range r.config.Rules {
		found, ok := exposures[rule.Port.Service]
		if !ok {
			found = reach.Judge(facts, rule.Port)
			exposures[rule.Port.Service] = found
		}
		rule.Run(&Pass{Rule: rule, Graph: g, Exposures: found, report: func(f Finding) {
			r.result.Findings = append(r.result.Findings, f)
		}})
	}
}

func (r *runner) facts(g *graph.Graph) []*fact.Ingress {
	byType := map[string]adapter.Adapter{}
	for _, a := range r.config.Adapters {
		for _, t := range a.Types {
			byType[t] = a
		}
	}
	var facts []*fact.Ingress
	for _, res := range g.Resources {
		if a, ok := byType[res.Addr.Type]; ok && res.Addr.Mode == graph.Managed {
			facts = append(facts, a.Ingress(g, res)...)
		}
	}
	return facts
}

// finish groups the findings that one block makes in several instances, and orders what is in the result.
func (r *Result) finish() {
	type key struct {
		rule    *Rule
		outcome Outcome
		at      hcl.Range
		opening string
	}
	groups := map[key]int{}
	var findings []Finding
	for _, f := range r.Findings {
		k := key{f.Rule, f.Outcome, f.At, f.Opening}
		if i, ok := groups[k]; ok {
			findings[i].Resources = append(findings[i].Resources, f.Resources...)
			continue
		}
		groups[k] = len(findings)
		findings = append(findings, f)
	}
	for i := range findings {
		slices.SortFunc(findings[i].Resources, graph.Address.Compare)
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
