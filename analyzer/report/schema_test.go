package report_test

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/adapter/all"
	"github.com/tfreach/tfreach/analyzer/reach"
	"github.com/tfreach/tfreach/analyzer/report"
	tfrules "github.com/tfreach/tfreach/rules"
)

// scanned is the result of a fixture.
func scanned(t *testing.T, name string) *analyzer.Result {
	t.Helper()
	ftp, err := tfrules.Parse("ftp")
	if err != nil {
		t.Fatal(err)
	}
	r, err := analyzer.Run(t.Context(), analyzer.Config{
		Paths: []string{filepath.Join("..", "..", "fixtures", filepath.FromSlash(name))}, Rules: tfrules.For([]reach.Port{ftp}),
		Knowledge: all.Knowledge(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The schemas accept what is written of results that differ in all they can, and refuse what lacks a field or has another.
func TestSchemas(t *testing.T) {
	made := map[string]*analyzer.Result{"full": full(t), "clean": clean(), "compared": compared(t, "main"), "only new": compared(t, "")}
	made["only new"].NewOnly = true
	for _, name := range []string{"ftp/server", "aws/path-hops", "azure/azurerm_network_security_group", "modules/missing", "language/sensitive-variable"} {
		made[name] = scanned(t, name)
	}
	for _, c := range []struct {
		schema, list string
		write        writer
	}{
		{"report.schema.json", "findings", report.WriteJSON},
		{"testdata/gitlab-sast.schema.json", "vulnerabilities", report.WriteGitLab},
	} {
		schema, err := jsonschema.NewCompiler().Compile(c.schema)
		if err != nil {
			t.Fatal(err)
		}
		for name, r := range made {
			doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(render(t, optionsOf(c.write, r))))
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(doc); err != nil {
				t.Errorf("%s of %s: %v", c.schema, name, err)
			}
			o := doc.(map[string]any)
			o["surplus"] = 1
			if schema.Validate(doc) == nil {
				t.Errorf("%s accepts a report of %s with another field", c.schema, name)
			}
			delete(o, "surplus")
			delete(o, c.list)
			if schema.Validate(doc) == nil {
				t.Errorf("%s accepts a report of %s without its %s", c.schema, name, c.list)
			}
		}
	}
}
