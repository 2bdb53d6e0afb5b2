package read

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math/bits"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// Term reads one attribute as a set.
func Term[T any](o graph.Object, attr string, read func(graph.Value) netset.Bounds[T]) fact.Term[T] {
	v := o.Attr(attr)
	return fact.Term[T]{Set: read(v), Attrs: []string{attr}, Values: []graph.Value{v}, Read: read, Few: Few(v, nil)}
}

// Few reports whether what isn't known of a list of networks are blocks of which each is small, wherever it is: it ends in a
// length that is known, or is bounded by what it is, as also says; nil if nothing is.
func Few(v graph.Value, also func(graph.Value) bool) bool {
	if v.Known() || v.Absent() {
		return false
	}
	var small func(graph.Value) bool
	small = func(v graph.Value) bool {
		if v.Absent() || also != nil && also(v) {
			return true
		}
		if choices := v.Choices(); len(choices) > 0 {
			return !slices.ContainsFunc(choices, func(c graph.Value) bool { return !small(c) })
		}
		_, suffix := v.Ends()
		slash := strings.LastIndexByte(suffix, '/')
		length, err := strconv.Atoi(suffix[slash+1:])
		return slash >= 0 && err == nil && length >= broadest && length <= 128
	}
	understood := func(m graph.Member) bool {
		text, known := m.Text()
		_, err := parseAddresses(text)
		return m.Sure && known && (err == nil || text == "")
	}
	members, open := v.Members()
	return !open && len(members) > 0 && !slices.ContainsFunc(members, func(m graph.Member) bool {
		return !understood(m) && !small(m.Value)
	})
}

// broadest is the length of a block that isn't broad in any family: of IPv4 blocks those longer than 16 bits are narrow already.
const broadest = 16

// Constant returns a term that no attribute decides, such as a provider's default.
func Constant[T any](set T) fact.Term[T] { return fact.Term[T]{Set: netset.Exactly(set)} }

// Protocol reads a protocol by name or number in any case; -1 and all are every protocol. An absent attribute is every
// protocol, too: that is the default of all providers that have one.
func Protocol(v graph.Value) netset.Bounds[netset.Protocols] {
	if b, ok := either(v, false, Protocol); ok {
		return b
	}
	if v.Absent() {
		return netset.Exactly(netset.AllProtocols())
	}
	if s, ok := v.Text(); ok {
		if p, err := netset.ParseProtocol(s); err == nil {
			return netset.Exactly(p)
		}
	}
	return netset.Bounds[netset.Protocols]{May: netset.AllProtocols()}
}

// Family is the address family that an attribute can hold.
type Family uint8

const (
	// IPv4 is the family of IPv4 addresses.
	IPv4 Family = iota + 1
	// IPv6 is the family of IPv6 addresses.
	IPv6
	// AnyFamily is both families.
	AnyFamily
)

// All returns all addresses of the family.
func (f Family) All() netset.Prefixes {
	switch f {
	case IPv4:
		return netset.AllAddresses().IPv4()
	case IPv6:
		return netset.AllAddresses().IPv6()
	case AnyFamily:
	}
	return netset.AllAddresses()
}

// Sources returns the reader of an attribute that holds an address, a CIDR, or a collection of them. An absent attribute names
// nobody. An unknown element may be any address of the family.
func Sources(f Family) func(graph.Value) netset.Bounds[netset.Prefixes] {
	return func(v graph.Value) netset.Bounds[netset.Prefixes] {
		return readSources(v, f, false, func(cty.Value) netset.Prefixes { return f.All() })
	}
}

// Networks is Sources for AWS, which refuses a CIDR whose address has bits beyond its length. The known beginning of an unknown
// text therefore limits it, and a rule without sources is for nobody.
func Networks(f Family) func(graph.Value) netset.Bounds[netset.Prefixes] {
	return func(v graph.Value) netset.Bounds[netset.Prefixes] {
		return readSources(v, f, true, func(v cty.Value) netset.Prefixes { return startingWith(v, f) })
	}
}

// either reads a value that is one of several choices. The second result is false for other values, and if a choice may be
// absent or empty where that has a meaning of its own.
func either[T netset.Set[T]](v graph.Value, empty bool, read func(graph.Value) netset.Bounds[T]) (netset.Bounds[T], bool) {
	choices := v.Choices()
	if len(choices) == 0 || !empty && slices.ContainsFunc(choices, func(c graph.Value) bool { return !Given(c) }) {
		return netset.Bounds[T]{}, false
	}
	b := read(choices[0])
	for _, c := range choices[1:] {
		b = netset.EitherBounds(b, read(c))
	}
	return b, true
}

