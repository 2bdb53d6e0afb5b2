package adapter

import (
	"slices"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// others returns the adapters of the clouds that have no list of their own, and of Kubernetes.
func others() []Adapter {
	return slices.Concat(
		speak(oci()...),
		speak(alibaba()...),
		tencent(),
		huawei(),
		ibm(),
		speak(openstack()...),
		speak(digitalOcean(), hetzner(), linode(), vultr(), exoscale(), upCloud(), civo(), outscale(), nifcloud(), stackit()),
		speak(scaleway()...),
		speak(yandex()...),
		ovh(),
		speak(naver()...),
		kubernetes(),
	)
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
