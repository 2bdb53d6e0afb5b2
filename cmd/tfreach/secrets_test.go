package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"
)

// planted finds the secrets in the fixtures.
var planted = regexp.MustCompile(`planted-[a-z]+-[0-9a-f]{4}`)

// TestNothingLeaks checks that no output shows a secret that is in a fixture, in any format.
func TestNothingLeaks(t *testing.T) {
	cases, err := filepath.Glob("../../fixtures/*/*")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, root := range cases {
		secrets := secretsIn(t, root)
		if len(secrets) == 0 {
			continue
		}
		found += len(secrets)
		inputs := []string{root}
		if plan := filepath.Join(root, "plan.json"); exists(plan) {
			inputs = append(inputs, plan, copied(t, plan))
		}
		for _, input := range inputs {
			for _, name := range formatNames() {
				out := outputOf(t, "scan", "--format", name, input)
				if !bytes.Contains(out, []byte("ftp-")) && len(out) == 0 {
					t.Errorf("%s %s: there is no report", input, name)
				}
				leaks(t, input+" as "+name, out, secrets)
			}
			leaks(t, input+" as full SARIF", outputOf(t, "scan", "--format", "sarif", "--sarif-all", input), secrets)
			leaks(t, input+" as a baseline", outputOf(t, "baseline", input), secrets)
			leaks(t, input+" as a graph", outputOf(t, "graph", "--format", "json", input), secrets)
		}
	}
	if found < 10 {
		t.Errorf("there are only %d secrets in the fixtures", found)
	}
}

func secretsIn(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		out = append(out, planted.FindAllString(string(text), -1)...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// copied returns the path of a copy of a plan without its configuration.
func copied(t *testing.T, plan string) string {
	t.Helper()
	text, err := os.ReadFile(plan)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "plan.json")
	writeFile(t, path, string(text))
	return path
}

// outputOf returns all that the program writes.
func outputOf(t *testing.T, args ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	if code := run(t.Context(), args, streams{In: bytes.NewReader(nil), Out: &out, Err: &out, Today: time.Unix(0, 0)}); code == exitError {
		t.Fatalf("%v: %s", args, out.Bytes())
	}
	return out.Bytes()
}

func leaks(t *testing.T, what string, out []byte, secrets []string) {
	t.Helper()
	for _, s := range secrets {
		if i := bytes.Index(out, []byte(s)); i >= 0 {
			t.Errorf("%s shows %s: …%s…", what, s, out[max(0, i-120):min(len(out), i+40)])
		}
	}
}
