package google

import (
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// ComputeFirewall reads google_compute_firewall, a rule of a VPC network, as one fact for each allow or deny block. Among equal
// priorities, a deny comes first. Tags and service accounts as sources stand for machines in the network. A rule without any
// source is for all IPv4 addresses. Source: the provider's page google_compute_firewall, and
// https://cloud.google.com/firewall/docs/firewalls
func ComputeFirewall() read.Adapter {
	return read.Adapter{
		Types:    []string{"google_compute_firewall"},
		Reads:    []string{"google_compute_network", "google_service_account"},
		Ingress:  firewallRules(false),
		Outbound: firewallRules(true),
	}
}

// firewallRules returns what reads the rules for one direction.
func firewallRules(outbound bool) func(g *graph.Graph, r *graph.Resource) []*fact.Ingress {
	return func(g *graph.Graph, r *graph.Resource) []*fact.Ingress {
		scope := read.ScopeNamed(g, r, "network", networks(), rules())
		var rules []*fact.Ingress
		add := func(action fact.Action, blocks []graph.Block) {
			for _, b := range blocks {
				if rule := firewallRule(g, r, b, outbound); rule != nil {
					rule.Scope, rule.Action = scope, action
					rules = append(rules, rule)
				}
			}
		}
		add(fact.Allow, r.Blocks("allow"))
		add(fact.Deny, r.Blocks("deny"))
		return rules
	}
}

// rules returns the scope of a VPC network's rules.
func rules() fact.Scope {
	return fact.Scope{ScopeID: fact.ScopeID{Kind: "VPC network"}, Role: fact.Firewall, Order: fact.DenyWins, Selective: true}
}

// networks is how networks are named.
func networks() read.Naming {
	return read.Naming{Types: []string{"google_compute_network"}, Within: []read.Qualifier{inProject(graph.Value{})}}
}

// inProject tells resources of different projects apart, by what whoever names one says, if that isn't its own project. Source:
// https://registry.terraform.io/providers/hashicorp/google/latest/docs/guides/provider_reference
func inProject(says graph.Value) read.Qualifier {
	return read.Qualifier{Attr: "project", Segment: "projects", Says: says, Default: true}
}

// naming is how Google's resources are named: by name, ID or link.
func naming(types ...string) read.Naming {
	return read.Naming{Types: types, Within: []read.Qualifier{inProject(graph.Value{}), {Attr: "region", Segment: "regions"}}}
}

// firewallRule reads an allow or deny block; nil if the rule is off, or for the other direction. The destinations of an outbound
// rule stand for its sources, and its sources for what it is for.
func firewallRule(g *graph.Graph, r *graph.Resource, b graph.Block, outbound bool) *fact.Ingress {
	rule := &fact.Ingress{
		Resource: r, At: b.At,
		Priority: fact.Span{Lo: 1000, Hi: 1000},
		Protocol: read.RequiredProtocol("protocol")(b.Object),
		Ports:    read.PortTexts(b.Object, netset.Exactly(netset.AllPorts()), "ports"),
	}
	rule.Certain, rule.Exists = read.Exists(r, b)
	if v := r.Attr("priority"); read.Given(v) {
		rule.Priority, rule.PriorityBy = read.Span(v, 0, 65535), v
	}
	if !inForce(rule, r.Object, outbound) {
		return nil
	}
	to := "destination_ranges"
	if outbound {
		rule.Sources, to = []fact.Term[netset.Prefixes]{rangesOr(r, to, netset.AllAddresses())}, "source_ranges"
	} else {
		rule.Sources = firewallSources(r)
		rule.Peers = peersOf(g, r.Decl, named{r.Attr("source_tags"), "tag", ""}, named{r.Attr("source_service_accounts"), "service account", "google_service_account"})
	}
	read.Members(&rule.Targets, g, r.Attr("target_tags"), "tag", "")
	read.Members(&rule.Targets, g, r.Attr("target_service_accounts"), "service account", "google_service_account")
	texts(&rule.Targets, g, r.Decl)
	read.Narrow(rule, read.Sources(read.AnyFamily)(r.OwnAttr(to)), r.OwnAttr(to))
	return rule
}

// inForce reports whether a rule is on and for inbound traffic, which are defaults, or on and for outbound traffic.
func inForce(rule *fact.Ingress, o graph.Object, outbound bool) bool {
	direction := read.Words{Attr: "direction", Yes: []string{"ingress"}, No: []string{"egress"}, Absent: read.Yes}
	if outbound {
		direction.Yes, direction.No, direction.Absent = direction.No, direction.Yes, read.No
	}
	return read.Accept(rule, o, direction) &&
		read.Accept(rule, o, read.Words{Attr: "disabled", Yes: []string{"false"}, No: []string{"true"}, Absent: read.Yes})
}

// rangesOr reads an attribute with addresses; without it, all of the others count.
func rangesOr(r *graph.Resource, attr string, others netset.Prefixes) fact.Term[netset.Prefixes] {
	v := r.OwnAttr(attr)
	if !read.Given(v) {
		return read.Constant(others)
	}
	return fact.Term[netset.Prefixes]{
		Set: read.Sources(read.AnyFamily)(v), Attrs: []string{attr}, Values: []graph.Value{v}, Read: read.Sources(read.AnyFamily),
	}
}

// named is an attribute with names of machines of a kind, and the type of what they may be names of.
type named struct {
	v         graph.Value
	kind, typ string
}

// peersOf returns the machines that a rule's sources name, by their tags and service accounts.
func peersOf(g *graph.Graph, at hcl.Range, by ...named) fact.Peers {
	var t fact.Targets
	for _, one := range by {
		if read.Given(one.v) {
			read.Members(&t, g, one.v, one.kind, one.typ)
		}
	}
	texts(&t, g, at)
	out := fact.Peers{Unknown: t.Unknown, By: t.By}
	for _, name := range t.Names {
		out.Scopes = append(out.Scopes, scopeOf(name))
	}
	return out
}

// scopeOf returns what stands for all machines with a name.
func scopeOf(name fact.Name) fact.ScopeID { return fact.ScopeID{Kind: name.Kind, Name: name.Text} }

func firewallSources(r *graph.Resource) []fact.Term[netset.Prefixes] {
	ranges := r.OwnAttr("source_ranges")
	if read.Given(ranges) {
		t := fact.Term[netset.Prefixes]{
			Set: read.Sources(read.AnyFamily)(ranges), Attrs: []string{"source_ranges"}, Values: []graph.Value{ranges}, Read: read.Sources(read.AnyFamily),
		}
		return []fact.Term[netset.Prefixes]{t}
	}
	everyone := read.Constant(read.IPv4.All())
	for _, attr := range []string{"source_tags", "source_service_accounts"} {
		v := r.Attr(attr)
		switch {
		case !read.Given(v):
		case !v.Undecided():
			return nil
		default: // it may turn out to be empty
			everyone.Set.Must = netset.Prefixes{}
			everyone.Attrs, everyone.Values = append(everyone.Attrs, attr), append(everyone.Values, v)
		}
	}
	return []fact.Term[netset.Prefixes]{everyone}
}

// texts resolves the service accounts and networks that targets name by text among the resources of the configuration. If it
// isn't known whether a namesake belongs to another project, it may be the one.
func texts(t *fact.Targets, g *graph.Graph, at hcl.Range) {
	unknown := t.Unknown
	for i, name := range t.Names {
		var project string
		var namesakes []*graph.Resource
		switch name.Kind {
		case "service account":
			local, domain, _ := strings.Cut(name.Text, "@")
			project = strings.TrimSuffix(domain, ".iam.gserviceaccount.com")
			namesakes = g.Named("google_service_account", "account_id", local)
		case "network":
			_, path, _ := strings.Cut(name.Text, "projects/")
			project, _, _ = strings.Cut(path, "/")
			namesakes = g.Named("google_compute_network", "name", name.Text[strings.LastIndexByte(name.Text, '/')+1:])
		}
		for _, r := range namesakes {
			same := fact.Name{Kind: name.Kind, Text: r.Addr.String()}
			switch of, known := r.Attr("project").Text(); {
			case known && strings.EqualFold(of, project):
				t.Names[i] = same
			case (!known || of == "") && !unknown:
				t.Unknown, t.By = true, append(t.By, read.Opaque("the project of "+r.Addr.String(), at))
				t.Perhaps, t.Blind = append(t.Perhaps, same), append(t.Blind, name.Kind)
			}
		}
	}
}
