package report

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	// hashWindow is the number of code units that count for the hash of a line.
	hashWindow = 100
	hashBase   = 37
	// hashEnd follows the last code unit of a text.
	hashEnd = 0xffff
)

// lineHashes are the hashes of all lines of a text. That of a line is a polynomial in the UTF-16 code units that follow the
// line's start, spaces and tabs left out. There a line also ends in a lone CR.
type lineHashes []uint64

// lineHashesOf computes the hashes of a text as src/fingerprints.ts in github.com/github/codeql-action does.
func lineHashesOf(text []byte) lineHashes {
	units := make([]uint16, 0, len(text)+1+hashWindow)
	starts := []int{0}
	afterCR := false
	for len(text) > 0 {
		r, n := rune(text[0]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRune(text)
		}
		text = text[n:]
		skip := r == ' ' || r == '\t' || r == '\n' && afterCR
		afterCR = r == '\r'
		if skip {
			continue
		}
		if r == '\r' {
			r = '\n'
		}
		units = utf16.AppendRune(units, r)
		if r == '\n' {
			starts = append(starts, len(units))
		}
	}
	units = append(units, hashEnd)
	units = append(units, make([]uint16, hashWindow)...)

	hashes := make(lineHashes, len(starts))
	for i, start := range starts {
		for _, u := range units[start : start+hashWindow] {
			hashes[i] = hashes[i]*hashBase + uint64(u)
		}
	}
	return hashes
}

// of returns for a line, counted from 1, the fingerprint that GitHub tracks alerts by, primaryLocationLineHash: the hash of
// the line, and the number of lines with that hash so far.
func (h lineHashes) of(line int) string {
	hash, n := h[line-1], 0
	for _, other := range h[:line] {
		if other == hash {
			n++
		}
	}
	return strconv.FormatUint(hash, 16) + ":" + strconv.Itoa(n)
}
