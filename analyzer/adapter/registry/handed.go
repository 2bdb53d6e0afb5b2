package registry

import (
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// maxHandedDepth limits how deep rules are looked for in an argument.
const maxHandedDepth = 5

// Handed returns the rules that the arguments of a call spell, whatever the module is whose code isn't there: objects with ports
// and sources, by the names that providers and modules have for these. Whether the module makes rules of them isn't known. The
// resource stands for the call. If there are more rules than most, one stands for the others, which may let anyone in anywhere.
func Handed(g *graph.Graph, call *graph.Resource, most int) []*fact.Ingress {
	block := slices.Clone(call.Addr.Module) // all instances of a call have one code
	for i := range block {
		block[i].Key = graph.Key{}
	}
	h := handed{
		g: g, call: call, most: most,
		by: graph.Undecidable(graph.Origin{Kind: graph.FromModule, Name: block.String(), At: call.Decl}),
	}
	call.Arguments(func(name string, v graph.Value) { h.find(name, v, 0) })
	return h.rules
}

// handed finds the rules in the arguments of a call.
type handed struct {
	g    *graph.Graph
	call *graph.Resource
	// most limits the rules.
	most  int
	by    graph.Value
	rules []*fact.Ingress
}

// find adds the rules in a value, which is an argument or lies in one of that name.
func (h *handed) find(name string, v graph.Value, depth int) {
	if depth > maxHandedDepth || len(h.rules) > h.most || outward(name) || v.Absent() || !v.Raw().CanIterateElements() {
		return
	}
	if keyed(v) && h.add(v) {
		return
	}
	for _, e := range elements(v) {
		h.find(keyText(e.key), e.Value, depth+1)
	}
}

// outward reports whether a name says that rules are for what goes out, or that they deny.
func outward(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc([]string{"egress", "outbound", "deny", "block_"}, func(word string) bool { return strings.Contains(name, word) })
}

// add adds the rule that an object is, and reports whether it is one.
func (h *handed) add(v graph.Value) bool {
	o := v.Object()
	given := func(names ...string) []string {
		return slices.DeleteFunc(names, func(name string) bool { return !read.Given(o.Attr(name)) })
	}
	from := read.From{
		Addresses: given("cidr", "cidrs", "cidr_block", "source", "sources", "source_addresses", "source_address_prefix", "source_address_prefixes", "source_cidr", "source_cidrs",
			"source_ranges", "source_ip_ranges", "src_ip_ranges", "ip_range", "ip_ranges", "ranges", "remote_ip_prefix"),
		IPv4: given("cidr_blocks", "cidr_ipv4", "ipv4_cidr_blocks"),
		IPv6: given("ipv6_cidr_blocks", "cidr_ipv6"),
		None: read.Nobody,
	}
	ends := given("from_port", "to_port")
	texts := given("port", "ports", "port_range", "port_ranges", "destination_port_range", "destination_port_ranges", "destination_ports")
	if len(from.Addresses)+len(from.IPv4)+len(from.IPv6) == 0 || len(ends)+len(texts) == 0 {
		return false
	}
	for _, name := range given("type", "direction", "access", "action") {
		if text, known := o.Attr(name).Text(); known && (outward(text) || strings.EqualFold(text, "drop")) {
			return true
		}
	}
	rule := &fact.Ingress{
		Resource: h.call, Action: fact.Allow, Exists: h.by, At: v.At,
		Scope:    fact.Scope{ScopeID: fact.ScopeID{Kind: "module", Name: h.call.Addr.String()}, Role: fact.Firewall, Order: fact.Union},
		Protocol: read.Constant(read.TCP().Union(netset.Protocol(netset.UDP))),
		Sources:  from.Read(h.g, o),
	}
	for _, name := range given("protocol", "ip_protocol") {
		rule.Protocol = read.ProtocolTexts(o, name)
	}
	rule.Ports = read.PortLists(o, netset.Exactly(netset.AllPorts()), texts...)
	if len(ends) > 0 {
		rule.Ports = read.PortRange(o, "from_port", "to_port")
	}
	// What is known of neither who comes in nor where says nothing of the module.
	if rule.Source().Must.Empty() && rule.Ports.Set.Must.Empty() {
		return true
	}
	if len(h.rules) == h.most {
		rule.Protocol, rule.Ports, rule.At = read.Constant(netset.AllProtocols()), read.Constant(netset.AllPorts()), h.call.Decl
		rule.Sources = []fact.Term[netset.Prefixes]{read.Someone(h.by, "the other rules")}
	}
	h.rules = append(h.rules, rule)
	return true
}
