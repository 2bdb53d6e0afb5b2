package named_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tfreach/tfreach/analyzer/source"
	"github.com/tfreach/tfreach/analyzer/source/named"
)

// What is named must not lead out of the folder that the run starts in, nor out of its repository, by links that someone
// put there.
func TestLinksOfWhatIsNamed(t *testing.T) {
	top, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"secret.tf": "", "secret.tfvars": "a = 1\n", "in/main.tf": "", "in/values.tfvars": "a = 1\n", "in/sub/main.tf": "",
		"other/.git/HEAD": "", "other/a/main.tf": "", "plain/main.tf": "",
	} {
		file := filepath.Join(top, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	at := func(name string) string { return filepath.Join(top, filepath.FromSlash(name)) }
	for name, target := range map[string]string{
		"in/up": "..", "in/absolute": at("plain"), "in/file": "../secret.tfvars", "in/inner": "sub", "in/near": "values.tfvars",
		"in/twice": "up/plain", "in/sub/up": "../..", "in/other": "../other", "other/out": "../plain", "other/file": "../secret.tf", "other/in": "a",
		"outside": "plain", "in/dangling": "nowhere", "in/gone": "../nowhere",
	} {
		if err := os.Symlink(filepath.FromSlash(target), at(name)); err != nil {
			t.Skip("SKIPPED: no symbolic links: ", err)
		}
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
		_, err := named.Resolve(name)
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
	stdout, err := os.Stdout.Stat()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{
		"new": true, "sub/new": true, "values.tfvars": true, "../plain/new": true, "../outside/new": true, "/dev/null": true, "/dev/stdout": !stdout.Mode().IsRegular(),
		"up/new": false, "inner/new": false, "near": false, "dangling": false, "gone": false, "file": false, at("outside"): true,
		"../other/out/new": false, at("in/up/new"): false,
	} {
		if err := named.CheckOutput(name); (err == nil) != want {
			t.Errorf("output %s: %v", name, err)
		}
	}
	for name, want := range map[string]bool{
		".": true, "none/at/all": true, "up": true, "../plain": false, "../other": false, at("in/sub"): true, top: false, at("none"): false, "../outside": false,
		"inner": true, "file": true,
	} {
		if got := named.Owns("values.tfvars", name); got != want {
			t.Errorf("the run owns %s: %t", name, got)
		}
	}
	for name, want := range map[string]bool{"../other/x": true, "../plain": false, "../other/out": true} {
		if got := named.Owns("../other/a/main.tf", name); got != want {
			t.Errorf("the other repository owns %s: %t", name, got)
		}
	}
}
