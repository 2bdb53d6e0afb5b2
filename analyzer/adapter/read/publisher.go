package read

import (
	"iter"
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// Publisher says, as data, how a cloud publishes ports without a firewall rule: by the listeners of a load balancer, or the
// port forwards of a gateway. Only the publisher's own scheme decides; what is behind it doesn't matter.
type Publisher struct {
	Types []string
	// Kind is the word for it in messages: "listener".
	Kind string
	// Blocks are the nested blocks, one inside the other, that hold the listeners. If it is empty, the resource is a listener.
	Blocks []string
	// Balancer is the attribute that refers to the load balancer, a resource of one of the types Of. If it is empty, the
	// resource is the load balancer.
	Balancer string
	Of       []string
	// Public says whether a listener has an address on the internet; nil means always.
	Public Publicity
	// Off says whether a listener is switched off; nil means no.
	Off *Words
	// Behind says, in the words of a machine, which firewalls guard the load balancer: its In, By, Unguarded and Subnets. nil
	// means that nothing does. Inside are attributes of the load balancer with which a firewall of the cloud guards it if no other
	// does.
	Behind *Machine
	Inside []string
	// Protocol and Ports read the fields of a listener. Clients reads who is let in; nil means everyone.
	Protocol Reader[netset.Protocols]
	Ports    Reader[netset.Ports]
	Clients  ClientReader
	// Tagged are load balancers that choose machines by a word, and Selects are resources that choose them for a load balancer in a
	// way that isn't read. Those that are named need no data: what names them, or leads to what does, has the load balancers of the
	// cloud in its type's name.
	Tagged  []Tag
	Selects []Guarding
	// Name is the attribute of a load balancer by which its members name it, if they do so by its name.
	Name string
	// Keeps is set if targets see the clients themselves, so that their firewalls decide: it is the attribute with the targets'
	// port.
	Keeps string
	// Reads are the types of resources that the readers look up.
	Reads []string
	// Also are further listeners of the same types, whose own Types and Reads don't count.
	Also []Publisher
}

// Guard is a type of resources that do something for others, such as giving them an address. Attr refers to these.
type Guard struct{ Type, Attr string }

// Published is a listener with its load balancer.
type Published struct {
	// Resource declares the listener. Balancer is nil if it lies outside the configuration.
	Resource, Balancer *graph.Resource
	graph.Object
}

// Publicity reports whether a listener is on the internet, and the value that decides. The load balancer is in the
// configuration.
type Publicity func(*graph.Graph, Published) (Answer, graph.Value)

// AlwaysPublic is the publicity of load balancers that have no private form. If the load balancer lies outside the
// configuration, it still isn't known whether it lets anyone in.
func AlwaysPublic(*graph.Graph, Published) (Answer, graph.Value) { return Yes, graph.Value{} }

// PublicBy returns the publicity that an attribute of the load balancer gives by words.
func PublicBy(w Words) Publicity {
	return func(_ *graph.Graph, l Published) (Answer, graph.Value) { return w.Of(l.Balancer.Object) }
}

// PublicUnless returns the publicity that is yes unless a resource of a type, whose attribute refers to the load balancer,
// takes it away by a word.
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
		if unread := alike(g, typ, l.Balancer); is == Yes && !unread.Absent() {
			is, by = Unclear, unread
		}
		return is, by
	}
}

// alike returns a value that names what isn't read and refers to a load balancer, as resources of a type do: a module whose code
// isn't there, or a resource of a type that has a word of the type's name. It is absent if there is none.
func alike(g *graph.Graph, typ string, balancer *graph.Resource) graph.Value {
	users, _ := g.Users(balancer)
	for _, u := range users {
		if strings.HasPrefix(u.Name, "output.") || u.Read || u.Type == typ {
			continue // an output leads nowhere by itself, and what is read is asked elsewhere
		}
		if u.Type == "" || CloudOf(u.Type) == CloudOf(typ) && strings.HasSuffix(u.Type, typ[strings.LastIndexByte(strings.TrimSuffix(typ, "_v2"), '_')+1:]) {
			return Opaque(u.Name, u.At)
		}
	}
	return graph.Value{}
}

// PublicWith returns the publicity that is no unless the load balancer has one of some attributes or blocks, each NAME or
// BLOCK.NAME.
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

// PublicWithOwn is PublicWith for attributes or blocks of the listener, or of the machine's interface.
func PublicWithOwn(attrs ...string) Publicity {
	return func(g *graph.Graph, l Published) (Answer, graph.Value) {
		return PublicWith(attrs...)(g, Published{Balancer: &graph.Resource{Object: l.Object}})
	}
}

