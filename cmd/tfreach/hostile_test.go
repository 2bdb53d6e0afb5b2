package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/tfreach/tfreach/analyzer/report"
)

// opening is what a scan must find next to whatever else is there.
const opening = `resource "aws_security_group" "ftp" {
  ingress {
    from_port   = 21
    to_port     = 21
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
`

// commands are texts that somebody who prints a line would obey: terminals, the runners of GitHub, Azure Pipelines and
// TeamCity; and what hides or reorders text.
var commands = map[string]string{
	"terminal":          "\x1b[31m\x1b]8;;http:x\x07\u009b31m\x08\x7f",
	"GitHub":            "##[command]",
	"Azure Pipelines":   "##vso[task.setvariable variable=PATH]##VSO[task.complete]",
	"TeamCity":          "##teamcity[x]",
	"new line":          "\n::error::x\n \t::add-mask::x",
	"other line breaks": "\r::add-mask::x\u2028::debug::x\x0b::a::x\u0085::b::x",
	"spaces":            "\n\u00a0::warning::x\n\u3000::x::x",
	"hidden":            "\u202e\u2066\ufeff\u200b\U000e0041\u061c\u00ad",
	"zero":              "\x00",
}

// obeyed returns the first line of an output that would be obeyed; the annotations of the report for GitHub are meant to
// be.
func obeyed(out string, github bool) (string, bool) {
	for line := range strings.SplitSeq(out, "\n") {
		line = strings.TrimSuffix(line, "\r")
		own := github && regexp.MustCompile(`^::(?:error|warning|notice) (?:file|title)=`).MatchString(line)
		start := strings.TrimLeftFunc(line, unicode.IsSpace)
		if strings.HasPrefix(start, "::") && !own || regexp.MustCompile(`##[\w-]*\[`).MatchString(line) {
			return line, true
		}
		for _, r := range line {
			if r != '\t' && r != '\u200d' && (r < ' ' || unicode.In(r, unicode.C, unicode.Zl, unicode.Zp)) {
				return line, true
			}
		}
	}
	return "", false
}

