package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tfreach/tfreach/analyzer/display"
)

// A meter is quiet until its time has come, shows the last that it was told, and leaves nothing behind.
func TestMeter(t *testing.T) {
	var out bytes.Buffer
	m := newMeter(display.NewWriter(&out), time.Hour)
	m.tell(0, 2, "infra/a")
	if out.Len() > 0 {
		t.Errorf("it is not quiet: %q", &out)
	}
	m.begin()
	m.tell(1, 2, strings.Repeat("x", 100)+"/a\x1b[31m")
	m.stop()
	m.tell(1, 2, "late")
	m.begin()
	want := "\r\x1b[Ktfreach: 1 of 2: infra/a\r\x1b[Ktfreach: 2 of 2: …" + strings.Repeat("x", 39) + `/a\x1b[31m` + "\r\x1b[K"
	if out.String() != want {
		t.Errorf("it wrote %q, want %q", &out, want)
	}
}

// Where standard error is no terminal, nothing but complaints is written there.
func TestQuietWithoutTerminal(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte("locals {}\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, s := range []streams{{}, {ErrTerminal: true, Env: []string{"CI=true"}}} {
		var out, stderr bytes.Buffer
		s.In, s.Out, s.Err = strings.NewReader(""), &out, &stderr
		c := newCLI(s)
		if c.shows() {
			t.Errorf("%+v shows progress", s)
		}
		if code := run(t.Context(), []string{"scan", dir}, s); code != exitClean || stderr.Len() > 0 {
			t.Errorf("exit code %d: %q", code, &stderr)
		}
	}
	if c := (&cli{streams: streams{ErrTerminal: true}}); !c.shows() {
		t.Error("a terminal shows no progress")
	}
}
