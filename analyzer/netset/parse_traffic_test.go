package netset_test

import (
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/tfreach/tfreach/analyzer/netset"
)

func TestParseTraffic(t *testing.T) {
	for _, text := range []string{
		"tcp 21 from 0.0.0.0/0", "tcp 20-22, 80 from 10.0.0.0/8, ::/0", "udp from 1.2.3.4/32",
		"tcp 21 from 0.0.0.0/0; udp 53 from ::/0", "all from 10.0.0.0/8", "icmp from ::/0", "200 from ::1/128",
	} {
		got, err := netset.ParseTraffic(text)
		if err != nil || got.String() != text {
			t.Errorf("%q: got %q, %v", text, got, err)
		}
	}
	for _, text := range []string{
		"", "none", "tcp 21", "tcp 21 from ", "from ::/0", "tcp 21 from 0.0.0.0/0;", "tcp x from ::/0", "nope from ::/0",
		"tcp 21 from 10.0.0.0/33", "tcp 21 from ::/0 from ::/0",
	} {
		if got, err := netset.ParseTraffic(text); err == nil {
			t.Errorf("%q: got %q, want an error", text, got)
		}
	}
}

// What is written is read back, for traffic to ports of one protocol.
func TestParseTrafficReadsString(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 21))
	for range 500 {
		var all netset.Traffic
		for range 1 + rnd.IntN(4) {
			a := netip.AddrFrom4([4]byte{byte(rnd.IntN(256)), byte(rnd.IntN(4))})
			sources := netset.Prefix(netip.PrefixFrom(a, rnd.IntN(33)))
			if rnd.IntN(3) == 0 {
				sources = sources.Union(netset.Prefix(netip.PrefixFrom(netip.IPv6Unspecified(), rnd.IntN(129))))
			}
			lo := rnd.IntN(100)
			all = all.Union(netset.Product(sources, netset.Protocol(netset.TCP), netset.PortRange(lo, lo+rnd.IntN(10))))
		}
		got, err := netset.ParseTraffic(all.String())
		if err != nil || !got.Equal(all) {
			t.Fatalf("%q: got %q, %v", all, got, err)
		}
	}
}
