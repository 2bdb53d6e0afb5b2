package ftpd

import "strings"

// line is a line of a file, or a place where anything may have happened to it.
type line struct {
	text
	// doubt, if not empty, says why anything may stand here, and anything above may have changed; text is then what
	// brought it about.
	doubt string
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
	return lines
}
