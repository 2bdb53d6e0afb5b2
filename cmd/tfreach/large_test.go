package main

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// large is a configuration with 1,000 machines: three values open 250 groups with a machine each, and five would decide of
// 750 such and of 500 groups more.
func large() map[string]string {
	var b strings.Builder
	b.WriteString(`
variable "clients" {
  type    = list(string)
  default = ["0.0.0.0/0"]
}

variable "partners" {
  type = list(string)
}

variable "offices" {
  type = list(string)
}

locals {
  vendors   = ["0.0.0.0/0"]
  preview   = terraform.workspace == "live" ? ["10.0.0.0/8"] : ["0.0.0.0/0"]
  carriers  = data.aws_ip_ranges.carriers.cidr_blocks
  neighbour = ["${aws_eip.neighbour.public_ip}/1"]
  tenants   = module.tenants.cidrs
}

data "aws_ip_ranges" "carriers" {
  services = ["ec2"]
}

resource "aws_eip" "neighbour" {
  domain = "vpc"
}

module "tenants" {
  source = "example.com/tenants/aws"
}

resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.main.id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.main.id
  }
}

resource "aws_subnet" "public" {
  vpc_id                  = aws_vpc.main.id
  cidr_block              = "10.0.1.0/24"
  map_public_ip_on_launch = true
}

resource "aws_route_table_association" "public" {
  subnet_id      = aws_subnet.public.id
  route_table_id = aws_route_table.public.id
}
`)
	n := 0
	group := func(source string, machine bool) {
		n++
		fmt.Fprintf(&b, `
resource "aws_security_group" "g%d" {
  vpc_id = aws_vpc.main.id
  ingress {
    from_port   = 21
    to_port     = 21
    protocol    = "tcp"
    cidr_blocks = %s
  }
}
`, n, source)
		if machine {
			fmt.Fprintf(&b, `
resource "aws_instance" "m%d" {
  ami                    = "ami-0abc"
  instance_type          = "t3.small"
  subnet_id              = aws_subnet.public.id
  vpc_security_group_ids = [aws_security_group.g%[1]d.id]
}
`, n)
		}
	}
	for i := range 250 {
		group([]string{"var.clients", "local.vendors", "var.partners"}[i%3], true)
	}
	for i := range 1_250 {
		group([]string{"local.preview", "var.offices", "local.carriers", "local.neighbour", "local.tenants"}[i%5], i < 750)
	}
	return map[string]string{"main.tf": b.String(), "terraform.tfvars": "partners = [\"0.0.0.0/0\"]\n"}
}

// Three values that open much, five that would decide of more, and machines of which nobody knows what listens on them are three
// errors and six unknown verdicts in every report, and no report is longer than its readers are patient.
func TestLarge(t *testing.T) {
	t.Parallel()
	dir := cmp.Or(os.Getenv("TFREACH_LARGE"), t.TempDir()) // a folder for the reports, such as to validate them
	for name, text := range large() {
		writeFile(t, filepath.Join(dir, name), text)
	}
	var out, stderr bytes.Buffer
	args := []string{"scan", dir, "--color", "never"}
	file := func(format string) string { return filepath.Join(dir, "report."+format) }
	for _, format := range formatNames()[1:] {
		args = append(args, "--output", format+"="+file(format))
	}
	if code := run(t.Context(), args, streams{In: strings.NewReader(""), Out: &out, Err: &stderr}); code != exitFindings {
		t.Fatalf("exit code %d: %s", code, &stderr)
	}
	writeFile(t, file("text"), out.String())
	for _, c := range []struct {
		format       string
		lines, bytes int
		counts       map[string]int
	}{
		{"text", 170, 15_000, map[string]int{"\nerror: ": 2, "\nunknown: ": 4}}, // one more error begins the report, and two more unknowns are a line each
		{"sarif", 12_000, 500_000, map[string]int{`"kind": "fail"`: 3, `"id": "undecided"`: 6}},
		{"github", 12, 20_000, map[string]int{"::error ": 3, "::notice ": 6}},
		{"gitlab", 7_000, 250_000, map[string]int{`"severity": "Critical"`: 3, `"severity": "Unknown"`: 6}},
		{"junit", 80, 30_000, map[string]int{"<failure": 3, "<skipped": 6}},
		{"line", 10, 8_000, map[string]int{": error: ": 3, ": unknown: ": 6}},
		{"markdown", 450, 40_000, map[string]int{"| **error** |": 3, "| **unknown** |": 6, "</details>": 9}},
		{"html", 4_000, 400_000, map[string]int{`data-verdict="error"`: 3, `data-verdict="unknown"`: 6, "<li>The internet reaches": 3}},
		// For programs each finding is there, too.
		{"json", 300_000, 9_000_000, map[string]int{`"reaches": 150`: 5, `"opens": 250`: 6, `"reaches": 84`: 1, `"scope": `: 2_750}},
	} {
		text := readIfThere(t, file(c.format))
		if n := strings.Count(text, "\n"); n > c.lines || len(text) > c.bytes || text == "" {
			t.Errorf("%s has %d lines and %d bytes, want at most %d and %d", c.format, n, len(text), c.lines, c.bytes)
		}
		for part, want := range c.counts {
			if n := strings.Count(text, part); n != want {
				t.Errorf("%s has %q %d times, want %d", c.format, part, n, want)
			}
		}
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if next := strings.Join(lines[len(lines)-14:], " "); !strings.Contains(next, "Next:") || !strings.Contains(next, "--workspace") || !strings.Contains(next, "terraform init") {
		t.Errorf("the report ends with %s", next)
	}
}