// No command is obeyed that stands in a name, a key, a value, a comment or an argument, in whatever is written to whichever
// stream.
func TestNoStreamObeys(t *testing.T) {
	for name, command := range commands {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			plain := filepath.Join(dir, "plain")
			folders := []string{plain}
			if name := filepath.Join(dir, "f"+command); os.Mkdir(name, 0o755) == nil {
				folders = append(folders, name)
			}
			if err := os.Mkdir(plain, 0o755); err != nil {
				t.Fatal(err)
			}
			quoted := strings.ReplaceAll(hclQuote(command), "%{", "%%{")
			for _, folder := range folders {
				writeFile(t, filepath.Join(folder, "main.tf"), strings.ReplaceAll(hostileConfiguration, "COMMAND", quoted))
				writeFile(t, filepath.Join(folder, "raw.tf"), "# "+command+"\n"+strings.Replace(opening, "]", "] /*\n"+command+" */", 1))
				// What can't be parsed, in a file whose name is a command, if there can be one.
				_ = os.WriteFile(filepath.Join(folder, "x"+command+".tf"), []byte("x = \n"+command+" ="), 0o644)
			}
			writeFile(t, filepath.Join(plain, "plan.json"), `{"format_version":"1.2","terraform_version":"1.9.0","planned_values":{"root_module":{"resources":[{"address":"aws_security_group.g[`+
				jsonEscaped(command)+`]","mode":"managed","type":"aws_security_group","name":"g","values":{"ingress":`+command+`}}]}}}`)
			writeFile(t, filepath.Join(plain, "settings.hcl"), "rule \""+quoted+"\" {}\n"+command)
			writeFile(t, filepath.Join(plain, "expect.hcl"), strings.ReplaceAll(hostileSettings, "COMMAND", quoted))
			address := `aws_instance.m["` + quoted + `"]`
			for _, folder := range folders {
				arguments := [][]string{
					{"path", folder, "aws_instance.m"},
					{"path", folder, address},
					{"path", folder, command},
					{"fix", folder},
					{"fix", folder, "--to", "var.office"},
					{"fix", folder, "--to", "var." + command},
					{"fix", folder, "--to", command},
					{"baseline", folder},
					{"baseline", folder, "--output", filepath.Join(dir, "no", command)},
					{"scan", folder, "--debug"},
					{"scan", folder, "--strict", "--var", "v=" + command},
					{"scan", folder, "--var", command},
					{"scan", folder, "--var-file", command},
					{"scan", folder, "--var-file", filepath.Join(plain, "raw.tf")},
					{"scan", folder, "--" + command},
					{"scan", folder + command},
					{"scan", folder, "--config", filepath.Join(plain, "settings.hcl")},
					{"config", "check", filepath.Join(plain, "settings.hcl")},
					{"config", "check", command},
					{"config", command},
					{"rules", command},
					{"coverage", command},
					{command},
					{"help", command},
					{"scan", folder, "--port", command},
					{"scan", folder, "--format", command},
					{"scan", folder, "--output", filepath.Join(dir, command, "x")},
					{"scan", folder, "--baseline", command},
					{"scan", folder, "--baseline-ref", command},
					{"scan", filepath.Join(plain, "plan.json")},
					{"scan", folder, "--workspace", command},
					{"scan", folder, "--timeout", command},
					{"scan", folder, "--source", command},
					{"__complete", "scan", command},
					{"version", command},
					{"graph", folder, command},
					{"reach", folder, "--from", address},
					{"reach", folder, "--to", "aws_instance.m", "--format", "json"},
					{"reach", folder, "--to", command, "--format", "mermaid"},
					{"path", folder, "aws_instance.m", "--from", command},
					{"scan", folder, "--config", filepath.Join(plain, "expect.hcl")},
					{"scan", folder, "--config", filepath.Join(plain, "expect.hcl"), "--format", "junit"},
					{"fix", folder, "--config", filepath.Join(plain, "expect.hcl"), "--to", command},
					{"config", "check", filepath.Join(plain, "expect.hcl")},
					{"scan", folder, "--with", command},
					{"scan", folder, "--terraform", command},
					{"scan", folder, "--changed", command},
				}
				for _, format := range formatNames() {
					arguments = append(arguments, []string{"scan", folder, "--format", format, "--sarif-all"})
				}
				for _, format := range report.GraphFormats() {
					arguments = append(arguments, []string{"graph", folder, "--format", format})
				}
				for _, args := range arguments {
					var out, stderr bytes.Buffer
					run(t.Context(), args, streams{In: strings.NewReader(command), Out: &out, Err: &stderr})
					if line, ok := obeyed(out.String(), slices.Contains(args, "github")); ok {
						t.Errorf("%q prints %q", args, line)
					}
					if line, ok := obeyed(stderr.String(), false); ok {
						t.Errorf("%q says %q", args, line)
					}
				}
			}
		})
	}
}

// A diff shows what is in a file, and does not command either.
func TestNoDiffObeys(t *testing.T) {
	for name, command := range commands {
		dir := t.TempDir()
		writeFile(t, filepath.Join(dir, "variables.tf"), "variable \"office\" {\n  type    = list(string)\n  default = [\"192.0.2.0/24\"]\n}\n")
		writeFile(t, filepath.Join(dir, "main.tf"), strings.Replace(opening, "]", "] /* "+command+"\n"+command+" */", 1))
		var out, stderr bytes.Buffer
		code := run(t.Context(), []string{"fix", dir, "--to", "var.office"}, streams{In: strings.NewReader(""), Out: &out, Err: &stderr})
		if line, ok := obeyed(out.String(), false); ok {
			t.Errorf("%s: %q", name, line)
		}
		if name == "GitHub" && (code != exitClean || !strings.Contains(out.String(), `/* ##\x5bcommand]`)) {
			t.Errorf("exit code %d, %s%s", code, &out, &stderr)
		}
	}
}

