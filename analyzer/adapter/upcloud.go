package adapter

import (
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// upCloud describes the firewall rules of an UpCloud server, of which the first that matches decides. A last rule that
// matches all is the default; the pages don't say what happens without one.
// Source: the provider's page upcloud_firewall_rules; https://upcloud.com/docs/guides/managing-firewall/
func upCloud() Provider {
	firewall := dialect{
		types:       []string{"upcloud_firewall_rules"},
		scope:       ordered("firewall"),
		blocks:      []string{"firewall_rule"},
		inbound:     &words{attr: "direction", yes: []string{"in"}, no: []string{"out"}, absent: unclear},
		allows:      &words{attr: "action", yes: []string{"accept"}, no: []string{"drop", "reject"}, absent: unclear},
		protocol:    protocolIn("protocol", netset.AllProtocols()),
		ports:       portsBetween("destination_port_start", "destination_port_end"),
		sourcePorts: portsBetween("source_port_start", "source_port_end"),
		sources: func(_ *graph.Graph, o graph.Object) []fact.Term[netset.Prefixes] {
			return []fact.Term[netset.Prefixes]{upCloudAddresses("source")(o)}
		},
		destinations: upCloudAddresses("destination"),
		policy:       &words{absent: unclear},
	}
	return Provider{
		Rules:    speak(firewall),
		UserData: []userData{{types: []string{"upcloud_server"}, attrs: []string{"user_data"}}},
	}
}

// upCloudAddresses reads the range of addresses of one side. A rule without a family is for both, as a default rule is.
func upCloudAddresses(side string) reader[netset.Prefixes] {
	return func(o graph.Object) fact.Term[netset.Prefixes] {
		version := ""
		if given(o.OwnAttr("family")) {
			version = "family"
		}
		return addressRange(o, side+"_address_start", side+"_address_end", version)
	}
}
