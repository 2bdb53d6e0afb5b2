package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The patch in GitLab's report applies as it stands, and closes what it says.
func TestRemediation(t *testing.T) {
	git, err := exec.LookPath("git")
	if err != nil {
		t.Skip("NOT TESTED: the patches for GitLab, as git isn't installed")
	}
	dir := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), git, "init", "-q", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	writeFile(t, filepath.Join(dir, "main.tf"), open)
	writeFile(t, filepath.Join(dir, ".tfreach.hcl"), "trusted \"office\" {\n  prefixes = [\"198.51.100.0/24\"]\n}\n")
	scan := func() (report struct {
		Vulnerabilities []struct{ ID string }
		Remediations    []struct {
			Fixes   []struct{ ID string }
			Summary string
			Diff    []byte
		}
	},
	) {
		var out, stderr bytes.Buffer
		run(t.Context(), []string{"scan", dir, "--format", "gitlab"}, streams{In: strings.NewReader(""), Out: &out, Err: &stderr})
		if err := json.Unmarshal(out.Bytes(), &report); err != nil {
			t.Fatal(err, &stderr)
		}
		return report
	}
	before := scan()
	if len(before.Remediations) != 1 || len(before.Vulnerabilities) != 1 || before.Remediations[0].Summary == "" ||
		before.Remediations[0].Fixes[0].ID != before.Vulnerabilities[0].ID {
		t.Fatalf("the report has %+v", before)
	}
	patch := filepath.Join(t.TempDir(), "patch")
	if err := os.WriteFile(patch, before.Remediations[0].Diff, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), git, "apply", patch)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s\n%s", err, out, before.Remediations[0].Diff)
	}
	if after := scan(); len(after.Vulnerabilities) != 0 {
		t.Errorf("after the patch there is %+v", after)
	}
}
