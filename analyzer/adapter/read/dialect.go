package read

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// Dialect says, as data, how resources of some types spell ingress rules. Most clouds differ in this only.
type Dialect struct {
	Types []string
	Scope fact.Scope
	// In is the attribute that refers to the rule's scope, a resource of type Of; if it is empty, the resource is the scope.
	// Name is set if the attribute holds the names of scopes instead of an ID: it is the attribute of Of with that name.
	In, Of, Name string
	// Blocks are the nested blocks that hold the rules. If Blocks is empty, each resource is a rule itself; if Alone is true, a
	// resource without any of the blocks is.
	Blocks []string
	Alone  bool

	// Inbound says whether a rule is for inbound traffic, or whether all rules of the resource are if PerResource is true.
	// Allows says whether a rule allows. Nil means always.
	Inbound, Allows *Words
	PerResource     bool
	// Idle are words for a rule that no new connection matches, such as one for established connections only.
	Idle []Words
	// Priority is the attribute that orders rules; nil means that rules come in the order of their blocks. Order finds the
	// position of a rule if that depends on all rules of the scope; nil means that it doesn't.
	Priority *Priority
	Order    func(*graph.Graph, *fact.Ingress) fact.Span

	// Protocol, Ports and Sources read the fields of a rule. A dialect without them has only a policy.
	Protocol Reader[netset.Protocols]
	Ports    Reader[netset.Ports]
	Sources  SourceReader
	// SourcePorts reads the clients' ports; nil means all. Clients choose these, so an allow of some ports still admits
	// everyone, and a deny of some stops nobody.
	SourcePorts Reader[netset.Ports]
	// Destinations reads which members of the scope a rule is for; nil means all.
	Destinations Reader[netset.Prefixes]

	// Policy says whether traffic is allowed that no rule matches; nil means no. Off says whether the rules are switched off,
	// which allows everything; nil means no. Both are attributes of the resource.
	Policy, Off *Words
	// Family is the only address family that the policy is for; zero means both.
	Family Family
	// Reads are the types of resources that the readers look up.
	Reads []string
}

// Reader reads one field of a rule.
type Reader[T any] func(graph.Object) fact.Term[T]

// SourceReader reads all attributes that say whom a rule is for.
type SourceReader func(*graph.Graph, graph.Object) []fact.Term[netset.Prefixes]

