package adapter

import "slices"

// azure is what is known of Microsoft Azure.
func azure() Provider {
	return Provider{
		Rules: slices.Concat([]Adapter{
			azureInlineRules(),
			azureNetworkSecurityRule(),
			azureFirewallNATRuleCollection(),
			azureFirewallNetworkRuleCollection(),
			azureFirewallPolicyRuleCollectionGroup(),
			azureNetworkManagerAdminRule(),
			azapiResource(),
		}, azureAttachments()),
		Ways: azureCloud(),
		UserData: []userData{
			{
				types: []string{
					"azurerm_linux_virtual_machine", "azurerm_windows_virtual_machine", "azurerm_linux_virtual_machine_scale_set",
					"azurerm_windows_virtual_machine_scale_set",
				},
				attrs: []string{"custom_data", "user_data"}, extended: true,
			},
			{
				types: []string{"azurerm_orchestrated_virtual_machine_scale_set"},
				attrs: []string{"os_profile.custom_data", "user_data_base64"}, extended: true,
			},
			{
				types: []string{"azurerm_virtual_machine", "azurerm_virtual_machine_scale_set"},
				attrs: []string{"os_profile.custom_data"}, extended: true,
			},
		},
	}
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
