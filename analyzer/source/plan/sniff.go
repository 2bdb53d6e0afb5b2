package plan

import "bytes"

// An InputKind is what the first bytes of a file say that it is.
type InputKind int

// The kinds of input that [Sniff] tells apart.
const (
	// InputJSON starts like a JSON object, maybe after a byte order mark or in UTF-16.
	InputJSON InputKind = iota + 1
	// InputBinaryPlan is a zip archive, as "terraform plan -out" writes.
	InputBinaryPlan
	// InputGzip is compressed with gzip.
	InputGzip
	// InputOther is anything else, an empty input too.
	InputOther
)

// Byte order marks.
const (
	markUTF8    = "\xEF\xBB\xBF"
	markUTF16LE = "\xFF\xFE"
	markUTF16BE = "\xFE\xFF"
)

// Sniff recognises an input by its first bytes; 512 are plenty.
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
