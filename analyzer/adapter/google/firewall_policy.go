package google

import (
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// policy is a resource type that holds rules of a firewall policy.
type policy struct {
	typ string
	// policy is the type of the policy to which the resource adds a rule; empty if the resource is a policy with rules in
	// blocks.
	policy string
	// rules are the blocks with the rules; empty if the resource is a rule.
	rules string
	// layer4, sourceTags and targetTags are nested blocks.
	layer4, sourceTags, targetTags string
}

// policies are the hierarchical, global and regional policies, each with rules as resources and as blocks.
func policies() []policy {
	single := policy{layer4: "layer4_configs", sourceTags: "src_secure_tags", targetTags: "target_secure_tags"}
	inline := policy{rules: "rule", layer4: "layer4_config", sourceTags: "src_secure_tag", targetTags: "target_secure_tag"}
	var out []policy
	for _, policy := range []string{
		"google_compute_firewall_policy", "google_compute_network_firewall_policy",
		"google_compute_region_network_firewall_policy",
	} {
		single.typ, single.policy = policy+"_rule", policy
		inline.typ = policy + "_with_rules"
		out = append(out, single, inline)
	}
	return out
}

// firewallPolicies reads the rules of firewall policies. The first rule that matches decides. goto_next, like a policy without
// a match, leaves the traffic to the next policy or to the network's rules. Source: the provider's pages of the types, and
// https://cloud.google.com/firewall/docs/firewall-policies-rule-eval-order
func firewallPolicies() []read.Adapter {
	var out []read.Adapter
	for _, p := range policies() {
		a := read.Adapter{
			Types:    []string{p.typ},
			Reads:    []string{"google_network_security_address_group", "google_service_account", "google_compute_network", "google_tags_tag_value"},
			Ingress:  func(g *graph.Graph, r *graph.Resource) []*fact.Ingress { return p.directed(g, r, false) },
			Outbound: func(g *graph.Graph, r *graph.Resource) []*fact.Ingress { return p.directed(g, r, true) },
		}
		if p.policy != "" {
			a.Reads = append(a.Reads, p.policy)
		}
		out = append(out, a)
	}
	return out
}

// policyScope returns the scope of a firewall policy's rules.
func policyScope() fact.Scope {
	return fact.Scope{ScopeID: fact.ScopeID{Kind: "firewall policy"}, Role: fact.Firewall, Order: fact.FirstMatch, Selective: true}
}

// directed returns the rules that a resource holds for one direction.
func (p policy) directed(g *graph.Graph, r *graph.Resource, outbound bool) []*fact.Ingress {
	policy := policyScope()
	if p.rules == "" {
		return p.read(g, r, read.ScopeNamed(g, r, "firewall_policy", naming(p.policy), policy), read.BlockOf(r), outbound)
	}
	var rules []*fact.Ingress
	for _, b := range read.Nested(read.BlockOf(r), p.rules) {
		rules = append(rules, p.read(g, r, read.Own(r, policy), b, outbound)...)
	}
	return rules
}

// read returns a fact for each combination of protocol and ports of the rule in a block, if the rule is for the direction.
func (p policy) read(g *graph.Graph, r *graph.Resource, scope fact.Scope, b graph.Block, outbound bool) []*fact.Ingress {
	var rules []*fact.Ingress
	for _, match := range read.Nested(b, "match") {
		for _, l4 := range read.Nested(match, p.layer4) {
			rule := &fact.Ingress{
				Resource: r, Scope: scope, At: b.At,
				Priority: read.Span(b.Attr("priority"), 0, 1<<31-1), PriorityBy: b.Attr("priority"),
				Protocol: read.Term(l4.Object, "ip_protocol", read.Protocol),
				Ports:    read.PortTexts(l4.Object, netset.Exactly(netset.AllPorts()), "ports"),
			}
			rule.Certain, rule.Exists = read.Exists(r, l4)
			if !inForce(rule, b.Object, outbound) || !forMachines(rule, b.Object) {
				return nil
			}
			// apply_security_profile_group lets a service inspect the traffic, which may drop it.
			read.Act(rule, b.Object, "action", read.Actions{"allow": fact.Allow, "deny": fact.Deny, "goto_next": fact.Delegate})
			if outbound {
				rule.Sources = outboundTo(match.Object)
			} else {
				rule.Sources = p.sources(g, match, rule.Action)
				rule.Peers = p.peers(g, match, b)
			}
			read.Members(&rule.Targets, g, b.Attr("target_service_accounts"), "service account", "google_service_account")
			read.Members(&rule.Targets, g, b.Attr("target_resources"), "network", "google_compute_network")
			texts(&rule.Targets, g, b.At)
			for _, tag := range read.Nested(b, p.targetTags) {
				read.Members(&rule.Targets, g, tag.Attr("name"), "secure tag", "google_tags_tag_value")
			}
			if outbound {
				from := match.OwnAttr("src_ip_ranges")
				read.Narrow(rule, read.Sources(read.AnyFamily)(from), from)
			} else {
				to, by := destinations(match.Object)
				read.Narrow(rule, to, by...)
			}
			rules = append(rules, rule)
		}
	}
	return rules
}

// forMachines reports whether a rule is for machines. Rules for internal load balancers don't matter, as these have no address
// on the internet.
func forMachines(rule *fact.Ingress, o graph.Object) bool {
	return read.Accept(rule, o, read.Words{
		Attr: "target_type", Yes: []string{"instances"}, No: []string{"internal_managed_lb"}, Absent: read.Yes,
	})
}

// outboundTo returns the destinations of an outbound match, as sources of a rule; none mean all.
func outboundTo(match graph.Object) []fact.Term[netset.Prefixes] {
	to, by := destinations(match)
	if to.May.Empty() {
		to = netset.Exactly(netset.AllAddresses())
	}
	return []fact.Term[netset.Prefixes]{{Set: to, Attrs: []string{"dest_ip_ranges"}, Values: by}}
}

// peers returns the machines that a match names by secure tags. A match for what is inside of networks may be for any.
func (p policy) peers(g *graph.Graph, match, rule graph.Block) fact.Peers {
	var tags []named
	for _, tag := range read.Nested(match, p.sourceTags) {
		tags = append(tags, named{tag.Attr("name"), "secure tag", "google_tags_tag_value"})
	}
	out := peersOf(g, rule.At, tags...)
	for _, attr := range []string{"src_network_context", "src_network_scope", "src_network_type"} {
		v := match.Attr(attr)
		if text, known := v.Text(); read.Given(v) && (!known || !strings.EqualFold(text, "internet") && !strings.EqualFold(text, "unspecified")) {
			out.Unknown, out.By = true, append(out.By, v)
		}
	}
	return out
}

// opaque returns the attributes of a match whose sources only Google knows, with the word for one of them.
func opaque() []struct{ attr, what string } {
	return []struct{ attr, what string }{
		{"src_region_codes", "region"}, {"src_threat_intelligences", "threat list"}, {"src_fqdns", "host"},
	}
}

// sources returns whom a match is for: the union of what it names, limited by a network context. Source:
// https://cloud.google.com/firewall/docs/understand-network-contexts
func (p policy) sources(g *graph.Graph, match graph.Block, action fact.Action) []fact.Term[netset.Prefixes] {
	ranges := match.Attr("src_ip_ranges")
	terms := []fact.Term[netset.Prefixes]{{
		Set: read.Sources(read.AnyFamily)(ranges), Attrs: []string{"src_ip_ranges"}, Values: []graph.Value{ranges}, Read: read.Sources(read.AnyFamily),
	}}
	addressGroups := read.List{Attr: "src_address_groups", Type: "google_network_security_address_group", Addresses: "items"}
	groups := match.Attr(addressGroups.Attr)
	if read.Given(groups) {
		terms = append(terms, addressGroups.Read(g, groups))
	}
	some := read.Given(ranges) || read.Given(groups) || read.Given(match.Attr("src_networks")) || len(match.Blocks(p.sourceTags)) > 0
	for _, names := range opaque() {
		v := match.Attr(names.attr)
		some = some || read.Given(v)
		if action == fact.Deny && v.Known() && names.attr != "src_region_codes" {
			continue // Lists of threats and hosts are too short for a deny of them to stop everyone.
		}
		terms = append(terms, read.OpaqueLists(v, names.attr, names.what)...)
	}
	return context(match.Object, terms, some)
}

// context limits sources to those of a network context. A context without sources is for everything in it. Google refuses a
// match without either, so it may be for anyone.
func context(o graph.Object, terms []fact.Term[netset.Prefixes], some bool) []fact.Term[netset.Prefixes] {
	attrs := []string{"src_network_context", "src_network_scope", "src_network_type"}
	i := slices.IndexFunc(attrs, func(attr string) bool { return read.Given(o.Attr(attr)) })
	if !some {
		all := read.Constant(netset.AllAddresses())
		if i < 0 {
			all.Set.Must = netset.Prefixes{}
		}
		terms = append(terms, all)
	}
	if i < 0 {
		return terms
	}
	v := o.Attr(attrs[i])
	limit := fact.Term[netset.Prefixes]{Attrs: []string{attrs[i]}, Values: []graph.Value{v}}
	text, _ := v.Text()
	switch strings.ToLower(text) {
	case "internet", "unspecified":
		return terms
	case "non_internet", "intra_vpc", "vpc_networks":
		return []fact.Term[netset.Prefixes]{limit}
	}
	for i := range terms {
		limit.Set.May = limit.Set.May.Union(terms[i].Set.May)
		terms[i].Set.Must = netset.Prefixes{}
	}
	return append(terms, limit)
}

// destinations returns the destinations of a match; none mean all.
func destinations(o graph.Object) (to netset.Bounds[netset.Prefixes], by []graph.Value) {
	by = []graph.Value{o.Attr("dest_ip_ranges")}
	to = read.Sources(read.AnyFamily)(by[0])
	for _, attr := range []string{"dest_address_groups", "dest_fqdns", "dest_region_codes", "dest_threat_intelligences"} {
		if v := o.Attr(attr); read.Given(v) {
			to.May, by = netset.AllAddresses(), append(by, v)
		}
	}
	return to, by
}
