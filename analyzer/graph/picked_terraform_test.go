package graph_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tfreach/tfreach/analyzer/trials"
)

// TestPickedByTerraform lets the real terraform say which instances' IDs random expressions are: it creates instances of its
// built-in resource, so their IDs are known. What is surely named here is just these, with the values of variables and without.
func TestPickedByTerraform(t *testing.T) {
	t.Parallel()
	terraform, err := exec.LookPath("terraform")
	if err != nil {
		t.Skip("SKIPPED: terraform is not on PATH, so what expressions pick is not compared with its own")
	}
	var asked, sure, open atomic.Int64
	trials.Each(t, trials.Count(2, 150), func(t *testing.T, seed uint64) {
		p := picker{Rand: rand.New(rand.NewPCG(seed, 15))}
		exprs := p.picks(60)
		real := pickedBy(t, terraform, p.files(exprs, true))
		for _, given := range []bool{true, false} {
			g := build(t, p.files(exprs, given))
			for i, expr := range exprs {
				targets, whole := g.Refer(resource(t, g, fmt.Sprintf("terraform_data.pick%d", i)).Attr("input"))
				var names []string
				for _, to := range targets {
					if to.Resource != nil {
						names = append(names, to.Resource.Addr.String())
					} else {
						names = append(names, to.ID)
					}
				}
				slices.Sort(names)
				names = slices.Compact(names)
				asked.Add(1)
				switch want := real[fmt.Sprintf("pick%d", i)]; {
				case whole && !slices.Equal(names, want):
					t.Errorf("seed %d: %s surely names %v, and is %v", seed, expr, names, want)
				case whole && given:
					sure.Add(1)
				case given:
					open.Add(1)
					t.Errorf("seed %d: %s is not known, and is %v", seed, expr, want)
				}
			}
		}
	})
	t.Cleanup(func() {
		t.Logf("%d expressions asked, with values %d are surely one thing and %d are not", asked.Load(), sure.Load(), open.Load())
	})
}

// pickedBy returns which resources each picked value names after terraform has created them.
func pickedBy(t *testing.T, terraform string, files map[string]string) map[string][]string {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, files)
	run := func(args ...string) []byte {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, terraform, args...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			at := max(strings.Index(string(out), "Error:"), 0)
			t.Fatalf("terraform %s: %v\n%s", args[0], err, out[at:])
		}
		return out
	}
	run("init", "-input=false", "-no-color")
	run("apply", "-input=false", "-auto-approve", "-no-color")
	type module struct {
		Resources []struct {
			Address, Name string
			Values        struct {
				ID    string `json:"id"`
				Input any    `json:"input"`
			} `json:"values"`
		} `json:"resources"`
		Children []json.RawMessage `json:"child_modules"`
	}
	var state struct {
		Values struct {
			Root json.RawMessage `json:"root_module"`
		} `json:"values"`
	}
	out := run("show", "-json")
	if err := json.Unmarshal(out[max(strings.IndexByte(string(out), '{'), 0):], &state); err != nil {
		t.Fatal(err)
	}
	address, inputs := map[string]string{}, map[string]any{}
	var read func(json.RawMessage)
	read = func(raw json.RawMessage) {
		var m module
		if err := json.Unmarshal(raw, &m); err != nil {
			t.Fatal(err)
		}
		for _, r := range m.Resources {
			address[r.Values.ID] = r.Address
			if strings.HasPrefix(r.Name, "pick") {
				inputs[r.Name] = r.Values.Input
			}
		}
		for _, child := range m.Children {
			read(child)
		}
	}
	read(state.Values.Root)
	picked := map[string][]string{}
	for name, input := range inputs {
		list, isList := input.([]any)
		if !isList {
			list = []any{input}
		}
		for _, id := range list {
			picked[name] = append(picked[name], address[fmt.Sprint(id)])
		}
		slices.Sort(picked[name])
		picked[name] = slices.Compact(picked[name])
	}
	return picked
}

// picker makes random expressions whose values are IDs, and a configuration for them.
type picker struct {
	*rand.Rand
	locals []string
}

