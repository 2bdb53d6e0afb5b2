package azure

import (
	"testing"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/netset"
)

func TestAddress(t *testing.T) {
	const unknown = "unknown"
	for text, want := range map[string]string{
		"*": "0.0.0.0/0, ::/0", "Any": "0.0.0.0/0, ::/0", "INTERNET": "0.0.0.0/0, ::/0",
		"0.0.0.0/0": "0.0.0.0/0", "::/0": "::/0", "10.1.2.3": "10.1.2.3/32", "10.1.2.3/8": "10.0.0.0/8",
		"10.0.0.0-10.0.0.3": "10.0.0.0/30", "10.0.0.0 - 10.0.0.0": "10.0.0.0/32",
		"VirtualNetwork": "none", "azureloadbalancer": "none",
		"0.0.0.0": unknown, "10.0.0.3-10.0.0.0": unknown, "10.0.0.0-::1": unknown, "10.0.0.0-": unknown, "": unknown,
		"AzureCloud": unknown, "Storage.WestEurope": unknown, "/0": unknown, "10.0.0.0/8,11.0.0.0/8": unknown,
	} {
		set, ok := address(text)
		got := set.String()
		if !ok {
			got = unknown
		}
		if got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

// A destination takes the other address family from the sources; only a part of a family is left as destinations.
func TestNarrow(t *testing.T) {
	v4, v6 := read.IPv4.All(), read.IPv6.All()
	ten, err := netset.ParseSource("10.0.0.0/8")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		to            netset.Bounds[netset.Prefixes]
		sources, left string
	}{
		{netset.Bounds[netset.Prefixes]{}, "0.0.0.0/0, ::/0", "none"},
		{netset.Exactly(netset.AllAddresses()), "0.0.0.0/0, ::/0", "none"},
		{netset.Exactly(v4), "0.0.0.0/0", "none"},
		{netset.Exactly(v6), "::/0", "none"},
		{netset.Exactly(ten), "0.0.0.0/0", "10.0.0.0/8"},
		{netset.Exactly(ten.Union(v6)), "0.0.0.0/0, ::/0", "10.0.0.0/8, ::/0"},
		{netset.Bounds[netset.Prefixes]{Must: ten, May: v4}, "0.0.0.0/0", "0.0.0.0/0"},
		{netset.Bounds[netset.Prefixes]{May: netset.AllAddresses()}, "0.0.0.0/0, ::/0", "0.0.0.0/0, ::/0"},
	} {
		rule := &fact.Ingress{Sources: []fact.Term[netset.Prefixes]{read.Constant(netset.AllAddresses())}}
		read.Narrow(rule, test.to)
		if got := rule.Source().Must.String(); got != test.sources {
			t.Errorf("to %v: sources are %s, want %s", test.to, got, test.sources)
		}
		if got := rule.Targets.Addresses.May.String(); got != test.left {
			t.Errorf("to %v: destinations are %s, want %s", test.to, got, test.left)
		}
	}
}
