package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
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
	bin             string            // a folder of programs
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
	cmd.Env = append(os.Environ(), "GITHUB_ACTIONS=true", "GITHUB_REPOSITORY=o/r", "PATH="+r.bin+string(os.PathListSeparator)+os.Getenv("PATH"), "GITHUB_WORKSPACE="+r.workspace, "RUNNER_TEMP="+r.temp,
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
	temp := t.TempDir() // of all, so that the program is built once
	bin := t.TempDir()
	// A gh that knows a pull request's comments.
	writeFile(t, filepath.Join(bin, "gh"), `#!/bin/sh
case "$*" in
  "api --paginate repos/o/r/issues/7/comments?per_page=100") cat "$RUNNER_TEMP/comments.json" ;;
  "api --method "*" --field body=@"*) echo "$3 $4" >&2; head -n 1 "${6#body=@}" >&2 ;;
  *) exit 1 ;;
esac
`)
	if err := os.Chmod(filepath.Join(bin, "gh"), 0o777); err != nil {
		t.Fatal(err)
	}
	secret := `$(touch owned); "; touch owned; '` // what a shell must not run
	for _, c := range []struct {
		name         string
		inputs       map[string]string
		outputs      map[string]string
		failed       bool
		log, summary string
		uploads      bool
		// arrange changes the workspace; sh runs it.
		arrange string
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
			log:     "::error file=a b/main.tf,line=6,", summary: "### Details", uploads: true,
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
			log:     "nothing found in 1 resource.",
		},
		{
			name: "wrong path", inputs: map[string]string{"path": secret}, failed: true,
			outputs: map[string]string{"sarif-file": "", "findings": "", "new-findings": ""},
			log:     "::error title=tfreach::$(touch owned); \"; touch owned; ': ",
		},
		{
			// What names an option of the program, or another path than the one it says, is a path.
			name: "names like flags", inputs: map[string]string{"path": "--config=evil.hcl\n-x\n--output=victim"}, failed: true,
			arrange: `mkdir -- --config=evil.hcl -x --output=victim && cp "a b/main.tf" ./--config=evil.hcl && cp "a b/main.tf" ./-x/ && echo mine >victim && cp clean/main.tf ./--output=victim &&
				printf 'rule "ftp-ingress-open" {\n  enabled = false\n}\n' >evil.hcl`,
			outputs: map[string]string{"sarif-file": "tfreach.sarif", "findings": "2", "new-findings": ""},
			log:     "::error file=--config=evil.hcl/main.tf,line=6,", summary: "error",
		},
		{
			name: "changed", inputs: map[string]string{"changed": "main"}, failed: true,
			arrange: `git switch -q -c work && printf '\n' >>"a b/main.tf" && touch -- "a b/--config=evil.tf" "a b/-x.tf" && git add . && git commit -qm change && cp "a b/main.tf" clean/other.tf`,
			outputs: map[string]string{"sarif-file": "tfreach.sarif", "findings": "1", "new-findings": ""},
			log:     "::error file=a b/main.tf,line=6,", summary: "error",
		},
		{
			name: "nothing changed", inputs: map[string]string{"changed": "main"},
			outputs: map[string]string{"sarif-file": "", "findings": "0", "new-findings": ""}, log: "No file here has changed since main.",
		},
		{
			name: "no such commit", inputs: map[string]string{"changed": "--output=victim"}, failed: true,
			outputs: map[string]string{"sarif-file": "", "findings": "", "new-findings": ""}, log: "::error title=tfreach::The input changed names no commit",
		},
		{
			name: "upload of a part that was asked for", inputs: map[string]string{"new-only": "true", "upload-sarif": "true"}, failed: true,
			outputs: map[string]string{"sarif-file": "", "findings": "", "new-findings": ""}, log: "::error title=tfreach::upload-sarif takes the report on everything",
		},
		{
			name: "upload of a part that was analysed", inputs: map[string]string{"upload-sarif": "true"}, failed: true, arrange: `echo 'x = ' >clean/broken.tf`,
			outputs: map[string]string{"sarif-file": "tfreach.sarif", "findings": "1", "new-findings": ""},
			log:     "::warning title=tfreach::The report isn't uploaded: not all was analysed", summary: "error",
		},
		{
			// What a pull request has in the report's place is no way to another file.
			name: "links", inputs: map[string]string{"path": "clean"}, arrange: `echo mine >victim && ln -s victim tfreach.sarif`,
			outputs: map[string]string{"sarif-file": "tfreach.sarif", "findings": "0", "new-findings": "0"}, log: "nothing found", summary: "nothing found",
		},
		{
			name: "linked folder", inputs: map[string]string{"path": "clean", "sarif-file": "reports/tfreach.sarif"}, failed: true, arrange: `ln -s / reports`,
			outputs: map[string]string{"sarif-file": "", "findings": "", "new-findings": ""}, log: "::error title=tfreach::The input sarif-file leads out of the workspace",
		},
		{
			name: "comment", inputs: map[string]string{"path": "a b", "comment": "true", "fail-on": "never", "category": "a --> b", "summary": "false"},
			outputs: map[string]string{"sarif-file": "tfreach.sarif", "findings": "1", "new-findings": ""},
			log:     "POST repos/o/r/issues/7/comments\n<!-- tfreach: a_____b -->\n",
		},
		{
			name: "comment again", inputs: map[string]string{"path": "a b", "comment": "true", "fail-on": "never", "summary": "false"},
			arrange: `printf '[{"id":1,"user":{"type":"User","login":"joe"},"body":"<!-- tfreach: tfreach -->"},{"id":2,"user":{"type":"Bot","login":"github-actions[bot]"},"body":"<!-- tfreach: tfreach -->\\nold"}]' >"$RUNNER_TEMP/comments.json"`,
			outputs: map[string]string{"sarif-file": "tfreach.sarif", "findings": "1", "new-findings": ""}, log: "PATCH repos/o/r/issues/comments/2\n",
		},
		{
			name: "comment that is refused", inputs: map[string]string{"path": "clean", "comment": "true", "summary": "false"}, arrange: `echo no >"$RUNNER_TEMP/comments.json"`,
			outputs: map[string]string{"sarif-file": "tfreach.sarif", "findings": "0", "new-findings": "0"},
			log:     "::warning title=tfreach::The comments of the pull request can't be read",
		},
		{
			name: "wrong truth", inputs: map[string]string{"strict": "yes"}, failed: true,
			outputs: map[string]string{"sarif-file": "", "findings": "", "new-findings": ""},
			log:     "::error title=tfreach::The input strict must be true or false.",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			workspace := t.TempDir()
			for _, dir := range []string{"a b", "clean"} {
				if err := os.Mkdir(filepath.Join(workspace, dir), 0o777); err != nil {
					t.Fatal(err)
				}
			}
			writeFile(t, filepath.Join(workspace, "a b", "main.tf"), open)
			writeFile(t, filepath.Join(workspace, "clean", "main.tf"), "resource \"aws_security_group\" \"ftp\" {\n}\n")
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
			defer cancel()
			shell := func(script string) {
				t.Helper()
				cmd := exec.CommandContext(ctx, "sh", "-c", script)
				cmd.Dir = workspace
				cmd.Env = append(os.Environ(), "RUNNER_TEMP="+temp, "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null",
					"GIT_AUTHOR_NAME=t", "GIT_AUTHOR_EMAIL=t@example.com", "GIT_COMMITTER_NAME=t", "GIT_COMMITTER_EMAIL=t@example.com")
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Fatalf("%s: %v: %s", script, err, out)
				}
			}
			shell(`git init -q -b main && git add . && git commit -qm all && echo '[]' >"$RUNNER_TEMP/comments.json"`)
			baseline := exec.CommandContext(ctx, "tfreach", "baseline", "clean", "--output", "empty.baseline")
			baseline.Dir = workspace
			if out, err := baseline.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			shell(c.arrange)
			r := runner{t: t, action: a, workspace: workspace, temp: temp, bin: bin, values: map[string]string{
				"github.action_path": root, "github.action_ref": "main", "github.action_repository": "tfreach/tfreach",
				"github.event.pull_request.number": "7",
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
			if mine, err := os.ReadFile(filepath.Join(workspace, "victim")); err == nil && string(mine) != "mine\n" {
				t.Errorf("another file holds %q", mine)
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

// The program of a release is used, if its digest is right: the one that the action knows, or else that of the release.
func TestActionDownload(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("SKIPPED: the step is run with the bash that a GitHub runner has")
	}
	const commit = "0123456789abcdef0123456789abcdef01234567"
	for _, c := range []struct {
		name, ref, version string
		// known are the releases in the action's table, and wrong says that the digests there differ.
		known   []string
		wrong   bool
		sum     string // in place of the digest in the release's list
		program string // that runs; empty for the one that is built
		fails   string // is said if it fails
	}{
		{name: "release", ref: "v1.2.3", program: "1.2.3"},
		{name: "release that is known", ref: "v1.2.3", known: []string{"1.2.3"}, sum: strings.Repeat("0", 64), program: "1.2.3"},
		{name: "wrong checksum", ref: "v1.2.3", sum: strings.Repeat("0", 64), fails: "its digest differs"},
		{name: "no such release", ref: "v9.9.9", fails: "can't be downloaded"},
		{name: "branch", ref: "main", known: []string{"1.2.3"}},
		{name: "branch and version", ref: "main", version: "v1.2.3", program: "1.2.3"},
		{name: "commit", ref: commit, known: []string{"1.2.3", "1.1.0"}, program: "1.2.3"},
		{name: "commit and version", ref: commit, version: "1.1.0", known: []string{"1.2.3", "1.1.0"}, program: "1.1.0"},
		{name: "commit whose digest differs", ref: commit, known: []string{"1.2.3"}, wrong: true, fails: "its digest differs"},
		{name: "commit before any release", ref: commit},
		{name: "folder", ref: ""},
		{name: "version that is none", ref: "main", version: "1.2.3/../x", fails: "must be that of a release"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			temp, bin := t.TempDir(), t.TempDir()
			// A gh that has two releases. Each archive holds the version.
			writeFile(t, filepath.Join(bin, "gh"), `#!/bin/sh
v=${3#v}
test "$1 $2 $4 $5 $6" = "release download --repo tfreach/tfreach --dir" || exit 1
case $v in 1.2.3 | 1.1.0) ;; *) exit 1 ;; esac
sh "$MAKE" "$v" "$7"
cd "$7" && sha256sum tfreach_*.tar.gz | sed "s/^[0-9a-f]*/${SUM:-&}/" >checksums.txt
`)
			archive := filepath.Join(bin, "make")
			writeFile(t, archive, `set -e
name=tfreach_$1_linux_amd64
mkdir -p "$2/make/$name" && echo "$1" >"$2/make/$name/tfreach"
tar -C "$2/make" --mtime=@0 --owner=0 --group=0 -cf - "$name" | gzip -9n >"$2/$name.tar.gz"
`)
			if err := os.Chmod(filepath.Join(bin, "gh"), 0o777); err != nil {
				t.Fatal(err)
			}
			table := filepath.Join(temp, "digests")
			writeFile(t, table, "# digests\n")
			adds, err := filepath.Abs(filepath.Join("..", "..", ".github", "release", "table"))
			if err != nil {
				t.Fatal(err)
			}
			for _, version := range slices.Backward(c.known) {
				// Added again, it changes nothing.
				script := `sh "$MAKE" "$V" . && sha256sum *.tar.gz | sed "$WRONG" >checksums.txt && echo "0  sbom.cdx.json" >>checksums.txt && "$ADD" checksums.txt && "$ADD" checksums.txt`
				cmd := exec.CommandContext(ctx, "sh", "-c", script)
				cmd.Dir = t.TempDir()
				cmd.Env = append(os.Environ(), "DIGESTS="+table, "MAKE="+archive, "ADD="+adds, "V="+version, "WRONG=")
				if c.wrong {
					cmd.Env = append(cmd.Env, "WRONG=s/^.......................................................\\(.\\)/0000000000000000000000000000000000000000000000000000000\\1/")
				}
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Fatalf("%v: %s", err, out)
				}
			}
			output := filepath.Join(temp, "output")
			writeFile(t, output, "")
			script, err := filepath.Abs(filepath.Join("..", "..", ".github", "action", "download"))
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(ctx, "bash", script)
			cmd.Dir = temp
			cmd.Env = append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "RUNNER_TEMP="+temp, "RUNNER_OS=Linux",
				"RUNNER_ARCH=X64", "GITHUB_OUTPUT="+output, "ACTION_REF="+c.ref, "ACTION_REPOSITORY=tfreach/tfreach", "SUM="+c.sum, "MAKE="+archive,
				"INPUT_VERSION="+c.version, "DIGESTS="+table)
			out, err := cmd.CombinedOutput()
			if (err != nil) != (c.fails != "") || !strings.Contains(string(out), c.fails) {
				t.Errorf("%v: %s", err, out)
			}
			want := ""
			if c.program != "" {
				want = "program=" + filepath.Join(temp, "tfreach", "tfreach") + "\n"
				if got := readFile(t, filepath.Join(temp, "tfreach", "tfreach")); got != c.program+"\n" {
					t.Errorf("the program of %s runs", got)
				}
			}
			if got := readFile(t, output); got != want {
				t.Errorf("output %q, want %q", got, want)
			}
			if rows := strings.Count(readFile(t, table), "\n"); rows != 1+len(c.known) {
				t.Errorf("the table has %d lines", rows)
			}
		})
	}
}

