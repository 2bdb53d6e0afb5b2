package analyzer

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/fault"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/reach"
	"github.com/tfreach/tfreach/analyzer/source/plan"
)

// Analysis is what one input says. It knows nothing of other inputs and doesn't change. It holds the input's whole graph,
// so a program that looks at many inputs keeps what it needs, such as [Analysis.Rows], and not the Analysis.
type Analysis struct {
	Input *Input
	// Reached are the endpoints, and the resources that publish ports themselves, with who reaches them: once for each port
	// that the rules judge.
	Reached []reach.Reached

	notices []Notice
	// err is that the input can't be read at all, or is wrongly given.
	err error
	// lost says that the verdict is missing, or is one on a part.
	lost bool
	// at is the root module's folder; empty if it isn't known.
	at folder
	// graph is nil if nothing was read, and links are those that make its edges.
	graph     *graph.Graph
	links     []graph.Link
	keepRules bool
	evidence  *evidence
	shadowed  []Shadowed
	findings  []Finding
	// planned says that the input is a plan, and before are the findings on what is there before it.
	planned bool
	before  []Finding
	// config is the graph of the configuration, and values are a plan's values for it; nil if there is none.
	config   *graph.Graph
	values   map[string]cty.Value
	locator  *locator
	covering covering
}

// Analyse judges an input. Whatever is only this input's, even that tfreach fails on it, is in the Analysis. It may be
// called for several inputs at once.
func Analyse(ctx context.Context, in *Input, k *Analyst) (a *Analysis) {
	a = newAnalysis(in)
	defer func() {
		if cause := recover(); cause != nil {
			a = newAnalysis(in)
			a.lose(fault.Diagnostic(cause, startOf(in.place())))
		}
	}()
	if ctx.Err() != nil {
		a.lose(outOfTime(ctx, in))
		return a
	}
	in.log.Debug("analyse")
	v, err := k.view(ctx, a)
	switch {
	case err != nil && ctx.Err() != nil:
		a.lose(outOfTime(ctx, in))
		return a
	case err != nil:
		if a.err = err; in.ref != "" {
			a.err = fmt.Errorf("%s at %s: %w", in.Name, in.ref, err)
		}
		return a
	}
	a.covering = newCovering(v.graph, v.before)
	a.answer(ctx, k, v)
	diags := v.graph.Diagnostics()
	if ctx.Err() != nil { // what the graph had no time for is a part of that
		diags = slices.DeleteFunc(slices.Clone(diags), func(d *hcl.Diagnostic) bool { return d.Summary == graph.OutOfTime })
		a.lose(outOfTime(ctx, in))
	}
	a.notice(diags)
	a.noticeModules(k, v.graph)
	a.log(v.graph)
	return a
}

// newAnalysis returns the Analysis of an input that isn't analysed yet.
func newAnalysis(in *Input) *Analysis {
	return &Analysis{Input: in, at: in.at, notices: slices.Clone(in.notices)}
}

// Notices are what there is to say about the analysis itself, in no order.
func (a *Analysis) Notices() []Notice { return a.notices }

// Topology returns the resource graph with its edges; nil if nothing was read.
func (a *Analysis) Topology() *graph.Topology {
	if a.graph == nil {
		return nil
	}
	return a.graph.Connect(a.links)
}

// Covered returns a text about the input, such as one with an address, with what looks like a secret covered, as it is in
// the result.
func (a *Analysis) Covered(text string) string { return a.covering.text(text) }

// Placed returns the place of what a resource says at a place; see [Pass.Placed].
func (a *Analysis) Placed(r *graph.Resource, at hcl.Range) hcl.Range { return a.locator.placed(r, at) }

// lose notes that the input, or a part of it, is not analysed.
func (a *Analysis) lose(why *hcl.Diagnostic) {
	a.Input.log.Debug("gave up", "why", why.Summary, "detail", why.Detail)
	a.lost = true
	a.notice(hcl.Diagnostics{why})
}

func (a *Analysis) notice(diags hcl.Diagnostics) { a.notices = append(a.notices, noticesOf(diags)...) }

