package analyzer_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"
)

// Each package's doc says how the package works, and has an example.
func TestPackageDocs(t *testing.T) {
	docs := map[string]string{}
	root := os.DirFS("..")
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || name != "." && strings.HasPrefix(d.Name(), ".")) {
			return fs.SkipDir
		}
		if path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.PackageClauseOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		docs[path.Dir(name)] += file.Doc.Text()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(docs) < 30 {
		t.Errorf("only %d packages were found", len(docs))
	}
	for dir, doc := range docs {
		for _, heading := range []string{"# How it works\n", "# Example\n"} {
			if !strings.Contains(doc, heading) {
				t.Errorf("%s: its doc has no heading %q", dir, heading)
			}
		}
	}
}
