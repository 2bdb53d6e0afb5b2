package secret

import (
	"bytes"
	"slices"
	"sync"
	"unicode/utf8"
)

// Text is the text of a file that is shown with its secrets covered. It searches only around the parts that are asked for, so
// one line of a large file costs as much as one line. It is safe for concurrent use.
type Text struct {
	text []byte
	// known are the given spans of secrets, in order.
	known []Span
	// keys are the spans of private keys. They can be long, so the whole text is searched for them once.
	keys   func() []Span
	mu     sync.Mutex
	blocks map[int][]Span
}

const (
	// blockBytes is the size of the parts that are searched at once, and contextBytes what is added on both sides, since the
	// text before a secret may be what identifies it.
	blockBytes   = 16 << 10
	contextBytes = 8 << 10
)

// NewText returns a text in which the known spans are secrets as well, whatever they contain. It keeps the text, which must not
// change.
func NewText(text []byte, known []Span) *Text {
	t := &Text{text: text, known: merge(slices.Clone(known)), blocks: map[int][]Span{}}
	t.keys = sync.OnceValue(func() []Span {
		if !bytes.Contains(text, []byte("PRIVATE KEY-----")) {
			return nil
		}
		return privateKeys(string(text))
	})
	return t
}

// Len returns the length of the text in bytes.
func (t *Text) Len() int { return len(t.text) }

// Uncovered returns the text as it is. It serves to count lines and characters, never to be shown.
func (t *Text) Uncovered() []byte { return t.text }

// Slice returns the part from the byte at start to the one before end, with its secrets covered. It has as many bytes and
// characters as the text itself.
func (t *Text) Slice(start, end int) []byte {
	part := t.text[start:end]
	secrets := t.in(start, end)
	if len(secrets) == 0 {
		return part
	}
	out := slices.Clone(part)
	for _, s := range secrets {
		for i := s.Start; i < s.End; {
			r, n := utf8.DecodeRune(t.text[i:])
			copy(out[i-start:], cover(r, n))
			i += n
		}
	}
	return out
}

// Covers reports whether Slice covers something in a part.
func (t *Text) Covers(start, end int) bool { return len(t.in(start, end)) > 0 }

// in returns the secrets in a part, cut to it, at the bounds of characters.
func (t *Text) in(start, end int) []Span {
	if start >= end {
		return nil
	}
	var out []Span
	add := func(spans []Span) {
		for _, s := range spans {
			s.Start, s.End = max(s.Start, start), min(s.End, end)
			if s.Start < s.End {
				out = append(out, s)
			}
		}
	}
	add(t.known)
	add(t.keys())
	t.mu.Lock()
	defer t.mu.Unlock()
	for b := start / blockBytes; b <= (end-1)/blockBytes; b++ {
		add(t.block(b))
	}
	return merge(out)
}

// block returns the secrets in a block.
func (t *Text) block(b int) []Span {
	if found, ok := t.blocks[b]; ok {
		return found
	}
	start, end := b*blockBytes, min((b+1)*blockBytes, len(t.text))
	from, to := max(start-contextBytes, 0), min(end+contextBytes, len(t.text))
	// Half a line may mean something else.
	if from > 0 {
		if i := bytes.IndexByte(t.text[from:start], '\n'); i >= 0 {
			from += i + 1
		}
	}
	found := []Span{}
	for _, s := range Find(string(t.text[from:to])) {
		s.Start, s.End = max(s.Start+from, start), min(s.End+from, end)
		if s.Start < s.End {
			found = append(found, s)
		}
	}
	t.blocks[b] = found
	return found
}

// cover returns the replacement of a character, which has as many bytes and the same width.
func cover(r rune, n int) string {
	switch {
	case r == '\n' || r == '\r':
		return string(r)
	case n == 2:
		return "·"
	case n == 3:
		return "•"
	case n == 4:
		return "\U0001F784"
	}
	return "*"
}
