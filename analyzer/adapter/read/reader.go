package read

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// Spelling is a word that only one cloud has for some protocols.
type Spelling struct {
	Word  string
	Means netset.Protocols
}

// ProtocolIn reads an attribute that names a protocol; absent is the provider's default.
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

// RequiredProtocol reads an attribute that names a protocol and that the provider refuses a rule without. Nothing is known of
// a rule that lacks it but that it isn't applied as it is, so what decides is that it is missing.
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

// missing stands for an attribute that isn't there and has to be, beside a place where it would be.
func missing(attr string, at hcl.Range) graph.Value { return Opaque("the missing "+attr, at) }

// AllPorts reads the ports of a rule that is for all of them.
func AllPorts(graph.Object) fact.Term[netset.Ports] { return Constant(netset.AllPorts()) }

// PortsIn reads an attribute that holds ports in any spelling. If it isn't set, or set to one of the texts that mean
// the same, the ports are what otherwise reads.
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
			return netset.Bounds[netset.Ports]{May: netset.AllPorts()}
		}
		return fact.Term[netset.Ports]{Set: read(v), Attrs: []string{attr}, Values: []graph.Value{v}, Read: read}
	}
}

// isUnset says that an attribute is not set, or set to one of the texts that mean the same.
func isUnset(v graph.Value, unset []string) bool {
	text, known := v.Text()
	return !Given(v) || known && slices.Contains(unset, text)
}

// PortsBetween reads two attributes that hold the ends of a range of ports. If neither is set, or both are set to one
// of the texts that mean the same, the ports are all.
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

// PortsFrom reads two attributes that hold the ends of a range of ports. An end that isn't set, or is 0, is open; the
// first port there is, 1, goes for all.
func PortsFrom(from, to string) Reader[netset.Ports] {
	return func(o graph.Object) fact.Term[netset.Ports] {
		lo, hi := o.OwnAttr(from), o.OwnAttr(to)
		all := netset.PortRange(1, 65535)
		above, below := netset.Bounds[netset.Ports]{May: all}, netset.Bounds[netset.Ports]{May: all}
		if n, known := lo.Int(); lo.Absent() || known && n == 0 {
			above = netset.Exactly(all)
		} else if known {
			above = netset.Exactly(netset.PortRange(n, 65535))
		}
		if n, known := hi.Int(); hi.Absent() || known && n == 0 {
			below = netset.Exactly(all)
		} else if known {
			below = netset.Exactly(netset.PortRange(1, n))
		}
		t := fact.Term[netset.Ports]{
			Set: netset.IntersectBounds(above, below), Attrs: []string{from, to}, Values: []graph.Value{lo, hi},
		}
		for _, bound := range []*netset.Ports{&t.Set.Must, &t.Set.May} {
			if bound.Equal(all) {
				*bound = netset.AllPorts()
			}
		}
		return t
	}
}

// Within reads a field from a nested block that is there once at most; all is what its absence means.
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

// Unless makes a field unknown if one of the attributes or nested blocks is given that replace it.
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

// unread returns what decides where an attribute names something that only the cloud knows.
func unread(attr string, v graph.Value) graph.Value {
	if text, known := v.Text(); known {
		return v.Called(attr + " " + text)
	}
	return v
}

// AddressesIn reads an attribute that holds addresses, for which all is the provider's default.
func AddressesIn(attr string) Reader[netset.Prefixes] {
	return func(o graph.Object) fact.Term[netset.Prefixes] {
		if !Given(o.OwnAttr(attr)) {
			return Constant(netset.AllAddresses())
		}
		return Term(o, attr, Sources(AnyFamily))
	}
}

// Who is whom a rule is for that names no source.
type Who uint8

const (
	// Nobody says that the rule is for nobody.
	Nobody Who = iota + 1
	// Everyone says that the rule is for everyone.
	Everyone
	// Anyone may be everybody or nobody: the provider doesn't say.
	Anyone
)

// From says where a rule names its sources; see Read.
type From struct {
	// Addresses are attributes that hold addresses, IPv4 and IPv6 those that hold addresses of one family.
	Addresses, IPv4, IPv6 []string
	// Groups are attributes that name members of groups and the like, never the internet.
	Groups []string
	// Lists are attributes that name lists of addresses.
	Lists []List
	// None is whom a rule is for that has none of them, limited to the family that attribute version names.
	None    Who
	Version string
}

// List is an attribute that refers to a list of addresses: a resource of type Type whose attribute Addresses, in the
// nested blocks called Entries if there are such, holds them. The lists of no known type are unknown.
type List struct{ Attr, Type, Entries, Addresses string }

// Read returns a term per attribute that names sources.
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
					Set: Sources(family)(v), Attrs: []string{attr}, Values: []graph.Value{v}, Read: Sources(family),
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
	maybe.Set = FamilyOf(o, f.Version)
	if len(maybe.Values) > 0 || f.None == Anyone {
		maybe.Set.Must = netset.Prefixes{}
	}
	return append(out, maybe)
}

// Nullable says whether an unknown value may turn out to be null. An ID that a resource or a data source will have may
// not.
func Nullable(v graph.Value) bool {
	origins := v.Origins()
	return v.Undecided() && (len(origins) == 0 || slices.ContainsFunc(origins, func(o graph.Origin) bool {
		return o.Kind != graph.FromResource && o.Kind != graph.FromData
	}))
}

// FamilyOf returns all addresses of the family that an attribute names, or of both families if attr is empty. The
// default of all providers that have such an attribute is IPv4.
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

// Read returns the addresses of the lists that v refers to, with their own values: there a change would be made.
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

// AddressRange reads two attributes that hold the ends of a range of addresses. Without them it is all addresses of the
// family that attribute version names.
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
