//go:build unix

package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

var benchTable = flag.String("benchtable", "", "measure whole scans of plans of `SIZES` in MB, as in 3,30,1000, and write the table in README.md")

// TestBenchTable writes the table of the README.
func TestBenchTable(t *testing.T) {
	if *benchTable == "" {
		t.Skip("only with -benchtable")
	}
	program := filepath.Join(t.TempDir(), "tfreach")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	var table strings.Builder
	table.WriteString("| plan | relevant | tfreach scan | of a bare skip's time | peak memory | terraform-json | its peak memory |\n" +
		"| --- | --- | --- | --- | --- | --- | --- |\n")
	for size := range strings.SplitSeq(*benchTable, ",") {
		megabytes, err := strconv.Atoi(size)
		if err != nil {
			t.Fatal(err)
		}
		for _, relevant := range []int{1, 100} {
			plan := sized(megabytes*1e6, relevant, 500)
			commands := [][]string{{program, "scan", "--no-config", "--fail-on", "never", "-"}, {"skip"}, {"terraform-json"}}
			if megabytes > 100 { // it takes 20 times as much memory
				commands = commands[:2]
			}
			best := make([]spent, 3)
			for range 3 {
				for i, command := range commands {
					if s := spend(t, plan, command); best[i].cpu == 0 || s.cpu < best[i].cpu {
						best[i] = s
					}
				}
			}
			fmt.Fprintf(&table, "| %d MB | 1/%d | %s | %.1f | %s | %s | %s |\n", megabytes, 100/relevant, best[0].speed(),
				best[0].cpu.Seconds()/best[1].cpu.Seconds(), best[0].memory(), best[2].speed(), best[2].memory())
		}
	}
	t.Log("\n" + table.String())
	name := filepath.Join("..", "..", "README.md")
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	const start, end = "<!-- speed -->\n\n", "\n<!-- end of speed -->\n"
	before, rest, ok := bytes.Cut(text, []byte(start))
	_, after, okEnd := bytes.Cut(rest, []byte(end))
	if !ok || !okEnd {
		t.Fatalf("%s has no %q and %q", name, start, end)
	}
	if err := os.WriteFile(name, fmt.Appendf(nil, "%s%s%s%s%s", before, start, table.String(), end, after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// spent is what a process took for reading a plan.
type spent struct {
	bytes int64
	// cpu is the time of all processors.
	cpu  time.Duration
	peak int64
}

func (s spent) speed() string {
	if s.cpu == 0 {
		return "–"
	}
	return fmt.Sprintf("%.0f MB/s", float64(s.bytes)/1e6/s.cpu.Seconds())
}

func (s spent) memory() string {
	if s.cpu == 0 {
		return "–"
	}
	return fmt.Sprintf("%d MiB", s.peak>>20)
}

// spend runs a command that reads a plan from its standard input.
func spend(t *testing.T, plan bigPlan, command []string) spent {
	t.Helper()
	in := &counted{plan.reader(), 0}
	cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
	cmd.Stdin = in
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v:\n%s", command, err, out)
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		t.Fatal("the system doesn't tell")
	}
	peak := usage.Maxrss
	if runtime.GOOS != "darwin" { // there it is in bytes
		peak <<= 10
	}
	return spent{in.n, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), peak}
}

// counted counts what is read.
type counted struct {
	io.Reader
	n int64
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	c.n += int64(n)
	return n, err
}
