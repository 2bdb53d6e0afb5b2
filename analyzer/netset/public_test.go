package netset_test

import (
	"math"
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/tfreach/tfreach/analyzer/netset"
)

func TestPublicSpace(t *testing.T) {
	public := netset.PublicSpace()
	for addr, want := range map[string]bool{
		"0.0.0.0": false, "1.1.1.1": true, "9.255.255.255": true, "10.0.0.1": false, "11.0.0.0": true,
		"100.63.255.255": true, "100.64.0.0": false, "100.127.255.255": false, "100.128.0.0": true, "127.0.0.1": false,
		"169.254.169.254": false, "172.15.0.1": true, "172.16.0.1": false, "172.31.255.255": false, "172.32.0.0": true,
		"192.0.0.8": false, "192.0.0.9": true, "192.0.0.10": true, "192.0.0.11": false, "192.0.2.1": false,
		"192.31.196.1": true, "192.52.193.1": true, "192.88.99.1": false, "192.168.0.1": false, "192.175.48.1": true,
		"198.18.0.1": false, "198.19.255.255": false, "198.20.0.0": true, "198.51.100.1": false, "203.0.113.1": false,
		"223.255.255.255": true, "224.0.0.1": false, "239.255.255.255": false, "240.0.0.1": false, "255.255.255.255": false,
		"::1": false, "64:ff9b::1": false, "100::1": false, "1fff::1": false, "2000::": true, "2001::1": false,
		"2001:1::1": true, "2001:1::4": false, "2001:2::1": false, "2001:3::1": true, "2001:4:112::1": true,
		"2001:10::1": false, "2001:20::1": true, "2001:30::1": true, "2001:200::1": true, "2001:db8::1": false,
		"2002::1": false, "2606:4700::1111": true, "2620:4f:8000::1": true, "3ffe::1": true, "3fff::1": false,
		"3fff:1000::": true, "3fff:ffff::1": true, "4000::": false, "5f00::1": false, "fd00::1": false, "fe80::1": false,
		"ff0e::1": false,
	} {
		if got := public.Contains(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s is public: %v, want %v", addr, got, want)
		}
	}
}

func TestPublicShare(t *testing.T) {
	for _, c := range []struct {
		set    netset.Prefixes
		v4, v6 float64
	}{
		{netset.Prefixes{}, 0, 0},
		{netset.AllAddresses(), 1, 1},
		{sources(t, "10.0.0.0/8", "fc00::/7"), 0, 0},
		{sources(t, "10.0.0.0/8", "8.0.0.0/8"), float64(1<<24) / 3702258434, 0},
		{sources(t, "2000::/3"), 0, 1},
	} {
		v4, v6 := c.set.PublicShare()
		if math.Abs(v4-c.v4) > 1e-12 || math.Abs(v6-c.v6) > 1e-12 {
			t.Errorf("%v: %v and %v, want %v and %v", c.set, v4, v6, c.v4, c.v6)
		}
	}
}

func TestEveryone(t *testing.T) {
	for _, c := range []struct {
		set  netset.Prefixes
		want bool
	}{
		{netset.Prefixes{}, false},
		{netset.AllAddresses(), true},
		{sources(t, "0.0.0.0/0"), true},
		{sources(t, "::/0"), true},
		{sources(t, "2000::/3"), true},
		{sources(t, "0.0.0.0/1"), true},
		{sources(t, "128.0.0.0/1"), false}, // less than half without multicast and reserved space
		{sources(t, "0.0.0.0/2", "128.0.0.0/3"), false},
		{sources(t, "10.0.0.0/8", "fc00::/7", "fe80::/10"), false},
		{sources(t, "224.0.0.0/3", "4000::/2", "8000::/1", "::/3"), false},
		{sources(t, "3000::/4"), true}, // fewer special blocks than the other half
		{sources(t, "2000::/4"), false},
		{sources(t, "0.0.0.0/2", "2000::/5"), false}, // shares of two families do not add up
	} {
		if got := netset.Everyone(c.set); got != c.want {
			t.Errorf("everyone in %v: %v, want %v", c.set, got, c.want)
		}
	}
}

