package analyzer

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// Rows are what the reports need of an Analysis: plain data that keeps nothing of its graph.
type Rows struct {
	input *Input
	// read says that there is a verdict, and lost that it is one on a part, or missing.
	read     bool
	lost     bool
	notices  []Notice
	at       folder
	findings []Finding
	before   []Finding
	shadowed []Shadowed
	declared Declared
	// resources counts the resource instances.
	resources int
	planned   bool
	// configured says that the configuration is known, moves are its moved blocks, and values are a plan's values for it.
	configured bool
	moves      graph.Moves
	values     map[string]cty.Value
}

// Rows returns what the reports need of the Analysis.
func (a *Analysis) Rows() Rows {
	r := Rows{
		input: a.Input, read: a.graph != nil, lost: a.lost, notices: a.covering.notices(a.notices), at: a.at,
		findings: a.covering.findings(a.findings), before: a.covering.findings(a.before),
		shadowed: a.covering.shadowed(a.shadowed), planned: a.planned, values: a.values,
	}
	if a.config != nil {
		r.configured, r.moves = true, a.config.Moves()
	}
	if a.graph == nil {
		return r
	}
	r.resources = len(a.graph.Resources)
	r.declared = Declared{Root: a.at.place(), Document: a.Input.document != nil}
	if a.keepRules {
		r.declared.Ingress = a.covering.ingress(ingressRows(a.evidence.ingress))
		r.declared.Egress = a.covering.ingress(ingressRows(a.evidence.egress))
	}
	same := shared{}
	for i := range r.findings {
		f := &r.findings[i]
		f.Inputs, f.blocks = []string{a.Input.place()}, a.blocks(&a.findings[i])
		same.texts(f)
	}
	for i := range r.before {
		r.before[i].Inputs = []string{a.Input.place()}
	}
	return r
}

// shared has one copy of each text.
type shared map[string]string

func (s shared) text(text *string) {
	first, ok := s[*text]
	if !ok {
		first = *text
		s[first] = first
	}
	*text = first
}

// texts lets a finding share its texts with others: those on one way tell the same of its hops.
func (s shared) texts(f *Finding) {
	for i := range f.Path {
		s.text(&f.Path[i].Name)
		s.text(&f.Path[i].Message)
	}
	for i := range f.Related {
		s.text(&f.Related[i].Message)
	}
	s.text(&f.Fix)
}

// blocks returns the places of the block of a finding's resource and of the module calls that lead to it.
func (a *Analysis) blocks(f *Finding) []hcl.Range {
	if a.config == nil {
		return nil
	}
	if r := a.config.Find(f.Resources[0]); r != nil {
		return append([]hcl.Range{r.Decl}, r.Calls...)
	}
	if m := a.config.FindMissing(f.Resources[0]); m != nil {
		return append([]hcl.Range{m.Decl}, m.Calls...)
	}
	return nil
}

// Declared are the rules for traffic that an input declares.
type Declared struct {
	// Root is the folder of the root module, as a name in places. Document says that the input is a plan or a state.
	Root     string
	Document bool
	// Ingress are the rules for what comes in, if Config.KeepRules asks for them, and Egress those for what goes out, whose Sources are whom it goes to.
	Ingress, Egress []*Ingress
}

// Ingress is a rule of a firewall as a result keeps it: what it says, and not what its values were read from.
type Ingress struct {
	// Resource is the address of the resource that declares the rule, Decl the place of its block, and Calls are those of
	// the module calls that lead to it, outermost first.
	Resource graph.Address
	Decl     hcl.Range
	Calls    []hcl.Range
	// At is the place of the nested block, or of the resource block, that declares the rule.
	At hcl.Range
	// Scope is what the rule belongs to, without its resource.
	Scope    fact.Scope
	Action   fact.Action
	Priority fact.Span
	// Targets narrow the rule, without the values that decide them.
	Targets fact.Targets
	// Traffic is what the rule matches; Protocols and Ports are what it may match.
	Traffic   netset.Bounds[netset.Traffic]
	Protocols netset.Protocols
	Ports     netset.Ports
	// Brief is what it may match in few words, without what is sensitive: tcp 20-30 from 0.0.0.0/0.
	Brief string
}

func ingressRow(i *fact.Ingress) *Ingress {
	out := &Ingress{
		Resource: i.Resource.Addr, Decl: i.Resource.Decl, Calls: i.Resource.Calls, At: i.At, Scope: i.Scope, Action: i.Action,
		Priority: i.Priority, Targets: i.Targets, Traffic: i.Traffic(), Protocols: i.Protocol.Set.May, Ports: i.Ports.Set.May,
		Brief: i.Brief(),
	}
	out.Scope.Resource, out.Targets.By = nil, nil
	return out
}

func ingressRows(rules []*fact.Ingress) []*Ingress {
	out := make([]*Ingress, len(rules))
	for i, rule := range rules {
		out[i] = ingressRow(rule)
	}
	return slices.Clip(out)
}
