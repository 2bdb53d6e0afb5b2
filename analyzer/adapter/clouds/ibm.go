package clouds

import (
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// ibm describes the rules of IBM Cloud. The rules of ibm_is_security_group itself are computed, never configured. Source: the
// provider's pages ibm_is_security_group_rule, ibm_is_network_acl and ibm_is_network_acl_rule; ibm_security_group_rule is that of
// the classic infrastructure.
func ibm() read.Provider {
	inbound := &read.Words{Attr: "direction", Yes: []string{"inbound"}, No: []string{"outbound"}, Absent: read.Unclear}
	rule := read.Dialect{
		Types:    []string{"ibm_is_security_group_rule"},
		Scope:    read.Group("security group"),
		In:       "group",
		Of:       "ibm_is_security_group",
		Inbound:  inbound,
		Protocol: ibmProtocol,
		Ports:    ibmPorts("port_min", "port_max"),
		Sources:  ibmRemote,
	}
	acl := read.Dialect{
		Types:        []string{"ibm_is_network_acl"},
		Scope:        read.NetworkACL(),
		Blocks:       []string{"rules"},
		Inbound:      inbound,
		Allows:       &read.Words{Attr: "action", Yes: []string{"allow"}, No: []string{"deny"}, Absent: read.Unclear},
		Protocol:     ibmProtocol,
		Ports:        ibmPorts("port_min", "port_max"),
		SourcePorts:  ibmPorts("source_port_min", "source_port_max"),
		Sources:      read.From{Addresses: []string{"source"}, None: read.Anyone}.Read, // required
		Destinations: read.AddressesIn("destination"),
	}
	classic := read.Dialect{
		Types:    []string{"ibm_security_group_rule"},
		Scope:    read.Group("security group"),
		In:       "security_group_id",
		Of:       "ibm_security_group",
		Inbound:  read.Ingress("direction"),
		Protocol: read.ProtocolIn("protocol", netset.AllProtocols()),
		Ports:    read.PortsBetween("port_range_min", "port_range_max"),
		Sources: read.From{
			Addresses: []string{"remote_ip"}, Groups: []string{"remote_group_id"}, None: read.Everyone, Version: "ether_type",
		}.Read,
	}
	aclRule := acl
	aclRule.Types, aclRule.Blocks = []string{"ibm_is_network_acl_rule"}, nil
	aclRule.In, aclRule.Of = "network_acl", "ibm_is_network_acl"
	aclRule.Order = ibmOrder
	protocols := []string{"tcp", "udp", "icmp"}
	besides := append(slices.Clip(protocols), "protocol")
	return read.Provider{
		Publishers: ibmPublishers(),
		Ways:       ibmMachines(),
		Rules:      read.Speak(rule, acl, aclRule, classic),
		Instead: []graph.Instead{
			{Type: "ibm_is_security_group_rule", Blocks: protocols, Attrs: besides},
			{Type: "ibm_is_network_acl_rule", Blocks: protocols, Attrs: besides},
			{Type: "ibm_is_network_acl", Blocks: protocols, Attrs: besides},
			{Type: "ibm_is_network_acl", Blocks: []string{"rules"}, By: []string{"ibm_is_network_acl_rule.network_acl"}},
		},
		UserData: []read.UserData{{Types: []string{"ibm_is_instance"}, Attrs: []string{"user_data"}}},
	}
}

// ibmBlock returns the deprecated nested block that names the rule's protocol and holds its ports.
func ibmBlock(o graph.Object) (name string, blocks []graph.Block) {
	for _, name := range []string{"tcp", "udp", "icmp"} {
		if blocks := o.OwnBlocks(name); len(blocks) > 0 {
			return name, blocks
		}
	}
	return "", nil
}

// ibmProtocol reads the protocol. Without one it is icmp_tcp_udp, which before version 1.87 was called all.
func ibmProtocol(o graph.Object) fact.Term[netset.Protocols] {
	most := netset.UnionAll(read.TCP(), netset.Protocol(netset.UDP), netset.Protocol(netset.ICMP))
	name, blocks := ibmBlock(o)
	if len(blocks) > 0 {
		known, err := netset.ParseProtocol(name)
		if err != nil || len(blocks) > 1 || !blocks[0].Certain {
			return fact.Term[netset.Protocols]{
				Set: netset.Bounds[netset.Protocols]{May: most}, Attrs: []string{name}, Values: []graph.Value{blocks[0].Exists},
			}
		}
		return read.Constant(known)
	}
	t := read.ProtocolIn("protocol", most, read.Spelling{Word: "icmp_tcp_udp", Means: most})(o)
	if text, _ := t.Values[0].Text(); strings.HasPrefix(text, "number_") {
		if p, err := netset.ParseProtocol(strings.TrimPrefix(text, "number_")); err == nil {
			t.Set = netset.Exactly(p)
		}
	}
	return t
}

// ibmPorts reads ports from the rule, or from the deprecated block of its protocol.
func ibmPorts(from, to string) read.Reader[netset.Ports] {
	ports := read.PortsFrom(from, to)
	return func(o graph.Object) fact.Term[netset.Ports] {
		if name, _ := ibmBlock(o); name != "" {
			return read.Within(name, netset.AllPorts(), ports)(o)
		}
		return ports(o)
	}
}

// ibmRemote reads the source of a security group's rule: an address, a network, or a group by its ID. A rule without one is for
// everyone. A text that is spelled like an address, and isn't one, IBM refuses. Source: remote of a security group rule in https://cloud.ibm.com/apidocs/vpc
func ibmRemote(g *graph.Graph, o graph.Object) []fact.Term[netset.Prefixes] {
	v := o.OwnAttr("remote")
	if text, ok := v.Text(); ok && text != "" {
		spelled := strings.ContainsAny(text, "./:") && !strings.HasPrefix(text, "crn:")
		if _, err := netset.ParseSource(text); err != nil && !spelled {
			return nil
		}
	}
	targets, whole := g.Refer(v)
	isOther := func(t graph.Target) bool { return t.Resource == nil || t.Resource.Addr.Type != "ibm_is_security_group" }
	if v.Undecided() && whole && len(targets) > 0 && !slices.ContainsFunc(targets, isOther) {
		return nil
	}
	return read.From{Addresses: []string{"remote"}, None: read.Everyone, Version: "ip_version"}.Read(g, o)
}

// ibmOrder returns the position of a rule that is a resource of its own. A rule is inserted before the one that its attribute
// before names, or after all existing ones. So the order is known only if the rules make one chain and the ACL has none of its
// own.
func ibmOrder(g *graph.Graph, rule *fact.Ingress) fact.Span {
	unknown := fact.Span{Lo: read.BeforeAll, Hi: read.AfterAll}
	acl, r := rule.Scope.Resource, rule.Resource
	if acl == nil || len(acl.OwnBlocks("rules")) > 0 {
		return unknown
	}
	siblings := g.Referrers(acl, r.Addr.Type, "network_acl")
	next := map[*graph.Resource]*graph.Resource{}
	previous := map[*graph.Resource]bool{}
	var end *graph.Resource
	for _, s := range siblings {
		before := s.OwnAttr("before")
		if !read.Given(before) {
			if end != nil {
				return unknown
			}
			end = s
			continue
		}
		targets, whole := g.Refer(before)
		if !whole || len(targets) != 1 || targets[0].Resource == nil || previous[targets[0].Resource] {
			return unknown
		}
		next[s], previous[targets[0].Resource] = targets[0].Resource, true
	}
	steps := 0
	for s := r; s != end; s = next[s] {
		if steps++; s == nil || steps > len(siblings) {
			return unknown
		}
	}
	return fact.Span{Lo: -steps, Hi: -steps}
}

// ibmPublishers are the listeners of load balancers of a VPC and of the classic infrastructure, which are public by default.
// A load balancer of a VPC without security groups is in the default one of its VPC.
// Source: the provider's pages ibm_is_lb, ibm_is_lb_listener and ibm_lbaas;
// https://cloud.ibm.com/docs/vpc?topic=vpc-alb-integration-with-security-groups
func ibmPublishers() []read.Publisher {
	scheme := read.PublicBy(read.Words{
		Attr: "type", Yes: []string{"public"}, No: []string{"private", "private_path"}, Absent: read.Yes,
	})
	return []read.Publisher{
		{
			Types: []string{"ibm_is_lb_listener"}, Kind: "listener", Balancer: "lb", Of: []string{"ibm_is_lb"}, Public: scheme,
			Behind: &read.Machine{
				Firewall: read.Group("security group"), Firewalls: []string{"ibm_is_security_group"}, In: []string{"security_groups"},
				By:        []read.Guarding{{Type: "ibm_is_security_group_target", Firewall: "security_group", Machines: "target"}},
				Unguarded: read.Anyone,
			},
			Inside:   []string{"subnets"},
			Protocol: read.ListenerProtocol("protocol", read.TCP()),
			Ports:    read.PortsIn("port", read.PortsBetween("port_min", "port_max"), "0"),
		},
		{
			Types: []string{"ibm_lbaas"}, Kind: "load balancer", Blocks: []string{"protocols"}, Public: scheme,
			Protocol: read.ListenerProtocol("frontend_protocol", read.TCP()),
			Ports:    read.PortsIn("frontend_port", read.AllPorts),
		},
	}
}

// ibmMachines are the servers of a VPC, which a floating IP puts on the internet, and those of the classic infrastructure, which
// have a public interface unless they are private. A subnet without an ACL has its VPC's default one, which lets everything pass.
// Source: the provider's pages ibm_is_instance, ibm_is_floating_ip, ibm_is_instance_network_interface,
// ibm_is_virtual_network_interface, ibm_is_security_group_target and ibm_compute_vm_instance;
// https://cloud.ibm.com/docs/vpc?topic=vpc-using-acls
func ibmMachines() *read.Cloud {
	const floating, binding = "ibm_is_floating_ip", "ibm_is_virtual_network_interface_floating_ip"
	group, groups := read.Group("security group"), []string{"ibm_is_security_group"}
	interfaces := []string{
		"primary_network_interface", "network_interfaces", "primary_network_attachment.virtual_network_interface",
		"network_attachments.virtual_network_interface",
	}
	each := func(attr string) []string {
		var out []string
		for _, i := range interfaces {
			out = append(out, i+"."+attr)
		}
		return out
	}
	vpc := read.Machine{
		Types: []string{"ibm_is_instance", "ibm_is_bare_metal_server"}, Word: "server",
		IPv4:     read.PublicThrough(floating, "target"),
		Firewall: group, Firewalls: groups, Each: interfaces, Bound: true, In: []string{"security_groups"},
		By:        []read.Guarding{{Type: "ibm_is_security_group_target", Firewall: "security_group", Machines: "target"}},
		Unguarded: read.Anyone,
		Interfaces: []read.Interface{
			{
				Type: "ibm_is_instance_network_interface", Machine: "instance",
				IPv4:   read.PublicEither(read.PublicWith("floating_ip"), read.PublicThrough(floating, "target")),
				Guards: []string{"security_groups"}, Unguarded: read.Anyone,
			},
			{
				Type: "ibm_is_virtual_network_interface", In: each("id"),
				IPv4: read.PublicEither(
					read.PublicThrough(floating, "target"), read.PublicThrough(binding, "virtual_network_interface"),
				),
				Guards: []string{"security_groups"}, Unguarded: read.Anyone,
			},
		},
		Subnets: []read.Subnet{{
			Type: "ibm_is_subnet", Of: []string{"subnet"}, In: []string{"network_acl"},
			List: read.NetworkACL(), Lists: []string{"ibm_is_network_acl"},
			By:        []read.Guarding{{Type: "ibm_is_subnet_network_acl_attachment", Firewall: "network_acl", Machines: "subnet"}},
			Unguarded: read.Everyone,
		}},
		Reads: []string{floating, binding},
	}
	private := read.Words{Yes: []string{"false"}, No: []string{"true"}, Absent: read.Yes}
	return read.WaysTo(vpc, read.Machine{
		Types: []string{"ibm_compute_vm_instance", "ibm_compute_bare_metal"}, Word: "server",
		IPv4:     read.PublicByOwn("private_network_only", private, read.Yes),
		Firewall: group, Firewalls: []string{"ibm_security_group"}, In: []string{"public_security_group_ids"},
		By:        []read.Guarding{{Type: "ibm_network_interface_sg_attachment", Firewall: "security_group_id", Machines: "network_interface_id"}},
		Unguarded: read.Anyone, // whether no group means that everyone comes in isn't documented
	})
}
