package analyzer_test

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/adapter/all"
	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
	"github.com/tfreach/tfreach/analyzer/reach"
	"github.com/tfreach/tfreach/analyzer/trials"
)

// twins are ports that differ in as little as ports can.
func twins() []reach.Port {
	port := func(name string, protocol uint8, n int) reach.Port {
		return reach.Port{Service: name, Label: name, Protocol: protocol, Ports: netset.Port(n)}
	}
	return []reach.Port{port("tcp21", netset.TCP, 21), port("udp21", netset.UDP, 21), port("tcp22", netset.TCP, 22)}
}

// What is said of a machine at a port doesn't depend on what else is asked, nor of whom: a run for several machines and
// ports says of each what a run for it alone says, with the same words, places and deciders.
func TestAlone(t *testing.T) {
	t.Run("cases", func(t *testing.T) {
		t.Parallel()
		root := os.DirFS("../fixtures")
		for _, cloud := range []string{"aws", "azure", "google"} {
			entries, err := fs.ReadDir(root, cloud)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				if !strings.HasPrefix(e.Name(), "path-") {
					continue
				}
				t.Run(cloud+"/"+e.Name(), func(t *testing.T) {
					t.Parallel()
					files, err := fs.Sub(root, path.Join(cloud, e.Name()))
					if err != nil {
						t.Fatal(err)
					}
					alone(t, files)
				})
			}
		}
	})
	for name, kind := range allWalks() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			trials.Each(t, trials.Count(10, 600), func(t *testing.T, seed uint64) {
				r := rand.New(rand.NewPCG(seed, kind.stream+1))
				w := kind.make(r)
				w.let(func() bool { return r.IntN(3) == 0 })
				alone(t, fstest.MapFS{"main.tf": {Data: []byte(crowd(outside(r, w.config())))}})
			})
		})
	}
}

// alone compares a run for all machines and ports with runs for one of each.
func alone(t *testing.T, files fs.FS) {
	t.Helper()
	together := said(t, files, all.Knowledge(), twins()...)
	machines := map[string]bool{}
	for _, s := range together {
		if s.machine {
			machines[s.resource] = true
		}
	}
	for _, port := range twins() {
		ofPort := slices.DeleteFunc(slices.Clone(together), func(s saying) bool { return s.port != port.Service })
		if diff := cmp.Diff(texts(said(t, files, all.Knowledge(), port)), texts(ofPort)); diff != "" {
			t.Fatalf("%s alone, and with others (-alone +with others):\n%s", port, diff)
		}
	}
	for machine := range machines {
		known := all.Knowledge()
		for i, c := range known.Clouds {
			known.Clouds[i].Endpoints = func(t *graph.Topology) []fact.Endpoint {
				g, few := *t.Graph, *t
				g.Resources = slices.DeleteFunc(slices.Clone(g.Resources), func(r *graph.Resource) bool {
					return machines[r.Addr.String()] && r.Addr.String() != machine
				})
				few.Graph = &g
				return c.Endpoints(&few)
			}
		}
		of := func(s saying) bool { return s.resource != machine }
		want := texts(slices.DeleteFunc(said(t, files, known, twins()...), of))
		if diff := cmp.Diff(want, texts(slices.DeleteFunc(slices.Clone(together), of))); diff != "" {
			t.Fatalf("%s alone, and with others (-alone +with others):\n%s", machine, diff)
		}
	}
}

// saying is what a run says of an endpoint at a port.
type saying struct {
	resource, port, text string
	machine              bool
}

func texts(all []saying) []string {
	out := make([]string, len(all))
	for i, s := range all {
		out[i] = s.text
	}
	return out
}

