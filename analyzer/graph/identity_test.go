package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tfreach/tfreach/analyzer/graph"
)

// TestPicked has expressions for one ID, with what they name: with a question mark what they may name. The values of the
// variables aren't known.
func TestPicked(t *testing.T) {
	t.Parallel()
	const config = `
variable "which" { type = number }
variable "name" { type = string }
variable "flag" { type = bool }
variable "id" { type = string }
variable "ids" { type = list(string) }
variable "some" { type = number }
resource "s" "a" {}
resource "s" "b" {}
resource "s" "n" { count = 3 }
resource "s" "k" {
  for_each = { pub = true, priv = false }
  public   = each.value
}
resource "s" "some" { count = var.some }
locals {
  list = [s.a.id, s.b.id]
  map  = { a = s.a.id, b = s.b.id }
}
module "m" {
  source = "./m"
  id     = s.a.id
  ids    = [s.b.id, s.a.id]
}
module "n" {
  source = "./m"
  count  = 2
  id     = s.n[count.index].id
  ids    = []
}
module "maybe" {
  source = "./m"
  count  = var.some
  id     = s.a.id
  ids    = []
}
module "elsewhere" { source = "registry.example/none/none/none" }
`
	const m = `
variable "id" {}
variable "ids" { type = list(string) }
variable "object" {
  type    = object({ id = optional(string) })
  default = {}
}
resource "s" "inner" { count = 2 }
output "same" { value = var.id }
output "set" { value = toset(var.ids) }
output "list" { value = var.ids }
output "object" { value = { id = var.id, other = "x" } }
output "inner" { value = s.inner[*].id }
output "whole" { value = s.inner }
`
	for expr, want := range map[string]string{
		// One of a list or map that is known.
		"s.a.id":                                      "s.a",
		"[s.a.id, s.b.id][1]":                         "s.b",
		"local.list[1]":                               "s.b",
		"local.map[\"b\"]":                            "s.b",
		"local.map.b":                                 "s.b",
		"element(local.list, 3)":                      "s.b",
		"element(s.n[*].id, 4)":                       "s.n[1]",
		"element([for x in s.n : x.id], 2)":           "s.n[2]",
		"[for x in s.k : x.id if x.public][0]":        `s.k["pub"]`,
		"lookup(local.map, \"b\")":                    "s.b",
		"lookup(local.map, \"c\", s.a.id)":            "s.a",
		"values(local.map)[0]":                        "s.a",
		"merge(local.map, { a = s.b.id })[\"a\"]":     "s.b",
		"zipmap([\"x\", \"y\"], local.list)[\"y\"]":   "s.b",
		"coalesce(s.b.id, s.a.id)":                    "s.b",
		"coalesce(\"\", s.a.id)":                      "s.a",
		"coalesce(null, s.a.id, s.b.id)":              "s.a",
		"try(s.b.id, s.a.id)":                         "s.b",
		"try(local.map[\"none\"], s.a.id)":            "s.a",
		"one([s.a.id])":                               "s.a",
		"slice(local.list, 1, 2)[0]":                  "s.b",
		"reverse(local.list)[0]":                      "s.b",
		"concat([s.a.id], [s.b.id])[1]":               "s.b",
		"flatten([[s.a.id], [s.b.id]])[1]":            "s.b",
		"tolist([s.b.id, s.a.id])[0]":                 "s.b",
		"chunklist(local.list, 1)[1][0]":              "s.b",
		"coalescelist([], [s.b.id])[0]":               "s.b",
		"tostring(s.a.id)":                            "s.a",
		"{ x = local.list }[\"x\"][1]":                "s.b",
		"{ for k, v in local.map : k => v }[\"b\"]":   "s.b",
		"s.k[\"priv\"].id":                            `s.k["priv"]`,
		"values(s.k)[1].id":                           `s.k["pub"]`,
		"(true ? s.a.id : s.b.id)":                    "s.a",
		"(length(local.list) == 2 ? s.a.id : s.b.id)": "s.a",
		"module.m.same":                               "s.a",
		"module.m.list[0]":                            "s.b",
		"module.m.object.id":                          "s.a",
		"module.m.inner[1]":                           "module.m.s.inner[1]",
		"module.m.whole[0].id":                        "module.m.s.inner[0]",
		"module.n[1].same":                            "s.n[1]",
		"element(module.n[*].same, 0)":                "s.n[0]",
		"[for x in module.n : x.same][1]":             "s.n[1]",
		// One of several.
		"(var.flag ? s.a.id : s.b.id)":             "s.a? s.b?",
		"(var.flag ? s.a.id : \"s-1\")":            "(s-1)? s.a?",
		"(var.flag ? s.a.id : null)":               "s.a?",
		"(var.flag ? s.a.id : s.a.id)":             "s.a",
		"(var.flag ? s.a.id : var.id)":             "s.a? (unknown)?",
		"(s.a.public ? \"s-1\" : \"s-2\")":         "(s-1)? (s-2)?",
		"(s.a.public ? s.b.id : s.n[0].id)":        "s.b? s.n[0]?",
		"(var.flag ? [s.a.id] : [s.b.id])[0]":      "s.a? s.b?",
		"element(local.list, var.which)":           "s.a? s.b?",
		"lookup(local.map, var.name, s.n[0].id)":   "s.a? s.b? s.n[0]?",
		"coalesce(var.id, s.a.id)":                 "s.a? (unknown)?",
		"try(var.ids[0], s.a.id)":                  "s.a? (unknown)?",
		"split(\",\", join(\",\", local.list))[1]": "s.a? s.b?",
		"local.list[var.which]":                    "s.a? s.b?",
		"element(tolist(toset(local.list)), 0)":    "s.a? s.b?",
		// An instance of a number that isn't known, or nothing.
		"s.some[0].id":                             "s.some[*]?",
		"s.some[1].id":                             "s.some[*]?",
		"one(s.some[*].id)":                        "s.some[*]?",
		"module.maybe[0].same":                     "s.a",
		"module.maybe[0].inner[1]":                 "module.maybe[*].s.inner[1]?",
		"(var.flag ? s.some[0].id : s.b.id)":       "s.b? s.some[*]?",
		"(var.flag ? module.maybe[0].same : null)": "s.a?",
		"try(s.some[0].id, s.b.id)":                "s.b? s.some[*]?",
		"try(module.maybe[0].same, s.b.id)":        "s.b? (unknown)?",
		"element(module.maybe[*].same, 0)":         "(unknown)?",
		// Elsewhere.
		"var.id":                     "(var.id)",
		"var.ids[0]":                 "(var.ids)",
		"module.elsewhere.id":        "(module.elsewhere)?",
		"\"s-1\"":                    "(s-1)",
		"[\"s-1\", s.a.id][0]":       "(s-1)",
		"element([s.a.id, \"\"], 1)": "",
	} {
		g := build(t, map[string]string{
			"m/main.tf": m, "main.tf": config + "resource \"x\" \"x\" {\n  id = " + expr + "\n}\n",
		})
		if got := ends(g.End(resource(t, g, "x.x").Attr("id"), true)); got != want {
			t.Errorf("%s is %s, want %s", expr, got, want)
		}
	}
}