// The workflows and the action run nothing that moves and take no text for a script, as zizmor asks of them, too: actions
// are pinned to a commit, expressions reach scripts by the environment alone, a checkout keeps no credentials, and a
// workflow has no rights but those that its jobs name.
func TestWorkflowsHold(t *testing.T) {
	files, err := filepath.Glob("../../.github/workflows/*.yml")
	if err != nil || len(files) < 3 {
		t.Fatalf("%q, %v", files, err)
	}
	pinned := regexp.MustCompile(`^[\w.-]+/[\w./-]+@[0-9a-f]{40}$`)
	check := func(file string, steps []actionStep) {
		for _, s := range steps {
			if s.Uses != "" && !pinned.MatchString(s.Uses) && !strings.HasPrefix(s.Uses, "./") {
				t.Errorf("%s uses %s, which can move", file, s.Uses)
			}
			if strings.Contains(s.Run, "${{") {
				t.Errorf("%s has an expression in a script: %s", file, s.Run)
			}
			if strings.HasPrefix(s.Uses, "actions/checkout@") && s.With["persist-credentials"] != "false" {
				t.Errorf("%s keeps credentials after a checkout", file)
			}
			if strings.HasPrefix(s.Uses, "actions/setup-go@") && s.With["go-version"] != goOf(t) {
				t.Errorf("%s sets up Go %q, and go.mod has %s", file, s.With["go-version"], goOf(t))
			}
		}
	}
	for _, file := range files {
		var w struct {
			Permissions map[string]string
			Jobs        map[string]struct {
				Permissions map[string]string
				Timeout     int `yaml:"timeout-minutes"`
				Steps       []actionStep
			}
		}
		text := readFile(t, file)
		if err := yaml.Unmarshal([]byte(text), &w); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if !strings.Contains(text, "\npermissions: {}\n") || strings.Contains(text, "pull_request_target") || strings.Contains(text, "secrets: inherit") {
			t.Errorf("%s has rights for all jobs, or runs with the rights of the base for what anybody proposes", file)
		}
		for name, job := range w.Jobs {
			if job.Permissions == nil || job.Timeout == 0 {
				t.Errorf("%s: the job %s has no permissions or no timeout of its own", file, name)
			}
			check(file, job.Steps)
		}
	}
	var a action
	if err := yaml.Unmarshal([]byte(readFile(t, "../../action.yml")), &a); err != nil {
		t.Fatal(err)
	}
	check("action.yml", a.Runs.Steps)
}

