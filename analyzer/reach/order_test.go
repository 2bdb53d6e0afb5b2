package reach_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
	"github.com/tfreach/tfreach/analyzer/reach"
)

// The universe of the simulator. Every set in its rules is a union of these, so one packet of each stands for all.
var (
	simSources = []string{"0.0.0.0/1", "128.0.0.0/2", "192.0.0.0/2", "::/1", "8000::/1"}
	simPorts   = [][2]int{{0, 20}, {21, 21}, {22, 22}, {23, 65535}}
	simDests   = []string{"0.0.0.0/1", "128.0.0.0/1", "::/0"}
	simNames   = []fact.Name{{Kind: "tag", Text: "a"}, {Kind: "tag", Text: "b"}}
)

// judged is what the scopes are asked about: two of the ports over TCP.
var judged = reach.Port{Service: "p", Label: "p", Protocol: netset.TCP, Ports: netset.PortRange(21, 22)}

// packet is a packet to a member of the scope, by indices into the universe. Its protocol is TCP.
type packet struct{ source, port, dest int }

// known is a rule of which everything is known. Sets are bits by index into the universe.
type known struct {
	exists                bool
	action                fact.Action
	priority              int
	tcp                   bool
	sources, ports, dests uint
	// names are those that a member must have one of; 0 is any member.
	names uint
}

func (k known) matches(p packet, names uint) bool {
	return k.exists && k.tcp && k.sources>>p.source&1 == 1 && k.ports>>p.port&1 == 1 && k.dests>>p.dest&1 == 1 &&
		(k.names == 0 || k.names&names != 0)
}

// admits says what a scope with the rules does with a packet to some member. The rules come in their order; of those
// with equal priorities the earlier goes first, but for denies where they win.
func admits(order fact.Order, rules []known, p packet) bool {
	for names := range uint(2 << len(simNames)) { // one more than rules know by name
		action := fact.Deny
		switch order {
		case fact.Union:
			if slices.ContainsFunc(rules, func(k known) bool { return k.action == fact.Allow && k.matches(p, names) }) {
				action = fact.Allow
			}
		case fact.FirstMatch, fact.DenyWins:
			var first *known
			for i, k := range rules {
				if !k.matches(p, names) {
					continue
				}
				wins := order == fact.DenyWins && k.action == fact.Deny && first != nil && k.priority == first.priority
				if first == nil || k.priority < first.priority || wins {
					first = &rules[i]
				}
			}
			if first != nil {
				action = first.action
			}
		}
		if action == fact.Allow {
			return true
		}
	}
	return false
}

// partial is a rule that may be known in part: each set lies between must and may.
type partial struct {
	known
	uncertain, namesUnknown        bool
	hi                             int
	mayTCP                         bool
	maySources, mayPorts, mayDests uint
}

// subset returns random bits between lo and hi.
func subset(r *rand.Rand, lo, hi uint) uint { return lo | hi&uint(r.Uint64()) }

func full[T any](s []T) uint { return 1<<len(s) - 1 }

// random returns a rule, with unknown fields if asked for.
func random(r *rand.Rand, order fact.Order, unknowns bool) partial {
	chance := func(n int) bool { return r.IntN(n) == 0 }
	bits := func(all uint) (must, may uint) {
		may = all
		if !chance(3) {
			may = 1<<r.IntN(8)&all | uint(r.Uint64())&all
		}
		if may == 0 {
			may = all
		}
		if unknowns && chance(6) {
			return subset(r, 0, may), may
		}
		return may, may
	}
	p := partial{known: known{exists: true, action: fact.Allow, priority: r.IntN(4), tcp: !chance(8)}}
	if order != fact.Union || chance(6) {
		p.action = []fact.Action{fact.Allow, fact.Allow, fact.Deny, fact.Deny, fact.Delegate}[r.IntN(5)]
	}
	p.hi, p.mayTCP = p.priority, p.tcp
	p.sources, p.maySources = bits(full(simSources))
	p.ports, p.mayPorts = bits(full(simPorts))
	p.dests, p.mayDests = full(simDests), full(simDests)
	if chance(2) {
		p.dests, p.mayDests = bits(full(simDests))
	}
	if chance(3) {
		p.names = 1 + uint(r.IntN(3))
	}
	if unknowns {
		p.uncertain = chance(8)
		p.namesUnknown = chance(10)
		p.mayTCP = p.tcp || chance(2)
		if chance(6) {
			p.hi += r.IntN(3)
		}
		if chance(8) {
			p.action = fact.Undecided
		}
	}
	return p
}

// untie gives the i-th rule a priority that no other has which it might not go before: ties that the order doesn't
// decide are a kind of unknown.
func (p *partial) untie(order fact.Order, i int) {
	switch {
	case order == fact.FirstMatch:
		p.priority = i
	case p.action == fact.Delegate:
		p.priority = 2*p.priority + 1
	default:
		p.priority *= 2
	}
	p.hi = p.priority
}

// complete returns a rule that p may turn out to be.
func (p partial) complete(r *rand.Rand) known {
	k := p.known
	if p.uncertain {
		k.exists = r.IntN(2) == 0
	}
	if p.action == fact.Undecided {
		k.action = []fact.Action{fact.Allow, fact.Deny, fact.Delegate}[r.IntN(3)]
	}
	k.priority += r.IntN(p.hi - p.priority + 1)
	if p.mayTCP && !p.tcp {
		k.tcp = r.IntN(2) == 0
	}
	k.sources, k.ports = subset(r, p.sources, p.maySources), subset(r, p.ports, p.mayPorts)
	for k.dests = 0; k.dests == 0; { // a rule is for some destination
		k.dests = subset(r, p.dests, p.mayDests)
	}
	if p.namesUnknown {
		k.names = subset(r, p.names, full(simNames)|1<<len(simNames))
		if k.names == 0 {
			k.names = 1 << len(simNames) // a name that nobody asks about
		}
	}
	return k
}