// TestMembers has expressions for several IDs.
func TestMembers(t *testing.T) {
	t.Parallel()
	const config = `
variable "flag" { type = bool }
variable "ids" { type = list(string) }
variable "some" { type = number }
resource "s" "a" {}
resource "s" "b" {}
resource "s" "n" { count = 2 }
resource "s" "some" { count = var.some }
`
	for expr, want := range map[string]string{
		"[s.a.id, s.b.id]":                               "s.a s.b",
		"s.n[*].id":                                      "s.n[0] s.n[1]",
		"toset([s.a.id, s.b.id])":                        "s.a s.b",
		"setunion([s.a.id], [s.b.id])":                   "s.a s.b",
		"distinct([s.a.id, s.b.id])":                     "s.a s.b",
		"sort([s.a.id, s.b.id])":                         "s.a s.b",
		"compact([s.a.id, \"\", s.b.id])":                "s.a s.b",
		"compact([s.a.name, s.b.id])":                    "s.a? s.b",
		"[element([s.a.id, s.b.id], 1)]":                 "s.b",
		"var.flag ? [s.a.id] : [s.b.id]":                 "s.a? s.b?",
		"var.flag ? [s.a.id, s.b.id] : [s.b.id]":         "s.a? s.b?",
		"var.flag ? [s.a.id] : []":                       "s.a?",
		"[var.flag ? s.a.id : s.b.id]":                   "s.a? s.b?",
		"[for i in [0, 1] : var.flag ? s.a.id : s.b.id]": "s.a? s.b? s.a? s.b?",
		"concat([s.a.id], var.ids)":                      "s.a (unknown)?",
		"s.some[*].id":                                   "s.some[*]?",
		"[for x in s.some : x.id]":                       "s.some[*]? (unknown)?",
		"concat(s.some[*].id, [s.a.id])":                 "s.a s.some[*]?",
	} {
		g := build(t, map[string]string{"main.tf": config + "resource \"x\" \"x\" {\n  ids = " + expr + "\n}\n"})
		if got := ends(g.EndsOf(resource(t, g, "x.x").Attr("ids"), true)); got != want {
			t.Errorf("%s is %s, want %s", expr, got, want)
		}
	}
}

func ends(all []graph.End) string {
	var out []string
	for _, e := range all {
		name := e.Name
		if name == "" {
			name = "unknown"
		}
		if e.Resource == nil {
			name = fmt.Sprintf("(%s)", name)
		}
		if !e.Certain {
			name += "?"
		}
		out = append(out, name)
	}
	return strings.Join(out, " ")
}
