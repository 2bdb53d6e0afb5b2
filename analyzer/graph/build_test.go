package graph_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/source"
)

// write makes files below a folder.
func write(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// build evaluates the configuration in a new folder of files and wants all its resources.
func build(t testing.TB, files map[string]string) *graph.Graph {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, files)
	return buildIn(t, dir, ".")
}

// buildWithin is build with small limits.
func buildWithin(t testing.TB, files map[string]string, instances, steps int) *graph.Graph {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, files)
	g, err := graph.FromConfigWithin(openTree(t, dir), instances, steps)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func openTree(t testing.TB, dir string) *source.Tree {
	t.Helper()
	tree, err := source.OpenTree(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tree.Close() })
	return tree
}

func buildIn(t testing.TB, dir, root string) *graph.Graph {
	t.Helper()
	g, err := graph.FromConfig(openTree(t, dir), root, graph.Inputs{}, func(graph.Mode, string) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// resource returns the resource of an address.
func resource(t testing.TB, g *graph.Graph, addr string) *graph.Resource {
	t.Helper()
	for _, r := range g.Resources {
		if r.Addr.String() == addr {
			return r
		}
	}
	t.Fatalf("there is no %s in %v", addr, addresses(g))
	return nil
}

func addresses(g *graph.Graph) []string {
	var out []string
	for _, r := range g.Resources {
		out = append(out, r.Addr.String())
	}
	return out
}

// diagnostics returns the places and summaries of what went wrong, sorted.
func diagnostics(g *graph.Graph) []string {
	var out []string
	for _, d := range g.Diagnostics() {
		at := "nowhere"
		if d.Subject != nil {
			at = fmt.Sprintf("%s:%d:%d", d.Subject.Filename, d.Subject.Start.Line, d.Subject.Start.Column)
		}
		out = append(out, at+": "+d.Summary)
	}
	slices.Sort(out)
	return out
}

// text writes a value, with ? for what is unknown and the names of what would decide that.
func text(v graph.Value) string {
	if v.Absent() {
		return "absent"
	}
	s := show(v.Raw())
	if origins := v.Origins(); len(origins) > 0 {
		var names []string
		for _, o := range origins {
			names = append(names, o.Name)
		}
		s += " by " + strings.Join(names, ", ")
	}
	return s
}

func show(v cty.Value) string {
	ty := v.Type()
	switch {
	case !v.IsKnown():
		return "?"
	case v.IsNull():
		return "null"
	case ty == cty.String:
		return fmt.Sprintf("%q", v.AsString())
	case ty == cty.Number:
		return v.AsBigFloat().Text('g', -1)
	case ty == cty.Bool:
		return fmt.Sprint(v.True())
	}
	var parts []string
	for it := v.ElementIterator(); it.Next(); {
		k, e := it.Element()
		if ty.IsMapType() || ty.IsObjectType() {
			parts = append(parts, k.AsString()+"="+show(e))
		} else {
			parts = append(parts, show(e))
		}
	}
	s := strings.Join(parts, " ")
	if ty.IsMapType() || ty.IsObjectType() {
		return "{" + s + "}"
	}
	return "[" + s + "]"
}
