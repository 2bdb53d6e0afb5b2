//go:build unix

package source_test

import (
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"github.com/tfreach/tfreach/analyzer/source"
)

// TestDevices has what must not be opened: to open a pipe waits for a writer, and a device has no end.
func TestDevices(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.tf"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "terraform.tfvars"), 0o644); err != nil {
		t.Fatal(err)
	}
	link(t, os.DevNull, filepath.Join(dir, "null.tf"))
	link(t, "/dev/zero", filepath.Join(dir, "zero.tf"))
	link(t, "pipe.tf", filepath.Join(dir, "link.tf"))
	write(t, dir, map[string]string{"main.tf": "locals {\n  a = 1\n}\n"})
	tree := open(t, dir)
	if m := tree.Module("."); len(m.Diags) != 4 || len(m.Locals) != 1 {
		t.Errorf("got %v", m.Diags)
	}
	if _, diags := tree.AutoVars("."); len(diags) != 1 {
		t.Errorf("values: %v", diags)
	}
	// It isn't opened to be listed either.
	for _, c := range []struct {
		dir, pattern string
		want         []string
	}{{"pipe.tf", "*", nil}, {".", "pipe.tf/*", nil}, {".", "p*", nil}, {".", "m*.tf", []string{"main.tf"}}, {"pipe.tf", "**", nil}, {"link.tf", "*", nil}, {".", "{main,pipe,link}.tf", []string{"main.tf"}}} {
		if found, err := tree.Files(".").Glob(c.dir, c.pattern); err != nil || !slices.Equal(found, c.want) {
			t.Errorf("glob %s in %s: %v, %v", c.pattern, c.dir, found, err)
		}
	}
	if text, err := tree.ReadFile("pipe.tf"); err == nil {
		t.Errorf("pipe.tf: %q", text)
	}
	if f, err := tree.FS().Open("pipe.tf"); err == nil {
		t.Errorf("pipe.tf was opened: %v", f)
	}
	if _, err := source.ReadVarFile(filepath.Join(dir, "terraform.tfvars"), "x"); err == nil {
		t.Error("a pipe was read for values")
	}
}
