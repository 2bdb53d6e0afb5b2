package adapter

import (
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

func securityGroup() fact.Scope {
	return fact.Scope{Kind: "security group", Role: fact.Firewall, Order: fact.Union}
}

// awsSecurityGroup reads the ingress blocks of aws_security_group and aws_default_security_group. A group without any
// admits nobody: a new group has no ingress rule, and adopting the default group removes those it had.
// Source: the provider's pages aws_security_group and aws_default_security_group.
func awsSecurityGroup() Adapter {
	return Adapter{
		Types: []string{"aws_security_group", "aws_default_security_group"},
		Reads: awsPrefixListTypes(),
		Ingress: func(g *graph.Graph, r *graph.Resource) []*fact.Ingress {
			scope := own(r, securityGroup())
			var rules []*fact.Ingress
			for _, b := range r.OwnBlocks("ingress") {
				rules = append(rules, awsIngress(g, r, scope, b))
			}
			return rules
		},
	}
}

func awsIngress(g *graph.Graph, r *graph.Resource, scope fact.Scope, b graph.Block) *fact.Ingress {
	proto := term(b.Object, "protocol", protocol)
	certain, exists := exists(r, b)
	return &fact.Ingress{
		Resource: r, Scope: scope, Certain: certain, Exists: exists, Action: fact.Allow, At: b.At, Listed: b.Listed,
		Protocol: proto,
		Ports:    awsPorts(b.Object, proto.Set),
		Sources: []fact.Term[netset.Prefixes]{
			term(b.Object, "cidr_blocks", networks(ipv4)),
			term(b.Object, "ipv6_cidr_blocks", networks(ipv6)),
			awsPrefixLists(g, b.Object, "prefix_list_ids"),
		},
	}
}

// awsSecurityGroupRule reads aws_security_group_rule. Its other source attributes, self and source_security_group_id,
// name members of groups, never the internet.
func awsSecurityGroupRule() Adapter {
	return Adapter{
		Types: []string{"aws_security_group_rule"},
		Reads: append(awsPrefixListTypes(), awsRulesExclusive),
		Ingress: func(g *graph.Graph, r *graph.Resource) []*fact.Ingress {
			direction, known := r.Attr("type").Text()
			if known && direction != "ingress" {
				return nil
			}
			scope := scopeOf(g, r, "security_group_id", securityGroup())
			rule := awsIngress(g, r, scope, graph.Block{Object: r.Object, Certain: known, Exists: r.Attr("type"), At: r.Decl})
			return awsExclusive(g, rule)
		},
	}
}

// awsVPCSecurityGroupIngressRule reads aws_vpc_security_group_ingress_rule, which has exactly one source.
func awsVPCSecurityGroupIngressRule() Adapter {
	return Adapter{
		Types: []string{"aws_vpc_security_group_ingress_rule"},
		Reads: append(awsPrefixListTypes(), awsRulesExclusive),
		Ingress: func(g *graph.Graph, r *graph.Resource) []*fact.Ingress {
			proto := term(r.Object, "ip_protocol", protocol)
			return awsExclusive(g, &fact.Ingress{
				Resource: r, Scope: scopeOf(g, r, "security_group_id", securityGroup()),
				Certain: r.Certain, Exists: r.Exists, Action: fact.Allow, At: r.Decl,
				Protocol: proto,
				Ports:    awsPorts(r.Object, proto.Set),
				Sources: []fact.Term[netset.Prefixes]{
					term(r.Object, "cidr_ipv4", networks(ipv4)),
					term(r.Object, "cidr_ipv6", networks(ipv6)),
					awsPrefixLists(g, r.Object, "prefix_list_id"),
				},
			})
		},
	}
}

// awsPorts reads from_port and to_port. EC2 ignores them for protocol -1 and for every protocol that has no ports; for
// TCP and UDP they are literal, so 0 to 0 is port 0 only.
// Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html
func awsPorts(o graph.Object, proto netset.Bounds[netset.Protocols]) fact.Term[netset.Ports] {
	return awsPortEnds(o.Attr("from_port"), o.Attr("to_port"), proto)
}

func awsPortEnds(from, to graph.Value, proto netset.Bounds[netset.Protocols]) fact.Term[netset.Ports] {
	single := proto.Known() && (proto.Must.Equal(netset.Protocol(netset.TCP)) || proto.Must.Equal(netset.Protocol(netset.UDP)))
	if !single {
		return constant(netset.AllPorts())
	}
	return portEnds(from, to, "from_port", "to_port")
}
