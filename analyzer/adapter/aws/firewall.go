package aws

import (
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

const (
	firewallKind  = "network firewall"
	firewallType  = "aws_networkfirewall_firewall"
	ruleGroupType = "aws_networkfirewall_rule_group"
)

// crossing is a connection as a network firewall sees it.
type crossing struct {
	// from are the addresses that connect, any of which may be the one; the traffic says itself which they are if there are none.
	from netset.Prefixes
	// to are the addresses that are connected to.
	to netset.Prefixes
	// there and back are true if what goes to the addresses, and the replies, pass the firewall.
	there, back bool
}

// firewallAt returns the network firewall of the configuration that an endpoint surely is of; else nil.
func (n *network) firewallAt(endpoint graph.Value) *graph.Resource {
	ends := n.t.End(endpoint, true)
	if len(ends) != 1 || ends[0].Resource == nil || ends[0].Resource.Addr.Mode != graph.Managed ||
		ends[0].Resource.Addr.Type != firewallType {
		return nil
	}
	return ends[0].Resource
}

// inspects returns the hop of a network firewall.
func (n *network) inspects(firewall *graph.Resource, c crossing) *fact.Hop {
	hop := &fact.Hop{
		Kind: firewallKind, Resource: firewall, At: firewall.Decl, Takes: read.Perhaps(),
		Why:     "what it lets through isn't known",
		Change:  "Its rules, or its default actions, decide.",
		Decides: []graph.Origin{read.Outside("what "+firewall.Addr.String()+" lets through", graph.Value{At: firewall.Decl})},
	}
	policy, block := n.policyOf(firewall)
	if policy == nil || !firewall.Certain {
		return hop
	}
	hop.Takes = n.passes(block, c)
	switch {
	case hop.Takes.May.Empty():
		hop.Resource, hop.At = policy, policy.Decl
		hop.Why, hop.Change = "by its stateless default action "+firewall.Addr.String()+" drops everything", "Other stateless_default_actions, or a rule group, would let something pass."
		if len(block.OwnBlocks("stateless_rule_group_reference"))+len(block.OwnBlocks("stateful_rule_group_reference")) > 0 {
			hop.Why = "the rules of " + firewall.Addr.String() + " drop everything"
		}
	case hop.Takes.Must.Equal(netset.AllTraffic()):
		hop.Why = "by " + policy.Addr.String() + " it lets everything pass"
	case hop.Takes.Known() && c.there:
		hop.Resource, hop.At = policy, policy.Decl
		hop.Why, hop.Change = "the rules of "+firewall.Addr.String()+" let a part of what comes in pass", "Another rule, or default action, would change which part."
	case !hop.Takes.May.Equal(netset.AllTraffic()):
		hop.Resource, hop.At = policy, policy.Decl
		hop.Why, hop.Change = "the rules of "+firewall.Addr.String()+" drop some of what comes in", "Another rule, which passes it, would open it."
	case !hop.Takes.Must.Empty():
		hop.Why = "by the rules of " + policy.Addr.String() + " it surely lets some of what comes in pass"
	}
	if hop.Takes.Known() {
		hop.Decides = nil
	}
	return hop
}

// policyOf returns the policy of a network firewall, and what it says; nil if it isn't here for certain.
func (n *network) policyOf(firewall *graph.Resource) (*graph.Resource, graph.Block) {
	if firewall.Addr.Type != firewallType {
		return nil, graph.Block{}
	}
	ends := n.t.End(firewall.OwnAttr("firewall_policy_arn"), true)
	if len(ends) != 1 || ends[0].Resource == nil || ends[0].Resource.Addr.Mode != graph.Managed || !ends[0].Certain {
		return nil, graph.Block{}
	}
	blocks := ends[0].Resource.OwnBlocks("firewall_policy")
	if len(blocks) != 1 || !blocks[0].Certain {
		return nil, graph.Block{}
	}
	return ends[0].Resource, blocks[0]
}

// passes returns what a policy lets through. Packets come to the stateless rules first, each by itself, so that replies need
// rules as well; what these forward comes to the stateful ones, which know connections if they see both directions.
// Source: https://docs.aws.amazon.com/network-firewall/latest/developerguide/firewall-policy-processing.html
func (n *network) passes(policy graph.Block, c crossing) netset.Bounds[netset.Traffic] {
	in, out := n.stateless(policy, c, false), n.stateless(policy, c, true)
	stateful := n.stateful(policy, c)
	takes := read.Perhaps()
	if c.there {
		takes.May = takes.May.Difference(in.dropped.Must).Difference(in.forwarded.Must.Difference(stateful.May))
	}
	if c.back {
		takes.May = takes.May.Difference(out.dropped.Must)
	}
	switch {
	case c.there && c.back:
		takes.Must = in.passed.Must.Intersect(out.passed.Must).Union(in.forwarded.Must.Intersect(out.forwarded.Must).Intersect(stateful.Must))
	case c.there:
		takes.Must = in.passed.Must
	case c.back:
		takes.Must = out.passed.Must
	}
	takes.Must = takes.Must.Intersect(takes.May)
	return takes
}

// sorted is what stateless rules do with packets.
type sorted struct{ passed, dropped, forwarded netset.Bounds[netset.Traffic] }

// add sorts packets by the words of an action. Custom actions stand beside one of the three, and change nothing.
func (s *sorted) add(actions graph.Value, packets netset.Bounds[netset.Traffic]) {
	words, whole := actions.Elements()
	for _, by := range []struct {
		action string
		to     *netset.Bounds[netset.Traffic]
	}{{"aws:pass", &s.passed}, {"aws:drop", &s.dropped}, {"aws:forward_to_sfe", &s.forwarded}} {
		surely, perhaps := false, !whole
		for _, w := range words {
			text, known := w.Text()
			surely, perhaps = surely || known && text == by.action, perhaps || !known || text == by.action
		}
		if surely {
			by.to.Must = by.to.Must.Union(packets.Must)
		}
		if perhaps {
			by.to.May = by.to.May.Union(packets.May)
		}
	}
}

// stateless returns what a policy's stateless rules do with packets, or with replies: the first rule that matches decides, by
// the priorities of groups and rules, else the default action. Fragments of UDP have a default action of their own.
func (n *network) stateless(policy graph.Block, c crossing, replies bool) sorted {
	type ordered struct {
		group, rule int
		definition  graph.Block
		certain     bool
	}
	var rules []ordered
	unknown := sorted{read.Perhaps(), read.Perhaps(), read.Perhaps()}
	for _, ref := range policy.OwnBlocks("stateless_rule_group_reference") {
		priority, known := ref.OwnAttr("priority").Int()
		group, certain := n.ruleGroup(ref)
		if !known || group == nil {
			return unknown
		}
		for _, source := range read.Nested(*group, "rules_source") {
			for _, all := range read.Nested(source, "stateless_rules_and_custom_actions") {
				for _, rule := range read.Nested(all, "stateless_rule") {
					at, known := rule.OwnAttr("priority").Int()
					definitions := read.Nested(rule, "rule_definition")
					if !known || len(definitions) != 1 {
						return unknown
					}
					rules = append(rules, ordered{priority, at, definitions[0], certain && definitions[0].Certain})
				}
			}
		}
	}
	slices.SortStableFunc(rules, func(a, b ordered) int {
		if a.group != b.group {
			return a.group - b.group
		}
		return a.rule - b.rule
	})
	var out sorted
	left := netset.Exactly(netset.AllTraffic())
	for _, r := range rules {
		matched := statelessly(r.definition, c, replies)
		if !r.certain {
			matched.Must = netset.Traffic{}
		}
		out.add(r.definition.OwnAttr("actions"), netset.IntersectBounds(left, matched))
		left = netset.DifferenceBounds(left, matched)
	}
	out.add(policy.OwnAttr("stateless_default_actions"), left)
	var fragments sorted
	fragments.add(policy.OwnAttr("stateless_fragment_default_actions"), netset.Exactly(netset.AllTraffic()))
	if fragments.dropped.Must.Empty() {
		datagrams := netset.Product(netset.AllAddresses(), netset.Protocol(netset.UDP), netset.AllPorts())
		out.dropped.Must = out.dropped.Must.Difference(datagrams)
		out.forwarded.Must = out.forwarded.Must.Difference(datagrams)
	}
	return out
}

// ruleGroup returns the rules of a group that a policy refers to, and whether they surely apply as they stand; nil if they aren't in
// the configuration.
func (n *network) ruleGroup(ref graph.Block) (rules *graph.Block, certain bool) {
	ends := n.t.End(ref.OwnAttr("resource_arn"), true)
	if len(ends) != 1 || ends[0].Resource == nil || ends[0].Resource.Addr.Type != ruleGroupType || ends[0].Resource.Addr.Mode != graph.Managed {
		return nil, false
	}
	certain = ref.Certain && ends[0].Certain && len(ref.OwnBlocks("override")) == 0
	if read.Given(ends[0].Resource.OwnAttr("rules")) {
		whole := read.BlockOf(ends[0].Resource)
		return &whole, certain
	}
	blocks := ends[0].Resource.OwnBlocks("rule_group")
	if len(blocks) != 1 {
		return nil, false
	}
	return &blocks[0], certain && blocks[0].Certain
}

// statelessly returns the packets that a stateless rule matches. Clients choose the ports that they connect from, so a rule about
// these matches perhaps. Source: the provider's page aws_networkfirewall_rule_group.
func statelessly(definition graph.Block, c crossing, replies bool) netset.Bounds[netset.Traffic] {
	var out netset.Bounds[netset.Traffic]
	matches := read.Nested(definition, "match_attributes")
	if len(matches) != 1 {
		return read.Perhaps()
	}
	m := matches[0]
	client, server, clientPorts, serverPorts := "source", "destination", "source_port", "destination_port"
	if replies {
		client, server, clientPorts, serverPorts = server, client, serverPorts, clientPorts
	}
	addresses := func(name string) netset.Bounds[netset.Prefixes] {
		blocks := read.Nested(m, name)
		if len(blocks) == 0 {
			return netset.Exactly(netset.AllAddresses())
		}
		var set netset.Bounds[netset.Prefixes]
		for _, b := range blocks {
			one := written(textOf(b.OwnAttr("address_definition")))
			if !b.Certain {
				one.Must = netset.Prefixes{}
			}
			set = netset.UnionBounds(set, one)
		}
		return set
	}
	ports := func(name string) netset.Bounds[netset.Ports] {
		blocks := read.Nested(m, name)
		if len(blocks) == 0 {
			return netset.Exactly(netset.AllPorts())
		}
		var set netset.Bounds[netset.Ports]
		for _, b := range blocks {
			from, known := b.OwnAttr("from_port").Int()
			to, both := b.OwnAttr("to_port").Int()
			if !read.Given(b.OwnAttr("to_port")) {
				to, both = from, known
			}
			if !known || !both || from < 0 || to > 65535 || from > to {
				set.May = netset.AllPorts()
				continue
			}
			one := netset.PortRange(from, to)
			set.May = set.May.Union(one)
			if b.Certain {
				set.Must = set.Must.Union(one)
			}
		}
		return set
	}
	protocols := netset.Exactly(netset.AllProtocols())
	if v := m.OwnAttr("protocols"); read.Given(v) {
		numbers, whole := v.Elements()
		var must, may netset.Protocols
		for _, e := range numbers {
			number, known := e.Int()
			if whole = whole && known && number >= 0 && number <= 255; whole {
				must = must.Union(netset.Protocol(uint8(number))) //nolint:gosec // compared with the bounds
			}
		}
		if may = must; !whole {
			may = netset.AllProtocols()
		}
		if len(numbers) > 0 || !whole {
			protocols = netset.Bounds[netset.Protocols]{Must: must, May: may}
		}
	}
	out = c.traffic(addresses(client), addresses(server), protocols, ports(serverPorts))
	chosen := ports(clientPorts)
	if !m.Certain || len(m.OwnBlocks("tcp_flag")) > 0 || !netset.PortRange(1, 65535).SubsetOf(chosen.Must) {
		out.Must = netset.Traffic{}
	}
	return out
}

// traffic returns the connections among clients, servers, protocols and the servers' ports that a crossing is of.
func (c crossing) traffic(
	clients, servers netset.Bounds[netset.Prefixes], protocols netset.Bounds[netset.Protocols], ports netset.Bounds[netset.Ports],
) netset.Bounds[netset.Traffic] {
	if !c.from.Empty() { // somebody else's address stands for the clients'
		switch {
		case c.from.SubsetOf(clients.Must):
			clients = netset.Exactly(netset.AllAddresses())
		case c.from.Overlaps(clients.May):
			clients = netset.Bounds[netset.Prefixes]{May: netset.AllAddresses()}
		default:
			clients = netset.Bounds[netset.Prefixes]{}
		}
	}
	var out netset.Bounds[netset.Traffic]
	if c.to.SubsetOf(servers.Must) {
		out.Must = netset.Product(clients.Must, protocols.Must, ports.Must)
	}
	if c.to.Overlaps(servers.May) {
		out.May = netset.Product(clients.May, protocols.May, ports.May)
	}
	return out
}

func textOf(v graph.Value) string {
	text, known := v.Text()
	if !known {
		return ""
	}
	return strings.ToUpper(strings.TrimSpace(text))
}

// written returns the addresses that a rule's text stands for. Variables and negations aren't decided.
func written(text string) netset.Bounds[netset.Prefixes] {
	unknown := netset.Bounds[netset.Prefixes]{May: netset.AllAddresses()}
	if text == "ANY" {
		return netset.Exactly(netset.AllAddresses())
	}
	var out netset.Prefixes
	for one := range strings.SplitSeq(strings.Trim(text, "[]"), ",") {
		p, err := netset.ParseSource(strings.TrimSpace(one))
		if err != nil {
			return unknown
		}
		out = out.Union(p)
	}
	return netset.Exactly(out)
}

// writtenPorts returns the ports that a rule's text stands for.
func writtenPorts(text string) netset.Bounds[netset.Ports] {
	if text == "ANY" {
		return netset.Exactly(netset.AllPorts())
	}
	var out netset.Ports
	for one := range strings.SplitSeq(strings.Trim(text, "[]"), ",") {
		p, err := netset.ParsePorts(strings.ReplaceAll(strings.TrimSpace(one), ":", "-"))
		if err != nil {
			return netset.Bounds[netset.Ports]{May: netset.AllPorts()}
		}
		out = out.Union(p)
	}
	return netset.Exactly(out)
}
