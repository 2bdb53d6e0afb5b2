package analyzer

import (
	"regexp"
	"slices"
	"sync"
	"unicode/utf8"

	"github.com/tfreach/tfreach/analyzer/ftpd"
)

// notSecret finds what stands where a secret could but is none in a configuration: references, calls and constants.
var notSecret = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:(?:var|local|data|module|each|count|self|path|terraform|ephemeral)\.[^\s"']*|[a-z][a-z0-9]*_[a-z0-9_]+[.\[][^\s"']*|` +
		`[a-z0-9]+\(.*|[\[{(].*|true|false|null|[0-9]{1,6})$`)
})

// redact returns a text with what looks like a secret in it replaced, and what is known to be one, so that all places in it
// stay as they are. It returns the text itself if there is none.
func redact(text []byte, known []ftpd.Span) []byte {
	var out []byte
	for i, secret := range slices.Concat(known, ftpd.FindSecrets(string(text))) {
		if secret.End > len(text) || secret.Start > secret.End || i >= len(known) && notSecret().Match(text[secret.Start:secret.End]) {
			continue
		}
		if out == nil {
			out = slices.Clone(text)
		}
		for i := secret.Start; i < secret.End; {
			r, n := utf8.DecodeRune(text[i:])
			copy(out[i:], cover(r, n))
			i += n
		}
	}
	if out == nil {
		return text
	}
	return out
}

// cover returns what stands for a character: as many bytes, and as wide as it is.
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

// redactor redacts texts by their names, once.
type redactor struct {
	read func(name string) []byte
	// known are the places of secrets by the names of files.
	known map[string][]ftpd.Span
	mu    sync.Mutex
	done  map[string]redacted
}

type redacted struct {
	text  []byte
	found bool
}

func newRedactor(read func(name string) []byte) *redactor {
	return &redactor{read: read, known: map[string][]ftpd.Span{}, done: map[string]redacted{}}
}

// learn adds the places of secrets that findings are about.
func (r *redactor) learn(findings []Finding, before bool) {
	for i := range findings {
		if f := &findings[i]; f.Secret && f.Before == before {
			span := ftpd.Span{Start: f.At.Start.Byte, End: f.At.End.Byte}
			r.known[f.At.Filename] = append(r.known[f.At.Filename], span)
		}
	}
}

func (r *redactor) of(name string) redacted {
	if r == nil {
		return redacted{}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	out, ok := r.done[name]
	if !ok {
		text := r.read(name)
		out.text = redact(text, r.known[name])
		out.found = len(text) > 0 && &out.text[0] != &text[0]
		r.done[name] = out
	}
	return out
}
