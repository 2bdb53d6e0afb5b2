package ftpd

import (
	"slices"
	"strings"
)

// line is a line of a file, or a place where anything may have happened to it.
type line struct {
	text
	// doubt, if not empty, says why anything may stand here, and anything above may have changed; text is then what
	// brought it about.
	doubt string
	// open is set for a last line that has no line break: what is appended continues it.
	open bool
}

// contentOf puts lines together again. The lines must be without doubt.
func contentOf(lines []line) text {
	texts := make([]text, len(lines))
	for i, l := range lines {
		texts[i] = l.text
	}
	content := join(texts, "\n")
	if n := len(lines); n > 0 && lines[n-1].open {
		content.s = strings.TrimSuffix(content.s, "\n")
	}
	return content
}

// appendLines puts lines after others.
func appendLines(before, after []line) []line {
	n := len(before)
	if n == 0 || len(after) == 0 || !before[n-1].open || before[n-1].doubt != "" || after[0].doubt != "" {
		return append(slices.Clip(before), after...)
	}
	joined := line{text: join([]text{before[n-1].text, after[0].text}, ""), open: after[0].open}
	return append(append(slices.Clip(before[:n-1]), joined), after[1:]...)
}

// linesOf returns the lines of a file's content. A line that is nothing but a hole is any text.
func linesOf(content text) []line {
	texts := content.lines()
	lines := make([]line, len(texts))
	for i, t := range texts {
		lines[i] = line{text: t}
		if strings.TrimSpace(t.s) == Hole {
			lines[i].doubt = "a part of the file isn't known"
		}
	}
	if n := len(lines); n > 0 && !strings.HasSuffix(content.s, "\n") {
		lines[n-1].open = true
	}
	return lines
}
