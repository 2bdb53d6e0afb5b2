package host

import (
	"sort"
	"strings"
)

// Text is a piece of a given text, or something decoded from it. It knows where its bytes come from.
type Text struct {
	S    string
	runs []run // in increasing order of start; the first starts at 0
}

// run says where the bytes of a text come from, between start and the next run.
type run struct {
	start int
	from  *given
	// at is the offset in the given text of the byte at start. If exact is true, the following bytes follow there up to end;
	// otherwise all bytes come from the range from at to end.
	at, end int
	exact   bool
}

// given is a text that was given to a reader, or that a distribution is known to ship.
type given struct {
	part     int
	newlines []int // offsets
	shipped  string
}

// NewText returns a text that was given to a reader.
func NewText(part int, s string) Text {
	o := &given{part: part}
	for i := range len(s) {
		if s[i] == '\n' {
			o.newlines = append(o.newlines, i)
		}
	}
	return Text{S: s, runs: []run{{from: o, end: len(s), exact: true}}}
}

// shippedText returns a text that wasn't given, but comes with a package.
func shippedText(s, source string) Text {
	return Text{S: s, runs: []run{{from: &given{shipped: source}, end: len(s), exact: true}}}
}

// runAt returns the index of the run that holds the byte at offset i.
func (t Text) runAt(i int) int {
	return sort.Search(len(t.runs), func(k int) bool { return t.runs[k].start > i }) - 1
}

// Shipped returns the origin of a shipped text; "" if the text was given.
func (t Text) Shipped() string {
	if len(t.runs) == 0 {
		return ""
	}
	return t.runs[0].from.shipped
}

// Span returns the place of the whole text.
func (t Text) Span() Span {
	if len(t.runs) == 0 || t.Shipped() != "" {
		return Span{}
	}
	first := t.runs[0]
	start, end := first.at, first.end
	last := t.runs[len(t.runs)-1]
	switch {
	case last.from != first.from || last.at < first.at: // put together from several places: the first has to do
		if first.exact && len(t.runs) > 1 {
			end = first.at + t.runs[1].start
		}
	case last.exact:
		end = min(last.at+len(t.S)-last.start, last.end)
	default:
		end = last.end
	}
	line := 1 + sort.SearchInts(first.from.newlines, start)
	return Span{Part: first.from.part, Start: start, End: end, Line: line}
}

// Sub returns the bytes from start to end.
func (t Text) Sub(start, end int) Text {
	s := Text{S: t.S[start:end]}
	if len(t.runs) == 0 {
		return s
	}
	for k := t.runAt(start); k < len(t.runs) && (t.runs[k].start < end || len(s.runs) == 0); k++ {
		r := t.runs[k]
		if r.start < start {
			if r.exact {
				r.at += start - r.start
			}
			r.start = start
		}
		r.start -= start
		s.runs = append(s.runs, r)
	}
	return s
}

// Lines splits the text at line breaks, without these. It leaves out an empty last line.
func (t Text) Lines() []Text {
	var lines []Text
	for start := 0; start < len(t.S); {
		end := start + len(t.S[start:])
		if i := strings.IndexByte(t.S[start:], '\n'); i >= 0 {
			end = start + i
		}
		lines = append(lines, t.Sub(start, end))
		start = end + 1
	}
	return lines
}

// Trim returns the text without white space around it.
func (t Text) Trim() Text {
	left := strings.TrimLeft(t.S, " \t\r\n\v\f")
	start := len(t.S) - len(left)
	return t.Sub(start, start+len(strings.TrimRight(left, " \t\r\n\v\f")))
}

// Blur returns the text s in the place of t. The bytes of s have no places of their own.
func (t Text) Blur(s string) Text {
	if source := t.Shipped(); source != "" || len(t.runs) == 0 {
		return shippedText(s, source)
	}
	place := t.Span()
	return Text{S: s, runs: []run{{from: t.runs[0].from, at: place.Start, end: place.End}}}
}

// Decode returns s as decoded from t, such as the value of a YAML scalar or the body of a here-document. Each line of s that
// stands unchanged in t, in order, keeps its place.
func (t Text) Decode(s string) Text {
	d := Text{S: s}
	whole := t.Blur("")
	if len(whole.runs) == 0 {
		return d
	}
	cursor := 0
	for start := 0; start < len(s); {
		end := len(s)
		if i := strings.IndexByte(s[start:], '\n'); i >= 0 {
			end = start + i
		}
		r := whole.runs[0]
		if i := findLine(t.S[cursor:], s[start:end]); i >= 0 {
			exact := t.Sub(cursor+i, cursor+i+end-start)
			r = exact.runs[0]
			r.exact = r.exact && len(exact.runs) == 1
			if r.exact {
				r.end = r.at + end - start
			}
			cursor += i + end - start
		}
		r.start = start
		d.runs = append(d.runs, r)
		start = end + 1
	}
	if len(d.runs) == 0 {
		d.runs = whole.runs
	}
	return d
}

// findLine returns the offset of a line in the first few lines of s, or -1.
func findLine(s, line string) int {
	const ahead = 3
	if line == "" {
		return -1
	}
	end := 0
	for range ahead {
		i := strings.IndexByte(s[end:], '\n')
		if i < 0 {
			end = len(s)
			break
		}
		end += i + 1
	}
	return strings.Index(s[:end], line)
}

// Join returns the texts one after the other, with sep after each.
func Join(texts []Text, sep string) Text {
	var b strings.Builder
	var runs []run
	for _, t := range texts {
		for _, r := range t.runs {
			r.start += b.Len()
			runs = append(runs, r)
		}
		b.WriteString(t.S)
		b.WriteString(sep)
	}
	return Text{S: b.String(), runs: runs}
}

// Span is a place in one of the texts given to a reader.
type Span struct {
	// Part is the index of the text among those given.
	Part int
	// Start and End are byte offsets: Start ≤ place < End. For a place in something decoded, such as base64, they span the
	// encoded form.
	Start, End int
	// Line is the line of Start, counted from 1. It is 0 only in the zero Span, which is no place.
	Line int
}

// IsZero reports whether s is no place.
func (s Span) IsZero() bool { return s == Span{} }

// lower returns a text in lower case as far as it is ASCII. Unlike that of strings.ToLower, its bytes are where those of s are.
func lower(s string) string {
	out := []byte(s)
	for i, c := range out {
		if 'A' <= c && c <= 'Z' {
			out[i] = c + 'a' - 'A'
		}
	}
	return string(out)
}