// TestEveryoneExact stops at exactly half of the public space, and one address
// short of it.
func TestEveryoneExact(t *testing.T) {
	const half = 3702258434 / 2
	left := uint32(half)
	var set netset.Prefixes
	var final netip.Addr
	for prefix := range netset.PublicSpace().IPv4().Prefixes() {
		size := uint32(1) << (32 - prefix.Bits())
		if size > left {
			b := prefix.Addr().As4()
			n := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
			n += left - 1
			final = netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
			set = set.Union(netset.AddressRange(prefix.Addr(), final))
			break
		}
		left -= size
		set = set.Union(netset.Prefix(prefix))
	}
	if !netset.Everyone(set) {
		t.Error("half of the public space is not everyone")
	}
	if netset.Everyone(set.Difference(netset.AddressRange(final, final))) {
		t.Error("one address less than half is everyone")
	}
}

func TestBroad(t *testing.T) {
	for _, c := range []struct {
		set    netset.Prefixes
		v4, v6 int
		want   bool
	}{
		{netset.Prefixes{}, 16, 32, false},
		{netset.AllAddresses(), 16, 32, true},
		{sources(t, "8.8.0.0/16"), 16, 32, false},
		{sources(t, "8.8.0.0/15"), 16, 32, true},
		{sources(t, "8.8.0.0/16", "8.9.0.0/32"), 16, 32, true},
		{sources(t, "8.8.0.0/16", "8.9.0.1/32"), 16, 32, false},
		{sources(t, "8.8.0.0/16", "8.10.0.0/16"), 16, 32, false},
		{sources(t, "10.0.0.0/8", "fc00::/7", "224.0.0.0/4"), 16, 32, false},
		{sources(t, "2600::/32"), 16, 32, false},
		{sources(t, "2600::/31"), 16, 32, true},
		{sources(t, "8.8.8.8/32"), 32, 128, false},
		{sources(t, "8.8.8.8/31"), 32, 128, true},
		{sources(t, "8.8.8.8/31"), 99, 999, true},
		{sources(t, "2600::/127"), 32, 128, true},
		{netset.AllAddresses(), 0, 0, false},
		{netset.AllAddresses(), -1, -1, false},
		{netset.AllAddresses(), 0, 3, false},
		{netset.AllAddresses(), 0, 4, true},
	} {
		if got := netset.Broad(c.set, c.v4, c.v6); got != c.want {
			t.Errorf("%v is broader than /%d or /%d: %v, want %v", c.set, c.v4, c.v6, got, c.want)
		}
	}
}

// TestPieces checks that splitting everything in pieces changes no decision.
func TestPieces(t *testing.T) {
	for bits := range 13 {
		set := netset.PrefixSet(pieces(bits)...)
		if !netset.Everyone(set) || !netset.Broad(set, netset.DefaultBroadIPv4, netset.DefaultBroadIPv6) || set.String() != "0.0.0.0/0" {
			t.Errorf("%d pieces are %v", 1<<bits, set)
		}
	}
}

// pieces splits 0.0.0.0/0 into prefixes of the given length, at most 16.
func pieces(bits int) []netip.Prefix {
	list := make([]netip.Prefix, 1<<bits)
	for i := range list {
		n := uint16(i << (16 - bits))
		list[i] = netip.PrefixFrom(netip.AddrFrom4([4]byte{byte(n >> 8), byte(n)}), bits)
	}
	return list
}

// TestMonotone checks that no added address makes a decision false.
func TestMonotone(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	random := func() netset.Prefixes {
		var list []netip.Prefix
		for range r.IntN(24) {
			if r.IntN(2) == 0 {
				list = append(list, netip.PrefixFrom(netip.AddrFrom4([4]byte{byte(r.Uint32()), byte(r.Uint32())}), 3+r.IntN(14)))
			} else {
				list = append(list, netip.PrefixFrom(netip.AddrFrom16([16]byte{0x20 | byte(r.IntN(32)), byte(r.Uint32())}), 6+r.IntN(28)))
			}
		}
		return netset.PrefixSet(list...)
	}
	outcomes := map[string]int{}
	for range 3000 {
		a, b := random(), random()
		v4, v6 := r.IntN(33), r.IntN(129)
		for _, d := range []struct {
			name   string
			decide func(netset.Prefixes) bool
		}{
			{"everyone", netset.Everyone},
			{"broad", func(p netset.Prefixes) bool { return netset.Broad(p, v4, v6) }},
		} {
			before, after := d.decide(a), d.decide(a.Union(b))
			if before && !after {
				t.Fatalf("%s: true for %v, false with %v", d.name, a, b)
			}
			if !before && after {
				outcomes[d.name+" became true"]++
			}
			if before {
				outcomes[d.name+" was true"]++
			}
		}
	}
	for _, want := range []string{"everyone became true", "everyone was true", "broad became true", "broad was true"} {
		if outcomes[want] == 0 {
			t.Errorf("no case in which %s", want)
		}
	}
}
