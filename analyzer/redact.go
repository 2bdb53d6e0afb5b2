package analyzer

import (
	"sync"

	"github.com/tfreach/tfreach/analyzer/secret"
)

// covered gives the texts of files with their secrets covered. It makes each text once.
type covered struct {
	read func(name string) []byte
	// known has, by the file's name, the spans of secrets that findings are about.
	known map[string][]secret.Span
	mu    sync.Mutex
	texts map[string]*secret.Text
}

func newCovered(read func(name string) []byte) *covered {
	return &covered{read: read, known: map[string][]secret.Span{}, texts: map[string]*secret.Text{}}
}

// learn adds the spans of secrets that findings are about.
func (c *covered) learn(findings []Finding, before bool) {
	for i := range findings {
		f := &findings[i]
		if t, ok := f.About.(Trait); ok && t.Secret && f.At.Before == before {
			c.known[f.At.Filename] = append(c.known[f.At.Filename], secret.Span{Start: f.At.Start.Byte, End: f.At.End.Byte})
		}
	}
}

// of returns the text of a file; nil if the file isn't known.
func (c *covered) of(name string) *secret.Text {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	t, ok := c.texts[name]
	if !ok {
		if text := c.read(name); text != nil {
			t = secret.NewText(text, c.known[name])
		}
		c.texts[name] = t
	}
	return t
}
