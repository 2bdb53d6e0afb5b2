package netset_test

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tfreach/tfreach/analyzer/netset"
)

func sources(t testing.TB, texts ...string) netset.Prefixes {
	t.Helper()
	var all []netset.Prefixes
	for _, text := range texts {
		p, err := netset.ParseSource(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return netset.UnionAll(all...)
}

func addresses(lo, hi string) netset.Prefixes {
	return netset.AddressRange(netip.MustParseAddr(lo), netip.MustParseAddr(hi))
}

func TestPrefixesString(t *testing.T) {
	for _, c := range []struct {
		got  netset.Prefixes
		want string
	}{
		{netset.Prefixes{}, "none"},
		{netset.AllAddresses(), "0.0.0.0/0, ::/0"},
		{netset.AllAddresses().IPv4(), "0.0.0.0/0"},
		{netset.AllAddresses().IPv6(), "::/0"},
		{sources(t, "10.1.2.3/8"), "10.0.0.0/8"},
		{sources(t, "10.0.0.0/9", "10.128.0.0/9"), "10.0.0.0/8"},
		{sources(t, "0.0.0.0/1", "128.0.0.0/1", "8000::/1", "::/1"), "0.0.0.0/0, ::/0"},
		{addresses("10.0.0.1", "10.0.0.6"), "10.0.0.1/32, 10.0.0.2/31, 10.0.0.4/31, 10.0.0.6/32"},
		{addresses("0.0.0.0", "0.0.0.2"), "0.0.0.0/31, 0.0.0.2/32"},
		{addresses("255.255.255.253", "255.255.255.255"), "255.255.255.253/32, 255.255.255.254/31"},
		{addresses("::", "::2"), "::/127, ::2/128"},
		{addresses("2001:db8::ffff:ffff:ffff:ffff", "2001:db8:0:2::"), "2001:db8::ffff:ffff:ffff:ffff/128, 2001:db8:0:1::/64, 2001:db8:0:2::/128"},
		{addresses("10.0.0.2", "10.0.0.1"), "none"},
		{addresses("10.0.0.2", "::"), "none"},
		{addresses("::ffff:10.0.0.0", "10.0.0.1"), "10.0.0.0/31"},
		{netset.AddressRange(netip.Addr{}, netip.MustParseAddr("::1")), "none"},
		{netset.AddressRange(netip.Addr{}, netip.Addr{}), "none"},
		{netset.Prefix(netip.Prefix{}), "none"},
		{netset.Prefix(netip.MustParsePrefix("::ffff:10.1.2.3/104")), "10.0.0.0/8"},
		{netset.Prefix(netip.MustParsePrefix("::ffff:0:0/96")), "0.0.0.0/0"},
		{netset.Prefix(netip.MustParsePrefix("::ffff:1.2.3.4/16")), "::/16"},
	} {
		if c.got.String() != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestPrefixesContains(t *testing.T) {
	p := sources(t, "10.0.0.0/8", "fe80::/10")
	for addr, want := range map[string]bool{
		"10.0.0.0": true, "10.255.255.255": true, "9.255.255.255": false, "11.0.0.0": false,
		"::ffff:10.1.1.1": true, "::ffff:11.1.1.1": false, "fe80::1": true, "fe80::1%eth0": true, "::10.0.0.0": false,
	} {
		if got := p.Contains(netip.MustParseAddr(addr)); got != want {
			t.Errorf("contains %s: %v, want %v", addr, got, want)
		}
	}
	if netset.AllAddresses().Contains(netip.Addr{}) {
		t.Error("the invalid address is in the set of all")
	}
	if sources(t, "::/0").Contains(netip.MustParseAddr("::ffff:10.1.1.1")) {
		t.Error("::/0 has an IPv4 address")
	}
}

func TestSummary(t *testing.T) {
	p := sources(t, "10.0.0.0/8", "12.0.0.0/8", "14.0.0.0/8", "::/64")
	for n, want := range map[int]string{
		-1: "10.0.0.0/8 and 3 more", 0: "10.0.0.0/8 and 3 more", 1: "10.0.0.0/8 and 3 more",
		2: "10.0.0.0/8, 12.0.0.0/8 and 2 more", 3: "10.0.0.0/8, 12.0.0.0/8, 14.0.0.0/8 and 1 more",
		4: p.String(), 5: p.String(),
	} {
		if got := p.Summary(n); got != want {
			t.Errorf("Summary(%d) = %q, want %q", n, got, want)
		}
	}
	if got := (netset.Prefixes{}).Summary(3); got != "none" {
		t.Errorf("summary of nothing: %q", got)
	}
}

// randomPrefixes are close to each other and to the ends of the space, so that
// they overlap, touch and merge.
func randomPrefixes(r *rand.Rand, n int) []netip.Prefix {
	list := make([]netip.Prefix, n)
	for i := range list {
		near := uint64(r.IntN(64))
		if r.IntN(2) == 0 {
			near = -near - 1
		}
		if r.IntN(2) == 0 {
			var b [4]byte
			binary.BigEndian.PutUint32(b[:], uint32(near))
			list[i] = netip.PrefixFrom(netip.AddrFrom4(b), 25+r.IntN(8))
			continue
		}
		var b [16]byte
		binary.BigEndian.PutUint64(b[:8], near) // spans the two halves of the address
		binary.BigEndian.PutUint64(b[8:], uint64(r.IntN(2))<<63)
		list[i] = netip.PrefixFrom(netip.AddrFrom16(b), 57+r.IntN(9))
	}
	return list
}

func TestPrefixSet(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 3000 {
		list := randomPrefixes(r, r.IntN(40))
		got := netset.PrefixSet(list...)
		var want netset.Prefixes
		for _, p := range list {
			want = want.Union(netset.AddressRange(p.Masked().Addr(), last(p)))
		}
		if err := netset.Canonical(got); err != nil {
			t.Fatalf("%v: %v", list, err)
		}
		if !got.Equal(want) {
			t.Fatalf("%v: %v at once, %v one by one", list, got, want)
		}
		for _, p := range list {
			for _, addr := range []netip.Addr{p.Masked().Addr().Prev(), p.Addr(), last(p), last(p).Next()} {
				in := slices.ContainsFunc(list, func(p netip.Prefix) bool { return p.Contains(addr) })
				if got.Contains(addr) != in {
					t.Fatalf("%v contains %v: %v", list, addr, !in)
				}
			}
		}
		back := slices.Collect(got.Prefixes())
		if !netset.PrefixSet(back...).Equal(got) {
			t.Fatalf("%v came back as %v", got, back)
		}
		// Ascending, disjoint and without two halves of one prefix: the fewest.
		for i := 1; i < len(back); i++ {
			a, b := back[i-1], back[i]
			if !a.Addr().Less(b.Addr()) || a.Overlaps(b) || a.Bits() == b.Bits() && widen(a) == widen(b) {
				t.Fatalf("%v: %v and %v are out of order or not the fewest", got, a, b)
			}
		}
	}
}

func widen(p netip.Prefix) netip.Prefix {
	return netip.PrefixFrom(p.Addr(), p.Bits()-1).Masked()
}

func last(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for bit := p.Bits(); bit < len(b)*8; bit++ {
		b[bit/8] |= 1 << (7 - bit%8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}

func TestPrefixesStop(t *testing.T) {
	p := sources(t, "10.0.0.0/8", "12.0.0.0/8", "::/64", "1::/64")
	var want []netip.Prefix
	for _, text := range []string{"10.0.0.0/8", "12.0.0.0/8", "::/64", "1::/64"} {
		want = append(want, netip.MustParsePrefix(text))
	}
	for n := 1; n <= len(want); n++ {
		var got []netip.Prefix
		for prefix := range p.Prefixes() {
			if got = append(got, prefix); len(got) == n {
				break
			}
		}
		if diff := cmp.Diff(want[:n], got, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
			t.Errorf("first %d (-want +got):\n%s", n, diff)
		}
	}
}
