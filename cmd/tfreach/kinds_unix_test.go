//go:build unix

package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tfreach/tfreach/analyzer/report"
)

// odd are things that stand where a file is expected, and that have no end or no text.
var odd = map[string]func(name string) error{
	"a pipe":             func(name string) error { return syscall.Mkfifo(name, 0o600) },
	"a link to a device": func(name string) error { return os.Symlink("/dev/zero", name) },
	"a link to a pipe":   func(name string) error { return os.Symlink("pipe", name) },
	"a folder":           func(name string) error { return os.Mkdir(name, 0o700) },
	"a link to a folder": func(name string) error { return os.Symlink(".", name) },
	"a link to itself":   func(name string) error { return os.Symlink(filepath.Base(name), name) },
	"a link to the root": func(name string) error { return os.Symlink("/", name) },
	"a link to a text":   func(name string) error { return os.Symlink("/proc/self/environ", name) },
}

// Whatever stands where a file is expected, no command waits for it, none shows what lies outside, and the rest is analysed.
func TestOddFiles(t *testing.T) {
	t.Parallel()
	for what, place := range odd {
		for _, name := range []string{
			"x.tf", "x.tf.json", "x_override.tf", "terraform.tfvars", "x.auto.tfvars.json", ".terraform.lock.hcl", ".terraform", ".terraform/modules/modules.json",
			"x.tofu", "x.tfstack.hcl", "x.tfdeploy.hcl", "u/terragrunt.hcl", "terraform.tfstate", "plan.json", "text",
		} {
			dir := t.TempDir()
			writeFile(t, filepath.Join(dir, "main.tf"), opening+`
locals {
  text = file("${path.module}/text")
  more = [templatefile("text", {}), filemd5("text"), fileexists("text"), fileset(".", "**"), fileset("text", "**")]
}

resource "aws_instance" "i" {
  user_data = local.text
  tags      = { more = jsonencode(local.more) }
}
`)
			file := filepath.Join(dir, filepath.FromSlash(name))
			if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := syscall.Mkfifo(filepath.Join(filepath.Dir(file), "pipe"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := place(file); err != nil {
				t.Fatal(err)
			}
			code, out := odds(t, "scan", dir, "--format", "line")
			told := strings.Contains(out, "aws_security_group.ftp lets everyone")
			if name == "x_override.tf" && code == exitPartial { // it may replace what is open
				told = told || strings.Contains(out, "x_override.tf decides")
			}
			if code != exitFindings && code != exitPartial || !told {
				t.Errorf("%s as %s: exit code %d\n%s", what, name, code, out)
			}
		}
	}
}

// What is named and is no file is refused at once, by each command and for each use.
func TestOddFilesNamed(t *testing.T) {
	t.Parallel()
	for what, place := range odd {
		dir := t.TempDir()
		writeFile(t, filepath.Join(dir, "main.tf"), opening)
		if err := os.Mkdir(filepath.Join(dir, ".git"), 0o700); err != nil { // so that the links lead out of a repository
			t.Fatal(err)
		}
		if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(dir, "x.hcl")
		if err := place(name); err != nil {
			t.Fatal(err)
		}
		inputs := [][]string{{"config", "check", name}, {"scan", dir, "--baseline", name}}
		for _, flag := range []string{"--var-file", "--config"} {
			for _, args := range [][]string{
				{"scan", dir}, {"graph", dir}, {"baseline", dir}, {"fix", dir}, {"path", dir, "aws_instance.i"}, {"reach", dir, "--to", "aws_instance.i"},
			} {
				inputs = append(inputs, append(args, flag, name))
			}
		}
		for _, args := range inputs {
			if code, out := odds(t, args...); code != exitError || !strings.Contains(out, "x.hcl: ") {
				t.Errorf("%s: %v: exit code %d\n%s", what, args, code, out)
			}
		}
	}
}

// odds runs a command that must end by itself, and show nothing of the environment.
func odds(t *testing.T, args ...string) (int, string) {
	t.Helper()
	var out bytes.Buffer
	ended := make(chan int, 1)
	go func() { ended <- run(t.Context(), args, streams{In: strings.NewReader(""), Out: &out, Err: &out}) }()
	select {
	case code := <-ended:
		if strings.Contains(out.String(), "PATH=") {
			t.Errorf("%v shows the environment:\n%s", args, &out)
		}
		return code, out.String()
	case <-time.After(2 * time.Minute):
		t.Fatalf("%v waits", args)
		return 0, ""
	}
}

// What Git keeps is unknown to each function and module, however it is named, and to each command.
func TestGitIsUnknown(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		".git/config": "PLANTED", ".git/m/main.tf": "output \"s\" {\n  value = \"PLANTED\"\n}\n", "sub/.git/config": "PLANTED", "module/.git": "gitdir: PLANTED", "x/y": "",
		".git/values.tfvars": "v = \"PLANTED\"\n",
	} {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		writeFile(t, file, text)
	}
	for name, to := range map[string]string{"near": ".git/config", "link": ".git", "x/far": "../link/config", "terraform.tfvars": ".git/values.tfvars", "linked.tf": ".git/m/main.tf"} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	var b strings.Builder
	b.WriteString("variable \"v\" {}\nmodule \"m\" {\n  source = \"./.git/m\"\n}\nmodule \"l\" {\n  source = \"./link/m\"\n}\n")
	expressions := []string{
		`file(".git/config")`, `file("near")`, `file("link/config")`, `file("x/far")`, `file("sub/.git/config")`, `file("module/.git")`, `file("x/../.git/config")`,
		`file("${path.module}/.git/config")`, `file("${path.root}/.git//config")`, `filebase64(".git/config")`, `templatefile("near", {})`, `filemd5(".git/config")`,
		`tostring(fileexists(".git/config"))`, `join(",", fileset(".git", "**"))`, `join(",", fileset(".", "**"))`, `join(",", fileset("link", "*"))`, `module.m.s`,
		`module.l.s`, `strrev(file(".git/config"))`, `try(file(".git/config"), "none")`,
	}
	for i, e := range expressions {
		fmt.Fprintf(&b, "resource \"aws_security_group\" \"g%d\" {\n  for_each = toset([%s])\n  ingress {\n    from_port   = 21\n    to_port     = 21\n    protocol    = \"tcp\"\n"+
			"    cidr_blocks = [\"0.0.0.0/0\"]\n  }\n}\n", i, e)
	}
	writeFile(t, filepath.Join(dir, "main.tf"), b.String())
	arguments := [][]string{{"baseline", dir}, {"fix", dir}, {"scan", dir, "--debug"}, {"scan", dir, "--format", "line", "--details"}, {"path", dir, "aws_security_group.g0"}}
	for _, format := range formatNames() {
		arguments = append(arguments, []string{"scan", dir, "--format", format})
	}
	for _, format := range report.GraphFormats() {
		arguments = append(arguments, []string{"graph", dir, "--format", format})
	}
	for _, args := range arguments {
		_, out := odds(t, args...)
		leaks(t, strings.Join(args, " "), []byte(out), []string{"PLANTED", "DETNALP"})
		if args[len(args)-1] != "--details" {
			continue
		}
		for i, e := range expressions {
			if !strings.Contains(out, fmt.Sprintf("unknown: aws_security_group.g%d[*] may let everyone", i)) {
				t.Errorf("%s isn't unknown", e)
			}
		}
	}
}
