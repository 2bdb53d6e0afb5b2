package graph_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/graph"
)

// TestTextHasItsPieces makes random texts of known and unknown ones by templates and functions: the pieces that are known
// without the variables' values stand in that order in what the text is with any values.
func TestTextHasItsPieces(t *testing.T) {
	const configurations = 150
	hole := "\x00"
	partly := 0
	for seed := range uint64(configurations) {
		w := texts{rand.New(rand.NewPCG(seed, 2))}
		config := fmt.Sprintf("variable \"a\" { type = string }\nvariable \"b\" { type = string }\nvariable \"l\" { type = list(string) }\nvariable \"c\" { type = bool }\n"+
			"locals {\n  s = %s\n}\nresource \"x\" \"r\" {\n  v = %s\n}\n", strings.ReplaceAll(w.text(2), "local.s", "var.a"), w.text(4))
		files := map[string]string{
			"main.tf": config,
			"f.tpl":   "#!/bin/sh\nhost ${x}\n%{ for y in z ~}\n- ${y}\n%{ endfor ~}\n%{ if c }yes%{ else }no%{ endif }\n",
		}
		unknown := resource(t, build(t, files), "x.r").Attr("v").Written(hole)
		var pattern strings.Builder
		for _, p := range unknown.Pieces {
			if p.Known {
				pattern.WriteString(regexp.QuoteMeta(p.Text))
			} else {
				pattern.WriteString("(?s:.*)")
			}
		}
		if !unknown.Known() && strings.Trim(unknown.Text, hole) != "" {
			partly++
		}
		want := regexp.MustCompile("^" + pattern.String() + "$")
		for range 4 {
			dir := t.TempDir()
			write(t, dir, files)
			list := []cty.Value{cty.StringVal(w.word()), cty.StringVal(w.word())}
			g, err := graph.FromConfig(openTree(t, dir), ".", graph.Inputs{Vars: []graph.Var{
				{Name: "a", Value: cty.StringVal(w.word())},
				{Name: "b", Value: cty.StringVal(w.word())},
				{Name: "l", Value: cty.ListVal(list[:1+w.IntN(2)])},
				{Name: "c", Value: cty.BoolVal(w.IntN(2) == 0)},
			}}, func(graph.Mode, string) bool { return true })
			if err != nil {
				t.Fatal(err)
			}
			got, ok := resource(t, g, "x.r").Attr("v").Text()
			if !ok {
				t.Fatalf("seed %d: no text, %v, in\n%s", seed, diagnostics(g), config)
			}
			if !want.MatchString(got) {
				t.Fatalf("seed %d: %q is not like %q, in\n%s", seed, got, unknown.Text, config)
			}
			placed := resource(t, g, "x.r").Attr("v").Written(hole)
			if placed.Text != got {
				t.Fatalf("seed %d: %q is written as %q, in\n%s", seed, got, placed.Text, config)
			}
		}
	}
	if partly < configurations/4 {
		t.Errorf("only %d texts were known in part", partly)
	}
}

// texts writes random expressions for texts.
type texts struct{ *rand.Rand }

// word returns a text that has much in common with others.
func (w texts) word() string {
	words := []string{"", "a", "ab", "ba", " a", "b ", "a b", "b,a", "\n", "aab"}
	return words[w.IntN(len(words))]
}

func (w texts) quoted() string { return fmt.Sprintf("%q", w.word()) }

func (w texts) list(depth int) string {
	of := []func() string{
		func() string { return "var.l" },
		func() string { return fmt.Sprintf("[%s, %s]", w.text(depth-1), w.text(depth-1)) },
		func() string { return fmt.Sprintf("concat(var.l, [%s])", w.text(depth-1)) },
		func() string { return fmt.Sprintf("concat([%s], var.l)", w.text(depth-1)) },
		func() string { return fmt.Sprintf("[for s in %s : \"${s}a\"]", w.list(depth-1)) },
		func() string { return fmt.Sprintf("compact([%s, %s])", w.text(depth-1), w.text(0)) },
	}
	if depth <= 0 {
		of = of[:1]
	}
	return of[w.IntN(len(of))]()
}

func (w texts) text(depth int) string {
	of := []func() string{
		w.quoted,
		func() string { return "var.a" },
		func() string { return "var.b" },
		func() string {
			return fmt.Sprintf("\"${%s}%s${%s}\"", w.text(depth-1), strings.Trim(w.quoted(), `"`), w.text(depth-1))
		},
		func() string {
			return fmt.Sprintf("format(\"a%%s-%%v%%%%b\", %s, %s)", w.text(depth-1), w.text(depth-1))
		},
		func() string {
			return fmt.Sprintf("format(\"%%[2]s %%[1]q\", %s, %s)", w.text(depth-1), w.text(depth-1))
		},
		func() string { return fmt.Sprintf("join(%s, %s)", w.quoted(), w.list(depth-1)) },
		func() string {
			return fmt.Sprintf("replace(%s, %q, %s)", w.text(depth-1), []string{"a", "ab", "ba", "b a", "\n", "xy"}[w.IntN(6)], w.text(depth-1))
		},
		func() string { return fmt.Sprintf("trimspace(%s)", w.text(depth-1)) },
		func() string { return fmt.Sprintf("chomp(%s)", w.text(depth-1)) },
		func() string { return fmt.Sprintf("indent(2, %s)", w.text(depth-1)) },
		func() string { return fmt.Sprintf("upper(%s)", w.text(depth-1)) },
		func() string { return fmt.Sprintf("lower(%s)", w.text(depth-1)) },
		func() string { return fmt.Sprintf("trimprefix(%s, \"a\")", w.text(depth-1)) },
		func() string { return fmt.Sprintf("trimsuffix(%s, \"b\")", w.text(depth-1)) },
		func() string {
			return fmt.Sprintf("jsonencode({ x = %s, y = [%s, 1, null] })", w.text(depth-1), w.text(depth-1))
		},
		func() string {
			return fmt.Sprintf("yamlencode({ x = replace(%s, \"\\n\", \"\"), y = [replace(%s, \"\\n\", \"\"), 1] })", w.text(0), w.text(0))
		},
		func() string { return fmt.Sprintf("(var.c ? %s : %s)", w.text(depth-1), w.text(depth-1)) },
		func() string {
			return fmt.Sprintf("templatefile(\"${path.module}/f.tpl\", { x = %s, z = %s, c = %s })", w.text(depth-1), w.list(depth-1), []string{"true", "var.c"}[w.IntN(2)])
		},
		func() string {
			return fmt.Sprintf("\"%%{ for s in %s ~} - ${s}%%{ endfor }\"", w.list(depth-1))
		},
		func() string { return fmt.Sprintf("templatestring(local.s, { a = %s })", w.text(depth-1)) },
		func() string { return "local.s" },
	}
	if depth <= 0 {
		of = of[:3]
	}
	return of[w.IntN(len(of))]()
}