// said returns what a run says of all endpoints at some ports.
func said(t *testing.T, files fs.FS, known read.Knowledge, ports ...reach.Port) []saying {
	t.Helper()
	rules := make([]*analyzer.Rule, len(ports))
	for i, port := range ports {
		rules[i] = &analyzer.Rule{ID: port.Service, Port: port, Run: func(*analyzer.Pass) {}}
	}
	_, walked, err := analyzer.RunWith(t.Context(), analyzer.Config{Paths: []string{"."}, Files: files, Rules: rules, Knowledge: known},
		func(_ *analyzer.Selection, a *analyzer.Analysis) []reach.Reached { return a.Reached })
	if err != nil {
		t.Fatal(err)
	}
	var out []saying
	for i := range walked[0] {
		r := &walked[0][i]
		s := saying{r.Endpoint.Resource.Addr.String(), r.Port.Service, "", r.Endpoint.Kind == fact.Machine}
		s.text = fmt.Sprintf("%s %s %v\n", s.resource, r.Port, r.Admits)
		for p := range r.Paths() {
			s.text += fmt.Sprintf("way %v %v\n", p.Way.Family, p.Admits)
			for _, step := range p.Steps {
				h := step.Hop
				s.text += fmt.Sprintf("  %s at %v: %s; %s\n   passes %v of %v, left %v, to %d\n", h.Kind, h.At, h.Why, h.Change, step.Passes, step.Takes, step.Left, h.To)
				if h.Resource != nil {
					s.text += "   of " + h.Resource.Addr.String() + "\n"
				}
				for _, o := range slices.Concat(step.Openings, step.Denials) {
					s.text += fmt.Sprintf("   by %s at %v: %v\n", o.Rule.Resource.Addr, o.Rule.At, o.Admits)
				}
				for _, d := range h.Decides {
					s.text += fmt.Sprintf("   decided by %s at %v\n", d.Name, d.At)
				}
			}
		}
		out = append(out, s)
	}
	return out
}

// outside puts IDs of what lies outside the configuration in places where a machine names what filters it.
func outside(r *rand.Rand, config string) string {
	for _, to := range []struct{ inside, outside string }{
		{"vpc_security_group_ids = [", `vpc_security_group_ids = ["sg-0123456789abcdef0", `},
		{"subnet_id = aws_subnet.s.id\n vpc_sec", "subnet_id = \"subnet-0123456789abcdef0\"\n vpc_sec"},
		{"subnet_id = aws_subnet.target.id", `subnet_id = "subnet-0123456789abcdef0"`},
		{"subnet_id = azurerm_subnet.s.id\n private", "subnet_id = \"/subscriptions/s/subnets/s\"\n private"},
		{"subnetwork = google_compute_subnetwork.s.id", `network = "elsewhere"`},
	} {
		if r.IntN(3) == 0 {
			config = strings.Replace(config, to.inside, to.outside, 1)
		}
	}
	return config
}

// crowd adds to a configuration of one machine a second one that is the same but for the variables that decide it.
func crowd(config string) string {
	block := regexp.MustCompile(`(?ms)^resource "(\w+)" "(\w+)" \{\n.*?^\}\n`)
	machine := regexp.MustCompile(`^(aws_(instance|network_interface|eip|eip_association|ecs_service|autoscaling_group|autoscaling_attachment|launch_template|lb_target_group_attachment|elb_attachment)|` +
		`azurerm_(linux_virtual_machine|network_interface.*)|google_compute_(instance|target_instance))$`)
	var copies strings.Builder
	var renames []string
	for _, m := range block.FindAllStringSubmatch(config, -1) {
		if machine.MatchString(m[1]) {
			copies.WriteString(m[0])
			renames = append(renames, fmt.Sprintf("%s.%s.", m[1], m[2]), fmt.Sprintf("%s.%s_too.", m[1], m[2]),
				fmt.Sprintf("resource %q %q", m[1], m[2]), fmt.Sprintf("resource %q %q", m[1], m[2]+"_too"))
		}
	}
	text := strings.NewReplacer(renames...).Replace(copies.String())
	variable := regexp.MustCompile(`\bvar\.(v\d+)\b`)
	var declared []string
	text = variable.ReplaceAllStringFunc(text, func(v string) string {
		name := variable.FindStringSubmatch(v)[1] + "_too"
		if !slices.Contains(declared, name) {
			declared = append(declared, name)
		}
		return "var." + name
	})
	for _, name := range declared {
		text += fmt.Sprintf("variable %q {}\n", name)
	}
	return config + text
}
