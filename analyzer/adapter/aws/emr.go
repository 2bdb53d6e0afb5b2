package aws

import (
	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// emr describes what keeps Amazon EMR from making clusters whose security groups admit everyone, but for the ports
// that are permitted. It admits nobody itself, so it is a filter: it passes what a group would have to open.
// Source: the provider's page aws_emr_block_public_access_configuration, and
// https://docs.aws.amazon.com/emr/latest/APIReference/API_BlockPublicAccessConfiguration.html
func emr() read.Dialect {
	return read.Dialect{
		Types:  []string{"aws_emr_block_public_access_configuration"},
		Scope:  fact.Scope{ScopeID: fact.ScopeID{Kind: "EMR public access block"}, Role: fact.Filter, Order: fact.Union},
		Blocks: []string{"permitted_public_security_group_rule_range"},
		Off:    &read.Words{Attr: "block_public_security_group_rules", Yes: []string{"false"}, No: []string{"true"}, Absent: read.Unclear},
		Protocol: func(graph.Object) fact.Term[netset.Protocols] {
			return read.Constant(read.TCP().Union(netset.Protocol(netset.UDP)))
		},
		Ports: func(o graph.Object) fact.Term[netset.Ports] {
			if o.Attr("max_range").Absent() {
				return read.PortRange(o, "min_range", "min_range")
			}
			return read.PortRange(o, "min_range", "max_range")
		},
		Sources: func(*graph.Graph, graph.Object) []fact.Term[netset.Prefixes] {
			return []fact.Term[netset.Prefixes]{read.Constant(netset.AllAddresses())}
		},
	}
}
