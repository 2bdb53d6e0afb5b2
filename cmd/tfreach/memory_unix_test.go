//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// Memory doesn't grow with the number of root modules: what is kept of one are its findings and its text.
func TestMemoryOfManyRoots(t *testing.T) {
	few, many := peak(t, 5), peak(t, 80)
	t.Logf("5 copies take %d, 80 take %d, %.2f times as much", few, many, float64(many)/float64(few))
	if many > few*3/2 {
		t.Errorf("5 copies take %d, and 80 take %d", few, many)
	}
}

// peak returns the most memory that a scan of copies of a root module takes, in the units of the system. The garbage
// collector is strict, as garbage says nothing of what is kept.
func peak(t *testing.T, copies int) int64 {
	t.Helper()
	top := t.TempDir()
	for i := range copies {
		if err := os.CopyFS(filepath.Join(top, fmt.Sprint(i)), os.DirFS("../../fixtures/aws/path-targets")); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "tfreach", "scan", top, "--no-config", "--fail-on", "never")
	cmd.Env = append(os.Environ(), "GOGC=50", "GOMAXPROCS=2")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		t.Fatal("the system doesn't tell")
	}
	return usage.Maxrss
}
