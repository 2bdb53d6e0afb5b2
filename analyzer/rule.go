package analyzer

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/config"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/reach"
)

// Rule asks one question of a configuration.
type Rule struct {
	// ID has lower-case words with dashes. It starts with the name of the service that the rule is about.
	ID string
	// Title is the answer "yes" to the rule's question, without a period: "FTP open to everyone".
	Title string
	// Summary is one sentence, at most 1024 characters.
	Summary string
	// Help is the rule's page in Markdown: what, why, how to fix with a before and an after, references.
	Help string
	// Page is the name of the rule's page if that isn't its ID, as for rules that the settings make.
	Page string
	// Level is the level of a finding that sets none.
	Level Level
	// Severity is the score, from 0.1 to 10.0, by which code scanning services rank findings.
	Severity float64
	// Tags are words to filter by, lower case.
	Tags []string
	// Equivalents are the IDs of other scanners' checks that ask the same about the same ports or about all ports. A comment
	// that suppresses one of them suppresses this rule, too.
	Equivalents []string
	// Port is the service that the rule judges.
	Port reach.Port
	// Run reports the rule's findings.
	Run func(*Pass)
}

// Pass is what a rule sees, and where it reports.
type Pass struct {
	Rule  *Rule
	Graph *graph.Graph
	// Exposures are the exposures of Rule.Port, one per scope, ordered by scope.
	Exposures []reach.Exposure
	// Reached are the endpoints with who reaches them at Rule.Port, ordered by cloud and address.
	Reached []reach.Reached
	// Settings are the repository's settings, or the default ones.
	Settings *config.Settings
	// TraceValues asks where the values of open rules are written; see [Finding.Written].
	TraceValues bool
	// Commented reports whether the configuration has comments that suppress findings; see [Finding.Besides].
	Commented func() bool

	behind  map[fact.ScopeID]*guarded
	servers *servers
	// networks and exposures compute what not every rule needs.
	networks    func() *Networks
	exposures   func(reach.Port) []reach.Exposure
	attachments map[fact.ScopeID][]fact.Attachment
	clouds      []read.Cloud
	kinds       *kinds
	locator     *locator
	findings    []Finding
	missed      []missed
}

// Attached returns the resources that a scope guards, ordered by address.
func (p *Pass) Attached(scope fact.Scope) []fact.Attachment { return p.attachments[scope.ScopeID] }

// Users returns, by name and in order, what uses a scope besides what is followed: resources of types that aren't read, calls
// of modules whose code isn't there, and outputs. known is false if that can't be told, as for a plan without its
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
	if scope.Selective {
		// The scope is a network; its machines refer to things inside it.
		inside, _ := p.Graph.Users(scope.Resource)
		for _, u := range inside {
			if r := p.Graph.AtAddress(u.Name); r != nil && p.kinds.linked[u.Type] && !slices.Contains(of, r) {
				of = append(of, r)
			}
		}
	}
	for _, r := range p.byDefault(scope) {
		users, _ := p.Graph.Users(r)
		for _, u := range users {
			if !strings.HasPrefix(u.Name, "output.") && !p.kinds.apart(u.Type) && !p.kinds.linked[u.Type] {
				names = append(names, u.Name)
			}
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

// byDefault returns the network whose machines a scope guards where they name none, with the subnets in it.
func (p *Pass) byDefault(scope fact.Scope) []*graph.Resource {
	attr := p.kinds.defaults[scope.Resource.Addr.Type]
	if attr == "" {
		return nil
	}
	var out []*graph.Resource
	targets, _ := p.Graph.Refer(scope.Resource.Attr(attr))
	for _, t := range targets {
		if t.Resource == nil {
			continue
		}
		out = append(out, t.Resource)
		users, _ := p.Graph.Users(t.Resource)
		for _, u := range users {
			if r := p.Graph.AtAddress(u.Name); r != nil && p.kinds.linked[u.Type] {
				out = append(out, r)
			}
		}
	}
	return out
}

// kinds sorts resource types by how they relate to resources that have rules.
type kinds struct {
	// follows are the types that declare or attach rules, or whose guards are followed. linked are the types that some way
	// follows, and through the types of [read.Cloud.Through].
	follows, linked, through map[string]bool
	// defaults has the attribute that names the network, for the types of [read.Cloud.Defaults].
	defaults map[string]string
	others   []string
}

func kindsOf(k *Analyst) *kinds {
	out := &kinds{follows: map[string]bool{}, linked: map[string]bool{}, through: map[string]bool{}, defaults: map[string]string{}, others: []string{"random_*", "time_*", "tls_*"}}
	for typ, adapters := range k.byType {
		for _, a := range adapters {
			if a.Ingress != nil && !a.Publishes || a.Outbound != nil || a.Attachments != nil {
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
		maps.Copy(out.defaults, c.Defaults)
		for _, typ := range c.Through {
			out.through[typ] = true
		}
	}
	return out
}

// apart reports whether a type that refers to resources with rules is either followed or never guarded by them.
func (k *kinds) apart(typ string) bool {
	if typ == "" {
		return false
	}
	return k.follows[typ] || slices.ContainsFunc(k.others, func(pattern string) bool {
		ok, err := path.Match(pattern, typ)
		return err == nil && ok
	})
}

// Networks returns what answers questions about what reaches what.
func (p *Pass) Networks() *Networks { return p.networks() }

// FTP returns the FTP endpoints, and the texts that may set some up, both in the order of their resources.
func (p *Pass) FTP() ([]fact.FTP, []fact.Unread) {
	return p.servers.endpoints, p.servers.unread
}

// ExposuresOf returns the exposures of another port, one per scope, ordered by scope.
func (p *Pass) ExposuresOf(port reach.Port) []reach.Exposure { return p.exposures(port) }

// Declared returns a rule of a plan as the configuration declares it, with the configuration's places; without a configuration,
// the rule itself. What the rule admits is always what the plan says.
func (p *Pass) Declared(rule *fact.Ingress) *fact.Ingress {
	if p.locator == nil {
		return rule
	}
	return p.locator.find(rule)
}

// WaysKnown reports whether the configuration tells if the internet reaches the machines behind a scope.
func (p *Pass) WaysKnown(scope fact.Scope) bool {
	return scope.Resource != nil && slices.ContainsFunc(p.clouds, func(c read.Cloud) bool {
		return slices.Contains(c.Guards, scope.Resource.Addr.Type)
	})
}

// Placed returns where the user wrote what a resource says at a range. For a plan with its configuration, that is the
// resource's block in the configuration.
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
