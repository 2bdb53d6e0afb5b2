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

// Open opens a plan or state in a regular file, as JSON. It decompresses gzip. It has program, which is terraform or tofu, show
// a binary plan; if program is empty, a binary plan is an error that says what to do instead. Reading ends with the context's
// error once ctx is done.
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

// OpenStream opens a plan or state that isn't a regular file, such as a named pipe. It must be JSON, perhaps compressed by
// gzip. Opening never waits. Reading waits, but ends with the context's error once ctx is done.
func OpenStream(ctx context.Context, name string) io.ReadCloser {
	return feed(ctx, func() (io.ReadCloser, error) {
		f, err := os.Open(name)
		return f, cause(err)
	})
}

// ReadStream is OpenStream for something that is open already. It doesn't close it.
func ReadStream(ctx context.Context, r io.Reader) io.ReadCloser {
	return feed(ctx, func() (io.ReadCloser, error) { return io.NopCloser(r), nil })
}

// opened is a reader on top of a file.
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

// unpack returns the JSON in r, decompressed if need be, and the kind of r itself. Only the reader of the result holds what
// comes out of a few compressed bytes: see [Read].
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

// feed returns a reader of what open opens. A system call that waits for a writer, to open or to read, can't be called off. So
// another goroutine waits, and is abandoned when ctx is done.
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
		// A caller that has seen the end may open the pipe again, and must get what the next writer sends.
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
