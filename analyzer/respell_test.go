package analyzer_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// respelled writes a module in another way that means the same: resources with count or for_each, references by index, splat,
// element or lookup, dynamic blocks, values that come by way of local values, collections or the outputs of a module.
func respelled(r *rand.Rand, text []byte) []byte {
	s := &respelling{r: r, text: text, refs: map[string]func(attr string) string{}}
	body, ok := parsed("main.tf", text)
	if !ok {
		panic("a topology doesn't parse: " + string(text))
	}
	for _, block := range body.Blocks {
		if block.Type == "resource" {
			s.instances(block)
		}
	}
	for _, block := range body.Blocks {
		if block.Type == "resource" {
			s.block(block.Body)
		}
	}
	out := apply(text, s.edits...)
	if s.locals.Len() > 0 {
		out = fmt.Appendf(out, "\nlocals {\n%s}\n", s.locals.String())
	}
	return append(out, s.modules.String()...)
}

type respelling struct {
	r               *rand.Rand
	text            []byte
	edits           []edit
	taken           []hcl.Range                         // literals that are spelled already
	refs            map[string]func(attr string) string // how an attribute of a resource is named
	locals, modules strings.Builder
	n               int
}

// instances gives a resource an argument count or for_each, or leaves it as it is.
func (s *respelling) instances(block *hclsyntax.Block) {
	if block.Body.Attributes["count"] != nil || s.r.IntN(2) == 0 {
		return
	}
	name, argument := strings.Join(block.Labels, "."), ""
	form := func(forms ...string) {
		s.refs[name] = func(attr string) string {
			return strings.NewReplacer("R", name, "A", attr).Replace(pick(s.r, forms...))
		}
	}
	switch s.r.IntN(3) {
	case 0:
		argument = pick(s.r, "count = 1", "count = length([\"one\"])", "count = true ? 1 : 0")
		form("R[0].A", "R[0].A", "one(R[*].A)", "element(R[*].A, 0)", "element(R.*.A, 3)", "(R[*].A)[0]", "try(R[0].A, null)",
			"element(concat(R[*].A, [\"\"]), 0)", "join(\"\", R[*].A)", "flatten([R[*].A])[0]", "coalesce(one(R[*].A), \"\")", "R[length(R) - 1].A")
	case 1:
		argument = pick(s.r, "for_each = toset([\"k\"])", "for_each = { k = 1 }", "for_each = { for k in [\"k\"] : k => k }")
		form(`R["k"].A`, `R["k"].A`, "values(R)[0].A", "(values(R)[*].A)[0]", `lookup({ for k, v in R : k => v.A }, "k", null)`, "one([for k, v in R : v.A])",
			`one([for k, v in R : v.A if k == "k"])`, `{ for k, v in R : k => v.A }["k"]`, `R[keys(R)[0]].A`, `merge({ k = R["k"].A }, {})["k"]`, `[for k in ["k"] : R[k].A][0]`)
	default:
		form("R.A", "try(R.A, null)", "coalesce(R.A, \"\")", "one(R[*].A)", "one([R.A])", "element([R.A, R.A], 1)", "lookup({ a = R.A }, \"a\")", "\"${R.A}\"", "format(\"%s\", R.A)", "trimspace(R.A)")
		return
	}
	s.insert(block.OpenBraceRange.End, "\n"+argument+"\n")
}

func (s *respelling) insert(at hcl.Pos, text string) { s.replace(hcl.Range{Start: at, End: at}, text) }

func (s *respelling) replace(at hcl.Range, text string) { s.edits = append(s.edits, edit{at, text}) }

