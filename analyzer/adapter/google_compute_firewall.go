package adapter

import (
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// googleComputeFirewall reads google_compute_firewall, a rule of a VPC network: one fact for each allow or deny block.
// Among equal priorities a deny goes first. Tags and service accounts as sources are those of machines in the network;
// a rule without any source is for all IPv4 addresses.
// Source: the provider's page google_compute_firewall, and https://cloud.google.com/firewall/docs/firewalls
func googleComputeFirewall() Adapter {
	return Adapter{
		Types: []string{"google_compute_firewall"},
		Reads: []string{"google_compute_network", "google_service_account"},
		Ingress: func(g *graph.Graph, r *graph.Resource) []*fact.Ingress {
			scope := scopeNamed(g, r, "network", googleNetworks(), googleRules())
			var rules []*fact.Ingress
			add := func(action fact.Action, blocks []graph.Block) {
				for _, b := range blocks {
					if rule := googleFirewallRule(g, r, b); rule != nil {
						rule.Scope, rule.Action = scope, action
						rules = append(rules, rule)
					}
				}
			}
			add(fact.Allow, r.Blocks("allow"))
			add(fact.Deny, r.Blocks("deny"))
			return rules
		},
	}
}

// googleRules is the scope of the rules of a VPC network.
func googleRules() fact.Scope {
	return fact.Scope{Kind: "VPC network", Role: fact.Firewall, Order: fact.DenyWins, Selective: true}
}

// googleNetworks is how networks are named.
func googleNetworks() naming {
	return naming{types: []string{"google_compute_network"}, within: []qualifier{{"project", "projects"}}}
}

// googleNaming is how Google's resources are named: by name, ID or link.
func googleNaming(types ...string) naming {
	return naming{types: types, within: []qualifier{{"project", "projects"}, {"region", "regions"}}}
}

// googleFirewallRule reads an allow or deny block; nil if the rule is off, or for outbound traffic.
func googleFirewallRule(g *graph.Graph, r *graph.Resource, b graph.Block) *fact.Ingress {
	rule := &fact.Ingress{
		Resource: r, At: b.At,
		Priority: fact.Span{Lo: 1000, Hi: 1000},
		Protocol: term(b.Object, "protocol", protocol),
		Ports:    portTexts(b.Object, netset.Exactly(netset.AllPorts()), "ports"),
	}
	rule.Certain, rule.Exists = exists(r, b)
	if v := r.Attr("priority"); given(v) {
		rule.Priority, rule.PriorityBy = span(v, 0, 65535), v
	}
	if !googleInForce(rule, r.Object) {
		return nil
	}
	rule.Sources = googleFirewallSources(r)
	members(&rule.Targets, g, r.Attr("target_tags"), "tag", "")
	members(&rule.Targets, g, r.Attr("target_service_accounts"), "service account", "google_service_account")
	googleTexts(&rule.Targets, g, r.Decl)
	narrow(rule, sources(anyFamily)(r.OwnAttr("destination_ranges")))
	return rule
}

// googleInForce says whether a rule is on and for inbound traffic, which are the defaults.
func googleInForce(rule *fact.Ingress, o graph.Object) bool {
	return accept(rule, o, words{attr: "direction", yes: []string{"ingress"}, no: []string{"egress"}, absent: yes}) &&
		accept(rule, o, words{attr: "disabled", yes: []string{"false"}, no: []string{"true"}, absent: yes})
}

func googleFirewallSources(r *graph.Resource) []fact.Term[netset.Prefixes] {
	ranges := r.OwnAttr("source_ranges")
	if given(ranges) {
		t := fact.Term[netset.Prefixes]{
			Set: sources(anyFamily)(ranges), Attrs: []string{"source_ranges"}, Values: []graph.Value{ranges},
		}
		return []fact.Term[netset.Prefixes]{t}
	}
	everyone := constant(ipv4.all())
	for _, attr := range []string{"source_tags", "source_service_accounts"} {
		v := r.Attr(attr)
		switch {
		case !given(v):
		case !v.Undecided():
			return nil
		default: // it may turn out to be empty
			everyone.Set.Must = netset.Prefixes{}
			everyone.Attrs, everyone.Values = append(everyone.Attrs, attr), append(everyone.Values, v)
		}
	}
	return []fact.Term[netset.Prefixes]{everyone}
}

// googleTexts finds the service accounts and networks that targets name by text among the resources of the configuration.
// Namesakes may be of another project, so where that isn't known they may be the ones.
func googleTexts(t *fact.Targets, g *graph.Graph, at hcl.Range) {
	unknown := t.Unknown
	for i, name := range t.Names {
		kind, text, _ := strings.Cut(name, ":")
		var project string
		var namesakes []*graph.Resource
		switch kind {
		case "service account":
			local, domain, _ := strings.Cut(text, "@")
			project = strings.TrimSuffix(domain, ".iam.gserviceaccount.com")
			namesakes = g.Named("google_service_account", "account_id", local)
		case "network":
			_, path, _ := strings.Cut(text, "projects/")
			project, _, _ = strings.Cut(path, "/")
			namesakes = g.Named("google_compute_network", "name", text[strings.LastIndexByte(text, '/')+1:])
		}
		for _, r := range namesakes {
			switch of, known := r.Attr("project").Text(); {
			case known && strings.EqualFold(of, project):
				t.Names[i] = kind + ":" + r.Addr.String()
			case (!known || of == "") && !unknown:
				t.Unknown, t.By = true, append(t.By, opaque("the project of "+r.Addr.String(), at))
				t.Perhaps = append(t.Perhaps, kind+":"+r.Addr.String())
			}
		}
	}
}
