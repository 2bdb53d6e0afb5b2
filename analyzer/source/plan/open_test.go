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
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

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

// A plan is read in what PowerShell writes it in, too.
func TestByteOrderMarks(t *testing.T) {
	text := readTestdata(t, "update.json")
	want := read(t, text)
	units := utf16.Encode([]rune(string(text)))
	var little, big bytes.Buffer
	little.WriteString("\xFF\xFE")
	big.WriteString("\xFE\xFF")
	for _, u := range units {
		little.Write([]byte{byte(u), byte(u >> 8)})
		big.Write([]byte{byte(u >> 8), byte(u)})
	}
	for name, text := range map[string][]byte{
		"UTF-8": append([]byte("\xEF\xBB\xBF"), text...), "UTF-16, little endian": little.Bytes(), "UTF-16, big endian": big.Bytes(),
		"compressed": compress(t, little.Bytes()),
	} {
		path := filepath.Join(t.TempDir(), "plan.tf.json")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if kind, err := source.KindOf(path); kind != source.KindDocument || err != nil {
			t.Errorf("%s: kind %v, %v", name, kind, err)
		}
		r, err := plan.Open(t.Context(), path, "")
		if err != nil {
			t.Fatal(err)
		}
		got, err := plan.Read(r, keepAll)
		_ = r.Close()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(want, got, compareValues); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// What a file holds decides what it is, whatever its name.
func TestDocumentsByContent(t *testing.T) {
	for text, want := range map[string]bool{
		`{"format_version": "1.2"}`: true, `{"terraform_version": "1.11.4", "planned_values": {"a": [1]}, "format_version": "1.2"}`: true,
		`{}`: false, ``: false, `[]`: false, `{"resource": {"a": {"b": {"format_version": "1.2"}}}}`: false, `{"//": "a", "format_version"`: true,
		`{"locals": {}, "format_version": "1.2"}`: false, `{"a": `: false, `{"a": 1 "format_version": "1.2"}`: false, "\xff\xfe{": false,
	} {
		if got := plan.IsDocument(strings.NewReader(text)); got != want {
			t.Errorf("%s is a plan: %t", text, got)
		}
	}
}