// files returns a configuration with resources whose inputs are the expressions. Its variables have values if given is true.
func (p *picker) files(exprs []string, given bool) map[string]string {
	var b strings.Builder
	b.WriteString(`
resource "terraform_data" "a" {}
resource "terraform_data" "b" {}
resource "terraform_data" "n" {
  count = 3
  input = { open = count.index != 1 }
}
resource "terraform_data" "k" {
  for_each = { east = true, north = false, west = true }
  input    = { open = each.value }
}
module "one" {
  source = "./m"
  id     = terraform_data.b.id
  ids    = terraform_data.n[*].id
}
module "two" {
  source = "./m"
  count  = 2
  id     = terraform_data.n[count.index].id
  ids    = [terraform_data.a.id, terraform_data.b.id]
}
module "by" {
  source   = "./m"
  for_each = toset(["east", "west"])
  id       = terraform_data.k[each.key].id
  ids      = values(terraform_data.k)[*].id
}
`)
	for _, v := range []struct{ name, typ, value string }{
		{"zero", "number", "0"},
		{"two", "number", "2"},
		{"yes", "bool", "true"},
		{"no", "bool", "false"},
		{"west", "string", `"west"`},
		{"none", "string", `""`},
	} {
		fmt.Fprintf(&b, "variable %q {\n  type = %s\n", v.name, v.typ)
		if given {
			fmt.Fprintf(&b, "  default = %s\n", v.value)
		}
		b.WriteString("}\n")
	}
	b.WriteString("locals {\n")
	for i, expr := range p.locals {
		fmt.Fprintf(&b, "  l%d = %s\n", i, expr)
	}
	b.WriteString("}\n")
	for i, expr := range exprs {
		fmt.Fprintf(&b, "resource \"terraform_data\" \"pick%d\" {\n  input = %s\n}\n", i, expr)
	}
	return map[string]string{"main.tf": b.String(), "m/main.tf": `
variable "id" {}
variable "ids" { type = list(string) }
resource "terraform_data" "in" {
  count = 2
}
output "given" { value = var.id }
output "id" { value = terraform_data.in[1].id }
output "ids" { value = concat(terraform_data.in[*].id, [var.id]) }
output "last" { value = element(var.ids, length(var.ids) - 1) }
output "map" { value = { east = var.id, west = terraform_data.in[0].id } }
`}
}

func (p *picker) picks(n int) []string {
	out := make([]string, n)
	for i := range out {
		if p.IntN(4) > 0 {
			out[i] = p.one(3)
		} else {
			out[i], _ = p.list(3)
		}
	}
	return out
}

func (p *picker) choose(makers ...func() string) string { return makers[p.IntN(len(makers))]() }

// local gives an expression a name now and then.
func (p *picker) local(expr string) string {
	if p.IntN(6) > 0 {
		return expr
	}
	p.locals = append(p.locals, expr)
	return fmt.Sprintf("local.l%d", len(p.locals)-1)
}

// one returns an expression for one ID.
func (p *picker) one(depth int) string {
	if depth == 0 {
		return p.choose(
			func() string { return "terraform_data.a.id" },
			func() string { return "terraform_data.b.id" },
			func() string { return fmt.Sprintf("terraform_data.n[%d].id", p.IntN(3)) },
			func() string { return "terraform_data.n[var.two].id" },
			func() string { return `terraform_data.k["north"].id` },
			func() string { return "terraform_data.k[var.west].id" },
			func() string { return "module.one.given" },
			func() string { return "module.one.last" },
			func() string { return "module.two[1].id" },
			func() string { return `module.by["west"].given` },
			func() string { return `module.by["east"].map["west"]` },
		)
	}
	return p.local(p.choose(
		func() string { return p.one(0) },
		func() string { list, n := p.list(depth - 1); return fmt.Sprintf("%s[%d]", list, p.IntN(n)) },
		func() string { list, _ := p.list(depth - 1); return fmt.Sprintf("element(%s, %d)", list, p.IntN(9)) },
		func() string {
			list, _ := p.list(depth - 1)
			return fmt.Sprintf("element(%s, var.two + %d)", list, p.IntN(3))
		},
		func() string {
			m, keys := p.object(depth - 1)
			return fmt.Sprintf("%s[%q]", m, keys[p.IntN(len(keys))])
		},
		func() string {
			m, keys := p.object(depth - 1)
			return fmt.Sprintf("lookup(%s, %q, %s)", m, keys[p.IntN(len(keys))], p.one(0))
		},
		func() string {
			m, _ := p.object(depth - 1)
			return fmt.Sprintf(`lookup(%s, "absent", %s)`, m, p.one(depth-1))
		},
		func() string { return fmt.Sprintf("coalesce(%s, %s)", p.one(depth-1), p.one(0)) },
		func() string { return fmt.Sprintf(`coalesce(var.none, null, "", %s)`, p.one(depth-1)) },
		func() string { return fmt.Sprintf(`coalesce(var.no ? %s : "", %s)`, p.one(0), p.one(depth-1)) },
		func() string { return fmt.Sprintf(`coalesce(var.yes ? %s : null, %s)`, p.one(depth-1), p.one(0)) },
		func() string { return fmt.Sprintf("(var.yes ? %s : %s)", p.one(depth-1), p.one(0)) },
		func() string { return fmt.Sprintf("(var.no ? %s : %s)", p.one(0), p.one(depth-1)) },
		func() string { list, n := p.list(depth - 1); return fmt.Sprintf("try(%s[%d], %s)", list, n, p.one(0)) },
		func() string {
			list, n := p.list(depth - 1)
			return fmt.Sprintf("one(slice(%s, %d, %d))", list, n-1, n)
		},
		func() string { return fmt.Sprintf(`join("", [%s])`, p.one(depth-1)) },
		func() string { return fmt.Sprintf(`"${%s}"`, p.one(depth-1)) },
		func() string { return fmt.Sprintf(`format("%%s", %s)`, p.one(depth-1)) },
		func() string { return fmt.Sprintf("{ a = { b = [%s] } }.a.b[0]", p.one(depth-1)) },
		func() string { list, n := p.list(depth - 1); return fmt.Sprintf("%s[length(%s) - %d]", list, list, n) },
		func() string {
			m, keys := p.object(depth - 1)
			return fmt.Sprintf("values(%s)[%d]", m, p.IntN(len(keys)))
		},
	))
}

