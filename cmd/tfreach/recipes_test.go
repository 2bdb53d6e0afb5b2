package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"
)

// standIns are programs that do as those in the recipes do, so far as tfreach sees it.
var standIns = map[string]string{
	"terraform":  "#!/bin/sh\ncase $1 in show) test \"$2\" = -json && test -e \"$3\" && cat ../plan.json ;; plan) touch plan.out ;; *) exit 9 ;; esac\n",
	"terragrunt": "#!/bin/sh\ntest \"$1 $2 $3 $5 $6\" = 'run --all --json-out-dir -- plan' && mkdir -p \"$4/live/ftp\" && cp ../plan.json \"$4/live/ftp/tfplan.json\"\n",
}

// Each recipe finds what is open in a configuration or its plan, and finds nothing in one that is closed.
func TestRecipes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the recipes are for runners with a shell")
	}
	text, err := os.ReadFile("../../.github/docs/recipes.md")
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, part := range strings.Split(string(text), "\n## ")[1:] {
		title, _, _ := strings.Cut(part, "\n")
		for _, block := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(part, -1) {
			var doc any
			if err := yaml.Unmarshal([]byte(block[1]), &doc); err != nil {
				t.Errorf("%s: %v", title, err)
			}
			script := strings.Join(commandsIn(doc), "\n")
			if !strings.Contains(script, "tfreach scan") {
				t.Errorf("%s runs no scan: %q", title, script)
			}
			tried++
			for _, open := range []bool{true, false} {
				if code, out := recipe(t, script, open); code == 0 == open || !strings.Contains(out, "FTP") && !strings.Contains(script, "--output") {
					t.Errorf("%s, open %t: exit code %d of\n%s\n%s", title, open, code, script, out)
				}
			}
		}
	}
	if tried < 6 {
		t.Errorf("only %d recipes were tried", tried)
	}
}

// commandsIn returns the texts in a document that call the programs of recipes, in order.
func commandsIn(doc any) []string {
	var out []string
	switch v := doc.(type) {
	case map[string]any:
		for _, key := range []string{"tfreach", "script", "workflows", "default", "plan", "steps", "run", "stack_defaults", "after_plan", "POST_COMMANDS", "command"} {
			out = append(out, commandsIn(v[key])...)
		}
	case []any:
		for _, one := range v {
			out = append(out, commandsIn(one)...)
		}
	case string:
		if strings.Contains(v, " ") {
			out = append(out, v)
		}
	}
	return out
}

// recipe runs a script in the folder of a configuration, and returns its exit code and what it prints.
func recipe(t *testing.T, script string, isOpen bool) (int, string) {
	t.Helper()
	top := t.TempDir()
	dir, bin := filepath.Join(top, "work"), filepath.Join(top, "bin")
	for _, d := range []string{dir, bin} {
		if err := os.Mkdir(d, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	text := open
	plan := `{"format_version":"1.2","planned_values":{"root_module":{}},"resource_changes":[{"address":"aws_security_group.ftp","mode":"managed",` +
		`"type":"aws_security_group","name":"ftp","provider_name":"registry.terraform.io/hashicorp/aws","change":{"actions":["create"],` +
		`"before":null,"after":{"ingress":[{"from_port":21,"to_port":21,"protocol":"tcp","cidr_blocks":["0.0.0.0/0"]}]},"after_unknown":{}}}],` +
		`"configuration":{"root_module":{"resources":[{"address":"aws_security_group.ftp","mode":"managed","type":"aws_security_group",` +
		`"name":"ftp","provider_config_key":"aws","expressions":{},"schema_version":1}]}}}`
	if !isOpen {
		text, plan = closedGroup, strings.ReplaceAll(plan, "0.0.0.0/0", "192.0.2.0/24")
	}
	writeFile(t, filepath.Join(dir, "main.tf"), text)
	writeFile(t, filepath.Join(dir, "spacelift.plan"), "")
	writeFile(t, filepath.Join(top, "plan.json"), plan)
	for name, program := range standIns {
		if err := os.WriteFile(filepath.Join(bin, name), []byte(program), 0o755); err != nil { //nolint:gosec // it is a program
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-e", "-c", script)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"), "SHOWFILE="+filepath.Join(top, "plan.json"))
	out, err := cmd.CombinedOutput()
	if failed := (*exec.ExitError)(nil); errors.As(err, &failed) {
		return failed.ExitCode(), string(out)
	} else if err != nil {
		t.Fatal(err)
	}
	return 0, string(out)
}

// The formula and the entry for aqua name the archives that a release has, with their digests.
func TestPackages(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("NOT TESTED: the formula, as bash isn't installed")
	}
	sums := filepath.Join(t.TempDir(), "checksums.txt")
	var b strings.Builder
	digests := map[string]string{}
	for i, platform := range []string{"linux_amd64", "linux_arm64", "darwin_amd64", "darwin_arm64"} {
		name := "tfreach_1.2.3_" + platform + ".tar.gz"
		digests[name] = strings.Repeat(string(rune('a'+i)), 64)
		b.WriteString(digests[name] + "  " + name + "\n")
	}
	writeFile(t, sums, b.String())
	out, err := exec.CommandContext(t.Context(), "bash", "../../.github/release/formula", sums).Output()
	if err != nil {
		t.Fatal(err)
	}
	for name, digest := range digests {
		if want := "/v1.2.3/" + name + "\"\n      sha256 \"" + digest + "\"\n"; strings.Count(string(out), want) != 1 {
			t.Errorf("the formula lacks %s:\n%s", want, out)
		}
	}
	writeFile(t, sums, strings.Replace(b.String(), "darwin_arm64", "darwin_mips", 1))
	if out, err := exec.CommandContext(t.Context(), "bash", "../../.github/release/formula", sums).CombinedOutput(); err == nil {
		t.Errorf("a formula is made of a release without an archive:\n%s", out)
	}

	text, err := os.ReadFile("../../.github/release/aqua.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var entry struct {
		Packages []struct {
			Asset, Format string
			Files         []struct{ Src string }
			Checksum      struct{ Asset string }
		}
	}
	if err := yaml.Unmarshal(text, &entry); err != nil || len(entry.Packages) != 1 {
		t.Fatal(err, entry)
	}
	p := entry.Packages[0]
	named := strings.NewReplacer("{{trimV .Version}}", "1.2.3", "{{.OS}}", "linux", "{{.Arch}}", "amd64", "{{.Format}}", p.Format)
	if got := named.Replace(p.Asset); digests[got] == "" || named.Replace(p.Files[0].Src)+".tar.gz" != strings.TrimSuffix(got, ".tar.gz")+"/tfreach.tar.gz" || p.Checksum.Asset != "checksums.txt" {
		t.Errorf("aqua's entry names %s with %s", got, p.Files[0].Src)
	}
}
