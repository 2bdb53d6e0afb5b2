package main

import (
	"io"
	"strings"
	"unicode/utf8"

	"github.com/fatih/color"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/display"
)

// print writes rows as a table, the first of them as its head. On a terminal the last column is wrapped to the width, and
// heads and levels are coloured if that is wanted.
func (c *cli) print(rows [][]string) error {
	width := 0
	out := io.Writer(c.Out)
	if c.Terminal {
		width, out = c.columns(), c.Out.Rendered()
	}
	_, err := io.WriteString(out, table(rows, width, c.Terminal && c.Color))
	return err
}

// table lays rows out in columns. The width is 0 to wrap nothing.
func table(rows [][]string, width int, colored bool) string {
	const gap = 2
	var wide []int
	for _, row := range rows {
		for i, text := range row[:max(len(row)-1, 0)] {
			if i == len(wide) {
				wide = append(wide, 0)
			}
			wide[i] = max(wide[i], utf8.RuneCountInString(text)+gap)
		}
	}
	left := 0
	for _, n := range wide {
		left += n
	}
	// Where nothing fits beside the other columns, the last one stands below them.
	const least = 20
	below := width > 0 && width-left < least
	if below {
		left = gap
	}
	paint := painter(colored)
	var b strings.Builder
	headed := false
	for _, row := range rows {
		if len(row) == 0 {
			b.WriteByte('\n')
			continue
		}
		last := len(row) - 1
		line := ""
		for i, text := range row[:last] {
			line += paint(text, !headed) + strings.Repeat(" ", wide[i]-utf8.RuneCountInString(text))
		}
		parts := []string{row[last]}
		if width > 0 {
			parts = display.Wrap(display.Words(row[last]), width-left, true)
		}
		if below {
			b.WriteString(strings.TrimRight(line, " ") + "\n")
			line = strings.Repeat(" ", left)
		}
		for i, part := range parts {
			if i > 0 {
				line = strings.Repeat(" ", left)
			}
			b.WriteString(line + paint(part, !headed) + "\n")
		}
		headed = true
	}
	return b.String()
}

// painter returns what colours the cells of a table: heads, and the words for levels as reports have them.
func painter(colored bool) func(text string, head bool) string {
	if !colored {
		return func(text string, _ bool) string { return text }
	}
	bold := color.New(color.Bold)
	levels := map[string]*color.Color{
		analyzer.Error.String():   color.New(color.FgRed, color.Bold),
		analyzer.Warning.String(): color.New(color.FgYellow, color.Bold),
		analyzer.Note.String():    color.New(color.FgBlue),
	}
	return func(text string, head bool) string {
		c := levels[text]
		if head {
			c = bold
		}
		if c == nil {
			return text
		}
		c.EnableColor()
		return c.Sprint(text)
	}
}
