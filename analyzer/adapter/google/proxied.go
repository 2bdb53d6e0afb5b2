package google

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// frontEnds are the addresses from which Google's front ends connect to what is behind a load balancer that is one of them.
// Source: https://cloud.google.com/load-balancing/docs/firewall-rules
func frontEnds() netset.Prefixes {
	return netset.Prefix(netip.MustParsePrefix("130.211.0.0/22")).Union(netset.Prefix(netip.MustParsePrefix("35.191.0.0/16")))
}

// namedPort is the type of what names a port of a group of machines apart from the group.
const namedPort = "google_compute_instance_group_named_port"

// proxied returns the hops behind a proxy to a machine, which sees the address of the proxy in place of the client's. What
// it says to the proxies needs no route of the network.
func (n *network) proxied(m *machine, front front) arrival {
	return n.once(arrivalKey{machine: m, endpoints: front.endpoints, rule: front.rule, service: front.service, by: front.by}, func() []*fact.Hop {
		hop := n.proxyHop(m, front)
		interfaces := n.interfaces(m)
		if len(interfaces) == 0 {
			hop.Doubt(read.Outside("the interfaces of "+m.Addr.String(), graph.Value{At: m.Decl}))
			return []*fact.Hop{hop}
		}
		hops := append(slices.Clip(m.maybe), hop)
		within, decides := n.proxies(front, interfaces[0])
		guard := *n.guard(n.member(m, interfaces[0], read.IPv4), read.IPv4)
		guard.Takes = read.All()
		guard.Why += ", for the proxies of the load balancer, whose addresses it sees in place of the client's"
		guard.Change = "Admit the proxies to open it; name the clients at the load balancer."
		guard.Decides = append(slices.Clip(guard.Decides), decides...)
		if g := guard.Guard; g != nil {
			faced := *g
			faced.Sees = fact.Peer{Masks: true, Within: within}
			guard.Guard = n.guards.Share(faced)
			if len(decides) == 0 { // the rules may admit some of the proxies only
				guard.Decides = append(guard.Decides, read.Outside("which proxy of "+front.rule.Addr.String()+" connects", graph.Value{At: front.rule.Decl}))
			}
		}
		if len(interfaces) > 1 {
			guard.Doubt(read.Outside("which interface of "+m.Addr.String()+" gets the connections", graph.Value{At: m.Decl}))
		}
		return append(hops, &guard)
	})
}

// proxies returns the addresses of the proxies of a load balancer: those of Google's front ends or, of a regional one, those
// of the network's subnets for proxies; all addresses if none is here.
// Source: https://cloud.google.com/load-balancing/docs/proxy-only-subnets
func (n *network) proxies(front front, nic networkInterface) (netset.Prefixes, []graph.Origin) {
	scheme, _ := front.rule.OwnAttr("load_balancing_scheme").Text()
	inside := strings.HasPrefix(strings.ToUpper(scheme), "INTERNAL")
	if front.rule.Addr.Type == "google_compute_global_forwarding_rule" && !inside || strings.EqualFold(scheme, "EXTERNAL") {
		return frontEnds(), nil
	}
	var out netset.Prefixes
	purposes := []string{"REGIONAL_MANAGED_PROXY", "GLOBAL_MANAGED_PROXY", "INTERNAL_HTTPS_LOAD_BALANCER"}
	for _, subnet := range n.t.OfType("google_compute_subnetwork") {
		purpose, _ := subnet.OwnAttr("purpose").Text()
		if !slices.Contains(purposes, purpose) {
			continue
		}
		if network := n.named(subnet, subnet.OwnAttr("network")); network.Known() && network.Name != nic.network.Name {
			continue
		}
		block, _ := subnet.OwnAttr("ip_cidr_range").Text()
		p, err := netip.ParsePrefix(block)
		if err != nil {
			return read.IPv4.All(), read.OriginsOf(subnet.OwnAttr("ip_cidr_range"))
		}
		out = out.Union(netset.Prefix(p.Masked()))
	}
	if out.Empty() {
		return read.IPv4.All(), []graph.Origin{read.Outside("the addresses of the proxies of "+front.rule.Addr.String(), graph.Value{At: front.rule.Decl})}
	}
	return out, nil
}

