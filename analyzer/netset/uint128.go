package netset

import (
	"cmp"
	"math"
	"math/bits"
)

// uint128 is an unsigned integer of 128 bits whose arithmetic wraps around.
type uint128 struct{ hi, lo uint64 }

func (n uint128) compare(o uint128) int {
	if n.hi != o.hi {
		return cmp.Compare(n.hi, o.hi)
	}
	return cmp.Compare(n.lo, o.lo)
}

func (n uint128) next() uint128 { return n.plus(uint128{lo: 1}) }
func (n uint128) prev() uint128 { return n.minus(uint128{lo: 1}) }

func (n uint128) plus(o uint128) uint128 {
	lo, carry := bits.Add64(n.lo, o.lo, 0)
	hi, _ := bits.Add64(n.hi, o.hi, carry)
	return uint128{hi, lo}
}

func (n uint128) minus(o uint128) uint128 {
	lo, borrow := bits.Sub64(n.lo, o.lo, 0)
	hi, _ := bits.Sub64(n.hi, o.hi, borrow)
	return uint128{hi, lo}
}

func (n uint128) or(o uint128) uint128 { return uint128{n.hi | o.hi, n.lo | o.lo} }

// ones returns the number whose lowest count bits are set, for 0 ≤ count ≤ 128.
func ones(count int) uint128 {
	if count <= 64 {
		return uint128{lo: math.MaxUint64 >> (64 - count)}
	}
	return uint128{hi: math.MaxUint64 >> (128 - count), lo: math.MaxUint64}
}

func (n uint128) len() int {
	if n.hi != 0 {
		return 64 + bits.Len64(n.hi)
	}
	return bits.Len64(n.lo)
}

func (n uint128) trailingZeros() int {
	if n.lo == 0 {
		return 64 + bits.TrailingZeros64(n.hi)
	}
	return bits.TrailingZeros64(n.lo)
}

func (n uint128) float() float64 {
	return math.Ldexp(float64(n.hi), 64) + float64(n.lo)
}
