package analyzer_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/adapter/all"
	"github.com/tfreach/tfreach/analyzer/reach"
	"github.com/tfreach/tfreach/rules"
)

// A configuration in memory is analysed as one on the disk is, with its plan, and nothing on the disk is looked at.
func TestFilesInMemory(t *testing.T) {
	files := fstest.MapFS{
		"infra/main.tf": {Data: []byte("module \"m\" {\n  source = \"../m\"\n  cidr   = file(\"${path.module}/cidr\")\n}\n")},
		"infra/cidr":    {Data: []byte("0.0.0.0/0")},
		"m/main.tf": {Data: []byte(`variable "cidr" {}
resource "aws_security_group" "ftp" {
  ingress {
    from_port   = 21
    to_port     = 21
    protocol    = "tcp"
    cidr_blocks = [var.cidr]
  }
}
`)},
	}
	plan := `{"format_version": "1.2", "terraform_version": "1.11.4", "resource_changes": [{
  "address": "module.m.aws_security_group.ftp", "module_address": "module.m", "mode": "managed", "type": "aws_security_group", "name": "ftp",
  "provider_name": "registry.terraform.io/hashicorp/aws",
  "change": {"actions": ["create"], "before": null, "after_unknown": {"id": true}, "after": {
    "ingress": [{"from_port": 21, "to_port": 21, "protocol": "tcp", "cidr_blocks": ["0.0.0.0/0"]}]}}}],
  "configuration": {"root_module": {"module_calls": {"m": {"source": "../m", "module": {"resources": [{
    "address": "aws_security_group.ftp", "mode": "managed", "type": "aws_security_group", "name": "ftp"}]}}}}}}`
	ftp, err := rules.Parse("ftp")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []analyzer.Config{
		{Paths: []string{"."}},
		{Paths: []string{"infra"}},
		{Paths: []string{"-"}, Stdin: strings.NewReader(plan), Source: "infra"},
	} {
		c.Files, c.Rules, c.Knowledge = files, rules.For([]reach.Port{ftp}), all.Knowledge()
		result, err := analyzer.Run(t.Context(), c)
		if err != nil || len(result.Findings) != 1 || !result.Complete() {
			t.Errorf("%v: %+v, %v", c.Paths, result, err)
			continue
		}
		if at := result.Findings[0].At; at.Filename != "infra/cidr" && at.Filename != "infra/main.tf" {
			t.Errorf("%v: it is at %s", c.Paths, at)
		}
	}
	if _, err := analyzer.Run(t.Context(), analyzer.Config{Paths: []string{"/etc"}, Files: files}); err == nil {
		t.Error("a folder that isn't there is none of the operating system's")
	}
}
