package host

import (
	"slices"
	"strings"
)

// Line is a line of a file, or a place where anything may have happened to the file.
type Line struct {
	Text
	// Doubt, if not empty, says why anything may stand here and every line above may have changed. Text is then what caused it.
	Doubt string
	// Perhaps is true if the doubt is only whether this line is there; what is above is as it was.
	Perhaps bool
	// Open is true for a last line without a line break, which appended text continues.
	Open bool
}

// Content joins lines, none of which may be in doubt.
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
		out := append(slices.Clip(before), after...)
		if n > 0 && len(after) > 0 && before[n-1].Open && after[0].Perhaps {
			out[n].Perhaps = false // it would continue the line before
		}
		return out
	}
	joined := Line{Text: Join([]Text{before[n-1].Text, after[0].Text}, ""), Open: after[0].Open}
	return append(append(slices.Clip(before[:n-1]), joined), after[1:]...)
}

// perhaps returns lines that may be there, and why that isn't certain.
func perhaps(lines []Line, why string) []Line {
	out := slices.Clone(lines)
	for i := range out {
		if out[i].Open = false; out[i].Doubt == "" {
			out[i].Doubt, out[i].Perhaps = why, true
		}
	}
	return out
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
