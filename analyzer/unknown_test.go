package analyzer_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/adapter/all"
	"github.com/tfreach/tfreach/analyzer/netset"
	"github.com/tfreach/tfreach/analyzer/reach"
	"github.com/tfreach/tfreach/analyzer/trials"
	"github.com/tfreach/tfreach/rules"
)

// TestUnknownContainsAll analyses random configurations whose variables have no values, and then with all values that
// these may have: what each of them opens lies within the bounds of what is not known.
func TestUnknownContainsAll(t *testing.T) {
	t.Parallel()
	var decided atomic.Int64
	trials.Each(t, trials.Count(60, 1000), func(t *testing.T, seed uint64) {
		w := chooser{rand.New(rand.NewPCG(seed, 1))}
		text := w.configuration()
		unknown := opened(t, text)
		for _, b := range unknown {
			if !b.Must.Empty() {
				decided.Add(1)
			}
		}
		for i := range 8 {
			vars := []analyzer.Var{
				{Assign: fmt.Sprint("a=", i&1 > 0)},
				{Assign: fmt.Sprint("b=", i&2 > 0)},
				{Assign: "list=" + w.one(word(`[]`), word(`["172.16.0.0/12"]`), word(`["0.0.0.0/0","10.0.0.0/8"]`))},
				{Assign: "map=" + w.one(word(`{}`), word(`{x="172.16.0.0/12"}`), word(`{y="0.0.0.0/0",z="10.0.0.0/8"}`))},
				{Assign: "word=" + w.one(word("x"), word("y"))},
			}
			for scope, b := range opened(t, text, vars...) {
				u := unknown[scope]
				if !b.Known() || !u.Must.SubsetOf(b.Must) || !b.May.SubsetOf(u.May) {
					t.Fatalf("seed %d, %v: %s opens %v, not within %v .. %v, in\n%s", seed, vars, scope, b, u.Must, u.May, text)
				}
			}
		}
	})
	if decided.Load() == 0 {
		t.Error("nothing was decided, so this tests nothing")
	}
}

