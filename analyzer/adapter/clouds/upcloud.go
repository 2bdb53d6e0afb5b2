package clouds

import (
	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// upCloud describes the firewall rules of an UpCloud server, of which the first that matches decides. A last rule that
// matches all is the default; the pages don't say what happens without one.
// Source: the provider's page upcloud_firewall_rules; https://upcloud.com/docs/guides/managing-firewall/
func upCloud() read.Provider {
	firewall := read.Dialect{
		Types:       []string{"upcloud_firewall_rules"},
		Scope:       read.Ordered("firewall"),
		Blocks:      []string{"firewall_rule"},
		Inbound:     &read.Words{Attr: "direction", Yes: []string{"in"}, No: []string{"out"}, Absent: read.Unclear},
		Allows:      &read.Words{Attr: "action", Yes: []string{"accept"}, No: []string{"drop", "reject"}, Absent: read.Unclear},
		Protocol:    read.ProtocolIn("protocol", netset.AllProtocols()),
		Ports:       read.PortsBetween("destination_port_start", "destination_port_end"),
		SourcePorts: read.PortsBetween("source_port_start", "source_port_end"),
		Sources: func(_ *graph.Graph, o graph.Object) []fact.Term[netset.Prefixes] {
			return []fact.Term[netset.Prefixes]{upCloudAddresses("source")(o)}
		},
		Destinations: upCloudAddresses("destination"),
		Policy:       &read.Words{Absent: read.Unclear},
	}
	return read.Provider{
		Rules:    read.Speak(firewall),
		UserData: []read.UserData{{Types: []string{"upcloud_server"}, Attrs: []string{"user_data"}}},
	}
}

// upCloudAddresses reads the range of addresses of one side. A rule without a family is for both, as a default rule is.
func upCloudAddresses(side string) read.Reader[netset.Prefixes] {
	return func(o graph.Object) fact.Term[netset.Prefixes] {
		version := ""
		if read.Given(o.OwnAttr("family")) {
			version = "family"
		}
		return read.AddressRange(o, side+"_address_start", side+"_address_end", version)
	}
}
