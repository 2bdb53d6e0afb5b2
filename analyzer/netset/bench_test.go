package netset_test

import (
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/tfreach/tfreach/analyzer/netset"
)

const manyRules = 10_000

// rule returns the i-th of many rules whose sources do not touch.
func rule(i int) netset.Prefixes {
	return netset.Prefix(netip.PrefixFrom(netip.AddrFrom4([4]byte{11, byte(i >> 8), byte(i), 0}), 25))
}

func rule6(i int) netset.Prefixes {
	return netset.Prefix(netip.PrefixFrom(netip.AddrFrom16([16]byte{0x26, 0, byte(i >> 8), byte(i)}), 33))
}

// BenchmarkAccumulate adds 10,000 rules one by one, in random order.
func BenchmarkAccumulate(b *testing.B) {
	order := rand.New(rand.NewPCG(15, 16)).Perm(manyRules)
	tcp, all := netset.Protocol(netset.TCP), netset.AllPorts()
	for _, c := range []struct {
		name string
		rule func(i int) netset.Traffic
	}{
		{"sources", func(i int) netset.Traffic { return netset.Product(rule(i), tcp, netset.Port(21)) }},
		{"sources6", func(i int) netset.Traffic { return netset.Product(rule6(i), tcp, netset.Port(21)) }},
		{"ports", func(i int) netset.Traffic { return netset.Product(rule(0), tcp, netset.Port(2*i)) }},
		{"both", func(i int) netset.Traffic { return netset.Product(rule(i), tcp, netset.Port(2*i)) }},
		{"mixed", func(i int) netset.Traffic {
			if i%8 == 0 {
				return netset.Product(rule(i), netset.AllProtocols(), all)
			}
			return netset.Product(rule(i), tcp, netset.PortRange(i%50, i%70))
		}},
	} {
		rules := make([]netset.Traffic, manyRules)
		for i, at := range order {
			rules[i] = c.rule(at)
		}
		b.Run(c.name+"/union", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var sum netset.Traffic
				for _, r := range rules {
					sum = sum.Union(r)
				}
			}
		})
		b.Run(c.name+"/firstmatch", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var decided netset.Traffic
				for _, r := range rules {
					if r.Difference(decided).Empty() {
						continue
					}
					decided = decided.Union(r)
				}
			}
		})
		b.Run(c.name+"/all", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				netset.UnionAll(rules...)
			}
		})
	}
}

// BenchmarkPieces puts 0.0.0.0/0 together from 4,096 prefixes.
func BenchmarkPieces(b *testing.B) {
	list := pieces(12)
	rand.New(rand.NewPCG(17, 18)).Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	b.Run("set", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			netset.PrefixSet(list...)
		}
	})
	b.Run("union", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var sum netset.Prefixes
			for _, p := range list {
				sum = sum.Union(netset.Prefix(p))
			}
		}
	})
}
