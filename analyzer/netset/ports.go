package netset

import (
	"iter"
	"strconv"
	"strings"
)

const maxPort = 65535

// Ports is a set of transport ports, 0 to 65535.
type Ports struct{ set set[number16] }

// AllPorts returns the ports 0 to 65535.
func AllPorts() Ports { return Ports{whole[number16]()} }

// Port returns the set of one port; it is empty if n is not a port.
func Port(n int) Ports { return PortRange(n, n) }

// PortRange returns the ports from lo to hi, both included. What lies outside 0
// to 65535 is cut off, and the set is empty if lo > hi.
func PortRange(lo, hi int) Ports {
	lo, hi = max(lo, 0), min(hi, maxPort)
	if lo > hi {
		return Ports{}
	}
	return Ports{interval(number16(lo), number16(hi))}
}

// Contains reports whether port n is in the set.
func (p Ports) Contains(n int) bool {
	return 0 <= n && n <= maxPort && p.set.contains(number16(n))
}

// Intervals yields the first and the last port of each maximal interval, in
// ascending order.
func (p Ports) Intervals() iter.Seq2[int, int] {
	return func(yield func(lo, hi int) bool) {
		for lo, hi := range p.set.intervals() {
			if !yield(int(lo), int(hi)) {
				return
			}
		}
	}
}

// Union returns the ports of either set.
func (p Ports) Union(o Ports) Ports { return Ports{join(p.set, o.set)} }

// Intersect returns the ports of both sets.
func (p Ports) Intersect(o Ports) Ports { return Ports{meet(p.set, o.set)} }

// Difference returns the ports of p that o lacks.
func (p Ports) Difference(o Ports) Ports { return Ports{difference(p.set, o.set)} }

// Complement returns the ports that p lacks.
func (p Ports) Complement() Ports { return Ports{p.set.complement()} }

// Empty reports whether p has no port.
func (p Ports) Empty() bool { return len(p.set) == 0 }

// Equal reports whether p and o have the same ports.
func (p Ports) Equal(o Ports) bool { return p.set.equal(o.set) }

// SubsetOf reports whether o has all ports of p.
func (p Ports) SubsetOf(o Ports) bool { return p.Difference(o).Empty() }

// Overlaps reports whether p and o have a port in common.
func (p Ports) Overlaps(o Ports) bool { return !p.Intersect(o).Empty() }

// String writes the ports like "20-22, 80"; "all" and "none" for the extremes.
func (p Ports) String() string {
	switch {
	case p.Empty():
		return "none"
	case p.set.full():
		return "all"
	}
	var parts []string
	for lo, hi := range p.Intervals() {
		part := strconv.Itoa(lo)
		if lo < hi {
			part += "-" + strconv.Itoa(hi)
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ", ")
}
