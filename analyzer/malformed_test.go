package analyzer_test

import (
	"fmt"
	"hash/fnv"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/adapter/all"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/reach"
	"github.com/tfreach/tfreach/analyzer/trials"
	"github.com/tfreach/tfreach/rules"
)

// TestMalformed puts values that no provider takes where the fixtures have an address or a port that opens something: a prefix
// that is too long or has no end, an address that is none, half of a range, a number that is no port, a value of another kind.
// Nothing is surely open then because of such a value, and what it was to open isn't passed over in silence.
func TestMalformed(t *testing.T) {
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
			malform(t, files, rand.New(rand.NewPCG(seed.Sum64(), 3)), trials.Count(1, 8))
		})
	}
}

// malformed are a value that no provider takes, and the place of the one that it takes the place of.
type malformed struct {
	at    hcl.Range
	value string
	// harmless is a value in the same place that opens nothing to everyone.
	harmless string
	of       analyzer.Finding
}

func malform(t *testing.T, files fstest.MapFS, r *rand.Rand, most int) {
	t.Helper()
	full := tracedIn(t, files)
	said := func(n analyzer.Notice) bool {
		return slices.ContainsFunc(full.Notices, func(o analyzer.Notice) bool { return o.Summary == n.Summary && o.Detail == n.Detail })
	}
	var tries []malformed
	for _, f := range full.Findings {
		if f.Outcome != analyzer.Exposed {
			continue
		}
		add := func(places []hcl.Range, harmless string, values ...string) {
			for _, at := range places {
				if file := files[at.Filename]; path.Ext(at.Filename) == ".tf" && file != nil && literal(at.SliceBytes(file.Data)) {
					for _, value := range values {
						tries = append(tries, malformed{at, value, harmless, f})
					}
				}
			}
		}
		add(f.Written.Sources, `"10.0.0.0/8"`, `"10.0.0.0/33"`, `"0.0.0.0/0/0"`, `"0.0.0.0/"`, `"300.0.0.0/8"`, `{}`)
		add(f.Written.Ports, `1`, `"21-"`, `"22-21"`, `"-21"`, `70000`, `21.5`, `{}`)
	}
	r.Shuffle(len(tries), func(i, j int) { tries[i], tries[j] = tries[j], tries[i] })
	for _, try := range tries[:min(most, len(tries))] {
		with := func(value string) *analyzer.Result {
			return tracedIn(t, changed(files, try.at.Filename, apply(files[try.at.Filename].Data, edit{try.at, value})))
		}
		now := with(try.value)
		if !slices.ContainsFunc(now.Ingress(), func(i *analyzer.Ingress) bool {
			return slices.ContainsFunc(try.of.Resources, func(a graph.Address) bool { return plain(a) == plain(i.Resource) })
		}) {
			continue // There is no such resource with another value.
		}
		what := fmt.Sprintf("%s:%d: %s", try.at.Filename, try.at.Start.Line, try.value)
		told := slices.ContainsFunc(now.Notices, func(n analyzer.Notice) bool { return !said(n) })
		for _, f := range now.Findings {
			told = told || asks(f, try.of)
			if f.Outcome != analyzer.Exposed || !asks(f, try.of) {
				continue
			}
			// Another value may open the same.
			if !slices.ContainsFunc(with(try.harmless).Findings, func(o analyzer.Finding) bool { return o.Outcome == analyzer.Exposed && asks(o, f) }) {
				t.Errorf("%s: it is surely found: %s", what, f.Message)
			}
		}
		if !told {
			t.Errorf("%s: nothing is said any more of what it opened: %s", what, try.of.Message)
		}
	}
}

// literal reports whether a text is a whole literal: a text in quotes, or a number.
func literal(text []byte) bool {
	s := string(text)
	return len(s) > 1 && s[0] == '"' && strings.IndexByte(s[1:], '"') == len(s)-2 || s != "" && strings.Trim(s, "0123456789") == ""
}

// asks reports whether two findings are about the same question and resource.
func asks(f, o analyzer.Finding) bool {
	return question(f.Rule) == question(o.Rule) && slices.ContainsFunc(f.Resources, func(a graph.Address) bool {
		return slices.ContainsFunc(o.Resources, func(b graph.Address) bool { return plain(a) == plain(b) })
	})
}

// tracedIn returns what is said of FTP and SSH in a configuration, with the places of the values that decide.
func tracedIn(t *testing.T, files fstest.MapFS) *analyzer.Result {
	t.Helper()
	ports := make([]reach.Port, 2)
	for i, name := range []string{"ftp", "ssh"} {
		var err error
		if ports[i], err = rules.Parse(name); err != nil {
			t.Fatal(err)
		}
	}
	r, err := analyzer.Run(t.Context(), analyzer.Config{
		Paths: []string{"."}, Files: files, Rules: rules.For(ports), Knowledge: all.Knowledge(), NoSuppressions: true, TraceValues: true, KeepRules: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}
