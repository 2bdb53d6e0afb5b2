package main

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// manyDocuments is a flag, for measures: go test -run TestMany -v -documents 100000 -timeout 3h.
var manyDocuments = flag.Int("documents", 0, "have TestMany make `N` small documents, a tenth as many of 1 MB, and one of 1 GB if N is 100,000 or more")

// heavy adds resources that open nothing, so that a state has about a number of bytes.
func (w world) heavy(size int) world {
	policy := strings.Repeat("a statement that opens nothing; ", 32)
	for i := range size / 1300 {
		w = append(w, resource{"aws_iam_policy", fmt.Sprintf("p%d", i), map[string]any{"id": fmt.Sprint(i), "name": fmt.Sprintf("policy-%d", i), "policy": policy}})
	}
	return w
}

// fill makes documents in a folder: n small ones, one in a hundred of which has no verdict, for one of ten reasons, and a
// tenth as many of 1 MB. It returns how many there are, and how many of these have no verdict.
func fill(t *testing.T, dir string, n int) (all, bad int) {
	t.Helper()
	poison := poisoned(t)
	kinds := slices.Sorted(maps.Keys(poison))
	put := func(i int, name string, text []byte) {
		all++
		// No folder has more files than one can list.
		file(t, filepath.Join(dir, fmt.Sprintf("%04d", i/1000), name), text)
	}
	for i := range n {
		if kind := kinds[i/100%len(kinds)]; i%100 == 50 && kind != dies && kind != "bomb.gz" {
			put(i, fmt.Sprintf("%06d-%s", i, kind), []byte(poison[kind]))
			bad++
			continue
		}
		put(i, fmt.Sprintf("%06d.json", i), network(fmt.Sprintf("%08x", i)).state(nil))
	}
	for i := range n / 10 {
		// IDs of parts of a network leave its first digit out, so these differ in the second.
		put(i, fmt.Sprintf("large-%06d.json", i), network(fmt.Sprintf("%08x", 1<<24+i)).heavy(1e6).state(nil))
	}
	if n >= 100_000 {
		put(0, "huge.json", network("0fffffff").heavy(1e9).state(nil))
	}
	return all, bad
}

// peakMemory returns the most memory that a process has until it ends, in bytes; 0 where the system doesn't say. What its
// scanners have isn't in it.
func peakMemory(pid int) <-chan int64 {
	peak := make(chan int64, 1)
	go func() {
		last := int64(0)
		for {
			status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
			_, after, found := strings.Cut(string(status), "VmHWM:")
			if err != nil || !found {
				peak <- last
				return
			}
			if kilobytes, err := strconv.ParseInt(strings.Fields(after)[0], 10, 64); err == nil {
				last = kilobytes << 10
			}
			time.Sleep(100 * time.Millisecond)
		}
	}()
	return peak
}

// TestMany compares the rows on many documents, some of which have no verdict, with what tfreach scan says of each in turn.
func TestMany(t *testing.T) {
	t.Parallel()
	n, step := 300, 10
	if os.Getenv("TFREACH_LONG") != "" {
		n, step = 3000, 50
	}
	if *manyDocuments > 0 {
		n, step = *manyDocuments, max(1, *manyDocuments/200)
	}
	dir := t.TempDir()
	all, bad := fill(t, filepath.Join(dir, "in"), n)
	began := time.Now()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "--out", "out", "in/*/*")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), asProgram+"=1")
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	peak := peakMemory(cmd.Process.Pid)
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, &said)
	}
	took := time.Since(began)

	found := documents(t, filepath.Join(dir, "out"))
	if len(found) != all {
		t.Errorf("%d documents have rows, want %d", len(found), all)
	}
	var size int64
	failed := 0
	for name, row := range found {
		size += row.Bytes
		if row.Outcome == "failed" {
			failed++
			continue
		}
		if row.Outcome != "complete" || row.Findings != 3 {
			t.Errorf("%s: %s (%s) with %d findings, want 3", name, row.Outcome, row.Reason, row.Findings)
		}
		if len(row.With) > 0 {
			t.Errorf("%s: looked at again with %v, but each has a network of its own", name, row.With)
		}
	}
	if failed != bad {
		t.Errorf("%d documents have no verdict, want %d", failed, bad)
	}

	program := tfreach(t)
	names := slices.Sorted(maps.Keys(found))
	began = time.Now()
	scanned := 0
	for i := 0; i < len(names); i += step {
		scan := exec.CommandContext(t.Context(), program, "scan", "--no-config", "--format", "json", names[i])
		scan.Dir = dir
		want, _ := scan.Output() // it ends with 1 if there are findings, and with 2 if there is no verdict
		if row := found[names[i]]; row.Report != string(want) {
			t.Errorf("%s: the report differs from that of tfreach scan (%d bytes, want %d)", names[i], len(row.Report), len(want))
		}
		scanned++
	}
	loop := time.Since(began)
	t.Logf("%d documents, %d MB, in %v: %.1f ms each, %d MB/s, at most %d MB in the engine's process; tfreach scan in a loop takes %.1f ms each",
		all, size/1e6, took.Round(time.Second), took.Seconds()*1000/float64(all), int64(float64(size)/1e6/took.Seconds()), <-peak>>20,
		loop.Seconds()*1000/float64(scanned))
}
