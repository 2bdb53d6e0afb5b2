package netset

import (
	"net/netip"
	"sync"
)

// The prefix lengths that [Broad] is asked with unless the user chooses others.
const (
	DefaultBroadIPv4 = 16
	DefaultBroadIPv6 = 32
)

// PublicSpace returns the addresses that a host on the internet can have: the
// unicast space without the blocks that are not globally reachable according to
// the IANA registries
// https://www.iana.org/assignments/iana-ipv4-special-registry/iana-ipv4-special-registry.xhtml
// and
// https://www.iana.org/assignments/iana-ipv6-special-registry/iana-ipv6-special-registry.xhtml.
// Blocks for which they call reachability not applicable (relays to another
// network, ended experiments) are left out too, and blocks inside of those left
// out that they call globally reachable are kept. Of IPv6 only 2000::/3 is given
// out as global unicast space:
// https://www.iana.org/assignments/ipv6-address-space/ipv6-address-space.xhtml.
func PublicSpace() Prefixes { return publicSpace() }

var publicSpace = sync.OnceValue(func() Prefixes {
	return prefixes("0.0.0.0/0", "2000::/3").Difference(prefixes(
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
		"172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
		"198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
		"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
	)).Union(prefixes(
		"192.0.0.9/32", "192.0.0.10/32",
		"2001:1::1/128", "2001:1::2/128", "2001:1::3/128", "2001:3::/32", "2001:4:112::/48",
		"2001:20::/28", "2001:30::/28",
	))
})

func prefixes(texts ...string) Prefixes {
	parsed := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		parsed[i] = netip.MustParsePrefix(text)
	}
	return PrefixSet(parsed...)
}

// PublicShare returns how much of the public space of each family the set
// holds, from 0 to 1. It is for people to read: decisions belong to [Everyone]
// and [Broad], which count exactly.
func (p Prefixes) PublicShare() (v4, v6 float64) {
	public, held := PublicSpace(), p.Intersect(PublicSpace())
	return count(held.v4()).float() / count(public.v4()).float(), count(held.v6()).float() / count(public.v6()).float()
}

// Everyone reports whether the set holds at least half of the public space of
// either family. It does not depend on how the set was put together, and adding
// addresses never makes it false.
func Everyone(p Prefixes) bool {
	public, held := PublicSpace(), p.Intersect(PublicSpace())
	return half(count(held.v4()), count(public.v4())) || half(count(held.v6()), count(public.v6()))
}

// half reports whether part is at least half of the total. Public space is an
// eighth of the IPv6 space, so doubling cannot overflow.
func half(part, total uint128) bool { return part.plus(part).compare(total) >= 0 }

// Broad reports whether the public addresses of the set include a contiguous run
// of more addresses than one prefix of v4Bits in IPv4, or v6Bits in IPv6, has.
// Lengths are taken into 0 to 32 and 0 to 128. Like [Everyone], it depends on the
// addresses only, and adding some never makes it false.
func Broad(p Prefixes, v4Bits, v6Bits int) bool {
	held := p.Intersect(PublicSpace())
	return runExceeds(held.v4(), 32-clamp(v4Bits, 32)) || runExceeds(held.v6(), 128-clamp(v6Bits, 128))
}

func clamp(n, limit int) int { return min(max(n, 0), limit) }

// runExceeds reports whether some interval has more than 2^bits addresses.
func runExceeds[T wide[T]](s set[T], bits int) bool {
	for lo, hi := range s.intervals() {
		if hi.wide().minus(lo.wide()).compare(ones(bits)) > 0 {
			return true
		}
	}
	return false
}

// count returns the number of addresses, modulo 2^128.
func count[T wide[T]](s set[T]) uint128 {
	var n uint128
	for lo, hi := range s.intervals() {
		n = n.plus(hi.wide().minus(lo.wide()).next())
	}
	return n
}
