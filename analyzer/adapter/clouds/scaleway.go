package clouds

import (
	"slices"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// scaleway describes the rules of a Scaleway security group: the first that matches decides, then the group's policy,
// which is to accept by default.
// Source: the provider's pages scaleway_instance_security_group and scaleway_instance_security_group_rules.
func scaleway() read.Provider {
	inline := read.Dialect{
		Types:    []string{"scaleway_instance_security_group"},
		Scope:    read.Ordered("security group"),
		Blocks:   []string{"inbound_rule"},
		Allows:   &read.Words{Attr: "action", Yes: []string{"accept"}, No: []string{"drop"}, Absent: read.Unclear},
		Protocol: read.ProtocolIn("protocol", read.TCP()),
		Ports:    read.PortsIn("port_range", read.PortsIn("port", read.AllPorts, "0")),
		Sources:  read.From{Addresses: []string{"ip_range", "ip"}, None: read.Everyone}.Read,
	}
	separate := inline
	separate.Types = []string{"scaleway_instance_security_group_rules"}
	separate.In, separate.Of = "security_group_id", "scaleway_instance_security_group"
	inline.Policy = &read.Words{Attr: "inbound_default_policy", Yes: []string{"accept"}, No: []string{"drop"}, Absent: read.Yes}
	return read.Provider{
		Publishers: scalewayPublishers(),
		Ways:       scalewayMachines(),
		Rules:      read.Speak(inline, separate),
		UserData:   []read.UserData{{Types: []string{"scaleway_instance_server"}, Attrs: []string{`user_data["cloud-init"]`, "cloud_init"}}},
	}
}

// scalewayPublishers are the frontends of load balancers, which speak TCP whatever is in it, and the port forwards of
// public gateways. A load balancer is public by its addresses; without a word about these the API decides.
// Source: the provider's pages scaleway_lb, scaleway_lb_frontend, scaleway_lb_acl and scaleway_vpc_public_gateway_pat_rule.
func scalewayPublishers() []read.Publisher {
	return []read.Publisher{
		{
			Types: []string{"scaleway_lb_frontend"}, Kind: "frontend", Balancer: "lb_id", Of: []string{"scaleway_lb"},
			Public:   scalewayPublic,
			Protocol: func(graph.Object) fact.Term[netset.Protocols] { return read.Constant(read.TCP()) },
			Ports:    read.PortsIn("inbound_port", read.AllPorts),
			Clients:  scalewayClients, Reads: []string{scalewayACL},
		},
		{
			Types: []string{"scaleway_vpc_public_gateway_pat_rule"}, Kind: "port forward",
			Protocol: read.ListenerProtocol("protocol", read.TCP().Union(netset.Protocol(netset.UDP))),
			Ports:    read.PortsIn("public_port", read.AllPorts),
		},
	}
}

const scalewayACL = "scaleway_lb_acl"

// scalewayClients reads the rules of a frontend, its own in their order or resources by their index, of which the first that
// matches decides. What happens if none matches isn't documented. Source: the provider's pages scaleway_lb_frontend and
// scaleway_lb_acl; https://www.scaleway.com/en/docs/load-balancer/reference-content/acls/
func scalewayClients(g *graph.Graph, l read.Published) []fact.Term[netset.Prefixes] {
	rules := l.OwnBlocks("acl")
	external := l.OwnAttr("external_acls")
	on, known := external.Bool()
	others := g.Referrers(l.Resource, scalewayACL, "frontend_id")
	for _, r := range g.PerhapsReferrers(scalewayACL, "frontend_id") {
		if v := r.Attr("frontend_id"); read.MayBeMade(v) {
			return []fact.Term[netset.Prefixes]{read.Someone(v, "frontend_id")}
		}
	}
	switch {
	case read.Given(external) && !known, on && len(others) == 0, !on && len(others) > 0:
		return []fact.Term[netset.Prefixes]{read.Someone(read.Opaque("the ACLs of "+l.Resource.Addr.String(), l.Resource.Decl), "external_acls")}
	case on:
		rules = nil
	case len(rules) == 0:
		return []fact.Term[netset.Prefixes]{read.Constant(netset.AllAddresses())}
	}
	for _, r := range others {
		if index := r.Attr("index"); !index.Known() {
			return []fact.Term[netset.Prefixes]{read.Someone(index, "index")}
		}
	}
	slices.SortStableFunc(others, func(a, b *graph.Resource) int {
		before, _ := a.Attr("index").Int()
		after, _ := b.Attr("index").Int()
		return before - after
	})
	for _, r := range others {
		rules = append(rules, read.BlockOf(r))
	}
	steps := make([]read.Step, len(rules))
	for i, r := range rules {
		steps[i] = scalewayStep(r)
	}
	rest := read.Opaque("whom none of the ACLs of "+l.Resource.Addr.String()+" is for", l.Resource.Decl)
	return read.FirstMatch(read.Step{Allows: read.Unclear, Attr: "acl", Values: []graph.Value{rest}}, steps...)
}

// scalewayStep reads a rule of a frontend. Without a condition it is for everyone; one on requests, only for some of them.
func scalewayStep(rule graph.Block) read.Step {
	step := read.Step{Allows: read.Unclear, Set: netset.Exactly(netset.AllAddresses()), Attr: "ip_subnet"}
	allows := read.Words{Attr: "type", Yes: []string{"allow", "redirect"}, No: []string{"deny"}, Absent: read.Unclear}
	for _, action := range rule.OwnBlocks("action") {
		step.Allows, _ = allows.Of(action.Object)
		step.Values = []graph.Value{action.OwnAttr("type")}
	}
	for _, match := range rule.OwnBlocks("match") {
		subnets := match.OwnAttr("ip_subnet")
		step.Set, step.Values = read.Sources(read.AnyFamily)(subnets), []graph.Value{subnets}
		invert, inverts := match.OwnAttr("invert"), false
		if read.Given(invert) {
			inverts, _ = invert.Bool()
		}
		if inverts {
			step.Set = netset.ComplementBounds(step.Set)
		}
		filter, _ := match.OwnAttr("http_filter").Text()
		edge, _ := match.OwnAttr("ips_edge_services").Bool()
		if !read.Given(subnets) || edge || filter != "" && filter != "acl_http_filter_none" || read.Given(invert) && !invert.Known() || !match.Certain {
			step.Set = netset.Bounds[netset.Prefixes]{May: netset.AllAddresses()}
			step.Values = append(step.Values, read.Opaque("what an ACL matches", match.At))
		}
	}
	if !rule.Certain {
		step.Set.Must, step.Values = netset.Prefixes{}, append(step.Values, rule.Exists)
	}
	return step
}

func scalewayPublic(g *graph.Graph, l read.Published) (read.Answer, graph.Value) {
	is, by := read.PublicWith("ip_ids", "ip_id", "assign_flexible_ip", "assign_flexible_ipv6")(g, l)
	if v := l.Balancer.OwnAttr("assign_flexible_ip"); is == read.No && !read.Given(v) {
		return read.Unclear, read.Opaque("the address of "+l.Balancer.Addr.String(), l.Balancer.Decl)
	}
	return is, by
}

// scalewayMachines are servers, which are public by addresses that they name or ask for. One without a security group is in
// the project's default one. Bare metal has public addresses and no security groups.
// Source: the provider's pages scaleway_instance_server and scaleway_baremetal_server.
func scalewayMachines() *read.Cloud {
	metal := read.Machine{
		Types: []string{"scaleway_baremetal_server"}, Word: "server", IPv4: read.AlwaysPublic,
		Firewall: read.Ordered("security group"), Unguarded: read.Everyone,
	}
	return read.WaysTo(metal, read.Machine{
		Types: []string{"scaleway_instance_server"}, Word: "server",
		IPv4:     read.PublicWith("ip_id", "ip_ids", "enable_dynamic_ip"),
		Firewall: read.Ordered("security group"), Firewalls: []string{"scaleway_instance_security_group"},
		In: []string{"security_group_id"}, Unguarded: read.Anyone,
	})
}
