package rules

import (
	"github.com/tfreach/tfreach/analyzer"
	"github.com/tfreach/tfreach/analyzer/fact"
	"github.com/tfreach/tfreach/analyzer/reach"
)

// hostReachable asks whether a whole way leads from the internet to the port of a machine.
func hostReachable(p reach.Port) *analyzer.Rule {
	return &analyzer.Rule{
		ID:       p.Service + "-host-reachable",
		Title:    p.Title() + " of a machine reachable from the internet",
		Summary:  "A whole path leads from everyone on the internet to " + p.OneOf() + " of a machine.",
		Help:     page(hostReachableHelp, p),
		Level:    analyzer.Error,
		Severity: 9.3,
		Tags:     []string{"security", "network", "path"},
		Port:     p,
		Run: func(pass *analyzer.Pass) {
			words := wording{"is reachable by everyone", "may be reachable by everyone"}
			reportReached(pass, fact.Machine, func(reach.Port) wording { return words })
		},
	}
}

const hostReachableHelp = `
## What it finds

A machine, or a group of them, whose {{.Port}}, {{.Label}}, everyone on the internet reaches: each hop on the way lets
the traffic pass. Everyone is at least half of the public IPv4 or IPv6 addresses. The hops are those of the cloud:

- AWS: the internet gateway, the route table, the network ACL, in and out, a public address, and a rule of a security
  group; or a load balancer in front.
- Azure: a public address, a load balancer's rule or a firewall's DNAT rule, the network security groups of the subnet and
  of the interface, and routes that bring replies back. What a Basic or a Standard address lets in without any group
  differs: Basic is open, Standard is closed.
- Google Cloud: an external address or a forwarding rule, a route to the internet gateway, and the firewall: policies of
  the organization and its folders, rules of the network that are for the machine, and policies of the network.

A hop that lies outside the configuration, such as a network that is given by its ID, is neither open nor closed: the
verdict is unknown, and the finding names what decides. So it is where the texts that set the machine up give it a firewall
of its own (ufw, firewalld, iptables, nftables) and don't surely open the port to everyone there.

## Why it matters

This is an exposed service and not only a rule that could expose one. A port that everyone reaches is found and tried
within minutes.

## How to fix it

Close any hop. Best is the rule that admits everyone: name the addresses that need {{.Label}}. A machine that doesn't
serve the internet needs no public address.

Before:

` + "```hcl" + `
resource "aws_instance" "ftp" {
  subnet_id                   = aws_subnet.public.id
  associate_public_ip_address = true
}
` + "```" + `

After:

` + "```hcl" + `
resource "aws_instance" "ftp" {
  subnet_id                   = aws_subnet.private.id
  associate_public_ip_address = false
}
` + "```" + `

What lies on the way, hop by hop, is printed by ` + "`tfreach path PATH ADDRESS`" + `.
`
