package netset_test

import (
	"math/rand/v2"
	"testing"

	"github.com/tfreach/tfreach/analyzer/netset"
)

// Sets have the same key exactly if they are equal, however they were made.
func TestKeys(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	prefixes := []string{"0.0.0.0/0", "::/0", "10.0.0.0/8", "10.0.0.0/9", "10.128.0.0/9", "::ffff:10.0.0.0/104", "2001:db8::/32"}
	address := func() netset.Prefixes {
		var out netset.Prefixes
		for range r.IntN(3) {
			p, err := netset.ParseSource(prefixes[r.IntN(len(prefixes))])
			if err != nil {
				t.Fatal(err)
			}
			out = out.Union(p)
		}
		return out
	}
	ports := func() netset.Ports {
		out := netset.PortRange(r.IntN(3), r.IntN(4))
		if r.IntN(4) == 0 {
			out = out.Complement()
		}
		return out
	}
	protocols := func() netset.Protocols {
		out := netset.Protocol([]uint8{netset.TCP, netset.UDP, netset.ICMP}[r.IntN(3)])
		if r.IntN(4) == 0 {
			out = out.Complement()
		}
		return out
	}
	var addresses []netset.Prefixes
	var allPorts []netset.Ports
	var allProtocols []netset.Protocols
	var traffic []netset.Traffic
	for range 120 {
		a, p, n := address(), ports(), protocols()
		addresses, allPorts, allProtocols = append(addresses, a), append(allPorts, p), append(allProtocols, n)
		traffic = append(traffic, netset.Product(a, n, p).Union(netset.Product(address(), protocols(), ports())))
	}
	agree(t, addresses, netset.Prefixes.Key)
	agree(t, allPorts, netset.Ports.Key)
	agree(t, allProtocols, netset.Protocols.Key)
	agree(t, traffic, netset.Traffic.Key)
}

func agree[S netset.Set[S]](t *testing.T, sets []S, key func(S) netset.Key[S]) {
	t.Helper()
	for _, a := range sets {
		for _, b := range sets {
			if a.Equal(b) != (key(a) == key(b)) {
				t.Fatalf("equal %t, but the same key %t: %s and %s", a.Equal(b), key(a) == key(b), a, b)
			}
		}
	}
}
