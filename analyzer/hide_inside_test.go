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
	"testing"
	"testing/fstest"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/adapter/all"
	"github.com/tfreach/tfreach/analyzer/netset"
	"github.com/tfreach/tfreach/analyzer/reach"
	"github.com/tfreach/tfreach/analyzer/trials"
	"github.com/tfreach/tfreach/rules"
)

// TestHiddenInside hides something of each fixture about what reaches what. What is surely reached without it isn't surely
// unreachable with everything in sight, nor the other way round, so that no expectation that surely holds, or surely doesn't, is
// contradicted.
func TestHiddenInside(t *testing.T) {
	trials.SkipShort(t)
	t.Parallel()
	dirs, err := fs.Glob(os.DirFS("../fixtures"), "reach/*")
	if err != nil || len(dirs) == 0 {
		t.Fatal("there are no fixtures: ", err)
	}
	for _, dir := range dirs {
		t.Run(dir, func(t *testing.T) {
			t.Parallel()
			files := configurationIn(t, path.Join("../fixtures", dir))
			if files == nil {
				t.Fatal("it has no configuration")
			}
			full := between(t, files)
			if len(full) == 0 {
				t.Fatal("nothing is asked of it")
			}
			seed := fnv.New64a()
			_, _ = seed.Write([]byte(dir)) // it never fails
			r := rand.New(rand.NewPCG(seed.Sum64(), 3))
			hidings := hidingsIn(files)
			for _, kind := range slices.Sorted(maps.Keys(hidings)) {
				of := hidings[kind]
				r.Shuffle(len(of), func(i, j int) { of[i], of[j] = of[j], of[i] })
				for _, h := range of[:min(trials.Count(2, 8), len(of))] {
					for _, problem := range contradicts(full, between(t, h.files), h) {
						t.Errorf("%s: %s: %s", kind, h.what, problem)
					}
				}
			}
		})
	}
}

// pairOf is two places by their names.
type pairOf struct{ from, to string }

// between returns the ports at which each host of a configuration, and the internet, reaches each other.
func between(t *testing.T, files fstest.MapFS) map[pairOf]reach.Ports {
	t.Helper()
	port, err := rules.Parse("ftp")
	if err != nil {
		t.Fatal(err)
	}
	out := map[pairOf]reach.Ports{}
	_, _, err = analyzer.RunWith(t.Context(), analyzer.Config{
		Paths: []string{"."}, Files: files, Rules: rules.For([]reach.Port{port}), Knowledge: all.Knowledge(), NoSuppressions: true,
	}, func(_ *analyzer.Selection, a *analyzer.Analysis) struct{} {
		n := a.Networks()
		if n == nil {
			return struct{}{}
		}
		places := n.Find(analyzer.Internet)
		for _, h := range n.Hosts() {
			places = append(places, analyzer.Party{Host: h, Name: h.Resource.Addr.String()})
		}
		for _, from := range places {
			for _, to := range places {
				if ports, known := n.Reach(from, to); known {
					out[pairOf{from.Name, to.Name}] = ports
				}
			}
		}
		return struct{}{}
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// contradicts returns how what is surely reached, or not, with something hidden contradicts what is so with everything in sight.
func contradicts(full, hidden map[pairOf]reach.Ports, h hiding) []string {
	var out []string
	for pair, now := range hidden {
		before, ok := full[pair]
		if !ok || h.gone(plainText(pair.from)) || h.gone(plainText(pair.to)) {
			continue
		}
		for _, protocol := range []uint8{netset.TCP, netset.UDP} {
			was, is := before.Of(protocol), now.Of(protocol)
			if more := is.Must.Difference(was.May); !h.mayDeny && !more.Empty() {
				out = append(out, fmt.Sprintf("%s surely reaches %s at %.80v, and doesn't", pair.from, pair.to, more))
			}
			if less := was.Must.Difference(is.May); !less.Empty() {
				out = append(out, fmt.Sprintf("%s surely doesn't reach %s at %.80v, and does", pair.from, pair.to, less))
			}
		}
	}
	slices.Sort(out)
	return out
}
