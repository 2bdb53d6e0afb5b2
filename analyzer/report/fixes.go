package report

import (
	"bytes"
	"path/filepath"
	"slices"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/fix"
)

// replacement is what the edits of a cause do to a file: whole lines of it are replaced.
type replacement struct {
	// at are the lines, without the end of the last one unless nothing replaces them.
	at place
	// old is the replaced text, and text the new one.
	old, text string
}

// replacements returns what the edits of a cause do, a file each, in the order of the edits. It is nil if there are none, or if
// that would show something that is covered.
func (s *sources) replacements(r *analyzer.Result, c *analyzer.Cause) []replacement {
	var names []string
	edits := map[string][]analyzer.Edit{}
	for _, f := range c.Findings {
		for _, e := range f.Edits {
			name := e.At.Filename
			if edits[name] == nil {
				names = append(names, name)
			}
			if !slices.Contains(edits[name], e) {
				edits[name] = append(edits[name], e)
			}
		}
	}
	var out []replacement
	for _, name := range names {
		text := r.Uncovered(name)
		change, ok := s.difference(name, text, fix.Apply(text, edits[name]))
		if !ok {
			return nil
		}
		out = append(out, change)
	}
	return out
}

// patch returns replacements in the form of git diff; nil if there are none, or if the lines around them are covered.
func (s *sources) patch(changes []replacement) []byte {
	var out []byte
	for i := range changes {
		c := &changes[i]
		first, last := max(c.at.startLine-diffContext, 1), min(c.at.endLine+diffContext, len(c.at.file.starts))
		start, _ := c.at.file.line(first)
		if _, end := c.at.file.line(last); c.at.file.Covers(start, end) {
			return nil
		}
		old := c.at.file.raw
		text := slices.Concat(old[:c.at.start], []byte(c.text), old[c.at.end:])
		name := filepath.ToSlash(c.at.path)
		// The first line is a command, and not of the form.
		_, change, _ := bytes.Cut(diff.Diff("a/"+name, old, "b/"+name, text), []byte("\n"))
		out = append(out, change...)
	}
	return out
}

// diffContext is the number of lines around a change that a diff shows.
const diffContext = 3

// difference returns the lines in which two texts of a file differ. The second result is false if there are none, or if they
// contain something that is covered.
func (s *sources) difference(name string, old, text []byte) (replacement, bool) {
	file := s.file(version{name: name})
	if file == nil || file.Len() != len(old) || bytes.Equal(old, text) {
		return replacement{}, false
	}
	start := file.starts[0]
	for i := start; i < min(len(old), len(text)) && old[i] == text[i]; i++ {
		if old[i] == '\n' {
			start = i + 1
		}
	}
	tail := 0 // the common lines at the end
	for i := 1; i <= min(len(old), len(text))-start && old[len(old)-i] == text[len(text)-i]; i++ {
		if begins(old[start:], i) && begins(text[start:], i) {
			tail = i
		}
	}
	end, endOfText := len(old)-tail, len(text)-tail
	if end > start && endOfText > start && old[end-1] == '\n' && text[endOfText-1] == '\n' {
		end, endOfText = end-1, endOfText-1
	}
	if file.Covers(start, end) {
		return replacement{}, false
	}
	at := place{path: s.rename(name), file: file, start: start, end: end}
	at.startLine, at.startColumn = file.position(start)
	at.endLine, at.endColumn = file.position(end)
	return replacement{at, string(old[start:end]), string(text[start:endOfText])}, true
}

// begins reports whether a line begins at a distance from the end of a text.
func begins(text []byte, fromEnd int) bool {
	i := len(text) - fromEnd
	return i == 0 || text[i-1] == '\n'
}
