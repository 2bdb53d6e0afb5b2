package analyzer

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// Rows are what reports need of an Analysis: plain data that keeps nothing of its graph.
type Rows struct {
	input *Input
	// read is true if there is a verdict. lost is true if there is none, or one that covers only a part.
	read     bool
	lost     bool
	notices  []Notice
	at       folder
	findings []Finding
	before   []Finding
	shadowed []Shadowed
	missed   []missed
	declared Declared
	// resources counts the resource instances.
	resources int
	planned   bool
	// configured is true if the configuration is known. moves are its moved blocks, and values are a plan's values for its
	// variables.
	configured bool
	moves      graph.Moves
	values     map[string]cty.Value
}

// Rows returns what the reports need of the Analysis.
func (a *Analysis) Rows() Rows {
	r := Rows{
		input: a.Input, read: a.graph != nil, lost: a.lost, notices: a.covering.notices(a.notices), at: a.at,
		findings: a.covering.findings(a.findings), before: a.covering.findings(a.before),
		shadowed: a.covering.shadowed(a.shadowed), planned: a.planned, values: a.values, missed: a.missed,
	}
	if a.config != nil {
		r.configured, r.moves = true, a.config.Moves()
	}
	if a.graph == nil {
		return r
	}
	for _, res := range a.graph.Resources {
		if !res.Addr.Elsewhere() {
			r.resources++
		}
	}
	r.declared = Declared{Root: a.at.place(), Document: a.Input.document != nil}
	if a.keepRules {
		r.declared.Ingress = a.covering.ingress(ingressRows(a.evidence.ingress))
		r.declared.Egress = a.covering.ingress(ingressRows(a.evidence.egress()))
	}
	same := shared{}
	for i := range r.findings {
		f := &r.findings[i]
		f.blocks, f.made = a.blocks(&a.findings[i])
		same.texts(f)
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

// texts replaces the finding's texts by shared copies. Findings on one way say the same of its hops.
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

// blocks returns where the block of a finding's resource begins, with the module calls that lead to it, and where the elements
// are that make it, if a comment may be about these.
func (a *Analysis) blocks(f *Finding) (blocks, made []hcl.Range) {
	if a.config == nil {
		return nil, nil
	}
	if r := a.config.Find(f.Resources[0]); r != nil {
		if a.commented() {
			made = r.MadeBy()
		}
		return append([]hcl.Range{r.Decl}, r.Calls...), made
	}
	if m := a.config.FindMissing(f.Resources[0]); m != nil {
		return append([]hcl.Range{m.Decl}, m.Calls...), nil
	}
	return nil, nil
}

// Declared are the rules for traffic that an input declares.
type Declared struct {
	// Root is the name in reports of the root module's folder. Document is true if the input is a plan or a state.
	Root     string
	Document bool
	// Ingress are the rules for incoming traffic; Egress are those for outgoing traffic, and their Sources hold the
	// destinations. Both are empty without Config.KeepRules.
	Ingress, Egress []*Ingress
}

// Ingress is a firewall rule as a result keeps it: what it says, without the values that it was read from.
type Ingress struct {
	// Resource is the address of the resource that declares the rule. Decl is where its block begins, and Calls are the module
	// calls that lead to it, outermost first.
	Resource graph.Address
	Decl     hcl.Range
	Calls    []hcl.Range
	// At is where the nested block or the resource block begins that declares the rule.
	At hcl.Range
	// Scope is the scope that has the rule; its resource is left out.
	Scope    fact.Scope
	Action   fact.Action
	Priority fact.Span
	// Targets are the members that the rule applies to; the values that decide them are left out.
	Targets fact.Targets
	// Traffic is what the rule matches. Protocols and Ports are all that it may match.
	Traffic   netset.Bounds[netset.Traffic]
	Protocols netset.Protocols
	Ports     netset.Ports
	// Brief says in a few words what the rule may match, without sensitive values: "tcp 20-30 from 0.0.0.0/0".
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
	out := make([]*Ingress, 0, len(rules))
	for _, rule := range rules {
		if !rule.Resource.Addr.Elsewhere() {
			out = append(out, ingressRow(rule))
		}
	}
	return slices.Clip(out)
}
