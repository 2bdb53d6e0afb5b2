package plan

import (
	"bytes"
	"errors"
	"io"

	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// InputKind is the kind of a file by its first bytes.
type InputKind int

// The kinds of input that [Sniff] tells apart.
const (
	// InputJSON begins like a JSON object, perhaps after a byte order mark or in UTF-16.
	InputJSON InputKind = iota + 1
	// InputBinaryPlan is a zip archive, as "terraform plan -out" writes.
	InputBinaryPlan
	// InputGzip is compressed with gzip.
	InputGzip
	// InputOther is anything else, also an empty input.
	InputOther
)

// Byte order marks.
const (
	markUTF8    = "\xEF\xBB\xBF"
	markUTF16LE = "\xFF\xFE"
	markUTF16BE = "\xFE\xFF"
)

// Sniff recognises an input by its first bytes; 512 bytes are enough.
func Sniff(head []byte) InputKind {
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return InputBinaryPlan
	case bytes.HasPrefix(head, []byte{0x1F, 0x8B}):
		return InputGzip
	}
	for _, mark := range []string{markUTF8, markUTF16LE, markUTF16BE} {
		head = bytes.TrimPrefix(head, []byte(mark))
	}
	if bytes.HasPrefix(bytes.TrimLeft(head, " \t\r\n\x00"), []byte{'{'}) {
		return InputJSON
	}
	return InputOther
}

// inUTF8 returns the text of r in UTF-8 without a byte order mark. PowerShell's > writes UTF-16.
func inUTF8(r io.Reader) io.Reader {
	head := make([]byte, 512) // as much as Sniff may need
	n, err := io.ReadFull(r, head)
	head = head[:n]
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return io.MultiReader(bytes.NewReader(head), failing{err})
	}
	if rest, ok := bytes.CutPrefix(head, []byte(markUTF8)); ok {
		return io.MultiReader(bytes.NewReader(rest), r)
	}
	r = io.MultiReader(bytes.NewReader(head), r)
	if bytes.HasPrefix(head, []byte(markUTF16LE)) || bytes.HasPrefix(head, []byte(markUTF16BE)) {
		return transform.NewReader(r, unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder())
	}
	return r
}

// failing is a reader that always fails.
type failing struct{ err error }

// Read implements io.Reader.
func (f failing) Read([]byte) (int, error) { return 0, f.err }

// IsDocument reports whether JSON is a plan or a state as "terraform show -json" prints it. A configuration in JSON syntax has
// no member format_version. It reads no further than necessary.
func IsDocument(r io.Reader) bool {
	dec := jsontext.NewDecoder(inUTF8(r), jsontext.AllowDuplicateNames(true))
	if dec.PeekKind() != jsontext.KindBeginObject {
		return false
	}
	for _, err := dec.ReadToken(); err == nil && dec.PeekKind() == jsontext.KindString; err = dec.SkipValue() {
		name, err := dec.ReadToken()
		if err != nil {
			return false
		}
		switch name.String() {
		case "format_version":
			return true
		case "resource", "data", "variable", "output", "module", "locals", "terraform", "provider":
			return false
		}
	}
	return false
}
