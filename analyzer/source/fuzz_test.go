package source_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/tfreach/tfreach/analyzer/source"
)

// FuzzParse parses text as each kind of file that a folder may have: never a panic, always an end, each error with a
// place, and the same result twice.
func FuzzParse(f *testing.F) {
	mains, err := filepath.Glob("../../fixtures/*/*/main.tf*")
	if err != nil || len(mains) == 0 {
		f.Fatal("there are no fixtures: ", err)
	}
	for _, name := range mains {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	for _, text := range []string{
		"a = 1\nb = [\"x\", null]\nc = {d = -1}\n", `{"a": 1, "b": [true, null, "${x}"]}`,
		`{"Modules": [{"Key": "a.b", "Source": "ns/name/aws", "Version": "1.0.0", "Dir": ".terraform/modules/a"}]}`,
		`{"resource": {"a": {"b": [{"dynamic": {"c": {"for_each": "${d}", "iterator": "e", "content": {"f": "%{ if g }h%{ endif }"}}}}]}}}`,
		`{"variable": {"a": {"type": "object({b = optional(string)})", "default": {}, "validation": {"condition": "${true}"}}}, "//": 1}`,
		"\xef\xbb\xbf{}", "[]", "{", "\x00", "a = <<E\n${b}\nE\n",
	} {
		f.Add(text)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		for _, name := range []string{"a.tf", "b.tf.json", "a_override.tf", "terraform.tfvars", "x.auto.tfvars.json", ".terraform/modules/modules.json"} {
			write(t, dir, map[string]string{name: text})
		}
		first := parseAll(t, dir)
		if second := parseAll(t, dir); first != second {
			t.Errorf("the first time:\n%s\nthe second time:\n%s", first, second)
		}
	})
}

func parseAll(t *testing.T, dir string) string {
	t.Helper()
	tree, err := source.OpenTree(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tree.Close() }() // it was only read from
	found, err := tree.Roots(t.Context(), ".")
	out := fmt.Sprintln(found, err)
	m := tree.Module(".")
	values, more := tree.AutoVars(".")
	manifest, last := tree.Manifest(".")
	for _, d := range append(append(m.Diags, more...), last...) {
		if d.Subject == nil || d.Subject.Filename == "" || d.Subject.Start.Line < 1 {
			t.Errorf("no place: %v", d)
		}
		out += fmt.Sprintln(d)
	}
	for _, block := range m.Resources {
		out += fmt.Sprintln(block.At, block.Labels, block.Body.Names())
	}
	for _, v := range values {
		if v.Name == "" { // what couldn't be read
			out += fmt.Sprintln(v.At)
			continue
		}
		value, diags := v.Expr.Value(nil)
		out += fmt.Sprintln(v.Name, v.At, value.GoString(), diags)
	}
	_, err = manifest.Find([]string{"a", "b"}, "ns/name/aws", "~> 1.0")
	return out + fmt.Sprintln(err)
}
