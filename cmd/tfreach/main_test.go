package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"tfreach": main, "skip": skip, "terraform-json": decode})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		ContinueOnError:     true,
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"exit": exit, "ls": ls},
		Setup: func(env *testscript.Env) error {
			tfreach, err := exec.LookPath("tfreach")
			env.Setenv("TFREACH", tfreach) // for scripts without a PATH
			return errors.Join(err,
				os.WriteFile(filepath.Join(env.WorkDir, "binary.bin"), []byte("\x7fELF\x02\x01\x01\x00\x00\xff\xfe\n"), 0o666),
				os.WriteFile(filepath.Join(env.WorkDir, "zip.tfplan"), []byte("PK\x03\x04\x14\x00\x08\x00tfplan"), 0o666))
		},
	})
}

// exit is the script command "exit CODE PROGRAM ARG…": like exec, for exactly that exit code.
func exit(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exit CODE PROGRAM ARG…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	// The Go runtime exits with 2 on a panic, which must not pass for a refusal.
	if stderr := ts.ReadFile("stderr"); strings.Contains(stderr, "goroutine ") {
		ts.Fatalf("%s crashed", args[1])
	}
	got := 0
	if failed := (*exec.ExitError)(nil); errors.As(err, &failed) {
		got = failed.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// ls is the script command "ls DIR": it prints the names in a directory, hidden ones too.
func ls(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: ls DIR")
	}
	entries, err := os.ReadDir(ts.MkAbs(args[0]))
	ts.Check(err)
	for _, e := range entries {
		_, err := fmt.Fprintln(ts.Stdout(), e.Name())
		ts.Check(err)
	}
}

// open is a configuration with one finding.
const open = `resource "aws_security_group" "ftp" {
  ingress {
    from_port   = 21
    to_port     = 21
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
`

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// full is a writer that takes the first bytes of what is written, and then fails.
type full struct{ left int }

func (f *full) Write(p []byte) (int, error) {
	if len(p) > f.left {
		n := f.left
		f.left = 0
		return n, errors.New("no space left")
	}
	f.left -= len(p)
	return len(p), nil
}

func TestStdoutFails(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "main.tf"), open)
	report := filepath.Join(dir, "report.json")
	writeFile(t, report, "the old one")
	for _, format := range formatNames() {
		var stderr bytes.Buffer
		code := run(context.Background(), []string{"scan", dir, "--format", format, "--output", "json=" + report},
			streams{In: strings.NewReader(""), Out: &full{10}, Err: &stderr})
		if code != exitError {
			t.Errorf("%s: exit code %d, want %d", format, code, exitError)
		}
		if want := "tfreach: can't write the report: no space left\n"; stderr.String() != want {
			t.Errorf("%s: stderr %q, want %q", format, stderr.String(), want)
		}
	}
	if got, _ := os.ReadFile(report); string(got) != "the old one" {
		t.Errorf("the file was replaced by %q although the run failed", got)
	}
	if diff := cmp.Diff([]string{"main.tf", "report.json"}, names(t, dir)); diff != "" {
		t.Errorf("files after a failed run (-want +got):\n%s", diff)
	}
}

// Every command fails if what it prints can't be written.
func TestStdoutFailsEverywhere(t *testing.T) {
	for _, args := range []string{"rules", "rules ftp-ingress-open", "version"} {
		var stderr bytes.Buffer
		code := run(context.Background(), strings.Fields(args),
			streams{In: strings.NewReader(""), Out: &full{}, Err: &stderr})
		if code != exitError || !strings.Contains(stderr.String(), "no space left") {
			t.Errorf("%s: exit code %d, stderr %q", args, code, &stderr)
		}
	}
}

func TestBrokenPipe(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "main.tf"), open)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "tfreach", "scan", dir)
	cmd.Stdout, cmd.Stderr = w, &stderr
	var failed *exec.ExitError
	if err := cmd.Run(); !errors.As(err, &failed) || failed.ExitCode() != exitError {
		t.Errorf("got %v, want exit code %d", err, exitError)
	}
	if !strings.HasPrefix(stderr.String(), "tfreach: can't write the report: ") {
		t.Errorf("stderr %q", &stderr)
	}
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func TestDestinations(t *testing.T) {
	type dest struct{ Format, Path string }
	for _, c := range []struct {
		format  string
		outputs []string
		want    []dest
		err     string
	}{
		{"text", nil, []dest{{"text", "-"}}, ""},
		{"sarif", []string{"a"}, []dest{{"sarif", "a"}}, ""},
		{"sarif", []string{"-"}, []dest{{"sarif", "-"}}, ""},
		{"text", []string{"sarif=a", "json=b=c"}, []dest{{"text", "-"}, {"sarif", "a"}, {"json", "b=c"}}, ""},
		{"text", []string{"json=b", "a"}, []dest{{"text", "a"}, {"json", "b"}}, ""},
		{"text", []string{"./sarif=a"}, []dest{{"text", "./sarif=a"}}, ""},
		{"text", []string{`dir\sarif=a`}, []dest{{"text", `dir\sarif=a`}}, ""},
		{"text", []string{"a", "b"}, nil, "--output: a and b for one report; for two, use FORMAT=FILE"},
		{"text", []string{"a", "json=./a"}, nil, "--output: two reports for ./a"},
		{"text", []string{""}, nil, `--output: no file name in ""`},
		{"text", []string{"json="}, nil, `--output: no file name in "json="`},
		{"text", []string{"json=-"}, nil, "--output json=-: use --format json for standard output"},
		{"text", []string{"html"}, nil, "--output html: that is a format and no file; write html=FILE, or ./html for a file of that name"},
		{
			"text",
			[]string{"sarfi=a"},
			nil,
			`--output: unknown format "sarfi"; did you mean sarif? (for a file of that name, ./sarfi=a)`,
		},
	} {
		got, err := destinations(c.format, c.outputs)
		var dests []dest
		for _, d := range got {
			dests = append(dests, dest{d.format.name, d.path})
		}
		if diff := cmp.Diff(c.want, dests); diff != "" {
			t.Errorf("destinations(%q, %q) (-want +got):\n%s", c.format, c.outputs, diff)
		}
		message := ""
		if err != nil {
			message = err.Error()
			if !errors.As(err, new(usageError)) {
				t.Errorf("destinations(%q, %q): %v is no usage error", c.format, c.outputs, err)
			}
		}
		if message != c.err {
			t.Errorf("destinations(%q, %q): error %q, want %q", c.format, c.outputs, message, c.err)
		}
	}
}

