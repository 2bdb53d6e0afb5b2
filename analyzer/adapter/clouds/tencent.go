package clouds

import (
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// tencent knows Tencent Cloud, where the first rule that matches decides.
// Source: the provider's pages tencentcloud_security_group_rule, tencentcloud_security_group_rule_set,
// tencentcloud_security_group_lite_rule, tencentcloud_vpc_acl, tencentcloud_address_template and
// tencentcloud_lighthouse_firewall_rule.
func tencent() read.Provider {
	template := []string{"tencentcloud_address_template"}
	accepts := func(attr string) *read.Words {
		return &read.Words{Attr: attr, Yes: []string{"ACCEPT"}, No: []string{"DROP"}, Absent: read.Unclear}
	}
	services := []string{"service_template_id", "service_template_group"}
	set := read.Dialect{
		Types:    []string{"tencentcloud_security_group_rule_set"},
		Scope:    read.Ordered("security group"),
		In:       "security_group_id",
		Of:       "tencentcloud_security_group",
		Blocks:   []string{"ingress"},
		Allows:   accepts("action"),
		Protocol: read.Unless(services, netset.AllProtocols(), read.ProtocolIn("protocol", netset.AllProtocols())),
		Ports:    read.Unless(services, netset.AllPorts(), read.PortsIn("port", read.AllPorts)),
		Sources: read.From{
			IPv4: []string{"cidr_block"}, IPv6: []string{"ipv6_cidr_block"}, Groups: []string{"source_security_id"},
			Lists: tencentTemplates("address_template_id", "address_template_group"), None: read.Nobody, // one is required
		}.Read,
		Reads: template,
	}
	protocolTemplate := []string{"protocol_template"}
	rule := read.Dialect{
		Types:   []string{"tencentcloud_security_group_rule"},
		Scope:   read.Ordered("security group"),
		In:      "security_group_id",
		Of:      "tencentcloud_security_group",
		Inbound: read.Ingress("type"),
		Allows:  accepts("policy"),
		// Where a rule without an index goes isn't documented.
		Priority: &read.Priority{Attr: "policy_index", Absent: fact.Span{Hi: read.AfterAll}, Any: fact.Span{Hi: read.AfterAll}},
		Protocol: read.Unless(protocolTemplate, netset.AllProtocols(), read.ProtocolIn("ip_protocol", netset.AllProtocols())),
		Ports:    read.Unless(protocolTemplate, netset.AllPorts(), read.PortsIn("port_range", read.AllPorts)),
		Sources: func(g *graph.Graph, o graph.Object) []fact.Term[netset.Prefixes] {
			f := read.From{Addresses: []string{"cidr_ip"}, Groups: []string{"source_sgid"}, None: read.Anyone}
			if blocks := o.OwnBlocks("address_template"); len(blocks) == 1 && blocks[0].Certain {
				o, f = blocks[0].Object, read.From{Lists: tencentTemplates("template_id", "group_id"), None: read.Anyone}
			}
			return f.Read(g, o)
		},
		Reads: template,
	}
	lighthouse := read.Dialect{
		Types:    []string{"tencentcloud_lighthouse_firewall_rule"},
		Scope:    read.Ordered("firewall"),
		Blocks:   []string{"firewall_rules"},
		Allows:   &read.Words{Attr: "action", Yes: []string{"ACCEPT"}, No: []string{"DROP"}, Absent: read.Yes},
		Priority: &read.Priority{}, // which of two rules decides isn't documented
		Protocol: read.ProtocolIn("protocol", netset.AllProtocols()),
		Ports:    read.PortsIn("port", read.AllPorts),
		Sources:  read.From{Addresses: []string{"cidr_block"}, None: read.Everyone}.Read,
	}
	return read.Provider{
		Publishers: tencentPublishers(),
		Ways:       tencentMachines(),
		Rules: append(read.Speak(set, rule, lighthouse),
			tencentStrings("tencentcloud_security_group_lite_rule", "security_group_id", read.Ordered("security group")),
			tencentStrings("tencentcloud_vpc_acl", "", read.NetworkACL()),
		),
		UserData: []read.UserData{{Types: []string{"tencentcloud_instance", "tencentcloud_instance_set"}, Attrs: []string{"user_data", "user_data_raw"}}},
	}
}

// tencentTemplates are the attributes that name a template of addresses, and a group of templates.
func tencentTemplates(template, group string) []read.List {
	return []read.List{
		{Attr: template, Type: "tencentcloud_address_template", Addresses: "addresses"},
		{Attr: group},
	}
}

// tencentStrings reads rules that are written as text, ACTION#SOURCE#PORT#PROTOCOL, in a list called ingress.
func tencentStrings(typ, in string, scope fact.Scope) read.Adapter {
	return read.Adapter{
		Types: []string{typ},
		Reads: []string{"tencentcloud_security_group"},
		Ingress: func(g *graph.Graph, r *graph.Resource) []*fact.Ingress {
			scope := read.Own(r, scope)
			if in != "" {
				scope = read.ScopeOf(g, r, in, scope)
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
					read.Doubt(out[i], v)
				}
			}
			return out
		},
	}
}

