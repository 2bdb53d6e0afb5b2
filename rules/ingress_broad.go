package rules

import (
	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/netset"
	"github.com/tfreach/tfreach/analyzer/reach"
)

// ingressBroad asks whether a firewall rule admits a broad public block to the port, short of everyone.
func ingressBroad(p reach.Port) *analyzer.Rule {
	broad := func(s netset.Prefixes) bool { return netset.Broad(s, netset.DefaultBroadIPv4, netset.DefaultBroadIPv6) }
	return &analyzer.Rule{
		ID:       p.Service + "-ingress-broad",
		Title:    p.Label + " open to a broad public block",
		Summary:  "A firewall rule lets a broad block of public addresses, short of everyone, reach " + p.String() + ".",
		Help:     page(ingressBroadHelp, p),
		Level:    analyzer.Warning,
		Severity: 5.0,
		Tags:     []string{"security", "network", "ingress"},
		Port:     p,
		Run: func(pass *analyzer.Pass) {
			report(pass, fact.Firewall, lets("a broad block of public addresses", p), func(openings []opening) []verdict {
				_, rest := ask(openings, netset.Everyone)
				verdicts, _ := ask(rest, broad)
				return verdicts
			})
		},
	}
}

const ingressBroadHelp = `
## What it finds

A rule of a firewall that admits a block of public addresses wider than a /16 (IPv4) or a /32 (IPv6) to {{.Port}},
{{.Label}}, but not everyone: that is the rule ` + "`{{.Service}}-ingress-open`" + `. Private and special-purpose addresses don't count.

## Why it matters

A block of that size belongs to a provider or a whole country's networks, not to the few who need {{.Label}}. Anyone
can rent a machine in it.

## How to fix it

Name the addresses that need {{.Label}}.

Before:

` + "```hcl" + `
cidr_blocks = ["52.0.0.0/8"]
` + "```" + `

After:

` + "```hcl" + `
cidr_blocks = ["52.94.17.0/28"] # the partner's gateways
` + "```" + `
`