// proxyHop is the hop of a proxy that hands connections on to a machine, at the port that its backend service names.
// Source: the provider's pages google_compute_backend_service, google_compute_instance_group and google_compute_network_endpoint.
func (n *network) proxyHop(m *machine, front front) *fact.Hop {
	hop := front.hop(m)
	hop.Why = "a proxy hands connections on to " + m.Addr.String()
	hop.Change = "Take the machine out of it to close this way."
	port, by, decides := n.portBehind(m, front)
	if port == fact.AnyPort {
		hop.To = port
		hop.Doubt(decides...)
		return hop
	}
	hop.To = port
	hop.Why += " at port " + read.Told(fmt.Sprint(port), by)
	return hop
}

// portBehind returns the port that a proxy connects to; AnyPort if that isn't known, and what decides it.
func (n *network) portBehind(m *machine, front front) (port int, by graph.Value, decides []graph.Origin) {
	valid := func(v graph.Value) (int, bool) {
		port, known := v.Int()
		return port, known && 0 < port && port <= 65535
	}
	if front.endpoints != nil {
		var ports []graph.Value
		for _, o := range members(front.by.By) {
			if n.isOf(o, m, front.by) {
				v := o.OwnAttr("port")
				if !read.Given(v) {
					v = front.endpoints.OwnAttr("default_port")
				}
				ports = append(ports, v)
			}
		}
		if len(ports) > 0 {
			if port, ok := valid(ports[0]); ok && !slices.ContainsFunc(ports, func(v graph.Value) bool { return !v.Same(ports[0]) }) {
				return port, ports[0], nil
			}
		}
		return fact.AnyPort, graph.Value{}, []graph.Origin{read.Outside("the ports of the endpoints of "+front.endpoints.Addr.String(), graph.Value{At: front.endpoints.Decl})}
	}
	name, at := "http", m.Decl
	if front.service != nil {
		at = front.service.Decl
		if v := front.service.OwnAttr("port_name"); read.Given(v) {
			text, known := v.Text()
			if !known {
				return fact.AnyPort, graph.Value{}, read.OriginsOf(v)
			}
			name = text
		}
	}
	group := m.Resource
	if r := front.by.From.Resource; r != nil && r.Addr.Type == instanceGroup {
		group = r
	}
	var named []graph.Object
	for _, b := range group.OwnBlocks("named_port") {
		named = append(named, b.Object)
	}
	for _, r := range n.t.Referrers(group, namedPort, "group") {
		named = append(named, r.Object)
	}
	for _, o := range named {
		if text, _ := o.OwnAttr("name").Text(); text != name {
			continue
		}
		if port, ok := valid(o.OwnAttr("port")); ok {
			return port, o.OwnAttr("port"), nil
		}
		return fact.AnyPort, graph.Value{}, read.OriginsOf(o.OwnAttr("port"))
	}
	return fact.AnyPort, graph.Value{}, []graph.Origin{read.Outside("the port "+name+" of "+group.Addr.String(), graph.Value{At: at})}
}

// isOf reports whether an endpoint of a group may be that of a machine: it is the one that an edge leads to it by.
func (n *network) isOf(o endpointMember, m *machine, by *graph.Edge) bool {
	if v := o.OwnAttr("instance"); read.Given(v) {
		found, _ := read.Naming{Types: instances()}.Find(n.t.Graph, by.By, v)
		return found == nil || found == m.Resource
	}
	v := o.OwnAttr("ip_address")
	return v.Same(by.To.Value) || !v.Known() && v.At == by.To.Value.At
}
