package all

import "github.com/tfreach/tfreach/analyzer/adapter/read"

// required returns the arguments of rules that are read and that the providers' pages call required.
func required() []read.Required {
	of := func(types []string, block string, args ...string) read.Required {
		return read.Required{Types: types, Block: block, Args: args}
	}
	one := func(typ, block string, args ...string) read.Required { return of([]string{typ}, block, args...) }
	return []read.Required{
		of([]string{"aws_security_group", "aws_default_security_group"}, "ingress", "from_port", "to_port", "protocol"),
		one("aws_security_group_rule", "", "type", "from_port", "to_port", "protocol", "security_group_id"),
		one("aws_vpc_security_group_ingress_rule", "", "ip_protocol", "security_group_id"),
		of([]string{"aws_network_acl", "aws_default_network_acl"}, "ingress", "action", "from_port", "protocol", "rule_no", "to_port"),
		one("aws_network_acl_rule", "", "network_acl_id", "protocol", "rule_action", "rule_number"),
		one("aws_lightsail_instance_public_ports", "", "instance_name", "port_info"),
		one("aws_lightsail_instance_public_ports", "port_info", "from_port", "protocol", "to_port"),

		one("azurerm_network_security_rule", "", "network_security_group_name", "priority", "direction", "access", "protocol"),
		one("azurerm_network_security_group", "security_rule", "priority", "direction", "access", "protocol"),
		one("azurerm_firewall_network_rule_collection", "", "azure_firewall_name", "priority", "action"),
		one("azurerm_firewall_network_rule_collection", "rule", "destination_ports", "protocols"),
		one("azurerm_firewall_nat_rule_collection", "", "azure_firewall_name", "priority", "action"),
		one("azurerm_firewall_nat_rule_collection", "rule", "destination_addresses", "destination_ports", "protocols", "translated_port"),

		one("google_compute_firewall", "", "network"),
		one("google_compute_firewall", "allow", "protocol"),
		one("google_compute_firewall", "deny", "protocol"),
		of([]string{
			"google_compute_firewall_policy_rule", "google_compute_network_firewall_policy_rule",
			"google_compute_region_network_firewall_policy_rule",
		}, "", "action", "direction", "firewall_policy", "match", "priority"),

		one("alicloud_security_group_rule", "", "ip_protocol", "security_group_id", "type"),
		one("civo_firewall", "ingress_rule", "action", "cidr"),
		one("digitalocean_firewall", "inbound_rule", "protocol"),
		one("exoscale_security_group_rule", "", "type"),
		one("hcloud_firewall", "rule", "direction", "protocol"),
		one("huaweicloud_networking_secgroup_rule", "", "direction", "security_group_id"),
		one("ibm_is_security_group_rule", "", "direction", "group"),
		one("linode_firewall", "", "inbound_policy"),
		one("linode_firewall", "inbound", "action", "protocol"),
		one("ncloud_access_control_group_rule", "", "access_control_group_no"),
		one("ncloud_access_control_group_rule", "inbound", "protocol"),
		one("ncloud_network_acl_rule", "inbound", "priority", "protocol", "rule_action"),
		one("nifcloud_security_group_rule", "", "security_group_names"),
		of([]string{"oci_core_security_list", "oci_core_default_security_list"}, "ingress_security_rules", "protocol", "source"),
		one("oci_core_network_security_group_security_rule", "", "direction", "network_security_group_id", "protocol"),
		one("openstack_networking_secgroup_rule_v2", "", "direction", "security_group_id"),
		one("openstack_compute_secgroup_v2", "rule", "from_port", "ip_protocol", "to_port"),
		one("outscale_security_group_rule", "", "flow", "security_group_id"),
		one("ovh_ip_firewall_rule", "", "action", "protocol", "sequence"),
		one("scaleway_instance_security_group", "inbound_rule", "action"),
		one("stackit_security_group_rule", "", "direction", "security_group_id"),
		one("tencentcloud_security_group_rule", "", "policy", "security_group_id", "type"),
		one("tencentcloud_security_group_rule_set", "ingress", "action"),
		one("upcloud_firewall_rules", "firewall_rule", "action", "direction"),
		one("vultr_firewall_rule", "", "firewall_group_id", "protocol", "subnet", "subnet_size"),
		one("yandex_vpc_security_group", "ingress", "protocol"),
		one("yandex_vpc_security_group_rule", "", "direction", "security_group_binding"),
	}
}
