package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// opening is what a scan must find next to whatever else is there.
const opening = `resource "aws_security_group" "ftp" {
  ingress {
    from_port   = 21
    to_port     = 21
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
`

// Names that would be commands to a terminal, to GitHub's runner, or to a page.
func TestHostileNames(t *testing.T) {
	dir := t.TempDir()
	evil := "a\x1b[31m\n::error::x ##[command] <script> %0A"
	folder := filepath.Join(dir, evil)
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Skip("SKIPPED: no such names here: ", err)
	}
	writeFile(t, filepath.Join(folder, "main.tf"), opening)
	isJSON := []string{"json", "sarif", "gitlab"} // a page that shows what is in them escapes it
	for _, format := range formatNames() {
		var out, stderr bytes.Buffer
		code := run(t.Context(), []string{"scan", dir, "--format", format}, streams{In: strings.NewReader(""), Out: &out, Err: &stderr})
		if code != exitFindings {
			t.Errorf("%s: exit code %d: %s", format, code, &stderr)
		}
		for line := range strings.Lines(out.String() + stderr.String()) {
			if strings.Contains(line, "\x1b") || strings.HasPrefix(strings.TrimSpace(line), "::error::x") || strings.Contains(line, "##[command]") ||
				format != "text" && !slices.Contains(isJSON, format) && strings.Contains(line, "<script> %0A") {
				t.Errorf("%s: %q", format, line)
			}
		}
	}
}

// A full disk is said, and leaves what was there.
func TestFullDisk(t *testing.T) {
	const device = "/dev/full"
	if !isThere(device) {
		t.Skip("SKIPPED: there is no ", device)
	}
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "main.tf"), opening)
	var stderr bytes.Buffer
	code := run(context.Background(), []string{"scan", dir, "--output", device}, streams{In: strings.NewReader(""), Out: &stderr, Err: &stderr})
	if want := "can't write " + device + ": no space left on device"; code != exitError || !strings.Contains(stderr.String(), want) {
		t.Errorf("exit code %d, %q; want %d, %q", code, stderr.String(), exitError, want)
	}
}

// A panic outside of the analysis, such as in a report, is no crash.
func TestPanicAnywhere(t *testing.T) {
	var stderr bytes.Buffer
	code := run(context.Background(), []string{"version"}, streams{In: strings.NewReader(""), Out: broken{}, Err: &stderr})
	if want := "a mistake in tfreach ended the run, without a report: broken"; code != exitPartial || !strings.Contains(stderr.String(), want) {
		t.Errorf("exit code %d, %q; want %d, %q", code, stderr.String(), exitPartial, want)
	}
	_, err := bounded(t.Context(), 0, func(context.Context) (int, error) { panic("broken") })
	if code, err := exitCode(err); code != exitPartial || !strings.Contains(err.Error(), "TestPanicAnywhere") {
		t.Errorf("exit code %d, %v", code, err)
	}
}

// broken is a writer with a mistake.
type broken struct{}

func (broken) Write([]byte) (int, error) { panic("broken") }

// An analysis that doesn't come to an end is left behind.
func TestBounded(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	forever := make(chan struct{})
	defer close(forever)
	_, err := bounded(ctx, 0, func(context.Context) (int, error) { <-forever; return 0, nil })
	if code, err := exitCode(err); code != exitError || err.Error() != "interrupted; there is no report" {
		t.Errorf("exit code %d, %v", code, err)
	}
	if code, err := exitCode(context.DeadlineExceeded); code != exitPartial || !strings.Contains(err.Error(), "--timeout") {
		t.Errorf("exit code %d, %v", code, err)
	}
}