// readSources reads an attribute for sources. empty is true if no elements surely mean nobody. unknown returns the bound of an
// element that isn't a known text.
func readSources(v graph.Value, f Family, empty bool, unknown func(cty.Value) netset.Prefixes) netset.Bounds[netset.Prefixes] {
	again := func(v graph.Value) netset.Bounds[netset.Prefixes] { return readSources(v, f, empty, unknown) }
	if b, ok := either(v, empty, again); ok {
		return b
	}
	members, open := v.Members()
	open = open || keyed(v)
	if !empty && v.Undecided() && !slices.ContainsFunc(members, func(m graph.Member) bool { return m.Sure }) {
		open = true
	}
	var must, may []netset.Prefixes
	if open {
		may = append(may, f.All())
	}
	for _, e := range members {
		b := readSource(e.Value, f, empty, unknown)
		if e.Sure {
			must = append(must, b.Must)
		}
		may = append(may, b.May)
	}
	return netset.Bounds[netset.Prefixes]{Must: netset.UnionAll(must...), May: netset.UnionAll(may...)}
}

// readSource reads an element of an attribute for sources.
func readSource(e graph.Value, f Family, empty bool, unknown func(cty.Value) netset.Prefixes) netset.Bounds[netset.Prefixes] {
	if e.Absent() {
		return netset.Bounds[netset.Prefixes]{}
	}
	if s, ok := e.Text(); ok {
		if s == "" {
			return netset.Bounds[netset.Prefixes]{} // SDK providers write an absent string in a set as "".
		}
		if p, err := parseAddresses(s); err == nil {
			return netset.Exactly(p)
		}
	}
	if refused(e) {
		return netset.Bounds[netset.Prefixes]{}
	}
	again := func(v graph.Value) netset.Bounds[netset.Prefixes] { return readSources(v, f, empty, unknown) }
	if b, ok := either(e, empty, again); ok {
		return b
	}
	return netset.Bounds[netset.Prefixes]{May: unknown(e.Raw())}
}

// Refused returns the values of a term that no cloud takes for sources, and who refuses them.
func Refused(t fact.Term[netset.Prefixes]) (values []graph.Value, by string) {
	for _, v := range t.Values {
		if t.Refused != "" {
			values = append(values, v)
			continue
		}
		members, _ := v.Members()
		for _, m := range members {
			if refused(m.Value) {
				values = append(values, m.Value)
			}
		}
	}
	return values, cmp.Or(t.Refused, "The cloud")
}

// refused reports whether a text has the form of an address or a prefix and can't be one: a part is too large, or the address is
// missing. Other texts, such as a word or a range, may mean something to a cloud.
func refused(v graph.Value) bool {
	text, known := v.Text()
	address, length, isPrefix := strings.Cut(text, "/")
	if !known || text == "" || strings.Trim(length, "0123456789") != "" {
		return false
	}
	four := strings.Trim(address, "0123456789.") == "" && (address == "" && isPrefix || strings.Count(address, ".") == 3)
	six := strings.Trim(address, "0123456789abcdefABCDEF:") == "" && strings.Count(address, ":") > 1
	if !four && !six {
		return false
	}
	_, err := parseAddresses(text)
	return err != nil
}

// startingWith returns the addresses that an unknown CIDR may hold, by the whole octets that it begins with. A CIDR is at least
// as long as its address has bits up to the last one: what begins with "10.20." lies in 10.20.0.0/14.
func startingWith(v cty.Value, f Family) netset.Prefixes {
	if v == cty.NilVal || v.IsKnown() || v.Type() != cty.String || f != IPv4 {
		return f.All()
	}
	octets := strings.Split(v.Range().StringPrefix(), ".")
	octets = octets[:min(len(octets)-1, 3)] // the last may go on
	if len(octets) == 0 {
		return f.All()
	}
	addr, err := netip.ParseAddr(strings.Join(octets, ".") + strings.Repeat(".0", 4-len(octets)))
	if err != nil {
		return f.All()
	}
	b := addr.As4()
	return netset.Prefix(netip.PrefixFrom(addr, 32-bits.TrailingZeros32(binary.BigEndian.Uint32(b[:]))))
}

// PortRange reads two attributes that hold the ends of a range of ports. An unknown end may be any port that its refinements
// leave. A range that a cloud would refuse, such as one with an end outside 0 to 65535, is unknown.
func PortRange(o graph.Object, from, to string) fact.Term[netset.Ports] {
	return PortEnds(o.Attr(from), o.Attr(to), from, to)
}

