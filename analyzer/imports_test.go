package analyzer_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

const module = "github.com/tfreach/tfreach"

// place says what the code of a package may import; its tests may import
// anything.
type place struct {
	ours []string // packages of this module
	os   bool     // also the standard packages that reach files, streams and processes
}

// places is the architecture, keyed like place.ours by path inside the module.
// A package that has no place here doesn't belong.
var places = map[string]place{
	"analyzer/netset":            {},
	"analyzer/fault":             {},
	"analyzer/secret":            {},
	"analyzer/display":           {},
	"analyzer/host":              {ours: []string{"analyzer/netset"}},
	"analyzer/ftpd":              {ours: []string{"analyzer/host"}},
	"analyzer/syntax":            {},
	"analyzer/config":            {ours: []string{"analyzer/netset"}},
	"analyzer/suppress":          {},
	"analyzer/lang":              {ours: []string{"analyzer/syntax"}},
	"analyzer/source":            {os: true, ours: []string{"analyzer/fault", "analyzer/lang", "analyzer/source/named", "analyzer/source/plan", "analyzer/syntax"}},
	"analyzer/source/named":      {os: true},
	"analyzer/source/stack":      {ours: []string{"analyzer/lang", "analyzer/source", "analyzer/source/placed"}},
	"analyzer/source/placed":     {ours: []string{"analyzer/lang"}},
	"analyzer/source/terragrunt": {ours: []string{"analyzer/lang", "analyzer/source", "analyzer/source/placed"}},
	"analyzer/source/plan":       {os: true, ours: []string{"analyzer/source/named", "analyzer/source/process"}},
	"analyzer/source/git":        {os: true, ours: []string{"analyzer/source", "analyzer/source/process"}},
	"analyzer/source/process":    {os: true},
	"analyzer/graph":             {ours: []string{"analyzer/lang", "analyzer/source", "analyzer/source/plan"}},
	"analyzer/fact":              {ours: []string{"analyzer/ftpd", "analyzer/graph", "analyzer/netset"}},
	"analyzer/adapter/read":      {ours: []string{"analyzer/fact", "analyzer/graph", "analyzer/netset"}},
	"analyzer/adapter/aws":       {ours: []string{"analyzer/adapter/read", "analyzer/fact", "analyzer/graph", "analyzer/netset"}},
	"analyzer/adapter/azure":     {ours: []string{"analyzer/adapter/read", "analyzer/fact", "analyzer/graph", "analyzer/netset"}},
	"analyzer/adapter/google": {ours: []string{
		"analyzer/adapter/read", "analyzer/fact", "analyzer/graph", "analyzer/netset",
	}},
	"analyzer/adapter/clouds": {ours: []string{
		"analyzer/adapter/read", "analyzer/fact", "analyzer/graph", "analyzer/netset",
	}},
	"analyzer/adapter/registry": {ours: []string{
		"analyzer/adapter/aws", "analyzer/adapter/azure", "analyzer/adapter/google", "analyzer/adapter/read", "analyzer/fact",
		"analyzer/graph", "analyzer/netset",
	}},
	"analyzer/adapter/server": {ours: []string{
		"analyzer/adapter/read", "analyzer/fact", "analyzer/ftpd", "analyzer/graph", "analyzer/host", "analyzer/syntax",
	}},
	"analyzer/adapter/all": {ours: []string{
		"analyzer/adapter/aws", "analyzer/adapter/azure", "analyzer/adapter/clouds", "analyzer/adapter/google",
		"analyzer/adapter/read", "analyzer/adapter/registry", "analyzer/adapter/server",
	}},
	"analyzer/reach": {ours: []string{"analyzer/fact", "analyzer/netset"}},
	"analyzer": {ours: []string{
		"analyzer/adapter/read", "analyzer/config", "analyzer/fact", "analyzer/fault", "analyzer/graph",
		"analyzer/netset", "analyzer/reach", "analyzer/secret", "analyzer/source", "analyzer/source/git", "analyzer/source/placed", "analyzer/source/plan", "analyzer/source/stack",
		"analyzer/source/terragrunt", "analyzer/suppress",
	}},
	"analyzer/fix": {ours: []string{
		"analyzer", "analyzer/config", "analyzer/fact", "analyzer/graph", "analyzer/lang", "analyzer/netset", "analyzer/source",
	}},
	"rules": {ours: []string{
		"analyzer", "analyzer/config", "analyzer/fact", "analyzer/ftpd", "analyzer/graph", "analyzer/netset", "analyzer/reach",
	}},
	"analyzer/report": {ours: []string{
		"analyzer", "analyzer/display", "analyzer/fix", "analyzer/graph", "analyzer/netset", "analyzer/secret",
	}},
	"analyzer/editor": {ours: []string{"analyzer", "analyzer/display", "analyzer/fault", "analyzer/fix", "analyzer/report"}},
	"fixtures":        {},         // a harness: nothing but tests
	"analyzer/trials": {os: true}, // what tests share: it reads the environment
	"cmd/tfreach": {os: true, ours: []string{
		"analyzer", "analyzer/adapter/all", "analyzer/config", "analyzer/display", "analyzer/editor", "analyzer/fault", "analyzer/fix", "analyzer/ftpd", "analyzer/graph",
		"analyzer/reach", "analyzer/report", "analyzer/secret", "analyzer/source", "analyzer/source/named", "rules",
	}},
}

