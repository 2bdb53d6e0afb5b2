package clouds

import "github.com/tfreach/tfreach/analyzer/adapter/read"

// civo describes the rules of a Civo firewall. Unless create_default_rules is false, as it must be next to rules of one's own,
// the firewall begins with rules that open everything. No page says which of two conflicting rules decides, so all have one
// priority. Source: the provider's page civo_firewall.
func civo() read.Provider {
	firewall := read.Dialect{
		Types:    []string{"civo_firewall", "civo_vpc_firewall"},
		Scope:    read.Ordered("firewall"),
		Blocks:   []string{"ingress_rule"},
		Allows:   &read.Words{Attr: "action", Yes: []string{"allow"}, No: []string{"deny"}, Absent: read.Unclear},
		Priority: &read.Priority{},
		Protocol: read.ProtocolIn("protocol", read.TCP()),
		Ports:    read.PortsIn("port_range", read.AllPorts),
		Sources:  read.From{Addresses: []string{"cidr"}, None: read.Anyone}.Read,
		Policy:   &read.Words{Attr: "create_default_rules", Yes: []string{"true"}, No: []string{"false"}, Absent: read.Yes},
	}
	return read.Provider{
		Ways:     civoMachines(),
		Rules:    read.Speak(firewall),
		UserData: []read.UserData{{Types: []string{"civo_instance"}, Scripts: []string{"script"}}},
	}
}

// civoMachines are instances. An instance has a public address unless it asks for none. Without a firewall of its own it is
// behind the default one, which is open to all. Source: the provider's pages civo_instance,
// civo_instance_reserved_ip_assignment and civo_firewall.
func civoMachines() *read.Cloud {
	return read.WaysTo(read.Machine{
		Types: []string{"civo_instance"}, Word: "instance",
		IPv4: read.PublicByOwn("public_ip_required", read.Words{
			Yes: []string{"create", "true"}, No: []string{"none", "false"}, Absent: read.Yes,
		}, read.Yes),
		Addresses: []read.Address{{Type: "civo_instance_reserved_ip_assignment", Machine: "instance_id", Family: read.IPv4}},
		Firewall:  read.Ordered("firewall"), Firewalls: []string{"civo_firewall", "civo_vpc_firewall"},
		In: []string{"firewall_id"}, Unguarded: read.Everyone,
	})
}
