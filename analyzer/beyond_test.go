package analyzer_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/adapter/all"
	"github.com/tfreach/tfreach/analyzer/reach"
	"github.com/tfreach/tfreach/analyzer/trials"
	"github.com/tfreach/tfreach/rules"
)

// What a machine reaches in its turn is told once for each cause. Where many machines differ, it ends somewhere, and says so.
func TestBeyond(t *testing.T) {
	t.Parallel()
	ftp, err := rules.Parse("21")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString(`
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
	machines := trials.Count(4, 140)
	for i := range machines {
		fmt.Fprintf(&b, `
resource "aws_security_group" "g%d" {
  vpc_id = aws_vpc.main.id
  ingress {
    from_port   = 21
    to_port     = 21
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_instance" "m%[1]d" {
  ami                    = "ami-0abc"
  instance_type          = "t3.small"
  subnet_id              = aws_subnet.public.id
  vpc_security_group_ids = [aws_security_group.g%[1]d.id]
}
`, i)
	}
	r, err := analyzer.Run(t.Context(), analyzer.Config{
		Paths: []string{"."}, Files: fstest.MapFS{"main.tf": {Data: []byte(b.String())}}, Rules: rules.For([]reach.Port{ftp}), Knowledge: all.Knowledge(),
		Beyond: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	told, cut := 0, 0
	for _, c := range r.Causes() {
		for i, f := range c.Findings {
			switch {
			case f.BeyondCut && len(f.Beyond) == 0:
				cut++
			case len(f.Beyond) > 0 && i > 0:
				t.Errorf("%s isn't the worst of its cause, and it is told what it reaches", f.Resources[0])
			case len(f.Beyond) > 0:
				told++
			}
		}
	}
	if told == 0 || told+cut != machines || (cut > 0) != trials.Long() {
		t.Errorf("of %d machines, it is told of %d what they reach, and of %d that this wasn't found out", machines, told, cut)
	}
}