// tencentString reads one rule. What isn't spelled as it should be, the name of a template for example, is unknown.
func tencentString(r *graph.Resource, v graph.Value) *fact.Ingress {
	rule := read.Everything(r, fact.Scope{}, v)
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
		read.Doubt(rule, v)
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

// tencentPublishers are the listeners of load balancers and the port forwards of NAT gateways. An elastic IP makes an
// internal load balancer public.
// Source: the provider's pages tencentcloud_clb_instance, tencentcloud_clb_listener, tencentcloud_dnat and
// tencentcloud_gaap_layer4_listener.
func tencentPublishers() []read.Publisher {
	return []read.Publisher{
		{
			Types: []string{"tencentcloud_clb_listener"}, Kind: "listener", Balancer: "clb_id", Of: []string{"tencentcloud_clb_instance"},
			Public: read.PublicEither(
				read.PublicBy(read.Words{Attr: "network_type", Yes: []string{"OPEN"}, No: []string{"INTERNAL"}, Absent: read.Unclear}),
				read.PublicWith("eip_address_id"),
				read.PublicThrough("tencentcloud_eip_association", "instance_id"),
			),
			Behind: &read.Machine{
				Firewall: read.Ordered("security group"), Firewalls: []string{"tencentcloud_security_group"}, In: []string{"security_groups"},
				By: []read.Guarding{{
					Type: "tencentcloud_clb_security_group_attachment", Firewall: "security_group", Machines: "load_balancer_ids",
				}},
				Unguarded: read.Everyone,
			},
			Protocol: read.ListenerProtocol("protocol", read.TCP()),
			Ports:    tencentPorts,
			Reads:    []string{"tencentcloud_eip_association"},
		},
		{
			Types: []string{"tencentcloud_dnat"}, Kind: "port forward",
			Protocol: read.ListenerProtocol("protocol", read.TCP()),
			Ports:    read.PortsIn("elastic_port", read.AllPorts),
		},
		{
			Types: []string{"tencentcloud_gaap_layer4_listener", "tencentcloud_gaap_layer7_listener"}, Kind: "accelerator listener",
			Protocol: read.ListenerProtocol("protocol", read.TCP()),
			Ports:    read.PortsIn("port", read.AllPorts),
			Clients:  tencentAccelerator,
			Reads:    []string{"tencentcloud_gaap_security_policy"},
		},
	}
}

// tencentAccelerator says that a security policy of its proxy may restrict the clients of an accelerator's listener.
func tencentAccelerator(g *graph.Graph, l read.Published) []fact.Term[netset.Prefixes] {
	for _, policy := range g.OfType("tencentcloud_gaap_security_policy") {
		if policy.Attr("proxy_id").Same(l.OwnAttr("proxy_id")) || policy.Attr("proxy_id").Undecided() {
			return []fact.Term[netset.Prefixes]{read.Someone(read.Opaque("the rules of "+policy.Addr.String(), policy.Decl), "proxy_id")}
		}
	}
	return []fact.Term[netset.Prefixes]{read.Constant(netset.AllAddresses())}
}

// tencentPorts reads the port of a listener, or the first and the last of a range.
func tencentPorts(o graph.Object) fact.Term[netset.Ports] {
	if read.Given(o.OwnAttr("end_port")) {
		return read.PortRange(o, "port", "end_port")
	}
	return read.PortsIn("port", read.AllPorts)(o)
}

// tencentMachines are instances and the groups that scaling configurations make, which have a public address if they ask for one
// or an elastic IP is bound to them, and the always public ones of Lighthouse. A subnet without an ACL lets everything pass.
// Source: the provider's pages tencentcloud_instance, tencentcloud_instance_set, tencentcloud_eip_association, tencentcloud_eni, tencentcloud_eni_attachment,
// tencentcloud_as_scaling_config, tencentcloud_vpc_acl_attachment and tencentcloud_lighthouse_instance.
func tencentMachines() *read.Cloud {
	asked := read.Words{Yes: []string{"true"}, No: []string{"false"}, Absent: read.No}
	orderly := []string{"orderly_security_groups", "security_groups"}
	instance := read.Machine{
		Types: []string{"tencentcloud_instance"}, Word: "instance",
		IPv4: read.PublicEither(
			read.PublicByOwn("allocate_public_ip", asked, read.No),
			read.PublicThrough("tencentcloud_eip_association", "instance_id"),
		),
		Firewall: read.Ordered("security group"), Firewalls: []string{"tencentcloud_security_group"},
		In:        orderly,
		By:        []read.Guarding{{Type: "tencentcloud_cvm_security_group_attachment", Firewall: "security_group_id", Machines: "instance_id"}},
		Unguarded: read.Anyone, Reads: []string{"tencentcloud_eip_association"},
		Interfaces: []read.Interface{{
			Type:   "tencentcloud_eni",
			By:     []read.Joint{{Type: "tencentcloud_eni_attachment", Interface: "eni_id", Machine: "instance_id"}},
			IPv4:   read.PublicThrough("tencentcloud_eip_association", "network_interface_id"),
			Guards: orderly, Unguarded: read.Anyone,
		}},
		Subnets: []read.Subnet{{
			Type: "tencentcloud_subnet", Of: []string{"subnet_id"}, List: read.NetworkACL(), Lists: []string{"tencentcloud_vpc_acl"},
			By:        []read.Guarding{{Type: "tencentcloud_vpc_acl_attachment", Firewall: "acl_id", Machines: "subnet_id"}},
			Unguarded: read.Everyone,
		}},
	}
	instance.By = append(instance.By, read.Guarding{
		Type: "tencentcloud_eni_sg_attachment", Firewall: "security_group_ids", Machines: "network_interface_ids",
	})
	set := instance
	set.Types, set.Word, set.Interfaces, set.By = []string{"tencentcloud_instance_set"}, "instance set", nil, nil
	set.IPv4 = read.PublicByOwn("allocate_public_ip", asked, read.No)
	return read.WaysTo(instance, set,
		read.Machine{
			Types: []string{"tencentcloud_as_scaling_config"}, Word: "scaling configuration",
			IPv4:     read.PublicByOwn("public_ip_assigned", asked, read.No),
			Firewall: instance.Firewall, Firewalls: instance.Firewalls, In: []string{"security_group_ids"}, Unguarded: read.Anyone,
		},
		read.Machine{
			Types: []string{"tencentcloud_lighthouse_instance"}, Word: "instance", IPv4: read.AlwaysPublic,
			Firewall: read.Ordered("firewall"), Firewalls: []string{"tencentcloud_lighthouse_firewall_rule"},
			By:        []read.Guarding{{Type: "tencentcloud_lighthouse_firewall_rule", Machines: "instance_id"}},
			Unguarded: read.Anyone, // its template decides
		},
	)
}
