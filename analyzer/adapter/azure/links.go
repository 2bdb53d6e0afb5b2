package azure

import (
	"slices"

	"github.com/tfreach/tfreach/analyzer/graph"
)

// links returns the relations between resources of Microsoft Azure that traffic from the internet follows.
func links() []graph.Link {
	const addresses = "ip_configuration.public_ip_address_id"
	links := []graph.Link{
		{Type: "azurerm_subnet_network_security_group_association", Kind: graph.FilteredBy, From: "subnet_id", To: "network_security_group_id"},
		{Type: "azurerm_subnet", Kind: graph.FilteredBy, To: "network_security_group_id"},
		{Type: "azurerm_virtual_network", Kind: graph.FilteredBy, To: "subnet.security_group"},
		{Type: "azurerm_network_interface_security_group_association", Kind: graph.FilteredBy, From: "network_interface_id", To: "network_security_group_id"},
		{Type: "azurerm_network_interface", Kind: graph.FilteredBy, To: "network_security_group_id"},
		{Type: "azurerm_subnet_route_table_association", Kind: graph.RoutedBy, From: "subnet_id", To: "route_table_id"},
		{Type: "azurerm_subnet", Kind: graph.RoutedBy, To: "route_table_id"},
		{Type: "azurerm_virtual_network", Kind: graph.RoutedBy, To: "subnet.route_table_id"},
		{Type: "azurerm_subnet", Kind: graph.InNetwork, To: "virtual_network_name", Named: []string{"azurerm_virtual_network"}},
		{Type: "azurerm_network_interface", Kind: graph.InSubnet, To: "ip_configuration.subnet_id"},
		{Type: "azurerm_network_interface", Kind: graph.Exposes, From: addresses},
		{Type: membership, Kind: graph.AttachedTo, From: "network_interface_id", To: "application_security_group_id"},
		{Type: "azurerm_lb", Kind: graph.Exposes, From: "frontend_ip_configuration.public_ip_address_id"},
		{Type: "azurerm_lb", Kind: graph.InSubnet, To: "frontend_ip_configuration.subnet_id"},
		{Type: "azurerm_lb_backend_address_pool", Kind: graph.AttachedTo, To: "loadbalancer_id"},
		{Type: "azurerm_network_interface_backend_address_pool_association", Kind: graph.Targets, From: "backend_address_pool_id", To: "network_interface_id"},
		{Type: gatewayPool, Kind: graph.Targets, From: "backend_address_pool_id", To: "network_interface_id"},
		{Type: gatewayType, Kind: graph.InSubnet, To: "gateway_ip_configuration.subnet_id"},
		{Type: gatewayType, Kind: graph.Exposes, From: "frontend_ip_configuration.public_ip_address_id"},
		{Type: "azurerm_network_interface_nat_rule_association", Kind: graph.Targets, From: "nat_rule_id", To: "network_interface_id"},
		{Type: "azurerm_firewall", Kind: graph.Exposes, From: addresses},
		{Type: "azurerm_firewall", Kind: graph.InSubnet, To: "ip_configuration.subnet_id"},
		{Type: "azurerm_firewall", Kind: graph.FilteredBy, To: "firewall_policy_id"},
		{Type: "azurerm_firewall_policy_rule_collection_group", Kind: graph.AttachedTo, To: "firewall_policy_id"},
		{Type: "azurerm_container_group", Kind: graph.InSubnet, To: "subnet_ids[]"},
	}
	for _, typ := range forwards() {
		links = append(links,
			graph.Link{Type: typ, Kind: graph.AttachedTo, To: "loadbalancer_id"},
			graph.Link{Type: typ, Kind: graph.Targets, To: "backend_address_pool_ids[]"},
			graph.Link{Type: typ, Kind: graph.Targets, To: "backend_address_pool_id"},
		)
	}
	for _, typ := range machines() {
		links = append(links, graph.Link{Type: typ, Kind: graph.AttachedTo, From: "network_interface_ids[]"})
	}
	for _, s := range scaleSets() {
		in := s.network + ".ip_configuration."
		links = append(links,
			graph.Link{Type: s.typ, Kind: graph.FilteredBy, To: s.network + ".network_security_group_id"},
			graph.Link{Type: s.typ, Kind: graph.InSubnet, To: in + "subnet_id"},
			graph.Link{Type: s.typ, Kind: graph.Targets, From: in + "load_balancer_backend_address_pool_ids[]"},
			graph.Link{Type: s.typ, Kind: graph.Targets, From: in + "load_balancer_inbound_nat_rules_ids[]"},
		)
	}
	return links
}

// addressLinks lead from pools, gateways and firewalls to the addresses that they hand connections on to.
func addressLinks() []graph.Link {
	return []graph.Link{
		{Type: "azurerm_lb_backend_address_pool_address", Kind: graph.Targets, From: "backend_address_pool_id", To: "ip_address"},
		{Type: gatewayType, Kind: graph.Targets, To: "backend_address_pool.ip_addresses[]"},
		{Type: "azurerm_firewall_policy_rule_collection_group", Kind: graph.Targets, From: "firewall_policy_id", To: "nat_rule_collection.rule.translated_address"},
		{
			Type: "azurerm_firewall_nat_rule_collection", Kind: graph.Targets, From: "azure_firewall_name", FromNamed: []string{"azurerm_firewall"},
			To: "rule.translated_address",
		},
	}
}

// membership is the type of resources that put an interface into an application security group.
const membership = "azurerm_network_interface_application_security_group_association"

// machines are the types of virtual machines.
func machines() []string {
	return []string{"azurerm_linux_virtual_machine", "azurerm_windows_virtual_machine", "azurerm_virtual_machine"}
}

// scaleSet is a type of scale sets, with the names of its blocks for networks and for the instances' addresses.
type scaleSet struct{ typ, network, public string }

func scaleSets() []scaleSet {
	return []scaleSet{
		{"azurerm_linux_virtual_machine_scale_set", "network_interface", "public_ip_address"},
		{"azurerm_windows_virtual_machine_scale_set", "network_interface", "public_ip_address"},
		{"azurerm_orchestrated_virtual_machine_scale_set", "network_interface", "public_ip_address"},
		{"azurerm_virtual_machine_scale_set", "network_profile", "public_ip_address_configuration"},
	}
}

func scaleSetTypes() (out []string) {
	for _, set := range scaleSets() {
		out = append(out, set.typ)
	}
	return out
}

func scaleSetOf(typ string) (scaleSet, bool) {
	sets := scaleSets()
	i := slices.IndexFunc(sets, func(s scaleSet) bool { return s.typ == typ })
	if i < 0 {
		return scaleSet{}, false
	}
	return sets[i], true
}

// forwards returns the types of resources that make a load balancer hand connections on.
func forwards() []string {
	return []string{"azurerm_lb_rule", "azurerm_lb_nat_rule", "azurerm_lb_nat_pool"}
}
