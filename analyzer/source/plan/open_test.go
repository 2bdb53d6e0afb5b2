package plan_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tfreach/tfreach/analyzer/source"
	"github.com/tfreach/tfreach/analyzer/source/plan"
)

func compress(t *testing.T, text []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// A document is recognised by its content, wherever it comes from.
func TestDocuments(t *testing.T) {
	text := readTestdata(t, "update.json")
	for name, content := range map[string][]byte{"plan.json": text, "plan.json.gz": compress(t, text), "plan": compress(t, text)} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if kind, err := source.KindOf(path); kind != source.KindDocument || err != nil {
			t.Errorf("%s is of kind %v, %v", name, kind, err)
		}
		doc, err := plan.Open(t.Context(), path, "")
		if err != nil {
			t.Fatal(err)
		}
		for from, r := range map[string]io.ReadCloser{
			"file":   doc,
			"stream": plan.ReadStream(t.Context(), bytes.NewReader(content)),
		} {
			if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, text) {
				t.Errorf("%s as a %s: %d bytes, %v", name, from, len(got), err)
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestDocumentsThatAreBroken(t *testing.T) {
	packed := compress(t, readTestdata(t, "update.json"))
	for _, test := range []struct {
		name, content, want string
	}{
		{"header", string(packed[:5]), "decompressing: unexpected EOF"},
		{"cut off", string(packed[:len(packed)/2]), "unexpected EOF"},
		{"checksum", string(packed[:len(packed)-8]) + "12345678", "gzip: invalid checksum"},
	} {
		path := filepath.Join(t.TempDir(), "plan.gz")
		if err := os.WriteFile(path, []byte(test.content), 0o600); err != nil {
			t.Fatal(err)
		}
		doc, err := plan.Open(t.Context(), path, "")
		if err == nil {
			_, err = plan.Read(doc, keepAll)
			_ = doc.Close()
		}
		if err == nil || !strings.HasSuffix(err.Error(), test.want) {
			t.Errorf("%s, file: %v", test.name, err)
		}
		_, err = plan.Read(plan.ReadStream(t.Context(), strings.NewReader(test.content)), keepAll)
		if err == nil || !strings.HasSuffix(err.Error(), test.want) {
			t.Errorf("%s, stream: %v", test.name, err)
		}
	}
}

// Nothing is read for somebody who no longer waits for it.
func TestDocumentsEndWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	path := filepath.Join(t.TempDir(), "plan.json")
	if err := os.WriteFile(path, readTestdata(t, "update.json"), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := plan.Open(ctx, path, "")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	silent, _ := io.Pipe() // nobody ever writes to it
	stream := plan.ReadStream(ctx, silent)
	cancel()
	for name, r := range map[string]io.Reader{"file": file, "stream": stream} {
		if _, err := plan.Read(r, keepAll); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
