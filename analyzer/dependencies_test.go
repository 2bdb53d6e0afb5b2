package analyzer_test

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
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
	program := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\| (program|tests) \\| .*[a-z].* \\|$").FindAllSubmatch(table, -1) {
		explained = append(explained, string(row[1]))
		program[string(row[1])] = string(row[2]) == "program"
	}
	if diff := cmp.Diff(direct, explained); diff != "" {
		t.Errorf("modules in go.mod, and in .github/DEPENDENCIES.md (-go.mod +table):\n%s", diff)
	}
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", "./cmd/tfreach")
	cmd.Dir, cmd.Env = "..", append(os.Environ(), "GOOS=linux")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	ships := map[string]bool{}
	for module := range strings.FieldsSeq(string(out)) {
		if module != "github.com/tfreach/tfreach" {
			ships[module] = true
		}
	}
	for module, said := range program {
		if ships[module] != said {
			t.Errorf("%s is a part of the program: %t, but the table says %t", module, ships[module], said)
		}
		delete(ships, module)
	}
	for module := range ships {
		if !strings.Contains(string(table), "`"+module+"`") {
			t.Errorf("%s is a part of the program, and .github/DEPENDENCIES.md doesn't name it", module)
		}
	}
}
