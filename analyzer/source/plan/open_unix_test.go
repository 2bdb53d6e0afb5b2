//go:build unix

package plan_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/tfreach/tfreach/analyzer/source"
	"github.com/tfreach/tfreach/analyzer/source/plan"
)

func TestNamedPipe(t *testing.T) {
	text := readTestdata(t, "update.json")
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if kind, err := source.KindOf(path); kind != source.KindStream || err != nil {
		t.Fatalf("kind %v, %v", kind, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for i := range 20 { // a reader that ended must not take what the next writer writes
		content := text
		if i%2 == 1 {
			content = compress(t, text)
		}
		written := make(chan error, 1)
		go func() { written <- os.WriteFile(path, content, 0) }()
		r := plan.OpenStream(ctx, path)
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, text) {
			t.Fatalf("%d bytes, %v", len(got), err)
		}
		if err := <-written; err != nil {
			t.Fatal(err)
		}
		_ = r.Close()
	}

	// Nobody writes to it any more.
	ctx, cancel = context.WithCancel(t.Context())
	r := plan.OpenStream(ctx, path)
	cancel()
	if _, err := r.Read(make([]byte, 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("without a writer: %v", err)
	}
}

// As <(terraform show -json p) is given by a shell.
func TestPipeByDescriptor(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	path := fmt.Sprintf("/dev/fd/%d", r.Fd())
	if kind, err := source.KindOf(path); kind != source.KindStream || err != nil {
		t.Fatalf("kind %v, %v", kind, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	go func() {
		defer w.Close()
		if _, err := w.Write([]byte(`{"format_version":"1.2"}`)); err != nil {
			t.Error(err)
		}
	}()
	stream := plan.OpenStream(ctx, path)
	defer stream.Close()
	if doc, err := plan.Read(stream, keepAll); err != nil || doc.Kind != plan.KindState {
		t.Errorf("%+v, %v", doc, err)
	}
}
