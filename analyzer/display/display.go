package display

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/apparentlymart/go-textseg/v15/textseg"
	"golang.org/x/text/width"
)

const tabWidth = 4

// Cell is one grapheme cluster of a text as it may be shown on a terminal.
type Cell struct {
	// Text is the text to show, and Width the number of columns that it takes.
	Text  string
	Width int
	// Start and End are the offsets of the cluster in the text.
	Start, End int
}

// Cells splits a text into what a terminal shows of it. What would command a terminal or a CI runner, or hide text, is
// shown as an escape of Go.
func Cells(text string) []Cell {
	data := []byte(text)
	out := make([]Cell, 0, len(text))
	column := 0
	for i := 0; i < len(text); {
		n := ClusterLen(data[i:])
		c := Cell{Start: i, End: i + n}
		c.Text, c.Width = show(text[i:c.End])
		switch {
		case text[i:c.End] == "\t":
			c.Width = tabWidth - column%tabWidth
			c.Text = strings.Repeat(" ", c.Width)
		case text[i] == '[' && MarksCommand(data[:i]):
			c.Text, c.Width = `\x5b`+c.Text[1:], c.Width+3
		}
		column += c.Width
		out = append(out, c)
		i = c.End
	}
	return out
}

// MarksCommand reports whether a [ after text makes a command that CI runners look for anywhere in a line: ##[ is GitHub's
// (ActionCommand.cs in https://github.com/actions/runner), ##vso[ is that of Azure Pipelines, and ##teamcity[ is TeamCity's. It
// therefore accepts any word between ## and [.
func MarksCommand(text []byte) bool {
	word := bytes.TrimRightFunc(text, func(r rune) bool {
		return r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == '-')
	})
	return bytes.HasSuffix(word, []byte("##"))
}

// Hidden reports whether a character is a control or format character or a line separator. The joiner of emoji isn't, since
// ordinary text needs it.
func Hidden(r rune) bool {
	if r < utf8.RuneSelf {
		return r < ' ' || r == 0x7f
	}
	return r != zeroWidthJoiner && unicode.In(r, unicode.C, unicode.Zl, unicode.Zp)
}

// ClusterLen returns the length of the first grapheme cluster of a text that isn't empty.
func ClusterLen(text []byte) int {
	if text[0] < utf8.RuneSelf && text[0] != '\r' && (len(text) == 1 || text[1] < utf8.RuneSelf) {
		return 1
	}
	n, _, err := textseg.ScanGraphemeClusters(text, true)
	if err != nil || n <= 0 {
		return 1
	}
	return n
}

// show returns how a grapheme cluster may be shown, and the width of that.
func show(cluster string) (string, int) {
	if c := rune(cluster[0]); len(cluster) == 1 && c < utf8.RuneSelf && !Hidden(c) {
		return cluster, 1
	}
	var b strings.Builder
	total := 0
	for i := 0; i < len(cluster); {
		r, size := utf8.DecodeRuneInString(cluster[i:])
		piece := cluster[i : i+size]
		i += size
		switch {
		case r == utf8.RuneError && size == 1:
			piece = fmt.Sprintf(`\x%02x`, piece[0])
			total += len(piece)
		case Hidden(r):
			piece = escape(r)
			total += len(piece)
		case r == emojiPresentation, unicode.Is(unicode.Regional_Indicator, r) && b.Len() > 0:
			total = max(total, 2)
		case b.Len() == 0:
			total += runeWidth(r)
		}
		b.WriteString(piece)
	}
	return b.String(), total
}

const (
	zeroWidthJoiner = '\u200d'
	// emojiPresentation after a character asks for its wide, coloured form.
	emojiPresentation = '\ufe0f'
)

func escape(r rune) string {
	switch {
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r < utf8.RuneSelf:
		return fmt.Sprintf(`\x%02x`, r)
	case r < 0x10000:
		return fmt.Sprintf(`\u%04x`, r)
	}
	return fmt.Sprintf(`\U%08x`, r)
}

// runeWidth returns the number of columns of a printable character at the start of a cluster.
func runeWidth(r rune) int {
	if unicode.In(r, unicode.M) || r == zeroWidthJoiner {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	case width.Neutral, width.EastAsianAmbiguous, width.EastAsianNarrow, width.EastAsianHalfwidth:
	}
	return 1
}

// Clean returns a text as it may be shown within a line.
func Clean(text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return r == '[' || r >= utf8.RuneSelf || Hidden(r) }) {
		return text
	}
	var b strings.Builder
	for _, c := range Cells(text) {
		b.WriteString(c.Text)
	}
	return b.String()
}

// Width returns the number of columns of cells.
func Width(cells []Cell) int {
	n := 0
	for _, c := range cells {
		n += c.Width
	}
	return n
}

// Words splits prose where a line may break: at spaces, but not inside the key of an address, ["like this"].
func Words(text string) []string {
	var out []string
	start := -1
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		key := keyLen(text[i:])
		switch {
		case key == 0 && unicode.IsSpace(r):
			if start >= 0 {
				out = append(out, Clean(text[start:i]))
			}
			start = -1
		case start < 0:
			start = i
		}
		i += max(n, key)
	}
	if start >= 0 {
		out = append(out, Clean(text[start:]))
	}
	return out
}

// keyLen returns the length of the instance key that a text begins with; 0 if there is none.
func keyLen(text string) int {
	if !strings.HasPrefix(text, `["`) {
		return 0
	}
	for i := len(`["`); i < len(text); i++ {
		switch {
		case text[i] == '\\':
			i++
		case strings.HasPrefix(text[i:], `"]`):
			return i + len(`"]`)
		case text[i] == '"':
			return 0
		}
	}
	return 0
}

// Wrap joins words to lines of at most the given width; a longer word gets a line of its own. Only the first line may begin
// with ::, by which GitHub recognises workflow commands; elsewhere such a word stays behind the word before it. If that exceeds
// a line, or the first line isn't labelled, a backslash precedes it.
func Wrap(words []string, limit int, labelled bool) []string {
	var lines []string
	line, used := "", 0
	for i, w := range words {
		n := Width(Cells(w))
		if line != "" && used+1+unbroken(words[i:], limit) > limit {
			lines = append(lines, line)
			line, used = "", 0
		}
		if line != "" {
			line, used = line+" ", used+1
		} else if Command(w) && (len(lines) > 0 || !labelled) {
			w, n = `\`+w, n+1
		}
		line, used = line+w, used+n
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// Command reports whether a line that begins with a word is a workflow command of GitHub.
func Command(word string) bool { return strings.HasPrefix(word, "::") }

// unbroken returns the width of the first word together with the following words that can't begin a line, as far as they fit a
// line.
func unbroken(words []string, limit int) int {
	first := Width(Cells(words[0]))
	n := first
	for _, w := range words[1:] {
		if !Command(w) {
			break
		}
		n += 1 + Width(Cells(w))
	}
	if n > limit {
		return first
	}
	return n
}
