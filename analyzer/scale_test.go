package analyzer_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/adapter/all"
	"github.com/tfreach/tfreach/analyzer/reach"
	"github.com/tfreach/tfreach/rules"
)

// BenchmarkForEach analyses security groups that one for_each makes.
func BenchmarkForEach(b *testing.B) {
	for _, n := range []int{1_000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			scan(b, n, map[string]string{"main.tf": fmt.Sprintf(`
locals {
  groups = {
    for p in setproduct(range(%d), range(100)) : "${p[0]}-${p[1]}" => {
      port  = 20 + p[1] %% 3
      cidrs = p[1] %% 3 == 1 ? ["0.0.0.0/0"] : [cidrsubnet("10.0.0.0/8", 8, p[0])]
    }
  }
}

resource "aws_security_group" "this" {
  for_each = local.groups
  name     = "group-${each.key}"

  ingress {
    from_port   = each.value.port
    to_port     = each.value.port
    protocol    = "tcp"
    cidr_blocks = each.value.cidrs
  }
}
`, n/100)})
		})
	}
}

// BenchmarkModules analyses calls of a module with ten resources: a group, with rules that refer to it.
func BenchmarkModules(b *testing.B) {
	for _, n := range []int{100, 1_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			scan(b, 10*n, map[string]string{
				"main.tf": fmt.Sprintf(`
module "site" {
  source   = "./site"
  for_each = { for i in range(%d) : "site-${i}" => i }
  number   = each.value
  clients  = each.value %% 2 == 0 ? ["0.0.0.0/0"] : ["10.0.0.0/8"]
}
`, n),
				"site/main.tf": `
variable "number" {
  type = number
}

variable "clients" {
  type = list(string)
}

resource "aws_security_group" "this" {
  name = "site-${var.number}"
}

resource "aws_security_group_rule" "this" {
  count             = 9
  type              = "ingress"
  security_group_id = aws_security_group.this.id
  from_port         = 20 + count.index
  to_port           = 20 + count.index
  protocol          = "tcp"
  cidr_blocks       = var.clients
}
`,
			})
		})
	}
}

// BenchmarkTree analyses ten configurations with four modules each, 500 files and 20,000 lines in all. It reports the
// time as a multiple of what parsing alone takes on one core.
func BenchmarkTree(b *testing.B) {
	files := map[string]string{}
	for stack := range 10 {
		dirs := []string{fmt.Sprintf("stacks/s%d", stack)}
		for module := range 4 {
			dirs = append(dirs, fmt.Sprintf("modules/s%d-m%d", stack, module))
		}
		for i, dir := range dirs {
			for file := range 10 {
				files[fmt.Sprintf("%s/part%d.tf", dir, file)] = part(file)
			}
			if i > 0 {
				files[dirs[0]+"/part9.tf"] += fmt.Sprintf("module \"m%d\" {\n  source = \"../../%s\"\n  name0  = local.name1\n}\n", i, dir)
			}
		}
	}
	dir := scan(b, 0, files)
	b.StopTimer()
	start := time.Now()
	for range b.N {
		parse(b, dir)
	}
	b.ReportMetric(float64(b.Elapsed())/float64(time.Since(start)), "x-parsing")
}

// part is a file of 40 lines as configurations have them: most of it is of no interest to the analysis.
func part(number int) string {
	return fmt.Sprintf(`# Part %[1]d of the configuration.

variable "name%[1]d" {
  description = "The name of what this part makes."
  type        = string
  default     = "part%[1]d"
}

locals {
  name%[1]d = "${var.name%[1]d}-server"
  tags%[1]d = merge({ Name = local.name%[1]d }, { Part = %[1]d })
}

resource "aws_instance" "server%[1]d" {
  ami                    = data.aws_ami.debian%[1]d.id
  instance_type          = "t3.micro"
  vpc_security_group_ids = [aws_security_group.server%[1]d.id]
  tags                   = local.tags%[1]d
}

data "aws_ami" "debian%[1]d" {
  most_recent = true
  owners      = ["136693071363"]
}

resource "aws_security_group" "server%[1]d" {
  name = local.name%[1]d
  tags = local.tags%[1]d

  ingress {
    from_port   = 15 + %[1]d
    to_port     = 15 + %[1]d
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

output "id%[1]d" {
  value = aws_instance.server%[1]d.id
}
`, number)
}

// scan analyses files with so many resources, 0 for any number, and reports the greatest heap that it saw. It returns
// the folder of the files.
func scan(b *testing.B, resources int, files map[string]string) string {
	b.Helper()
	dir := b.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	port, err := rules.Parse("ftp")
	if err != nil {
		b.Fatal(err)
	}
	peak := watchHeap()
	b.ReportAllocs()
	for b.Loop() {
		r, err := analyzer.Run(b.Context(), analyzer.Config{Paths: []string{dir}, Rules: rules.For([]reach.Port{port}), Knowledge: all.Knowledge()})
		if err != nil {
			b.Fatal(err)
		}
		if len(r.Notices) > 0 || len(r.Findings) == 0 || resources > 0 && r.Resources != resources {
			b.Fatalf("%d resources, %d findings, %v", r.Resources, len(r.Findings), r.Notices)
		}
	}
	b.ReportMetric(float64(peak())/(1<<20), "peak-MiB")
	return dir
}

// watchHeap samples the size of the heap until the function that it returns is called, which returns the greatest.
func watchHeap() (peak func() uint64) {
	done, result := make(chan struct{}), make(chan uint64)
	runtime.GC()
	go func() {
		var most uint64
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		for {
			metrics.Read(sample)
			most = max(most, sample[0].Value.Uint64())
			select {
			case <-done:
				result <- most
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	return func() uint64 {
		close(done)
		return <-result
	}
}

func parse(b *testing.B, dir string) {
	b.Helper()
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".tf") {
			return err
		}
		text, err := fs.ReadFile(os.DirFS(dir), name)
		if err != nil {
			return err
		}
		if _, diags := hclsyntax.ParseConfig(text, name, hcl.InitialPos); diags.HasErrors() {
			return diags
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}
