package aws

import (
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// bounded are the attributes that hold a block of a VPC or of a subnet, by the types that have them: of IPv4 it is a /16 to a
// /28, of IPv6 a /44 to a /64.
// Source: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html and
// https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html. Azure and Google Cloud have networks as wide as a /8.
func bounded(typ string) []string {
	switch typ {
	case "aws_vpc", "aws_default_vpc", "aws_subnet", "aws_default_subnet", "aws_vpc_ipv4_cidr_block_association", "aws_vpc_ipv6_cidr_block_association":
		return []string{"cidr_block", "ipv6_cidr_block"}
	}
	return nil
}

// networks reads an attribute with networks. The block of a VPC, or a subnet, which isn't known is small.
func networks(g *graph.Graph, o graph.Object, attr string, f read.Family) fact.Term[netset.Prefixes] {
	t := read.Term(o, attr, read.Networks(f))
	t.Few = read.Few(o.Attr(attr), func(v graph.Value) bool {
		targets, whole := g.Refer(v)
		origins := v.Origins()
		return whole && len(targets) == 1 && targets[0].Resource != nil && len(origins) == 1 &&
			v.Raw().Type() == cty.DynamicPseudoType && // what a function makes of it has a type
			slices.Contains(bounded(targets[0].Resource.Addr.Type), origins[0].Attr)
	})
	return t
}
