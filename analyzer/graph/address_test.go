package graph_test

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/graph"
)

// hardKeys are instance keys that are easy to print wrong.
func hardKeys() []string {
	return []string{
		"", "a", "a b", "a.b", "a]b", "[0]", `a"b`, `\`, `a\"]`, "*", "0", "module.x", "\n", "\r\t", "\x00\x01\x1b\x7f",
		"${x}", "%{x}", "$${x}", "%%{x}", "$$${x}", "%${", "${%{", "$", "%", "$$", "a$", "{", "$ {", "é", "日本", "\U0001f600", "\u00a0", "\u200d",
		"\u2028", "\ufeff", "\U000e0001", "\ufffd",
	}
}

func TestAddressPrints(t *testing.T) {
	path := graph.ModulePath{}.Child("edge", graph.Name("x y")).Child("inner", graph.Number(2)).Child("plain", graph.Key{})
	for _, tt := range []struct {
		addr graph.Address
		want string
	}{
		{graph.Address{Mode: graph.Managed, Type: "aws_instance", Name: "web"}, "aws_instance.web"},
		{graph.Address{Mode: graph.Data, Type: "aws_ami", Name: "debian", Key: graph.Number(0)}, "data.aws_ami.debian[0]"},
		{graph.Address{Mode: graph.Managed, Type: "a", Name: "b", Key: graph.Any()}, "a.b[*]"},
		{
			graph.Address{Module: path, Mode: graph.Managed, Type: "a", Name: "b-c", Key: graph.Name(`q"$${`)},
			`module.edge["x y"].module.inner[2].module.plain.a.b-c["q\"$$${"]`,
		},
		{
			graph.Address{Module: path[:1], Mode: graph.Data, Type: "a", Name: "b", Key: graph.Name("\x01é\n%{")},
			`module.edge["x y"].data.a.b["\u0001é\n%%{"]`,
		},
		{
			graph.Address{Module: graph.ModulePath{}.Child("module", graph.Any()), Mode: graph.Managed, Type: "module_x", Name: "data"},
			"module.module[*].module_x.data",
		},
		{
			graph.Address{Module: graph.ModulePath{}.Child("stack.edge", graph.Key{}).Child("component.ftp", graph.Name("eu")), Mode: graph.Managed, Type: "a", Name: "b"},
			`stack.edge.component.ftp["eu"].a.b`,
		},
		{graph.Address{Mode: graph.Managed, Type: "component", Name: "b"}, "component.b"},
	} {
		if got := tt.addr.String(); got != tt.want {
			t.Errorf("got %s, want %s", got, tt.want)
		}
		got, err := graph.ParseAddress(tt.want)
		if err != nil || got.Compare(tt.addr) != 0 {
			t.Errorf("%s: parsed as %v, %v", tt.want, got, err)
		}
	}
}

func TestParseAddressRefuses(t *testing.T) {
	for _, s := range []string{
		"", "a", "a.b.c", "a.b[1.5]", "a.b[-1]", "a.b[99999999999999999999]", "a.b[0][1]", "module", "module.a", "module.a.b", "data.a", "data",
		"a.b[x]", "a.b.*", `a.b["x${y}"]`, "a.b[true]", "a.b[null]", "a.0", "a.b.0", `a.b["\x"]`, "a.b[\"\xff\"]", "data[0].a.b", "module[0].a.b",
		"module.a[0][1].b.c", "a[0].b", `a.b["x]`, "a.b[", "a.b]", "a..b", ".a.b", "a.b.", "a b", `"a".b`, "module.0.a.b", "module.a[1.5].b.c", "\x00",
		`a.b["` + "\n" + `"]`,
	} {
		if a, err := graph.ParseAddress(s); err == nil {
			t.Errorf("%q: parsed as %v", s, a)
		} else if !strings.Contains(err.Error(), "resource address") {
			t.Errorf("%q: %v", s, err)
		}
	}
}

// What is put together of parts of addresses is read the same by the short way.
func TestParseAddressShort(t *testing.T) {
	parts := []string{
		"module", "data", "a", "aws_vpc", "b-c", "x1", "_", "é", "true", "null", "for", ".", ".", ".", "..", "[0]", "[12]", "[007]", "[-1]", "[1.5]",
		"[999999999]", "[9999999999]", "[*]", `["k"]`, `["a b"]`, `[""]`, `["]"]`, `["a.b"]`, `["é"]`, `["\""]`, `["$${"]`, `["%"]`, "[", "]", `"`, " ", "\n", "1",
	}
	r := rand.New(rand.NewPCG(1, 2))
	read := 0
	for range 200_000 {
		s := ""
		for range 1 + r.IntN(9) {
			s += parts[r.IntN(len(parts))]
		}
		got, err := graph.ParseAddress(s)
		want, wantErr := graph.ParseAnyAddress(s)
		if (err == nil) != (wantErr == nil) || got.Compare(want) != 0 {
			t.Fatalf("%q: %v, %v; want %v, %v", s, got, err, want, wantErr)
		}
		if err == nil {
			read++
		}
	}
	if read < 100 {
		t.Errorf("only %d are addresses", read)
	}
}

// TestKeysPrintAsHCL compares with the writer of HCL that Terraform's printing is taken from.
func TestKeysPrintAsHCL(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	keys := hardKeys()
	for range 5000 {
		keys = append(keys, randomKey(r))
	}
	for _, key := range keys {
		want := "[" + string(hclwrite.TokensForValue(cty.StringVal(key)).Bytes()) + "]"
		if got := graph.Name(key).String(); got != want {
			t.Errorf("%q: got %s, want %s", key, got, want)
		}
	}
}

