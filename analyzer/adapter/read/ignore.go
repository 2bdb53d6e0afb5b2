package read

import (
	"slices"
	"strings"

	"github.com/tfreach/tfreach/analyzer/graph"
)

// all is what ignore_changes is set to if somebody else may change everything.
const all = "all"

// Routes reports whether a type's name says that its resources are routes or tables of these.
func Routes(typ string) bool { return slices.Contains(strings.Split(typ, "_"), "route") }

// IgnoresRules reports whether one of the arguments that an ignore_changes names holds the rules of a firewall, or the routes of a
// table.
func IgnoresRules(ignored []string) bool {
	return slices.ContainsFunc(ignored, func(name string) bool {
		return slices.Contains([]string{all, "ingress", "egress", "security_rule", "rule", "rules", "inbound_rule", "route"}, name)
	})
}

// IgnoresRule reports whether one of the arguments that the ignore_changes of a resource for a single rule names says what the rule
// admits: any but those that are for people.
func IgnoresRule(ignored []string) bool {
	return slices.ContainsFunc(ignored, func(name string) bool {
		return !slices.Contains([]string{"description", "labels", "name", "tags", "tags_all", "timeouts"}, name)
	})
}

// IgnoresAddress reports whether one of the arguments that an ignore_changes names may give a machine a public address.
func IgnoresAddress(ignored []string) bool {
	return slices.ContainsFunc(ignored, func(name string) bool {
		return slices.Contains([]string{
			all, "associate_public_ip_address", "network_interface", "network_interfaces", "ip_configuration", "public_ip_address_id", "public_ip",
			"ipv6_address_count", "ipv6_addresses", "public_net", "create_vnic_details", "internet_max_bandwidth_out", "allocate_public_ip",
		}, name)
	})
}

// IgnoresFirewalls reports whether one of the arguments that an ignore_changes names says which firewalls a machine of a type has.
// Tags do so for the machines of some clouds.
func IgnoresFirewalls(typ string, ignored []string) bool {
	return slices.ContainsFunc(ignored, func(name string) bool {
		switch name {
		case all, "network_interface", "network_interfaces":
			return true
		case "service_account":
			return strings.HasPrefix(typ, "google_")
		case "tags":
			return strings.HasPrefix(typ, "google_") || strings.HasPrefix(typ, "digitalocean_")
		case "labels":
			return strings.HasPrefix(typ, "hcloud_")
		}
		return slices.Contains(firewallsOf(), name)
	})
}

// NamesFirewalls reports whether a machine names its firewalls. If an imported one doesn't, it keeps those that it has; on Google's
// cloud, tags that aren't written are taken away.
func NamesFirewalls(r *graph.Resource) bool {
	return strings.HasPrefix(r.Addr.Type, "google_") || slices.ContainsFunc(firewallsOf(), func(name string) bool { return !r.Attr(name).Absent() })
}

// firewallsOf returns the arguments of machines that name firewalls.
func firewallsOf() []string {
	return []string{
		"vpc_security_group_ids", "security_groups", "security_group_ids", "security_group_names", "network_security_group_id", "firewall_ids",
		"firewall_group_id",
	}
}

// IsTrigger reports whether resources of a type do nothing but run provisioners when what they refer to changes.
func IsTrigger(typ string) bool { return typ == "null_resource" || typ == "terraform_data" }

// Acts reports whether resources of a type run a program, or make resources that a text tells of, and so may change what they refer to.
func Acts(typ string) bool {
	return strings.HasSuffix(typ, "_template_deployment") || slices.Contains([]string{
		"aws_cloudformation_stack", "aws_cloudformation_stack_set", "aws_cloudformation_stack_set_instance", "aws_ssm_association",
		"aws_ssm_document", "google_deployment_manager_deployment", "restapi_object", "shell_script", "shell_sensitive_script",
	}, typ)
}

// FirewallCommands returns the clouds whose program a text calls to change firewalls.
func FirewallCommands(text string) []string {
	var out []string
	for _, c := range []struct{ words, cloud string }{
		{"authorize-security-group-ingress", "aws"},
		{"modify-security-group-rules", "aws"},
		{"modify-instance-attribute", "aws"},
		{"modify-network-interface-attribute", "aws"},
		{"create-network-acl-entry", "aws"},
		{"replace-network-acl", "aws"},
		{"az network nsg", "azurerm"},
		{"az vm open-port", "azurerm"},
		{"gcloud compute firewall-", "google"},
		{"gcloud compute network-firewall-policies", "google"},
		{"openstack security group rule", "openstack"},
		{"hcloud firewall", "hcloud"},
		{"doctl compute firewall", "digitalocean"},
		{"linode-cli firewalls", "linode"},
		{"vultr-cli firewall", "vultr"},
		{"scw instance security-group", "scaleway"},
		{"exo compute security-group", "exoscale"},
		{"oci network nsg", "oci"},
		{"oci network security-list", "oci"},
		{"AuthorizeSecurityGroup", "alicloud"},
		{"CreateSecurityGroupPolicies", "tencentcloud"},
		{"yc vpc security-group", "yandex"},
		{"ibmcloud is security-group-rule", "ibm"},
	} {
		if strings.Contains(text, c.words) && !slices.Contains(out, c.cloud) {
			out = append(out, c.cloud)
		}
	}
	return out
}
