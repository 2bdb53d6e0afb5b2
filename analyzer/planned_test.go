package analyzer_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/trials"
)

// planned is a random topology in a module of its own, as it is planned.
type planned struct {
	topology
	name string
	// open are the variables that nobody knows before the plan is applied.
	open []variable
	// config is the module, call what calls it, and values are those of the variables of its call.
	config, call, values string
}

// region is a root module that calls modules with random topologies of one kind.
type region struct {
	files  fstest.MapFS
	worlds []planned
}

// regionOf makes topologies of a kind from a seed, and writes each in its own way.
func regionOf(k walks, seed uint64, n int) *region {
	r := rand.New(rand.NewPCG(seed, k.stream+100))
	var worlds []planned
	for i := range n {
		w := planned{topology: k.make(r), name: fmt.Sprintf("w%d", i)}
		odds := pick(r, 1000, k.odds(r))
		w.let(func() bool { return r.IntN(odds) == 0 })
		if b, ok := w.topology.(*balanced); ok {
			b.apart()
		}
		var call, values strings.Builder
		config := required(w.topology.config())
		fmt.Fprintf(&call, "module %q {\n  source = \"./%s\"\n", w.name, w.name)
		unknown := 0
		for j, v := range w.made() {
			name := fmt.Sprintf("v%d", j)
			counts := regexp.MustCompile(`count\s*=\s*var\.` + name + `\b`).MatchString(config)
			switch {
			case counts || v.value == "" || r.IntN(3) == 0:
				fmt.Fprintf(&call, "  %s = var.%s_%s\n", name, w.name, name)
				fmt.Fprintf(&values, "%s_%s = %s\n", w.name, name, v.value)
			default:
				fmt.Fprintf(&call, "  %s = random_string.%s[%d].result\n", name, w.name, unknown)
				unknown++
				w.open = append(w.open, v)
			}
		}
		fmt.Fprintf(&call, "}\nresource \"random_string\" %q {\n  count  = %d\n  length = 8\n}\n", w.name, unknown)
		for j := range w.made() {
			fmt.Fprintf(&call, "variable \"%s_v%d\" {\n  default = null\n}\n", w.name, j)
		}
		w.config, w.call, w.values = string(respelled(r, []byte(config))), call.String(), values.String()
		worlds = append(worlds, w)
	}
	return region{}.of(worlds)
}

// of returns the region of some topologies only.
func (region) of(worlds []planned) *region {
	g := &region{files: fstest.MapFS{"id/main.tf": {Data: []byte("variable \"value\" {}\noutput \"value\" {\n  value = var.value\n}\n")}}, worlds: worlds}
	var root, values strings.Builder
	for _, w := range worlds {
		root.WriteString(w.call)
		values.WriteString(w.values)
		g.files[w.name+"/main.tf"] = &fstest.MapFile{Data: []byte(w.config)}
	}
	if strings.Contains(worlds[0].config, "\"azurerm_") {
		root.WriteString("provider \"azurerm\" {\n  features {}\n}\n")
	}
	g.files["main.tf"] = &fstest.MapFile{Data: []byte(root.String())}
	g.files["terraform.tfvars"] = &fstest.MapFile{Data: []byte(values.String())}
	return g
}

var (
	worldName    = regexp.MustCompile(`^(w\d+)(?:_v\d+)?$`)
	worldAddress = regexp.MustCompile(`^(?:module|random_string)\.(w\d+)\b`)
)

