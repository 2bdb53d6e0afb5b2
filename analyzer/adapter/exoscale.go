package adapter

import "github.com/tfreach/tfreach/analyzer/netset"

// exoscale describes the rules of an Exoscale security group, which allow only.
// Source: the provider's page exoscale_security_group_rule.
func exoscale() Provider {
	firewall := dialect{
		types:    []string{"exoscale_security_group_rule"},
		scope:    group("security group"),
		in:       "security_group_id",
		of:       "exoscale_security_group",
		inbound:  ingress("type"),
		protocol: protocolIn("protocol", netset.AllProtocols()),
		ports:    portsBetween("start_port", "end_port", "0"),
		sources: from{
			addresses: []string{"cidr"}, groups: []string{"user_security_group_id", "user_security_group"},
			lists: []list{{attr: "public_security_group"}}, // Exoscale's own lists
			none:  anyone,                                  // the page doesn't say what a rule without a source is for
		}.read,
	}
	return Provider{
		Rules:    speak(firewall),
		UserData: []userData{{types: []string{"exoscale_compute_instance"}, attrs: []string{"user_data"}}},
	}
}
