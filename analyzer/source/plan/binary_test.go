package plan_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tfreach/tfreach/analyzer/source/plan"
)

// fakeTool puts a shell script of that name on a PATH of its own.
func fakeTool(t *testing.T, name, script string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the fake tools are shell scripts")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
}

func show(t *testing.T, path string) (string, error) {
	t.Helper()
	r, err := plan.ShowBinary(t.Context(), "tofu", path)
	if err != nil {
		return "", err
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	return string(text), err
}

// archive makes what looks like a plan that terraform wrote, with a lock file in it.
func archive(t *testing.T, path string) {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range []string{"tfplan", ".terraform.lock.hcl"} {
		f, err := w.Create(name)
		if err == nil {
			_, err = io.WriteString(f, "the lock\n")
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, b.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
}

// What shows a plan has a folder of its own, and of the environment neither secrets nor what the repository may own.
func TestShowBinaryPlan(t *testing.T) {
	top, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	repo, theirs := filepath.Join(top, "repo"), filepath.Join(top, "theirs")
	archive(t, filepath.Join(repo, "-out.tfplan"))
	for _, dir := range []string{theirs, filepath.Join(repo, ".git"), filepath.Join(repo, "data")} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join(repo, "data"), filepath.Join(top, "link")); err != nil {
		t.Skip("SKIPPED: no symbolic links: ", err)
	}
	t.Chdir(repo)
	for name, value := range map[string]string{
		"AWS_SECRET_ACCESS_KEY": "s3cret", "TF_CLI_ARGS_show": "-no-color", "HOME": "/somewhere", "TF_VAR_x": "y", "TF_PLUGIN_CACHE_DIR": repo,
		"TF_REATTACH_PROVIDERS": "{}",
	} {
		t.Setenv(name, value)
	}
	for _, c := range []struct {
		data, settings string // of the user
		kept           bool
	}{
		{"", "", false},
		{"data", "settings", false},
		{filepath.Join(repo, "data"), filepath.Join(repo, "settings"), false},
		{filepath.Join(top, "link"), filepath.Join(top, "link", "settings"), false},
		{theirs, filepath.Join(theirs, "settings"), true},
	} {
		t.Setenv("TF_DATA_DIR", c.data)
		t.Setenv("TF_CLI_CONFIG_FILE", c.settings)
		fakeTool(t, "tofu", `echo "$@"; pwd -P; echo *; echo .t*; echo "$TF_DATA_DIR"; echo "$TF_CLI_CONFIG_FILE"; set`)
		text, err := show(t, "-out.tfplan")
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(text, "\n")
		if lines[0] != "show -json -no-color "+filepath.Join(repo, "-out.tfplan") {
			t.Errorf("it is called with %s", lines[0])
		}
		own, ok := strings.CutSuffix(lines[1], string(filepath.Separator)+"run")
		if !ok || strings.HasPrefix(own, top) {
			t.Errorf("it runs in %s", lines[1])
		}
		want := []string{"*", ".t*", filepath.Join(own, "data"), filepath.Join(own, "settings")}
		if c.kept {
			want = []string{"*", ".terraform.lock.hcl", c.data, c.settings}
		}
		if diff := cmp.Diff(want, lines[2:6]); diff != "" {
			t.Errorf("with data in %q: what is in its folder, and of the environment (-want +got):\n%s", c.data, diff)
		}
		for _, secret := range []string{"AWS_SECRET_ACCESS_KEY", "TF_CLI_ARGS", "HOME=", "/somewhere", "TF_VAR", "TF_PLUGIN", "TF_REATTACH"} {
			if strings.Contains(text, secret) {
				t.Errorf("it sees %s", secret)
			}
		}
		if _, err := os.Stat(own); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("its folder is left behind: %v", err)
		}
	}
}

// Without being asked to, no program runs.
func TestBinaryPlanIsRefused(t *testing.T) {
	dir := t.TempDir()
	archive(t, filepath.Join(dir, "it's a.plan"))
	archive(t, filepath.Join(dir, "-x"))
	t.Chdir(dir)
	ran := filepath.Join(dir, "ran")
	fakeTool(t, "terraform", "echo > "+ran)
	for name, command := range map[string]string{"it's a.plan": `terraform show -json 'it'\''s a.plan' | tfreach scan -`, "-x": "terraform show -json ./-x |"} {
		if _, err := plan.Open(t.Context(), name, ""); err == nil || !strings.Contains(err.Error(), command) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := os.Stat(ran); err == nil {
		t.Error("terraform ran")
	}
}

func TestShowBinaryPlanFails(t *testing.T) {
	doc := filepath.Join(t.TempDir(), "p.tfplan")
	t.Run("no tool", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		if _, err := show(t, doc); !errors.Is(err, exec.ErrNotFound) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("tool fails", func(t *testing.T) {
		fakeTool(t, "tofu", `echo '{"format_version":"1.2"}'; echo "plan of a newer version" >&2; exit 3`)
		want := "tofu show -json " + doc + ": exit status 3: plan of a newer version"
		if text, err := show(t, doc); err == nil || err.Error() != want {
			t.Errorf("got %q, %v", text, err)
		}
		r, err := plan.ShowBinary(t.Context(), "tofu", doc)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if doc, err := plan.Read(r, keepAll); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Read: %v, %v", doc, err)
		}
	})
	t.Run("floods of errors", func(t *testing.T) {
		fakeTool(t, "tofu", `i=0; while [ $i -lt 3000 ]; do echo 0123456789012345678901234567890123456789 >&2; i=$((i+1)); done; exit 1`)
		if _, err := show(t, doc); err == nil || len(err.Error()) > 70_000 {
			t.Errorf("got %.100v", err)
		}
	})
	t.Run("closed early", func(t *testing.T) {
		fakeTool(t, "tofu", `while :; do echo 0; done`)
		r, err := plan.ShowBinary(t.Context(), "tofu", doc)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if _, err := r.Read(make([]byte, 1)); !errors.Is(err, os.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		fakeTool(t, "tofu", `while :; do echo 0; done`)
		ctx, cancel := context.WithCancel(t.Context())
		r, err := plan.ShowBinary(ctx, "tofu", doc)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		cancel()
		if _, err := io.Copy(io.Discard, r); err == nil {
			t.Error("no error")
		}
	})
}
