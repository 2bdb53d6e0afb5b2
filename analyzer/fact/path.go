package fact

import (
	"slices"
	"strings"

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
}

// Way is a sequence of hops, all of which traffic of one address family has to pass.
type Way struct {
	// Family holds all addresses of the way's address family.
	Family netset.Prefixes
	// Hops come in the order in which a connection meets them. Ways share hops.
	Hops []*Hop
}

// Hop is what lets traffic pass, or not, on a way.
type Hop struct {
	// Kind is what the hop is in messages: "route table".
	Kind string
	// Resource is that of the hop, and At the place that says what it does; nil and empty for what lies outside the
	// configuration.
	Resource *graph.Resource
	At       hcl.Range
	// Passes are the client addresses that it lets pass, whatever the port.
	Passes netset.Bounds[netset.Prefixes]
	// Guard is what decides by rules which of those may pass; nil if all do.
	Guard *Guard
	// Ports are those that the hop takes traffic for; empty sets stand for all.
	Ports netset.Bounds[netset.Ports]
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

// Guard decides by the rules of scopes.
type Guard struct {
	Scopes []ScopeRef
	// Any says that a scope suffices which admits traffic, as one of several security groups does. Otherwise one of the
	// scopes applies, and which isn't known if they are several.
	Any bool
	// Others says that scopes, or rules, which aren't known may apply, too.
	Others bool
	// Out says that the rules are those for what goes out, and Replies that traffic passes if a reply to any port does.
	Out, Replies bool
	// Peer is the other end of the connection where that isn't the client, or isn't the client alone; nil if it is.
	Peer *Peer
	// Chain says that the scopes are asked in their order: the first that allows or denies decides, and what none of them
	// decides is denied.
	Chain bool
	// Absent says that there may be no scope at all, and then everything passes.
	Absent bool
	// Rules, if there are any, decide in place of those of the scopes, all together as one scope.
	Rules []*Ingress
	// Masked says that the rules see another address than the client's and let all clients pass or none, so that none of
	// them is told as the one that admits a client.
	Masked bool
	// Member is what the guard protects, where the rules of its scopes select members; nil if they are for all.
	Member *Member
}

// Peer is what a connection comes from, or goes to, in the eyes of a guard: a load balancer, say.
type Peer struct {
	// Masks says that the rules see an address of the peer in place of the client's: all clients pass, or none. The address
	// lies Within.
	Masks  bool
	Within netset.Prefixes
	// Groups are the scopes that it is surely a member of, and Perhaps those that it may be. Others says that it may be
	// in any.
	Groups, Perhaps []string
	Others          bool
}

// In says whether the peer surely, and whether it perhaps, is among those that a rule names.
func (p *Peer) In(of Peers) (surely, perhaps bool) {
	has := func(names []string) func(string) bool {
		return func(name string) bool { return slices.Contains(names, name) }
	}
	surely = slices.ContainsFunc(of.Names, has(p.Groups))
	named := len(of.Names)+len(of.Perhaps) > 0
	return surely, surely || of.Unknown || p.Others && named ||
		slices.ContainsFunc(of.Perhaps, has(p.Groups)) ||
		slices.ContainsFunc(of.Names, has(p.Perhaps)) || slices.ContainsFunc(of.Perhaps, has(p.Perhaps))
}

// Member is what is known of a member of scopes whose rules select members by name or by destination.
type Member struct {
	// Names are those that it surely has, in the words of [Targets.Names].
	Names []string
	// Others are the words for the kinds of names of which it may have others: "tag".
	Others []string
	// Within holds the destination address of what reaches it.
	Within netset.Prefixes
}

// Matches says whether targets surely, and whether they perhaps, hold the member. Targets that name several kinds hold
// those who have a name of each.
func (m *Member) Matches(t Targets) (surely, perhaps bool) {
	surely, perhaps = !t.Unknown, true
	anyone := t.Unknown && len(t.Perhaps) == 0
	for _, names := range [][]string{t.Names, t.Perhaps} {
		for _, name := range names {
			kind, _, _ := strings.Cut(name, ":")
			has := m.among(kind, t.Names)
			surely = surely && has
			perhaps = perhaps && (has || anyone || slices.Contains(m.Others, kind) || m.among(kind, t.Perhaps))
		}
	}
	if to := t.Addresses; !to.May.Empty() {
		surely = surely && m.Within.SubsetOf(to.Must)
		perhaps = perhaps && m.Within.Overlaps(to.May)
	}
	return surely && perhaps, perhaps
}

// among says whether one of the names that are of a kind is the member's.
func (m *Member) among(kind string, names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		of, _, _ := strings.Cut(name, ":")
		return of == kind && slices.Contains(m.Names, name)
	})
}

// ScopeRef names a scope that guards a hop.
type ScopeRef struct {
	Kind, Name string
	// Certain is false if it may not apply.
	Certain bool
	// Others says that, in a chain, it may hold rules that aren't known.
	Others bool
}
