package analyzer

import (
	"path"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/config"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/reach"
)

// Rule asks one question of the exposures in a configuration.
type Rule struct {
	// ID is lower case words with dashes; it starts with the name of the service that it is about.
	ID string
	// Title is the question's answer if it is yes, without a period: "FTP open to everyone".
	Title string
	// Summary is one sentence, at most 1024 characters.
	Summary string
	// Help is the rule's page in Markdown: what, why, how to fix with a before and an after, references.
	Help string
	// Level is the level of the rule's findings, unless one says otherwise.
	Level Level
	// Severity is the score from 0.1 to 10.0 that code scanning services rank by.
	Severity float64
	// Tags are words to filter by, lower case.
	Tags []string
	// Equivalents are the IDs of other scanners' checks that ask the same of the same ports, or of all ports. A comment that
	// suppresses one of them suppresses this rule, too.
	Equivalents []string
	// Port is what the rule judges.
	Port reach.Port
	// Run reports the rule's findings.
	Run func(*Pass)
}

// Pass is what a rule gets to see, and where it reports.
type Pass struct {
	Rule  *Rule
	Graph *graph.Graph
	// Exposures are those of Rule.Port, one per scope, ordered by scope.
	Exposures []reach.Exposure
	// Reached are the endpoints with who reaches Rule.Port of them, ordered by cloud and address.
	Reached []reach.Reached
	// Settings are those of the repository, or the default ones.
	Settings *config.Settings
	// TraceValues asks where the values of open rules are written; see [Finding.Written].
	TraceValues bool

	behind map[fact.ScopeID]*guarded
	// servers and exposures are asked for when a rule needs them.
	servers     func() servers
	exposures   func(reach.Port) []reach.Exposure
	attachments map[fact.ScopeID][]fact.Attachment
	clouds      []read.Cloud
	kinds       *kinds
	locator     *locator
	findings    []Finding
}

// Attached returns what a scope guards, ordered by address.
func (p *Pass) Attached(scope fact.Scope) []fact.Attachment { return p.attachments[scope.ScopeID] }

// Users returns what else uses a scope than what is followed: resources of types that aren't read, calls of modules whose
// code isn't there, and outputs, each by its name, in order. Known is false if nothing tells: of a plan without its
// configuration.
func (p *Pass) Users(scope fact.Scope) (names []string, known bool) {
	if scope.Resource == nil {
		return nil, true
	}
	of := []*graph.Resource{scope.Resource}
	add := func(r *graph.Resource) {
		if r != nil && p.kinds.through[r.Addr.Type] && !slices.Contains(of, r) {
			of = append(of, r)
		}
	}
	for _, a := range p.Attached(scope) {
		add(a.Resource)
	}
	for _, r := range p.Behind(scope) {
		add(r.Endpoint.Resource)
		for _, part := range r.Endpoint.Parts {
			add(part)
		}
	}
	known = true
	for i, r := range of {
		users, told := p.Graph.Users(r)
		known = known && told
		for _, u := range users {
			if !p.kinds.apart(u.Type) && (i == 0 || !p.kinds.linked[u.Type]) {
				names = append(names, u.Name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names), known
}

// kinds says what resources of a type are to those that have rules.
type kinds struct {
	// follows are the types that declare rules, or attach them, or whose guards are followed; linked those that any way
	// follows, and through those of [read.Cloud.Through].
	follows, linked, through map[string]bool
	others                   []string
}

func kindsOf(k *Analyst) *kinds {
	out := &kinds{follows: map[string]bool{}, linked: map[string]bool{}, through: map[string]bool{}, others: []string{"random_*", "time_*", "tls_*"}}
	for typ, adapters := range k.byType {
		for _, a := range adapters {
			if a.Ingress != nil || a.Outbound != nil || a.Attachments != nil {
				out.follows[typ], out.linked[typ] = true, true
			}
		}
	}
	for _, l := range k.links {
		out.linked[l.Type] = true
		out.follows[l.Type] = out.follows[l.Type] || l.Kind == graph.FilteredBy || l.Kind == graph.InNetwork
	}
	for _, c := range k.known.Clouds {
		out.others = append(out.others, c.Apart...)
		for _, typ := range c.Through {
			out.through[typ] = true
		}
	}
	return out
}

// apart says whether a resource of a type that refers to one with rules is followed, or is nothing that these guard.
func (k *kinds) apart(typ string) bool {
	if typ == "" {
		return false
	}
	return k.follows[typ] || slices.ContainsFunc(k.others, func(pattern string) bool {
		ok, err := path.Match(pattern, typ)
		return err == nil && ok
	})
}

// FTP returns the FTP endpoints, and the texts that may set some up, in the order of their resources.
func (p *Pass) FTP() ([]fact.FTP, []fact.Unread) {
	e := p.servers()
	return e.endpoints, e.unread
}

// ExposuresOf returns the exposures of another port, one per scope, ordered by scope.
func (p *Pass) ExposuresOf(port reach.Port) []reach.Exposure { return p.exposures(port) }

// Declared returns a rule as it is declared: for a rule of a plan whose configuration is at hand as the configuration
// has it, with its places. What the rule means is that of the plan.
func (p *Pass) Declared(rule *fact.Ingress) *fact.Ingress {
	if p.locator == nil {
		return rule
	}
	return p.locator.find(rule)
}

// WaysKnown says that it is known of a scope whether machines behind it are reached, as far as the configuration tells.
func (p *Pass) WaysKnown(scope fact.Scope) bool {
	return scope.Resource != nil && slices.ContainsFunc(p.clouds, func(c read.Cloud) bool {
		return slices.Contains(c.Guards, scope.Resource.Addr.Type)
	})
}

// Placed returns the place of what a resource says at a place: for a resource of a plan whose configuration is at hand
// that of its block there.
func (p *Pass) Placed(r *graph.Resource, at hcl.Range) hcl.Range { return p.locator.placed(r, at) }

// Report adds a finding. It fills in the rule and its level where they are not set.
func (p *Pass) Report(f Finding) {
	f.Rule = p.Rule
	f.Change = Uncompared
	if f.Exposure == 0 {
		f.Exposure = NotAsked
	}
	if f.Level == 0 {
		f.Level = p.Rule.Level
	}
	p.findings = append(p.findings, f)
}
