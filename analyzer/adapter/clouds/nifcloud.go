package clouds

import "github.com/tfreach/tfreach/analyzer/adapter/read"

// nifcloud describes the rules of NIFCLOUD's security groups, which allow only. A rule names the groups that it is for.
// Source: the provider's page nifcloud_security_group_rule.
func nifcloud() read.Provider {
	firewall := read.Dialect{
		Types:    []string{"nifcloud_security_group_rule"},
		Scope:    read.Group("security group"),
		In:       "security_group_names",
		Of:       "nifcloud_security_group",
		Name:     "group_name",
		Inbound:  &read.Words{Attr: "type", Yes: []string{"IN"}, No: []string{"OUT"}, Absent: read.Yes},
		Protocol: read.ProtocolIn("protocol", read.TCP()),
		Ports:    read.PortsBetween("from_port", "to_port"),
		Sources: read.From{
			Addresses: []string{"cidr_ip"}, Groups: []string{"source_security_group_name"},
			None: read.Anyone, // the page doesn't say what a rule without a source is for
		}.Read,
	}
	return read.Provider{
		Rules:    read.Speak(firewall),
		UserData: []read.UserData{{Types: []string{"nifcloud_instance"}, Attrs: []string{"user_data"}}},
	}
}
