package read

import (
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// Group returns a scope whose rules only allow.
func Group(kind string) fact.Scope {
	return fact.Scope{ScopeID: fact.ScopeID{Kind: kind}, Role: fact.Firewall, Order: fact.Union}
}

// Ordered returns a scope in which the first matching rule decides.
func Ordered(kind string) fact.Scope {
	return fact.Scope{ScopeID: fact.ScopeID{Kind: kind}, Role: fact.Firewall, Order: fact.FirstMatch}
}

// NetworkACL returns the scope of a network ACL, which filters a subnet's traffic in order.
func NetworkACL() fact.Scope {
	return fact.Scope{ScopeID: fact.ScopeID{Kind: "network ACL"}, Role: fact.Filter, Order: fact.FirstMatch}
}

// Ingress returns the words for the direction that most clouds use, in an attribute of that name.
func Ingress(attr string) *Words {
	return &Words{Attr: attr, Yes: []string{"ingress"}, No: []string{"egress"}, Absent: Unclear}
}

// TCP returns the set with only TCP.
func TCP() netset.Protocols { return netset.Protocol(netset.TCP) }
