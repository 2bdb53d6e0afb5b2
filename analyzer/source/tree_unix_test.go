//go:build unix

package source_test

import (
	"os"
	"path/filepath"
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
	if _, err := source.ReadVarFile(filepath.Join(dir, "terraform.tfvars"), "x"); err == nil {
		t.Error("a pipe was read for values")
	}
}
