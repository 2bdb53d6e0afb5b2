package rules_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/adapter/all"
	"github.com/tfreach/tfreach/analyzer/reach"
	"github.com/tfreach/tfreach/rules"
)

func scan(t *testing.T, config string) *analyzer.Result {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	port, err := rules.Parse("ftp")
	if err != nil {
		t.Fatal(err)
	}
	r, err := analyzer.Run(t.Context(), analyzer.Config{
		Paths: []string{dir}, Rules: rules.For([]reach.Port{port}), Knowledge: all.Knowledge(),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range r.Notices {
		t.Errorf("%s: %s", n.Summary, n.Detail)
	}
	return r
}

// TestRelated checks that a finding names its rule, its scope, what did not stop it and what the scope guards.
func TestRelated(t *testing.T) {
	r := scan(t, `
resource "aws_subnet" "edge" {
  vpc_id     = "vpc-1"
  cidr_block = "10.0.0.0/24"
}
resource "aws_network_acl" "edge" {
  vpc_id     = "vpc-1"
  subnet_ids = [aws_subnet.edge.id]
}
resource "aws_network_acl_rule" "deny" {
  network_acl_id = aws_network_acl.edge.id
  rule_number    = 90
  rule_action    = "deny"
  protocol       = "tcp"
  from_port      = 21
  to_port        = 21
  cidr_block     = "203.0.113.0/24"
}
resource "aws_network_acl_rule" "deny_ssh" {
  network_acl_id = aws_network_acl.edge.id
  rule_number    = 91
  rule_action    = "deny"
  protocol       = "tcp"
  from_port      = 22
  to_port        = 22
  cidr_block     = "0.0.0.0/0"
}
resource "aws_network_acl_rule" "allow" {
  network_acl_id = aws_network_acl.edge.id
  rule_number    = 100
  rule_action    = "allow"
  protocol       = "-1"
  cidr_block     = "0.0.0.0/0"
}
resource "aws_security_group" "ftp" {
  ingress {
    from_port   = 21
    to_port     = 21
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
resource "aws_instance" "ftp" {
  vpc_security_group_ids = [aws_security_group.ftp.id]
}
resource "aws_launch_template" "ftp" {
  network_interfaces {
    security_groups = [aws_security_group.ftp.id]
  }
}
`)
	var got []string
	for _, f := range r.Findings {
		got = append(got, fmt.Sprintf("%s %s %d", f.Rule.ID, f.Resources[0], f.At.Start.Line))
		for _, related := range f.Related {
			got = append(got, fmt.Sprintf("%d: %s", related.At.Start.Line, related.Message))
		}
	}
	want := []string{
		"ftp-ingress-open aws_security_group.ftp 40",
		"36: the rule that opens the port",
		"44: attached to aws_instance.ftp",
		"48: attached to aws_launch_template.ftp",
		"ftp-host-reachable aws_instance.ftp 43",
		"36: the rule that opens the port: tcp 21 from 0.0.0.0/0",
		"ftp-nacl-ingress-open aws_network_acl_rule.allow 33",
		"28: the rule that opens the port",
		"6: the network ACL that the rule belongs to",
		"10: a rule before it that does not stop it: deny tcp 21 from 203.0.113.0/24",
		"8: attached to aws_subnet.edge",
		"ftp-cleartext aws_instance.ftp 43",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestShadowed checks that an allow which opens nothing is no finding, and that the result says why.
func TestShadowed(t *testing.T) {
	r := scan(t, `
resource "aws_network_acl" "edge" {
  vpc_id = "vpc-1"
  ingress {
    rule_no    = 100
    action     = "allow"
    protocol   = "tcp"
    from_port  = 20
    to_port    = 22
    cidr_block = "0.0.0.0/0"
  }
  ingress {
    rule_no    = 20
    action     = "deny"
    protocol   = "tcp"
    from_port  = 21
    to_port    = 21
    cidr_block = "128.0.0.0/1"
  }
  ingress {
    rule_no    = 10
    action     = "deny"
    protocol   = "-1"
    from_port  = 0
    to_port    = 0
    cidr_block = "0.0.0.0/1"
  }
}
`)
	if len(r.Findings) > 0 {
		t.Errorf("there is a finding: %s", r.Findings[0].Message)
	}
	var got []string
	for _, s := range r.Shadowed {
		got = append(got, fmt.Sprintf("%v %d: %v %s", s.Port, s.Rule.At.Start.Line, s.Rule.Action, s.Rule.Brief))
		for _, by := range s.By {
			got = append(got, fmt.Sprintf("%d: %v %s", by.At.Start.Line, by.Action, by.Brief))
		}
	}
	want := []string{
		"TCP 21 4: allow tcp 20-22 from 0.0.0.0/0",
		"20: deny all protocols from 0.0.0.0/1",
		"12: deny tcp 21 from 128.0.0.0/1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
