package netset_test

import (
	"math/bits"
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/tfreach/tfreach/analyzer/netset"
)

// A universe splits the whole domain of a set type into at most 64 atoms, so
// that a set made of atoms has a bit mask as its oracle.
type universe[S netset.Set[S]] struct {
	atoms []S
	// has reports whether the set holds the least and the greatest element of
	// an atom.
	has func(s S, atom int) (least, greatest bool)
}

func (u universe[S]) all() uint64 { return ^uint64(0) >> (64 - len(u.atoms)) }

func (u universe[S]) make(mask uint64) S {
	var parts []S
	for ; mask != 0; mask &= mask - 1 {
		parts = append(parts, u.atoms[bits.TrailingZeros64(mask)])
	}
	return netset.UnionAll(parts...)
}

// check compares a set with its oracle, element by element and in structure.
func (u universe[S]) check(t *testing.T, op string, got S, mask uint64) {
	t.Helper()
	if err := netset.Canonical(got); err != nil {
		t.Fatalf("%s: %v is not canonical: %v", op, got, err)
	}
	for i := range u.atoms {
		want := mask>>i&1 == 1
		if least, greatest := u.has(got, i); least != want || greatest != want {
			t.Fatalf("%s: %v has atom %v: %v to %v, want %v", op, got, u.atoms[i], least, greatest, want)
		}
	}
	if same := u.make(mask); !got.Equal(same) || got.String() != same.String() {
		t.Fatalf("%s: %v differs from the same elements put together: %v", op, got, same)
	}
	if got.Empty() != (mask == 0) {
		t.Fatalf("%s: Empty is %v for %v", op, got.Empty(), got)
	}
}

// run interprets a program: each instruction replaces one of four sets by the
// result of an operation on two of them, or loads one from the next bytes.
func (u universe[S]) run(t *testing.T, program []byte) {
	t.Helper()
	var sets [4]S
	var masks [4]uint64
	for len(program) > 0 {
		op, x, y, z := program[0]>>6, program[0]>>4&3, program[0]>>2&3, program[0]&3
		program = program[1:]
		a, b := sets[x], sets[y]
		name := ""
		switch {
		case op == 0:
			name = "union"
			sets[z], masks[z] = a.Union(b), masks[x]|masks[y]
		case op == 1:
			name = "intersect"
			sets[z], masks[z] = a.Intersect(b), masks[x]&masks[y]
		case op == 2:
			name = "difference"
			sets[z], masks[z] = a.Difference(b), masks[x]&^masks[y]
		case x == 0:
			name = "complement"
			sets[z], masks[z] = b.Complement(), u.all()&^masks[y]
		default:
			name = "load"
			var mask uint64
			for range 8 {
				mask <<= 8
				if len(program) > 0 {
					mask |= uint64(program[0])
					program = program[1:]
				}
			}
			masks[z] = mask & u.all()
			sets[z] = u.make(masks[z])
		}
		u.check(t, name, sets[z], masks[z])
		for i := range sets {
			u.compare(t, sets[z], sets[i], masks[z], masks[i])
		}
	}
	for i := range sets { // operations have not changed their arguments
		u.check(t, "end", sets[i], masks[i])
	}
}

func (u universe[S]) compare(t *testing.T, a, b S, ma, mb uint64) {
	t.Helper()
	for _, c := range []struct {
		name      string
		got, want bool
	}{
		{"Equal", a.Equal(b), ma == mb},
		{"SubsetOf", a.SubsetOf(b), ma&^mb == 0},
		{"Overlaps", a.Overlaps(b), ma&mb != 0},
	} {
		if c.got != c.want {
			t.Fatalf("%v %s %v: %v, want %v", a, c.name, b, c.got, c.want)
		}
	}
}

func portUniverse() universe[netset.Ports] {
	cuts := []int{0, 1, 2, 19, 20, 21, 22, 23, 80, 81, 443, 1023, 1024, 32767, 32768, 32769, 65533, 65534, 65535}
	u := universe[netset.Ports]{has: func(s netset.Ports, i int) (bool, bool) {
		return s.Contains(cuts[i]), s.Contains(next(cuts, i, 65536) - 1)
	}}
	for i, lo := range cuts {
		u.atoms = append(u.atoms, netset.PortRange(lo, next(cuts, i, 65536)-1))
	}
	return u
}

