package adapter

import (
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// awsEMR describes what keeps Amazon EMR from making clusters whose security groups admit everyone, but for the ports
// that are permitted. It admits nobody itself, so it is a filter: it passes what a group would have to open.
// Source: the provider's page aws_emr_block_public_access_configuration, and
// https://docs.aws.amazon.com/emr/latest/APIReference/API_BlockPublicAccessConfiguration.html
func awsEMR() dialect {
	return dialect{
		types:  []string{"aws_emr_block_public_access_configuration"},
		scope:  fact.Scope{Kind: "EMR public access block", Role: fact.Filter, Order: fact.Union},
		blocks: []string{"permitted_public_security_group_rule_range"},
		off:    &words{attr: "block_public_security_group_rules", yes: []string{"false"}, no: []string{"true"}, absent: unclear},
		protocol: func(graph.Object) fact.Term[netset.Protocols] {
			return constant(tcp().Union(netset.Protocol(netset.UDP)))
		},
		ports: func(o graph.Object) fact.Term[netset.Ports] {
			if o.Attr("max_range").Absent() {
				return portRange(o, "min_range", "min_range")
			}
			return portRange(o, "min_range", "max_range")
		},
		sources: func(*graph.Graph, graph.Object) []fact.Term[netset.Prefixes] {
			return []fact.Term[netset.Prefixes]{constant(netset.AllAddresses())}
		},
	}
}
