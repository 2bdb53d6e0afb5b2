package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/tfreach/tfreach/analyzer/ftpd"
	"github.com/tfreach/tfreach/rules"
)

var update = flag.Bool("update", false, "write what is made from the program into README.md and rules/README.md")

const readme = "../../README.md"

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// output returns what a command prints; it must succeed.
func output(t *testing.T, args ...string) string {
	t.Helper()
	var out, stderr bytes.Buffer
	if code := run(context.Background(), args, streams{In: strings.NewReader(""), Out: &out, Err: &stderr}); code != exitClean {
		t.Fatalf("tfreach %s: exit code %d: %s", strings.Join(args, " "), code, &stderr)
	}
	return out.String()
}

// generated demands that a file is what it would be made of today, or with -update makes it so.
func generated(t *testing.T, name, want string) {
	t.Helper()
	if *update {
		writeFile(t, name, want)
		return
	}
	if got := read(t, name); got != want {
		t.Errorf("%s is not up to date; go test ./cmd/tfreach -run '^%s$' -update writes it", name, t.Name())
	}
}

// The table of what is covered is what the command prints.
func TestReadmeCoverage(t *testing.T) {
	const start, end = "<!-- coverage -->\n", "<!-- end of coverage -->\n"
	before, rest, ok := strings.Cut(read(t, readme), start)
	_, after, okEnd := strings.Cut(rest, end)
	if !ok || !okEnd {
		t.Fatalf("%s has no %q and %q", readme, start, end)
	}
	generated(t, readme, fmt.Sprintf("%s%s\n```text\n%s```\n\n%s%s", before, start, output(t, "coverage"), end, after))
}

