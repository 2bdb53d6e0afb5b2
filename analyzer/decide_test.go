package analyzer_test

import (
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/adapter/all"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/trials"
	"github.com/tfreach/tfreach/rules"
)

// TestDecidersDecide gives values to the variables that are said to decide what isn't known in the fixtures: then it is known.
// Whatever isn't known names something that decides it.
func TestDecidersDecide(t *testing.T) {
	trials.SkipShort(t)
	t.Parallel()
	dirs, err := fs.Glob(os.DirFS("../fixtures"), "*/*")
	if err != nil || len(dirs) == 0 {
		t.Fatal("there are no fixtures: ", err)
	}
	for _, dir := range dirs {
		files := configurationIn(t, path.Join("../fixtures", dir))
		if files == nil {
			continue
		}
		t.Run(dir, func(t *testing.T) {
			t.Parallel()
			decide(t, files)
		})
	}
}

// decide checks what is said to decide the unknown findings of a configuration.
func decide(t *testing.T, files fstest.MapFS) {
	t.Helper()
	var given map[string][]string
	seen := map[string]bool{}
	all, err := undecidedIn(t, files)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		name := asked(&f)
		if len(f.Decides) == 0 {
			t.Errorf("%s: nothing decides it", name)
			continue
		}
		var vars, others []string
		for _, d := range f.Decides {
			v, ok := strings.CutPrefix(d.Name, "var.")
			if d.Kind != graph.FromVariable || !ok || strings.ContainsAny(v, ".[") {
				others = append(others, d.Name)
				continue
			}
			vars = append(vars, v)
		}
		for _, d := range f.Decides {
			if d.Name == "" || d.Name == "the expression" || strings.HasPrefix(d.Name, `"`) {
				t.Errorf("%s: what decides it isn't named: %q", name, d.Name)
			}
		}
		if len(f.Decides) > 8 {
			t.Errorf("%s: %d things are said to decide it", name, len(f.Decides))
		}
		if len(vars) == 0 || seen[name] {
			continue
		}
		seen[name] = true
		if given == nil {
			given = candidatesFor(files)
		}
		some, all := settled(t, files, name, vars, given)
		switch {
		case len(others) == 0 && !some:
			t.Errorf("%s: it isn't known with values for %v, which are said to decide it: %s", name, vars, f.Message)
		case len(others) > 0 && all:
			t.Errorf("%s: any values for %v make it known, and these are said to decide it, too: %v", name, vars, others)
		}
	}
}

// asked names what a finding is about.
func asked(f *analyzer.Finding) string {
	var about []string
	for _, a := range f.Resources {
		about = append(about, plain(a))
	}
	return f.Rule.ID + " " + strings.Join(slices.Compact(about), ", ")
}

// undecidedIn returns the findings that aren't known with values of variables. The error is that a value is wrong.
func undecidedIn(t *testing.T, files fstest.MapFS, vars ...analyzer.Var) ([]analyzer.Finding, error) {
	t.Helper()
	r, err := analyzer.Run(t.Context(), analyzer.Config{
		Paths: []string{"."}, Files: files, Vars: vars, Rules: rules.For(portsIn(t, files)), Knowledge: all.Knowledge(), NoSuppressions: true,
	})
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(r.Findings, func(f analyzer.Finding) bool { return f.Outcome != analyzer.Unknown }), nil
}

// settled says whether some values of the variables make known what is asked, and whether all of at least two do that the
// configuration takes.
func settled(t *testing.T, files fstest.MapFS, name string, vars []string, given map[string][]string) (some, all bool) {
	t.Helper()
	most := 1
	for _, v := range vars {
		most = max(most, len(given[v]))
	}
	taken, known := 0, 0
	for i := range most {
		for shift := range 2 {
			var assign []analyzer.Var
			for n, v := range vars {
				if len(given[v]) == 0 {
					return false, false
				}
				assign = append(assign, analyzer.Var{Assign: v + "=" + given[v][(i+n*shift)%len(given[v])]})
			}
			left, err := undecidedIn(t, files, assign...)
			if err != nil {
				continue
			}
			taken++
			if !slices.ContainsFunc(left, func(f analyzer.Finding) bool {
				return slices.ContainsFunc(f.Resources, func(a graph.Address) bool { return strings.Contains(name, plain(a)) }) && strings.HasPrefix(name, f.Rule.ID)
			}) {
				known++
			}
		}
	}
	return known > 0, taken > 1 && known == taken
}

// candidatesFor returns values for each variable of a configuration by its type, the likeliest first.
func candidatesFor(files fstest.MapFS) map[string][]string {
	words := []string{"0.0.0.0/0", "10.0.0.0/8", "192.0.2.1", "prod", "tcp", "21", "true", "false", "web", "sg-0123456789abcdef0", "in", "INTERNET", "INTERNAL", "DROP", "BEFORE_CLASSIC_FIREWALL", "fauria/vsftpd:latest"}
	lists := []string{`["0.0.0.0/0"]`, `["10.0.0.0/8"]`, `[]`, `["web"]`, `["21"]`, `[21]`}
	maps := []string{`{}`, `{a="0.0.0.0/0"}`, `{web="web"}`, `{clients=["0.0.0.0/0"]}`}
	out := map[string][]string{}
	for name, file := range files {
		if path.Ext(name) != ".tf" || path.Dir(name) != "." {
			continue
		}
		body, ok := parsed(name, file.Data)
		if !ok {
			continue
		}
		for _, block := range body.Blocks {
			if block.Type != "variable" {
				continue
			}
			typ := ""
			if a := block.Body.Attributes["type"]; a != nil {
				typ = string(a.Expr.Range().SliceBytes(file.Data))
				if e, ok := a.Expr.(*hclsyntax.FunctionCallExpr); ok {
					typ = e.Name + " " + typ
				}
			}
			switch {
			case typ == "string":
				out[block.Labels[0]] = words
			case typ == "number":
				out[block.Labels[0]] = []string{"21", "80", "0", "1", "2"}
			case typ == "bool":
				out[block.Labels[0]] = []string{"true", "false"}
			case strings.HasPrefix(typ, "list"), strings.HasPrefix(typ, "set"), strings.HasPrefix(typ, "tuple"):
				out[block.Labels[0]] = lists
			case strings.HasPrefix(typ, "map"):
				out[block.Labels[0]] = maps
			default:
				out[block.Labels[0]] = slices.Concat(words, lists, maps)
			}
		}
	}
	return out
}
