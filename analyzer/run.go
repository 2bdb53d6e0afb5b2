package analyzer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/config"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/reach"
	"github.com/tfreach/tfreach/analyzer/secret"
	"github.com/tfreach/tfreach/analyzer/source"
	"github.com/tfreach/tfreach/analyzer/source/plan"
)

// Config says what to analyse and how.
type Config struct {
	// Paths are folders, configuration files (which stand for their folder), plans and states; "-" is a plan or state
	// on Stdin.
	Paths []string
	// Changed says that the paths are changed files, which need not exist any more: what is analysed are the root modules
	// that they belong to. See [source.Tree.RootsOf].
	Changed bool
	Stdin   io.Reader
	// Rules are asked in order.
	Rules []*Rule
	// Knowledge is what is known of clouds and modules.
	Knowledge read.Knowledge
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
	// Baseline is the path of a file that Result.WriteBaseline wrote; BaselineRef is a Git reference to a commit of the
	// configuration. At most one is set. All findings are compared with it, those of plans, too; without, those of a plan
	// are compared with what is there before it.
	Baseline, BaselineRef string
	// NewOnly leaves out all findings but new ones. It is an error to ask that of an input that there is nothing to
	// compare with.
	NewOnly bool
	// Settings are those of the repository, and SettingsFile is the path of the file that they are from, whose folder
	// their paths start at. Without Settings the default ones hold.
	Settings     *config.Settings
	SettingsFile string
	// Overlay are texts that stand for those of files, by their names in places: what to analyse instead of what is there.
	Overlay map[string][]byte
	// Today is the day of the analysis, which suppressions with an end are held against. If it is zero, they suppress
	// nothing.
	Today time.Time
	// CheckRule says what is wrong with the ID of a rule that a comment names and that is not one of Rules; nil accepts all.
	CheckRule func(id string) error
	// NoSuppressions says that comments suppress nothing; what is wrong with them isn't told either.
	NoSuppressions bool
	// Progress is told, before each input is analysed, how many of how many are, and the name of the input; it may be nil.
	Progress func(done, total int, name string)
	// Log is told what is read, skipped and decided, by names and never by values; nil discards it.
	Log *slog.Logger
}

// Var is a value for a root module variable, or a file of such values.
type Var struct {
	// Assign is NAME=VALUE; File is the path of a file. One of them is empty.
	Assign, File string
}

// Run analyses the paths. The error is non-nil if the configuration of the run is wrong or an input can't be read at
// all, or ctx was cancelled; what could be read only in part is in the notices of the result, also what was given up
// because the deadline of ctx passed, or because tfreach itself failed on it.
func Run(ctx context.Context, c Config) (*Result, error) {
	r := newRunner(ctx, c)
	defer r.close()
	inputs, err := r.inputs(ctx)
	if err != nil && !r.late(ctx, err) {
		return nil, err
	}
	if err := r.readVars(); err != nil {
		return nil, err
	}
	documents := r.readDocuments(ctx, inputs)
	defer documents.stop()
	for i, in := range inputs {
		if c.Progress != nil {
			c.Progress(i, len(inputs), in.name)
		}
		if err := r.analyse(ctx, in, func() (*plan.Plan, error) { return documents.take(i) }); err != nil {
			return nil, err
		}
	}
	r.checkVars(inputs)
	r.noticeComments()
	r.noticeSettings()
	if err := r.compare(ctx); err != nil {
		if !r.late(ctx, err) {
			return nil, err
		}
		r.result.Findings = nil
		for _, j := range r.judged {
			r.result.Findings = append(r.result.Findings, j.findings...)
		}
	}
	if err := ctx.Err(); errors.Is(err, context.Canceled) {
		return nil, err
	}
	r.result.text, r.result.trees = r.text, r.trees
	r.result.files, r.result.filesBefore = newCovered(r.text), newCovered(r.textBefore)
	r.result.files.learn(r.result.Findings, false)
	r.result.filesBefore.learn(r.result.Findings, true)
	r.result.NewOnly = c.NewOnly
	r.result.finish()
	return r.result, nil
}

