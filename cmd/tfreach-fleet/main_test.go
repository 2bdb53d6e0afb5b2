package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// asProgram makes the test's own program behave as the command. Scanners that it starts inherit it.
const asProgram = "TFREACH_FLEET_TEST"

// dies is a document that no scanner survives.
const dies = "dies.json"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) == "" {
		os.Exit(m.Run())
	}
	if len(os.Args) > 1 && os.Args[1] == scannerCommand {
		os.Exit(serve(os.Stdin, os.Stdout, func(r request) answer {
			if filepath.Base(r.Path) == dies {
				_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			}
			return scanned(r)
		}))
	}
	main()
}

// fleet runs the command in a folder, and returns what it printed and its exit code.
func fleet(t *testing.T, dir string, args ...string) (string, int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), asProgram+"=1")
	out, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// must runs the command, which must succeed.
func must(t *testing.T, dir string, args ...string) string {
	t.Helper()
	out, code := fleet(t, dir, args...)
	if code != 0 {
		t.Fatalf("tfreach-fleet %s: exit code %d\n%s", strings.Join(args, " "), code, out)
	}
	return out
}

// tfreach builds the program that the verdicts must agree with.
func tfreach(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "tfreach")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", program, "./cmd/tfreach")
	cmd.Dir = "../.."
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}

// rows returns the rows of a table, by document.
func rows[T any](t *testing.T, folder, table string, document func(*T) string) map[string][]T {
	t.Helper()
	out := map[string][]T{}
	if err := read(t.Context(), folder, table, func(row *T) { out[document(row)] = append(out[document(row)], *row) }); err != nil {
		t.Fatal(err)
	}
	return out
}

// documents returns the row of each document, of which there must be exactly one.
func documents(t *testing.T, folder string) map[string]documentRow {
	t.Helper()
	out := map[string]documentRow{}
	for name, all := range rows(t, folder, documentsTable, func(r *documentRow) string { return r.Document }) {
		if len(all) != 1 {
			t.Errorf("%s has %d rows, want 1", name, len(all))
		}
		out[name] = all[0]
	}
	return out
}

func endpoints(t *testing.T, folder string) map[string][]endpointRow {
	return rows(t, folder, endpointsTable, func(r *endpointRow) string { return r.Document })
}

func file(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, text, 0o600)); err != nil {
		t.Fatal(err)
	}
}