// part returns what a plan says of the region's topologies only: a program that plans is slow to start, and what is unknown in a
// plan alone may be anything in it.
func (g *region) part(t *testing.T, plan []byte) []byte {
	t.Helper()
	elsewhere := func(of *regexp.Regexp, text any) bool {
		s, _ := text.(string)
		m := of.FindStringSubmatch(s)
		return m != nil && !slices.ContainsFunc(g.worlds, func(w planned) bool { return w.name == m[1] })
	}
	var prune func(v any) any
	prune = func(v any) any {
		switch v := v.(type) {
		case map[string]any:
			maps.DeleteFunc(v, func(name string, _ any) bool { return elsewhere(worldName, name) })
			for name, value := range v {
				v[name] = prune(value)
			}
		case []any:
			v = slices.DeleteFunc(v, func(e any) bool {
				o, _ := e.(map[string]any)
				return elsewhere(worldAddress, o["address"]) || elsewhere(worldAddress, o["resource"])
			})
			for i := range v {
				v[i] = prune(v[i])
			}
			return v
		}
		return v
	}
	var all any
	d := json.NewDecoder(bytes.NewReader(plan))
	d.UseNumber()
	if err := d.Decode(&all); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(prune(all))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// required adds what a provider wants and no verdict depends on.
func required(config string) string {
	const location = "location = \"westeurope\"\n"
	for typ, arguments := range map[string]string{
		"azurerm_virtual_network":            location + "address_space = [\"10.0.0.0/16\"]\n",
		"azurerm_application_security_group": location,
		"azurerm_network_security_group":     location,
		"azurerm_route_table":                location,
		"azurerm_network_interface":          location,
		"azurerm_lb":                         location,
		"azurerm_firewall":                   location + "sku_name = \"AZFW_VNet\"\nsku_tier = \"Standard\"\n",
		"azurerm_lb_nat_rule":                "resource_group_name = \"rg\"\n",
		"aws_autoscaling_group":              "min_size = 1\nmax_size = 1\n",
		"aws_ecs_service":                    "name = \"s\"\n",
		"azurerm_public_ip":                  location + "allocation_method = \"Static\"\n",
		"azurerm_linux_virtual_machine":      location + "size = \"s\"\nadmin_username = \"a\"\nos_disk {\ncaching = \"None\"\nstorage_account_type = \"a\"\n}\n",
		"google_compute_instance":            "machine_type = \"m\"\nboot_disk {\n}\n",
	} {
		head := regexp.MustCompile(`resource "` + typ + `" "\w+" \{\n`)
		config = head.ReplaceAllString(config, "${0}"+arguments)
	}
	return config
}

// apart lets rules name groups apart from these, as groups that name each other are refused.
func (w *balanced) apart() {
	for _, rules := range [][]peered{w.lbIn, w.lbOut, w.targetIn} {
		for i := range rules {
			rules[i].resource = rules[i].resource || rules[i].group == "lb" || rules[i].group == "target"
		}
	}
}

// plan returns the plan that a program makes of the root module.
func (g *region) plan(t *testing.T, planner string) []byte {
	t.Helper()
	dir := t.TempDir()
	for _, name := range slices.Sorted(maps.Keys(g.files)) {
		at := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(at), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, g.files[name].Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out := filepath.Join(t.TempDir(), "plan.json")
	cmd := exec.CommandContext(t.Context(), planner, dir, out)
	cmd.Env = append(os.Environ(), "ROOT="+dir)
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", planner, err, output)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

var remake = flag.Bool("remake", false, "make the plans of random topologies anew with the program in TFREACH_PLANNER")

// TestWorldsInPlans compares what is said of random topologies with what is said of their plan: with the configuration beside
// it, it is the same; without, it doesn't contradict, nor does a packet that is walked through what the unknown values may
// turn out to be. In a long run the program in TFREACH_PLANNER makes the plans, as for the fixtures; else there are a few of them.
func TestWorldsInPlans(t *testing.T) {
	t.Parallel()
	planner := os.Getenv("TFREACH_PLANNER")
	if trials.Long() && planner == "" {
		t.Log("ONLY A FEW TOPOLOGIES ARE PLANNED: TFREACH_PLANNER names no program that plans without a cloud")
	}
	all := allWalks()
	delete(all, "OpenStack") // it looks ports up, and a plan without a cloud has no answer
	for name, kind := range all {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := filepath.Join("testdata", "worlds", strings.ReplaceAll(name, " ", "-")+".json.gz")
			if *remake {
				g := regionOf(kind, 0, 4)
				keep(t, at, g.files, g.plan(t, planner))
			}
			files, plan := kepts(t, at)
			inPlan(t, files, plan)
			if planner == "" || !trials.Long() {
				return
			}
			trials.Each(t, 8, func(t *testing.T, seed uint64) {
				whole := regionOf(kind, seed, 64)
				plan := whole.plan(t, planner)
				r := rand.New(rand.NewPCG(seed, 7))
				for worlds := range slices.Chunk(whole.worlds, 4) {
					g := whole.of(worlds)
					alone := inPlan(t, g.files, g.part(t, plan))
					for _, w := range worlds {
						for range 4 {
							for _, v := range w.open {
								v.set(r.IntN(v.count))
							}
							for _, problem := range kind.walked(w, alone) {
								t.Errorf("seed %d: %s: without the configuration: %s", seed, w.name, problem)
							}
						}
					}
				}
			})
		})
	}
}

// inPlan compares what is said of a configuration with what is said of its plan, and returns what is said of that alone.
func inPlan(t *testing.T, files fstest.MapFS, plan []byte) *claims {
	t.Helper()
	ports := portsIn(t, files)
	config, alone := claimsOf(t, files), claimsOn(t, ports, fstest.MapFS{}, plan)
	if len(config.reached) == 0 {
		t.Error("there is nothing to compare")
	}
	for _, problem := range config.differs(claimsOn(t, ports, files, plan)) {
		t.Error("with the configuration: ", problem)
	}
	for _, problem := range config.against(alone, hiding{gone: func(string) bool { return false }}) {
		t.Error("without the configuration: ", problem)
	}
	return alone
}

// kept is a configuration with its plan.
type kept struct {
	Files map[string]string `json:"files"`
	Plan  json.RawMessage   `json:"plan"`
}

func keep(t *testing.T, name string, files fstest.MapFS, plan []byte) {
	t.Helper()
	k := kept{map[string]string{}, regexp.MustCompile(`,"timestamp":"[^"]*"`).ReplaceAll(plan, nil)}
	for file, f := range files {
		k.Files[file] = string(f.Data)
	}
	text, err := json.Marshal(k)
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, packed.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

func kepts(t *testing.T, name string) (fstest.MapFS, []byte) {
	t.Helper()
	packed, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	var k kept
	if err := json.NewDecoder(r).Decode(&k); err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{}
	for file, text := range k.Files {
		files[file] = &fstest.MapFile{Data: []byte(text)}
	}
	return files, k.Plan
}

// TestPartialPlans checks plans that leave out something, as those with -target do: with the configuration beside it, what is left
// out is judged as it is written; without, nothing sure is said that it contradicts. What a plan removes isn't there.
func TestPartialPlans(t *testing.T) {
	t.Parallel()
	read := func(name string) []byte {
		text, err := os.ReadFile(filepath.Join("testdata", "partial", name))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	files := fstest.MapFS{"main.tf": {Data: read("main.tf")}}
	for _, name := range []string{"group", "rule", "machine", "subnet"} {
		t.Run(name, func(t *testing.T) { inPlan(t, files, read(name+".json")) })
	}
	for _, name := range []string{"removed-machine", "destroyed"} {
		t.Run(name, func(t *testing.T) {
			for _, beside := range []fstest.MapFS{files, {}} {
				if said := claimsOn(t, portsIn(t, files), beside, read(name+".json")); len(said.reached) > 0 {
					t.Errorf("what is removed is reached: %v", said.reached)
				}
			}
		})
	}
}

// differs returns what is said otherwise.
func (c *claims) differs(by *claims) []string {
	var out []string
	for name, full := range c.reached {
		if now, ok := by.reached[name]; !ok || !now.Must.Equal(full.Must) || !now.May.Equal(full.May) {
			out = append(out, fmt.Sprintf("%s is reached by %.120v, and in the plan by %.120v", name, full, now))
		}
	}
	for name := range by.reached {
		if _, ok := c.reached[name]; !ok {
			out = append(out, name+" is judged only in the plan")
		}
	}
	tell := func(list []analyzer.Finding) string {
		var said []string
		for _, f := range list {
			said = append(said, fmt.Sprint(f.Rule.ID, " ", f.Outcome, " ", f.Exposure, " ", f.Level))
		}
		slices.Sort(said)
		return strings.Join(slices.Compact(said), ", ")
	}
	every := maps.Clone(c.findings)
	maps.Copy(every, by.findings)
	for name := range every {
		if full, now := tell(c.findings[name]), tell(by.findings[name]); full != now {
			out = append(out, fmt.Sprintf("%s is %q, and in the plan %q", name, full, now))
		}
	}
	slices.Sort(out)
	return out
}

// walked returns the clients of which something else is said than a packet finds.
func (k walks) walked(w planned, said *claims) []string {
	var out []string
	for name, admits := range said.reached {
		if !strings.Contains(name, "module."+w.name+"."+w.endpoint()+".") {
			continue
		}
		for _, c := range k.clients {
			want := w.reaches(c, "tcp")
			if must, may := admits.Must.Contains(c), admits.May.Contains(c); must && !want || !may && want {
				out = append(out, fmt.Sprintf("%s by %s: surely %t, perhaps %t, walked %t", name, c, must, may, want))
			}
		}
	}
	return out
}
