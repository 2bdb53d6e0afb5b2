package analyzer_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
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
		"what listens on machines that nothing here sets up note: 6 open, 0 reached, worst ftp-cleartext",
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

// What a value newly opens is new, though the value and what else it opens are old.
func TestNewOpeningUnderAnOldCause(t *testing.T) {
	text := "variable \"clients\" {\n  default = [\"0.0.0.0/0\"]\n}\nvariable \"others\" {}\n" + network + partner("old", "var.clients") +
		partner("perhaps", "var.others")
	dir := folderOf(t, map[string]string{"main.tf": text})
	base := filepath.Join(t.TempDir(), "base")
	var b bytes.Buffer
	if err := runOn(t, configOf(t, dir)).WriteBaseline(&b); err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(base, b.String())
	write(filepath.Join(dir, "main.tf"), text+partner("new", "var.clients")+partner("newly", "var.others"))
	c := configOf(t, dir)
	c.Baseline = base
	r := runOn(t, c)
	var got []string
	for _, cause := range r.Causes() {
		for _, f := range cause.Findings {
			got = append(got, fmt.Sprintf("%s %v: %s %v", f.Rule.ID, f.Outcome == analyzer.Exposed, f.Resources[0], f.Change == analyzer.New))
			if f.Change != cause.Change {
				t.Errorf("the cause of %s is not as new as it", f.Resources[0])
			}
		}
	}
	slices.Sort(got)
	want := []string{
		"ftp-cleartext false: aws_instance.new true", "ftp-cleartext false: aws_instance.old false",
		"ftp-host-reachable false: aws_instance.newly true", "ftp-host-reachable false: aws_instance.perhaps false",
		"ftp-host-reachable true: aws_instance.new true", "ftp-host-reachable true: aws_instance.old false",
		"ftp-ingress-open false: aws_security_group.newly true", "ftp-ingress-open false: aws_security_group.perhaps false",
		"ftp-ingress-open true: aws_security_group.new true", "ftp-ingress-open true: aws_security_group.old false",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what is new (-want +got):\n%s", diff)
	}
	if got := r.CauseChanges; got.New != 3 || got.Unchanged != 3 {
		t.Errorf("the causes count %+v", got)
	}
}

// The default VPC is outside of a configuration, and so is a network that a data source finds: what isn't known of it is told once
// for all machines in it.
func TestNetworksElsewhereAreTold(t *testing.T) {
	text := "data \"aws_subnets\" \"found\" {}\n"
	for i := range 4 {
		text += fmt.Sprintf("resource \"aws_instance\" \"default%d\" {\n  ami = \"ami-1\"\n}\n", i)
		text += fmt.Sprintf("resource \"aws_instance\" \"found%d\" {\n  ami = \"ami-1\"\n  subnet_id = data.aws_subnets.found.ids[%d]\n}\n", i, i)
	}
	r := runOn(t, configOf(t, folderOf(t, map[string]string{"main.tf": text})))
	var got []string
	for _, c := range r.Causes() {
		got = append(got, fmt.Sprintf("%d by %s", len(c.Findings), c.Decider.Name))
	}
	want := []string{
		"4 by map_public_ip_on_launch of a default subnet of the default VPC",
		"4 by map_public_ip_on_launch of data.aws_subnets.found.ids",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