func protocolUniverse() universe[netset.Protocols] {
	cuts := []int{0, 1, 2, 6, 7, 17, 18, 127, 128, 129, 254, 255}
	u := universe[netset.Protocols]{has: func(s netset.Protocols, i int) (bool, bool) {
		return s.Contains(uint8(cuts[i])), s.Contains(uint8(next(cuts, i, 256) - 1))
	}}
	for i, lo := range cuts {
		var atom netset.Protocols
		for n := lo; n < next(cuts, i, 256); n++ {
			atom = atom.Union(netset.Protocol(uint8(n)))
		}
		u.atoms = append(u.atoms, atom)
	}
	return u
}

func next(cuts []int, i, end int) int {
	if i+1 < len(cuts) {
		return cuts[i+1]
	}
	return end
}

// addressSpans are ranges that cover both address families.
func addressSpans() [][2]netip.Addr {
	var spans [][2]netip.Addr
	for _, cuts := range [][]string{
		{
			"0.0.0.0", "0.0.0.1", "0.0.0.2", "9.255.255.255", "10.0.0.0", "10.0.0.7", "11.0.0.0", "127.255.255.255",
			"128.0.0.0", "128.0.0.1", "192.0.2.0", "255.255.255.254", "255.255.255.255",
		},
		{
			"::", "::1", "::2", "1::", "2000::", "2001:db8::", "2001:db8::ffff:ffff:ffff:ffff", "2001:db8:0:1::",
			"7fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "8000::", "8000::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe",
			"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		},
	} {
		for i, cut := range cuts {
			lo := netip.MustParseAddr(cut)
			hi := netip.MustParseAddr(cuts[len(cuts)-1])
			if i+1 < len(cuts) {
				hi = netip.MustParseAddr(cuts[i+1]).Prev()
			}
			spans = append(spans, [2]netip.Addr{lo, hi})
		}
	}
	return spans
}

func addressUniverse() universe[netset.Prefixes] {
	spans := addressSpans()
	u := universe[netset.Prefixes]{has: func(s netset.Prefixes, i int) (bool, bool) {
		return s.Contains(spans[i][0]), s.Contains(spans[i][1])
	}}
	for _, s := range spans {
		u.atoms = append(u.atoms, netset.AddressRange(s[0], s[1]))
	}
	return u
}

func trafficUniverse() universe[netset.Traffic] {
	type corner struct {
		protocol uint8
		port     int
		source   netip.Addr
	}
	sources := [][2]string{
		{"0.0.0.0", "9.255.255.255"},
		{"10.0.0.0", "255.255.255.255"},
		{"::", "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff"},
		{"2001:db8::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
	}
	withPorts := [][]uint8{{netset.TCP}, {netset.UDP}, {netset.DCCP, netset.SCTP, netset.UDPLite}}
	var rest []uint8
	for n := range 256 {
		if p := uint8(n); n > 1 && !netset.PortProtocols().Contains(p) {
			rest = append(rest, p)
		}
	}
	without := [][]uint8{{0}, {netset.ICMP}, rest}

	var corners [][2]corner
	var u universe[netset.Traffic]
	add := func(source [2]string, numbers []uint8, ports netset.Ports, lo, hi int) {
		first, last := netip.MustParseAddr(source[0]), netip.MustParseAddr(source[1])
		var protocols netset.Protocols
		for _, n := range numbers {
			protocols = protocols.Union(netset.Protocol(n))
		}
		u.atoms = append(u.atoms, netset.Product(netset.AddressRange(first, last), protocols, ports))
		corners = append(corners, [2]corner{{numbers[0], lo, first}, {numbers[len(numbers)-1], hi, last}})
	}
	for _, source := range sources {
		for _, numbers := range withPorts {
			for _, r := range [][2]int{{0, 20}, {21, 21}, {22, 65535}} {
				add(source, numbers, netset.PortRange(r[0], r[1]), r[0], r[1])
			}
		}
		for i, numbers := range without {
			// Whatever ports come with them, they are on all.
			add(source, numbers, netset.PortRange(i*8, 8), 0, 65535)
		}
	}
	u.has = func(s netset.Traffic, i int) (bool, bool) {
		at := func(c corner) bool { return s.Sources(c.protocol, netset.Port(c.port)).Contains(c.source) }
		return at(corners[i][0]), at(corners[i][1])
	}
	return u
}

func TestAlgebra(t *testing.T) {
	for name, run := range map[string]func(*testing.T, []byte){
		"ports":     portUniverse().run,
		"protocols": protocolUniverse().run,
		"prefixes":  addressUniverse().run,
		"traffic":   trafficUniverse().run,
	} {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			program := make([]byte, 40)
			for range 250 {
				for i := range program {
					program[i] = byte(r.Uint32())
				}
				run(t, program)
			}
		})
	}
}

