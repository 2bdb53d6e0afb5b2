package registry_test

import (
	"testing"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/adapter/registry"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/source"
)

// TestModels checks that each model is right Terraform, all of which is at the call.
func TestModels(t *testing.T) {
	t.Parallel()
	at := hcl.Range{Filename: "main.tf", Start: hcl.Pos{Line: 3, Column: 1, Byte: 20}, End: hcl.Pos{Line: 3, Column: 13, Byte: 32}}
	model := read.ModelOf(registry.Modules())
	models := 0
	for _, m := range registry.Modules() {
		text := model(m.Source, "")
		if text == nil {
			continue
		}
		models++
		parsed := source.Model(text, at, ".")
		if parsed.Diags.HasErrors() || len(parsed.Outputs) == 0 {
			t.Errorf("%s: %v", m.Source, parsed.Diags)
		}
		for _, block := range parsed.Resources {
			for _, a := range block.Body[0].Attributes {
				if a.Expr.Range() != at || block.At != at {
					t.Errorf("%s: %s.%s: %s is elsewhere: %s", m.Source, block.Labels[0], block.Labels[1], a.Name, a.Expr.Range())
				}
			}
		}
	}
	if models < 10 {
		t.Errorf("there are %d models", models)
	}
}

// TestVersions checks which versions are known.
func TestVersions(t *testing.T) {
	t.Parallel()
	model := read.ModelOf(registry.Modules())
	for _, test := range []struct {
		source, version string
		known           bool
	}{
		{"terraform-aws-modules/vpc/aws", "", true},
		{"terraform-aws-modules/vpc/aws", "5.8.1", true},
		{"terraform-aws-modules/vpc/aws", "~> 2.44", true},
		{"terraform-aws-modules/vpc/aws", "~> 2.40.0", false},
		{"terraform-aws-modules/vpc/aws", ">= 2.0, < 2.43", false},
		{"terraform-aws-modules/vpc/aws", "1.60.0", false},
		{"terraform-aws-modules/vpc/aws", "newest", false},
		{"terraform-aws-modules/alb/aws", "~> 8.0", false},
		{"terraform-aws-modules/alb/aws", "~> 9.11", true},
		{"terraform-aws-modules/autoscaling/aws", "6.10.0", false},
		{"terraform-aws-modules/autoscaling/aws", ">= 7.0", true},
		{"terraform-aws-modules/rds/aws", "3.5.0", false},
		{"terraform-aws-modules/rds/aws", "6.10.0", true},
		{"Azure/avm-res-network-networksecuritygroup/azurerm", "~> 0.5", true},
		{"Azure/avm-res-network-networksecuritygroup/azurerm", "0.1.1", false},
		{"terraform-aws-modules/vpc/aws//modules/vpc-endpoints", "", false},
		{"git::https://github.com/terraform-aws-modules/terraform-aws-vpc.git?ref=v5.1.0", "", true},
		{"git::https://github.com/terraform-aws-modules/terraform-aws-vpc.git?ref=main", "", false},
		{"git::https://github.com/terraform-aws-modules/terraform-aws-vpc.git?ref=25322b6b6be69db6cca7f167d7b0e5327156a595", "", false},
	} {
		if got := model(test.source, test.version) != nil; got != test.known {
			t.Errorf("%s %s: known: %t", test.source, test.version, got)
		}
	}
}

// TestKnown checks which calls are known whose rules are read from the arguments.
func TestKnown(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		source, version string
		known           bool
	}{
		{"terraform-google-modules/network/google", "~> 9.0", true},
		{"terraform-google-modules/network/google", "", true},
		{"terraform-google-modules/network/google", "0.8.0", false},
		{"terraform-google-modules/network/google//modules/firewall-rules", "~> 9.0", true},
		{"terraform-aws-modules/security-group/aws", "~> 5.3", true},
		{"terraform-aws-modules/eks/aws", "~> 20.0", false},
	} {
		call := &graph.MissingModule{Source: test.source, Version: test.version}
		if _, _, got := read.Known(registry.Modules(), call); got != test.known {
			t.Errorf("%s %s: known: %t", test.source, test.version, got)
		}
	}
}
