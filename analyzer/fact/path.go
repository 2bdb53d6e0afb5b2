package fact

import (
	"iter"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// EndpointKind says what a path leads to.
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
	// Word is what the resource is in messages: "instance".
	Word string
	// Parts are other resources that the endpoint is made of, such as network interfaces and launch templates.
	Parts []*graph.Resource
	// Ways are those by which traffic may come; it arrives if it passes any of them.
	Ways []Way
	// Bundles are further ways, in bundles that alike endpoints have, too.
	Bundles []Bundle
}

// Bundle is ways that many endpoints have alike, such as those through a load balancer to each of its targets. Who comes by
// them is found once for all, and the ways of one endpoint are made only where they are told.
type Bundle struct {
	// Like is comparable. By bundles whose Like is the same, the same traffic comes; nil is like no other.
	Like any
	// Ways yields functions, each of which makes a way of the endpoint that the bundle is of.
	Ways iter.Seq[func() Way]
}

// Node is a place that several ways lead on from, such as a listener of a load balancer. What comes there is what comes by
// any of its ways. Nodes may be in a circle.
type Node struct{ Ways []Way }

// Way is a sequence of hops, all of which traffic of one address family has to pass.
type Way struct {
	// From is where the way leads on from; nil is the internet.
	From *Node
	// Family holds all addresses of the way's address family.
	Family netset.Prefixes
	// Hops come in the order in which a connection meets them.
	Hops []*Hop
}

// Hop is what lets traffic pass, or not, on a way. It belongs to the one way that it is made for: its words, its place and
// what decides it are those of the endpoint that the way leads to. What alike hops share is their guard.
type Hop struct {
	// Kind is what the hop is in messages: "route table".
	Kind string
	// Resource is that of the hop, and At the place that says what it does; nil and empty for what lies outside the
	// configuration.
	Resource *graph.Resource
	At       hcl.Range
	// Takes is the traffic that it lets pass: by the clients' addresses, the protocol, and the port that it comes to.
	Takes netset.Bounds[netset.Traffic]
	// Guard is what decides by rules which of that may pass; nil if all does.
	Guard *Guard
	// To is the port that traffic goes on to where the hop translates it, or AnyPort; 0 leaves it as it is.
	To int
	// Why says in a clause what lets traffic pass, or why it doesn't: "routes 0.0.0.0/0 to an internet gateway".
	Why string
	// Change says in a sentence how one would close the hop, or open it if it is closed.
	Change string
	// Decides names what would decide the hop if it isn't known.
	Decides []graph.Origin
}

// AnyPort is a port that isn't known. A hop that translates to it surely lets nothing pass.
const AnyPort = -1

// Doubt makes a hop pass perhaps what it surely passes now, as the origins decide.
func (h *Hop) Doubt(decides ...graph.Origin) {
	h.Takes.Must = netset.Traffic{}
	h.Decides = append(slices.Clip(h.Decides), decides...)
}

// Guard decides by rules. It doesn't change once it is made.
type Guard struct {
	// By says whose rules decide, and how they do together.
	By By
	// Direction says what is asked of them.
	Direction Direction
	// Sees is whom the rules see as the other end of the connection; nil is the client.
	Sees Sees
	Gaps Gaps
}

// By says whose rules a guard asks, and how: [AnyOf], [OneOf], [InOrder] or [Rules].
type By interface{ by() }

// AnyOf asks several scopes: traffic passes if any of them admits it, as with security groups.
type AnyOf struct{ Scopes []ScopeRef }

// OneOf asks the one of the scopes that applies; which one that is isn't known if they are several.
type OneOf struct{ Scopes []ScopeRef }

// InOrder asks scopes one after the other: the first that allows or denies decides, and what none of them decides is
// denied.
type InOrder struct {
	Scopes []ScopeRef
	// Member is what the guard protects, where the rules of its scopes select members; nil if they are for all.
	Member *Member
}

// Rules asks rules by themselves, all together as if they were one scope's.
type Rules struct {
	// Scope is the one that the rules are told to be of; the zero ScopeID if none is.
	Scope ScopeID
	// Rules are at least one.
	Rules []*Ingress
	// Member is what the guard protects, where the rules select members; nil if they are for all.
	Member *Member
}

