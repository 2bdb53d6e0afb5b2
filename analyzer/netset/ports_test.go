package netset_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/tfreach/tfreach/analyzer/netset"
)

func TestPortRange(t *testing.T) {
	for _, c := range []struct {
		lo, hi int
		want   string
	}{
		{0, 65535, "all"},
		{-5, 70000, "all"},
		{math.MinInt, math.MaxInt, "all"},
		{-5, 3, "0-3"},
		{65000, 70000, "65000-65535"},
		{-5, -1, "none"},
		{65536, 70000, "none"},
		{22, 20, "none"},
		{21, 21, "21"},
		{65535, 65535, "65535"},
	} {
		got := netset.PortRange(c.lo, c.hi)
		if got.String() != c.want || got.Empty() != (c.want == "none") {
			t.Errorf("PortRange(%d, %d) = %v, want %s", c.lo, c.hi, got, c.want)
		}
	}
	if got := netset.Port(65536); !got.Empty() {
		t.Errorf("Port(65536) = %v", got)
	}
	for _, n := range []int{-1, 65536, math.MaxInt} {
		if netset.AllPorts().Contains(n) {
			t.Errorf("all ports contain %d", n)
		}
	}
}

// TestPortsBitmap compares sets with one bit for each port.
func TestPortsBitmap(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 100 {
		var bitmap [65536]bool
		var got netset.Ports
		for range r.IntN(30) {
			lo := r.IntN(65536)
			hi := min(65535, lo+r.IntN(1<<r.IntN(17)))
			add := r.IntN(3) > 0
			if add {
				got = got.Union(netset.PortRange(lo, hi))
			} else {
				got = got.Difference(netset.PortRange(lo, hi))
			}
			for n := lo; n <= hi; n++ {
				bitmap[n] = add
			}
		}
		var listed [65536]bool
		for lo, hi := range got.Intervals() {
			for n := lo; n <= hi; n++ {
				listed[n] = true
			}
		}
		for n, want := range bitmap {
			if got.Contains(n) != want || listed[n] != want {
				t.Fatalf("%v: port %d: contains %v, listed %v, want %v", got, n, got.Contains(n), listed[n], want)
			}
		}
	}
}

func TestIntervalsStop(t *testing.T) {
	ports := netset.Port(1).Union(netset.Port(3)).Union(netset.Port(5))
	n := 0
	for range ports.Intervals() {
		if n++; n == 2 {
			break
		}
	}
	if n != 2 {
		t.Errorf("took %d intervals, want 2", n)
	}
}

func TestProtocolsString(t *testing.T) {
	for _, c := range []struct {
		got  netset.Protocols
		want string
	}{
		{netset.Protocols{}, "none"},
		{netset.AllProtocols(), "all"},
		{netset.PortProtocols(), "tcp, udp, dccp, sctp, udplite"},
		{netset.Protocol(netset.ESP).Union(netset.Protocol(netset.AH)), "esp, ah"},
		{netset.Protocol(netset.GRE).Union(netset.Protocol(253)), "gre, 253"},
		{netset.Protocol(netset.TCP).Complement(), "0-5, 7-255"},
		{netset.Protocol(0).Union(netset.Protocol(255)), "hopopt, 255"},
		{netset.Protocol(netset.ICMP).Union(netset.Protocol(netset.ICMPv6)), "icmp, icmpv6"},
	} {
		if c.got.String() != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
