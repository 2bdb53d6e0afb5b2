package clouds

import (
	"strings"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// panOS describes the rules of PAN-OS security policies. They are between zones, and a configuration doesn't say which networks
// are in a zone, so a rule admits nobody for sure: what it may admit is decided by its zones. Of several rules the first that
// matches decides, which can't open more than each of them.
// Source: the provider's pages panos_security_policy, panos_security_rule_group and panos_security_policy_rules, and those of
// the same name for Panorama.
func panOS() read.Provider {
	policy := read.Dialect{
		Types: []string{
			"panos_security_policy", "panos_security_rule_group", "panos_security_policy_rules", "panos_panorama_security_policy",
			"panos_panorama_security_rule_group",
		},
		Scope:  read.Group("security policy"),
		Blocks: []string{"rule", "rules"},
		Allows: &read.Words{
			Attr: "action", Yes: []string{"allow"}, No: []string{"deny", "drop", "reset-client", "reset-server", "reset-both"},
			Absent: read.Yes,
		},
		Idle: []read.Words{{Attr: "disabled", Yes: []string{"true"}, No: []string{"false"}, Absent: read.No}},
		Protocol: func(graph.Object) fact.Term[netset.Protocols] {
			return read.Constant(read.TCP().Union(netset.Protocol(netset.UDP)))
		},
		Ports:   panOSPorts,
		Sources: panOSSources,
	}
	return read.Provider{Rules: read.Speak(policy)}
}

// panOSPorts reads the services of a rule; application-default are the ports of its applications. Services and applications
// that aren't predefined may have any. Source: the page "Predefined services" and the applications of Palo Alto's Applipedia.
func panOSPorts(o graph.Object) fact.Term[netset.Ports] {
	ports := map[string][]int{
		"service-http": {80, 8080}, "service-https": {443}, "ftp": {21}, "ssh": {22}, "web-browsing": {80}, "ssl": {443}, "ms-rdp": {3389},
	}
	out, unknown := fact.Term[netset.Ports]{}, false
	add := func(attr string) (defaults bool) {
		v := o.OwnAttr(attr)
		out.Attrs, out.Values = append(out.Attrs, attr), append(out.Values, v)
		for _, e := range read.Parts(v) {
			text, known := e.Text()
			of, predefined := ports[strings.ToLower(text)]
			switch {
			case known && text == "application-default":
				defaults = true
			case predefined:
				for _, port := range of {
					out.Set.May = out.Set.May.Union(netset.Port(port))
				}
			default:
				unknown, out.Set.May = true, netset.AllPorts()
			}
		}
		return defaults
	}
	if add("services") {
		add("applications")
	}
	if !unknown {
		out.Set.Must = out.Set.May
	}
	return out
}

// panOSSources reads whom a rule may admit.
func panOSSources(_ *graph.Graph, o graph.Object) []fact.Term[netset.Prefixes] {
	zones := o.OwnAttr("source_zones")
	var names []string
	for _, e := range read.Parts(zones) {
		if text, known := e.Text(); known {
			names = append(names, text)
		}
	}
	zones = zones.Called("which networks are in zone " + strings.Join(names, ", "))
	var out []fact.Term[netset.Prefixes]
	for _, e := range read.Parts(o.OwnAttr("source_addresses")) {
		term := read.Someone(zones, "source_addresses")
		text, _ := e.Text()
		if p, err := netset.ParseSource(text); err == nil {
			term.Set.May = p
		}
		out = append(out, term)
	}
	return out
}
