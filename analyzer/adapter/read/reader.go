package read

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// Spelling is one cloud's own word for some protocols.
type Spelling struct {
	Word  string
	Means netset.Protocols
}

// ProtocolIn returns the reader of an attribute that names a protocol; absent is the provider's default.
func ProtocolIn(attr string, absent netset.Protocols, spellings ...Spelling) Reader[netset.Protocols] {
	var read func(v graph.Value) netset.Bounds[netset.Protocols]
	read = func(v graph.Value) netset.Bounds[netset.Protocols] {
		text, _ := v.Text()
		own := slices.IndexFunc(spellings, func(s Spelling) bool { return strings.EqualFold(s.Word, text) })
		switch {
		case !Given(v):
			return netset.Exactly(absent)
		case own >= 0:
			return netset.Exactly(spellings[own].Means)
		}
		if b, ok := either(v, true, read); ok {
			return b
		}
		return Protocol(v)
	}
	return func(o graph.Object) fact.Term[netset.Protocols] {
		v := o.OwnAttr(attr)
		return fact.Term[netset.Protocols]{Set: read(v), Attrs: []string{attr}, Values: []graph.Value{v}, Read: read}
	}
}

// RequiredProtocol returns the reader of an attribute that names a protocol and that the provider requires. Without it the rule
// can't be applied as it is; its protocol is unknown, and the missing attribute decides.
func RequiredProtocol(attr string, spellings ...Spelling) Reader[netset.Protocols] {
	read := ProtocolIn(attr, netset.Protocols{}, spellings...)
	return func(o graph.Object) fact.Term[netset.Protocols] {
		t := read(o)
		if !Given(o.OwnAttr(attr)) {
			t.Set, t.Values = netset.Bounds[netset.Protocols]{May: netset.AllProtocols()}, []graph.Value{missing(attr, hcl.Range{})}
		}
		return t
	}
}

// missing returns a value that stands for a required attribute that isn't there.
func missing(attr string, at hcl.Range) graph.Value { return Opaque("the missing "+attr, at) }

// AllPorts reads the ports of a rule for all ports.
func AllPorts(graph.Object) fact.Term[netset.Ports] { return Constant(netset.AllPorts()) }

// PortsIn returns the reader of an attribute that holds ports in any spelling. If the attribute isn't set, or has one of the
// texts in unset, otherwise reads the ports.
func PortsIn(attr string, otherwise Reader[netset.Ports], unset ...string) Reader[netset.Ports] {
	return func(o graph.Object) fact.Term[netset.Ports] {
		v := o.OwnAttr(attr)
		if isUnset(v, unset) {
			return otherwise(o)
		}
		var read func(v graph.Value) netset.Bounds[netset.Ports]
		read = func(v graph.Value) netset.Bounds[netset.Ports] {
			if isUnset(v, unset) {
				return otherwise(o).Set
			}
			if text, known := v.Text(); known {
				if ports, err := netset.ParsePorts(text); err == nil {
					return netset.Exactly(ports)
				}
			}
			if b, ok := either(v, true, read); ok {
				return b
			}
			return netset.Bounds[netset.Ports]{Must: listed(v, netset.ParsePorts), May: netset.AllPorts()}
		}
		t := fact.Term[netset.Ports]{Set: read(v), Attrs: []string{attr}, Values: []graph.Value{v}, Read: read}
		if n, number := v.Int(); number && (n < 0 || n > 65535) {
			t.Values = []graph.Value{Opaque("a "+attr+" that is no port", v.At)}
		}
		return t
	}
}

// isUnset reports whether an attribute is not set, or has one of the texts in unset.
func isUnset(v graph.Value, unset []string) bool {
	text, known := v.Text()
	return !Given(v) || known && slices.Contains(unset, text)
}

// PortsBetween returns the reader of two attributes that hold the ends of a range of ports. If neither is set, or both have a
// text in unset, the ports are all.
func PortsBetween(from, to string, unset ...string) Reader[netset.Ports] {
	return func(o graph.Object) fact.Term[netset.Ports] {
		lo, hi := o.OwnAttr(from), o.OwnAttr(to)
		if isUnset(lo, unset) && isUnset(hi, unset) {
			return AllPorts(o)
		}
		t := PortRange(o, from, to)
		var mayBe func(v graph.Value) bool
		mayBe = func(v graph.Value) bool {
			if choices := v.Choices(); len(choices) > 0 {
				return slices.ContainsFunc(choices, mayBe)
			}
			return isUnset(v, unset) || v.Undecided()
		}
		if mayBe(lo) && mayBe(hi) {
			t.Set = netset.Bounds[netset.Ports]{May: netset.AllPorts()}
		}
		return t
	}
}