// newRunner returns a runner that reads the types of resources that the configuration of the run asks for.
func newRunner(ctx context.Context, c Config) *runner {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	r := &runner{
		config: c, result: &Result{Rules: c.Rules, Inputs: c.Paths}, wanted: map[string]bool{}, done: ctx.Done(), unjudged: map[string]bool{},
	}
	r.comments = newComments(r.text, c.Today)
	if r.settings = c.Settings; r.settings == nil {
		r.settings = config.Default()
	}
	r.result.Rules, r.leftOut = configured(c.Rules, r.settings), map[hcl.Range]*Suppression{}
	r.result.Trusted = r.settings.Trusted
	for _, a := range c.Knowledge.Adapters {
		for _, t := range slices.Concat(a.Types, a.Reads) {
			r.wanted[t] = true
		}
	}
	for _, cloud := range c.Knowledge.Clouds {
		for _, t := range cloud.Reads {
			r.wanted[t] = true
		}
		for _, l := range cloud.Links {
			r.wanted[l.Type] = true
		}
	}
	return r
}

// runner is one run.
type runner struct {
	config Config
	result *Result
	wanted map[string]bool
	// done is closed when the time for the run is over.
	done <-chan struct{}
	// unjudged are the root modules, by their places, that there is no verdict on; the empty text stands for some that
	// aren't known.
	unjudged map[string]bool
	env      []graph.Var
	vars     []graph.Var
	trees    []*source.Tree
	stdin    bool // whether standard input is an input
	// folders are those that were searched for root modules.
	folders []folder
	judged  []judged
	// commits are the trees of the baseline's commit by the trees that they are of.
	commits  map[*source.Tree]*source.Tree
	comments *comments
	settings *config.Settings
	// settingsFile and settingsDir are the file of the settings and the folder that their paths start at, and named are the folders that the user named, by their names in places.
	settingsFile, settingsDir string
	named                     []string
	// leftOut are the suppressions by the settings.
	leftOut map[hcl.Range]*Suppression
	// baselineFile and baselineText are the name in places and the text of the baseline.
	baselineFile string
	baselineText []byte
}

