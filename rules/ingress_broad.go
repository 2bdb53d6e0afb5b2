package rules

import (
	"slices"

	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/config"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/netset"
	"github.com/tfreach/tfreach/analyzer/reach"
)

// ingressBroad asks whether a firewall rule admits a broad public block to the port, short of everyone.
func ingressBroad(p reach.Port) *analyzer.Rule {
	return &analyzer.Rule{
		ID:       p.Service + "-ingress-broad",
		Title:    p.Title() + " open to a broad public block",
		Summary:  "A firewall rule lets a broad block of public addresses, short of everyone, reach " + p.OneOf() + ".",
		Help:     page(ingressBroadHelp, p),
		Level:    analyzer.Warning,
		Severity: 5.0,
		Tags:     []string{"security", "network", "ingress"},
		Port:     p,
		Run: func(pass *analyzer.Pass) {
			report(pass, fact.Firewall, lets("a broad block of public addresses"), func(openings []opening) []verdict {
				_, rest := ask(openings, netset.Everyone)
				verdicts, _ := ask(withoutTrusted(rest, pass.Settings.Trusted), func(s netset.Prefixes) bool {
					return netset.Broad(s, pass.Settings.BroadIPv4, pass.Settings.BroadIPv6)
				})
				return verdicts
			})
		},
	}
}

// withoutTrusted returns openings without the trusted addresses.
func withoutTrusted(openings []opening, trusted []config.Trusted) []opening {
	if len(trusted) == 0 {
		return openings
	}
	sets := make([]netset.Prefixes, len(trusted))
	for i, t := range trusted {
		sets[i] = t.Set
	}
	known := netset.UnionAll(sets...)
	out := slices.Clone(openings)
	for i := range out {
		out[i].who.Must, out[i].who.May = out[i].who.Must.Difference(known), out[i].who.May.Difference(known)
	}
	return out
}

const ingressBroadHelp = `
## What it finds

A rule of a firewall that admits a block of public addresses wider than a /16 (IPv4) or a /32 (IPv6), or than
the settings say, to {{.Port}},
{{.Label}}, but not everyone: that is the rule ` + "`{{.Service}}-ingress-open`" + `. Private and special-purpose
addresses don't count, nor do those that the settings trust.

## Why it matters

A block of that size belongs to a provider or a whole country's networks, not to the few who need {{.Label}}. Anyone
can rent a machine in it.

## How to fix it

Name the addresses that need {{.Label}}. Where several rules need the same ones, keep them in one list and name that: a
managed prefix list of AWS, an IP group of Azure, an address group of Google Cloud. The finding says which one the rule
takes, and names the addresses that the settings trust.

Before:

` + "```hcl" + `
cidr_blocks = ["52.0.0.0/8"]
` + "```" + `

After:

` + "```hcl" + `
cidr_blocks = ["52.94.17.0/28"] # the partner's gateways
` + "```" + `
`