// fact returns the rule as an adapter would.
func (p partial) fact(id int, scope fact.Scope) *fact.Ingress {
	i := &fact.Ingress{
		Resource: &graph.Resource{Addr: graph.Address{Mode: graph.Managed, Type: "rule", Name: fmt.Sprintf("r%02d", id)}},
		Scope:    scope, Certain: !p.uncertain, Action: p.action, Priority: fact.Span{Lo: p.priority, Hi: p.hi},
		Protocol: fact.Term[netset.Protocols]{Set: netset.Bounds[netset.Protocols]{Must: protocols(p.tcp), May: protocols(p.mayTCP)}},
		Ports:    fact.Term[netset.Ports]{Set: netset.Bounds[netset.Ports]{Must: ports(p.ports), May: ports(p.mayPorts)}},
		Sources: []fact.Term[netset.Prefixes]{
			{Set: netset.Bounds[netset.Prefixes]{Must: prefixes(simSources, p.sources), May: prefixes(simSources, p.maySources)}},
		},
	}
	for n, name := range simNames {
		if p.names>>n&1 == 1 {
			i.Targets.Names = append(i.Targets.Names, name)
		}
	}
	i.Targets.Unknown = p.namesUnknown
	if p.mayDests != full(simDests) || p.dests != p.mayDests {
		i.Targets.Addresses = netset.Bounds[netset.Prefixes]{Must: prefixes(simDests, p.dests), May: prefixes(simDests, p.mayDests)}
	}
	return i
}

func protocols(tcp bool) netset.Protocols {
	if tcp {
		return netset.AllProtocols()
	}
	return netset.Protocol(netset.UDP)
}

func ports(bits uint) netset.Ports {
	var out netset.Ports
	for i, p := range simPorts {
		if bits>>i&1 == 1 {
			out = out.Union(netset.PortRange(p[0], p[1]))
		}
	}
	return out
}

func prefixes(universe []string, bits uint) netset.Prefixes {
	var out []netset.Prefixes
	for i, text := range universe {
		if bits>>i&1 == 1 {
			out = append(out, netset.Prefix(netip.MustParsePrefix(text)))
		}
	}
	return netset.UnionAll(out...)
}

// verdict is what Judge says of a scope: the packets to the judged port that it surely and perhaps admits.
func verdict(rules []*fact.Ingress) netset.Bounds[netset.Traffic] {
	var b netset.Bounds[netset.Traffic]
	for _, e := range reach.Judge(rules, judged) {
		for _, o := range e.Openings {
			b = netset.UnionBounds(b, o.Admits)
		}
	}
	return b
}

// holds says whether a packet of the universe is among traffic.
func holds(t netset.Traffic, p packet) bool {
	source := netset.Prefix(netip.MustParsePrefix(simSources[p.source]))
	return t.Sources(netset.TCP, ports(1<<p.port)).Overlaps(source)
}

// TestOrders compares what Judge says of random small scopes with a simulator that looks at one packet after the other.
// What is known in full must agree exactly; of what is known in part, everything that the rules may turn out to be must
// lie between the bounds.
func TestOrders(t *testing.T) {
	const sets, completions = 20_000, 6
	r := rand.New(rand.NewPCG(4, 2026))
	orders := []fact.Order{fact.Union, fact.FirstMatch, fact.DenyWins}
	admitted := 0
	for n := range sets {
		order := orders[n%len(orders)]
		unknowns := n%2 == 0
		scope := fact.Scope{ScopeID: fact.ScopeID{Kind: "scope", Name: "s"}, Role: fact.Firewall, Order: order}
		rules := make([]partial, 1+r.IntN(6))
		facts := make([]*fact.Ingress, len(rules))
		for i := range rules {
			rules[i] = random(r, order, unknowns)
			if !unknowns {
				rules[i].untie(order, i)
			}
			facts[i] = rules[i].fact(i, scope)
		}
		shuffled := slices.Clone(facts)
		r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		got := verdict(shuffled)
		if !got.Must.SubsetOf(got.May) {
			t.Fatalf("set %d: %v is not in %v", n, got.Must, got.May)
		}
		for range completions {
			real := make([]known, len(rules))
			for i, p := range rules {
				real[i] = p.complete(r)
			}
			r.Shuffle(len(real), func(i, j int) { real[i], real[j] = real[j], real[i] })
			for source := range simSources {
				for port := 1; port <= 2; port++ {
					p := packet{source: source, port: port}
					want := false
					for p.dest = range simDests {
						want = want || admits(order, real, p)
					}
					must, may := holds(got.Must, p), holds(got.May, p)
					if must && !want || !may && want || !unknowns && must != may {
						t.Fatalf("set %d, order %d, packet %+v: admitted: %t, but must: %t, may: %t; of\n%+v\nas\n%+v",
							n, order, p, want, must, may, rules, real)
					}
					if want {
						admitted++
					}
				}
			}
			if !unknowns {
				break
			}
		}
	}
	if admitted < sets {
		t.Errorf("only %d packets were admitted, so the sets show little", admitted)
	}
}
