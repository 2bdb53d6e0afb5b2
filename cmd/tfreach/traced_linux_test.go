package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// hostile is a configuration that would like to read what lies around its repository, run programs and use the network.
// OUTSIDE stands for a folder outside.
const hostile = `
terraform {
  backend "http" {
    address = "http://127.0.0.1:9/state"
  }
  required_providers {
    evil = { source = "127.0.0.1:9/evil/evil" }
  }
}
module "relative" {
  source = "../outside"
}
module "absolute" {
  source = "OUTSIDE"
}
module "installed" {
  source = "git::https://127.0.0.1:9/x.git"
}
module "registry" {
  source = "127.0.0.1:9/a/b/c"
}
data "http" "here" {
  url = "http://127.0.0.1:9/"
}
data "external" "here" {
  program = ["OUTSIDE/program"]
}
data "terraform_remote_state" "here" {
  backend = "local"
  config  = { path = "OUTSIDE/secret.tfstate" }
}
locals {
  texts = [
    file("OUTSIDE/secret.txt"), file("../outside/secret.txt"), file("link.txt"), file("folder/secret.txt"), file(".git/config"),
    filebase64("OUTSIDE/secret.txt"), templatefile("../outside/secret.txt", {}), filesha256("OUTSIDE/secret.txt"), file("~/.ssh/id_rsa"),
    file("/proc/self/environ"), file("/etc/passwd"), file("/dev/stdin"),
  ]
  there = [fileexists("OUTSIDE/secret.txt"), fileexists("link.txt"), fileexists("/etc/passwd")]
  found = [fileset("OUTSIDE", "**"), fileset("..", "**"), fileset(".", "**"), fileset("folder", "*"), fileset(".git", "*"), fileset("/", "*")]
}
resource "aws_security_group" "ftp" {
  name        = try(local.texts[0], "ftp")
  description = join(",", local.texts)
  ingress {
    from_port   = 21
    to_port     = 21
    protocol    = "tcp"
    cidr_blocks = concat(["0.0.0.0/0"], local.texts, tolist(local.found[0]))
  }
}
resource "aws_instance" "ftp" {
  ami                    = "ami-0123456789abcdef0"
  instance_type          = "t3.micro"
  vpc_security_group_ids = [aws_security_group.ftp.id]
  user_data              = file("OUTSIDE/secret.txt")
  provisioner "local-exec" {
    command = "OUTSIDE/program"
  }
  provisioner "file" {
    source      = "OUTSIDE/secret.txt"
    destination = "/etc/vsftpd.conf"
  }
}
`

// openCall is a line of strace: who, which call, the folder that the name is relative to, the name, and the file that was
// opened.
var openCall = regexp.MustCompile(`^(\d+) +(?:open|openat|openat2|creat)\((?:\w+<([^>]*)>, )?"([^"]*)"[^=]*= (?:-?\d+<([^>]*)>)?`)

