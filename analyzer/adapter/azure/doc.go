// Package azure knows Microsoft Azure: the rules of network security groups, Azure Firewall and network manager, also in
// resources of the provider azapi, and the ways from the internet to virtual machines, scale sets, container groups, load
// balancers and firewalls that hand connections on.
//
// # How it works
//
// A network security group can guard the interface, the subnet or both; a load balancer's rule or a firewall's DNAT rule
// leads to machines without an address of their own.
//
// # Example
//
// For example, an azurerm_linux_virtual_machine whose azurerm_network_interface has an azurerm_public_ip gets a way
// through the address, the security group of the subnet and that of the interface. Without any group the kind of the
// address decides: a basic one is open, a standard one closed.
package azure
