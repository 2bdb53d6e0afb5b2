package plan_test

import (
	"context"
	"errors"
	"io"
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
	r, err := plan.ShowBinary(t.Context(), path)
	if err != nil {
		return "", err
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	return string(text), err
}

func TestShowBinaryPlan(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("AWS_SECRET_ACCESS_KEY", "s3cret")
	t.Setenv("TF_CLI_ARGS_show", "-no-color")
	t.Setenv("HOME", "/somewhere")
	t.Setenv("TF_DATA_DIR", "data")
	for _, tool := range []string{"terraform", "tofu"} {
		fakeTool(t, tool, `echo "$@"; pwd -P; set`)
		text, err := show(t, filepath.Join(dir, "-out.tfplan"))
		if err != nil {
			t.Fatal(err)
		}
		resolved, err := filepath.EvalSymlinks(dir)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(text, "\n")
		if diff := cmp.Diff([]string{"show -json ./-out.tfplan", resolved}, lines[:2]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tool, diff)
		}
		for _, secret := range []string{"AWS_SECRET_ACCESS_KEY", "TF_CLI_ARGS"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s sees %s", tool, secret)
			}
		}
		for _, needed := range []string{"HOME='/somewhere'", "TF_DATA_DIR='data'", "TF_IN_AUTOMATION='1'", "CHECKPOINT_DISABLE='1'"} {
			if !strings.Contains(text, needed) && !strings.Contains(text, strings.ReplaceAll(needed, "'", "")) {
				t.Errorf("%s does not see %s in\n%s", tool, needed, text)
			}
		}
	}
}

func TestShowBinaryPlanFails(t *testing.T) {
	doc := filepath.Join(t.TempDir(), "p.tfplan")
	t.Run("no tool", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		if _, err := show(t, doc); !errors.Is(err, exec.ErrNotFound) || !strings.Contains(err.Error(), "takes terraform or tofu") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("tool fails", func(t *testing.T) {
		fakeTool(t, "terraform", `echo '{"format_version":"1.2"}'; echo "plan of a newer version" >&2; exit 3`)
		want := "terraform show -json " + doc + ": exit status 3: plan of a newer version"
		if text, err := show(t, doc); err == nil || err.Error() != want {
			t.Errorf("got %q, %v", text, err)
		}
		r, err := plan.ShowBinary(t.Context(), doc)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if doc, err := plan.Read(r, keepAll); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Read: %v, %v", doc, err)
		}
	})
	t.Run("floods of errors", func(t *testing.T) {
		fakeTool(t, "terraform", `i=0; while [ $i -lt 3000 ]; do echo 0123456789012345678901234567890123456789 >&2; i=$((i+1)); done; exit 1`)
		if _, err := show(t, doc); err == nil || len(err.Error()) > 70_000 {
			t.Errorf("got %.100v", err)
		}
	})
	t.Run("closed early", func(t *testing.T) {
		fakeTool(t, "terraform", `while :; do echo 0; done`)
		r, err := plan.ShowBinary(t.Context(), doc)
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
		fakeTool(t, "terraform", `while :; do echo 0; done`)
		ctx, cancel := context.WithCancel(t.Context())
		r, err := plan.ShowBinary(ctx, doc)
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
