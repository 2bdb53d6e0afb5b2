package rules

import (
	"slices"

	"github.com/tfreach/tfreach/analyzer/fact"
)

// addressList says how rules name addresses that a resource of another type holds.
type addressList struct {
	// holds describes the resource with the addresses, and attr is the attribute of a rule that names it.
	holds, attr string
	// entries is the attribute with the addresses in the resource.
	entries string
	rules   []string
}

func addressLists() []addressList {
	return []addressList{
		{"An aws_ec2_managed_prefix_list", "prefix_list_ids", "cidr", []string{
			"aws_security_group", "aws_default_security_group", "aws_security_group_rule",
		}},
		{"An aws_ec2_managed_prefix_list", "prefix_list_id", "cidr", []string{"aws_vpc_security_group_ingress_rule"}},
		{"An azurerm_ip_group", "source_ip_groups", "cidrs", []string{
			"azurerm_firewall_network_rule_collection", "azurerm_firewall_nat_rule_collection", "azurerm_firewall_policy_rule_collection_group",
		}},
		// A network security group takes groups of machines only.
		{"An azurerm_application_security_group of the machines, if they are here", "source_application_security_group_ids", "", []string{
			"azurerm_network_security_group", "azurerm_network_security_rule",
		}},
		{"A google_network_security_address_group", "src_address_groups", "items", []string{
			"google_compute_firewall_policy_rule", "google_compute_firewall_policy_with_rules",
			"google_compute_network_firewall_policy_rule", "google_compute_network_firewall_policy_with_rules",
			"google_compute_region_network_firewall_policy_rule", "google_compute_region_network_firewall_policy_with_rules",
		}},
		{"An alicloud_ecs_prefix_list", "prefix_list_id", "cidr", []string{"alicloud_security_group_rule"}},
		{"A huaweicloud_vpc_address_group", "remote_address_group_id", "addresses", []string{"huaweicloud_networking_secgroup_rule"}},
		{"A openstack_networking_address_group_v2", "remote_address_group_id", "addresses", []string{"openstack_networking_secgroup_rule_v2"}},
		{"A tencentcloud_address_template", "address_template_id", "addresses", []string{"tencentcloud_security_group_rule"}},
	}
}

// inOneList says where one could keep a rule's addresses to share them with other rules; "" if they are there already, or if
// there is no such place.
func inOneList(rule *fact.Ingress) string {
	for _, l := range addressLists() {
		if !slices.Contains(l.rules, rule.Resource.Addr.Type) {
			continue
		}
		for _, t := range rule.Sources {
			if slices.Contains(t.Attrs, l.attr) || slices.Contains(t.Attrs, l.entries) {
				return ""
			}
		}
		return " " + l.holds + ", named in " + l.attr + ", can hold them for several rules."
	}
	return ""
}
