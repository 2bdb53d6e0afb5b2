package source_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tfreach/tfreach/analyzer/source"
)

// An empty file of OpenTofu's hides nothing that Terraform reads, unless something says that it is OpenTofu.
func TestReadings(t *testing.T) {
	lock := func(host string) string {
		return "provider \"" + host + "/hashicorp/aws\" {\n  version = \"5.0.0\"\n}\n"
	}
	version := func(constraint string) string { return "terraform {\n  required_version = \"" + constraint + "\"\n}\n" }
	const (
		both   = "OpenTofu without [main.tf], Terraform without [main.tofu]"
		one    = "Terraform without [main.tofu]"
		tofu   = "OpenTofu without [main.tf]"
		either = "OpenTofu without []"
	)
	for _, tt := range []struct {
		name  string
		files map[string]string // besides main.tf
		want  string
	}{
		{"only Terraform's files", map[string]string{"a.tf.json": "{}"}, either},
		{"beside each other", map[string]string{"main.tofu": ""}, both},
		{"Terraform's lock file", map[string]string{"main.tofu": "", ".terraform.lock.hcl": lock("registry.terraform.io")}, one},
		{"OpenTofu's lock file", map[string]string{"main.tofu": "", ".terraform.lock.hcl": lock("registry.opentofu.org")}, tofu},
		{"another registry", map[string]string{"main.tofu": "", ".terraform.lock.hcl": lock("registry.example.com")}, both},
		{"both registries", map[string]string{"main.tofu": "", ".terraform.lock.hcl": lock("registry.opentofu.org") + lock("registry.terraform.io")}, both},
		{"a broken lock file", map[string]string{"main.tofu": "", ".terraform.lock.hcl": "{"}, both},
		{"old Terraform", map[string]string{"main.tofu": "", "v.tf": version("~> 1.5.0")}, one},
		{"old Terraform by a bound", map[string]string{"main.tofu": "", "v.tf": version(">= 1.0, < 1.8")}, one},
		{"a version of both", map[string]string{"main.tofu": "", "v.tf": version(">= 1.5")}, both},
		{"a single version of both", map[string]string{"main.tofu": "", "v.tf": version("1.9.3")}, both},
		{"a constraint of OpenTofu's own file", map[string]string{"main.tofu": version("< 1.8")}, both},
		{"no constraint", map[string]string{"main.tofu": "", "v.tf": version("some")}, both},
		{"a version manager's file", map[string]string{"main.tofu": "", ".opentofu-version": "1.9.0"}, tofu},
		{"another one", map[string]string{"main.tofu": "", ".tool-versions": "golang 1.26\nterraform 1.11.4\n"}, one},
		{"contradictory ones", map[string]string{"main.tofu": "", ".opentofu-version": "1.9.0", ".terraform.lock.hcl": lock("registry.terraform.io")}, both},
		{"an override", map[string]string{"x_override.tofu": ""}, "OpenTofu without [], Terraform without [x_override.tofu]"},
		{
			"in JSON",
			map[string]string{"main.tofu": "", "a.tf.json": "{}", "a.tofu.json": "{}"},
			"OpenTofu without [a.tf.json main.tf], Terraform without [a.tofu.json main.tofu]",
		},
		{
			"in a module",
			map[string]string{"call.tf": "module \"m\" {\n  source = \"./m\"\n}\n", "m/a.tf": "", "m/a.tofu": ""},
			"OpenTofu without [m/a.tf], Terraform without [m/a.tofu]",
		},
		{
			"in a module that one program calls",
			map[string]string{"call.tf": "module \"m\" {\n  source = \"./m\"\n}\n", "call.tofu": "", "m/a.tf": "", "m/a.tofu": ""},
			"OpenTofu without [call.tf m/a.tf], Terraform without [call.tofu m/a.tofu]",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, map[string]string{"main.tf": "locals {\n  terraform = 1\n}\n"})
			write(t, dir, tt.files)
			tree := open(t, dir)
			var got []string
			for _, r := range tree.Readings(".") {
				got = append(got, fmt.Sprintf("%v without %v", r.Program, r.Unread))
				_, has := r.Tree.Module(".").Locals["terraform"]
				if has == slices.Contains(r.Unread, "main.tf") {
					t.Errorf("%v has what main.tf declares: %t", r.Program, has)
				}
			}
			if text := strings.Join(got, ", "); text != tt.want {
				t.Errorf("got %s, want %s", text, tt.want)
			}
			if roots, err := tree.Roots(t.Context(), "."); err != nil || !slices.Equal(roots.Roots, []string{"."}) {
				t.Errorf("roots %v, %v", roots.Roots, err)
			}
		})
	}
	dir := t.TempDir()
	write(t, dir, map[string]string{"main.tofu": "", "m/main.tofu": ""})
	if got := open(t, dir).Readings("."); len(got) != 1 || got[0].Program != source.OpenTofu || len(got[0].Unread) > 0 {
		t.Errorf("only OpenTofu's files: %+v", got)
	}
}
