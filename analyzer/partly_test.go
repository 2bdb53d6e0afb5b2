package analyzer_test

import (
	"fmt"
	"hash/fnv"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/trials"
)

// TestPartlyKnown adds to lists of the fixtures, which let everyone in, elements that aren't known, in the ways in which
// configurations put lists together. What is surely in the list still decides.
func TestPartlyKnown(t *testing.T) {
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
			seed := fnv.New64a()
			_, _ = seed.Write([]byte(dir)) // it never fails
			partly(t, files, rand.New(rand.NewPCG(seed.Sum64(), 4)), trials.Count(1, 8))
		})
	}
}

func partly(t *testing.T, files fstest.MapFS, r *rand.Rand, most int) {
	t.Helper()
	full := tracedIn(t, files)
	var tries []malformed
	for _, f := range full.Findings {
		if f.Outcome != analyzer.Exposed {
			continue
		}
		for _, at := range f.Written.Sources {
			list, ok := listAround(files, at)
			if !ok || !slices.Contains([]string{`"0.0.0.0/0"`, `"::/0"`}, string(at.SliceBytes(files[at.Filename].Data))) {
				continue // A list of rules, or of those who are kept out, changes its meaning.
			}
			text := string(list.SliceBytes(files[at.Filename].Data))
			for _, form := range []string{
				"concat(var.hidden, LIST)", "sort(concat(LIST, var.hidden))", "compact(concat(LIST, var.hidden))", "flatten([var.hidden, LIST])",
				"distinct(concat(LIST, var.hidden))", "[for hidden in concat(LIST, var.hidden) : hidden]", "tolist(toset(concat(var.hidden, LIST)))",
				"values({ for hidden in concat(LIST, var.hidden) : hidden => hidden })",
			} {
				tries = append(tries, malformed{at: list, value: strings.ReplaceAll(form, "LIST", text), of: f})
			}
		}
	}
	r.Shuffle(len(tries), func(i, j int) { tries[i], tries[j] = tries[j], tries[i] })
	for _, try := range tries[:min(most, len(tries))] {
		hidden := changed(files, try.at.Filename, apply(files[try.at.Filename].Data, edit{try.at, try.value}))
		hidden["hidden.tf"] = &fstest.MapFile{Data: []byte("variable \"hidden\" {\n  type = list(string)\n}\n")}
		if !slices.ContainsFunc(tracedIn(t, hidden).Findings, func(f analyzer.Finding) bool { return f.Outcome == analyzer.Exposed && asks(f, try.of) }) {
			t.Errorf("%s: it is no longer found: %s", fmt.Sprintf("%s:%d: %s", try.at.Filename, try.at.Start.Line, try.value), try.of.Message)
		}
	}
}

// listAround returns the range of the list of literals that a literal of the root module is in.
func listAround(files fstest.MapFS, at hcl.Range) (hcl.Range, bool) {
	file := files[at.Filename]
	if path.Ext(at.Filename) != ".tf" || path.Dir(at.Filename) != "." || file == nil {
		return hcl.Range{}, false
	}
	body, ok := parsed(at.Filename, file.Data)
	if !ok {
		return hcl.Range{}, false
	}
	var found hcl.Range
	var in func(*hclsyntax.Body)
	in = func(b *hclsyntax.Body) {
		for _, name := range slices.Sorted(maps.Keys(b.Attributes)) {
			tuple, ok := b.Attributes[name].Expr.(*hclsyntax.TupleConsExpr)
			if ok && slices.ContainsFunc(tuple.Exprs, func(e hclsyntax.Expression) bool { return e.Range() == at }) {
				found = tuple.SrcRange
			}
		}
		for _, block := range b.Blocks {
			in(block.Body)
		}
	}
	for _, block := range body.Blocks {
		if block.Type == "resource" {
			in(block.Body)
		}
	}
	return found, found.Filename != ""
}
