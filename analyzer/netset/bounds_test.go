package netset_test

import (
	"math/rand/v2"
	"testing"

	"github.com/tfreach/tfreach/analyzer/netset"
)

// TestBounds checks on all sets of three elements that the bounds of a result
// are sound, and as tight as the bounds of the arguments permit.
func TestBounds(t *testing.T) {
	atoms := []netset.Ports{netset.PortRange(0, 20), netset.Port(21), netset.PortRange(22, 65535)}
	set := func(mask int) netset.Ports {
		var s netset.Ports
		for i, atom := range atoms {
			if mask>>i&1 == 1 {
				s = s.Union(atom)
			}
		}
		return s
	}
	between := func(must, may int) []int {
		var masks []int
		for mask := range 8 {
			if must&^mask == 0 && mask&^may == 0 {
				masks = append(masks, mask)
			}
		}
		return masks
	}
	type ports = netset.Bounds[netset.Ports]
	for _, op := range []struct {
		name   string
		bounds func(a, b ports) ports
		exact  func(a, b int) int
	}{
		{"union", netset.UnionBounds[netset.Ports], func(a, b int) int { return a | b }},
		{"intersection", netset.IntersectBounds[netset.Ports], func(a, b int) int { return a & b }},
		{"difference", netset.DifferenceBounds[netset.Ports], func(a, b int) int { return a &^ b }},
		{"complement", func(a, _ ports) ports { return netset.ComplementBounds(a) }, func(a, _ int) int { return 7 &^ a }},
	} {
		for code := range 8 * 8 * 8 * 8 {
			mustA, mayA, mustB, mayB := code&7, code>>3&7, code>>6&7, code>>9&7
			if mustA&^mayA != 0 || mustB&^mayB != 0 {
				continue
			}
			wantMust, wantMay := 7, 0
			for _, a := range between(mustA, mayA) {
				for _, b := range between(mustB, mayB) {
					wantMust &= op.exact(a, b)
					wantMay |= op.exact(a, b)
				}
			}
			got := op.bounds(ports{Must: set(mustA), May: set(mayA)}, ports{Must: set(mustB), May: set(mayB)})
			if !got.Must.Equal(set(wantMust)) || !got.May.Equal(set(wantMay)) {
				t.Fatalf("%s: %+v, want %v to %v", op.name, got, set(wantMust), set(wantMay))
			}
			if got.Known() != (wantMust == wantMay) {
				t.Fatalf("%s: %+v is known: %v", op.name, got, got.Known())
			}
		}
	}
}

func TestExactly(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	u := trafficUniverse()
	for range 50 {
		s := u.make(r.Uint64() & u.all())
		b := netset.Exactly(s)
		if !b.Known() || !b.Must.Equal(s) || !b.May.Equal(s) {
			t.Fatalf("%v became %+v", s, b)
		}
	}
	if (netset.Bounds[netset.Traffic]{May: netset.AllTraffic()}).Known() {
		t.Error("anything from none to all is known")
	}
	if (netset.Bounds[int]{Must: 1, May: 1}).Known() {
		t.Error("a type without Equal is known")
	}
}