// hostileConfiguration has a command, COMMAND, wherever a report may look.
const hostileConfiguration = `variable "v" {
  description = "COMMAND"
  default     = "COMMAND"
}

variable "s" {}

terraform {
  required_version = "COMMAND"
}

module "gone" {
  source = "./COMMAND"
}

resource "aws_security_group" "g" {
  for_each    = toset(["COMMAND"])
  name        = each.key
  description = "COMMAND"
  ingress {
    from_port   = 21
    to_port     = 21
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"] # tfreach:ignore COMMAND
  }
  ingress {
    from_port   = 21
    to_port     = 21
    protocol    = "tcp"
    cidr_blocks = [cidrsubnet("COMMAND", 8, 1), "COMMAND", var.s["COMMAND"]]
  }
}

resource "aws_instance" "m" {
  for_each               = { "COMMAND" = 1 }
  vpc_security_group_ids = [for g in aws_security_group.g : g.id]
  subnet_id              = "COMMAND"
  user_data              = <<-E
    apt-get install -y vsftpd
    echo 'anonymous_enable=YES # COMMAND' >/etc/vsftpd.conf
    echo "COMMAND"
  E
}
`

// hostileSettings has a command in each text of the settings.
const hostileSettings = `expect "words COMMAND" {
  from      = ["aws_instance.m[\"COMMAND\"]", "internet"]
  to        = ["aws_instance.*"]
  ports     = ["ftp"]
  reachable = false
}

trusted "COMMAND" {
  prefixes    = ["192.0.2.0/24"]
  description = "COMMAND"
}
`

// What an editor is told commands no more than what a terminal is.
func TestNoEditorObeys(t *testing.T) {
	t.Parallel()
	for name, command := range commands {
		quoted := strings.ReplaceAll(hclQuote(command), "%{", "%%{")
		dir := t.TempDir()
		e := edit(t, dir)
		e.begin()
		e.open("main.tf", strings.ReplaceAll(hostileConfiguration, "COMMAND", quoted))
		e.unknown("main.tf")
		texts := []string{}
		for _, p := range e.shown {
			for _, d := range p.Diagnostics {
				texts = append(texts, d.Message, d.Code)
				for _, related := range d.Related {
					texts = append(texts, related.Message)
				}
			}
		}
		for line := range strings.Count(hostileConfiguration, "\n") {
			var hover struct{ Contents struct{ Value string } }
			e.ask("textDocument/hover", e.at("main.tf", line, 5), &hover)
			texts = append(texts, hover.Contents.Value)
			var actions []struct{ Title string }
			at := object{"line": line, "character": 5}
			e.ask("textDocument/codeAction", object{
				"textDocument": object{"uri": e.uri("main.tf")}, "range": object{"start": at, "end": at}, "context": object{"diagnostics": []object{}},
			}, &actions)
			for _, a := range actions {
				texts = append(texts, a.Title)
			}
		}
		if len(texts) < 10 {
			t.Errorf("%s: only %d texts", name, len(texts))
		}
		for _, text := range texts {
			if line, ok := obeyed(text, false); ok {
				t.Errorf("%s: %q", name, line)
			}
		}
		e.end()
	}
}

// Who shows the texts of a document, as GitHub and GitLab do, is commanded by none of them, and misled by no character that
// can't be seen.
func TestNoDocumentObeys(t *testing.T) {
	t.Parallel()
	for name, command := range commands {
		quoted := strings.ReplaceAll(hclQuote(command), "%{", "%%{")
		dir := t.TempDir()
		writeFile(t, filepath.Join(dir, "main.tf"), strings.ReplaceAll(hostileConfiguration, "COMMAND", quoted))
		settings := filepath.Join(dir, "settings.hcl")
		writeFile(t, settings, strings.ReplaceAll(hostileSettings, "COMMAND", quoted))
		for _, format := range []string{"sarif", "gitlab"} {
			var out, stderr bytes.Buffer
			run(t.Context(), []string{"scan", dir, "--config", settings, "--format", format, "--sarif-all"}, streams{In: strings.NewReader(""), Out: &out, Err: &stderr})
			var document any
			if err := json.Unmarshal(out.Bytes(), &document); err != nil {
				t.Errorf("%s as %s: %v\n%s", name, format, err, &stderr)
				continue
			}
			if n := eachText(document, "", func(key, text string) {
				if line, ok := obeyed(text, false); ok && slices.Contains([]string{"text", "name", "description", "summary", "solution", "value"}, key) {
					t.Errorf("%s as %s, %s: %q", name, format, key, line)
				}
			}); n < 10 {
				t.Errorf("%s as %s: only %d texts", name, format, n)
			}
		}
	}
}

