package reach_test

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
	"github.com/tfreach/tfreach/analyzer/reach"
)

// benchRule allows or denies, by turns, the n-th block of 256 addresses.
func benchRule(n int, scope fact.Scope) *fact.Ingress {
	block := netip.PrefixFrom(netip.AddrFrom4([4]byte{11 + byte(n>>16), byte(n >> 8), byte(n), 0}), 24)
	action := fact.Allow
	if n%2 == 1 {
		action = fact.Deny
	}
	return &fact.Ingress{
		Resource: &graph.Resource{Addr: graph.Address{Mode: graph.Managed, Type: "rule", Name: fmt.Sprintf("r%05d", n)}},
		Scope:    scope, Certain: true, Action: action, Priority: fact.Span{Lo: n, Hi: n},
		Protocol: fact.Term[netset.Protocols]{Set: netset.Exactly(netset.Protocol(netset.TCP))},
		Ports:    fact.Term[netset.Ports]{Set: netset.Exactly(netset.PortRange(20, 22))},
		Sources:  []fact.Term[netset.Prefixes]{{Set: netset.Exactly(netset.Prefix(block))}},
	}
}

func benchmark(b *testing.B, sizes []int, rule func(n int) *fact.Ingress) {
	for _, size := range sizes {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			rules := make([]*fact.Ingress, size)
			for n := range rules {
				rules[n] = rule(n)
			}
			b.ReportAllocs()
			for b.Loop() {
				if len(reach.Judge(rules, judged)) != 1 {
					b.Fatal("the rules are not one scope")
				}
			}
		})
	}
}

// BenchmarkPriorities judges one scope of rules with distinct priorities and sources, as a network security group.
func BenchmarkPriorities(b *testing.B) {
	scope := fact.Scope{ScopeID: fact.ScopeID{Kind: "network security group", Name: "s"}, Role: fact.Firewall, Order: fact.FirstMatch}
	benchmark(b, []int{1_000, 10_000}, func(n int) *fact.Ingress { return benchRule(n, scope) })
}

// BenchmarkTags judges one network with firewalls for distinct tags.
func BenchmarkTags(b *testing.B) {
	scope := fact.Scope{ScopeID: fact.ScopeID{Kind: "network", Name: "n"}, Role: fact.Firewall, Order: fact.DenyWins}
	benchmark(b, []int{500, 5_000}, func(n int) *fact.Ingress {
		r := benchRule(n, scope)
		r.Targets.Names = []fact.Name{{Kind: "tag", Text: fmt.Sprintf("t%d", n)}}
		return r
	})
}

// BenchmarkShadowed judges a scope whose first rule denies what the others allow, and asks of each why.
func BenchmarkShadowed(b *testing.B) {
	scope := fact.Scope{ScopeID: fact.ScopeID{Kind: "network security group", Name: "s"}, Role: fact.Firewall, Order: fact.FirstMatch}
	for _, size := range []int{1_000, 10_000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			rules := make([]*fact.Ingress, size)
			for n := range rules {
				rules[n] = benchRule(2*n, scope)
			}
			rules[0].Action = fact.Deny
			rules[0].Sources[0].Set = netset.Exactly(netset.AllAddresses())
			b.ReportAllocs()
			for b.Loop() {
				e := reach.Judge(rules, judged)[0]
				for _, shadowed := range e.Shadowed {
					if len(e.Before(shadowed)) != 1 {
						b.Fatal("not shadowed by the first")
					}
				}
			}
		})
	}
}
