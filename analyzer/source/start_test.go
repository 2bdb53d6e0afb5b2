package source_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/tfreach/tfreach/analyzer/source"
)

// What is named must not lead out of the folder that the run starts in, nor out of its repository, by links that someone
// put there.
func TestLinksOfWhatIsNamed(t *testing.T) {
	top, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	write(t, top, map[string]string{
		"secret.tf": "", "secret.tfvars": "a = 1\n", "in/main.tf": "", "in/values.tfvars": "a = 1\n", "in/sub/main.tf": "",
		"other/.git/HEAD": "", "other/a/main.tf": "", "plain/main.tf": "",
	})
	at := func(name string) string { return filepath.Join(top, filepath.FromSlash(name)) }
	for name, target := range map[string]string{
		"in/up": "..", "in/absolute": at("plain"), "in/file": "../secret.tfvars", "in/inner": "sub", "in/near": "values.tfvars",
		"in/twice": "up/plain", "in/sub/up": "../..", "in/other": "../other", "other/out": "../plain", "other/file": "../secret.tf", "other/in": "a",
		"outside": "plain", "in/dangling": "nowhere", "in/gone": "../nowhere",
	} {
		link(t, filepath.FromSlash(target), at(name))
	}
	t.Chdir(at("in"))
	const refused = "symbolic link that leads out of "
	for name, want := range map[string]string{
		".": "", "sub": "", "inner": "", "near": "", "values.tfvars": "", "inner/main.tf": "", at("in/inner"): "", "../plain": "", at("plain"): "",
		"../other/a": "", "../other/in": "", "../outside": "", at("outside/main.tf"): "",
		"up": refused, "up/plain": refused, "absolute": refused, "absolute/main.tf": refused, "file": refused, "twice": refused, "sub/up/in": "",
		"sub/up/plain": refused, "other": refused, "other/a": refused, "../other/out": refused, "../other/file": refused, at("in/up/plain"): refused,
		"dangling": "no such file", "gone": "no such file", "none": "no such file",
	} {
		_, err := source.Resolve(name)
		if got := ""; err != nil {
			got = err.Error()
			if want == "" || !strings.Contains(got, want) {
				t.Errorf("%s: %s, want %q", name, got, want)
			}
		} else if want != "" {
			t.Errorf("%s: no error, want %q", name, want)
		}
	}
	if _, err := source.ReadFile("file"); err == nil {
		t.Error("a file outside was read")
	}
	if _, err := source.ReadVarFile("file", "x"); err == nil {
		t.Error("values outside were read")
	}
	if _, err := source.KindOf("up"); err == nil {
		t.Error("a folder outside is an input")
	}
	if _, err := source.OpenTree("up", ""); err == nil {
		t.Error("a folder outside is a tree")
	}
	for name, want := range map[string]bool{
		"new": true, "sub/new": true, "values.tfvars": true, "../plain/new": true, "../outside/new": true, "/dev/null": true, "/dev/stdout": true,
		"up/new": false, "inner/new": false, "near": false, "dangling": false, "gone": false, "file": false, at("outside"): true,
		"../other/out/new": false, at("in/up/new"): false,
	} {
		if err := source.CheckOutput(name); (err == nil) != want {
			t.Errorf("output %s: %v", name, err)
		}
	}
}
