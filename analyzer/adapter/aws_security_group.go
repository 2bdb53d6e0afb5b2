package adapter

import (
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

func securityGroup() fact.Scope {
	return fact.Scope{Kind: "security group", Role: fact.Firewall, Order: fact.Union}
}

// awsGroupBlocks reads the ingress or egress blocks of aws_security_group and aws_default_security_group. A group without
// any admits nobody, and lets nothing out: the provider removes the rule for that which a new group has, and adopting the
// default group removes those it had.
// Source: the provider's pages aws_security_group and aws_default_security_group.
func awsGroupBlocks(block string) func(g *graph.Graph, r *graph.Resource) []*fact.Ingress {
	return func(g *graph.Graph, r *graph.Resource) []*fact.Ingress {
		scope := own(r, securityGroup())
		var rules []*fact.Ingress
		for _, b := range r.OwnBlocks(block) {
			rule := awsGroupRule(g, r, scope, b)
			rule.Peers = awsPeers(g, scope, b.Object, "security_groups")
			rules = append(rules, rule)
		}
		return rules
	}
}

func awsInlineRules() Adapter {
	return Adapter{
		Types:    []string{"aws_security_group", "aws_default_security_group"},
		Reads:    awsPrefixListTypes(),
		Ingress:  awsGroupBlocks("ingress"),
		Outbound: awsGroupBlocks("egress"),
	}
}

func awsGroupRule(g *graph.Graph, r *graph.Resource, scope fact.Scope, b graph.Block) *fact.Ingress {
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

// awsPeers reads the attribute of a rule that names security groups, and self, which stands for the rule's own one.
func awsPeers(g *graph.Graph, scope fact.Scope, o graph.Object, attr string) fact.Peers {
	var p fact.Peers
	if v := o.OwnAttr(attr); given(v) {
		for _, e := range g.EndsOf(v, true) {
			switch {
			case e.Name == "":
				p.Unknown = true
			case e.Certain:
				p.Names = append(p.Names, e.Name)
				continue
			default:
				p.Perhaps = append(p.Perhaps, e.Name)
			}
			p.By = append(p.By, v)
		}
	}
	self := o.OwnAttr("self")
	switch is, known := self.Bool(); {
	case !given(self):
	case is:
		p.Names = append(p.Names, scope.Name)
	case !known:
		p.Perhaps, p.By = append(p.Perhaps, scope.Name), append(p.By, self)
	}
	return p
}

// awsSecurityGroupRule reads aws_security_group_rule.
func awsSecurityGroupRule() Adapter {
	inDirection := func(direction string) func(g *graph.Graph, r *graph.Resource) []*fact.Ingress {
		return func(g *graph.Graph, r *graph.Resource) []*fact.Ingress {
			is, known := r.Attr("type").Text()
			if known && is != direction {
				return nil
			}
			scope := scopeOf(g, r, "security_group_id", securityGroup())
			rule := awsGroupRule(g, r, scope, graph.Block{Object: r.Object, Certain: known, Exists: r.Attr("type"), At: r.Decl})
			rule.Peers = awsPeers(g, scope, r.Object, "source_security_group_id")
			return awsExclusive(g, rule, direction)
		}
	}
	return Adapter{
		Types:    []string{"aws_security_group_rule"},
		Reads:    append(awsPrefixListTypes(), awsRulesExclusive),
		Ingress:  inDirection("ingress"),
		Outbound: inDirection("egress"),
	}
}

// awsVPCSecurityGroupRules reads aws_vpc_security_group_ingress_rule and aws_vpc_security_group_egress_rule, which have
// exactly one source, or destination.
func awsVPCSecurityGroupRules() []Adapter {
	inDirection := func(direction string) func(g *graph.Graph, r *graph.Resource) []*fact.Ingress {
		return func(g *graph.Graph, r *graph.Resource) []*fact.Ingress {
			proto := term(r.Object, "ip_protocol", protocol)
			scope := scopeOf(g, r, "security_group_id", securityGroup())
			return awsExclusive(g, &fact.Ingress{
				Resource: r, Scope: scope,
				Certain: r.Certain, Exists: r.Exists, Action: fact.Allow, At: r.Decl,
				Protocol: proto,
				Ports:    awsPorts(r.Object, proto.Set),
				Sources: []fact.Term[netset.Prefixes]{
					term(r.Object, "cidr_ipv4", networks(ipv4)),
					term(r.Object, "cidr_ipv6", networks(ipv6)),
					awsPrefixLists(g, r.Object, "prefix_list_id"),
				},
				Peers: awsPeers(g, scope, r.Object, "referenced_security_group_id"),
			}, direction)
		}
	}
	reads := append(awsPrefixListTypes(), awsRulesExclusive)
	return []Adapter{
		{Types: []string{"aws_vpc_security_group_ingress_rule"}, Reads: reads, Ingress: inDirection("ingress")},
		{Types: []string{"aws_vpc_security_group_egress_rule"}, Reads: reads, Outbound: inDirection("egress")},
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
