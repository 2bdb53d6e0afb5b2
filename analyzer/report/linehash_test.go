package report_test

import (
	"math/big"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/tfreach/tfreach/analyzer/report"
)

// The expected hashes were made in JavaScript with the upload action's algorithm, checked against that action's tests.
func TestLineHashes(t *testing.T) {
	for text, want := range map[string][]string{
		"": {"c129715d7a2bc9a3:1"},
		"resource \"aws_security_group\" \"web\" {\n  ingress {\n    from_port = 21\n  }\n}\n": {"cdc4cc35ac134c64:1", "c3bc77d24733250f:1", "10af2d9d7f0e730b:1", "1da0d4c20a2cbb51:1", "32dce9ccfdbc9d3e:1", "c129715d7a2bc9a3:1"},
		"a\r\n\tb\rc 🎉\n\n": {"3da9dc7ffa622d9e:1", "b9c3808d6454e84f:1", "2f37a5ff94318d83:1", "3c5bef55b72b93c9:1", "c129715d7a2bc9a3:1"},
		"}\n}\n}\n":         {"fec212a38d15109c:1", "1da0d4c20a2cbb51:1", "32dce9ccfdbc9d3e:1", "c129715d7a2bc9a3:1"},
		"locals {\r\n  long = \"01234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789\"\r\n}": {"91157b1d0b84e3ad:1", "3e7d0641a0aa64f6:1", "13db8c734146ff90:1"},
		" \r \n x": {"aa6568db034358f3:1", "a88801a1799b48b5:1", "638816509450efbf:1"},
	} {
		if diff := cmp.Diff(want, report.LineHashes(text)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

// hashByDefinition computes the hash of the first line of text from the definition, in unbounded integers.
func hashByDefinition(text string) string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	text = strings.NewReplacer(" ", "", "\t", "").Replace(text)
	units := append(utf16.Encode([]rune(text)), 0xffff)
	sum := new(big.Int)
	for i := range 100 {
		sum.Mul(sum, big.NewInt(37))
		if i < len(units) {
			sum.Add(sum, big.NewInt(int64(units[i])))
		}
	}
	return new(big.Int).And(sum, new(big.Int).SetUint64(1<<64-1)).Text(16)
}

func TestLineHashesByDefinition(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	pieces := []string{"a", "b", "}", " ", "\t", "\n", "\r\n", "é", "🎉", strings.Repeat("x", 60)}
	for range 300 {
		var lines []string
		for range 1 + random.IntN(6) {
			var line strings.Builder
			for range random.IntN(8) {
				if p := pieces[random.IntN(len(pieces))]; !strings.HasSuffix(p, "\n") {
					line.WriteString(p)
				}
			}
			lines = append(lines, line.String())
		}
		text := strings.Join(lines, pieces[5+random.IntN(2)])
		seen := map[string]int{}
		var want []string
		for i := range lines {
			h := hashByDefinition(strings.Join(lines[i:], "\n"))
			seen[h]++
			want = append(want, h+":"+strconv.Itoa(seen[h]))
		}
		if diff := cmp.Diff(want, report.LineHashes(text)); diff != "" {
			t.Fatalf("%q (-want +got):\n%s", text, diff)
		}
	}
}
