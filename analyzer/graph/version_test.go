package graph_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/hashicorp/go-version"

	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/source/plan"
)

func atLeast4(r *graph.Resource) string {
	v := r.ProviderAtLeast(4, 0)
	if is, ok := v.Bool(); ok {
		return fmt.Sprint(is)
	}
	return v.Origins()[0].Name
}

func TestProviderAtLeast(t *testing.T) {
	const unknown = "the version of the provider azurerm"
	required := func(entry string) string {
		return "terraform {\n  required_providers {\n    azurerm = " + entry + "\n  }\n}\n"
	}
	const resource = `resource "azurerm_public_ip" "a" {}`
	for _, c := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"nothing", map[string]string{"main.tf": resource}, unknown},
		{"a constraint", map[string]string{"main.tf": required(`{ version = "~> 4.1" }`) + resource}, "true"},
		{"one part", map[string]string{"main.tf": required(`{ version = "~> 3" }`) + resource}, "false"},
		{"of old", map[string]string{"main.tf": required(`"=2.99.0"`) + resource}, "false"},
		{"in the provider block", map[string]string{"main.tf": "provider \"azurerm\" {\n  version = \"~> 3.0\"\n}\n" + resource}, "false"},
		{"spanning", map[string]string{"main.tf": required(`{ version = ">= 3.0" }`) + resource}, unknown},
		{"several", map[string]string{"main.tf": required(`{ version = ">= 3.0, < 4" }`) + resource}, "false"},
		{"contradictory", map[string]string{"main.tf": required(`{ version = "< 3, > 5" }`) + resource}, unknown},
		{"malformed", map[string]string{"main.tf": required(`{ version = "four" }`) + resource}, unknown},
		{"too large", map[string]string{"main.tf": required(`{ version = "> 4.0.9223372036854775807" }`) + resource}, unknown},
		{"a trial version", map[string]string{"main.tf": required(`{ version = "4.0.0-beta1" }`) + resource}, "true"},
		{"of somebody else", map[string]string{"main.tf": required(`{
      source  = "example/azurerm"
      version = "~> 4.0"
    }`) + resource}, "the version of the provider example/azurerm"},
		{"another local name", map[string]string{"main.tf": `
terraform {
  required_providers {
    azure = {
      source                = "hashicorp/azurerm"
      version               = "~> 3.0"
      configuration_aliases = [azure.west]
    }
  }
}
resource "azurerm_public_ip" "a" { provider = azure.west }`}, "false"},
		{"an override", map[string]string{
			"main.tf": required(`{ version = "~> 3.0" }`) + resource, "main_override.tf": required(`{ version = "~> 4.0" }`),
		}, "true"},
		{"in JSON", map[string]string{"main.tf.json": `{
			"terraform": {"required_providers": {"azurerm": {"source": "hashicorp/azurerm", "version": "~> 4.0"}}},
			"resource": {"azurerm_public_ip": {"a": {}}}}`}, "true"},
		{"locked", map[string]string{
			"main.tf": required(`{ version = ">= 3.0" }`) + resource,
			".terraform.lock.hcl": `provider "registry.terraform.io/hashicorp/azurerm" {
  version     = "3.117.1"
  constraints = ">= 3.0.0"
  hashes      = ["h1:x"]
}`,
		}, "false"},
		{"locked by OpenTofu, and above the constraint", map[string]string{
			"main.tf":             required(`{ version = "~> 3.0" }`) + resource,
			".terraform.lock.hcl": "provider \"registry.opentofu.org/hashicorp/azurerm\" {\n  version = \"4.20.0\"\n}\n",
		}, "true"},
		{"the root module asks", map[string]string{
			"main.tf":   required(`{ version = "~> 4.0" }`) + `module "m" { source = "./m" }`,
			"m/main.tf": required(`{ version = ">= 3.0" }`) + resource,
		}, "true"},
		{"the root module asks by another name", map[string]string{
			"main.tf": `
terraform {
  required_providers {
    azure = {
      source  = "hashicorp/azurerm"
      version = "~> 4.0"
    }
  }
}
module "m" { source = "./m" }`,
			"m/main.tf": resource,
		}, "true"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := build(t, c.files)
			if len(g.Resources) != 1 || atLeast4(g.Resources[0]) != c.want {
				t.Errorf("got %s, want %s (%v)", atLeast4(g.Resources[0]), c.want, g.Diagnostics())
			}
		})
	}
}

// What random constraints leave is told from all small versions.
func TestProviderAtLeastOracle(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 400 {
		var parts []string
		for range 1 + random.IntN(3) {
			op := []string{"", "=", ">=", "<=", ">", "<", "!=", "~>"}[random.IntN(8)]
			number := fmt.Sprintf("%d.%d", 2+random.IntN(4), random.IntN(3))
			if random.IntN(3) > 0 {
				number += fmt.Sprintf(".%d", random.IntN(3))
			}
			parts = append(parts, op+" "+number)
		}
		text := strings.Join(parts, ",")
		constraints, err := version.NewConstraint(text)
		if err != nil {
			t.Fatal(err)
		}
		var below, above bool
		for major := range 8 {
			for minor := range 5 {
				for patch := range 6 {
					v := version.Must(version.NewVersion(fmt.Sprintf("%d.%d.%d", major, minor, patch)))
					if constraints.Check(v) {
						below, above = below || major < 4, above || major >= 4
					}
				}
			}
		}
		want := "the version of the provider azurerm"
		if below != above {
			want = fmt.Sprint(above)
		}
		g := build(t, map[string]string{"main.tf": `
terraform {
  required_providers {
    azurerm = { version = "` + text + `" }
  }
}
resource "azurerm_public_ip" "a" {}`})
		if got := atLeast4(g.Resources[0]); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

// A plan has the constraints of all modules.
func TestProviderAtLeastInPlan(t *testing.T) {
	const head = `{"format_version": "1.2", "terraform_version": "1.9.0", "resource_changes": [{
		"address": "azurerm_public_ip.a", "mode": "managed", "type": "azurerm_public_ip", "name": "a",
		"provider_name": "registry.terraform.io/hashicorp/azurerm",
		"change": {"actions": ["create"], "before": null, "after": {"name": "a"}, "after_unknown": {}}}]`
	for _, c := range []struct{ text, want string }{
		{head + `}`, "the version of the provider azurerm"},
		{head + `, "configuration": {
			"provider_config": {
				"azurerm": {"name": "azurerm", "full_name": "registry.terraform.io/hashicorp/azurerm", "version_constraint": ">= 3.0.0"},
				"module.m:azurerm": {"name": "azurerm", "full_name": "registry.terraform.io/hashicorp/azurerm", "version_constraint": "~> 4.0"},
				"aws": {"name": "aws", "full_name": "registry.terraform.io/hashicorp/aws", "version_constraint": "~> 3.0"}},
			"root_module": {"resources": [{"address": "azurerm_public_ip.a", "mode": "managed", "type": "azurerm_public_ip", "name": "a",
				"provider_config_key": "azurerm", "expressions": {}}]}}}`, "true"},
	} {
		plan, err := plan.Read(strings.NewReader(c.text), func(string, string) bool { return true })
		if err != nil {
			t.Fatal(err)
		}
		g := graph.FromPlan(plan, "plan.json")
		if got := atLeast4(g.Resources[0]); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}