func FuzzAlgebra(f *testing.F) {
	f.Add([]byte{0xd0, 1, 2, 3, 4, 5, 6, 7, 8, 0xd1, 8, 7, 6, 5, 4, 3, 2, 1, 0x06, 0x47, 0x86, 0xc7})
	f.Add([]byte{0xd3, 255, 255, 255, 255, 255, 255, 255, 255, 0xc2, 0x0c, 0xc1})
	ports, protocols, addresses, traffic := portUniverse(), protocolUniverse(), addressUniverse(), trafficUniverse()
	f.Fuzz(func(t *testing.T, program []byte) {
		program = program[:min(len(program), 64)]
		ports.run(t, program)
		protocols.run(t, program)
		addresses.run(t, program)
		traffic.run(t, program)
	})
}

// TestLaws checks laws that relate several operations.
func TestLaws(t *testing.T) {
	t.Run("ports", func(t *testing.T) { laws(t, portUniverse()) })
	t.Run("protocols", func(t *testing.T) { laws(t, protocolUniverse()) })
	t.Run("prefixes", func(t *testing.T) { laws(t, addressUniverse()) })
	t.Run("traffic", func(t *testing.T) { laws(t, trafficUniverse()) })
}

func laws[S netset.Set[S]](t *testing.T, u universe[S]) {
	t.Helper()
	r := rand.New(rand.NewPCG(3, 4))
	var empty S
	all := u.make(u.all())
	for range 500 {
		a, b, c := u.make(r.Uint64()&u.all()), u.make(r.Uint64()&u.all()), u.make(r.Uint64()&u.all())
		for _, law := range []struct {
			name string
			x, y S
		}{
			{"commutative union", a.Union(b), b.Union(a)},
			{"commutative intersection", a.Intersect(b), b.Intersect(a)},
			{"associative union", a.Union(b).Union(c), a.Union(b.Union(c))},
			{"associative intersection", a.Intersect(b).Intersect(c), a.Intersect(b.Intersect(c))},
			{"idempotent union", a.Union(a), a},
			{"idempotent intersection", a.Intersect(a), a},
			{"absorption", a.Union(a.Intersect(b)), a},
			{"dual absorption", a.Intersect(a.Union(b)), a},
			{"distribution", a.Intersect(b.Union(c)), a.Intersect(b).Union(a.Intersect(c))},
			{"dual distribution", a.Union(b.Intersect(c)), a.Union(b).Intersect(a.Union(c))},
			{"De Morgan", a.Union(b).Complement(), a.Complement().Intersect(b.Complement())},
			{"dual De Morgan", a.Intersect(b).Complement(), a.Complement().Union(b.Complement())},
			{"double complement", a.Complement().Complement(), a},
			{"excluded middle", a.Union(a.Complement()), all},
			{"contradiction", a.Intersect(a.Complement()), empty},
			{"difference", a.Difference(b), a.Intersect(b.Complement())},
			{"partition", a.Difference(b).Union(a.Intersect(b)), a},
			{"neutral union", a.Union(empty), a},
			{"neutral intersection", a.Intersect(all), a},
			{"neutral difference", a.Difference(empty), a},
			{"complement of nothing", empty.Complement(), all},
			{"union of many", netset.UnionAll(a, b, c), a.Union(b).Union(c)},
		} {
			if !law.x.Equal(law.y) {
				t.Fatalf("%s: %v, %v, %v: %v is not %v", law.name, a, b, c, law.x, law.y)
			}
		}
	}
}
