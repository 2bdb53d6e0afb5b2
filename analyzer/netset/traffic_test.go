package netset_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tfreach/tfreach/analyzer/netset"
)

func product(t testing.TB, source, protocol, ports string) netset.Traffic {
	t.Helper()
	p, err := netset.ParseProtocol(protocol)
	if err != nil {
		t.Fatal(err)
	}
	on, err := netset.ParsePorts(ports)
	if err != nil {
		t.Fatal(err)
	}
	return netset.Product(sources(t, source), p, on)
}

func TestTrafficString(t *testing.T) {
	all := netset.AllTraffic()
	for _, c := range []struct {
		got  netset.Traffic
		want string
	}{
		{netset.Traffic{}, "none"},
		{all, "all from 0.0.0.0/0, ::/0"},
		{product(t, "0.0.0.0/0", "tcp", "20-30"), "tcp 20-30 from 0.0.0.0/0"},
		{product(t, "::/0", "tcp", "all"), "tcp from ::/0"},
		{product(t, "10.0.0.0/8", "icmp", "3"), "icmp from 10.0.0.0/8"},
		{netset.Product(sources(t, "10.0.0.0/8"), netset.Protocol(netset.GRE), netset.Ports{}), "gre from 10.0.0.0/8"},
		{netset.Product(sources(t, "10.0.0.0/8"), netset.Protocol(netset.TCP), netset.Ports{}), "none"},
		{netset.Product(netset.Prefixes{}, netset.AllProtocols(), netset.AllPorts()), "none"},
		{product(t, "::/0", "tcp", "53").Union(product(t, "::/0", "udp", "53")), "tcp, udp 53 from ::/0"},
		{
			product(t, "1.0.0.0/8", "tcp", "20-22,80").Union(product(t, "2.0.0.0/8", "tcp", "22-25,80")),
			"tcp 20-21 from 1.0.0.0/8; tcp 22, 80 from 1.0.0.0/8, 2.0.0.0/8; tcp 23-25 from 2.0.0.0/8",
		},
		{
			product(t, "::/0", "all", "21"),
			"0-5, 7-16, 18-32, 34-131, 133-135, 137-255 from ::/0; tcp, udp, dccp, sctp, udplite 21 from ::/0",
		},
		{product(t, "::/0", "tcp", "0-20").Union(product(t, "::/0", "tcp", "21-65535")), "tcp from ::/0"},
	} {
		if c.got.String() != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestSources(t *testing.T) {
	traffic := netset.UnionAll(
		product(t, "1.0.0.0/8", "tcp", "20-22"),
		product(t, "2.0.0.0/8", "tcp", "22-25"),
		product(t, "3.0.0.0/8", "icmp", "8"),
		product(t, "4.0.0.0/8", "all", "80"),
	)
	for _, c := range []struct {
		protocol uint8
		ports    netset.Ports
		want     string
	}{
		{netset.TCP, netset.Port(21), "1.0.0.0/8"},
		{netset.TCP, netset.Port(22), "1.0.0.0/8, 2.0.0.0/8"},
		{netset.TCP, netset.PortRange(23, 80), "2.0.0.0/8, 4.0.0.0/8"},
		{netset.TCP, netset.Port(26), "none"},
		{netset.TCP, netset.Ports{}, "none"},
		{netset.UDP, netset.AllPorts(), "4.0.0.0/8"},
		{netset.UDP, netset.Port(22), "none"},
		{netset.ICMP, netset.Ports{}, "3.0.0.0/8, 4.0.0.0/8"},
		{netset.GRE, netset.Port(1), "4.0.0.0/8"},
	} {
		if got := traffic.Sources(c.protocol, c.ports); got.String() != c.want {
			t.Errorf("sources of protocol %d on %v: %v, want %s", c.protocol, c.ports, got, c.want)
		}
	}
}

func TestRestrict(t *testing.T) {
	traffic := netset.UnionAll(
		product(t, "1.0.0.0/8", "tcp", "20-22"),
		product(t, "2.0.0.0/8", "udp", "all"),
		product(t, "3.0.0.0/8", "icmp", "all"),
	)
	got := traffic.Restrict(netset.AllProtocols(), netset.Port(21)).String()
	if want := "icmp from 3.0.0.0/8; tcp 21 from 1.0.0.0/8; udp 21 from 2.0.0.0/8"; got != want {
		t.Errorf("port 21: got %q, want %q", got, want)
	}
	got = traffic.Restrict(netset.Protocol(netset.TCP), netset.PortRange(22, 80)).String()
	if want := "tcp 22 from 1.0.0.0/8"; got != want {
		t.Errorf("TCP 22-80: got %q, want %q", got, want)
	}
}

// TestBoxes checks that the boxes are disjoint, make up the traffic, and are the
// same for the same traffic put together in another order.
func TestBoxes(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	u := trafficUniverse()
	for range 500 {
		mask := r.Uint64() & r.Uint64() & u.all()
		traffic := u.make(mask)
		boxes := slices.Collect(traffic.Boxes())
		var sum netset.Traffic
		for _, b := range boxes {
			part := netset.Product(b.Sources, b.Protocols, b.Ports)
			if part.Empty() || part.Overlaps(sum) {
				t.Fatalf("%v: box %v is empty or overlaps the others", traffic, b)
			}
			sum = sum.Union(part)
		}
		u.check(t, "boxes", sum, mask)

		var other netset.Traffic
		for _, i := range r.Perm(len(boxes)) {
			b := boxes[i]
			other = netset.Product(b.Sources, b.Protocols, b.Ports).Union(other)
		}
		if diff := cmp.Diff(boxes, slices.Collect(other.Boxes())); diff != "" {
			t.Fatalf("boxes depend on the order (-first +second):\n%s", diff)
		}
	}
}

func TestBoxesStop(t *testing.T) {
	traffic := product(t, "::/0", "all", "21")
	for box := range traffic.Boxes() {
		if box.Protocols.Contains(netset.TCP) {
			t.Fatalf("first box is %v", box)
		}
		break
	}
}
