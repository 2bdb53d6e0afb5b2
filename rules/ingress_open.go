package rules

import (
	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/reach"
)

// ingressOpen asks whether a firewall rule admits everyone to the port.
func ingressOpen(p reach.Port) *analyzer.Rule {
	return &analyzer.Rule{
		ID:       p.Service + "-ingress-open",
		Title:    p.Title() + " open to everyone",
		Summary:  "A firewall rule lets everyone on the internet reach " + p.OneOf() + ".",
		Help:     page(ingressOpenHelp, p),
		Level:    analyzer.Error,
		Severity: 8.5,
		Tags:     []string{"security", "network", "ingress"},
		Port:     p,
		Run: func(pass *analyzer.Pass) {
			report(pass, fact.Firewall, lets("everyone"), toEveryone)
		},
	}
}

// lets returns the wording for firewalls.
func lets(whom string) func(reach.Port) wording {
	return func(p reach.Port) wording {
		return wording{"lets " + whom + " reach " + p.Label, "may let " + whom + " reach " + p.Label}
	}
}

const ingressOpenHelp = `
## What it finds

A rule of a firewall (a security group, say) that admits everyone on the internet to {{.Port}}, {{.Label}}.
Everyone is at least half of the public IPv4 or IPv6 addresses, so ` + "`0.0.0.0/0`" + ` cut into pieces counts, too, over
one rule or over several rules of one group. A rule for a range of ports or for all protocols counts if it holds {{.Port}}.

## Why it matters

A port that everyone reaches is found and tried within minutes. Only named addresses should reach {{.Label}}.

## How to fix it

Name the addresses that need {{.Label}}, or leave {{.Port}} out of the range.

Before:

` + "```hcl" + `
ingress {
  from_port   = 20
  to_port     = 22
  protocol    = "tcp"
  cidr_blocks = ["0.0.0.0/0"]
}
` + "```" + `

After:

` + "```hcl" + `
ingress {
  from_port   = 22
  to_port     = 22
  protocol    = "tcp"
  cidr_blocks = ["198.51.100.0/24"] # the office
}
` + "```" + `

If the verdict is unknown, the finding names the variable, data source or attribute that decides. Give it a value
with ` + "`--var`" + ` or ` + "`--var-file`" + `, or scan the plan.
`
