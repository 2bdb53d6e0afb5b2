package report_test

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/report"
)

var update = flag.Bool("update", false, "rewrite the golden files in testdata")

// sources are the texts that the results below speak of.
func sources(name string) []byte {
	switch name {
	case "main.tf":
		return []byte(mainTF)
	case "net/crlf.tf":
		return []byte(strings.ReplaceAll("\ufeff# first\nvariable \"cidrs\" {}\nlocals {\n}\n", "\n", "\r\n"))
	case "net/a b%c/wide.tf":
		return []byte(wideTF)
	}
	return nil
}

const mainTF = `resource "aws_security_group" "web" {
  ingress {
    from_port   = 20
    to_port     = 30
    protocol    = "tcp"
    cidr_blocks = ["10.0.0.0/8", "0.0.0.0/0"]
  }
}

resource "aws_security_group" "many" {
  for_each = toset(["a", "b"])
  ingress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = var.cidrs
  }
}
`

const wideTF = "locals {\n" +
	"\tc = [\"日本\", \"👩‍👩‍👧\", \"0.0.0.0/0\"]\n" +
	"  long = [\"10.10.10.10/32\", \"10.10.10.11/32\", \"10.10.10.12/32\", \"10.10.10.13/32\", \"10.10.10.14/32\", \"::/0\", \"10.10.10.15/32\"]\n" +
	"  # \x1b[31mred\u202e ##[error]no ##vso[task]\n" +
	"}"

// at returns the range of the only or first place of part in a source.
func at(t *testing.T, name, part string) hcl.Range {
	t.Helper()
	text := string(sources(name))
	i := strings.Index(text, part)
	if i < 0 {
		t.Fatalf("%q is not in %s", part, name)
	}
	return hcl.Range{Filename: name, Start: pos(text, i), End: pos(text, i+len(part))}
}

// spot is the place of a part of a file.
func spot(t *testing.T, name, part string) analyzer.Place {
	t.Helper()
	return analyzer.At(at(t, name, part))
}

// pos returns the position of an offset as HCL counts it, if no character before it in its line has several runes.
func pos(text string, i int) hcl.Pos {
	line := strings.TrimPrefix(text[:i], "\ufeff")
	p := hcl.Pos{Byte: i, Line: 1 + strings.Count(line, "\n")}
	p.Column = 1 + len([]rune(line[strings.LastIndex(line, "\n")+1:]))
	return p
}

