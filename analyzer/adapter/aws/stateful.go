package aws

import (
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// signature is a stateful rule.
type signature struct {
	// action is PASS, DROP, REJECT or ALERT; empty if it may be any.
	action  string
	matches netset.Bounds[netset.Traffic]
}

// anyRule returns a rule of which nothing is known.
func anyRule() signature { return signature{matches: read.Perhaps()} }

// stateful returns the traffic that a policy's stateful rules let through. By default, rules that pass come before those that
// drop, and what none matches passes. In strict order the first rule decides, and the default action about the rest.
// Source: https://docs.aws.amazon.com/network-firewall/latest/developerguide/suricata-rule-evaluation-order.html
func (n *network) stateful(policy graph.Block, c crossing) netset.Bounds[netset.Traffic] {
	order := read.Words{Attr: "rule_order", Yes: []string{"STRICT_ORDER"}, No: []string{"DEFAULT_ACTION_ORDER"}, Absent: read.No}
	strict := read.No
	for _, b := range policy.OwnBlocks("stateful_engine_options") {
		if strict, _ = order.Of(b.Object); !b.Certain {
			strict = read.Unclear
		}
	}
	rules, sorted := n.signatures(policy, c)
	switch {
	case strict == read.No:
		var passed, dropped netset.Bounds[netset.Traffic]
		slices.SortStableFunc(rules, func(a, b signature) int { return strings.Compare(a.action, b.action) })
		for _, r := range merged(rules) {
			switch r.action {
			case "PASS":
				passed = netset.UnionBounds(passed, r.matches)
			case "DROP", "REJECT":
				dropped = netset.UnionBounds(dropped, r.matches)
			case "ALERT":
			default:
				passed.May, dropped.May = passed.May.Union(r.matches.May), dropped.May.Union(r.matches.May)
			}
		}
		return netset.UnionBounds(passed, netset.ComplementBounds(dropped))
	case strict == read.Unclear || !sorted:
		return read.Perhaps()
	}
	var passed netset.Bounds[netset.Traffic]
	left := netset.Exactly(netset.AllTraffic())
	for _, r := range merged(rules) {
		met := netset.IntersectBounds(left, r.matches)
		switch r.action {
		case "PASS":
			passed = netset.UnionBounds(passed, met)
			left = netset.DifferenceBounds(left, r.matches)
		case "DROP", "REJECT":
			left = netset.DifferenceBounds(left, r.matches)
		case "ALERT":
		default:
			passed.May = passed.May.Union(met.May)
			left.Must = left.Must.Difference(r.matches.May)
		}
	}
	// Of an established connection only the handshake passes, so that nothing is decided.
	defaults, whole := policy.OwnAttr("stateful_default_actions").Elements()
	has := func(words ...string) bool {
		return slices.ContainsFunc(defaults, func(v graph.Value) bool {
			text, known := v.Text()
			return known && slices.Contains(words, text)
		})
	}
	switch {
	case has("aws:drop_strict"):
	case (whole || !read.Given(policy.OwnAttr("stateful_default_actions"))) &&
		!slices.ContainsFunc(defaults, func(v graph.Value) bool {
			text, known := v.Text()
			return !known || !strings.HasPrefix(text, "aws:alert")
		}):
		passed = netset.UnionBounds(passed, left)
	default:
		passed.May = passed.May.Union(left.May)
	}
	return passed
}

// merged makes neighbours with one action one rule: which of them decides makes no difference, and lists of addresses have
// thousands of them.
func merged(rules []signature) (out []signature) {
	for len(rules) > 0 {
		n := 1
		for n < len(rules) && rules[n].action == rules[0].action {
			n++
		}
		must, may := make([]netset.Traffic, n), make([]netset.Traffic, n)
		for i, r := range rules[:n] {
			must[i], may[i] = r.matches.Must, r.matches.May
		}
		matches := netset.Bounds[netset.Traffic]{Must: netset.UnionAll(must...), May: netset.UnionAll(may...)}
		out, rules = append(out, signature{rules[0].action, matches}), rules[n:]
	}
	return out
}

// signatures returns the stateful rules of a policy, in strict order if that is known.
func (n *network) signatures(policy graph.Block, c crossing) (out []signature, sorted bool) {
	type ordered struct {
		priority int
		rules    []signature
	}
	var groups []ordered
	sorted = true
	for _, ref := range policy.OwnBlocks("stateful_rule_group_reference") {
		priority, known := ref.OwnAttr("priority").Int()
		sorted = sorted && known
		group, certain := n.ruleGroup(ref)
		one := ordered{priority: priority}
		if group == nil {
			one.rules = []signature{anyRule()}
		} else {
			one.rules = signaturesIn(*group, c)
		}
		for i := range one.rules {
			if !certain {
				one.rules[i].matches.Must = netset.Traffic{}
			}
			if !certain && len(ref.OwnBlocks("override")) > 0 {
				one.rules[i].action = ""
			}
		}
		groups = append(groups, one)
	}
	slices.SortStableFunc(groups, func(a, b ordered) int { return a.priority - b.priority })
	for _, g := range groups {
		out = append(out, g.rules...)
	}
	return out, sorted
}

func signaturesIn(g graph.Block, c crossing) (out []signature) {
	text := func(v graph.Value) {
		s, known := v.Text()
		if !known {
			out = append(out, anyRule())
			return
		}
		out = append(out, suricata(s, c)...)
	}
	if v := g.OwnAttr("rules"); read.Given(v) {
		text(v)
		return out
	}
	for _, source := range read.Nested(g, "rules_source") {
		if v := source.OwnAttr("rules_string"); read.Given(v) {
			text(v)
		}
		if len(source.OwnBlocks("rules_source_list")) > 0 { // names of hosts in HTTP and TLS
			out = append(out, anyRule())
		}
		for _, rule := range read.Nested(source, "stateful_rule") {
			headers := rule.OwnBlocks("header")
			if len(headers) != 1 {
				out = append(out, anyRule())
				continue
			}
			h := headers[0]
			s := header{
				textOf(rule.OwnAttr("action")), textOf(h.OwnAttr("protocol")), textOf(h.OwnAttr("source")), textOf(h.OwnAttr("source_port")),
				textOf(h.OwnAttr("direction")), textOf(h.OwnAttr("destination")), textOf(h.OwnAttr("destination_port")),
			}
			plain := rule.Certain && h.Certain
			for _, o := range rule.OwnBlocks("rule_option") {
				plain = plain && harmless(textOf(o.OwnAttr("keyword")))
			}
			out = append(out, s.signature(c, plain))
		}
	}
	return out
}

// harmless reports whether an option of a rule doesn't change what the rule matches.
func harmless(keyword string) bool {
	return slices.Contains([]string{"SID", "REV", "MSG", "METADATA", "CLASSTYPE", "REFERENCE"}, keyword)
}

// header is what a rule says before its options, in capitals.
type header struct{ action, protocol, source, sourcePort, direction, destination, destinationPort string }

// signature returns the rule with a header. It isn't plain if its options narrow it, or if it may not be there.
// Source: the provider's page aws_networkfirewall_rule_group.
func (h header) signature(c crossing, plain bool) signature {
	out := signature{action: h.action}
	protocols := netset.Exactly(netset.AllProtocols())
	switch h.protocol {
	case "IP":
	case "TCP":
		protocols = netset.Exactly(read.TCP())
	case "UDP":
		protocols = netset.Exactly(netset.Protocol(netset.UDP))
	default: // what it says is recognised by what is sent, not by ports
		protocols.Must = netset.Protocols{}
	}
	ports := writtenPorts(h.destinationPort)
	out.matches = c.traffic(written(h.source), written(h.destination), protocols, ports)
	switch h.direction {
	case "FORWARD", "->":
	case "ANY", "<>": // also what comes from a client at the port
		if h.source != "ANY" || h.destination != "ANY" || h.destinationPort != "ANY" {
			out.matches.May = netset.Product(netset.AllAddresses(), protocols.May, netset.AllPorts())
		}
	default:
		return anyRule()
	}
	if !plain || h.sourcePort != "ANY" {
		out.matches.Must = netset.Traffic{}
	}
	return out
}

// suricata returns the rules of a text in Suricata's language. What else it says there than headers isn't decided.
func suricata(text string, c crossing) (out []signature) {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		before, options, found := strings.Cut(line, "(")
		f := strings.Fields(strings.ToUpper(before))
		if !found || len(f) != 7 || !strings.HasSuffix(options, ")") {
			out = append(out, anyRule())
			continue
		}
		plain := !strings.Contains(options, `\`)
		for option := range strings.SplitSeq(unquoted(strings.TrimSuffix(options, ")")), ";") {
			keyword, _, _ := strings.Cut(option, ":")
			keyword = strings.ToUpper(strings.TrimSpace(keyword))
			plain = plain && (keyword == "" || harmless(keyword))
		}
		out = append(out, header{f[0], f[1], f[2], f[3], f[4], f[5], f[6]}.signature(c, plain))
	}
	return out
}

// unquoted returns a text without what stands in quotes.
func unquoted(text string) string {
	var b strings.Builder
	for i, part := range strings.Split(text, `"`) {
		if i%2 == 0 {
			b.WriteString(part)
		}
	}
	return b.String()
}