// view is what the rules see of an input.
type view struct {
	graph *graph.Graph
	// before is what is there before a plan; nil if nothing is known of it.
	before *graph.Graph
}

// view builds the graphs of an input.
func (k *Analyst) view(ctx context.Context, a *Analysis) (view, error) {
	in := a.Input
	if in.document == nil {
		g, err := k.evaluate(ctx, in.at, in.values)
		a.config = g
		return view{graph: g}, err
	}
	doc, err := k.read(ctx, in)
	if err != nil {
		return view{}, err
	}
	a.notice(planNotices(doc, in.document.file))
	v := view{graph: graph.FromPlan(doc, in.document.file)}
	if doc.Kind == plan.KindPlan {
		a.planned = true
		v.before = graph.BeforePlan(doc, in.document.file)
	}
	if err := k.locate(ctx, a, doc, v.graph); err != nil {
		return v, err
	}
	if a.locator != nil {
		v.graph = graph.Refine(a.config, v.graph)
	}
	if a.locator == nil && doc.Config != nil {
		a.noticeProvisioners(doc)
	}
	return v, nil
}

// evaluate returns the graph of the configuration in a folder.
func (k *Analyst) evaluate(ctx context.Context, at folder, inputs graph.Inputs) (*graph.Graph, error) {
	inputs.Done = ctx.Done()
	return graph.FromConfig(at.tree, at.dir, inputs, func(mode graph.Mode, typ string) bool { return k.reads(mode == graph.Managed, typ) })
}

// answer takes the facts from the graphs and asks the rules.
func (a *Analysis) answer(ctx context.Context, k *Analyst, v view) {
	a.graph, a.links, a.keepRules = v.graph, k.links, k.keepRules
	a.evidence = k.evidence(v.graph)
	ingress := a.evidence.ingress
	var before *evidence
	if v.before != nil {
		before = k.evidence(v.before)
		a.evidence.ingress = withoutCopies(ingress, slices.Concat(ingress, before.ingress))
		before.ingress = withoutCopies(before.ingress, before.ingress)
	} else {
		a.evidence.ingress = withoutCopies(ingress, ingress)
	}
	now := k.ask(ctx, v.graph, a.evidence, a.locator)
	a.findings, a.Reached, a.shadowed = now.findings, now.reached, now.shadowed
	if v.before != nil {
		a.before = k.ask(ctx, v.before, before, a.locator.quiet()).findings
	}
}

// answers are what the rules say of a graph.
type answers struct {
	findings []Finding
	reached  []reach.Reached
	shadowed []Shadowed
}

// ask asks the rules about a graph.
func (k *Analyst) ask(ctx context.Context, g *graph.Graph, seen *evidence, l *locator) answers {
	type answer struct {
		exposures []reach.Exposure
		reached   []reach.Reached
		behind    map[fact.ScopeID]*guarded
	}
	var out answers
	services := map[string]answer{}
	walker := reach.NewWalker(seen.ingress, seen.egress)
	var found *servers
	for _, rule := range k.rules {
		if ctx.Err() != nil {
			break // Analyse says so
		}
		of, ok := services[rule.Port.Service]
		if !ok {
			of.exposures = reach.Judge(seen.ingress, rule.Port)
			for i := range seen.endpoints {
				of.reached = append(of.reached, walker.Walk(&seen.endpoints[i], rule.Port))
			}
			of.behind = behind(of.reached)
			services[rule.Port.Service] = of
			out.reached = slices.Concat(out.reached, of.reached, publishers(seen.ingress, of.exposures, rule.Port))
			out.shadowed = append(out.shadowed, shadowed(of.exposures)...)
		}
		pass := &Pass{
			Rule: rule, Graph: g, Settings: k.settings, TraceValues: k.traceValues, Exposures: of.exposures, Reached: of.reached,
			behind: of.behind, attachments: seen.attachments, clouds: k.known.Clouds, kinds: k.kinds, locator: l,
			servers: func() servers {
				if found == nil {
					all := k.servers(g, l)
					found = &all
				}
				return *found
			},
			exposures: func(port reach.Port) []reach.Exposure { return reach.Judge(seen.ingress, port) },
		}
		rule.Run(pass)
		out.findings = append(out.findings, pass.findings...)
	}
	return out
}