func address(t *testing.T, s string) graph.Address {
	t.Helper()
	a, err := graph.ParseAddress(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func addresses(t *testing.T, all ...string) []graph.Address {
	t.Helper()
	out := make([]graph.Address, len(all))
	for i, s := range all {
		out[i] = address(t, s)
	}
	return out
}

func rules() []*analyzer.Rule {
	return []*analyzer.Rule{
		{
			ID: "ftp-ingress-open", Title: "FTP open to everyone", Level: analyzer.Error, Severity: 9.1,
			Summary: "A firewall rule admits everyone to the FTP control port.",
			Help:    "# FTP open to everyone\n\nWhy, and how to fix it.\n", Tags: []string{"network", "security"},
		},
		{
			ID: "ftp-ingress-broad", Title: "FTP open to a broad public block", Level: analyzer.Warning, Severity: 5,
			Summary: "A firewall rule admits a broad public block to the FTP control port.",
			Help:    "# FTP open to a broad public block\n", Tags: []string{"network"},
		},
	}
}

// full is a result with something of everything, hostile names included.
func full(t *testing.T) *analyzer.Result {
	t.Helper()
	rs := rules()
	hostile := graph.Address{Mode: graph.Managed, Type: "aws_security_group", Name: "x", Key: graph.Name(
		"\x1b[31m\n::error::gotcha ##[error] [y](7) \u202e🎉")}
	r := &analyzer.Result{
		Rules: rs,
		Findings: []analyzer.Finding{
			{
				Rule: rs[0], Outcome: analyzer.Exposed, Level: analyzer.Error,
				Resources: addresses(t, "aws_security_group.web"), Scope: "aws_security_group.web",
				At:      spot(t, "main.tf", `"0.0.0.0/0"`),
				Message: "aws_security_group.web admits everyone to TCP port 21, which is the control port of FTP",
				About:   analyzer.Traffic{Opening: "tcp 20-30 from 0.0.0.0/0"}, Fix: "Admit only the addresses of clients.",
				Related: []analyzer.Related{
					{At: spot(t, "main.tf", `resource "aws_security_group" "web"`), Message: "the security group"},
					{Message: "somewhere without a place"},
				},
			},
			{
				Rule: rs[0], Outcome: analyzer.Exposed, Level: analyzer.Error,
				Resources: addresses(t, `module.edge["far away"].aws_security_group.a`, "aws_security_group.b[0]",
					"aws_security_group.b[1]", "aws_security_group.b[2]", "aws_security_group.b[3]"),
				Scope: "sg-123", At: spot(t, "net/a b%c/wide.tf", `"0.0.0.0/0"`),
				Message: `module.edge["far away"].aws_security_group.a and others admit everyone`,
				About:   analyzer.Traffic{Opening: "tcp 21 from 0.0.0.0/0"},
			},
			{
				Rule: rs[0], Outcome: analyzer.Exposed, Level: analyzer.Error,
				Resources: []graph.Address{hostile}, Scope: hostile.String(),
				At:      spot(t, "net/a b%c/wide.tf", `# `+"\x1b[31mred\u202e ##[error]no ##vso[task]"),
				Message: "::error file=a::" + hostile.String() + " admits\n::error::everyone \x1b[2J ##[error] [x](7)",
				About:   analyzer.Traffic{Opening: "tcp 21 from ::/0"}, Fix: "::warning::Admit nobody",
			},
			{
				Rule: rs[1], Outcome: analyzer.Exposed, Level: analyzer.Warning,
				Resources: addresses(t, "aws_security_group.web"), At: spot(t, "net/a b%c/wide.tf", `"::/0"`),
				Message: "It admits a broad block", About: analyzer.Traffic{Opening: "tcp 21 from 2000::/8"},
			},
			{
				Rule: rs[1], Outcome: analyzer.Unknown, Level: analyzer.Warning,
				Resources: addresses(t, "aws_security_group.many[*]"),
				At:        spot(t, "main.tf", mainTF[strings.Index(mainTF, "  ingress {\n    from_port   = 0"):len(mainTF)-2]),
				Message:   "aws_security_group.many may admit everyone", About: analyzer.Traffic{Opening: "tcp 21 from var.cidrs"},
				Decides: analyzer.Deciders([]graph.Origin{
					{Kind: graph.FromVariable, Name: "var.cidrs", At: at(t, "net/crlf.tf", `variable "cidrs" {}`)},
					{Kind: graph.FromData, Name: "data.aws_ip_ranges.all.cidr_blocks"},
				}),
			},
			{
				Rule: rs[1], Outcome: analyzer.Exposed, Level: analyzer.Note,
				Resources: addresses(t, "aws_security_group.web"), About: analyzer.Traffic{Opening: "tcp 21 from 2.0.0.0/8"},
				At: analyzer.At(hcl.Range{
					Filename: "plan.json", Start: hcl.Pos{Line: 7, Column: 3}, End: hcl.Pos{Line: 7, Column: 9},
				}),
				Message: "It is only in the plan.",
			},
		},
		Notices: []analyzer.Notice{
			{
				Level: analyzer.Error, Summary: "Invalid block", Detail: "A block must be closed by a brace.",
				At: at(t, "net/crlf.tf", "locals {"), Partial: true,
			},
			{Level: analyzer.Warning, Summary: "Module not found"},
		},
		Inputs:    []string{"."},
		Resources: 14,
	}
	for i := range r.Findings {
		r.Findings[i].Exposure = analyzer.NotAsked
	}
	r.Findings[0].Exposure = analyzer.Reachable
	return r
}

func clean() *analyzer.Result {
	return &analyzer.Result{Rules: rules(), Inputs: []string{"."}, Resources: 1}
}

// golden compares what write writes with a file in testdata.
func golden(t *testing.T, name string, write func(io.Writer) error) {
	t.Helper()
	got := render(t, write)
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func render(t testing.TB, write func(io.Writer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func sarifOf(r *analyzer.Result, o report.SARIFOptions) func(io.Writer) error {
	return func(w io.Writer) error { return report.WriteSARIF(w, r, sources, o) }
}

func textOf(r *analyzer.Result, o report.TextOptions) func(io.Writer) error {
	return func(w io.Writer) error { return report.WriteText(w, r, sources, o) }
}

func jsonOf(r *analyzer.Result, o report.Options) func(io.Writer) error {
	return func(w io.Writer) error { return report.WriteJSON(w, r, sources, o) }
}

// writer is a writer of reports with Options.
type writer func(io.Writer, *analyzer.Result, func(string) []byte, report.Options) error

// writers are all of them by the names of their formats.
func writers() map[string]writer {
	return map[string]writer{
		"json": report.WriteJSON, "github": report.WriteGitHub, "markdown": report.WriteMarkdown, "html": report.WriteHTML,
		"junit": report.WriteJUnit, "gitlab": report.WriteGitLab,
	}
}

func optionsOf(write writer, r *analyzer.Result) func(io.Writer) error {
	return func(w io.Writer) error {
		return write(w, r, sources, report.Options{Version: "v1.2.3", Time: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)})
	}
}

// reports returns the reports of a result by their formats.
func reports(r *analyzer.Result) map[string]func(io.Writer) error {
	out := map[string]func(io.Writer) error{
		"text":  textOf(r, report.TextOptions{}),
		"sarif": sarifOf(r, report.SARIFOptions{All: true}),
	}
	for name, write := range writers() {
		out[name] = optionsOf(write, r)
	}
	return out
}

func TestGolden(t *testing.T) {
	const version = "v1.2.3"
	for _, c := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{"full.txt", textOf(full(t), report.TextOptions{})},
		{"full-color.txt", textOf(full(t), report.TextOptions{Color: true})},
		{"clean.txt", textOf(clean(), report.TextOptions{})},
		{"full.sarif", sarifOf(full(t), report.SARIFOptions{Version: version, Category: "infra"})},
		{"full-all.sarif", sarifOf(full(t), report.SARIFOptions{Version: version, All: true})},
		{"clean.sarif", sarifOf(clean(), report.SARIFOptions{Version: version})},
		{"full.json", jsonOf(full(t), report.Options{Version: version})},
		{"clean.json", jsonOf(clean(), report.Options{Version: version})},
		{"full.github", optionsOf(report.WriteGitHub, full(t))},
		{"full.line", optionsOf(report.WriteLine, full(t))},
		{"clean.github", optionsOf(report.WriteGitHub, clean())},
		{"clean.line", optionsOf(report.WriteLine, clean())},
		{"full.md", optionsOf(report.WriteMarkdown, full(t))},
		{"clean.md", optionsOf(report.WriteMarkdown, clean())},
		{"full.junit.xml", optionsOf(report.WriteJUnit, full(t))},
		{"clean.junit.xml", optionsOf(report.WriteJUnit, clean())},
		{"full.gitlab.json", optionsOf(report.WriteGitLab, full(t))},
		{"clean.gitlab.json", optionsOf(report.WriteGitLab, clean())},
		{"full.html", optionsOf(report.WriteHTML, full(t))},
	} {
		t.Run(c.name, func(t *testing.T) { golden(t, c.name, c.write) })
	}
}

// failing is a writer that takes nothing.
type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, fmt.Errorf("no space") }

func TestWriteError(t *testing.T) {
	r := full(t)
	for name, write := range reports(r) {
		if err := write(failing{}); err == nil || err.Error() != "no space" {
			t.Errorf("%s returned %v, want the writer's error", name, err)
		}
	}
}
