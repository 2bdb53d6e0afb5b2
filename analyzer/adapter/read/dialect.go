package read

import (
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// Dialect is how ingress rules are spelled in resources of some types: what differs between most clouds, as data.
type Dialect struct {
	Types []string
	Scope fact.Scope
	// In is the attribute that refers to the rule's scope, a resource of type Of; without it the resource is the scope.
	// Where it holds names of scopes, one or several, in place of an ID, Name is the attribute of Of with that name.
	In, Of, Name string
	// Blocks are the nested blocks that hold the rules. A resource without any is a rule itself if Alone is true, as all
	// resources are if Blocks is empty.
	Blocks []string
	Alone  bool

	// Inbound tells the direction of a rule, or of all rules of the resource if PerResource is true; Allows tells the
	// action. Nil is always yes.
	Inbound, Allows *Words
	PerResource     bool
	// Idle are words that make a rule one that no new connection matches, such as one for established connections only.
	Idle []Words
	// Priority orders the rules; nil is the order of their blocks. Order tells the place of a rule that only all rules of its
	// scope together tell; nil leaves it.
	Priority *Priority
	Order    func(*graph.Graph, *fact.Ingress) fact.Span

	// Protocol, Ports and Sources read the fields of a rule. A dialect without them has no rules, only a policy.
	Protocol Reader[netset.Protocols]
	Ports    Reader[netset.Ports]
	Sources  SourceReader
	// SourcePorts narrow a rule by what anyone may choose, so that an allow admits all the same and a deny stops nobody.
	// Nil is all ports.
	SourcePorts Reader[netset.Ports]
	// Destinations narrow a rule to some of the scope's members; nil is all.
	Destinations Reader[netset.Prefixes]

	// Policy says whether what no rule matches is allowed; nil is no. Off says whether the rules are not in force, so
	// that everything is allowed; nil is no. Both are attributes of the resource.
	Policy, Off *Words
	// Family is the only family of addresses that the policy is for; zero is both.
	Family Family
	// Reads are the types of resources that the readers look up.
	Reads []string
}

// Reader reads one field of a rule.
type Reader[T any] func(graph.Object) fact.Term[T]

// SourceReader reads all that says whom a rule is for.
type SourceReader func(*graph.Graph, graph.Object) []fact.Term[netset.Prefixes]

// Priority is an attribute that orders rules, lowest first.
type Priority struct {
	Attr string
	// Absent is the provider's default, and Any is what it accepts. The zero priority makes all rules equal.
	Absent, Any fact.Span
}

func (p *Priority) of(o graph.Block, index int) fact.Span {
	if p == nil {
		return fact.Span{Lo: index - o.Earlier, Hi: index + o.Later}
	}
	v := o.OwnAttr(p.Attr)
	if v.Absent() {
		return p.Absent
	}
	if n, ok := v.Int(); ok {
		return fact.Span{Lo: n, Hi: n}
	}
	return p.Any
}

// The priorities of what goes before and after all rules of a scope.
const (
	// BeforeAll is the priority of what goes before all rules.
	BeforeAll = -1 << 30
	// AfterAll is the priority of what goes after all rules.
	AfterAll = 1 << 30
)

// Answer is what words say.
type Answer uint8

const (
	// Yes is the answer of a known value that means yes.
	Yes Answer = iota + 1
	// No is the answer of a known value that means no.
	No
	// Unclear is the answer of a value that isn't known or not understood.
	Unclear
)

// Words is an attribute whose known values, in any case, mean yes or no.
type Words struct {
	Attr    string
	Yes, No []string
	// Absent is the provider's default.
	Absent Answer
}

// Of returns the answer and the value that gives it.
func (w *Words) Of(o graph.Object) (Answer, graph.Value) {
	if w == nil {
		return Yes, graph.Value{}
	}
	v := o.OwnAttr(w.Attr)
	text, known := v.Text()
	is := func(word string) bool { return strings.EqualFold(word, text) }
	switch {
	case !Given(v):
		return w.Absent, v
	case known && slices.ContainsFunc(w.Yes, is):
		return Yes, v
	case known && slices.ContainsFunc(w.No, is):
		return No, v
	}
	return Unclear, v
}

// Given says whether an attribute is set, if only to something unknown. SDK providers write an absent string or list as
// an empty one.
func Given(v graph.Value) bool {
	if v.Absent() {
		return false
	}
	if text, ok := v.Text(); ok {
		return text != ""
	}
	elements, whole := v.Elements()
	return !whole || len(elements) > 0
}

// Speak returns the adapters of dialects.
func Speak(dialects ...Dialect) []Adapter {
	out := make([]Adapter, len(dialects))
	for i, d := range dialects {
		out[i] = Adapter{Types: d.Types, Reads: d.Reads, Ingress: d.Ingress}
		if d.Of != "" {
			out[i].Reads = append(slices.Clone(d.Reads), d.Of)
		}
	}
	return out
}

// Ingress returns the ingress rules that a resource declares in the dialect.
func (d Dialect) Ingress(g *graph.Graph, r *graph.Resource) []*fact.Ingress {
	var out []*fact.Ingress
	for _, scope := range d.scopes(g, r) {
		var rules []*fact.Ingress
		for i, b := range d.rules(r) {
			if rule := d.rule(g, r, b, i); rule != nil {
				rule.Scope = scope
				if d.Order != nil {
					rule.Priority = d.Order(g, rule)
				}
				rules = append(rules, rule)
			}
		}
		out = slices.Concat(out, rules, d.defaults(r, scope, rules))
	}
	return out
}

// scopes returns the scopes of a resource's rules: those that attribute in refers to.
func (d Dialect) scopes(g *graph.Graph, r *graph.Resource) []fact.Scope {
	if d.In == "" {
		return []fact.Scope{Own(r, d.Scope)}
	}
	targets, whole := g.Refer(r.Attr(d.In))
	if !whole || len(targets) == 0 || len(targets) > 1 && d.Name == "" {
		return []fact.Scope{ScopeOf(g, r, d.In, d.Scope)}
	}
	out := make([]fact.Scope, len(targets))
	for i, t := range targets {
		if d.Name != "" && t.Resource == nil {
			if found := g.Named(d.Of, d.Name, t.ID); len(found) == 1 {
				t.Resource = found[0]
			}
		}
		if out[i] = d.Scope; t.Resource != nil {
			out[i] = Own(t.Resource, d.Scope)
		} else {
			out[i].Name = t.ID
		}
	}
	return out
}

// rules returns the bodies of a resource's rules.
func (d Dialect) rules(r *graph.Resource) []graph.Block {
	if d.Protocol == nil {
		return nil
	}
	var out []graph.Block
	for _, name := range d.Blocks {
		out = append(out, r.OwnBlocks(name)...)
	}
	if len(d.Blocks) == 0 || d.Alone && len(out) == 0 {
		return []graph.Block{{Object: r.Object, Certain: true, At: r.Decl}}
	}
	return out
}

// rule reads one rule without its scope; nil if it is none for new inbound connections.
func (d Dialect) rule(g *graph.Graph, r *graph.Resource, b graph.Block, index int) *fact.Ingress {
	rule := &fact.Ingress{
		Resource: r, Action: fact.Allow, At: b.At, Listed: b.Listed,
		Priority: d.Priority.of(b, index),
		Protocol: d.Protocol(b.Object),
		Ports:    d.Ports(b.Object),
		Sources:  d.Sources(g, b.Object),
	}
	if d.Priority != nil {
		rule.PriorityBy = b.OwnAttr(d.Priority.Attr)
	}
	rule.Certain, rule.Exists = Exists(r, b)
	directed := b.Object
	if d.PerResource {
		directed = r.Object
	}
	switch is, v := d.Inbound.Of(directed); is {
	case Yes:
	case No:
		return nil
	case Unclear:
		Doubt(rule, v)
	}
	switch is, v := d.Allows.Of(b.Object); is {
	case Yes:
	case No:
		rule.Action = fact.Deny
	case Unclear:
		rule.Action = fact.Undecided
		Doubt(rule, v)
	}
	for _, w := range d.Idle {
		switch is, v := w.Of(b.Object); is {
		case Yes:
			return nil
		case No:
		case Unclear:
			Doubt(rule, v)
		}
	}
	if d.Destinations != nil {
		Narrow(rule, d.Destinations(b.Object).Set)
	}
	if d.SourcePorts != nil && rule.Action == fact.Deny {
		ports := d.SourcePorts(b.Object)
		all := netset.PortRange(1, 65535)
		if !all.SubsetOf(ports.Set.May) {
			return nil
		}
		if !all.SubsetOf(ports.Set.Must) {
			Doubt(rule, ports.Values[0])
		}
	}
	return rule
}

// Doubt makes a rule one that may not exist, as v decides.
func Doubt(rule *fact.Ingress, v graph.Value) {
	if rule.Certain {
		rule.Certain, rule.Exists = false, v
	}
}

// defaults returns what a scope does with traffic that none of its rules matches, and with all traffic if they are not
// in force.
func (d Dialect) defaults(r *graph.Resource, scope fact.Scope, rules []*fact.Ingress) []*fact.Ingress {
	var out []*fact.Ingress
	add := func(w *Words, order int) {
		is, v := w.Of(r.Object)
		if is == No {
			return
		}
		rule := Everything(r, scope, v)
		if d.Family != 0 {
			rule.Sources[0] = Constant(d.Family.All())
		}
		rule.Priority = fact.Span{Lo: order, Hi: order}
		if is == Unclear {
			if !Given(v) {
				v = Opaque("the cloud's default", r.Decl)
			}
			rule.Action = fact.Undecided
			Doubt(rule, v)
		}
		out = append(out, rule)
	}
	if d.Off != nil {
		add(d.Off, BeforeAll)
	}
	if d.Policy != nil && !slices.ContainsFunc(rules, matchesAll) {
		add(d.Policy, AfterAll)
	}
	return out
}

// matchesAll says whether a rule decides on all traffic, so that nothing is left for a default.
func matchesAll(rule *fact.Ingress) bool {
	all := netset.Product(netset.AllAddresses(), netset.AllProtocols(), netset.AllPorts())
	return rule.Action != fact.Undecided && rule.Targets.All() && all.SubsetOf(rule.Traffic().Must)
}

// Everything is a rule that allows all traffic, as an attribute of the resource or the attribute's default says.
func Everything(r *graph.Resource, scope fact.Scope, v graph.Value) *fact.Ingress {
	rule := &fact.Ingress{
		Resource: r, Scope: scope, Certain: r.Certain, Exists: r.Exists, Action: fact.Allow, At: r.Decl,
		Protocol: Constant(netset.AllProtocols()),
		Ports:    Constant(netset.AllPorts()),
		Sources:  []fact.Term[netset.Prefixes]{Constant(netset.AllAddresses())},
	}
	if v.At.Filename != "" {
		rule.At = v.At
	}
	return rule
}