// Priority is an attribute that orders rules, lowest first.
type Priority struct {
	Attr string
	// Absent is the provider's default, and Any the range that it accepts. With the zero Priority all rules are equal.
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

// The priorities before and after those of all rules.
const (
	// BeforeAll is the priority of what goes before all rules.
	BeforeAll = -1 << 30
	// AfterAll is the priority of what goes after all rules.
	AfterAll = 1 << 30
)

// Answer is yes, no or unclear.
type Answer uint8

const (
	// Yes is the answer of a known value that means yes.
	Yes Answer = iota + 1
	// No is the answer of a known value that means no.
	No
	// Unclear is the answer of a value that is unknown or not understood.
	Unclear
)

// Words are the known values of an attribute that mean yes or no, in upper or lower case.
type Words struct {
	Attr    string
	Yes, No []string
	// Absent is the answer of the provider's default.
	Absent Answer
}

// Of returns an object's answer, and the value that gives it.
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

// undecided returns what decides if the answer isn't clear: the value that gives it, or that there is none.
func (w *Words) undecided(v graph.Value) graph.Value {
	if v.Absent() {
		return missing(w.Attr, hcl.Range{})
	}
	return v
}

// Given reports whether an attribute is set, perhaps to something unknown. An empty string or list counts as not set, because
// SDK providers write absent ones so.
func Given(v graph.Value) bool {
	if v.Absent() {
		return false
	}
	if text, ok := v.Text(); ok {
		return text != ""
	}
	elements, whole := v.Elements()
	return !whole || len(elements) > 0 || keyed(v)
}

// keyed reports whether a value is an object or a map, which no argument with words, ports or addresses takes.
func keyed(v graph.Value) bool {
	ty := v.Raw().Type()
	return !v.Absent() && (ty.IsObjectType() || ty.IsMapType())
}

// Speak returns the adapters of dialects.
func Speak(dialects ...Dialect) []Adapter {
	out := make([]Adapter, len(dialects))
	dialects = slices.Clone(dialects)
	for i := range dialects {
		d := &dialects[i]
		out[i] = Adapter{Types: d.Types, Reads: d.Reads, Ingress: d.Ingress}
		if d.Of != "" {
			out[i].Reads = append(slices.Clone(d.Reads), d.Of)
		}
	}
	return out
}

// Ingress returns the ingress rules that a resource declares in the dialect.
func (d *Dialect) Ingress(g *graph.Graph, r *graph.Resource) []*fact.Ingress {
	var out []*fact.Ingress
	for _, scope := range d.scopes(g, r) {
		var rules []*fact.Ingress
		for i, b := range d.rules(r) {
			if rule := d.rule(g, r, b, i); rule != nil {
				rule.Scope = scope
				if d.Order != nil {
					rule.Priority = d.Order(g, rule)
					at := r.Decl
					if scope.Resource != nil {
						at = scope.Resource.Decl
					}
					rule.PriorityBy = Opaque("the order of the rules of "+scope.Name, at)
				}
				rules = append(rules, rule)
			}
		}
		out = slices.Concat(out, rules, d.defaults(r, scope, rules))
	}
	return out
}

// scopes returns the scopes that a resource's rules belong to.
func (d *Dialect) scopes(g *graph.Graph, r *graph.Resource) []fact.Scope {
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
func (d *Dialect) rules(r *graph.Resource) []graph.Block {
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

// rule reads one rule without its scope. It returns nil for a rule that isn't about new inbound connections.
func (d *Dialect) rule(g *graph.Graph, r *graph.Resource, b graph.Block, index int) *fact.Ingress {
	says := Alike(g, b.Object, d, func(o graph.Object) Fields {
		return Fields{d.Protocol(o), d.Ports(o), d.Sources(g, o)}
	})
	rule := &fact.Ingress{
		Resource: r, Action: fact.Allow, At: b.At, Listed: b.Listed,
		Priority: d.Priority.of(b, index),
		Protocol: says.Protocol,
		Ports:    says.Ports,
		Sources:  slices.Clone(says.Sources),
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
		Doubt(rule, d.Inbound.undecided(v))
	}
	switch is, v := d.Allows.Of(b.Object); is {
	case Yes:
	case No:
		rule.Action = fact.Deny
	case Unclear:
		rule.Action = fact.Undecided
		Doubt(rule, d.Allows.undecided(v))
	}
	for _, w := range d.Idle {
		switch is, v := w.Of(b.Object); is {
		case Yes:
			return nil
		case No:
		case Unclear:
			Doubt(rule, w.undecided(v))
		}
	}
	if d.Destinations != nil {
		to := d.Destinations(b.Object)
		Narrow(rule, to.Set, to.Values...)
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

// Doubt makes it uncertain that a rule exists; v decides.
func Doubt(rule *fact.Ingress, v graph.Value) {
	if rule.Certain {
		rule.Certain, rule.Exists = false, v
	}
}

// defaults returns what a scope does with traffic that no rule matches, and with all traffic if the rules are switched off.
func (d *Dialect) defaults(r *graph.Resource, scope fact.Scope, rules []*fact.Ingress) []*fact.Ingress {
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

// matchesAll reports whether a rule decides all traffic, so that a default never applies.
func matchesAll(rule *fact.Ingress) bool {
	all := netset.Product(netset.AllAddresses(), netset.AllProtocols(), netset.AllPorts())
	return rule.Action != fact.Undecided && rule.Targets.All() && all.SubsetOf(rule.Traffic().Must)
}

// Everything returns a rule that allows all traffic because of an attribute of the resource, or of the attribute's default.
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
