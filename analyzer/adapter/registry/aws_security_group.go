package registry

import (
	"cmp"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/adapter/aws"
	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// awsSecurityGroupModule reads calls of terraform-aws-modules/security-group/aws and of its submodules, which are named after
// services. Rules are lists of names or objects up to version 5, and maps of objects since version 6; the arguments tell which.
// Source: https://github.com/terraform-aws-modules/terraform-aws-security-group
func awsSecurityGroupModule() read.Module {
	return read.Module{
		Source: "terraform-aws-modules/security-group/aws",
		Knows: func(sub string) bool {
			service := strings.TrimPrefix(sub, "modules/")
			return sub == "" || line(awsServiceRules, service) != "" || line(awsServicePresets, service) != ""
		},
		Model: func(sub, version string) []byte {
			if sub != "" {
				return modelled(awsSecurityGroupService, "1", version)
			}
			return modelled(awsSecurityGroup, "1", version)
		},
		Ingress: func(g *graph.Graph, m *graph.MissingModule, sub string) []*fact.Ingress {
			c := awsCall{g: g, m: m, service: strings.TrimPrefix(sub, "modules/")}
			if c.maps() {
				return c.ofMaps()
			}
			return c.ofLists()
		},
	}
}

// awsCall is a call of the module, or of the submodule for a service.
type awsCall struct {
	g       *graph.Graph
	m       *graph.MissingModule
	service string
}

// rule returns a rule with the address TYPE.NAME[KEY] in the module.
func (c awsCall) rule(typ, name, below string, e element) *fact.Ingress {
	var path []string
	if c.service != "" {
		path = []string{below}
	}
	return allowedBy(made(c.m, path, typ, name, e.key), c.group(path), e)
}

// group returns the group that the rules belong to: a new one, or the one in an argument.
func (c awsCall) group(below []string) fact.Scope {
	name := "this"
	if prefix, known := c.m.Attr("use_name_prefix").Bool(); (prefix || !known) && !c.maps() {
		name = "this_name_prefix"
	}
	group := made(c.m, below, "aws_security_group", name, graph.Number(0))
	if is := existing(c.g, c.m.Path, "aws_security_group"); is != nil {
		group = is
	}
	if create, known := c.m.Attr("create_sg").Bool(); known && !create {
		scope := read.ScopeOf(c.g, group, "security_group_id", aws.SecurityGroup())
		if scope.Name == group.Addr.String() {
			scope.Name = c.m.Path.String()
		}
		return scope
	}
	return read.Own(group, aws.SecurityGroup())
}

// finish adds a rule unless an argument switches it off.
func (c awsCall) finish(rules []*fact.Ingress, rule *fact.Ingress) []*fact.Ingress {
	for _, on := range []string{"create", awsConsent} {
		if !switched(rule, c.m.Attr(on)) {
			return rules
		}
	}
	return append(rules, rule)
}

// awsConsent is a second switch of the modules of terraform-aws-modules, which is on unless somebody says no to its question.
const awsConsent = "putin_khuylo"

// awsListForm is an argument whose elements are objects that each make a rule. The addresses are in a field of the object or,
// without it, in an argument. Rules for members of groups have no addresses.
type awsListForm struct {
	argument, field, otherwise string
	family                     read.Family
}

func awsListForms() []awsListForm {
	return []awsListForm{
		{"ingress_with_cidr_blocks", "cidr_blocks", "ingress_cidr_blocks", read.IPv4},
		{"ingress_with_ipv6_cidr_blocks", "ipv6_cidr_blocks", "ingress_ipv6_cidr_blocks", read.IPv6},
		{"ingress_with_prefix_list_ids", "prefix_list_ids", "ingress_prefix_list_ids", read.AnyFamily},
		{"ingress_with_self", "", "", read.AnyFamily},
		{"ingress_with_source_security_group_id", "", "", read.AnyFamily},
	}
}

// ofLists reads the arguments of versions before 6.
func (c awsCall) ofLists() []*fact.Ingress {
	var rules []*fact.Ingress
	for _, computed := range []string{"", "computed_"} {
		for _, name := range c.names(computed + "ingress_rules") {
			rule := c.rule("aws_security_group_rule", computed+"ingress_rules", "sg", name)
			c.describe(rule, awsNamed{name: name.Value})
			rule.Sources = []fact.Term[netset.Prefixes]{
				read.Term(c.m.Object, "ingress_cidr_blocks", read.Networks(read.IPv4)),
				read.Term(c.m.Object, "ingress_ipv6_cidr_blocks", read.Networks(read.IPv6)),
				aws.PrefixLists(c.g, c.m.Object, "ingress_prefix_list_ids"),
			}
			rules = c.finish(rules, rule)
		}
		for _, form := range awsListForms() {
			for _, e := range c.list(computed + form.argument) {
				o := e.Object()
				rule := c.rule("aws_security_group_rule", computed+form.argument, "sg", e)
				c.describe(rule, awsNamed{o.Attr("rule"), o.Attr("from_port"), o.Attr("to_port"), o.Attr("protocol")})
				rule.Sources = form.sources(c, o)
				rules = c.finish(rules, rule)
			}
		}
	}
	return rules
}

// sources reads whom a rule is for. Every rule is also for the prefix lists of the module, unless it names its own.
func (f awsListForm) sources(c awsCall, o graph.Object) []fact.Term[netset.Prefixes] {
	lists := aws.PrefixLists(c.g, c.m.Object, "ingress_prefix_list_ids")
	given := f.field != "" && read.Given(o.Attr(f.field))
	switch {
	case f.field == "":
		return []fact.Term[netset.Prefixes]{lists}
	case f.family == read.AnyFamily && given:
		return []fact.Term[netset.Prefixes]{aws.PrefixLists(c.g, o, f.field)}
	case f.family == read.AnyFamily:
		return []fact.Term[netset.Prefixes]{lists}
	case given:
		return []fact.Term[netset.Prefixes]{read.Term(o, f.field, separated(f.family)), lists}
	}
	return []fact.Term[netset.Prefixes]{read.Term(c.m.Object, f.otherwise, read.Networks(f.family)), lists}
}

// separated is read.Networks for texts that hold several addresses separated by commas.
func separated(f read.Family) func(graph.Value) netset.Bounds[netset.Prefixes] {
	return func(v graph.Value) netset.Bounds[netset.Prefixes] {
		elements, whole := v.Elements()
		if !whole || len(elements) == 0 && read.Given(v) { // it may be anything, or is of another kind
			return netset.Bounds[netset.Prefixes]{May: f.All()}
		}
		var b netset.Bounds[netset.Prefixes]
		for _, e := range elements {
			text, known := e.Text()
			if !known {
				b.May = b.May.Union(read.Networks(f)(e).May)
				continue
			}
			for part := range strings.SplitSeq(text, ",") {
				b = netset.UnionBounds(b, read.Networks(f)(graph.NewValue(cty.StringVal(strings.TrimSpace(part)), e.At)))
			}
		}
		return b
	}
}

// list returns the elements of an argument. Another argument gives the number of elements of a computed one.
func (c awsCall) list(argument string) []element {
	out := elements(c.m.Attr(argument))
	if argument == "ingress_with_self" && c.service != "" {
		self := graph.NewValue(cty.ObjectVal(map[string]cty.Value{"rule": cty.StringVal("all-all")}), c.m.Decl)
		out = slices.Insert(out, 0, element{self, graph.Number(0), true})
		for i := range out {
			if out[i].sure {
				out[i].key = graph.Number(i)
			}
		}
	}
	if !strings.HasPrefix(argument, "computed_") {
		return out
	}
	number := c.m.Attr("number_of_" + argument)
	n, known := number.Int()
	switch {
	case known:
		return out[:min(len(out), max(n, 0))]
	case number.Absent():
		return nil
	}
	for i := range out {
		out[i].sure = false
	}
	return out
}

// names returns the elements of an argument that holds names of rules. A submodule adds those of its service.
func (c awsCall) names(argument string) []element {
	out := c.list(argument)
	if c.service == "" {
		return out
	}
	if argument == "ingress_rules" {
		for name := range strings.FieldsSeq(line(awsServiceRules, c.service)) {
			out = append(out, element{graph.NewValue(cty.StringVal(name), c.m.Decl), graph.Any(), true})
		}
	}
	text := func(e element) string { s, _ := e.Text(); return s }
	slices.SortStableFunc(out, func(a, b element) int { return cmp.Compare(text(a), text(b)) })
	out = slices.CompactFunc(out, func(a, b element) bool { return text(a) != "" && text(a) == text(b) })
	for i := range out {
		if out[0].sure { // an unknown list sorts first
			out[i].key = graph.Number(i)
		}
	}
	return out
}

// awsNamed is a rule's name, and the fields that override what the name stands for.
type awsNamed struct{ name, from, to, protocol graph.Value }

// describe sets the protocol and the ports of a rule.
func (c awsCall) describe(rule *fact.Ingress, n awsNamed) {
	from, to, protocols := c.named(n.name)
	pick := func(v, otherwise graph.Value) graph.Value {
		if v.Absent() {
			return otherwise
		}
		return v
	}
	proto := pick(n.protocol, protocols)
	rule.Protocol = fact.Term[netset.Protocols]{Set: read.Protocol(proto), Attrs: []string{"protocol"}, Values: []graph.Value{proto}, Read: read.Protocol}
	rule.Ports = aws.PortEnds(pick(n.from, from), pick(n.to, to), rule.Protocol.Set)
}

// named looks a rule up by its name, in the argument rules if that is given. A rule that isn't found is unknown.
func (c awsCall) named(name graph.Value) (from, to, protocol graph.Value) {
	text, known := name.Text()
	if !known {
		return name, name, name
	}
	at := name.At
	if table := c.m.Attr("rules"); !table.Absent() {
		fields, whole := table.Object().Attr(text).Elements()
		if whole && len(fields) > 2 {
			return fields[0], fields[1], fields[2]
		}
	} else if ports, proto, ok := strings.Cut(line(awsNamedRules, text), " "); ok {
		lo, hi, isRange := strings.Cut(ports, ":")
		if !isRange {
			hi = lo
		}
		value := func(s string) graph.Value { return graph.NewValue(cty.StringVal(s), at) }
		return value(lo), value(hi), value(proto)
	}
	unknown := read.Opaque("rule "+text+" of "+c.m.Path.String(), at)
	return unknown, unknown, unknown
}

// line returns what follows a word and a space in the line of a table that begins with them.
func line(table, word string) string {
	_, rest, _ := strings.Cut(table, "\n"+word+" ")
	text, _, _ := strings.Cut(rest, "\n")
	return text
}