// PortsFrom returns the reader of two attributes that hold the ends of a range of ports. An end that isn't set, or is 0, is
// open. A range that begins at 1 and has no other end counts as all ports.
func PortsFrom(from, to string) Reader[netset.Ports] {
	return func(o graph.Object) fact.Term[netset.Ports] {
		lo, hi := o.OwnAttr(from), o.OwnAttr(to)
		const highest = 65535
		all := netset.PortRange(1, highest)
		t := fact.Term[netset.Ports]{Attrs: []string{from, to}, Values: []graph.Value{lo, hi}}
		first, okFirst := portEnd(lo)
		last, okLast := portEnd(hi)
		if lo.Absent() {
			first, okFirst = portSpan{}, true
		}
		if open := (portSpan{}); hi.Absent() || okLast && last == open {
			last, okLast = portSpan{highest, highest}, true
		}
		switch {
		case !okFirst || !okLast:
			t.Set.May = netset.AllPorts()
			if !okFirst {
				t.Values[0] = unusable(lo, lo, from)
			}
			if !okLast {
				t.Values[1] = unusable(hi, hi, to)
			}
			return t
		case first.lo > last.hi:
			t.Set.May, t.Values = netset.AllPorts(), []graph.Value{Opaque("a range that ends before it begins", lo.At)}
			return t
		case last.lo == 0: // which may leave the range open
			last = portSpan{1, highest}
		}
		t.Set.May = netset.PortRange(max(first.lo, 1), last.hi)
		if first.hi <= last.lo {
			t.Set.Must = netset.PortRange(max(first.hi, 1), last.lo)
		}
		for _, bound := range []*netset.Ports{&t.Set.Must, &t.Set.May} {
			if bound.Equal(all) {
				*bound = netset.AllPorts()
			}
		}
		return t
	}
}

// Within returns the reader of a field in a nested block that occurs at most once; all is the meaning of its absence.
func Within[T any](block string, all T, read Reader[T]) Reader[T] {
	return func(o graph.Object) fact.Term[T] {
		blocks := o.OwnBlocks(block)
		switch {
		case len(blocks) == 0:
			return Constant(all)
		case len(blocks) == 1 && blocks[0].Certain:
			return read(blocks[0].Object)
		}
		return fact.Term[T]{
			Set: netset.Bounds[T]{May: all}, Attrs: []string{block}, Values: []graph.Value{blocks[0].Exists},
		}
	}
}

// Unless returns a reader whose result is unknown if one of the attributes or nested blocks is given that replace the field.
func Unless[T any](replacements []string, all T, read Reader[T]) Reader[T] {
	return func(o graph.Object) fact.Term[T] {
		for _, name := range replacements {
			v := o.OwnAttr(name)
			if blocks := o.OwnBlocks(name); len(blocks) > 0 {
				v = Opaque(name, blocks[0].At)
			}
			if !Given(v) {
				continue
			}
			return fact.Term[T]{Set: netset.Bounds[T]{May: all}, Attrs: []string{name}, Values: []graph.Value{unread(name, v)}}
		}
		return read(o)
	}
}

// unread returns the value that decides if an attribute names something that only the cloud knows.
func unread(attr string, v graph.Value) graph.Value {
	if text, known := v.Text(); known {
		return v.Called(attr + " " + text)
	}
	return v
}

// AddressesIn returns the reader of an attribute that holds addresses; the provider's default is all.
func AddressesIn(attr string) Reader[netset.Prefixes] {
	return func(o graph.Object) fact.Term[netset.Prefixes] {
		if !Given(o.OwnAttr(attr)) {
			return Constant(netset.AllAddresses())
		}
		return Term(o, attr, Sources(AnyFamily))
	}
}

// Who says whom a rule is for that names no source.
type Who uint8

const (
	// Nobody means that the rule is for nobody.
	Nobody Who = iota + 1
	// Everyone means that the rule is for everyone.
	Everyone
	// Anyone means everybody or nobody: the provider doesn't say.
	Anyone
)

// From says which attributes of a rule name its sources; see Read.
type From struct {
	// Addresses are attributes that hold addresses. IPv4 and IPv6 are attributes that hold addresses of one family.
	Addresses, IPv4, IPv6 []string
	// Groups are attributes that name members of groups and the like, which are never the internet.
	Groups []string
	// Lists are attributes that name lists of addresses.
	Lists []List
	// None says whom a rule is for that has none of these attributes. It is limited to the family that the attribute Version
	// names.
	None    Who
	Version string
}

// List is an attribute that refers to a list of addresses: a resource of a type whose attribute Addresses holds them, in the
// nested blocks Entries if that is set. The addresses of another type's resource are unknown.
type List struct{ Attr, Type, Entries, Addresses string }

