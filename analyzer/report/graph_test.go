package report_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/adapter/all"
	"github.com/tfreach/tfreach/analyzer/netset"
	"github.com/tfreach/tfreach/analyzer/reach"
	"github.com/tfreach/tfreach/analyzer/report"
)

// TestGraphSchema checks that graphs have the shape that the published schema describes, whole and only what is exposed.
func TestGraphSchema(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("graph.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	const config = `
variable "groups" {}
resource "aws_instance" "ftp" {
  vpc_security_group_ids = var.groups
  subnet_id              = "subnet-1"
}
`
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	port := reach.Port{Service: "ftp", Label: "FTP", Protocol: netset.TCP, Ports: netset.Port(21)}
	drawings := func(exposed bool) []*report.Drawing {
		_, drawn, err := analyzer.RunWith(t.Context(), analyzer.Config{
			Paths: []string{dir}, Rules: []*analyzer.Rule{{ID: "walk", Port: port, Run: func(*analyzer.Pass) {}}}, Knowledge: all.Knowledge(),
		}, func(_ *analyzer.Selection, a *analyzer.Analysis) *report.Drawing { return report.Draw(a, exposed) })
		if err != nil {
			t.Fatal(err)
		}
		return drawn
	}
	for _, exposed := range []bool{false, true} {
		var b bytes.Buffer
		if err := report.Graph(&b, drawings(exposed), "json"); err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(&b)
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(doc); err != nil {
			t.Errorf("exposed %t: %v", exposed, err)
		}
		if nodes := doc.(map[string]any)["nodes"].([]any); exposed == (len(nodes) > 1) {
			t.Errorf("exposed %t: there are %d nodes", exposed, len(nodes))
		}
	}
	for format, want := range map[string]string{"dot": `"aws_instance.ftp"`, "mermaid": `["aws_instance.ftp"]`, "html": `aria-label="aws_instance aws_instance.ftp"`} {
		var b bytes.Buffer
		if err := report.Graph(&b, drawings(false), format); err != nil || !bytes.Contains(b.Bytes(), []byte(want)) {
			t.Errorf("%s: %v, no %s in\n%s", format, err, want, b.String())
		}
	}
	if err := report.Graph(&bytes.Buffer{}, drawings(false), "svg"); err == nil {
		t.Error("an unknown format is no error")
	}
}
