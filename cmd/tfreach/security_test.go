package main

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Each promise of the security page is shown by tests that are there, and no test about hostile input is without a promise.
func TestSecurityPage(t *testing.T) {
	text, err := os.ReadFile("../../.github/SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	var named []string // FOLDER/TEST
	rows := 0
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.TrimSpace(line), " | ")
		if len(cells) != 3 || strings.HasPrefix(line, "| ---") || strings.HasPrefix(line, "| threat") {
			continue
		}
		rows++
		folder, shown := "", false
		for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cells[2], -1) {
			if name := m[1]; !strings.HasPrefix(name, "Test") {
				folder = name // TestDocumentsLink checks that it is there
				shown = shown || path.Ext(name) == ".txtar"
				continue
			}
			shown = true
			named = append(named, folder+"/"+m[1])
			if !slices.Contains(testsIn(t, filepath.Join("../..", filepath.FromSlash(folder), "*_test.go")), m[1]) {
				t.Errorf("there is no %s in %s", m[1], folder)
			}
		}
		if !shown {
			t.Errorf("nothing shows: %s", line)
		}
	}
	if rows < 15 {
		t.Fatalf("there are %d rows", rows)
	}
	for folder, files := range map[string][]string{
		"cmd/tfreach":           {"hostile_test.go", "kinds_unix_test.go", "bombs_unix_test.go", "traced_linux_test.go", "secrets_test.go"},
		"analyzer/source/named": {"*_test.go"},
		"analyzer/secret":       {"corpus_test.go"},
		"analyzer/source":       {"tree_unix_test.go", "unreadable_test.go"},
	} {
		for _, file := range files {
			tests := testsIn(t, filepath.Join("../..", filepath.FromSlash(folder), file))
			if len(tests) == 0 {
				t.Errorf("there is no test in %s/%s", folder, file)
			}
			for _, test := range tests {
				if !slices.Contains(named, folder+"/"+test) {
					t.Errorf("%s in %s has no row on the security page", test, folder)
				}
			}
		}
	}
}

// testsIn returns the names of the tests in files that match a pattern.
func testsIn(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllStringSubmatch(string(text), -1) {
			out = append(out, m[1])
		}
	}
	return out
}
