package adapter

import (
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// Providers returns what is known of the clouds that have no package of their own, and of Kubernetes, one value per file.
func Providers() []Provider {
	return []Provider{
		oci(), alibaba(), tencent(), huawei(), ibm(), openstack(), digitalOcean(), hetzner(), linode(), vultr(), exoscale(),
		upCloud(), civo(), outscale(), nifcloud(), stackit(), scaleway(), yandex(), ovh(), naver(), kubernetes(),
	}
}

// group is a scope of rules that allow only.
func group(kind string) fact.Scope {
	return fact.Scope{Kind: kind, Role: fact.Firewall, Order: fact.Union}
}

// ordered is a scope whose first matching rule decides.
func ordered(kind string) fact.Scope {
	return fact.Scope{Kind: kind, Role: fact.Firewall, Order: fact.FirstMatch}
}

// networkACL is what filters the traffic of a subnet, in order.
func networkACL() fact.Scope {
	return fact.Scope{Kind: "network ACL", Role: fact.Filter, Order: fact.FirstMatch}
}

// ingress is the direction as most clouds have it, in the attribute that they call so.
func ingress(attr string) *words {
	return &words{attr: attr, yes: []string{"ingress"}, no: []string{"egress"}, absent: unclear}
}

func tcp() netset.Protocols { return netset.Protocol(netset.TCP) }
