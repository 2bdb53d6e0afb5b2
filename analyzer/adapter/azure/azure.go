package azure

import (
	"slices"

	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/graph"
)

// Provider returns what is known of Microsoft Azure.
func Provider() read.Provider {
	return read.Provider{
		Rules: slices.Concat([]read.Adapter{
			inlineRules(),
			networkSecurityRule(),
			firewallNATRuleCollection(),
			firewallNetworkRuleCollection(),
			firewallPolicyRuleCollectionGroup(),
			networkManagerAdminRule(),
			azapiResource(),
		}, attachments()),
		Publishers: managed(),
		Ways:       cloud(),
		// Source: the notes on what isn't to be used together on the provider's pages of these types.
		Instead: []graph.Instead{
			{
				Type: "azurerm_network_security_group", Blocks: []string{"security_rule"},
				By: []string{"azurerm_network_security_rule.network_security_group_name"},
			},
			{Type: "azurerm_route_table", Blocks: []string{"route"}, By: []string{"azurerm_route.route_table_name"}},
			{Type: "azurerm_virtual_network", Blocks: []string{"subnet"}, By: []string{"azurerm_subnet.virtual_network_name"}},
		},
		UserData: []read.UserData{
			{
				Types: []string{"azurerm_linux_virtual_machine", "azurerm_linux_virtual_machine_scale_set"},
				Attrs: []string{"custom_data", "user_data"}, Extended: true,
			},
			{
				// https://learn.microsoft.com/azure/virtual-machines/custom-data: Windows keeps it, and runs nothing.
				Types:  []string{"azurerm_windows_virtual_machine", "azurerm_windows_virtual_machine_scale_set"},
				Stored: map[string]string{"custom_data": `C:\AzureData\CustomData.bin`}, Extended: true,
			},
			{
				Types: []string{"azurerm_orchestrated_virtual_machine_scale_set"},
				Attrs: []string{"os_profile.custom_data", "user_data_base64"}, Extended: true,
			},
			{
				Types: []string{"azurerm_virtual_machine", "azurerm_virtual_machine_scale_set"},
				Attrs: []string{"os_profile.custom_data"}, Extended: true,
			},
		},
	}
}

// attachments returns the adapters of what network security groups and firewall policies guard. In versions of the provider
// before 2, subnets and interfaces name their group themselves.
func attachments() []read.Adapter {
	const group = "network_security_group_id"
	return slices.Concat(read.Attach(NetworkSecurityGroup().Kind,
		read.Link{
			Type: "azurerm_subnet_network_security_group_association", Scope: group,
			Member: "subnet_id", Members: []string{"azurerm_subnet"},
		},
		read.Link{
			Type: "azurerm_network_interface_security_group_association", Scope: group,
			Member: "network_interface_id", Members: []string{"azurerm_network_interface"},
		},
		read.Link{Type: "azurerm_virtual_network", Block: "subnet", Scope: "security_group"},
		read.Link{Type: "azurerm_subnet", Scope: group},
		read.Link{Type: "azurerm_network_interface", Scope: group},
		read.Link{Type: "azurerm_linux_virtual_machine_scale_set", Block: "network_interface", Scope: group},
		read.Link{Type: "azurerm_windows_virtual_machine_scale_set", Block: "network_interface", Scope: group},
		read.Link{Type: "azurerm_orchestrated_virtual_machine_scale_set", Block: "network_interface", Scope: group},
		read.Link{Type: "azurerm_virtual_machine_scale_set", Block: "network_profile", Scope: group},
	), read.Attach(firewallScope("firewall policy").Kind, read.Link{Type: "azurerm_firewall", Scope: "firewall_policy_id"}))
}