// Read returns a term for each attribute that names sources.
func (f From) Read(g *graph.Graph, o graph.Object) []fact.Term[netset.Prefixes] {
	var out []fact.Term[netset.Prefixes]
	surely := false
	var maybe fact.Term[netset.Prefixes]
	see := func(attr string) (graph.Value, bool) {
		v := o.OwnAttr(attr)
		if Given(v) && Nullable(v) {
			maybe.Attrs, maybe.Values = append(maybe.Attrs, attr), append(maybe.Values, v)
		} else if Given(v) {
			surely = true
		}
		return v, Given(v)
	}
	read := func(attrs []string, family Family) {
		for _, attr := range attrs {
			if v, ok := see(attr); ok {
				out = append(out, fact.Term[netset.Prefixes]{
					Set: Sources(family)(v), Attrs: []string{attr}, Values: []graph.Value{v}, Read: Sources(family), Few: Few(v, nil),
				})
			}
		}
	}
	read(f.Addresses, AnyFamily)
	read(f.IPv4, IPv4)
	read(f.IPv6, IPv6)
	for _, attr := range f.Groups {
		see(attr)
	}
	if !surely {
		for _, l := range f.Lists {
			if v, ok := see(l.Attr); ok {
				out = append(out, l.Read(g, v))
			}
		}
	}
	if surely || f.None == Nobody {
		return out
	}
	if maybe.Set = FamilyOf(o, f.Version); !maybe.Set.Known() {
		maybe.Attrs, maybe.Values = append(maybe.Attrs, f.Version), append(maybe.Values, o.OwnAttr(f.Version))
	}
	if len(maybe.Values) > 0 || f.None == Anyone {
		maybe.Set.Must = netset.Prefixes{}
	}
	return append(out, maybe)
}

// Nullable reports whether an unknown value may turn out to be null. The future ID of a resource or a data source may not.
func Nullable(v graph.Value) bool {
	origins := v.Origins()
	return v.Undecided() && (len(origins) == 0 || slices.ContainsFunc(origins, func(o graph.Origin) bool {
		return o.Kind != graph.FromResource && o.Kind != graph.FromData
	}))
}

// FamilyOf returns all addresses of the family that an attribute names, or of both families if attr is empty. All providers
// with such an attribute have IPv4 as the default.
func FamilyOf(o graph.Object, attr string) netset.Bounds[netset.Prefixes] {
	if attr == "" {
		return netset.Exactly(netset.AllAddresses())
	}
	v := o.OwnAttr(attr)
	text, _ := v.Text()
	switch strings.ToLower(text) {
	case "ipv4", "v4", "4":
		return netset.Exactly(IPv4.All())
	case "ipv6", "v6", "6":
		return netset.Exactly(IPv6.All())
	}
	if !Given(v) {
		return netset.Exactly(IPv4.All())
	}
	return netset.Bounds[netset.Prefixes]{May: netset.AllAddresses()}
}

// Read returns the addresses of the lists that v refers to. The term's values are those in the lists, where one would change
// them.
func (l List) Read(g *graph.Graph, v graph.Value) fact.Term[netset.Prefixes] {
	unknown := fact.Term[netset.Prefixes]{
		Set:   netset.Bounds[netset.Prefixes]{May: netset.AllAddresses()},
		Attrs: []string{l.Attr}, Values: []graph.Value{unread(l.Attr, v)},
	}
	targets, whole := g.Refer(v)
	if !whole {
		return unknown
	}
	var t fact.Term[netset.Prefixes]
	for _, target := range targets {
		if target.Resource == nil || target.Resource.Addr.Type != l.Type {
			return unknown
		}
		entries := []graph.Block{{Object: target.Resource.Object, Certain: target.Resource.Certain}}
		if l.Entries != "" {
			entries = target.Resource.OwnBlocks(l.Entries)
		}
		for _, e := range entries {
			addresses := e.OwnAttr(l.Addresses)
			set := Sources(AnyFamily)(addresses)
			if !e.Certain {
				set.Must = netset.Prefixes{}
			}
			t.Set = netset.UnionBounds(t.Set, set)
			t.Attrs, t.Values, t.Read = append(t.Attrs, l.Addresses), append(t.Values, addresses), Sources(AnyFamily)
		}
	}
	return t
}

// AddressRange reads two attributes that hold the ends of a range of addresses. Without them it returns all addresses of the
// family that the attribute version names.
func AddressRange(o graph.Object, from, to, version string) fact.Term[netset.Prefixes] {
	lo, hi := o.OwnAttr(from), o.OwnAttr(to)
	if !Given(lo) && !Given(hi) {
		return fact.Term[netset.Prefixes]{Set: FamilyOf(o, version)}
	}
	t := fact.Term[netset.Prefixes]{Attrs: []string{from, to}, Values: []graph.Value{lo, hi}}
	t.Set.May = netset.AllAddresses()
	start, okStart := lo.Text()
	end, okEnd := hi.Text()
	if p, err := parseAddresses(start + "-" + end); okStart && okEnd && err == nil {
		t.Set = netset.Exactly(p)
	}
	return t
}