// eachText calls a function with each text in a document and the last name on the way to it, and returns how many there are.
func eachText(document any, key string, f func(key, text string)) (n int) {
	switch d := document.(type) {
	case string:
		f(key, d)
		return 1
	case []any:
		for _, of := range d {
			n += eachText(of, key, f)
		}
	case map[string]any:
		for name, of := range d {
			if key == "snippet" || key == "insertedContent" { // text of the file as it is, or is to be
				name = key
			}
			n += eachText(of, name, f)
		}
	}
	return n
}

// hclQuote returns a text as it stands in a string of HCL.
func hclQuote(text string) string {
	var b strings.Builder
	for _, r := range text {
		if r < ' ' || r == 0x7f || r == '"' || r == '\\' {
			fmt.Fprintf(&b, `\u%04x`, r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// jsonEscaped returns a text as it stands in a string of JSON, between escaped quotes.
func jsonEscaped(text string) string {
	inner, _ := json.Marshal(text)
	outer, _ := json.Marshal(string(inner))
	return string(outer[1 : len(outer)-1])
}

// A full disk is said, and leaves what was there.
func TestFullDisk(t *testing.T) {
	const device = "/dev/full"
	if !isThere(device) {
		t.Skip("SKIPPED: there is no ", device)
	}
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "main.tf"), opening)
	var stderr bytes.Buffer
	code := run(context.Background(), []string{"scan", dir, "--output", device}, streams{In: strings.NewReader(""), Out: &stderr, Err: &stderr})
	if want := "can't write " + device + ": no space left on device"; code != exitError || !strings.Contains(stderr.String(), want) {
		t.Errorf("exit code %d, %q; want %d, %q", code, stderr.String(), exitError, want)
	}
}

// A panic outside of the analysis, such as in a report, is no crash.
func TestPanicAnywhere(t *testing.T) {
	var stderr bytes.Buffer
	code := run(context.Background(), []string{"version"}, streams{In: strings.NewReader(""), Out: broken{}, Err: &stderr})
	if want := "a mistake in tfreach ended the run, without a report: broken"; code != exitPartial || !strings.Contains(stderr.String(), want) {
		t.Errorf("exit code %d, %q; want %d, %q", code, stderr.String(), exitPartial, want)
	}
	_, err := bounded(t.Context(), 0, func(context.Context) (int, error) { panic("broken") })
	if code, err := exitCode(err); code != exitPartial || !strings.Contains(err.Error(), "TestPanicAnywhere") {
		t.Errorf("exit code %d, %v", code, err)
	}
}

// broken is a writer with a mistake.
type broken struct{}

func (broken) Write([]byte) (int, error) { panic("broken") }

// An analysis that doesn't come to an end is left behind.
func TestBounded(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	forever := make(chan struct{})
	defer close(forever)
	_, err := bounded(ctx, 0, func(context.Context) (int, error) { <-forever; return 0, nil })
	if code, err := exitCode(err); code != exitError || err.Error() != "interrupted; there is no report" {
		t.Errorf("exit code %d, %v", code, err)
	}
	if code, err := exitCode(context.DeadlineExceeded); code != exitPartial || !strings.Contains(err.Error(), "--timeout") {
		t.Errorf("exit code %d, %v", code, err)
	}
}
