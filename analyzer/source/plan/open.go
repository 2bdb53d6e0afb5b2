package plan

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// Open opens a plan or state, a regular file, as JSON. One that gzip compressed is decompressed. A binary plan is shown
// by a program, terraform or tofu; without its name, a binary plan is an error that says what to do instead. Reading ends
// with the context's error once ctx is done.
func Open(ctx context.Context, name, program string) (io.ReadCloser, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, cause(err)
	}
	text, kind, err := unpack(f)
	if err == nil && kind != InputBinaryPlan {
		return opened{whileReading{ctx, text}, f}, nil
	}
	_ = f.Close() // it was only read from
	if err != nil {
		return nil, cause(err)
	}
	if program == "" {
		return nil, refusal{name}
	}
	return ShowBinary(ctx, program, name)
}

// OpenStream opens a plan or state that is not a regular file, such as a named pipe. It must be JSON, which gzip may
// have compressed. Opening never waits; reading does, but ends with the context's error once ctx is done.
func OpenStream(ctx context.Context, name string) io.ReadCloser {
	return feed(ctx, func() (io.ReadCloser, error) {
		f, err := os.Open(name)
		return f, cause(err)
	})
}

// ReadStream is OpenStream for something that is open already, and stays so.
func ReadStream(ctx context.Context, r io.Reader) io.ReadCloser {
	return feed(ctx, func() (io.ReadCloser, error) { return io.NopCloser(r), nil })
}

// opened reads a file in some way.
type opened struct {
	io.Reader
	io.Closer
}

// whileReading reads until ctx is done.
type whileReading struct {
	ctx context.Context
	r   io.Reader
}

// Read implements io.Reader.
func (w whileReading) Read(b []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.r.Read(b)
}

// unpack returns the JSON of what r holds, decompressed if need be, and what r itself is. However much comes out of a few
// compressed bytes, it is never held but by what reads it: see [Read].
func unpack(r io.Reader) (io.Reader, InputKind, error) {
	buffered := bufio.NewReaderSize(r, blockSize)
	head, err := buffered.Peek(512)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, 0, err
	}
	kind := Sniff(head)
	if kind != InputGzip {
		return buffered, kind, nil
	}
	text, err := gzip.NewReader(buffered)
	if err != nil {
		return nil, 0, fmt.Errorf("decompressing: %w", err)
	}
	return text, kind, nil
}

// feed returns a reader of what open opens. A system call that waits for a writer, be it to open or to read, can't be
// called off: so it is another goroutine that waits, and when ctx is done it is left to itself.
func feed(ctx context.Context, open func() (io.ReadCloser, error)) io.ReadCloser {
	r, w := io.Pipe()
	stop := context.AfterFunc(ctx, func() { _ = w.CloseWithError(ctx.Err()) })
	go func() {
		defer stop()
		f, err := open()
		if err != nil {
			_ = w.CloseWithError(err)
			return
		}
		text, _, err := unpack(f)
		if err == nil {
			_, err = io.CopyBuffer(w, struct{ io.Reader }{text}, make([]byte, blockSize))
		}
		// Whoever is told of the end may open the pipe again, and what a writer sends then must not come here.
		_ = f.Close() // it was only read from
		_ = w.CloseWithError(err)
	}()
	return r
}

// cause drops the path from a file error: callers name the file in their own way.
func cause(err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err
	}
	return err
}
