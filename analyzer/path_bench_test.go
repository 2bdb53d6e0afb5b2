package analyzer_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/adapter"
	"github.com/tfreach/tfreach/analyzer/reach"
	"github.com/tfreach/tfreach/rules"
)

// fleet is a configuration of instances over subnets with security groups, half of which admit everyone.
func fleet(instances, subnets, groups int) string {
	return fmt.Sprintf(`
resource "aws_vpc" "main" {}
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
resource "aws_subnet" "s" {
  count                   = %d
  vpc_id                  = aws_vpc.main.id
  map_public_ip_on_launch = count.index %% 3 > 0
}
resource "aws_route_table_association" "s" {
  count          = %[1]d
  subnet_id      = aws_subnet.s[count.index].id
  route_table_id = aws_route_table.public.id
}
resource "aws_security_group" "g" {
  count  = %d
  vpc_id = aws_vpc.main.id
  ingress {
    from_port   = 21
    to_port     = 21
    protocol    = "tcp"
    cidr_blocks = [count.index %% 2 == 0 ? "0.0.0.0/0" : "10.${count.index %% 256}.0.0/16"]
  }
}
resource "aws_instance" "i" {
  count                  = %d
  subnet_id              = aws_subnet.s[count.index %% %[1]d].id
  vpc_security_group_ids = [aws_security_group.g[count.index %% %[2]d].id]
}
`, subnets, groups, instances)
}

// BenchmarkPaths measures a fleet and a tenth of it, from reading the configuration to the findings.
func BenchmarkPaths(b *testing.B) {
	port, err := rules.Parse("ftp")
	if err != nil {
		b.Fatal(err)
	}
	for _, n := range []int{500, 5000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			dir := b.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(fleet(n, n/25, n/10)), 0o600); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				r, err := analyzer.Run(b.Context(), analyzer.Config{
					Paths: []string{dir}, Rules: rules.For([]reach.Port{port}), Adapters: adapter.All(), Clouds: adapter.Clouds(),
				})
				if err != nil || len(r.Findings) == 0 {
					b.Fatal(err, len(r.Findings))
				}
			}
		})
	}
}
