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
	"fmt"
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
	// FirstMatch lets the first rule that matches decide; the rule with the lowest Priority comes first.
	FirstMatch
	// DenyWins is FirstMatch, except that among rules of equal priority a deny comes first.
	DenyWins
)

// Role is what a scope's consent to traffic means.
type Role uint8

// The roles.
const (
	// Firewall is enough to let traffic in: a security group.
	Firewall Role = iota + 1
	// Filter only lets pass what something else must let in as well: a network ACL.
	Filter
	// Listener publishes a port itself: a load balancer.
	Listener
)

// ScopeID identifies a scope among all scopes of a configuration.
type ScopeID struct {
	// Kind is the word for such a scope in messages: "security group".
	Kind string
	// Name is the address of the resource that is the scope, or the literal ID of a scope outside the configuration.
	Name string
}

// Known reports whether it is known which scope it is, or which single value decides that.
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
	// Resource is the scope's own resource; it is nil for a scope outside the configuration.
	Resource *graph.Resource
	// Loose is true if it isn't known which scope of the kind this is. By is the value that decides it.
	Loose bool
	By    graph.Value
	// Among are the names of the scopes that a loose one is one of; empty if it may be any of the kind.
	Among []string
	// Selective is true if each rule of the scope selects its members itself, by tags for example.
	Selective bool
}

// Span is a priority between Lo and Hi; lower priorities come first. Lo and Hi are equal if the priority is known.
type Span struct{ Lo, Hi int }

// Term is one field of a rule as a set, with the attributes that it was read from.
type Term[T any] struct {
	Set netset.Bounds[T]
	// Attrs are the names of the attributes, in the order of Values.
	Attrs []string
	// Values are the values of these attributes. They decide the set if it isn't known, and findings point at them. They are
	// empty for a provider's default.
	Values []graph.Value
	// Read returns the set that a value, or one element of it, stands for. It is nil if several values make one set together,
	// like the ends of a range.
	Read func(graph.Value) netset.Bounds[T]
	// Refused says who refuses the values, such as a cloud that takes addresses only, and so opens nothing; empty for others.
	Refused string
	// Few is true if what isn't known of the set is a few addresses, wherever they are: those of a subnet, say.
	Few bool
}

// Part is the contribution of one element of a term's values to its set.
type Part[T any] struct {
	Value graph.Value
	Set   netset.Bounds[T]
}

// Parts returns the elements of a term's values, each with its part of the set. For a value that is known only in part, they
// are the elements that it has or may have, and the value itself. Elements that make a set only together have no part; a single
// one has all of it.
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

// elements returns the elements of a collection. For an unknown one, they are the elements of each possible choice, and the
// collection itself.
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

// Sensitive reports whether a value that the set was read from must not be shown.
func (t Term[T]) Sensitive() bool { return slices.ContainsFunc(t.Values, graph.Value.Sensitive) }

// Name is a name by which rules select members of a scope: a tag, a service account, a group.
type Name struct {
	// Kind is the word for this kind of name: "tag".
	Kind string
	// Text is the name itself, or the address of the resource that it names.
	Text string
}

// Compare orders names by kind, then by text.
func (n Name) Compare(o Name) int {
	return cmp.Or(strings.Compare(n.Kind, o.Kind), strings.Compare(n.Text, o.Text))
}

// Targets are the members of its scope that a rule applies to. The zero Targets is all of them.
type Targets struct {
	// Names are tags, service accounts and the like. The rule applies to members that have any of them.
	Names []Name
	// Unknown is true if something unknown selects the members. By is the value that decides.
	Unknown bool
	By      []graph.Value
	// Perhaps are names that the rule may apply to, if nothing else is unknown about its members.
	Perhaps []Name
	// Alike are the unknown names whose making is known: two names that are made in the same way are equal. Blind are the kinds
	// of all unknown names.
	Alike []Name
	Blind []string
	// Addresses are the destinations that the rule applies to. Empty sets stand for all destinations. AddressesBy are the values
	// that decide them if they aren't known.
	Addresses   netset.Bounds[netset.Prefixes]
	AddressesBy []graph.Value
}

