package plan

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

// input feeds a decoder and knows the line and column that the decoder is at. It holds only the bytes from there on, so its
// size doesn't depend on the document.
type input struct {
	src io.Reader
	// err is the first error of src, also io.EOF.
	err error
	// limit is the number of bytes that may be held.
	limit int
	// consumed returns an offset; no earlier position will be asked for.
	consumed func() int64

	// window has the bytes from at.Offset on, as far as they have been read, in array. The decoder has the first sent of them.
	window []byte
	array  []byte
	sent   int
	at     Pos
}

// blockSize is the number of bytes to read at a time.
const blockSize = 64 << 10

// Read implements io.Reader for the decoder.
func (in *input) Read(b []byte) (int, error) {
	if in.sent == len(in.window) {
		if err := in.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(b, in.window[in.sent:])
	in.sent += n
	return n, nil
}

// fill reads at least one more byte into the window.
func (in *input) fill() error {
	in.advance(in.consumed())
	if len(in.window) > in.limit {
		return &Error{Pos: in.at, Message: fmt.Sprintf("a single JSON string, number or resource takes more than %d bytes", in.limit)}
	}
	// The array is at least twice as long as what has to be copied to its start, so each byte of a long token is copied only a
	// few times.
	if cap(in.window)-len(in.window) < blockSize/2 {
		if len(in.array) < 2*len(in.window)+blockSize {
			array := make([]byte, 2*len(in.window)+blockSize)
			in.window, in.array = array[:copy(array, in.window)], array
		} else {
			in.window = in.array[:copy(in.array, in.window)]
		}
	}
	for empty := 0; in.err == nil; empty++ {
		if empty == 100 {
			in.err = io.ErrNoProgress
			break
		}
		var n int
		n, in.err = in.src.Read(in.window[len(in.window):cap(in.window)])
		if n > 0 {
			in.window = in.window[:len(in.window)+n]
			return nil
		}
	}
	return in.err
}

// position returns the position of the byte at offset, or the nearest one that is still known.
func (in *input) position(offset int64) Pos {
	in.advance(offset)
	return in.at
}

// advance moves the start of the window to offset, within what the decoder has.
func (in *input) advance(offset int64) {
	n := int(min(max(offset-in.at.Offset, 0), int64(in.sent)))
	passed := in.window[:n]
	in.window, in.sent = in.window[n:], in.sent-n
	in.at.Offset += int64(n)
	if lines := bytes.Count(passed, []byte{'\n'}); lines > 0 {
		in.at.Line += lines
		in.at.Column = 1
		passed = passed[bytes.LastIndexByte(passed, '\n')+1:]
	}
	in.at.Column += utf16Units(passed)
}

// utf16Units counts the UTF-16 code units of valid UTF-8: one for each start of a
// character, one more for each that takes four bytes.
func utf16Units(b []byte) int {
	n := 0
	for len(b) > 0 {
		if len(b) >= 8 && binary.NativeEndian.Uint64(b)&0x8080_8080_8080_8080 == 0 { // ASCII
			n, b = n+8, b[8:]
			continue
		}
		if b[0]&0xC0 != 0x80 {
			n++
		}
		if b[0] >= 0xF0 {
			n++
		}
		b = b[1:]
	}
	return n
}