func (r *runner) close() {
	for _, t := range r.commits {
		_ = t.Close() // it was only read from
	}
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

// place returns the name of the input in places; it is empty for standard input.
func (in *input) place() string {
	if in.open == nil {
		return in.tree.Place(in.dir)
	}
	return in.file
}

// inputs finds out what the paths are. A root module that several paths lie in is analysed once.
func (r *runner) inputs(ctx context.Context) ([]input, error) {
	if r.config.Changed {
		return r.changed(ctx, r.config.Paths)
	}
	var out []input
	for _, p := range r.config.Paths {
		found, err := r.input(ctx, p)
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
	if err := r.placeSettings(); err != nil {
		return nil, err
	}
	return r.withoutExcluded(out), nil
}

func (r *runner) input(ctx context.Context, name string) ([]input, error) {
	if name == "-" {
		if r.stdin {
			return nil, errors.New("standard input can be read only once")
		}
		r.stdin = true
		return []input{{name: "standard input", open: func(ctx context.Context) (io.ReadCloser, error) {
			return plan.ReadStream(ctx, r.config.Stdin), nil
		}}}, nil
	}
	kind, err := source.KindOf(name)
	if err != nil {
		return nil, err
	}
	if kind == source.KindStream {
		return []input{{name: name, open: func(ctx context.Context) (io.ReadCloser, error) {
			return plan.OpenStream(ctx, name), nil
		}}}, nil
	}
	if kind == source.KindDocument {
		file, err := r.place(name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return []input{{name: name, file: file, path: name, open: func(ctx context.Context) (io.ReadCloser, error) {
			return plan.Open(ctx, name)
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
	r.named = append(r.named, tree.Place(rel))
	roots, skipped := []string{rel}, 0
	if kind == source.KindFolder {
		var diags hcl.Diagnostics
		if roots, skipped, diags, err = tree.Roots(ctx, rel); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		r.notice(diags)
		r.config.Log.Debug("found the root modules", "path", name, "roots", roots, "skipped", skipped)
		r.folders = append(r.folders, folder{tree, rel})
	}
	if len(roots) == 0 {
		return nil, fmt.Errorf("%s: there are no Terraform files (.tf, .tofu, .tf.json, .tofu.json)", name)
	}
	r.skipped(tree, rel, skipped, "folders of examples or tests with Terraform files")
	return rootInputs(tree, roots), nil
}

// rootInputs returns the root modules in folders of a tree as inputs.
func rootInputs(tree *source.Tree, roots []string) []input {
	out := make([]input, len(roots))
	for i, root := range roots {
		out[i] = input{name: tree.Place(root), tree: tree, dir: root}
	}
	return out
}

// skipped says that a number of things in a folder were left out, if so.
func (r *runner) skipped(tree *source.Tree, dir string, n int, what string) {
	if n == 0 {
		return
	}
	r.result.Notices = append(r.result.Notices, Notice{
		Level: Note, Summary: "Examples and tests are not analysed",
		Detail: fmt.Sprintf("%d %s were left out. Scan them by name to analyse them.", n, what),
		At:     hcl.Range{Filename: tree.Place(dir), Start: hcl.InitialPos, End: hcl.InitialPos},
	})
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
	t.Overlay(r.config.Overlay)
	t.LogTo(r.config.Log)
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
	if name == r.baselineFile && r.baselineText != nil {
		return r.baselineText
	}
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
	before *graph.Graph
	// locator finds places in the configuration of a plan; nil without.
	locator *locator
	// values are those of a plan's variables.
	values map[string]cty.Value
}

// view builds the graphs of an input; document returns what it is if it is a document.
func (r *runner) view(in input, document func() (*plan.Plan, error)) (*view, error) {
	if in.open == nil {
		g, diags, err := r.evaluate(in.tree, in.dir)
		r.notice(diags)
		return &view{in: in, graph: g}, err
	}
	doc, err := document()
	if err != nil {
		return nil, err
	}
	r.notice(planNotices(doc, in.file))
	v := &view{in: in, graph: graph.FromPlan(doc, in.file), values: doc.Variables}
	if doc.Kind == plan.KindPlan {
		v.before = graph.BeforePlan(doc, in.file)
	}
	v.locator, err = r.locator(in, doc, v.graph)
	if v.locator == nil && doc.Config != nil {
		r.noticeProvisioners(doc, in.file)
	}
	return v, err
}

// noticeProvisioners says that resources of a plan without its configuration have provisioners: whether these run now, or
// when the resource is destroyed, and the scripts that they name, only the configuration tells.
func (r *runner) noticeProvisioners(doc *plan.Plan, file string) {
	who := provisioned(doc.Config.Root, "")
	if len(who) == 0 {
		return
	}
	names := who[0]
	if more := len(who) - 1; more > 0 {
		names += fmt.Sprintf(" and %d more", more)
	}
	r.result.Notices = append(r.result.Notices, Notice{
		Level: Note, Summary: "A plan doesn't tell what provisioners do", At: hcl.Range{Filename: file, Start: hcl.InitialPos, End: hcl.InitialPos},
		Detail: "Those of " + names + " were not read. Name the configuration with --source to have them read.",
	})
}

// provisioned returns the resources of a module and of those that it calls that have provisioners.
func provisioned(m *plan.Module, path string) []string {
	if m == nil {
		return nil
	}
	var out []string
	for _, b := range m.Resources {
		if b.Provisioned {
			out = append(out, path+b.Address)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(m.Calls)) {
		out = append(out, provisioned(m.Calls[name].Module, path+"module."+name+".")...)
	}
	return out
}

// evaluate returns the graph of the configuration in a folder of a tree, with what is wrong in the files of values there.
func (r *runner) evaluate(tree *source.Tree, dir string) (*graph.Graph, hcl.Diagnostics, error) {
	auto, diags := tree.AutoVars(dir)
	vars := slices.Clone(r.env)
	for _, v := range auto {
		vars = append(vars, graph.Var{Name: v.Name, Expr: v.Expr, At: v.At})
	}
	inputs := graph.Inputs{Vars: append(vars, r.vars...), Workspace: r.config.Workspace, Done: r.done}
	g, err := graph.FromConfig(tree, dir, inputs, func(_ graph.Mode, typ string) bool { return r.wanted[typ] })
	return g, diags, err
}

// planNotices says what a plan itself says that it lacks.
func planNotices(doc *plan.Plan, file string) hcl.Diagnostics {
	var diags hcl.Diagnostics
	at := &hcl.Range{Filename: file, Start: hcl.InitialPos, End: hcl.InitialPos}
	if doc.Errored {
		diags = diags.Append(&hcl.Diagnostic{
			Severity: hcl.DiagError, Summary: "The plan failed",
			Detail: "Terraform stopped planning with an error, so changes may be missing.", Subject: at,
		})
	}
	if doc.Kind == plan.KindPlan && len(doc.Resources) > 0 && (doc.Config == nil || doc.Config.Root == nil) {
		diags = diags.Append(&hcl.Diagnostic{
			Severity: hcl.DiagError, Summary: "The plan has no configuration",
			Detail: "Its section configuration is missing, so what belongs together isn't known.", Subject: at,
		})
	}
	if !doc.Complete {
		diags = diags.Append(&hcl.Diagnostic{
			Severity: hcl.DiagWarning, Summary: "The plan is not complete",
			Detail: "More plans are needed to reach the configuration; they were not analysed.", Subject: at,
		})
	}
	return diags
}

// noticeModules says of the modules that aren't there which are judged nevertheless.
func (r *runner) noticeModules(g *graph.Graph) {
	for _, m := range g.Missing {
		if _, _, ok := read.Called(r.config.Knowledge.Modules, m.Source); !ok {
			continue
		}
		at := m.Attr("source").At
		for i := range r.result.Notices {
			if n := &r.result.Notices[i]; n.At == at && n.Level == Warning {
				n.Level, n.Summary = Note, "A module is judged by its arguments"
				n.Detail = fmt.Sprintf("The code of module %q (%s) is not here, but what it does with its arguments is known. Its "+
					"outputs are unknown. Run terraform init, or scan a plan, to judge its code.", m.Path[len(m.Path)-1].Name, m.Source)
			}
		}
	}
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

// judged is the findings on one input, each of one instance.
type judged struct {
	in input
	// at is the root module's folder, and root its name in places; empty if they aren't known.
	at       folder
	root     string
	findings []Finding
	// before are the findings on what is there before a plan; planned says that the input is one.
	before  []Finding
	planned bool
	// config is the graph of the configuration, and values are a plan's values for it; nil if there is none.
	config *graph.Graph
	values map[string]cty.Value
}

// judge takes the facts from a graph and lets the rules judge them.
func (r *runner) judge(v *view) {
	r.result.Resources += len(v.graph.Resources)
	seen := r.see(v.graph)
	var before *evidence
	if v.before != nil {
		before = r.see(v.before)
		seen.rules = withoutCopies(seen.rules, slices.Concat(seen.rules, before.rules))
		before.rules = withoutCopies(before.rules, before.rules)
	} else {
		seen.rules = withoutCopies(seen.rules, seen.rules)
	}
	r.result.Facts = append(r.result.Facts, seen.rules...)
	j := judged{in: v.in, planned: v.before != nil}
	switch {
	case v.locator != nil:
		j.at, j.config, j.values = v.locator.at, v.locator.graph, v.values
	case v.in.open == nil:
		j.at, j.config = folder{v.in.tree, v.in.dir}, v.graph
	}
	if j.at.tree != nil {
		j.root = j.at.tree.Place(j.at.dir)
	}
	r.result.Judged = append(r.result.Judged, Judged{
		Root: j.root, Document: v.in.open != nil, Rules: seen.rules, Replies: seen.replies,
	})
	j.findings = r.findings(v.graph, seen, v.locator, r.result.shadow)
	if !r.config.NoSuppressions {
		r.comments.suppress(j.findings, j.config)
	}
	r.adjust(j.findings)
	if v.before != nil {
		j.before = r.findings(v.before, before, v.locator.quiet(), func([]reach.Exposure) {})
	}
	for i := range j.findings {
		j.findings[i].Inputs = []string{v.in.place()}
	}
	for i := range j.before {
		j.before[i].Inputs = []string{v.in.place()}
	}
	r.judged = append(r.judged, j)
}

// findings lets the rules judge a graph. It tells shadow the exposures of each port.
func (r *runner) findings(g *graph.Graph, seen *evidence, l *locator, shadow func([]reach.Exposure)) []Finding {
	type judgedPort struct {
		exposures []reach.Exposure
		reached   []reach.Reached
		behind    map[scopeName]*guarded
	}
	ports := map[string]judgedPort{}
	walker := reach.NewWalker(seen.rules, seen.replies)
	ftp := sync.OnceValue(func() ftpEvidence { return r.seeFTP(g, l) })
	judge := func(port reach.Port) []reach.Exposure { return reach.Judge(seen.rules, port) }
	var out []Finding
	for _, rule := range r.result.Rules {
		if r.stopped() {
			break // analyse says so
		}
		found, ok := ports[rule.Port.Service]
		if !ok {
			found.exposures = reach.Judge(seen.rules, rule.Port)
			for i := range seen.endpoints {
				found.reached = append(found.reached, walker.Walk(&seen.endpoints[i], rule.Port))
			}
			found.behind = behind(found.reached)
			ports[rule.Port.Service] = found
			shadow(found.exposures)
		}
		out = append(out, ask(&Pass{
			Rule: rule, Graph: g, Settings: r.settings, Exposures: found.exposures, Reached: found.reached, behind: found.behind,
			attachments: seen.attachments, clouds: r.config.Knowledge.Clouds, locator: l, ftp: ftp, judge: judge,
		})...)
	}
	return out
}

// ask runs a rule and returns its findings.
func ask(p *Pass) []Finding {
	var findings []Finding
	p.report = func(f Finding) {
		for i := range f.Decides {
			// It may be the text of an expression.
			f.Decides[i].Name = secret.Redact(f.Decides[i].Name)
		}
		findings = append(findings, f)
	}
	p.Rule.Run(p)
	return findings
}

// evidence is what the rules judge a graph by.
type evidence struct {
	// rules are the ingress rules that resources, and calls of modules that aren't there, declare.
	rules []*fact.Ingress
	// replies are the rules for what goes out.
	replies []*fact.Ingress
	// attachments are what scopes guard, by their names.
	attachments map[string][]fact.Attachment
	endpoints   []fact.Endpoint
}

// see takes the facts from a graph.
func (r *runner) see(g *graph.Graph) *evidence {
	byType := map[string][]read.Adapter{}
	for _, a := range r.config.Knowledge.Adapters {
		for _, t := range a.Types {
			byType[t] = append(byType[t], a)
		}
	}
	e := &evidence{attachments: map[string][]fact.Attachment{}}
	for _, res := range g.Resources {
		if res.Addr.Mode != graph.Managed {
			continue
		}
		for _, a := range byType[res.Addr.Type] {
			if a.Ingress != nil {
				e.rules = append(e.rules, a.Ingress(g, res)...)
			}
			if a.Outbound != nil {
				e.replies = append(e.replies, a.Outbound(g, res)...)
			}
			if a.Attachments == nil {
				continue
			}
			for _, to := range a.Attachments(g, res) {
				e.attachments[to.Scope] = append(e.attachments[to.Scope], to)
			}
		}
	}
	for _, m := range g.Missing {
		if module, sub, ok := read.Called(r.config.Knowledge.Modules, m.Source); ok {
			e.rules = append(e.rules, module.Ingress(g, m, sub)...)
		}
	}
	for _, to := range e.attachments {
		slices.SortStableFunc(to, func(a, b fact.Attachment) int { return a.Resource.Addr.Compare(b.Resource.Addr) })
	}
	for _, c := range r.config.Knowledge.Clouds {
		e.endpoints = append(e.endpoints, c.Endpoints(g.Connect(c.Links))...)
	}
	return e
}

// rulesOf returns the ingress rules that a resource declares.
func (r *runner) rulesOf(g *graph.Graph, res *graph.Resource) []*fact.Ingress {
	var rules []*fact.Ingress
	for _, a := range r.config.Knowledge.Adapters {
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
		rule     *Rule
		outcome  Outcome
		at       hcl.Range
		block    hcl.Range
		opening  string
		change   Change
		exposed  Exposure
		accepted *Suppression
	}
	groups := map[key]int{}
	var findings []Finding
	for _, f := range r.Findings {
		k := key{f.Rule, f.Outcome, f.At, f.Declared, f.Opening, f.Change, f.Exposure, f.Suppression}
		if i, ok := groups[k]; ok {
			findings[i].Resources = append(findings[i].Resources, f.Resources...)
			findings[i].Inputs = append(findings[i].Inputs, f.Inputs...)
			findings[i].Decides = append(slices.Clip(findings[i].Decides), f.Decides...)
			continue
		}
		groups[k] = len(findings)
		findings = append(findings, f)
	}
	for i := range findings {
		if findings[i].Suppression == nil {
			r.Changes.count(&findings[i])
		}
	}
	if r.NewOnly {
		findings = slices.DeleteFunc(findings, func(f Finding) bool { return f.Change != New })
	}
	for i := range findings {
		f := &findings[i]
		slices.SortFunc(f.Resources, graph.Address.Compare)
		f.Resources = slices.CompactFunc(f.Resources, func(a, b graph.Address) bool { return a.Compare(b) == 0 })
		slices.Sort(f.Inputs)
		f.Inputs = slices.Compact(f.Inputs)
		seen := map[graph.Origin]bool{}
		f.Decides = slices.DeleteFunc(f.Decides, func(o graph.Origin) bool {
			was := seen[o]
			seen[o] = true
			return was
		})
	}
	slices.SortStableFunc(findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(b.Level, a.Level), cmp.Compare(a.Outcome, b.Outcome), cmp.Compare(a.Exposure, b.Exposure), comparePlaces(a.At, b.At),
			strings.Compare(a.Rule.ID, b.Rule.ID), a.Resources[0].Compare(b.Resources[0]))
	})
	r.Findings, r.Suppressed = nil, nil
	for _, f := range findings {
		if f.Suppression != nil {
			r.Suppressed = append(r.Suppressed, f)
		} else {
			r.Findings = append(r.Findings, f)
		}
	}
	slices.SortStableFunc(r.Notices, func(a, b Notice) int {
		return cmp.Or(comparePlaces(a.At, b.At), strings.Compare(a.Summary, b.Summary), strings.Compare(a.Detail, b.Detail))
	})
	r.Notices = slices.Compact(r.Notices)
}

func comparePlaces(a, b hcl.Range) int {
	return cmp.Or(strings.Compare(a.Filename, b.Filename), cmp.Compare(a.Start.Byte, b.Start.Byte), cmp.Compare(a.End.Byte, b.End.Byte))
}
