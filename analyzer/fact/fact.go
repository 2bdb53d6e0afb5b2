// Package fact holds what adapters say of resources in one vocabulary for all clouds: ingress rules, the scopes that they
// belong to, what those are attached to, and the ways to machines. It is data only: it reads no configuration and decides
// nothing.
//
// # How it works
//
// An [Ingress] is one rule: the sets that its fields were read as, each with bounds for what isn't known, and the [Scope]
// that it belongs to. An [Endpoint] is what the internet may reach, by a [Way] of hops for each path; a [Hop] takes some
// traffic, and a [Guard] in it names the scopes whose rules decide about the rest.
//
// # Example
//
// A security group with the block
//
//	ingress {
//	  from_port   = 20
//	  to_port     = 21
//	  protocol    = "tcp"
//	  cidr_blocks = [var.clients]
//	}
//
// is one Ingress in the scope "security group" of that resource. Its ports are 20 to 21 and its protocol is TCP, both known.
// Its sources must be nobody and may be every IPv4 address, and the value that decides, var.clients, is in the term.
package fact

import (
	"cmp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// Action is what a rule does with the traffic that it matches.
type Action uint8

// The actions.
const (
	Allow Action = iota + 1
	Deny
	// Delegate hands the traffic on to another scope, as goto_next does: this scope does not admit it.
	Delegate
	// Undecided is the action of a rule whose action is unknown.
	Undecided
)

// String returns allow, deny, delegate or undecided.
func (a Action) String() string {
	switch a {
	case Allow:
		return "allow"
	case Deny:
		return "deny"
	case Delegate:
		return "delegate"
	case Undecided:
		return "undecided"
	}
	return "invalid action"
}

// Order is how a scope combines its rules.
type Order uint8

// The orders.
const (
	// Union admits what any rule allows; there are no deny rules.
	Union Order = iota + 1
	// FirstMatch admits by the first rule that matches, lowest Priority first.
	FirstMatch
	// DenyWins is FirstMatch where among equal priorities a deny goes before an allow.
	DenyWins
)

// Role says what it means that a scope admits traffic.
type Role uint8

// The roles.
const (
	// Firewall lets in what no other rule would: a security group.
	Firewall Role = iota + 1
	// Filter lets pass what something else must let in, too: a network ACL.
	Filter
	// Listener publishes a port itself: a load balancer.
	Listener
)

// ScopeID tells a scope from all others of a configuration.
type ScopeID struct {
	// Kind is the word for such a scope in messages: "security group".
	Kind string
	// Name is the address of the resource that is the scope, or its literal ID if that lies outside the configuration.
	Name string
}

// Known says that it is known which scope it is, or which one thing decides that.
func (s ScopeID) Known() bool { return s.Name != "" }

// Compare orders scopes by kind, then by name.
func (s ScopeID) Compare(o ScopeID) int {
	return cmp.Or(strings.Compare(s.Kind, o.Kind), strings.Compare(s.Name, o.Name))
}

// Scope is what a rule belongs to: a security group, an ACL, a network. Rules of one scope are judged together.
type Scope struct {
	ScopeID
	Role  Role
	Order Order
	// Resource is the scope's own resource; nil if that lies outside the configuration.
	Resource *graph.Resource
	// Loose says that the scope stands for one of its kind, and which isn't known. By is what decides that.
	Loose bool
	By    graph.Value
	// Selective says that the rules of the scope select themselves what they are for, by tags for example.
	Selective bool
}

// Span is a priority between Lo and Hi; the lower goes first. Lo and Hi are equal where the priority is known.
type Span struct{ Lo, Hi int }

// Term is one field of a rule as a set, with the attributes that it was read from.
type Term[T any] struct {
	Set netset.Bounds[T]
	// Attrs are the names of the attributes, in the order of Values.
	Attrs []string
	// Values are the attributes' values: what decides if the set isn't known, and the place that a finding points at.
	// They are empty for a provider's default.
	Values []graph.Value
	// Read says what a value, or an element of one, makes of the set: it is what the set was read with. It is nil where
	// values make the set together, as the ends of a range do.
	Read func(graph.Value) netset.Bounds[T]
}

// Part is what an element of a term's values makes of its set.
type Part[T any] struct {
	Value graph.Value
	Set   netset.Bounds[T]
}

// Parts returns the elements of a term's values, each with the part of the set that it makes. Of a value that isn't known
// as a whole they are the elements that it has at any rate, or may have, and the value itself. Elements that make the set
// only together have no part, but one by itself has all of it.
func (t Term[T]) Parts() []Part[T] {
	var out []Part[T]
	for _, v := range t.Values {
		for _, e := range elements(v) {
			part := Part[T]{Value: e}
			if t.Read != nil {
				part.Set = t.Read(e)
			}
			out = append(out, part)
		}
	}
	if len(out) == 1 {
		out[0].Set = t.Set
	}
	return out
}

// elements returns the elements of a collection. Of an unknown one they are those of each of its choices, and itself.
func elements(v graph.Value) []graph.Value {
	out, whole := v.Elements()
	if whole && len(out) > 0 {
		return out
	}
	for _, choice := range v.Choices() {
		out = append(out, elements(choice)...)
	}
	return append(out, v)
}

// Sensitive says that a value which the set was read from must not be shown.
func (t Term[T]) Sensitive() bool { return slices.ContainsFunc(t.Values, graph.Value.Sensitive) }

// Name is a name by which rules select members of their scope: a tag, a service account, a group.
type Name struct {
	// Kind is the word for what has such names: "tag".
	Kind string
	// Text is the name itself, or the address of the resource that it names.
	Text string
}

// Compare orders names by kind, then by text.
func (n Name) Compare(o Name) int {
	return cmp.Or(strings.Compare(n.Kind, o.Kind), strings.Compare(n.Text, o.Text))
}

// Targets narrows a rule to some members of its scope. The zero Targets is all of them.
type Targets struct {
	// Names are tags, service accounts and the like; the rule is for members that have any of them.
	Names []Name
	// Unknown says that members are selected by something that isn't known, and By is what decides.
	Unknown bool
	By      []graph.Value
	// Perhaps are the names that may be among them if only those aren't known.
	Perhaps []Name
	// Alike are those of the names which aren't known of which it is known what they are made of: two that are made alike
	// are equal. Blind are the kinds of the names which aren't known.
	Alike []Name
	Blind []string
	// Addresses are the destinations that the rule is for; empty sets stand for all.
	Addresses netset.Bounds[netset.Prefixes]
}

// Peers are the members of scopes that a rule names in place of addresses, as rules of security groups do.
type Peers struct {
	// Scopes are those that it surely names, and Perhaps those that it may name.
	Scopes, Perhaps []ScopeID
	// Unknown says that it may name any, and By is what decides.
	Unknown bool
	By      []graph.Value
}

// All says that the rule is for all members of its scope.
func (t Targets) All() bool { return len(t.Names) == 0 && !t.Unknown && t.Addresses.May.Empty() }

// Ingress is one rule for inbound traffic.
type Ingress struct {
	// Resource declares the rule.
	Resource *graph.Resource
	Scope    Scope
	// Certain is false if the rule may not exist, as an unknown number of instances of its block or resource do. Exists
	// is the value that decides.
	Certain  bool
	Exists   graph.Value
	Action   Action
	Priority Span
	// PriorityBy is the value that decides Priority if that isn't known.
	PriorityBy graph.Value
	Protocol   Term[netset.Protocols]
	Ports      Term[netset.Ports]
	// Sources is a term per attribute that names sources; a rule matches the union of them.
	Sources []Term[netset.Prefixes]
	// Peers are whose connections it matches, besides those from Sources, whatever address they come from.
	Peers   Peers
	Targets Targets
	// Listed says that the provider lists the rule for its scope without being told of it by the configuration, as far as
	// that is known: it may be a copy of a rule that is a resource of its own.
	Listed bool
	// At is the place of the nested block, or of the resource block, that declares the rule.
	At hcl.Range
}

// Source returns the union of the rule's source terms.
func (i *Ingress) Source() netset.Bounds[netset.Prefixes] {
	var b netset.Bounds[netset.Prefixes]
	for _, t := range i.Sources {
		b = netset.Bounds[netset.Prefixes]{Must: b.Must.Union(t.Set.Must), May: b.May.Union(t.Set.May)}
	}
	return b
}

// Traffic returns what the rule matches. A rule that may not exist must match nothing.
func (i *Ingress) Traffic() netset.Bounds[netset.Traffic] {
	source := i.Source()
	b := netset.Bounds[netset.Traffic]{May: netset.Product(source.May, i.Protocol.Set.May, i.Ports.Set.May)}
	if i.Certain {
		b.Must = netset.Product(source.Must, i.Protocol.Set.Must, i.Ports.Set.Must)
	}
	return b
}

// Brief returns what the rule may match in few words: tcp 20-30 from 0.0.0.0/0. Of many sources it names the first. It
// does not tell what is sensitive.
func (i *Ingress) Brief() string {
	var b strings.Builder
	switch proto := i.Protocol.Set.May; {
	case i.Protocol.Sensitive():
		b.WriteString("a sensitive protocol")
	case proto.Equal(netset.AllProtocols()):
		b.WriteString("all protocols")
	default:
		b.WriteString(proto.String())
	}
	switch ports := i.Ports.Set.May; {
	case i.Ports.Sensitive():
		b.WriteString(" on sensitive ports")
	case !ports.Equal(netset.AllPorts()):
		b.WriteString(" " + ports.String())
	}
	switch source := i.Source(); {
	case !source.Known():
		b.WriteString(" from an unknown source")
	case slices.ContainsFunc(i.Sources, Term[netset.Prefixes].Sensitive):
		b.WriteString(" from a sensitive value")
	default:
		b.WriteString(" from " + source.May.Summary(4))
	}
	return b.String()
}

// Sensitive says that a value which the rule was read from must not be shown.
func (i *Ingress) Sensitive() bool {
	return i.Protocol.Sensitive() || i.Ports.Sensitive() || slices.ContainsFunc(i.Sources, Term[netset.Prefixes].Sensitive)
}

// Attachment says that a scope guards a resource: a machine, a network interface, a subnet.
type Attachment struct {
	Scope ScopeID
	// Resource is what the scope guards.
	Resource *graph.Resource
	// At is the place of the reference that says so.
	At hcl.Range
}
