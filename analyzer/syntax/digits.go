package syntax

import (
	"bytes"
	"strconv"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Digits returns an upper bound for how many digits the number literals in tokens have when they are written out, and
// where the one with the most is. 1e999999999 is short to write, but to turn it into a string takes hours.
func Digits(tokens hclsyntax.Tokens) (most int, at hcl.Range) {
	for _, token := range tokens {
		if token.Type != hclsyntax.TokenNumberLit {
			continue
		}
		if n := LiteralDigits(token.Bytes); n > most {
			most, at = n, token.Range
		}
	}
	return most, at
}

// LiteralDigits is Digits for one literal, which JSON writes the same.
func LiteralDigits(literal []byte) int {
	mantissa, exponent, _ := bytes.Cut(bytes.ToLower(literal), []byte("e"))
	n, err := strconv.ParseInt(string(bytes.TrimLeft(exponent, "+-")), 10, 32)
	if err != nil && len(exponent) > 0 {
		n = 1 << 30 // beyond what int32 holds
	}
	return len(mantissa) + int(n)
}
