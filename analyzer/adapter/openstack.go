package adapter

import "github.com/tfreach/tfreach/analyzer/netset"

// openstack describes the rules of OpenStack's security groups, which allow only.
// Source: the provider's page openstack_networking_secgroup_rule_v2, and that of openstack_compute_secgroup_v2 from
// before its removal.
func openstack() Provider {
	dialects := []dialect{
		{
			types:    []string{"openstack_networking_secgroup_rule_v2"},
			scope:    group("security group"),
			in:       "security_group_id",
			of:       "openstack_networking_secgroup_v2",
			inbound:  ingress("direction"),
			protocol: protocolIn("protocol", netset.AllProtocols()),
			ports:    portsBetween("port_range_min", "port_range_max", "0"),
			sources: from{
				addresses: []string{"remote_ip_prefix"}, groups: []string{"remote_group_id"},
				lists: []list{{
					attr: "remote_address_group_id", typ: "openstack_networking_address_group_v2", addresses: "addresses",
				}},
				none: everyone, version: "ethertype",
			}.read,
			reads: []string{"openstack_networking_address_group_v2"},
		},
		{
			types:    []string{"openstack_compute_secgroup_v2"},
			scope:    group("security group"),
			blocks:   []string{"rule"},
			protocol: protocolIn("ip_protocol", netset.AllProtocols()),
			ports:    portsBetween("from_port", "to_port", "-1"),
			sources: from{
				addresses: []string{"cidr"}, groups: []string{"from_group_id", "self"},
				none: anyone, // the page doesn't say what a rule without a source is for
			}.read,
		},
	}
	return Provider{
		Rules:    speak(dialects...),
		UserData: []userData{{types: []string{"openstack_compute_instance_v2"}, attrs: []string{"user_data"}}},
	}
}
