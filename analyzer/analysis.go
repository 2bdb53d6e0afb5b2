package analyzer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/fault"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/reach"
	"github.com/tfreach/tfreach/analyzer/source"
	"github.com/tfreach/tfreach/analyzer/source/plan"
)

// Analysis is the verdict on one input. It knows nothing of other inputs and doesn't change once it is made. It holds the
// input's whole graph; a program that looks at many inputs therefore keeps what it needs of each, such as [Analysis.Rows], and
// drops the Analysis.
type Analysis struct {
	Input *Input
	// Reached are the endpoints, and the resources that publish ports themselves, with who reaches them. There is one entry for
	// each port that the rules judge.
	Reached []reach.Reached

	notices []Notice
	// err is set if the input can't be read at all, or the user gave it wrongly.
	err error
	// lost is true if there is no verdict, or one that covers only a part of the input.
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
	networks  func() *Networks
	missed    []missed
	// planned is true for a plan. before are the findings on the state that the plan starts from.
	planned bool
	before  []Finding
	// config is the graph of the configuration that a plan was made from, and values are the plan's values for its variables.
	// config is nil if the configuration isn't known.
	config   *graph.Graph
	values   map[string]cty.Value
	locator  *locator
	covering covering
	// commented reports whether a file of config has comments that suppress findings.
	commented func() bool
}

// Analyse judges an input. Whatever goes wrong with this input alone, even a panic, is in the Analysis. Several inputs may be
// analysed at the same time.
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
	if ctx.Err() != nil { // which covers what the graph had no time for
		diags = slices.DeleteFunc(slices.Clone(diags), func(d *hcl.Diagnostic) bool { return d.Summary == graph.OutOfTime })
		a.lose(outOfTime(ctx, in))
	}
	a.notice(diags)
	a.noticeModules(k, v.graph)
	if ctx.Err() == nil {
		a.noticeEmpty(k, v.graph)
	}
	a.noticeAsides(k)
	a.noticeRefused()
	a.log(v.graph)
	return a
}

// newAnalysis returns the Analysis of an input that isn't analysed yet.
func newAnalysis(in *Input) *Analysis {
	a := &Analysis{Input: in, at: in.at, notices: slices.Clone(in.notices)}
	a.commented = commented(func() (*graph.Graph, *source.Tree) { return a.config, a.at.tree })
	return a
}

// Notices are what there is to say about the analysis itself, in no order.
func (a *Analysis) Notices() []Notice { return a.notices }

// Networks returns what answers questions about what reaches what; nil if nothing was read.
func (a *Analysis) Networks() *Networks {
	if a.networks == nil {
		return nil
	}
	return a.networks()
}

// Topology returns the resource graph with its edges; nil if nothing was read.
func (a *Analysis) Topology() *graph.Topology {
	if a.graph == nil {
		return nil
	}
	return a.graph.Connect(a.links)
}

// Covered returns a text about the input, such as one with an address, after it has covered what looks like a secret. The
// result covers its texts in the same way.
func (a *Analysis) Covered(text string) string { return a.covering.text(text) }

// Placed returns where the user wrote what a resource says at a range; see [Pass.Placed].
func (a *Analysis) Placed(r *graph.Resource, at hcl.Range) hcl.Range { return a.locator.placed(r, at) }

// lose notes that the input, or a part of it, is not analysed.
func (a *Analysis) lose(why *hcl.Diagnostic) {
	a.Input.log.Debug("gave up", "why", why.Summary, "detail", why.Detail)
	a.lost = true
	a.notice(hcl.Diagnostics{why})
}

func (a *Analysis) notice(diags hcl.Diagnostics) { a.notices = append(a.notices, noticesOf(diags)...) }

