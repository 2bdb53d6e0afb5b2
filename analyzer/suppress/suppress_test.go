package suppress_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer/suppress"
)

func TestParse(t *testing.T) {
	const rules = "tfreach:ignore ftp-ingress-open"
	for _, test := range []struct{ comment, want string }{
		{"# " + rules + " the office's printer", `tfreach [ftp-ingress-open] "the office's printer"`},
		{"// " + rules + ",ftp-ingress-broad , ssh-ingress-open a, b", `tfreach [ftp-ingress-open ftp-ingress-broad ssh-ingress-open] "a, b"`},
		{"/* " + rules + " until=2030-01-31 moving */", `tfreach [ftp-ingress-open] until 2030-01-31 "moving"`},
		{"#" + rules, `tfreach [ftp-ingress-open] "" (It must say why, after the rules: tfreach:ignore RULE[,RULE] [until=YYYY-MM-DD] reason.)`},
		{"# tfreach:ignore", `tfreach [] "" (It must name the rules that it is about: tfreach:ignore RULE[,RULE] [until=YYYY-MM-DD] reason.)`},
		{"# tfreach:ignore * all", `tfreach [] "" (It must name the rules that it is about: tfreach:ignore RULE[,RULE] [until=YYYY-MM-DD] reason.)`},
		{"# " + rules + " until=2030-02-30 x", `tfreach [ftp-ingress-open] "" (The day after until= must be a date like 2030-12-31.)`},
		{"# write tfreach:ignore RULE reason to ignore it", ""},
		{"# tfreach:ignored by all", ""},
		{"#tfsec:ignore:aws-ec2-no-public-ingress-sgr", `tfsec [aws-ec2-no-public-ingress-sgr] ""`},
		{"#trivy:ignore:AVD-AWS-0107:exp:2030-02-01 tfsec:ignore:AWS008", `trivy [AVD-AWS-0107] until 2030-01-31 ""` + "\n" + `tfsec [AWS008] ""`},
		{"#tfsec:ignore:a:ws:production", ""},
		{"#trivy:ignore:aws-0107[cidr_blocks=0]", ""},
		{"#checkov:skip=CKV_AWS_24:ssh is meant", ""},
	} {
		var got []string
		for _, c := range suppress.Parse("main.tf", []byte("a = 1 "+test.comment+"\n")) {
			if c.Covers(hcl.Range{Filename: "main.tf", Start: hcl.Pos{Line: 1}}) {
				got = append(got, print(c))
			}
		}
		if diff := cmp.Diff(test.want, strings.Join(got, "\n")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.comment, diff)
		}
	}
}

func print(c *suppress.Comment) string {
	text := fmt.Sprintf("%s %v", c.Tool, c.Checks)
	if !c.Until.IsZero() {
		text += " until " + c.Until.Format(time.DateOnly)
	}
	text += fmt.Sprintf(" %q", c.Reason)
	if c.Problem != "" {
		text += " (" + c.Problem + ")"
	}
	return text
}

