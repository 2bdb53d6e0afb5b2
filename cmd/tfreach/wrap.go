package main

import (
	"regexp"
	"strings"
	"sync"

	"github.com/fatih/color"

	"github.com/tfreach/tfreach/analyzer/display"
)

// lead matches what stands before the text of a line of path: white space, and perhaps the word for what a hop does.
var lead = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^ *(?:(pass|STOP|may )  )?`) })

// wrapped returns lines as a terminal shows them. No line is wider than asked, continuation lines stand under the line's text,
// and what a hop does is coloured if that is wanted. Whatever is in the lines is shown and not obeyed.
func wrapped(text string, width int, colored bool) string {
	paint := map[string]*color.Color{"pass": color.New(color.FgGreen), "STOP": color.New(color.FgRed, color.Bold), "may ": color.New(color.FgYellow)}
	for _, c := range paint {
		if colored {
			c.EnableColor()
		} else {
			c.DisableColor()
		}
	}
	var b strings.Builder
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		m := lead().FindStringSubmatchIndex(line)
		first, hang := line[:m[1]], strings.Repeat(" ", m[1])
		if m[2] >= 0 {
			word := line[m[2]:m[3]]
			first = line[:m[2]] + paint[word].Sprint(word) + line[m[3]:m[1]]
		}
		lines := display.Wrap(display.Words(line[m[1]:]), width-m[1], m[1] > 0)
		if len(lines) == 0 {
			lines = []string{""}
			first = ""
		}
		for i, part := range lines {
			if i > 0 {
				first = hang
			}
			b.WriteString(first + part + "\n")
		}
	}
	return b.String()
}