// block respells the arguments and nested blocks of a block.
func (s *respelling) block(b *hclsyntax.Body) {
	for _, name := range names(b.Attributes) {
		s.argument(b.Attributes[name], !slices.Contains([]string{"count", "for_each"}, name))
	}
	for _, block := range b.Blocks {
		switch {
		case block.Type == "dynamic":
			s.block(block.Body)
			continue
		case block.Type == "content" || s.r.IntN(2) == 0 || len(block.Body.Blocks) > 0:
			s.block(block.Body)
			continue
		}
		var literal []hcl.Range
		for _, name := range names(block.Body.Attributes) {
			in := constants{out: &literal}
			_ = hclsyntax.Walk(block.Body.Attributes[name].Expr, &in)
		}
		s.replace(block.TypeRange, "dynamic \""+block.Type+"\"")
		each := "[1]"
		if len(literal) > 0 && s.r.IntN(2) == 0 {
			at := literal[0]
			value := string(at.SliceBytes(s.text))
			each = pick(s.r, "["+value+"]", "{ a = "+value+" }", "{ for v in ["+value+"] : 1 => v }")
			s.taken = append(s.taken, at)
			s.replace(at, block.Type+".value")
		} else {
			each = pick(s.r, each, "toset([\"a\"])", "{ a = 1 }", "true ? [1] : []")
		}
		s.block(block.Body)
		s.insert(block.OpenBraceRange.End, "\nfor_each = "+each+"\ncontent {\n")
		s.insert(block.CloseBraceRange.Start, "\n}\n")
	}
}

func names(attrs hclsyntax.Attributes) []string {
	var out []string
	for name := range attrs {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// argument respells what an argument refers to, or a literal in it.
func (s *respelling) argument(a *hclsyntax.Attribute, literals bool) {
	referred := false
	_ = hclsyntax.VisitAll(a.Expr, func(n hclsyntax.Node) hcl.Diagnostics {
		e, ok := n.(*hclsyntax.ScopeTraversalExpr)
		if !ok || len(e.Traversal) != 3 {
			return nil
		}
		second, isAttr := e.Traversal[1].(hcl.TraverseAttr)
		third, alsoAttr := e.Traversal[2].(hcl.TraverseAttr)
		if !isAttr || !alsoAttr {
			return nil
		}
		if as := s.refs[e.Traversal.RootName()+"."+second.Name]; as != nil {
			referred = true
			s.replace(e.SrcRange, s.by(as(third.Name), true))
		}
		return nil
	})
	if referred || !literals || s.r.IntN(3) > 0 {
		return
	}
	var found []hcl.Range
	_ = hclsyntax.Walk(a.Expr, &constants{out: &found})
	if len(found) > 0 && !slices.ContainsFunc(s.taken, found[0].Overlaps) {
		s.replace(found[0], s.by(string(found[0].SliceBytes(s.text)), false))
	}
}

// by lets a value come another way.
func (s *respelling) by(value string, maybe bool) string {
	if maybe && s.r.IntN(3) > 0 {
		return value
	}
	s.n++
	switch s.r.IntN(5) {
	case 0:
		fmt.Fprintf(&s.locals, "  l%d = %s\n", s.n, value)
		return fmt.Sprintf("local.l%d", s.n)
	case 1:
		fmt.Fprintf(&s.locals, "  l%d = { a = %s, b = null }\n", s.n, value)
		return fmt.Sprintf(pick(s.r, "local.l%d.a", "local.l%d[\"a\"]", "lookup(local.l%d, \"a\", null)"), s.n)
	case 2:
		fmt.Fprintf(&s.modules, "\nmodule \"m%d\" {\n  source = \"../id\"\n  value = %s\n}\n", s.n, value)
		return fmt.Sprintf("module.m%d.value", s.n)
	case 3:
		fmt.Fprintf(&s.modules, "\nmodule \"m%d\" {\n  source = \"../id\"\n  count = 1\n  value = %s\n}\n", s.n, value)
		return fmt.Sprintf(pick(s.r, "module.m%d[0].value", "one(module.m%d[*].value)"), s.n)
	}
	fmt.Fprintf(&s.modules, "\nmodule \"m%d\" {\n  source = \"../id\"\n  for_each = toset([\"k\"])\n  value = %s\n}\n", s.n, value)
	return fmt.Sprintf(pick(s.r, "module.m%d[\"k\"].value", "values(module.m%d)[0].value", "lookup({ for k, m in module.m%d : k => m.value }, \"k\")"), s.n)
}
