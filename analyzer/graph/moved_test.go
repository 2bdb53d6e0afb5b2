package graph_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/source"
)

func TestMoved(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"main.tf": `
			moved {
			  from = aws_x.a
			  to   = aws_x.b
			}
			moved {
			  from = aws_x.b
			  to   = aws_x.c
			}
			moved {
			  from = aws_x.one
			  to   = aws_x.all["one"]
			}
			moved {
			  from = aws_x.all[0]
			  to   = aws_y.zero
			}
			moved {
			  from = aws_x.out
			  to   = module.m["k"].aws_x.in
			}
			moved {
			  from = module.old
			  to   = module.m
			}
			moved {
			  from = module.single
			  to   = module.m["single"]
			}
			moved {
			  from = module.gone.module.inner
			  to   = module.m
			}
			moved {
			  from = aws_x.ring
			  to   = aws_x.round
			}
			moved {
			  from = aws_x.round
			  to   = aws_x.ring
			}
			moved {
			  from = aws_x.wrong
			  to   = module.wrong
			}
			moved {
			  from = aws_x.short
			}
			module "m" {
			  source   = "./m"
			  for_each = toset(["k", "single"])
			}`,
		"more.tf.json": `{"moved": [{"from": "aws_x.json", "to": "aws_x.native"}]}`,
		"m/main.tf": `
			moved {
			  from = aws_x.inside
			  to   = aws_x.in
			}`,
	} {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	tree, err := source.OpenTree(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	g, err := graph.FromConfig(tree, ".", graph.Inputs{}, func(graph.Mode, string) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	if diags := g.Diagnostics(); len(diags) > 0 {
		t.Fatal(diags)
	}
	for from, want := range map[string]string{
		"aws_x.a":                    "aws_x.c",
		`aws_x.a["x y"]`:             `aws_x.c["x y"]`,
		"aws_x.a[*]":                 "aws_x.c[*]",
		"aws_x.one":                  `aws_x.all["one"]`,
		"aws_x.one[1]":               "aws_x.one[1]",
		"aws_x.all[0]":               "aws_y.zero",
		"aws_x.all[1]":               "aws_x.all[1]",
		"data.aws_x.a":               "data.aws_x.a",
		"module.other.aws_x.a":       "module.other.aws_x.a",
		"aws_x.out":                  `module.m["k"].aws_x.in`,
		"module.old.aws_x.c":         "module.m.aws_x.c",
		`module.old["k"].aws_x.c[1]`: `module.m["k"].aws_x.c[1]`,
		// The module's own block goes on with what the one outside moved.
		`module.old["k"].aws_x.inside`:   `module.m["k"].aws_x.in`,
		"module.single.aws_x.inside":     `module.m["single"].aws_x.in`,
		"module.single[0].aws_x.c":       "module.single[0].aws_x.c",
		"module.gone.module.inner.aws.x": "module.m.aws.x",
		"module.old":                     "module.m",
		`module.old[1]`:                  "module.m[1]",
		"aws_x.json":                     "aws_x.native",
		"aws_x.wrong":                    "aws_x.wrong",
		"aws_x.short":                    "aws_x.short",
		"sg-0123":                        "sg-0123",
		"":                               "",
		"aws_x.a.id":                     "aws_x.a.id",
	} {
		if got := g.Moves().Moved(from); got != want {
			t.Errorf("%s moved to %s, want %s", from, got, want)
		}
	}
	if got := g.Moves().Moved("aws_x.ring"); got != "aws_x.ring" && got != "aws_x.round" {
		t.Errorf("a ring moved something to %s", got)
	}
}