// TestCovers compares the lines that each comment of a file covers.
func TestCovers(t *testing.T) {
	const src = `# tfreach:ignore a on the block
# with more words
resource "x" "y" {
  list = [ # tfreach:ignore b on the list
    "1", # tfreach:ignore c on a line
    "2",
  ]
  text = "${1}" # tfreach:ignore d on a template
  # tfreach:ignore e before a heredoc
  more = <<-E
    # tfreach:ignore no comment
  E
  # tfreach:ignore f too far

  other = 1
  rules = [{
    a = 1
    }, { # tfreach:ignore g from here on
    a = 2
  }]
  # checkov:skip=CKV_1:anywhere in it
  # tfreach:ignore h at the end
}

# tfreach:ignore i nothing follows
`
	want := map[string]string{
		"a": "3-23", "b": "4-7", "c": "5-5", "d": "8-8", "e": "10-12", "f": "", "g": "18-20", "CKV_1": "3-23", "h": "23-23",
		"i": "",
	}
	got := map[string]string{}
	for _, c := range suppress.Parse("m.tf", []byte(src)) {
		first, last := 0, 0
		for line := 1; line < 30; line++ {
			if c.Covers(hcl.Range{Filename: "m.tf", Start: hcl.Pos{Line: line}}) {
				if last = line; first == 0 {
					first = line
				}
			}
		}
		if got[c.Checks[0]] = ""; first > 0 {
			got[c.Checks[0]] = fmt.Sprintf("%d-%d", first, last)
		}
		if c.Covers(hcl.Range{Filename: "other.tf", Start: hcl.Pos{Line: 3}}) {
			t.Errorf("%s covers another file", c.Checks[0])
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

// In YAML a comment counts for what is indented below its line.
func TestCoversYAML(t *testing.T) {
	const src = `# tfreach:ignore a all of the lobby
lobby:
  port: 21 # tfreach:ignore b a line
  cidrs: # tfreach:ignore c a list
  - 192.0.2.0/24

  # tfreach:ignore d an item
  - 0.0.0.0/0
  name: lobby
bar: # tfreach:ignore e all of the bar
  - name: x # tfreach:ignore f a map in a list
    port: 21
  - name: y
text: |
  more
last: {a: 1} # tfreach:ignore g the end
`
	want := map[string]string{"a": "2-9", "b": "3-3", "c": "4-8", "d": "8-8", "e": "10-13", "f": "11-12", "g": "16-16"}
	for _, file := range []string{"m.yaml", "m.yml"} {
		got := map[string]string{}
		for _, c := range suppress.Parse(file, []byte(src)) {
			var lines []int
			for line := 1; line < 30; line++ {
				if c.Covers(hcl.Range{Filename: file, Start: hcl.Pos{Line: line}}) {
					lines = append(lines, line)
				}
			}
			got[c.Checks[0]] = fmt.Sprintf("%d-%d", lines[0], lines[len(lines)-1])
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("lines of %s (-want +got):\n%s", file, diff)
		}
	}
}

func TestNames(t *testing.T) {
	equivalents := []string{"AVD-AWS-0107", "aws-ec2-no-public-ingress-sgr", "CKV_AWS_24"}
	for _, test := range []struct {
		tool  suppress.Tool
		check string
		want  bool
	}{
		{suppress.Tfreach, "ftp-ingress-open", true},
		{suppress.Tfreach, "CKV_AWS_24", false},
		{suppress.Trivy, "aws-0107", true},
		{suppress.Trivy, "AVD-AWS-0107", true},
		{suppress.Trivy, "AVD-AWS-0108", false},
		{suppress.Tfsec, "*", true},
		{suppress.Tfsec, "aws-*-no-public-*", true},
		{suppress.Tfsec, "aws-*-no-public-*-acl", false},
		{suppress.Tfsec, "ftp-ingress-open", false},
		{suppress.Checkov, "CKV_AWS_24", true},
	} {
		c := suppress.Comment{Tool: test.tool, Checks: []string{"other", test.check}}
		if got := c.Names("ftp-ingress-open", equivalents); got != test.want {
			t.Errorf("%s names %s: %t, want %t", test.tool, test.check, got, test.want)
		}
	}
}

// FuzzParse checks that comments are found in any text, within it.
func FuzzParse(f *testing.F) {
	f.Add("a = [ # tfreach:ignore a b\n]\n}")
	f.Add("/* checkov:skip=A:b\n*/ x {")
	f.Fuzz(func(t *testing.T, text string) {
		lines := strings.Count(text, "\n") + 1
		for _, c := range suppress.Parse("m.tf", []byte(text)) {
			if c.At.Start.Line < 1 || c.At.End.Line > lines || c.At.End.Byte > len(text) {
				t.Errorf("%v lies outside of the text", c.At)
			}
			if len(c.Checks) == 0 && c.Problem == "" {
				t.Errorf("%v names no check", c.At)
			}
		}
	})
}
