package aws

import (
	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// classic describes the database groups of EC2-Classic. Their rules have no port: they are for that of each database
// in the group, which the group doesn't know. It may be any that Amazon RDS and Amazon Redshift let one choose. (The
// rules of aws_elasticache_security_group name other groups only, never addresses.)
// Source: the provider's pages aws_db_security_group and aws_redshift_security_group, and
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html for the ports 1150 to 65535.
func classic() read.Dialect {
	return read.Dialect{
		Types:    []string{"aws_db_security_group", "aws_redshift_security_group"},
		Scope:    read.Group("security group"),
		Blocks:   []string{"ingress"},
		Protocol: func(graph.Object) fact.Term[netset.Protocols] { return read.Constant(read.TCP()) },
		Ports: func(o graph.Object) fact.Term[netset.Ports] {
			return fact.Term[netset.Ports]{
				Set:   netset.Bounds[netset.Ports]{May: netset.PortRange(1150, 65535)},
				Attrs: []string{"ingress"}, Values: []graph.Value{read.Opaque("port of the databases in the group", o.Attr("cidr").At)},
			}
		},
		Sources: read.From{
			IPv4: []string{"cidr"}, Groups: []string{"security_group_id", "security_group_name"}, None: read.Nobody,
		}.Read,
	}
}
