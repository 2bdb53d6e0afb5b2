package read

import (
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// Publisher is how a cloud publishes ports by itself, without a firewall's rule: the listeners of a load balancer, or the
// port forwards of a gateway. What is behind it decides nothing here: the port is published by its own scheme.
type Publisher struct {
	Types []string
	// Kind is the word for one in messages: "listener".
	Kind string
	// Blocks are the nested blocks, one inside the other, that hold the listeners; without any the resource is one.
	Blocks []string
	// Balancer is the attribute that refers to the load balancer, a resource of one of the types Of; without it the
	// resource is the load balancer.
	Balancer string
	Of       []string
	// Public tells whether a listener has an address on the internet; nil is always.
	Public Publicity
	// Off says whether a listener is switched off; nil is no.
	Off *Words
	// Guards are attributes of the load balancer that name security groups, whose rules decide who comes in. NoGuard
	// says what it means to name none: that everyone is let in, or that a group of the cloud's own decides.
	Guards  []string
	NoGuard Who
	// GuardedBy are other resources that put firewalls before a load balancer.
	GuardedBy []Guard
	// Protocol and Ports read the fields of a listener; Clients reads who is let in, and nil is everyone.
	Protocol Reader[netset.Protocols]
	Ports    Reader[netset.Ports]
	Clients  ClientReader
	// Reads are the types of resources that the readers look up.
	Reads []string
}

// Guard is a type of resources that guard load balancers, or give them an address, whose attribute refers to those.
type Guard struct{ Type, Attr string }

// Published is a listener with what it belongs to.
type Published struct {
	// Resource declares the listener; Balancer is nil if it lies outside the configuration.
	Resource, Balancer *graph.Resource
	graph.Object
}

// ClientReader reads the addresses that a listener admits, a term for each attribute that says so.
type ClientReader func(*graph.Graph, Published) []fact.Term[netset.Prefixes]

// Publicity says whether a listener is on the internet, and which value decides. Its load balancer is in the configuration.
type Publicity func(*graph.Graph, Published) (Answer, graph.Value)

// AlwaysPublic is the publicity of load balancers that have no private form; of one elsewhere it still isn't known whether what
// is behind it lets anyone in.
func AlwaysPublic(*graph.Graph, Published) (Answer, graph.Value) { return Yes, graph.Value{} }

// PublicBy is the publicity that the word in an attribute of the load balancer gives.
func PublicBy(w Words) Publicity {
	return func(_ *graph.Graph, l Published) (Answer, graph.Value) { return w.Of(l.Balancer.Object) }
}

// PublicUnless is the publicity of a load balancer that is on the internet unless a resource of a type, whose attribute
// refers to it, takes that away by a word.
func PublicUnless(typ, attr string, private Words) Publicity {
	return func(g *graph.Graph, l Published) (Answer, graph.Value) {
		is, by := Yes, graph.Value{}
		for _, r := range g.OfType(typ) {
			targets, whole := g.Refer(r.Attr(attr))
			if whole && !slices.Contains(targets, graph.Target{Resource: l.Balancer}) {
				continue
			}
			switch away, v := private.Of(r.Object); {
			case away == No:
			case away == Yes && whole && len(targets) == 1 && r.Certain:
				return No, v
			default:
				is, by = Unclear, v
			}
		}
		return is, by
	}
}

// PublicWith is the publicity of a load balancer that is private unless one of its attributes or blocks is given, each a
// name or BLOCK.NAME.
func PublicWith(attrs ...string) Publicity {
	return func(_ *graph.Graph, l Published) (Answer, graph.Value) {
		is, by := No, graph.Value{}
		for _, attr := range attrs {
			switch set, v := given(l.Balancer.Object, attr); set {
			case Yes:
				return Yes, v
			case Unclear:
				is, by = Unclear, v
			case No:
			}
		}
		return is, by
	}
}

// given says whether an attribute or block is set, NAME or BLOCK.NAME, and to something else than false.
func given(o graph.Object, attr string) (Answer, graph.Value) {
	block, rest, nested := strings.Cut(attr, ".")
	if v := o.OwnAttr(block); !nested && Given(v) {
		if on, known := v.Bool(); known && !on {
			return No, v
		}
		if v.Undecided() && Nullable(v) {
			return Unclear, v
		}
		return Yes, v
	}
	is, by := No, graph.Value{}
	for _, b := range o.OwnBlocks(block) {
		inner, v := Yes, graph.Value{}
		if nested {
			inner, v = given(b.Object, rest)
		}
		switch {
		case inner == Yes && b.Certain:
			return Yes, v
		case inner == Yes:
			is, by = Unclear, b.Exists
		case inner == Unclear:
			is, by = Unclear, v
		}
	}
	return is, by
}

// PublicThrough is the publicity of a load balancer that another resource gives an address: one of a type whose
// attribute refers to the load balancer.
func PublicThrough(typ, attr string) Publicity {
	return func(g *graph.Graph, l Published) (Answer, graph.Value) {
		is, _, v := Guard{typ, attr}.of(g, l.Balancer)
		return is, v
	}
}

// of says whether a resource of the guard's type refers to the target, and which, or the value that may.
func (t Guard) of(g *graph.Graph, target *graph.Resource) (is Answer, by *graph.Resource, v graph.Value) {
	is = No
	for _, r := range g.OfType(t.Type) {
		one := r.Attr(t.Attr)
		targets, whole := g.Refer(one)
		switch named := slices.Contains(targets, graph.Target{Resource: target}); {
		case named && whole && r.Certain:
			return Yes, r, one
		case named || !whole && Given(one) && MayBeMade(one):
			is, by, v = Unclear, r, one
		}
	}
	return is, by, v
}

// PublicEither is the publicity of a load balancer that is on the internet if any of several says so.
func PublicEither(several ...Publicity) Publicity {
	return func(g *graph.Graph, l Published) (Answer, graph.Value) {
		is, by := No, graph.Value{}
		for _, p := range several {
			switch one, v := p(g, l); one {
			case Yes:
				return Yes, v
			case Unclear:
				is, by = Unclear, v
			case No:
			}
		}
		return is, by
	}
}

// Publish returns the adapters of publishers.
func Publish(publishers ...Publisher) []Adapter {
	out := make([]Adapter, len(publishers))
	for i, p := range publishers {
		out[i] = Adapter{Types: p.Types, Reads: slices.Concat(p.Of, p.Reads), Ingress: p.ingress}
		for _, g := range p.GuardedBy {
			out[i].Reads = append(out[i].Reads, g.Type)
		}
	}
	return out
}

// ingress returns what the listeners of a resource let in.
func (p Publisher) ingress(g *graph.Graph, r *graph.Resource) []*fact.Ingress {
	balancers, whole := []*graph.Resource{r}, true
	if p.Balancer != "" {
		var targets []graph.Target
		targets, whole = g.Refer(r.Attr(p.Balancer))
		balancers = nil
		for _, t := range targets {
			if t.Resource == nil || !slices.Contains(p.Of, t.Resource.Addr.Type) || t.Resource.Addr.Mode != graph.Managed {
				whole = false
				continue
			}
			balancers = append(balancers, t.Resource)
		}
		whole = whole && len(balancers) == 1
	}
	var out []*fact.Ingress
	for _, b := range p.listeners(r) {
		if rule := p.rule(g, r, b, balancers, whole); rule != nil {
			out = append(out, rule)
		}
	}
	return out
}

// listeners returns the bodies of a resource's listeners.
func (p Publisher) listeners(r *graph.Resource) []graph.Block {
	out := []graph.Block{{Object: r.Object, Certain: true, At: r.Decl}}
	for _, name := range p.Blocks {
		var inner []graph.Block
		for _, b := range out {
			for _, n := range b.OwnBlocks(name) {
				if n.Certain && !b.Certain {
					n.Certain, n.Exists = false, b.Exists
				}
				inner = append(inner, n)
			}
		}
		out = inner
	}
	return out
}

// rule returns what one listener lets in, if it is one of the only balancer, or of one that isn't known; nil if that is
// surely not on the internet.
func (p Publisher) rule(g *graph.Graph, r *graph.Resource, b graph.Block, balancers []*graph.Resource, whole bool) *fact.Ingress {
	rule := &fact.Ingress{
		Resource: r, Scope: Own(r, fact.Scope{ScopeID: fact.ScopeID{Kind: p.Kind}, Role: fact.Listener, Order: fact.Union}),
		Action: fact.Allow, At: b.At, Listed: b.Listed,
		Protocol: p.Protocol(b.Object), Ports: p.Ports(b.Object),
	}
	rule.Certain, rule.Exists = Exists(r, b)
	published := Published{Resource: r, Object: b.Object}
	switch {
	case whole:
		published.Balancer = balancers[0]
		is, by := p.public(g, published)
		if is == No {
			return nil
		}
		if is == Unclear {
			Doubt(rule, decider(by, "the load balancer's address", r))
		}
		p.guarded(g, rule, balancers[0])
	case p.Public == nil:
	default:
		v := r.Attr(p.Balancer)
		words := "the load balancer"
		if id, known := v.Text(); known {
			words = "load balancer " + id
		}
		Doubt(rule, decider(v, words, r))
	}
	if p.Off != nil {
		switch is, v := p.Off.Of(b.Object); is {
		case Yes:
			return nil
		case Unclear:
			Doubt(rule, v)
		case No:
		}
	}
	rule.Sources = []fact.Term[netset.Prefixes]{Constant(netset.AllAddresses())}
	if p.Clients != nil {
		rule.Sources = p.Clients(g, published)
	}
	return rule
}

// public says whether a listener of a known load balancer is on the internet.
func (p Publisher) public(g *graph.Graph, l Published) (Answer, graph.Value) {
	if p.Public == nil {
		return Yes, graph.Value{}
	}
	return p.Public(g, l)
}

// guarded puts a rule in doubt whose clients the rules of security groups decide.
func (p Publisher) guarded(g *graph.Graph, rule *fact.Ingress, balancer *graph.Resource) {
	for _, by := range p.GuardedBy {
		if is, guard, _ := by.of(g, balancer); is != No {
			Doubt(rule, Opaque("the rules of "+guard.Addr.String(), guard.Decl))
			return
		}
	}
	if len(p.Guards) == 0 {
		return
	}
	for _, attr := range p.Guards {
		if v := balancer.OwnAttr(attr); Given(v) {
			Doubt(rule, decider(v, attr+" of "+balancer.Addr.String(), balancer))
			return
		}
	}
	if p.NoGuard != Everyone {
		Doubt(rule, Opaque("the default security group of "+balancer.Addr.String(), balancer.Decl))
	}
}

// decider returns a value that names what decides: v if it does, and else what the words say.
func decider(v graph.Value, words string, r *graph.Resource) graph.Value {
	if len(v.Origins()) > 0 {
		return v
	}
	at := v.At
	if at.Filename == "" {
		at = r.Decl
	}
	return Opaque(words, at)
}

// ListenerProtocol reads the protocol of a listener, whatever runs inside of it: HTTP, TLS and the like are TCP, QUIC is
// UDP. Absent is the provider's default.
func ListenerProtocol(attr string, absent netset.Protocols, more ...Spelling) Reader[netset.Protocols] {
	tcp, udp := TCP(), netset.Protocol(netset.UDP)
	both := tcp.Union(udp)
	words := slices.Clone(more)
	for _, w := range []string{
		"http", "https", "http2", "h2c", "grpc", "tls", "ssl", "tcp_ssl", "tcpssl", "tcp_tls", "tcp_proxy", "proxy_tcp", "proxy_tls",
		"terminated_https", "tls_passthrough", "tcp-proxy", "prometheus", "proxy", "protocol_tcp", "protocol_tcp_proxy",
		"protocol_tls_passthrough",
	} {
		words = append(words, Spelling{w, tcp})
	}
	for _, w := range []string{"http3", "quic", "protocol_udp"} {
		words = append(words, Spelling{w, udp})
	}
	for _, w := range []string{"tcp_udp", "tcp_and_udp", "both", "tcpudp", "any"} {
		words = append(words, Spelling{w, both})
	}
	return ProtocolIn(attr, absent, words...)
}

// ClientsIn is the reader of who is let in where attributes of the listener name the addresses; without them it is
// everyone.
func ClientsIn(attrs ...string) ClientReader {
	return func(g *graph.Graph, l Published) []fact.Term[netset.Prefixes] {
		return From{Addresses: attrs, None: Everyone}.Read(g, l.Object)
	}
}

// ClientsBut is ClientsIn with an attribute that names addresses that are kept out.
func ClientsBut(allowed, denied string) ClientReader {
	return func(g *graph.Graph, l Published) []fact.Term[netset.Prefixes] {
		if v := l.OwnAttr(denied); Given(v) && !Given(l.OwnAttr(allowed)) {
			return []fact.Term[netset.Prefixes]{Except(denied, v, Sources(AnyFamily)(v))}
		}
		return ClientsIn(allowed)(g, l)
	}
}

// Except is everyone but the addresses that an attribute keeps out.
func Except(attr string, v graph.Value, out netset.Bounds[netset.Prefixes]) fact.Term[netset.Prefixes] {
	return fact.Term[netset.Prefixes]{Set: netset.ComplementBounds(out), Attrs: []string{attr}, Values: []graph.Value{v}}
}

// ClientsPerhaps is the reader of who is let in where attributes or blocks of the listener, if they are given, restrict
// that in a way that isn't read.
func ClientsPerhaps(restrictions ...string) ClientReader {
	return func(_ *graph.Graph, l Published) []fact.Term[netset.Prefixes] {
		for _, name := range restrictions {
			if is, v := given(l.Object, name); is != No {
				if !v.Undecided() {
					at := v.At
					if at.Filename == "" {
						at = l.Resource.Decl
					}
					v = Opaque(name+" of "+l.Resource.Addr.String(), at)
				}
				return []fact.Term[netset.Prefixes]{Someone(v, name)}
			}
		}
		return []fact.Term[netset.Prefixes]{Constant(netset.AllAddresses())}
	}
}

// ClientsPerhapsBy is ClientsPerhaps where a resource of a type, whose attribute refers to the listener, restricts.
func ClientsPerhapsBy(typ, attr string) ClientReader {
	return func(g *graph.Graph, l Published) []fact.Term[netset.Prefixes] {
		if is, by, _ := (Guard{typ, attr}).of(g, l.Resource); is != No {
			return []fact.Term[netset.Prefixes]{Someone(Opaque("what "+by.Addr.String()+" restricts", by.Decl), attr)}
		}
		return []fact.Term[netset.Prefixes]{Constant(netset.AllAddresses())}
	}
}

// PortList reads an attribute that holds a list of ports.
func PortList(attr string) Reader[netset.Ports] {
	return func(o graph.Object) fact.Term[netset.Ports] {
		v := o.OwnAttr(attr)
		t := fact.Term[netset.Ports]{Attrs: []string{attr}, Values: []graph.Value{v}}
		elements, whole := v.Elements()
		if !whole {
			t.Set.May = netset.AllPorts()
		}
		for _, e := range elements {
			n, known := e.Int()
			if !known {
				t.Set.May = netset.AllPorts()
				continue
			}
			t.Set = netset.UnionBounds(t.Set, netset.Exactly(netset.Port(n)))
		}
		return t
	}
}

// PortsOfBlocks reads nested blocks that each hold the ends of a range of ports.
func PortsOfBlocks(block, from, to string) Reader[netset.Ports] {
	return func(o graph.Object) fact.Term[netset.Ports] {
		var t fact.Term[netset.Ports]
		for _, b := range o.OwnBlocks(block) {
			one := PortRange(b.Object, from, to)
			if !b.Certain {
				one.Set.Must = netset.Ports{}
			}
			t.Set = netset.UnionBounds(t.Set, one.Set)
			t.Attrs, t.Values = append(t.Attrs, one.Attrs...), append(t.Values, one.Values...)
		}
		return t
	}
}
