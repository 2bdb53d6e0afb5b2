package analyzer_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/modfile"
)

// Each direct dependency has a reason in the table, and what is there no more has none.
func TestDependenciesHaveReasons(t *testing.T) {
	text, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	mod, err := modfile.Parse("go.mod", text, nil)
	if err != nil {
		t.Fatal(err)
	}
	var direct []string
	for _, r := range mod.Require {
		if !r.Indirect {
			direct = append(direct, r.Mod.Path)
		}
	}
	table, err := os.ReadFile("../.github/DEPENDENCIES.md")
	if err != nil {
		t.Fatal(err)
	}
	var explained []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\| .*[a-z].* \\|$").FindAllSubmatch(table, -1) {
		explained = append(explained, string(row[1]))
	}
	if diff := cmp.Diff(direct, explained); diff != "" {
		t.Errorf("modules in go.mod, and in .github/DEPENDENCIES.md (-go.mod +table):\n%s", diff)
	}
}
