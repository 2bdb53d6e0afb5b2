package adapter

// civo describes the rules of a Civo firewall. Unless create_default_rules is false, as it must be next to rules of
// one's own, the firewall is made with rules that open everything. Which of two rules that conflict decides isn't
// documented, so all are of one priority. Source: the provider's page civo_firewall.
func civo() Provider {
	firewall := dialect{
		types:    []string{"civo_firewall"},
		scope:    ordered("firewall"),
		blocks:   []string{"ingress_rule"},
		allows:   &words{attr: "action", yes: []string{"allow"}, no: []string{"deny"}, absent: unclear},
		priority: &priority{},
		protocol: protocolIn("protocol", tcp()),
		ports:    portsIn("port_range", allPorts),
		sources:  from{addresses: []string{"cidr"}, none: anyone}.read,
		policy:   &words{attr: "create_default_rules", yes: []string{"true"}, no: []string{"false"}, absent: yes},
	}
	return Provider{
		Rules:    speak(firewall),
		UserData: []userData{{types: []string{"civo_instance"}, scripts: []string{"script"}}},
	}
}
