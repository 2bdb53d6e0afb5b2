package source_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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

func open(t testing.TB, dir string) *source.Tree {
	t.Helper()
	tree, err := source.OpenTree(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tree.Close() })
	return tree
}

// link makes a symbolic link, or skips the test where that isn't allowed.
func link(t testing.TB, target, name string) {
	t.Helper()
	if err := os.Symlink(target, name); err != nil {
		t.Skip("SKIPPED: no symbolic links: ", err)
	}
}

func TestModuleFiles(t *testing.T) {
	for _, tt := range []struct {
		name  string
		files []string
		want  []string
	}{
		{
			"kinds",
			[]string{"a.tf", "b.tf.json", "c.tofu", "d.tofu.json", "e.tfvars", "f.json", "g.TF", "h.tf.bak", "tf"},
			[]string{"a.tf", "b.tf.json", "c.tofu", "d.tofu.json"},
		},
		{"hidden and of editors", []string{".a.tf", "b.tf~", "#c.tf#", ".#d.tf", "e.tf", "f.tf.swp", "#g.tf"}, []string{"#g.tf", "e.tf"}},
		{
			"tofu in place of tf",
			[]string{"a.tf", "a.tofu", "b.tf", "c.tf.json", "c.tofu.json", "d.tf", "d.tofu.json"},
			[]string{"a.tofu", "b.tf", "c.tofu.json", "d.tf", "d.tofu.json"},
		},
		{"a folder is no file", []string{"a.tf", "a.tofu/x.tf", "b.tf/x.tf"}, []string{"a.tf"}},
		{
			"overrides come last, by name",
			[]string{"z.tf", "b_override.tf", "override.tf", "a_override.tf.json", "c_override.tofu", "a.tf"},
			[]string{"a.tf", "z.tf", "a_override.tf.json", "b_override.tf", "c_override.tofu", "override.tf"},
		},
		{
			"no overrides",
			[]string{"z.tf", "aoverride.tf", "override.tofu.tf", "override_a.tf"},
			[]string{"aoverride.tf", "override.tofu.tf", "override_a.tf", "z.tf"},
		},
		{"below is another module", []string{"a.tf", "m/b.tf"}, []string{"a.tf"}},
	} {
		dir := t.TempDir()
		for _, name := range tt.files {
			text := ""
			if strings.HasSuffix(name, ".json") {
				text = "{}"
			}
			write(t, dir, map[string]string{name: text})
		}
		m := open(t, dir).Module(".")
		if diff := cmp.Diff(tt.want, m.Files); diff != "" || len(m.Diags) > 0 {
			t.Errorf("%s: %v\n%s", tt.name, m.Diags, diff)
		}
	}
}

// TestCase has two files whose names are the same but for their case, where the file system can tell them apart.
func TestCase(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"main.tf": "locals {\n  a = 1\n}\n", "Main.tf": "locals {\n  b = 1\n}\n"})
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if m := open(t, dir).Module("."); len(m.Files) != len(entries) || len(m.Locals) != len(entries) {
		t.Errorf("got %v", m.Files)
	}
}