// Peers are the members of scopes that a rule names instead of addresses, as rules of security groups do.
type Peers struct {
	// Scopes are the scopes that the rule surely names, and Perhaps those that it may name.
	Scopes, Perhaps []ScopeID
	// Unknown is true if the rule may name any scope. By is the value that decides.
	Unknown bool
	By      []graph.Value
}

// All reports whether the rule applies to all members of its scope.
func (t Targets) All() bool { return len(t.Names) == 0 && !t.Unknown && t.Addresses.May.Empty() }

// Ingress is one rule for inbound traffic.
type Ingress struct {
	// Resource is the resource that declares the rule.
	Resource *graph.Resource
	Scope    Scope
	// Certain is false if the rule may not exist, because it isn't known how many instances its block or resource has. Exists
	// is the value that decides.
	Certain  bool
	Exists   graph.Value
	Action   Action
	Priority Span
	// PriorityBy is the value that decides Priority if it isn't known.
	PriorityBy graph.Value
	Protocol   Term[netset.Protocols]
	Ports      Term[netset.Ports]
	// Sources has a term for each attribute that names sources. The rule matches the union of them.
	Sources []Term[netset.Prefixes]
	// Peers are the peers whose connections the rule matches as well, whatever their address.
	Peers   Peers
	Targets Targets
	// Listed is true if the provider may have filled in the rule by itself, without the configuration. Such a rule may be a
	// copy of one that is a resource of its own.
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

// Many returns the sources that a rule may match without those of which it is only known that they are few.
func (i *Ingress) Many() netset.Prefixes {
	var out netset.Prefixes
	for _, t := range i.Sources {
		if out = out.Union(t.Set.Must); !t.Few {
			out = out.Union(t.Set.May)
		}
	}
	return out
}

// Traffic returns the traffic that the rule matches. If the rule may not exist, it surely matches nothing.
func (i *Ingress) Traffic() netset.Bounds[netset.Traffic] {
	source := i.Source()
	b := netset.Bounds[netset.Traffic]{May: netset.Product(source.May, i.Protocol.Set.May, i.Ports.Set.May)}
	if i.Certain {
		b.Must = netset.Product(source.Must, i.Protocol.Set.Must, i.Ports.Set.Must)
	}
	return b
}

// Brief says in a few words what the rule may match: "tcp 20-30 from 0.0.0.0/0". It names the first of many sources, or of the
// scopes whose members it is for, and nothing that is sensitive.
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
	case !source.Known() && source.Must.Empty():
		b.WriteString(" from an unknown source")
	case slices.ContainsFunc(i.Sources, Term[netset.Prefixes].Sensitive):
		b.WriteString(" from a sensitive value")
	case netset.Everyone(source.Must): // whatever else there is changes nothing
		b.WriteString(" from " + source.Must.Summary(4))
	case !source.Known():
		b.WriteString(" from " + source.Must.Summary(4) + " and an unknown source")
	case source.May.Empty() && len(i.Peers.Scopes) > 0:
		b.WriteString(" for members of " + i.Peers.Scopes[0].Name)
		if more := len(i.Peers.Scopes) - 1; more > 0 {
			fmt.Fprintf(&b, " and %d more", more)
		}
	default:
		b.WriteString(" from " + source.May.Summary(4))
	}
	return b.String()
}

// Sensitive reports whether a value that the rule was read from must not be shown.
func (i *Ingress) Sensitive() bool {
	return i.Protocol.Sensitive() || i.Ports.Sensitive() || slices.ContainsFunc(i.Sources, Term[netset.Prefixes].Sensitive)
}

// Attachment says that a scope guards a resource: a machine, a network interface, a subnet.
type Attachment struct {
	Scope ScopeID
	// Resource is the guarded resource.
	Resource *graph.Resource
	// At is the reference that attaches the scope.
	At hcl.Range
}
