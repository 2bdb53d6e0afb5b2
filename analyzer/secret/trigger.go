package secret

import "sync"

// triggers find out in one pass which rules have a word in a text.
type triggers struct {
	// begins has the pairs of characters that begin a word. words are the words by their first two characters, with their
	// rules.
	begins [1 << 16]bool
	words  map[[2]byte][]trigger
}

type trigger struct {
	word  string
	rules []int
}

// found are the indices of the rules that have a word in a text.
type found [2]uint64

func (f *found) add(rule int)      { f[rule/64] |= 1 << (rule % 64) }
func (f *found) has(rule int) bool { return f[rule/64]&(1<<(rule%64)) != 0 }

// triggersOf returns the triggers of the rules.
var triggersOf = sync.OnceValue(func() *triggers {
	t := &triggers{words: map[[2]byte][]trigger{}}
	at := map[string]int{}
	for i, r := range rules() {
		for _, word := range r.words {
			start := [2]byte{word[0], ' '}
			if len(word) > 1 {
				start[1] = word[1]
			}
			if n, ok := at[word]; ok {
				t.words[start][n].rules = append(t.words[start][n].rules, i)
				continue
			}
			at[word] = len(t.words[start])
			t.words[start] = append(t.words[start], trigger{word, []int{i}})
			t.begins[int(start[0])<<8|int(start[1])] = true
		}
	}
	return t
})

// in returns the rules that have a word in a text. Words and the text are compared without regard to the case of ASCII.
func (t *triggers) in(text string) found {
	var out found
	for i := range len(text) {
		start := [2]byte{small(text[i]), ' '}
		if i+1 < len(text) {
			start[1] = small(text[i+1])
		}
		if !t.begins[int(start[0])<<8|int(start[1])] {
			continue
		}
		for _, w := range t.words[start] {
			if hasPrefix(text[i:], w.word) {
				for _, rule := range w.rules {
					out.add(rule)
				}
			}
		}
	}
	return out
}

// hasPrefix reports whether a text begins with a word in small letters.
func hasPrefix(text, word string) bool {
	if len(text) < len(word) {
		return false
	}
	for i := range len(word) {
		if small(text[i]) != word[i] {
			return false
		}
	}
	return true
}

func small(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
