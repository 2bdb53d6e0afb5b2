package netset

import (
	"encoding/binary"
	"fmt"
	"iter"
	"net/netip"
	"strings"
)

// Prefixes is a set of IPv4 and IPv6 addresses.
//
// An IPv4-mapped IPv6 address is the IPv4 address that it holds, and a zone is
// ignored. So a prefix of 96 or more bits in ::ffff:0:0/96 means IPv4, and a
// shorter one around that block has only IPv6 addresses.
type Prefixes struct {
	// A pointer, nil for the empty set, keeps the steps of traffic small.
	families *families
}

type families struct {
	v4 set[number32]
	v6 set[uint128]
}

func newPrefixes(v4 set[number32], v6 set[uint128]) Prefixes {
	if len(v4) == 0 && len(v6) == 0 {
		return Prefixes{}
	}
	return Prefixes{&families{v4, v6}}
}

func (p Prefixes) v4() set[number32] {
	if p.families == nil {
		return nil
	}
	return p.families.v4
}

func (p Prefixes) v6() set[uint128] {
	if p.families == nil {
		return nil
	}
	return p.families.v6
}

// AllAddresses returns every address of both families.
func AllAddresses() Prefixes { return newPrefixes(whole[number32](), whole[uint128]()) }

// Prefix returns the addresses of a prefix, whose host bits are ignored; none if
// it is not valid.
func Prefix(p netip.Prefix) Prefixes {
	if p.IsValid() && p.Addr().Is4() {
		host := number32(ones(32 - p.Bits()).lo)
		lo := number4(p.Addr()) &^ host
		return newPrefixes(interval(lo, lo|host), nil)
	}
	return PrefixSet(p)
}

// PrefixSet returns the addresses of all the prefixes. See [Prefix].
func PrefixSet(prefixes ...netip.Prefix) Prefixes {
	var v4 []span[number32]
	var v6 []span[uint128]
	for _, p := range prefixes {
		if !p.IsValid() {
			continue
		}
		base, bits := p.Addr(), p.Bits()
		if base.Is4In6() && bits >= 96 {
			base, bits = base.Unmap(), bits-96
		}
		if base.Is4() {
			host := number32(ones(32 - bits).lo)
			lo := number4(base) &^ host
			v4 = append(v4, span[number32]{lo, lo | host})
			continue
		}
		host := ones(128 - bits)
		hi := number6(base).or(host)
		v6 = append(v6, span[uint128]{hi.minus(host), hi})
	}
	return newPrefixes(union(v4), union(v6))
}

// AddressRange returns the addresses from lo to hi, both included. It is empty
// if lo > hi, if the two are of different families, or if one is not valid.
func AddressRange(lo, hi netip.Addr) Prefixes {
	lo, hi = lo.Unmap(), hi.Unmap()
	switch {
	case lo.Is4() && hi.Is4():
		return newPrefixes(interval(number4(lo), number4(hi)), nil)
	case lo.Is6() && hi.Is6():
		return newPrefixes(nil, interval(number6(lo), number6(hi)))
	default:
		return Prefixes{}
	}
}

// Contains reports whether the address is in the set.
func (p Prefixes) Contains(a netip.Addr) bool {
	a = a.Unmap()
	switch {
	case a.Is4():
		return p.v4().contains(number4(a))
	case a.Is6():
		return p.v6().contains(number6(a))
	default:
		return false
	}
}

// IPv4 returns the IPv4 addresses of the set.
func (p Prefixes) IPv4() Prefixes { return newPrefixes(p.v4(), nil) }

// IPv6 returns the IPv6 addresses of the set.
func (p Prefixes) IPv6() Prefixes { return newPrefixes(nil, p.v6()) }

// Prefixes yields the fewest prefixes that make up the set, in ascending order,
// IPv4 first.
func (p Prefixes) Prefixes() iter.Seq[netip.Prefix] {
	return func(yield func(netip.Prefix) bool) {
		for base, bits := range blocks(p.v4(), 32) {
			if !yield(netip.PrefixFrom(address4(base), bits)) {
				return
			}
		}
		for base, bits := range blocks(p.v6(), 128) {
			if !yield(netip.PrefixFrom(address6(base), bits)) {
				return
			}
		}
	}
}

