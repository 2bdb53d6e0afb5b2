package clouds

import (
	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// upCloud describes the firewall rules of an UpCloud server, of which the first that matches decides. A last rule that
// matches all is the default; the pages don't say what happens without one.
// Source: the provider's pages upcloud_firewall_rules and upcloud_firewall_ruleset; https://upcloud.com/docs/guides/managing-firewall/
func upCloud() read.Provider {
	firewall := read.Dialect{
		Types:       []string{"upcloud_firewall_rules"},
		Scope:       read.Ordered("firewall"),
		Blocks:      []string{"firewall_rule"},
		Inbound:     &read.Words{Attr: "direction", Yes: []string{"in"}, No: []string{"out"}, Absent: read.Unclear},
		Allows:      &read.Words{Attr: "action", Yes: []string{"accept"}, No: []string{"drop", "reject"}, Absent: read.Unclear},
		Protocol:    read.ProtocolIn("protocol", netset.AllProtocols()),
		Ports:       read.PortsBetween("destination_port_start", "destination_port_end"),
		SourcePorts: read.PortsBetween("source_port_start", "source_port_end"),
		Sources: func(_ *graph.Graph, o graph.Object) []fact.Term[netset.Prefixes] {
			return []fact.Term[netset.Prefixes]{upCloudAddresses("source")(o)}
		},
		Destinations: upCloudAddresses("destination"),
		Policy:       &read.Words{Absent: read.Unclear},
	}
	ruleset := firewall
	ruleset.Types, ruleset.Blocks = []string{"upcloud_firewall_ruleset"}, []string{"rules"}
	ruleset.Off = &read.Words{Attr: "enabled", Yes: []string{"false"}, No: []string{"true"}, Absent: read.No}
	ruleset.Sources = func(g *graph.Graph, o graph.Object) []fact.Term[netset.Prefixes] {
		if read.Given(o.OwnAttr("source_address_cidr")) {
			return read.From{Addresses: []string{"source_address_cidr"}, None: read.Everyone}.Read(g, o)
		}
		return firewall.Sources(g, o)
	}
	ruleset.Destinations = read.Unless([]string{"destination_address_cidr"}, netset.AllAddresses(), upCloudAddresses("destination"))
	return read.Provider{
		Publishers: upCloudPublishers(),
		Ways:       upCloudMachines(),
		Rules:      read.Speak(firewall, ruleset),
		UserData:   []read.UserData{{Types: []string{"upcloud_server"}, Attrs: []string{"user_data"}}},
	}
}

// upCloudAddresses reads the range of addresses of one side. A rule without a family is for both, as a default rule is.
func upCloudAddresses(side string) read.Reader[netset.Prefixes] {
	return func(o graph.Object) fact.Term[netset.Prefixes] {
		version := ""
		if read.Given(o.OwnAttr("family")) {
			version = "family"
		}
		return read.AddressRange(o, side+"_address_start", side+"_address_end", version)
	}
}

// upCloudPublishers are the frontends of load balancers. One listens on the networks of its load balancer that it names.
// Source: the provider's pages upcloud_loadbalancer, upcloud_loadbalancer_frontend and upcloud_loadbalancer_frontend_rule.
func upCloudPublishers() []read.Publisher {
	return []read.Publisher{{
		Types: []string{"upcloud_loadbalancer_frontend"}, Kind: "frontend", Balancer: "loadbalancer", Of: []string{"upcloud_loadbalancer"},
		Public:   upCloudPublic,
		Protocol: func(graph.Object) fact.Term[netset.Protocols] { return read.Constant(read.TCP()) },
		Ports:    read.PortsIn("port", read.AllPorts),
		Clients:  upCloudClients, Reads: []string{upCloudRule},
	}}
}

const upCloudRule = "upcloud_loadbalancer_frontend_rule"

// upCloudClients reads the rules of a frontend that reject clients by their addresses. Others send them to a backend or answer
// them; whether such a one goes before one that rejects isn't documented for TCP. Source: the provider's page
// upcloud_loadbalancer_frontend_rule.
func upCloudClients(g *graph.Graph, l read.Published) []fact.Term[netset.Prefixes] {
	for _, r := range g.PerhapsReferrers(upCloudRule, "frontend") {
		if v := r.Attr("frontend"); read.MayBeMade(v) {
			return []fact.Term[netset.Prefixes]{read.Someone(v, "frontend")}
		}
	}
	var steps []read.Step
	var other *graph.Resource
	for _, r := range g.Referrers(l.Resource, upCloudRule, "frontend") {
		rejects := false
		for _, actions := range r.OwnBlocks("actions") {
			for _, reject := range actions.OwnBlocks("tcp_reject") {
				step := upCloudRejects(r)
				if !r.Certain || !actions.Certain || !reject.Certain {
					step.Set.Must, step.Values = netset.Prefixes{}, append(step.Values, read.Opaque("whether "+r.Addr.String()+" rejects", r.Decl))
				}
				steps, rejects = append(steps, step), true
			}
		}
		if !rejects {
			other = r
		}
	}
	if other != nil && len(steps) > 0 {
		return []fact.Term[netset.Prefixes]{read.Someone(read.Opaque("what "+other.Addr.String()+" restricts", other.Decl), "frontend")}
	}
	return read.FirstMatch(read.Step{Allows: read.Yes}, steps...)
}

// upCloudRejects reads whom a rule matches: everyone without a condition.
func upCloudRejects(r *graph.Resource) read.Step {
	step := read.Step{Allows: read.No, Set: netset.Exactly(netset.AllAddresses()), Attr: "src_ip"}
	for _, m := range r.OwnBlocks("matchers") {
		addresses, whole := m.OwnBlocks("src_ip"), m.Certain
		for _, name := range []string{
			"body_size", "body_size_range", "cookie", "header", "host", "http_method", "http_status", "num_members_up", "path",
			"request_header", "response_header", "src_port", "src_port_range", "url", "url_param", "url_query",
		} {
			whole = whole && len(m.OwnBlocks(name)) == 0
		}
		step.Set = netset.Bounds[netset.Prefixes]{May: netset.AllAddresses()}
		if !whole || len(addresses) != 1 || !addresses[0].Certain {
			step.Values = []graph.Value{read.Opaque("what "+r.Addr.String()+" matches", r.Decl)}
			continue
		}
		value, inverse := addresses[0].OwnAttr("value"), addresses[0].OwnAttr("inverse")
		step.Values = []graph.Value{value}
		inverts, known := inverse.Bool()
		switch {
		case read.Given(inverse) && !known:
			step.Values = []graph.Value{inverse}
		case inverts:
			step.Set = netset.ComplementBounds(read.Sources(read.AnyFamily)(value))
		default:
			step.Set = read.Sources(read.AnyFamily)(value)
		}
	}
	return step
}

// upCloudPublic says whether a frontend listens on a public network of its load balancer. A load balancer of the
// deprecated kind, which has one network and no names for it, has a public side, too.
func upCloudPublic(_ *graph.Graph, l read.Published) (read.Answer, graph.Value) {
	networks, names := l.Balancer.OwnBlocks("networks"), l.OwnBlocks("networks")
	if len(networks) == 0 {
		return read.Yes, graph.Value{}
	}
	kind := read.Words{Attr: "type", Yes: []string{"public"}, No: []string{"private"}, Absent: read.Unclear}
	is, by := read.No, graph.Value{}
	for _, network := range networks {
		public, v := kind.Of(network.Object)
		if public == read.No {
			continue
		}
		name, known := network.OwnAttr("name").Text()
		listens := len(names) == 0
		for _, n := range names {
			text, ok := n.OwnAttr("name").Text()
			if !ok || !known {
				is, by = read.Unclear, n.OwnAttr("name")
			}
			listens = listens || ok && known && text == name
		}
		switch {
		case listens && public == read.Yes:
			return read.Yes, v
		case listens:
			is, by = read.Unclear, v
		}
	}
	return is, by
}

// upCloudMachines are servers, which have a public address by an interface of that type, or by a floating one. The firewall of
// a server is off unless the server or a ruleset switches it on. Source: the provider's pages upcloud_server,
// upcloud_floating_ip_address and upcloud_firewall_ruleset; https://upcloud.com/docs/guides/managing-firewall/
func upCloudMachines() *read.Cloud {
	const rules, ruleset = "upcloud_firewall_rules", "upcloud_firewall_ruleset"
	return read.WaysTo(read.Machine{
		Types: []string{"upcloud_server"}, Word: "server",
		IPv4:     read.PublicEither(upCloudInterface(read.IPv4), read.PublicThrough("upcloud_floating_ip_address", "mac_address")),
		IPv6:     upCloudInterface(read.IPv6),
		Firewall: read.Ordered("firewall"), Firewalls: []string{rules, ruleset},
		By:        []read.Guarding{{Type: rules, Machines: "server_id"}, {Type: ruleset, Machines: "server_uuid"}},
		Open:      upCloudOpen,
		Unguarded: read.Anyone, // the firewall is on, without a rule that is known
		Reads:     []string{"upcloud_floating_ip_address"},
	})
}

// upCloudInterface says whether a server has a public interface of a family, which is IPv4 by default.
func upCloudInterface(f read.Family) read.Publicity {
	kind := read.Words{Attr: "type", Yes: []string{"public"}, No: []string{"private", "utility"}, Absent: read.Unclear}
	family := read.Words{Attr: "ip_address_family", Yes: []string{"IPv4"}, No: []string{"IPv6"}, Absent: read.Yes}
	if f == read.IPv6 {
		family = read.Words{Attr: "ip_address_family", Yes: []string{"IPv6"}, No: []string{"IPv4"}, Absent: read.No}
	}
	return func(_ *graph.Graph, l read.Published) (read.Answer, graph.Value) {
		is, by := read.No, graph.Value{}
		for _, b := range l.OwnBlocks("network_interface") {
			public, v := kind.Of(b.Object)
			if public == read.No {
				continue
			}
			for _, o := range append([]graph.Block{b}, b.OwnBlocks("additional_ip_address")...) {
				of, w := family.Of(o.Object)
				switch {
				case of == read.No:
				case of == read.Yes && public == read.Yes && b.Certain && o.Certain:
					return read.Yes, v
				case of == read.Unclear:
					is, by = read.Unclear, w
				default:
					is, by = read.Unclear, v
				}
			}
		}
		return is, by
	}
}

// upCloudOpen says whether a server's firewall is off.
func upCloudOpen(g *graph.Graph, l read.Published) (read.Answer, graph.Value) {
	if is, v := read.PublicThrough("upcloud_firewall_ruleset", "server_uuid")(g, l); is != read.No {
		if is == read.Yes {
			is = read.No
		}
		return is, v
	}
	off := read.Words{Attr: "firewall", Yes: []string{"false"}, No: []string{"true"}, Absent: read.Yes}
	return off.Of(l.Object)
}
