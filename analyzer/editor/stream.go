package editor

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
)

const (
	// maxMessage limits a message of the client, which may have the whole text of a file.
	maxMessage = 32 << 20
	// maxHeader limits the lines before a message, and each of them.
	maxHeaders, maxHeader = 16, 1 << 10
)

var errHeader = errors.New("this is no message of the language server protocol: its header is malformed")

// stream has the messages of the protocol, each after a header with its length.
type stream struct {
	in  *bufio.Reader
	mu  sync.Mutex
	out io.Writer
}

func newStream(in io.Reader, out io.Writer) *stream {
	return &stream{in: bufio.NewReaderSize(in, maxHeader), out: out}
}

// ReadObject implements jsonrpc2.ObjectStream.
func (s *stream) ReadObject(v any) error {
	size, err := s.length()
	if err != nil {
		return err
	}
	if size > maxMessage {
		return fmt.Errorf("a message of %d bytes is larger than %d MiB", size, maxMessage>>20)
	}
	text, err := io.ReadAll(io.LimitReader(s.in, int64(size))) // which makes room as bytes come
	if err != nil {
		return err
	}
	if len(text) < size {
		return io.ErrUnexpectedEOF
	}
	return json.Unmarshal(text, v)
}

// length reads a header and returns the length of the message after it.
func (s *stream) length() (int, error) {
	size := -1
	for range maxHeaders {
		line, err := s.in.ReadSlice('\n')
		switch {
		case errors.Is(err, io.EOF) && len(line) == 0 && size < 0:
			return 0, io.EOF
		case err != nil:
			return 0, errHeader
		}
		text := strings.TrimRight(string(line), "\r\n")
		if text == "" {
			if size < 0 {
				return 0, errHeader
			}
			return size, nil
		}
		name, value, ok := strings.Cut(text, ":")
		if !ok {
			return 0, errHeader
		}
		if strings.EqualFold(name, "Content-Length") {
			if size, err = strconv.Atoi(strings.TrimSpace(value)); err != nil || size < 0 {
				return 0, errHeader
			}
		}
	}
	return 0, errHeader
}

// WriteObject implements jsonrpc2.ObjectStream.
func (s *stream) WriteObject(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err = fmt.Fprintf(s.out, "Content-Length: %d\r\n\r\n%s", len(text), text)
	return err
}

// Close implements jsonrpc2.ObjectStream. The streams belong to the caller.
func (s *stream) Close() error { return nil }