// Union returns the addresses of either set.
func (p Prefixes) Union(o Prefixes) Prefixes {
	switch {
	case p.Empty():
		return o
	case o.Empty():
		return p
	}
	return newPrefixes(join(p.v4(), o.v4()), join(p.v6(), o.v6()))
}

// Intersect returns the addresses of both sets.
func (p Prefixes) Intersect(o Prefixes) Prefixes {
	return newPrefixes(meet(p.v4(), o.v4()), meet(p.v6(), o.v6()))
}

// Difference returns the addresses of p that o lacks.
func (p Prefixes) Difference(o Prefixes) Prefixes {
	if o.Empty() {
		return p
	}
	return newPrefixes(difference(p.v4(), o.v4()), difference(p.v6(), o.v6()))
}

// Complement returns the addresses of both families that p lacks.
func (p Prefixes) Complement() Prefixes {
	return newPrefixes(p.v4().complement(), p.v6().complement())
}

// Empty reports whether p has no address.
func (p Prefixes) Empty() bool { return p.families == nil }

// Equal reports whether p and o have the same addresses.
func (p Prefixes) Equal(o Prefixes) bool {
	return p.families == o.families || p.v4().equal(o.v4()) && p.v6().equal(o.v6())
}

// SubsetOf reports whether o has all addresses of p.
func (p Prefixes) SubsetOf(o Prefixes) bool { return p.Difference(o).Empty() }

// Overlaps reports whether p and o have an address in common.
func (p Prefixes) Overlaps(o Prefixes) bool { return !p.Intersect(o).Empty() }

// String writes the set as the fewest prefixes, like "10.0.0.0/8, ::/0"; "none"
// if it is empty.
func (p Prefixes) String() string {
	if p.Empty() {
		return "none"
	}
	var parts []string
	for prefix := range p.Prefixes() {
		parts = append(parts, prefix.String())
	}
	return strings.Join(parts, ", ")
}

// Summary is like String, but names only the first n prefixes, and at least one,
// and counts the others: "10.0.0.0/8, 11.0.0.0/16 and 3 more".
func (p Prefixes) Summary(n int) string {
	if p.Empty() {
		return "none"
	}
	n = max(n, 1)
	var parts []string
	more := 0
	for prefix := range p.Prefixes() {
		if len(parts) < n {
			parts = append(parts, prefix.String())
		} else {
			more++
		}
	}
	text := strings.Join(parts, ", ")
	if more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// wide is an address as a number, whatever its family.
type wide[T any] interface {
	ordinal[T]
	wide() uint128
}

func (n number32) wide() uint128 { return uint128{lo: uint64(n)} }
func (n uint128) wide() uint128  { return n }

// blocks yields the first address and the prefix length of the fewest prefixes
// that make up a set of addresses with the given number of bits.
func blocks[T wide[T]](s set[T], bits int) iter.Seq2[uint128, int] {
	return func(yield func(uint128, int) bool) {
		for lo, hi := range s.intervals() {
			base, last := lo.wide(), hi.wide()
			for {
				host := min(base.trailingZeros(), bits)
				if room := last.minus(base); room.compare(ones(host)) < 0 {
					host = room.next().len() - 1
				}
				if !yield(base, bits-host) {
					return
				}
				end := base.or(ones(host))
				if end == last {
					break
				}
				base = end.next()
			}
		}
	}
}

func number4(a netip.Addr) number32 {
	b := a.As4()
	return number32(binary.BigEndian.Uint32(b[:]))
}

func number6(a netip.Addr) uint128 {
	b := a.As16()
	return uint128{binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])}
}

func address4(n uint128) netip.Addr {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], uint32(n.lo))
	return netip.AddrFrom4(b)
}

func address6(n uint128) netip.Addr {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], n.hi)
	binary.BigEndian.PutUint64(b[8:], n.lo)
	return netip.AddrFrom16(b)
}
