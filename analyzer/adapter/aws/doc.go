// Package aws knows Amazon Web Services: the rules of security groups and network ACLs, and the ways from the internet to
// instances, groups of them, ECS services, Transfer Family servers and load balancers.
//
// # How it works
//
// A way goes through the hops that AWS has: an address, the internet gateway and the route table of the subnet, its network
// ACL in both directions, and the security groups of the interface. A load balancer is a way of its own, which the ways to
// its targets continue.
//
// # Example
//
// For example, an aws_instance with a public address in an aws_subnet gets one way for each address family. The way's hops
// are the address, the route to the aws_internet_gateway, the network ACL of the subnet and the security groups; what
// passes all of them reaches the instance.
package aws