// TestOutside looks for ways out of the tree.
func TestOutside(t *testing.T) {
	top := t.TempDir()
	write(t, top, map[string]string{"secret.tf": "locals {\n  s = 1\n}\n", "secret.txt": "s", "in/a.txt": "a", "in/sub/b.txt": "b"})
	dir := filepath.Join(top, "in")
	link(t, filepath.Join("..", "secret.txt"), filepath.Join(dir, "relative"))
	link(t, filepath.Join(top, "secret.txt"), filepath.Join(dir, "absolute"))
	link(t, "..", filepath.Join(dir, "up"))
	link(t, top, filepath.Join(dir, "top"))
	link(t, filepath.Join("..", "in", "a.txt"), filepath.Join(dir, "back"))
	link(t, "loop", filepath.Join(dir, "loop"))
	link(t, filepath.Join("sub", "b.txt"), filepath.Join(dir, "inner"))
	link(t, "sub", filepath.Join(dir, "folder"))
	tree := open(t, dir)
	for _, name := range []string{
		"../secret.txt", "sub/../../secret.txt", "relative", "absolute", "up/secret.txt", "top/secret.txt", "back", "loop", "folder/../../secret.txt",
		filepath.ToSlash(filepath.Join(top, "secret.txt")), "/etc/passwd", "sub", ".", "",
	} {
		if text, err := tree.ReadFile(name); err == nil {
			t.Errorf("%s: read %q", name, text)
		}
		if there, err := tree.Exists(name); there {
			t.Errorf("%s: it exists, %v", name, err)
		}
	}
	for name, want := range map[string]string{"a.txt": "a", "sub/b.txt": "b", "inner": "b", "folder/b.txt": "b", "sub/../a.txt": "a"} {
		if text, err := tree.ReadFile(name); err != nil || string(text) != want {
			t.Errorf("%s: got %q, %v", name, text, err)
		}
	}
	for _, folder := range []string{"..", "up", "top", "../in", "loop", "/", "none"} {
		m := tree.Module(folder)
		if len(m.Files) > 0 || !m.Diags.HasErrors() {
			t.Errorf("module %s: %v, %v", folder, m.Files, m.Diags)
		}
	}
	files := tree.Files("sub")
	for _, name := range []string{"../../secret.txt", filepath.Join(top, "secret.txt"), "~/x", "~"} {
		if _, err := files.ReadFile(name); !errors.Is(err, source.ErrOutside) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if text, err := files.ReadFile(filepath.Join(tree.Path(), "a.txt")); err != nil || string(text) != "a" {
		t.Errorf("absolute and inside: %q, %v", text, err)
	}
	for _, pattern := range []string{"**", "../*", "up/*", "*/../../*", "*", "*/*", "relative", "{absolute,a.txt}", "loop", "loop/*"} {
		if found, err := files.Glob("..", pattern); len(found) > 0 || !errors.Is(err, source.ErrOutside) {
			t.Errorf("glob %s: %v, %v", pattern, found, err)
		}
	}
	for pattern, want := range map[string][]string{
		"*.txt": {"a.txt"}, "{inner,folder/*,sub/*}": {"folder/b.txt", "inner", "sub/b.txt"}, "none/*": nil, "a.txt/*": nil, "folder/**": {"folder/b.txt"},
	} {
		if found, err := files.Glob("..", pattern); err != nil || !slices.Equal(found, want) {
			t.Errorf("glob %s: %v, %v", pattern, found, err)
		}
	}
}

// What Git keeps beside the work tree may have a token in it, and is no part of the configuration.
func TestGitFolder(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{".git/config": "token", ".git/x.tf": "locals {}", "a/main.tf": "locals {\n  a = 1\n}\n", "sub/.GIT/config": "token", ".gitignore": "a", ".github/a.txt": "a"})
	link(t, ".git", filepath.Join(dir, "link"))
	link(t, filepath.Join("..", ".git", "config"), filepath.Join(dir, "a", "config"))
	link(t, filepath.Join("..", "link"), filepath.Join(dir, "a", "twice"))
	tree := open(t, dir)
	for _, name := range []string{".git/config", "link/config", "a/config", "a/twice/config", "sub/.GIT/config", "a/../.git/config", ".git", ".git/none"} {
		if text, err := tree.ReadFile(name); !errors.Is(err, source.ErrOutside) {
			t.Errorf("%s: %q, %v", name, text, err)
		}
		if _, err := tree.Files("a").Exists("../" + name); !errors.Is(err, source.ErrOutside) {
			t.Errorf("%s exists: %v", name, err)
		}
	}
	for _, folder := range []string{".git", "link", "a/twice"} {
		if m := tree.Module(folder); len(m.Files) > 0 || !m.Diags.HasErrors() {
			t.Errorf("module %s: %v, %v", folder, m.Files, m.Diags)
		}
	}
	for _, c := range []struct{ dir, pattern string }{{".", "**"}, {".git", "*"}, {".", ".git/*"}, {"link", "**"}, {".", "*/config"}, {"a", "conf*"}} {
		if found, err := tree.Files(".").Glob(c.dir, c.pattern); !errors.Is(err, source.ErrOutside) {
			t.Errorf("glob %s in %s: %v, %v", c.pattern, c.dir, found, err)
		}
	}
	for _, name := range []string{".gitignore", ".github/a.txt"} {
		if text, err := tree.ReadFile(name); err != nil || string(text) != "a" {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
}

// TestHuge has a file that takes no room on the disk.
func TestHuge(t *testing.T) {
	dir := t.TempDir()
	f, err := os.Create(filepath.Join(dir, "a.tf"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Truncate(1<<40), f.Close()); err != nil {
		t.Skip("SKIPPED: no sparse files: ", err)
	}
	m := open(t, dir).Module(".")
	if len(m.Diags) != 1 || !strings.Contains(m.Diags[0].Detail, "larger than 16 MiB") || m.Diags[0].Subject.Filename != "a.tf" {
		t.Errorf("got %v", m.Diags)
	}
}

// TestBytes has files that no editor writes by itself.
func TestBytes(t *testing.T) {
	const bom = "\xef\xbb\xbf"
	for _, tt := range []struct {
		name, file, text string
		locals           int
		bad              string // in the first diagnostic
	}{
		{"byte order mark", "a.tf", bom + "locals {\n  a = 1\n}\n", 1, ""},
		{"byte order mark in JSON", "a.tf.json", bom + `{"locals": {"a": 1}}`, 1, ""},
		{"carriage returns", "a.tf", "locals {\r\n  a = 1\r\n  b = <<E\r\nx\r\nE\r\n}\r\n", 2, ""},
		{"NUL", "a.tf", "locals {\n  a = 1\x00\n  b = 2\n}\n", 1, "Invalid"},
		{"only NULs", "a.tf", strings.Repeat("\x00", 4096), 0, "Invalid"},
		{"invalid UTF-8", "a.tf", "locals {\n  a = \"\xff\"\n  b = 1\n}\n", 0, "Invalid character encoding"},
		{"UTF-16", "a.tf", "\xff\xfel\x00o\x00", 0, "Invalid"},
		{"empty", "a.tf", "", 0, ""},
		{"empty JSON", "a.tf.json", "", 0, "Missing value"},
		{"a list in JSON", "a.tf.json", "[1]", 0, "Incorrect JSON value type"},
		{"cut off", "a.tf", "locals {\n  a = 1\n  b = [", 0, "Missing expression"},
		{"no line end", "a.tf", "locals {\n  a = 1\n}", 1, ""},
		{"unknown block", "a.tf", "local {\n}\n", 0, "A part of the configuration is not read"},
		{"unknown block in JSON", "a.tf.json", "{\"local\": {}}", 0, "A part of the configuration is not read"},
		{"action", "a.tf", "action \"a\" \"b\" {\n}\nlocals {\n  a = 1\n}\n", 1, ""},
		{"labels", "a.tf", "resource \"a\" {\n}\n", 0, "Wrong number of block labels"},
		{"argument", "a.tf", "a = 1\n", 0, "Unsupported argument"},
		{"twice", "a.tf", "locals {\n  a = 1\n}\nlocals {\n  a = 2\n}\n", 1, "Duplicate declaration"},
	} {
		dir := t.TempDir()
		write(t, dir, map[string]string{tt.file: tt.text})
		m := open(t, dir).Module(".")
		if tt.bad == "" && len(m.Diags) > 0 || tt.bad != "" && (len(m.Diags) == 0 || !strings.HasPrefix(m.Diags[0].Summary, tt.bad)) {
			t.Errorf("%s: %v", tt.name, m.Diags)
		}
		for _, d := range m.Diags {
			if d.Subject == nil || d.Subject.Filename != tt.file || d.Subject.Start.Line < 1 || d.Subject.Start.Column < 1 {
				t.Errorf("%s: no place: %v", tt.name, d)
			}
		}
		if len(m.Locals) < tt.locals {
			t.Errorf("%s: %d local values, want %d", tt.name, len(m.Locals), tt.locals)
		}
	}
}

// TestDeep has files that would overflow the stack of a parser or of what walks the tree after it.
func TestDeep(t *testing.T) {
	const n = 200_000
	for _, tt := range []struct{ name, file, text string }{
		{"brackets", "a.tf", "locals {\n  a = " + strings.Repeat("[", n)},
		{"not", "a.tf", "locals {\n  a = " + strings.Repeat("!", n) + "true\n}\n"},
		{"sum", "a.tf", "locals {\n  a = " + strings.Repeat("1+", n) + "1\n}\n"},
		{"conditional", "a.tf", "locals {\n  a = " + strings.Repeat("b?c:", n) + "1\n}\n"},
		{"directive", "a.tf", "locals {\n  a = \"" + strings.Repeat("%{if a}", n) + "\"\n}\n"},
		{"brackets in JSON", "a.tf.json", `{"locals": {"a": ` + strings.Repeat("[", n)},
		{"not in JSON", "a.tf.json", `{"locals": {"a": "${` + strings.Repeat("!", n) + `true}"}}`},
		{"escaped in JSON", "a.tf.json", `{"locals": {"a": "${` + strings.Repeat(`\u0028`, n) + `}"}}`},
	} {
		dir := t.TempDir()
		write(t, dir, map[string]string{tt.file: tt.text})
		m := open(t, dir).Module(".")
		if len(m.Diags) != 1 || m.Diags[0].Summary != "The file nests too deeply" || m.Diags[0].Subject.Filename != tt.file || m.Diags[0].Subject.Start.Line < 1 {
			t.Errorf("%s: %.300v", tt.name, m.Diags)
		}
	}
	dir := t.TempDir()
	write(t, dir, map[string]string{"a.tf": "locals {\n" + strings.Repeat("  # -----[[[[((((\n", n/100) + "  a = \"" + strings.Repeat("[-.", n/10) + "\"\n}\n"})
	if m := open(t, dir).Module("."); len(m.Diags) > 0 || len(m.Locals) != 1 {
		t.Errorf("long and flat: %.300v", m.Diags)
	}
}

// TestLarge has numbers that would take hours to be written out.
func TestLarge(t *testing.T) {
	for _, tt := range []struct {
		name, file, text string
		line             int // of the diagnostic; none if zero
	}{
		{"native", "a.tf", "locals {\n  a = 1e9999999\n}\n", 2},
		{"small exponent", "a.tf", "locals {\n  a = 1e-9999999\n}\n", 2},
		{"in a template", "a.tf", "locals {\n  a = \"${1E+9999}\"\n}\n", 2},
		{"digits", "a.tf", "locals {\n  a = " + strings.Repeat("9", 5000) + "\n}\n", 2},
		{"JSON", "a.tf.json", "{\"locals\":\n{\"a\": [1e9999999]}}", 2},
		{"in a string of JSON", "a.tf.json", "{\"locals\":\n{\"a\": \"${1e9999999}\"}}", 2},
		{"text", "a.tf", "locals {\n  a = \"7e99999999\" # 1e99999\n}\n", 0},
		{"text of JSON", "a.tf.json", `{"locals": {"a": "7e99999999"}}`, 0},
		{"a name", "a.tf", "locals {\n  a1e99999 = 1e300\n}\n", 0},
		{"many digits", "a.tf", "locals {\n  a = \"" + strings.Repeat("9", 5000) + "\"\n}\n", 0},
	} {
		dir := t.TempDir()
		write(t, dir, map[string]string{tt.file: tt.text})
		m := open(t, dir).Module(".")
		if tt.line == 0 && (len(m.Diags) > 0 || len(m.Locals) != 1) {
			t.Errorf("%s: %v", tt.name, m.Diags)
		}
		if tt.line > 0 && (len(m.Diags) != 1 || m.Diags[0].Summary != "A number is too large" || m.Diags[0].Subject.Start.Line != tt.line) {
			t.Errorf("%s: %v", tt.name, m.Diags)
		}
	}
}

func TestManifest(t *testing.T) {
	const name = "root/.terraform/modules/modules.json"
	entry := func(key, source, dir string) string {
		return `{"Key": "` + key + `", "Source": "` + source + `", "Version": "1.0.0", "Dir": "` + dir + `"}`
	}
	dir := t.TempDir()
	tree := open(t, dir)
	inside := filepath.ToSlash(filepath.Join(tree.Path(), "root", ".terraform", "modules", "abs"))
	write(t, dir, map[string]string{name: `{"Modules": [` + strings.Join([]string{
		entry("", "", "."),
		entry("net", "registry.terraform.io/terraform-aws-modules/vpc/aws", ".terraform/modules/net"),
		entry("net.inner", "./inner", ".terraform/modules/net/inner"),
		entry("git", "git::https://example.com/x.git?ref=v1", ".terraform/modules/git/sub"),
		entry("hub", "git::https://github.com/org/repo.git", ".terraform/modules/hub"),
		entry("own", "example.com/ns/name/aws", ".terraform/modules/own"),
		entry("out", "git::https://example.com/x.git", "../../elsewhere"),
		entry("etc", "git::https://example.com/x.git", "/etc"),
		entry("abs", "git::https://example.com/x.git", inside),
	}, ",") + `]}`})
	m, diags := tree.Manifest("root")
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	for _, tt := range []struct{ calls, source, want, err string }{
		{"net", "terraform-aws-modules/vpc/aws", "root/.terraform/modules/net", ""},
		{"net", "registry.opentofu.org/terraform-aws-modules/vpc/aws", "root/.terraform/modules/net", ""},
		{"net", "terraform-aws-modules/s3-bucket/aws", "", "another module is installed"},
		{"net", "example.com/terraform-aws-modules/vpc/aws", "", "another module is installed"},
		{"net.inner", "terraform-aws-modules/vpc/aws//inner", "", "another module is installed"},
		{"git", "git@example.com:x.git?ref=v1", "root/.terraform/modules/git/sub", ""},
		{"hub", "github.com/org/repo", "root/.terraform/modules/hub", ""},
		{"hub", "github.com/org/repo//sub?ref=v1", "", "another reference"},
		{"hub", "bucket.s3.amazonaws.com/a/b.zip", "root/.terraform/modules/hub", ""},
		{"own", "example.com/ns/name/aws", "root/.terraform/modules/own", ""},
		{"own", "example.com/ns/other/aws", "", "another module is installed"},
		{"own", "ns/name/aws", "", "another module is installed"},
		{"out", "git::https://example.com/x.git", "", "outside"},
		{"etc", "git::https://example.com/x.git", "", "outside"},
		{"abs", "git::https://example.com/x.git", "root/.terraform/modules/abs", ""},
		{"none", "git::https://example.com/x.git", "", "not installed"},
		{"inner.net", "./inner", "", "not installed"},
	} {
		got, err := m.Find(strings.Split(tt.calls, "."), tt.source, "")
		if got != tt.want || (err != nil) != (tt.err != "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%s from %s: got %q, %v", tt.calls, tt.source, got, err)
		}
	}
	if m, diags := tree.Manifest("."); len(diags) > 0 {
		t.Error("none: ", diags)
	} else if _, err := m.Find([]string{"net"}, "x", ""); err == nil {
		t.Error("none: found something")
	}
	for _, text := range []string{"", "{", "[]", "null x", `{"Modules": 1}`, `{"Modules": [{"Key": 1}]}`, "\x00"} {
		write(t, dir, map[string]string{name: text})
		m, diags := tree.Manifest("root")
		if m == nil || len(diags) != 1 || diags.HasErrors() || diags[0].Subject.Filename != name {
			t.Errorf("%q: %v", text, diags)
		}
	}
	if err := errors.Join(os.Remove(filepath.Join(dir, name)), os.Mkdir(filepath.Join(dir, name), 0o755)); err != nil {
		t.Fatal(err)
	}
	if _, diags := tree.Manifest("root"); len(diags) != 1 {
		t.Errorf("a folder: %v", diags)
	}
}

func TestRoots(t *testing.T) {
	call := func(sources ...string) string {
		text := ""
		for i, s := range sources {
			text += "module \"m" + string(rune('a'+i)) + "\" {\n  source = \"" + s + "\"\n}\n"
		}
		return text
	}
	for _, tt := range []struct {
		name    string
		dir     string
		files   map[string]string
		want    []string
		leftOut []source.LeftOut
	}{
		{"one", ".", map[string]string{"main.tf": "", "a.txt": ""}, []string{"."}, nil},
		{"nothing", ".", map[string]string{"a.txt": "", "b/c.tfvars": ""}, nil, nil},
		{"called through others", ".", map[string]string{
			"envs/prod/main.tf": call("../../modules/a"), "envs/dev/main.tf": call("../../modules/a", "./local"), "envs/dev/local/x.tf": "",
			"modules/a/main.tf": call("../b/"), "modules/b/main.tf": "", "modules/uncalled/main.tf": "",
		}, []string{"envs/dev", "envs/prod", "modules/uncalled"}, nil},
		{"not called from here", "modules", map[string]string{"main.tf": call("./modules/a"), "modules/a/main.tf": ""}, []string{"modules/a"}, nil},
		{"calls in JSON", ".", map[string]string{"main.tf.json": `{"module": {"m": {"source": "./m"}}}`, "m/main.tf": ""}, []string{"."}, nil},
		{"other sources", ".", map[string]string{"main.tf": call("m", "git::./m", "../m", "/m"), "m/main.tf": ""}, []string{".", "m"}, nil},
		{"itself", ".", map[string]string{"main.tf": call(".")}, []string{"."}, nil},
		{"a ring", ".", map[string]string{"a/x.tf": call("../b"), "b/x.tf": call("../c"), "c/x.tf": call("../a", "../d"), "d/x.tf": ""}, []string{"a"}, nil},
		{"a ring beside others", ".", map[string]string{"a/x.tf": call("../b"), "b/x.tf": call("../a"), "c/x.tf": "", "main.tf": ""}, []string{".", "a", "c"}, nil},
		{"hidden", ".", map[string]string{
			"main.tf": "", ".terraform/modules/a/main.tf": "", "x/.hidden/main.tf": "", ".deep/a/b/x.tofu.json": "{}", ".github/x.yml": "", ".git/x.tf": "",
		}, []string{"."}, []source.LeftOut{{".deep", source.ReasonHidden}, {"x/.hidden", source.ReasonHidden}}},
		{
			"other languages", ".",
			map[string]string{"main.tf": "", "live/a.tfcomponent.hcl": "", "live/b.tfdeploy.hcl": "", "prod/terragrunt.hcl": "", ".terraform.lock.hcl": "", "x.hcl": ""},
			[]string{"."},
			nil,
		},
		{"examples", ".", map[string]string{
			"main.tf": "", "examples/full/main.tf": call("../.."), "tests/x/main.tf": "", "a/testdata/main.tf": "", "exampled/main.tf": "", "test.tf": "",
		}, []string{".", "exampled"}, []source.LeftOut{{"a/testdata", source.ReasonExample}, {"examples/full", source.ReasonExample}, {"tests/x", source.ReasonExample}}},
		{"an example by name", "examples/full", map[string]string{"main.tf": "", "examples/full/main.tf": call("../..", "./m"), "examples/full/m/main.tf": ""}, []string{"examples/full"}, nil},
		{"only examples", ".", map[string]string{"examples/full/main.tf": ""}, []string{"examples/full"}, nil},
		{"broken", ".", map[string]string{"main.tf": "module \"m\" {\n  source = \"./m\"\n", "m/main.tf": ""}, []string{"."}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, tt.files)
			got, err := open(t, dir).Roots(t.Context(), tt.dir)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got.Roots); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tt.leftOut, got.LeftOut); diff != "" {
				t.Error(diff)
			}
		})
	}
	if _, err := open(t, t.TempDir()).Roots(t.Context(), "none"); err == nil {
		t.Error("a folder that isn't there has roots")
	}
}

