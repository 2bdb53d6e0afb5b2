package rules

import (
	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/reach"
)

// listenerPublic asks whether something that publishes ports itself, such as a load balancer, publishes the port to
// everyone.
func listenerPublic(p reach.Port) *analyzer.Rule {
	return &analyzer.Rule{
		ID:       p.Service + "-listener-public",
		Title:    p.Title() + " published to everyone",
		Summary:  "A load balancer or the like publishes " + p.OneOf() + " to everyone on the internet.",
		Help:     page(listenerPublicHelp, p),
		Level:    analyzer.Error,
		Severity: 8.5,
		Tags:     []string{"security", "network", "ingress"},
		Port:     p,
		Run: func(pass *analyzer.Pass) {
			report(pass, fact.Listener, publishes, toEveryone)
			reportReached(pass, fact.Published, publishes)
		},
	}
}

// publishes returns the wording for what publishes a port.
func publishes(p reach.Port) wording {
	return wording{"publishes " + p.Label + " to everyone", "may publish " + p.Label + " to everyone"}
}

const listenerPublicHelp = `
## What it finds

A load balancer, or what makes one, such as a Kubernetes service of type LoadBalancer, or a container group with an
address of its own, that publishes {{.Port}}, {{.Label}}, to everyone on the internet. Where the ways from the internet
are known, it is found only if one is open. Everyone is at least half of the public IPv4 or IPv6 addresses.

## Why it matters

What is behind the listener is on the internet, although no firewall rule in the configuration says so: the cloud opens
the port along with the listener. A port that everyone reaches is found and tried within minutes.

## How to fix it

Name the addresses that need {{.Label}}, make the load balancer an internal one, or leave the port out.

Before:

` + "```hcl" + `
spec {
  type = "LoadBalancer"
  port {
    port = 21
  }
}
` + "```" + `

After:

` + "```hcl" + `
spec {
  type                        = "LoadBalancer"
  load_balancer_source_ranges = ["198.51.100.0/24"] # the office
  port {
    port = 21
  }
}
` + "```" + `
`