// goOf returns the Go of go.mod, such as 1.26.
func goOf(t *testing.T) string {
	t.Helper()
	return regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(readFile(t, "../../go.mod"))[1]
}

// README's workflow does for a push and for a pull request what code scanning needs: it uploads the whole report each time, and only
// a pull request fails.
func TestReadmeWorkflow(t *testing.T) {
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
	var w struct {
		On          map[string]any
		Permissions map[string]string
		Jobs        map[string]struct{ Steps []actionStep }
	}
	for block := range strings.SplitSeq(readFile(t, readme), "\n```yaml\n") {
		if text, _, _ := strings.Cut(block, "\n```\n"); strings.Contains(text, "\njobs:") {
			if err := yaml.Unmarshal([]byte(text), &w); err != nil {
				t.Fatal(err)
			}
		}
	}
	want := map[string]string{"contents": "read", "actions": "read", "security-events": "write"}
	if diff := cmp.Diff(want, w.Permissions); diff != "" {
		t.Errorf("permissions (-want +got):\n%s", diff)
	}
	temp := t.TempDir()
	for _, c := range []struct {
		event  string
		failed bool
	}{{"push", false}, {"pull_request", true}} {
		t.Run(c.event, func(t *testing.T) {
			if _, ok := w.On[c.event]; !ok {
				t.Error("the workflow doesn't run")
			}
			workspace := t.TempDir()
			writeFile(t, filepath.Join(workspace, "main.tf"), open)
			r := runner{t: t, action: a, workspace: workspace, temp: temp, values: map[string]string{
				"github.action_path": root, "github.action_ref": "main", "github.action_repository": "tfreach/tfreach",
			}}
			ran := 0
			for _, job := range w.Jobs {
				for _, s := range job.Steps {
					if !strings.HasPrefix(s.Uses, "tfreach/tfreach@") {
						continue
					}
					ran++
					inputs := map[string]string{}
					for name, value := range s.With {
						inputs[name] = chosen(t, value, c.event)
					}
					r.run(inputs)
				}
			}
			if ran != 1 || r.failed != c.failed {
				t.Errorf("%d steps run the action; failed: %t, want %t:\n%s", ran, r.failed, c.failed, r.log)
			}
			if diff := cmp.Diff([]string{"actions/setup-go", "github/codeql-action/upload-sarif tfreach.sarif"}, r.used); diff != "" {
				t.Errorf("actions that were used (-want +got):\n%s", diff)
			}
			if report := readFile(t, filepath.Join(workspace, "tfreach.sarif")); !strings.Contains(report, `"ruleId": "ftp-ingress-open"`) {
				t.Error("the report lacks the finding")
			}
			if !strings.Contains(r.log, "::error file=main.tf,line=6,") || r.summary == "" {
				t.Errorf("there is no annotation or no summary:\n%s", r.log)
			}
		})
	}
}

var byEvent = regexp.MustCompile(`^\$\{\{ github\.event_name == '(\w+)' && '(\w+)' \|\| '(\w+)' \}\}$`)

// chosen returns what an input is at an event.
func chosen(t *testing.T, value, event string) string {
	t.Helper()
	if !strings.Contains(value, "${{") {
		return value
	}
	m := byEvent.FindStringSubmatch(value)
	if m == nil {
		t.Fatalf("the expression %s is not understood", value)
	}
	if m[1] == event {
		return m[2]
	}
	return m[3]
}