// TestRootsWithLinks has a folder that holds itself.
func TestRootsWithLinks(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"a/main.tf": ""})
	link(t, "..", filepath.Join(dir, "a", "up"))
	link(t, ".", filepath.Join(dir, "self"))
	got, err := open(t, dir).Roots(t.Context(), ".")
	if diff := cmp.Diff([]string{"a"}, got.Roots); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestFindRoot(t *testing.T) {
	top, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	write(t, top, map[string]string{"repo/.git/HEAD": "", "repo/a/b/x.tf": "", "repo/worktree/.git": "gitdir: x", "repo/worktree/c/x.tf": "", "alone/d/x.tf": ""})
	t.Chdir(filepath.Join(top, "alone"))
	for from, want := range map[string]string{
		"repo": "repo", "repo/a/b": "repo", "repo/worktree/c": "repo/worktree", "alone/d": "alone", "alone": "alone", ".": ".",
	} {
		got, err := source.FindRoot(filepath.Join(top, filepath.FromSlash(from)))
		if err != nil || got != filepath.Join(top, filepath.FromSlash(want)) {
			t.Errorf("from %s: %s, %v", from, got, err)
		}
	}
	if _, err := source.FindRoot(filepath.Join(top, "none")); err == nil {
		t.Error("a folder that isn't there has a root")
	}
	if runtime.GOOS != "windows" {
		link(t, "d", filepath.Join(top, "alone", "link"))
		if got, err := source.FindRoot(filepath.Join(top, "alone", "link")); err != nil || got != filepath.Join(top, "alone") {
			t.Errorf("through a link: %s, %v", got, err)
		}
	}
}

