package adapter

// azure returns the adapters of Microsoft Azure.
func azure() []Adapter {
	return append([]Adapter{
		azureNetworkSecurityGroup(),
		azureNetworkSecurityRule(),
		azureFirewallNATRuleCollection(),
		azureFirewallNetworkRuleCollection(),
		azureFirewallPolicyRuleCollectionGroup(),
		azureNetworkManagerAdminRule(),
		azapiResource(),
	}, azureAttachments()...)
}

// azureAttachments returns the adapters of what network security groups and firewall policies guard. Subnets and
// interfaces name their group themselves in versions of the provider before 2.
func azureAttachments() []Adapter {
	const group = "network_security_group_id"
	return attach(
		link{
			typ: "azurerm_subnet_network_security_group_association", scope: group,
			member: "subnet_id", members: []string{"azurerm_subnet"},
		},
		link{
			typ: "azurerm_network_interface_security_group_association", scope: group,
			member: "network_interface_id", members: []string{"azurerm_network_interface"},
		},
		link{typ: "azurerm_virtual_network", block: "subnet", scope: "security_group"},
		link{typ: "azurerm_subnet", scope: group},
		link{typ: "azurerm_network_interface", scope: group},
		link{typ: "azurerm_linux_virtual_machine_scale_set", block: "network_interface", scope: group},
		link{typ: "azurerm_windows_virtual_machine_scale_set", block: "network_interface", scope: group},
		link{typ: "azurerm_orchestrated_virtual_machine_scale_set", block: "network_interface", scope: group},
		link{typ: "azurerm_virtual_machine_scale_set", block: "network_profile", scope: group},
		link{typ: "azurerm_firewall", scope: "firewall_policy_id"},
	)
}
