package graph

import (
	"fmt"
	"maps"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/lang"
	"github.com/tfreach/tfreach/analyzer/source"
)

// fail reports why an expression has no value, and returns an unknown value instead. If the default of a root module's variable
// is the cause, the value is unknown until the variable is set: such a default may be there only for callers to replace.
func (s *scope) fail(expr hcl.Expression, u *usage, ctx *hcl.EvalContext, diags hcl.Diagnostics) cty.Value {
	ev := s.m.ev
	defaulted, isDefaulted := (&defaultSearch{seen: map[hcl.Expression]bool{}}).in(s, expr)
	for _, d := range diags {
		// Without the provider's schema, nothing tells an attribute that isn't configured from one that doesn't exist.
		if d.Severity != hcl.DiagError || d.Summary == "Unsupported attribute" && s.usesResources(u) {
			continue
		}
		if usesSensitive(u, ctx) {
			// The detail may quote a value, for example that of two equal keys.
			d.Detail = "The reason isn't shown, as the expression uses a sensitive value."
		}
		if isDefaulted {
			d = replaced(defaulted, d)
		}
		ev.diags.add(d)
	}
	if isDefaulted {
		return cty.DynamicVal.Mark(defaulted)
	}
	if marks := s.asked(u); len(marks) > 0 {
		return lang.AsPart(cty.DynamicVal.WithMarks(marks))
	}
	return ev.failed(expr.Range())
}

// refuse reports why the value of an expression can't be what it is for, and returns it as unknown if the default of a root
// module's variable is the cause, as fail does.
func (s *scope) refuse(expr hcl.Expression, v cty.Value, why *hcl.Diagnostic) cty.Value {
	defaulted, isDefaulted := (&defaultSearch{seen: map[hcl.Expression]bool{}}).in(s, expr)
	if !isDefaulted {
		s.m.ev.diags.add(why)
		return v
	}
	s.m.ev.diags.add(replaced(defaulted, why))
	return cty.UnknownVal(v.Type()).WithSameMarks(v).Mark(defaulted)
}

// replaced says that a default which is the cause of something has to be replaced.
func replaced(defaulted Origin, d *hcl.Diagnostic) *hcl.Diagnostic {
	return &hcl.Diagnostic{
		Severity: hcl.DiagWarning, Summary: "A default has to be replaced",
		Detail:  fmt.Sprintf("With the default of %s this has no value: %s: %s", defaulted.Name, d.Summary, d.Detail),
		Subject: d.Subject,
	}
}

// asked returns the marks of the resource attributes that an expression asks for and that only the provider knows.
func (s *scope) asked(u *usage) cty.ValueMarks {
	all := cty.ValueMarks{}
	for _, t := range u.traversals {
		if _, own := s.names[t.RootName()]; own {
			continue
		}
		name, rest := resourceName(t)
		block := s.m.source.Resource(name)
		if name.Name == "" || block == nil {
			continue
		}
		attr := ""
		for _, step := range rest {
			if attr = stepName(hcl.Traversal{step}); attr != "" {
				break
			}
		}
		if attr == "" {
			continue
		}
		for _, i := range s.m.expandResource(block).items {
			_, marks := i.computed(attr).Unmark()
			maps.Copy(all, marks)
		}
	}
	return all
}

// defaultSearch looks for a root module variable whose default an expression depends on.
type defaultSearch struct{ seen map[hcl.Expression]bool }

// maxSearched limits the expressions that a defaultSearch looks at.
const maxSearched = 1000

func (d *defaultSearch) in(s *scope, expr hcl.Expression) (Origin, bool) {
	if expr == nil || d.seen[expr] || len(d.seen) > maxSearched {
		return Origin{}, false
	}
	d.seen[expr] = true
	for _, t := range s.m.ev.usage(expr).traversals {
		if o, ok := d.behind(s, t); ok {
			return o, true
		}
	}
	return Origin{}, false
}

// behind searches behind a reference.
func (d *defaultSearch) behind(s *scope, t hcl.Traversal) (Origin, bool) {
	root := t.RootName()
	if b, ok := s.bindings[root]; ok {
		return d.in(b.scope, b.expr)
	}
	name := stepName(t[1:])
	switch root {
	case "var":
		block := s.m.Variable(name)
		if block == nil {
			return Origin{}, false
		}
		if s.m.call != nil {
			if a := s.m.call.Body.Attr(name); a != nil {
				return d.in(s.m.scope, a.Expr)
			}
			return Origin{}, false
		}
		given, _, lost := s.m.argument(name, block)
		if lost || !s.m.isDefaulted(given, block) || block.Body.Attr("default") == nil {
			return Origin{}, false
		}
		return Origin{Kind: FromVariable, Name: "var." + name, At: block.At}, true
	case "local":
		if a := s.m.source.Locals[name]; a != nil {
			return d.in(s.m.top, a.Expr)
		}
	case "module":
		if s.m.source.Calls[name] == nil {
			break
		}
		var output string
		for _, step := range t[2:] {
			if output = stepName(hcl.Traversal{step}); output != "" {
				break
			}
		}
		for _, child := range s.m.child(name).items {
			if block := child.source.Outputs[output]; block != nil {
				if a := block.Body.Attr("value"); a != nil {
					return d.in(child.top, a.Expr)
				}
			}
		}
	default:
		of, rest := resourceName(t)
		block := s.m.source.Resource(of)
		if of.Name == "" || block == nil {
			break
		}
		for _, step := range rest {
			if a := block.Body.Attr(stepName(hcl.Traversal{step})); a != nil {
				return d.in(s.m.top, a.Expr)
			}
		}
	}
	return Origin{}, false
}

// Variable returns the block of a variable, or nil.
func (m *module) Variable(name string) *source.Block { return m.source.Variables[name] }
