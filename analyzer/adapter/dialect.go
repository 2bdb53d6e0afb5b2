package adapter

import (
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// dialect is how ingress rules are spelled in resources of some types: what differs between most clouds, as data.
type dialect struct {
	types []string
	scope fact.Scope
	// in is the attribute that refers to the rule's scope, a resource of type of; without it the resource is the scope.
	// Where it holds names of scopes, one or several, in place of an ID, name is the attribute with that name.
	in, of, name string
	// blocks are the nested blocks that hold the rules. A resource without any is a rule itself if alone is true, as all
	// resources are if blocks is empty.
	blocks []string
	alone  bool

	// inbound tells the direction of a rule, or of all rules of the resource if perResource is true; allows tells the
	// action. Nil is always yes.
	inbound, allows *words
	perResource     bool
	// idle are words that make a rule one that no new connection matches, such as one for established connections only.
	idle []words
	// priority orders the rules; nil is the order of their blocks. Order tells the place of a rule that only all rules of its
	// scope together tell; nil leaves it.
	priority *priority
	order    func(*graph.Graph, *fact.Ingress) fact.Span

	protocol reader[netset.Protocols]
	ports    reader[netset.Ports]
	sources  sourceReader
	// sourcePorts narrow a rule by what anyone may choose, so that an allow admits all the same and a deny stops nobody.
	// Nil is all ports.
	sourcePorts reader[netset.Ports]
	// destinations narrow a rule to some of the scope's members; nil is all.
	destinations reader[netset.Prefixes]

	// policy says whether what no rule matches is allowed; nil is no. Off says whether the rules are not in force, so
	// that everything is allowed; nil is no. Both are attributes of the resource.
	policy, off *words
	// family is the only family of addresses that the policy is for; zero is both.
	family family
	// reads are the types of resources that the readers look up.
	reads []string
}

// reader reads one field of a rule.
type reader[T any] func(graph.Object) fact.Term[T]

// sourceReader reads all that says whom a rule is for.
type sourceReader func(*graph.Graph, graph.Object) []fact.Term[netset.Prefixes]

// priority is an attribute that orders rules, lowest first.
type priority struct {
	attr string
	// absent is the provider's default, and any is what it accepts. The zero priority makes all rules equal.
	absent, any fact.Span
}

func (p *priority) of(o graph.Object, index int) fact.Span {
	if p == nil {
		return fact.Span{Lo: index, Hi: index}
	}
	v := o.OwnAttr(p.attr)
	if v.Absent() {
		return p.absent
	}
	if n, ok := v.Int(); ok {
		return fact.Span{Lo: n, Hi: n}
	}
	return p.any
}

// The priorities of what goes before and after all rules of a scope.
const (
	beforeAll = -1 << 30
	afterAll  = 1 << 30
)

// answer is what words say.
type answer uint8

const (
	yes answer = iota + 1
	no
	unclear
)

// words is an attribute whose known values, in any case, mean yes or no.
type words struct {
	attr    string
	yes, no []string
	// absent is the provider's default.
	absent answer
}

// of returns the answer and the value that gives it.
func (w *words) of(o graph.Object) (answer, graph.Value) {
	if w == nil {
		return yes, graph.Value{}
	}
	v := o.OwnAttr(w.attr)
	text, known := v.Text()
	is := func(word string) bool { return strings.EqualFold(word, text) }
	switch {
	case !given(v):
		return w.absent, v
	case known && slices.ContainsFunc(w.yes, is):
		return yes, v
	case known && slices.ContainsFunc(w.no, is):
		return no, v
	}
	return unclear, v
}

// given says whether an attribute is set, if only to something unknown. SDK providers write an absent string or list as
// an empty one.
func given(v graph.Value) bool {
	if v.Absent() {
		return false
	}
	if text, ok := v.Text(); ok {
		return text != ""
	}
	elements, whole := v.Elements()
	return !whole || len(elements) > 0
}

// speak returns the adapters of dialects.
func speak(dialects ...dialect) []Adapter {
	out := make([]Adapter, len(dialects))
	for i, d := range dialects {
		out[i] = Adapter{Types: d.types, Reads: d.reads, Ingress: d.ingress}
		if d.of != "" {
			out[i].Reads = append(slices.Clone(d.reads), d.of)
		}
	}
	return out
}

func (d dialect) ingress(g *graph.Graph, r *graph.Resource) []*fact.Ingress {
	var out []*fact.Ingress
	for _, scope := range d.scopes(g, r) {
		var rules []*fact.Ingress
		for i, b := range d.rules(r) {
			if rule := d.rule(g, r, b, i); rule != nil {
				rule.Scope = scope
				if d.order != nil {
					rule.Priority = d.order(g, rule)
				}
				rules = append(rules, rule)
			}
		}
		out = slices.Concat(out, rules, d.defaults(r, scope, rules))
	}
	return out
}

// scopes returns the scopes of a resource's rules: those that attribute in refers to.
func (d dialect) scopes(g *graph.Graph, r *graph.Resource) []fact.Scope {
	if d.in == "" {
		return []fact.Scope{own(r, d.scope)}
	}
	targets, whole := g.Refer(r.Attr(d.in))
	if !whole || len(targets) == 0 || len(targets) > 1 && d.name == "" {
		return []fact.Scope{scopeOf(g, r, d.in, d.scope)}
	}
	out := make([]fact.Scope, len(targets))
	for i, t := range targets {
		if d.name != "" && t.Resource == nil {
			if found := g.Named(d.of, d.name, t.ID); len(found) == 1 {
				t.Resource = found[0]
			}
		}
		if out[i] = d.scope; t.Resource != nil {
			out[i] = own(t.Resource, d.scope)
		} else {
			out[i].Name = t.ID
		}
	}
	return out
}

// rules returns the bodies of a resource's rules.
func (d dialect) rules(r *graph.Resource) []graph.Block {
	var out []graph.Block
	for _, name := range d.blocks {
		out = append(out, r.OwnBlocks(name)...)
	}
	if len(d.blocks) == 0 || d.alone && len(out) == 0 {
		return []graph.Block{{Object: r.Object, Certain: true, At: r.Decl}}
	}
	return out
}

// rule reads one rule without its scope; nil if it is none for new inbound connections.
func (d dialect) rule(g *graph.Graph, r *graph.Resource, b graph.Block, index int) *fact.Ingress {
	rule := &fact.Ingress{
		Resource: r, Action: fact.Allow, At: b.At, Listed: b.Listed,
		Priority: d.priority.of(b.Object, index),
		Protocol: d.protocol(b.Object),
		Ports:    d.ports(b.Object),
		Sources:  d.sources(g, b.Object),
	}
	if d.priority != nil {
		rule.PriorityBy = b.OwnAttr(d.priority.attr)
	}
	rule.Certain, rule.Exists = exists(r, b)
	directed := b.Object
	if d.perResource {
		directed = r.Object
	}
	switch is, v := d.inbound.of(directed); is {
	case yes:
	case no:
		return nil
	case unclear:
		doubt(rule, v)
	}
	switch is, v := d.allows.of(b.Object); is {
	case yes:
	case no:
		rule.Action = fact.Deny
	case unclear:
		rule.Action = fact.Undecided
		doubt(rule, v)
	}
	for _, w := range d.idle {
		switch is, v := w.of(b.Object); is {
		case yes:
			return nil
		case no:
		case unclear:
			doubt(rule, v)
		}
	}
	if d.destinations != nil {
		narrow(rule, d.destinations(b.Object).Set)
	}
	if d.sourcePorts != nil && rule.Action == fact.Deny {
		ports := d.sourcePorts(b.Object)
		all := netset.PortRange(1, 65535)
		if !all.SubsetOf(ports.Set.May) {
			return nil
		}
		if !all.SubsetOf(ports.Set.Must) {
			doubt(rule, ports.Values[0])
		}
	}
	return rule
}

// doubt makes a rule one that may not exist, as v decides.
func doubt(rule *fact.Ingress, v graph.Value) {
	if rule.Certain {
		rule.Certain, rule.Exists = false, v
	}
}

// defaults returns what a scope does with traffic that none of its rules matches, and with all traffic if they are not
// in force.
func (d dialect) defaults(r *graph.Resource, scope fact.Scope, rules []*fact.Ingress) []*fact.Ingress {
	var out []*fact.Ingress
	add := func(w *words, order int) {
		is, v := w.of(r.Object)
		if is == no {
			return
		}
		rule := everything(r, scope, v)
		if d.family != 0 {
			rule.Sources[0] = constant(d.family.all())
		}
		rule.Priority = fact.Span{Lo: order, Hi: order}
		if is == unclear {
			if !given(v) {
				v = opaque("the cloud's default", r.Decl)
			}
			rule.Action = fact.Undecided
			doubt(rule, v)
		}
		out = append(out, rule)
	}
	if d.off != nil {
		add(d.off, beforeAll)
	}
	if d.policy != nil && !slices.ContainsFunc(rules, matchesAll) {
		add(d.policy, afterAll)
	}
	return out
}

// matchesAll says whether a rule decides on all traffic, so that nothing is left for a default.
func matchesAll(rule *fact.Ingress) bool {
	all := netset.Product(netset.AllAddresses(), netset.AllProtocols(), netset.AllPorts())
	return rule.Action != fact.Undecided && rule.Targets.All() && all.SubsetOf(rule.Traffic().Must)
}

// everything is a rule that allows all traffic, as an attribute of the resource or the attribute's default says.
func everything(r *graph.Resource, scope fact.Scope, v graph.Value) *fact.Ingress {
	rule := &fact.Ingress{
		Resource: r, Scope: scope, Certain: r.Certain, Exists: r.Exists, Action: fact.Allow, At: r.Decl,
		Protocol: constant(netset.AllProtocols()),
		Ports:    constant(netset.AllPorts()),
		Sources:  []fact.Term[netset.Prefixes]{constant(netset.AllAddresses())},
	}
	if v.At.Filename != "" {
		rule.At = v.At
	}
	return rule
}
