package host

import (
	"slices"
	"strings"
)

// Line is a line of a file, or a place where anything may have happened to it.
type Line struct {
	Text
	// Doubt, if not empty, says why anything may stand here, and anything above may have changed; Text is then what
	// brought it about.
	Doubt string
	// Open is set for a last line that has no line break: what is appended continues it.
	Open bool
}

// Content puts lines together again. The lines must be without doubt.
func Content(lines []Line) Text {
	texts := make([]Text, len(lines))
	for i, l := range lines {
		texts[i] = l.Text
	}
	content := Join(texts, "\n")
	if n := len(lines); n > 0 && lines[n-1].Open {
		content.S = strings.TrimSuffix(content.S, "\n")
	}
	return content
}

// appendLines puts lines after others.
func appendLines(before, after []Line) []Line {
	n := len(before)
	if n == 0 || len(after) == 0 || !before[n-1].Open || before[n-1].Doubt != "" || after[0].Doubt != "" {
		return append(slices.Clip(before), after...)
	}
	joined := Line{Text: Join([]Text{before[n-1].Text, after[0].Text}, ""), Open: after[0].Open}
	return append(append(slices.Clip(before[:n-1]), joined), after[1:]...)
}

// LinesOf returns the lines of a file's content. A line that is nothing but a hole is any text.
func LinesOf(content Text) []Line {
	texts := content.Lines()
	lines := make([]Line, len(texts))
	for i, t := range texts {
		lines[i] = Line{Text: t}
		if strings.TrimSpace(t.S) == Hole {
			lines[i].Doubt = "a part of the file isn't known"
		}
	}
	if n := len(lines); n > 0 && !strings.HasSuffix(content.S, "\n") {
		lines[n-1].Open = true
	}
	return lines
}
