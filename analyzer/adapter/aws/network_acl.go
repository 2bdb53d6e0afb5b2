package aws

import (
	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// networkACLs describes network ACLs. Their entries are asked in the order of their numbers, and the last one denies
// everything. A new ACL has no other entries; adopting the default ACL removes those that it had. Source: the provider's pages
// aws_network_acl, aws_network_acl_rule and aws_default_network_acl.
func networkACLs() []read.Dialect {
	numbers := fact.Span{Lo: 1, Hi: 32766}
	acl := read.Dialect{
		Types:    []string{"aws_network_acl", "aws_default_network_acl"},
		Scope:    read.NetworkACL(),
		Blocks:   []string{"ingress"},
		Allows:   &read.Words{Attr: "action", Yes: []string{"allow"}, No: []string{"deny"}, Absent: read.Unclear},
		Priority: &read.Priority{Attr: "rule_no", Absent: numbers, Any: numbers},
		Protocol: read.RequiredProtocol("protocol"), // required
		Ports:    aclPorts,
		Sources:  read.From{IPv4: []string{"cidr_block"}, IPv6: []string{"ipv6_cidr_block"}, None: read.Nobody}.Read,
	}
	rule := acl
	rule.Types, rule.Blocks, rule.In = []string{"aws_network_acl_rule"}, nil, "network_acl_id"
	rule.Reads = []string{"aws_vpc"} // whose default ACL a rule may be for
	rule.Inbound = &read.Words{Attr: "egress", Yes: []string{"false"}, No: []string{"true"}, Absent: read.Yes}
	rule.Allows = &read.Words{Attr: "rule_action", Yes: []string{"allow"}, No: []string{"deny"}, Absent: read.Unclear}
	rule.Priority = &read.Priority{Attr: "rule_number", Absent: numbers, Any: numbers}
	return []read.Dialect{acl, rule}
}

// aclPorts reads from_port and to_port like those of a security group, except that the provider sends 0 if both are left out.
func aclPorts(o graph.Object) fact.Term[netset.Ports] {
	t := ports(o, read.RequiredProtocol("protocol")(o).Set)
	if len(t.Values) > 0 && o.Attr("from_port").Absent() && o.Attr("to_port").Absent() {
		t.Set = netset.Exactly(netset.Port(0))
	}
	return t
}

// replies returns the adapters of what network ACLs let out. Unlike security groups, they don't track connections, so a reply
// needs an entry of its own. Source: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html
func replies() []read.Adapter {
	acls := networkACLs()
	acls[0].Blocks = []string{"egress"}
	acls[1].Inbound = &read.Words{Attr: "egress", Yes: []string{"true"}, No: []string{"false"}, Absent: read.No}
	out := read.Speak(acls...)
	for i := range out {
		out[i].Outbound, out[i].Ingress = out[i].Ingress, nil
	}
	return out
}