// blocks returns the code blocks of a language in a text.
func blocks(text, language string) []string {
	var out []string
	for _, m := range regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```$").FindAllStringSubmatch(text, -1) {
		out = append(out, m[1])
	}
	return out
}

// What the README has people put into their repositories names hooks and inputs that there are.
func TestReadmeConfigurations(t *testing.T) {
	var hooks []struct{ ID string }
	var action struct{ Inputs map[string]any }
	for name, into := range map[string]any{"../../.pre-commit-hooks.yaml": &hooks, "../../action.yml": &action} {
		if err := yaml.Unmarshal([]byte(read(t, name)), into); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	known := map[string]bool{}
	for _, h := range hooks {
		known[h.ID] = true
	}
	nothing := t.TempDir()
	writeFile(t, filepath.Join(nothing, "main.tf"), "")
	seenHooks, seenActions := 0, 0
	for _, block := range blocks(read(t, readme), "yaml") {
		var c struct {
			Repos []struct {
				Hooks []struct {
					ID   string
					Args []string
				}
			}
			Jobs map[string]struct {
				Steps []struct {
					Uses string
					With map[string]any
				}
			}
		}
		if err := yaml.Unmarshal([]byte(block), &c); err != nil {
			t.Fatalf("%v in:\n%s", err, block)
		}
		for _, repo := range c.Repos {
			for _, h := range repo.Hooks {
				seenHooks++
				if !known[h.ID] {
					t.Errorf("there is no hook %s", h.ID)
				}
				output(t, append([]string{"scan", nothing}, h.Args...)...)
			}
		}
		for _, job := range c.Jobs {
			for _, step := range job.Steps {
				if !strings.HasPrefix(step.Uses, "tfreach/tfreach@") {
					continue
				}
				seenActions++
				for input := range step.With {
					if _, ok := action.Inputs[input]; !ok {
						t.Errorf("the action has no input %s", input)
					}
				}
			}
		}
	}
	if seenHooks == 0 || seenActions == 0 {
		t.Errorf("the README shows %d hooks and %d uses of the action", seenHooks, seenActions)
	}
}

// The hooks for changed files run when any file changes that decides what a root module, a unit or a stack makes.
func TestHookFiles(t *testing.T) {
	var hooks []struct{ ID, Files string }
	if err := yaml.Unmarshal([]byte(read(t, "../../.pre-commit-hooks.yaml")), &hooks); err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, h := range hooks {
		if h.Files == "" {
			continue
		}
		tried++
		files := regexp.MustCompile(h.Files)
		for _, name := range []string{
			"main.tf", "a/main.tf.json", "main.tofu", "main.tofu.json", "prod.tfvars", "x.auto.tfvars.json", ".tfreach.hcl", "a/.terraform.lock.hcl",
			"live/terragrunt.hcl", "live/terragrunt.hcl.json", "live/terragrunt.stack.hcl", "root.hcl", "live/env.hcl", "net.tfcomponent.hcl",
			"net.tfcomponent.json", "live.tfdeploy.hcl", "live.tfdeploy.json", "net.tfstack.hcl", "net.tfstack.json",
		} {
			if !files.MatchString(name) {
				t.Errorf("the hook %s doesn't run for %s", h.ID, name)
			}
		}
		for _, name := range []string{"README.md", "main.tfx", "package.json", "terraform.tfstate"} {
			if files.MatchString(name) {
				t.Errorf("the hook %s runs for %s", h.ID, name)
			}
		}
	}
	if tried == 0 {
		t.Error("there is no hook for changed files")
	}
}

// Each input of the action is handed to the program that scans.
func TestActionInputs(t *testing.T) {
	var action struct {
		Inputs map[string]any
		Runs   struct {
			Steps []struct{ Env map[string]string }
		}
	}
	text := read(t, "../../action.yml")
	if err := yaml.Unmarshal([]byte(text), &action); err != nil {
		t.Fatal(err)
	}
	used := 0
	for _, step := range action.Runs.Steps {
		for name, value := range step.Env {
			input, ok := strings.CutPrefix(name, "INPUT_")
			if !ok {
				continue
			}
			used++
			input = strings.ReplaceAll(strings.ToLower(input), "_", "-")
			if _, there := action.Inputs[input]; !there || value != "${{ inputs."+input+" }}" {
				t.Errorf("%s is %s", name, value)
			}
			scripts := read(t, "../../.github/action/scan") + read(t, "../../.github/action/download") + read(t, "../../.github/action/comment")
			if !strings.Contains(scripts, name) {
				t.Errorf("nothing uses %s", name)
			}
		}
	}
	if used < len(action.Inputs)-3 {
		t.Errorf("of %d inputs %d are handed on", len(action.Inputs), used)
	}
}

// The README lists the formats that there are.
func TestReadmeFormats(t *testing.T) {
	text := read(t, readme)
	for _, format := range formatNames() {
		if !strings.Contains(text, "\n| `"+format+"` | ") {
			t.Errorf("the README doesn't say what %s is for", format)
		}
	}
}

// The pages of the rules are their texts, which the command prints, too.
func TestRulePages(t *testing.T) {
	var b strings.Builder
	b.WriteString("# Rules\n\nWhat `tfreach rules ID` prints of each rule; a test makes this page of the same texts. " +
		"Where a rule asks\nabout the port alone, it asks the same of every service and port that `--port` names, as " +
		"`ssh-ingress-open` does.\n\n")
	ftp, err := new(portsFlag).orDefault()
	if err != nil {
		t.Fatal(err)
	}
	all := append(rules.For(ftp), rules.AnExpectation())
	for _, r := range all {
		fmt.Fprintf(&b, "- [%s](#%s): %s\n", r.ID, r.ID, r.Title)
	}
	for _, r := range all {
		fmt.Fprintf(&b, "\n## %s\n\n%s: %s, security severity %.1f\n\n%s", r.ID, r.Title, r.Level, r.Severity, deeper(r.Help))
	}
	b.WriteString("\n## Defaults of FTP servers\n\nWhat a server does that is only installed, or run by the command, as the rules take it. *Measured* are " +
		"those that a test asks\nof Debian's own packages on loopback; *documented* those that the distribution or the server documents.\n\n" +
		"| server | of | starts | anonymous users | TLS | known |\n| --- | --- | --- | --- | --- | --- |\n")
	for _, d := range ftpd.Defaults() {
		starts, known := "no", "documented"
		if d.Starts {
			starts = "yes"
		}
		if d.Measured {
			known = "measured"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", d.Server, d.Where, starts, cell(d.Anonymous, func(yes bool) string {
			if yes {
				return "let in"
			}
			return "kept out"
		}), cell(d.TLS, ftpd.TLS.String), known)
	}
	b.WriteString("\nSingle settings, where nothing sets them. *Measured* are those that Debian's server shows alike without the setting and with the " +
		"default\nwritten out, and otherwise with another value.\n\n| server | setting | default | known |\n| --- | --- | --- | --- |\n")
	for _, o := range ftpd.Options() {
		known := "[documented](" + o.Source + ")"
		if o.Measured {
			known = "measured"
		}
		fmt.Fprintf(&b, "| %s | `%s` | %s | %s |\n", o.Server, o.Name, o.Value, known)
	}
	generated(t, "../../rules/README.md", b.String())
}

// cell says what is known of a setting, and by what.
func cell[T any](s ftpd.Setting[T], say func(T) string) string {
	source := strings.ReplaceAll(s.Source, "<", "&lt;")
	if s.State == ftpd.Unknown {
		return "unknown: " + source
	}
	return say(s.Value) + ", by " + source
}

// deeper makes the headings of a Markdown text one level lower.
func deeper(text string) string {
	code := false
	var b strings.Builder
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "```") {
			code = !code
		}
		if !code && strings.HasPrefix(line, "#") {
			line = "#" + line
		}
		b.WriteString(line)
	}
	return b.String()
}

// The files that the documents name are there.
func TestDocumentsLink(t *testing.T) {
	root := "../.."
	for _, name := range []string{
		"README.md", "rules/README.md", ".github/CHANGELOG.md", ".github/CONTRIBUTING.md", ".github/DEPENDENCIES.md", ".github/SECURITY.md",
	} {
		text := read(t, filepath.Join(root, name))
		prose := regexp.MustCompile(`(?ms)^\x60{3}.*?^\x60{3}`).ReplaceAllString(text, "")
		links := regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)|(?:src|srcset)="([^"]+)"`).FindAllStringSubmatch(prose, -1)
		for _, m := range links {
			if _, err := os.Stat(filepath.Join(root, filepath.Dir(name), m[1]+m[2])); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		// Other places, and what the examples make, are not ours.
		text = regexp.MustCompile(`(?ms)https?://[^\s)]+|^\x60{3}.*?^\x60{3}|\x60[^\x60]+\x60:$`).ReplaceAllString(text, "")
		paths := regexp.MustCompile(`(?:fixtures|analyzer|rules|cmd|\.github|\.ci)/[a-z][\w./-]*\w`).FindAllString(text, -1)
		for _, path := range paths {
			if _, err := os.Stat(filepath.Join(root, path)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}
