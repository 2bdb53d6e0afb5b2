package aws

import (
	"math/rand/v2"
	"testing"

	"github.com/tfreach/tfreach/analyzer/netset"
)

// FuzzSuricata reads random rules in Suricata's language: never a panic, and what a rule surely matches it may match.
func FuzzSuricata(f *testing.F) {
	for _, s := range []string{
		`pass tcp any any -> any 21 (msg:"a;b"; sid:1;)`, `drop tcp [10.0.0.0/8,!10.1.0.0/16] any <> $HOME_NET [20:21,!22] (content:"x"; sid:2;)`,
		"# a\nalert ftp any any -> any any (sid:3;)\nreject ip [[1.2.3.4]] 1: -> ::/0 :5 (sid:4;) (x)", "pass tcp any any -> any 21 \\\n (sid:5;)", "(((", `pass tcp any any -> any any ("`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, c := range []crossing{{to: netset.AllAddresses()}, {from: netset.AllAddresses(), to: netset.AllAddresses()}} {
			for _, s := range suricata(text, c) {
				if !s.matches.Must.SubsetOf(s.matches.May) {
					t.Errorf("%q surely matches what it may not: %+v", text, s)
				}
			}
		}
	})
}

// TestMerged asks random rules in turn, before and after neighbours became one: what each decides first must not change.
func TestMerged(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	decided := func(rules []signature) map[string]netset.Traffic {
		out := map[string]netset.Traffic{}
		left := netset.AllTraffic()
		for _, r := range rules {
			out[r.action] = out[r.action].Union(left.Intersect(r.matches.Must))
			left = left.Difference(r.matches.Must)
		}
		return out
	}
	for range 100 {
		var rules []signature
		for range random.IntN(12) {
			from := random.IntN(100)
			ports := netset.PortRange(from, from+random.IntN(40))
			rules = append(rules, signature{
				[]string{"PASS", "DROP", ""}[random.IntN(3)],
				netset.Exactly(netset.Product(netset.AllAddresses(), netset.Protocol(netset.TCP), ports)),
			})
		}
		was, is := decided(rules), decided(merged(rules))
		for _, action := range []string{"PASS", "DROP", ""} {
			if !was[action].Equal(is[action]) {
				t.Errorf("%v: %q decides %v, want %v", rules, action, is[action], was[action])
			}
		}
	}
}