// TestScanStaysInside follows the system calls of a scan of a hostile repository: it opens nothing outside of it, runs nothing
// but git, and that only to read a commit, and never opens a connection.
func TestScanStaysInside(t *testing.T) {
	if err := exec.CommandContext(t.Context(), "strace", "-o", os.DevNull, "true").Run(); err != nil {
		t.Skip("SKIPPED: no system calls are followed, as strace doesn't run here: ", err)
	}
	git, err := exec.LookPath("git")
	if err != nil {
		t.Skip("SKIPPED: ", err)
	}
	top, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	outside, repo := filepath.Join(top, "outside"), filepath.Join(top, "repo")
	for name, text := range map[string]string{
		"outside/secret.txt": "PLANTED", "outside/main.tf": "locals {\n  s = \"PLANTED\"\n}\n", "outside/secret.tfstate": `{"version": 4}`,
		"outside/program": "#!/bin/sh\necho PLANTED\n", "outside/values.tfvars": "v = \"PLANTED\"\n",
		"repo/main.tf": strings.ReplaceAll(hostile, "OUTSIDE", outside), "repo/.terraform/modules/modules.json": `{"Modules": [
  {"Key": "installed", "Source": "git::https://127.0.0.1:9/x.git", "Dir": "` + outside + `"},
  {"Key": "registry", "Source": "127.0.0.1:9/a/b/c", "Version": "1.0.0", "Dir": "../outside"}]}`,
		"repo/sub/main.tf": "module \"m\" {\n  source = \"../folder\"\n}\n",
		"repo/plan.json": `{"format_version": "1.2", "resource_changes": [{"address": "aws_security_group.ftp", "mode": "managed",
  "type": "aws_security_group", "name": "ftp", "change": {"actions": ["create"], "before": null, "after": {"name": "ftp"}}}]}`,
	} {
		file := filepath.Join(top, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o700)); err != nil {
			t.Fatal(err)
		}
	}
	for name, target := range map[string]string{
		"link.txt": "../outside/secret.txt", "folder": "../outside", "linked.tf": "../outside/main.tf", "terraform.tfvars": "../outside/values.tfvars",
		"sub/absolute": outside, ".tfreach.hcl": "../outside/secret.txt",
	} {
		if err := os.Symlink(target, filepath.Join(repo, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{
		{"init", "-q"},
		{"add", "-A"},
		{"-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-q", "-m", "one"},
		{"config", "remote.origin.url", "ext::" + outside + "/program"},
		{"config", "protocol.ext.allow", "always"},
		{"config", "core.fsmonitor", outside + "/program"},
	} {
		cmd := exec.CommandContext(t.Context(), git, args...)
		cmd.Dir = repo
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	// What any command opens: libraries, and what the runtime asks of the system.
	usual := map[string]bool{os.DevNull: true}
	for _, c := range traced(t, repo, "version") {
		usual[c.file] = true
	}
	for _, args := range [][]string{
		{"scan", ".", "--no-config"},
		{"scan", "--no-config", "--format", "sarif", "--output", "html=report.html", "main.tf"},
		{"scan", "--no-config", "plan.json"},
		{"scan", "--no-config", "--changed", "main.tf", "sub/main.tf"},
		{"scan", "."}, // the settings are a link
		{"scan", "--no-config", "folder"},
		{"graph", "--no-config", "."},
		{"path", "--no-config", ".", "aws_instance.ftp"},
		{"fix", "--no-config", "."},
		{"baseline", "--no-config", "."},
		{"scan", "--no-config", ".", "--baseline-ref", "HEAD"},
	} {
		calls := traced(t, repo, args...)
		if len(calls) < len(usual)-1 { // which may not open the null device
			t.Errorf("%v: only %d calls were seen", args, len(calls))
		}
		gits := map[string]bool{}
		for _, c := range calls {
			switch {
			case c.program != "" && c.program != "tfreach":
				gits[c.process] = true
				if c.program != git || !slices.Contains(args, "--baseline-ref") {
					t.Errorf("%v: it runs %s", args, c.program)
				}
			case c.network:
				t.Errorf("%v: it uses the network: %s", args, c.line)
			case c.file != "" && !gits[c.process] && !usual[c.file] && c.file != repo && !strings.HasPrefix(c.file, repo+"/"):
				t.Errorf("%v: it opens %s: %s", args, c.file, c.line)
			case c.file != "" && !gits[c.process] && strings.HasPrefix(c.file, filepath.Join(repo, ".git")+"/"):
				t.Errorf("%v: it opens %s", args, c.file)
			}
		}
	}
}

// call is a system call: the start of a program, a file that was opened or was to be, or one of the network.
type call struct {
	process, program, file string
	network                bool
	line                   string
}

// traced runs the command in a folder and returns its system calls of these kinds and those of the programs that it runs. It
// fails the test if what it prints has what lies outside.
func traced(t *testing.T, dir string, args ...string) []call {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	trace := filepath.Join(t.TempDir(), "trace")
	cmd := exec.CommandContext(ctx, "strace", append([]string{
		"-f", "-y", "-s", "4096", "-o", trace, "-e", "trace=open,openat,openat2,creat,execve,execveat,socket,connect,bind,sendto,sendmsg", "tfreach",
	}, args...)...)
	cmd.Dir = dir
	cmd.Env = slices.DeleteFunc(os.Environ(), func(e string) bool { return strings.HasPrefix(e, "GOCOVERDIR=") })
	out, err := cmd.CombinedOutput()
	if failed := (*exec.ExitError)(nil); err != nil && !errors.As(err, &failed) {
		t.Fatalf("%v: %v", args, err)
	}
	if strings.Contains(string(out), "PLANTED") {
		t.Errorf("%v prints what lies outside:\n%s", args, out)
	}
	text, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	var calls []call
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		process, rest, _ := strings.Cut(line, " ")
		rest = strings.TrimSpace(rest)
		switch {
		case strings.HasPrefix(rest, "execve"):
			program := regexp.MustCompile(`"([^"]*)"`).FindStringSubmatch(rest)
			if program == nil {
				t.Fatalf("what does it run? %s", line)
			}
			if filepath.Base(program[1]) == "tfreach" {
				program[1] = "tfreach"
			}
			calls = append(calls, call{process: process, program: program[1], line: line})
		case strings.HasPrefix(rest, "open"), strings.HasPrefix(rest, "creat"):
			m := openCall.FindStringSubmatch(line)
			if m == nil {
				if strings.Contains(line, "unfinished") {
					continue // its end has the file, too
				}
				t.Fatalf("what does it open? %s", line)
			}
			file := m[4]
			if file == "" { // it wasn't opened
				if file = m[3]; !filepath.IsAbs(file) {
					file = filepath.Join(m[2], file)
				}
			}
			file = regexp.MustCompile(`^/proc/\d+/`).ReplaceAllString(filepath.Clean(file), "/proc/self/")
			calls = append(calls, call{process: process, file: file, line: line})
		case strings.HasPrefix(rest, "<... open"):
			if m := regexp.MustCompile(`= \d+<([^>]*)>`).FindStringSubmatch(rest); m != nil {
				calls = append(calls, call{process: process, file: filepath.Clean(m[1]), line: line})
			}
		case regexp.MustCompile(`^(<\.\.\. )?(socket|connect|bind|send)`).MatchString(rest):
			calls = append(calls, call{process: process, network: true, line: line})
		}
	}
	return calls
}
