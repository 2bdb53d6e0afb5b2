package registry

import (
	"github.com/tfreach/tfreach/analyzer/adapter/google"
	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
)

// googleModule reads calls of terraform-google-modules/network/google and of its submodule for rules. Its rules have the fields
// of google_compute_firewall. The older argument, for both directions, replaces the newer one if it has any rules.
// Source: https://github.com/terraform-google-modules/terraform-google-network
func googleModule() read.Module {
	return read.Module{
		Source: googleNetworkModule,
		Knows:  func(sub string) bool { return sub == "" || sub == googleFirewallRules },
		Model:  from("1", googleNetwork),
		Oldest: "1", // before, there was no argument for rules
		Ingress: func(g *graph.Graph, m *graph.MissingModule, sub string) []*fact.Ingress {
			if sub == "" {
				return googleModuleRules(g, m, []string{"firewall_rules"}, "firewall_rules")
			}
			return googleModuleRules(g, m, nil, "rules")
		},
	}
}

// googleSubmodule is a submodule of which only the model tells what it makes, from a version on.
func googleSubmodule(sub, oldest, text string) read.Module {
	return read.Module{
		Source: googleNetworkModule,
		Knows:  func(called string) bool { return called == sub },
		Model:  func(_, version string) []byte { return modelled(text, oldest, version) },
	}
}

const googleNetworkModule = "terraform-google-modules/network/google"

const googleFirewallRules = "modules/firewall-rules"

// googleModuleRules reads the rules of a call: those of the older argument, else those of ingress_rules.
func googleModuleRules(g *graph.Graph, m *graph.MissingModule, below []string, older string) []*fact.Ingress {
	var rules []*fact.Ingress
	add := func(argument, name string, doubtful bool) (n int) {
		for _, e := range elements(m.Attr(argument)) {
			n++
			o := e.Object()
			key := graph.Any()
			if of, known := o.Attr("name").Text(); known && e.sure {
				key = graph.Name(of)
			}
			r := made(m, below, "google_compute_firewall", name, key)
			r.Decl = e.At
			if !e.sure {
				r.Certain, r.Exists = false, e.Value
			}
			r.Object = o.WithDefaults(map[string]graph.Value{"network": m.Attr("network_name"), "source_ranges": o.Attr("ranges")})
			for _, rule := range google.ComputeFirewall().Ingress(g, r) {
				if doubtful {
					read.Doubt(rule, m.Attr(older))
				}
				rules = append(rules, rule)
			}
		}
		return n
	}
	n := add(older, "rules", false)
	if _, whole := m.Attr(older).Elements(); n == 0 || !whole {
		add("ingress_rules", "rules_ingress_egress", !whole)
	}
	return rules
}