func (AnyOf) by()   {}
func (OneOf) by()   {}
func (InOrder) by() {}
func (Rules) by()   {}

// Direction is what the rules of a guard are asked.
type Direction uint8

// The directions.
const (
	// In asks the ingress rules about the traffic.
	In Direction = iota + 1
	// Out asks the egress rules about the traffic, whose sources are whom it goes to.
	Out
	// RepliesIn asks the ingress rules about replies. A client may choose the port that it connects from, so traffic passes
	// if a reply to any port does.
	RepliesIn
	// RepliesOut asks the egress rules about replies.
	RepliesOut
)

// Replies says that the rules are asked about replies.
func (d Direction) Replies() bool { return d == RepliesIn || d == RepliesOut }

// Outbound says that the egress rules are asked.
func (d Direction) Outbound() bool { return d == Out || d == RepliesOut }

// Opposite returns the direction that asks the other rules about the same.
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

// Gaps are what isn't known of the rules that a guard asks.
type Gaps struct {
	// Others says that scopes, or rules, which aren't known may apply, too.
	Others bool
	// Absent says that there may be no scope at all, and then everything passes.
	Absent bool
}

// Sees is whom rules see in place of the client, or besides it: [Peer] or [Proxy].
type Sees interface{ sees() }

// Peer is what a connection comes from, or goes to, in the eyes of a guard: a load balancer, say.
type Peer struct {
	// Masks says that the rules see an address of the peer in place of the client's: all clients pass, or none. The address
	// lies Within.
	Masks  bool
	Within netset.Prefixes
	// Groups are the scopes that it is surely a member of, and Perhaps those that it may be. Others says that it may be
	// in any.
	Groups, Perhaps []ScopeID
	Others          bool
}

// Proxy is what rules see that let all clients pass or none, as they are given for its address and not for the clients'.
// None of them is told as the one that admits a client.
type Proxy struct{}

func (Peer) sees()  {}
func (Proxy) sees() {}

// Scopes returns the scopes whose rules a guard asks, in their order.
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

// Member returns what the guard protects, where its rules select members; nil if they are for all.
func (g *Guard) Member() *Member {
	switch by := g.By.(type) {
	case InOrder:
		return by.Member
	case Rules:
		return by.Member
	}
	return nil
}

// Masked says that the rules see another address in place of the client's.
func (g *Guard) Masked() bool {
	peer, ok := g.Sees.(Peer)
	_, proxy := g.Sees.(Proxy)
	return proxy || ok && peer.Masks
}

// In says whether the peer surely, and whether it perhaps, is among those that a rule names.
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

// Member is what is known of a member of scopes whose rules select members by name or by destination.
type Member struct {
	// Names are those that it surely has.
	Names []Name
	// Others are the kinds of names of which it may have others: "tag".
	Others []string
	// Alike are the names which aren't known, as those of Targets.
	Alike []Name
	// Within holds the destination address of what reaches it.
	Within netset.Prefixes
}

// Matches says whether targets surely, and whether they perhaps, hold the member. Targets that name several kinds hold
// those who have a name of each.
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

// alike says whether the member has one of the names which aren't known, and targets need no other that isn't.
func (m *Member) alike(t Targets) bool {
	return slices.ContainsFunc(t.Alike, func(name Name) bool {
		return slices.Contains(m.Alike, name) && !slices.ContainsFunc(t.Blind, func(kind string) bool { return kind != name.Kind })
	})
}

// among says whether one of the names that are of a kind is the member's.
func (m *Member) among(kind string, names []Name) bool {
	return slices.ContainsFunc(names, func(name Name) bool { return name.Kind == kind && slices.Contains(m.Names, name) })
}

// ScopeRef names a scope that guards a hop.
type ScopeRef struct {
	ScopeID
	// Certain is false if it may not apply.
	Certain bool
	// Others says that, in order with others, it may hold rules that aren't known.
	Others bool
}
