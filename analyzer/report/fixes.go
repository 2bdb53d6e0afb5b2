package report

import (
	"bytes"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/fix"
)

// replacement is what the edits of a finding do to a file: whole lines of it are replaced.
type replacement struct {
	// at are the lines, without the end of the last, unless there is no text in their place.
	at place
	// old and text are what is there, and what comes there.
	old, text string
}

// replacements returns what the edits of a finding do, a file each, in the order of the edits. It is nil if there are none,
// or if that would show something that is covered.
func (s *sources) replacements(r *analyzer.Result, f *analyzer.Finding) []replacement {
	var names []string
	edits := map[string][]analyzer.Edit{}
	for _, e := range f.Edits {
		name := e.At.Filename
		if edits[name] == nil {
			names = append(names, name)
		}
		edits[name] = append(edits[name], e)
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

// difference returns the lines in which two texts of a file differ. It is false if there are none, or if they hold
// something that is covered.
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

// begins says whether a line begins at a distance from the end of a text.
func begins(text []byte, fromEnd int) bool {
	i := len(text) - fromEnd
	return i == 0 || text[i-1] == '\n'
}
