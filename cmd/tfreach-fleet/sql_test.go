package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestQuestions asks DuckDB the questions of the documentation about a result whose answers are known. The engine is large, so
// only long runs fetch and build it.
func TestQuestions(t *testing.T) {
	t.Parallel()
	if os.Getenv("TFREACH_LONG") == "" {
		t.Skip("SKIPPED: it builds DuckDB, which only long runs do")
	}
	dir := t.TempDir()
	for i := range 3 {
		file(t, filepath.Join(dir, fmt.Sprintf("whole-%d.json", i)), network(fmt.Sprintf("%08x", 1+i)).state(nil))
	}
	// One network in two documents: the gateway and its route are in the other one.
	parted := network("0000000f")
	file(t, filepath.Join(dir, "part-a.json"), parted.state([]int{0, 2, 3, 4, 7, 8, 9, 10, 11}))
	file(t, filepath.Join(dir, "part-b.json"), parted.state([]int{1, 5, 6}))
	file(t, filepath.Join(dir, "prose.json"), []byte("This is no plan."))
	file(t, filepath.Join(dir, "a.zip"), zipped(t, map[string]string{"main.tf": "variable \"clients\" {}\n" + strings.Replace(openConfiguration, `["0.0.0.0/0"]`, "var.clients", 1)}))
	must(t, dir, "--out", "fleet", "*.json", "a.zip")

	page, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```sql\n(.*?)```").FindSubmatch(page)
	if block == nil {
		t.Fatal("the page has no questions")
	}
	engine := filepath.Join(t.TempDir(), "duckdb")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", engine, ".")
	build.Dir = "duckdb"
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd := exec.CommandContext(t.Context(), engine)
	cmd.Dir, cmd.Stdin = dir, bytes.NewReader(block[1])
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var answers [][]map[string]any
	for line := range strings.Lines(string(out)) {
		var rows []map[string]any
		if err := json.Unmarshal([]byte(line), &rows); err != nil {
			t.Fatal(err)
		}
		answers = append(answers, rows)
	}
	if len(answers) != 5 {
		t.Fatalf("there are %d answers, want 5:\n%s", len(answers), out)
	}
	said := func(rows []map[string]any, columns ...string) string {
		var b strings.Builder
		for _, row := range rows {
			for i, name := range columns {
				if i > 0 {
					b.WriteByte(' ')
				}
				fmt.Fprint(&b, row[name])
			}
			b.WriteByte('\n')
		}
		return b.String()
	}
	reached, decides := "", "variable var.clients a.zip 1\n"
	for _, name := range []string{"part-a", "whole-0", "whole-1", "whole-2"} {
		reached += name + ".json aws_instance.m1 TCP 21\n"
		decides += "expression what listens on machines that nothing here sets up " + name + ".json 1\n"
	}
	for i, c := range []struct{ got, want string }{
		{said(answers[0], "document", "address", "port"), reached},
		{said(answers[1], "documents", "findings"), "3 6\n4 4\n1 2\n"},
		{said(answers[2], "kind", "name", "document", "verdicts"), decides},
		{said(answers[3], "document", "outcome"), "prose.json failed\n"},
		{said(answers[4], "document", "others"), "part-a.json 1\n"},
	} {
		if c.got != c.want {
			t.Errorf("answer %d of what was compared is\n%s, want\n%s\nof all:\n%s", i, c.got, c.want, out)
		}
	}
}
