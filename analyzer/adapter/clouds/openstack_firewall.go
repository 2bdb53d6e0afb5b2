package clouds

import (
	"slices"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// openstackFirewall is a type of firewalls in front of routers or ports. Policy is the attribute that names what decides on traffic
// that comes in, of the types Of and Rules.
type openstackFirewall struct{ typ, policy, of, rules string }

// openstackFirewallKinds are the firewalls of the second version of the service, and of the first from before its removal.
func openstackFirewallKinds() []openstackFirewall {
	return []openstackFirewall{
		{"openstack_fw_group_v2", "ingress_firewall_policy_id", "openstack_fw_policy_v2", "openstack_fw_rule_v2"},
		{"openstack_fw_firewall_v1", "policy_id", "openstack_fw_policy_v1", "openstack_fw_rule_v1"},
	}
}

func openstackFirewallTypes() []string {
	var out []string
	for _, k := range openstackFirewallKinds() {
		out = append(out, k.typ, k.of, k.rules)
	}
	return out
}

// openstackFirewalls returns the hops of the firewalls of routers, or of ports of their own, before an instance or its port. The
// first rule of the policy that matches decides, and what none matches is denied. A group without ports is before nothing.
// Source: the provider's pages openstack_fw_group_v2, openstack_fw_policy_v2 and openstack_fw_rule_v2, and those of the first
// version; https://docs.openstack.org/neutron/latest/admin/fwaas.html
func openstackFirewalls(t *graph.Topology, r *graph.Resource) []*fact.Hop {
	var out []*fact.Hop
	for _, kind := range openstackFirewallKinds() {
		for _, f := range t.OfType(kind.typ) {
			if f.Addr.Mode != graph.Managed {
				continue
			}
			is := openstackBefore(t, f, r)
			if is == read.No {
				continue
			}
			hop := &fact.Hop{
				Kind: "firewall", Resource: f, At: f.Decl, Takes: read.All(), Why: "its policy decides",
				Change: "A rule of its policy that denies the port closes it.",
			}
			rules, known := kind.read(t.Graph, f)
			switch {
			case !known:
				hop.Why = "its policy isn't known"
				hop.Doubt(read.Outside("the policy of "+f.Addr.String(), f.Attr(kind.policy)))
			case len(rules) == 0:
				hop.Takes, hop.Why = read.None(), "its policy has no rule, and then it denies everything"
			default:
				hop.Guard = &fact.Guard{By: fact.Rules{Scope: rules[0].Scope.ScopeID, Rules: rules}, Direction: fact.In}
			}
			if is == read.Unclear {
				if hop.Guard != nil {
					hop.Guard.Gaps.Absent = true
				}
				hop.Takes.May = netset.AllTraffic()
				hop.Decides = append(hop.Decides, read.Outside(f.Addr.String(), graph.Value{At: f.Decl}))
			}
			out = append(out, hop)
		}
	}
	return out
}

// openstackBefore says whether a firewall is before an instance or its port: it names the port. What names a port of a router may
// be before what is behind that.
func openstackBefore(t *graph.Topology, firewall, r *graph.Resource) read.Answer {
	up := firewall.OwnAttr("admin_state_up")
	on, known := up.Bool()
	if known && !on {
		return read.No
	}
	sure := firewall.Certain && (known || !read.Given(up))
	if firewall.Addr.Type == "openstack_fw_firewall_v1" {
		if none, _ := firewall.OwnAttr("no_routers").Bool(); none {
			return read.No
		}
		return read.Unclear
	}
	ports := firewall.OwnAttr("ports")
	if !read.Given(ports) {
		return read.No
	}
	targets, whole := t.Refer(ports)
	if whole && sure && slices.Contains(targets, graph.Target{Resource: r}) {
		return read.Yes
	}
	if !whole || slices.ContainsFunc(targets, func(p graph.Target) bool {
		return p.Resource == nil || p.Resource == r || p.Resource.Addr.Type != "openstack_networking_port_v2" ||
			len(t.Referrers(p.Resource, "openstack_networking_router_interface_v2", "port_id")) > 0
	}) {
		return read.Unclear
	}
	return read.No
}

// read returns the rules of a firewall's policy in order; known is false if they aren't all known.
func (k openstackFirewall) read(g *graph.Graph, firewall *graph.Resource) (out []*fact.Ingress, known bool) {
	one := func(v graph.Value, typ string) *graph.Resource {
		targets, whole := g.Refer(v)
		if !whole || len(targets) != 1 || targets[0].Resource == nil || targets[0].Resource.Addr.Type != typ ||
			targets[0].Resource.Addr.Mode != graph.Managed || !targets[0].Resource.Certain {
			return nil
		}
		return targets[0].Resource
	}
	policy := one(firewall.Attr(k.policy), k.of)
	if policy == nil {
		return nil, false
	}
	named, whole := policy.Attr("rules").Elements()
	if !whole && read.Given(policy.Attr("rules")) {
		return nil, false
	}
	spoken := read.Dialect{
		Types:  []string{k.rules},
		Scope:  read.Ordered("firewall policy"),
		Allows: &read.Words{Attr: "action", Yes: []string{"allow"}, No: []string{"deny", "reject"}, Absent: read.Unclear},
		Idle:   []read.Words{{Attr: "enabled", Yes: []string{"false"}, No: []string{"true"}, Absent: read.No}},
		// The API takes "any" for all protocols.
		Protocol:    read.ProtocolIn("protocol", netset.AllProtocols(), read.Spelling{Word: "any", Means: netset.AllProtocols()}),
		Ports:       read.PortsIn("destination_port", read.AllPorts),
		SourcePorts: read.PortsIn("source_port", read.AllPorts),
		Sources: func(g *graph.Graph, o graph.Object) []fact.Term[netset.Prefixes] {
			if version, _ := o.OwnAttr("ip_version").Int(); version != 6 && !read.Given(o.OwnAttr("source_ip_address")) {
				return []fact.Term[netset.Prefixes]{read.Constant(read.IPv4.All())} // the default
			}
			return read.From{Addresses: []string{"source_ip_address"}, None: read.Everyone}.Read(g, o)
		},
		Destinations: read.Unless([]string{"destination_ip_address"}, netset.AllAddresses(), read.AddressesIn("destination_ip_address")),
	}
	for i, v := range named {
		r := one(v, k.rules)
		if r == nil {
			return nil, false
		}
		for _, rule := range spoken.Ingress(g, r) {
			rule.Scope, rule.Priority = read.Own(policy, spoken.Scope), fact.Span{Lo: i, Hi: i}
			out = append(out, rule)
		}
	}
	return out, true
}