// PortEnds is PortRange for values that are already read.
func PortEnds(lo, hi graph.Value, from, to string) fact.Term[netset.Ports] {
	t := fact.Term[netset.Ports]{Attrs: []string{from, to}, Values: []graph.Value{lo, hi}}
	first, okFirst := portEnd(lo)
	last, okLast := portEnd(hi)
	switch {
	case !okFirst || !okLast:
		t.Set.May = netset.AllPorts()
		t.Values = []graph.Value{unusable(lo, hi, from), unusable(hi, lo, to)}
	case first.lo == first.hi && last.lo == last.hi:
		t.Set = netset.Exactly(netset.PortRange(first.lo, last.hi))
		if first.lo > last.hi {
			t.Set = netset.Bounds[netset.Ports]{May: netset.AllPorts()}
			t.Values = []graph.Value{Opaque("a range that ends before it begins", lo.At)}
		}
	default:
		t.Set.May = netset.PortRange(first.lo, last.hi)
		if first.hi <= last.lo {
			t.Set.Must = netset.PortRange(first.hi, last.lo)
		}
	}
	return t
}

// unusable returns what decides about an end of a range of ports that isn't a port: that the end is missing, or its value. No
// documentation says that half of a range is every port, and most clouds refuse it:
// https://docs.openstack.org/api-ref/network/v2/#create-security-group-rule,
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html.
func unusable(v, other graph.Value, attr string) graph.Value {
	if v.Absent() {
		return missing(attr, other.At)
	}
	if _, ok := portEnd(v); !ok && v.Known() {
		return Opaque("a "+attr+" that is no port", v.At)
	}
	return v
}

// portSpan is the range in which one end of a range of ports lies.
type portSpan struct{ lo, hi int }

// portEnd reads one end of a range of ports. ok is false if it isn't a port, or isn't there.
func portEnd(v graph.Value) (span portSpan, ok bool) {
	const highest = 65535
	if n, ok := v.Int(); ok {
		return portSpan{n, n}, n >= 0 && n <= highest
	}
	if choices := v.Choices(); len(choices) > 0 {
		span, ok = portEnd(choices[0])
		for _, c := range choices[1:] {
			other, both := portEnd(c)
			span, ok = portSpan{min(span.lo, other.lo), max(span.hi, other.hi)}, ok && both
		}
		return span, ok
	}
	if !v.Undecided() {
		return portSpan{}, false
	}
	span = portSpan{0, highest}
	if raw := v.Raw(); raw.Type() == cty.Number {
		if low, _ := raw.Range().NumberLowerBound(); low.IsKnown() && !low.IsNull() {
			if n, _ := low.AsBigFloat().Int64(); n > 0 {
				span.lo = int(min(n, highest))
			}
		}
	}
	return span, true
}

// ScopeOf finds the scope that an attribute of resource r, like security_group_id, puts its rule in. If nothing tells the scope
// from others, the rule gets a scope of its own.
func ScopeOf(g *graph.Graph, r *graph.Resource, attr string, scope fact.Scope) fact.Scope {
	scope.Name = r.Address()
	targets, whole := g.Refer(r.Attr(attr))
	if !whole || len(targets) != 1 {
		scope.By = r.Attr(attr)
		scope.Loose = len(targets) > 0 || slices.ContainsFunc(r.Attr(attr).Origins(), func(o graph.Origin) bool {
			return o.Kind == graph.FromExpression || o.Kind == graph.FromResource
		})
		return among(g, scope)
	}
	if t := targets[0]; t.Resource != nil {
		scope.Name, scope.Resource = t.Resource.Address(), t.Resource
	} else {
		scope.Name = t.ID
	}
	return scope
}

// among names the scopes that a loose scope is one of, if these are known.
func among(g *graph.Graph, scope fact.Scope) fact.Scope {
	ends := g.End(scope.By, true)
	if len(ends) < 2 || slices.ContainsFunc(ends, func(e graph.End) bool { return e.Resource == nil }) {
		return scope
	}
	for _, end := range ends {
		scope.Among, scope.By = append(scope.Among, end.Name), end.Value
	}
	return scope
}

// Exists reports whether a nested block surely exists, and the value that decides if not.
func Exists(r *graph.Resource, b graph.Block) (certain bool, by graph.Value) {
	if !r.Certain {
		return false, r.Exists
	}
	return b.Certain, b.Exists
}

// Own returns the scope that a resource is itself.
func Own(r *graph.Resource, scope fact.Scope) fact.Scope {
	scope.Name, scope.Resource = r.Address(), r
	return scope
}

// parseAddresses reads an address, a network, or a range of addresses like 192.0.2.1-192.0.2.9.
func parseAddresses(s string) (netset.Prefixes, error) {
	start, end, isRange := strings.Cut(s, "-")
	if !isRange {
		return netset.ParseSource(s)
	}
	lo, err := netip.ParseAddr(strings.TrimSpace(start))
	if err != nil {
		return netset.Prefixes{}, err
	}
	hi, err := netip.ParseAddr(strings.TrimSpace(end))
	if err != nil {
		return netset.Prefixes{}, err
	}
	p := netset.AddressRange(lo, hi)
	if p.Empty() {
		return p, fmt.Errorf("%q is no range of addresses", s)
	}
	return p, nil
}