func gzipped(t *testing.T, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write(text)
	if err := errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func tarred(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(files[name])), Typeflag: tar.TypeReg})
		if _, err2 := w.Write([]byte(files[name])); errors.Join(err, err2) != nil {
			t.Fatal(err, err2)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zipped(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(files[name])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestSameVerdicts compares the reports on the plans of all fixtures with those of tfreach scan.
func TestSameVerdicts(t *testing.T) {
	t.Parallel()
	program := tfreach(t)
	out := filepath.Join(t.TempDir(), "out")
	must(t, "../..", "--out", out, "--alone", "fixtures/*/*/plan.json")
	found := documents(t, out)
	if len(found) < 20 {
		t.Fatalf("%d plans were found", len(found))
	}
	for name, row := range found {
		cmd := exec.CommandContext(t.Context(), program, "scan", "--no-config", "--format", "json", name)
		cmd.Dir = "../.."
		want, err := cmd.Output()
		if code := cmd.ProcessState.ExitCode(); code == 2 {
			t.Fatalf("%s: %v", name, err)
		}
		if row.Report != string(want) {
			t.Errorf("%s: the report differs from that of tfreach scan (%d bytes, want %d)", name, len(row.Report), len(want))
		}
	}
}

const openConfiguration = `
resource "aws_security_group" "ftp" {
  ingress {
    from_port   = 21
    to_port     = 21
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
`

// TestForms has a document in each form that it may have.
func TestForms(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	plan, err := os.ReadFile("../../fixtures/ftp/server/plan.json")
	if err != nil {
		t.Fatal(err)
	}
	file(t, filepath.Join(dir, "plan"), plan)
	file(t, filepath.Join(dir, "plan.gz"), gzipped(t, plan))
	files := map[string]string{"repository/main.tf": openConfiguration, "repository/README.md": "none"}
	file(t, filepath.Join(dir, "a.tar"), tarred(t, files))
	file(t, filepath.Join(dir, "a.tgz"), gzipped(t, tarred(t, files)))
	file(t, filepath.Join(dir, "a.zip"), zipped(t, files))
	file(t, filepath.Join(dir, "list"), []byte("a.*\n\nplan\n"))
	must(t, dir, "--out", "out", "--list", "list", "plan.gz")
	found := documents(t, filepath.Join(dir, "out"))
	if len(found) != 5 {
		t.Fatalf("%d documents, want 5: %v", len(found), slices.Sorted(maps.Keys(found)))
	}
	for name, row := range found {
		wantKind, unpacked := kindDocument, name == "plan"
		if strings.HasPrefix(name, "a.") {
			wantKind = kindConfiguration
		}
		if row.Kind != wantKind || row.Outcome != "complete" || row.Findings == 0 {
			t.Errorf("%s: %s, %s (%s), %d findings", name, row.Kind, row.Outcome, row.Reason, row.Findings)
		}
		if strings.Contains(row.Report, os.TempDir()+"/tfreach-fleet-") || !unpacked && !strings.Contains(row.Report, `"`+name) {
			t.Errorf("%s: the report names it wrongly:\n%.600s", name, row.Report)
		}
	}
}

// poisoned are documents that have no verdict, each with a part of the reason.
func poisoned(t *testing.T) map[string]string {
	t.Helper()
	bomb := gzipped(t, make([]byte, 3<<20))
	return map[string]string{
		"cut.json":     `{"format_version": "1.2", "planned_values": {"root_module": {`,
		"nothing.json": "",
		"prose.json":   "This is no plan.",
		"list.json":    "[]",
		"other.json":   `{"hello": "world"}`,
		"deep.json":    strings.Repeat("[", 1<<20),
		"bomb.gz":      string(bomb),
		"cut.gz":       string(bomb[:len(bomb)/2]),
		"cut.zip":      "PK\x03\x04 and no more",
		"binary.json":  "tfplan\x00\x01\x02",
		dies:           `{"format_version": "1.0", "values": {}}`,
	}
}

// TestPoison has documents that have no verdict lose nobody but themselves.
func TestPoison(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for i := range 40 {
		file(t, filepath.Join(dir, fmt.Sprintf("good-%02d.json", i)), network(fmt.Sprintf("%08x", i)).state(nil))
	}
	bad := poisoned(t)
	for name, text := range bad {
		file(t, filepath.Join(dir, name), []byte(text))
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.json"), 0o600); err != nil {
		t.Fatal(err)
	}
	must(t, dir, "--out", "out", "--scan-unpacked", strconv.Itoa(2<<20), "*.json", "*.gz", "*.zip", "missing")
	found := documents(t, filepath.Join(dir, "out"))
	if want := 40 + len(bad) + 2; len(found) != want {
		t.Errorf("%d documents have rows, want %d", len(found), want)
	}
	for name, row := range found {
		if good := strings.HasPrefix(name, "good"); good != (row.Outcome != "failed") || !good && row.Reason == "" {
			t.Errorf("%s: %s, because %q", name, row.Outcome, row.Reason)
		}
	}
}

// TestKilledScanner kills a scanner in the middle of its work.
func TestKilledScanner(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const n = 300
	for i := range n {
		file(t, filepath.Join(dir, fmt.Sprintf("%03d.json", i)), network(fmt.Sprintf("%08x", i)).state(nil))
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "--out", "out", "--alone", "*.json")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), asProgram+"=1")
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	killed := false
	for deadline := time.Now().Add(2 * time.Minute); !killed && time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if all := children(cmd.Process.Pid); len(all) > 0 {
			killed = syscall.Kill(all[0], syscall.SIGKILL) == nil
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	if !killed {
		t.Fatal("no scanner was seen")
	}
	found := documents(t, filepath.Join(dir, "out"))
	if len(found) != n {
		t.Errorf("%d rows, want %d", len(found), n)
	}
	for name, row := range found {
		if row.Outcome != "complete" {
			t.Errorf("%s: %s, because %q", name, row.Outcome, row.Reason)
		}
	}
}

// children returns the child processes of a process.
func children(pid int) []int {
	var out []int
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, name := range lists {
		text, _ := os.ReadFile(name)
		for word := range strings.FieldsSeq(string(text)) {
			if id, err := strconv.Atoi(word); err == nil {
				out = append(out, id)
			}
		}
	}
	return out
}

// TestOutput demands that a result is new, and whole or not there.
func TestOutput(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file(t, filepath.Join(dir, "there", "x"), nil)
	file(t, filepath.Join(dir, "a.json"), network("00000001").state(nil))
	for _, args := range [][]string{{"a.json"}, {"--out", "there", "a.json"}, {"--out", "o"}, {"--out", "o", "--port", "0", "a.json"}, {"top", "there"}} {
		if out, code := fleet(t, dir, args...); code != 2 || !strings.HasPrefix(out, "tfreach-fleet: ") {
			t.Errorf("tfreach-fleet %s: exit code %d\n%s", args, code, out)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 2 {
		t.Errorf("the folder has %v, %v", entries, err)
	}
	must(t, dir, "--out", "o/", "a.json", "a.json")
	before, err := os.ReadFile(filepath.Join(dir, "o", "documents", "part-00000.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	must(t, dir, "--out", "p", "a.json")
	if after, err := os.ReadFile(filepath.Join(dir, "p", "documents", "part-00000.parquet")); err != nil || !bytes.Equal(after, before) {
		t.Errorf("the same documents give other bytes: %v", err)
	}
	var s summary
	text, err := os.ReadFile(filepath.Join(dir, "o", "summary.json"))
	if err := errors.Join(err, json.Unmarshal(text, &s)); err != nil || s.Documents.All != 1 {
		t.Errorf("the summary has %d documents, want 1: %v", s.Documents.All, err)
	}
}
