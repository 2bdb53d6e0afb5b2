package adapter

import "github.com/tfreach/tfreach/analyzer/netset"

// outscale describes the rules of an Outscale security group, which allow only: one in the resource itself, or several
// in blocks of it. Source: the provider's page outscale_security_group_rule.
func outscale() Provider {
	firewall := dialect{
		types:   []string{"outscale_security_group_rule"},
		scope:   group("security group"),
		in:      "security_group_id",
		of:      "outscale_security_group",
		blocks:  []string{"rules"},
		alone:   true,
		inbound: &words{attr: "flow", yes: []string{"Inbound"}, no: []string{"Outbound"}, absent: unclear},
		// It stands in the resource, also where the rules are in blocks.
		perResource: true,
		protocol:    protocolIn("ip_protocol", netset.AllProtocols()),
		ports:       portsBetween("from_port_range", "to_port_range", "-1"),
		// The other sources are groups and the account's access points to services.
		sources: from{addresses: []string{"ip_range", "ip_ranges"}, none: nobody}.read,
	}
	return Provider{
		Rules:    speak(firewall),
		UserData: []userData{{types: []string{"outscale_vm"}, attrs: []string{"user_data"}}},
	}
}