func TestUnknown(t *testing.T) {
	words := []string{"error", "warning", "note", "never"}
	for word, want := range map[string]string{
		"eror":    `unknown level "eror"; did you mean error?`,
		"warn":    `unknown level "warn"; did you mean warning?`,
		"noet":    `unknown level "noet"; did you mean note?`,
		"x":       `unknown level "x"; use error, warning, note or never`,
		"":        `unknown level ""; use error, warning, note or never`,
		"extreme": `unknown level "extreme"; use error, warning, note or never`,
	} {
		if got := unknown("level", word, words).Error(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// A mode survives a report, and a symbolic link leads it nowhere.
func TestDeliverKeeps(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs Unix permissions, and a privilege for symbolic links")
	}
	dir := t.TempDir()
	file, link := filepath.Join(dir, "file"), filepath.Join(dir, "link")
	writeFile(t, file, "the old one, which is longer")
	if err := errors.Join(os.Chmod(file, 0o640), os.Symlink("file", link)); err != nil {
		t.Fatal(err)
	}
	if err := deliver(t.Context(), 0, nil, []destination{{path: file}}, [][]byte{[]byte("new")}); err != nil {
		t.Fatal(err)
	}
	if err := deliver(t.Context(), 0, nil, []destination{{path: link}}, [][]byte{[]byte("evil")}); err == nil {
		t.Error("an output followed a link")
	}
	if got, _ := os.ReadFile(file); string(got) != "new" {
		t.Errorf("the file holds %q", got)
	}
	if info, err := os.Lstat(file); err != nil || info.Mode() != 0o640 {
		t.Errorf("the file's mode is %v, %v", info.Mode(), err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link's mode is %v, %v", info.Mode(), err)
	}
}

// Of several reports none is written if one can't be.
func TestDeliverAllOrNone(t *testing.T) {
	dir := t.TempDir()
	good, bad := filepath.Join(dir, "good"), filepath.Join(dir, "missing", "bad")
	writeFile(t, good, "old")
	var out bytes.Buffer
	err := deliver(t.Context(), 0, &out, []destination{{path: stdout}, {path: good}, {path: bad}}, [][]byte{nil, []byte("new"), []byte("new")})
	if err == nil || !strings.HasPrefix(err.Error(), "can't write "+bad+": ") {
		t.Errorf("error %v", err)
	}
	if got, _ := os.ReadFile(good); string(got) != "old" {
		t.Errorf("good holds %q", got)
	}
	if got := names(t, dir); !cmp.Equal(got, []string{"good"}) {
		t.Errorf("left behind: %q", got)
	}
}

// A message can't command the terminal that shows it.
func TestComplain(t *testing.T) {
	var stderr bytes.Buffer
	c := newCLI(streams{Err: &stderr})
	c.complain("a\x1b[31m\r\u009bb\nc")
	if want := `tfreach: a\x1b[31m\r\u009bb` + "\ntfreach: c\n"; stderr.String() != want {
		t.Errorf("got %q, want %q", stderr.String(), want)
	}
}

func TestShowsLinks(t *testing.T) {
	for env, want := range map[string]bool{
		"": false, "TERM=xterm-256color": false, "TERM=xterm-kitty": true, "TERM_PROGRAM=Apple_Terminal": false,
		"TERM_PROGRAM=WezTerm": true, "VTE_VERSION=7006": true, "VTE_VERSION=4999": false, "WT_SESSION=1": true,
	} {
		name, value, _ := strings.Cut(env, "=")
		got := showsLinks(func(n string) string {
			if n == name {
				return value
			}
			return ""
		})
		if got != want {
			t.Errorf("%q: %t, want %t", env, got, want)
		}
	}
}

func TestFileURL(t *testing.T) {
	if got, want := fileURL("/a b")("c\x1b/main.tf"), "file:///a%20b/c%1B/main.tf"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestPercent(t *testing.T) {
	for share, want := range map[float64]string{
		0.999999: "more than 99%", 0.992: "more than 99%", 0.984: "98%", 0.5: "50%", 0.015: "1.5%", 0.0003: "0.03%", 2.7e-10: "less than 0.01%",
	} {
		if got := percent(share); got != want {
			t.Errorf("%v is %s, want %s", share, got, want)
		}
	}
}
