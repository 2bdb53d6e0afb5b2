package adapter

import (
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// awsNetworkACLs describes network ACLs, whose entries are looked at by their numbers, and whose last one denies
// everything. A new ACL has no others; adopting the default one removes those that it had.
// Source: the provider's pages aws_network_acl, aws_network_acl_rule and aws_default_network_acl.
func awsNetworkACLs() []dialect {
	numbers := fact.Span{Lo: 1, Hi: 32766}
	acl := dialect{
		types:    []string{"aws_network_acl", "aws_default_network_acl"},
		scope:    networkACL(),
		blocks:   []string{"ingress"},
		allows:   &words{attr: "action", yes: []string{"allow"}, no: []string{"deny"}, absent: unclear},
		priority: &priority{attr: "rule_no", absent: numbers, any: numbers},
		protocol: protocolIn("protocol", netset.AllProtocols()), // required
		ports:    awsACLPorts,
		sources:  from{ipv4: []string{"cidr_block"}, ipv6: []string{"ipv6_cidr_block"}, none: nobody}.read,
	}
	rule := acl
	rule.types, rule.blocks, rule.in = []string{"aws_network_acl_rule"}, nil, "network_acl_id"
	rule.reads = []string{"aws_vpc"} // whose default ACL a rule may be for
	rule.inbound = &words{attr: "egress", yes: []string{"false"}, no: []string{"true"}, absent: yes}
	rule.allows = &words{attr: "rule_action", yes: []string{"allow"}, no: []string{"deny"}, absent: unclear}
	rule.priority = &priority{attr: "rule_number", absent: numbers, any: numbers}
	return []dialect{acl, rule}
}

// awsACLPorts reads from_port and to_port like those of a security group, but where both are left out, the provider
// sends 0.
func awsACLPorts(o graph.Object) fact.Term[netset.Ports] {
	t := awsPorts(o, protocolIn("protocol", netset.AllProtocols())(o).Set)
	if len(t.Values) > 0 && o.Attr("from_port").Absent() && o.Attr("to_port").Absent() {
		t.Set = netset.Exactly(netset.Port(0))
	}
	return t
}

// awsReplies returns the adapters of what network ACLs let out. Unlike security groups they don't know connections, so
// that a reply needs an entry of its own.
// Source: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html
func awsReplies() []Adapter {
	acls := awsNetworkACLs()
	acls[0].blocks = []string{"egress"}
	acls[1].inbound = &words{attr: "egress", yes: []string{"true"}, no: []string{"false"}, absent: no}
	out := speak(acls...)
	for i := range out {
		out[i].Outbound, out[i].Ingress = out[i].Ingress, nil
	}
	return out
}
