package aws

import (
	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// groupID returns the identity of a security group by its name, or of a VPC's default group by the VPC's name.
func groupID(name string) fact.ScopeID { return fact.ScopeID{Kind: SecurityGroup().Kind, Name: name} }

// SecurityGroup is the scope of a security group.
func SecurityGroup() fact.Scope {
	return fact.Scope{ScopeID: fact.ScopeID{Kind: "security group"}, Role: fact.Firewall, Order: fact.Union}
}

// groupBlocks reads the ingress or egress blocks of aws_security_group and aws_default_security_group. A group without
// any admits nobody, and lets nothing out: the provider removes the rule for that which a new group has, and adopting the
// default group removes those it had.
// Source: the provider's pages aws_security_group and aws_default_security_group.
func groupBlocks(block string) func(g *graph.Graph, r *graph.Resource) []*fact.Ingress {
	return func(g *graph.Graph, r *graph.Resource) []*fact.Ingress {
		scope := read.Own(r, SecurityGroup())
		var rules []*fact.Ingress
		for _, b := range r.OwnBlocks(block) {
			rule := groupRule(g, r, scope, b)
			rule.Peers = peers(g, scope, b.Object, "security_groups")
			rules = append(rules, rule)
		}
		return rules
	}
}

func inlineRules() read.Adapter {
	return read.Adapter{
		Types:    []string{"aws_security_group", "aws_default_security_group"},
		Reads:    prefixListTypes(),
		Ingress:  groupBlocks("ingress"),
		Outbound: groupBlocks("egress"),
	}
}

func groupRule(g *graph.Graph, r *graph.Resource, scope fact.Scope, b graph.Block) *fact.Ingress {
	certain, exists := read.Exists(r, b)
	says := read.Alike(g, b.Object, "a rule of a security group", func(o graph.Object) read.Fields {
		proto := read.RequiredProtocol("protocol")(o)
		return read.Fields{
			Protocol: proto,
			Ports:    ports(o, proto.Set),
			Sources: []fact.Term[netset.Prefixes]{
				networks(g, o, "cidr_blocks", read.IPv4),
				networks(g, o, "ipv6_cidr_blocks", read.IPv6),
				PrefixLists(g, o, "prefix_list_ids"),
			},
		}
	})
	return &fact.Ingress{
		Resource: r, Scope: scope, Certain: certain, Exists: exists, Action: fact.Allow, At: b.At, Listed: b.Listed,
		Protocol: says.Protocol, Ports: says.Ports, Sources: says.Sources,
	}
}

// peers reads the attribute of a rule that names security groups, and the attribute self, which stands for the rule's own
// group.
func peers(g *graph.Graph, scope fact.Scope, o graph.Object, attr string) fact.Peers {
	var p fact.Peers
	if v := o.OwnAttr(attr); read.Given(v) {
		for _, e := range groupEnds(g, g.EndsOf(v, true)) {
			switch {
			case !e.Known():
				p.Unknown = true
			case e.Certain:
				p.Scopes = append(p.Scopes, groupID(e.Name))
				continue
			default:
				p.Perhaps = append(p.Perhaps, groupID(e.Name))
			}
			p.By = append(p.By, v)
		}
	}
	self := o.OwnAttr("self")
	switch is, known := self.Bool(); {
	case !read.Given(self):
	case is:
		p.Scopes = append(p.Scopes, scope.ScopeID)
	case !known:
		p.Perhaps, p.By = append(p.Perhaps, scope.ScopeID), append(p.By, self)
	}
	return p
}

// groupEnds returns the ends that are groups. The source_security_group_id of a classic load balancer is one of the balancer's
// own groups; what other resources that aren't groups have is unknown. Source: SourceSecurityGroup in
// https://docs.aws.amazon.com/elasticloadbalancing/2012-06-01/APIReference/API_LoadBalancerDescription.html
func groupEnds(g *graph.Graph, ends []graph.End) []graph.End {
	var out []graph.End
	for _, e := range ends {
		switch r := e.Resource; {
		case r == nil, isGroup(r.Addr.Type):
			out = append(out, e)
		case r.Addr.Type == "aws_elb" && read.Given(r.OwnAttr("security_groups")):
			of := g.EndsOf(r.OwnAttr("security_groups"), e.Certain)
			for _, one := range of {
				one.Certain = one.Certain && len(of) == 1
				out = append(out, one)
			}
		default:
			out = append(out, graph.End{Value: e.Value})
		}
	}
	return out
}

// isGroup reports whether resources, or data sources, of a type are security groups, or have one: a VPC has its default one.
func isGroup(typ string) bool {
	switch typ {
	case "aws_security_group", "aws_default_security_group", "aws_vpc", "aws_default_vpc":
		return true
	}
	return false
}

// SecurityGroupRule reads aws_security_group_rule.
func SecurityGroupRule() read.Adapter {
	inDirection := func(direction string) func(g *graph.Graph, r *graph.Resource) []*fact.Ingress {
		return func(g *graph.Graph, r *graph.Resource) []*fact.Ingress {
			is, known := r.Attr("type").Text()
			if known && is != direction {
				return nil
			}
			scope := read.ScopeOf(g, r, "security_group_id", SecurityGroup())
			rule := groupRule(g, r, scope, graph.Block{Object: r.Object, Certain: known, Exists: r.Attr("type"), At: r.Decl})
			rule.Peers = peers(g, scope, r.Object, "source_security_group_id")
			return exclusive(g, rule, direction)
		}
	}
	return read.Adapter{
		Types:    []string{"aws_security_group_rule"},
		Reads:    append(prefixListTypes(), rulesExclusive),
		Ingress:  inDirection("ingress"),
		Outbound: inDirection("egress"),
	}
}

// vpcSecurityGroupRules reads aws_vpc_security_group_ingress_rule and aws_vpc_security_group_egress_rule. Each has exactly one
// source or destination.
func vpcSecurityGroupRules() []read.Adapter {
	inDirection := func(direction string) func(g *graph.Graph, r *graph.Resource) []*fact.Ingress {
		return func(g *graph.Graph, r *graph.Resource) []*fact.Ingress {
			proto := read.RequiredProtocol("ip_protocol")(r.Object)
			scope := read.ScopeOf(g, r, "security_group_id", SecurityGroup())
			return exclusive(g, &fact.Ingress{
				Resource: r, Scope: scope,
				Certain: r.Certain, Exists: r.Exists, Action: fact.Allow, At: r.Decl,
				Protocol: proto,
				Ports:    ports(r.Object, proto.Set),
				Sources: []fact.Term[netset.Prefixes]{
					networks(g, r.Object, "cidr_ipv4", read.IPv4),
					networks(g, r.Object, "cidr_ipv6", read.IPv6),
					PrefixLists(g, r.Object, "prefix_list_id"),
				},
				Peers: peers(g, scope, r.Object, "referenced_security_group_id"),
			}, direction)
		}
	}
	reads := append(prefixListTypes(), rulesExclusive)
	return []read.Adapter{
		{Types: []string{"aws_vpc_security_group_ingress_rule"}, Reads: reads, Ingress: inDirection("ingress")},
		{Types: []string{"aws_vpc_security_group_egress_rule"}, Reads: reads, Outbound: inDirection("egress")},
	}
}

// ports reads from_port and to_port. EC2 ignores them for protocol -1 and for every protocol without ports. For TCP and UDP
// they are literal, so 0 to 0 is only port 0. Source:
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html
func ports(o graph.Object, proto netset.Bounds[netset.Protocols]) fact.Term[netset.Ports] {
	return PortEnds(o.Attr("from_port"), o.Attr("to_port"), proto)
}

// PortEnds reads the first and the last port of a rule for some protocols. EC2 ignores them where it ignores from_port and
// to_port.
func PortEnds(from, to graph.Value, proto netset.Bounds[netset.Protocols]) fact.Term[netset.Ports] {
	single := proto.Known() && (proto.Must.Equal(netset.Protocol(netset.TCP)) || proto.Must.Equal(netset.Protocol(netset.UDP)))
	if !single {
		return read.Constant(netset.AllPorts())
	}
	return read.PortEnds(from, to, "from_port", "to_port")
}