// opened returns what each scope of a configuration allows.
func opened(t *testing.T, text string, vars ...analyzer.Var) map[string]netset.Bounds[netset.Traffic] {
	t.Helper()
	port, err := rules.Parse("21")
	if err != nil {
		t.Fatal(err)
	}
	r, err := analyzer.Run(t.Context(), analyzer.Config{
		Paths: []string{"."}, Files: fstest.MapFS{"main.tf": {Data: []byte(text)}}, Vars: vars, Rules: rules.For([]reach.Port{port}), Knowledge: all.Knowledge(),
		KeepRules: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range r.Notices {
		t.Fatalf("notice: %s %s", n.Summary, n.Detail)
	}
	out := map[string]netset.Bounds[netset.Traffic]{}
	for _, i := range r.Ingress() {
		out[i.Scope.Name] = netset.UnionBounds(out[i.Scope.Name], i.Traffic)
	}
	return out
}

// chooser writes random configurations.
type chooser struct{ *rand.Rand }

func (c chooser) one(of ...func() string) string { return of[c.IntN(len(of))]() }

func word(s string) func() string { return func() string { return s } }

func (c chooser) condition() string {
	return c.one(word("var.a"), word("var.b"), word("!var.a"), word("var.a && var.b"), word("true"), word("length(var.list) > 0"))
}

func (c chooser) cidr(depth int) string {
	known := []func() string{word(`"0.0.0.0/0"`), word(`"10.0.0.0/8"`), word(`"192.0.2.0/24"`)}
	if depth == 0 {
		return c.one(known...)
	}
	return c.one(append(known, func() string {
		return fmt.Sprintf("(%s ? %s : %s)", c.condition(), c.cidr(depth-1), c.cidr(depth-1))
	},
		func() string { return fmt.Sprintf("element(%s, 0)", c.list(0)) },
		func() string { return fmt.Sprintf("element(concat(%s, %s), 1)", c.list(1), c.list(0)) },
		func() string { return fmt.Sprintf("concat(%s, %s)[0]", c.list(1), c.list(0)) },
		func() string { return fmt.Sprintf("{ x = %s, y = %s }[var.word]", c.cidr(depth-1), c.cidr(0)) },
		func() string { return fmt.Sprintf("lookup({ x = %s }, var.word, %s)", c.cidr(depth-1), c.cidr(0)) },
		func() string { return fmt.Sprintf("merge(var.map, { x = %s }).x", c.cidr(depth-1)) },
		func() string { return fmt.Sprintf("merge({ x = %s }, var.map).x", c.cidr(depth-1)) },
		func() string { return fmt.Sprintf("lookup(merge(var.map, %s), \"z\", %s)", c.object(), c.cidr(0)) },
		func() string { return fmt.Sprintf("coalesce(%s, %s)", c.cidr(depth-1), c.cidr(0)) },
		func() string { return fmt.Sprintf("jsondecode(\"{\\\"c\\\": \\\"${%s}\\\"}\").c", c.cidr(depth-1)) },
		func() string { return fmt.Sprintf("regexall(\"[0-9.]+/[0-9]+\", \"x${%s}y\")[0]", c.cidr(depth-1)) },
		func() string { return fmt.Sprintf("chunklist(concat(%s, %s), 1)[0][0]", c.list(1), c.list(0)) },
		func() string { return fmt.Sprintf("format(\"%%s\", %s)", c.cidr(depth-1)) },
		func() string { return fmt.Sprintf("\"${%s}\"", c.cidr(depth-1)) },
		func() string { return fmt.Sprintf("replace(%s, \"/8\", \"/9\")", c.cidr(depth-1)) },
		func() string { return fmt.Sprintf("\"${%s ? \"10.0.0.0\" : \"192.0.2.0\"}/32\"", c.condition()) },
		func() string {
			return fmt.Sprintf("(length(%s) > %d ? %s : %s)", c.list(1), 1+c.IntN(4), c.cidr(0), c.cidr(0))
		},
		func() string { return fmt.Sprintf("flatten([%s, %s])[%d]", c.list(1), c.list(0), c.IntN(2)) },
	)...)
}

func (c chooser) list(depth int) string {
	known := func() string { return fmt.Sprintf("[%s, %s]", c.cidr(min(depth, 1)), c.cidr(0)) }
	if depth == 0 {
		return known()
	}
	return c.one(known,
		func() string { return fmt.Sprintf("concat(var.list, %s)", c.list(depth-1)) },
		func() string {
			return fmt.Sprintf("(%s ? %s : %s)", c.condition(), c.list(depth-1), c.list(depth-1))
		},
		func() string { return fmt.Sprintf("distinct(%s)", c.list(depth-1)) },
		func() string { return fmt.Sprintf("flatten([%s, %s])", c.list(depth-1), c.list(depth-1)) },
		func() string { return fmt.Sprintf("[for c in %s : c if c != %s]", c.list(depth-1), c.cidr(0)) },
		func() string { return fmt.Sprintf("[for i, c in %s : i == 0 ? %s : c]", c.list(depth-1), c.cidr(0)) },
		func() string { return fmt.Sprintf("[for o in %s : o.cidr]", c.objects(depth-1)) },
		func() string { return fmt.Sprintf("%s[*].cidr", c.objects(depth-1)) },
		func() string { return fmt.Sprintf("compact(concat(%s, [\"\"]))", c.list(depth-1)) },
		func() string { return fmt.Sprintf("sort(%s)", c.list(depth-1)) },
		func() string { return fmt.Sprintf("reverse(%s)", c.list(depth-1)) },
		func() string { return fmt.Sprintf("tolist(setunion(%s, %s))", c.list(depth-1), c.list(0)) },
		func() string { return fmt.Sprintf("tolist(toset(%s))", c.list(depth-1)) },
		func() string { return fmt.Sprintf("coalescelist(%s, %s)", c.list(depth-1), c.list(0)) },
		func() string {
			return fmt.Sprintf("split(\",\", join(\",\", concat(%s, [\"192.0.2.1\"])))", c.list(depth-1))
		},
		func() string { return fmt.Sprintf("split(\",\", \"${%s},${%s}\")", c.cidr(depth-1), c.cidr(0)) },
		func() string { return fmt.Sprintf("formatlist(\"%%s\", %s)", c.list(depth-1)) },
		func() string {
			return fmt.Sprintf("formatlist(\"%%s.0.0.0/%%s\", 10, [8, %s ? 9 : 10])", c.condition())
		},
		func() string { return fmt.Sprintf("values(merge(var.map, %s))", c.object()) },
		func() string { return fmt.Sprintf("values(merge(%s, var.map))", c.object()) },
		func() string { return fmt.Sprintf("concat([for m in [%s, var.map] : values(m)]...)", c.object()) },
		func() string { return fmt.Sprintf("[for k, v in merge(var.map, %s) : v if k != \"z\"]", c.object()) },
		func() string { return fmt.Sprintf("keys({ for c in distinct(%s) : c => c })", c.list(depth-1)) },
		func() string { return fmt.Sprintf("flatten(values({ for c in %s : c => c... }))", c.list(depth-1)) },
		func() string { return fmt.Sprintf("values({ (var.word) = %s, y = %s })", c.cidr(0), c.cidr(0)) },
		func() string { return fmt.Sprintf("{ x = %s, y = %s }[var.word]", c.list(depth-1), c.list(0)) },
		func() string { return fmt.Sprintf("try(%s, %s)", c.list(depth-1), c.list(0)) },
		func() string { return fmt.Sprintf("slice(%s, %d, %d)", c.list(0), c.IntN(2), 1+c.IntN(2)) },
		func() string {
			return fmt.Sprintf("slice(concat(%s, %s, %s), 1, 3)", c.list(depth-1), c.list(0), c.list(0))
		},
		func() string {
			return fmt.Sprintf("slice(concat(%s, %s), %s ? 1 : 0, 2)", c.list(0), c.list(depth-1), c.condition())
		},
		func() string { return fmt.Sprintf("flatten([%s, [for c in %s : c]])", c.list(0), c.list(depth-1)) },
		func() string {
			return fmt.Sprintf("flatten([[for c in %s : [c]], concat(%s)])", c.list(depth-1), c.list(depth-1))
		},
		func() string { return fmt.Sprintf("split(\",\", join(\",\", %s))", c.list(depth-1)) },
		func() string { return fmt.Sprintf("flatten(chunklist(%s, %d))", c.list(depth-1), 1+c.IntN(2)) },
		func() string { return fmt.Sprintf("chunklist(concat(%s, %s), 2)[0]", c.list(depth-1), c.list(0)) },
		func() string { return fmt.Sprintf("jsondecode(jsonencode(%s))", c.list(depth-1)) },
		func() string { return fmt.Sprintf("yamldecode(yamlencode({ x = %s })).x", c.list(depth-1)) },
		func() string {
			return fmt.Sprintf("jsondecode(\"[\\\"${%s}\\\", \\\"192.0.2.1\\\"]\")", c.cidr(depth-1))
		},
		func() string {
			return fmt.Sprintf("jsondecode(\"[%%{ for c in %s }\\\"${c}\\\", %%{ endfor }\\\"192.0.2.1\\\"]\")", c.list(depth-1))
		},
		func() string { return fmt.Sprintf("yamldecode(\"- ${%s}\\n- 192.0.2.1\\n\")", c.cidr(depth-1)) },
		func() string { return fmt.Sprintf("regexall(\"[0-9.]+/[0-9]+\", join(\" \", %s))", c.list(depth-1)) },
		func() string {
			return fmt.Sprintf("regexall(\"[0-9.]+/[0-9]+\", \"${%s} ${%s}\")", c.cidr(depth-1), c.cidr(0))
		},
		func() string { return fmt.Sprintf("slice(concat(var.list, %s), 0, 2)", c.list(0)) },
		func() string { return fmt.Sprintf("slice(concat(%s, var.list), 0, length(var.list))", c.list(0)) },
		func() string {
			return fmt.Sprintf("slice(concat(%s, var.list), length(var.list), 2 + length(var.list))", c.list(0))
		},
		func() string {
			return fmt.Sprintf("compact([%s, %s ? \"\" : %s])", c.cidr(0), c.condition(), c.cidr(0))
		},
		func() string {
			return fmt.Sprintf("concat([\"192.0.2.1\"], tolist(setsubtract(%s, %s)))", c.list(depth-1), c.list(0))
		},
		func() string {
			return fmt.Sprintf("concat([\"192.0.2.1\"], tolist(setintersection(%s, %s)))", c.list(depth-1), c.list(0))
		},
		word("var.list"), word("local.list"), word("module.same.list"))
}

// object returns a map of CIDRs with keys that var.map may have, too.
func (c chooser) object() string {
	return fmt.Sprintf("{ %s = %s, w = %s }", c.one(word("x"), word("y")), c.cidr(1), c.cidr(0))
}

// objects returns a list of objects with a CIDR.
func (c chooser) objects(depth int) string {
	return fmt.Sprintf("[for c in %s : { cidr = c }]", c.list(max(depth, 0)))
}

func (c chooser) port() string {
	return c.one(word("21"), word("22"), func() string {
		return fmt.Sprintf("%s ? %d : %d", c.condition(), 20+c.IntN(3), 20+c.IntN(3))
	})
}

func (c chooser) table() string {
	entry := func() string { return fmt.Sprintf("%s = %s", c.one(word("x"), word("y")), c.cidr(1)) }
	return c.one(
		func() string { return fmt.Sprintf("{ %s }", entry()) },
		func() string { return fmt.Sprintf("%s ? { %s } : {}", c.condition(), entry()) },
		func() string { return fmt.Sprintf("merge({ %s }, var.map)", entry()) },
		func() string { return fmt.Sprintf("{ for c in distinct(%s) : c => c }", c.list(1)) },
		func() string { return fmt.Sprintf("{ (var.word) = %s, x = %s }", c.cidr(0), c.cidr(0)) },
		func() string { return fmt.Sprintf("%s ? { %s } : { %s }", c.condition(), entry(), entry()) })
}

func (c chooser) configuration() string {
	var b strings.Builder
	fmt.Fprintf(&b, `
variable "a" {
  type = bool
}
variable "b" {
  type = bool
}
variable "list" {
  type = list(string)
}
variable "map" {
  type = map(string)
}
variable "word" {
  type = string
}
locals {
  list  = %s
  table = { for k, v in (%s) : k => v }
}
`, strings.ReplaceAll(strings.ReplaceAll(c.list(1), "local.list", "var.list"), "module.same.list", "var.list"), c.table())
	// Both ends are one port, so that each range is valid.
	fmt.Fprintf(&b, `
resource "aws_security_group" "group" {
  ingress {
    from_port   = 21
    to_port     = 21
    protocol    = %s ? "tcp" : "udp"
    cidr_blocks = %s
  }
  ingress {
    from_port   = %s
    to_port     = 23
    protocol    = "tcp"
    cidr_blocks = %s
  }
  dynamic "ingress" {
    for_each = %s
    content {
      from_port   = 21
      to_port     = 21
      protocol    = "tcp"
      cidr_blocks = [ingress.value]
    }
  }
}
resource "aws_vpc_security_group_ingress_rule" "rule" {
  for_each          = %s
  security_group_id = "sg-1"
  ip_protocol       = "tcp"
  from_port         = 21
  to_port           = 21
  cidr_ipv4         = each.value
}
`, c.condition(), c.list(2), c.port(), c.list(1), c.one(c.table, func() string { return c.list(1) }), c.one(c.table, word("local.table")))
	// What isn't set has a meaning of its own: everyone, every protocol, every port.
	fmt.Fprintf(&b, `
resource "google_compute_firewall" "rule" {
  name          = "rule"
  network       = "default"
  source_ranges = %s ? %s : %s
  allow {
    protocol = %s ? "tcp" : "all"
    ports    = ["21"]
  }
}
`, c.condition(), c.list(1), c.one(word("null"), word("[]"), word(`["10.0.0.0/8"]`)), c.condition())
	ports := c.condition()
	fmt.Fprintf(&b, `
resource "openstack_networking_secgroup_rule_v2" "rule" {
  security_group_id = "1"
  direction         = "ingress"
  ethertype         = "IPv4"
  protocol          = %s ? "tcp" : %s
  port_range_min    = %s ? 21 : %s
  port_range_max    = %s ? 22 : %s
  remote_ip_prefix  = %s ? %s : %s
}
`, c.condition(), c.one(word("null"), word(`""`), word(`"udp"`)), ports, c.one(word("0"), word("null")), ports,
		c.one(word("0"), word("null")), c.condition(), c.cidr(0), c.one(word("null"), word(`""`), word(`"10.0.0.0/8"`)))
	return strings.ReplaceAll(b.String(), "module.same.list", "local.list")
}
