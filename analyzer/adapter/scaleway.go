package adapter

// scaleway describes the rules of a Scaleway security group: the first that matches decides, then the group's policy,
// which is to accept by default.
// Source: the provider's pages scaleway_instance_security_group and scaleway_instance_security_group_rules.
func scaleway() Provider {
	inline := dialect{
		types:    []string{"scaleway_instance_security_group"},
		scope:    ordered("security group"),
		blocks:   []string{"inbound_rule"},
		allows:   &words{attr: "action", yes: []string{"accept"}, no: []string{"drop"}, absent: unclear},
		protocol: protocolIn("protocol", tcp()),
		ports:    portsIn("port_range", portsIn("port", allPorts, "0")),
		sources:  from{addresses: []string{"ip_range", "ip"}, none: everyone}.read,
	}
	separate := inline
	separate.types = []string{"scaleway_instance_security_group_rules"}
	separate.in, separate.of = "security_group_id", "scaleway_instance_security_group"
	inline.policy = &words{attr: "inbound_default_policy", yes: []string{"accept"}, no: []string{"drop"}, absent: yes}
	return Provider{
		Rules:    speak(inline, separate),
		UserData: []userData{{types: []string{"scaleway_instance_server"}, attrs: []string{`user_data["cloud-init"]`}}},
	}
}
