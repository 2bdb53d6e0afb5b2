package adapter

import (
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// tencent knows Tencent Cloud, where the first rule that matches decides.
// Source: the provider's pages tencentcloud_security_group_rule, tencentcloud_security_group_rule_set,
// tencentcloud_security_group_lite_rule, tencentcloud_vpc_acl and tencentcloud_address_template.
func tencent() Provider {
	template := []string{"tencentcloud_address_template"}
	accepts := func(attr string) *words {
		return &words{attr: attr, yes: []string{"ACCEPT"}, no: []string{"DROP"}, absent: unclear}
	}
	services := []string{"service_template_id", "service_template_group"}
	set := dialect{
		types:    []string{"tencentcloud_security_group_rule_set"},
		scope:    ordered("security group"),
		in:       "security_group_id",
		of:       "tencentcloud_security_group",
		blocks:   []string{"ingress"},
		allows:   accepts("action"),
		protocol: unless(services, netset.AllProtocols(), protocolIn("protocol", netset.AllProtocols())),
		ports:    unless(services, netset.AllPorts(), portsIn("port", allPorts)),
		sources: from{
			ipv4: []string{"cidr_block"}, ipv6: []string{"ipv6_cidr_block"}, groups: []string{"source_security_id"},
			lists: tencentTemplates("address_template_id", "address_template_group"), none: nobody, // one is required
		}.read,
		reads: template,
	}
	protocolTemplate := []string{"protocol_template"}
	rule := dialect{
		types:   []string{"tencentcloud_security_group_rule"},
		scope:   ordered("security group"),
		in:      "security_group_id",
		of:      "tencentcloud_security_group",
		inbound: ingress("type"),
		allows:  accepts("policy"),
		// Where a rule without an index goes isn't documented.
		priority: &priority{attr: "policy_index", absent: fact.Span{Hi: afterAll}, any: fact.Span{Hi: afterAll}},
		protocol: unless(protocolTemplate, netset.AllProtocols(), protocolIn("ip_protocol", netset.AllProtocols())),
		ports:    unless(protocolTemplate, netset.AllPorts(), portsIn("port_range", allPorts)),
		sources: func(g *graph.Graph, o graph.Object) []fact.Term[netset.Prefixes] {
			f := from{addresses: []string{"cidr_ip"}, groups: []string{"source_sgid"}, none: anyone}
			if blocks := o.OwnBlocks("address_template"); len(blocks) == 1 && blocks[0].Certain {
				o, f = blocks[0].Object, from{lists: tencentTemplates("template_id", "group_id"), none: anyone}
			}
			return f.read(g, o)
		},
		reads: template,
	}
	return Provider{
		Rules: append(speak(set, rule),
			tencentStrings("tencentcloud_security_group_lite_rule", "security_group_id", ordered("security group")),
			tencentStrings("tencentcloud_vpc_acl", "", networkACL()),
		),
		UserData: []userData{{types: []string{"tencentcloud_instance"}, attrs: []string{"user_data", "user_data_raw"}}},
	}
}

// tencentTemplates are the attributes that name a template of addresses, and a group of templates.
func tencentTemplates(template, group string) []list {
	return []list{
		{attr: template, typ: "tencentcloud_address_template", addresses: "addresses"},
		{attr: group},
	}
}

// tencentStrings reads rules that are written as text, ACTION#SOURCE#PORT#PROTOCOL, in a list called ingress.
func tencentStrings(typ, in string, scope fact.Scope) Adapter {
	return Adapter{
		Types: []string{typ},
		Reads: []string{"tencentcloud_security_group"},
		Ingress: func(g *graph.Graph, r *graph.Resource) []*fact.Ingress {
			scope := own(r, scope)
			if in != "" {
				scope = scopeOf(g, r, in, scope)
			}
			v := r.OwnAttr("ingress")
			elements, whole := v.Elements()
			if !whole {
				elements = []graph.Value{v}
			}
			out := make([]*fact.Ingress, len(elements))
			for i, e := range elements {
				out[i] = tencentString(r, e)
				out[i].Scope, out[i].Priority = scope, fact.Span{Lo: i, Hi: i}
				if !whole {
					doubt(out[i], v)
				}
			}
			return out
		},
	}
}

// tencentString reads one rule. What isn't spelled as it should be, the name of a template for example, is unknown.
func tencentString(r *graph.Resource, v graph.Value) *fact.Ingress {
	rule := everything(r, fact.Scope{}, v)
	text, known := v.Text()
	fields := append(strings.Split(text, "#"), "", "", "")
	is := func(i int, words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.EqualFold(w, fields[i]) })
	}
	switch {
	case is(0, "ACCEPT"):
	case is(0, "DROP"):
		rule.Action = fact.Deny
	default:
		rule.Action = fact.Undecided
		doubt(rule, v)
	}
	values := []graph.Value{v}
	attrs := []string{"ingress"}
	rule.Sources[0] = fact.Term[netset.Prefixes]{Attrs: attrs, Values: values}
	if p, err := netset.ParseSource(fields[1]); err == nil {
		rule.Sources[0].Set = netset.Exactly(p)
	} else if !known || !strings.HasPrefix(fields[1], "sg-") { // a security group
		rule.Sources[0].Set.May = netset.AllAddresses()
	}
	rule.Ports = fact.Term[netset.Ports]{
		Set: netset.Bounds[netset.Ports]{May: netset.AllPorts()}, Attrs: attrs, Values: values,
	}
	if p, err := netset.ParsePorts(fields[2]); err == nil {
		rule.Ports.Set = netset.Exactly(p)
	}
	rule.Protocol = fact.Term[netset.Protocols]{
		Set: netset.Bounds[netset.Protocols]{May: netset.AllProtocols()}, Attrs: attrs, Values: values,
	}
	if p, err := netset.ParseProtocol(fields[3]); err == nil {
		rule.Protocol.Set = netset.Exactly(p)
	}
	return rule
}
