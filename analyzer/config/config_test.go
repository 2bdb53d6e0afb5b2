package config_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/tfreach/tfreach/analyzer/config"
)

func decode(t *testing.T, text string) (*config.Settings, string) {
	t.Helper()
	f, diags := hclsyntax.ParseConfig([]byte(text), config.Name, hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	fail := func(s string) error {
		if strings.Contains(s, "nonsense") {
			return errors.New("unknown " + s)
		}
		return nil
	}
	s, diags := config.Decode(f, config.Checks{Rule: fail, Port: fail})
	var lines []string
	for _, d := range diags {
		lines = append(lines, d.Error())
	}
	return s, strings.Join(lines, "\n")
}

// TestExample checks that the example in the reference page is right, and that it shows every key.
func TestExample(t *testing.T) {
	s, problems := decode(t, config.Example)
	if problems != "" {
		t.Fatal(problems)
	}
	if diff := cmp.Diff([]string{"ftp", "ssh", "8000-8080"}, s.Ports); diff != "" {
		t.Error(diff)
	}
	if s.BroadIPv4 != 20 || s.BroadIPv6 != 40 || !s.Rules[1].Off || s.Rules[0].Off || s.Rules[0].Level != "error" {
		t.Errorf("%+v", s)
	}
	if got := s.Trusted[0]; got.Name != "office" || got.Set.String() != "198.51.100.0/24, 2001:db8:7::/48" {
		t.Errorf("trusted: %+v, %s", got, got.Set)
	}
	if p := s.Paths[0]; p.Text != "sandbox/**" || p.Rules[0].Reason != "thrown away every night" {
		t.Errorf("path: %+v", p)
	}
	for line := range strings.Lines(config.Reference()) {
		if name, ok := strings.CutPrefix(line, "- `"); ok {
			if name, _, _ = strings.Cut(name, "`"); !strings.Contains(config.Example, name) {
				t.Errorf("the example does not show %s", name)
			}
		}
	}
}

func TestErrors(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{`port = ["ftp"]`, `.tfreach.hcl:1,1-5: Unsupported argument; An argument named "port" is not expected here. Did you mean "ports"?`},
		{`rules "a" {}`, `.tfreach.hcl:1,1-6: Unsupported block type; Blocks of type "rules" are not expected here. Did you mean "rule"?`},
		{`ports = ["nonsense"]`, `.tfreach.hcl:1,9-21: Invalid value; unknown nonsense.`},
		{`ports = "ftp"`, `.tfreach.hcl:1,9-14: Wrong type of value; It must be a list of texts.`},
		{`ports = [null]`, `.tfreach.hcl:1,9-15: Wrong type of value; An element of the list is null.`},
		{`ports = [var.a]`, `.tfreach.hcl:1,10-13: Variables not allowed; Variables may not be used here.`},
		{`ports = [` + strings.Repeat(`"1",`, 101) + `]`, `.tfreach.hcl:1,9-415: Too many ports; A file may name 100 ports or ranges.`},
		{`rule "nonsense" {}`, `.tfreach.hcl:1,6-16: Unknown rule; unknown nonsense.`},
		{"rule \"a\" {\n  level = \"high\"\n}", `.tfreach.hcl:2,11-17: Invalid value; It must be error, warning or note.`},
		{"rule \"a\" {\n  enabled = 3\n}", `.tfreach.hcl:2,13-14: Wrong type of value; It must be true or false.`},
		{"broad {\n  ipv4 = 33\n}", `.tfreach.hcl:2,10-12: Invalid value; It must be a whole number from 0 to 32.`},
		{"broad {\n  ipv6 = null\n}", `.tfreach.hcl:2,10-14: Invalid value; It must be a whole number from 0 to 128.`},
		{"trusted \"a\" {\n}", `.tfreach.hcl:1,1-12: Missing argument; A trusted block needs prefixes.`},
		{`exclude = ["../a"]`, `.tfreach.hcl:1,11-19: Invalid value; "../a" is not a path below the file's directory.`},
		{`exclude = ["{a,b}"]`, `.tfreach.hcl:1,11-20: Invalid value; "{a,b}" is malformed; use *, **, ? and [a-z].`},
		{`path "**/**/**/**/**" {}`, `.tfreach.hcl:1,6-22: Invalid pattern; "**/**/**/**/**" has more than 4 **.`},
	} {
		if _, got := decode(t, test.text+"\n"); got != test.want {
			t.Errorf("%.40s:\n got %s\nwant %s", test.text, got, test.want)
		}
	}
}

func TestPattern(t *testing.T) {
	for _, test := range []struct {
		pattern, name string
		want          bool
	}{
		{"legacy", "legacy", true},
		{"legacy", "legacy/a/main.tf", true},
		{"legacy/", "legacy/main.tf", true},
		{"legacy/**", "legacy/a/main.tf", true},
		{"legacy/**", "legacy2/main.tf", false},
		{"*/dev", "a/dev/main.tf", true},
		{"*/dev", "a/b/dev/main.tf", false},
		{"**/dev", "a/b/dev/main.tf", true},
		{"./a.tf", "a.tf", true},
	} {
		if got := (config.Pattern{Text: test.pattern}).Match(test.name); got != test.want {
			t.Errorf("%s matches %s: %t, want %t", test.pattern, test.name, got, test.want)
		}
	}
}

// FuzzSettings decodes any settings: never a panic, each error with a place, and ports and patterns that were checked.
func FuzzSettings(f *testing.F) {
	f.Add(config.Reference())
	for _, text := range []string{
		"ports = [\"21\", 22]\n", "exclude = [\"a/**\", \"[\"]\n", "trusted \"office\" {\n  prefixes = [\"192.0.2.0/24\", \"::/0\"]\n}\n",
		"path \"a/*\" {\n  rule \"ftp-ingress-open\" {\n    level  = \"note\"\n    reason = \"x\"\n  }\n}\n", "broad {\n  ipv4 = 1e9\n}\n", "a = b.c\n",
		"root \"live/*\" {\n  workspace = \"x\"\n  vars = { a = [1] }\n  variant \"prod\" {\n    var_files = [\"a.tfvars\", \"../b\"]\n    vars = { b = null }\n  }\n}\n",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		file, diags := hclsyntax.ParseConfig([]byte(text), config.Name, hcl.InitialPos)
		if diags.HasErrors() {
			return
		}
		checked := map[string]bool{}
		s, diags := config.Decode(file, config.Checks{
			Rule: func(string) error { return nil },
			Port: func(port string) error { checked[port] = true; return nil },
		})
		for _, d := range diags {
			if d.Subject == nil || d.Subject.Start.Line < 1 {
				t.Errorf("no place: %v", d)
			}
		}
		for _, port := range s.Ports {
			if !checked[port] {
				t.Errorf("nobody checked port %q", port)
			}
		}
		for _, p := range s.Exclude {
			p.Match("a/b/main.tf")
		}
		all, variants := s.Of("live/a")
		for _, v := range append(variants, config.Variant{Given: all}) {
			for _, value := range v.Values {
				if value.At.Start.Line < 1 {
					t.Errorf("no place: %v", value)
				}
			}
		}
	})
}