// noticeRefused says which sources of rules no cloud takes, so that they open nothing.
func (a *Analysis) noticeRefused() {
	type said struct {
		at   hcl.Range
		text string
	}
	seen := map[said]bool{}
	for _, rule := range a.evidence.ingress {
		for _, t := range rule.Sources {
			values, by := read.Refused(t)
			for _, v := range values {
				at := a.locator.placed(rule.Resource, v.At)
				text := "A sensitive value"
				if plain, _ := v.Text(); !v.Sensitive() {
					text = graph.Brief(plain)
				}
				if key := (said{at, text}); !seen[key] {
					seen[key] = true
					a.notice(hcl.Diagnostics{{
						Severity: hcl.DiagWarning, Summary: by + " refuses this source", Subject: &at,
						Detail: text + " isn't an address or a prefix, so it admits nobody.",
					}})
				}
			}
		}
	}
}

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
		at, values := in.at, in.values
		around := newGathering(k, in)
		if in.unit != nil {
			var diags hcl.Diagnostics
			at, values, diags = in.unit.resolve(ctx, around)
			a.notice(diags)
		}
		g, err := k.evaluate(ctx, at, around.around(ctx, in.variant, values))
		a.config = g
		return view{graph: g}, err
	}
	doc, err := k.read(ctx, in)
	if err != nil {
		return view{}, err
	}
	a.notice(planNotices(doc, in.document.file))
	v := view{graph: graph.FromPlan(doc, in.document.file, k.known.Instead...)}
	v.graph.Add(in.world.others())
	if doc.Kind == plan.KindPlan {
		a.planned = true
		v.before = graph.BeforePlan(doc, in.document.file, k.known.Instead...)
	}
	if err := k.locate(ctx, a, doc, v.graph); err != nil {
		return v, err
	}
	if a.locator != nil {
		v.graph = graph.Refine(a.config, v.graph)
	}
	v.graph.Owns(k.known.Parts)
	if v.before != nil {
		v.before.Owns(k.known.Parts)
	}
	if a.locator == nil && doc.Config != nil {
		a.noticeProvisioners(doc)
	}
	return v, nil
}

// evaluate returns the graph of the configuration in a folder.
func (k *Analyst) evaluate(ctx context.Context, at folder, inputs graph.Inputs) (*graph.Graph, error) {
	inputs.Done, inputs.Model = ctx.Done(), read.ModelOf(k.known.Modules)
	inputs.Reads = func(typ string) bool { return k.wanted[typ] }
	return graph.FromConfig(at.tree, at.dir, inputs, k.wants)
}

// wants reports whether resources of a type are read.
func (k *Analyst) wants(mode graph.Mode, typ string) bool { return k.reads(mode == graph.Managed, typ) }

// answer takes the facts from the graphs and asks the rules.
func (a *Analysis) answer(ctx context.Context, k *Analyst, v view) {
	a.graph, a.links, a.keepRules = v.graph, k.links, k.keepRules
	a.evidence = k.evidence(v.graph, a.config)
	a.evidence.set(k.servers(v.graph, a.locator))
	ingress := a.evidence.ingress
	if a.Input.document == nil {
		a.evidence.egress() // what can't be evaluated there is told, whether a way is asked about or not
	}
	var before *evidence
	if v.before != nil {
		before = k.evidence(v.before, nil)
		before.set(k.servers(v.before, a.locator.quiet()))
		a.evidence.ingress = withoutCopies(ingress, slices.Concat(ingress, before.ingress))
		before.ingress = withoutCopies(before.ingress, before.ingress)
	} else {
		a.evidence.ingress = withoutCopies(ingress, ingress)
	}
	now := k.ask(ctx, v.graph, a.evidence, a.locator, a.commented)
	a.findings, a.Reached, a.shadowed, a.networks = now.findings, now.reached, now.shadowed, now.networks
	a.missed = now.missed
	if v.before != nil {
		a.before = k.ask(ctx, v.before, before, a.locator.quiet(), a.commented).findings
	}
	for _, findings := range [][]Finding{a.findings, a.before} {
		for i := range findings {
			findings[i].Inputs, findings[i].Variants = []string{a.Input.place()}, a.Input.variants()
		}
	}
	if k.beyond {
		beyond(ctx, a.findings, a.networks)
	}
}

// answers are what the rules say of a graph.
type answers struct {
	findings []Finding
	reached  []reach.Reached
	shadowed []Shadowed
	networks func() *Networks
	missed   []missed
}

