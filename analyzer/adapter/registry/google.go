package registry

import (
	"github.com/tfreach/tfreach/analyzer/adapter/google"
	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
)

// googleModule reads calls of terraform-google-modules/network/google and of its submodules. Its rules have the fields of
// google_compute_firewall. The older argument, for both directions, replaces the newer one if it has any rules.
// Source: https://github.com/terraform-google-modules/terraform-google-network
func googleModule() read.Module {
	return read.Module{
		Source: "terraform-google-modules/network/google",
		Knows:  func(sub string) bool { return sub == googleFirewallRules || googleModel(sub) != "" },
		Model: func(sub, version string) []byte {
			if text := googleModel(sub); text != "" {
				return modelled(text, "1", version)
			}
			return nil
		},
		Ingress: func(g *graph.Graph, m *graph.MissingModule, sub string) []*fact.Ingress {
			switch sub {
			case "":
				return googleModuleRules(g, m, []string{"firewall_rules"}, "firewall_rules")
			case googleFirewallRules:
				return googleModuleRules(g, m, nil, "rules")
			}
			return nil
		},
	}
}

// googleModel returns the model of the module or of a submodule; empty if there is none.
func googleModel(sub string) string {
	switch sub {
	case "":
		return googleNetwork
	case "modules/vpc":
		return googleVPC
	case "modules/subnets":
		return googleSubnets
	}
	return ""
}

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
