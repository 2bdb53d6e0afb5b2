package clouds

import (
	"github.com/tfreach/tfreach/analyzer/adapter/read"
	"github.com/tfreach/tfreach/analyzer/netset"
)

// openstack describes the rules of OpenStack's security groups, which allow only.
// Source: the provider's page openstack_networking_secgroup_rule_v2, and that of openstack_compute_secgroup_v2 from
// before its removal.
func openstack() read.Provider {
	dialects := []read.Dialect{
		{
			Types:    []string{"openstack_networking_secgroup_rule_v2"},
			Scope:    read.Group("security group"),
			In:       "security_group_id",
			Of:       "openstack_networking_secgroup_v2",
			Inbound:  read.Ingress("direction"),
			Protocol: read.ProtocolIn("protocol", netset.AllProtocols()),
			Ports:    read.PortsBetween("port_range_min", "port_range_max", "0"),
			Sources: read.From{
				Addresses: []string{"remote_ip_prefix"}, Groups: []string{"remote_group_id"},
				Lists: []read.List{{
					Attr: "remote_address_group_id", Type: "openstack_networking_address_group_v2", Addresses: "addresses",
				}},
				None: read.Everyone, Version: "ethertype",
			}.Read,
			Reads: []string{"openstack_networking_address_group_v2"},
		},
		{
			Types:    []string{"openstack_compute_secgroup_v2"},
			Scope:    read.Group("security group"),
			Blocks:   []string{"rule"},
			Protocol: read.ProtocolIn("ip_protocol", netset.AllProtocols()),
			Ports:    read.PortsBetween("from_port", "to_port", "-1"),
			Sources: read.From{
				Addresses: []string{"cidr"}, Groups: []string{"from_group_id", "self"},
				None: read.Anyone, // the page doesn't say what a rule without a source is for
			}.Read,
		},
	}
	return read.Provider{
		Rules:    read.Speak(dialects...),
		UserData: []read.UserData{{Types: []string{"openstack_compute_instance_v2"}, Attrs: []string{"user_data"}}},
	}
}
