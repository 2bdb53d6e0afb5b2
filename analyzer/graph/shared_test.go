package graph_test

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/source"
)

// Roots that call one module share its syntax trees, so evaluating them changes no tree.
func TestTwoRootsShareAModule(t *testing.T) {
	top := t.TempDir()
	call := func(address string) string {
		return "module \"m\" {\n  source    = \"../m\"\n  addresses = [\"" + address + "\"]\n}\n"
	}
	write(t, top, map[string]string{
		"m/main.tf": `
variable "addresses" {
  type    = list(string)
  default = [for n in [1, 2] : "10.0.0.${n}"]
}
variable "open" {
  default = true
}
resource "x" "y" {
  count = var.open ? 1 + 1 : 0
  a     = [for c in var.addresses : "${c}/${var.open ? 32 : 16 + 8}"]
  dynamic "b" {
    for_each = var.open ? var.addresses : []
    content {
      c = "%{for d in var.addresses}${d}%{endfor}"
    }
  }
}
`,
		"m/more.tf.json": `{"resource": {"x": {"z": {"a": "${var.open ? [for c in var.addresses : c] : []}", "n": "${-var.open}"}}}}`,
		"a/main.tf":      call("10.0.0.1"),
		"b/main.tf":      call("10.0.0.2"),
	})
	tree := openTree(t, top)
	before := trees(tree, "m", "a", "b")
	var roots sync.WaitGroup
	for _, dir := range []string{"a", "b"} {
		roots.Go(func() { evaluate(t, tree, dir) })
	}
	roots.Wait()
	if diff := cmp.Diff(before, trees(tree, "m", "a", "b")); diff != "" {
		t.Errorf("evaluation changed the syntax tree (-before +after):\n%s", diff)
	}
}

// No fixture has something in it whose evaluation changes its tree.
func TestEvaluationOnlyReads(t *testing.T) {
	tree := openTree(t, "../../fixtures")
	found, err := tree.Roots(t.Context(), ".")
	if err != nil || len(found.Roots) < 100 {
		t.Fatalf("%d fixtures, %v", len(found.Roots), err)
	}
	for _, dir := range found.Roots {
		before := trees(tree, dir)
		evaluate(t, tree, dir)
		if diff := cmp.Diff(before, trees(tree, dir)); diff != "" {
			t.Errorf("%s: evaluation changed the syntax tree (-before +after):\n%s", dir, diff)
		}
	}
}

// evaluate evaluates the attributes and blocks of the resources of a root.
func evaluate(t *testing.T, tree *source.Tree, dir string) {
	g, err := graph.FromConfig(tree, dir, graph.Inputs{}, func(graph.Mode, string) bool { return true })
	if err != nil {
		t.Error(err)
		return
	}
	names := []string{"a", "b", "c", "n"}
	for _, r := range tree.Module(dir).Resources {
		names = append(names, r.Body.Names()...)
		for _, name := range r.Body.Names() {
			for _, b := range r.Body.Blocks(name) {
				names = append(names, source.Body{b.Body}.Names()...)
			}
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	for _, r := range g.Resources {
		for _, name := range names {
			r.Attr(name).Known()
			for _, b := range r.Blocks(name) {
				for _, inner := range names {
					b.Attr(inner).Known()
				}
			}
		}
	}
}

// trees prints the syntax trees of folders, sorted by place.
func trees(tree *source.Tree, dirs ...string) []string {
	var p printer
	for _, dir := range dirs {
		m := tree.Module(dir)
		blocks := slices.Concat(m.Resources, slices.Collect(maps.Values(m.Variables)),
			slices.Collect(maps.Values(m.Outputs)), slices.Collect(maps.Values(m.Calls)))
		for _, block := range blocks {
			for _, body := range block.Body {
				_ = hclsyntax.Walk(body, &p) // it returns no diagnostics
			}
		}
		for _, local := range m.Locals {
			_ = hclsyntax.Walk(local, &p)
		}
	}
	slices.Sort(p.lines)
	return p.lines
}

// printer has a line for each node of a syntax tree: its place, depth and type.
type printer struct {
	lines []string
	depth int
}

func (p *printer) Enter(n hclsyntax.Node) hcl.Diagnostics {
	name := ""
	if call, ok := n.(*hclsyntax.FunctionCallExpr); ok {
		name = call.Name
	}
	if _, isMap := n.(hclsyntax.Attributes); !isMap { // whose range is that of any of them
		p.lines = append(p.lines, fmt.Sprintf("%s %d %T %s", n.Range(), p.depth, n, name))
	}
	p.depth++
	return nil
}

func (p *printer) Exit(hclsyntax.Node) hcl.Diagnostics {
	p.depth--
	return nil
}
