package analyzer_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tfreach/tfreach/analyzer"
)

// network is what leads to machines in a subnet.
const network = `
resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}
resource "aws_internet_gateway" "gw" {
  vpc_id = aws_vpc.main.id
}
resource "aws_route_table" "public" {
  vpc_id = aws_vpc.main.id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.gw.id
  }
}
resource "aws_subnet" "a" {
  vpc_id                  = aws_vpc.main.id
  cidr_block              = "10.0.1.0/24"
  map_public_ip_on_launch = true
}
resource "aws_route_table_association" "a" {
  subnet_id      = aws_subnet.a.id
  route_table_id = aws_route_table.public.id
}
`

// partner is a group with a machine, open to a source.
func partner(name, source string) string {
	return strings.NewReplacer("NAME", name, "SOURCE", source).Replace(`
resource "aws_security_group" "NAME" {
  vpc_id = aws_vpc.main.id
  ingress {
    from_port   = 21
    to_port     = 21
    protocol    = "tcp"
    cidr_blocks = SOURCE
  }
}
resource "aws_instance" "NAME" {
  ami                    = "ami-0abc"
  instance_type          = "t3.small"
  subnet_id              = aws_subnet.a.id
  vpc_security_group_ids = [aws_security_group.NAME.id]
}
`)
}

// What one value opens, or would decide, is one cause, with the machines behind the rules.
func TestCauses(t *testing.T) {
	text := "variable \"clients\" {\n  default = [\"0.0.0.0/0\"]\n}\nvariable \"others\" {}\nvariable \"more\" {}\n" + network +
		partner("own", `["0.0.0.0/0"]`)
	for i := range 5 {
		text += partner(fmt.Sprint("open", i), "var.clients") + partner(fmt.Sprint("maybe", i), "var.others")
	}
	text += partner("either", "concat(var.more, var.others)")
	r := runOn(t, configOf(t, folderOf(t, map[string]string{"main.tf": text})))
	var got []string
	counted := 0
	for _, c := range r.Causes() {
		name := fmt.Sprintf("line %d", c.At.Start.Line)
		if c.Decider != nil {
			name = c.Decider.Name
		}
		got = append(got, fmt.Sprintf("%s %v: %d open, %d reached, worst %s", name, c.Worst().Level, len(c.Opens), len(c.Reaches), c.Worst().Rule.ID))
		counted += len(c.Findings)
	}
	want := []string{
		"line 2 error: 5 open, 5 reached, worst ftp-host-reachable",
		"line 36 error: 1 open, 1 reached, worst ftp-host-reachable",
		"var.others error: 6 open, 6 reached, worst ftp-host-reachable",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if counted != len(r.Findings) {
		t.Errorf("the causes have %d of %d findings", counted, len(r.Findings))
	}
	for _, f := range r.Findings {
		if f.Change == analyzer.Absent {
			t.Error("there was nothing before")
		}
	}
}
