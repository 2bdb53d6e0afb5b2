package graph_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tfreach/tfreach/analyzer/graph"
)

// edges prints the edges of a configuration, with a question mark after an end, or an edge, that isn't certain.
func edges(t *testing.T, config string, links ...graph.Link) []string {
	t.Helper()
	var out []string
	end := func(e graph.End) string {
		name := e.Name
		if name == "" {
			name = "unknown"
		}
		if e.Resource == nil {
			name = "(" + name + ")"
		}
		if !e.Certain {
			name += "?"
		}
		return name
	}
	for _, e := range build(t, map[string]string{"main.tf": config}).Connect(links).Edges {
		text := fmt.Sprintf("%s %s %s", end(*e.From), e.Kind, end(*e.To))
		if !e.Certain() {
			text += " ?"
		}
		out = append(out, text)
	}
	return out
}

func TestConnect(t *testing.T) {
	subnet := graph.Link{Type: "aws_instance", Kind: graph.InSubnet, To: "subnet_id"}
	groups := graph.Link{Type: "aws_instance", Kind: graph.FilteredBy, To: "groups[]"}
	interfaces := graph.Link{Type: "aws_instance", Kind: graph.AttachedTo, From: "nic.id"}
	named := graph.Link{Type: "aws_instance", Kind: graph.InNetwork, To: "network", Named: []string{"net"}}
	for _, c := range []struct {
		name, config string
		links        []graph.Link
		want         []string
	}{
		{
			"a reference", `
resource "aws_subnet" "s" {}
resource "aws_instance" "m" { subnet_id = aws_subnet.s.id }`,
			[]graph.Link{subnet},
			[]string{"aws_instance.m in-subnet aws_subnet.s"},
		},
		{"no reference", `resource "aws_instance" "m" {}`, []graph.Link{subnet}, nil},
		{"an empty ID", `resource "aws_instance" "m" { subnet_id = "" }`, []graph.Link{subnet}, nil},
		{"null", `resource "aws_instance" "m" { subnet_id = null }`, []graph.Link{subnet}, nil},
		{
			"a literal ID", `resource "aws_instance" "m" { subnet_id = "subnet-1" }`,
			[]graph.Link{subnet},
			[]string{"aws_instance.m in-subnet (subnet-1)"},
		},
		{
			"a variable", `
variable "s" {}
resource "aws_instance" "m" { subnet_id = var.s }`,
			[]graph.Link{subnet},
			[]string{"aws_instance.m in-subnet (var.s)"},
		},
		{
			"one of two", `
variable "b" {}
resource "aws_subnet" "s" { count = 2 }
resource "aws_instance" "m" { subnet_id = var.b ? aws_subnet.s[0].id : aws_subnet.s[1].id }`,
			[]graph.Link{subnet},
			[]string{
				"aws_instance.m in-subnet aws_subnet.s[0]? ?", "aws_instance.m in-subnet aws_subnet.s[1]? ?",
			},
		},
		{
			"a resource that may not be there", `
variable "n" {}
resource "aws_subnet" "s" {}
resource "aws_instance" "m" {
  count     = var.n
  subnet_id = aws_subnet.s.id
}`,
			[]graph.Link{subnet},
			[]string{"aws_instance.m[*] in-subnet aws_subnet.s ?"},
		},
		{
			"several", `
resource "aws_group" "g" { count = 2 }
resource "aws_instance" "m" { groups = aws_group.g[*].id }`,
			[]graph.Link{groups},
			[]string{
				"aws_instance.m filtered-by aws_group.g[0]", "aws_instance.m filtered-by aws_group.g[1]",
			},
		},
		{
			"nested blocks", `
resource "aws_nic" "n" {}
resource "aws_instance" "m" {
  nic { id = aws_nic.n.id }
  nic { id = "eni-1" }
}`,
			[]graph.Link{interfaces},
			[]string{
				"(eni-1) attached-to aws_instance.m", "aws_nic.n attached-to aws_instance.m",
			},
		},
		{
			"blocks that may not be there", `
variable "b" {}
resource "aws_nic" "n" {}
resource "aws_instance" "m" {
  dynamic "nic" {
    for_each = var.b
    content { id = aws_nic.n.id }
  }
}`,
			[]graph.Link{interfaces},
			[]string{"aws_nic.n? attached-to aws_instance.m ?"},
		},
		{
			"a name", `
resource "net" "n" { name = "main" }
resource "aws_instance" "m" { network = "main" }`,
			[]graph.Link{named},
			[]string{"aws_instance.m in-network net.n"},
		},
		{
			"a link that ends in a name", `
resource "net" "n" { name = "main" }
resource "aws_instance" "m" { network = "projects/p/global/networks/main" }`,
			[]graph.Link{named},
			[]string{"aws_instance.m in-network net.n"},
		},
		{
			"a name of two", `
resource "net" "n" { name = "main" }
resource "net" "o" { name = "main" }
resource "aws_instance" "m" { network = "main" }`,
			[]graph.Link{named},
			[]string{"aws_instance.m in-network (main)"},
		},
		{
			"a name where none is asked for", `
resource "aws_subnet" "n" { name = "main" }
resource "aws_instance" "m" { subnet_id = "main" }`,
			[]graph.Link{subnet},
			[]string{"aws_instance.m in-subnet (main)"},
		},
		{
			"a data source declares nothing", `
data "aws_instance" "m" { subnet_id = "subnet-1" }`,
			[]graph.Link{subnet},
			nil,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := edges(t, c.config, c.links...)
			slices.Sort(got)
			slices.Sort(c.want)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("edges (-want +got):\n%s", diff)
			}
		})
	}
}

// TestTopologyEnds asks for the edges at an end: of the kind, and of that end only.
func TestTopologyEnds(t *testing.T) {
	g := build(t, map[string]string{"main.tf": `
resource "aws_subnet" "s" { vpc_id = "vpc-1" }
resource "aws_instance" "a" { subnet_id = aws_subnet.s.id }
resource "aws_instance" "b" { subnet_id = aws_subnet.s.id }`})
	topology := g.Connect([]graph.Link{
		{Type: "aws_instance", Kind: graph.InSubnet, To: "subnet_id"},
		{Type: "aws_subnet", Kind: graph.InNetwork, To: "vpc_id"},
	})
	if n := len(topology.To("aws_subnet.s", graph.InSubnet)); n != 2 {
		t.Errorf("%d machines are in the subnet, not 2", n)
	}
	if from := topology.From("aws_subnet.s", graph.InNetwork); len(from) != 1 || from[0].To.Name != "vpc-1" {
		t.Errorf("the subnet is in %+v, not in vpc-1", from)
	}
	if n := len(topology.From("aws_subnet.s", graph.InSubnet)); n != 0 {
		t.Errorf("the subnet is in %d subnets", n)
	}
}
