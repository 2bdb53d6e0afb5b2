// Package netset is the algebra of network traffic: sets of ports, of IP
// protocols, of addresses of both IP families, and of their product.
//
// In come numbers and [net/netip] values, out go immutable sets. Every set is
// canonical: two sets with the same elements have the same representation,
// however they were made, so nothing depends on how a configuration splits its
// networks. The cost of an operation follows the number of intervals, never
// the number of elements. The zero value of every set is the empty set, and
// sets may be shared between goroutines.
//
// The package must not know Terraform, clouds, files or rules.
//
// # How it works
//
// A set of ports, protocols or addresses is the ascending list of the points where membership changes, and an operation
// walks the lists of two sets. [Traffic] is a function from protocols and ports to sets of addresses, constant between its
// steps. [Bounds] are two sets, what is surely in and what may be.
//
// # Example
//
//	web := netset.Port(80).Union(netset.PortRange(443, 443))
//	rest := netset.AllPorts().Difference(web) // 0-79, 81-442, 444-65535
//
// 0.0.0.0/1 and 128.0.0.0/1 together are the set that 0.0.0.0/0 is, and so everyone.
//
// Existing packages cover a part of it. go4.org/netipx has sets of addresses
// only, without a tagged release, and changes them through a builder that
// copies and normalises everything for each step. github.com/gaissmai/bart is
// a routing table, without difference, complement or ranges. Here one interval
// algebra serves ports, protocols and addresses, and carries their product.
package netset
