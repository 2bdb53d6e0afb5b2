package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"
)

// action is action.yml as far as a runner reads it.
type action struct {
	Inputs  map[string]struct{ Default string }
	Outputs map[string]struct{ Value string }
	Runs    struct{ Steps []actionStep }
}

type actionStep struct {
	ID, If, Uses, Shell, Run string
	WorkingDirectory         string `yaml:"working-directory"`
	Env, With                map[string]string
}

// runner runs the steps of an action as GitHub's runner does, as far as the action asks for it: it replaces expressions,
// sets the environment, and reads the files that steps write to.
type runner struct {
	t               *testing.T
	action          action
	workspace, temp string
	values          map[string]string // of expressions
	log, summary    string
	used            []string
	failed          bool
}

var expression = regexp.MustCompile(`\$\{\{ *([^}]*?) *\}\}`)

func (r *runner) expand(text string) string {
	return expression.ReplaceAllStringFunc(text, func(e string) string {
		return r.values[expression.FindStringSubmatch(e)[1]]
	})
}

// holds evaluates a condition of comparisons.
func (r *runner) holds(condition string) bool {
	for part := range strings.SplitSeq(condition, "&&") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		name, want, equal := strings.Cut(part, " == ")
		if !equal {
			var ok bool
			if name, want, ok = strings.Cut(part, " != "); !ok {
				r.t.Fatalf("the condition %q is not understood", condition)
			}
		}
		if (r.values[name] == strings.Trim(want, "'")) != equal {
			return false
		}
	}
	return true
}

func (r *runner) run(inputs map[string]string) {
	for name, in := range r.action.Inputs {
		r.values["inputs."+name] = in.Default
	}
	for name, value := range inputs {
		if _, ok := r.action.Inputs[name]; !ok {
			r.t.Fatalf("there is no input %s", name)
		}
		r.values["inputs."+name] = value
	}
	for i, step := range r.action.Runs.Steps {
		if r.failed || !r.holds(step.If) {
			continue
		}
		if step.Uses != "" {
			name, _, _ := strings.Cut(step.Uses, "@")
			r.used = append(r.used, strings.TrimSpace(name+" "+r.expand(step.With["sarif_file"])))
			continue
		}
		r.step(i, &step)
	}
}

func (r *runner) step(i int, step *actionStep) {
	r.t.Helper()
	output := filepath.Join(r.temp, fmt.Sprintf("output-%d", i))
	summary := filepath.Join(r.temp, fmt.Sprintf("summary-%d", i))
	writeFile(r.t, output, "")
	writeFile(r.t, summary, "")
	script := filepath.Join(r.temp, fmt.Sprintf("step-%d.sh", i))
	writeFile(r.t, script, r.expand(step.Run))
	cmd := exec.CommandContext(r.t.Context(), "bash", "--noprofile", "--norc", "-eo", "pipefail", script)
	cmd.Dir = filepath.Join(r.workspace, r.expand(step.WorkingDirectory))
	cmd.Env = append(os.Environ(), "GITHUB_ACTIONS=true", "GITHUB_WORKSPACE="+r.workspace, "RUNNER_TEMP="+r.temp,
		"RUNNER_OS=Linux", "RUNNER_ARCH=X64", "GITHUB_ACTION_PATH="+r.values["github.action_path"], "GITHUB_OUTPUT="+output,
		"GITHUB_STEP_SUMMARY="+summary)
	for name, value := range step.Env {
		cmd.Env = append(cmd.Env, name+"="+r.expand(value))
	}
	out, err := cmd.CombinedOutput()
	r.log += string(out)
	r.failed = err != nil
	for line := range strings.Lines(readFile(r.t, output)) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		r.values["steps."+step.ID+".outputs."+name] = value
	}
	r.summary += readFile(r.t, summary)
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// outputs are those that a workflow sees.
func (r *runner) outputs() map[string]string {
	out := map[string]string{}
	for name, o := range r.action.Outputs {
		out[name] = r.expand(o.Value)
	}
	return out
}

