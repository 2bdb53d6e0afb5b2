package rules

import (
	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/reach"
)

// naclIngressOpen asks whether a network ACL, or another filter that admits nobody by itself, passes everyone to the port.
func naclIngressOpen(p reach.Port) *analyzer.Rule {
	return &analyzer.Rule{
		ID:       p.Service + "-nacl-ingress-open",
		Title:    p.Title() + " passed to everyone by a filter",
		Summary:  "A network ACL, or the like, passes traffic from everyone on the internet to " + p.OneOf() + ".",
		Help:     page(naclIngressOpenHelp, p),
		Level:    analyzer.Note,
		Severity: 2.0,
		Tags:     []string{"security", "network", "ingress"},
		Port:     p,
		Run: func(pass *analyzer.Pass) {
			report(pass, fact.Filter, func(p reach.Port) wording {
				return wording{"passes everyone to " + p.Label, "may pass everyone to " + p.Label}
			}, toEveryone)
		},
	}
}

const naclIngressOpenHelp = `
## What it finds

A network ACL that passes everyone on the internet to {{.Port}}, {{.Label}}, by the entries that are looked at before any
which denies it. Everyone is at least half of the public IPv4 or IPv6 addresses. Other filters that admit nobody by
themselves count, too.

## Why it matters

A network ACL alone admits nobody: a security group has to open the port, too. An ACL that holds {{.Label}} back is the
second line of defence when a group opens it by mistake. Many networks do without, and the ACL that clouds make by
default passes everything, so this is a note.

## How to fix it

Deny {{.Port}} with a lower number than that of the entry which allows it, or allow only the ports that are needed.

Before:

` + "```hcl" + `
ingress {
  rule_no    = 100
  action     = "allow"
  protocol   = "-1"
  from_port  = 0
  to_port    = 0
  cidr_block = "0.0.0.0/0"
}
` + "```" + `

After:

` + "```hcl" + `
ingress {
  rule_no    = 100
  action     = "allow"
  protocol   = "tcp"
  from_port  = 443
  to_port    = 443
  cidr_block = "0.0.0.0/0"
}
` + "```" + `
`
