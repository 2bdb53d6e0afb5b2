package report

import (
	"strconv"
	"unicode/utf16"
)

const (
	// hashWindow is how many code units of text count for the hash of a line.
	hashWindow = 100
	hashBase   = 37
	// hashEnd stands behind the last code unit of a text.
	hashEnd = 0xffff
)

// lineHashes returns for each line of a text the fingerprint that GitHub tracks alerts by, primaryLocationLineHash, as
// src/fingerprints.ts in github.com/github/codeql-action computes it: a polynomial in the UTF-16 code units that follow
// the line's start, spaces and tabs left out, and the number of lines with that hash so far. There a line also ends in a
// lone CR.
func lineHashes(text string) []string {
	units := make([]uint16, 0, len(text)+1+hashWindow)
	starts := []int{0}
	afterCR := false
	for _, u := range utf16.Encode([]rune(text)) {
		skip := u == ' ' || u == '\t' || u == '\n' && afterCR
		afterCR = u == '\r'
		if skip {
			continue
		}
		if u == '\r' {
			u = '\n'
		}
		units = append(units, u)
		if u == '\n' {
			starts = append(starts, len(units))
		}
	}
	units = append(units, hashEnd)
	units = append(units, make([]uint16, hashWindow)...)

	hashes := make([]string, len(starts))
	seen := make(map[uint64]int, len(starts))
	for i, start := range starts {
		var h uint64
		for _, u := range units[start : start+hashWindow] {
			h = h*hashBase + uint64(u)
		}
		seen[h]++
		hashes[i] = strconv.FormatUint(h, 16) + ":" + strconv.Itoa(seen[h])
	}
	return hashes
}
