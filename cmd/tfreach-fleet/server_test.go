package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// prism starts Beam's server as a process of its own, and returns the flags that lead to it.
func prism(t *testing.T) []string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "prism")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "github.com/apache/beam/sdks/v2/go/cmd/prism")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	_, port, _ := strings.Cut(address, ":")
	server := exec.CommandContext(t.Context(), program, "-job_port", port, "-serve_http=false", "-log_level", "error")
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if conn, err := net.Dial("tcp", address); err == nil {
			_ = conn.Close()
			return []string{"--runner=universal", "--endpoint=" + address, "--environment_type=LOOPBACK"}
		}
	}
	t.Fatal("the server doesn't listen")
	return nil
}

// TestPrismServer has the engine in a process of its own. A process that analyses documents is killed, and the worker with all
// that it has started; afterwards there is exactly one row for each document, and what embedded runs give, byte for byte.
func TestPrismServer(t *testing.T) {
	t.Parallel()
	if os.Getenv("TFREACH_LONG") == "" {
		t.Skip("SKIPPED: it builds the engine's server, which only long runs do")
	}
	server := prism(t)
	dir := t.TempDir()
	const n = 400
	for i := range n {
		file(t, filepath.Join(dir, fmt.Sprintf("%03d.json", i)), network(fmt.Sprintf("%08x", i)).state(nil))
	}
	// run starts the command, and does something to it once documents are analysed.
	run := func(out string, do func(worker int, scanners []int)) (said string, err error) {
		cmd := exec.CommandContext(t.Context(), os.Args[0], append(server, "--out", out, "--alone", "*.json")...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), asProgram+"=1")
		var b bytes.Buffer
		cmd.Stdout, cmd.Stderr = &b, &b
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
			if all := children(cmd.Process.Pid); len(all) > 0 {
				do(cmd.Process.Pid, all)
				err = cmd.Wait()
				return b.String(), err
			}
		}
		t.Fatal("no document is analysed")
		return "", nil
	}

	said, err := run("killed", func(worker int, _ []int) {
		if err := syscall.Kill(worker, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
	})
	if err == nil {
		t.Fatalf("the worker ended before it was killed:\n%s", said)
	}
	if _, err := os.Stat(filepath.Join(dir, "killed")); err == nil {
		t.Error("a killed worker left a result")
	}

	// The server goes on, and the run is started again.
	said, err = run("again", func(_ int, scanners []int) {
		if err := syscall.Kill(scanners[0], syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
	})
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	if found := documents(t, filepath.Join(dir, "again")); len(found) != n {
		t.Errorf("%d documents have rows, want %d", len(found), n)
	}
	must(t, dir, "--out", "embedded", "--alone", "*.json")
	for _, table := range []string{documentsTable, findingsTable, endpointsTable, unknownsTable} {
		for i := range 4 {
			name := filepath.Join(table, "part-0000"+strconv.Itoa(i)+".parquet")
			one, err := os.ReadFile(filepath.Join(dir, "again", name))
			if err != nil {
				t.Fatal(err)
			}
			if two, err := os.ReadFile(filepath.Join(dir, "embedded", name)); err != nil || !bytes.Equal(one, two) {
				t.Errorf("%s differs from that of an embedded run: %v", name, err)
			}
		}
	}
}
