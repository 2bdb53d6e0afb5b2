package fact

import (
	"github.com/tfreach/tfreach/analyzer/graph"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// Host is something with addresses in a network, from which connections start and to which they lead: a machine, a group of
// equal machines, a listener of a load balancer, a database.
type Host struct {
	Resource *graph.Resource
	// Word is the resource's word in messages: "instance".
	Word string
	// Parts are further resources that belong to the host, such as network interfaces.
	Parts []*graph.Resource
	// Like is comparable. Hosts with the same Like have the same ways to and from all other hosts, but for their words; a nil
	// Like equals no other.
	Like any
}

// Far is addresses that no host of the configuration is known to have: those of the internet, or private ones behind a
// connection to another network.
type Far struct {
	Addresses netset.Prefixes
	// Network is the network whose addresses they are; nil if they are of another place.
	Network *graph.Resource
	// One is true if connections go to one of the addresses, and it isn't known to which.
	One bool
}

// Inside is what leads from host to host in the networks of a cloud, and out of them. Hosts are named by their index.
type Inside struct {
	Hosts []Host
	// Between returns the ways from one host to another on which no address is public.
	Between func(from, to int) []Way
	// Leaves returns the ways from a host to far addresses. The addresses of the ways' traffic are its destinations.
	Leaves func(from int, far Far) []Way
	// Enters returns the ways from far private addresses to a host.
	Enters func(far Far, to int) []Way
}

// InsideBySites returns what leads from host to host by their sites, which are as many lists as there are hosts: where a host has
// addresses, such as its network interfaces. Direct, leaves and enters return the ways of single sites.
func InsideBySites[S any](
	hosts []Host, sites [][]S, direct func(from, to *S) []Way, leaves func(from *S, far Far) []Way, enters func(far Far, to *S) []Way,
) *Inside {
	each := func(host int, ways func(*S) []Way) []Way {
		var all []Way
		for i := range sites[host] {
			all = append(all, ways(&sites[host][i])...)
		}
		return all
	}
	return &Inside{
		Hosts: hosts,
		Between: func(from, to int) []Way {
			return each(from, func(a *S) []Way { return each(to, func(b *S) []Way { return direct(a, b) }) })
		},
		Leaves: func(from int, far Far) []Way { return each(from, func(s *S) []Way { return leaves(s, far) }) },
		Enters: func(far Far, to int) []Way { return each(to, func(s *S) []Way { return enters(far, s) }) },
	}
}