// ask asks the rules about a graph. commented is [Pass.Commented].
func (k *Analyst) ask(ctx context.Context, g *graph.Graph, seen *evidence, l *locator, commented func() bool) answers {
	type answer struct {
		exposures []reach.Exposure
		reached   []reach.Reached
		behind    map[fact.ScopeID]*guarded
	}
	var out answers
	services := map[string]answer{}
	walker := reach.NewWalker(seen.ingress, seen.egress)
	out.networks = sync.OnceValue(func() *Networks { return seen.networks(k, g, walker) })
	for _, rule := range k.rules {
		if ctx.Err() != nil {
			break // Analyse reports it
		}
		of, ok := services[rule.Port.Service]
		if !ok && rule.Port.Service != "" { // rules about no port ask about what they name
			of.exposures = reach.Judge(seen.ingress, rule.Port)
			for i := range seen.endpoints {
				of.reached = append(of.reached, walker.Walk(&seen.endpoints[i], rule.Port))
			}
			of.behind = behind(of.reached)
			services[rule.Port.Service] = of
			out.reached = slices.Concat(out.reached, own(of.reached), publishers(seen.ingress, of.exposures, rule.Port))
			out.shadowed = append(out.shadowed, shadowed(of.exposures)...)
		}
		pass := &Pass{
			Rule: rule, Graph: g, Settings: k.settings, TraceValues: k.traceValues, Commented: commented, Exposures: of.exposures, Reached: of.reached,
			behind: of.behind, attachments: seen.attachments, clouds: k.known.Clouds, kinds: k.kinds, locator: l, networks: out.networks,
			servers:   &seen.servers,
			exposures: func(port reach.Port) []reach.Exposure { return reach.Judge(seen.ingress, port) },
		}
		rule.Run(pass)
		out.missed = append(out.missed, pass.missed...)
		out.findings = append(out.findings, slices.DeleteFunc(pass.findings, func(f Finding) bool { return f.Resources[0].Elsewhere() })...)
	}
	return out
}

// own leaves out the endpoints of the rest of the world.
func own(reached []reach.Reached) []reach.Reached {
	return slices.DeleteFunc(slices.Clone(reached), func(r reach.Reached) bool { return r.Endpoint.Resource.Addr.Elsewhere() })
}

// shadowed returns the rules that never match, because earlier rules take all of their traffic.
func shadowed(exposures []reach.Exposure) []Shadowed {
	var out []Shadowed
	for _, e := range exposures {
		for _, rule := range e.Shadowed {
			if rule.Resource.Addr.Elsewhere() {
				continue
			}
			out = append(out, Shadowed{Rule: ingressRow(rule), Port: e.Port, By: ingressRows(e.Before(rule))})
		}
	}
	return out
}

// noticeProvisioners reports resources of a plan that have provisioners while the configuration isn't at hand. Only the
// configuration says whether a provisioner runs now or at destruction, and which scripts it names.
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

// noticeAsides names the resources whose texts aren't read, and tell of an FTP server.
func (a *Analysis) noticeAsides(k *Analyst) {
	if a.config == nil || k.known.Asides == nil || !slices.ContainsFunc(k.rules, func(r *Rule) bool { return r.Port.Service == "ftp" }) {
		return
	}
	unread := func(typ string) bool {
		return !slices.ContainsFunc(k.byType[typ], func(one read.Adapter) bool { return one.FTP != nil })
	}
	for _, aside := range k.known.Asides(a.config, unread) {
		what, does := "A resource that isn't read", "this type"
		if aside.Call {
			what, does = "A module that isn't installed", "the module"
		}
		a.notices = append(a.notices, Notice{
			Level: Note, Summary: what + " may set up an FTP server", At: aside.At,
			Detail: fmt.Sprintf("A text of %s tells of %s (%s). What %s does with it isn't known.", aside.Block, aside.Server, aside.Argument, does),
		})
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

// startOf returns the range that stands for a whole file or folder.
func startOf(name string) hcl.Range {
	return hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos}
}

// outOfTime reports that an input, or a part of it, was not analysed because ctx ended.
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

// unfinished reports a step of the run that did not finish, by the error of its context.
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
