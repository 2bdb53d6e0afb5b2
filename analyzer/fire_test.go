package analyzer_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/adapter/all"
	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/reach"
	"github.com/tfreach/tfreach/rules"
)

const group = `resource "aws_security_group" "ftp" {
  ingress {
    from_port   = 21
    to_port     = 21
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
variable "password" {
  default = "hunter2"
}
`

// config is a run on folders beside each other, by their names.
func config(t *testing.T, files map[string]string) analyzer.Config {
	t.Helper()
	top := t.TempDir()
	for name, text := range files {
		file := filepath.Join(top, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	port, err := rules.Parse("21")
	if err != nil {
		t.Fatal(err)
	}
	return analyzer.Config{Paths: []string{top}, Rules: rules.For([]reach.Port{port}), Knowledge: all.Knowledge(), KeepRules: true}
}

// A mistake in tfreach costs the input that it shows in, and says so.
func TestPanic(t *testing.T) {
	c := config(t, map[string]string{"a/main.tf": group, "b/main.tf": "resource \"bad\" \"x\" {\n}\n", "c/main.tf": group})
	c.Knowledge.Adapters = append(c.Knowledge.Adapters, read.Adapter{
		Types:   []string{"bad"},
		Ingress: func(*graph.Graph, *graph.Resource) []*fact.Ingress { panic("a mistake") },
	})
	r, err := analyzer.Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Findings) != 2 || r.Complete() {
		t.Errorf("got %d findings, complete %v", len(r.Findings), r.Complete())
	}
	if len(r.Notices) != 1 || r.Notices[0].At.Filename != "b" || !strings.Contains(r.Notices[0].Detail, "a mistake (analyzer_test.TestPanic") {
		t.Errorf("got %v", r.Notices)
	}
}

// After the end of its context nothing more is analysed, which isn't clean.
func TestEnd(t *testing.T) {
	c := config(t, map[string]string{"main.tf": group})
	late, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	if r, err := analyzer.Run(late, c); err != nil || r.Complete() {
		t.Errorf("after the deadline: got %v, %v", r, err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if r, err := analyzer.Run(cancelled, c); err != nil || r.Complete() {
		t.Errorf("after cancelling: got %v, %v", r, err)
	}
}

// The log says what was read and decided, and not the values.
func TestLog(t *testing.T) {
	var log bytes.Buffer
	c := config(t, map[string]string{"main.tf": group, "examples/x/main.tf": group})
	c.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	if _, err := analyzer.Run(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"file=main.tf", `"left out"=1`, "rule=ftp-ingress-open"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("there is no %s in\n%s", want, &log)
		}
	}
	if strings.Contains(log.String(), "hunter2") {
		t.Errorf("there is a value in\n%s", &log)
	}
}

// The order in which files lie on the disk, the processors, the language, the time zone and the working directory are
// nobody's business.
func TestDeterminism(t *testing.T) {
	files := map[string]string{"mod/main.tf": group, "other/main.tf": group}
	for i := range 20 {
		name := string(rune('a' + i))
		files["root/"+name+".tf"] = strings.ReplaceAll(group[:strings.Index(group, "variable")], `"ftp"`, `"`+name+`"`) +
			"module \"" + name + "\" {\n  source = \"../mod\"\n}\noutput \"" + name + "\" {\n  value = nofunc(nothing.at.all)\n}\n"
	}
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	var first string
	for i := range 4 {
		dir := filepath.Join(t.TempDir(), "same")
		// With it places don't depend on the working directory.
		if err := os.MkdirAll(filepath.Join(dir, ".git"), 0o755); err != nil {
			t.Fatal(err)
		}
		if i%2 == 1 {
			slices.Reverse(names)
		}
		for _, name := range names {
			file := filepath.Join(dir, name)
			if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(files[name]), 0o600)); err != nil {
				t.Fatal(err)
			}
		}
		t.Setenv("LC_ALL", []string{"C", "tr_TR.UTF-8"}[i%2])
		t.Setenv("TZ", []string{"UTC", "Asia/Kathmandu"}[i%2])
		t.Chdir([]string{dir, t.TempDir(), filepath.Join(dir, "root"), os.TempDir()}[i])
		old := runtime.GOMAXPROCS(1 + 3*(i%2))
		got := describe(t, nil, dir)
		runtime.GOMAXPROCS(old)
		if i == 0 {
			first = got
		}
		if got != first {
			t.Errorf("run %d differs:\n%s", i, cmp.Diff(first, got))
		}
	}
	if strings.Count(first, "ftp-ingress-open") < 20 {
		t.Errorf("there is not much to compare:\n%s", first)
	}
}
