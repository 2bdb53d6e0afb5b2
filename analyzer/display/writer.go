package display

import (
	"bytes"
	"io"
	"strings"
	"sync"
	"unicode"
)

// Writer cleans what is written to it, line by line as Line does, and passes it on. It is safe for concurrent use.
type Writer struct {
	mu   sync.Mutex
	to   io.Writer
	rest []byte // of a line that has not ended
}

// NewWriter returns a writer that writes to another one.
func NewWriter(to io.Writer) *Writer { return &Writer{to: to} }

// Write takes a text. It keeps what follows the last line break until the line ends or Flush is called.
func (w *Writer) Write(text []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rest = append(w.rest, text...)
	end := bytes.LastIndexByte(w.rest, '\n') + 1
	if end == 0 {
		return len(text), nil
	}
	var out strings.Builder
	for line := range strings.Lines(string(w.rest[:end])) {
		out.WriteString(Line(strings.TrimSuffix(line, "\n")))
		out.WriteByte('\n')
	}
	w.rest = append(w.rest[:0], w.rest[end:]...)
	if _, err := io.WriteString(w.to, out.String()); err != nil {
		return 0, err
	}
	return len(text), nil
}

// Flush writes the kept part of an unfinished line.
func (w *Writer) Flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.rest) == 0 {
		return nil
	}
	_, err := io.WriteString(w.to, Line(string(w.rest)))
	w.rest = nil
	return err
}

// Replace writes a line over the one with the terminal's cursor, and leaves the cursor there.
func (w *Writer) Replace(line string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, err := io.WriteString(w.to, "\r\x1b[K"+Line(line))
	return err
}

// Rendered returns the underlying writer, for output that is meant to be printed as it is.
func (w *Writer) Rendered() io.Writer { return w.to }

// Line returns a whole line, without its end, as it may be printed: as Clean does, but with its tabs, and with a backslash
// before :: at its start, by which GitHub tells a command, also after white space. A CR at the end stays, too.
func Line(text string) string {
	text, end := strings.TrimSuffix(text, "\r"), text[len(strings.TrimSuffix(text, "\r")):]
	parts := strings.Split(text, "\t")
	for i, part := range parts {
		parts[i] = Clean(part)
	}
	out := strings.Join(parts, "\t")
	if rest := strings.TrimLeftFunc(out, unicode.IsSpace); Command(rest) {
		out = out[:len(out)-len(rest)] + `\` + rest
	}
	return out + end
}
