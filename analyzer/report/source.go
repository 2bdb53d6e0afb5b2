package report

import (
	"bytes"
	"fmt"
	"sort"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/display"
	"github.com/tfreach/tfreach/analyzer/secret"
)

// sources converts the ranges of a result into places, with one index for each file.
type sources struct {
	read   func(name string, before bool) *secret.Text
	rename func(name string) string
	files  map[version]*file
}

// version is a file as it is, or as it was before.
type version struct {
	name   string
	before bool
}

// sourcesOf returns the sources of a result.
func sourcesOf(r *analyzer.Result, rename func(name string) string) *sources {
	return newSources(r.Source, rename)
}

// newSources returns sources. read returns the text of a file, of now or of before, or nil if it isn't known. rename maps the
// Filename of a range to the path to show; nil shows the Filename itself.
func newSources(read func(name string, before bool) *secret.Text, rename func(name string) string) *sources {
	if rename == nil {
		rename = func(name string) string { return name }
	}
	return &sources{read: read, rename: rename, files: map[version]*file{}}
}

// place is a range as reports give it. Lines and columns count from 1; columns are in UTF-16 code units, as in editors and
// SARIF; the end column is the one after the last character. The zero place stands for a range without a file.
type place struct {
	path                                       string
	startLine, startColumn, endLine, endColumn int
	// file is nil if the text isn't known. The range is file.slice(start, end).
	file       *file
	start, end int
}

// String returns the start of the place in the form that terminals and editors link: path:line:column.
func (p *place) String() string {
	return fmt.Sprintf("%s:%d:%d", p.path, p.startLine, p.startColumn)
}

// now converts a range in a file of now.
func (s *sources) now(r hcl.Range) place { return s.place(analyzer.At(r)) }

// place converts a place. It moves a place that does not fit the file into it.
func (s *sources) place(r analyzer.Place) place {
	if r.Filename == "" {
		return place{}
	}
	p := place{path: s.rename(r.Filename), file: s.file(version{r.Filename, r.Before})}
	if p.file != nil {
		p.start = p.file.offset(r.Start)
		p.end = max(p.start, p.file.offset(r.End))
		p.startLine, p.startColumn = p.file.position(p.start)
		p.endLine, p.endColumn = p.file.position(p.end)
		return p
	}
	p.startLine, p.startColumn = max(r.Start.Line, 1), max(r.Start.Column, 1)
	p.endLine, p.endColumn = max(r.End.Line, p.startLine), max(r.End.Column, 1)
	if p.endLine == p.startLine {
		p.endColumn = max(p.endColumn, p.startColumn)
	}
	return p
}

func (s *sources) file(v version) *file {
	f, ok := s.files[v]
	if !ok {
		if text := s.read(v.name, v.before); text != nil {
			f = newFile(text)
		}
		s.files[v] = f
	}
	return f
}

// file is a text with the offsets of its lines. As in HCL and in SARIF, a line ends in LF or CRLF, and a byte order mark is not
// part of the first line.
type file struct {
	*secret.Text
	// raw is the uncovered text, to find lines and columns in.
	raw    []byte
	starts []int
	// hashes are made when they are first asked for.
	hashes lineHashes
}

func newFile(text *secret.Text) *file {
	raw := text.Uncovered()
	f := &file{Text: text, raw: raw, starts: []int{len(raw) - len(bytes.TrimPrefix(raw, []byte("\ufeff")))}}
	for i := f.starts[0]; ; {
		n := bytes.IndexByte(raw[i:], '\n')
		if n < 0 {
			return f
		}
		i += n + 1
		f.starts = append(f.starts, i)
	}
}

// line returns the offsets of a line's text without the line's end. Lines count from 1.
func (f *file) line(n int) (start, end int) {
	start, end = f.starts[n-1], len(f.raw)
	if n < len(f.starts) {
		end = f.starts[n] - 1
	}
	if end > start && f.raw[end-1] == '\r' {
		end--
	}
	return start, end
}

// offset returns the offset of p: p.Byte if it lies on p.Line, else the offset of the grapheme cluster at p.Column, as HCL
// counts columns.
func (f *file) offset(p hcl.Pos) int {
	n := min(max(p.Line, 1), len(f.starts))
	start, end := f.line(n)
	if n == p.Line && start <= p.Byte && p.Byte <= end {
		return p.Byte
	}
	for column := 1; start < end && column < p.Column; column++ {
		start += display.ClusterLen(f.raw[start:end])
	}
	return start
}

// position returns the line of an offset and its column in UTF-16 code units.
func (f *file) position(offset int) (line, column int) {
	line = max(sort.SearchInts(f.starts, offset+1), 1)
	return line, 1 + utf16Len(f.raw[f.starts[line-1]:offset])
}

// lineHash returns the hash of a line for code scanning. The second result is false if the line must not be shown, since its
// hash could give away a short secret.
func (f *file) lineHash(line int) (string, bool) {
	start := f.starts[line-1]
	end := start
	for n := 0; end < len(f.raw) && n < hashWindow; end++ {
		if c := f.raw[end]; c != ' ' && c != '\t' {
			n++
		}
	}
	if f.Covers(start, end) {
		return "", false
	}
	if f.hashes == nil {
		f.hashes = lineHashesOf(f.raw)
	}
	return f.hashes.of(line), true
}

// text returns the text of the range; empty if it isn't known.
func (p *place) text() []byte {
	if p.file == nil {
		return nil
	}
	return p.file.Slice(p.start, p.end)
}

// around returns the place's whole lines, with one more line before and after. The second result is false if the text isn't
// known.
func (p *place) around() (place, bool) {
	if p.file == nil {
		return place{}, false
	}
	first, last := max(p.startLine-1, 1), min(p.endLine+1, len(p.file.starts))
	wide := place{path: p.path, file: p.file, startLine: first, startColumn: 1, endLine: last}
	wide.start, _ = p.file.line(first)
	_, wide.end = p.file.line(last)
	_, wide.endColumn = p.file.position(wide.end)
	return wide, true
}

// utf16Len counts code units.
func utf16Len(text []byte) int {
	n := 0
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		if r >= 0x10000 {
			n++
		}
		n++
		text = text[size:]
	}
	return n
}