// list returns an expression for a list of IDs, and its length.
func (p *picker) list(depth int) (expr string, n int) {
	if depth == 0 {
		expr = p.choose(
			func() string { return "(terraform_data.n[*].id)" },
			func() string { return "[for r in terraform_data.n : r.id]" },
			func() string { return "(values(terraform_data.k)[*].id)" },
			func() string { return "[for k, r in terraform_data.k : r.id]" },
			func() string { return "module.one.ids" },
			func() string { return "module.two[var.zero].ids" },
		)
		return expr, 3
	}
	switch p.IntN(18) {
	case 0:
		expr, n = "[for r in terraform_data.n : r.id if r.input.open]", 2
	case 1:
		expr, n = "[for k, r in terraform_data.k : r.id if !r.input.open]", 1
	case 2:
		expr, n = fmt.Sprintf("[%s, %s]", p.one(depth-1), p.one(depth-1)), 2
	case 3:
		list, k := p.list(depth - 1)
		expr, n = fmt.Sprintf("reverse(%s)", list), k
	case 4:
		a, k := p.list(depth - 1)
		b, l := p.list(depth - 1)
		expr, n = fmt.Sprintf("concat(%s, %s)", a, b), k+l
	case 5:
		list, k := p.list(depth - 1)
		from := p.IntN(k)
		expr, n = fmt.Sprintf("slice(%s, %d, %d)", list, from, k), k-from
	case 6:
		list, k := p.list(depth - 1)
		expr, n = fmt.Sprintf("flatten([%s, [[%s]]])", list, p.one(depth-1)), k+1
	case 7:
		list, k := p.list(depth - 1)
		expr, n = fmt.Sprintf("compact(%s)", list), k
	case 8:
		m, keys := p.object(depth - 1)
		expr, n = fmt.Sprintf("values(%s)", m), len(keys)
	case 9:
		m, keys := p.object(depth - 1)
		expr, n = fmt.Sprintf("[for k in reverse(keys(%s)) : %s[k]]", m, m), len(keys)
	case 10:
		list, k := p.list(depth - 1)
		expr, n = fmt.Sprintf("chunklist(%s, 2)[0]", list), min(k, 2)
	case 11:
		list, k := p.list(depth - 1)
		expr, n = fmt.Sprintf("[for i, v in %s : v if i != var.zero]", list), k-1
		if n == 0 {
			return list, k
		}
	case 12:
		expr, n = "(module.two[*].given)", 2
	case 13:
		expr, n = "flatten(module.two[*].ids)", 6
	case 14:
		list, k := p.list(depth - 1)
		expr, n = fmt.Sprintf("coalescelist([], tolist(%s))", list), k
	case 15:
		expr, n = fmt.Sprintf(`compact([%s, var.no ? %s : ""])`, p.one(depth-1), p.one(depth-1)), 1
	case 16:
		expr, n = fmt.Sprintf(`compact([var.yes ? %s : null, %s])`, p.one(depth-1), p.one(depth-1)), 2
	case 17:
		expr, n = fmt.Sprintf("concat(var.yes ? [%s] : [], var.no ? [%s] : [])", p.one(depth-1), p.one(depth-1)), 1
	}
	return p.local(expr), n
}

// object returns an expression for a map of IDs, and its keys.
func (p *picker) object(depth int) (expr string, keys []string) {
	if depth == 0 {
		expr = p.choose(
			func() string { return "{ for k, r in terraform_data.k : k => r.id if r.input.open }" },
			func() string { return "module.one.map" },
			func() string { return "{ for k, m in module.by : k => m.id }" },
		)
		return expr, []string{"east", "west"}
	}
	switch p.IntN(6) {
	case 0:
		expr, keys = fmt.Sprintf("{ x = %s, y = %s }", p.one(depth-1), p.one(depth-1)), []string{"x", "y"}
	case 1:
		a, k := p.object(depth - 1)
		b, l := p.object(depth - 1)
		keys = slices.Concat(k, l)
		slices.Sort(keys)
		expr, keys = fmt.Sprintf("merge(%s, %s)", a, b), slices.Compact(keys)
	case 2:
		list, n := p.list(depth - 1)
		for i := range n {
			keys = append(keys, fmt.Sprintf("k%d", i))
		}
		expr = fmt.Sprintf("{ for i, v in %s : \"k${i}\" => v }", list)
	case 3:
		expr, keys = fmt.Sprintf("zipmap([\"q\", \"p\"], [%s, %s])", p.one(depth-1), p.one(depth-1)), []string{"q", "p"}
	case 4:
		m, k := p.object(depth - 1)
		expr, keys = fmt.Sprintf("tomap(%s)", m), k
	case 5:
		m, k := p.object(depth - 1)
		for _, key := range k {
			keys = append(keys, "z"+key)
		}
		expr = fmt.Sprintf("{ for k, v in %s : \"z${k}\" => v }", m)
	}
	return p.local(expr), keys
}
