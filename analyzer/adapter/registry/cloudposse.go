package registry

import (
	"fmt"

	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/adapter/aws"
	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
)

// cloudPosseModule reads calls of cloudposse/security-group/aws. Its rules have the fields of aws_security_group_rule and come
// in a list, in lists by name, or for all sources of a subject. Source:
// https://github.com/cloudposse/terraform-aws-security-group
func cloudPosseModule() read.Module {
	return read.Module{
		Source: "cloudposse/security-group/aws",
		Knows:  itself,
		Model:  from("0.4", cloudPosseSecurityGroup),
		Ingress: func(g *graph.Graph, m *graph.MissingModule, _ string) []*fact.Ingress {
			c := cloudPosseCall{g: g, m: m}
			c.list("_list_", m.Attr("rules"))
			for _, list := range elements(m.Attr("rules_map")) {
				c.list(keyText(list.key), list.Value)
			}
			c.matrix()
			return c.rules
		},
	}
}

type cloudPosseCall struct {
	g     *graph.Graph
	m     *graph.MissingModule
	rules []*fact.Ingress
}

// keyText returns the text of a key that is a name; * for an unknown key.
func keyText(k graph.Key) string {
	if k.Kind() != graph.StringKey {
		return "*"
	}
	return k.Value().AsString()
}

// label returns the key that the module gives to a rule, unless the rule has its own.
func label(o graph.Object, format string, args ...any) string {
	if text, known := o.Attr("key").Text(); known && text != "" {
		return text
	}
	return fmt.Sprintf(format, args...)
}

func (c *cloudPosseCall) list(name string, v graph.Value) {
	for i, e := range elements(v) {
		c.add(e, e.Object(), label(e.Object(), "%s[%d]", name, i))
	}
}

// matrix reads subjects, each with sources and with the rules for them.
func (c *cloudPosseCall) matrix() {
	for i, subject := range elements(c.m.Attr("rule_matrix")) {
		s := subject.Object()
		sources := map[string]graph.Value{}
		for _, attr := range []string{"cidr_blocks", "ipv6_cidr_blocks", "prefix_list_ids"} {
			sources[attr] = s.Attr(attr)
		}
		for j, rule := range elements(s.Attr("rules")) {
			rule.sure = rule.sure && subject.sure
			key := label(s, "_m[%d]", i) + "#" + label(rule.Object(), "[%d]", j) + "#cidr"
			c.add(rule, rule.Object().WithDefaults(sources), key)
		}
	}
}

// add adds the rule that an object spells.
func (c *cloudPosseCall) add(e element, o graph.Object, key string) {
	group, rule := "cbd", "keyed"
	if replace, known := c.m.Attr("create_before_destroy").Bool(); known && !replace {
		group, rule = "default", "dbc"
	}
	e.key = graph.Name(key)
	if !e.sure {
		e.key = graph.Any()
	}
	r := made(c.m, nil, "aws_security_group_rule", rule, e.key)
	if !e.sure {
		r.Certain, r.Exists = false, e.Value
	}
	r.Decl = e.At
	id := c.m.Attr("target_security_group_id")
	if elements, whole := id.Elements(); whole && len(elements) == 1 {
		id = elements[0]
	}
	r.Object = o.WithDefaults(map[string]graph.Value{"security_group_id": id})
	for _, f := range aws.SecurityGroupRule().Ingress(c.g, r) {
		if !read.Given(id) {
			is := existing(c.g, c.m.Path, "aws_security_group")
			if is == nil {
				is = made(c.m, nil, "aws_security_group", group, graph.Number(0))
			}
			f.Scope = read.Own(is, aws.SecurityGroup())
		}
		if switched(f, c.enabled()) {
			c.rules = append(c.rules, f)
		}
	}
}

// enabled returns what turns the module on or off: its own argument, else that of the context which it is handed.
func (c *cloudPosseCall) enabled() graph.Value {
	own, context := c.m.Attr("enabled"), c.m.Attr("context")
	switch {
	case !own.Absent():
		return own
	case context.Undecided():
		return context
	}
	return context.Object().Attr("enabled")
}

// text returns a known value that an argument would have.
func text(s string, like graph.Value) graph.Value { return graph.NewValue(cty.StringVal(s), like.At) }