func TestAction(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("SKIPPED: the steps are run with the bash that a GitHub runner has")
	}
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	var a action
	if err := yaml.Unmarshal([]byte(readFile(t, filepath.Join(root, "action.yml"))), &a); err != nil {
		t.Fatal(err)
	}
	temp := t.TempDir()                           // of all, so that the program is built once
	secret := `$(touch owned); "; touch owned; '` // what a shell must not run
	for _, c := range []struct {
		name         string
		inputs       map[string]string
		outputs      map[string]string
		failed       bool
		log, summary string
		uploads      bool
	}{
		{
			name: "findings", inputs: map[string]string{"path": "a b"}, failed: true,
			outputs: map[string]string{"sarif-file": "tfreach.sarif", "findings": "1", "new-findings": ""},
			log:     "::error file=a b/main.tf,line=6,", summary: "| **error** | FTP open to everyone",
		},
		{
			name:    "upload",
			inputs:  map[string]string{"path": "a b\n\nclean\r\n", "fail-on": "never", "upload-sarif": "true", "sarif-file": "out.sarif"},
			outputs: map[string]string{"sarif-file": "out.sarif", "findings": "1", "new-findings": ""},
			log:     "::error file=a b/main.tf,line=6,", summary: "```mermaid", uploads: true,
		},
		{
			name:    "baseline",
			inputs:  map[string]string{"path": "a b", "baseline": "empty.baseline", "new-only": "true", "annotations": "false"},
			outputs: map[string]string{"sarif-file": "tfreach.sarif", "findings": "1", "new-findings": "1"},
			log:     "Since empty.baseline: 1 new", summary: "1 new", failed: true,
		},
		{
			name:    "clean",
			inputs:  map[string]string{"path": ".", "working-directory": "clean", "summary": "false", "port": "ssh\n8000-8080", "strict": "true", "workspace": "prod", "timeout": "5m", "no-config": "true", "no-suppressions": "true", "env-vars": "true"},
			outputs: map[string]string{"sarif-file": "tfreach.sarif", "findings": "0", "new-findings": "0"},
			log:     "No findings in 1 resource.",
		},
		{
			name: "wrong path", inputs: map[string]string{"path": secret}, failed: true,
			outputs: map[string]string{"sarif-file": "", "findings": "", "new-findings": ""}, log: "tfreach: ",
		},
		{
			name: "wrong truth", inputs: map[string]string{"strict": "yes"}, failed: true,
			outputs: map[string]string{"sarif-file": "", "findings": "", "new-findings": ""},
			log:     "::error title=tfreach::The input strict must be true or false.",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			workspace := t.TempDir()
			for _, dir := range []string{"a b", "clean", ".git"} {
				if err := os.Mkdir(filepath.Join(workspace, dir), 0o777); err != nil {
					t.Fatal(err)
				}
			}
			writeFile(t, filepath.Join(workspace, "a b", "main.tf"), open)
			writeFile(t, filepath.Join(workspace, "clean", "main.tf"), "resource \"aws_security_group\" \"ftp\" {\n}\n")
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
			defer cancel()
			baseline := exec.CommandContext(ctx, "tfreach", "baseline", "clean", "--output", "empty.baseline")
			baseline.Dir = workspace
			if out, err := baseline.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			r := runner{t: t, action: a, workspace: workspace, temp: temp, values: map[string]string{
				"github.action_path": root, "github.action_ref": "main", "github.action_repository": "tfreach/tfreach",
			}}
			r.run(c.inputs)
			if diff := cmp.Diff(c.outputs, r.outputs()); diff != "" {
				t.Errorf("outputs (-want +got):\n%s", diff)
			}
			if r.failed != c.failed {
				t.Errorf("failed: %t, want %t", r.failed, c.failed)
			}
			if !strings.Contains(r.log, c.log) || !strings.Contains(r.summary, c.summary) || (c.summary == "") != (r.summary == "") {
				t.Errorf("log:\n%s\nsummary:\n%s\nwant %q and %q", r.log, r.summary, c.log, c.summary)
			}
			want := []string{"actions/setup-go"}
			if c.uploads {
				want = append(want, "github/codeql-action/upload-sarif "+c.outputs["sarif-file"])
			}
			if diff := cmp.Diff(want, r.used); diff != "" {
				t.Errorf("actions that were used (-want +got):\n%s", diff)
			}
			if name := c.outputs["sarif-file"]; name != "" && !strings.Contains(readFile(t, filepath.Join(workspace, name)), `"version": "2.1.0"`) {
				t.Error("there is no SARIF log")
			}
			if _, err := os.Stat(filepath.Join(workspace, "owned")); err == nil {
				t.Error("a shell ran what an input says")
			}
		})
	}
}

// At a release the program of it is used, if its checksum is right.
func TestActionDownload(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("SKIPPED: the step is run with the bash that a GitHub runner has")
	}
	for _, c := range []struct {
		name, ref, sum string
		program, fails bool
	}{
		{name: "release", ref: "v1.2.3", program: true},
		{name: "wrong checksum", ref: "v1.2.3", sum: strings.Repeat("0", 64), fails: true},
		{name: "branch", ref: "main"},
		{name: "no such release", ref: "v9.9.9"},
	} {
		t.Run(c.name, func(t *testing.T) {
			temp, bin := t.TempDir(), t.TempDir()
			// A gh that has one release.
			writeFile(t, filepath.Join(bin, "gh"), `#!/bin/sh
test "$1 $2 $3 $4 $5 $6" = "release download v1.2.3 --repo tfreach/tfreach --dir" || exit 1
mkdir -p make/tfreach_1.2.3_linux_amd64 && echo program >make/tfreach_1.2.3_linux_amd64/tfreach
tar -C make -czf "$7/tfreach_1.2.3_linux_amd64.tar.gz" tfreach_1.2.3_linux_amd64
cd "$7" && sha256sum tfreach_*.tar.gz | sed "s/^[0-9a-f]*/${SUM:-&}/" >checksums.txt
`)
			if err := os.Chmod(filepath.Join(bin, "gh"), 0o777); err != nil {
				t.Fatal(err)
			}
			output := filepath.Join(temp, "output")
			writeFile(t, output, "")
			script, err := filepath.Abs(filepath.Join("..", "..", ".github", "action", "download"))
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), "bash", script)
			cmd.Dir = temp
			cmd.Env = append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "RUNNER_TEMP="+temp, "RUNNER_OS=Linux",
				"RUNNER_ARCH=X64", "GITHUB_OUTPUT="+output, "ACTION_REF="+c.ref, "ACTION_REPOSITORY=tfreach/tfreach", "SUM="+c.sum)
			out, err := cmd.CombinedOutput()
			if (err != nil) != c.fails {
				t.Errorf("%v: %s", err, out)
			}
			want := ""
			if c.program {
				want = "program=" + filepath.Join(temp, "tfreach", "tfreach") + "\n"
			}
			if got := readFile(t, output); got != want {
				t.Errorf("output %q, want %q", got, want)
			}
		})
	}
}
