package source_test

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
		doc, err := source.OpenDocument(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		for from, r := range map[string]io.ReadCloser{
			"file":   doc,
			"stream": source.ReadStream(t.Context(), bytes.NewReader(content)),
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
		doc, err := source.OpenDocument(t.Context(), path)
		if err == nil {
			_, err = source.ReadPlan(doc, keepAll)
			_ = doc.Close()
		}
		if err == nil || !strings.HasSuffix(err.Error(), test.want) {
			t.Errorf("%s, file: %v", test.name, err)
		}
		_, err = source.ReadPlan(source.ReadStream(t.Context(), strings.NewReader(test.content)), keepAll)
		if err == nil || !strings.HasSuffix(err.Error(), test.want) {
			t.Errorf("%s, stream: %v", test.name, err)
		}
	}
}

// A few compressed bytes that stand for many are passed over, and don't get around the limit where they are relevant.
func TestCompressedPlanIsBounded(t *testing.T) {
	const head = `{"format_version":"1.2","resource_changes":[{"address":"t.r","mode":"managed","type":"t","change":{"actions":["create"],"after":{"a":"`
	bomb := func(name string) []byte {
		return compress(t, []byte(strings.Replace(head, `"a":"`, `"a":[`, 1)+strings.Repeat(name, 40<<20/len(name))+`0]}}}]}`))
	}
	read := func(packed []byte, keep bool) (*source.Plan, error) {
		return source.ReadPlan(source.ReadStream(t.Context(), bytes.NewReader(packed)), func(string, string) bool { return keep })
	}
	packed := bomb(`{},`)
	if plan, err := read(packed, false); err != nil || len(plan.Resources) != 0 {
		t.Errorf("irrelevant: %v", err)
	}
	large := compress(t, []byte(head+strings.Repeat("x", 65<<20)+`"}}}]}`))
	if _, err := read(large, true); err == nil || !strings.Contains(err.Error(), "takes more than 67108864 bytes") {
		t.Errorf("one string: %v", err)
	}
}

// Nothing is read for somebody who no longer waits for it.
func TestDocumentsEndWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	path := filepath.Join(t.TempDir(), "plan.json")
	if err := os.WriteFile(path, readTestdata(t, "update.json"), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := source.OpenDocument(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	silent, _ := io.Pipe() // nobody ever writes to it
	stream := source.ReadStream(ctx, silent)
	cancel()
	for name, r := range map[string]io.Reader{"file": file, "stream": stream} {
		if _, err := source.ReadPlan(r, keepAll); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