// shadowed returns the rules that others take all of.
func shadowed(exposures []reach.Exposure) []Shadowed {
	var out []Shadowed
	for _, e := range exposures {
		for _, rule := range e.Shadowed {
			out = append(out, Shadowed{Rule: ingressRow(rule), Port: e.Port, By: ingressRows(e.Before(rule))})
		}
	}
	return out
}

// noticeProvisioners says that resources of a plan without its configuration have provisioners: whether these run now, or
// when the resource is destroyed, and the scripts that they name, only the configuration tells.
func (a *Analysis) noticeProvisioners(doc *plan.Plan) {
	who := provisioned(doc.Config.Root, "")
	if len(who) == 0 {
		return
	}
	names := who[0]
	if more := len(who) - 1; more > 0 {
		names += fmt.Sprintf(" and %d more", more)
	}
	a.notices = append(a.notices, Notice{
		Level: Note, Summary: "A plan doesn't tell what provisioners do", At: startOf(a.Input.document.file),
		Detail: "Those of " + names + " were not read. Name the configuration with --source to have them read.",
	})
}

// noticeModules says of the modules that aren't there which are judged nevertheless.
func (a *Analysis) noticeModules(k *Analyst, g *graph.Graph) {
	for _, m := range g.Missing {
		if _, _, ok := read.Called(k.known.Modules, m.Source); !ok {
			continue
		}
		at := m.Attr("source").At
		for i := range a.notices {
			if n := &a.notices[i]; n.At == at && n.Level == Warning {
				n.Level, n.Summary = Note, "A module is judged by its arguments"
				n.Detail = fmt.Sprintf("The code of module %q (%s) is not here, but what it does with its arguments is known. Its "+
					"outputs are unknown. Run terraform init, or scan a plan, to judge its code.", m.Path[len(m.Path)-1].Name, m.Source)
			}
		}
	}
}

// log logs what was read of the input and what was decided.
func (a *Analysis) log(g *graph.Graph) {
	exposed, unknown := 0, 0
	for _, f := range a.findings {
		a.Input.log.Debug("decided", "rule", f.Rule.ID, "resources", a.covering.addresses(f.Resources), "exposed", f.Outcome == Exposed, "file", f.At.Filename, "line", f.At.Start.Line)
		if f.Outcome == Exposed {
			exposed++
		} else {
			unknown++
		}
	}
	a.Input.log.Debug("analysed", "resources", len(g.Resources), "exposed", exposed, "unknown", unknown, "notices", len(g.Diagnostics()))
}

// startOf is the place of what is wrong with a file or folder as a whole.
func startOf(name string) hcl.Range {
	return hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos}
}

// outOfTime says that an input, or a part of it, was not analysed because ctx ended.
func outOfTime(ctx context.Context, in *Input) *hcl.Diagnostic {
	at := startOf(in.place())
	d := &hcl.Diagnostic{
		Severity: hcl.DiagError, Summary: "The time is over", Detail: "There was no time to analyse all of this.", Subject: &at,
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		d.Summary, d.Detail = "Interrupted", "Not all of this was analysed."
	}
	return d
}

// unfinished says that a step of the run was not finished, by the error of its context.
func unfinished(err error) Notice {
	n := Notice{Level: Error, Partial: true, Summary: "The time is over", Detail: "Not all was looked at: " + err.Error() + "."}
	if errors.Is(err, context.Canceled) {
		n.Summary, n.Detail = "Interrupted", "Not all was looked at."
	}
	return n
}

func noticesOf(diags hcl.Diagnostics) []Notice {
	var out []Notice
	for _, d := range diags {
		n := Notice{Level: Warning, Summary: d.Summary, Detail: d.Detail}
		if d.Severity == hcl.DiagError {
			n.Level, n.Partial = Error, true
		}
		if d.Subject != nil {
			n.At = *d.Subject
		}
		out = append(out, n)
	}
	return out
}
