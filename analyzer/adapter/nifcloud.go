package adapter

// nifcloud describes the rules of NIFCLOUD's security groups, which allow only. A rule names the groups that it is for.
// Source: the provider's page nifcloud_security_group_rule.
func nifcloud() Provider {
	firewall := dialect{
		types:    []string{"nifcloud_security_group_rule"},
		scope:    group("security group"),
		in:       "security_group_names",
		of:       "nifcloud_security_group",
		name:     "group_name",
		inbound:  &words{attr: "type", yes: []string{"IN"}, no: []string{"OUT"}, absent: yes},
		protocol: protocolIn("protocol", tcp()),
		ports:    portsBetween("from_port", "to_port"),
		sources: from{
			addresses: []string{"cidr_ip"}, groups: []string{"source_security_group_name"},
			none: anyone, // the page doesn't say what a rule without a source is for
		}.read,
	}
	return Provider{
		Rules:    speak(firewall),
		UserData: []userData{{types: []string{"nifcloud_instance"}, attrs: []string{"user_data"}}},
	}
}
