package source_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tfreach/tfreach/analyzer/source"
)

func TestManifestFind(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, ".terraform", "modules", "modules.json")
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		t.Fatal(err)
	}
	const text = `{"Modules": [
		{"Key": "", "Source": "", "Dir": "."},
		{"Key": "net", "Source": "registry.terraform.io/ns/net/aws", "Version": "5.1.2", "Dir": ".terraform/modules/net"},
		{"Key": "net.git", "Source": "git::https://example.com/net.git?ref=v1.0", "Dir": ".terraform/modules/net.git"}
	]}`
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	tree, err := source.OpenTree(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	m, diags := tree.Manifest(".")
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	for _, c := range []struct{ call, source, constraint, wrong string }{
		{"net", "ns/net/aws", "", ""},
		{"net", "ns/net/aws", "~> 5.0", ""},
		{"net", "ns/net/aws", ">= 4, < 6", ""},
		{"net", "ns/net/aws", "not a constraint", ""},
		{"net", "ns/net/aws", "5.1.3", "another version is installed: 5.1.2"},
		{"net", "ns/net/aws", "< 5", "another version is installed: 5.1.2"},
		{"net", "ns/other/aws", "", "another module is installed"},
		{"gone", "ns/net/aws", "", "it is not installed"},
		{"net.git", "git::https://example.com/net.git?ref=v1.0", "", ""},
		{"net.git", "git::https://example.com/net.git?depth=1&ref=v1.0", "", ""},
		{"net.git", "git::https://example.com/net.git?ref=v1.1", "", `it is installed at another reference: "v1.0"`},
		{"net.git", "git::https://example.com/net.git", "", `it is installed at another reference: "v1.0"`},
	} {
		got, err := m.Find(strings.Split(c.call, "."), c.source, c.constraint)
		switch {
		case c.wrong == "" && (err != nil || got != ".terraform/modules/"+c.call):
			t.Errorf("%s %s %q: got %q, %v", c.call, c.source, c.constraint, got, err)
		case c.wrong != "" && (err == nil || !strings.HasPrefix(err.Error(), c.wrong)):
			t.Errorf("%s %s %q: got error %v, want %s", c.call, c.source, c.constraint, err, c.wrong)
		}
	}
}
