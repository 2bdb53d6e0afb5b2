package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"fmt"
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

// sourceOf is a group whose source is an expression.
func sourceOf(expr string) string {
	return fmt.Sprintf("resource \"aws_security_group\" \"bomb\" {\n  ingress {\n    from_port = 21\n    to_port = 21\n"+
		"    protocol = \"tcp\"\n    cidr_blocks = [%s]\n  }\n}\n", expr)
}

// Each is short to write and without end, or nearly, to evaluate. It costs what it says, and nothing else.
func TestBombs(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: it takes long")
	}
	grow := func(first string, next func(last string) string) string {
		text := "locals {\n  l0 = " + first + "\n"
		for i := range 40 {
			text += fmt.Sprintf("  l%d = %s\n", i+1, next(fmt.Sprintf("local.l%d", i)))
		}
		return text + "}\n"
	}
	for _, tt := range []struct {
		name, file, text, want string
	}{
		{"billion laughs", "bomb.tf", grow(`"lol"`, func(last string) string { return `"` + strings.Repeat("${"+last+"}", 10) + `"` }) + sourceOf("local.l40"), "steps to evaluate"},
		{"a billion lists", "bomb.tf", grow(`["1.2.3.4/32"]`, func(last string) string { return "[" + strings.Repeat(last+", ", 10) + "]" }) + sourceOf("local.l40[0]"), "MaxElements"},
		{"nested loops", "bomb.tf", "locals {\n  n = range(1000)\n  x = [for a in local.n : [for b in local.n : [for c in local.n : a]]]\n}\n" + sourceOf("local.x[0][0][0]"), "maxSteps"},
		{"a nested template", "bomb.tf", "locals {\n  n = range(1000)\n  x = \"" + strings.Repeat("%{ for a in local.n }", 3) + "a" + strings.Repeat("%{ endfor }", 3) + "\"\n}\n" + sourceOf("local.x"), "maxSteps"},
		{"a long range", "bomb.tf", sourceOf(`"${length(range(1e9))}.0.0.0/0"`), "range"},
		{"a product", "bomb.tf", "locals {\n  n = range(1000)\n}\n" + sourceOf(`"${length(setproduct(local.n, local.n, local.n))}.0.0.0/0"`), "MaxElements"},
		{"many instances", "bomb.tf", "resource \"aws_security_group\" \"many\" {\n  count = 1e9\n}\n", "instances"},
		{"brackets", "bomb.tf", "locals {\n  x = " + strings.Repeat("[", 1e5) + strings.Repeat("]", 1e5) + "\n}\n", "deep"},
		{"JSON brackets", "bomb.tf.json", `{"locals": {"x": ` + strings.Repeat("[", 1e5) + strings.Repeat("]", 1e5) + "}}", "deep"},
		{"a huge number", "bomb.tf", "locals {\n  x = 1e999999999\n}\n" + sourceOf(`"${local.x}"`), "digits"},
		{"a huge number in JSON", "bomb.tf.json", `{"locals": {"x": 1e999999999}}`, "digits"},
		{"a regular expression", "bomb.tf", "locals {\n  s = join(\"\", [for i in range(1024) : \"" + strings.Repeat("a", 1000) + "\"])\n}\n" +
			sourceOf(`regexall("((((a{0,100}){0,10})*)*)*b", local.s)[0][0]`), "MaxWork"},
		{"YAML aliases", "bomb.tf", "locals {\n  y = <<-EOT\n    a: &a [x,x,x,x,x,x,x,x,x,x]\n    b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n" +
			"    c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n    d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n    e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\n" +
			"    f: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n    g: [*f,*f,*f,*f,*f,*f,*f,*f,*f,*f]\n  EOT\n}\n" + sourceOf(`yamldecode(local.y).g[0]`), "MaxElements"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			writeFile(t, filepath.Join(dir, "main.tf"), opening)
			writeFile(t, filepath.Join(dir, tt.file), tt.text)
			code, report := scanText(dir)
			if code != exitPartial || !strings.Contains(report, tt.want) || !strings.Contains(report, "aws_security_group.ftp lets everyone") {
				t.Errorf("exit code %d, want %d, %q and the opening:\n%.4000s", code, exitPartial, tt.want, report)
			}
		})
	}
}

// A module that calls the next one twice, forty times, is called more often than there is room for.
func TestModuleBomb(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: it takes long")
	}
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "main.tf"), opening+"module \"m\" {\n  source = \"./m0\"\n}\n")
	for i := range 40 {
		text := ""
		for _, name := range []string{"a", "b"} {
			text += fmt.Sprintf("module %q {\n  source = \"../m%d\"\n}\n", name, i+1)
		}
		writeModule(t, filepath.Join(dir, fmt.Sprintf("m%d", i)), text)
	}
	writeModule(t, filepath.Join(dir, "m40"), opening)
	if code, report := scanText(dir); code != exitPartial || !strings.Contains(report, "aws_security_group.ftp lets everyone") {
		t.Errorf("exit code %d:\n%.2000s", code, report)
	}
}

// What unpacks to a gigabyte is not unpacked.
func TestGzipBombs(t *testing.T) {
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	block := bytes.Repeat([]byte(" "), 1<<20)
	for range 1 << 10 {
		if _, err := w.Write(block); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "main.tf"), opening+"resource \"aws_instance\" \"i\" {\n  ami = \"ami-1\"\n  instance_type = \"t3.nano\"\n"+
		"  vpc_security_group_ids = [aws_security_group.ftp.id]\n  user_data_base64 = \""+base64.StdEncoding.EncodeToString(packed.Bytes())+"\"\n}\n")
	if code, report := scanText(dir); code != exitFindings && code != exitPartial || !strings.Contains(report, "aws_security_group.ftp lets everyone") {
		t.Errorf("user data: exit code %d:\n%.2000s", code, report)
	}
	plan := filepath.Join(t.TempDir(), "plan.json.gz")
	writeFile(t, plan, packed.String())
	if code, report := scanText(plan); code != exitError {
		t.Errorf("plan: exit code %d:\n%.2000s", code, report)
	}
}

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

// scanText returns the exit code and the report of a scan, with what it says on standard error.
func scanText(path string) (int, string) {
	var out bytes.Buffer
	code := run(context.Background(), []string{"scan", path}, streams{In: strings.NewReader(""), Out: &out, Err: &out})
	return code, strings.Join(strings.Fields(out.String()), " ")
}

func writeModule(t *testing.T, dir, text string) {
	t.Helper()
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "main.tf"), text)
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