// A module that is called by the name of a link to its folder is no root module, and what it calls starts from there. A
// link that hides something is named.
func TestModuleBehindLink(t *testing.T) {
	dir := t.TempDir()
	call := func(source string) string { return "module \"m\" {\n  source = \"" + source + "\"\n}\n" }
	write(t, dir, map[string]string{
		"live/main.tf": call("./network"), "modules/network/main.tf": call("../shared"), "live/shared/main.tf": "", "modules/shared/main.tf": "",
		"other/main.tf": call("../short"), "deep/a/main.tf": call("./self"), ".hidden/m/main.tf": "",
	})
	for name, target := range map[string]string{
		"live/network": "../modules/network", "short": "long", "long": "modules/network", "deep/a/self": ".", "loop": ".", "out": "..", "hidden": ".hidden",
		"dangling": "nowhere", "file": "live/main.tf", "live/again": "../deep",
	} {
		link(t, filepath.FromSlash(target), filepath.Join(dir, filepath.FromSlash(name)))
	}
	tree := open(t, dir)
	got, err := tree.Roots(t.Context(), ".")
	// modules/shared is called by no one: live/network calls live/shared, and short calls shared, which isn't there.
	want := source.Found{Roots: []string{"deep/a", "live", "modules/shared", "other"}, LeftOut: []source.LeftOut{
		{".hidden", source.ReasonHidden}, {"hidden", source.ReasonLink}, {"out", source.ReasonLink},
	}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
	if got, err = tree.Roots(t.Context(), "live"); err != nil || !slices.Equal(got.Roots, []string{"live"}) ||
		!slices.Equal(got.LeftOut, []source.LeftOut{{"live/again", source.ReasonLink}}) {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err = tree.RootsOf(t.Context(), []string{"modules/network/main.tf"}); err != nil || !slices.Equal(got.Roots, []string{"live", "other"}) {
		t.Errorf("%+v, %v", got, err)
	}
}

// A plan that was saved beside the configuration, under such a name, is none of its files, and is named.
func TestPlanAmongFiles(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"main.tf": "locals {\n  a = 1\n}\n", "tfplan.tf.json": `{"format_version": "1.2", "planned_values": {}}`})
	m := open(t, dir).Module(".")
	if len(m.Locals) != 1 || len(m.Diags) != 1 || m.Diags.HasErrors() || m.Diags[0].Subject.Filename != "tfplan.tf.json" {
		t.Errorf("%v", m.Diags)
	}
	if kind, err := source.KindOf(filepath.Join(dir, "tfplan.tf.json")); kind != source.KindDocument || err != nil {
		t.Errorf("kind %v, %v", kind, err)
	}
}
