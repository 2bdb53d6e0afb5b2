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
	read   func(name string) *secret.Text
	rename func(name string) string
	files  map[string]*file
	// before are the files as they were before; nil if none are known.
	before *sources
}

// sourcesOf returns the sources of a result.
func sourcesOf(r *analyzer.Result, rename func(name string) string) *sources {
	s := newSources(r.Source, rename)
	s.before = newSources(r.SourceBefore, rename)
	return s
}

// of returns the sources that the places of a finding are in.
func (s *sources) of(f *analyzer.Finding) *sources {
	if f.Before && s.before != nil {
		return s.before
	}
	return s
}

// newSources takes what gives the text of a file, nil if it isn't known, and the mapping from the Filename of a range to
// the path to show; nil shows it as it is.
func newSources(read func(name string) *secret.Text, rename func(name string) string) *sources {
	if rename == nil {
		rename = func(name string) string { return name }
	}
	return &sources{read: read, rename: rename, files: map[string]*file{}}
}

// place is a range as reports give it: lines and columns count from 1, columns in UTF-16 code units as editors and
// SARIF do, the end column is that behind the last character. The zero place is that of a range without a file.
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

// place converts a range. A range that does not fit the file is moved into it.
func (s *sources) place(r hcl.Range) place {
	if r.Filename == "" {
		return place{}
	}
	p := place{path: s.rename(r.Filename), file: s.file(r.Filename)}
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

func (s *sources) file(name string) *file {
	f, ok := s.files[name]
	if !ok {
		if text := s.read(name); text != nil {
			f = newFile(text)
		}
		s.files[name] = f
	}
	return f
}

// file is a text with the offsets where its lines start. As in HCL and in SARIF a line ends in LF or CRLF, and a byte
// order mark is not part of the first line.
type file struct {
	*secret.Text
	// raw is the text with nothing covered, to find lines and columns in.
	raw    []byte
	starts []int
	// hashes are those of lineHashes, made when first asked for.
	hashes []string
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

// line returns the offsets of a line's text, which counts from 1, without the line's end.
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

// offset returns the offset of p: p.Byte if it lies on p.Line, else that of the grapheme cluster at p.Column, as columns
// are counted in HCL.
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

// lineHash returns the hash of a line for code scanning. It is false if what is hashed isn't to be shown, since a short
// secret could be found by its hash.
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
		f.hashes = lineHashes(string(f.raw))
	}
	return f.hashes[line-1], true
}

// text returns the text of the range; empty if it isn't known.
func (p *place) text() []byte {
	if p.file == nil {
		return nil
	}
	return p.file.Slice(p.start, p.end)
}

// around returns the place's whole lines with one line more before and after. It is false if the text isn't known.
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
