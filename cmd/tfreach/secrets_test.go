package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tfreach/tfreach/analyzer/lang"
	"github.com/tfreach/tfreach/analyzer/report"
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

// A key that looks like a secret is in no address, message, fingerprint, baseline or fix, and no two become one.
func TestNoKeyLeaks(t *testing.T) {
	secrets := []string{"hunter2-planted", "hunter3-planted", "AKIAABCDEFGHIJKLMNOP", "glpat-abcdefghijklmnopqrst", "hunter4-planted"}
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "main.tf"), `module "edge" {
  for_each = { "password=hunter4-planted" = 1 }
  source   = "./edge"
}

module "gone" {
  for_each = toset(["ftp://joe:hunter4-planted@example.com"])
  source   = "git::https://joe:hunter4-planted@git.example.com/x.git"
}
`)
	if err := os.Mkdir(filepath.Join(dir, "edge"), 0o777); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "edge", "main.tf"), `variable "clients" {
  type    = list(string)
  default = ["192.0.2.0/24"]
}

resource "aws_security_group" "ftp" {
  for_each = toset(["password=hunter2-planted", "password=hunter3-planted", "AKIAABCDEFGHIJKLMNOP", "glpat-abcdefghijklmnopqrst", "plain"])
  ingress {
    from_port   = 21
    to_port     = 21
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_instance" "ftp" {
  for_each                    = aws_security_group.ftp
  associate_public_ip_address = true
  vpc_security_group_ids      = [each.value.id]
  user_data                   = "apt-get install vsftpd # token ${each.key}"
}
`)
	arguments := [][]string{
		{"baseline", dir},
		{"fix", dir, "--to", "var.clients"},
		{"path", dir, "module.edge[\"x\"].aws_instance.ftp"},
		{"scan", dir, "--debug"},
		{"scan", dir, "--port", "ssh"},
		{"path", dir, `module.edge["password=hunter4-planted"].aws_instance.ftp["password=hunter2-planted"]`},
		{"scan", dir, "--var", "db_password=hunter2-planted"},
		{"scan", dir, "--sarif-all", "--format", "sarif"},
	}
	for _, format := range formatNames() {
		arguments = append(arguments, []string{"scan", dir, "--format", format})
	}
	for _, format := range report.GraphFormats() {
		arguments = append(arguments, []string{"graph", dir, "--format", format})
	}
	for _, args := range arguments {
		var out bytes.Buffer
		run(t.Context(), args, streams{In: bytes.NewReader(nil), Out: &out, Err: &out})
		leaks(t, strings.Join(args, " "), out.Bytes(), secrets)
		if args[0] == "baseline" {
			// Each of the five, as a group and as a machine.
			if n := strings.Count(out.String(), `"ftp-ingress-open"`); n != 5 {
				t.Errorf("%d groups in the baseline, want 5:\n%s", n, &out)
			}
		}
	}
}

// Names of files are places, which must be right for a place to be found, and no secret to whoever sees the repository. So they
// stand as they are in places, also in what is written to standard error; what is said of them is covered.
func TestNamesOfFiles(t *testing.T) {
	for _, name := range []string{"password=hunter2-planted", "AKIAABCDEFGHIJKLMNOP", "ghp_abcdefghijklmnopqrstuvwxyz0123456789", "pass=hunter3-planted"} {
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, name), 0o777); err != nil {
			t.Fatal(err)
		}
		file := name + "/" + name + ".tf"
		writeFile(t, filepath.Join(dir, filepath.FromSlash(file)), opening+"module \"gone\" { source = \"./"+name+"/gone\" }\n"+
			"locals { text = file(\"${path.module}/"+name+"\") }\n"+strings.Replace(opening, "0.0.0.0/0\"", "0.0.0.0/0\", local.text", 1))
		for _, format := range append(formatNames(), "sarif --sarif-all", "stderr") {
			args := append([]string{"scan", dir, "--format"}, strings.Fields(strings.Replace(format, "stderr", "json", 1))...)
			var out, stderr bytes.Buffer
			run(t.Context(), args, streams{In: bytes.NewReader(nil), Out: &out, Err: &stderr})
			if format == "stderr" {
				out = stderr
			}
			text := strings.ReplaceAll(out.String(), "%3D", "=") // in URIs
			if !strings.Contains(text, file) {
				t.Errorf("%s names no %s:\n%s", format, file, text)
			}
			for _, said := range []string{"The folder " + name, "./" + name + "\"", "no file exists at \"" + name} {
				if strings.Contains(text, said) {
					t.Errorf("%s says %s", format, said)
				}
			}
		}
	}
}

// A value that is sensitive is in no message of a function that fails, no key, no address and no baseline.
func TestNoSensitiveValueLeaks(t *testing.T) {
	t.Parallel()
	const value = "Planted-1"
	var b strings.Builder
	for name := range lang.Functions(nil) {
		if strings.Contains(name, "::") || name == "nonsensitive" { // which says that it may be shown
			continue
		}
		for _, arguments := range []string{"var.s", "var.s, var.s", "1, var.s", "[var.s]", `"%d", var.s`, "var.s, 8, 1"} {
			fmt.Fprintf(&b, "    cidr_blocks = [%s(%s)]\n  }\n  ingress {\n    from_port = 21\n    to_port = 21\n    protocol = \"tcp\"\n", name, arguments)
		}
	}
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "main.tf"), `variable "s" {
  type      = string
  sensitive = true
}

variable "unset" {}

variable "checked" {
  default = "x"
  validation {
    condition     = false
    error_message = "not ${var.s}"
  }
}

variable "number" {
  type      = number
  sensitive = true
}

resource "aws_security_group" "g" {
  ingress {
    from_port = 21
    to_port   = 21
    protocol  = "tcp"
`+b.String()+`    cidr_blocks = ["${var.s}/99", var.s + 1, { a = 1 }[var.s], var.s.x, var.s[0], -var.s, var.s ? 1 : 2, [for x in var.s : x]]
  }
}
`)
	for i, keys := range []string{
		"toset([var.s])", "{ (var.s) = 1 }", "{ for x in [var.s, var.s] : x => 1 }", "var.unset ? toset([var.s]) : toset([])", "toset(var.unset ? [var.s] : [])",
		"merge({ (var.s) = 1 }, var.unset)", "zipmap([var.s], [1])", "{ for k, v in { a = var.s } : v => k }", "toset(split(\",\", var.s))",
	} {
		writeFile(t, filepath.Join(dir, fmt.Sprintf("keys%d.tf", i)), strings.Replace(strings.Replace(opening, `"ftp"`, fmt.Sprintf(`"k%d"`, i), 1), "{\n", "{\n  for_each = "+keys+"\n", 1))
	}
	// The formats say the same in other forms.
	for _, args := range [][]string{{"baseline", dir}, {"scan", dir, "--debug"}, {"scan", dir, "--format", "json"}} {
		var out bytes.Buffer
		run(t.Context(), append(args, "--env-vars"), streams{
			In: bytes.NewReader(nil), Out: &out, Err: &out, Env: []string{"TF_VAR_s=" + value, "TF_VAR_number=" + value},
		})
		leaks(t, strings.Join(args, " "), out.Bytes(), []string{value})
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
