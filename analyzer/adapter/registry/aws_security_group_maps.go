package registry

import (
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/adapter/aws"
	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// awsMapForm is an argument of a submodule that holds sources by name. Each source is for all rules of the service.
type awsMapForm struct {
	argument string
	read     func(*graph.Graph, graph.Value) fact.Term[netset.Prefixes]
}

func awsMapForms() []awsMapForm {
	addresses := func(f read.Family) func(*graph.Graph, graph.Value) fact.Term[netset.Prefixes] {
		return func(_ *graph.Graph, v graph.Value) fact.Term[netset.Prefixes] {
			return fact.Term[netset.Prefixes]{Set: read.Networks(f)(v), Attrs: []string{"cidr"}, Values: []graph.Value{v}, Read: read.Networks(f)}
		}
	}
	lists := func(g *graph.Graph, v graph.Value) fact.Term[netset.Prefixes] {
		return aws.PrefixListsIn(g, v, "prefix_list_id")
	}
	return []awsMapForm{
		{"ingress_cidr_ipv4", addresses(read.IPv4)},
		{"ingress_cidr_ipv6", addresses(read.IPv6)},
		{"ingress_prefix_list_id", lists},
	}
}

// maps reports whether the call is for version 6 or later.
func (c awsCall) maps() bool {
	return keyed(c.m.Attr("ingress_rules")) || read.Given(c.m.Attr("preset_ingress_rules")) ||
		slices.ContainsFunc(awsMapForms(), func(f awsMapForm) bool { return read.Given(c.m.Attr(f.argument)) })
}

// ofMaps reads the arguments of version 6.
func (c awsCall) ofMaps() []*fact.Ingress {
	var rules []*fact.Ingress
	for _, e := range elements(c.m.Attr("ingress_rules")) {
		o := e.Object()
		rule := c.mapped(e, o)
		rule.Sources = []fact.Term[netset.Prefixes]{
			read.Term(o, "cidr_ipv4", read.Networks(read.IPv4)),
			read.Term(o, "cidr_ipv6", read.Networks(read.IPv6)),
			aws.PrefixLists(c.g, o, "prefix_list_id"),
		}
		rules = c.finish(rules, rule)
	}
	if c.service == "" {
		return rules
	}
	for _, preset := range c.presets() {
		for _, form := range awsMapForms() {
			for _, source := range elements(c.m.Attr(form.argument)) {
				e := element{source.Value, graph.Any(), source.sure && preset.sure}
				if e.sure {
					e.key = graph.Name(preset.key.Value().AsString() + "/" + source.key.Value().AsString())
				}
				rule := c.mapped(e, preset.Object())
				rule.Sources = []fact.Term[netset.Prefixes]{form.read(c.g, source.Value)}
				rules = c.finish(rules, rule)
			}
		}
	}
	return rules
}

// mapped returns the rule that an element makes, with the protocol and the ports of an object. A range with one end left out is
// one port.
func (c awsCall) mapped(e element, o graph.Object) *fact.Ingress {
	rule := c.rule("aws_vpc_security_group_ingress_rule", "this", "security_group", e)
	rule.Protocol = read.ProtocolIn("ip_protocol", read.TCP())(o)
	from, to := o.Attr("from_port"), o.Attr("to_port")
	if from.Absent() {
		from = to
	}
	if to.Absent() {
		to = from
	}
	rule.Ports = aws.PortEnds(from, to, rule.Protocol.Set)
	return rule
}

// presets returns the rules of the service, unless the call has its own.
func (c awsCall) presets() []element {
	if own := c.m.Attr("preset_ingress_rules"); !own.Absent() {
		return elements(own)
	}
	var out []element
	for rule := range strings.FieldsSeq(line(awsServicePresets, c.service)) {
		name, traffic, _ := strings.Cut(rule, "=")
		ports, proto, _ := strings.Cut(traffic, "/")
		lo, hi, isRange := strings.Cut(ports, ":")
		if !isRange {
			hi = lo
		}
		v := graph.NewValue(cty.ObjectVal(map[string]cty.Value{
			"from_port": cty.StringVal(lo), "to_port": cty.StringVal(hi), "ip_protocol": cty.StringVal(proto),
		}), c.m.Decl)
		out = append(out, element{v, graph.Name(name), true})
	}
	return out
}
