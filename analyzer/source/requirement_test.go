package source_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer/source"
)

func TestLockedVersions(t *testing.T) {
	dir := t.TempDir()
	tree := open(t, dir)
	if locked, diags := tree.LockedVersions("."); len(locked) > 0 || len(diags) > 0 {
		t.Errorf("without a file: %v, %v", locked, diags)
	}
	write(t, dir, map[string]string{".terraform.lock.hcl": `
provider "registry.terraform.io/hashicorp/aws" {
  version = "6.1.0"
}
provider "registry.example.com/shop/aws" {
  version = "1.0.0"
}
provider "registry.terraform.io/hashicorp/null" {
  version = null
}
provider "a" "b" {
  version = `})
	locked, diags := tree.LockedVersions(".")
	if len(diags) == 0 || diags[0].Severity != hcl.DiagWarning || diags[0].Subject.Start.Line < 11 {
		t.Error(diags)
	}
	want := map[string]string{"hashicorp/aws": "6.1.0", "registry.example.com/shop/aws": "1.0.0"}
	if len(locked) != len(want) {
		t.Errorf("got %v", locked)
	}
	for address, version := range want {
		if locked[address] != version {
			t.Errorf("%s: got %q, want %q", address, locked[address], version)
		}
	}
}

func TestRequirement(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"main.tf": `
terraform {
  required_version = ">= 1.5"
  required_providers {
    aws  = { source = "registry.terraform.io/hashicorp/aws", version = "~> 6.0" }
    shop = { source = "example.com/shop/shop" }
    old  = "~> 1.0"
    what = var.what
  }
}
provider "old" {
  version = ">= 1.2"
}
`, "a_override.tf": `
terraform {
  required_providers {
    shop = { source = "example.com/shop/other", version = "2.0.0" }
  }
}
`})
	m := open(t, dir).Module(".")
	if m.Diags.HasErrors() {
		t.Fatal(m.Diags)
	}
	for name, want := range map[string]source.Requirement{
		"aws":  {Source: "hashicorp/aws", Constraints: []string{"~> 6.0"}},
		"shop": {Source: "example.com/shop/other", Constraints: []string{"2.0.0"}},
		"old":  {Source: "hashicorp/old", Constraints: []string{"~> 1.0", ">= 1.2"}},
		"what": {Source: "hashicorp/what"},
		"null": {Source: "hashicorp/null"},
	} {
		got := m.Requirement(name)
		if got.Source != want.Source || strings.Join(got.Constraints, " ") != strings.Join(want.Constraints, " ") {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
}
