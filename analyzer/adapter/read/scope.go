package read

import (
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// Group is a scope of rules that allow only.
func Group(kind string) fact.Scope {
	return fact.Scope{ScopeID: fact.ScopeID{Kind: kind}, Role: fact.Firewall, Order: fact.Union}
}

// Ordered is a scope whose first matching rule decides.
func Ordered(kind string) fact.Scope {
	return fact.Scope{ScopeID: fact.ScopeID{Kind: kind}, Role: fact.Firewall, Order: fact.FirstMatch}
}

// NetworkACL is what filters the traffic of a subnet, in order.
func NetworkACL() fact.Scope {
	return fact.Scope{ScopeID: fact.ScopeID{Kind: "network ACL"}, Role: fact.Filter, Order: fact.FirstMatch}
}

// Ingress is the direction as most clouds have it, in the attribute that they call so.
func Ingress(attr string) *Words {
	return &Words{Attr: attr, Yes: []string{"ingress"}, No: []string{"egress"}, Absent: Unclear}
}

// TCP is the set of protocol TCP alone.
func TCP() netset.Protocols { return netset.Protocol(netset.TCP) }