// TestAddressRoundTrip parses what random addresses print, and compares them as their order is documented.
func TestAddressRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var all []graph.Address
	for range 5000 {
		a := randomAddress(r)
		got, err := graph.ParseAddress(a.String())
		if err != nil || got.String() != a.String() || got.Compare(a) != 0 || a.Compare(got) != 0 {
			t.Fatalf("%s: parsed as %v, %v", a, got, err)
		}
		all = append(all, a)
	}
	for i := range all[1:] {
		a, b := all[i], all[i+1]
		if a.Compare(b) != -b.Compare(a) || (a.Compare(b) == 0) != (a.String() == b.String()) {
			t.Errorf("%v and %v compare as %d and %d", a, b, a.Compare(b), b.Compare(a))
		}
	}
}

func randomAddress(r *rand.Rand) graph.Address {
	name := func() string { return []string{"a", "b_c", "d-e", "module", "data", "é", "_", "x0"}[r.IntN(8)] }
	key := func() graph.Key {
		switch r.IntN(5) {
		case 0:
			return graph.Number(r.IntN(2000))
		case 1, 2:
			return graph.Name(randomKey(r))
		case 3:
			return graph.Any()
		}
		return graph.Key{}
	}
	a := graph.Address{Mode: graph.Managed, Type: "t_" + name(), Name: name(), Key: key()}
	if r.IntN(3) == 0 {
		a.Mode = graph.Data
	}
	for range r.IntN(4) {
		a.Module = a.Module.Child(name(), key())
	}
	return a
}

func randomKey(r *rand.Rand) string {
	hard := hardKeys()
	var b strings.Builder
	for range r.IntN(5) {
		b.WriteString(hard[r.IntN(len(hard))])
	}
	return cty.NormalizeString(b.String()) // as all strings of Terraform are
}

func TestOrder(t *testing.T) {
	want := []string{
		"a.b", "a.b[0]", "a.b[2]", "a.b[10]", `a.b["1"]`, `a.b["x"]`, "a.b[*]", "a.c", "b.a", "data.a.b", "module.a.z.z", "module.a.module.b.a.b",
		"module.a[0].a.b", "module.a[10].a.b", `module.a["k"].a.b`, "module.b.a.b",
	}
	var addrs []graph.Address
	for _, s := range slices.Backward(want) {
		a, err := graph.ParseAddress(s)
		if err != nil {
			t.Fatal(err)
		}
		addrs = append(addrs, a)
	}
	slices.SortFunc(addrs, graph.Address.Compare)
	var got []string
	for _, a := range addrs {
		got = append(got, a.String())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func FuzzAddress(f *testing.F) {
	for _, key := range hardKeys() {
		f.Add(graph.Address{Mode: graph.Managed, Type: "a", Name: "b", Key: graph.Name(key)}.String())
	}
	for _, s := range []string{"module.a[0].data.b.c[*]", "a.b[1e2]", "a.b # c", "a\n.b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := graph.ParseAddress(s)
		if err != nil {
			return
		}
		again, err := graph.ParseAddress(a.String())
		if err != nil || again.Compare(a) != 0 || again.String() != a.String() {
			t.Errorf("%q is %s, which is %v, %v", s, a, again, err)
		}
	})
}

// TestAddressesOfTerraform compares with the addresses that the real terraform gives.
func TestAddressesOfTerraform(t *testing.T) {
	terraform, err := exec.LookPath("terraform")
	if err != nil {
		t.Skip("SKIPPED: terraform is not on PATH, so addresses are not compared with its own")
	}
	var list []string
	for _, key := range hardKeys() {
		list = append(list, string(hclwrite.TokensForValue(cty.StringVal(key)).Bytes()))
	}
	keys := "toset([" + strings.Join(list, ", ") + "])"
	files := map[string]string{
		"main.tf": "resource \"terraform_data\" \"r\" {\n  for_each = " + keys + "\n}\nresource \"terraform_data\" \"n\" {\n  count = 11\n}\n" +
			"module \"m\" {\n  source = \"./m\"\n  for_each = " + keys + "\n}\n",
		"m/main.tf": "resource \"terraform_data\" \"in-m\" {\n}\n",
	}
	dir := t.TempDir()
	write(t, dir, files)
	run := func(args ...string) []byte {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, terraform, args...)
		cmd.Dir = dir
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("terraform %s: %v\n%s", args[0], err, out)
		}
		return out
	}
	run("init", "-input=false")
	run("plan", "-input=false", "-out", filepath.Join(dir, "plan"))
	var plan struct {
		Changes []struct{ Address string } `json:"resource_changes"`
	}
	if err := json.Unmarshal(run("show", "-json", "plan"), &plan); err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, c := range plan.Changes {
		want = append(want, c.Address)
		if a, err := graph.ParseAddress(c.Address); err != nil || a.String() != c.Address {
			t.Errorf("%s: parsed as %v, %v", c.Address, a, err)
		}
	}
	for _, r := range build(t, files).Resources {
		got = append(got, r.Addr.String())
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" || len(got) < 2*len(list) {
		t.Errorf("terraform (-) and tfreach (+):\n%s", diff)
	}
}
