package adapter

// azure returns the adapters of Microsoft Azure.
func azure() []Adapter {
	return []Adapter{
		azureNetworkSecurityGroup(),
		azureNetworkSecurityRule(),
		azureFirewallNATRuleCollection(),
		azureFirewallNetworkRuleCollection(),
		azureFirewallPolicyRuleCollectionGroup(),
		azureNetworkManagerAdminRule(),
		azapiResource(),
	}
}
