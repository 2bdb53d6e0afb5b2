package analyzer_test

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/adapter/all"
	"github.com/tfreach/tfreach/analyzer/netset"
	"github.com/tfreach/tfreach/analyzer/reach"
	"github.com/tfreach/tfreach/analyzer/trials"
)

// topology is a concrete network with one machine, which a packet can be walked through.
type topology interface {
	// config writes it as a configuration. Each value of which vary says so is a variable there without a value.
	config() string
	// endpoint is the resource type of the machine.
	endpoint() string
	// reaches says whether a client's packets of a protocol, tcp or udp, get to port 21 of the machine.
	reaches(client netip.Addr, protocol string) bool
	// summary names the shape, if several are to be seen.
	summary() string
	// let has config make variables of the values of which vary says so.
	let(vary func() bool)
	// made are the variables that config has made.
	made() []variable
}

func (u *unknowns) let(vary func() bool) { u.vary = vary }
func (u *unknowns) made() []variable     { return u.variables }
func (u *unknowns) summary() string      { return "" }

// walks are the random topologies of one kind.
type walks struct {
	stream uint64 // of random numbers
	make   func(*rand.Rand) topology
	// odds are the chances, one of so many, that a value is a variable.
	odds func(*rand.Rand) int
	// shapes is how many are to be seen open in a long run.
	shapes  int
	clients []netip.Addr
}

// allWalks returns the kinds of topologies.
func allWalks() map[string]walks {
	clients := []netip.Addr{
		netip.MustParseAddr("8.8.1.1"), netip.MustParseAddr("8.9.1.1"), netip.MustParseAddr("9.1.1.1"),
		netip.MustParseAddr("130.1.1.1"), netip.MustParseAddr("2600::1"), netip.MustParseAddr("2a00::1"),
	}
	some := func(r *rand.Rand) int { return 2 + r.IntN(10) }
	return map[string]walks{
		"AWS": {21, func(r *rand.Rand) topology { return randomWorld(r) }, func(*rand.Rand) int { return 4 }, 1, clients},
		"AWS load balancers": {
			80, func(r *rand.Rand) topology { return randomBalanced(r) }, func(*rand.Rand) int { return 5 }, 14,
			[]netip.Addr{clients[0], clients[2], clients[3], clients[4]},
		},
		"Azure":        {21, func(r *rand.Rand) topology { return randomAzure(r) }, some, 1, clients},
		"Google Cloud": {21, func(r *rand.Rand) topology { return randomCell(r) }, some, 1, clients},
		"OpenStack":    {21, func(r *rand.Rand) topology { return randomTenant(r) }, some, 1, clients},
	}
}

// TestPathsMatchWalker compares the analyzer with a packet walked through random topologies: exactly where all values
// are known, and where some are variables as bounds of whatever those turn out to be.
func TestPathsMatchWalker(t *testing.T) {
	for name, kind := range allWalks() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seen := &tally{open: map[string]int{}}
			n := trials.Count(80, 3000)
			trials.Each(t, n, func(t *testing.T, seed uint64) { kind.compare(t, seed, seen) })
			if testing.Short() {
				return // ten topologies may well say little
			}
			if sum := seen.opened(); sum < n/20 || seen.undecided < n/10 || trials.Long() && len(seen.open) < kind.shapes {
				t.Errorf("the topologies say little: %v clients got through, %d were undecided", seen.open, seen.undecided)
			}
		})
	}
}

// tally counts the clients that got through, by the shape of the topology, and those that stayed undecided.
type tally struct {
	mu        sync.Mutex
	open      map[string]int
	undecided int
}

func (s *tally) opened() int {
	sum := 0
	for _, n := range s.open {
		sum += n
	}
	return sum
}

func (s *tally) add(shape string, open, undecided int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if open > 0 {
		s.open[shape] += open
	}
	s.undecided += undecided
}

// compare walks through one topology.
func (k walks) compare(t *testing.T, seed uint64, seen *tally) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, k.stream))
	w := k.make(r)
	config := w.config()
	known := trace(t, config, w.endpoint())
	open, undecided := 0, 0
	for _, protocol := range protocols() {
		for _, c := range k.clients {
			want := w.reaches(c, protocol)
			if must, may := known[protocol].Must.Contains(c), known[protocol].May.Contains(c); must != want || may != want {
				t.Fatalf("seed %d: %s by %s: surely %t, perhaps %t, walked %t\n%s", seed, c, protocol, must, may, want, config)
			}
			if want {
				open++
			}
		}
	}
	shape, odds := w.summary(), k.odds(r)
	w.let(func() bool { return r.IntN(odds) == 0 })
	config = w.config()
	bounds := trace(t, config, w.endpoint())
	for range 8 {
		for _, v := range w.made() {
			v.set(r.IntN(v.count))
		}
		for _, protocol := range protocols() {
			for _, c := range k.clients {
				want := w.reaches(c, protocol)
				if must, may := bounds[protocol].Must.Contains(c), bounds[protocol].May.Contains(c); must && !want || !may && want {
					t.Fatalf("seed %d: %s by %s: surely %t, perhaps %t, but one completion walks %t: %+v\n%s", seed, c, protocol, must, may, want, w, config)
				} else if must != may {
					undecided++
				}
			}
		}
	}
	seen.add(shape, open, undecided)
}

// protocols are those that are walked.
func protocols() []string { return []string{"tcp", "udp"} }

// trace returns who reaches port 21 of the only endpoint of a type in a configuration, by protocol.
func trace(t *testing.T, config, typ string) map[string]netset.Bounds[netset.Prefixes] {
	t.Helper()
	var walk []*analyzer.Rule
	for i, protocol := range []uint8{netset.TCP, netset.UDP} {
		port := reach.Port{Service: protocols()[i], Label: protocols()[i], Protocol: protocol, Ports: netset.Port(21)}
		walk = append(walk, &analyzer.Rule{ID: port.Service, Port: port, Run: func(*analyzer.Pass) {}})
	}
	result, walked, err := analyzer.RunWith(t.Context(), analyzer.Config{
		Paths: []string{"."}, Files: fstest.MapFS{"main.tf": {Data: []byte(config)}}, Rules: walk, Knowledge: all.Knowledge(),
	}, func(_ *analyzer.Selection, a *analyzer.Analysis) []reach.Reached { return a.Reached })
	if err != nil {
		t.Fatalf("%v\n%s", err, config)
	}
	for _, n := range result.Notices {
		if n.Partial {
			t.Fatalf("%s: %s\n%s", n.Summary, n.Detail, config)
		}
	}
	if len(walked) != 1 {
		t.Fatalf("there are %d inputs\n%s", len(walked), config)
	}
	reached := slices.DeleteFunc(walked[0], func(r reach.Reached) bool { return r.Endpoint.Resource.Addr.Type != typ })
	out := map[string]netset.Bounds[netset.Prefixes]{}
	for _, r := range reached {
		out[r.Port.Service] = r.Admits
	}
	if len(reached) != 2 || len(out) != 2 {
		t.Fatalf("there are %d endpoints of type %s\n%s", len(reached), typ, config)
	}
	return out
}