// given reports whether an attribute or block, NAME or BLOCK.NAME, is set to something else than false.
func given(o graph.Object, attr string) (Answer, graph.Value) {
	block, rest, nested := strings.Cut(attr, ".")
	if v := o.OwnAttr(block); !nested && Given(v) {
		if on, known := v.Bool(); known && !on {
			return No, v
		}
		if v.Undecided() && Nullable(v) {
			return Unclear, v.Whether()
		}
		return Yes, v
	} else if !nested && !Given(v) && o.Attr(block).Undecided() {
		return No, v // the provider computes it
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

// PublicThrough returns the publicity that is yes if a resource of a type, whose attribute refers to the load balancer, gives
// it an address.
func PublicThrough(typ, attr string) Publicity {
	return func(g *graph.Graph, l Published) (Answer, graph.Value) {
		is, _, v := Guard{typ, attr}.Of(g, l.Balancer)
		if unread := alike(g, typ, l.Balancer); is == No && !unread.Absent() {
			is, v = Unclear, unread
		}
		return is, v
	}
}

// Of reports whether a resource of the guard's type refers to the target, or to what a data source finds for it. It also returns
// that resource, or the value that decides.
func (t Guard) Of(g *graph.Graph, target *graph.Resource) (is Answer, by *graph.Resource, v graph.Value) {
	is = No
	for one := range t.all(g, target) {
		if is, by, v = one.is, one.by, one.v; is == Yes {
			break
		}
	}
	return is, by, v
}

// naming is a resource that refers, or perhaps refers, to a target by a value. Is is never No.
type naming struct {
	is Answer
	by *graph.Resource
	v  graph.Value
}

// all returns the resources of the guard's type that refer to the target, or to what a data source finds for it.
func (t Guard) all(g *graph.Graph, target *graph.Resource) iter.Seq[naming] {
	return func(yield func(naming) bool) {
		for _, r := range slices.Concat(g.Referrers(target, t.Type, t.Attr), g.Askers(target, t.Type, t.Attr)) {
			one := naming{Unclear, r, r.Attr(t.Attr)}
			if r.Certain {
				one.is = Yes
			}
			if !yield(one) {
				return
			}
		}
		for _, r := range g.PerhapsReferrers(t.Type, t.Attr) {
			one := naming{Unclear, r, r.Attr(t.Attr)}
			targets, whole := g.Refer(one.v)
			named := slices.Contains(targets, graph.Target{Resource: target})
			if named && whole && r.Certain {
				one.is = Yes
			}
			if (named || !whole && Given(one.v) && MayBeMade(one.v)) && !yield(one) {
				return
			}
		}
	}
}

// PublicEither returns the publicity that is yes if one of several is.
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
		out[i] = Adapter{Types: p.Types, Reads: slices.Concat(p.Of, p.Reads), Publishes: true, Ingress: func(g *graph.Graph, r *graph.Resource) []*fact.Ingress {
			out := p.ingress(g, r)
			for _, also := range p.Also {
				out = append(out, also.ingress(g, r)...)
			}
			return out
		}}
	}
	return out
}

// ingress returns what the listeners of a resource let in. Where firewalls decide, too, there are ways to it instead.
func (p Publisher) ingress(g *graph.Graph, r *graph.Resource) []*fact.Ingress {
	balancers, whole := p.balancers(g, r)
	if whole && p.guards(g, balancers[0]) {
		return nil
	}
	var out []*fact.Ingress
	for _, b := range ownUnder(r, p.Blocks) {
		if rule := p.rule(g, r, b, balancers, whole); rule != nil {
			out = append(out, rule)
		}
	}
	return out
}

// balancers returns the load balancers that a resource's listeners may belong to; whole is false if it isn't known which one.
func (p Publisher) balancers(g *graph.Graph, r *graph.Resource) (balancers []*graph.Resource, whole bool) {
	balancers, whole = []*graph.Resource{r}, true
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
	return balancers, whole
}

// ownUnder returns the blocks of a resource at a path of nested blocks, which the resource itself is if there is none. Those that
// the provider fills in don't count.
func ownUnder(r *graph.Resource, path []string) []graph.Block {
	out := []graph.Block{{Object: r.Object, Certain: true, At: r.Decl}}
	for _, name := range path {
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

// rule returns what one listener lets in; nil if the listener is surely not on the internet. balancers are the load balancers
// that it may belong to.
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

// public reports whether a listener of a load balancer in the configuration is on the internet.
func (p Publisher) public(g *graph.Graph, l Published) (Answer, graph.Value) {
	if p.Public == nil {
		return Yes, graph.Value{}
	}
	return p.Public(g, l)
}

// decider returns a value that names what decides: v itself if it does, else a value with the words.
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

// ListenerProtocol returns the reader of a listener's transport protocol: HTTP, TLS and the like are TCP, QUIC is UDP. absent
// is the provider's default.
func ListenerProtocol(attr string, absent netset.Protocols, more ...Spelling) Reader[netset.Protocols] {
	tcp, udp := TCP(), netset.Protocol(netset.UDP)
	both := tcp.Union(udp)
	words := slices.Clone(more)
	for _, w := range []string{
		"http", "https", "http2", "h2c", "grpc", "tls", "ssl", "tcp_ssl", "tcpssl", "tcp_tls", "tcp_proxy", "proxy_tcp", "proxy_tls",
		"terminated_https", "tls_passthrough", "tcp-proxy", "prometheus", "proxy", "protocol_tcp", "protocol_tcp_proxy",
		"protocol_tls_passthrough", "protocol_http", "protocol_https",
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

// PortList returns the reader of an attribute that holds a list of ports.
func PortList(attr string) Reader[netset.Ports] {
	return func(o graph.Object) fact.Term[netset.Ports] {
		v := o.OwnAttr(attr)
		t := fact.Term[netset.Ports]{Attrs: []string{attr}, Values: []graph.Value{v}}
		elements, whole := v.Elements()
		if !whole {
			t.Set.May = netset.AllPorts()
		}
		for _, e := range elements {
			port, ok := portEnd(e)
			switch {
			case !ok:
				t.Set.May = netset.AllPorts()
				t.Values = append(t.Values, unusable(e, e, attr))
			case port.lo == port.hi:
				t.Set = netset.UnionBounds(t.Set, netset.Exactly(netset.Port(port.lo)))
			default:
				t.Set.May = t.Set.May.Union(netset.PortRange(port.lo, port.hi))
			}
		}
		return t
	}
}

// PortsOfBlocks returns the reader of nested blocks that each hold the ends of a range of ports.
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
