package fact

import (
	"iter"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// EndpointKind is the kind of thing that a path leads to.
type EndpointKind uint8

// The kinds of endpoints.
const (
	// Machine runs what listens on its ports: an instance, or a group of them.
	Machine EndpointKind = iota + 1
	// Published takes connections for others: a listener of a load balancer.
	Published
)

// Endpoint is what the internet may reach.
type Endpoint struct {
	Resource *graph.Resource
	Kind     EndpointKind
	// Word is the resource's word in messages: "instance".
	Word string
	// Parts are further resources that belong to the endpoint, such as network interfaces and launch templates.
	Parts []*graph.Resource
	// Within are resources that it is in, such as subnets, if no edge leads there.
	Within []*graph.Resource
	// Ways are the ways by which traffic may come. One way is enough for it to arrive.
	Ways []Way
	// Bundles are further ways, which the endpoint shares with similar endpoints.
	Bundles []Bundle
}

// Bundle is a group of ways that many endpoints have in common, such as those through a load balancer to each of its targets.
// The traffic that comes by them is computed once; the ways of one endpoint are made only where a report tells them.
type Bundle struct {
	// Like is comparable. Bundles with the same Like carry the same traffic; a nil Like equals no other.
	Like any
	// Ways yields functions; each makes one way of the endpoint that has the bundle.
	Ways iter.Seq[func() Way]
}

// Node is a point from which several ways lead on, such as a listener of a load balancer. It receives the traffic of all its
// ways. Nodes may form circles.
type Node struct {
	Ways []Way
	// Of is the resource that receives the traffic, and Listens the hop of the ports at which it does; they are nil if nothing
	// but the ways leads there.
	Of      *graph.Resource
	Listens *Hop
}

// Way is a sequence of hops. Traffic of one address family must pass all of them.
type Way struct {
	// From is the node that the way starts at; nil is the internet, or Clients.
	From *Node
	// Clients are the addresses that the way starts at instead of those of the internet; empty if it starts there. If One is
	// true, connections come from one of them, and it isn't known from which.
	Clients netset.Prefixes
	One     bool
	// Starts and Ends say that the way starts or ends at one of several places, only one of which there is.
	Starts, Ends Case
	// Family holds all addresses of the way's address family.
	Family netset.Prefixes
	// Hops are in the order in which a connection meets them.
	Hops []*Hop
}

// Case is one of several places of which there is only one. The zero Case is no such place.
type Case struct {
	// Of is the number of the choice, from 1; Is is the place among the Cases from 0.
	Of, Is, Cases int
}

// Hop is a point on a way that lets traffic pass or stops it. It belongs to one way: its words, its place and its deciders are
// those of the endpoint that the way leads to. Similar hops share only their guard.
type Hop struct {
	// Kind is the hop's word in messages: "route table".
	Kind string
	// Resource is the hop's resource, and At the place that says what the hop does. They are nil and empty for a hop outside
	// the configuration.
	Resource *graph.Resource
	At       hcl.Range
	// RestsOn are further resources that decide what the hop takes. What isn't read and refers to one of them may change it.
	RestsOn []*graph.Resource
	// Takes is the traffic that the hop lets pass, by client address, protocol and destination port.
	Takes netset.Bounds[netset.Traffic]
	// Guard decides by rules which part of Takes passes. If it is nil, all of Takes does.
	Guard *Guard
	// To is the port that the hop translates traffic to, or AnyPort. Zero means that the hop doesn't translate ports.
	To int
	// Why is a clause that says what lets traffic pass, or what stops it: "routes 0.0.0.0/0 to an internet gateway".
	Why string
	// Change is a sentence that says how to close the hop, or how to open it if it is closed.
	Change string
	// Decides names what would decide the hop if it is unknown.
	Decides []graph.Origin
	// Sensitive is true if it must not be told which ports the hop takes.
	Sensitive bool
}

// AnyPort is an unknown port. A hop that translates to it surely lets nothing pass.
const AnyPort = -1

// Doubt makes a hop pass only perhaps what it surely passes now. The origins decide it.
func (h *Hop) Doubt(decides ...graph.Origin) {
	h.Takes.Must = netset.Traffic{}
	h.Decides = append(slices.Clip(h.Decides), decides...)
}

// Guard decides by rules which traffic passes. It doesn't change once it is made.
type Guard struct {
	// By is the rules that decide, and how they combine.
	By By
	// Direction is the direction that the rules are asked about.
	Direction Direction
	// Sees is the other end of the connection as the rules see it. If it is nil, they see the client.
	Sees Sees
	Gaps Gaps
}

// By is the rules that a guard asks, and how they combine: [AnyOf], [OneOf], [InOrder] or [Rules].
type By interface{ by() }

// AnyOf asks several scopes: traffic passes if any of them admits it, as with security groups.
type AnyOf struct{ Scopes []ScopeRef }

// OneOf asks the one scope that applies. If there are several, it isn't known which one that is.
type OneOf struct{ Scopes []ScopeRef }

// InOrder asks scopes one after the other. The first that allows or denies decides; what none of them decides is denied.
type InOrder struct {
	Scopes []ScopeRef
	// Member is what the guard protects, if the scopes' rules select members; nil if the rules apply to all.
	Member *Member
}

// Rules asks rules directly, as if they were those of one scope.
type Rules struct {
	// Scope is the scope that messages name for the rules; the zero ScopeID names none.
	Scope ScopeID
	// Rules has at least one rule.
	Rules []*Ingress
	// Member is what the guard protects, if the rules select members; nil if they apply to all.
	Member *Member
}

func (AnyOf) by()   {}
func (OneOf) by()   {}
func (InOrder) by() {}
func (Rules) by()   {}

// Direction is the question that a guard asks its rules.
type Direction uint8

// The directions.
const (
	// In asks the ingress rules about the traffic.
	In Direction = iota + 1
	// Out asks the egress rules about the traffic. Their sources are the destinations.
	Out
	// RepliesIn asks the ingress rules about replies. A client may choose the port that it connects from, so traffic passes if
	// a reply to any port passes.
	RepliesIn
	// RepliesOut asks the egress rules about replies.
	RepliesOut
)

// Replies reports whether the rules are asked about replies.
func (d Direction) Replies() bool { return d == RepliesIn || d == RepliesOut }

// Outbound reports whether the egress rules are asked.
func (d Direction) Outbound() bool { return d == Out || d == RepliesOut }

// Opposite returns the direction that asks the other set of rules the same question.
func (d Direction) Opposite() Direction {
	switch d {
	case In:
		return Out
	case Out:
		return In
	case RepliesIn:
		return RepliesOut
	case RepliesOut:
		return RepliesIn
	}
	return d
}

// Gaps are what isn't known about the rules that a guard asks.
type Gaps struct {
	// Others is true if unknown scopes or rules may apply as well.
	Others bool
	// Absent is true if there may be no scope at all, in which case everything passes.
	Absent bool
	// Inside is true if what no rule decides is admitted where it comes from inside of the network.
	Inside bool
}

// Sees is what rules see instead of the client, or besides it: [Peer] or [Proxy].
type Sees interface{ sees() }

// Peer is the other end of a connection as a guard sees it, such as a load balancer.
type Peer struct {
	// Masks is true if the rules see the peer's address instead of the client's, so that all clients pass or none. That address
	// lies in Within.
	Masks  bool
	Within netset.Prefixes
	// Groups are the scopes that the peer is surely a member of, and Perhaps those that it may be a member of. Others is true
	// if it may be a member of any scope.
	Groups, Perhaps []ScopeID
	Others          bool
}

// Proxy means that the rules apply to a proxy's own address, so all clients pass or none. No rule is named as the one that
// admits a client.
type Proxy struct{}

func (Peer) sees()  {}
func (Proxy) sees() {}

// Scopes returns the scopes that a guard asks, in order.
func (g *Guard) Scopes() []ScopeRef {
	switch by := g.By.(type) {
	case AnyOf:
		return by.Scopes
	case OneOf:
		return by.Scopes
	case InOrder:
		return by.Scopes
	case Rules:
		if by.Scope != (ScopeID{}) {
			return []ScopeRef{{ScopeID: by.Scope, Certain: true}}
		}
	}
	return nil
}

// Member returns what the guard protects, if its rules select members; nil if they apply to all.
func (g *Guard) Member() *Member {
	switch by := g.By.(type) {
	case InOrder:
		return by.Member
	case Rules:
		return by.Member
	}
	return nil
}

// Masked reports whether the rules see another address than the client's.
func (g *Guard) Masked() bool {
	peer, ok := g.Sees.(Peer)
	_, proxy := g.Sees.(Proxy)
	return proxy || ok && peer.Masks
}

// In reports whether the peer is surely, and whether it is perhaps, among the peers that a rule names.
func (p *Peer) In(of Peers) (surely, perhaps bool) {
	has := func(scopes []ScopeID) func(ScopeID) bool {
		return func(s ScopeID) bool { return slices.Contains(scopes, s) }
	}
	surely = slices.ContainsFunc(of.Scopes, has(p.Groups))
	named := len(of.Scopes)+len(of.Perhaps) > 0
	return surely, surely || of.Unknown || p.Others && named ||
		slices.ContainsFunc(of.Perhaps, has(p.Groups)) ||
		slices.ContainsFunc(of.Scopes, has(p.Perhaps)) || slices.ContainsFunc(of.Perhaps, has(p.Perhaps))
}

// Member is what is known of a member of scopes whose rules select members by name or destination.
type Member struct {
	// Names are the names that the member surely has.
	Names []Name
	// Others are the kinds of names of which the member may have more: "tag".
	Others []string
	// Alike are the member's unknown names whose making is known; see [Targets].
	Alike []Name
	// Within has the destination addresses of the traffic that reaches the member.
	Within netset.Prefixes
}

// Matches reports whether targets surely, and whether they perhaps, include the member. Targets with names of several kinds
// include the members that have a name of each kind.
func (m *Member) Matches(t Targets) (surely, perhaps bool) {
	surely, perhaps = !t.Unknown || m.alike(t), true
	anyone := t.Unknown && len(t.Perhaps) == 0
	for _, names := range [][]Name{t.Names, t.Perhaps} {
		for _, name := range names {
			has := m.among(name.Kind, t.Names)
			surely = surely && (has || m.alike(t) && slices.Contains(t.Blind, name.Kind))
			perhaps = perhaps && (has || anyone || slices.Contains(m.Others, name.Kind) || m.among(name.Kind, t.Perhaps))
		}
	}
	if to := t.Addresses; !to.May.Empty() {
		surely = surely && m.Within.SubsetOf(to.Must)
		perhaps = perhaps && m.Within.Overlaps(to.May)
	}
	return surely && perhaps, perhaps
}

// alike reports whether one of the member's unknown names satisfies the targets, and no other unknown name is needed.
func (m *Member) alike(t Targets) bool {
	return slices.ContainsFunc(t.Alike, func(name Name) bool {
		return slices.Contains(m.Alike, name) && !slices.ContainsFunc(t.Blind, func(kind string) bool { return kind != name.Kind })
	})
}

// among reports whether the member has one of the names of a kind.
func (m *Member) among(kind string, names []Name) bool {
	return slices.ContainsFunc(names, func(name Name) bool { return name.Kind == kind && slices.Contains(m.Names, name) })
}

// ScopeRef names a scope that guards a hop.
type ScopeRef struct {
	ScopeID
	// Certain is false if the scope may not apply.
	Certain bool
	// Others is true if the scope, in an ordered list, may hold unknown rules.
	Others bool
}
