package adapter

import (
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// googlePolicy is a resource type that holds rules of a firewall policy.
type googlePolicy struct {
	typ string
	// policy is the type of the policy that a resource adds a rule to; empty for a policy that has rules in blocks.
	policy string
	// rules are the blocks with the rules; empty for a resource that is one.
	rules string
	// layer4, sourceTags and targetTags are nested blocks.
	layer4, sourceTags, targetTags string
}

// googlePolicies are the hierarchical, global and regional policies, each with rules as resources and as blocks.
func googlePolicies() []googlePolicy {
	single := googlePolicy{layer4: "layer4_configs", sourceTags: "src_secure_tags", targetTags: "target_secure_tags"}
	inline := googlePolicy{rules: "rule", layer4: "layer4_config", sourceTags: "src_secure_tag", targetTags: "target_secure_tag"}
	var out []googlePolicy
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

// googleFirewallPolicies reads the rules of firewall policies. The first rule that matches decides; goto_next leaves the
// traffic to the next policy or to the rules of the network, as does a policy without a match.
// Source: the provider's pages of the types, and
// https://cloud.google.com/firewall/docs/firewall-policies-rule-eval-order
func googleFirewallPolicies() []Adapter {
	var out []Adapter
	for _, p := range googlePolicies() {
		a := Adapter{
			Types:   []string{p.typ},
			Reads:   []string{"google_network_security_address_group", "google_service_account", "google_compute_network", "google_tags_tag_value"},
			Ingress: p.ingress,
		}
		if p.policy != "" {
			a.Reads = append(a.Reads, p.policy)
		}
		out = append(out, a)
	}
	return out
}

// googlePolicyScope is the scope of the rules of a firewall policy.
func googlePolicyScope() fact.Scope {
	return fact.Scope{Kind: "firewall policy", Role: fact.Firewall, Order: fact.FirstMatch, Selective: true}
}

func (p googlePolicy) ingress(g *graph.Graph, r *graph.Resource) []*fact.Ingress {
	policy := googlePolicyScope()
	if p.rules == "" {
		return p.read(g, r, scopeNamed(g, r, "firewall_policy", googleNaming(p.policy), policy), blockOf(r))
	}
	var rules []*fact.Ingress
	for _, b := range nested(blockOf(r), p.rules) {
		rules = append(rules, p.read(g, r, own(r, policy), b)...)
	}
	return rules
}

// read returns a fact for each combination of protocol and ports of the rule in a block.
func (p googlePolicy) read(g *graph.Graph, r *graph.Resource, scope fact.Scope, b graph.Block) []*fact.Ingress {
	var rules []*fact.Ingress
	for _, match := range nested(b, "match") {
		for _, l4 := range nested(match, p.layer4) {
			rule := &fact.Ingress{
				Resource: r, Scope: scope, At: b.At,
				Priority: span(b.Attr("priority"), 0, 1<<31-1), PriorityBy: b.Attr("priority"),
				Protocol: term(l4.Object, "ip_protocol", protocol),
				Ports:    portTexts(l4.Object, netset.Exactly(netset.AllPorts()), "ports"),
			}
			rule.Certain, rule.Exists = exists(r, l4)
			if !googleInForce(rule, b.Object) || !googleForMachines(rule, b.Object) {
				return nil
			}
			// apply_security_profile_group lets a service inspect the traffic, which may drop it.
			act(rule, b.Attr("action"), actions{"allow": fact.Allow, "deny": fact.Deny, "goto_next": fact.Delegate})
			rule.Sources = p.sources(g, match, rule.Action)
			members(&rule.Targets, g, b.Attr("target_service_accounts"), "service account", "google_service_account")
			members(&rule.Targets, g, b.Attr("target_resources"), "network", "google_compute_network")
			googleTexts(&rule.Targets, g, b.At)
			for _, tag := range nested(b, p.targetTags) {
				members(&rule.Targets, g, tag.Attr("name"), "secure tag", "google_tags_tag_value")
			}
			narrow(rule, googleDestinations(match.Object))
			rules = append(rules, rule)
		}
	}
	return rules
}

// googleForMachines is false for a rule for internal load balancers: those have no address on the internet.
func googleForMachines(rule *fact.Ingress, o graph.Object) bool {
	return accept(rule, o, words{
		attr: "target_type", yes: []string{"instances"}, no: []string{"internal_managed_lb"}, absent: yes,
	})
}

// googleOpaque are the attributes of a match whose sources only Google knows, with the word for one of them.
func googleOpaque() []struct{ attr, what string } {
	return []struct{ attr, what string }{
		{"src_region_codes", "region"}, {"src_threat_intelligences", "threat list"}, {"src_fqdns", "host"},
	}
}

// sources returns whom a match is for: the union of what it names, of which a network context picks a part.
// Source: https://cloud.google.com/firewall/docs/understand-network-contexts
func (p googlePolicy) sources(g *graph.Graph, match graph.Block, action fact.Action) []fact.Term[netset.Prefixes] {
	ranges := match.Attr("src_ip_ranges")
	terms := []fact.Term[netset.Prefixes]{{
		Set: sources(anyFamily)(ranges), Attrs: []string{"src_ip_ranges"}, Values: []graph.Value{ranges},
	}}
	addressGroups := list{attr: "src_address_groups", typ: "google_network_security_address_group", addresses: "items"}
	groups := match.Attr(addressGroups.attr)
	if given(groups) {
		terms = append(terms, addressGroups.read(g, groups))
	}
	some := given(ranges) || given(groups) || given(match.Attr("src_networks")) || len(match.Blocks(p.sourceTags)) > 0
	for _, names := range googleOpaque() {
		v := match.Attr(names.attr)
		some = some || given(v)
		if action == fact.Deny && v.Known() && names.attr != "src_region_codes" {
			continue // Lists of threats and hosts are too short for a deny of them to stop everyone.
		}
		terms = append(terms, opaqueLists(v, names.attr, names.what)...)
	}
	return googleContext(match.Object, terms, some)
}

// googleContext limits sources to those of a network context. Without sources, a context is for all that it holds; a
// match with neither is one that Google refuses, so it may be for anyone.
func googleContext(o graph.Object, terms []fact.Term[netset.Prefixes], some bool) []fact.Term[netset.Prefixes] {
	attrs := []string{"src_network_context", "src_network_scope", "src_network_type"}
	i := slices.IndexFunc(attrs, func(attr string) bool { return given(o.Attr(attr)) })
	if !some {
		all := constant(netset.AllAddresses())
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

// googleDestinations returns the destinations of a match; none are all.
func googleDestinations(o graph.Object) netset.Bounds[netset.Prefixes] {
	to := sources(anyFamily)(o.Attr("dest_ip_ranges"))
	for _, attr := range []string{"dest_address_groups", "dest_fqdns", "dest_region_codes", "dest_threat_intelligences"} {
		if given(o.Attr(attr)) {
			to.May = netset.AllAddresses()
		}
	}
	return to
}