// TestImports checks the direction in which data flows, and that only
// analyzer/source and the packages in it read and only cmd has streams and an exit code.
func TestImports(t *testing.T) {
	imports, err := moduleImports(os.DirFS(".."))
	if err != nil {
		t.Fatal(err)
	}
	for _, violation := range checkImports(imports, places) {
		t.Error(violation)
	}
}

func TestCheckImports(t *testing.T) {
	places := map[string]place{
		"low":  {},
		"mid":  {ours: []string{"low", "idle"}},
		"cmd":  {ours: []string{"mid"}, os: true},
		"gone": {},
	}
	imports := map[string][]string{
		".":   {"fmt"},
		"cmd": {"os", "os/signal", module + "/mid", module + "/low"},
		"low": {"io", module + "/mid", "example.com/mid", module + "2/mid"},
		"mid": {"io/ioutil", "os", "os/exec", "syscall", module + "/low", module + "/new"},
		"new": {module + "/low", module},
	}
	want := []string{
		`package "." has no place in the architecture`,
		`cmd must not import low`,
		`low must not import mid`,
		`mid must not import io/ioutil: it reaches the operating system`,
		`mid must not import os: it reaches the operating system`,
		`mid must not import os/exec: it reaches the operating system`,
		`mid must not import syscall: it reaches the operating system`,
		`mid must not import new`,
		`package "new" has no place in the architecture`,
		`place "gone" has no package`,
		`mid may import idle but doesn't`,
	}
	if diff := cmp.Diff(want, checkImports(imports, places)); diff != "" {
		t.Errorf("violations (-want +got):\n%s", diff)
	}
}

func TestModuleImports(t *testing.T) {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	got, err := moduleImports(fstest.MapFS{
		"go.mod":              file("module x"),
		"a/a.go":              file(`package a; import ("os"; "fmt")`),
		"a/b.go":              file(`package a; import f "fmt"`),
		"a/c_windows.go":      file(`package a; import "syscall"`),
		"a/a_test.go":         file(`package a; import "os/exec"`),
		"a/testdata/t.go":     file(`package t; import "io"`),
		"a/.hidden/h.go":      file(`package h; import "io"`),
		"a/_hidden/h.go":      file(`package h; import "io"`),
		"onlytests/x_test.go": file(`package x; import "io"`),
		"other/go.mod":        file("module y"),
		"other/o.go":          file(`package o; import "io"`),
		"nogo/main.tf":        file(""),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{"a": {"fmt", "os", "syscall"}, "onlytests": nil}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("imports (-want +got):\n%s", diff)
	}
}

// moduleImports returns, for each package directory of the module at the root
// of fsys, what it imports on any platform, without the imports of its tests.
//
// It reads the files itself: go test would reuse the result of a test that left
// the reading to go list.
func moduleImports(fsys fs.FS) (map[string][]string, error) {
	imports := make(map[string][]string)
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			if name != "." && notOurs(fsys, name) {
				return fs.SkipDir
			}
			return nil
		case path.Ext(name) != ".go":
			return nil
		}
		dir := path.Dir(name)
		found := imports[dir]
		if !strings.HasSuffix(name, "_test.go") {
			src, err := fs.ReadFile(fsys, name)
			if err != nil {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, src, parser.ImportsOnly)
			if err != nil {
				return err
			}
			for _, spec := range file.Imports {
				imported, err := strconv.Unquote(spec.Path.Value)
				if err != nil {
					return fmt.Errorf("%s: import %s: %w", name, spec.Path.Value, err)
				}
				found = append(found, imported)
			}
		}
		slices.Sort(found)
		imports[dir] = slices.Compact(found)
		return nil
	})
	return imports, err
}

// notOurs reports whether the go command leaves a directory out of ./...
func notOurs(fsys fs.FS, dir string) bool {
	base := path.Base(dir)
	if base == "testdata" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
		return true
	}
	_, err := fs.Stat(fsys, path.Join(dir, "go.mod"))
	return err == nil
}

// checkImports returns a sentence for each import without a permission, each
// permission without an import, each package without a place, and each place
// without a package.
func checkImports(imports map[string][]string, places map[string]place) []string {
	var violations []string
	complain := func(format string, args ...any) {
		violations = append(violations, fmt.Sprintf(format, args...))
	}
	for _, dir := range slices.Sorted(maps.Keys(imports)) {
		home, known := places[dir]
		if !known {
			complain("package %q has no place in the architecture", dir)
			continue
		}
		for _, imported := range imports[dir] {
			ours, inside := strings.CutPrefix(imported, module+"/")
			switch {
			case inside && !slices.Contains(home.ours, ours):
				complain("%s must not import %s", dir, ours)
			case reachesOS(imported) && !home.os:
				complain("%s must not import %s: it reaches the operating system", dir, imported)
			}
		}
	}
	for _, dir := range slices.Sorted(maps.Keys(places)) {
		if _, ok := imports[dir]; !ok {
			complain("place %q has no package", dir)
			continue
		}
		for _, ours := range places[dir].ours {
			if !slices.Contains(imports[dir], module+"/"+ours) {
				complain("%s may import %s but doesn't", dir, ours)
			}
		}
	}
	return violations
}

func reachesOS(imported string) bool {
	return imported == "os" || strings.HasPrefix(imported, "os/") ||
		imported == "io/ioutil" || imported == "syscall"
}
